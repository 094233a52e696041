"""Words that an index does not know, or hardly: the words of the index that were probably meant.

A noisy channel: a likely slip of the hand or ear (doubled and neighbouring letters, keys side by side, letters that
sound alike) from a frequent word is a better guess than an unlikely one from a rare word. Nothing here knows French
words, only how French is spelt and typed. May import: edits, record, wordlists.

All words of one length stand in one string, so that looking for those with a given half is one `str.find`, which reads
a gigabyte a second: of two halves (three thirds), one edit (two) leave one as it was.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp, log

from index.edits import SOUND, one_edit, respelt, slip, two_edits
from index.record import Record
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Protocol

    class Vocabulary(Protocol):
        """The words of an index as they are spelt, folded."""

        def terms(self) -> Iterable[str]:
            """All of them, sorted."""

        def frequency(self, term: str) -> int:
            """How many documents hold one; 0 for an unknown one."""


ONE_EDIT_FROM = 4
TWO_EDITS_FROM = 8
"""Letters a word needs before one, before two edits are allowed."""
LENGTH_MAX = 30
"""Longer terms are joined compounds and noise; nobody means them."""
OUTER_PIECE_MIN = 3
INNER_PIECE_MIN = 4
"""Shorter pieces from within a word are in every tenth word, and two edits round one are rare."""
GUESSES_MAX = 20
CACHE_MAX = 256

COST_NATS = 6.0
"""An edit of cost 1 is as unlikely as a word exp(6) times less frequent. Tuned with the costs, see `edits`."""
PER_EDIT = 0.7
PER_NATS = 4.0
"""A guess weighs less the further it is, and by how much likelier the best one is. Tuned on French questions at large
with one typing error each: 0.6 and 0.8, 2 and 8 are within 0.005 of nDCG@10."""
APART_COST = 1.0
ELISION_COST = 0.75
PART_MIN = 4
APART_FREQUENCY_MIN = 4
"""Documents that must hold each of the words that a word is cut into."""

RESEMBLING_FROM = 0.6
"""Share of letter triples in common; communication and commune, which must not meet, have 0.55."""
RESEMBLING_LETTERS = 6
"""Shorter words are acronyms and names: nothing else is meant by them."""
RESEMBLING_PIECE = 4

_ELIDED = ("l", "d", "qu")
"""What questions hold before an apostrophe; n, s and c begin too many words."""
_VOWELS = frozenset("aeiouyh")


class Guess(Record):
    """A word of the index near the one typed: how far (weighted edits), in how many documents.

    `weight` says how far it stands for the typed word in a search, from 0 to 1.
    """

    word: str
    distance: float
    frequency: int
    weight: float


class Split(Record):
    """Words typed as one. `text` is how they are written: with an apostrophe or a space."""

    words: tuple[str, ...]
    text: str
    distance: float
    frequency: int


def edits_allowed(word: str) -> int:
    """How many edits a word of this length may be away.

    >>> edits_allowed("eau"), edits_allowed("maire"), edits_allowed("assainissement"), edits_allowed("2019")
    (0, 1, 2, 0)
    """
    if not word.isalpha() or not ONE_EDIT_FROM <= len(word) <= LENGTH_MAX:
        return 0
    return 1 if len(word) < TWO_EDITS_FROM else 2


class Speller:
    """The vocabulary of an index, ready for questions; read when the first one comes."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._by_length: dict[int, str] = {}
        self._known: dict[str, Sequence[Guess]] = {}

    def frequency(self, word: str) -> int:
        """How many documents hold the word."""
        return self._vocabulary.frequency(word)

    def lists(self) -> dict[int, str]:
        """All words by length, each between newlines."""
        if not self._by_length:
            lists: dict[int, list[str]] = {}
            for word in self._vocabulary.terms():
                length = len(word)
                if length in lists:
                    lists[length].append(word)
                else:
                    lists[length] = [word]
            self._by_length = {
                length: "\n" + "\n".join(found) + "\n" for length, found in lists.items() if 1 < length <= LENGTH_MAX
            } or {0: ""}
        return self._by_length

    def guesses(self, word: str) -> Sequence[Guess]:
        """Words near `word`, the likeliest first; never the word itself.

        >>> [g.word for g in Speller(Counted({"assainissement": 9, "assainir": 2})).guesses("asainissement")]
        ['assainissement']
        """
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            found = self._known[word] = self._guesses(word) if edits_allowed(word) else ()
        return found

    def _guesses(self, word: str) -> Sequence[Guess]:
        alike = respelt(word)
        near = {other for other in self._with_pieces(word, 2, 1) if one_edit(word, other)}
        near.update(self._swapped_in_the_middle(word), filter(self.frequency, alike))
        near.discard(word)
        if not near and edits_allowed(word) > 1:
            letters, size = set(word), len(word)
            near = {
                other
                for other in self._with_pieces(word, 3, 2)
                # Each edit changes at most two letters, one if the length changes: a cheap test before the costly one.
                if len(letters.symmetric_difference(other)) <= 4 - abs(len(other) - size) and two_edits(word, other)
            }
        found = []
        for other in near:
            frequency = self.frequency(other) if other.isalpha() else 0
            if frequency:
                cost = SOUND if other in alike else slip(word, other)
                found.append((COST_NATS * cost - log(frequency), other, cost, frequency))
        found.sort()
        return tuple(
            Guess(other, cost, frequency, PER_EDIT**cost * exp((found[0][0] - unlikely) / PER_NATS))
            for unlikely, other, cost, frequency in found[:GUESSES_MAX]
        )

    def _swapped_in_the_middle(self, word: str) -> Iterator[str]:
        half = len(word) // 2
        swapped = word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :]
        if self.frequency(swapped):
            yield swapped

    def _with_pieces(self, word: str, pieces: int, limit: int) -> set[str]:
        """Words that have one of so many pieces of the word where it should be, give or take `limit` letters."""
        size = max(len(word) // pieces, OUTER_PIECE_MIN)
        bounds = [0, len(word) // 2, len(word)] if pieces == 2 else [0, size, len(word) - size, len(word)]
        found: set[str] = set()
        for length in range(len(word) - limit, len(word) + limit + 1):
            text = self.lists().get(length, "")
            if text:
                for start, end in pairwise(bounds):
                    inner = start > 0 and end < len(word)
                    if not inner or end - start >= INNER_PIECE_MIN:
                        found.update(_with_piece(text, length, word, start, end))
        return found

    def resembling(self, word: str) -> Sequence[str]:
        """Words that share most of their letter triples with `word`: for a question that finds nothing otherwise.

        >>> Speller(Counted({"zoologique": 1, "geologie": 1, "eau": 1})).resembling("zoologie")
        ['zoologique']
        """
        if not RESEMBLING_LETTERS <= len(word) <= LENGTH_MAX:
            return ()
        own = _triples(word)
        size = RESEMBLING_PIECE
        pieces = {word[at : at + size] for at in range(0, len(word) - size + 1, size)}
        near: set[str] = set()
        for length, text in self.lists().items():
            if len(word) / 2.4 < length < 2.4 * len(word):
                for piece in pieces:
                    near.update(_holding(text, length, piece))
        found = [(-_dice(own, _triples(other)), other) for other in near if other != word]
        return [other for alike, other in sorted(found) if alike <= -RESEMBLING_FROM]

    def apart(self, word: str) -> Split | None:
        """The words that were typed as one, if the index knows them.

        >>> archive = Speller(Counted({"eau": 90, "assainissement": 40, "urbain": 30}))
        >>> archive.apart("leau").text, archive.apart("assainissementurbain").text, archive.apart("urbaine")
        ('l’eau', 'assainissement urbain', None)
        """
        found = []
        for elided in _ELIDED:
            rest = word[len(elided) :]
            if word.startswith(elided) and rest[:1] in _VOWELS and len(rest) > 2:
                frequency = self.frequency(rest)
                if frequency >= APART_FREQUENCY_MIN:
                    found.append(Split((elided, rest), f"{elided}’{rest}", ELISION_COST, frequency))
        for place in range(2, len(word) - PART_MIN + 1):
            left, right = word[:place], word[place:]
            if left in words("joined_articles") or (place >= PART_MIN and left not in words("word_prefixes")):
                least = min(self.frequency(left), self.frequency(right))
                if least >= APART_FREQUENCY_MIN:
                    found.append(Split((left, right), f"{left} {right}", APART_COST, least))
        return max(found, key=lambda s: (log(s.frequency) - COST_NATS * s.distance, s.text), default=None)


class Counted:
    """A vocabulary in memory: words and how many documents hold them."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts

    def terms(self) -> Iterable[str]:
        """All words, sorted."""
        return sorted(self._counts)

    def frequency(self, term: str) -> int:
        """How many documents hold the word."""
        return self._counts.get(term, 0)


def _with_piece(text: str, length: int, word: str, start: int, end: int) -> Iterator[str]:
    """Words of one length that have letters `start` to `end` of `word`: at either end, or near their place."""
    piece = word[start:end]
    if start == 0:
        piece, offset = "\n" + piece, -1
    elif end == len(word):
        piece, offset = piece + "\n", length - (end - start)
    else:
        near = abs(len(word) - length) + 1
        for place, other in _places(text, length, piece):
            if abs(place - start) <= near:
                yield other
        return
    place = text.find(piece)
    while place >= 0:
        first = place - offset
        yield text[first : first + length]
        place = text.find(piece, place + 1)


def _places(text: str, length: int, piece: str) -> Iterator[tuple[int, str]]:
    place = text.find(piece)
    while place >= 0:
        first = place - (place - 1) % (length + 1)
        yield place - first, text[first : first + length]
        place = text.find(piece, place + 1)


def _holding(text: str, length: int, piece: str) -> set[str]:
    return {other for _, other in _places(text, length, piece)}


def _triples(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _dice(left: set[str], right: set[str]) -> float:
    return 2 * len(left & right) / (len(left) + len(right))
