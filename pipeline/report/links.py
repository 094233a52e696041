"""Dead internal links: what the stored pages link to and the site last answered with 404 or 410.

May import: archive, extract.html, records, urls, report.rows. Links are not stored: they are read from the newest
captures, one page at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from pipeline.archive import Archive
from pipeline.extract.html import Element, decode, parse, text_of, tidy
from pipeline.records import COPY_HEADER, Capture, FindingKind, PageState
from pipeline.report.rows import Sighting
from pipeline.urls import Rebase, canonical_key, join, normalise, origin_of

_DEAD = (404, 410)
_EXCERPT_CHARS = 60
# A page of more links is a trap, or a list that no editor repairs link by link.
_MOST_LINKS = 5000
_PAGES_PER_STEP = 50
# Menus and footers repeat the same addresses on every page.
_CACHED_HREFS = 1 << 15


def dead_pages(archive: Archive) -> frozenset[str]:
    """The keys of pages whose last answer was that they do not exist."""
    unsure = (page for page in archive.pages() if page.state is not PageState.PRESENT)
    return frozenset(page.key for page in unsure if _last_status(archive, page.url) in _DEAD)


def _last_status(archive: Archive, url: str) -> int | None:
    fetches = archive.fetches(url)
    return fetches[-1].status if fetches else None


def sightings(archive: Archive, dead: frozenset[str], progress: Callable[[int], None]) -> Iterator[Sighting]:
    """Every link to one of the `dead` pages on a page that is not; `progress` counts pages read."""
    if not dead:
        return
    for number, page in enumerate(archive.pages(), start=1):
        capture = archive.latest_capture(page.url) if page.key not in dead else None
        if capture is not None and "html" in capture.headers.get("content-type", "html"):
            yield from _on_page(capture, dead)
        if number % _PAGES_PER_STEP == 0:
            progress(_PAGES_PER_STEP)


def _on_page(capture: Capture, dead: frozenset[str]) -> Iterator[Sighting]:
    root = parse(decode(capture.body, capture.headers))
    if root is None:
        return
    copy = capture.headers.get(COPY_HEADER)
    rebase = Rebase(copy, origin_of(capture.url)) if copy else None
    base = next((join(capture.url, href) for tag in root.iter("base") if (href := tag.get("href"))), None)
    for number, tag in enumerate(root.iter("a", "area")):
        href = (tag.get("href") or "").strip()
        if number >= _MOST_LINKS:
            return
        key = _key(href, base or capture.url, rebase)
        if key in dead:
            yield Sighting(FindingKind.DEAD_LINK, _told(tag, href, rebase), capture.url, _sameness(href, key))


def _key(href: str, base: str, rebase: Rebase | None) -> str | None:
    """The page that a link leads to."""
    if href.startswith(("http://", "https://")):
        return _key_of_absolute(href, rebase)
    url = join(base, href) if href and not href.startswith("#") else None
    return url and canonical_key(rebase.to_site(url) if rebase else url)


@lru_cache(maxsize=_CACHED_HREFS)
def _key_of_absolute(href: str, rebase: Rebase | None) -> str | None:
    url = normalise(href)
    return url and canonical_key(rebase.to_site(url) if rebase else url)


def _sameness(href: str, key: str) -> str:
    """An address without host and slash leads elsewhere from every folder, and is one mistake all the same."""
    return key if href.startswith(("http://", "https://", "/")) else f"relative {href}"


def _told(tag: Element, href: str, rebase: Rebase | None) -> str:
    """The link as an editor finds it: its words, then its address."""
    shown = rebase.to_site(href) if rebase else href
    if href.startswith("www."):
        shown += " (écrit sans https://)"
    words = tidy(text_of(tag))
    if len(words) > _EXCERPT_CHARS:
        words = words[: _EXCERPT_CHARS - 1].rstrip() + "…"
    return f"«\u00a0{words}\u00a0» → {shown}" if words and words != href else shown
