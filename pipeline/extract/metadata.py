"""What a page says of itself: JSON-LD, Open Graph, meta elements, composed with what it shows.

Every field comes with its source, and what the page says against it is kept. May import: authors, dates, head, html,
records, shown, titles, urls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.extract.authors import read_authors
from pipeline.extract.dates import read_dates
from pipeline.extract.head import Head, read_head
from pipeline.extract.html import Element, text_of
from pipeline.extract.shown import Shown
from pipeline.extract.titles import choose_title, same_words
from pipeline.records import Capture
from pipeline.urls import canonical_key

_TITLE_METAS = ("og:title", "parsely-title", "citation_title", "dc.title", "dcterms.title", "twitter:title")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the head and the title line say; None = nothing. `sources` names where each was read.

    `contradictions` are sentences on fields of which the page says two things.
    """

    title: str | None
    date_published: date | None
    date_modified: date | None
    languages: tuple[str, ...]
    authors: tuple[str, ...]
    canonical: str | None
    robots: str | None
    sources: dict[str, str]
    contradictions: tuple[str, ...] = ()
    # Article sections and the way of breadcrumbs, each with its source: what the page says it is about.
    topics: tuple[tuple[str, str], ...] = ()


def read_metadata(
    shown: Shown, item: Element | None, site_name: str, capture: Capture, sitemap_date: str | None = None
) -> Metadata:
    """Read the fields of a page; `item` is the article's own element, `site_name` is cut from titles."""
    head = read_head(shown.root, capture.url, site_name)
    headings = shown.headings(item)
    stated = list(_stated_titles(shown.root, head))
    title, title_source = choose_title(stated, headings, head.names, shown.pieces())
    shown.place_title(title)
    dates = read_dates(head, shown, capture.fetched_at.date(), sitemap_date)
    authors, authors_source = read_authors(head, shown)
    sources = dates.sources
    if title:
        sources["title"] = title_source
    if authors:
        sources["authors"] = authors_source
    canonical = next((link.get("href") for link in shown.root.iter("link") if _is_canonical(link)), None)
    return Metadata(
        title=title,
        date_published=dates.published,
        date_modified=dates.modified,
        languages=tuple(_languages(shown.root, head)),
        authors=authors,
        canonical=canonical.strip() if canonical else None,
        robots=head.metas.get("robots"),
        sources=sources,
        contradictions=(*_other_title(title, headings), *dates.contradictions),
        topics=tuple(head.topics()),
    )


def _own_hreflang(root: Element, url: str) -> str | None:
    """The language under which the page lists itself among its translations."""
    key = canonical_key(url)
    for link in root.iter("link"):
        code, href = link.get("hreflang"), link.get("href")
        if code and href and code.lower() != "x-default" and canonical_key(href) == key:
            return code
    return None


def _languages(root: Element, head: Head) -> Iterator[str]:
    """What the page declares of its language, the likelier first."""
    stated = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        _own_hreflang(root, head.url),
        head.node.get("inLanguage"),
        head.metas.get("og:locale"),
        head.metas.get("content-language") or head.metas.get("dc.language"),
    )
    yield from (code for code in stated if isinstance(code, str) and code)


def _stated_titles(root: Element, head: Head) -> Iterator[tuple[str, str]]:
    for claim in (head.node.get("headline"), head.node.get("name")):
        if isinstance(claim, str):
            yield "json-ld", claim
    for name in _TITLE_METAS:
        if name in head.metas:
            yield f"meta {name}", head.metas[name]
    yield from (("title element", text_of(tag)) for tag in root.iter("title"))


def _other_title(title: str | None, headings: list[tuple[int, str]]) -> Iterator[str]:
    """The only heading of the first level names something else than the title that was believed."""
    first = {text for level, text in headings if level == 1}
    if title and len(first) == 1 and not same_words(title, heading := first.pop()):
        yield f"title: the head says « {title} », the page shows « {heading} »"


def _is_canonical(link: Element) -> bool:
    return "canonical" in (link.get("rel") or "").lower().split() and bool(link.get("href"))


def forbids_indexing(meta: str | None, header: str | None, product: str) -> bool:
    """Whether robots meta or X-Robots-Tag keep a page out of an index, for everybody or for us.

    >>> forbids_indexing("noindex, follow", None, "us"), forbids_indexing("max-snippet:-1", None, "us")
    (True, False)
    >>> forbids_indexing(None, "otherbot: noindex", "us"), forbids_indexing(None, "none", "us")
    (False, True)
    """
    directives = [part.strip().lower() for part in (meta or "").split(",")]
    for part in (header or "").lower().split(","):
        agent, colon, directive = part.rpartition(":")
        if not colon or agent.strip() == product:
            directives.append(directive.strip())
    return not {"noindex", "none"}.isdisjoint(directives)
