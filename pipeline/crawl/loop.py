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

from pipeline.archive import Archive, AskReason, Fetched, FetchEffect, Found, RunOutcome, Step, Waiting
from pipeline.config import Config
from pipeline.crawl.digest import Digest, digest
from pipeline.crawl.errorpage import ErrorPage
from pipeline.crawl.fetch import Ask, Fetcher, Surroundings
from pipeline.crawl.frontier import Budget, Frontier
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.listing import Gatekeeper, ask_robots
from pipeline.crawl.moves import judged
from pipeline.crawl.plan import Trust
from pipeline.crawl.report import CrawlOptions, CrawlReport, LimitReached, Planned, Progress, Tally
from pipeline.crawl.robots import product_token
from pipeline.crawl.scope import Scope
from pipeline.crawl.survey import Survey
from pipeline.crawl.traps import TrapKind
from pipeline.errors import SiteUnreachable
from pipeline.guard import Losses
from pipeline.records import PASSING, FailureReason, FetchFailure, NotModified
from pipeline.urls import Rebase, canonical_key

# To refuse a page that we have is no better than silence: what asks too much is often answered so.
_NO_ANSWERS = PASSING | {FailureReason.CLIENT_ERROR}

# So many pages in a row without an answer, each asked `politeness.tries` times, are a site that is down.
FAILING_IN_A_ROW_MOST = 10

ROBOTS_LIFE_S = 24 * 3600.0

# A source or the user says that the page is another one now, so that "not modified" would be the odd answer.
_WITHOUT_VALIDATORS = frozenset({AskReason.CHANGED, AskReason.HELD, AskReason.FULL, AskReason.PROBE})

# Answers by which a page that we have is lost, if they are to be believed. No answer at all loses nothing.
_LOSSES = frozenset(
    {
        FailureReason.NOT_FOUND,
        FailureReason.GONE,
        FailureReason.REDIRECTED_AWAY,
        FailureReason.SOFT_NOT_FOUND,
        FailureReason.EMPTY,
        FailureReason.NOT_TEXT,
    }
)

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
    losses: Losses = field(default_factory=lambda: Losses(known=0))
    keeper: Gatekeeper | None = None
    error_page: ErrorPage | None = None
    began_s: float = 0.0
    robots_at_s: float = 0.0
    budget: Budget = field(init=False)
    survey: Survey = field(init=False)

    def __post_init__(self) -> None:
        self.survey = Survey(
            site=self.site,
            config=self.config,
            fetcher=self.fetcher,
            frontier=self.frontier,
            around=self.around,
            reader=self.reader,
            reached=lambda: self.tally.limits.setdefault(LimitReached.SITEMAP_URLS),
            full=self.options.full,
        )
        self.budget = Budget.of(self.config.limits, self.options)
        self.began_s = self.around.monotonic()

    # --- a whole run ----------------------------------------------------------------------------

    async def run(self, archive: Archive) -> CrawlReport:
        """Ask until the frontier is empty, a limit is reached or the user ends it. The run is closed in any case."""
        run_id, resumed = archive.begin_run(self.site, self.options.command, self.around.clock())
        self.losses.known = archive.article_count(self.site)
        if resumed:
            for url, reason in self.survey.taken_up(archive, run_id, _LOSSES):
                self._look_at(url, reason)
        self.survey.trust = Trust.of(archive.signals.records(self.site))
        ended, alarm = RunOutcome.INTERRUPTED, None
        try:
            with suppress(_Ended):
                await self._pages_of(archive, run_id)
            with suppress(_Ended):
                await self._refuse_silence()
            alarm = self._alarm()
            ended = self._outcome()
        except SiteUnreachable:
            ended = RunOutcome.UNREACHABLE
            raise
        finally:
            report = replace(
                self._report(archive), resumed=resumed, waiting=archive.waiting_count(self.site), alarm=alarm
            )
            # what a night finds missing that is not believed, or that ended in silence, is missing by accident
            believed = alarm is None and ended is not RunOutcome.UNREACHABLE
            gone = archive.end_run(run_id, self.around.clock(), ended, report.counters(), believed=believed)
        return replace(report, gone=gone)

    async def _pages_of(self, archive: Archive, run_id: int) -> None:
        """Sources, seeds, plan, pages. What is stored at each step is not done again after a kill."""
        keeper = await self._until_end(self._robots())
        if not archive.signals.is_planned(run_id, self.site):
            archive.add_found(run_id, self.site, self.frontier.seeds(), self.around.clock())
            await self._until_end(self.survey.read_sitemaps(archive, run_id, keeper))
            await self._ask_all(archive, run_id, keeper, seeds=True)
            if (limit := self._limit()) is not None:
                self.tally.limits.setdefault(limit)
                return
            await self._until_end(self.survey.read_pointed(archive, run_id, keeper))
            self.survey.keep_plan(archive, run_id, self.around.clock())
        self.error_page = await self._until_end(self.survey.error_page(archive, keeper))
        await self._ask_all(archive, run_id, keeper)
        if self.losses.lost and self.losses.are_most and self._limit() is None:
            # Most of what was asked is lost: is it the site, or only these?
            archive.probe(self.site, run_id, self.frontier.is_article, self.config.guard.probes)
            await self._ask_all(archive, run_id, keeper)

    def _alarm(self) -> str | None:
        if self.options.accept:
            return None
        return self.losses.alarm(self.config.guard, self.site, "their addresses")

    def _outcome(self) -> RunOutcome:
        if self.stop.is_set():
            return RunOutcome.INTERRUPTED
        if LimitReached.SITE_STOPPED in self.tally.limits:
            return RunOutcome.UNREACHABLE
        return RunOutcome.LIMIT if self.tally.limits else RunOutcome.WHOLE

    async def plan(self, archive: Archive | None) -> CrawlReport:
        """What a run would ask, and why; asks only robots.txt and the sources, stores nothing."""
        planned: list[Planned] = []
        if archive is not None:
            self.survey.trust = Trust.of(archive.signals.records(self.site))
        with suppress(_Ended):
            keeper = await self._until_end(self._robots())
            planned = await self._until_end(self.survey.shown(archive, keeper))
        return replace(self._report(archive), planned=tuple(planned))

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
        self.keeper = keeper
        return keeper

    async def _still_allowed(self, keeper: Gatekeeper) -> Gatekeeper:
        """The rules, asked anew when they are a day old (RFC 9309, 2.4)."""
        if self.around.monotonic() - self.robots_at_s < ROBOTS_LIFE_S:
            return keeper
        return await self._until_end(self._robots())

    # --- page after page ------------------------------------------------------------------------

    async def _ask_all(self, archive: Archive, run_id: int, keeper: Gatekeeper, *, seeds: bool = False) -> None:
        """The pipeline of two: one page is asked while the one before it is read and stored. `seeds`: those alone."""
        storing: asyncio.Task[None] | None = None
        in_flight: frozenset[str] = frozenset()
        try:
            while True:
                limit = self._limit()
                asked = None if limit else archive.next_waiting(self.site, in_flight)
                if seeds and asked is not None and asked.why is not AskReason.SEED:
                    asked = None
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
                fetched = await self._until_end(self.fetcher.fetch(ask))
                fetched = judged(archive, self.scope, asked, fetched, self.error_page)
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
        elapsed_s = self.around.monotonic() - self.began_s
        return self.budget.reached(self.tally, self.fetcher.requests, self.fetcher.received_bytes, elapsed_s)

    def _ask(self, archive: Archive, run_id: int, keeper: Gatekeeper, asked: Waiting) -> Ask:
        def stops_at(target: str) -> bool:
            return archive.is_known(canonical_key(self._home(target)), run_id)

        gate = keeper.for_seeds if asked.why is AskReason.SEED else keeper.for_pages
        # a page of which something is known or suspected is asked for its whole body
        fresh = asked.capture_id is None or asked.why in _WITHOUT_VALIDATORS
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
        error_page = self.error_page if self.frontier.is_article(asked.url) else None
        done: Digest = await asyncio.to_thread(digest, fetched, stored, copy, agent, self.reader, error_page)
        self._count_stored(asked, done.fetched, fetched)
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
        tally.reasons[asked.why] += 1
        if asked.why is AskReason.DUE:
            tally.due_requests += fetched.requests
            tally.due_bytes += fetched.transferred_bytes
        if not isinstance(outcome, FetchFailure):
            tally.asked += 1
            tally.answered += 1
            tally.failing_in_a_row = 0
            return
        tally.failures[outcome.reason] += 1
        if fetched.requests:
            tally.asked += 1
        if outcome.reason in (PASSING if asked.capture_id is None else _NO_ANSWERS):
            tally.failing_in_a_row += 1
        elif fetched.requests:
            tally.failing_in_a_row = 0
        if asked.why is AskReason.SEED:
            tally.seed_failures.append(f"{asked.url}: {outcome.detail}")

    def _count_stored(self, asked: Waiting, stored: Fetched, came: Fetched) -> None:
        """Count what only reading the answer told, and what became of the articles that we have."""
        outcome = stored.outcome
        reason = outcome.reason if isinstance(outcome, FetchFailure) else None
        if reason is not None and not isinstance(came.outcome, FetchFailure):
            self.tally.failures[reason] += 1
        if asked.capture_id is not None:
            self._look_at(asked.url, reason)

    def _look_at(self, url: str, reason: FailureReason | None) -> None:
        """What became of a page that we have; the guard weighs articles, and only answers."""
        if self.frontier.is_article(url) and (reason is None or reason in _LOSSES):
            self.losses.add(url, reason)

    async def _refuse_silence(self) -> None:
        """A run that was given nothing at all, not even by one page, has found no site; nor one that fell silent."""
        if self.stop.is_set():
            return
        stays = "Everything archived stays as it is"
        if not self.tally.answered and self.tally.seed_failures and not self.losses.lost:
            raise SiteUnreachable(
                f"{self._asked_site()} gives no page: {self.tally.seed_failures[0]}. {stays}; "
                "check base_url, hosts and seeds in the configuration, or try again later."
            )
        if self.tally.failing_in_a_row and self.keeper is not None:
            # The last pages had no answer. Does the site still have one?
            front = Ask(self.scope.seeds[0], self.keeper.for_seeds)
            outcome = (await self._until_end(self.fetcher.fetch(front))).outcome
            if isinstance(outcome, FetchFailure) and outcome.reason in _NO_ANSWERS:
                raise SiteUnreachable(
                    f"{self._asked_site()} stopped answering after {self.tally.answered} pages ({outcome.detail}). "
                    f"{stays}, with what was answered; the next run asks for the rest."
                )

    def _asked_site(self) -> str:
        return self.rebase.from_origin if self.rebase else self.config.sites[self.site].base_url

    def _report(self, archive: Archive | None) -> CrawlReport:
        effects, failures = self.tally.effects, dict(self.tally.failures)
        sources = archive.signals.records(self.site) if archive is not None else ()
        believed = self.survey.trust.silent & self.survey.trust.speaking
        return CrawlReport(
            site=self.site,
            asked=self.tally.asked,
            requests=self.fetcher.requests,
            received_bytes=self.fetcher.received_bytes,
            new=effects[FetchEffect.NEW],
            changed=effects[FetchEffect.CHANGED],
            unchanged=effects[FetchEffect.UNCHANGED],
            moved=effects[FetchEffect.MOVED],
            kept=effects[FetchEffect.KEPT],
            due_requests=self.tally.due_requests,
            due_bytes=self.tally.due_bytes,
            reasons=dict(self.tally.reasons),
            sources=sources,
            distrusted=tuple(record.source for record in sources if record.source not in believed),
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
