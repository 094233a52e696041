"""What a page says of itself in its head: JSON-LD, Open Graph, meta, the title as shown, dates.

May import: html. A field comes with its source. Dates are those of UTC, as the JSON-LD gives them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from pipeline.extract.html import Element, fold, text_of, tidy

_JSON_LD_CHARS = 1_000_000
_GRAPH_NODES = 500
_ARTICLE_TYPES = {
    "article",
    "newsarticle",
    "blogposting",
    "report",
    "reportagenewsarticle",
    "scholarlyarticle",
    "techarticle",
}
_PAGE_TYPES = {"webpage", "aboutpage", "itempage", "collectionpage", "contactpage", "faqpage", "event"}
_SEPARATORS = r"\s*[-–—|•·»:]\s*"
_MONTH_NAMES = (
    "janvier janv january jan",
    "février févr fevrier february feb",
    "mars march mar",
    "avril avr april apr",
    "mai may",
    "juin june jun",
    "juillet juil july jul",
    "août aout august aug",
    "septembre sept september sep",
    "octobre oct october",
    "novembre nov november",
    "décembre déc decembre december dec",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the head and the title line say; None = nothing. `sources` names where each was read."""

    title: str | None
    date_published: date | None
    date_modified: date | None
    languages: tuple[str, ...]
    authors: tuple[str, ...]
    canonical: str | None
    robots: str | None
    sources: dict[str, str]


def read_metadata(root: Element, item: Element | None, site_name: str) -> Metadata:
    """Read the fields of a page; `item` is the article's own element, `site_name` is cut from titles."""
    metas = _metas(root)
    graph = _graph(root)
    node = _own_node(graph)
    sources: dict[str, str] = {}
    published = _first_date(sources, "date_published", _published_claims(root, item, node, metas))
    modified = _first_date(sources, "date_modified", _modified_claims(node, metas))
    title = _title(root, item, _Head(node, metas, [site_name, metas.get("og:site_name", "")]), sources)
    languages = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        node.get("inLanguage"),
        metas.get("og:locale"),
    )
    canonical = next((link.get("href") for link in root.iter("link") if _is_canonical(link)), None)
    return Metadata(
        title=title,
        date_published=published,
        date_modified=modified,
        languages=tuple(code for code in languages if isinstance(code, str)),
        authors=_authors(metas.get("author"), node, graph, site_name),
        canonical=canonical.strip() if canonical else None,
        robots=metas.get("robots"),
        sources=sources,
    )


def _is_canonical(link: Element) -> bool:
    return "canonical" in (link.get("rel") or "").lower().split() and bool(link.get("href"))


def _metas(root: Element) -> dict[str, str]:
    """The page's meta elements by property, name or itemprop; the first of a name counts."""
    metas: dict[str, str] = {}
    head = root.find("head")
    for tag in (root if head is None else head).iter("meta"):
        content = tidy(tag.get("content") or "")
        for attribute in ("property", "name", "itemprop"):
            name = tag.get(attribute)
            if name and content:
                metas.setdefault(name.strip(), content)
    return metas


def _graph(root: Element) -> list[dict[str, Any]]:
    """All JSON-LD nodes of a page, flat, bounded; unreadable scripts are passed over."""
    found: list[dict[str, Any]] = []
    for script in root.iter("script"):
        text = script.text or ""
        if "ld+json" not in (script.get("type") or "") or len(text) > _JSON_LD_CHARS:
            continue
        try:
            todo: list[Any] = [json.loads(text, strict=False)]
        except (ValueError, RecursionError):
            continue
        while todo and len(found) < _GRAPH_NODES:
            value = todo.pop(0)
            if isinstance(value, list):
                todo.extend(value)
            elif isinstance(value, dict):
                found.append(value)
                todo.extend(value.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in value)
    return found


def _types(node: dict[str, Any]) -> set[str]:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {str(k).lower() for k in kinds if k}


def _own_node(graph: list[dict[str, Any]]) -> dict[str, Any]:
    """The node of this page: an article type first, then a page type; with a date before without."""
    for wanted in (_ARTICLE_TYPES, _PAGE_TYPES):
        nodes = [node for node in graph if _types(node) & wanted]
        if nodes:
            return next((node for node in nodes if node.get("datePublished")), nodes[0])
    return {}


Claim = tuple[str, object]


_PUBLISHED_METAS = (
    "article:published_time",
    "datePublished",
    "og:published_time",
    "dc.date",
    "dcterms.created",
    "dcterms.issued",
    "citation_publication_date",
    "date",
    "pubdate",
)
_MODIFIED_METAS = ("article:modified_time", "og:updated_time", "dateModified", "dcterms.modified", "last-modified")
_DATE_LINE = re.compile("post-meta-item-type-date|entry-date|post-date|published|date-display")


def _published_claims(
    root: Element, item: Element | None, node: dict[str, Any], metas: dict[str, str]
) -> Iterator[Claim]:
    yield "json-ld", node.get("datePublished")
    for name in _PUBLISHED_METAS:
        yield f"meta {name}", metas.get(name)
    own = item if item is not None else root
    for tag in islice(own.iter("time"), 3):
        yield "time element", tag.get("datetime") or text_of(tag)
    shown = next((tag for tag in own.iter() if _DATE_LINE.search(tag.get("class") or "")), None)
    if shown is not None:
        yield "date line", text_of(shown)


def _modified_claims(node: dict[str, Any], metas: dict[str, str]) -> Iterator[Claim]:
    yield "json-ld", node.get("dateModified")
    for name in _MODIFIED_METAS:
        yield f"meta {name}", metas.get(name)


def _first_date(sources: dict[str, str], field: str, claims: Iterator[Claim]) -> date | None:
    for source, claim in claims:
        found = read_date(claim) if isinstance(claim, str) else None
        if found:
            sources[field] = source
            return found
    return None


_ISO = re.compile(r"\s*(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?\s*$")
_DOTTED = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4})\b")
_PROSE = re.compile(r"\b(\d{1,2})(?:er|ᵉʳ|st|nd|rd|th)?\s+([^\W\d_]+)\.?,?\s+(\d{4})\b")


def read_date(text: str) -> date | None:
    """A date as pages write it, in UTC if it has a time zone; None when it is none.

    >>> read_date("2020-08-08T23:30:00-02:00"), read_date("08.08.2020"), read_date("le 1er août 2022")
    (datetime.date(2020, 8, 9), datetime.date(2020, 8, 8), datetime.date(2022, 8, 1))
    >>> read_date("31.02.2020") is None
    True
    """
    text = text[:200]
    try:
        if _ISO.match(text):
            moment = datetime.fromisoformat(text.strip())
            return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
        if found := _DOTTED.search(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if (found := _PROSE.search(text)) and (month := _MONTHS.get(found[2].lower())):
            return date(int(found[3]), month, int(found[1]))
    except (ValueError, OverflowError):
        pass
    return None


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


@dataclass(frozen=True, slots=True)
class _Head:
    """What the head states: the JSON-LD node of the page, the meta elements, the names of the site."""

    node: dict[str, Any]
    metas: dict[str, str]
    names: list[str]


def _title(root: Element, item: Element | None, head: _Head, sources: dict[str, str]) -> str | None:
    claims: list[Claim] = [
        ("json-ld", head.node.get("headline") or head.node.get("name")),
        ("meta og:title", head.metas.get("og:title")),
        ("title element", next((text_of(tag) for tag in root.iter("title")), None)),
    ]
    stated = [
        (source, without_site_name(tidy(claim), head.names)) for source, claim in claims if isinstance(claim, str)
    ]
    stated = [(source, title) for source, title in stated if title]
    shown = [tidy(" ".join(tag.itertext())) for tag in _headings(item if item is not None else root)]
    known = {fold(title) for _, title in stated}
    for title in shown:
        if title and fold(title) in known:
            sources["title"] = "heading"
            return title
    if stated:
        sources["title"] = stated[0][0]
        return stated[0][1]
    if shown and shown[0]:
        sources["title"] = "heading"
        return shown[0]
    return None


def _headings(own: Element) -> list[Element]:
    return [*islice(own.iter("h1"), 3), *islice(own.iter("h2"), 3)]


def without_site_name(title: str, names: list[str]) -> str:
    """A title without the site's name at its end or its beginning.

    >>> without_site_name("L’eau à Kindia — AIMF", ["AIMF"])
    'L’eau à Kindia'
    >>> without_site_name("AIMF", ["AIMF"])
    'AIMF'
    """
    for name in names:
        if not name:
            continue
        cut = re.sub(rf"{_SEPARATORS}{re.escape(name)}\s*$", "", title, flags=re.IGNORECASE)
        if cut == title:
            cut = re.sub(rf"^\s*{re.escape(name)}\s*[-–—|•·»]\s+", "", title, flags=re.IGNORECASE)
        if cut.strip():
            title = cut.strip()
    return title


def _authors(meta: str | None, node: dict[str, Any], graph: list[dict[str, Any]], site_name: str) -> tuple[str, ...]:
    by_id = {other.get("@id"): other for other in graph if other.get("@id")}
    claims = node.get("author")
    names: list[str] = []
    for claim in claims if isinstance(claims, list) else [claims]:
        name = claim
        if isinstance(claim, dict):
            name = claim.get("name") or by_id.get(claim.get("@id"), {}).get("name")
        if isinstance(name, str):
            names.append(tidy(name))
    if not names and meta:
        names.append(meta)
    own = {fold(site_name), "admin", "administrateur", "webmaster", ""}
    return tuple(dict.fromkeys(name for name in names if fold(name) not in own))
