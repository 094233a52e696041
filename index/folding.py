"""How words are compared: without case, accents and ligatures. The same in every language. May import: unicodedata."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "\u00ad": ""})
KNOWN_MAX = 32_768
"""Accented words remembered; then all are forgotten, so that a long build does not grow without end."""
_known: dict[str, str] = {}


def compose(word: str) -> str:
    """Letters and their accents in one sign (NFC).

    >>> compose("e\u0301te\u0301") == "été"
    True
    """
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def lower(word: str) -> str:
    """Case folded.

    >>> lower("ÉTAT"), lower("Straße")
    ('état', 'strasse')
    """
    return word.casefold()


def open_ligatures(word: str) -> str:
    """œ is oe, æ is ae; the barred letters of other alphabets lose their bar.

    >>> open_ligatures("œuvre"), open_ligatures("đồng")
    ('oeuvre', 'dồng')
    """
    return word if word.isascii() else word.translate(_LIGATURES)


def drop_accents(word: str) -> str:
    """Without accents.

    >>> drop_accents("développement"), drop_accents("huế")
    ('developpement', 'hue')
    """
    if word.isascii():
        return word
    bare = "".join([sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign)])
    # Letters in fancy dress (mathematical capitals, ligatures of typography) have only now become letters.
    return bare.casefold()


FOLDING: tuple[Callable[[str], str], ...] = (compose, lower, open_ligatures, drop_accents)


def fold(word: str) -> str:
    """A word as it is compared: all of FOLDING, in order.

    >>> fold("Œuvres"), fold("N’Djaména")
    ('oeuvres', 'n’djamena')
    """
    if word.isascii():
        return word.casefold()
    known = _known.get(word)
    if known is None:
        known = word
        for step in FOLDING:
            known = step(known)
        if len(_known) >= KNOWN_MAX:
            _known.clear()
        _known[word] = known
    return known
