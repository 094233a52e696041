"""Filters and counts by country, city, theme, partner, programme, kind, year and language. Engine-neutral.

A value is found by its code, its slug, its label or another name of it, whatever the case and the accents; spellings of
one name (REFELA-Cam, Refela-CAM) are one value. Values of one facet are alternatives, different facets must all hold; a
facet's own counts ignore its own filter, so that one can choose another value. A filter that is a code means that value
alone, so that a count is what filtering by its value gives. May import: bits, engine, french, record,
vocabulary.aliases, pipeline.errors (only where something is wrong).
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter

from index.bits import bits_of, intersection
from index.engine import FACETS
from index.french import fold
from index.record import Record
from index.vocabulary.aliases import names_of, same_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from index.engine import Reader

    Filters = Mapping[str, Sequence[str | int] | str | int]

LATEST_FIRST = "year"
COUNTED_BY_LOOP = 2_000
_LONG_NAMES = ("theme", "partner", "programme")


class FacetValue(tuple[str, str, int]):
    """A value, what readers call it, and how many of the found articles have it: code, label, count.

    A tuple because an answer has a thousand of them.

    >>> FacetValue(("KH", "Cambodge", 3)).label
    'Cambodge'
    """

    __slots__ = ()

    @property
    def code(self) -> str:
        """What it is called in data and in filters."""
        return self[0]

    @property
    def label(self) -> str:
        """What readers call it."""
        return self[1]

    @property
    def count(self) -> int:  # type: ignore[override]  # a tuple's own count is of no use here
        """How many of the articles found have it."""
        return self[2]


class _Value(Record):
    code: str
    label: str
    documents: tuple[Sequence[int], ...]


class Facets:
    """The facets of one reader; each is read when it is first asked for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._values: dict[str, tuple[_Value, ...]] = {}
        self._by_document: dict[str, tuple[list[int], list[tuple[int, ...]]]] = {}

    def _of(self, name: str) -> tuple[_Value, ...]:
        known = self._values.get(name)
        if known is None:
            if name not in FACETS:
                _unknown("facet", name)
            found: dict[str, tuple[str, list[Sequence[int]]]] = {}
            for term, documents in self._reader.holders(name):
                code, _, label = term.partition("\t")
                found.setdefault(code, (label or code, []))[1].append(documents)
            values = _merged(_Value(code, label, tuple(held)) for code, (label, held) in found.items())
            known = self._values[name] = tuple(sorted(values, key=lambda value: value.label))
        return known

    def meant(self, name: str, wanted: str) -> frozenset[str]:
        """Codes of the values that a filter means: the one whose code it is, else those that are called so."""
        return frozenset((wanted,)) if any(v.code == wanted for v in self._of(name)) else self.codes(name, wanted)

    def codes(self, name: str, wanted: str) -> frozenset[str]:
        """Codes of the values that someone may call `wanted`; none when nobody has such a value."""
        names = names_of(name, wanted)
        whole = frozenset(v.code for v in self._of(name) if names & {same_name(v.code), *_names(v.label)})
        if whole or name not in _LONG_NAMES:
            return whole
        # « Gates » for the Fondation Bill & Melinda Gates: all the words that are typed, in any order.
        typed = set(_words(wanted))
        return frozenset(v.code for v in self._of(name) if typed and typed.issubset(_words(v.label)))

    def holding(self, name: str, wanted: Iterable[str]) -> int:
        """Documents that have one of the values, as people call them, as bits."""
        return self._having(name, {code for value in wanted for code in self.codes(name, value)})

    def _having(self, name: str, codes: AbstractSet[str]) -> int:
        documents = chain.from_iterable(chain.from_iterable(v.documents for v in self._of(name) if v.code in codes))
        return bits_of(documents, self._reader.bound())

    def passing(self, filters: Filters) -> dict[str, int]:
        """By facet, the documents that pass, as bits; none when nobody has the value. UsageError for an unknown one."""
        passing = {}
        for name, wanted in filters.items():
            if name not in FACETS:
                _unknown("filter", name)
            values = [wanted] if isinstance(wanted, str | int) else list(wanted)
            if values:
                passing[name] = self._having(name, {code for value in values for code in self.meant(name, str(value))})
        return passing

    def count(self, name: str, found: Collection[int]) -> tuple[FacetValue, ...]:
        """The facet's values among the documents found, most frequent first (years: latest first)."""
        values = self._of(name)
        numbers = [0] * len(values)
        by_document, together = self._held_by(name)
        for held, documents in _counted(map(by_document.__getitem__, found), len(found)).items():
            for value in together[held]:
                numbers[value] += documents
        counted = [FacetValue((v.code, v.label, n)) for v, n in zip(values, numbers, strict=True) if n]
        # Values are in the order of their labels, and stay so where they are equal.
        counted.sort(key=itemgetter(0 if name == LATEST_FIRST else 2), reverse=True)
        return tuple(counted)

    def _held_by(self, name: str) -> tuple[list[int], list[tuple[int, ...]]]:
        """By document: which values it has together, as the place of their places in `_of`."""
        known = self._by_document.get(name)
        if known is None:
            held: list[tuple[int, ...]] = [()] * self._reader.bound()
            for place, value in enumerate(self._of(name)):
                # Two labels of one code are one value: an article that has both counts once.
                for document in {d for documents in value.documents for d in documents}:
                    held[document] = (*held[document], place)
            places: dict[tuple[int, ...], int] = {}
            by_document = [places.setdefault(values, len(places)) for values in held]
            known = self._by_document[name] = (by_document, list(places))
        return known


def _merged(values: Iterable[_Value]) -> tuple[_Value, ...]:
    """Values that are the same but for spelling as one, which is called by its most frequent spelling."""
    spellings: dict[str, list[_Value]] = {}
    for value in values:
        spellings.setdefault(same_name(value.code) or value.code, []).append(value)
    merged = []
    for same in spellings.values():
        first = max(same, key=lambda value: sum(map(len, value.documents))) if len(same) > 1 else same[0]
        merged.append(first.replace(documents=tuple(chain.from_iterable(v.documents for v in same))))
    return tuple(merged)


def _counted(held: Iterable[int], count: int) -> Mapping[int, int]:
    """How often each number comes among `count`."""
    if count > COUNTED_BY_LOOP:
        # Takes a third of the time that a loop takes, but longer to import than a small answer takes to count.
        from collections import Counter  # noqa: PLC0415

        return Counter(held)
    numbers: dict[int, int] = {}
    for one in held:
        numbers[one] = numbers.get(one, 0) + 1
    return numbers


def all_of(passing: Mapping[str, int], *, but: str | None = None) -> int | None:
    """Documents that pass every filter, or every one but one, as bits; None when there is no filter."""
    sets = [documents for name, documents in passing.items() if name != but]
    return intersection(sets) if sets else None


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in fold(text)).split()


def _names(label: str) -> set[str]:
    """A label, and what stands in its brackets: « Cités et gouvernements locaux unis (CGLU) »."""
    plain, _, acronym = label.partition(" (")
    return {same_name(label), same_name(plain), same_name(acronym)} - {""}


def _unknown(what: str, name: str) -> None:
    # Imported here because a search that asks for nothing wrong must not wait for it.
    from pipeline.errors import UsageError  # noqa: PLC0415 - see above

    raise UsageError(f"There is no {what} {name!r}; there are {', '.join(FACETS)}.")
