"""Answers on a terminal and as JSON: how a page of hits is printed. May import: search, pipeline.console."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

from index.search import Hit, Library, Page

FACETS_SHOWN = ("kind", "country", "theme", "year")
_BOLD, _DIM, _END = "\033[1m", "\033[2m", "\033[0m"
_NARROW_SPACE = "\u202f"


def as_record(page: Page, ms: float) -> dict[str, Any]:
    """A page of hits as JSON values; `results` are best first."""
    return {
        "query": str(page.query),
        "reading": page.reading,
        "total": page.total,
        "ms": round(ms, 1),
        "results": [_hit_record(hit) for hit in page],
        "facets": {
            name: [{"code": value.code, "label": value.label, "count": value.count} for value in values]
            for name, values in page.facets.items()
        },
    }


def _hit_record(hit: Hit) -> dict[str, Any]:
    article = hit.article
    return {
        "url": hit.url,
        "title": article.title,
        "kind": article.kind,
        "date_published": article.date_published.isoformat() if article.date_published else None,
        "score": hit.score,
        "snippet": hit.snippet.plain(),
    }


def lines(page: Page, *, colour: bool, first: int = 1) -> Iterator[str]:
    """A page of hits for people, in French; matched words in bold where the terminal takes it."""
    bold, dim, end = (_BOLD, _DIM, _END) if colour else ("", "", "")
    width = min(100, shutil.get_terminal_size((100, 24)).columns)
    yield f"{_results(page.total)}. {page.reading}".rstrip()
    for number, hit in enumerate(page, start=first):
        article = hit.article
        day = f"{article.date_published:%d/%m/%Y}" if article.date_published else "sans date"
        yield ""
        yield f"{number}. {bold}{article.title}{end}"
        yield f"   {dim}{day} · {article.kind} · {hit.url}{end}"
        # Marks are put in after wrapping, so that their bytes do not count as width.
        told = textwrap.fill(hit.snippet.plain("\x01", "\x02"), width, initial_indent="   ", subsequent_indent="   ")
        if told.strip():
            yield told.replace("\x01", bold).replace("\x02", end)
    if any(len(values) > 1 for values in page.facets.values()):
        yield ""
    for name in FACETS_SHOWN:
        values = page.facets.get(name, ())
        if len(values) > 1:
            shown = ", ".join(f"{value.label} ({value.count})" for value in values[:6])
            yield f"{dim}{_FACET_NAMES[name]}\u00a0: {shown}{end}"


_FACET_NAMES = {"kind": "Types", "country": "Pays", "theme": "Thèmes", "year": "Années"}


def _results(total: int) -> str:
    number = f"{total:,}".replace(",", _NARROW_SPACE)
    return f"{number} résultat" + ("s" if total > 1 else "")


def row_line(library: Library, url: str) -> str:
    """What the index knows of an address, for `aimf explain`."""
    row = library.row(url)
    return "  not in the index" if row is None else f"  in the index as document {row}"
