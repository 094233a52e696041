"""Addresses out of bytes: the links of a page, the entries of a sitemap or a feed. Pure, and total on any bytes.

May import: urls.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from pipeline.urls import join

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'>]+)", re.IGNORECASE)
_ROOT = re.compile(rb"<\?xml|<(?:\w+:)?(?:urlset|sitemapindex)\b")
_FEED_ROOT = re.compile(rb"<\?xml|<(?:\w+:)?(?:rss|feed|RDF)\b")
_GZIP_MAGIC = b"\x1f\x8b"

# Where a page names other pages; everything else that carries an address (scripts, images, frames) is passed over.
_TAGS = ("base", "a", "area", "link", "meta")
_RELS = frozenset({"canonical", "next", "prev"})

# How WordPress names its REST interface, in a header and in the page.
_REST_REL = "https://api.w.org/"
_REST_HEADER = re.compile(r"<([^>]*)>\s*;\s*rel=[\"']?https://api\.w\.org/")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml"})
# Feeds hold ten or a hundred entries.
_FEED_ENTRIES_MOST = 1_000

# Sitemaps may have 50 MB unpacked (sitemaps.org); a little more is forgiven.
SITEMAP_BYTES = 60_000_000


@dataclass(frozen=True, slots=True)
class Links:
    """The web addresses that a page leads to, each once, in their order; `canonical` is what it calls itself.

    `nofollow`: the page asks (robots meta) that they are not followed.
    """

    urls: tuple[str, ...] = ()
    canonical: str | None = None
    nofollow: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An address in a sitemap or a feed, with the time of change it claims."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or further sitemaps."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where a page says that the site tells of its pages: the root of its REST interface, and feeds."""

    rest: str | None = None
    feeds: tuple[str, ...] = ()


def links_in(body: bytes, url: str, content_type: str = "") -> Links:
    """The links of an HTML page.

    >>> links_in(b'<base href="/b/"><a href="c">c</a> <a href="mailto:x@y.z">m</a>', "https://example.org/a").urls
    ('https://example.org/b/c',)
    """
    root = parse_html(body, content_type)
    if root is None:
        return Links()
    base, canonical = url, None
    hrefs: dict[str, None] = {}
    based = nofollow = False
    for element in root.iter(*_TAGS):
        tag, href = element.tag, element.get("href")
        if tag == "meta":
            if (element.get("name") or "").strip().lower() == "robots":
                nofollow = nofollow or forbids_following(element.get("content") or "")
            href = _refresh_target(element)
        elif tag == "link" and not _RELS.intersection((element.get("rel") or "").lower().split()):
            continue
        if href is None:
            continue
        if tag == "base":
            if not based:
                base, based = join(url, href) or url, True
            continue
        if tag == "link" and canonical is None and "canonical" in (element.get("rel") or "").lower().split():
            canonical = join(base, href)
        hrefs[href] = None
    found = (join(base, href) for href in hrefs)
    return Links(tuple(dict.fromkeys(address for address in found if address)), canonical, nofollow)


def forbids_following(directives: str, agent: str = "") -> bool:
    """Whether a robots meta or an X-Robots-Tag asks everybody, or us, not to follow the links.

    >>> forbids_following("noindex, NOFOLLOW"), forbids_following("none"), forbids_following("noindex, follow")
    (True, True, False)
    >>> forbids_following("otherbot: nofollow", "us"), forbids_following("us: nofollow", "us")
    (False, True)
    """
    told = set()
    for part in directives.lower().split(","):
        name, colon, directive = part.rpartition(":")
        if not colon or name.strip() == agent:
            told.add(directive.strip())
    return not told.isdisjoint({"nofollow", "none"})


def pointers_in(body: bytes, url: str, headers: Mapping[str, str]) -> Pointers:
    """The REST interface and the feeds that a page points to.

    >>> pointers_in(b'<link rel="alternate" type="application/rss+xml" href="/feed/">', "https://x.org/", {
    ...     "link": '<https://x.org/wp-json/>; rel="https://api.w.org/"'})
    Pointers(rest='https://x.org/wp-json/', feeds=('https://x.org/feed/',))
    """
    header = _REST_HEADER.search(headers.get("link", ""))
    rest = join(url, header[1]) if header else None
    feeds: dict[str, None] = {}
    root = parse_html(body, headers.get("content-type", ""))
    for element in root.iter("link") if root is not None else ():
        rels = (element.get("rel") or "").lower().split()
        address = join(url, element.get("href") or "")
        if address and _REST_REL in rels:
            rest = rest or address
        elif address and "alternate" in rels and (element.get("type") or "").strip().lower() in _FEED_TYPES:
            feeds[address] = None
    return Pointers(rest, tuple(feeds))


def parse_html(body: bytes, content_type: str) -> etree._Element | None:
    """The tree of a page; None if nothing can be made of its bytes."""
    for encoding in (_encoding(body, content_type), None):
        try:
            parser = etree.HTMLParser(
                encoding=encoding, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
            )
            root: etree._Element | None = etree.fromstring(body, parser)
        except LookupError:
            continue  # an encoding that nobody knows
        except (etree.LxmlError, ValueError):
            return None
        return root
    return None


def _encoding(body: bytes, content_type: str) -> str | None:
    """The header's charset; UTF-8 where the bytes are; else what the parser makes of <meta>."""
    told = _CHARSET.search(content_type)
    if told:
        return told[1]
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _refresh_target(element: etree._Element) -> str | None:
    if (element.get("http-equiv") or "").strip().lower() != "refresh":
        return None
    found = _REFRESH.match(element.get("content") or "")
    return found[1] if found else None


def read_sitemap(body: bytes, *, most: int) -> Sitemap:
    """The entries of a sitemap or a sitemap index, plain or packed, at most `most` of them.

    What stands before the document (a script, blank lines) is passed over, and a broken end costs only what follows.

    >>> read_sitemap(b"<script></script><?xml version='1.0'?><urlset><url><loc> https://x.org/a </loc></url></urlset>",
    ...              most=10).entries
    (Entry(url='https://x.org/a', lastmod=None),)
    """
    body = _unpacked(body)
    start = _ROOT.search(body)
    if start is None:
        return Sitemap()
    entries: list[Entry] = []
    sitemaps: list[str] = []
    try:
        for _, element in etree.iterparse(
            io.BytesIO(body[start.start() :]),
            events=("end",),
            tag=("{*}url", "{*}sitemap"),
            recover=True,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        ):
            _take(element, entries, sitemaps)
            element.clear()
            if len(entries) + len(sitemaps) >= most:
                break
    except (etree.LxmlError, ValueError, LookupError):
        pass  # what was read before the damage counts
    return Sitemap(tuple(entries), tuple(sitemaps))


def read_feed(body: bytes, url: str) -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed; what stands before the document is passed over.

    >>> read_feed(b"<script></script><rss><channel><item><link>/a</link><pubDate>now</pubDate></item></channel></rss>",
    ...           "https://x.org/feed/")
    (Entry(url='https://x.org/a', lastmod='now'),)
    """
    start = _FEED_ROOT.search(body)
    if start is None:
        return ()
    parser = etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body[start.start() :], parser)
    except (etree.LxmlError, ValueError):
        return ()
    if root is None:
        return ()
    found = (_feed_entry(element, url) for element in root.iter("{*}item", "{*}entry"))
    return tuple(entry for entry in found if entry is not None)[:_FEED_ENTRIES_MOST]


def _feed_entry(element: etree._Element, url: str) -> Entry | None:
    address, told = "", None
    for child in element.iterchildren("{*}link", "{*}pubDate", "{*}updated", "{*}date"):
        text = (child.text or "").strip()
        if not str(child.tag).endswith("link"):
            told = told or text or None
        elif not address and (child.get("rel") or "alternate") == "alternate":
            address = (child.get("href") or text).strip()
    joined = join(url, address) if address else None
    return Entry(joined, told) if joined else None


def _take(element: etree._Element, entries: list[Entry], sitemaps: list[str]) -> None:
    tag = str(element.tag)
    space = tag.rpartition("}")[0]
    prefix = f"{space}}}" if space else ""
    loc = (element.findtext(f"{prefix}loc") or "").strip()
    if not loc:
        return
    if tag.endswith("sitemap"):
        sitemaps.append(loc)
    else:
        entries.append(Entry(loc, (element.findtext(f"{prefix}lastmod") or "").strip() or None))


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, SITEMAP_BYTES)
    except zlib.error:
        return b""
