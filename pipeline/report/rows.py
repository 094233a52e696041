"""What was seen where → rows of the report: one fault of the template is one row, however many pages show it.

May import: records, report.labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.records import FindingKind
from pipeline.report.labels import rank

# Faults of a page itself: that ten pages are empty is ten repairs, though all read alike.
_OF_ONE_PAGE = frozenset(
    (FindingKind.EMPTY_ARTICLE, FindingKind.NO_DATE, FindingKind.CONTRADICTION, FindingKind.LYING_SLUG)
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A fault on one page. Equal `sameness` on several pages is one fault; "" means the excerpt itself."""

    kind: FindingKind
    excerpt: str
    url: str
    sameness: str = ""

    @property
    def fault(self) -> str:
        """By what it is recognised on other pages."""
        return self.url if self.kind in _OF_ONE_PAGE else self.sameness or self.excerpt


@dataclass(frozen=True, slots=True)
class Row:
    """A repair: what stands there, and on which pages. Several excerpts: one page shows them all."""

    kind: FindingKind
    excerpts: tuple[str, ...]
    urls: tuple[str, ...]

    def order(self) -> tuple[Any, ...]:
        """The key by which a report is sorted: worst kind first, then the fault on most pages."""
        return rank(self.kind), -len(self.urls), self.excerpts[:1] if self.kind in _OF_ONE_PAGE else (), self.urls


def group(sightings: Iterable[Sighting]) -> Iterator[Row]:
    """Rows of sightings: a fault that several pages share, and what else one page shows of a kind."""
    pages: defaultdict[tuple[FindingKind, str], dict[str, str]] = defaultdict(dict)
    for one in sightings:
        pages[one.kind, one.fault].setdefault(one.url, one.excerpt)
    alone: defaultdict[tuple[FindingKind, str], list[str]] = defaultdict(list)
    for (kind, _), excerpts in pages.items():
        if len(excerpts) > 1:
            yield Row(kind, (next(iter(excerpts.values())),), tuple(excerpts))
        else:
            [(url, excerpt)] = excerpts.items()
            alone[kind, url].append(excerpt)
    for (kind, url), texts in alone.items():
        yield Row(kind, tuple(texts), (url,))
