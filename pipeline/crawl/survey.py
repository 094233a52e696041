"""What a run finds out before it asks page after page: what the sources say, and from that its plan.

The plan is stored as the frontier in one transaction; a run that goes on has it already. May import: config, records,
urls, archive, and the lower modules of crawl.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipeline.archive import Archive, AskReason, Claim, Document, Known, Place, Sighting, Source
from pipeline.config import Config
from pipeline.crawl.errorpage import ErrorPage, learn
from pipeline.crawl.fetch import Ask, Fetcher, Surroundings, Wanted
from pipeline.crawl.frontier import Frontier
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.listing import Gatekeeper
from pipeline.crawl.plan import Rules, Trust, plan
from pipeline.crawl.report import Planned
from pipeline.crawl.signals import Desk, read_pointed, read_sitemaps
from pipeline.records import Capture, FailureReason, PageState
from pipeline.urls import canonical_key

# No run has this id, and all that have one come before it: for a plan that is only shown.
_NO_RUN = 1 << 62


@dataclass(slots=True, kw_only=True)
class Survey:
    """One site's survey; `reached` is called when the sources name more than a run may read."""

    site: str
    config: Config
    fetcher: Fetcher
    frontier: Frontier
    around: Surroundings
    reader: LinkReader
    reached: Callable[[], None]
    full: bool = False
    trust: Trust = field(default_factory=Trust)
    whole: set[Source] = field(default_factory=set)

    # --- for a run ------------------------------------------------------------------------------

    async def read_sitemaps(self, archive: Archive, run_id: int, keeper: Gatekeeper) -> None:
        """Take down what the sitemaps name."""
        await self._sitemaps(self._desk(archive, run_id, keeper))

    async def read_pointed(self, archive: Archive, run_id: int, keeper: Gatekeeper) -> None:
        """Take down what REST and feeds name, to which the seeds point."""
        await self._pointed(self._desk(archive, run_id, keeper), self._seeds(archive))

    async def error_page(self, archive: Archive, keeper: Gatekeeper) -> ErrorPage | None:
        """What the site shows for what does not exist, by an address that cannot; None if it shows nothing."""
        number = int(self.around.jitter() * 16**8) ^ int(self.around.clock().timestamp())
        address = f"{self.config.sites[self.site].base_url}aimf-archive-{number:x}/"
        outcome = (await self.fetcher.fetch(Ask(address, keeper.for_seeds, Wanted.ERROR_PAGE))).outcome
        if not isinstance(outcome, Capture):
            return None
        return learn(outcome, next(self._seeds(archive), None), self.reader.call)

    def keep_plan(self, archive: Archive, run_id: int, now: datetime) -> None:
        """Make the run's plan, and store it."""
        known = archive.signals.known(self.site, run_id, frozenset(self.whole))
        archive.signals.keep_plan(run_id, self.site, plan(known, self._rules(archive, run_id, now), run_id))

    def taken_up(
        self, archive: Archive, run_id: int, losses: frozenset[FailureReason]
    ) -> list[tuple[str, FailureReason | None]]:
        """What a run that goes on knows of the articles asked before it. Those that were lost it asks once more.

        So one run judges all of a night's errors, by what the site says now.
        """
        asked = archive.signals.articles_asked(self.site, run_id)
        if archive.signals.is_planned(run_id, self.site):
            lost = [(url, depth) for url, depth, reason in asked if reason in losses]
            again = [
                Place(canonical_key(url), AskReason.FAILED, priority, depth)
                for url, depth in lost
                if (priority := self.frontier.place_of(url, True)) is not None
            ]
            archive.signals.keep_plan(run_id, self.site, again)
        return [(url, reason) for url, _, reason in asked if reason not in losses]

    def _desk(self, archive: Archive, run_id: int, keeper: Gatekeeper) -> Desk:
        def store(batch: list[Sighting]) -> None:
            archive.signals.sight(run_id, self.site, batch, self.around.clock())

        def remember(document: Document) -> None:
            archive.signals.keep_document(self.site, document)

        return self._desk_of(keeper, store, archive.signals.documents(self.site), remember)

    # --- for a plan that is only shown ----------------------------------------------------------

    async def shown(self, archive: Archive | None, keeper: Gatekeeper) -> list[Planned]:
        """What a run would ask, and why, by what the sources say now; nothing is stored."""
        seen: list[Sighting] = []
        documents = archive.signals.documents(self.site) if archive is not None else {}
        desk = self._desk_of(keeper, seen.extend, documents, lambda _: None)
        await self._sitemaps(desk)
        if archive is not None:
            await self._pointed(desk, self._seeds(archive))
        known = list(archive.signals.known(self.site, _NO_RUN, frozenset(self.whole))) if archive is not None else []
        stored = {page.key for page in known}
        planned = {
            canonical_key(seed.url): Planned(seed.url, AskReason.SEED, canonical_key(seed.url) in stored)
            for seed in self.frontier.seeds()
        }
        # the seeds have been asked when a run plans
        would = [page for page in overlaid(known, seen) if page.key not in planned]
        urls = {page.key: page.url for page in would}
        now = self.around.clock()
        for place in plan(would, self._rules(archive, _NO_RUN, now), _NO_RUN):
            planned[place.key] = Planned(urls[place.key], place.why, place.key in stored)
        return [one for one in planned.values() if keeper.robots.allows(one.url)]

    # --- both -----------------------------------------------------------------------------------

    async def _sitemaps(self, desk: Desk) -> None:
        if self.config.sites[self.site].sitemaps and await read_sitemaps(desk):
            self.whole.add(Source.SITEMAP)
        desk.flush()

    async def _pointed(self, desk: Desk, seeds: Iterable[Capture]) -> None:
        if await read_pointed(desk, seeds):
            self.whole.add(Source.REST)
        desk.flush()

    def _desk_of(
        self,
        keeper: Gatekeeper,
        store: Callable[[list[Sighting]], None],
        documents: dict[str, Document],
        remember: Callable[[Document], None],
    ) -> Desk:
        return Desk(
            config=self.config,
            site=self.config.sites[self.site],
            fetcher=self.fetcher,
            keeper=keeper,
            accepts=self.frontier.accepts,
            store=store,
            documents=documents,
            remember=remember,
            clock=self.around.clock,
            reader=self.reader,
            reached=self.reached,
            full=self.full,
        )

    def _seeds(self, archive: Archive) -> Iterator[Capture]:
        for seed in self.frontier.seeds():
            capture = archive.latest_capture(seed.url)
            if capture is not None:
                yield capture

    def _rules(self, archive: Archive | None, run_id: int, now: datetime) -> Rules:
        return Rules(
            place_of=self.frontier.place_of,
            is_article=self.frontier.is_article,
            revisit=self.config.revisit,
            trust=self.trust,
            nights=archive.signals.nights_since_last(self.site, run_id, now) if archive is not None else 1.0,
            full=self.full,
        )


def overlaid(known: Iterable[Known], seen: Iterable[Sighting]) -> Iterator[Known]:
    """Known pages as they would be if the sightings were stored."""
    by_key: dict[str, dict[Source, Sighting]] = {}
    for one in seen:
        by_key.setdefault(canonical_key(one.url), {})[one.source] = one
    for page in known:
        fresh = by_key.pop(page.key, {})
        settled = {claim.source: claim.settled for claim in page.claims}
        claims = tuple(claim for claim in page.claims if claim.source not in fresh)
        claims += tuple(
            Claim(source, one.said, settled.get(source), named=True, dropped=False) for source, one in fresh.items()
        )
        yield replace(page, claims=claims)
    for key, fresh in by_key.items():
        claims = tuple(Claim(one.source, one.said, None, named=True, dropped=False) for one in fresh.values())
        url = next(iter(fresh.values())).url
        yield Known(key, url, 0, PageState.UNKNOWN, captured=False, alias=False, claims=claims)
