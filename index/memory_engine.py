"""The reference engine: what the protocol means, in dictionaries. May import: engine.

It forgets everything with the process. The contract suite runs it beside the real engines, and the sweep of the
ranking's constants uses it because it answers faster than any disk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from index.engine import Document, Stored
from pipeline.errors import ArchiveDamaged


class MemoryReader:
    """A state of the index, frozen when it was opened."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = tuple(documents)
        self._postings: dict[str, dict[str, dict[int, Sequence[int]]]] = {}
        for number, document in enumerate(self._documents):
            for field, places in document.fields.items():
                terms = self._postings.setdefault(field, {})
                for term, positions in places.items():
                    terms.setdefault(term, {})[number] = positions
        self._sorted = {field: sorted(terms) for field, terms in self._postings.items()}

    def size(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def documents(self) -> Iterable[int]:
        """All document numbers."""
        return range(len(self._documents))

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        """Document → frequency."""
        return {number: len(places) for number, places in self._postings.get(field, {}).get(term, {}).items()}

    def positions(self, field: str, term: str, documents: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Positions in the documents asked for."""
        found = self._postings.get(field, {}).get(term, {})
        return {number: found[number] for number in documents if number in found}

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """Sorted terms with the prefix."""
        terms = self._sorted.get(field, [])
        for term in terms[bisect_left(terms, prefix) :]:
            if not term.startswith(prefix):
                return
            yield term

    def lengths(self) -> Sequence[int]:
        """Words by document."""
        return [document.length for document in self._documents]

    def days(self) -> Sequence[int]:
        """Days by document."""
        return [document.day for document in self._documents]

    def stored(self, document: int) -> Stored:
        """Address, stamp and title."""
        one = self._documents[document]
        return Stored(one.url, one.stamp, one.title)

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryEngine:
    """Indexes by folder name, kept in this object."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, Document]] = {}

    def open(self, folder: Path) -> MemoryReader:
        """The index of that folder name."""
        if folder not in self._folders:
            raise ArchiveDamaged(f"The search index {folder} cannot be read; run aimf rebuild.")
        return MemoryReader(self._folders[folder].values())

    def update(self, folder: Path, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        """Replace, then delete; nothing is changed when reading `add` fails."""
        documents = dict(self._folders.get(folder, {}))
        added: dict[str, Document] = {}
        for document in add:
            added.setdefault(document.url, document)
        documents.update(added)
        for url in remove():
            documents.pop(url, None)
        self._folders[folder] = documents
