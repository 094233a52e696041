"""What is carried away: files of a search, feeds, the API; and how the archive says that it is."""

import csv
import io
import json
import re
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

import index
from index.engine import FACETS
from index.web import exports
from index.web.pages import state
from index.web.reporting import Reporter
from index.web.shelf import Shelf
from index.web.wording import wording
from pipeline import report
from pipeline.archive import Archive
from pipeline.export import CSV_COLUMNS
from pipeline.records import Article
from tests.webpage import serving

SEARCH = [("q", "eau"), ("du", "2020"), ("tri", "anciens")]


@pytest.fixture(scope="module")
def page(sample_archive):
    with serving("--data", sample_archive) as running:
        yield running


@pytest.fixture(scope="module")
def library(sample_archive):
    with index.open(sample_archive) as opened:
        yield opened


def listed(page, pairs):
    """The addresses of all results, page by page."""
    found, answer = [], page.get("/", pairs)
    while True:
        links = answer.soup.select(".result h3 a")
        found += [dict(parse_qsl(urlsplit(link["href"]).query))["url"] for link in links]
        following = answer.soup.select_one("a[rel=next]")
        if following is None:
            return found
        answer = page.raw(following["href"])


def test_csv_opens_in_a_french_spreadsheet(page):
    answer = page.get("/export.csv", SEARCH)
    text = answer.body.decode("utf-8")
    assert text[0] == "\ufeff"
    assert text.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row[0] for row in rows[1:]] == listed(page, SEARCH)
    days = [row[CSV_COLUMNS.index("date_published")] for row in rows[1:]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days)
    assert days == sorted(days)
    assert re.search(r'filename="[a-z-]+-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"])


@pytest.mark.parametrize(
    "pairs", [SEARCH, [], [("q", "mot-que-personne-n-a-ecrit")], [("q", "lagune vidangeurs"), ("mots", "partie")]]
)
def test_every_form_holds_what_the_page_lists(page, pairs):
    urls = listed(page, pairs)
    assert [one["url"] for one in page.get("/export.json", pairs).json()] == urls
    lines = page.get("/export.jsonl", pairs).text.splitlines()
    assert [json.loads(line)["url"] for line in lines] == urls
    assert re.findall(r"^  url = \{(.+)\},$", page.get("/export.bib", pairs).text, re.MULTILINE) == urls
    assert re.findall(r"^UR  - (.+?)\r?$", page.get("/export.ris", pairs).text, re.MULTILINE) == urls


def test_no_two_entries_of_bibtex_have_one_key():
    """Pages of two kinds may end in the same words."""
    pages = [Article(f"https://v.example/{kind}/le-pont", "v", "Le pont", kind, "") for kind in ("actions", "document")]
    entries = b"".join(exports.stream("bib", pages, exports.Imprint({}, date(2024, 3, 18)))).decode()
    assert re.findall(r"@online\{(.+),", entries) == ["le-pont", "le-pont--2"]


def test_the_page_offers_every_form_of_its_search(page):
    links = [link["href"] for link in page.get("/", SEARCH).soup.select(".take a")]
    assert {urlsplit(link).path for link in links} == {
        "/export.csv",
        "/export.json",
        "/export.jsonl",
        "/export.bib",
        "/export.ris",
        "/atom",
    }
    for link in links:
        assert parse_qsl(urlsplit(link).query) == SEARCH
        assert page.raw(link).status == 200


def test_a_feed_is_the_search_newest_first(page, library):
    answer = page.get("/atom", q="eau")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = answer.soup.find_all("entry")
    assert [entry.id.text for entry in entries] == library.urls("eau", library.search("eau", 0).total, sort="newest")
    updated = [entry.updated.text for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert answer.soup.feed.updated.text == updated[0]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", one) for one in updated)
    assert page.raw("/article?" + urlsplit(entries[0].link["href"]).query).status == 200


@pytest.mark.parametrize(
    ("pairs", "title"),
    [
        ([], "Tous les articles"),
        ([("q", "eau")], "Articles\u00a0: eau"),
        ([("pays", "BJ"), ("pays", "sénégal"), ("type", "document")], "Articles\u00a0: Bénin, Sénégal, Document"),
        ([("q", "eau"), ("du", "mai 2021")], "Articles\u00a0: eau, depuis le 1ᵉʳ\u00a0mai\u00a02021"),
        ([("au", "2021")], "Articles\u00a0: jusqu’au 31\u00a0décembre\u00a02021"),
    ],
)
def test_a_feed_is_called_after_its_search(page, pairs, title):
    assert page.get("/atom", pairs).soup.title.text == title


def test_browsers_are_offered_the_search(page):
    link = page.get("/").soup.find("link", rel="search")
    told = page.raw(link["href"])
    assert told.headers["content-type"].startswith("application/opensearchdescription+xml")
    template = next(one["template"] for one in told.soup.find_all("Url") if one["type"] == "text/html")
    assert template.startswith(page.url)
    assert "résultat" in page.raw(template.removeprefix(page.url).replace("{searchTerms}", "eau")).text


# --- the API


def test_the_api_mirrors_the_library(page, library):
    mine = library.search(
        "eau", 3, 1, filters={"country": ["BJ", "SN"]}, facets=["theme", "year"], sort="newest"
    ).to_dict()
    pairs = [
        ("query", "eau"),
        ("limit", "3"),
        ("offset", "1"),
        ("country", "BJ"),
        ("country", "SN"),
        ("facets", "theme,year"),
        ("sort", "newest"),
    ]
    theirs = page.get("/api/v1/search", pairs).json()
    assert theirs == json.loads(json.dumps(mine)) | {"offset": 1}
    url = mine["results"][0]["url"]
    assert page.get("/api/v1/article", url=url).json()["text"] == library[url].text
    assert (
        page.get("/api/v1/facets", facets="country").json()["country"][0]["count"] == library.values("country")[0].count
    )
    assert set(page.get("/api/v1/facets").json()) == set(FACETS)
    assert [one["text"] for one in page.get("/api/v1/suggest", prefix="bén").json()["suggestions"]] == [
        one.text for one in library.suggest("bén")
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("search?rien=1", 400), ("search?sort=best", 400), ("search?limit=1000", 400), ("search?limit=-1", 400), ("search?offset=x", 400),
        ("search?facets=planet", 400), ("search?since=hier", 400), ("search?query=a&query=b", 400), ("article?url=https://x.example/", 404), ("rien", 404),
    ],
)  # fmt: skip
def test_the_api_says_what_is_wrong(page, path, status):
    answer = page.raw(f"/api/v1/{path}")
    assert answer.status == status
    assert answer.json()["error"]


def test_the_api_describes_itself_truly(page):
    told = page.get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    for path, methods in told["paths"].items():
        assert set(methods) == {"get"}
        parameters = methods["get"]["parameters"]
        good = {
            "query": "eau",
            "limit": "2",
            "offset": "0",
            "sort": "newest",
            "since": "2020-01-01",
            "until": "2023-01-01",
            "facets": "year",
            "prefix": "b",
            "url": "https://www.villes-exemple.example/nous-connaitre/",
        }
        pairs = [(one["name"], good.get(one["name"], "x")) for one in parameters]
        assert page.get(told["servers"][0]["url"] + path, pairs).status in (200, 404), path
        assert page.get(told["servers"][0]["url"] + path, [*pairs, ("undescribed", "1")]).status == 400


# --- how the archive is


def test_people_and_machines_are_told_the_same(page, sample_archive):
    told = page.get("/healthz").json()
    with Archive.open(sample_archive) as archive:
        counts = archive.counts()
    assert (told["articles"], told["indexed"]) == (counts.articles, counts.articles)
    assert told["status"] == "ok"
    answer = page.get("/etat")
    assert "L’archive est à jour." in answer.soup.select_one(".verdict").text
    figures = [re.sub(r"\D", "", dd.find(string=True)) for dd in answer.soup.select(".figures dd")]
    assert figures[:2] == [str(counts.articles)] * 2
    [row] = answer.soup.select(".runs tbody tr")
    titles = [cell.text for cell in answer.soup.select(".runs thead .figure")]
    counters = told["runs"][0]["counters"]
    shown = dict(zip(titles, (int(cell.text) for cell in row.select(".figure")), strict=True))
    assert (shown["Demandées"], shown["Exclues (robots.txt)"]) == (counters["asked"], counters["skipped_by_robots"])
    assert counters["skipped_by_robots"]
    reasons = {reason.value: count for reason, count in counts.rejections.items()}
    assert told["rejections"] == reasons


def test_every_page_says_how_fresh_it_is(page):
    for path in ("/", "/aide", "/etat", "/a-reprendre"):
        assert "Archive mise à jour le" in page.raw(path).soup.footer.text


def test_an_archive_that_was_not_brought_up_to_date_says_so(sample_archive):
    shelf = Shelf(sample_archive, "index")
    volume = shelf.volume()
    ended = volume.archive.runs(1)[0].ended_at
    assert state.health(volume, 26, ended + timedelta(hours=26)).status == "ok"
    late = state.health(volume, 26, ended + timedelta(hours=27))
    assert late.as_record()["status"] == "stale"
    assert late.as_record()["freshness"]["age_hours"] == 27
    shelf.close()


def test_words_for_every_reason_and_outcome():
    from pipeline.archive import RunOutcome
    from pipeline.records import RejectionReason

    for language in ("fr", "en"):
        words = wording(language)
        assert all(words.has(f"rejection_{reason.value}") for reason in RejectionReason)
        assert all(words.has(f"outcome_{outcome.value}") for outcome in RunOutcome)


def test_the_editors_report_is_a_page_and_a_table(page, sample_archive):
    with Archive.open(sample_archive) as archive:
        rows = report.rows(archive)
    for _ in range(10):
        answer = page.get("/a-reprendre")
        if "en préparation" not in answer.text:
            break
    assert f"{len(rows)}\u00a0points" in answer.text
    shown = {section.h2["id"] for section in answer.soup.select(".kind")}
    assert shown == {row.kind.value for row in rows}
    table = page.get("/a-reprendre.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(list(csv.reader(io.StringIO(table.text[1:], newline=""), delimiter=";"))) == len(rows) + 1
    only = page.get("/a-reprendre", defaut="dead_link")
    assert [section.h2["id"] for section in only.soup.select(".kind")] == ["dead_link"]
    unknown = page.get("/a-reprendre", defaut="tout-va-bien")
    assert {section.h2["id"] for section in unknown.soup.select(".kind")} == shown


def test_a_report_whose_process_was_killed_is_made_again(sample_archive):
    shelf = Shelf(sample_archive, "index")
    reporter = Reporter(sample_archive)
    try:
        reporter.rows(shelf.volume(), wait_s=0)
        for process in list(reporter._pool._processes.values()):
            process.kill()
        assert reporter.rows(shelf.volume(), wait_s=60) is None
        assert reporter.rows(shelf.volume(), wait_s=60)
    finally:
        reporter.close()
        shelf.close()
