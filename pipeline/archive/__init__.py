"""The archive: one SQLite file that holds what the site said, when, and what we read in it.

    with Archive.open(Path("data")) as archive:
        for article in archive.articles(): ...

Many may read while one writes. May import: records, errors, urls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pipeline.archive import backup, bodies, checks, health, lock, pages
from pipeline.archive.article_store import ArticleStore
from pipeline.archive.backup import noted as last_backup
from pipeline.archive.bodies import prepare as prepare_body
from pipeline.archive.connection import FILE_NAME, Connection, open_connection
from pipeline.archive.crawl_store import CrawlStore
from pipeline.archive.lock import FILE_NAME as LOCK_NAME
from pipeline.archive.outcomes import (
    AskReason,
    CaptureLine,
    Claim,
    Counts,
    Damage,
    DamageKind,
    Document,
    ExtractionEffect,
    Fetched,
    FetchEffect,
    FetchLine,
    FetchOutcome,
    Found,
    Known,
    Loss,
    PageStanding,
    Place,
    PreparedBody,
    Run,
    RunOutcome,
    Sighting,
    Source,
    SourceRecord,
    Step,
    Waiting,
)
from pipeline.archive.run_log import OpenRun, RunLog, ended_by
from pipeline.archive.salvage import salvage as salvage_file
from pipeline.archive.signal_store import SignalStore
from pipeline.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, ExitCode
from pipeline.records import Article, Capture, Page, Rejection

__all__ = [
    "FILE_NAME",
    "LOCK_NAME",
    "Archive",
    "AskReason",
    "CaptureLine",
    "Claim",
    "Counts",
    "Damage",
    "DamageKind",
    "Document",
    "ExtractionEffect",
    "FetchEffect",
    "FetchLine",
    "FetchOutcome",
    "Fetched",
    "Found",
    "Known",
    "Loss",
    "OpenRun",
    "PageStanding",
    "Place",
    "PreparedBody",
    "Run",
    "RunOutcome",
    "Sighting",
    "Source",
    "SourceRecord",
    "Step",
    "Waiting",
    "last_backup",
    "prepare_body",
    "salvage_file",
]

RUNS_SHOWN = 10


def _now() -> datetime:
    return datetime.now(UTC)


class Archive:
    """An open archive. Every address given to it may be spelt in any way, and may be one that redirects.

    `signals` is what the sources of a site say of its pages.
    """

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder = folder
        self._sql = connection
        self.signals = SignalStore(connection)
        self._crawl = CrawlStore(connection, self.signals)
        self._articles = ArticleStore(connection)
        self._log = RunLog(connection)
        self._run_id: int | None = None

    @classmethod
    def open(cls, folder: Path, *, mode: Literal["read", "write"] = "read") -> Archive:
        """Open the archive of a folder; "write" creates it.

        Raises NoArchive, ArchiveTooNew, ArchiveDamaged or StorageError, each with a sentence for the user.
        """
        return cls(folder, open_connection(folder, mode))

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def lock(self, command: str) -> AbstractContextManager[None]:
        """Be the only writer while the block lasts. Raises ArchiveLocked with the name of who else is."""
        return lock.hold(self.folder, command)

    @contextmanager
    def run(self, command: str, clock: Callable[[], datetime] = _now) -> Iterator[OpenRun]:
        """Be the only writer while the block lasts, and leave a row in `runs` whatever happens.

        Raises ArchiveLocked, which leaves a row as well, with the name of who else is writing.
        """
        with ExitStack() as held:
            try:
                held.enter_context(lock.hold(self.folder, command, clock))
            except ArchiveLocked as taken:
                # the row is a courtesy; that another run is at work is the message
                with suppress(ArchiveError):
                    self._log.close(OpenRun(self._log.open(command, clock()), ExitCode.LOCKED, str(taken)), clock())
                raise
            self._log.settle()
            run = OpenRun(self._log.open(command, clock()))
            self._run_id = run.id
            try:
                yield run
            except BaseException as wrong:
                run.exit_code, run.detail = ended_by(wrong), str(wrong)
                if isinstance(wrong, ArchiveError):
                    wrong.run_id = run.id
                # what stopped the run is told, not that the row could not be written on a full disk
                with suppress(ArchiveError):
                    self._log.close(run, clock())
                raise
            else:
                self._log.close(run, clock())
            finally:
                self._run_id = None

    def lock_holder(self) -> str | None:
        """Who is writing at the moment, in words."""
        return lock.holder(self.folder)

    def transaction(self) -> AbstractContextManager[None]:
        """All that is recorded within the block is stored together, or not at all."""
        return self._sql.transaction()

    # --- pages and captures ---------------------------------------------------------------------

    def pages(self, site: str | None = None) -> Iterator[Page]:
        """Every page, first found first; addresses that only redirect are left out."""
        return pages.every(self._sql, site)

    def page(self, url: str) -> Page | None:
        """The page of an address."""
        return pages.find(self._sql, url)

    def aliases(self, url: str) -> list[str]:
        """The addresses that redirect to a page."""
        page_id = pages.find_id(self._sql, url)
        return [] if page_id is None else pages.aliases(self._sql, page_id)

    def fetches(self, url: str) -> list[FetchLine]:
        """How a page answered each time, oldest first; exactly this address, redirects included."""
        rows = self._sql.rows(
            "SELECT url, fetched_at, status, reason, detail, bytes, ms, run_id FROM fetches WHERE page_id = ? "
            "ORDER BY id",
            (pages.own_id(self._sql, url),),
        )
        return [FetchLine(row[0], datetime.fromisoformat(row[1]), *row[2:]) for row in rows]

    def captures(self, url: str) -> list[CaptureLine]:
        """The captures of a page without their bodies, oldest first."""
        rows = self._sql.rows(
            "SELECT c.id, c.fetched_at, c.status, b.size_bytes FROM captures c JOIN bodies b USING (sha256) "
            "WHERE c.page_id = ? ORDER BY c.fetched_at, c.id",
            (pages.find_id(self._sql, url),),
        )
        return [CaptureLine(row[0], datetime.fromisoformat(row[1]), row[2], row[3]) for row in rows]

    def capture(self, capture_id: int) -> Capture:
        """A capture with its body. Raises ArchiveDamaged if the archive names it and does not have it."""
        row = self._sql.row(
            "SELECT c.url, c.status, c.headers, c.fetched_at, b.zstd, b.size_bytes "
            "FROM captures c JOIN bodies b USING (sha256) WHERE c.id = ?",
            (capture_id,),
        )
        if row is None:
            raise ArchiveDamaged(f"The capture {capture_id} is not in {self.folder}; run `aimf doctor`.")
        url, status, headers, fetched_at, compressed, size_bytes = row
        return Capture(
            url=url,
            status=status,
            headers=json.loads(headers),
            body=bodies.load(compressed, size_bytes),
            fetched_at=datetime.fromisoformat(fetched_at),
            id=capture_id,
        )

    def latest_capture(self, url: str) -> Capture | None:
        """The newest capture of a page."""
        page_id = pages.find_id(self._sql, url)
        capture_id = self._sql.value("SELECT capture_id FROM pages WHERE id = ?", (page_id,))
        return None if capture_id is None else self.capture(capture_id)

    # --- the crawl ------------------------------------------------------------------------------

    def begin_run(self, site: str, command: str, now: datetime) -> tuple[int, bool]:
        """Begin the crawl of a site, or go on with one that was killed: the run's id, and whether it goes on."""
        with self.transaction():
            run_id = self._run_id if self._run_id is not None else self._log.open(command, now)
            self._log.add_site(run_id, site)
            return run_id, self._crawl.begin_run(run_id, site)

    def end_run(
        self, run_id: int, now: datetime, outcome: RunOutcome, counters: Mapping[str, int], *, believed: bool = True
    ) -> int:
        """End the crawl of a site with what it counted; how many pages are gone by it.

        Unless it is `believed`, pages that it found missing are not taken for gone. What follows in a run of many
        stages is not ended with it.
        """
        with self.transaction():
            gone = self._crawl.end_run(run_id, now, outcome, believed=believed)
            self._log.count(run_id, outcome, {**counters, "gone": gone})
            if self._run_id is None:
                self._log.end(run_id, now)
        return gone

    def runs(self, limit: int = RUNS_SHOWN) -> tuple[Run, ...]:
        """The latest runs, the newest first."""
        return self._log.latest(limit, lock.working_process(self.folder))

    def last_good_run(self) -> Run | None:
        """The last crawl after which the archive was up to date."""
        return self._log.last_good()

    def add_found(self, run_id: int, site: str, found: Iterable[Found], now: datetime) -> int:
        """Enter addresses into the frontier; how many were new to it."""
        return self._crawl.add_found(run_id, site, found, now)

    def next_waiting(self, site: str, in_flight: frozenset[str] = frozenset()) -> Waiting | None:
        """The next address to ask; None when the frontier is empty."""
        return self._crawl.next_waiting(site, in_flight)

    def waiting_count(self, site: str) -> int:
        """How many addresses wait in the frontier."""
        return self._crawl.waiting_count(site)

    def is_known(self, key: str, run_id: int) -> bool:
        """Whether this run has asked a page, or will."""
        return self._crawl.is_known(key, run_id)

    def record_fetch(self, step: Step) -> FetchEffect:
        """Store a fetch with everything that follows from it, in one transaction."""
        return self._crawl.record_fetch(step)

    def take_over(self, run_id: int, site: str, capture: Capture) -> FetchEffect:
        """Store a capture that another archive made; KEPT: as an earlier one, MOVED: not at all."""
        return self._crawl.take_over(run_id, site, capture)

    def probe(self, site: str, run_id: int, wanted: Callable[[str], bool], count: int) -> int:
        """Put some pages that were well the last time into the frontier, to see whether they still are; how many."""
        return self._crawl.probe(site, run_id, wanted, count)

    def page_state(self, url: str) -> PageStanding | None:
        """Whether the page of an address is on the live site, and since when; an article outlives its page."""
        return pages.standing(self._sql, url)

    # --- articles -------------------------------------------------------------------------------

    def pending_extractions(
        self, extractor_fingerprint: str, *, everything: bool = False
    ) -> Iterator[tuple[Page, int]]:
        """Pages with the id of their newest capture where this extractor has not read that capture yet."""
        return self._articles.pending(extractor_fingerprint, everything=everything)

    def sample(self, site: str, count: int) -> list[tuple[Page, int]]:
        """At most `count` pages of a site with the id of their newest capture, drawn the same way each time."""
        return self._articles.sample(site, count)

    def captured_pages(self, site: str) -> int:
        """How many pages of a site have a capture."""
        return self._articles.captured_pages(site)

    def template(self, site: str) -> tuple[str, int] | None:
        """What was learned of a site's template (as the extractor wrote it), and how many pages it had then."""
        return self._articles.template(site)

    def keep_template(self, site: str, record: str, known_pages: int) -> None:
        """Store what was learned of a site's template."""
        self._articles.keep_template(site, record, known_pages)

    def record_extraction(
        self, page_key: str, capture_id: int, extractor_fingerprint: str, outcome: Article | Rejection
    ) -> ExtractionEffect:
        """Store what a capture turned out to be, in one transaction (or in the surrounding one)."""
        return self._articles.record(page_key, capture_id, extractor_fingerprint, outcome)

    def loss(self, page_key: str, outcome: Article | Rejection) -> Loss | None:
        """What the article of a page would lose if this outcome were recorded; None if it has none."""
        return self._articles.loss(page_key, outcome)

    def hold(self, page_key: str, loss: Loss) -> None:
        """Leave a page's newest capture unread, because its article would lose by it; the next run asks it again."""
        self._articles.hold(page_key, loss)

    def is_confirmed(self, page_key: str) -> bool:
        """Whether a page that is held has answered once more since."""
        return self._articles.is_confirmed(page_key)

    def is_new_capture(self, page_key: str, capture_id: int) -> bool:
        """Whether no extractor has read a capture yet."""
        return self._articles.is_new_capture(page_key, capture_id)

    def article_count(self, site: str) -> int:
        """How many articles of a site stand."""
        return self._articles.current_count(site)

    def put_article(self, article: Article) -> ExtractionEffect:
        """Take over an article without a capture."""
        return self._articles.put(article)

    def articles(self) -> Iterator[Article]:
        """The current version of each article, in the order of their addresses."""
        return self._articles.articles()

    def marks(self) -> Iterator[tuple[str, str]]:
        """Every current article's address, and a mark that changes whenever its record does; in order."""
        return self._articles.marks()

    def article(self, url: str) -> Article | None:
        """The current version of one article."""
        return self._articles.article(url)

    def versions(self, url: str) -> list[Article]:
        """All versions of one article, oldest first."""
        return self._articles.versions(url)

    def rejections(self, *, kept: bool = False) -> Iterator[Rejection]:
        """Pages that are no article; with `kept`, those whose newer capture is none, though the article stands."""
        return self._articles.rejections(kept=kept)

    def rejection(self, url: str) -> Rejection | None:
        """Why a page's newest capture is no article."""
        return self._articles.rejection(url)

    # --- health ---------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """The archive in numbers."""
        return health.counts(self._sql, self.runs())

    def damages(self, *, sample_bodies: int | None = None) -> list[Damage]:
        """What is damaged; [] when all is well. `sample_bodies` looks only at that many bodies."""
        return checks.damages(self._sql, sample_bodies=sample_bodies)

    def repair(self, kind: DamageKind) -> None:
        """Repair one kind of damage inside the file; what it cost is asked or read anew by the next run."""
        checks.repair(self._sql, kind)

    def copy_to(self, folder: Path) -> None:
        """Make a folder a copy of this archive as it is now, though others write; without its index."""
        backup.copy(self._sql, folder)
        backup.note(self.folder, folder)
