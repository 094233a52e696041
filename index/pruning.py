"""The best documents without reckoning the others: what a document's words cannot give it, it cannot have.

A document that lacks a heavy word of the question cannot reach the first page, however often it has the light ones.
Documents are parted by which units of the question they hold, the heaviest first; each part has a bound, and the parts
with the highest bounds are measured until no other can bring a better document. This is MaxScore (Turtle and Flood,
"Query evaluation: strategies and optimizations", 1995) over sets of documents instead of cursors, and like it leaves
nothing out that would have been among the best. May import: bits, evidence.
"""

from __future__ import annotations

from heapq import heappop, heappush, nlargest
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from index.evidence import Evidence

WHOLE = 64
"""A part of so few documents is measured rather than parted again."""
BATCH = 1_000
"""So many are measured before the bound of the next part is looked at again."""
PARTS_MAX = 400
"""Of a question of many words, parts are measured as they stand after so many."""
_ROUNDING = 1 + 1e-9
"""Sums in another order differ in the last digit; a bound must not fall below a score for it."""


def best(evidence: Evidence, among: int, wanted: int) -> list[tuple[float, int]]:
    """The `wanted` documents among some (bits) with the most points times cover, and that product; highest first.

    Equals by number.
    """
    if not wanted or not among:
        return []
    if among.bit_count() <= BATCH:
        return _measured(evidence, among, wanted)
    units = sorted(evidence.units, key=lambda unit: -unit.mass * unit.most)
    points_left, mass_left = [0.0], [0.0]
    for unit in reversed(units):
        points_left.append(points_left[-1] + unit.most)
        mass_left.append(mass_left[-1] + unit.mass)
    points_left.reverse()
    mass_left.reverse()

    parts: list[tuple[float, int, int, int, float, float]] = []
    """(minus the bound, serial number, units decided, documents, points and mass of the units that reach them)"""
    serial = 0

    def part(decided: int, documents: int, points: float, mass: float) -> None:
        nonlocal serial
        if documents:
            serial += 1
            bound = (points + points_left[decided]) * (mass + mass_left[decided]) * _ROUNDING
            heappush(parts, (-bound, serial, decided, documents, points, mass))

    part(0, among, 0.0, 0.0)
    found: list[tuple[float, int]] = []
    floor = 0.0
    while parts and -parts[0][0] >= floor:
        batch, size, enough = 0, 0, BATCH if found else wanted
        while parts and -parts[0][0] >= floor and size < enough:
            _, _, decided, documents, points, mass = heappop(parts)
            count = documents.bit_count()
            if decided == len(units) or count <= WHOLE or serial > PARTS_MAX:
                batch |= documents
                size += count
                continue
            unit = units[decided]
            part(decided + 1, documents & unit.reached, points + unit.most, mass + unit.mass)
            part(decided + 1, documents & ~unit.reached, points, mass)
        found = nlargest(wanted, found + _measured(evidence, batch, wanted), key=_order)
        floor = found[-1][0] if len(found) == wanted else 0.0
    return found


def _order(one: tuple[float, int]) -> tuple[float, int]:
    return one[0], -one[1]


def _measured(evidence: Evidence, documents: int, wanted: int) -> list[tuple[float, int]]:
    measured = evidence.measure(documents)
    scores = list(map(mul, measured.points, measured.covered))
    # The first of equals comes first, for `nlargest` is as stable as `sorted`, and documents ascend.
    places = nlargest(wanted, range(len(scores)), key=scores.__getitem__)
    return [(scores[place], measured.documents[place]) for place in places]
