"""The protocol every search engine implements: documents of terms in, columns out. Engine-neutral.

An engine stores which document holds which term and how much that tells of it, each document's tokens in their order,
and its text. What a term is (`french`), what a query means (`query`) and what ranks first (`ranking`) are ours and
the same for every engine. May import: record.
"""

from __future__ import annotations

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol
else:
    Protocol = object

STEM = "stem"
"""Stemmed terms of the whole article, fields weighed."""
EXACT = "exact"
"""Its words as they are spelt, but for case and accents."""
TITLE = "title"
"""Stemmed terms of the title alone, for `titre:`."""
FACETS = ("country", "city", "theme", "partner", "programme", "kind", "year", "language")
"""Fields of whole values, `code TAB label`, for filters and counts."""
EVENT = "event"
"""Spans of dates that the article tells of, `first TAB last` (`date.toordinal`)."""
AMOUNT = "amount"
"""Sums that it names, `currency TAB value`."""
ACRONYM = "acronym"
"""What it spells out, `acronym TAB long form`; the book of acronyms is learned from all of them."""
URL = "url"
WEIGHED = (STEM, EXACT)
"""Fields whose postings have impacts; in the others a document holds a term or does not."""
FIELDS = (STEM, EXACT, TITLE, *FACETS, EVENT, AMOUNT, ACRONYM, URL)

IMPACT_MAX = 65_535
"""An impact says how much of the best possible score (its BM25 saturation) a term gives a document."""
GAP_TOKENS = 8
"""Empty places between title and text, so that no nearness and no phrase reaches across."""


if TYPE_CHECKING:
    Token = tuple[str, str | None, int, int]
    """A word at its place: exact term, stem (None for words of no weight), characters from and to before."""
    Join = tuple[int, int, str, str | None]
    """A second reading of some tokens (« e-sport » is « esport » too): first number, how many, exact, stem."""


class Stream(Record):
    """A text's tokens in order, and what else they may be read as."""

    tokens: Sequence[Token] = ()
    joins: Sequence[Join] = ()


class Card(Record):
    """What a list of results says of a document without opening the article; `date` is ISO 8601, "" when unknown."""

    url: str
    stamp: str
    title: str
    kind: str = ""
    language: str = ""
    date: str = ""


class Document(Record):
    """An article as an engine sees it. `stamp` (in the card) tells whether it must be written again.

    `terms`: field → term → impact (1 where the field has none). `day`: of publication (`date.toordinal`), 0 when
    unknown. `likeness`: 64 bits that near copies share, 0 when it has none.
    """

    card: Card
    text: str
    title: Stream
    body: Stream
    terms: Mapping[str, Mapping[str, int]]
    day: int = 0
    likeness: int = 0


class Postings(Record):
    """Documents that hold a term, ascending, and the impact in each."""

    documents: Sequence[int] = ()
    impacts: Sequence[int] = ()


class Held(Protocol):
    """Who holds a term.

    `bits`: the documents, as in `index.bits`; `count`: how many; `peak`: no document has a higher impact, 0 in a field
    that has none.
    """

    bits: int
    count: int
    peak: int

    def impacts(self, documents: Sequence[int]) -> Sequence[int]:
        """In a WEIGHED field: the impact in each of some documents, which ascend; 0 where it is not held."""


class Found(Record):
    """A wanted term in a document: which group of terms, and the span of its characters."""

    group: int
    token: int
    start: int
    end: int


class Finder(Protocol):
    """Finds terms of several groups in documents; made once a question, asked for each document."""

    def tokens(self, document: int) -> list[tuple[int, int]]:
        """(token number, group) of every match in title and text, ascending."""

    def found(self, document: int) -> tuple[list[Found], list[Found]]:
        """Matches in the title and in the text, with their places, joined readings included."""

    def phrase(self, document: int) -> bool:
        """Whether a token of group 0, one of group 1 … stand side by side."""


class Reader(Protocol):
    """One state of an index, unchanging however long it is read. Document numbers are valid in this reader only."""

    def size(self) -> int:
        """How many documents there are."""

    def bound(self) -> int:
        """Every document number is below it; some below it may be of no document."""

    def documents(self) -> int:
        """All documents, as bits."""

    def postings(self, field: str, term: str) -> Postings:
        """Who holds a term; empty for unknown ones."""

    def held(self, field: str, term: str) -> Held:
        """The same, to be asked about some documents instead of read whole."""

    def frequency(self, field: str, term: str) -> int:
        """How many documents hold a term; may count some that are deleted."""

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """The field's terms that begin with `prefix`, sorted; some may belong to no document any more."""

    def begun(self, field: str, prefix: str) -> int:
        """The documents that hold any of those terms, as bits."""

    def holders(self, field: str) -> Iterator[tuple[str, Sequence[int]]]:
        """Every term of a field, sorted, and the documents that hold it; terms that none holds are left out."""

    def finder(self, groups: Sequence[Iterable[tuple[str, str]]]) -> Finder:
        """A finder of (field, term) pairs, STEM or EXACT, by group."""

    def days(self) -> Sequence[int]:
        """By document number: the day of publication (`date.toordinal`), 0 when unknown."""

    def likenesses(self) -> Sequence[int]:
        """By document number: the likeness."""

    def card(self, document: int) -> Card:
        """What a result list shows."""

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Address and stamp of every document."""

    def text(self, document: int) -> str:
        """The text, as it was indexed."""

    def check(self) -> None:
        """Read everything once; `ArchiveDamaged` when something is broken."""

    def close(self) -> None:
        """Let go of the files."""


class Engine(Protocol):
    """Where documents are kept."""

    def open(self, folder: Path) -> Reader:
        """The index in `folder`; `ArchiveDamaged` when it cannot be read."""

    def update(self, folder: Path, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        """Write `add` to the index in `folder`, then delete the documents `remove()` names, all in one step.

        An empty folder becomes an index. `add` replaces documents of the same address (twice in
        one `add`: the first counts) and is read once, as it comes; `remove` is asked after that.
        """
