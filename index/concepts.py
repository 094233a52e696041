"""A Query against the vocabulary of one index: which terms each word of the question stands for.

A word stands for itself; if the index does not know it, for the words it probably meant; weakly, for its family. May
import: engine, equivalents, french, query, spelling, tuning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.engine import EXACT, STEM, Reader
from index.equivalents import equivalents
from index.french import Token, analyze
from index.query import Query, Role
from index.spelling import Speller
from index.stem import stem
from index.tuning import Tuning

GUESSES_MAX = 4
KIN_MAX = 12


@dataclass(frozen=True, slots=True)
class Variant:
    """A term that stands for a word of the question, and how well. No `stem`: only the literal form counts."""

    exact: str | None
    stem: str | None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Concept:
    """One word of the question."""

    text: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Words typed as one compound, and the compound as one word: either reading will do."""

    parts: tuple[Concept, ...]
    joined: Concept | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms at fixed distances: (offset, exact term, stem)."""

    text: str
    terms: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that was not found as typed, and what was searched beside it."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look up."""

    groups: tuple[Group, ...]
    phrases: tuple[Phrase, ...] = ()
    required: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    corrections: tuple[Correction, ...] = ()
    passed_over: tuple[str, ...] = ()


class Planner:
    """Makes plans for one reader; the vocabulary is read when the first unknown word comes."""

    def __init__(self, reader: Reader, tuning: Tuning) -> None:
        self._reader = reader
        self._tuning = tuning
        self._speller: Speller | None = None

    def plan(self, query: Query, *, far: bool = False) -> Plan:
        """The terms behind a query; with `far`, unknown words stand for whatever in the index resembles them."""
        wanted = [c for c in query.clauses if c.role is not Role.MUST_NOT]
        chunks = [analyze(c.text) for c in wanted]
        meaningful = any(t.stem is not None for chunk in chunks for t in chunk)
        corrections: list[Correction] = []
        groups = []
        for compound in _compounds(chunks):
            kept = [t for t in compound if t.stem is not None or not meaningful]
            parts = [t for t in kept if not t.joined]
            joined = next((t for t in kept if t.joined), None)
            if parts or joined:
                known = joined is not None and bool(self._reader.postings(EXACT, joined.exact))
                groups.append(
                    Group(
                        tuple(self._concept(t, [] if known else corrections, far=far) for t in parts),
                        Concept(joined.exact, (Variant(joined.exact, joined.stem),)) if joined and known else None,
                    )
                )
        return Plan(
            self._neighbours_joined(groups),
            tuple(_phrase(c.text) for c in wanted if c.phrase),
            tuple(_phrase(c.text) for c in wanted if c.role is Role.MUST and not c.phrase),
            tuple(_phrase(c.text) for c in query.clauses if c.role is Role.MUST_NOT),
            tuple(corrections),
            tuple(
                clause.text
                for clause, chunk in zip(wanted, chunks, strict=True)
                if meaningful and not clause.phrase and all(t.stem is None for t in chunk)
            ),
        )

    def _neighbours_joined(self, groups: Sequence[Group]) -> tuple[Group, ...]:
        """« e sport » typed apart may be one word of the index."""
        result: list[Group] = []
        for group in groups:
            before = result[-1] if result else None
            if before and len(before.parts) == len(group.parts) == 1 and not before.joined and not group.joined:
                both = before.parts[0].text + group.parts[0].text
                if both.isalnum() and not both.isdigit() and self._reader.postings(EXACT, both):
                    joined = Concept(both, (Variant(both, stem(both)),))
                    result[-1] = Group((*before.parts, *group.parts), joined)
                    continue
            result.append(group)
        return tuple(result)

    def _concept(self, token: Token, corrections: list[Correction], *, far: bool) -> Concept:
        if token.stem is None:
            return Concept(token.exact, (Variant(token.exact, None),))
        variants = [Variant(token.exact, token.stem)]
        found = len(self._reader.postings(STEM, token.stem))
        same = [e for e in equivalents(token.exact) if self._reader.postings(STEM, e.stem)]
        variants += [Variant(e.exact, e.stem, e.weight) for e in same]
        if found <= self._tuning.rare and not same:
            variants += self._meant(token, found, corrections)
        variants += self._kin(token.stem)
        if far and not found and len(variants) == 1:
            variants += self._resembling(token, corrections)
        return Concept(token.exact, tuple(variants))

    def _meant(self, token: Token, found: int, corrections: list[Correction]) -> Iterator[Variant]:
        if self._speller is None:
            self._speller = Speller(self._reader.terms(EXACT))
        taken: set[str] = {token.stem or token.exact}
        ranked = []
        for guess in self._speller.guesses(token.exact)[: 5 * GUESSES_MAX]:
            frequency = len(self._reader.postings(EXACT, guess.word))
            # A rare word is a typing error only of a word that is clearly more common.
            if frequency > 3 * found:
                ranked.append((guess.distance, guess.word[:1] != token.exact[:1], -frequency, guess.word))
        ranked.sort()
        for away, _, _, word in ranked:
            meant = stem(word)
            if meant in taken or len(taken) > GUESSES_MAX:
                continue
            if len(taken) == 1 and not found:
                corrections.append(Correction(token.exact, word))
            taken.add(meant)
            yield Variant(word, meant, self._tuning.typo**away)

    def _resembling(self, token: Token, corrections: list[Correction]) -> Iterator[Variant]:
        for number, word in enumerate(self._speller.resembling(token.exact)[:GUESSES_MAX] if self._speller else ()):
            if number == 0:
                corrections.append(Correction(token.exact, word))
            yield Variant(word, stem(word), self._tuning.typo)

    def _kin(self, own: str) -> Iterable[Variant]:
        """Words of the same family: a long common beginning, and little after it."""
        shared = max(self._tuning.kin_prefix, len(own) - 3)
        if not self._tuning.kin or len(own) < self._tuning.kin_prefix or not own.isalpha():
            return ()
        near = []
        for term in self._reader.terms(STEM, own[:shared]):
            if term != own and term.isalpha() and len(term) <= len(own) + 6:
                common = _common_prefix(own, term)
                likeness = 2 * common / (len(own) + len(term))
                near.append((likeness, term))
        near.sort(reverse=True)
        return [Variant(None, term, self._tuning.kin * likeness) for likeness, term in near[:KIN_MAX]]


def _common_prefix(left: str, right: str) -> int:
    for number, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return number
    return min(len(left), len(right))


def _compounds(chunks: Iterable[Sequence[Token]]) -> Iterator[list[Token]]:
    """Tokens of one compound together: those that a joined reading spans."""
    for tokens in chunks:
        spans = [(t.start, t.end) for t in tokens if t.joined]
        by_span: dict[tuple[int, int], list[Token]] = {}
        for token in tokens:
            around = next((s for s in spans if s[0] <= token.start and token.end <= s[1]), (token.start, token.end))
            by_span.setdefault(around, []).append(token)
        yield from by_span.values()


def _phrase(text: str) -> Phrase:
    tokens = [t for t in analyze(text) if not t.joined]
    first = tokens[0].position if tokens else 0
    return Phrase(text, tuple((t.position - first, t.exact, t.stem) for t in tokens))
