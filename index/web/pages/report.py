"""The editors' report as a page: what to repair on the site, kind by kind. May import: visit, pipeline.report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from index.web.visit import Visit, safe_link
from pipeline.report import Row
from pipeline.report.labels import words

ROWS_SHOWN = 25
PAGES_SHOWN = 3
EXCERPTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Point:
    """A repair, cut to what a page shows."""

    pages: int
    excerpts: tuple[str, ...]
    urls: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Kind:
    """All repairs of a kind."""

    name: str
    label: str
    advice: str
    count: int
    points: tuple[Point, ...]


def view(visit: Visit, rows: Sequence[Row] | None, kind: str) -> dict[str, Any]:
    """What the template shows; rows None: the report is being made. `kind`: only this one, whole, if there is such."""
    only = kind if any(row.kind.value == kind for row in rows or ()) else ""
    return {
        "is_ready": rows is not None,
        "total": len(rows or ()),
        "pages": len({url for row in rows or () for url in row.urls}),
        "kinds": _kinds(rows or (), only),
        "only": only,
        "french": None if visit.language == "fr" else "fr",
    }


def _kinds(rows: Sequence[Row], wanted: str) -> list[Kind]:
    found = []
    for kind, group in groupby(rows, key=lambda row: row.kind):
        if wanted and wanted != kind.value:
            continue
        members = list(group)
        points = tuple(map(_point, members if wanted else members[:ROWS_SHOWN]))
        found.append(Kind(kind.value, words()[kind].label, words()[kind].advice, len(members), points))
    return found


def _point(row: Row) -> Point:
    urls = tuple(url for url in map(safe_link, row.urls) if url)
    shown = urls[:PAGES_SHOWN]
    return Point(len(row.urls), row.excerpts[:EXCERPTS_SHOWN], shown, len(row.urls) - len(shown))
