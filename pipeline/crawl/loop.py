"""The crawl of one site: take the next address, ask, read its links, store everything in one step.

One request is under way at any time; while its answer travels, the page before it is read, packed and
stored. May import: config, records, errors, urls, archive, and the lower modules of crawl.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pipeline.archive import Archive, Fetched, FetchEffect, Found, RunOutcome, Step, Waiting
from pipeline.config import Config
from pipeline.crawl.digest import Digest, digest
from pipeline.crawl.fetch import PASSING, Ask, Fetcher, Surroundings
from pipeline.crawl.frontier import SEED, Budget, Frontier
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.listing import Gatekeeper, ask_robots, sitemap_entries
from pipeline.crawl.report import CrawlOptions, CrawlReport, LimitReached, Planned, Progress, Tally
from pipeline.crawl.robots import product_token
from pipeline.crawl.scope import Decision, Scope
from pipeline.crawl.traps import TrapKind
from pipeline.errors import SiteUnreachable
from pipeline.records import FailureReason, FetchFailure, FoundBy, NotModified
from pipeline.urls import Rebase, canonical_key

# So many pages in a row without an answer, each asked `politeness.tries` times, are a site that is down.
FAILING_IN_A_ROW_MOST = 10

ROBOTS_LIFE_S = 24 * 3600.0

# Entries of sitemaps are stored in batches: nothing is lost with them, the next run reads the sitemap again.
_SITEMAP_BATCH = 500

T = TypeVar("T")
Watch = Callable[[Progress], None]


class _Ended(Exception):
    """The user, or the limit on time, ends the run."""


@dataclass(slots=True, kw_only=True)
class Crawl:
    """One run over one site."""

    site: str
    config: Config
    options: CrawlOptions
    rebase: Rebase | None
    scope: Scope
    fetcher: Fetcher
    frontier: Frontier
    around: Surroundings
    stop: asyncio.Event
    progress: Watch | None
    reader: LinkReader
    tally: Tally = field(default_factory=Tally)
    began_s: float = 0.0
    robots_at_s: float = 0.0
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget.of(self.config.limits, self.options)
        self.began_s = self.around.monotonic()

    # --- a whole run ----------------------------------------------------------------------------

    async def run(self, archive: Archive) -> CrawlReport:
        """Ask until the frontier is empty, a limit is reached or the user ends it. The run is closed in any case."""
        run_id, resumed = archive.begin_run(
            self.site,
            self.options.command,
            self.around.clock(),
            self.frontier.known_priority,
            full=self.options.full,
        )
        ended = RunOutcome.INTERRUPTED
        try:
            with suppress(_Ended):
                keeper = await self._until_end(self._robots())
                archive.add_found(run_id, self.site, self.frontier.seeds(), self.around.clock())
                await self._until_end(self._read_sitemaps(archive, run_id, keeper))
                await self._ask_all(archive, run_id, keeper)
            self._refuse_silence()
            ended = self._outcome()
        except SiteUnreachable:
            ended = RunOutcome.UNREACHABLE
            raise
        finally:
            report = replace(self._report(), resumed=resumed, waiting=archive.waiting_count(self.site))
            archive.end_run(run_id, self.around.clock(), ended, report.counters())
        return report

    def _outcome(self) -> RunOutcome:
        if self.stop.is_set():
            return RunOutcome.INTERRUPTED
        return RunOutcome.LIMIT if self.tally.limits else RunOutcome.WHOLE

    async def plan(self, archive: Archive | None) -> CrawlReport:
        """What a run would ask first, and why; asks only robots.txt and the sitemaps, stores nothing."""
        planned: dict[str, Planned] = {}
        known = {canonical_key(u): u for u in archive.known_addresses(self.site)} if archive is not None else {}
        with suppress(_Ended):
            keeper = await self._until_end(self._robots())

            def enter(url: str, why: FoundBy) -> None:
                key = canonical_key(url)
                if keeper.robots.allows(url):
                    planned.setdefault(key, Planned(url, why, key in known))

            for seed in self.frontier.seeds():
                enter(seed.url, seed.found_by)
            async for found in self._sitemap_found(keeper):
                enter(found.url, found.found_by)
            for url in known.values():
                if self.frontier.known_priority(url, captured=True) is not None:
                    enter(url, FoundBy.LINK)
        return replace(self._report(), planned=tuple(planned.values()))

    # --- what the site says of itself -----------------------------------------------------------

    async def _robots(self) -> Gatekeeper:
        config = self.config
        base_url = config.sites[self.site].base_url
        self.robots_at_s = self.around.monotonic()
        keeper = await ask_robots(self.fetcher, self.scope, base_url, config.politeness, config.limits)
        if not keeper.robots.reachable:
            raise SiteUnreachable(
                f"{self._asked_site()} cannot be crawled: its robots.txt gives no answer ({keeper.robots.detail}), and "
                "without it nothing may be asked. Everything archived stays as it is; try again later."
            )
        return keeper

    async def _still_allowed(self, keeper: Gatekeeper) -> Gatekeeper:
        """The rules, asked anew when they are a day old (RFC 9309, 2.4)."""
        if self.around.monotonic() - self.robots_at_s < ROBOTS_LIFE_S:
            return keeper
        return await self._until_end(self._robots())

    async def _read_sitemaps(self, archive: Archive, run_id: int, keeper: Gatekeeper) -> None:
        batch: list[Found] = []
        async for found in self._sitemap_found(keeper):
            batch.append(found)
            if len(batch) >= _SITEMAP_BATCH:
                archive.add_found(run_id, self.site, batch, self.around.clock())
                batch = []
        archive.add_found(run_id, self.site, batch, self.around.clock())

    async def _sitemap_found(self, keeper: Gatekeeper) -> Any:
        site = self.config.sites[self.site]
        if not site.sitemaps:
            return
        async for entry in sitemap_entries(
            self.fetcher,
            keeper,
            site.base_url,
            self.config.limits,
            lambda: self.tally.limits.setdefault(LimitReached.SITEMAP_URLS),
        ):
            found = self.frontier.listed(entry.url, entry.lastmod)
            if found is not None:
                yield found

    # --- page after page ------------------------------------------------------------------------

    async def _ask_all(self, archive: Archive, run_id: int, keeper: Gatekeeper) -> None:
        """The pipeline of two: one page is asked while the one before it is read and stored."""
        storing: asyncio.Task[None] | None = None
        in_flight: frozenset[str] = frozenset()
        try:
            while True:
                limit = self._limit()
                asked = None if limit else archive.next_waiting(self.site, in_flight)
                if asked is None and storing is not None:
                    # what is being stored may bring new addresses
                    await storing
                    storing, in_flight = None, frozenset()
                    continue
                if asked is None:
                    if limit and archive.waiting_count(self.site):
                        self.tally.limits.setdefault(limit)
                    return
                keeper = await self._still_allowed(keeper)
                ask = self._ask(archive, run_id, keeper, asked)
                fetched = self._judged(asked, await self._until_end(self.fetcher.fetch(ask)))
                self._count(asked, fetched)
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._store(archive, run_id, asked, fetched))
                in_flight = frozenset({asked.key})
        finally:
            # an answer that has arrived is stored, whatever ends the run
            if storing is not None:
                await storing

    def _limit(self) -> LimitReached | None:
        if self.tally.failing_in_a_row >= FAILING_IN_A_ROW_MOST:
            return LimitReached.SITE_STOPPED
        return self.budget.reached(self.tally, self.fetcher.requests, self.around.monotonic() - self.began_s)

    def _ask(self, archive: Archive, run_id: int, keeper: Gatekeeper, asked: Waiting) -> Ask:
        def stops_at(target: str) -> bool:
            return archive.is_known(canonical_key(self._home(target)), run_id)

        gate = keeper.for_seeds if asked.priority == SEED else keeper.for_pages
        fresh = self.options.full or asked.capture_id is None
        return Ask(
            asked.url,
            gate,
            etag=None if fresh else asked.etag,
            last_modified=None if fresh else asked.last_modified,
            stops_at=stops_at,
        )

    async def _store(self, archive: Archive, run_id: int, asked: Waiting, fetched: Fetched) -> None:
        """Read, pack and store one answer; the reading happens beside the loop."""
        confirmed = isinstance(fetched.outcome, NotModified) and asked.capture_id is not None
        stored = archive.capture(asked.capture_id) if confirmed and asked.capture_id is not None else None
        copy = self.rebase.from_origin if self.rebase else None
        agent = product_token(self.config.politeness.agent)
        done: Digest = await asyncio.to_thread(digest, fetched, stored, copy, agent, self.reader.read)
        found = self._followed(asked, done)
        effect = archive.record_fetch(Step(run_id, self.site, asked, self._at_home(done.fetched), found, done.body))
        self.tally.effects[effect] += 1
        if self.progress is not None:
            self.progress(Progress(asked.url, effect, self.tally.asked, archive.waiting_count(self.site)))

    def _followed(self, asked: Waiting, done: Digest) -> list[Found]:
        """The links of an answer that are worth asking; a page that was seen at another address has none of its own."""
        traps = self.frontier.traps
        if done.took_too_long:
            traps.note(TrapKind.SLOW_MARKUP, asked.url)
        if done.body is not None and traps.is_echo(done.body.sha256, asked.url):
            return []
        return self.frontier.linked(done.links.urls, done.links.canonical, asked.depth)

    def _judged(self, asked: Waiting, fetched: Fetched) -> Fetched:
        """A page that we have and that now leads to a list, the home page or a login is kept, not replaced."""
        outcome = fetched.outcome
        if isinstance(outcome, FetchFailure | NotModified) or not fetched.hops or asked.capture_id is None:
            return fetched
        target = fetched.hops[-1].target
        home = self.scope.home(target) or target
        was_article = self.scope.decide(asked.url) is Decision.ARTICLE
        if not was_article or self.scope.decide(home) is Decision.ARTICLE:
            return fetched
        failure = FetchFailure(
            asked.url, FailureReason.REDIRECTED_AWAY, f"it redirects to {home}, which is no article", outcome.fetched_at
        )
        return replace(fetched, outcome=failure, hops=())

    def _at_home(self, fetched: Fetched) -> Fetched:
        """The same in the site's own spelling of its addresses, whatever spelling answered."""
        outcome = fetched.outcome
        hops = tuple(replace(h, url=self._home(h.url), target=self._home(h.target)) for h in fetched.hops)
        if isinstance(outcome, FetchFailure):
            return replace(fetched, hops=())
        return replace(fetched, outcome=replace(outcome, url=self._home(outcome.url)), hops=hops)

    def _home(self, url: str) -> str:
        return self.scope.home(url) or url

    # --- counting -------------------------------------------------------------------------------

    def _count(self, asked: Waiting, fetched: Fetched) -> None:
        tally, outcome = self.tally, fetched.outcome
        tally.received_bytes += fetched.transferred_bytes
        if not isinstance(outcome, FetchFailure):
            tally.asked += 1
            tally.answered += 1
            tally.failing_in_a_row = 0
            return
        tally.failures[outcome.reason] += 1
        if fetched.requests:
            tally.asked += 1
        if outcome.reason in PASSING:
            tally.failing_in_a_row += 1
        elif fetched.requests:
            tally.failing_in_a_row = 0
        if asked.priority == SEED:
            tally.seed_failures.append(f"{asked.url}: {outcome.detail}")

    def _refuse_silence(self) -> None:
        """A run that was given nothing at all, not even by one page, has found no site."""
        if self.tally.answered or not self.tally.seed_failures or self.stop.is_set():
            return
        raise SiteUnreachable(
            f"{self._asked_site()} gives no page: {self.tally.seed_failures[0]}. Everything archived stays as it is; "
            "check base_url, hosts and seeds in the configuration, or try again later."
        )

    def _asked_site(self) -> str:
        return self.rebase.from_origin if self.rebase else self.config.sites[self.site].base_url

    def _report(self) -> CrawlReport:
        effects, failures = self.tally.effects, dict(self.tally.failures)
        return CrawlReport(
            site=self.site,
            asked=self.tally.asked,
            requests=self.fetcher.requests,
            received_bytes=self.tally.received_bytes,
            new=effects[FetchEffect.NEW],
            changed=effects[FetchEffect.CHANGED],
            unchanged=effects[FetchEffect.UNCHANGED],
            moved=effects[FetchEffect.MOVED],
            kept=effects[FetchEffect.KEPT],
            gone=effects[FetchEffect.GONE],
            skipped_by_robots=failures.pop(FailureReason.ROBOTS, 0),
            failures=failures,
            traps=self.frontier.traps.found(),
            limits_reached=tuple(self.tally.limits),
            interrupted=self.stop.is_set(),
            elapsed_s=self.around.monotonic() - self.began_s,
        )

    async def _until_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`, but no longer than the user and the limit on time allow."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self.stop.wait())
        left_s = None
        if self.budget.duration_s is not None:
            left_s = max(0.0, self.began_s + self.budget.duration_s - self.around.monotonic())
        try:
            await asyncio.wait({task, stopped}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not self.stop.is_set():
                return task.result()
        finally:
            stopped.cancel()
            if not task.done():
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task, stopped})
        if not self.stop.is_set():
            self.tally.limits.setdefault(LimitReached.DURATION)
        raise _Ended
