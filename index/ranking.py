"""What ranks first: BM25F over stemmed and exact terms, coverage, nearness, a breath of freshness. Engine-neutral.

Stages: 1 every word of the question scores the articles that hold it, and covers its part of the question there;
2 the share that is covered lifts or lowers the score; 3 articles that hold all words come before those that hold
some; 4 among the best, nearness and date. May import: engine, evidence, plan, record, tuning.
"""

from __future__ import annotations

from heapq import nlargest
from itertools import compress, filterfalse, pairwise
from math import exp
from operator import mul

from index.engine import STEM
from index.evidence import Evidence
from index.record import Record
from index.tuning import MEANT_FROM, Tuning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from index.engine import Reader
    from index.plan import Plan

DAYS_A_YEAR = 365.25


class RawHit(Record):
    """A ranked document, by its number in one reader."""

    document: int
    score: float


class Factors(Record):
    """What makes a document's points a score: `(points * coverage + nearness) * freshness`.

    `coverage`: the share of the question that the document holds, by weight of the words.
    """

    coverage: float
    nearness: float
    freshness: float


class Ranker:
    """Ranks the documents of one reader."""

    def __init__(self, reader: Reader, tuning: Tuning | None = None) -> None:
        self._reader = reader
        self._tuning = tuning or Tuning()
        self._newest = max(reader.days(), default=0)

    def rank(self, plan: Plan, allowed: AbstractSet[int] | None = None) -> Ranking:
        """The documents that hold a word of the plan and are `allowed` (None: all)."""
        evidence = Evidence(self._reader, self._tuning)
        for group in plan.groups:
            evidence.add(group)
        return Ranking(self._reader, self._tuning, plan, evidence, allowed, self._newest)


class Ranking:
    """The documents that answer: those that hold all words, then those that hold some.

    `complete` holds the former. The order of the best is settled when it is asked for, and then stays.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - made by a Ranker alone
        self,
        reader: Reader,
        tuning: Tuning,
        plan: Plan,
        evidence: Evidence,
        allowed: AbstractSet[int] | None,
        newest: int,
    ) -> None:
        self._reader = reader
        self._tuning = tuning
        self._plan = plan
        self._evidence = evidence
        self._best: list[RawHit] | None = None
        self._near: Mapping[int, float] = {}
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
        self._newest = newest

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
        return list(compress(range(len(scores)), scores))

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
                self._near = self._nearness(candidates)
            else:
                candidates = []
            near, total = self._near, self._evidence.total or 1.0
            hits = [RawHit(d, self._freshness(d) * (self._scores[d] / total + near.get(d, 0.0))) for d in candidates]
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
        return nlargest(count, filterfalse(self.complete.__contains__, self.some()), key=scores.__getitem__)

    def _in_order(self, documents: AbstractSet[int]) -> Iterable[RawHit]:
        total = self._evidence.total or 1.0
        hits = [RawHit(document, self._freshness(document) * self._scores[document] / total) for document in documents]
        if not self._plan.groups:
            return sorted(hits, key=lambda hit: (-self._days[hit.document], hit.document))
        return sorted(hits, key=lambda hit: (hit.document not in self.complete, -hit.score, hit.document))

    def factors(self, document: int) -> Factors:
        """What its points were multiplied with, and what was added to them."""
        self._settled()
        coverage = self._evidence.covered[document] / (self._evidence.total or 1.0)
        return Factors(coverage, self._near.get(document, 0.0), self._freshness(document))

    def _freshness(self, document: int) -> float:
        day = self._days[document]
        if not day or not self._tuning.freshness:
            return 1.0
        age_years = (self._newest - day) / DAYS_A_YEAR
        return 1 + self._tuning.freshness * exp(-age_years / self._tuning.freshness_years)

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
