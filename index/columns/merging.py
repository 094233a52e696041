"""Several segments as one, without their deleted documents; in hardly more memory for large ones than for small ones.

Terms are sorted in every segment, so that they are met in order, and each goes to disk before the next. What is kept in
memory is a number for each term, form and document. May import: documents, file, postings, segment, engine.
"""

from __future__ import annotations

from array import array
from heapq import merge as in_order
from itertools import compress, groupby, islice
from operator import itemgetter, le
from typing import TYPE_CHECKING

from index.columns.documents import Documents
from index.columns.file import ColumnsWriter
from index.columns.postings import FieldColumns, add_forms
from index.columns.segment import JOIN_NUMBERS, NO_TERM, Segment
from index.engine import EXACT, STEM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def merge(segments: Sequence[Segment], path: Path) -> None:
    """Write the documents of segments, in their order, as one segment; `path` without the ending."""
    names = sorted({field for segment in segments for field in segment.fields()})
    out = ColumnsWriter(path.with_name(path.name + ".cols"))
    sources = []
    count = 0
    for segment in segments:
        sources.append(_Source(segment, count))
        count += segment.count - len(segment.deleted)
    fields = {}
    for field in names:
        columns = FieldColumns(path.parent, field, count)
        _merge_field(sources, field, columns)
        columns.finish(out)
        fields[field] = columns.terms
        for segment in segments:
            segment.release()
    out.add("fields", "\n".join(names).encode())
    _merge_forms(sources, out, fields)
    documents = Documents(path)
    for source in sources:
        source.copy(documents)
        source.segment.release()
    documents.finish(out)
    out.finish()


class _Source:
    """One of the segments, with what its numbers are in the new one."""

    def __init__(self, segment: Segment, base: int) -> None:
        self.segment = segment
        self.base = base
        self._numbers: array[int] | None = None
        if segment.alive is not None:
            self._numbers = array("I", bytes(4 * segment.count))
            for place, number in enumerate(compress(range(segment.count), segment.alive)):
                self._numbers[number] = base + place
        self.terms: dict[str, array[int]] = {}
        """By field that has forms: the new number of every term."""
        self.forms = array("I", [0])
        """The new number of every form, plus 1 as in the tokens."""

    def met(self, field: str, place: int) -> Iterator[tuple[bytes, int, int]]:
        """The field's terms in order: the term, the place of this source, the term's number here."""
        terms = self.segment.terms(field)
        for number in range(terms.count):
            yield terms.raw(number), place, number

    def postings(self, field: str, number: int) -> tuple[array[int], array[int]]:
        """Who holds a term, by new numbers, and the impacts."""
        documents, weights = self.segment.terms(field).postings(number)
        impacts = array("H", weights if weights is not None else [1] * len(documents))
        if self._numbers is None:
            return array("I", map(self.base.__add__, documents)), impacts
        alive = self.segment.alive
        assert alive is not None  # as numbers are only needed then
        living = list(map(alive.__getitem__, documents))
        new = map(self._numbers.__getitem__, compress(documents, living))
        return array("I", new), array("H", compress(impacts, living))

    def keys(self) -> array[int]:
        """Of every form: its terms' new numbers as one number."""
        exacts, stems = (self.terms.get(field, array("I")) for field in (EXACT, STEM))
        keys = array("Q")
        for exact, stem in zip(*self.segment.form_terms(), strict=True):
            new = NO_TERM if exact == NO_TERM else exacts[exact]
            keys.append(new << 32 | (NO_TERM if stem == NO_TERM else stems[stem]))
        return keys

    def copy(self, documents: Documents) -> None:
        """Its documents that are not deleted."""
        segment, forms = self.segment, self.forms
        for number in range(segment.count):
            if number in segment.deleted:
                continue
            joins = array("I", segment.joins(number))
            for at in range(2, len(joins), JOIN_NUMBERS):
                joins[at] = forms[joins[at]]
            documents.put(
                segment.card(number),
                (segment.days[number], segment.likenesses[number], segment.title_tokens(number)),
                (
                    array("I", map(forms.__getitem__, segment.tokens(number))).tobytes(),
                    segment.span_bytes(number),
                    joins,
                ),
                segment.packed_text(number),
            )


def _merge_field(sources: Sequence[_Source], field: str, columns: FieldColumns) -> None:
    for source in sources:
        if field in (EXACT, STEM):
            source.terms[field] = array("I", [NO_TERM]) * source.segment.terms(field).count
    met = in_order(*(source.met(field, place) for place, source in enumerate(sources)))
    for term, same in groupby(met, key=itemgetter(0)):
        documents, impacts = array("I"), array("H")
        held = [(sources[place], number) for _, place, number in same]
        for source, number in held:
            some, weights = source.postings(field, number)
            documents += some
            impacts += weights
        if not documents:
            continue
        for source, number in held:
            if field in source.terms:
                source.terms[field][number] = columns.terms
        columns.add(term, documents, impacts)


def _merge_forms(sources: Sequence[_Source], out: ColumnsWriter, terms: dict[str, int]) -> None:
    """Forms that are the same in several segments are one; those of deleted documents alone are none."""
    forms = {field: array("I") for field in (EXACT, STEM)}
    keys = [source.keys() for source in sources]
    orders = [_order(held) for held in keys]
    for source, held in zip(sources, keys, strict=True):
        source.forms = array("I", bytes(4 * (len(held) + 1)))
    ordered = [_in_order_of(order, held, place) for place, (held, order) in enumerate(zip(keys, orders, strict=True))]
    met = in_order(*ordered)
    for key, same in groupby(met, key=itemgetter(0)):
        exact, stem = key >> 32, key & NO_TERM
        if exact == NO_TERM:
            continue
        forms[EXACT].append(exact)
        forms[STEM].append(stem)
        for _, place, form in same:
            sources[place].forms[form + 1] = len(forms[EXACT])
    add_forms(out, forms, terms)


def _order(keys: array[int]) -> Sequence[int]:
    """The forms of a segment by their keys; a segment that was merged has them so."""
    if all(map(le, keys, islice(keys, 1, None))):
        return range(len(keys))
    return array("I", sorted(range(len(keys)), key=keys.__getitem__))


def _in_order_of(order: Sequence[int], keys: array[int], place: int) -> Iterator[tuple[int, int, int]]:
    for form in order:
        yield keys[form], place, form
