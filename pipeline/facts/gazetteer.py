"""The gazetteer: which names stand for which places. Data files beside the code, and names that staff add.

Owns: countries.tsv, cities.tsv, place_regions.tsv, place_namesakes.txt and the lookup by folded name. Decides
nothing about a text. May import: words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.facts.words import fold

__all__ = ["Gazetteer", "Hit", "Sense", "contexts", "default_gazetteer", "first_names", "plain", "spaced"]

_ARTICLES = ("le ", "la ", "les ", "l ")
_SAINT = re.compile(r"\bsaint(e?) ")


@dataclass(frozen=True, slots=True)
class Sense:
    """One place that a name may stand for.

    `kind` is country, city, region or namesake (no place at all); `mark` says what speaks against the bare name:
    name, word, small or nothing. `inhabitants_thousands` is 0 when unknown.
    """

    name: str
    country: str | None
    kind: str
    inhabitants_thousands: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found at a place of a text: its length, what it may stand for, whether it lacks its article."""

    length_chars: int
    senses: tuple[Sense, ...]
    needs_article: bool


_Entry = tuple[str, bool, tuple[Sense, ...]]


def plain(text: str) -> str:
    """Folded, apostrophes, hyphens and dots as spaces; as long as `text`.

    >>> plain("L’Haÿ-les-Roses")
    'l hay les roses'
    """
    return spaced(fold(text))


def spaced(folded: str) -> str:
    """Folded text with its apostrophes, hyphens and dots as spaces."""
    return folded.replace("'", " ").replace("-", " ").replace(".", " ")


def _data(name: str) -> list[str]:
    text = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _spellings(name: str) -> Iterable[tuple[str, bool]]:
    """The folded ways to write a name, and whether an article must stand before it."""
    key = plain(name)
    article = next((a for a in _ARTICLES if key.startswith(a)), "")
    if article and len(key) > len(article):
        # « Le Havre » is also « au Havre », « du Havre »: the article is looked for in front of the rest.
        yield key[len(article) :], True
        return
    yield key, False
    if (short := _SAINT.sub(r"st\1 ", key)) != key:
        yield short, False
    if len(name) > 2 and name[1] in "'’":
        yield key[0] + key[2:], False


class Gazetteer:
    """Names and their senses, by first word; `with_names` gives one that knows more."""

    def __init__(self, rows: Iterable[tuple[Sense, Sequence[str]]]) -> None:
        self._rows = tuple(rows)
        senses: dict[tuple[str, bool], list[Sense]] = {}
        for sense, names in self._rows:
            for name in dict.fromkeys((sense.name, *names)):
                for spelling in _spellings(name):
                    known = senses.setdefault(spelling, [])
                    if not any((k.name, k.country, k.kind) == (sense.name, sense.country, sense.kind) for k in known):
                        known.append(sense)
        by_word: dict[str, list[_Entry]] = {}
        for (key, needs_article), found in senses.items():
            by_word.setdefault(key.split(" ", 1)[0], []).append((key, needs_article, tuple(found)))
        for entries in by_word.values():
            # The longest name first: « Guinée équatoriale » before « Guinée ».
            entries.sort(key=lambda entry: (-len(entry[0]), not entry[1]))
        self._by_word = by_word

    def has_first_word(self, word: str) -> bool:
        """Whether some name begins with this folded word; a cheap test before `at`."""
        return word in self._by_word

    def at(self, text: str, word: str, start: int) -> Iterable[Hit]:
        """The names that stand at `start` of a text made `plain`, the longest first; `word` is the word there."""
        for key, needs_article, senses in self._by_word.get(word, ()):
            end = start + len(key)
            if text.startswith(key, start) and not text[end : end + 1].isalnum():
                yield Hit(len(key), senses, needs_article)

    def knows(self, name: str) -> bool:
        """Whether the whole name is in the gazetteer, with or without its article.

        >>> default_gazetteer().knows("PHNOM-PENH"), default_gazetteer().knows("Xanadu-sur-Mer")
        (True, False)
        """
        return bool(self.senses(name))

    def senses(self, name: str) -> tuple[Sense, ...]:
        """What the whole name may stand for, with or without its article.

        >>> sorted(sense.country for sense in default_gazetteer().senses("TRIPOLI"))
        ['LB', 'LY']
        """
        key = plain(name)
        bare = next((key[len(a) :] for a in _ARTICLES if key.startswith(a)), key)
        entries = (*self._by_word.get(key.split(" ", 1)[0], ()), *self._by_word.get(bare.split(" ", 1)[0], ()))
        found = (sense for entry in entries if entry[0] in (key, bare) for sense in entry[2])
        return tuple(dict.fromkeys(found))

    def with_names(self, rows: Iterable[Sequence[str]]) -> Gazetteer:
        """A gazetteer with further cities: each row a country code, the usual French name, other names.

        An added name counts wherever it stands with a capital. A row without code and name is refused.

        >>> Gazetteer(()).with_names([("SN", "Ndiob", "Diob")]).knows("NDIOB")
        True
        """
        added = []
        for row in rows:
            code, name, *others = (field.strip() for field in (*row, "", "")[: max(2, len(row))])
            if len(code) != 2 or not code.isalpha() or not name:
                raise ValueError(f"a name needs a country code of two letters and a name: {list(row)!r}")
            added.append((Sense(name, code.upper(), "city"), [other for other in others if other]))
        known = {(sense.name, sense.country) for sense, _ in added}
        kept = [row for row in self._rows if (row[0].name, row[0].country) not in known or row[0].kind != "city"]
        return Gazetteer((*kept, *added))


def _countries() -> Iterable[tuple[Sense, Sequence[str]]]:
    for line in _data("countries.tsv"):
        code, name, *others = line.split("\t")
        yield Sense(name, code, "country"), others


def _cities() -> Iterable[tuple[Sense, Sequence[str]]]:
    for line in _data("cities.tsv"):
        code, name, thousands, mark, *others = line.split("\t")
        yield Sense(name, code, "city", int(thousands), mark), others


def _others() -> Iterable[tuple[Sense, Sequence[str]]]:
    for line in _data("place_regions.tsv"):
        code, name, *others = line.split("\t")
        yield Sense(name, None if code == "-" else code, "region"), others
    for line in _data("place_namesakes.txt"):
        yield Sense(line, None, "namesake"), ()


@cache
def default_gazetteer() -> Gazetteer:
    """The gazetteer of the data files, read once."""
    return Gazetteer((*_countries(), *_cities(), *_others()))


@cache
def contexts() -> dict[str, frozenset[str]]:
    """The words of place_contexts.txt by rule."""
    rules: dict[str, set[str]] = {}
    rule = ""
    for line in _data("place_contexts.txt"):
        if line.startswith("["):
            rule = line.strip("[]")
        rules.setdefault(rule, set()).update(() if line.startswith("[") else line.split())
    return {name: frozenset(words) for name, words in rules.items()}


@cache
def first_names() -> frozenset[str]:
    """First names, folded."""
    return frozenset(fold(word) for line in _data("place_first_names.txt") for word in line.split())
