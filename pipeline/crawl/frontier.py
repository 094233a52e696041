"""The order of asking: which address is next, which is known already, and when a run has asked enough.

Seeds first, then articles that we have or that a source names, then listings, then what links bring. A part of the
site that has had its share of the run comes after the others, in rounds, so that no endless part starves another. May
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

# What is refused is decided again where it is not remembered; more only costs memory.
_REFUSED_KEPT = 8_192


class Frontier:
    """Turns addresses that were found into places in the queue. It remembers what pages linked to in this run."""

    def __init__(self, scope: Scope, limits: Limits) -> None:
        self._scope = scope
        self._depth = limits.depth
        self._page_links = limits.page_links
        self._seen: set[str] = set()
        self._refused: set[str] = set()
        self._named: set[str] = set()
        self.traps = Traps(limits)

    def place_of(self, url: str, sure: bool) -> int | None:
        """The place of an address that we know; None if it is not asked any more.

        `sure`: we have it, or a source names it. What is left over from a run that reached a limit comes last.
        """
        match self._scope.decide(url):
            case Decision.ARTICLE:
                return LISTED if sure else LINKED
            case Decision.LISTING:
                return LISTING if sure else LINKED_LISTING
            case _:
                return None

    def is_article(self, url: str) -> bool:
        """Whether an address is that of an article page."""
        return self._scope.decide(url) is Decision.ARTICLE

    def accepts(self, url: str) -> str | None:
        """The home spelling of an address that a source names; None if it is not asked."""
        home = self._scope.home(url)
        if home is None or not self._scope.decide(home).wanted:
            return None
        self._named.add(canonical_key(home))
        return home

    def seeds(self) -> Iterator[Found]:
        """The seeds of the configuration."""
        for url in self._scope.seeds:
            yield Found(url, FoundBy.SEED, 0, SEED)

    def linked(self, urls: Iterable[str], canonical: str | None, depth: int) -> list[Found]:
        """The links of a page at `depth`, those that no page of this run named before and that are worth asking."""
        if depth >= self._depth:
            return []
        found = []
        for number, url in enumerate(urls):
            if number >= self._page_links:
                self.traps.note(TrapKind.MANY_LINKS, url)
                break
            home = self._scope.home(url)
            if home is None or home in self._refused or (key := canonical_key(home)) in self._seen:
                continue
            decision = self._scope.decide(home)
            # what a source of the site names is no trap, and no part's share
            named = key in self._named
            # asked first: traps that the configuration ignores anyway are told as well
            if (not named and self.traps.refuses(home, decision)) or not decision.wanted:
                # in this spelling; `/a/?preview=true` says nothing of `/a/`
                if len(self._refused) < _REFUSED_KEPT:
                    self._refused.add(home)
                continue
            self._seen.add(key)
            by = FoundBy.CANONICAL if url == canonical else FoundBy.LINK
            rounds = 0 if named else self.traps.rounds(home)
            place = LINKED if decision is Decision.ARTICLE else LINKED_LISTING
            found.append(Found(home, by, depth + 1, OVER_SHARE + rounds - 1 if rounds else place))
        return found


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

    def reached(self, tally: Tally, requests: int, received_bytes: int, elapsed_s: float) -> LimitReached | None:
        """The limit that ends the run now."""
        if requests >= self.requests or (self.pages is not None and tally.asked >= self.pages):
            return LimitReached.PAGES
        if received_bytes >= self.received_bytes:
            return LimitReached.BYTES
        if self.duration_s is not None and elapsed_s >= self.duration_s:
            return LimitReached.DURATION
        return None
