"""One segment of an index: some documents, their terms, tokens and texts, as columns. Written once, never changed.

    NAME.cols    terms and postings by field, forms, what lists show
    NAME.tokens  every document's tokens in order: numbers of forms, 0 where there is none
    NAME.spans   the blanks before and the lengths of the tokens, in characters
    NAME.texts   the texts, compressed one by one

A weighed field's terms that many documents hold have their holders as bits beside the list, and those that very many
hold their impacts by document as well (`OFTEN`, `COMMON`): what is in every tenth article is rarely read whole.

A form is an exact term with its stem; both have numbers by their place in the sorted terms of their field. Document
numbers here count from 0 in the segment. May import: bits, columns, engine.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from itertools import pairwise, repeat

from index.bits import bits_of
from index.columns.file import Columns, Stored, damaged
from index.engine import EXACT, STEM, WEIGHED, Card

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CARD_TEXTS = 6
"""Address, stamp, title, kind, language, date."""
JOIN_NUMBERS = 3
"""First token, how many, form."""
NO_TERM = 0xFFFFFFFF
OFTEN = 32
"""A term that more than one document in so many holds has its holders as bits: no larger than their list."""
COMMON = 8
"""One that more than one in so many holds has the impacts of all documents in a row. A sixth of the index at 8; its
lists would take half a millisecond each to be read at 50,000 documents."""
LOOKED_UP = 10
"""Finding one document in a list costs as much as reading so many entries of it."""


class Terms:
    """The sorted terms of one field, and who holds them."""

    def __init__(self, columns: Columns, field: str) -> None:
        self._bytes = columns.bytes
        self._start, _ = columns.place(f"{field}.terms")
        self._bounds = columns.column(f"{field}.bounds", "I")
        self._posts = columns.column(f"{field}.posts", "I")
        self._documents = columns.column(f"{field}.docs", "I")
        self._impacts = columns.column(f"{field}.impacts", "H") if field in WEIGHED else None
        self._peaks = columns.column(f"{field}.peaks", "H")
        self._often = columns.column(f"{field}.often", "I")
        self._bits_start, _ = columns.place(f"{field}.bits")
        self._common = columns.column(f"{field}.common", "I")
        self._rows = columns.column(f"{field}.rows", "H")
        self._form_bounds = columns.column(f"{field}.format", "I")
        self._forms = columns.column(f"{field}.forms", "I")
        self.count = max(0, len(self._bounds) - 1)

    def raw(self, number: int) -> bytes:
        """A term's bytes."""
        return self._bytes[self._start + self._bounds[number] : self._start + self._bounds[number + 1]]

    def at(self, term: bytes) -> int:
        """The number of the first term that is not before `term`."""
        return bisect_left(range(self.count), term, key=self.raw)

    def find(self, term: bytes) -> int:
        """The term's number, -1 when no document holds it."""
        number = self.at(term)
        return number if number < self.count and self.raw(number) == term else -1

    def all(self) -> list[bytes]:
        """Every term, sorted; three times as fast as one by one."""
        start, text = self._start, self._bytes
        bounds = [start + bound for bound in self._bounds]
        return [text[low:high] for low, high in pairwise(bounds)]

    def beginning(self, prefix: bytes) -> Iterable[bytes]:
        """Terms that begin so, sorted."""
        return self._from(prefix) if prefix else self.all()

    def _from(self, prefix: bytes) -> Iterator[bytes]:
        for number in range(self.at(prefix), self.count):
            term = self.raw(number)
            if not term.startswith(prefix):
                return
            yield term

    def begun(self, prefix: bytes, count: int) -> int:
        """Documents, of `count`, that hold a term which begins so, as bits: their lists stand side by side."""
        first = self.at(prefix)
        end = first + bisect_left(range(first, self.count), True, key=lambda n: not self.raw(n).startswith(prefix))
        return bits_of(set(self._documents[self._posts[first] : self._posts[end]]), count) if first < end else 0

    def frequency(self, number: int) -> int:
        """How many documents, deleted ones too."""
        return self._posts[number + 1] - self._posts[number]

    def postings(self, number: int) -> tuple[memoryview[int], memoryview[int] | None]:
        """Documents, and impacts where the field has some."""
        start, end = self._posts[number], self._posts[number + 1]
        return self._documents[start:end], self._impacts[start:end] if self._impacts is not None else None

    def peak(self, number: int) -> int:
        """The highest impact, 0 in a field that has none."""
        return self._peaks[number] if len(self._peaks) else 0

    def bits(self, number: int, count: int) -> int:
        """Documents as bits, of `count` in the segment."""
        at = bisect_left(self._often, number)
        if at < len(self._often) and self._often[at] == number:
            size = (count + 7) // 8
            start = self._bits_start + at * size
            return int.from_bytes(self._bytes[start : start + size], "little")
        return bits_of(self.postings(number)[0], count)

    def impacts(self, number: int, documents: Sequence[int], count: int) -> list[int]:
        """A weighed term's impact in each of some documents, ascending; 0 where it is not held."""
        at = bisect_left(self._common, number)
        if at < len(self._common) and self._common[at] == number:
            row = self._rows[at * count : (at + 1) * count]
            return list(map(row.__getitem__, documents))
        held, weights = self.postings(number)
        assert weights is not None  # the field is a weighed one
        if len(documents) * LOOKED_UP > len(held):
            return list(map(dict(zip(held, weights, strict=True)).get, documents, repeat(0)))
        found, place = [], 0
        for document in documents:
            place = bisect_left(held, document, place)
            found.append(weights[place] if place < len(held) and held[place] == document else 0)
        return found

    def forms(self, number: int) -> Sequence[int]:
        """Forms that have this term."""
        if not len(self._form_bounds):
            return ()
        return self._forms[self._form_bounds[number] : self._form_bounds[number + 1]]


class Segment:
    """A segment opened for reading. Whoever opens it knows its deleted documents."""

    def __init__(self, path: str, base: int = 0, deleted: Sequence[int] = ()) -> None:
        """`path` without the ending; `base` is added to make numbers of the whole index."""
        self._path = path
        self.base = base
        self._columns = Columns(path + ".cols")
        self._terms: dict[str, Terms] = {}
        self._stored: dict[str, Stored] = {}
        self.days = self._columns.column("days", "I")
        self.likenesses = self._columns.column("likenesses", "Q")
        self._cards = self._columns.column("cards", "I")
        self._card_start, _ = self._columns.place("card.texts")
        self._token_bounds = self._columns.column("tokenat", "Q")
        self._titles = self._columns.column("titles", "I")
        self._text_bounds = self._columns.column("textat", "Q")
        self._join_bounds = self._columns.column("joinat", "I")
        self._joins = self._columns.column("joins", "I")
        self.count = len(self.days)
        self.deleted = frozenset(deleted)
        self.alive: bytearray | None = None
        self.gone = 0
        """The deleted documents as bits."""
        if self.deleted:
            self.alive = bytearray(b"\1" * self.count)
            for number in self.deleted:
                self.alive[number] = 0
            self.gone = bits_of(self.deleted, self.count)
        if len(self._token_bounds) != self.count + 1 or len(self._text_bounds) != self.count + 1:
            damaged(path, "its columns do not agree")

    def terms(self, field: str) -> Terms:
        """The terms of a field."""
        found = self._terms.get(field)
        if found is None:
            found = self._terms[field] = Terms(self._columns, field)
        return found

    def fields(self) -> list[str]:
        """Fields that some document has."""
        start, end = self._columns.place("fields")
        return self._columns.bytes[start:end].decode().split()

    def hold(self) -> None:
        """Open what is read later: by then, the folder may have made room for newer ones."""
        for ending in (".tokens", ".spans", ".texts"):
            self._file(ending)

    def _file(self, ending: str) -> Stored:
        found = self._stored.get(ending)
        if found is None:
            tokens = self._token_bounds[self.count]
            sizes = {".tokens": 4 * tokens, ".spans": 2 * tokens, ".texts": self._text_bounds[self.count]}
            found = self._stored[ending] = Stored(self._path + ending, sizes[ending])
        return found

    def check(self) -> None:
        """Read everything once; ArchiveDamaged when something is broken."""
        forms = len(self.form_terms()[0])
        for number in range(self.count):
            self.card(number)
            self.text(number)
            if len(self.span_bytes(number)) != 2 * len(self.tokens(number)):
                damaged(self._path, "tokens and spans do not agree")
            if max(self.tokens(number), default=0) > forms:
                damaged(self._path, "a token is of no form")

    def card(self, number: int) -> Card:
        """What a list shows of a document."""
        at, start = self._cards, self._card_start
        first = number * CARD_TEXTS
        return Card(
            *(
                self._columns.bytes[start + at[i] : start + at[i + 1]].decode("utf-8", "surrogatepass")
                for i in range(first, first + CARD_TEXTS)
            )
        )

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Address and stamp of every document that is not deleted: a fifth of the time that whole cards take."""
        start, texts = self._card_start, self._columns.bytes
        bounds = self._cards.tolist()
        for number in range(self.count):
            if number not in self.deleted:
                url, stamp, title = (start + bound for bound in bounds[CARD_TEXTS * number : CARD_TEXTS * number + 3])
                yield texts[url:stamp].decode("utf-8", "surrogatepass"), texts[stamp:title].decode()

    def packed_text(self, number: int) -> bytes:
        """A document's text as it stands in the file."""
        return self._file(".texts").read(self._text_bounds[number], self._text_bounds[number + 1])

    def text(self, number: int) -> str:
        """A document's text."""
        try:
            return zlib.decompress(self.packed_text(number)).decode("utf-8", "surrogatepass")
        except (zlib.error, UnicodeDecodeError):
            damaged(self._path, "a text is broken")

    def token_bytes(self, number: int) -> bytes:
        """A document's tokens, four bytes each."""
        return self._file(".tokens").read(4 * self._token_bounds[number], 4 * self._token_bounds[number + 1])

    def tokens(self, number: int) -> memoryview[int]:
        """Numbers of forms, plus 1; 0 where there is no word."""
        return memoryview(self.token_bytes(number)).cast("I")

    def title_tokens(self, number: int) -> int:
        """How many of the tokens are the title's."""
        return self._titles[number]

    def span_bytes(self, number: int) -> bytes:
        """The blanks before all tokens, then their lengths, a byte each."""
        return self._file(".spans").read(2 * self._token_bounds[number], 2 * self._token_bounds[number + 1])

    def joins(self, number: int) -> Sequence[int]:
        """JOIN_NUMBERS numbers for every second reading."""
        return self._joins[self._join_bounds[number] : self._join_bounds[number + 1]]

    def forms_of(self, field: str, term: str) -> Sequence[int]:
        """Forms, plus 1 as in the tokens, that have the term."""
        terms = self.terms(field)
        number = terms.find(term.encode("utf-8", "surrogatepass"))
        return [form + 1 for form in terms.forms(number)] if number >= 0 else ()

    def form_terms(self) -> tuple[memoryview[int], memoryview[int]]:
        """By form: the number of its exact term, and of its stem (NO_TERM when it has none)."""
        return self._columns.column(f"form.{EXACT}", "I"), self._columns.column(f"form.{STEM}", "I")

    def release(self) -> None:
        """Hold nothing of the files in memory, and no file open but that of the columns."""
        self._columns.release()
        self._stored = {}

    def close(self) -> None:
        """Let go of the files."""
        self._terms.clear()
        self._columns.close()
        self._stored = {}
