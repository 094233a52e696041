"""What a person typed becomes a Query; total: no text makes it fail. May import: tree; grammar, for more than words.

Understood: words; exact phrases in "…", « … » or “…”; ET, OU, SAUF in capitals, + and -; parentheses; prefix*; fields
(ville:Hué, date:mai 2022, montant:>1M€). What is not understood is searched as words, and reported.
docs/query-language.md tells it to people, with every case.
"""

from __future__ import annotations

from index.grammar.tree import OPERATORS, Part, Query, Word
from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

TEXT_MAX = 1_000
"""Characters of words that are read; nobody types more, and pasted pages must not hold a reader up."""
LEAVES_MAX = 40
"""Words, phrases and fields that are read."""
_INNER = dict.fromkeys(map(ord, "'’_-‐‑"), "x")


class Understood(Record):
    """A question as understood; `note` says in one French sentence what was not, "" when all was."""

    query: Query
    note: str = ""


def parse(text: str, today: date | None = None) -> Query:
    """A Query for any text; `today` is what « cette année » is told from.

    >>> str(parse('« ceinture  verte » SAUF Ouagadougou'))
    '"ceinture verte" -Ouagadougou'
    >>> parse('vivre-ensemble - "Paris').words()
    ('vivre-ensemble', 'Paris')
    >>> str(parse('eau OU assainissement ville : Hué date:mai 2022'))
    '(eau OU assainissement) ville:Hué date:2022-05'
    """
    return read(text, today).query


def read(text: str, today: date | None = None) -> Understood:
    r"""The same, and what was not understood.

    >>> read("eau ville:").note
    'Je n’ai pas compris «\xa0ville:\xa0» (il manque un nom)\u202f; cherché comme des mots.'
    """
    words = text.split()
    if len(text) <= TEXT_MAX and len(words) <= LEAVES_MAX and all(map(_is_plain, words)):
        return Understood(Query(tuple(Part(Word(word)) for word in words)))
    # Most questions are plain words and must not wait for what reads the others (2 ms of a process of 25).
    from index.grammar.parser import understand  # noqa: PLC0415 - see above

    query, note = understand(text, TEXT_MAX, LEAVES_MAX, today)
    return Understood(query, note)


def _is_plain(word: str) -> bool:
    """Whether a token is a word and nothing else: letters and digits, joined by apostrophes and hyphens."""
    whole = word.isalnum() or (word[0].isalnum() and word[-1].isalnum() and word.translate(_INNER).isalnum())
    return whole and word not in OPERATORS
