"""What a question's words are worth in the articles that hold them: points, and how much of the question they cover.

Every word scores the articles that hold it by BM25 over impacts (fields are weighed when an article is indexed), in its
stemmed and its literal form; of several spellings and readings of a word the best one counts. Who holds what is known
of all articles at once, as bits; points are only reckoned where they are asked for. May import: bits, engine, plan,
tuning.
"""

from __future__ import annotations

from math import log

from index.bits import documents_of, intersection, union
from index.engine import EXACT, IMPACT_MAX, STEM
from index.tuning import MEANT_FROM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from index.engine import Held, Reader
    from index.plan import Concept, Plan, Reading, Variant
    from index.tuning import Tuning

    Note = Callable[[str, str, str, int, float], None]
    """Told what gave points: the word, term and field, the document, the points."""

FEW = 16
"""Where fewer than one document of so many is meant, finding the bits is faster than testing the documents."""
SCALE = 2.2 / IMPACT_MAX
"""Makes an impact BM25's saturation, which ends at k1 + 1."""


class Measured:
    """Documents, ascending, with their points and how much of the question they cover, by weight of the words."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.documents = documents_of(bits)
        self.points = [0.0] * len(self.documents)
        self.covered = [0.0] * len(self.documents)
        self._places: dict[int, int] = {}

    def places(self, bits: int) -> tuple[Sequence[int], Sequence[int]]:
        """The documents of these that are among `bits`, and their places."""
        meant = bits & self.bits
        if meant == self.bits:
            return self.documents, range(len(self.documents))
        if not meant:
            return (), ()
        if meant.bit_count() * FEW > len(self.documents):
            held = meant.to_bytes((self.bits.bit_length() + 7) // 8, "little")
            places = [place for place, d in enumerate(self.documents) if held[d >> 3] >> (d & 7) & 1]
            return [self.documents[place] for place in places], places
        self._places = self._places or dict(zip(self.documents, range(len(self.documents)), strict=True))
        documents = documents_of(meant)
        return documents, [self._places[document] for document in documents]


class _Scored:
    """A term that gives points: so many for each unit of its impact."""

    def __init__(self, field: str, term: str, held: Held, rarity: float, share: float) -> None:
        self.field, self.term, self.held, self.rarity = field, term, held, rarity
        self.share = share * rarity * SCALE

    @property
    def most(self) -> float:
        """No document gets more points."""
        return self.share * self.held.peak


class Unit:
    """A part of the question that an article holds or not.

    `any`: who holds it in some way; `reached`: who has points from it, which may be for a literal form alone; `meant`:
    who holds what was meant; `mass`: no document covers more of the question with it; `most`: none has more points.
    """

    any: int
    reached: int
    meant: int
    mass: float
    most: float

    def measure(self, among: Measured, note: Note | None = None) -> None:
        """Add to the points and the cover of documents."""
        raise NotImplementedError


class _Word(Unit):
    """One word, by its best spelling in each document."""

    def __init__(self, terms: _Terms, concept: Concept, scale: float) -> None:
        self._text = concept.text
        self._spellings: list[tuple[tuple[_Scored, ...], int, int, float]] = []
        """Terms, who holds the spelling, who holds a better one, and what it covers."""
        self.any = self.reached = self.meant = 0
        self.weight = 0.0
        """Of the first spelling that is found."""
        stems = exacts = 0.0
        for variant in concept.variants:
            scored, rarity = terms.of(variant, scale)
            holders = scored[0].held.bits
            weight = scale * rarity if holders else 0.0
            self.weight = self.weight or weight
            cover = self.weight * variant.weight
            self._spellings.append((scored, holders, self.any, cover))
            self.any |= holders
            self.reached |= union(one.held.bits for one in scored)
            if variant.weight >= MEANT_FROM:
                self.meant |= holders
            # The best spelling in a document is one of them, but more than one may be held literally.
            stems = max(stems, scored[0].most)
            exacts += sum(one.most for one in scored[1:])
        self.mass = max((cover for *_, cover in self._spellings), default=0.0)
        if concept.begun:
            begun = terms.begun(concept.begun)
            self._spellings.append(((), begun, self.any, self.mass))
            self.any, self.reached, self.meant = self.any | begun, self.reached | begun, self.meant | begun
        self.most = stems + exacts

    def measure(self, among: Measured, note: Note | None = None) -> None:
        points, covered = among.points, among.covered
        for scored, holders, better, cover in self._spellings:
            documents, places = among.places(holders & ~better)
            for place in places:
                covered[place] += cover
            for one in scored:
                if one.held.bits != holders:
                    documents, places = among.places(one.held.bits & ~better)
                share, impacts = one.share, one.held.impacts(documents)
                for place, impact in zip(places, impacts, strict=True):
                    points[place] += share * impact
                if note is not None:
                    for document, impact in zip(documents, impacts, strict=True):
                        note(self._text, one.term, one.field, document, share * impact)


class _Expression(Unit):
    """Words that belong together, by themselves or as what else they may be read as, whichever is worth more."""

    def __init__(self, terms: _Terms, parts: Sequence[Concept], readings: Sequence[Reading]) -> None:
        # What is rarer is not what was meant more: « city » is rare in French texts, « ville » is not. All readings of
        # a group weigh as much as the one whose words are the most common.
        own = terms.mass(part.variants[0] for part in parts)
        masses = [own, *(terms.mass(reading.words, some=True) for reading in readings)]
        self.weight = min(filter(None, masses), default=0.0)
        self.parts = [_Word(terms, part, self.weight / own if own else 1.0) for part in parts]
        self._text = parts[-1].text if parts else ""
        self._readings = [_Other(terms, reading, self.weight) for reading in readings]
        others = self._readings
        self.any = union(part.any for part in self.parts) | union(other.any for other in others)
        self.reached = union(part.reached for part in self.parts) | self.any
        self.meant = intersection(part.meant for part in self.parts) | union(other.meant for other in others)
        self.mass = max([sum(part.mass for part in self.parts), *(other.mass for other in others)])
        self.most = max([sum(part.most for part in self.parts), *(other.most for other in others)])

    def measure(self, among: Measured, note: Note | None = None) -> None:
        here = Measured(among.bits & self.reached)
        for part in self.parts:
            part.measure(here, note)
        for reading in self._readings:
            reading.measure(here, self._text, note)
        _, places = among.places(here.bits)
        for place, points, covered in zip(places, here.points, here.covered, strict=True):
            among.points[place] += points
            among.covered[place] += covered


class _Other:
    """Other words for a group."""

    def __init__(self, terms: _Terms, reading: Reading, mass: float) -> None:
        own = terms.mass(reading.words, some=True) or 1.0
        self._words = [terms.scored(*_term(word), reading.weight * mass / own) for word in reading.words]
        self._own = own
        whole = intersection(word.held.bits for word in self._words)
        self.any = union(word.held.bits for word in self._words) if reading.loose else whole
        self.meant = whole if reading.weight >= MEANT_FROM else 0
        self.mass = mass * reading.weight
        self.most = sum(word.most for word in self._words)

    def measure(self, among: Measured, text: str, note: Note | None) -> None:
        """Put in place of points and cover what the reading is worth, where that is more."""
        documents, places = among.places(self.any)
        term = " ".join(word.term for word in self._words)
        gained, shares = [0.0] * len(documents), [0.0] * len(documents)
        for word in self._words:
            share, rarity = word.share, word.rarity / self._own
            for place, impact in enumerate(word.held.impacts(documents)):
                if impact:
                    gained[place] += share * impact
                    shares[place] += rarity
        points, covered = among.points, among.covered
        for document, place, gain, share in zip(documents, places, gained, shares, strict=True):
            if gain * share > points[place]:
                if note is not None:
                    note(text, term, STEM, document, gain * share - points[place])
                points[place] = gain * share
            if self.mass * share > covered[place]:  # noqa: PLR1730 - `max` takes as long as the rest of the loop
                covered[place] = self.mass * share


class _Terms:
    """The terms of one question in one reader, each looked up once."""

    def __init__(self, reader: Reader, tuning: Tuning) -> None:
        self._reader = reader
        self._size = reader.size()
        self._exact = tuning.exact
        self._held: dict[tuple[str, str], Held] = {}

    def held(self, field: str, term: str) -> Held:
        """Who holds a term."""
        found = self._held.get((field, term))
        if found is None:
            found = self._held[field, term] = self._reader.held(field, term)
        return found

    def begun(self, prefix: str) -> int:
        """Who holds a word that begins so."""
        return self._reader.begun(EXACT, prefix)

    def rarity(self, documents: int) -> float:
        """What a term weighs that so many hold (BM25's inverse document frequency, never negative)."""
        size = max(self._size, documents)
        return log(1 + (size - documents + 0.5) / (documents + 0.5))

    def scored(self, field: str, term: str, share: float) -> _Scored:
        """A term with its points."""
        held = self.held(field, term)
        return _Scored(field, term, held, self.rarity(held.count), share)

    def of(self, variant: Variant, scale: float) -> tuple[tuple[_Scored, ...], float]:
        """A spelling's terms, the one that tells who holds it first, and how rare that is."""
        share = variant.weight * scale
        found = [self.scored(STEM, variant.stem, share)] if variant.stem is not None else []
        if variant.exact is not None:
            found.append(self.scored(EXACT, variant.exact, share * (self._exact if found else 1.0)))
        return tuple(found), found[0].rarity

    def mass(self, words: Iterable[Variant], *, some: bool = False) -> float:
        """What words weigh together; 0 when no document has one of them (`some`: any of them)."""
        masses = []
        for word in words:
            count = self.held(*_term(word)).count
            masses.append(self.rarity(count) if count else 0.0)
        return sum(masses) if some or all(masses) else 0.0


def _term(word: Variant) -> tuple[str, str]:
    """The field and the term that tell who holds a word: its spelling where it has no stem."""
    return (STEM, word.stem) if word.stem is not None else (EXACT, word.exact or "")


class Evidence:
    """What the words of a question tell of the documents of one reader."""

    def __init__(self, reader: Reader, tuning: Tuning, plan: Plan) -> None:
        terms = _Terms(reader, tuning)
        self._everyone = reader.documents()
        self.units: list[Unit] = []
        self._needed: list[Unit] = []
        """Those without which an article does not hold the whole question."""
        self.total = 0.0
        """What a document covers that holds the whole question."""
        self.masses: dict[int, float] = {}
        """By number of a concept, in the order of the question: its weight, where any document has it."""
        unknown = log(1 + reader.size())
        number = 0
        for group in plan.groups:
            words: list[_Word]
            units: Sequence[Unit]
            if group.readings:
                expression = _Expression(terms, group.parts, group.readings)
                units = [expression]
                words = expression.parts
                self.total += expression.weight or len(words) * unknown
            else:
                units = words = [_Word(terms, part, 1.0) for part in group.parts]
                self.total += sum(word.weight or unknown for word in words)
            self.units += units
            if not group.optional:
                self._needed += units
            for word in words:
                if word.weight:
                    self.masses[number] = word.weight
                number += 1

    @property
    def complete(self) -> int:
        """The documents that hold every part of the question that is not optional, as bits."""
        return intersection([self._everyone, *(unit.meant for unit in self._needed)])

    @property
    def some(self) -> int:
        """The documents that hold any of it."""
        return union(unit.any for unit in self.units)

    def measure(self, bits: int, note: Note | None = None) -> Measured:
        """Points and cover of some documents."""
        measured = Measured(bits)
        for unit in self.units:
            unit.measure(measured, note)
        return measured
