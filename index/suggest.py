"""What a few typed letters may become: titles, countries, themes, cities, partners. Accents optional.

May import: bits, engine, french.

Names of many articles come first, then titles; a prefix may begin any word of a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.bits import documents_of
from index.engine import Reader
from index.french import fold

NAMED = ("country", "theme", "city", "partner", "programme")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion; `kind` is country, theme, city or title, `count` how many articles it leads to."""

    text: str
    kind: str
    count: int


class Suggester:
    """The names and titles of one index, read once."""

    def __init__(self, reader: Reader) -> None:
        self._entries = [(f" {plain(one.text)}", one) for one in _entries(reader)]

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """The best completions of what has been typed so far; none for an empty prefix."""
        wanted = plain(prefix).lstrip()
        if not wanted.strip():
            return ()
        found = [(name.find(f" {wanted}"), one) for name, one in self._entries]
        kept = [(one.kind == "title", place > 0, -one.count, one.text, one) for place, one in found if place >= 0]
        return tuple(entry[-1] for entry in sorted(kept, key=lambda entry: entry[:-1])[:limit])


def plain(text: str) -> str:
    """Folded, words apart by one space; a space at the end stays, for it ends a word.

    >>> plain("L’Économie  sociale"), plain("eau ")
    ('l economie sociale', 'eau ')
    """
    signs = "".join(sign if sign.isalnum() else " " for sign in fold(text[:200]))
    return " ".join(signs.split()) + (" " if signs[-1:] == " " and signs.strip() else "")


def _entries(reader: Reader) -> Iterator[Suggestion]:
    for name in NAMED:
        for term in reader.terms(name):
            count = len(reader.postings(name, term).documents)
            if count:
                yield Suggestion(term.partition("\t")[2] or term.partition("\t")[0], name, count)
    for document in documents_of(reader.documents()):
        yield Suggestion(reader.card(document).title, "title", 1)
