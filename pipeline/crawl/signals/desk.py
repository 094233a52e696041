"""What reading signals goes by: whom to ask, what is on the site, what earlier runs remember, where sightings go.

May import: config, records, archive, crawl.fetch, crawl.link_reader, crawl.listing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.archive import Document, FetchOutcome, Sighting, Source
from pipeline.config import Config, Site
from pipeline.crawl.fetch import Ask, Fetcher, Wanted
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.listing import Gatekeeper
from pipeline.records import PASSING, FailureReason, FetchFailure

# Sightings are stored in batches: nothing is lost with them, a run that was killed reads its sources again.
_BATCH = 500
# Sources may have the share of a run that any part of the site may have, and these requests in any case.
_ASKS_LEAST = 100


@dataclass(slots=True)
class Desk:
    """One site's reading of signals. `accepts` gives an address its home spelling, None if it is not asked."""

    config: Config
    site: Site
    fetcher: Fetcher
    keeper: Gatekeeper
    accepts: Callable[[str], str | None]
    store: Callable[[list[Sighting]], None]
    documents: dict[str, Document]
    remember: Callable[[Document], None]
    clock: Callable[[], datetime]
    reader: LinkReader
    reached: Callable[[], None]
    full: bool = False
    named: dict[Source, int] = field(default_factory=dict)
    _asks: int = 0
    _batch: list[Sighting] = field(default_factory=list)

    async def ask(self, url: str, *, last_modified: str | None = None) -> FetchOutcome:
        """Ask for a document that is no page; anywhere on the site, as far as robots.txt lets us, and not for ever."""
        limits = self.config.limits
        if self._asks >= max(_ASKS_LEAST, limits.part_share * limits.pages):
            self.reached()
            detail = "the sources have had their share of the run's requests"
            return FetchFailure(url, FailureReason.TOO_MANY_REQUESTS, detail, self.clock())
        self._asks += 1
        ask = Ask(url, self.keeper.for_seeds, Wanted.SITEMAP, last_modified=last_modified)
        return (await self.fetcher.fetch(ask)).outcome

    def sight(self, url: str, source: Source, said: str | None) -> bool:
        """Take down that a source names an address; whether it is one of our pages."""
        home = self.accepts(url)
        if home is None:
            return False
        self.named[source] = self.named.get(source, 0) + 1
        self._batch.append(Sighting(home, source, said))
        if len(self._batch) >= _BATCH:
            self.flush()
        return True

    def flush(self) -> None:
        """Store what was taken down."""
        batch, self._batch = self._batch, []
        self.store(batch)

    def worth_asking(self, address: str) -> bool:
        """A feed or list that named none of our pages the last time is asked again as rarely as a page."""
        known = self.documents.get(address)
        if known is None or known.named or self.full:
            return True
        return self.clock() - known.asked_at >= timedelta(days=self.config.revisit.nights)

    @staticmethod
    def is_final(outcome: FetchOutcome) -> bool:
        """Whether an answer says something about the document, rather than about the night."""
        return not (isinstance(outcome, FetchFailure) and outcome.reason in PASSING)

    def note(self, address: str, named: int, last_modified: str | None = None) -> None:
        """Remember what a feed or list named."""
        self.remember(Document(address, named, self.clock(), last_modified))
