"""What a night asks and why: claims of sitemaps, REST and feeds, their honesty, turns, three states of a page."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.archive import Archive, AskReason, Claim, Known, Source, SourceRecord
from pipeline.config import Revisit
from pipeline.config_file import parse_config
from pipeline.crawl import CrawlOptions, LimitReached, crawl_site
from pipeline.crawl.discover import Pointers, pointers_in, read_feed
from pipeline.crawl.errorpage import judge, learn
from pipeline.crawl.fetch import Surroundings
from pipeline.crawl.plan import Rules, Trust, plan, reason
from pipeline.crawl.signals.rest import bases_of, posts_of
from pipeline.extract.loop import extract_pending
from pipeline.records import Capture, FailureReason, FoundBy, PageState
from tests.site import Answer, Site, page, redirect

CONFIG = """
sites:
  s:
    name: S
    base_url: {base}
    seeds: [/]
    languages: [fr]
    kinds: [{{kind: a, path: "^/a/"}}]
    listings: ["^/$", "^/l/"]
    ignore: ["/feed/?$", "^/wp-json"]
politeness: {{delay_s: 0, retry_pause_s: 0, tries: 1}}
limits: {{request_s: 5, extract_jobs: 1}}
"""


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "data", mode="write") as opened:
        yield opened


class Nights:
    """A site crawled night after night, by a clock that jumps a day each time."""

    def __init__(self, site, archive, **revisit):
        self.site, self.archive = site, archive
        made = parse_config(CONFIG.format(base=site.url))
        self.config = made.model_copy(update={"revisit": made.revisit.model_copy(update=revisit)})
        self.now = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)

    def crawl(self, *, days=1.0, **options):
        self.now += timedelta(days=days)
        self.site.requests.clear()
        around = Surroundings(clock=lambda: self.now)
        return asyncio.run(crawl_site(self.archive, "s", self.config, CrawlOptions(**options), around=around))

    def extract(self, **options):
        return extract_pending(self.archive, self.config, **options)

    def asked(self):
        """The articles that this night asked."""
        return sorted(path for path in self.site.paths() if path.startswith("/a/"))


def article(number, text="", **options):
    body = "".join(f"<p>Le conseil {number} a voté la phrase {line} du projet d’eau.</p>" for line in range(8))
    return page(f"Article {number}", body=body + f"<p>{text}</p>", **options)


def sitemap(lastmods):
    def answer(request):
        root = request.site.url
        urls = "".join(
            f"<url><loc>{root}a/{n}</loc>{f'<lastmod>{mod}</lastmod>' if mod else ''}</url>"
            for n, mod in lastmods.items()
        )
        return Answer(f"<?xml version='1.0'?><urlset>{urls}</urlset>")

    return answer


def site_of(count, lastmods=None):
    """`count` articles that only the sitemap names."""
    lastmods = dict.fromkeys(range(count), "2026-01-01") if lastmods is None else lastmods
    pages = {f"/a/{n}": article(n) for n in range(count)}
    return {"/": page("Accueil"), "/sitemap.xml": sitemap(lastmods), **pages}, lastmods


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_when_nothing_changed_next_to_nothing_is_asked(archive):
    pages, _ = site_of(60)
    with Site(pages) as site:
        nights = Nights(site, archive)
        assert nights.crawl().new == 61
        report = nights.crawl()
        assert report.reasons == {AskReason.SEED: 1, AskReason.DUE: 2}
        assert len(nights.asked()) == report.due_requests == 2
        assert report.requests - report.due_requests <= 5
        assert (report.new, report.changed) == (0, 0)
    assert archive.counts().captures == 61


def test_a_page_is_asked_when_a_source_says_that_it_changed(archive):
    pages, lastmods = site_of(20)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        lastmods[7] = "2026-01-02"
        site.pages["/a/7"] = article(7, "Une phrase de plus.")
        report = nights.crawl()
        assert report.reasons[AskReason.CHANGED] == 1
        assert "/a/7" in nights.asked()
        assert nights.crawl().reasons.get(AskReason.CHANGED) is None, "one claim is one question"


def test_every_page_is_asked_within_the_nights_whatever_is_said(archive):
    pages, _ = site_of(23)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=5)
        nights.crawl()
        seen = set()
        for _ in range(5):
            nights.crawl()
            assert len(nights.asked()) == 5
            seen |= set(nights.asked())
        assert len(seen) == 23
        shown = nights.crawl(days=3, dry_run=True).planned
        nights.crawl(days=0)
        assert len(nights.asked()) == 14, "nights without a run are made up for"
        assert {site.address(path) for path in nights.asked()} == {p.url for p in shown} - {site.url}


def test_pages_of_which_nobody_would_tell_a_change_take_turns_sooner(archive):
    pages, lastmods = site_of(30, {n: None if n < 15 else "2026-01-01" for n in range(30)})
    with Site(pages) as site:
        nights = Nights(site, archive, nights=30, unsignalled_nights=5)
        nights.crawl()
        nights.crawl()
        silent = [path for path in nights.asked() if lastmods[int(path[3:])] is None]
        assert (len(nights.asked()), len(silent)) == (4, 3)


def test_a_page_that_its_sitemap_drops_is_asked_and_after_two_nights_gone(archive):
    pages, lastmods = site_of(40)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        del lastmods[3], site.pages["/a/3"]
        assert nights.crawl().reasons[AskReason.DROPPED] == 1
        assert archive.page(site.address("/a/3")).state is PageState.UNKNOWN
        report = nights.crawl()
        assert (report.reasons[AskReason.FAILED], report.gone) == (1, 1)
        standing = archive.page_state(site.address("/a/3"))
        assert (standing.state, standing.since) == (PageState.GONE, nights.now)
        assert "/a/3" not in (nights.crawl(), nights.asked())[1], "and is left in peace"
        assert archive.latest_capture(site.address("/a/3")) is not None
        lastmods[3], site.pages["/a/3"] = "2026-02-01", article(3)
        nights.crawl()
        assert archive.page_state(site.address("/a/3")).state is PageState.PRESENT


def test_what_an_interrupted_night_heard_is_compared_with_the_next_one(archive):
    pages, lastmods = site_of(20)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000, unsignalled_nights=1000)
        stop = asyncio.Event()

        def watch(step):
            if step.asked == 10:
                stop.set()

        begun = crawl_site(archive, "s", nights.config, CrawlOptions(), progress=watch, stop=stop)
        assert asyncio.run(begun).interrupted
        assert nights.crawl().resumed
        del lastmods[3], site.pages["/a/3"]
        assert nights.crawl().reasons[AskReason.DROPPED] == 1


def test_a_sitemap_that_fails_drops_nothing(archive):
    pages, _ = site_of(20)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000, unsignalled_nights=1000)
        nights.crawl()
        for broken in (Answer(status=503), Answer(b"<html>"), Answer(status=404)):
            site.pages["/sitemap.xml"] = broken
            assert AskReason.DROPPED not in nights.crawl().reasons


def test_a_sitemap_of_more_entries_than_a_run_reads_is_read_as_far_and_drops_nothing(archive):
    pages, _ = site_of(20)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000, unsignalled_nights=1000)
        nights.crawl()
        limits = nights.config.limits.model_copy(update={"sitemap_urls": 7})
        nights.config = nights.config.model_copy(update={"limits": limits})
        report = nights.crawl(full=True)
        assert report.limits_reached == (LimitReached.SITEMAP_URLS,)
        assert len(nights.asked()) == 20
        assert AskReason.DROPPED not in nights.crawl().reasons


def test_a_silent_end_is_asked_of_the_front_page_and_not_beyond_the_site(archive):
    with Site({"/a/spy": article("spy")}) as elsewhere:
        pages, _ = site_of(4)
        with Site(pages) as site:
            nights = Nights(site, archive, nights=1)
            nights.crawl()
            fronts = iter([page("Accueil"), redirect(elsewhere.url + "a/spy")])
            site.pages |= {"/": lambda _: next(fronts), "/a/*": Answer(status=500)}
            for number in range(4):
                site.pages[f"/a/{number}"] = Answer(status=500)
            report = nights.crawl()
            assert report.failures == {FailureReason.SERVER_ERROR: 4}
            assert site.paths().count("/") == 2
        assert elsewhere.paths() == []


def test_what_failed_is_asked_again_the_next_night(archive):
    pages, _ = site_of(10)
    with Site({**pages, "/a/4": Answer(status=500)}) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        site.pages["/a/4"] = article(4)
        report = nights.crawl()
        assert (report.reasons[AskReason.FAILED], report.new) == (1, 1)


def test_new_pages_that_only_a_seed_links_to_are_found(archive):
    pages, _ = site_of(10)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        site.pages["/"] = page("Accueil", links=["/a/new", "/a/1"])
        site.pages["/a/new"] = article("new")
        report = nights.crawl()
        assert report.new == 1
        assert "/a/new" in nights.asked()
        assert archive.signals.of_page(site.address("/a/new")) == [(Source.LINKS, None)]


# --- REST and feeds ---------------------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}
FEED = {
    "Content-Type": "application/rss+xml",
    "Last-Modified": "Thu, 01 Jan 2026 02:00:00 GMT",
    "ETag": '"one-for-all"',
}


def wordpress(posts, feed=(), total_pages=True):
    """A small WordPress: REST lists in pages, a feed, types that are refused or of no use."""

    def types(request):
        bases = {"post": "posts", "attachment": "media", "wp_block": "blocks"}
        return Answer(json.dumps({k: {"rest_base": v} for k, v in bases.items()}), headers=JSON)

    def listed(request):
        query = dict(part.partition("=")[::2] for part in request.path.partition("?")[2].split("&"))
        assert query["_fields"] == "link,modified_gmt"
        number, size = int(query["page"]), int(query["per_page"])
        ids = sorted(posts)[(number - 1) * size : number * size]
        base = request.site.url
        rows = [{"link": f"{base}a/{n}", "modified_gmt": posts[n]} for n in ids]
        last = str(-(-len(posts) // size))
        return Answer(json.dumps(rows), headers=JSON | ({"X-WP-TotalPages": last} if total_pages else {}))

    def feeds(request):
        if request.headers.get("if-modified-since") == FEED["Last-Modified"]:
            return Answer(status=304)
        items = "".join(f"<item><link>{request.site.url}a/{n}</link><pubDate>x</pubDate></item>" for n in feed)
        return Answer(f"<script>x</script><?xml version='1.0'?><rss><channel>{items}</channel></rss>", headers=FEED)

    head = (
        '<link rel="https://api.w.org/" href="/wp-json/">'
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    )
    return {
        "/": page("Accueil", head=head),
        "/wp-json/wp/v2/types": types,
        "/wp-json/wp/v2/posts": listed,
        "/wp-json/wp/v2/media": Answer(json.dumps([{"link": "https://elsewhere.example/x.jpg"}]), headers=JSON),
        "/wp-json/wp/v2/blocks": Answer("{}", status=401, headers=JSON),
        "/feed/": feeds,
        "/a/*": lambda request: article(request.path),
    }


@pytest.mark.parametrize("total_pages", [True, False])
def test_rest_names_every_post_what_changed_and_what_went(archive, total_pages):
    posts = dict.fromkeys(range(250), "2026-01-01T00:00:00")
    with Site(wordpress(posts, total_pages=total_pages)) as site:
        nights = Nights(site, archive, nights=10_000)
        assert nights.crawl().new == 251
        assert archive.page(site.address("/a/249")).found_by is FoundBy.REST
        posts[5] = "2026-01-02T00:00:00"
        del posts[6]
        site.pages["/a/6"] = Answer(status=410)
        report = nights.crawl()
        assert (report.reasons[AskReason.CHANGED], report.reasons[AskReason.DROPPED]) == (1, 1)
        assert archive.page_state(site.address("/a/6")).state is PageState.GONE
        rest = [path for path in site.paths() if "wp-json" in path]
        assert len(rest) == 4, "the types and three pages of posts; what is refused or of no use waits"


def test_a_rest_list_that_breaks_off_drops_nothing(archive):
    posts = dict.fromkeys(range(150), "2026-01-01T00:00:00")
    pages = wordpress(posts)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=10_000, unsignalled_nights=10_000)
        nights.crawl()
        whole = site.pages["/wp-json/wp/v2/posts"]
        site.pages["/wp-json/wp/v2/posts"] = lambda r: Answer(status=500) if "page=2" in r.path else whole(r)
        assert AskReason.DROPPED not in nights.crawl().reasons
        site.pages["/wp-json/wp/v2/posts"] = Answer("{}", status=403)
        assert AskReason.DROPPED not in nights.crawl().reasons


@pytest.mark.parametrize("empty", [True, False])
def test_a_rest_list_without_end_takes_its_share_of_a_run_and_starves_no_page(archive, empty):
    pages = wordpress({})
    rows = [] if empty else [{"link": f"https://elsewhere.example/{n}"} for n in range(99)]

    def endless(request):
        ours = [{"link": request.site.address("/a/1"), "modified_gmt": "2026-01-01T00:00:00"}]
        first = "page=1&" in request.path
        return Answer(json.dumps(ours + rows if first else rows), headers=JSON | {"X-WP-TotalPages": "999999"})

    pages["/wp-json/wp/v2/posts"] = endless
    with Site(pages) as site:
        nights = Nights(site, archive)
        nights.config = nights.config.model_copy(
            update={"limits": nights.config.limits.model_copy(update={"pages": 800})}
        )
        report = nights.crawl()
        assert site.paths().count("/a/1") == 1
        assert len([path for path in site.paths() if "v2/posts" in path]) == (2 if empty else 199)
    assert report.limits_reached == (() if empty else (LimitReached.SITEMAP_URLS,))


def test_feeds_are_asked_by_their_date_alone(archive):
    feed = [1, 2]
    with Site(wordpress({}, feed)) as site:
        nights = Nights(site, archive, nights=10_000)
        nights.crawl()
        assert archive.page(site.address("/a/2")).found_by is FoundBy.FEED
        nights.crawl()
        [asked] = [r for r in site.requests if r.path == "/feed/"]
        assert asked.headers["if-modified-since"] == FEED["Last-Modified"]
        assert "if-none-match" not in asked.headers


@given(st.binary())
def test_any_bytes_are_read_as_rest_feeds_and_pointers(body):
    list(bases_of(body))
    list(posts_of(body))
    read_feed(b"<rss>" + body, "https://x.org/")
    assert isinstance(pointers_in(body, "https://x.org/", {"link": body.decode("latin-1")}), Pointers)


def test_atom_names_its_entries_too():
    atom = (
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="edit" href="/e"/>'
        b'<link href="/a/1"/><updated>2026-01-01T00:00:00Z</updated></entry></feed>'
    )
    [entry] = read_feed(atom, "https://x.org/feed/")
    assert (entry.url, entry.lastmod) == ("https://x.org/a/1", "2026-01-01T00:00:00Z")


# --- honesty ----------------------------------------------------------------------------------------------------------


def test_a_source_that_keeps_silent_about_changes_is_found_out(archive):
    pages, _ = site_of(12)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=2, unsignalled_nights=1)
        nights.crawl()
        nights.extract()
        for number in range(12):
            site.pages[f"/a/{number}"] = article(number, "Changé sans que le plan du site le dise.")
        nights.crawl()
        nights.extract()
        [record] = [r for r in archive.signals.records("s") if r.source is Source.SITEMAP]
        assert (record.knew, record.silent, record.told) == (12, 6, 0)
        report = nights.crawl()
        assert report.distrusted == (Source.SITEMAP,)
        assert len(nights.asked()) == 12, "pages of a source that is not believed take turns as if nobody named them"
        nights.extract()
        assert all("Changé" in one.text for one in archive.articles())


def test_a_source_that_announces_what_it_should_is_believed(archive):
    pages, lastmods = site_of(12)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        nights.extract()
        for number in (1, 2, 3):
            site.pages[f"/a/{number}"] = article(number, "Changé, et dit.")
            lastmods[number] = "2026-01-02"
        nights.crawl()
        nights.extract()
        report = nights.crawl()
        [record] = [r for r in report.sources if r.source is Source.SITEMAP]
        assert (record.told, record.silent, record.idle) == (3, 0, 0)
        assert report.distrusted == ()


def test_a_source_that_cries_wolf_every_night_costs_no_crawl_every_night(archive):
    pages, lastmods = site_of(30)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=30, unsignalled_nights=10)
        for night in range(4):
            lastmods.update(dict.fromkeys(lastmods, f"2026-01-{night + 1:02}"))
            report = nights.crawl()
            nights.extract()
        assert report.distrusted == (Source.SITEMAP,)
        assert report.reasons == {AskReason.SEED: 1, AskReason.DUE: 3}


# --- the plan, by itself ----------------------------------------------------------------------------------------------

claims = st.builds(
    Claim,
    st.sampled_from(Source),
    st.none() | st.sampled_from("ab"),
    st.none() | st.sampled_from("ab"),
    named=st.booleans(),
    dropped=st.booleans(),
)
knowns = st.builds(
    Known,
    st.integers(0, 10**9).map(str),
    st.just("https://x.org/a"),
    st.just(0),
    st.sampled_from(PageState),
    captured=st.booleans(),
    alias=st.booleans(),
    asked_run=st.integers(0, 5),
    failure=st.none() | st.sampled_from(FailureReason),
    held=st.booleans(),
    claims=st.lists(claims, max_size=3).map(tuple),
)


@given(st.lists(knowns, unique_by=lambda known: known.key, max_size=40), st.integers(1, 40), st.booleans())
def test_a_plan_names_each_page_once_and_forgets_none(pages, nights, full):
    rules = Rules(lambda *_: 1, lambda _: True, Revisit(nights=nights, unsignalled_nights=nights), full=full)
    left = {page.key: page for page in pages}
    for turn in range(nights):
        run_id = 6 + turn
        places = list(plan(left.values(), rules, run_id))
        assert len({place.key for place in places}) == len(places)
        if full:
            assert {place.key for place in places} == set(left)
        for place in places:
            left.pop(place.key)
    # within the nights everything was asked that is, or that somebody goes on naming
    assert all(page.state is PageState.GONE or (page.alias and not page.captured) for page in left.values())


def test_an_address_without_an_answer_is_asked_soon_unless_it_is_known_to_be_dead():
    def told(**fields):
        return reason(Known("k", "https://x.org/a", 0, captured=False, alias=False, **fields), Trust())

    lost = {"state": PageState.PRESENT, "asked_run": 3}
    assert told(**lost) is AskReason.NEW, "what the disk has damaged and `aimf doctor` has dropped"
    dead = {"state": PageState.UNKNOWN, "asked_run": 3, "failure": FailureReason.NOT_FOUND}
    assert told(**dead) is None
    assert told(**dead, claims=(Claim(Source.SITEMAP, None, None, named=True, dropped=False),)) is AskReason.FAILED
    assert told(**dead | {"failure": FailureReason.TIMEOUT}) is AskReason.FAILED


@given(knowns)
def test_trust_in_nobody_asks_for_nobodys_claims(known):
    nobody = Trust(frozenset(), frozenset())
    assert reason(known, nobody) is not AskReason.CHANGED


def test_trust_is_lost_and_won_back_by_numbers():
    def distrusted(told, silent, idle):
        trust = Trust.of([SourceRecord(Source.REST, 0, 0, told, silent, idle)])
        return Source.REST not in trust.silent, Source.REST not in trust.speaking

    assert distrusted(0, 1, 0) == (False, False), "one edit in the database is no lie"
    assert distrusted(0, 2, 0) == (True, False)
    assert distrusted(40, 2, 0) == (False, False)
    assert distrusted(0, 0, 19) == (False, False)
    assert distrusted(1, 0, 30) == (False, True)
    assert distrusted(5, 0, 30) == (False, False)


# --- three states -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason_told"),
    [
        (redirect("/"), FailureReason.REDIRECTED_AWAY),
        (redirect("/l/"), FailureReason.REDIRECTED_AWAY),
        (redirect("/a/2"), FailureReason.REDIRECTED_AWAY),  # another article: a guess of the content system
        (Answer(page("Page introuvable", body="<p>Rien ici.</p>", links=["/"])), FailureReason.SOFT_NOT_FOUND),
        (Answer(status=404), FailureReason.NOT_FOUND),
    ],
)
def test_evidence_is_needed_twice(archive, answer, reason_told):
    pages, _ = site_of(40)
    with Site({**pages, "/l/": page("Liste")}) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        nights.extract()
        site.pages["/a/1"] = answer
        for state in (PageState.UNKNOWN, PageState.GONE):
            report = nights.crawl(full=state is PageState.UNKNOWN)
            assert report.failures == {reason_told: 1}
            assert archive.page(site.address("/a/1")).state is state
            nights.extract()
        assert "conseil 1" in archive.article(site.address("/a/1")).text


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=429), Answer(b" "), Answer("<html></html>")])
def test_trouble_is_never_evidence(archive, answer):
    pages, _ = site_of(40)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        site.pages["/a/1"] = answer
        for _ in range(3):
            nights.crawl(full=True)
            assert archive.page(site.address("/a/1")).state is PageState.UNKNOWN
        site.pages["/a/1"] = article(1)
        nights.crawl()
        assert archive.page(site.address("/a/1")).state is PageState.PRESENT


def test_a_renamed_page_keeps_its_history(archive):
    pages, lastmods = site_of(10)
    with Site(pages) as site:
        nights = Nights(site, archive, nights=1000)
        nights.crawl()
        nights.extract()
        site.pages["/a/3"] = article(3, "Une édition.")
        lastmods[3] = "2026-01-02"
        nights.crawl()
        assert nights.extract().effects == {"changed": 1}
        site.pages["/a/neuf"], site.pages["/a/3"] = site.pages["/a/3"], redirect("/a/neuf")
        lastmods["neuf"] = lastmods.pop(3)
        report = nights.crawl()
        assert (report.new, report.moved) == (0, 1)
        assert nights.extract().effects == {"unchanged": 1}
    new, old = site.address("/a/neuf"), site.address("/a/3")
    assert archive.aliases(new) == [old]
    assert [version.version for version in archive.versions(new)] == [1, 2]
    assert archive.article(old) == archive.article(new)
    assert archive.article(new).url == new
    assert len(list(archive.articles())) == 10


def test_an_article_with_little_text_is_no_error_page():
    def capture(text):
        return Capture("https://x.org/a/1", 200, {}, text.encode(), datetime.now(UTC))

    def call(function, *given):
        return function(*given)

    menu = "".join(f"<li>Rubrique {n}</li>" for n in range(60))
    error = learn(capture(page("Introuvable", body=menu)), capture(page("Accueil", body=menu)), call)
    assert judge(capture(page("Film", body=menu)), error, call) is None
    assert (
        judge(capture(page("Introuvable", body=menu + "<p>/a/1</p>")), error, call)[0] is FailureReason.SOFT_NOT_FOUND
    )
    assert (
        judge(
            capture(page("Introuvable", body=menu + "<p>Un</p>" + "".join(f"<p>{n}</p>" for n in range(9)))),
            error,
            call,
        )
        is None
    )
    # a title that every page has tells nothing
    same = learn(capture(page("S", body=menu + "<p>Rien.</p>")), capture(page("S", body=menu)), call)
    assert judge(capture(page("S", body=menu + "<p>Film</p>")), same, call) is None


@pytest.mark.parametrize("shape", ["Rien à {path}", "{slug} : rien", "/{path}/ – Ville"])
def test_an_error_page_that_repeats_the_address_in_its_title_is_recognised(archive, shape):
    def nothing(request):
        path = unquote(request.path.strip("/"))
        title = shape.format(path=path, slug=path.rpartition("/")[2])
        return page(title, body="".join(f"<li>Rubrique {n}</li>" for n in range(60)))

    pages, lastmods = site_of(6)
    with Site(pages | {"/*": nothing, "/a/été-1": article("Été")}) as site:
        lastmods["été-1"] = "2026-01-01"
        nights = Nights(site, archive, nights=1)
        assert nights.crawl().new == 8
        del site.pages["/a/3"], site.pages["/a/été-1"]
        assert nights.crawl(full=True).failures == {FailureReason.SOFT_NOT_FOUND: 2}
