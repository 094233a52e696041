"""How a text becomes terms: the same for the index, the query and the snippet, whichever engine keeps them.

Every token keeps its span in the original text, which is never rewritten. A token has an exact term (folded, unstemmed)
and, unless it is a stop word, a stemmed one; an index keeps both so that the literal form can rank first. A text is cut
at its spaces; what was read once is remembered, plain words are read here, all else by `tokens`, whose STEPS say how.
May import: folding, languages, tokens, wordlists.
"""

from __future__ import annotations

from _operator import itemgetter  # operator itself takes as long to import as a query to be analysed

from index.folding import FOLDING, compose, drop_accents, fold, lower, open_ligatures
from index.languages import FRENCH, STEMS, chain, is_stop
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Self

__all__ = [
    "FOLDING",
    "Token",
    "analyze",
    "analyze_passages",
    "compose",
    "drop_accents",
    "fold",
    "fold_is_stop",
    "lower",
    "open_ligatures",
    "streams",
]

_EDGES = ".,;:!?…()[]{}«»\"“”'’-–—/*•\u00a0\u202f\n\t\r"
_AFTER_DIGITS = frozenset("0123456789eEèÈ")
"""What may go on with a number after a space."""
_NAMED = frozenset("NMT")
WORD_MAX = 60
"""As in `tokens`: the longest term."""
KNOWN_MAX = 65_536
"""Pieces of text remembered for each language; then all are forgotten. 1,100 articles have 36,000 (14 MB)."""
KNOWN_LETTERS_MAX = 40
"""Longer pieces hardly come again."""

Form = tuple[str, "str | None", int, int, int, bool]
"""(exact, stem, start, end, place, joined) within a piece."""
Piece = tuple[int, tuple[Form, ...]]
"""How many words stand in a piece, and their forms."""
Passage = tuple[int, int, "str | None"]
"""(start, end, language) in a text."""
_known: dict[str, dict[str, Piece]] = {}


def _item(number: int) -> Any:
    return property(itemgetter(number))


class Token(tuple[str, "str | None", int, int, int, bool]):
    """A term at its place. `joined` marks a second reading of a compound that stands on the same text."""

    __slots__ = ()
    exact: str = _item(0)
    stem: str | None = _item(1)
    start: int = _item(2)
    end: int = _item(3)
    position: int = _item(4)
    joined: bool = _item(5)

    def __new__(  # noqa: PLR0913, PLR0917 - its fields
        cls,
        exact: str,
        stem: str | None,
        start: int,
        end: int,
        position: int,
        joined: bool = False,
    ) -> Self:
        """A token by its fields, in order."""
        return tuple.__new__(cls, (exact, stem, start, end, position, joined))

    def __getnewargs__(self) -> tuple[str, str | None, int, int, int, bool]:
        return (*self,)


def fold_is_stop(word: str, language: str | None = FRENCH) -> bool:
    """Whether the word is a stop word, before its accents are folded.

    >>> fold_is_stop("À"), fold_is_stop("où"), fold_is_stop("sûr"), fold_is_stop("sur")
    (True, True, False, True)
    """
    return is_stop(word, language)


def analyze(text: str, position: int = 0, language: str | None = FRENCH) -> list[Token]:
    """The tokens of a text, in order; positions count on from `position`, stop words included.

    >>> [(t.exact, t.stem, t.position) for t in analyze("Les élues de l’AIMF")]
    [('les', None, 0), ('elues', 'elu', 1), ('de', None, 2), ('aimf', 'aimf', 3)]
    >>> text = "Projet e-sport"; [text[t.start:t.end] for t in analyze(text)]
    ['Projet', 'e', 'sport', 'e-sport']
    """
    return analyze_passages(text, (), language, position)


def analyze_passages(
    text: str, passages: Iterable[Passage], default: str | None = FRENCH, position: int = 0
) -> list[Token]:
    """The tokens of a text that holds passages (start, end, language) in other languages.

    >>> text = "La ville. Cities and towns. Un maire."
    >>> [t.stem for t in analyze_passages(text, [(10, 27, "en")]) if t.stem]
    ['vill', 'en:citi', 'en:town', 'mair']
    """
    make = tuple.__new__
    tokens: list[Token] = []
    for start, end, language in _sections(len(text), passages, default):
        for base, (number, forms) in _pieces(text, start, end, language):
            for exact, stem, first, last, place, joined in forms:
                tokens.append(make(Token, (exact, stem, base + first, base + last, position + place, joined)))
            position += number
    return tokens


def streams(
    text: str, language: str | None = FRENCH, passages: Iterable[Passage] = ()
) -> tuple[list[tuple[str, str | None, int, int]], list[tuple[int, int, str, str | None]]]:
    """What `analyze` says, as an index stores it: the words and, apart, their second readings.

    Words are (exact, stem, start, end), readings (number of the first word, how many words, exact, stem). A word is as
    wide as the reading that begins with it and starts before it (« N'Djaména »).

    >>> streams("L’e-sport")
    ([('e', 'e', 2, 3), ('sport', 'sport', 4, 9)], [(0, 2, 'esport', 'esport')])
    """
    held: list[tuple[str, str | None, int, int]] = []
    joins: list[tuple[int, int, str, str | None]] = []
    for begin, stop, its_language in _sections(len(text), passages, language):
        for base, (_, forms) in _pieces(text, begin, stop, its_language):
            here = len(held)
            for exact, stem, start, end, place, joined in forms:
                if joined:
                    _join(forms, (exact, stem, start, end, place, joined), here, held, joins)
                else:
                    held.append((exact, stem, base + start, base + end))
    return held, joins


def _join(
    forms: Sequence[Form],
    joined: Form,
    here: int,
    held: list[tuple[str, str | None, int, int]],
    joins: list[tuple[int, int, str, str | None]],
) -> None:
    """A second reading, tied to the words it stands on; those of its piece are `held` from `here` on."""
    exact, stem, start, end, place, _ = joined
    plain = [form for form in forms if not form[5]]
    first = next((number for number, form in enumerate(plain) if form[4] == place), None)
    if first is None:
        return
    covered = sum(form[3] <= end for form in plain[first:])
    joins.append((here + first, max(1, covered), exact, stem))
    earlier = plain[first][2] - start
    if earlier > 0:
        word, its_stem, its_start, its_end = held[here + first]
        held[here + first] = (word, its_stem, its_start - earlier, its_end)


def _sections(length: int, passages: Iterable[Passage], default: str | None) -> Iterator[Passage]:
    """All of a text in order; a passage that overlaps an earlier one begins after it."""
    done = 0
    for first, last, language in sorted(passages, key=lambda passage: passage[:2]):
        start, end = max(done, first), min(last, length)
        if start < end:
            if done < start:
                yield done, start, default
            yield start, end, language
            done = end
    if done < length:
        yield done, length, default


def _pieces(text: str, start: int, end: int, language: str | None) -> Iterator[tuple[int, Piece]]:
    """Where each piece of a passage begins, and what it holds."""
    its_chain = chain(language)
    known = _known.setdefault(its_chain, {})
    base = start
    for piece in _cut(text[start:end] if start or end < len(text) else text):
        found = known.get(piece)
        if found is None:
            found = _read(piece, its_chain, known)
            if len(piece) <= KNOWN_LETTERS_MAX:
                if len(known) >= KNOWN_MAX:
                    known.clear()
                known[piece] = found
        yield base, found
        base += len(piece) + 1


def _cut(text: str) -> list[str]:
    """A text at its spaces and line ends; « 35 000 » and « 98 ème » stay whole."""
    pieces = text.replace("\n", " ").split(" ")
    numbers = [number for number, piece in enumerate(pieces[:-1]) if piece[-1:].isdecimal()]
    if any([pieces[number + 1][:1] in _AFTER_DIGITS for number in numbers]):  # noqa: C419 - a generator takes longer
        from index.tokens import bind_numbers  # noqa: PLC0415 - patterns cost more than a plain question

        return bind_numbers(text).replace("\n", " ").split(" ")
    return pieces


def _read(piece: str, language: str, known: dict[str, Piece]) -> Piece:
    """A piece of text between two spaces: plain words and numbers here, anything else by its patterns."""
    word = piece.strip(_EDGES)
    if not word:
        if not any(sign.isalnum() for sign in piece):
            return 0, ()
    elif (word.isalpha() and _is_alphabetic(word)) or (word.isascii() and word.isdecimal()):
        return _read_word(word, piece.find(word), language, known)
    else:
        left, _, right = word.replace("’", "'").partition("'")
        if left.isalpha() and right.isalpha() and _is_alphabetic(right) and _elides(left, right):
            return _read_word(right, piece.find(word) + len(left) + 1, language, known)
    from index.tokens import read  # noqa: PLC0415 - patterns cost more than a plain question

    forms = tuple(read(piece, language))
    return 1 + max((form[4] for form in forms), default=-1), forms


def _read_word(word: str, start: int, language: str, known: dict[str, Piece]) -> Piece:
    found = known.get(word)
    if found is not None and found[1]:
        exact, stem, *_ = found[1][0]
    else:
        exact = fold(word).replace("'", "").replace("’", "")[:WORD_MAX]
        stem = None if is_stop(word, language) else STEMS[language](exact)
    return 1, ((exact, stem, start, start + len(word), 0, False),)


def _elides(left: str, right: str) -> bool:
    """Whether l', d' … stand before a word and nothing is to be said of both together (N'Djaména, aujourd'hui)."""
    named = left in _NAMED and right[0].isupper()
    return not named and fold(left) in words("elisions") and f"{fold(left)}'{fold(right)}" not in words("whole_words")


def _is_alphabetic(word: str) -> bool:
    """Whether the scripts of a word are cut into words by spaces and write their vowels as letters.

    >>> _is_alphabetic("développement"), _is_alphabetic("Huế"), _is_alphabetic("東京")
    (True, True, False)
    """
    return max(word) < "\u0900" or all(sign < "\u0900" or "\u1e00" <= sign < "\u2000" for sign in word)
