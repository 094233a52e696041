"""The replay of the real site changes between two nights: exactly what changed is seen, with faults on top.

Needs ../shared, and minutes; `pytest -m "not replay"` leaves it out.
"""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

from pipeline.archive import Archive
from pipeline.records import PageState
from tests.test_replay import aimf, crawl, index_bytes

pytestmark = pytest.mark.replay

# One port for all: the pages of a replay name its address, and must name the same before and after.
PORT = os.environ.get("AIMF_REPLAY_PORT_3", "8097")
URL = f"http://127.0.0.1:{PORT}/"


@contextmanager
def served(shared, *options):
    command = [shared / "aimf-site" / "serve", "--port", PORT, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout
            assert server.stdout.readline().startswith("ready")
            yield
        finally:
            server.terminate()
            server.wait(timeout=10)


def home(url):
    return url.replace(URL, "https://www.aimf.asso.fr/")


def exported(data):
    return {record["url"]: record for record in map(json.loads, aimf("--data", data, "export").splitlines())}


@pytest.fixture(scope="module")
def before(shared, tmp_path_factory):
    data = tmp_path_factory.mktemp("before") / "data"
    with served(shared):
        crawl(URL, data)
    return data


@pytest.mark.parametrize(("seed", "faults"), [(7, ()), (11, ("--errors", "3", "--retry-after", "1"))])
def test_exactly_what_changed_is_seen(shared, before, tmp_path, seed, faults):
    data = tmp_path / "data"
    shutil.copytree(before, data)
    old = exported(data)
    truth_file = tmp_path / "truth.json"
    with served(shared, "--mutate", str(seed), "--truth", str(truth_file), *faults):
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        report, first = crawl(URL, data), exported(data)
        crawl(URL, data)
    edited = {home(one["url"]) for one in truth["edited"]}
    renamed = {home(one["from"]): home(one["to"]) for one in truth["renamed"]}
    new = {home(one["url"]) for one in truth["new"]}
    for articles in (first, exported(data)):
        assert {url for url in set(old) & set(articles) if articles[url]["version"] != old[url]["version"]} == edited
        assert set(articles) - set(old) == new | set(renamed.values())
        assert set(old) - set(articles) == set(renamed)
    effects = report["extraction"]["effects"]
    assert (effects["changed"], effects["new"], report["sites"]["aimf"]["moved"]) == (len(edited), len(new), 4)
    with Archive.open(data) as archive:
        gone = {page.url for page in archive.pages() if page.state is PageState.GONE and archive.captures(page.url)}
        assert gone == {home(one["url"]) for one in truth["removed"]}
        for old_url, new_url in renamed.items():
            assert archive.aliases(new_url) == [old_url]
            assert [version.version for version in archive.versions(new_url)] == [old[old_url]["version"]]


def test_without_a_sitemap_nothing_is_taken_for_gone(shared, before, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(before, data)
    old, index_before = exported(data), index_bytes(data)
    with served(shared, "--no-sitemap"):
        report = crawl(URL, data)
    assert exported(data) == old
    assert index_bytes(data) == index_before
    assert report["sites"]["aimf"]["gone"] == 0
    assert "dropped" not in report["sites"]["aimf"]["reasons"]
