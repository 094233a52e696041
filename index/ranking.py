"""What ranks first: BM25F over stemmed and exact terms, coverage, nearness, a breath of freshness. Engine-neutral.

Stages: 1 every word of the question scores the articles that hold it, and covers its part of the question there;
2 the share that is covered lifts or lowers the score; 3 articles that hold all words come before those that hold
some; 4 among the best, nearness and date. May import: bits, engine, evidence, plan, pruning,
record, tuning.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp
from operator import mul

from index import pruning
from index.bits import bits_of, documents_of, intersection, union
from index.engine import STEM
from index.evidence import Evidence
from index.record import Record
from index.tuning import MEANT_FROM, Tuning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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

    def rank(self, plan: Plan, allowed: int | None = None, choices: Sequence[int] = ()) -> Ranking:
        """The documents that hold a word of the plan and are `allowed` (bits; None: all).

        `choices`: for each part of the question with optional words, the documents in which it holds, by whatever.
        """
        evidence = Evidence(self._reader, self._tuning, plan)
        return Ranking(self._reader, self._tuning, plan, evidence, allowed, choices, self._newest)


class Ranking:
    """The documents that answer: those that hold all words, then those that hold some.

    `complete` and `some` hold them, as bits, complete ones among `some`. The order of the best is settled when it is
    asked for, and then stays.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - made by a Ranker alone
        self,
        reader: Reader,
        tuning: Tuning,
        plan: Plan,
        evidence: Evidence,
        allowed: int | None,
        choices: Sequence[int],
        newest: int,
    ) -> None:
        self._reader = reader
        self._tuning = tuning
        self._plan = plan
        self._evidence = evidence
        self._best: list[RawHit] | None = None
        self._near: Mapping[int, float] = {}
        if plan.groups:
            self._holding = union([evidence.some, *choices])
            self._whole = intersection([evidence.complete, *choices])
        else:
            # No word to go by: whatever is allowed, the newest first.
            self._holding = self._whole = reader.documents()
        self.complete, self.some = (_both(bits, allowed) for bits in (self._whole, self._holding))
        self._days = reader.days()
        self._newest = newest

    def answers(self) -> int:
        """Documents that hold all words or, when there are none, some."""
        return self.complete or self.some

    def answers_among(self, allowed: int | None) -> int:
        """The same, among others than those allowed when the question was ranked (None: all)."""
        return _both(self._whole, allowed) or _both(self._holding, allowed)

    def best(self, count: int) -> list[RawHit]:
        """The first `count`."""
        settled = self._settled()
        if count > len(settled):
            rest = self.some & ~bits_of((hit.document for hit in settled), self._reader.bound())
            settled = [*settled, *self._in_order(rest & self.complete), *self._in_order(rest & ~self.complete)]
            self._best = settled
        return settled[:count]

    def _settled(self) -> list[RawHit]:
        """The best candidates, nearness and date weighed in."""
        if self._best is None:
            self._best = []
            if self._plan.groups:
                most = self._tuning.near_candidates
                first = pruning.best(self._evidence, self.complete, most)
                second = pruning.best(self._evidence, self.some & ~self.complete, most - len(first))
                self._near = self._nearness([document for _, document in first + second])
                self._best = self._hits(first) + self._hits(second)
        return self._best

    def _hits(self, found: Iterable[tuple[float, int]]) -> list[RawHit]:
        near, total = self._near, self._evidence.total or 1.0
        hits = [RawHit(d, self._freshness(d) * (score / total + near.get(d, 0.0))) for score, d in found]
        hits.sort(key=lambda hit: (-hit.score, hit.document))
        return hits

    def _in_order(self, documents: int) -> list[RawHit]:
        """Documents of no question newest first, others by their score without what only the best are looked at for."""
        if not self._plan.groups:
            return [RawHit(d, 0.0) for d in sorted(documents_of(documents), key=lambda d: (-self._days[d], d))]
        measured = self._evidence.measure(documents)
        return self._hits(zip(map(mul, measured.points, measured.covered), measured.documents, strict=True))

    def factors(self, document: int) -> Factors:
        """What its points were multiplied with, and what was added to them."""
        self._settled()
        covered = self._evidence.measure(1 << document).covered[0]
        coverage = covered / (self._evidence.total or 1.0)
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


def _both(bits: int, allowed: int | None) -> int:
    return bits if allowed is None else bits & allowed


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
