"""The protocol every search engine implements: documents of terms in, postings out. Engine-neutral.

An engine stores which document holds which term where, and gives it back. What a term is (`french`), what a query means
(`query`) and what ranks first (`ranking`) are ours and the same for every engine. May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Places = Mapping[str, Sequence[int]]
"""Term → positions, ascending."""

STEM = "stem"
EXACT = "exact"
TITLE_EXACT = "title_exact"
BOOSTED = ("title", "headings", "themes", "countries", "cities", "partners", "kinds", "dates", "summary")
"""Stemmed fields whose words weigh more than those of the text; STEM holds everything once, with positions."""
FACETS = ("country", "city", "theme", "kind", "year", "language")
"""Fields of whole values, `code TAB label`, for filters and counts."""
URL = "url"
WITH_POSITIONS = (STEM, EXACT)
FIELDS = (STEM, EXACT, TITLE_EXACT, *BOOSTED, *FACETS, URL)


@dataclass(frozen=True, slots=True)
class Document:
    """An article as an engine sees it: terms by field. `stamp` tells whether it must be written again."""

    url: str
    stamp: str
    title: str
    day: int
    length: int
    fields: Mapping[str, Places]


@dataclass(frozen=True, slots=True)
class Stored:
    """What an engine gives back of a document word for word."""

    url: str
    stamp: str
    title: str


@dataclass(frozen=True, slots=True)
class RawHit:
    """A ranked document, by its number in one reader."""

    document: int
    score: float


class Reader(Protocol):
    """One state of an index, unchanging however long it is read. Document numbers are valid in this reader only."""

    def size(self) -> int:
        """How many documents there are."""

    def documents(self) -> Iterable[int]:
        """The numbers of all documents, ascending; there may be gaps."""

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        """Document → how often the term stands in the field; empty for unknown terms."""

    def positions(self, field: str, term: str, documents: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Positions of the term in those of `documents` that hold it."""

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """The field's terms that begin with `prefix`, sorted; some may belong to no document any more."""

    def lengths(self) -> Sequence[int]:
        """By document number: how many words."""

    def days(self) -> Sequence[int]:
        """By document number: the day of publication (`date.toordinal`), 0 when unknown."""

    def stored(self, document: int) -> Stored:
        """What was stored of a document."""

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
