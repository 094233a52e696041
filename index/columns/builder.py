"""Writes one segment: takes documents and postings as they come, and other segments whole.

May import: documents, file, merging, postings, segment, engine.
"""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING

from index.columns import merging
from index.columns.documents import Documents
from index.columns.file import ColumnsWriter
from index.columns.postings import FieldColumns, add_forms
from index.columns.segment import NO_TERM, Segment
from index.engine import EXACT, GAP_TOKENS, STEM, Document, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SPAN_MAX = 255
"""Blanks and lengths are a byte; a wider blank is several."""
COMPRESSION = 6
_Postings = tuple["array[int]", "array[int]"]


class SegmentBuilder:
    """A segment in the making: texts and tokens go to disk at once, postings stay in memory as columns of numbers."""

    def __init__(self, path: Path) -> None:
        """`path` without the ending."""
        self._path = path
        self._documents = Documents(path)
        self._fields: dict[str, dict[bytes, _Postings]] = {}
        self._forms: dict[tuple[str, str | None], int] = {}
        self._taken: list[Segment] = []
        self.postings = 0
        """How many are in memory."""
        self.closed = False

    @property
    def count(self) -> int:
        """How many documents there are so far."""
        return self._documents.count + sum(segment.count - len(segment.deleted) for segment in self._taken)

    def add_document(self, document: Document) -> None:
        """The next document, but for its postings."""
        stream = _Packer(self._forms)
        stream.take(document.title)
        titles = len(stream.tokens)
        stream.gap()
        stream.take(document.body)
        self._documents.put(
            document.card,
            (document.day, document.likeness, titles),
            (stream.tokens.tobytes(), bytes(stream.blanks + stream.lengths), stream.joins),
            zlib.compress(document.text.encode("utf-8", "surrogatepass"), COMPRESSION),
        )

    def add_posting(self, field: str, term: bytes, document: int, impact: int) -> None:
        """A term that a document holds; documents ascend."""
        terms = self._fields.get(field)
        if terms is None:
            terms = self._fields[field] = {}
        found = terms.get(term)
        if found is None:
            found = terms[term] = (array("I"), array("H"))
        found[0].append(document)
        found[1].append(impact)
        self.postings += 1

    def take(self, segments: Iterable[Segment]) -> None:
        """All documents of these segments that are not deleted, before those that were added."""
        self._taken += segments

    def finish(self) -> None:
        """Write what is still in memory; the segment can be read now."""
        if not self._taken:
            self._write(self._path)
        elif self._documents.count:
            beside = self._path.with_name(f"{self._path.name}.own")
            self._write(self._path)
            for path in self._path.parent.glob(f"{self._path.name}.*"):
                path.rename(path.with_name(beside.name + path.suffix))
            own = Segment(str(beside))
            merging.merge([*self._taken, own], self._path)
            own.close()
            for path in beside.parent.glob(f"{beside.name}.*"):
                path.unlink()
        else:
            self.close()
            merging.merge(self._taken, self._path)
        for segment in self._taken:
            segment.close()

    def _write(self, path: Path) -> None:
        names = sorted(self._fields)
        out = ColumnsWriter(path.with_name(path.name + ".cols"))
        self._documents.finish(out)
        self.closed = True
        out.add("fields", "\n".join(names).encode())
        numbers: dict[str, dict[bytes, int]] = {}
        for field in names:
            postings = self._fields.pop(field)
            columns = FieldColumns(path.parent, field, self._documents.count)
            numbers[field] = {}
            for number, term in enumerate(sorted(postings)):
                columns.add(term, *postings.pop(term))
                if field in (EXACT, STEM):
                    numbers[field][term] = number
            columns.finish(out)
        forms = {
            field: array("I", [self._number(form[place], numbers.get(field, {})) for form in self._forms])
            for place, field in enumerate((EXACT, STEM))
        }
        self._forms = {}
        add_forms(out, forms, {field: len(known) for field, known in numbers.items()})
        out.finish()

    @staticmethod
    def _number(term: str | None, known: Mapping[bytes, int]) -> int:
        return NO_TERM if term is None else known.get(term.encode("utf-8", "surrogatepass"), NO_TERM)

    def close(self) -> None:
        """Stop writing; nothing that was written is readable unless `finish` came first."""
        if not self.closed:
            self.closed = True
            self._documents.close()


class _Packer:
    """The streams of one document as numbers."""

    def __init__(self, forms: dict[tuple[str, str | None], int]) -> None:
        self._forms = forms
        self.tokens, self.joins = array("I"), array("I")
        self.blanks, self.lengths = bytearray(), bytearray()

    def _form(self, exact: str, stem: str | None) -> int:
        return self._forms.setdefault((exact, stem), len(self._forms)) + 1

    def _append(self, form: int, blank: int, length: int) -> None:
        self.tokens.append(form)
        self.blanks.append(blank)
        self.lengths.append(length)

    def gap(self) -> None:
        for _ in range(GAP_TOKENS):
            self._append(0, 0, 0)

    def take(self, stream: Stream) -> None:
        at, places = 0, []
        for exact, stem, start, end in stream.tokens:
            blank = max(0, start - at)
            while blank > SPAN_MAX:
                self._append(0, SPAN_MAX, 0)
                blank -= SPAN_MAX
            places.append(len(self.tokens))
            length = min(end - start, SPAN_MAX)
            self._append(self._form(exact, stem), blank, length)
            at = start + length
        for first, count, exact, stem in stream.joins:
            self.joins.extend((places[first], count, self._form(exact, stem)))
