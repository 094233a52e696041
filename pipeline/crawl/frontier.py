"""The order of asking: which address is next, which is known already, and when a run has asked enough.

Seeds first, then what a sitemap lists and articles we have, then listings, then what links bring. A part of the site
that has had its share of the run comes after the others, in rounds, so that no endless part starves another. May
import: config, records, urls, archive, crawl.scope, crawl.traps, crawl.report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.archive import Found
from pipeline.config import Limits
from pipeline.crawl.report import CrawlOptions, LimitReached, Tally
from pipeline.crawl.scope import Decision, Scope
from pipeline.crawl.traps import TrapKind, Traps
from pipeline.records import FoundBy
from pipeline.urls import canonical_key

SEED, LISTED, LISTING, LINKED, LINKED_LISTING, OVER_SHARE = range(6)


class Frontier:
    """Turns addresses that were found into places in the queue. It remembers what it has let in during this run."""

    def __init__(self, scope: Scope, limits: Limits) -> None:
        self._scope = scope
        self._depth = limits.depth
        self._page_links = limits.page_links
        self._seen: set[str] = set()
        self.traps = Traps(limits)

    def known_priority(self, url: str, captured: bool) -> int | None:
        """The place of an address that we know from earlier runs; None if it is not asked any more.

        What is left over from a run that reached a limit, and what never answered, comes last.
        """
        match self._scope.decide(url):
            case Decision.ARTICLE:
                return LISTED if captured else LINKED
            case Decision.LISTING:
                return LISTING if captured else LINKED_LISTING
            case _:
                return None

    def seeds(self) -> Iterator[Found]:
        """The seeds of the configuration."""
        for url in self._scope.seeds:
            self._seen.add(canonical_key(url))
            yield Found(url, FoundBy.SEED, 0, SEED)

    def listed(self, url: str, lastmod: str | None) -> Found | None:
        """An entry of a sitemap; None if it is not asked."""
        home = self._scope.home(url)
        decision = self._scope.decide(home) if home else Decision.OUT_OF_SCOPE
        if home is None or not decision.wanted or not self._first_time(home):
            return None
        return Found(home, FoundBy.SITEMAP, 0, LISTED if decision is Decision.ARTICLE else LISTING, lastmod)

    def linked(self, urls: Iterable[str], canonical: str | None, depth: int) -> list[Found]:
        """The links of a page at `depth`, those that are new to this run and worth asking."""
        if depth >= self._depth:
            return []
        found = []
        for number, url in enumerate(urls):
            if number >= self._page_links:
                self.traps.note(TrapKind.MANY_LINKS, url)
                break
            home = self._scope.home(url)
            if home is None or not self._first_time(home):
                continue
            decision = self._scope.decide(home)
            if self.traps.refuses(home, decision) or not decision.wanted:
                continue
            by = FoundBy.CANONICAL if url == canonical else FoundBy.LINK
            rounds = self.traps.rounds(home)
            place = LINKED if decision is Decision.ARTICLE else LINKED_LISTING
            found.append(Found(home, by, depth + 1, OVER_SHARE + rounds - 1 if rounds else place))
        return found

    def _first_time(self, url: str) -> bool:
        key = canonical_key(url)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may spend."""

    pages: int | None
    requests: int
    received_bytes: int
    duration_s: float | None

    @classmethod
    def of(cls, limits: Limits, options: CrawlOptions) -> Budget:
        """The narrower of configuration and command line."""
        durations = [d for d in (limits.duration_s or None, options.max_duration_s) if d is not None]
        return cls(options.max_pages, limits.pages, limits.run_bytes, min(durations) if durations else None)

    def reached(self, tally: Tally, requests: int, elapsed_s: float) -> LimitReached | None:
        """The limit that ends the run now."""
        if requests >= self.requests or (self.pages is not None and tally.asked >= self.pages):
            return LimitReached.PAGES
        if tally.received_bytes >= self.received_bytes:
            return LimitReached.BYTES
        if self.duration_s is not None and elapsed_s >= self.duration_s:
            return LimitReached.DURATION
        return None
