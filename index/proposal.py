"""« Vouliez-vous dire »: a question with its mistyped words replaced by the index's own.

May import: edits, french, record, spelling, wordlists.

A right word that the archive happens not to hold must not be corrected. So a proposal asks for a frequent word, a
likely slip, and letters that look less like French (letter triples, counted in the index's own words) than a right word
would; and it doubts where typed and meant word differ in a grammatical ending alone.
"""

from __future__ import annotations

from math import log

from index.edits import shared_beginning
from index.french import analyze
from index.record import Record
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from index.french import Token
    from index.spelling import Speller

BIAS = 0.0
PER_LOG_FREQUENCY = 0.67
PER_DISTANCE = -7.4
PER_LETTERS_LOG = -0.32
PER_ENDING = -2.9
"""Logistic regression: generated errors against right words that an archive does not hold, on two archives
(`benchmarks/spelling.py --fit`). Apart they give 0.63 to 0.66, -7.2 to -7.4, -0.26 to -0.34, -2.8 to -3.1."""
SURE_FROM = 0.35
"""Above it are 92 of 100 errors, and 2 of 100 right words unknown to the archive (1 of 200 right words in all)."""
RARE_MAX = 2
RARE_SURE_FROM = 4.0
RARE_TIMES = 20
"""A word in so few documents may itself be an error of the archive; then much more is asked of the other one."""
WORD_MIN = 4
ACRONYM_MAX = 5
JOINED_FREQUENCY_MIN = 2
SAMPLE_WORDS = 8_000
"""Words whose letters are counted; more only take longer."""
STEM_LETTERS_MIN = 3


class Change(Record):
    """A stretch of the question and what it should perhaps be."""

    start: int
    end: int
    typed: str
    meant: str


class Proposal(Record):
    """The whole question as it may have been meant."""

    text: str
    changes: tuple[Change, ...]


class Letters:
    """How likely letters follow each other in the words of an index."""

    def __init__(self, lists: dict[int, str]) -> None:
        kept = {length: text for length, text in lists.items() if WORD_MIN <= length <= 16}
        total = sum(len(text) // (length + 1) for length, text in kept.items())
        every = max(1, total // SAMPLE_WORDS)
        self._text = "\n"
        for length, text in kept.items():
            step = every * (length + 1)
            sample = [text[place : place + length] for place in range(1, len(text) - 1, step)]
            self._text += "\n".join(sample) + "\n"
        self._counts: dict[str, int] = {}

    def _count(self, letters: str) -> int:
        found = self._counts.get(letters)
        if found is None:
            found = self._counts[letters] = self._text.count(letters)
        return found

    def log_likelihood(self, word: str) -> float:
        """The logarithm of how likely these letters make a word; each letter after two, smoothed by one and none."""
        framed = f"\n{word}\n"
        total = 0.0
        for place in range(1, len(framed)):
            letter, before = framed[place], framed[place - 1]
            alone = (self._count(letter) + 1) / (len(self._text) + 30)
            after = (self._count(before + letter) + 3 * alone) / (self._count(before) + 3)
            if place > 1:
                two = framed[place - 2 : place]
                after = (self._count(two + letter) + 4 * after) / (self._count(two) + 4)
            total += log(max(after, 1e-6))
        return total


def same_but_ending(one: str, other: str) -> bool:
    """Whether two words differ in an ending of the list alone.

    >>> same_but_ending("determinent", "determinant"), same_but_ending("communne", "commune")
    (True, False)
    """
    endings = words("word_endings")
    same = shared_beginning(one, other)
    longest = max(len(one), len(other))
    return any(
        (one[cut:] in endings or not one[cut:]) and (other[cut:] in endings or not other[cut:])
        for cut in range(same, max(STEM_LETTERS_MIN, (longest + 1) // 2) - 1, -1)
    )


class Proposer:
    """Proposes for one index. `known(exact, stem)`: whether a word is understood (found, translated, expanded).

    `spelt(exact)`: how the index's documents mostly write a word, accents and capitals included.
    """

    def __init__(
        self, speller: Speller, known: Callable[[str, str], bool], spelt: Callable[[str], str] | None = None
    ) -> None:
        self._speller = speller
        self._known = known
        self._spelt = spelt or str
        self._letters: Letters | None = None

    def propose(self, text: str) -> Proposal | None:
        """The question with its likely errors replaced, everything else left as typed; None when there are none."""
        changes: list[Change] = []
        before: Token | None = None
        for token in analyze(text):
            if token.joined:
                continue
            if not _is_word(text, token):
                before = None
                continue
            joined = before and self._joined(text, before, token)
            if joined:
                if changes and changes[-1].end > joined.start:
                    changes.pop()
                changes.append(joined)
                before = None
                continue
            meant = self._meant(token)
            if meant:
                typed = text[token.start : token.end]
                changes.append(Change(token.start, token.end, typed, _cased(meant, typed)))
            before = token
        if not changes:
            return None
        proposed, at = "", 0
        for change in changes:
            proposed += text[at : change.start] + change.meant
            at = change.end
        return Proposal(proposed + text[at:], tuple(changes))

    def _unknown(self, token: Token) -> bool:
        return (
            token.stem is not None
            and not self._speller.frequency(token.exact)
            and not self._known(token.exact, token.stem)
        )

    def _joined(self, text: str, left: Token, right: Token) -> Change | None:
        """« dévelop pement »: two words that are one, if one of them is unknown."""
        if text[left.end : right.start] != " " or not (self._unknown(left) or self._unknown(right)):
            return None
        both = left.exact + right.exact
        if self._speller.frequency(both) < JOINED_FREQUENCY_MIN:
            return None
        typed = text[left.start : right.end]
        return Change(left.start, right.end, typed, _cased(self._spelt(both), typed))

    def _meant(self, token: Token) -> str | None:
        word = token.exact
        if token.stem is None or len(word) < WORD_MIN:
            return None
        frequency = self._speller.frequency(word)
        if frequency > RARE_MAX or (not frequency and self._known(word, token.stem)):
            return None
        found: list[tuple[float, str]] = []
        for guess in self._speller.guesses(word)[:1]:
            if guess.frequency >= RARE_TIMES * frequency:
                sure = self._sureness(word, guess.frequency, guess.distance)
                found.append((sure + PER_ENDING * same_but_ending(word, guess.word), self._spelt(guess.word)))
        split = None if frequency else self._speller.apart(word)
        if split is not None:
            sure = self._sureness(word, split.frequency, split.distance)
            written = split.text[: -len(split.words[-1])] + self._spelt(split.words[-1])
            if len(split.words[0]) > 2:
                written = f"{self._spelt(split.words[0])} {self._spelt(split.words[-1])}"
            found.append((sure, written))
        sure, meant = max(found, default=(0.0, ""))
        return meant if sure >= (RARE_SURE_FROM if frequency else SURE_FROM) else None

    def _sureness(self, word: str, frequency: int, distance: float) -> float:
        if self._letters is None:
            self._letters = Letters(self._speller.lists())
        letters = self._letters.log_likelihood(word)
        return BIAS + PER_LOG_FREQUENCY * log(frequency) + PER_DISTANCE * distance + PER_LETTERS_LOG * letters


def _is_word(text: str, token: Token) -> bool:
    """Whether a token may be corrected: no number, acronym, operator, field, value of a field or prefix."""
    typed = text[token.start : token.end]
    if not token.exact.isalpha() or (typed.isupper() and len(typed) <= ACRONYM_MAX):
        return False
    return text[token.end : token.end + 1] not in {"*", ":"} and text[: token.start].rstrip(' "«“\u00a0')[-1:] != ":"


def _cased(meant: str, typed: str) -> str:
    if typed.isupper():
        return meant.upper()
    return meant[:1].upper() + meant[1:] if typed[:1].isupper() else meant
