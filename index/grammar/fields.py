"""The fields that a question may name, and how names are compared. May import: wordlists."""

from __future__ import annotations

import unicodedata

from index.record import Record
from index.wordlists import pairs


class Field(Record):
    """A field: its name in the canonical form, how readings say it, what is missing when nothing follows."""

    code: str
    name: str
    told: str
    missing: str


_BY_NAME: dict[str, Field] = {}
_BY_CODE: dict[str, Field] = {}


def plain(text: str) -> str:
    """Small letters without accents, straight apostrophes, plain digits.

    >>> plain("Évènement d’août")
    "evenement d'aout"
    """
    apart = unicodedata.normalize("NFKD", text.replace("’", "'")).lower()
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def field_named(name: str) -> Field | None:
    """The field of that name in French or English, None when there is none.

    >>> field_named("Thème").code, field_named("auteur")
    ('theme', None)
    """
    if not _BY_NAME:
        _load()
    return _BY_NAME.get(plain(name))


def field(code: str) -> Field:
    """The field of a code.

    >>> field("city").name
    'ville'
    """
    if not _BY_CODE:
        _load()
    return _BY_CODE[code]


def _load() -> None:
    for code, line in pairs("query_fields").items():
        name, aliases, told, missing = (part.strip() for part in line.split("|"))
        _BY_CODE[code] = Field(code, name, told, missing)
        for alias in (name, *aliases.split()):
            _BY_NAME[alias] = _BY_CODE[code]
