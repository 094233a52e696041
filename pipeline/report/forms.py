"""The report as staff and programs read it: a table in French, CSV for a spreadsheet, JSON.

May import: export, report.labels, report.rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from pipeline.export import _cell, _row
from pipeline.report.labels import words
from pipeline.report.rows import Row

CSV_COLUMNS = ("Défaut", "Pages", "Adresse", "Autres adresses", "Extrait", "Que faire", "Code")
# A cell of a spreadsheet holds 32,767 characters: a hundred addresses, with room.
_CSV_ADDRESSES = 100
_EXAMPLES = 3
_COUNT_WIDTH = len("1\u202f234 pages")
_NARROW_SPACE = "\u202f"


def as_record(rows: Sequence[Row]) -> dict[str, Any]:
    """The report as JSON values, keys in English."""
    return {
        "counts": {kind.value: sum(row.kind is kind for row in rows) for kind in words()},
        "rows": [
            {
                "kind": row.kind.value,
                "label": words()[row.kind].label,
                "pages": len(row.urls),
                "urls": list(row.urls),
                "excerpts": list(row.excerpts),
                "advice": words()[row.kind].advice,
            }
            for row in rows
        ],
    }


def spreadsheet(rows: Iterable[Row]) -> Iterator[str]:
    """CSV as a French spreadsheet opens it, like the export's: byte order mark, semicolons, CRLF, no formulas."""
    yield "\ufeff" + _row(CSV_COLUMNS)
    for row in rows:
        told = words()[row.kind]
        others = list(row.urls[1 : 1 + _CSV_ADDRESSES])
        cells = (told.label, len(row.urls), row.urls[0], others, list(row.excerpts), told.advice, row.kind.value)
        yield _row(_cell(cell) for cell in cells)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The report for people: for each kind what to do, then how many pages, what stands there, and where."""
    if not rows:
        yield "Rien à reprendre."
        return
    pages = len({url for row in rows for url in row.urls})
    yield f"{_counted(len(rows), 'point')} à reprendre, sur {_counted(pages, 'page')}."
    for kind, of_kind in groupby(rows, key=lambda row: row.kind):
        some = list(of_kind)
        yield ""
        yield f"{words()[kind].label}\u00a0: {_counted(len(some), 'point')}"
        yield words()[kind].advice
        for row in some:
            yield f"{_counted(len(row.urls), 'page'):>{_COUNT_WIDTH}}  {_excerpts(row)}"
            for url in row.urls[:_EXAMPLES]:
                yield " " * _COUNT_WIDTH + f"  {url}"


def _excerpts(row: Row) -> str:
    shown = " · ".join(row.excerpts[:_EXAMPLES])
    more = len(row.excerpts) - _EXAMPLES
    return f"{shown} · et {more} autre{'s' if more > 1 else ''}" if more > 0 else shown


def _counted(count: int, what: str) -> str:
    r"""A number with its noun, as French writes it.

    >>> _counted(1, "page"), _counted(1092, "page")
    ('1 page', '1\u202f092 pages')
    """
    number = f"{count:,}".replace(",", _NARROW_SPACE)
    return f"{number} {what}{'s' if count > 1 else ''}"
