"""What ranks first: BM25F over stemmed and exact terms, coverage, nearness, a breath of freshness. Engine-neutral.

Stages: 1 every word of the question scores the articles that hold it; 2 coverage lifts those that hold all of it;
3 phrases, required and excluded words decide who may stay; 4 among the best, nearness and
date. May import: concepts, engine, query, tuning.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from index.concepts import Concept, Group, Phrase, Plan, Planner, Variant
from index.engine import EXACT, STEM, TITLE_EXACT, RawHit, Reader
from index.query import Query
from index.tuning import Tuning

Scores = dict[int, float]

MEANT_FROM = 0.3
"""Variants of a word that weigh less (its distant family) do not count as the word."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """All documents that answer, best first.

    `plan` is what was looked up, `matched` the answers before any filter, `complete` those that hold every word,
    `loosened` the phrases and required words that nothing held, so that less was asked.
    """

    hits: tuple[RawHit, ...]
    plan: Plan
    matched: AbstractSet[int]
    complete: AbstractSet[int]
    loosened: tuple[str, ...] = ()


@dataclass(slots=True)
class _Evidence:
    """What the words of the question have gathered."""

    scores: Scores = field(default_factory=lambda: defaultdict(float))
    covered: Scores = field(default_factory=lambda: defaultdict(float))
    total: float = 0.0
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    scored: list[tuple[Concept, float, Scores]] = field(default_factory=list)


class Ranker:
    """Ranks the documents of one reader."""

    def __init__(self, reader: Reader, tuning: Tuning | None = None) -> None:
        self._reader = reader
        self._tuning = tuning or Tuning()
        self._planner = Planner(reader, self._tuning)

    @cached_property
    def _norms(self) -> list[float]:
        lengths = self._reader.lengths()
        mean = sum(lengths) / (len(lengths) or 1) or 1.0
        b = self._tuning.length
        return [1 - b + b * length / mean for length in lengths]

    @cached_property
    def _days(self) -> tuple[list[int], int]:
        days = list(self._reader.days())
        return days, max(days, default=0)

    def rank(self, query: Query, allowed: AbstractSet[int] | None = None) -> Ranking:
        """The documents that answer the query, all of them."""
        plan = self._planner.plan(query)
        evidence = self._gather(plan)
        if plan.groups and not evidence.scores:
            # Nothing holds any of the words: rather what resembles them, said as a correction, than an empty page.
            plan = self._planner.plan(query, far=True)
            evidence = self._gather(plan)
        power = self._tuning.coverage
        scores = {
            document: score * (evidence.covered[document] / evidence.total) ** power
            for document, score in evidence.scores.items()
        }
        if not plan.groups:
            # No word to go by: all articles, the newest first.
            scores = dict.fromkeys(self._reader.documents(), 1.0)
        scores, loosened = self._choose(scores, plan)
        matched = frozenset(scores)
        if allowed is not None:
            scores = {document: score for document, score in scores.items() if document in allowed}
        if evidence.scored:
            self._add_nearness(scores, evidence)
        self._add_freshness(scores)
        hits = sorted((RawHit(d, s) for d, s in scores.items()), key=lambda hit: (-hit.score, hit.document))
        complete = frozenset(d for d in scores if evidence.held[d] == len(plan.groups))
        return Ranking(tuple(hits), plan, matched, complete, loosened)

    # 1, 2 — words and coverage

    def _gather(self, plan: Plan) -> _Evidence:
        evidence = _Evidence()
        for group in plan.groups:
            self._add_group(group, evidence)
        return evidence

    def _add_group(self, group: Group, evidence: _Evidence) -> None:
        scores: Scores = defaultdict(float)
        covered: Scores = defaultdict(float)
        total = 0.0
        for concept in group.parts:
            found, mass, cover = self._concept(concept)
            evidence.scored.append((concept, mass, found))
            total += mass
            for document, score in found.items():
                scores[document] += score
                covered[document] += mass * cover[document]
        if group.joined is not None:
            found, mass, cover = self._concept(group.joined)
            total = max(total, mass)
            for document, score in found.items():
                scores[document] = max(scores[document], score)
                covered[document] = total
        evidence.total += total
        for document, score in scores.items():
            evidence.scores[document] += score
            evidence.covered[document] += covered[document]
            evidence.held[document] += covered[document] >= MEANT_FROM * total

    def _concept(self, concept: Concept) -> tuple[Scores, float, Scores]:
        """Scores by document, the word's weight in the question, and how far each document covers it."""
        best: Scores = {}
        cover: Scores = {}
        mass = 0.0
        for variant in concept.variants:
            found, weight = self._variant(variant)
            if found and not mass:
                mass = weight
            for document, score in found.items():
                worth = variant.weight * score
                if worth > best.get(document, 0.0):
                    best[document] = worth
                if variant.weight > cover.get(document, 0.0):
                    cover[document] = variant.weight
        return best, mass or math.log(1 + self._reader.size()), cover

    def _variant(self, variant: Variant) -> tuple[Scores, float]:
        tuning, scores, mass = self._tuning, {}, 0.0
        if variant.stem is not None:
            counts: Scores = {d: float(n) for d, n in self._reader.postings(STEM, variant.stem).items()}
            for name, weight in tuning.fields.items():
                _add(counts, self._reader.postings(name, variant.stem), weight)
            mass = self._rarity(len(counts))
            scores = self._saturated(counts, mass)
        if variant.exact is not None:
            counts = {d: float(n) for d, n in self._reader.postings(EXACT, variant.exact).items()}
            _add(counts, self._reader.postings(TITLE_EXACT, variant.exact), tuning.exact_title)
            rarity = self._rarity(len(counts))
            share = tuning.exact if variant.stem is not None else 1.0
            for document, score in self._saturated(counts, rarity).items():
                scores[document] = scores.get(document, 0.0) + share * score
            mass = mass or rarity
        return scores, mass

    def _rarity(self, documents: int) -> float:
        size = max(self._reader.size(), documents)
        return math.log(1 + (size - documents + 0.5) / (documents + 0.5))

    def _saturated(self, counts: Mapping[int, float], rarity: float) -> Scores:
        k1, norms = self._tuning.saturation, self._norms
        return {d: rarity * n * (k1 + 1) / (n + k1 * norms[d]) for d, n in counts.items()}

    # 3 — who may stay

    def _choose(self, scores: Scores, plan: Plan) -> tuple[Scores, tuple[str, ...]]:
        loosened = []
        for phrase in (*plan.phrases, *plan.required):
            holding = self._holding(phrase, scores.keys(), stemmed=phrase in plan.required)
            if not holding:
                holding = self._holding(phrase, scores.keys(), stemmed=True)
                loosened.append(phrase.text)
            if holding:
                scores = {d: s for d, s in scores.items() if d in holding}
        for phrase in plan.excluded:
            holding = self._holding(phrase, scores.keys(), stemmed=len(phrase.terms) == 1)
            scores = {d: s for d, s in scores.items() if d not in holding}
        return scores, tuple(loosened)

    def _holding(self, phrase: Phrase, documents: AbstractSet[int], *, stemmed: bool) -> AbstractSet[int]:
        """Documents with the phrase: its words at their distances, literally or by their stems."""
        places: Mapping[int, AbstractSet[int]] | None = None
        for offset, exact, stem in phrase.terms:
            name, term = (STEM, stem) if stemmed and stem is not None else (EXACT, exact)
            among = documents if places is None else places.keys()
            here = {
                document: {position - offset for position in positions}
                for document, positions in self._reader.positions(name, term, among).items()
            }
            places = here if places is None else {d: both for d in here if (both := places[d] & here[d])}
        return set(places or ())

    # 4 — among the best

    def _add_nearness(self, scores: Scores, evidence: _Evidence) -> None:
        words = [(c, mass) for c, mass, found in evidence.scored if found]
        if len(words) < 2 or not self._tuning.nearness:
            return
        best = sorted(scores, key=lambda d: (-scores[d], d))[: self._tuning.near_candidates]
        before: Mapping[int, list[int]] = {}
        before_mass = 0.0
        for concept, mass in words:
            here = self._places(concept, best)
            for document in here.keys() & before.keys():
                gap = _smallest_gap(before[document], here[document])
                if gap <= self._tuning.window:
                    scores[document] += self._tuning.nearness * min(mass, before_mass) / max(gap, 1)
            before, before_mass = here, mass

    def _places(self, concept: Concept, documents: list[int]) -> Mapping[int, list[int]]:
        places: dict[int, list[int]] = {}
        for variant in concept.variants:
            if variant.stem is None or variant.weight < MEANT_FROM:
                continue
            for document, positions in self._reader.positions(STEM, variant.stem, documents).items():
                places[document] = sorted({*places.get(document, ()), *positions})
        return places

    def _add_freshness(self, scores: Scores) -> None:
        days, newest = self._days
        span = 365.25 * self._tuning.freshness_years
        for document in scores:
            if days[document]:
                scores[document] *= 1 + self._tuning.freshness * math.exp((days[document] - newest) / span)


def _add(counts: Scores, more: Mapping[int, int], weight: float) -> None:
    for document, number in more.items():
        counts[document] = counts.get(document, 0.0) + weight * number


def _smallest_gap(left: list[int], right: list[int]) -> int:
    """The smallest distance between two ascending lists of positions.

    >>> _smallest_gap([1, 20], [5, 18])
    2
    """
    i = j = 0
    smallest = abs(left[0] - right[0])
    while i < len(left) and j < len(right):
        gap = left[i] - right[j]
        smallest = min(smallest, abs(gap))
        if gap < 0:
            i += 1
        else:
            j += 1
    return smallest
