"""The main job on the replay of the real site: every article once, fields, relevance, reruns, kill -9.

Needs ../shared, and minutes; `pytest -m "not replay"` leaves it out.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.archive import Archive
from pipeline.records import Amount, EventDate

pytestmark = pytest.mark.replay

ROOT = Path(__file__).resolve().parent.parent
QUALITY = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))
# What must hold whatever the floors say.
FIELD_BARS = {
    "title": 0.98,
    "language": 0.98,
    "date_published": 0.98,
    "body": 0.97,
    "leak_free": 1.0,
    "themes": 0.97,
    "sections": 0.97,
    "attachments": 0.97,
    "countries.p": 0.97,
    "countries.r": 0.95,
    "cities.p": 0.95,
    "cities.r": 0.90,
    "city_country": 0.95,
    "amounts": 0.95,
    "event_dates": 0.95,
    "partners.p": 0.95,
    "partners.r": 0.85,
}
QUERY_BARS = {"ndcg@10": 0.90, "success@3": 0.96}
ITEMS = ("actualite", "actions", "document", "evenement")
# Root and association pages with text of their own; the four protected ones are articles by their title.
PAGES_AT_MOST = 25


def aimf(*arguments, code=0):
    command = [sys.executable, "-m", "index", "--config", str(ROOT / "config.yaml"), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def crawl(url, data, **options):
    return json.loads(aimf("--data", data, "crawl", "--base-url", url, "--delay", 0, "--json", **options))


def records(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def manifest(shared):
    return records(shared / "aimf-site" / "manifest.jsonl")


@pytest.fixture(scope="module")
def archive(replay, tmp_path_factory):
    data = tmp_path_factory.mktemp("replay") / "data"
    crawl(replay, data)
    return data


@pytest.fixture(scope="module")
def export(archive):
    file = archive.parent / "export.jsonl"
    file.write_text(aimf("--data", archive, "export"), encoding="utf-8")
    return file


def index_bytes(data):
    return {str(f.relative_to(data)): f.read_bytes() for f in sorted((data / "index").rglob("*")) if f.is_file()}


def assert_every_article_once(lines, manifest):
    urls = Counter(json.loads(line)["url"] for line in lines)
    wanted = {row["url"] for row in manifest if row["kind"] in ITEMS and row["status"] == 200}
    assert len(wanted) == 1071
    assert not wanted - set(urls)
    assert not [url for url, count in urls.items() if count > 1]
    others = set(urls) - wanted
    pages = {row["url"] for row in manifest if row["kind"] == "page" and row["status"] == 200}
    assert others <= pages
    assert 15 <= len(others) <= PAGES_AT_MOST


def test_every_article_is_exported_exactly_once_and_nothing_else(export, manifest):
    assert_every_article_once(export.read_text(encoding="utf-8").splitlines(), manifest)


def test_without_a_sitemap_links_find_the_same_articles(shared, manifest, tmp_path):
    port = os.environ.get("AIMF_REPLAY_PORT_2", "8096")
    command = [shared / "aimf-site" / "serve", "--port", port, "--no-sitemap"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout
            assert server.stdout.readline().startswith("ready")
            crawl(f"http://127.0.0.1:{port}/", tmp_path / "data")
        finally:
            server.terminate()
            server.wait(timeout=10)
    assert_every_article_once(aimf("--data", tmp_path / "data", "export").splitlines(), manifest)


def corpus_hash(shared):
    digest = hashlib.sha256()
    for name in ("aimf-site/manifest.jsonl", "gold/fields-dev.jsonl", "gold/queries-dev.jsonl"):
        digest.update((shared / name).read_bytes())
    return digest.hexdigest()


def test_the_floors_belong_to_this_corpus_and_are_not_below_the_bars(shared):
    assert QUALITY["corpus_sha256"] == corpus_hash(shared), "another corpus: measure anew and say so"
    for bars, floors in ((FIELD_BARS, QUALITY["fields"]), (QUERY_BARS, QUALITY["queries"])):
        assert all(floors[name] >= bar for name, bar in bars.items())


def test_fields_hold_their_floors(shared, export):
    gold = shared / "gold"
    floors = [f"--min={name}={floor}" for name, floor in QUALITY["fields"].items()]
    command = [sys.executable, gold / "score_fields.py", gold / "fields-dev.jsonl", export, "--max=leaks=0", *floors]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_countries_that_the_site_tags_are_there(shared, export):
    articles = {urlsplit(record["url"]).path: record for record in records(export)}
    for gold in records(shared / "gold" / "fields-dev.jsonl"):
        places = articles[urlsplit(gold["url"]).path]["places"]
        assert set(gold["taxonomy_country_codes"]) <= {p["country"] for p in places if p["kind"] == "country"}


def test_every_fact_stands_where_its_span_says(archive):
    # 1,088 articles of ten years and many hands: more than any table of spellings.
    told = Counter()
    with Archive.open(archive) as store:
        for article in store.articles():
            facts = (*article.amounts, *article.event_dates, *article.acronyms, *article.quotes)
            spans = [(fact.span, fact) for fact in facts] + [
                (span, fact) for fact in (*article.places, *article.partners) for span in fact.spans
            ]
            for span, fact in spans:
                if span is None:
                    continue
                written = article.text[span.start_chars : span.end_chars]
                assert written.strip(), (article.url, fact)
                if isinstance(fact, Amount | EventDate):
                    assert written == fact.text, (article.url, fact)
                told[type(fact).__name__] += 1
    assert min(told[name] for name in ("Place", "Partner", "Amount", "EventDate", "Acronym", "Quote")) > 200, told


def test_queries_hold_their_floors(shared, archive, tmp_path):
    gold = shared / "gold" / "queries-dev.jsonl"
    asked = records(gold)
    queries = tmp_path / "queries.jsonl"
    queries.write_text("".join(json.dumps({"qid": q["qid"], "query": q["query"]}) + "\n" for q in asked))
    answers = tmp_path / "answers.jsonl"
    answers.write_text(aimf("--data", archive, "search", "--queries", queries, "--limit", 20))
    floors = [f"--min={name}={floor}" for name, floor in QUALITY["queries"].items()]
    scorer = [sys.executable, shared / "gold" / "score_queries.py", gold, "--results", answers]
    done = subprocess.run(
        [*scorer, *floors, "--min=empty=0", "--min=errors=0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    one = json.loads(aimf("--data", archive, "--json", "search", "boues de vidange"))
    assert one["results"]


def test_a_second_crawl_makes_no_version_and_leaves_the_index_untouched(replay, archive, export):
    before = index_bytes(archive)
    report = crawl(replay, archive)
    assert report["index"]["published"] is False
    assert report["extraction"]["read"] == 0
    assert index_bytes(archive) == before
    assert aimf("--data", archive, "export") == export.read_text(encoding="utf-8")


def without_times(text):
    records = [json.loads(line) for line in text.splitlines()]
    return [{key: value for key, value in record.items() if key != "captured_at"} for record in records]


def test_a_killed_run_goes_on_to_the_same_archive(replay, export, tmp_path):
    data = tmp_path / "data"
    command = [sys.executable, "-m", "index", "--config", "config.yaml", "--data", data, "crawl", "--base-url", replay]
    # Once in the crawl, once in the extraction or the index: whatever runs after so many seconds is killed.
    for after_s in (6, 25):
        process = subprocess.Popen(
            [*map(str, command), "--delay", "0"], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
        )
        time.sleep(after_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    crawl(replay, data)
    assert without_times(aimf("--data", data, "export")) == without_times(export.read_text(encoding="utf-8"))
    assert "All is well" in aimf("--data", data, "doctor")
