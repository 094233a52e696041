"""Articles like an article: those that share its telling words. Engine-neutral. May import: engine, french, ranking.

A word tells much when the article uses it often and the archive seldom; twenty of them describe an article.
"""

from __future__ import annotations

import math
from collections import Counter

from index.engine import IMPACT_MAX, STEM, Reader
from index.french import analyze
from index.ranking import RawHit

TERMS_MAX = 20
CANDIDATES_MAX = 120
"""The article's most frequent words; only these are looked up."""
TITLE_WEIGHT = 3


def similar(reader: Reader, title: str, text: str) -> list[RawHit]:
    """Documents by likeness, best first; the article itself is among them."""
    counts: Counter[str] = Counter()
    for weight, part in ((TITLE_WEIGHT, title), (1, text)):
        for token in analyze(part):
            if token.stem is not None and not token.joined and not token.stem.isdigit():
                counts[token.stem] += weight
    size = reader.size()
    telling = []
    for term, number in counts.most_common(CANDIDATES_MAX):
        found = reader.frequency(STEM, term)
        # A word of a single article leads nowhere else.
        if found > 1:
            rarity = math.log(1 + size / found)
            telling.append((math.sqrt(number) * rarity, rarity, term))
    telling.sort(key=lambda entry: (-entry[0], entry[2]))
    scores: dict[int, float] = {}
    for worth, rarity, term in telling[:TERMS_MAX]:
        share = worth * rarity / IMPACT_MAX
        postings = reader.postings(STEM, term)
        for document, impact in zip(postings.documents, postings.impacts, strict=True):
            scores[document] = scores.get(document, 0.0) + share * impact
    return sorted((RawHit(d, s) for d, s in scores.items()), key=lambda hit: (-hit.score, hit.document))
