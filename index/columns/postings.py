"""The columns of one field in the making, term by term: who holds it, with which impact; and the forms behind terms.

May import: bits, file, segment, engine.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

from index.bits import bits_of
from index.columns.file import Spool
from index.columns.segment import COMMON, NO_TERM, OFTEN
from index.engine import EXACT, STEM, WEIGHED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from index.columns.file import ColumnsWriter

PLAIN = ("terms", "bounds", "posts", "docs")
WITH_IMPACTS = ("impacts", "peaks", "often", "bits", "common", "rows")
GATHERED = 50_000
"""Numbers of a column that are held before they are written."""


class FieldColumns:
    """One field of a segment of `count` documents; terms come sorted."""

    def __init__(self, folder: Path, field: str, count: int) -> None:
        self._field, self._count = field, count
        self._names = PLAIN + (WITH_IMPACTS if field in WEIGHED else ())
        self._columns = {name: Spool(folder) for name in self._names}
        self._text_bytes = self._posted = self.terms = 0
        # Small pieces are gathered: writing each takes longer than making it.
        self._text, self._bounds, self._posts = bytearray(), array("I", [0]), array("I", [0])
        self._documents, self._impacts, self._peaks = array("I"), array("H"), array("H")

    def add(self, term: bytes, documents: array[int], impacts: array[int]) -> None:
        """The next term, and who holds it, ascending."""
        self._text += term
        self._text_bytes += len(term)
        self._bounds.append(self._text_bytes)
        self._documents += documents
        self._posted += len(documents)
        self._posts.append(self._posted)
        if self._field in WEIGHED:
            self._impacts += impacts
            self._peaks.append(max(impacts))
            if len(documents) * OFTEN > self._count:
                self._held_by_many(documents, impacts)
        self.terms += 1
        if len(self._documents) + len(self._bounds) > GATHERED:
            self._write()

    def _write(self) -> None:
        gathered: tuple[array[int] | bytearray, ...] = (self._text, self._bounds, self._posts)
        gathered += (self._documents, self._impacts, self._peaks)
        for name, column in zip((*PLAIN, *WITH_IMPACTS[:2]), gathered, strict=True):
            if name in self._columns:
                self._columns[name].write(column)
            del column[:]

    def _held_by_many(self, documents: array[int], impacts: array[int]) -> None:
        columns = self._columns
        columns["often"].write(array("I", [self.terms]))
        columns["bits"].write(bits_of(documents, self._count).to_bytes((self._count + 7) // 8, "little"))
        if len(documents) * COMMON > self._count:
            columns["common"].write(array("I", [self.terms]))
            row = array("H", bytes(2 * self._count))
            for document, impact in zip(documents, impacts, strict=True):
                row[document] = impact
            columns["rows"].write(row)

    def finish(self, out: ColumnsWriter) -> None:
        """All terms were there."""
        self._write()
        for name in self._names:
            out.add(f"{self._field}.{name}", self._columns[name])


def add_forms(out: ColumnsWriter, forms: Mapping[str, Sequence[int]], terms: Mapping[str, int]) -> None:
    """By field, EXACT and STEM: every form's term (NO_TERM: none), and by term its forms."""
    for field in (EXACT, STEM):
        by_form = forms[field]
        counts = array("I", bytes(4 * (terms.get(field, 0) + 1)))
        for term in by_form:
            if term != NO_TERM:
                counts[term + 1] += 1
        bounds = array("I", accumulate(counts))
        free, by_term = array("I", bounds), array("I", bytes(4 * bounds[-1]))
        for form, term in enumerate(by_form):
            if term != NO_TERM:
                by_term[free[term]] = form
                free[term] += 1
        out.add(f"form.{field}", array("I", by_form))
        out.add(f"{field}.format", bounds)
        out.add(f"{field}.forms", by_term)
