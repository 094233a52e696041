"""Extraction on public benchmarks, beside what the best open extractors reach: floors that only rise.

Needs ../shared/extract-lab (pages of other people's sites, never copied here); skipped without it. The first run
unpacks the lab's pages into the user's cache folder.
"""

import hashlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.replay

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT.parent / "shared" / "extract-lab"
QUALITY = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))["extraction"]
# What must hold whatever the floors say: more than the best open extractor reaches on each set.
BARS = {"aeb": 0.976, "trafilatura": 0.930, "trafilatura.french": 0.945, "mozilla": 0.950, "newspaper4k": 0.960}
BARS |= {"frwp": 0.990, "frwp.aimf": 0.997, "frwp.short": 0.950, "frwp.alone": 0.980}
SHORT_CHARS = 500
LEAKS = ("share", "newsletter", "related", "lorem", "cookie", "menu_footer")
LEAK_SHARE_AT_MOST = 0.005


@pytest.fixture(scope="module")
def lab():
    """The lab's own modules: its sets and its metrics."""
    if not (LAB / "score.py").exists():
        pytest.skip("needs ../shared/extract-lab, which is not here")
    sys.path.insert(0, str(LAB))
    try:
        common, score = importlib.import_module("common"), importlib.import_module("score")
    finally:
        sys.path.remove(str(LAB))
    return common, score


@pytest.fixture(scope="module")
def answers(lab):
    """The text of every page by set: alone (its set's other pages are all that is given), and with more of its site."""
    common, _ = lab
    sets = {name: common.load_set(name) for name in ("aeb", "trafilatura", "mozilla", "newspaper4k", "frwp")}
    found = {name: read(items) for name, items in sets.items() if name != "frwp"}
    found["frwp"] = read(sets["frwp"], [page | {"context": True} for page in common.load_context()])
    # One page a call would take minutes of starting up; addresses of one host each keep pages from teaching each other.
    strangers = [item | {"url": f"https://stranger-{n}.example/"} for n, item in enumerate(sets["frwp"])]
    found["frwp.alone"] = read(strangers)
    return sets, found


def read(items, context=()):
    keys = ("id", "url", "html_path", "context")
    lines = "".join(json.dumps({k: item[k] for k in keys if k in item}) + "\n" for item in [*items, *context])
    command = [sys.executable, "-m", "index", "extract", "--jsonl"]
    # Not in the project's folder: its config.yaml would bring the rules of one of the sites.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input=lines, cwd=LAB, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stderr
    return {answer["id"]: answer["text"] for answer in map(json.loads, done.stdout.splitlines())}


def shingle_f1(score, items, texts):
    def plain(item, text):
        return score.without_optional(text, item["truth"].get("optional"))

    pairs = [(plain(item, item["truth"]["text"]), plain(item, texts.get(item["id"], ""))) for item in items]
    return score.shingle_summary(pairs)["f1"]


def segment_f1(score, items, texts):
    return score.segment_summary([(item["truth"], texts.get(item["id"], "")) for item in items])["f1"]


@pytest.fixture(scope="module")
def measured(lab, answers):
    _, score = lab
    sets, found = answers
    values = {name: shingle_f1(score, sets[name], found[name]) for name in ("aeb", "mozilla", "newspaper4k", "frwp")}
    values["frwp.alone"] = shingle_f1(score, sets["frwp"], found["frwp.alone"])
    values["frwp.aimf"] = shingle_f1(score, [i for i in sets["frwp"] if i["site"] == "aimf"], found["frwp"])
    short = [item for item in sets["frwp"] if len(item["truth"]["text"]) < SHORT_CHARS]
    values["frwp.short"] = shingle_f1(score, short, found["frwp"])
    values["trafilatura"] = segment_f1(score, sets["trafilatura"], found["trafilatura"])
    french = [item for item in sets["trafilatura"] if item["french"]]
    values["trafilatura.french"] = segment_f1(score, french, found["trafilatura"])
    print({name: round(value, 4) for name, value in values.items()})
    return values


def test_the_floors_are_those_of_this_corpus(lab):
    common, _ = lab
    digest = hashlib.sha256()
    common.unpack()
    for items in sorted(common.SETS.glob("*/items.jsonl")):
        digest.update(items.read_bytes())
    assert digest.hexdigest() == QUALITY["corpus_sha256"], "another corpus: measure anew, and say so in quality.json"


@pytest.mark.parametrize("name", sorted(BARS))
def test_extraction_is_no_worse_than_it_was_and_beats_the_bar(measured, name):
    assert QUALITY["f1"][name] >= BARS[name], "a floor may not be lowered below the bar"
    assert measured[name] >= QUALITY["f1"][name]


def test_next_to_no_boilerplate_leaks(lab, answers):
    _, score = lab
    sets, found = answers
    for site in {item["site"] for item in sets["frwp"]}:
        items = [item for item in sets["frwp"] if item["site"] == site]
        leaks = score.leak_summary([(item, found["frwp"].get(item["id"], "")) for item in items])
        assert {kind: leaks[kind] for kind in LEAKS if leaks[kind] > LEAK_SHARE_AT_MOST} == {}, site
