"""Addresses out of bytes: the links of a page, the entries of a sitemap. Pure, and total on any bytes.

May import: urls.
"""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from lxml import etree

from pipeline.urls import join

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'>]+)", re.IGNORECASE)
_ROOT = re.compile(rb"<\?xml|<(?:\w+:)?(?:urlset|sitemapindex)\b")
_GZIP_MAGIC = b"\x1f\x8b"

# Where a page names other pages; everything else that carries an address (scripts, images, frames) is passed over.
_TAGS = ("base", "a", "area", "link", "meta")
_RELS = frozenset({"canonical", "next", "prev"})

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
class SitemapEntry:
    """An address in a sitemap, with the time of change it claims."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or further sitemaps."""

    entries: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[str, ...] = ()


def links_in(body: bytes, url: str, content_type: str = "") -> Links:
    """The links of an HTML page.

    >>> links_in(b'<base href="/b/"><a href="c">c</a> <a href="mailto:x@y.z">m</a>', "https://example.org/a").urls
    ('https://example.org/b/c',)
    """
    root = _parse_html(body, content_type)
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


def _parse_html(body: bytes, content_type: str) -> etree._Element | None:
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
    (SitemapEntry(url='https://x.org/a', lastmod=None),)
    """
    body = _unpacked(body)
    start = _ROOT.search(body)
    if start is None:
        return Sitemap()
    entries: list[SitemapEntry] = []
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


def _take(element: etree._Element, entries: list[SitemapEntry], sitemaps: list[str]) -> None:
    tag = str(element.tag)
    space = tag.rpartition("}")[0]
    prefix = f"{space}}}" if space else ""
    loc = (element.findtext(f"{prefix}loc") or "").strip()
    if not loc:
        return
    if tag.endswith("sitemap"):
        sitemaps.append(loc)
    else:
        entries.append(SitemapEntry(loc, (element.findtext(f"{prefix}lastmod") or "").strip() or None))


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, SITEMAP_BYTES)
    except zlib.error:
        return b""
