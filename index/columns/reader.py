"""Reads an index of column files, whichever writer made them: several segments as one.

May import: bits, file, segment, engine.

    columns      which segments there are, one a line: name, documents, deleted ones
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain, compress, product
from sys import byteorder

from index.columns.file import damaged
from index.columns.segment import JOIN_NUMBERS, Segment
from index.engine import Found, Postings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from index.columns.segment import Terms
    from index.engine import Card

MANIFEST = "columns"
_PATTERNS_MAX = 64
"""Spellings of a phrase that are looked for as bytes; with more, token by token."""
_FORMS_SEARCHED = 8
"""So many forms are found faster by searching bytes for each than by looking at every token (4 µs against 42 µs for a
thousand tokens)."""
_TERM = 4
_NOTHING = Postings()


def manifest_lines(segments: Iterable[tuple[str, int, Iterable[int]]]) -> str:
    r"""What MANIFEST holds, for segments in order: name, number of documents, deleted ones.

    >>> manifest_lines([("MAIN_a", 3, [1]), ("MAIN_b", 2, [])])
    'MAIN_a 3 1\nMAIN_b 2\n'
    """
    return "".join(" ".join(map(str, (name, count, *sorted(deleted)))) + "\n" for name, count, deleted in segments)


def _open_segments(folder: str) -> list[Segment]:
    try:
        with open(f"{folder}/{MANIFEST}", encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes 4 ms to import
            lines = [line.split() for line in file]
    except FileNotFoundError:
        damaged(folder, "it is incomplete")
    except (OSError, UnicodeDecodeError) as wrong:
        damaged(folder, str(wrong))
    segments, base = [], 0
    for name, *numbers in lines:
        try:
            count, *gone = map(int, numbers)
        except ValueError:
            damaged(folder, "its list of segments is broken")
        segment = Segment(f"{folder}/{name}", base, gone)
        if segment.count != count:
            damaged(folder, "a segment is another's")
        segment.hold()
        segments.append(segment)
        base += count
    return segments


class ColumnsReader:
    """A state of the index on disk."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._segments = _open_segments(folder)
        self._bound = sum(segment.count for segment in self._segments)
        self._days: Sequence[int] | None = None
        self._likenesses: Sequence[int] | None = None

    def size(self) -> int:
        """How many documents there are."""
        return self._bound - sum(len(segment.deleted) for segment in self._segments)

    def bound(self) -> int:
        """One more than the highest document number."""
        return self._bound

    def documents(self) -> int:
        """All documents that are not deleted, as bits."""
        found = 0
        for segment in self._segments:
            found |= ((1 << segment.count) - 1 & ~segment.gone) << segment.base
        return found

    def _segment(self, document: int) -> Segment:
        for segment in self._segments:
            if document - segment.base < segment.count:
                return segment
        raise IndexError(document)

    def postings(self, field: str, term: str) -> Postings:
        """Documents and impacts: views into the file where one segment without deletions holds all, else copies."""
        found = []
        encoded = term.encode("utf-8", "surrogatepass")
        for segment in self._segments:
            terms = segment.terms(field)
            number = terms.find(encoded)
            if number >= 0:
                found.append(_living(segment, *terms.postings(number)))
        if len(found) == 1:
            return Postings(*found[0])
        if not found:
            return _NOTHING
        documents: list[int] = []
        impacts: list[int] = []
        for some, weights in found:
            documents.extend(some)
            impacts.extend(weights)
        return Postings(documents, impacts)

    def held(self, field: str, term: str) -> ColumnsHeld:
        """Documents, and impacts on demand."""
        encoded, found = term.encode("utf-8", "surrogatepass"), []
        for segment in self._segments:
            terms = segment.terms(field)
            number = terms.find(encoded)
            if number >= 0:
                found.append((segment, terms, number))
        return ColumnsHeld(found)

    def frequency(self, field: str, term: str) -> int:
        """How many documents hold a term, deleted ones counted."""
        encoded, total = term.encode("utf-8", "surrogatepass"), 0
        for segment in self._segments:
            terms = segment.terms(field)
            number = terms.find(encoded)
            if number >= 0:
                total += terms.frequency(number)
        return total

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """Sorted terms with the prefix."""
        start = prefix.encode("utf-8", "surrogatepass")
        found = [segment.terms(field).beginning(start) for segment in self._segments]
        if len(found) > 1:
            # Only a grown index needs it, and it would cost every search its import.
            from heapq import merge  # noqa: PLC0415

            last = None
            for term in merge(*found):
                if term != last:
                    last = term
                    yield term.decode("utf-8", "surrogatepass")
            return
        for terms in found:
            for term in terms:
                yield term.decode("utf-8", "surrogatepass")

    def begun(self, field: str, prefix: str) -> int:
        """Documents of all terms with the prefix, as bits."""
        start, found = prefix.encode("utf-8", "surrogatepass"), 0
        for segment in self._segments:
            found |= (segment.terms(field).begun(start, segment.count) & ~segment.gone) << segment.base
        return found

    def holders(self, field: str) -> Iterator[tuple[str, Sequence[int]]]:
        """Every term and who holds it."""
        if len(self._segments) != 1 or self._segments[0].alive is not None:
            for term in self.terms(field):
                if documents := self.postings(field, term).documents:
                    yield term, documents
            return
        terms = self._segments[0].terms(field)
        for number, encoded in enumerate(terms.all()):
            yield encoded.decode("utf-8", "surrogatepass"), terms.postings(number)[0]

    def finder(self, groups: Sequence[Iterable[tuple[str, str]]]) -> ColumnsFinder:
        """Finds the terms in documents."""
        return ColumnsFinder(self._segment, [tuple(group) for group in groups])

    def days(self) -> Sequence[int]:
        """Days by document."""
        if self._days is None:
            self._days = _whole([segment.days for segment in self._segments])
        return self._days

    def likenesses(self) -> Sequence[int]:
        """Likenesses by document."""
        if self._likenesses is None:
            self._likenesses = _whole([segment.likenesses for segment in self._segments])
        return self._likenesses

    def card(self, document: int) -> Card:
        """What lists show."""
        segment = self._segment(document)
        return segment.card(document - segment.base)

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Address and stamp of every document."""
        return chain.from_iterable(segment.stamps() for segment in self._segments)

    def text(self, document: int) -> str:
        """The text."""
        segment = self._segment(document)
        return segment.text(document - segment.base)

    def segments(self) -> Sequence[Segment]:
        """The segments, for whoever writes the next state."""
        return self._segments

    def check(self) -> None:
        """Read every file to its end; ArchiveDamaged when something is broken."""
        for segment in self._segments:
            segment.check()

    def close(self) -> None:
        """Let go of the files."""
        for segment in self._segments:
            segment.close()


def _whole(parts: list[memoryview[int]]) -> Sequence[int]:
    if len(parts) == 1:
        return parts[0]
    return list(chain.from_iterable(parts))


def _living(
    segment: Segment, documents: memoryview[int], impacts: memoryview[int] | None
) -> tuple[Sequence[int], Sequence[int]]:
    weights: Sequence[int] = impacts if impacts is not None else b"\1" * len(documents)
    numbers: Sequence[int] = documents
    if segment.alive is not None:
        living = list(map(segment.alive.__getitem__, documents))
        numbers, weights = list(compress(documents, living)), list(compress(weights, living))
    return list(map(segment.base.__add__, numbers)) if segment.base else numbers, weights


class ColumnsHeld:
    """Who holds one term, in the segments that have it."""

    def __init__(self, parts: list[tuple[Segment, Terms, int]]) -> None:
        self._parts = parts
        self.bits = 0
        for segment, terms, number in parts:
            self.bits |= (terms.bits(number, segment.count) & ~segment.gone) << segment.base
        self.count = self.bits.bit_count()
        self.peak = max((terms.peak(number) for _, terms, number in parts), default=0)

    def impacts(self, documents: Sequence[int]) -> list[int]:
        """Impacts by document."""
        if len(self._parts) == 1 and not self._parts[0][0].base:
            segment, terms, number = self._parts[0]
            if not documents or documents[-1] < segment.count:
                return terms.impacts(number, documents, segment.count)
        found: list[int] = []
        for segment, terms, number in self._parts:
            base, end = segment.base, bisect_left(documents, segment.base + segment.count)
            start = bisect_left(documents, base)
            found += [0] * (start - len(found))
            found += terms.impacts(number, list(map((-base).__add__, documents[start:end])), segment.count)
        return found + [0] * (len(documents) - len(found))


class ColumnsFinder:
    """Terms of a question, as numbers of forms, segment by segment."""

    def __init__(self, segment_of: Callable[[int], Segment], groups: list[tuple[tuple[str, str], ...]]) -> None:
        self._segment_of = segment_of
        self._groups = groups
        self._forms: dict[int, list[set[int]]] = {}
        self._group_of: dict[int, dict[int, int]] = {}
        self._patterns: dict[int, list[bytes] | None] = {}

    def _by_group(self, segment: Segment) -> list[set[int]]:
        found = self._forms.get(segment.base)
        if found is None:
            found = [
                {form for field, term in group for form in segment.forms_of(field, term)} for group in self._groups
            ]
            self._forms[segment.base] = found
        return found

    def _wanted(self, segment: Segment) -> dict[int, int]:
        found = self._group_of.get(segment.base)
        if found is None:
            found = {}
            for group, forms in enumerate(self._by_group(segment)):
                for form in forms:
                    found.setdefault(form, group)
            self._group_of[segment.base] = found
        return found

    def tokens(self, document: int) -> list[tuple[int, int]]:
        """(token number, group) of every match, ascending."""
        segment = self._segment_of(document)
        number = document - segment.base
        wanted = self._wanted(segment)
        found = _places(segment.token_bytes(number), wanted)
        joins = segment.joins(number)
        for at in range(0, len(joins), JOIN_NUMBERS):
            group = wanted.get(joins[at + 2])
            if group is not None:
                found.append((joins[at], group))
        if len(joins):
            found.sort()
        return found

    def found(self, document: int) -> tuple[list[Found], list[Found]]:
        """Matches in title and text with their characters."""
        segment = self._segment_of(document)
        number = document - segment.base
        wanted = self._wanted(segment)
        matches = {at: (at, group) for at, group in _places(segment.token_bytes(number), wanted)}
        joins = segment.joins(number)
        for at in range(0, len(joins), JOIN_NUMBERS):
            first, count, form = joins[at : at + JOIN_NUMBERS]
            if form in wanted:
                matches[first] = (first + count - 1, wanted[form])
        titles = segment.title_tokens(number)
        spans = segment.span_bytes(number)
        half = len(spans) // 2
        found: tuple[list[Found], list[Found]] = ([], [])
        for part, (low, high) in enumerate(((0, titles), (titles, half))):
            token, character = low, 0
            for first in sorted(at for at in matches if low <= at < high):
                last, group = matches[first]
                character += sum(spans[token:first]) + sum(spans[half + token : half + first])
                start, token = character + spans[first], first
                end = start + spans[half + first]
                end += sum(spans[first + 1 : last + 1]) + sum(spans[half + first + 1 : half + last + 1])
                found[part].append(Found(group, first, start, end))
        return found

    def phrase(self, document: int) -> bool:
        """Whether the groups' terms stand side by side, in order."""
        segment = self._segment_of(document)
        number = document - segment.base
        patterns = self._phrase_patterns(segment)
        if patterns is not None:
            held = segment.token_bytes(number)
            if any(_holds(held, pattern) for pattern in patterns):
                return True
        else:
            forms, tokens = self._by_group(segment), segment.tokens(number)
            if any(
                all(tokens[at + place] in slot for place, slot in enumerate(forms))
                for at in range(len(tokens) - len(forms) + 1)
            ):
                return True
        return len(self._groups) == 1 and bool(self.tokens(document))

    def _phrase_patterns(self, segment: Segment) -> list[bytes] | None:
        if segment.base not in self._patterns:
            forms = self._by_group(segment)
            spellings = 1
            for slot in forms:
                spellings *= len(slot)
            self._patterns[segment.base] = (
                [b"".join(form.to_bytes(_TERM, byteorder) for form in each) for each in product(*forms)]
                if spellings <= _PATTERNS_MAX
                else None
            )
        return self._patterns[segment.base]


def _places(tokens: bytes, wanted: Mapping[int, int]) -> list[tuple[int, int]]:
    """(token number, group) of every wanted form, ascending."""
    if len(wanted) > _FORMS_SEARCHED:
        return [(at, wanted[form]) for at, form in enumerate(memoryview(tokens).cast("I")) if form in wanted]
    found = []
    for form, group in wanted.items():
        pattern = form.to_bytes(_TERM, byteorder)
        at = tokens.find(pattern)
        while at >= 0:
            if not at % _TERM:
                found.append((at // _TERM, group))
            at = tokens.find(pattern, at + 1)
    found.sort()
    return found


def _holds(tokens: bytes, pattern: bytes) -> bool:
    at = tokens.find(pattern) if pattern else -1
    while at >= 0 and at % _TERM:
        at = tokens.find(pattern, at + 1)
    return at >= 0
