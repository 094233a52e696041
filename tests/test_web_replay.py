"""The staff's page over the replay of the real site: counts on judged queries, the two errands, a crowd during a crawl."""

import csv
import io
import json
import re
import subprocess
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

import index
from index.web.forms import PARAMETERS
from index.web.pages.search import FACETS_SHOWN
from pipeline.archive import Archive
from tests.webpage import command, serving

pytestmark = pytest.mark.replay

CONFIG = Path(__file__).resolve().parent.parent / "config.yaml"
JUDGED = 30
CLIENTS = 50


def aimf(*arguments):
    return subprocess.Popen(
        command("--config", CONFIG, "-q", *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def crawl(replay, tmp_path_factory):
    """The words of a crawl of the replay, and the archive that one has made."""
    folder = tmp_path_factory.mktemp("replay") / "data"
    words = ("--data", folder, "crawl", "--base-url", replay, "--delay", "0")
    with aimf(*words) as first:
        assert first.wait(timeout=900) == 0, first.stderr.read()
    return folder, words


@pytest.fixture(scope="module")
def page(crawl):
    with serving("--data", crawl[0], "--config", CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def queries(shared):
    lines = (shared / "gold" / "queries-dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["query"] for line in lines][:JUDGED]


def total(answer):
    return int(re.sub(r"\D", "", answer.soup.find(id="resultats").text.split(",")[0]))


def listed(answer):
    return [dict(parse_qsl(urlsplit(link["href"]).query))["url"] for link in answer.soup.select(".result h3 a")]


def test_every_count_is_what_its_click_gives(page, crawl, queries):
    checked = 0
    with index.open(crawl[0]) as library:
        for query in queries:
            # all values by the library, which the page asks …
            for facet, values in library.search(query, 0, facets=FACETS_SHOWN).facets.items():
                for value in values:
                    assert library.search(query, 0, filters={facet: [value.code]}).total == value.count, (
                        query,
                        facet,
                        value,
                    )
                    checked += 1
            # … and those on the page by their clicks
            answer = page.get("/", q=query)
            for facet in ("country", "kind"):
                for box in answer.soup.select(f"input[type=checkbox][name={PARAMETERS[facet]}]"):
                    count = int(re.sub(r"\D", "", box.find_parent("li").select_one(".count").text))
                    clicked = page.get("/", [("q", query), (PARAMETERS[facet], box["value"])])
                    assert total(clicked) == count, (query, facet, box["value"])
    assert checked > 1_000


def test_the_mission_of_may_2022_in_asia_is_found(page):
    answer = page.get("/", q="mission Asie mai 2022")
    assert any("cambodge" in url for url in listed(answer)[:3])
    narrowed = page.get("/", [("q", "mission"), ("pays", "Cambodge"), ("du", "mai 2022"), ("au", "mai 2022")])
    assert 0 < total(narrowed) <= 5


def test_all_about_water_in_benin_since_2019_is_found_and_exported(page):
    asked = [("q", "eau"), ("pays", "BJ"), ("du", "2019")]
    found = total(page.get("/", asked))
    assert 5 <= found <= 60
    table = page.get("/export.csv", asked).body.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(table[1:], newline=""), delimiter=";"))
    assert len(rows) == found
    assert all(row["date_published"] >= "2019-01-01" for row in rows)
    assert all("Bénin" in row["countries"].split(" | ") for row in rows)


def test_a_crowd_during_crawl_and_rebuild_meets_no_fault(page, crawl, queries):
    folder, words = crawl
    statuses, done = Counter(), threading.Event()

    def read(number):
        at = number
        while not done.is_set():
            answer = page.get("/", q=queries[at % len(queries)])
            statuses[answer.status] += 1
            links = listed(answer) if answer.status == 200 else ()
            if links:
                statuses[page.get("/article", url=links[at % len(links)]).status] += 1
            at += 1

    clients = [threading.Thread(target=read, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for work in (words, ("--data", folder, "rebuild", "--from", "articles")):
            with aimf(*work) as at_work:
                assert at_work.wait(timeout=900) == 0, at_work.stderr.read()
    finally:
        done.set()
        for client in clients:
            client.join()
    assert set(statuses) == {200}, statuses
    assert statuses[200] > 5 * CLIENTS
    with Archive.open(folder) as archive:
        assert archive.lock_holder() is None
