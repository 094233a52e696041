"""The constants of the ranking, in one record. May import: record.

How tuned: `benchmarks/relevance.py --sweep` (one constant at a time, five folds, on an export of the archive and a
judged query file, and on French questions at large); rerun it after any change of the terms or of the formula. Steps
smaller than a fold's noise were rounded to plain numbers.
"""

from __future__ import annotations

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Mapping[str, float] = {
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


class Weighing(Record):
    """What makes an article's terms into impacts; it is baked into an index."""

    fields: Mapping[str, float] = FIELDS
    """Weight of a field's words, on top of the 1 that every word of the article has."""
    exact_title: float = 2.0
    """The same for literal forms in the title."""
    saturation: float = 1.2
    """BM25's k1: how soon another occurrence adds nothing."""
    length: float = 0.6
    """BM25's b: how much long articles are held back."""
    usual_words: float = 450.0
    """An article of so many words is neither long nor short. BM25 takes the mean of the collection; a constant makes a
    grown index equal to a fresh one, and 300 to 700 give the same relevance on both collections."""


class Tuning(Record):
    """How much each piece of evidence counts when a question is answered."""

    exact: float = 0.4
    """The literal form beside the stemmed one."""
    nearness: float = 1.0
    """Neighbouring words of the question that stand near each other in the article."""
    window: int = 8
    """Tokens beyond which nearness counts no more; at most `engine.GAP_TOKENS`."""
    near_candidates: int = 50
    """How many of the best articles are looked at for nearness; 30 to 200 give the same relevance, each costs 40 µs."""
    resembling: float = 0.6
    """Weight of a word that resembles one, where a question finds nothing otherwise."""
    rare: int = 1
    """A word in at most this many articles may be a typing error."""
    kin: float = 0.3
    """Weight of words of the same family (réhabiliter, réhabilitation); at most `MEANT_FROM`."""
    kin_prefix: int = 5
    """Letters that words of one family share at least."""
    freshness: float = 0.02
    """The newest article's advantage; it decides between equals only."""
    freshness_years: float = 4.0
    """After so many years the advantage has fallen to about a third."""


MEANT_FROM = 0.3
"""Variants of a word that weigh less (its distant family) do not count as the word."""
