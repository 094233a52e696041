"""Words that mean the same: a place's other names, and the French of English words. May import: french, wordlists.

Two lists of general knowledge: names of places, and the working vocabulary of municipalities, by subject. Neither is
made from questions people asked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from index.french import analyze
from index.wordlists import pairs, rows

TRANSLATION_WEIGHT = 0.7
"""A translation is likely meant, not surely: « planning » is a French word too."""


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Another word, and how surely it means the same."""

    exact: str
    stem: str
    weight: float


@cache
def _all() -> dict[str, tuple[Equivalent, ...]]:
    found: dict[str, list[Equivalent]] = defaultdict(list)
    for names in rows("exonyms"):
        for name in names:
            found[name] += [_equivalent(other, 1.0) for other in names if other != name]
    for english, french in pairs("glossary").items():
        found[english] += [
            e for word in french.split() if (e := _equivalent(word, TRANSLATION_WEIGHT)).exact != english
        ]
    return {word: tuple(others) for word, others in found.items()}


def _equivalent(word: str, weight: float) -> Equivalent:
    token = analyze(word)[-1]
    return Equivalent(token.exact, token.stem or token.exact, weight)


def equivalents(exact: str) -> tuple[Equivalent, ...]:
    """Words that may stand for a folded word.

    >>> [e.exact for e in equivalents("kyiv")], [e.exact for e in equivalents("sanitation")], equivalents("eau")
    (['kiev'], ['assainissement'], ())
    """
    return _all().get(exact, ())
