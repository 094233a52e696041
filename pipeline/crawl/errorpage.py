"""What a site shows for an address that does not exist, and pages that look just like it: soft 404s. Pure.

An error page shares menus and footers with every page, so likeness alone says nothing. A page is taken for one when
its title is the error page's and next to nothing of its text is not. May import: records, urls, crawl.discover.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.crawl.discover import parse_html
from pipeline.records import Capture, FailureReason
from pipeline.urls import canonical_key

# Share of a page's lines that the error page may lack: a word of the address, proposals that change.
_OWN_SHARE = 0.1
# Pages below this size are looked at for any text at all; a page of the smallest real template is larger.
_MAYBE_EMPTY_BYTES = 2_000
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head"})
_SPACES = re.compile(r"\s+")
# Stands in a title for the address that was asked; no page has this sign.
_ADDRESS = b"\0"


Call = Callable[..., "frozenset[str] | None"]
"""Applies a function to a body within bounds of time (`link_reader.LinkReader.call`)."""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The page for what does not exist: the bytes of its title, the lines of its text, and how many may be others.

    In the title the address that was asked, if it is repeated there, is only marked. `led_to` is the key of the page
    that the address was led to.
    """

    title: bytes
    lines: frozenset[str]
    own_share: float
    led_to: str


def learn(capture: Capture, front: Capture | None, call: Call) -> ErrorPage | None:
    """What the answer to an address that cannot exist looks like; None when it could not be read in time.

    A title that the front page has as well, or that is the address, tells nothing: then only a page of the
    very same text is the error page.
    """
    title = _titles(capture)[-1]
    told = title != _ADDRESS and (front is None or _title(front.body) != title)
    lines = _lines(capture, call)
    return None if lines is None else ErrorPage(title, lines, _OWN_SHARE if told else 0.0, canonical_key(capture.url))


def judge(capture: Capture, error_page: ErrorPage | None, call: Call) -> tuple[FailureReason, str] | None:
    """Why a page with status 200 is none: it has no text, or it is the error page; None if it is one."""
    if len(capture.body) < _MAYBE_EMPTY_BYTES and not _title(capture.body) and not _lines(capture, call):
        return FailureReason.EMPTY, "the page has no text"
    if error_page is None or error_page.title not in _titles(capture):
        return None
    lines, known = _lines(capture, call), error_page.lines
    if lines is not None and max(len(lines - known), len(known - lines)) <= error_page.own_share * max(
        len(lines), len(known)
    ):
        return FailureReason.SOFT_NOT_FOUND, "it is the page that the site shows for what does not exist"
    return None


def _lines(capture: Capture, call: Call) -> frozenset[str] | None:
    return call(lines_of, capture.body, capture.headers.get("content-type", ""))


def lines_of(body: bytes, content_type: str) -> frozenset[str]:
    """The pieces of text that a page shows, each once.

    >>> sorted(lines_of(b"<p>a  b<p><script>c</script>", ""))
    ['a b']
    """
    root = parse_html(body, content_type)
    if root is None:
        return frozenset()
    found = set()
    for element in root.iter():
        texts = (element.tail, None if element.tag in _UNSEEN else element.text)
        found |= {line for text in texts if text and (line := _SPACES.sub(" ", text).strip())}
    return frozenset(found)


def _title(body: bytes) -> bytes:
    found = _TITLE.search(body)
    return b" ".join(found[1].split()) if found else b""


def _titles(capture: Capture) -> list[bytes]:
    """A page's title as it is, and with a mark for each part of the page's own address that it repeats."""
    titles = [_title(capture.body)]
    path = urlsplit(capture.url).path.strip("/")
    for part in (path, path.rpartition("/")[2]):
        for spelt in (part, unquote(part)):
            if spelt and spelt.encode() in titles[-1]:
                titles.append(titles[-1].replace(spelt.encode(), _ADDRESS))
    return titles
