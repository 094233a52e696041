"""What the words of a question have gathered in each document: points, and how much of the question they cover.

Every word scores the articles that hold it by BM25 over impacts (fields are weighed when an article is indexed), in its
stemmed and its literal form; of several spellings and readings of a word the best one counts. Scores are kept as plain
lists by document number: in pure Python nothing is faster, and a search imports nothing for it. May import: engine,
plan, tuning.
"""

from __future__ import annotations

from itertools import filterfalse
from math import log

from index.engine import EXACT, IMPACT_MAX, STEM
from index.tuning import MEANT_FROM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index.engine import Postings, Reader
    from index.plan import Concept, Group, Reading, Variant
    from index.tuning import Tuning

SCALE = 2.2 / IMPACT_MAX
"""Makes an impact BM25's saturation, which ends at k1 + 1."""


class Evidence:
    """What the words of the question have gathered, by document number."""

    def __init__(self, reader: Reader, tuning: Tuning) -> None:
        self._reader = reader
        self._tuning = tuning
        self.scores = [0.0] * reader.bound()
        self.covered = [0.0] * reader.bound()
        self.total = 0.0
        self.complete: set[int] | None = None
        """Documents that hold every group so far; None before the first."""
        self.masses: dict[int, float] = {}
        """By number of a concept, in the order of the question: its weight, where any document has it."""
        self._concepts = 0

    def add(self, group: Group) -> None:
        """The next words of the question."""
        if not group.readings:
            for concept in group.parts:
                self._hold(self._add_concept(concept, 1.0))
            return
        # What is rarer is not what was meant more: « city » is rare in French texts, « ville » is not. All readings of
        # a group weigh as much as the one whose words are the most common.
        masses = [mass for mass in (self._mass(group.parts), *map(self._mass_of, group.readings)) if mass]
        mass = min(masses, default=0.0)
        # Copies of whole lists take a hundredth of what picking out the documents in question takes.
        before = self.scores.copy(), self.covered.copy()
        begun, own = self.total, self._mass(group.parts)
        holding = [self._add_concept(concept, mass / own if own else 1.0) for concept in group.parts]
        if mass:
            self.total = begun + mass
        meant = set.intersection(*holding) if holding else set()
        for reading in group.readings:
            meant |= self._add_reading(reading, mass, before)
        self._hold(meant)

    def _hold(self, holding: set[int]) -> None:
        self.complete = holding if self.complete is None else self.complete & holding

    def _mass(self, concepts: Iterable[Concept]) -> float:
        """What words weigh in the question; 0 when no document has one of them."""
        masses = []
        for concept in concepts:
            first = concept.variants[0]
            field, term = (STEM, first.stem) if first.stem is not None else (EXACT, first.exact or "")
            found = self._reader.frequency(field, term)
            masses.append(self._rarity(found) if found else 0.0)
        return sum(masses) if masses and all(masses) else 0.0

    def _mass_of(self, reading: Reading) -> float:
        found = [self._reader.frequency(STEM, word.stem or "") for word in reading.words]
        return sum(map(self._rarity, filter(None, found)))

    def _add_reading(self, reading: Reading, mass: float, before: tuple[list[float], list[float]]) -> set[int]:
        """Other words for a group, where they are worth more than the group's own; who holds all of them."""
        own = self._mass_of(reading) or 1.0
        held = [self._reader.postings(STEM, word.stem or "") for word in reading.words]
        whole = set.intersection(*(set(postings.documents) for postings in held))
        gained: dict[int, float] = {}
        shares: dict[int, float] = {}
        for postings in held:
            rarity = self._rarity(len(postings.documents))
            share = reading.weight * rarity * SCALE * mass / own
            for document, impact in zip(postings.documents, postings.impacts, strict=True):
                if reading.loose or document in whole:
                    gained[document] = gained.get(document, 0.0) + share * impact
                    shares[document] = shares.get(document, 0.0) + rarity / own
        scores, covered = self.scores, self.covered
        before_scores, before_covered = before
        for document, gain in gained.items():
            share = shares[document]
            score = before_scores[document] + gain * share
            if score > scores[document]:  # noqa: PLR1730 - `max` takes as long as the rest of the loop
                scores[document] = score
            cover = before_covered[document] + mass * share * reading.weight
            if cover > covered[document]:  # noqa: PLR1730
                covered[document] = cover
        return whole if reading.weight >= MEANT_FROM else set()

    def _add_concept(self, concept: Concept, scale: float) -> set[int]:
        """Score one word by its best variant in each document; the documents that hold what was meant."""
        seen: set[int] = set()
        meant: set[int] = set()
        mass = 0.0
        last = len(concept.variants) - 1
        for number, variant in enumerate(concept.variants):
            documents, weight = self._add_variant(variant, mass, seen, scale)
            mass = mass or weight
            if variant.weight >= MEANT_FROM:
                meant.update(documents)
            if number < last:
                seen.update(documents)
        if mass:
            self.masses[self._concepts] = mass
        self._concepts += 1
        self.total += mass or log(1 + self._reader.size())
        return meant

    def _add_variant(self, variant: Variant, mass: float, seen: set[int], scale: float) -> tuple[Sequence[int], float]:
        """Add one spelling where no better one stands; who holds it, and its weight in the question."""
        documents: Sequence[int] = ()
        weight = 0.0
        if variant.stem is not None:
            held = self._reader.postings(STEM, variant.stem)
            documents, weight = held.documents, scale * self._rarity(len(held.documents))
            self._score(STEM, variant.stem, held, variant.weight * weight, seen)
        if variant.exact is not None:
            held = self._reader.postings(EXACT, variant.exact)
            rarity = scale * self._rarity(len(held.documents))
            if variant.stem is None:
                documents, weight = held.documents, rarity
            self._score(
                EXACT,
                variant.exact,
                held,
                variant.weight * rarity * (1.0 if variant.stem is None else self._tuning.exact),
                seen,
            )
        covered, cover = self.covered, (mass or weight) * variant.weight
        for document in filterfalse(seen.__contains__, documents) if seen else documents:
            covered[document] += cover
        return documents, weight if documents else 0.0

    def _score(
        self,
        field: str,  # noqa: ARG002
        term: str,  # noqa: ARG002
        held: Postings,
        worth: float,
        seen: set[int],
    ) -> None:
        """Add a term's part to the documents that hold it."""
        scores, share = self.scores, worth * SCALE
        if not seen:
            for document, impact in zip(held.documents, held.impacts, strict=True):
                scores[document] += share * impact
            return
        for document, impact in zip(held.documents, held.impacts, strict=True):
            if document not in seen:
                scores[document] += share * impact

    def _rarity(self, documents: int) -> float:
        size = max(self._reader.size(), documents)
        return log(1 + (size - documents + 0.5) / (documents + 0.5))
