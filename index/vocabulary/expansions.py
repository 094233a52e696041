"""Acronyms that an archive has taught, in the form that an index keeps beside its terms. May import: lexicon, record.

An article that writes « gestion des boues de vidange (GBV) » teaches an acronym (`pipeline.facts.acronyms` reads and
counts them). Here those that can be trusted are chosen, and written as lines of text: acronym, words, articles, share.
"""

from __future__ import annotations

from index.record import Record
from index.vocabulary.lexicon import plain_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    class Meaning(Protocol):
        """What `pipeline.facts.acronyms.Expansion` says."""

        @property
        def expansion(self) -> str:
            """The long form, as articles write it."""

        @property
        def articles(self) -> int:
            """How many articles write it so."""


SHORT_ARTICLES_MIN = 2
"""Two letters fit too many words: their expansion counts once so many articles spell it out."""
SHARE_MIN = 0.25
"""A meaning that fewer of the articles give is left out."""
_STEM_CHARS = 7
"""Beginning of a word that tells two meanings apart; « africaine » and « africain » share it."""


class Learned(Record):
    """An acronym and one of its meanings, folded; `share` of the articles that spell it out mean this."""

    acronym: str
    words: tuple[str, ...]
    articles: int
    share: float = 1.0


def learned(book: Mapping[str, Sequence[Meaning]]) -> tuple[Learned, ...]:
    """What the book of an archive (`Library.acronyms()`, `pipeline.facts.acronyms.learn`) teaches, sorted.

    Spellings that differ in capitals are one acronym (CTD, Ctd), expansions of the same words one meaning.
    """
    counted: dict[str, dict[frozenset[str], dict[tuple[str, ...], int]]] = {}
    for name, meanings in sorted(book.items()):
        acronym = "".join(plain_words(name))
        for meaning in meanings:
            words = plain_words(meaning.expansion)
            stems = frozenset(word[:_STEM_CHARS].rstrip("sxe") for word in words if len(word) > 3)
            if len(words) > 1 and stems:
                spellings = counted.setdefault(acronym, {}).setdefault(stems, {})
                spellings[words] = spellings.get(words, 0) + meaning.articles
    return tuple(one for acronym in sorted(counted) for one in _chosen(acronym, counted[acronym].values()))


def _chosen(acronym: str, meanings: Iterable[Mapping[tuple[str, ...], int]]) -> list[Learned]:
    totals = [(sum(spellings.values()), min(spellings, key=lambda s: (-spellings[s], s))) for spellings in meanings]
    everything = sum(articles for articles, _ in totals)
    totals.sort(key=lambda entry: (-entry[0], entry[1]))
    return [
        Learned(acronym, words, articles, round(articles / everything, 2))
        for articles, words in totals
        if articles >= SHARE_MIN * everything and (len(acronym) > 2 or articles >= SHORT_ARTICLES_MIN)
    ]


def to_lines(known: Iterable[Learned]) -> str:
    r"""As an index keeps them.

    >>> to_lines([Learned("gbv", ("gestion", "boues", "vidange"), 6)])
    'gbv\tgestion boues vidange\t6\t1.0\n'
    """
    return "".join(f"{one.acronym}\t{' '.join(one.words)}\t{one.articles}\t{one.share}\n" for one in known)


def from_lines(text: str) -> tuple[Learned, ...]:
    """What `to_lines` wrote; a line that is none of ours is left out, for an index is no reason to fail a question.

    >>> from_lines(to_lines([Learned("gbv", ("gestion", "boues"), 6)])) == (Learned("gbv", ("gestion", "boues"), 6),)
    True
    """
    found = []
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) == 4 and cells[0] and cells[1].strip():
            try:
                found.append(Learned(cells[0], tuple(cells[1].split()), int(cells[2]), float(cells[3])))
            except ValueError:
                continue
    return tuple(found)


class Book:
    r"""What `to_lines` wrote, searched as text: only the lines that are asked for are read.

    >>> book = Book(to_lines([Learned("gbv", ("gestion", "boues"), 6)]))
    >>> [one.words for one in book.meanings("gbv")], [one.acronym for one in book.beginning("gest")]
    ([('gestion', 'boues')], ['gbv'])
    """

    def __init__(self, text: str) -> None:
        self._text = f"\n{text}"

    def meanings(self, acronym: str) -> list[Learned]:
        """What an acronym stands for."""
        return self._lines(f"\n{acronym}\t")

    def beginning(self, start: str) -> list[Learned]:
        """Acronyms whose words begin so."""
        return [one for one in self._lines(f"\t{start}") if one.words[0].startswith(start)]

    def _lines(self, part: str) -> list[Learned]:
        found: list[Learned] = []
        at = self._text.find(part)
        while at >= 0:
            start = self._text.rfind("\n", 0, at + 1) + 1
            end = self._text.find("\n", at + 1)
            end = len(self._text) if end < 0 else end
            found.extend(from_lines(self._text[start:end]))
            at = self._text.find(part, end)
        return found
