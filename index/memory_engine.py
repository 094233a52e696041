"""The reference engine: what the protocol means, in dictionaries. May import: engine.

It forgets everything with the process. The contract suite runs it beside the real engines, and the tuning of the
ranking's constants uses it because it needs no disk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from index.bits import union
from index.engine import EXACT, GAP_TOKENS, STEM, Card, Document, Found, Postings, Stream
from pipeline.errors import ArchiveDamaged


class MemoryReader:
    """A state of the index, frozen when it was opened."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = tuple(documents)
        self._postings: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
        for number, document in enumerate(self._documents):
            for field, held in document.terms.items():
                terms = self._postings.setdefault(field, {})
                for term, impact in held.items():
                    documents_, impacts = terms.setdefault(term, ([], []))
                    documents_.append(number)
                    impacts.append(impact)
        self._sorted = {field: sorted(terms) for field, terms in self._postings.items()}

    def size(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def bound(self) -> int:
        """One more than the highest document number."""
        return len(self._documents)

    def documents(self) -> int:
        """All documents, as bits."""
        return (1 << len(self._documents)) - 1

    def postings(self, field: str, term: str) -> Postings:
        """Documents and impacts."""
        return Postings(*self._postings.get(field, {}).get(term, ((), ())))

    def held(self, field: str, term: str) -> MemoryHeld:
        """Documents and impacts, by document."""
        documents, impacts = self._postings.get(field, {}).get(term, ([], []))
        return MemoryHeld(documents, impacts)

    def frequency(self, field: str, term: str) -> int:
        """How many documents hold a term."""
        return len(self._postings.get(field, {}).get(term, ((), ()))[0])

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """Sorted terms with the prefix."""
        terms = self._sorted.get(field, [])
        for term in terms[bisect_left(terms, prefix) :]:
            if not term.startswith(prefix):
                return
            yield term

    def begun(self, field: str, prefix: str) -> int:
        """Documents of all terms with the prefix, as bits."""
        return union(self.held(field, term).bits for term in self.terms(field, prefix))

    def holders(self, field: str) -> Iterator[tuple[str, Sequence[int]]]:
        """Every term and who holds it."""
        for term in self._sorted.get(field, []):
            yield term, self._postings[field][term][0]

    def finder(self, groups: Sequence[Iterable[tuple[str, str]]]) -> MemoryFinder:
        """Finds the terms in documents."""
        return MemoryFinder(self._documents, [set(group) for group in groups])

    def days(self) -> Sequence[int]:
        """Days by document."""
        return [document.day for document in self._documents]

    def likenesses(self) -> Sequence[int]:
        """Likenesses by document."""
        return [document.likeness for document in self._documents]

    def card(self, document: int) -> Card:
        """What lists show."""
        return self._documents[document].card

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Address and stamp of every document."""
        return ((document.card.url, document.card.stamp) for document in self._documents)

    def text(self, document: int) -> str:
        """The text."""
        return self._documents[document].text

    def check(self) -> None:
        """Nothing can be broken."""

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryHeld:
    """Who holds one term."""

    def __init__(self, documents: Sequence[int], impacts: Sequence[int]) -> None:
        self._impacts = dict(zip(documents, impacts, strict=True))
        self.bits = sum(1 << document for document in documents)
        self.count = len(documents)
        self.peak = max(impacts, default=0)

    def impacts(self, documents: Sequence[int]) -> list[int]:
        """Impacts by document."""
        return [self._impacts.get(document, 0) for document in documents]


class MemoryFinder:
    """Terms of a question, compared one by one."""

    def __init__(self, documents: Sequence[Document], groups: list[set[tuple[str, str]]]) -> None:
        self._documents = documents
        self._groups = groups

    def _group(self, exact: str, stem: str | None) -> int | None:
        forms = {(EXACT, exact), (STEM, stem or "")}
        return next((number for number, group in enumerate(self._groups) if forms & group), None)

    def _found(self, stream: Stream, base: int, *, joined_alone: bool) -> list[Found]:
        found: dict[int, Found] = {}
        every: list[Found] = []
        for at, (exact, stem, start, end) in enumerate(stream.tokens):
            group = self._group(exact, stem)
            if group is not None:
                found[at] = Found(group, base + at, start, end)
                every.append(found[at])
        for first, count, exact, stem in stream.joins:
            group = self._group(exact, stem)
            if group is not None:
                spans = stream.tokens[first : first + count]
                found[first] = Found(group, base + first, spans[0][2], spans[-1][3])
                every.append(found[first])
        chosen = list(found.values()) if joined_alone else every
        return sorted(chosen, key=lambda one: (one.token, one.group))

    def tokens(self, document: int) -> list[tuple[int, int]]:
        """(token number, group) of every match, ascending."""
        one = self._documents[document]
        base = len(one.title.tokens) + GAP_TOKENS
        both = self._found(one.title, 0, joined_alone=False) + self._found(one.body, base, joined_alone=False)
        return [(found.token, found.group) for found in both]

    def found(self, document: int) -> tuple[list[Found], list[Found]]:
        """Matches in title and text with their characters."""
        one = self._documents[document]
        base = len(one.title.tokens) + GAP_TOKENS
        return self._found(one.title, 0, joined_alone=True), self._found(one.body, base, joined_alone=True)

    def phrase(self, document: int) -> bool:
        """Whether the groups' terms stand side by side, in order."""
        one = self._documents[document]
        for stream in (one.title, one.body):
            forms = [{(EXACT, exact), (STEM, stem or "")} for exact, stem, _, _ in stream.tokens]
            for at in range(len(forms) - len(self._groups) + 1):
                if all(forms[at + place] & group for place, group in enumerate(self._groups)):
                    return bool(self._groups)
        return len(self._groups) == 1 and bool(self.tokens(document))


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
            added.setdefault(document.card.url, document)
        documents.update(added)
        for url in remove():
            documents.pop(url, None)
        self._folders[folder] = documents
