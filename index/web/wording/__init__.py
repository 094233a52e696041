"""Every word of the interface, in French and in English, from the files beside this one. May import: typography."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from index.web.typography import ENGLISH, FRENCH, number, spaced

Entry = str | list[str]


class Wording:
    """The words of one language: `wording("results", n=3)`."""

    def __init__(self, language: str, entries: dict[str, Entry]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key, its {names} filled in; of two forms, the one that fits the number `n`."""
        entry = self._entries[key]
        if isinstance(entry, list):
            count = values["n"]
            assert isinstance(count, int), "forms are chosen by a number"
            # French counts zero as one: « 0 résultat ».
            entry = entry[0 if count == 1 or (count == 0 and self.language == FRENCH) else 1]
        told = {
            name: number(value, self.language) if isinstance(value, int) else value for name, value in values.items()
        }
        return entry.format(**told)

    def has(self, key: str) -> bool:
        """Whether there are words for a key."""
        return key in self._entries


@cache
def wording(language: str) -> Wording:
    """The words of a language."""
    text = files("index.web.wording").joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    entries: dict[str, Entry] = yaml.safe_load(text)
    if language == FRENCH:
        entries = {
            key: [spaced(form) for form in e] if isinstance(e, list) else spaced(e) for key, e in entries.items()
        }
    return Wording(language, entries)


def preferred(accept_language: str) -> str:
    """The language of the interface that a browser asks for; French when it asks for neither.

    >>> preferred("en-GB,en;q=0.9,fr;q=0.8"), preferred("de, fr;q=0.5"), preferred(""), preferred("fr;q=0, en;q=x")
    ('en', 'fr', 'fr', 'fr')
    """
    best, best_weight = FRENCH, 0.0
    for part in accept_language.split(",")[:20]:
        name, _, weight = part.strip().partition(";")
        language = name.partition("-")[0].lower()
        try:
            value = float(weight.partition("=")[2] or 1)
        except ValueError:
            continue
        if language in (FRENCH, ENGLISH) and best_weight < value <= 1:
            best, best_weight = language, value
    return best
