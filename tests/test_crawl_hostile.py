"""Sites that mean harm, or are only broken: bounded in time and memory, each page an article or a reason, traps by name."""

import gzip
import json
import time
from pathlib import Path

import pytest

from index.cli import main
from pipeline.archive import Archive
from pipeline.config import Limits
from pipeline.config_file import load_config
from pipeline.crawl import CrawlOptions, run_crawl
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.scope import Decision
from pipeline.crawl.traps import CALENDAR_PAGES, TrapKind, Traps, part_of
from pipeline.errors import ExitCode, SiteUnreachable
from pipeline.records import Capture, FailureReason
from tests.commands import PROSE, config_for, told
from tests.site import Answer, Raw, Site, endless_body, endless_headers, page, redirect, sitemap

LISTINGS = {"listings": ["^/$", "^/l(/|$)"], "kinds": [{"kind": "page", "path": "^/a/"}]}


def crawled(site, tmp_path, *, limits=None, **site_settings):
    """One crawl without extraction: the report, and the archive's pages."""
    config = config_for(site.url, tmp_path, **site_settings)
    text = json.loads(Path(config).read_text(encoding="utf-8"))
    Path(config).write_text(json.dumps(text | {"limits": limits or {}}), encoding="utf-8")
    with Archive.open(tmp_path / "data", mode="write") as archive:
        report = run_crawl(archive, "ville", load_config(Path(config)), CrawlOptions())
        return report, {one.url.removeprefix(site.url): one for one in archive.pages()}


# --- traps ------------------------------------------------------------------------------------------------------------

WANTED = Decision.LISTING


def judged(*urls, decision=WANTED, limits=None):
    traps = Traps(limits or Limits())
    return [traps.refuses(f"https://x.org{url}", decision) for url in urls], traps.found()


@pytest.mark.parametrize(
    ("kind", "urls"),
    [
        (TrapKind.SESSION_ID, ["/l/?PHPSESSID=1", "/l;jsessionid=2", "/l/?a=1&sid=x"]),
        (TrapKind.FACETS, ["/l/?jsf=jet-engine", "/l/?_sft_theme=eau", "/a/x?replytocom=4", "/l/?f%5B0%5D=eau"]),
    ],
)
def test_what_is_a_trap_by_its_name_is_refused_at_once(kind, urls):
    refused, [found] = judged(*urls)
    assert all(refused)
    assert (found.kind, found.count, found.example) == (kind, len(urls), f"https://x.org{urls[0]}")
    # told as well where the configuration ignores it anyway
    assert judged(*urls, decision=Decision.IGNORED)[1][0].kind is kind


@pytest.mark.parametrize(
    ("decision", "kind"),
    [
        (Decision.REPEATS, TrapKind.REPEATED_SEGMENTS),
        (Decision.TOO_DEEP, TrapKind.TOO_DEEP),
        (Decision.TOO_LONG, TrapKind.TOO_LONG),
    ],
)
def test_what_the_scope_refuses_is_told_by_name(decision, kind):
    assert judged("/x", decision=decision)[1][0].kind is kind


@pytest.mark.parametrize("form", ["/agenda/{}/{:02}/", "/agenda/{}-{:02}-01", "/agenda/?tribe-bar-date={}-{:02}"])
def test_a_calendar_that_can_be_turned_for_ever_is_left_after_twenty_years(form):
    refused, [found] = judged(*(form.format(1990 + n // 12, n % 12 + 1) for n in range(CALENDAR_PAGES + 60)))
    assert refused == [False] * CALENDAR_PAGES + [True] * 60
    assert found.kind is TrapKind.CALENDAR


def test_a_list_is_followed_in_one_of_its_ways_of_paging():
    refused, [found] = judged("/l/page/2/", "/l/page/3/", "/l/?pagenum=2", "/l/?e-page-3fa=2", "/m/?pagenum=2")
    assert refused == [False, False, True, True, False]
    assert found.kind is TrapKind.PAGINATION


def test_filters_that_are_combined_are_left_after_a_while_and_one_parameter_is_none():
    refused, _ = judged(*(f"/l/?theme={n}&pays={n}" for n in range(80)))
    assert refused.count(False) == 50
    assert not any(judged(*(f"/?p={n}" for n in range(500)))[0])


def test_honest_addresses_are_no_traps():
    urls = [
        "/actualite/2024/05/le-pont/",
        "/actualite/budget-2024/",
        "/?p=12",
        "/document/rapport-2023-2024",
        "/l/page/2/",
    ]
    assert judged(*urls) == ([False] * 5, ())


def test_a_part_that_has_had_its_share_comes_last():
    traps = Traps(Limits(pages=40, part_share=0.25))
    assert [traps.rounds(f"https://x.org/l/{n}/x") for n in range(22)] == [0] * 10 + [1] * 10 + [2] * 2
    assert traps.rounds("https://x.org/a/x") == 0
    assert part_of("https://x.org/l/1/x") == part_of("https://x.org/l/2/y")


def endless(request):
    number = int(request.path.rpartition("/")[2])
    return page(f"Encore {number}", links=[f"/l/{number * 3 + n}" for n in range(3)])


def test_an_endless_folder_starves_no_other(tmp_path):
    """Two hundred requests, an endless folder that is nearer than the articles: all articles are asked."""
    pages = {"/": page("Accueil", links=["/l/1", "/a/start"]), "/l/*": endless}
    chain = ["/a/start", *(f"/a/{n}" for n in range(40))]
    pages |= {here: page(here, links=[after]) for here, after in zip(chain, [*chain[1:], "/"], strict=True)}
    limits = {"pages": 200, "part_share": 0.2, "depth": 100}
    with Site(pages) as site:
        report, found = crawled(site, tmp_path, limits=limits, **LISTINGS)
    assert all(found[path.lstrip("/")].state == "present" for path in chain)
    assert {trap.kind for trap in report.traps} == {TrapKind.OVER_SHARE}
    assert report.limits_reached, "and what is left is said"


def test_a_site_of_echoes_ends_and_is_told(tmp_path, capsys):
    """Whatever is asked, the same page comes back, with relative links that go ever deeper."""
    echo = page("Écho", body=PROSE, links=["x/", "y/", "?jsf=a", "?PHPSESSID=1", "/l/z/z/z/z/"])
    with Site({"/*": echo}) as site:
        config = config_for(site.url, tmp_path, listings=["^/$", "^/l(/|$)", "/$"])
        assert main(["--config", config, "crawl"]) == 0
        assert len(site.paths()) < 12
    line = told(capsys)
    for kind in ("same_page", "facets", "session_id", "repeated_segments"):
        assert f"trap {kind}: " in line


def test_a_refused_spelling_of_an_address_does_not_hide_the_address(tmp_path):
    pages = {
        "/": page("Accueil", links=["/a?preview=true", "/a?PHPSESSID=7", "/b"]),
        "/b": page("Deux", links=["/a"]),
        "/a": page("Un", body=PROSE),
    }
    with Site(pages) as site:
        _, found = crawled(site, tmp_path, ignore=["[?&]preview="])
    assert set(found) == {"", "a", "b"}


def test_links_of_a_page_are_bounded(tmp_path):
    pages = {"/": page("Accueil", links=[f"/a/{n}" for n in range(500)]), "/a/*": page("Un")}
    with Site(pages) as site:
        report, found = crawled(site, tmp_path, limits={"page_links": 30}, **LISTINGS)
    assert len(found) == 31
    assert [(trap.kind, trap.count) for trap in report.traps] == [(TrapKind.MANY_LINKS, 1), (TrapKind.SAME_PAGE, 29)][
        ::-1
    ]


# --- markup that takes for ever -----------------------------------------------------------------------------------------


def tag_of_many_attributes(count):
    return b"<html><body><a href=/a/behind>x</a><a " + b" ".join(b"a%d=1" % n for n in range(count)) + b">"


def test_links_that_cannot_be_read_in_time_cost_their_page_only():
    with LinkReader(1.0) as reader:
        began = time.monotonic()
        assert reader.read(Capture("https://x.org/", 200, {}, tag_of_many_attributes(120_000), None)) is None
        assert time.monotonic() - began < 20
        large = page("Long", body="<p>eau</p>" * 20_000, links=["/a"]).encode()
        assert reader.read(Capture("https://x.org/", 200, {}, large, None)).urls == ("https://x.org/a",)


def test_a_page_of_a_hundred_thousand_attributes_does_not_hold_the_crawl(tmp_path):
    pages = {
        "/": Answer(page("Accueil", links=["/a/1", "/a/2"])),
        "/a/1": Answer(tag_of_many_attributes(100_000)),
        "/a/2": page("Deux", body=PROSE),
    }
    with Site(pages) as site:
        began = time.monotonic()
        report, found = crawled(site, tmp_path, limits={"links_s": 1.0}, **LISTINGS)
        assert time.monotonic() - began < 30
    assert [trap.kind for trap in report.traps] == [TrapKind.SLOW_MARKUP]
    assert found["a/2"].state == "present"


# --- every page is an article or a reason ---------------------------------------------------------------------------------

ACCENTS = "<p>Le conseil municipal a réuni les élus à l’été, près du marché couvert de Thiès.</p>" * 3


def html(body, head=""):
    return f"<!DOCTYPE html><html lang=fr><head>{head}<title>Été à Thiès</title></head><body><main><h1>Été à Thiès</h1>{body}</main>"


def typed(data, content_type="text/html"):
    return Answer(data, headers={"Content-Type": content_type})


HOSTILE = {
    "latin1-in-header": typed(html(ACCENTS).replace("’", "'").encode("latin-1"), "text/html; charset=iso-8859-1"),
    "windows-1252-as-latin1": typed(html(ACCENTS).encode("cp1252"), "text/html; charset=iso-8859-1"),
    "utf8-no-charset": typed(html(ACCENTS).encode()),
    "utf8-said-latin1-in-meta": typed(html(ACCENTS, "<meta charset=iso-8859-1>").encode(), "text/html; charset=utf-8"),
    "unknown-charset": typed(html(ACCENTS).encode(), "text/html; charset=klingon"),
    "utf16-with-mark": typed(html(ACCENTS).encode("utf-16")),
    "utf16-in-header": typed(html(ACCENTS).encode("utf-16"), "text/html; charset=utf-16"),
    "bom": typed("\ufeff".encode() + html(ACCENTS).encode()),
    "script-before-doctype": typed(("<script>var a='<p>';</script>\n" + html(ACCENTS)).encode()),
    "nul-late": typed(html(ACCENTS * 5 + "\x00" + ACCENTS).encode()),
    "nested": typed(html("<div>" * 100_000 + ACCENTS).encode()),
    "elements": typed(html("<i>a</i>" * 400_000).encode()),
    "attributes": typed(html("<a " + " ".join(f"a{n}=1" for n in range(60_000)) + ">" + ACCENTS).encode()),
    "entities": typed(html("&eacute;&#233;&amp;" * 100_000 + ACCENTS).encode()),
    "xml-bomb": typed(
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html><p>&b;</p></html>',
        "application/xhtml+xml",
    ),
    "cut-off": typed(html(ACCENTS + "<table><tr><td")[:-3].encode()),
}
FAILING = {
    "twenty-megabytes": (typed(html(PROSE * 50_000).encode()), FailureReason.TOO_LARGE),
    "endless-body": (endless_body(), FailureReason.TOO_LARGE),
    "endless-headers": (endless_headers(), FailureReason.PROTOCOL),
    "large-headers": (Answer("x", headers={f"X-{n}": "y" * 900 for n in range(80)}), FailureReason.TOO_LARGE),
    "bomb": (
        Answer(gzip.compress(b"<p>eau</p>" * 900_000), headers={"Content-Encoding": "gzip"}),
        FailureReason.TOO_LARGE,
    ),
    "nul-early": (typed(b"<p>\x00\x01"), FailureReason.NOT_TEXT),
    "pdf-said-html": (typed(b"%PDF-1.7 ..."), FailureReason.NOT_TEXT),
    "no-http": (Raw(b"220 smtp ready\r\n"), FailureReason.PROTOCOL),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Everything at once, crawled, extracted and indexed under the default limits."""
    folder = tmp_path_factory.mktemp("hostile")
    names = [*HOSTILE, *FAILING]
    pages = {"/": page("Accueil", links=[f"/a/{name}" for name in names])}
    pages |= {f"/a/{name}": answer for name, answer in HOSTILE.items()}
    pages |= {f"/a/{name}": answer for name, (answer, _) in FAILING.items()}
    with Site(pages) as site:
        config = config_for(site.url, folder, **LISTINGS)
        text = json.loads(Path(config).read_text(encoding="utf-8"))
        text["limits"] = {"links_s": 2.0, "extract_s": 5.0, "request_s": 20.0}
        Path(config).write_text(json.dumps(text), encoding="utf-8")
        began = time.monotonic()
        assert main(["--config", config, "-q", "crawl"]) == ExitCode.PARTIAL
        assert time.monotonic() - began < 180
        with Archive.open(folder / "data") as archive:
            assert archive.damages() == []
            yield site, archive


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_an_article_or_a_rejection_with_a_reason(hostile, name):
    site, archive = hostile
    url = site.address(f"/a/{name}")
    article, rejection = archive.article(url), archive.rejection(url)
    assert (article is None) != (rejection is None)
    if rejection is not None:
        assert name in ("nested", "elements", "attributes", "xml-bomb", "entities"), rejection
        assert rejection.detail or rejection.reason
    else:
        assert "\x00" not in article.text
        if name not in ("xml-bomb", "elements", "attributes", "nested"):  # libxml2 reads no deeper than 256 tags
            assert "les élus à l" in article.text
            assert "Thiès" in article.text
            assert article.title == "Été à Thiès"


@pytest.mark.parametrize("name", FAILING)
def test_a_hostile_answer_is_a_failure_with_a_reason(hostile, name):
    site, archive = hostile
    [line] = archive.fetches(site.address(f"/a/{name}"))
    assert line.reason == FAILING[name][1], line
    assert line.detail


# --- who is asked, and what is told him ---------------------------------------------------------------------------------


def test_no_cookie_and_no_credential_goes_anywhere(tmp_path):
    elsewhere = Site({"/*": page("Ailleurs")})
    with elsewhere, Site({}) as site:
        cookie = {"Set-Cookie": "session=secret; Path=/"}
        site.pages["/"] = Answer(
            page("Accueil", links=["/a/1", "/a/2", site.url.replace("//", "//user:pass@") + "a/3"]), headers=cookie
        )
        site.pages["/a/1"] = Answer(page("Un"), headers=cookie)
        site.pages["/a/2"] = redirect(elsewhere.address("/a/x"))
        site.pages["/a/*"] = page("Autre")
        report, _ = crawled(site, tmp_path, **LISTINGS)
        for request in site.requests:
            assert not {"cookie", "authorization", "referer"} & set(request.headers)
        assert not elsewhere.requests
        assert "/a/3" not in site.paths()
    assert report.failures == {FailureReason.OUT_OF_SCOPE: 1}


@pytest.mark.parametrize("where", ["page", "robots", "sitemap"])
def test_a_redirect_into_the_own_network_is_refused_at_every_hop(tmp_path, where):
    """The site's second name leads to this machine: whoever sends us there, nobody is asked."""
    with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": page("Un")}) as site:
        target = f"http://localhost:{site.port}/a/inner"
        site.pages["/a/inner"] = page("Innen")
        hop = redirect("/a/hop")
        site.pages["/a/hop"] = redirect(target)
        site.pages[{"page": "/a/1", "robots": "/robots.txt", "sitemap": "/sitemap.xml"}[where]] = hop
        if where == "robots":
            with pytest.raises(SiteUnreachable, match="no public address"):
                crawled(site, tmp_path, hosts=["localhost"], **LISTINGS)
        else:
            report, _ = crawled(site, tmp_path, hosts=["localhost"], **LISTINGS)
            assert report.failures.get(FailureReason.PRIVATE_ADDRESS, 0) == (1 if where == "page" else 0)
        assert "/a/inner" not in site.paths()


def test_sitemap_entries_are_bounded_and_only_the_site_s_own_count(tmp_path):
    with Site({"/": page("Accueil"), "/a/*": page("Un")}) as site:
        entries = [f"/a/{n}" for n in range(50)]
        site.pages["/sitemap.xml"] = sitemap(*entries)
        site.pages["/robots.txt"] = f"Sitemap: {site.url}sitemap.xml\nSitemap: http://127.0.0.2:9/sitemap.xml\n"
        report, found = crawled(site, tmp_path, limits={"sitemap_urls": 20}, **LISTINGS)
    assert len([path for path in found if path.startswith("a/")]) == 20
    assert [limit.value for limit in report.limits_reached] == ["sitemap_urls"]


@pytest.mark.parametrize("where", ["meta", "header", "header for another"])
def test_links_that_must_not_be_followed_are_not(tmp_path, where):
    head = "<meta name=ROBOTS content='noindex, NoFollow'>" if where == "meta" else ""
    agent = {"header": "", "header for another": "otherbot: "}.get(where)
    headers = {} if agent is None else {"X-Robots-Tag": f"{agent}nofollow"}
    pages = {
        "/": page("Accueil", links=["/a/1"]),
        "/a/1": Answer(page("Un", links=["/a/2"], head=head), headers=headers),
        "/a/2": page("Deux"),
    }
    with Site(pages) as site:
        _, found = crawled(site, tmp_path, **LISTINGS)
    assert ("a/2" in found) == (where == "header for another")


def test_headers_in_drops_end_with_the_request_s_time(tmp_path):
    """No single read takes long; the request as a whole does."""
    with Site({"/": page("Accueil", links=["/a/1"]), "/a/1": endless_headers(pause_s=0.05)}) as site:
        report, _ = crawled(site, tmp_path, limits={"request_s": 1.0}, **LISTINGS)
    assert report.failures == {FailureReason.TIMEOUT: 1}
