"""A light stem of our own for French: plurals, feminines and the commonest verb endings. May import: wordlists.

In the manner of J. Savoy's light stemmers: inflection goes, derivation stays, so that commune and communication, maire
and mairie remain two words. Works on folded words (fold, then stem: an accent that was left out changes nothing). The
endings and the exceptions are data; `tests/test_index_collisions.py` audits what meets and what must not.
"""

from __future__ import annotations

from itertools import groupby

from index.wordlists import pairs, rows

SHORTEST = 4
"""Shorter words are their own stem: « eau », « élu », « bus »."""

_Ending = tuple[str, str, int]
_GROUPS: tuple[tuple[_Ending, ...], ...] = tuple(
    tuple((ending, instead, int(before)) for _, ending, instead, before in group)
    for _, group in groupby(rows("stem_endings"), key=lambda row: row[0])
)
_EXCEPTIONS = pairs("stem_exceptions")


def stem(word: str) -> str:
    """The light stem of a folded word.

    >>> [stem(w) for w in ("elus", "elue", "regionaux", "regionale", "commune", "communication", "ville", "villa")]
    ['elu', 'elu', 'regional', 'regional', 'commun', 'communication', 'vil', 'villa']
    """
    if len(word) < SHORTEST or not word.isalpha():
        return word
    exception = _EXCEPTIONS.get(word)
    if exception is not None:
        return exception
    for group in _GROUPS:
        word = replace_ending(word, group)
    return drop_double(drop_final_e(word))


def replace_ending(word: str, endings: tuple[_Ending, ...]) -> str:
    """The first ending that fits, replaced.

    >>> replace_ending("regionaux", (("aux", "al", 2), ("x", "", 2)))
    'regional'
    """
    for ending, instead, before in endings:
        if word.endswith(ending) and len(word) - len(ending) >= before:
            return word[: len(word) - len(ending)] + instead
    return word


def drop_final_e(word: str) -> str:
    """Final e (mute, or é folded) goes, down to three letters.

    >>> drop_final_e("creee"), drop_final_e("rue")
    ('cre', 'rue')
    """
    while len(word) > 3 and word[-1] == "e":
        word = word[:-1]
    return word


def drop_double(word: str) -> str:
    """A doubled last consonant is written once.

    >>> drop_double("vill"), drop_double("reunion")
    ('vil', 'reunion')
    """
    if len(word) > 3 and word[-1] == word[-2]:
        return word[:-1]
    return word
