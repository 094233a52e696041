"""The whole crawler on small sites, over real sockets and into a real archive."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from pipeline.archive import Archive, AskReason, RunOutcome
from pipeline.config_file import parse_config
from pipeline.crawl import CrawlOptions, LimitReached, crawl_site, run_crawl
from pipeline.crawl.fetch import Surroundings
from pipeline.errors import SiteUnreachable, UsageError
from pipeline.records import FailureReason, FoundBy, PageState
from tests.site import Answer, Site, endless_body, in_turn, page, redirect, reset, sitemap, slow

CONFIG = """
sites:
  s:
    name: S
    base_url: {base}
    seeds: [/]
    kinds: [{{kind: a, path: "^/a/"}}]
    listings: ["^/$", "^/l/"]
    ignore: ["[?&]x="]
politeness: {{delay_s: 0, retry_pause_s: 0}}
limits: {{request_s: 5, body_bytes: 100000, depth: 4}}
"""


def config(base, **limits):
    made = parse_config(CONFIG.format(base=base))
    return made.model_copy(update={"limits": made.limits.model_copy(update=limits)})


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "data", mode="write") as opened:
        yield opened


def crawl(site, archive, *, made=None, around=None, **options):
    made = made or config(site.url)
    return asyncio.run(crawl_site(archive, "s", made, CrawlOptions(**options), around=around))


def asked(site):
    """The paths that were asked, without the one that cannot exist."""
    return [path for path in site.paths() if not path.startswith("/aimf-archive-")]


def present(archive):
    return sorted(p.url.split("/", 3)[3] for p in archive.pages() if p.state is PageState.PRESENT)


SMALL = {
    "/": page(
        "Accueil", links=["/a/1", "/l/", "/other", "/a/1?utm_source=x", "mailto:a@b.c", "https://elsewhere.example/a/9"]
    ),
    "/l/": page("Liste", links=["/a/2", "/a/3/", "/a/2?x=1", "/a/missing", "/a/file.pdf"]),
    "/a/1": page("Un", links=["/a/2#top"]),
    "/a/2": page("Deux"),
    "/a/3/": page("Trois", links=["/", "../4"]),
    "/a/4": page("Quatre"),
}


def test_a_site_is_asked_once_a_page_and_nothing_else(archive):
    with Site(SMALL) as site:
        report = crawl(site, archive)
        assert sorted(asked(site)) == sorted(
            [
                "/robots.txt",
                "/sitemap_index.xml",
                "/sitemap.xml",
                "/",
                "/a/1",
                "/l/",
                "/a/2",
                "/a/3/",
                "/a/missing",
                "/a/4",
            ]
        )
        assert site.most_at_once == 1
        assert all(r.headers["user-agent"].startswith("aimf-archive/") for r in site.requests)
    assert present(archive) == ["", "a/1", "a/2", "a/3/", "a/4", "l/"]
    assert (report.new, report.asked, report.requests) == (6, 7, 11)
    assert report.failures == {FailureReason.NOT_FOUND: 1}
    assert report.whole
    assert archive.latest_capture(site.address("/a/1")).body == SMALL["/a/1"].encode()
    assert archive.page(site.address("/a/4")).found_by is FoundBy.LINK
    assert archive.runs()[0].outcome is RunOutcome.WHOLE
    assert archive.runs()[0].counters["failed_not_found"] == 1


def test_a_second_run_changes_nothing(archive):
    pages = {path: Answer(text, etag=True) for path, text in SMALL.items()}
    with Site(pages) as site:
        crawl(site, archive)
        site.requests.clear()
        report = crawl(site, archive)
        # the seed, a share of the four articles, and one of the list and the address that was not found
        assert report.reasons == {AskReason.SEED: 1, AskReason.DUE: 2}
        assert sum("if-none-match" in r.headers for r in site.requests) == 3
        assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
        site.requests.clear()
        crawl(site, archive, full=True)
        assert len(set(asked(site)) & set(SMALL)) == 6
        assert not any("if-none-match" in r.headers for r in site.requests if r.path != "/")
    assert archive.counts().captures == 6
    assert archive.page(site.address("/a/missing")).state is PageState.GONE


def test_what_is_behind_an_unchanged_list_is_not_forgotten(archive):
    pages = {"/": Answer(page("Accueil", links=["/a/1"]), etag=True), "/a/1": in_turn(Answer(status=500), page("Un"))}
    with Site(pages) as site:
        made = config(site.url).model_copy(
            update={"politeness": config(site.url).politeness.model_copy(update={"tries": 1})}
        )
        assert crawl(site, archive, made=made).failures == {FailureReason.SERVER_ERROR: 1}
        assert crawl(site, archive, made=made).new == 1


def test_sitemaps_come_first_in_any_shape(archive):
    def index(request):
        base = request.site.url
        return Answer(
            f"<script>junk</script>\n<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
            f"<sitemap><loc>{base}one.xml</loc></sitemap><sitemap><loc>{base}gone.xml</loc></sitemap></sitemapindex>"
        )

    pages = {
        "/robots.txt": lambda request: f"Sitemap: {request.site.url}index.xml",
        "/index.xml": index,
        "/one.xml": sitemap("/a/lonely", "/a/1", "/other", lastmod="2024-03-18"),
        "/a/lonely": page("Seule"),
        **SMALL,
    }
    with Site(pages) as site:
        crawl(site, archive)
        assert asked(site)[4:7] == ["/", "/a/lonely", "/a/1"]
    lonely = archive.page(site.address("/a/lonely"))
    assert (lonely.found_by, lonely.sitemap_lastmod) == (FoundBy.SITEMAP, "2024-03-18")


# --- robots.txt and politeness ----------------------------------------------------------------------------------------


def test_nothing_forbidden_is_asked_not_even_by_redirect(archive):
    pages = {
        "/robots.txt": "User-agent: *\nDisallow: /a/no\nUser-agent: aimf-archive\nDisallow: /a/no",
        "/": page("Accueil", links=["/a/no", "/a/sneaky", "/a/yes"]),
        "/a/sneaky": redirect("/a/no"),
        "/a/yes": page("Oui"),
    }
    with Site(pages) as site:
        report = crawl(site, archive)
        assert "/a/no" not in site.paths()
    assert report.skipped_by_robots == 2
    assert present(archive) == ["", "a/yes"]


@pytest.mark.parametrize("answer", [Answer(status=503), reset()])
def test_robots_without_an_answer_forbids_everything(archive, answer):
    with Site({**SMALL, "/robots.txt": answer}) as site:
        with pytest.raises(SiteUnreachable, match=r"robots\.txt"):
            crawl(site, archive)
        assert set(site.paths()) == {"/robots.txt"}
    assert archive.runs()[0].outcome is RunOutcome.UNREACHABLE


def test_a_site_that_is_down_is_unreachable(archive):
    with Site({}) as site:
        pass
    with pytest.raises(SiteUnreachable, match="try again later"):
        crawl(site, archive)


def test_a_seed_that_is_missing_is_said(archive):
    with Site({}) as site, pytest.raises(SiteUnreachable, match="404"):
        crawl(site, archive)


def test_robots_forbids_all(archive):
    with Site({**SMALL, "/robots.txt": "User-agent: *\nDisallow: /"}) as site:
        with pytest.raises(SiteUnreachable, match="forbids"):
            crawl(site, archive)
        assert site.paths() == ["/robots.txt"]


class FastTime:
    """A clock that runs only while somebody sleeps."""

    def __init__(self):
        self.now_s = 1000.0
        self.slept_s = []

    def around(self):
        return Surroundings(lambda: datetime.now(UTC), lambda: self.now_s, self.sleep, lambda: 0.5)

    async def sleep(self, seconds):
        self.slept_s.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)


def test_the_pause_is_between_the_starts_of_all_requests(archive):
    starts = []
    clock = FastTime()

    def told(text):
        def answer(_):
            starts.append(clock.now_s)
            return text

        return answer

    pages = {path: told(text) for path, text in SMALL.items()}
    pages["/robots.txt"] = told("User-agent: *\nCrawl-delay: 7")
    pages["/sitemap.xml"] = told("")
    with Site(pages) as site:
        crawl(site, archive, around=clock.around(), delay_s=2.0)
    assert starts[1] - starts[0] >= 7
    assert {round(b - a, 6) for a, b in itertools.pairwise(starts[2:])} <= {7.0, 14.0}


def test_retry_after_is_kept_and_a_long_one_waits_for_the_next_run(archive):
    pages = {
        "/": page("Accueil", links=["/a/1", "/a/2"]),
        "/a/1": in_turn(Answer(status=503, headers={"Retry-After": "13"}), page("Un")),
        "/a/2": Answer(status=429, headers={"Retry-After": "3600"}),
    }
    clock = FastTime()
    with Site(pages) as site:
        report = crawl(site, archive, around=clock.around())
        assert site.paths().count("/a/1") == 2
        assert site.paths().count("/a/2") == 1
    assert clock.slept_s == [13.0]
    assert report.failures == {FailureReason.TOO_MANY_REQUESTS: 1}
    assert not report.whole


# --- redirects --------------------------------------------------------------------------------------------------------


def test_a_page_that_moves_is_one_page_with_two_addresses(archive):
    with Site({"/": page("Accueil", links=["/a/old"]), "/a/old": page("Texte")}) as site:
        crawl(site, archive)
        site.pages["/a/old"] = redirect("/a/new")
        site.pages["/a/new"] = page("Texte neuf")
        crawl(site, archive)
        assert present(archive) == ["", "a/new"]
        assert archive.aliases(site.address("/a/new")) == [site.address("/a/old")]


def test_an_article_that_leads_home_is_kept(archive):
    with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": page("Texte")}) as site:
        crawl(site, archive)
        site.pages["/a/1"] = redirect("/", 302)
        report = crawl(site, archive)
    assert report.kept == 1
    assert report.failures == {FailureReason.REDIRECTED_AWAY: 1}
    assert archive.latest_capture(site.address("/a/1")).body == page("Texte").encode()


def test_a_redirect_to_a_known_page_does_not_ask_it_twice(archive):
    with Site({"/": page("Accueil", links=["/a/1", "/a/2"]), "/a/1": page("Un"), "/a/2": redirect("/a/1")}) as site:
        report = crawl(site, archive)
        assert site.paths().count("/a/1") == 1
    assert report.moved == 1


def test_redirects_that_never_end_or_leave_the_site_are_failures(archive):
    pages = {
        "/": page("Accueil", links=["/a/loop", "/a/away", "/a/chain0"]),
        "/a/loop": redirect("/a/loop2"),
        "/a/loop2": redirect("/a/loop"),
        "/a/away": redirect("https://elsewhere.example/"),
        **{f"/a/chain{n}": redirect(f"/a/chain{n + 1}") for n in range(20)},
    }
    with Site(pages) as site:
        report = crawl(site, archive)
    assert report.failures == {FailureReason.REDIRECT_LOOP: 2, FailureReason.OUT_OF_SCOPE: 1}


# --- a copy of the site -----------------------------------------------------------------------------------------------


def test_pages_of_a_copy_keep_the_addresses_of_the_site(archive):
    made = config("https://www.example.org/")
    with Site() as copy:
        here = copy.url
        copy.pages.update(
            {
                "/": page("Accueil", links=[f"{here}a/1", "https://www.example.org/a/2", "http://127.0.0.1:1/a/3"]),
                "/a/1": redirect(f"{here}a/4"),
                "/a/2": page("Deux"),
                "/a/4": page("Quatre"),
                "/robots.txt": f"Sitemap: {here}s.xml",
                "/s.xml": sitemap("/a/5"),
                "/a/5": page("Cinq"),
            }
        )
        crawl(copy, archive, made=made, base_url=here)
    assert [p.url for p in archive.pages() if p.state is PageState.PRESENT] == [
        "https://www.example.org/",
        "https://www.example.org/a/5",
        "https://www.example.org/a/2",
        "https://www.example.org/a/4",
    ]
    capture = archive.latest_capture("https://www.example.org/a/1")
    assert capture.url == "https://www.example.org/a/4"
    assert capture.headers["x-aimf-base-url"] == here


def test_a_base_url_must_be_a_root(archive):
    with Site({}) as site, pytest.raises(UsageError, match="--base-url"):
        crawl(site, archive, base_url=site.url + "folder/")


# --- limits -----------------------------------------------------------------------------------------------------------


def endless(request):
    number = int(request.path.rpartition("/")[2] or 0)
    return page("Encore", links=[f"/l/{number + 1}", f"/a/{number + 1}"])


def test_an_endless_site_ends_and_the_next_run_goes_on(archive):
    with Site({"/": page("Accueil", links=["/l/1"]), "/l/*": endless, "/a/*": page("Page")}) as site:
        report = crawl(site, archive, max_pages=5)
        assert report.limits_reached == (LimitReached.PAGES,)
        assert (report.asked, report.waiting > 0) == (5, True)
        report = crawl(site, archive)
        assert report.limits_reached == ()
    assert len(present(archive)) == 8, "depth ends it"


def test_a_run_ends_in_time(archive):
    with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": slow(page("Un"), 30)}) as site:
        began = time.monotonic()
        report = crawl(site, archive, max_duration_s=0.5)
        assert time.monotonic() - began < 5
    assert report.limits_reached == (LimitReached.DURATION,)
    assert archive.runs()[0].outcome is RunOutcome.LIMIT


def test_bodies_that_are_too_large_or_no_text_are_not_stored(archive):
    pages = {
        "/": page("Accueil", links=["/a/endless", "/a/pdf", "/a/liar", "/a/empty", "/a/bomb"]),
        "/a/endless": endless_body(),
        "/a/pdf": Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "/a/liar": Answer(b"%PDF-1.7 and more"),
        "/a/empty": Answer(b"  "),
        "/a/bomb": Answer(b"0" * 10_000_000, gzip=True),
    }
    with Site(pages) as site:
        report = crawl(site, archive)
    assert report.failures == {FailureReason.TOO_LARGE: 2, FailureReason.NOT_TEXT: 2, FailureReason.EMPTY: 1}
    assert present(archive) == [""]


def test_a_site_that_stops_answering_is_left_alone(archive):
    pages = {"/": page("Accueil", links=[f"/a/{n}" for n in range(50)]), "/a/*": reset()}
    with Site(pages) as site:
        report = crawl(site, archive)
        assert len(site.paths()) < 40
    assert report.limits_reached == (LimitReached.SITE_STOPPED,)
    assert report.failures == {FailureReason.CONNECTION: 10}


def test_a_site_that_begins_to_refuse_what_we_have_is_left_alone(archive):
    pages = {"/": page("Accueil", links=[f"/a/{n}" for n in range(30)]), "/a/*": page("Page")}
    with Site(pages) as site:
        crawl(site, archive)
        site.pages["/a/*"] = Answer("non", status=403)
        site.requests.clear()
        report = crawl(site, archive, full=True)
        assert len(site.paths()) < 20
        assert report.limits_reached == (LimitReached.SITE_STOPPED,)
        assert not report.whole
        front = in_turn(page("Accueil"), Answer("non", status=403))
        site.pages["/"] = front
        with pytest.raises(SiteUnreachable, match="403"):
            crawl(site, archive, full=True)
    assert len(present(archive)) > 1


def test_pages_that_are_refused_to_all_are_facts_of_the_site(archive):
    pages = {"/": page("Accueil", links=[f"/a/{n}" for n in range(30)]), "/a/*": Answer("non", status=403)}
    with Site(pages) as site:
        report = crawl(site, archive)
    assert report.failures == {FailureReason.CLIENT_ERROR: 30}
    assert report.whole


def test_a_limit_that_the_seeds_reach_is_told(archive):
    with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": page("Un")}) as site:
        crawl(site, archive)
        report = crawl(site, archive, max_pages=1)
    assert report.limits_reached == (LimitReached.PAGES,)
    assert not report.whole


def test_a_dry_run_says_what_it_would_ask_and_why(tmp_path, archive):
    with Site({**SMALL, "/sitemap.xml": sitemap("/a/1")}) as site:
        report = crawl(site, None, dry_run=True)
        assert [(p.url, p.why, p.known) for p in report.planned] == [
            (site.url, AskReason.SEED, False),
            (site.address("/a/1"), AskReason.NEW, False),
        ]
        assert all("xml" in p or "robots" in p for p in site.paths())
        crawl(site, archive)
        report = crawl(site, archive, dry_run=True)
        assert all(p.known for p in report.planned)
        assert Counter(p.why for p in report.planned) == {AskReason.SEED: 1, AskReason.DUE: 2}
        assert len(archive.runs()) == 1
        site.requests.clear()
        wanted = {p.url for p in report.planned}
        crawl(site, archive)
        assert {site.address(path) for path in asked(site)[3:]} == wanted, "the run asks what was shown"


# --- the end of a run -------------------------------------------------------------------------------------------------


def test_a_signal_ends_the_run_with_everything_stored(archive):
    pages = {"/": page("Accueil", links=["/a/1", "/a/2"]), "/a/1": page("Un"), "/a/2": slow(page("Deux"), 30)}
    with Site(pages) as site:
        timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        began = time.monotonic()
        report = run_crawl(archive, "s", config(site.url), CrawlOptions())
        timer.join()
        assert time.monotonic() - began < 10
        assert (report.interrupted, report.signal) == (True, signal.SIGTERM)
        assert present(archive) == ["", "a/1"]
        site.pages["/a/2"] = page("Deux")
        site.requests.clear()
        report = run_crawl(archive, "s", config(site.url), CrawlOptions())
        # the plan stands in the frontier: a run that goes on reads no sitemap again
        assert asked(site) == ["/robots.txt", "/a/2"]
    assert report.resumed
    assert present(archive) == ["", "a/1", "a/2"]


KILLED = """
import sys
from pathlib import Path
from pipeline.archive import Archive
from pipeline.config_file import parse_config
from pipeline.crawl import CrawlOptions, run_crawl
with Archive.open(Path(sys.argv[1]), mode="write") as archive, archive.lock("aimf crawl"):
    run_crawl(archive, "s", parse_config(sys.argv[2]), CrawlOptions())
"""


def test_kill_9_loses_at_most_what_is_in_flight(tmp_path):
    count = 120
    pages = {
        f"/a/{n}": page(f"Page {n}", body="<p>eau</p>" * 50, links=[f"/a/{n + 1}", f"/a/{n * 2}"]) for n in range(count)
    }
    pages["/"] = page("Accueil", links=["/a/0", "/a/1"])
    for path, text in list(pages.items()):
        pages[path] = slow(text, 0.005)
    kills = 0
    with Site(pages) as site:
        made = CONFIG.format(base=site.url).replace("depth: 4", "depth: 500")
        # Killed by what it has asked for, not by the clock: a slow machine must not kill it after its last page.
        for pages_asked in (20, 45, 70, 95, None):
            with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path, made]) as run:
                while run.poll() is None and (pages_asked is None or len(site.paths()) < pages_asked):
                    time.sleep(0.01)
                if run.poll() is None:
                    run.kill()
                    kills += 1
                else:
                    assert run.returncode == 0
                    break
            with Archive.open(tmp_path, mode="write") as archive:
                assert archive.damages() == []
        asked = [p for p in site.paths() if p.startswith("/a/") and p in pages]
        with Archive.open(tmp_path) as archive:
            assert len(present(archive)) == count + 1
            assert archive.counts().captures == count + 1
            assert all(len(archive.captures(site.address(p))) == 1 for p in pages)
    assert kills >= 1
    assert len(asked) <= count + 2 * kills, "only what was in flight is asked again"
