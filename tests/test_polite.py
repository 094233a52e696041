"""How a host is treated: RFC 9309, pauses that grow with its trouble, a name and an address to complain to."""

import asyncio
import itertools

import pytest

from pipeline.archive import Archive
from pipeline.config_file import parse_config
from pipeline.crawl import CrawlOptions, LimitReached, crawl_site
from pipeline.crawl.fetch import Surroundings
from pipeline.crawl.loop import ROBOTS_LIFE_S
from pipeline.crawl.pace import Pace
from pipeline.crawl.robots import parse_robots
from pipeline.errors import SiteUnreachable
from pipeline.records import FailureReason
from tests.site import Answer, Site, in_turn, page, redirect, reset

CONFIG = """
sites:
  s:
    name: S
    base_url: {base}
    kinds: [{{kind: a, path: "^/a/"}}]
    listings: ["^/$"]
    sitemaps: false
"""


class Time:
    """A clock that goes on only while somebody sleeps, or when it is told to."""

    def __init__(self):
        self.now_s = 1000.0
        self.slept_s = []

    def around(self):
        return Surroundings(monotonic=lambda: self.now_s, sleep=self.sleep, jitter=lambda: 0.5)

    async def sleep(self, seconds):
        self.slept_s.append(seconds)
        self.now_s += seconds


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "data", mode="write") as opened:
        yield opened


def crawl(site, archive, clock):
    made = parse_config(CONFIG.format(base=site.url))
    return asyncio.run(crawl_site(archive, "s", made, CrawlOptions(), around=clock.around()))


# --- RFC 9309 -----------------------------------------------------------------------------------------------------------

RULES = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: aimf-archive # the product's name alone counts
Disallow: /p
Allow: /page
Disallow: /page/secret*.html
Allow: /fish*.php
Disallow: /fish
Disallow: /*?*print=
Disallow: /exact$
Disallow: /caf%C3%A9
Disallow: /a b
Allow: /same
Disallow: /same

User-Agent: barbot
User-Agent: quxbot
Disallow: /
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/robots.txt", True),
        ("/", True),
        ("/example/", True),  # the group of our name stands for itself: that of * does not count
        ("/p", False),
        ("/pilot", False),
        ("/page", True),  # the longest rule wins, whatever the order
        ("/pages/x", True),
        ("/page/secret-1.html", False),
        ("/page/secret-1.htm", True),
        ("/fish", False),
        ("/fishes.php", True),
        ("/Fish", True),  # paths know capitals
        ("/x?a=1&print=1", False),
        ("/print=", False),  # begins with /p
        ("/x/print=", True),
        ("/exact", False),
        ("/exact/", True),
        ("/café", False),
        ("/caf%c3%a9", False),
        ("/a%20b", False),
        ("/same", True),  # of two rules of one length the kinder one
    ],
)
def test_rules_are_read_as_the_rfc_says(path, allowed):
    robots = parse_robots(RULES.encode(), "aimf-archive", 512_000)
    assert robots.allows(f"https://x.org{path}") is allowed


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_and_half_a_megabyte_is_read(ending):
    text = (
        "User-agent: *"
        + ending
        + f"Disallow: /no{ending}"
        + f"# {'x' * 100}{ending}" * 4_900
        + f"Disallow: /late{ending}"
    )
    assert 495_000 < len(text) < 512_000
    robots = parse_robots(text.encode(), "aimf-archive", 512_000)
    assert not robots.allows("https://x.org/no")
    assert not robots.allows("https://x.org/late")


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (Answer("User-agent: *\nDisallow: /a/", status=200), False),
        (Answer("gone", status=404), True),
        (Answer("no", status=403), True),
        (redirect("/rules.txt"), False),
        (Answer("oups", status=500), None),
        (Answer("later", status=429), None),
        (reset(), None),
    ],
    ids=["200", "404", "403", "redirect", "500", "429", "reset"],
)
def test_every_answer_to_robots_txt_means_something(archive, answer, asked):
    pages = {"/": page("Accueil", links=["/a/1"]), "/a/1": page("Un"), "/rules.txt": "User-agent: *\nDisallow: /a/"}
    with Site({**pages, "/robots.txt": answer}) as site:
        if asked is None:
            with pytest.raises(SiteUnreachable, match=r"robots\.txt"):
                crawl(site, archive, Time())
            assert set(site.paths()) == {"/robots.txt"}
        else:
            report = crawl(site, archive, Time())
            assert ("/a/1" in site.paths()) is asked
            assert report.skipped_by_robots == (0 if asked else 1)


def test_rules_are_asked_anew_when_they_are_a_day_old(archive):
    clock = Time()

    def a_long_answer(_request):
        clock.now_s += ROBOTS_LIFE_S
        return page("Un", links=["/a/2"])

    rules = in_turn("", "User-agent: *\nDisallow: /a/2")
    pages = {"/": page("Accueil", links=["/a/1"]), "/a/1": a_long_answer, "/a/2": page("Deux"), "/robots.txt": rules}
    with Site(pages) as site:
        report = crawl(site, archive, clock)
        paths = site.paths()
        assert paths[paths.index("/a/1") :] == ["/a/1", "/robots.txt"]
    assert report.skipped_by_robots == 1


def test_a_crawl_delay_is_kept_up_to_a_minute(archive):
    for told, kept in (("7", 7.0), ("0.2", 1.0), ("3600", 60.0), ("soon", 1.0)):
        clock = Time()
        rules = f"User-agent: *\nCrawl-delay: {told}"
        with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": page("Un"), "/robots.txt": rules}) as site:
            crawl(site, archive, clock)
        assert max(clock.slept_s) == kept


# --- pauses -----------------------------------------------------------------------------------------------------------


def test_a_host_in_trouble_is_asked_more_slowly_and_faster_when_it_is_well():
    pace, waits = Pace(), []
    for well in (True, False, False, False, True, True, True, True):
        pace.started(0.0)
        pace.answered(well=well)
        waits.append(pace.wait_s(1.0, 0.0))
    assert waits == [1.0, 2.0, 4.0, 8.0, 4.0, 2.0, 1.0, 1.0]
    for _ in range(40):
        pace.answered(well=False)
    assert pace.wait_s(1.0, 0.0) == 60.0
    assert pace.wait_s(90.0, 0.0) == 90.0, "never faster than asked for"
    assert pace.wait_s(0.0, 0.0) == 0.0


def test_an_overloaded_site_hears_of_us_less_and_less_and_is_left_alone(archive):
    clock, at = Time(), []

    def overloaded(_request):
        at.append(clock.now_s)
        return Answer("trop", status=503)

    with Site({"/": page("Accueil", links=[f"/a/{n}" for n in range(40)]), "/a/*": overloaded}) as site:
        report = crawl(site, archive, clock)
        assert site.most_at_once == 1
    gaps = [b - a for a, b in itertools.pairwise(at)]
    assert gaps[0] >= 2
    assert gaps[-1] >= 60
    assert report.limits_reached == (LimitReached.SITE_STOPPED,)
    assert report.failures == {FailureReason.SERVER_ERROR: 10}


def test_every_request_says_who_asks_and_where_to_complain(archive):
    with Site({"/": page("Accueil")}) as site:
        crawl(site, archive, Time())
        assert {r.headers["user-agent"].split("/")[0] for r in site.requests} == {"aimf-archive"}
        assert all("(+https://" in r.headers["user-agent"] for r in site.requests)
        assert all(r.method == "GET" for r in site.requests)
