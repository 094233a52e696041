"""The parts of the crawl, each on whatever bytes and words come."""

import asyncio
import doctest
import gzip
import inspect
import zlib
from contextlib import suppress

import brotli
import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config_file import parse_config
from pipeline.crawl import addresses, decoding, discover, fetch, pace, robots, traps
from pipeline.crawl.discover import links_in, read_sitemap
from pipeline.crawl.scope import Decision, Scope
from pipeline.records import Capture, FailureReason, FetchFailure
from pipeline.urls import normalise

BASE = "https://www.example.org/a/b"


@pytest.mark.parametrize("module", [addresses, decoding, discover, fetch, pace, robots, traps])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


# --- links ------------------------------------------------------------------------------------------------------------

markup = st.lists(
    st.sampled_from(
        ["<a href='", "<base href=", "<meta http-equiv=refresh content='0;url=", "<link rel=canonical href=", "'>", ">"]
    )
    | st.text(max_size=10)
).map("".join)


@given(st.binary(max_size=200) | markup.map(lambda t: t.encode("utf-8", "surrogatepass")), st.text(max_size=20))
def test_links_are_found_in_anything(body, content_type):
    links = links_in(body, BASE, content_type)
    assert all(normalise(url) == url for url in links.urls)


def test_every_kind_of_link_is_found_and_nothing_else():
    body = b"""<html><head><base href="/c/"><base href="/d/"><link rel="canonical" href="/canon/">
      <link rel="next" href="2"><link rel="stylesheet" href="/x.css"><meta http-equiv="Refresh" content="5; URL='r'">
      <meta name="description" content="0; url=no"></head>
      <a href=one>1</a><a href="one#frag">1</a><a name=x>no</a><map><area href="//www.example.org/two"></map>
      <a href="javascript:void(0)">j</a><a href="http://[broken">b</a><a href="&#x20;three ">3</a>
      <img src=i.png><script src=s.js></script><iframe src=f></iframe>"""
    links = links_in(body, BASE)
    assert [url.removeprefix("https://www.example.org") for url in links.urls] == [
        "/canon/",
        "/c/2",
        "/c/r",
        "/c/one",
        "/two",
        "/c/three",
    ]
    assert links.canonical == "https://www.example.org/canon/"


@pytest.mark.parametrize(("charset", "header"), [("utf-8", ""), ("iso-8859-1", "text/html; charset=iso-8859-1")])
def test_addresses_with_accents_are_read_in_the_page_s_encoding(charset, header):
    links = links_in("<a href='/été/'>é</a>".encode(charset), BASE, header)
    assert links.urls == ("https://www.example.org/%C3%A9t%C3%A9/",)


# --- sitemaps ---------------------------------------------------------------------------------------------------------

URLSET = (
    "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>{}</urlset>"
)
ENTRY = "<url><image:image><image:loc>i.png</image:loc></image:image><loc>https://x.org/{}</loc><lastmod>2024</lastmod></url>"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: URLSET.format(t).encode("utf-8", "surrogatepass")))
def test_sitemaps_are_read_in_anything(body):
    read_sitemap(body, most=10)


def test_entries_are_pages_not_their_pictures():
    body = URLSET.format(ENTRY.format(1) + ENTRY.format(2)).encode()
    for packed in (body, gzip.compress(body), b"\n\n<script></script>\n" + body):
        found = read_sitemap(packed, most=10)
        assert [(e.url, e.lastmod) for e in found.entries] == [("https://x.org/1", "2024"), ("https://x.org/2", "2024")]


def test_a_broken_end_costs_only_what_follows_and_the_number_is_bounded():
    body = URLSET.format("".join(ENTRY.format(n) for n in range(50))).encode()
    assert len(read_sitemap(body, most=7).entries) == 7
    assert len(read_sitemap(body[: len(body) // 2], most=100).entries) >= 20


def test_entities_are_not_expanded_and_files_not_read():
    body = (
        "<?xml version='1.0'?><!DOCTYPE u [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>"
        "<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
        "<urlset><url><loc>https://x.org/&b;&f;</loc></url></urlset>"
    )
    assert all("aaaa" not in e.url and "root" not in e.url for e in read_sitemap(body.encode(), most=10).entries)


# --- robots -----------------------------------------------------------------------------------------------------------


def rules(text):
    return robots.parse_robots(text if isinstance(text, bytes) else text.encode(), "aimf-archive", 512_000)


@given(st.binary(max_size=300), st.text(max_size=30))
def test_robots_never_raises(body, path):
    parsed = rules(body)
    parsed.allows(f"https://x.org/{path}")
    parsed.sitemaps()
    assert 0 <= parsed.crawl_delay_s(60) <= 60


def test_groups_of_our_name_are_one_and_come_before_the_star():
    parsed = rules(
        "\ufeffUser-agent: *\nDisallow: /\n\nUser-agent: AIMF-Archive\nDisallow: /a\n\nUser-agent: x\n"
        "User-agent: aimf-archive\nDisallow: /b\nAllow: /a/yes\nCrawl-delay: 120\nSitemap: https://x.org/s.xml"
    )
    allowed = [p for p in ("/", "/a", "/a/yes", "/b", "/c") if parsed.allows(f"https://x.org{p}")]
    assert allowed == ["/", "/a/yes", "/c"]
    assert parsed.crawl_delay_s(60) == 60
    assert parsed.sitemaps() == ("https://x.org/s.xml",)


def test_only_so_much_is_read_and_no_half_line():
    body = b"User-agent: *\nDisallow: /a\nDisallow: /abc"
    parsed = robots.parse_robots(body, "aimf-archive", len(body) - 2)
    assert not parsed.allows("https://x.org/a")
    parsed = robots.parse_robots(b"User-agent: *\nDisallow: /verylong", "aimf-archive", 30)
    assert parsed.allows("https://x.org/very")


@pytest.mark.parametrize("reason", list(FailureReason))
def test_every_failure_of_robots_means_something(reason):
    read = robots.read_robots(FetchFailure("u", reason, "…", None), "aimf-archive", 512_000)
    unreachable = {
        FailureReason.SERVER_ERROR,
        FailureReason.TIMEOUT,
        FailureReason.CONNECTION,
        FailureReason.PROTOCOL,
        FailureReason.TOO_MANY_REQUESTS,
        FailureReason.PRIVATE_ADDRESS,
        FailureReason.TOO_LARGE,
        FailureReason.ROBOTS,
        FailureReason.REDIRECTED_AWAY,
        FailureReason.SOFT_NOT_FOUND,
    }
    assert read.allows("https://x.org/") == (reason not in unreachable)


def test_a_page_instead_of_robots_forbids_nothing():
    capture = Capture("u", 200, {}, b"<html><p>User: agent</p></html>", None)
    assert robots.read_robots(capture, "aimf-archive", 512_000).allows("https://x.org/")


# --- scope ------------------------------------------------------------------------------------------------------------

CONFIG = r"""
sites:
  s:
    name: S
    base_url: https://www.example.org/
    hosts: [example.org]
    kinds: [{kind: a, path: "^/é/[^/]+/?$"}, {kind: root, path: "^/[^/]+/?$"}]
    listings: ["^/$", "^/l(/|$)"]
    ignore: ["/feed/?$", "[?&]jsf="]
limits: {url_chars: 60, path_segments: 5}
"""


def scope():
    made = parse_config(CONFIG)
    return Scope(made.sites["s"], made.limits)


@pytest.mark.parametrize(
    ("address", "decision"),
    [
        ("https://www.example.org/é/x/", Decision.ARTICLE),
        ("http://example.org/é/x", Decision.ARTICLE),
        ("https://www.example.org/about", Decision.ARTICLE),
        ("https://www.example.org/l/x/y", Decision.LISTING),
        ("https://www.example.org/x/y/", Decision.OTHER),
        ("https://www.example.org/l/feed/", Decision.IGNORED),
        ("https://www.example.org/l/?a=1&jsf=2", Decision.IGNORED),
        ("https://www.example.org/é/report.PDF", Decision.FILE),
        ("https://www.example.org/l/1/2/3/4/5", Decision.TOO_DEEP),
        ("https://www.example.org/l/a/a/a", Decision.REPEATS),
        ("https://www.example.org/l/" + "x" * 60, Decision.TOO_LONG),
        ("https://www.example.org:8443/l/", None),
        ("https://elsewhere.example/", None),
        ("https://notexample.org/", None),
        ("ftp://www.example.org/", None),
    ],
)
def test_one_function_decides(address, decision):
    home = scope().home(normalise(address) or address)
    assert (scope().decide(home) if home else None) == decision


@given(st.text(max_size=80))
def test_the_decision_is_total(text):
    url = normalise(f"https://www.example.org/{text}")
    assert scope().decide(url) in Decision


# --- codings ----------------------------------------------------------------------------------------------------------

PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", PACKERS)
@given(body=st.binary(max_size=3000))
def test_codings_are_undone(coding, body):
    assert decoding.decode(PACKERS[coding](body), coding, 3000) == body


@pytest.mark.parametrize("coding", PACKERS)
def test_bombs_are_refused_before_they_unpack(coding):
    bomb = PACKERS[coding](b"0" * 50_000_000)
    with pytest.raises(decoding.TooLarge):
        decoding.decode(bomb, coding, 1_000_000)


@pytest.mark.parametrize("coding", [*PACKERS, "compress"])
@given(body=st.binary(min_size=1, max_size=50))
def test_what_is_not_in_its_coding_is_said(coding, body):
    with suppress(decoding.Undecodable, decoding.TooLarge):
        decoding.decode(body, coding, 1000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_ends_too_early_is_no_whole_body(coding):
    packed = PACKERS[coding](bytes(range(256)) * 40)
    with pytest.raises(decoding.Undecodable):
        decoding.decode(packed[: len(packed) // 2], coding, 100_000)


# --- errors and addresses ---------------------------------------------------------------------------------------------

# Raised only by a mistake of this program.
OURS = {"HTTPError", "RequestError", "TransportError", "HTTPStatusError", "CookieConflict"}


def test_every_exception_of_httpx_is_mapped():
    found = {n: e for n, e in vars(httpx).items() if inspect.isclass(e) and issubclass(e, Exception) and n not in OURS}
    unmapped = {n for n, e in found.items() if not issubclass(e, (*(k for k, _ in fetch.ERRORS), httpx.StreamError))}
    assert unmapped == set()
    assert {fetch._reason(e("x")) for e in (httpx.ReadTimeout, httpx.PoolTimeout)} == {FailureReason.TIMEOUT}


def test_a_name_that_leads_into_the_own_network_is_refused():
    made = parse_config(CONFIG)

    async def ask(trusted):
        once = made.politeness.model_copy(update={"tries": 1})
        async with fetch.Fetcher(once, made.limits, trusted_hosts=trusted) as fetcher:
            return (await fetcher.fetch(fetch.Ask("http://localhost:9/", lambda _: None))).outcome

    assert asyncio.run(ask(frozenset())).reason is FailureReason.PRIVATE_ADDRESS
    assert asyncio.run(ask(frozenset({"localhost"}))).reason is FailureReason.CONNECTION
