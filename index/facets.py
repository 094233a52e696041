"""Filters and counts by country, city, theme, kind, year and language. Engine-neutral.

A value is found by its code, its slug or its label, whatever the case and the accents. Values of one facet are
alternatives, different facets must all hold; a facet's own counts ignore its own filter, so that one can choose
another value. May import: engine, french, pipeline.errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.engine import FACETS, Reader
from index.french import fold
from pipeline.errors import UsageError

Filters = Mapping[str, Sequence[str | int] | str | int]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, what readers call it, and how many of the found articles have it."""

    code: str
    label: str
    count: int


def same_name(text: str) -> str:
    """What is left of a name when spelling is ignored.

    >>> same_name("Côte d’Ivoire") == same_name("cote-d'ivoire")
    True
    """
    return "".join(sign for sign in fold(text) if sign.isalnum())


def filtered(reader: Reader, filters: Filters) -> dict[str, AbstractSet[int]]:
    """By facet, the documents that pass; a value nobody has passes none."""
    unknown = sorted(set(filters) - set(FACETS))
    if unknown:
        raise UsageError(f"There is no filter {unknown[0]!r}; there are {', '.join(FACETS)}.")
    passing: dict[str, AbstractSet[int]] = {}
    for name, wanted in filters.items():
        values = [wanted] if isinstance(wanted, str | int) else list(wanted)
        names = {same_name(str(value)) for value in values}
        if names:
            passing[name] = {
                document
                for term in reader.terms(name)
                if names & {same_name(part) for part in term.split("\t") if part}
                for document in reader.postings(name, term)
            }
    return passing


def all_of(passing: Mapping[str, AbstractSet[int]], *, but: str | None = None) -> AbstractSet[int] | None:
    """Documents that pass every filter, or every one but one; None when there is no filter."""
    sets = [documents for name, documents in passing.items() if name != but]
    return frozenset.intersection(*map(frozenset, sets)) if sets else None


def count(reader: Reader, name: str, found: AbstractSet[int]) -> tuple[FacetValue, ...]:
    """The facet's values among the documents found, most frequent first (years: latest first)."""
    documents: dict[str, set[int]] = {}
    labels: dict[str, str] = {}
    for term in reader.terms(name):
        code, _, label = term.partition("\t")
        here = reader.postings(name, term).keys() & found
        if here:
            documents.setdefault(code, set()).update(here)
            labels.setdefault(code, label or code)
    values = (FacetValue(code, labels[code], len(here)) for code, here in documents.items())
    if name == "year":
        return tuple(sorted(values, key=lambda value: value.code, reverse=True))
    return tuple(sorted(values, key=lambda value: (-value.count, value.label)))


def counts(
    reader: Reader, names: Iterable[str], matched: AbstractSet[int], passing: Mapping[str, AbstractSet[int]]
) -> dict[str, tuple[FacetValue, ...]]:
    """The counts asked for."""
    told = {}
    for name in names:
        if name not in FACETS:
            raise UsageError(f"There is no facet {name!r}; there are {', '.join(FACETS)}.")
        others = all_of(passing, but=name)
        told[name] = count(reader, name, matched if others is None else matched & others)
    return told
