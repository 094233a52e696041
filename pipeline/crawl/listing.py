"""What a site says of itself before any page is asked: robots.txt, then its sitemaps.

May import: config, records, urls, archive, crawl.discover, crawl.fetch, crawl.robots, crawl.scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from pipeline.config import Limits, Politeness
from pipeline.crawl.discover import SitemapEntry, read_sitemap
from pipeline.crawl.fetch import Ask, Fetcher, Wanted
from pipeline.crawl.robots import Robots, product_token, read_robots
from pipeline.crawl.scope import Scope
from pipeline.records import Capture, FailureReason
from pipeline.urls import join

_USUAL_SITEMAPS = ("/sitemap_index.xml", "/sitemap.xml")

# A sitemap may name sitemaps, which name sitemaps …; nobody needs more levels than these.
_SITEMAP_LEVELS = 4
_SITEMAPS_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The last word on every request: whether the address is on the site, and whether robots.txt lets us."""

    scope: Scope
    robots: Robots

    def for_pages(self, url: str) -> tuple[FailureReason, str] | None:
        """Refuse what is elsewhere, what is never a page, and what robots.txt forbids."""
        home = self.scope.home(url)
        if home is None or not self.scope.decide(home).wanted:
            return FailureReason.OUT_OF_SCOPE, f"{url} is not one of the site's pages"
        return self._by_robots(url)

    def for_seeds(self, url: str) -> tuple[FailureReason, str] | None:
        """A seed may redirect to wherever on the site it likes."""
        return self.for_files(url) or self._by_robots(url)

    def for_files(self, url: str) -> tuple[FailureReason, str] | None:
        """For robots.txt itself: it must be on the site."""
        if self.scope.home(url) is None:
            return FailureReason.OUT_OF_SCOPE, f"{url} is on another site"
        return None

    def _by_robots(self, url: str) -> tuple[FailureReason, str] | None:
        return None if self.robots.allows(url) else (FailureReason.ROBOTS, f"robots.txt forbids {url}")


async def ask_robots(
    fetcher: Fetcher, scope: Scope, base_url: str, politeness: Politeness, limits: Limits
) -> Gatekeeper:
    """The rules of the site; its Crawl-delay is taken over by the fetcher."""
    agent = product_token(politeness.agent)
    free = Gatekeeper(scope, Robots(agent))
    fetched = await fetcher.fetch(Ask(f"{base_url.rstrip('/')}/robots.txt", free.for_files, Wanted.ROBOTS))
    robots = read_robots(fetched.outcome, agent, limits.robots_bytes)
    fetcher.delay_s = max(fetcher.delay_s, robots.crawl_delay_s(politeness.crawl_delay_max_s))
    return replace(free, robots=robots)


async def sitemap_entries(
    fetcher: Fetcher, keeper: Gatekeeper, base_url: str, limits: Limits, reached: Callable[[], None]
) -> AsyncIterator[SitemapEntry]:
    """The entries of all sitemaps of the site, as they come; `reached` is called when there are more than allowed."""
    told = [join(base_url, address) for address in keeper.robots.sitemaps()]
    queue = [(url, 1) for url in told if url] or [(f"{base_url.rstrip('/')}{path}", 1) for path in _USUAL_SITEMAPS]
    asked: set[str] = set()
    left = limits.sitemap_urls
    while queue and len(asked) < _SITEMAPS_MOST:
        url, level = queue.pop(0)
        home = keeper.scope.home(url)
        if home is None or home in asked or level > _SITEMAP_LEVELS:
            continue
        asked.add(home)
        outcome = (await fetcher.fetch(Ask(home, keeper.for_seeds, Wanted.SITEMAP))).outcome
        if not isinstance(outcome, Capture):
            continue
        sitemap = read_sitemap(outcome.body, most=left + 1)
        queue += [(joined, level + 1) for s in sitemap.sitemaps if (joined := join(home, s))]
        for entry in sitemap.entries[:left]:
            if joined := join(home, entry.url):
                yield SitemapEntry(joined, entry.lastmod)
        if len(sitemap.entries) > left:
            reached()
            return
        left -= len(sitemap.entries)
    if queue:
        reached()
