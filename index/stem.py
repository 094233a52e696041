"""Light stems of our own: plurals, feminines, the commonest verb endings, irregular verbs. May import: wordlists.

In the manner of J. Savoy's light stemmers: inflection goes, derivation stays, so that commune and communication, maire
and mairie remain two words. Works on folded words (fold, then stem: an accent that was left out changes nothing). The
endings and the exceptions of a language are data; `tests/test_index_collisions.py` audits what meets and what must not.
"""

from __future__ import annotations

from index.wordlists import forms, pairs, rows

SHORTEST = 4
"""Shorter words are their own stem unless they are exceptions: « eau », « élu », « bus »."""
DOUBLE_FROM = 5
"""Shorter words keep their doubled consonant: « donner » is not « don », nor « salle » « sale »."""

Ending = tuple[str, str, int]
Endings = dict[str, list[Ending]]
"""The endings of one group, by their last letter."""

_groups: dict[str, tuple[Endings, ...]] = {}


def stem(word: str) -> str:
    """The light stem of a folded French word.

    >>> [stem(w) for w in ("construire", "construite", "construisait", "construction")]
    ['construis', 'construis', 'construis', 'construction']
    >>> [stem(w) for w in ("elus", "elue", "regionaux", "regionale", "commune", "communication", "ville", "villa")]
    ['elu', 'elu', 'regional', 'regional', 'commun', 'communication', 'vill', 'villa']
    """
    return _stem(word, "stem_endings", "stem_exceptions", "stem_verbs")


def stem_english(word: str) -> str:
    """The light stem of a folded English word.

    >>> [stem_english(w) for w in ("city", "cities", "planning", "planned", "plans", "housing", "houses")]
    ['citi', 'citi', 'plan', 'plan', 'plan', 'hous', 'hous']
    """
    return _stem(word, "stem_endings_en", "stem_exceptions_en", "stem_verbs_en")


def _stem(word: str, endings: str, exceptions: str, verbs: str) -> str:
    exception = pairs(exceptions).get(word) or forms(verbs).get(word)
    if exception is not None:
        return exception
    if len(word) < SHORTEST or not word.isalpha():
        return word
    for group in _groups.get(endings) or _read(endings):
        found = group.get(word[-1])
        if found is not None:
            word = replace_ending(word, found)
    return drop_double(drop_final_e(word))


def _read(endings: str) -> tuple[Endings, ...]:
    by_group: dict[str, Endings] = {}
    for group, ending, instead, before in rows(endings):
        by_group.setdefault(group, {}).setdefault(ending[-1], []).append((ending, instead, int(before)))
    _groups[endings] = tuple(by_group.values())
    return _groups[endings]


def replace_ending(word: str, endings: list[Ending]) -> str:
    """The first ending that fits, replaced.

    >>> replace_ending("regionaux", [("aux", "al", 2), ("x", "", 2)])
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
    """A doubled last consonant is written once in longer words: « appelle », « appeler ».

    >>> drop_double("appell"), drop_double("donn"), drop_double("reunion")
    ('appel', 'donn', 'reunion')
    """
    if len(word) >= DOUBLE_FROM and word[-1] == word[-2] and word[-1] not in "aeiou":
        return word[:-1]
    return word
