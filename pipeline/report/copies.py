"""Articles that stand at two addresses, and titles that name two articles. Pure; may import: report.likeness, rows."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.records import Article, FindingKind
from pipeline.report.likeness import pairs, sequences, words
from pipeline.report.rows import Row

# Above it, all pairs of the AIMF's archive are one text twice; at 0.79 stand two cities' projects after one model.
_ALIKE_SHARE = 0.8
# A news item and the page of its event: enough if one title also says all that the other says.
_ALIKE_WITH_TITLE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of an article is needed to find its copies."""

    url: str
    title: str
    sequences: array[int]


def sketch(article: Article) -> Sketch:
    """The sketch of an article."""
    return Sketch(article.url, article.title, sequences(article.text))


def rows(sketches: Iterable[Sketch]) -> Iterator[Row]:
    """A row for each group of articles with one text, and for each title that several other articles share."""
    by_url = {one.url: one for one in sketches}
    copies = list(_groups(by_url))
    for urls, share in copies:
        told = "textes identiques" if share == 1 else f"textes semblables à {share:.0%}".replace("%", "\u00a0%")
        yield Row(FindingKind.DUPLICATE, (f"«\u00a0{by_url[urls[0]].title}\u00a0», {told}",), urls)
    known = [set(urls) for urls, _ in copies]
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for one in by_url.values():
        titles[" ".join(words(one.title))].append(one.url)
    for title, named in titles.items():
        if title and len(named) > 1 and not any(group.issuperset(named) for group in known):
            yield Row(FindingKind.DUPLICATE_TITLE, (by_url[named[0]].title,), tuple(named))


def _groups(by_url: Mapping[str, Sketch]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Addresses of one text, with the least likeness that binds them."""
    group_of: dict[str, list[str]] = {}
    least: dict[str, float] = {}
    for one, other, share in pairs({url: s.sequences for url, s in by_url.items()}, _ALIKE_WITH_TITLE_SHARE):
        if share < _ALIKE_SHARE and not _says_the_same(by_url[one].title, by_url[other].title):
            continue
        joined = sorted({*group_of.get(one, [one]), *group_of.get(other, [other])})
        weakest = min(share, *(least.get(url, 1.0) for url in joined))
        for url in joined:
            group_of[url], least[url] = joined, weakest
    for urls in dict.fromkeys(map(tuple, group_of.values())):
        yield urls, least[urls[0]]


def _says_the_same(one: str, other: str) -> bool:
    first, second = set(words(one)), set(words(other))
    return bool(first and second) and (first <= second or second <= first)
