"""What a person typed becomes a Query; total: no text makes it fail. May import: the standard library.

Understood: words; exact phrases in "…", « … » or “…”; `-word`, SAUF word and NOT word leave out; `+word` insists.
Everything else is searched as words.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

TEXT_MAX = 1_000
"""Characters of a query that are read; nobody types more, and pasted pages must not hold a reader up."""
CLAUSES_MAX = 40
_CLAUSE = re.compile(
    r"""
    # a sign begins a word, it never stands inside one
    (?P<sign> (?<!\S) (?: [+\-−–](?=[\w"«“]) | (?:SAUF|NOT)\s+(?=\S) ) )?
    (?: "(?P<straight>[^"]*)" | «(?P<french>[^«»]*)» | “(?P<curly>[^“”]*)[”"]
      | (?P<word>[^\s"«»“”]+) | (?P<stray>["«»“”]) )
    """,
    re.VERBOSE,
)
_NO_WORD = re.compile(r"^\W+")


class Role(StrEnum):
    """What a clause asks of an article."""

    SHOULD = "should"
    MUST = "must"
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True)
class Clause:
    """A word or a phrase, as typed."""

    text: str
    role: Role = Role.SHOULD
    phrase: bool = False

    def __str__(self) -> str:
        """As one would type it."""
        sign = {Role.SHOULD: "", Role.MUST: "+", Role.MUST_NOT: "-"}[self.role]
        return f'{sign}"{self.text}"' if self.phrase else f"{sign}{self.text}"


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood."""

    clauses: tuple[Clause, ...] = ()

    def __str__(self) -> str:
        """The canonical form: `parse(str(query)) == query`."""
        return " ".join(str(clause) for clause in self.clauses)


def parse(text: str) -> Query:
    """A Query for any text.

    >>> str(parse('« ceinture  verte » SAUF Ouagadougou'))
    '"ceinture verte" -Ouagadougou'
    >>> [c.text for c in parse('vivre-ensemble - "Paris').clauses]
    ['vivre-ensemble', 'Paris']
    """
    clauses = []
    for match in _CLAUSE.finditer(text[:TEXT_MAX]):
        clause = _clause(match)
        if clause is not None:
            clauses.append(clause)
        if len(clauses) == CLAUSES_MAX:
            break
    return Query(tuple(clauses))


def _clause(match: re.Match[str]) -> Clause | None:
    sign = (match["sign"] or "").strip()
    role = Role.SHOULD if not sign else Role.MUST if sign == "+" else Role.MUST_NOT
    if match["word"] is not None:
        word = match["word"].lstrip("+-−–")
        if role is not Role.SHOULD:
            # So that « SAUF (Tunis » is written -Tunis, which a sign can stand before.
            word = _NO_WORD.sub("", word)
        return Clause(word, role) if _means_something(word) and word not in {"SAUF", "NOT"} else None
    quoted = next((match[name] for name in ("straight", "french", "curly") if match[name] is not None), None)
    if quoted is None or not _means_something(quoted):
        return None
    words = " ".join(quoted.replace('"', " ").split())
    return Clause(words, role, phrase=True)


def _means_something(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def reading(query: Query, passed_over: Collection[str] = ()) -> str:
    """How the query was understood, in one French sentence; `passed_over` are words that were not searched.

    >>> reading(parse('eau potable -Tunis'))
    'Articles avec les mots « eau », « potable », sans « Tunis ».'
    >>> reading(parse(''))
    'Tous les articles.'
    """
    wanted = [c for c in query.clauses if c.role is not Role.MUST_NOT]
    free = [c.text for c in wanted if not c.phrase and c.role is Role.SHOULD]
    words = [f"« {text} »" for text in free if text not in passed_over]
    needed = [f"« {c.text} »" for c in wanted if not c.phrase and c.role is Role.MUST]
    phrases = [f"« {c.text} »" for c in wanted if c.phrase]
    without = [f"« {c.text} »" for c in query.clauses if c.role is Role.MUST_NOT]
    told = []
    if phrases:
        told.append(("l’expression exacte " if len(phrases) == 1 else "les expressions exactes ") + ", ".join(phrases))
    if needed:
        told.append(("le mot obligatoire " if len(needed) == 1 else "les mots obligatoires ") + ", ".join(needed))
    if words:
        told.append(("le mot " if len(words) == 1 else "les mots ") + ", ".join(words))
    sentence = "Articles avec " + " et ".join(told) if told else "Tous les articles"
    return sentence + (f", sans {', '.join(without)}." if without else ".")
