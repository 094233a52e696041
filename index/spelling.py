"""Words that are not in the index, or hardly: the words of the index that were probably meant.

Typing errors are found by edit distance against the vocabulary (a swap of neighbours counts once) and by sound
(téléférique, téléphérique); nothing here knows French words, only how French is spelt.
May import: the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ONE_EDIT_FROM = 4
TWO_EDITS_FROM = 8
"""Letters a word needs before one, before two edits are allowed."""
RESEMBLING_FROM = 0.6
"""Share of letter triples in common; communication and commune, which must not meet, have 0.55."""
RESEMBLING_LETTERS = 6
"""Shorter words are acronyms and names: nothing else is meant by them."""
_SOUNDS = (
    (re.compile("ph"), "f"),
    (re.compile("qu|ck|k"), "c"),
    (re.compile("y"), "i"),
    (re.compile("eau|au"), "o"),
    (re.compile("[ae]i(?=.)"), "e"),
    (re.compile("th"), "t"),
    (re.compile("([aeiou])h([aeiou])"), r"\1\2"),
    (re.compile("an|em|am"), "en"),
    (re.compile("z"), "s"),
    (re.compile(r"(.)\1+"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A word of the index near the one typed; `distance` 0.5 means it sounds the same."""

    word: str
    distance: float


def sound(word: str) -> str:
    """How a folded word sounds, roughly.

    >>> sound("telepherique") == sound("teleferique"), sound("asainissement") == sound("assainissement")
    (True, True)
    """
    for pattern, instead in _SOUNDS:
        word = pattern.sub(instead, word)
    return word


def edits_allowed(word: str) -> int:
    """How many edits a word of this length may be away.

    >>> edits_allowed("eau"), edits_allowed("maire"), edits_allowed("assainissement"), edits_allowed("2019")
    (0, 1, 2, 0)
    """
    if not word.isalpha() or len(word) < ONE_EDIT_FROM:
        return 0
    return 1 if len(word) < TWO_EDITS_FROM else 2


def distance(left: str, right: str, limit: int) -> int:
    """Edits between two words, neighbours swapped counting once; `limit + 1` as soon as it is more than `limit`.

    >>> distance("bangante", "bangangte", 2), distance("parsi", "paris", 1), distance("eau", "feu", 1)
    (1, 1, 2)
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, row = row, current
    return min(row[-1], limit + 1)


def _triples(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def _dice(left: frozenset[str], right: frozenset[str]) -> float:
    return 2 * len(left & right) / (len(left) + len(right))


class Speller:
    """The vocabulary of an index, ready for questions."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[str, frozenset[str]]]] = {}
        for word in vocabulary:
            if len(word) >= ONE_EDIT_FROM - 1 and word.isalpha():
                self._by_length.setdefault(len(word), []).append((word, frozenset(word)))

    def resembling(self, word: str) -> Sequence[str]:
        """Words that share most of their letter triples with `word`: for a question that finds nothing otherwise.

        >>> Speller(["zoologique", "geologie", "eau"]).resembling("zoologie")
        ['zoologique']
        """
        if len(word) < RESEMBLING_LETTERS:
            return ()
        own = _triples(word)
        found = []
        for words in self._by_length.values():
            for other, _ in words:
                alike = _dice(own, _triples(other))
                if alike >= RESEMBLING_FROM:
                    found.append((-alike, other))
        return [other for _, other in sorted(found)]

    def guesses(self, word: str) -> Sequence[Guess]:
        """Words near `word`, nearest first; never the word itself.

        >>> [g.word for g in Speller(["assainissement", "assaisonnement", "eau"]).guesses("asainissement")]
        ['assainissement']
        """
        limit = edits_allowed(word)
        if not limit:
            return ()
        letters, own_sound = frozenset(word), sound(word)
        found = []
        for length in range(len(word) - limit, len(word) + limit + 1):
            for other, others_letters in self._by_length.get(length, ()):
                # Each edit changes at most one letter on either side: a cheap test before the costly one.
                if len(letters - others_letters) > limit or len(others_letters - letters) > limit or other == word:
                    continue
                edits = distance(word, other, limit)
                if edits <= limit:
                    found.append(Guess(other, 0.5 if sound(other) == own_sound else float(edits)))
        return sorted(found, key=lambda guess: (guess.distance, guess.word[:1] != word[:1], guess.word))
