"""The sample site as a dictionary, address → answer, and the truth a reader finds on it.

May import: items, template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from pipeline.sample.items import KIND_LABELS, LISTINGS, Block, Item, all_items, all_labels
from pipeline.sample.template import (
    BEFORE_DOCTYPE,
    BOILERPLATE,
    SITE_NAME,
    Frame,
    Listing,
    item_page,
    listing_page,
    not_found_page,
)

__all__ = ["BASE_URL", "BOILERPLATE", "Expected", "Page", "expected", "first_sentence", "last_sentence", "pages"]

BASE_URL = "https://www.villes-exemple.example/"
TYPES = "/types-d-article/tout/"
PER_PAGE = 5
"""Cards on a page of the news listing: eleven articles make three pages."""

Page = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an archive must say of one article; `countries` are ISO codes, sentences are None where there is no text."""

    path: str
    title: str
    kind: str
    date_published: date
    date_modified: date
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    cities: tuple[str, ...]
    sections: tuple[str, ...]
    first_sentence: str | None
    last_sentence: str | None
    text_chars: int


def expected() -> tuple[Expected, ...]:
    """The articles of the site, and nothing else of it."""
    return tuple(_expected(item) for item in all_items() if item.is_article)


def pages(base_url: str = BASE_URL) -> dict[str, Page]:
    """Every address of the site with its answer; None of the keys holds a host. "404" is the answer to the rest."""
    frame = Frame(base_url, [label for label in all_labels() if label.taxonomy == "themes"])
    site: dict[str, Page] = {}
    site.update(_item_pages(frame))
    site.update(_listings(frame))
    site.update(_taxonomies(frame))
    site.update(_machine_pages(frame))
    site.update(_redirects(frame, list(site)))
    site["404"] = (404, _headers("text/html"), not_found_page(frame).encode())
    return site


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph.

    >>> first_sentence("Il pleut. Elle sort.")
    'Il pleut.'
    """
    return re.split(r"(?<=[.!?…])\s", text)[0]


def last_sentence(text: str) -> str:
    """The last sentence of a paragraph."""
    return re.split(r"(?<=[.!?…])\s", text)[-1]


# --- the parts of the site --------------------------------------------------------------------------------------------


def _item_pages(frame: Frame) -> Iterator[tuple[str, Page]]:
    items = all_items()
    for item in items:
        yield item.path, _html(item_page(frame, item, _related(item, items)))


def _related(item: Item, items: Sequence[Item]) -> list[Item]:
    """Three others, those of the same themes first; deterministic."""
    others = [o for o in items if o.id != item.id and o.summary and o.kind in ("actualite", "actions")]
    return sorted(others, key=lambda other: (-len(set(other.labels) & set(item.labels)), other.id))[:3]


def _listings(frame: Frame) -> Iterator[tuple[str, Page]]:
    for kind, path in LISTINGS.items():
        items = _newest(i for i in all_items() if i.kind == kind and i.is_article)
        chunks = [items[n : n + PER_PAGE] for n in range(0, len(items), PER_PAGE)]
        paths = [path, *(f"{path}{n}/" for n in range(2, len(chunks) + 1))]
        numbers = [(str(n), to) for n, to in enumerate(paths, start=1)]
        for to, chunk in zip(paths, chunks, strict=True):
            yield (
                to,
                _html(listing_page(frame, Listing(KIND_LABELS[kind], to, chunk, numbers if len(paths) > 1 else ()))),
            )
    everything = _newest(i for i in all_items() if i.is_article and i.label)
    yield TYPES, _html(listing_page(frame, Listing("Tous les types", TYPES, everything)))
    newest = _newest(i for i in all_items() if i.is_article and i.summary)[:6]
    lost = [("Un lien mort", "/actualite/cette-page-a-disparu/"), ("Un ancien lien", "/?p=1102")]
    reserved = [("Guide", "/guide-reserve-aux-membres/"), ("Maquette", "/actualite/maquette-de-page-ne-pas-publier/")]
    intro = "Douze communes francophones qui partagent ce qu’elles savent faire."
    yield "/", _html(listing_page(frame, Listing("Accueil", "/", newest, [*lost, *reserved], intro)))


def _taxonomies(frame: Frame) -> Iterator[tuple[str, Page]]:
    for label in all_labels():
        items = [item for item in all_items() if label in item.labels]
        yield label.path, _html(listing_page(frame, Listing(label.name, label.path, _newest(items))))


def _machine_pages(frame: Frame) -> Iterator[tuple[str, Page]]:
    robots = (
        f"User-agent: *\nDisallow: /wp-admin/\nDisallow: /brouillons/\n\nSitemap: {frame.url('/sitemap_index.xml')}\n"
    )
    yield "/robots.txt", (200, _headers("text/plain"), robots.encode())
    yield "/brouillons/", _html(listing_page(frame, Listing("Brouillons", "/brouillons/", ())))
    yield "/feed/", (200, _headers("application/rss+xml"), _feed(frame).encode())
    maps = {kind: [i for i in all_items() if i.kind == kind] for kind in LISTINGS}
    maps["page"] = [i for i in all_items() if i.kind in ("root", "association")]
    for name, items in maps.items():
        entries = [(item.path, item.modified.isoformat()) for item in items]
        yield f"/{name}-sitemap.xml", _xml("urlset", "url", frame, entries)
    for folder in ("nos-themes", "pays", "membre"):
        entries = [(label.path, "") for label in all_labels() if label.path.startswith(f"/{folder}/")]
        yield f"/{folder}-sitemap.xml", _xml("urlset", "url", frame, entries)
    names = [*maps, "nos-themes", "pays", "membre"]
    yield "/sitemap_index.xml", _xml("sitemapindex", "sitemap", frame, [(f"/{name}-sitemap.xml", "") for name in names])


def _redirects(frame: Frame, paths: Iterable[str]) -> Iterator[tuple[str, Page]]:
    for item in all_items():
        yield f"/?p={item.id}", _moved(frame, item.path)
    for path in paths:
        if path.endswith("/") and path != "/":
            yield path.rstrip("/"), _moved(frame, path)
    yield "/actualite/boues-de-vidange-a-kalimbe/", _moved(frame, all_items()[0].path)
    yield "/sitemap.xml", _moved(frame, "/sitemap_index.xml")


# --- answers ----------------------------------------------------------------------------------------------------------


def _headers(kind: str) -> dict[str, str]:
    return {"Content-Type": f"{kind}; charset=UTF-8"}


def _html(text: str) -> Page:
    return 200, _headers("text/html"), text.encode()


def _moved(frame: Frame, path: str) -> Page:
    return 301, {**_headers("text/html"), "Location": frame.url(path)}, b""


def _xml(root: str, entry: str, frame: Frame, entries: Iterable[tuple[str, str]]) -> Page:
    lines = (
        f"<{entry}><loc>{escape(frame.url(path))}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</{entry}>"
        for path, lastmod in entries
    )
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{chr(10).join(lines)}\n</{root}>\n"
    )
    return 200, _headers("application/xml"), text.encode()


def _feed(frame: Frame) -> str:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{frame.url(item.path)}</link>"
        f"<description>{escape(item.summary)}</description></item>"
        for item in _newest(i for i in all_items() if i.kind == "actualite" and i.is_article)
    )
    head = f"<channel><title>{SITE_NAME}</title><link>{frame.url('/')}</link>"
    return f'{BEFORE_DOCTYPE}<?xml version="1.0" encoding="UTF-8"?><rss version="2.0">{head}{entries}</channel></rss>'


def _newest(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.published, reverse=True)


def _expected(item: Item) -> Expected:
    texts = item.texts()
    return Expected(
        path=item.path,
        title=item.title,
        kind=item.kind,
        date_published=item.published.date(),
        date_modified=item.modified.date(),
        themes=item.names("themes"),
        countries=item.codes(),
        cities=item.names("cities"),
        sections=tuple(_headings(item.blocks)),
        first_sentence=first_sentence(texts[0]) if texts else None,
        last_sentence=last_sentence(texts[-1]) if texts else None,
        text_chars=sum(map(len, texts)),
    )


def _headings(blocks: Iterable[Block]) -> Iterator[str]:
    return (block.parts[0] for block in blocks if block.kind == "h2")
