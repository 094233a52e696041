"""What ranks first: BM25F over stemmed and exact terms, coverage, nearness, a breath of freshness. Engine-neutral.

Stages: 1 every word of the question scores the articles that hold it, and covers its part of the question there;
2 the share that is covered lifts or lowers the score; 3 articles that hold all words come before those that hold
some; 4 among the best, nearness and date. Scores are kept as plain lists by document number: in pure Python nothing
is faster, and a search imports nothing for it. May import: engine, plan, record, tuning.
"""

from __future__ import annotations

from heapq import nlargest
from itertools import pairwise
from math import exp, log
from operator import mul

from index.engine import EXACT, IMPACT_MAX, STEM
from index.record import Record
from index.tuning import MEANT_FROM, Tuning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from index.engine import Reader
    from index.plan import Concept, Group, Plan, Reading, Variant

SCALE = 2.2 / IMPACT_MAX
"""Makes an impact BM25's saturation, which ends at k1 + 1."""
DAYS_A_YEAR = 365.25
WHOLE = 0.999
"""A share that is all, but for rounding."""


class RawHit(Record):
    """A ranked document, by its number in one reader."""

    document: int
    score: float


class Ranker:
    """Ranks the documents of one reader."""

    def __init__(self, reader: Reader, tuning: Tuning | None = None) -> None:
        self._reader = reader
        self._tuning = tuning or Tuning()

    def rank(self, plan: Plan, allowed: AbstractSet[int] | None = None) -> Ranking:
        """The documents that hold a word of the plan and are `allowed` (None: all)."""
        evidence = _Evidence(self._reader, self._tuning)
        for group in plan.groups:
            evidence.add(group)
        return Ranking(self._reader, self._tuning, plan, evidence, allowed)


class _Evidence:
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
        aside = self._aside(group.readings)
        before = {document: (self.scores[document], self.covered[document]) for document in aside}
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

    def _aside(self, readings: Iterable[Reading]) -> set[int]:
        return {
            document
            for reading in readings
            for word in reading.words
            for document in self._reader.postings(STEM, word.stem or "").documents
        }

    def _add_reading(self, reading: Reading, mass: float, before: Mapping[int, tuple[float, float]]) -> set[int]:
        """Other words for a group, where they are worth more than the group's own; who holds all of them."""
        own = self._mass_of(reading) or 1.0
        gained: dict[int, float] = {}
        held: dict[int, float] = {}
        for word in reading.words:
            postings = self._reader.postings(STEM, word.stem or "")
            rarity = self._rarity(len(postings.documents))
            share = reading.weight * rarity * SCALE * mass / own
            for document, impact in zip(postings.documents, postings.impacts, strict=True):
                gained[document] = gained.get(document, 0.0) + share * impact
                held[document] = held.get(document, 0.0) + rarity / own
        meant = set()
        for document, score in gained.items():
            covered = held[document]
            whole = covered > WHOLE
            if not whole and not reading.loose:
                continue
            scored, share = before[document]
            self.scores[document] = max(self.scores[document], scored + score * covered)
            self.covered[document] = max(self.covered[document], share + mass * covered * reading.weight)
            if whole and reading.weight >= MEANT_FROM:
                meant.add(document)
        return meant

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
        scores, covered = self.scores, self.covered
        documents: Sequence[int] = ()
        weight = 0.0
        if variant.stem is not None:
            held = self._reader.postings(STEM, variant.stem)
            documents, weight = held.documents, scale * self._rarity(len(held.documents))
            cover = (mass or weight) * variant.weight
            share = variant.weight * weight * SCALE
            for document, impact in zip(documents, held.impacts, strict=True):
                if document not in seen:
                    scores[document] += share * impact
                    covered[document] += cover
        if variant.exact is not None:
            held = self._reader.postings(EXACT, variant.exact)
            rarity = scale * self._rarity(len(held.documents))
            share = variant.weight * rarity * SCALE
            if variant.stem is None:
                documents, weight = held.documents, rarity
                cover = (mass or weight) * variant.weight
                for document in documents:
                    if document not in seen:
                        covered[document] += cover
            else:
                share *= self._tuning.exact
            for document, impact in zip(held.documents, held.impacts, strict=True):
                if document not in seen:
                    scores[document] += share * impact
        return documents, weight if documents else 0.0

    def _rarity(self, documents: int) -> float:
        size = max(self._reader.size(), documents)
        return log(1 + (size - documents + 0.5) / (documents + 0.5))


class Ranking:
    """The documents that answer: those that hold all words, then those that hold some.

    `complete` holds the former. The order of the best is settled when it is asked for, and then stays.
    """

    def __init__(
        self, reader: Reader, tuning: Tuning, plan: Plan, evidence: _Evidence, allowed: AbstractSet[int] | None
    ) -> None:
        self._reader = reader
        self._tuning = tuning
        self._plan = plan
        self._evidence = evidence
        self._best: list[RawHit] | None = None
        if plan.groups:
            self._scores = list(map(mul, evidence.scores, evidence.covered))
            self.complete: AbstractSet[int] = evidence.complete or set()
        else:
            # No word to go by: whatever is allowed, the newest first.
            self._scores = [0.0] * reader.bound()
            self.complete = set(reader.documents())
        self._all_complete = self.complete
        if allowed is not None:
            self.complete = self.complete & allowed
        self._allowed = allowed
        self._some: list[int] | None = None
        self._days = reader.days()
        self._newest = max(self._days, default=0)

    def answers(self, allowed: AbstractSet[int] | None = None, *, narrowed: bool = False) -> Collection[int]:
        """Documents that hold all words or, when there are none, some.

        `narrowed`: among others than those `allowed` when the question was ranked (None: all).
        """
        if not narrowed:
            return self.complete or self.some()
        complete = self._all_complete if allowed is None else self._all_complete & allowed
        return complete or self._holding_some(allowed)

    def some(self) -> list[int]:
        """Documents that hold at least one word, complete ones among them."""
        if self._some is None:
            self._some = self._holding_some(self._allowed)
        return self._some

    def _holding_some(self, allowed: AbstractSet[int] | None) -> list[int]:
        if not self._plan.groups:
            return sorted(self._all_complete if allowed is None else self._all_complete & allowed)
        scores = self._scores
        if allowed is not None:
            return [document for document in sorted(allowed) if scores[document]]
        return [document for document, score in enumerate(scores) if score]

    def best(self, count: int) -> list[RawHit]:
        """The first `count`."""
        settled = self._settled()
        if count > len(settled):
            rest = set(self.some()).difference(hit.document for hit in settled)
            settled = self._best = [*settled, *self._in_order(rest)]
        return settled[:count]

    def _settled(self) -> list[RawHit]:
        """The best candidates, nearness and date weighed in."""
        if self._best is None:
            if self._plan.groups:
                most = self._tuning.near_candidates
                candidates = self._largest(self.complete, most)
                if len(candidates) < most:
                    candidates += self._largest(None, most - len(candidates))
                near = self._nearness(candidates)
            else:
                candidates, near = [], {}
            total = self._evidence.total or 1.0
            hits = [RawHit(d, self._fresh(d, self._scores[d] / total + near.get(d, 0.0))) for d in candidates]
            hits.sort(key=lambda hit: (hit.document not in self.complete, -hit.score, hit.document))
            self._best = hits
        return self._best

    def _largest(self, among: AbstractSet[int] | None, count: int) -> list[int]:
        """Documents with the largest scores among some; None: among those that hold only some words."""
        scores = self._scores
        if among is not None:
            return nlargest(count, among, key=lambda document: (scores[document], -document))
        if self._allowed is not None:
            return [d for d in nlargest(count, self._allowed - self.complete, key=scores.__getitem__) if scores[d]]
        kept = count + len(self.complete)
        least = min(nlargest(kept, scores), default=0.0) if kept < len(scores) else 0.0
        found = [d for d, s in enumerate(scores) if s >= least and s and d not in self.complete]
        return sorted(found, key=lambda document: (-scores[document], document))[:count]

    def _in_order(self, documents: AbstractSet[int]) -> Iterable[RawHit]:
        total = self._evidence.total or 1.0
        hits = [RawHit(document, self._fresh(document, self._scores[document] / total)) for document in documents]
        if not self._plan.groups:
            return sorted(hits, key=lambda hit: (-self._days[hit.document], hit.document))
        return sorted(hits, key=lambda hit: (hit.document not in self.complete, -hit.score, hit.document))

    def _fresh(self, document: int, score: float) -> float:
        day = self._days[document]
        if not day or not self._tuning.freshness:
            return score
        age_years = (self._newest - day) / DAYS_A_YEAR
        return score * (1 + self._tuning.freshness * exp(-age_years / self._tuning.freshness_years))

    def _nearness(self, documents: Sequence[int]) -> Mapping[int, float]:
        """What neighbouring words of the question that stand near each other add."""
        concepts = self._plan.concepts()
        masses = self._evidence.masses
        if len(masses) < 2 or not self._tuning.nearness:
            return {}
        known = sorted(masses)
        finder = self._reader.finder(
            [
                [(STEM, v.stem) for v in concepts[number].variants if v.stem is not None and v.weight >= MEANT_FROM]
                for number in known
            ]
        )
        weights = [self._tuning.nearness * min(masses[a], masses[b]) for a, b in pairwise(known)]
        window = self._tuning.window
        added = {}
        for document in documents:
            gaps = _smallest_gaps(finder.tokens(document), len(known), window)
            worth = sum(weight / gap for weight, gap in zip(weights, gaps, strict=True) if gap <= window)
            if worth:
                added[document] = worth
        return added


def _smallest_gaps(found: Iterable[tuple[int, int]], groups: int, window: int) -> list[int]:
    """For each two neighbouring groups, how near they come; window + 1 when not within it.

    >>> _smallest_gaps([(3, 0), (5, 1), (6, 0), (20, 2)], 3, 8)
    [1, 9]
    """
    gaps = [window + 1] * (groups - 1)
    last = [-window - 1] * groups
    for token, group in found:
        if group and token - last[group - 1] < gaps[group - 1]:
            gaps[group - 1] = max(1, token - last[group - 1])
        if group + 1 < groups and token - last[group + 1] < gaps[group]:
            gaps[group] = max(1, token - last[group + 1])
        last[group] = token
    return gaps
