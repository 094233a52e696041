"""Writes one segment: takes documents and postings as they come, and other segments whole.

May import: bits, file, segment, engine.
"""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING, BinaryIO

from index.bits import bits_of
from index.columns.file import write_columns
from index.columns.segment import COMMON, JOIN_NUMBERS, NO_TERM, OFTEN, Segment
from index.engine import EXACT, GAP_TOKENS, STEM, WEIGHED, Card, Document, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
        self._tokens = _create(path, ".tokens")
        self._spans = _create(path, ".spans")
        self._texts = _create(path, ".texts")
        self._fields: dict[str, dict[bytes, _Postings]] = {}
        self._forms: dict[tuple[str, str | None], int] = {}
        self._cards, self._card_texts = array("I", [0]), bytearray()
        self._days, self._likenesses, self._titles = array("I"), array("Q"), array("I")
        self._token_bounds, self._text_bounds = array("Q", [0]), array("Q", [0])
        self._join_bounds, self._joins = array("I", [0]), array("I")
        self.closed = False

    @property
    def count(self) -> int:
        """How many documents there are so far."""
        return len(self._days)

    def add_document(self, document: Document) -> None:
        """The next document, but for its postings."""
        stream = _Packer(self._forms)
        stream.take(document.title)
        titles = len(stream.tokens)
        stream.gap()
        stream.take(document.body)
        self._put(
            document.card,
            (document.day, document.likeness, titles),
            (stream.tokens.tobytes(), bytes(stream.blanks + stream.lengths), stream.joins),
            zlib.compress(document.text.encode("utf-8", "surrogatepass"), COMPRESSION),
        )

    def _put(
        self,
        card: Card,
        numbers: tuple[int, int, int],
        stream: tuple[bytes, bytes, Sequence[int]],
        text: bytes,
    ) -> None:
        for shown in (card.url, card.stamp, card.title, card.kind, card.language, card.date):
            self._card_texts += shown.encode("utf-8", "surrogatepass")
            self._cards.append(len(self._card_texts))
        day, likeness, titles = numbers
        self._days.append(day)
        self._likenesses.append(likeness)
        self._titles.append(titles)
        tokens, spans, joins = stream
        self._tokens.write(tokens)
        self._spans.write(spans)
        self._token_bounds.append(self._token_bounds[-1] + len(tokens) // 4)
        self._joins.extend(joins)
        self._join_bounds.append(len(self._joins))
        self._texts.write(text)
        self._text_bounds.append(self._text_bounds[-1] + len(text))

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

    def take(self, segment: Segment) -> None:
        """All documents of a segment that are not deleted."""
        kept = [number for number in range(segment.count) if number not in segment.deleted]
        first = self.count
        renumbered = {old: first + place for place, old in enumerate(kept)}
        forms = self._take_forms(segment)
        for number in kept:
            self._take_document(segment, number, forms)
        for field in segment.fields():
            terms = segment.terms(field)
            own = self._fields.setdefault(field, {})
            for term in range(terms.count):
                documents, impacts = terms.postings(term)
                weights = impacts if impacts is not None else (1,) * len(documents)
                pairs = [(renumbered[d], i) for d, i in zip(documents, weights, strict=True) if d in renumbered]
                if pairs:
                    to_documents, to_impacts = own.setdefault(terms.raw(term), (array("I"), array("H")))
                    to_documents.extend(d for d, _ in pairs)
                    to_impacts.extend(i for _, i in pairs)

    def _take_forms(self, segment: Segment) -> list[int]:
        """By the segment's number of a form, plus 1: ours, plus 1."""
        exacts, stems = segment.terms(EXACT), segment.terms(STEM)
        taken = [0]
        for exact, stem in zip(*segment.form_terms(), strict=True):
            if exact == NO_TERM:
                # Only documents that were deleted before the segment was made had it.
                taken.append(0)
                continue
            form = (
                exacts.raw(exact).decode("utf-8", "surrogatepass"),
                None if stem == NO_TERM else stems.raw(stem).decode("utf-8", "surrogatepass"),
            )
            taken.append(self._forms.setdefault(form, len(self._forms)) + 1)
        return taken

    def _take_document(self, segment: Segment, number: int, forms: list[int]) -> None:
        joins = array("I", segment.joins(number))
        for at in range(2, len(joins), JOIN_NUMBERS):
            joins[at] = forms[joins[at]]
        self._put(
            segment.card(number),
            (segment.days[number], segment.likenesses[number], segment.title_tokens(number)),
            (
                array("I", map(forms.__getitem__, segment.tokens(number))).tobytes(),
                segment.span_bytes(number),
                joins,
            ),
            segment.packed_text(number),
        )

    def finish(self) -> None:
        """Write what is still in memory; the segment can be read now."""
        self.close()
        columns: dict[str, array[int] | bytes | bytearray] = {
            "days": self._days,
            "likenesses": self._likenesses,
            "cards": self._cards,
            "card.texts": self._card_texts,
            "titles": self._titles,
            "tokenat": self._token_bounds,
            "textat": self._text_bounds,
            "joinat": self._join_bounds,
            "joins": self._joins,
            "fields": "\n".join(sorted(self._fields)).encode(),
        }
        numbers: dict[str, dict[bytes, int]] = {}
        for field in sorted(self._fields):
            numbers[field] = self._field_columns(field, columns)
        self._form_columns(numbers, columns)
        write_columns(self._path.with_name(self._path.name + ".cols"), columns)

    def _field_columns(self, field: str, columns: dict[str, array[int] | bytes | bytearray]) -> dict[bytes, int]:
        postings = self._fields.pop(field)
        text, bounds, posts = bytearray(), array("I", [0]), array("I", [0])
        documents, impacts = array("I"), array("H")
        held_by_many = _HeldByMany(self.count)
        numbers = {}
        for number, term in enumerate(sorted(postings)):
            numbers[term] = number
            held, weights = postings.pop(term)
            text += term
            bounds.append(len(text))
            documents += held
            if field in WEIGHED:
                impacts += weights
                held_by_many.add(number, held, weights)
            posts.append(len(documents))
        columns |= {
            f"{field}.terms": text,
            f"{field}.bounds": bounds,
            f"{field}.posts": posts,
            f"{field}.docs": documents,
        }
        if field in WEIGHED:
            columns[f"{field}.impacts"] = impacts
            columns |= {f"{field}.{name}": column for name, column in held_by_many.columns().items()}
        return numbers

    def _form_columns(
        self, numbers: Mapping[str, Mapping[bytes, int]], columns: dict[str, array[int] | bytes | bytearray]
    ) -> None:
        for place, field in enumerate((EXACT, STEM)):
            known = numbers.get(field, {})
            by_form = array("I")
            for form in self._forms:
                term = form[place]
                number = NO_TERM if term is None else known.get(term.encode("utf-8", "surrogatepass"), NO_TERM)
                by_form.append(number)
            columns[f"form.{field}"] = by_form
            columns[f"{field}.format"], columns[f"{field}.forms"] = _inverted(by_form, len(known))

    def close(self) -> None:
        """Stop writing; nothing that was written is readable unless `finish` came first."""
        if not self.closed:
            self.closed = True
            for file in (self._tokens, self._spans, self._texts):
                file.close()


class _HeldByMany:
    """Bits and rows of the terms that many of `count` documents hold, and every term's highest impact."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._peaks, self._rows = array("H"), array("H")
        self._often, self._common = array("I"), array("I")
        self._bits = bytearray()

    def add(self, number: int, documents: array[int], impacts: array[int]) -> None:
        """The next term."""
        self._peaks.append(max(impacts))
        if len(documents) * OFTEN > self._count:
            self._often.append(number)
            self._bits += bits_of(documents, self._count).to_bytes((self._count + 7) // 8, "little")
        if len(documents) * COMMON > self._count:
            self._common.append(number)
            row = array("H", bytes(2 * self._count))
            for document, impact in zip(documents, impacts, strict=True):
                row[document] = impact
            self._rows += row

    def columns(self) -> dict[str, array[int] | bytes | bytearray]:
        """By the end of their name."""
        names = ("peaks", "often", "bits", "common", "rows")
        return dict(zip(names, (self._peaks, self._often, self._bits, self._common, self._rows), strict=True))


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


def _create(path: Path, ending: str) -> BinaryIO:
    return path.with_name(path.name + ending).open("wb")


def _inverted(by_form: Iterable[int], terms: int) -> tuple[array[int], array[int]]:
    """Forms by term, from the term of every form."""
    by_term: list[list[int]] = [[] for _ in range(terms)]
    for form, term in enumerate(by_form):
        if term != NO_TERM:
            by_term[term].append(form)
    bounds, forms = array("I", [0]), array("I")
    for found in by_term:
        forms.extend(found)
        bounds.append(len(forms))
    return bounds, forms
