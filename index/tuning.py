"""The constants of the ranking, in one record. May import: the standard library.

How tuned: `benchmarks/relevance.py --sweep` (one constant at a time, five folds, on an export of the archive and a
judged query file), then checked on French questions at large; rerun it after any change of the terms or of the
formula. Steps
smaller than a fold's noise were rounded to plain numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _field_weights() -> Mapping[str, float]:
    return MappingProxyType(
        {
            "title": 3.0,
            "headings": 0.5,
            "themes": 0.5,
            "countries": 0.5,
            "cities": 0.5,
            "partners": 0.5,
            "kinds": 0.5,
            "dates": 1.0,
            "summary": 0.5,
        }
    )


@dataclass(frozen=True, slots=True)
class Tuning:
    """How much each piece of evidence counts."""

    fields: Mapping[str, float] = field(default_factory=_field_weights)
    """Weight of a field's words, on top of the 1 that every word of the article has."""
    saturation: float = 1.2
    """BM25's k1: how soon another occurrence adds nothing."""
    length: float = 0.6
    """BM25's b: how much long articles are held back."""
    exact: float = 0.4
    """The literal form beside the stemmed one."""
    exact_title: float = 2.0
    coverage: float = 1.0
    """Exponent of the share of the question that an article covers: all words first, then any word."""
    nearness: float = 1.0
    """Neighbouring words of the question that stand near each other in the article."""
    window: int = 8
    """Positions beyond which nearness counts no more."""
    near_candidates: int = 100
    """How many of the best articles are looked at for nearness."""
    typo: float = 0.6
    """Weight of a word one edit away from one that the index does not know; of two edits, its square."""
    rare: int = 1
    """A word in at most this many articles may be a typing error."""
    kin: float = 0.3
    """Weight of words of the same family (réhabiliter, réhabilitation); at most `ranking.MEANT_FROM`, above which a
    word counts as the one that was asked."""
    kin_prefix: int = 5
    """Letters that words of one family share at least."""
    freshness: float = 0.02
    """The newest article's advantage; it decides between equals only."""
    freshness_years: float = 4.0
    """After so many years the advantage has fallen to about a third."""
