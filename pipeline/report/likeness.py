"""Which texts are copies of each other, wholly or nearly. Pure; may import: nothing of ours.

A text is its set of five-word sequences, as checksums; two texts are as alike as the share of sequences that they
have in common (Jaccard). Pairs are looked for among texts that share one of their smallest checksums, a bottom sketch,
so that the work grows with the texts and not with their square.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from zlib import crc32

_SEQUENCE_WORDS = 5
# Shorter texts (« À lire ici ») are alike by chance.
_LEAST_WORDS = 20
# Of each text so many checksums are compared: two texts that are alike by half share one of 64 with near certainty.
_SKETCH = 64
# A sequence that more texts share is a formula of the house.
_MOST_TEXTS = 50
_MARKS = re.compile("[\u0300-\u036f]")
_WORDS = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text, without accents, in lower case.

    >>> words("L’Été à Huê : 3 élus")
    ['l', 'ete', 'a', 'hue', '3', 'elus']
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("đ", "d"))
    return _WORDS.findall(_MARKS.sub("", plain))


def sequences(text: str) -> array[int]:
    """The checksums of a text's five-word sequences, smallest first, each once; none of a text that is too short."""
    found = words(text)
    if len(found) < _LEAST_WORDS:
        return array("I")
    starts = range(len(found) - _SEQUENCE_WORDS + 1)
    return array("I", sorted({crc32(" ".join(found[i : i + _SEQUENCE_WORDS]).encode()) for i in starts}))


def likeness(one: array[int], other: array[int]) -> float:
    """The share of sequences that two texts have in common, 0 to 1."""
    both, either = set(one) & set(other), set(one) | set(other)
    return len(both) / len(either) if either else 0.0


def pairs(texts: Mapping[str, array[int]], least: float) -> Iterator[tuple[str, str, float]]:
    """Texts that are alike by at least `least`, named by their keys, with how much.

    Of several equal texts each is paired with the first alone.
    """
    first: dict[bytes, str] = {}
    having: defaultdict[int, list[str]] = defaultdict(list)
    for name, found in texts.items():
        equal = first.setdefault(found.tobytes(), name)
        if equal == name:
            for checksum in found[:_SKETCH]:
                having[checksum].append(name)
        elif found:
            yield equal, name, 1.0
    tried: set[tuple[str, str]] = set()
    for names in having.values():
        if 1 < len(names) <= _MOST_TEXTS:
            tried.update(combinations(names, 2))
    for one, other in sorted(tried):
        share = likeness(texts[one], texts[other])
        if share >= least:
            yield one, other, share
