"""Articles like an article: those that share its telling words. Engine-neutral. May import: engine, french.

A word tells much when the article uses it often and the archive seldom; twenty of them describe an article.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from index.engine import STEM, Reader
from index.french import analyze

TERMS_MAX = 20
CANDIDATES_MAX = 120
"""The article's most frequent words; only these are looked up."""
TITLE_WEIGHT = 3


def similar(reader: Reader, title: str, text: str) -> list[tuple[int, float]]:
    """Documents by likeness, best first; the article itself is among them."""
    counts: Counter[str] = Counter()
    for weight, part in ((TITLE_WEIGHT, title), (1, text)):
        for token in analyze(part):
            if token.stem is not None and not token.joined and not token.stem.isdigit():
                counts[token.stem] += weight
    size = reader.size()
    telling = []
    for term, number in counts.most_common(CANDIDATES_MAX):
        found = reader.postings(STEM, term)
        # A word of a single article leads nowhere else.
        if len(found) > 1:
            rarity = math.log(1 + size / len(found))
            telling.append((math.sqrt(number) * rarity, rarity, found))
    telling.sort(key=lambda entry: -entry[0])
    lengths = reader.lengths()
    scores: dict[int, float] = defaultdict(float)
    for worth, rarity, found in telling[:TERMS_MAX]:
        for document, number in found.items():
            scores[document] += worth * rarity * math.sqrt(number)
    normed = ((document, score / math.sqrt(lengths[document] + 50)) for document, score in scores.items())
    return sorted(normed, key=lambda entry: (-entry[1], entry[0]))
