"""Texts that are nearly the same: 64 bits that near copies share. May import: the standard library.

MinHash (A. Broder 1997) over every three words in a row: each of four quarters keeps 16 bits of the smallest of all
hashes in its own order; the share of equal quarters estimates the share of equal shingles.
"""

from __future__ import annotations

from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS_MIN = 30
"""Shorter texts are formulas that many pages share; they have no likeness (0)."""
EQUAL_QUARTERS = 3
"""Texts with three quarters of four in common are copies; two are too often chance among announcements of a series."""
_ORDERS = (2654435761, 2246822519, 3266489917, 668265263)
"""Odd multipliers modulo 2**32 (xxHash's primes): each sorts the hashes in an order of its own."""
_MASK = 0xFFFFFFFF


def likeness(stems: Sequence[str]) -> int:
    """The 64 bits of a text, 0 for one too short to be compared.

    >>> text = [str(n) for n in range(100)]
    >>> alike(likeness(text), likeness(text[2:])), alike(likeness(text), likeness(text[::-1])), likeness(text[:5])
    (True, False, 0)
    """
    if len(stems) < WORDS_MIN:
        return 0
    rows = zip(stems, stems[1:], stems[2:], strict=False)
    hashes = {crc32(" ".join(row).encode("utf-8", "surrogatepass")) for row in rows}
    bits = 0
    for order in _ORDERS:
        bits = bits << 16 | (min(value * order & _MASK for value in hashes) >> 8 & 0xFFFF)
    return bits


def alike(left: int, right: int) -> bool:
    """Whether two texts are near copies of one another."""
    if not left or not right:
        return False
    both = left ^ right
    return sum(not both >> place & 0xFFFF for place in (0, 16, 32, 48)) >= EQUAL_QUARTERS
