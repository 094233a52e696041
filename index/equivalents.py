"""Words that mean the same as one word: a place's other names, the French of an English word, an acronym's sister.

A thin reading of `expressions` for whoever looks at one word alone. May import: expressions, record, stem.
"""

from __future__ import annotations

from index.expressions import Expressions
from index.record import Record
from index.stem import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TRANSLATION_WEIGHT = 0.7
"""A translation is likely meant, not surely: a word alone does not tell its language."""

_LISTS = Expressions()


class Equivalent(Record):
    """Another word, and how surely it means the same."""

    exact: str
    stem: str
    weight: float


def equivalents(exact: str) -> Sequence[Equivalent]:
    """Single words that may stand for a folded word.

    >>> [e.exact for e in equivalents("kyiv")], [e.exact for e in equivalents("sanitation")], equivalents("eau")
    (['kiev'], ['assainissement'], ())
    """
    found = _LISTS.expressions((exact,))
    return tuple(
        Equivalent(one.words[0], stem(one.words[0]), TRANSLATION_WEIGHT if one.kind == "translation" else one.weight)
        for one in (found[0].alternatives if found else ())
        if len(one.words) == 1
    )
