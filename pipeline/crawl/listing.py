"""The rules of a site before anything is asked: robots.txt, and the last word on every request.

May import: config, records, crawl.fetch, crawl.robots, crawl.scope.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.config import Limits, Politeness
from pipeline.crawl.fetch import Ask, Fetcher, Wanted
from pipeline.crawl.robots import Robots, product_token, read_robots
from pipeline.crawl.scope import Scope
from pipeline.records import FailureReason


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
