"""The words that organisations' names are made of, and a text cut into words to look for them.

Owns: partners_organisations.tsv, partners_heads.tsv, partners_name_words.txt, partners_grammar.txt, partners_not.txt
and partners_roles.txt; shares place_first_names.txt. Decides nothing about a text. May import: words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.facts.words import fold

__all__ = [
    "ADJECTIVE",
    "TOKEN",
    "Grammar",
    "Mention",
    "Organisation",
    "Spelling",
    "Text",
    "grammar_of_names",
    "known_organisations",
    "within_name",
]

TOKEN = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"\n|[.!?…]+[»”\"]?\s+(?=[^\W_])|;")
_TIGHT = frozenset({" ", "'", "-", "' "})
# Adjectives known by their ending, and nouns; verbs in the present hardly end so.
ADJECTIVE = re.compile(
    r"\w{2,}(?:al|ales?|aux|iens?|iennes?|iques?|aires?|ives?|ifs?|ois|oises?|ais|aises?|ains?|aines?|anes?|iels?|ielles?|"
    r"ophones?|ionnels?|ionnelles?|ables?|een|eens|eennes?)$"
)
_NOUN = re.compile(r"\w{2,}(?:tions?|isme|teurs?|trices?)$")


def _lines(name: str) -> list[str]:
    text = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _sections(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rule = ""
    for line in _lines(name):
        if line.startswith("["):
            rule = line.strip("[]")
        else:
            found.setdefault(rule, []).append(fold(line))
    return found


@dataclass(frozen=True, slots=True)
class Organisation:
    """A well-known organisation. `by_acronym`: its acronym is its usual name."""

    name: str
    acronym: str | None
    by_acronym: bool
    needs_role: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of several words, folded. `commas`: the name itself has some."""

    words: tuple[str, ...]
    commas: bool
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class Grammar:
    """The word lists: head nouns with their kind and whether they may be in small letters, and the small words."""

    heads: Mapping[str, tuple[str, bool]]
    name_words: Mapping[str, bool]
    no_names: frozenset[str]
    connectors: frozenset[str]
    articles: frozenset[str]
    determiners: frozenset[str]
    town_halls: frozenset[str]
    openers: frozenset[str]
    labels: frozenset[str]
    first_names: frozenset[str]
    titles: frozenset[str]
    breakers: frozenset[str]
    undertakings: frozenset[str]
    undertaking: re.Pattern[str]
    generic: frozenset[tuple[str, ...]]
    role_before: re.Pattern[str]
    role_beside: re.Pattern[str]


@cache
def known_organisations() -> tuple[Mapping[str, list[Spelling]], Mapping[str, Organisation]]:
    """Spellings of several words by their first word, longest first, and of one word as it is written."""
    long: dict[str, list[Spelling]] = {}
    short: dict[str, Organisation] = {}
    for line in _lines("partners_organisations.tsv"):
        name, acronym, others, flags = (*line.split("\t"), "", "", "")[:4]
        organisation = Organisation(name, acronym or None, "a" in flags, "r" in flags, "x" in flags)
        for spelling in (name, acronym, *others.split("|")):
            words = tuple(TOKEN.findall(fold(spelling)))
            if len(words) > 1:
                long.setdefault(words[0], []).append(Spelling(words, "," in spelling, organisation))
            elif words:
                short.setdefault(spelling, organisation)
                short.setdefault(spelling.upper(), organisation)
    for spellings in long.values():
        spellings.sort(key=lambda s: -len(s.words))
    return long, short


@cache
def grammar_of_names() -> Grammar:
    """The word lists, read once."""
    rows = [line.split("\t") for line in _lines("partners_heads.tsv")]
    small = _sections("partners_grammar.txt")
    roles = _sections("partners_roles.txt")
    words = {name: frozenset(" ".join(lines).split()) for name, lines in small.items()}
    return Grammar(
        heads={row[0]: (row[1], len(row) > 2) for row in rows},
        name_words={
            fold(word): not line.startswith("- ") for line in _lines("partners_name_words.txt") for word in line.split()
        },
        no_names=frozenset(" ".join(_lines("partners_not.txt")).split()),
        connectors=words["connectors"],
        articles=words["articles"],
        determiners=words["determiners"],
        town_halls=words["town halls"],
        openers=words["openers"],
        labels=words["labels"],
        first_names=frozenset(fold(" ".join(_lines("place_first_names.txt"))).split()),
        titles=words["titles"] | words["openers"],
        breakers=words["breakers"],
        undertakings=words["undertakings"],
        undertaking=re.compile(
            rf"\b(?:{'|'.join(sorted(words['undertakings']))})\b[^().\n]{{0,100}}?(?:[(]| [–—-]) ?(\w+)"
        ),
        generic=frozenset(tuple(line.split()) for line in small["generic"]),
        role_before=re.compile(rf"\b(?:{'|'.join(roles['before'])})(?= |')"),
        role_beside=re.compile(rf"\b(?:{'|'.join(roles['beside'])})"),
    )


def within_name(word: str) -> bool:
    """Whether a word in small letters may stand within an organisation's name."""
    listed = grammar_of_names().name_words.get(word)
    return bool(ADJECTIVE.match(word) or _NOUN.match(word)) if listed is None else listed


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `first` to before `end` of a text that may name an organisation. `bare`: the noun before told which."""

    first: int
    end: int
    name: str
    acronym: str | None = None
    needs_role: bool = False
    needs_list: bool = False
    organisation: Organisation | None = None
    bare: bool = False


class Text:
    """A text cut into words: folded, with their places."""

    __slots__ = ("_sentence_ends", "_undertakings", "ends", "folded", "raw", "starts", "words")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.folded = fold(raw)
        self.words = TOKEN.findall(self.folded)
        self.starts, self.ends = [], []
        end = 0
        for word in self.words:
            start = self.folded.index(word, end)
            end = start + len(word)
            self.starts.append(start)
            self.ends.append(end)
        self._sentence_ends: list[int] | None = None
        self._undertakings: frozenset[str] | None = None

    def written(self, first: int, end: int) -> str:
        """The words as they stand in the text."""
        return self.raw[self.starts[first] : self.ends[end - 1]]

    def named(self, first: int, end: int) -> str:
        """The name as written, on one line, its first letter a capital."""
        written = " ".join(self.written(first, end).split())
        return written[0].upper() + written[1:]

    def tight(self, index: int) -> bool:
        """Whether the word follows the one before without punctuation; false past the end."""
        return index < len(self.words) and self.folded[self.ends[index - 1] : self.starts[index]] in _TIGHT

    def gap(self, index: int) -> str:
        """What stands before the word; nothing past the end."""
        return self.folded[self.ends[index - 1] : self.starts[index]] if index < len(self.words) else ""

    def word(self, index: int) -> str:
        """The word, folded; nothing past the end."""
        return self.words[index] if index < len(self.words) else ""

    def capital(self, index: int) -> bool:
        """Whether the word begins with a capital."""
        return index < len(self.words) and self.raw[self.starts[index]].isupper()

    def proper(self, index: int) -> bool:
        """Whether the word is capitalised and no common noun or adjective of organisations' names."""
        return self.capital(index) and not within_name(self.words[index])

    def capitals(self, index: int) -> bool:
        """Whether the word is written in capitals, two at least."""
        word = self.written(index, index + 1)
        return len(word) > 1 and word.isupper() and word.isalpha()

    def skip(self, index: int, words: frozenset[str]) -> int:
        """The first word from here on that is none of those, or that punctuation follows."""
        while self.word(index) in words and self.tight(index + 1):
            index += 1
        return index

    def undertakings(self) -> frozenset[str]:
        """The acronyms that the text gives to projects and programmes, folded."""
        if self._undertakings is None:
            self._undertakings = frozenset(grammar_of_names().undertaking.findall(self.folded))
        return self._undertakings

    def has_role(self, mention: Mention) -> bool:
        """Whether the sentence gives a part to those it names."""
        if self._sentence_ends is None:
            self._sentence_ends = [0, *(match.end() for match in _SENTENCE_END.finditer(self.raw)), len(self.raw)]
        after = bisect_right(self._sentence_ends, self.starts[mention.first], hi=len(self._sentence_ends) - 1)
        first, last = self._sentence_ends[after - 1], self._sentence_ends[after]
        return grammar_of_names().role_beside.search(self.folded, first, last) is not None
