"""What goes into the archive beside the records, and what it tells back: small values with enum reasons.

May import: records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pipeline.records import (
    Capture,
    FailureReason,
    FetchFailure,
    FoundBy,
    NotModified,
    PageState,
    Redirected,
    RejectionReason,
)

FetchOutcome = Capture | NotModified | Redirected | FetchFailure


class ExtractionEffect(StrEnum):
    """What recording an extraction did to the article of a page."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    KEPT = "kept"  # a newer capture is no article; the article that was good stays
    WITHDRAWN = "withdrawn"  # a better extractor says that the same capture never was an article


class FetchEffect(StrEnum):
    """What one fetch did to the archive's picture of a page."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MOVED = "moved"  # the address is now known as another spelling of its target
    KEPT = "kept"  # the fetch failed, what we have stays
    GONE = "gone"
    FAILED = "failed"  # the fetch failed, and we have nothing of this page


class RunOutcome(StrEnum):
    """How a run ended; after a kill or an interruption the next one goes on with what is left."""

    WHOLE = "whole"
    LIMIT = "limit"
    INTERRUPTED = "interrupted"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # by the guard: the old index serves
    LOCKED = "locked"  # another run was at work
    FAILED = "failed"
    KILLED = "killed"


class DamageKind(StrEnum):
    """What can be wrong with an archive and its index."""

    FILE = "file"
    SQL_INDEX = "sql_index"
    SCHEMA = "schema"
    MISSING_ROW = "missing_row"
    BODY = "body"
    ARTICLE = "article"
    HIDDEN_ARTICLE = "hidden_article"
    HEADERS = "headers"
    COUNTERS = "counters"
    TEMPLATE = "template"
    ALIAS_LOOP = "alias_loop"
    ORPHAN_BODY = "orphan_body"
    FUTURE_TIME = "future_time"
    RIGHTS = "rights"
    LOCK = "lock"
    INDEX_MISSING = "index_missing"
    INDEX_DAMAGED = "index_damaged"
    INDEX_DIFFERS = "index_differs"
    LEFTOVERS = "leftovers"


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it must be, in a sentence."""

    kind: DamageKind
    what: str


class Source(StrEnum):
    """What names pages of a site, beside the configuration's seeds."""

    SITEMAP = "sitemap"
    REST = "rest"
    FEED = "feed"
    LINKS = "links"

    @property
    def lists_all(self) -> bool:
        """Whether it means to name every page of its kind: only then its silence about one says something."""
        return self in (Source.SITEMAP, Source.REST)


class AskReason(StrEnum):
    """Why a run asks an address."""

    SEED = "seed"  # every run: the configuration's seeds, whose first pages show what is new
    NEW = "new"  # found, and never asked
    FAILED = "failed"  # it gave no answer, or a doubtful one, the last time
    HELD = "held"  # its newest capture looks like a loss, and the article before it stands
    DROPPED = "dropped"  # a source that named it names it no more
    CHANGED = "changed"  # a source says that it changed
    DUE = "due"  # the rotating share, so that a change that no source told is found out
    PROBE = "probe"  # other pages were lost tonight: is it the whole site?
    FULL = "full"  # the user wants all


class Loss(StrEnum):
    """What an article would lose if the newest reading of its page replaced it."""

    NOTHING = "nothing"
    ARTICLE = "article"  # the page is no article any more
    BODY = "body"
    DATE = "date"
    SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class Found:
    """An address to ask: how it was found, how far from a seed, and its place in the queue (0 is first)."""

    url: str
    found_by: FoundBy
    depth: int
    priority: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A source names an address; `said` is the time of change it claims, in its own spelling, None if it claims none.

    Two equal claims say that nothing changed; what the time means (whose clock, whose time zone) does not matter.
    """

    url: str
    source: Source
    said: str | None = None


class Claim(NamedTuple):
    """What one source says of a page, and what it had said when the page was last asked.

    `named`: in the reading of this run; `dropped`: it was named before, this source was read whole, and not now.
    """

    source: Source
    said: str | None
    settled: str | None
    named: bool
    dropped: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A page as the planning of a run sees it: the last run that asked it (0: none), and why that brought nothing."""

    key: str
    url: str
    depth: int
    state: PageState
    captured: bool
    alias: bool
    asked_run: int = 0
    failure: FailureReason | None = None
    held: bool = False
    claims: tuple[Claim, ...] = ()


class Place(NamedTuple):
    """A place in the frontier: which page, why it is asked, how early."""

    key: str
    why: AskReason
    priority: int
    depth: int


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """How far one source has known a site's articles, and how honest it was, by the latest check of each page.

    `told`: it announced a change; `silent`: an article changed and it said nothing; `idle`: it announced a change, and
    the article was the same.
    """

    source: Source
    knew: int
    missed: int
    told: int
    silent: int
    idle: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the site that names pages (a feed, a list of the REST interface), as it was read last.

    `named` counts the pages of ours that it named; `last_modified` is the header that its next question sends back.
    """

    address: str
    named: int
    asked_at: datetime
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class PageStanding:
    """Whether a page is on the live site, and since when that is known."""

    state: PageState
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next address of the frontier, with what a conditional request needs."""

    key: str
    url: str
    depth: int
    found_by: FoundBy
    priority: int
    etag: str | None
    last_modified: str | None
    capture_id: int | None
    why: AskReason = AskReason.NEW


@dataclass(frozen=True, slots=True)
class Fetched:
    """One asked page: the outcome, the address that answered in the end, and what it cost.

    `hops` are the addresses that redirected, in order; the outcome is about the page at the chain's end.
    """

    outcome: FetchOutcome
    hops: tuple[Redirected, ...] = ()
    transferred_bytes: int = 0
    elapsed_ms: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class PreparedBody:
    """A body made ready for the disk, away from the thread that writes."""

    sha256: bytes
    size_bytes: int
    compressed: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One tick of the frontier: what was asked, what came of it, and the links found there."""

    run_id: int
    site: str
    asked: Waiting
    fetched: Fetched
    found: Iterable[Found] = ()
    body: PreparedBody | None = None


class CaptureLine(NamedTuple):
    """A capture without its body."""

    id: int
    fetched_at: datetime
    status: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FetchLine:
    """One line of a page's history: `reason` is the failure's reason, or ok, not_modified, redirect."""

    url: str
    fetched_at: datetime
    status: int | None
    reason: str
    detail: str
    bytes: int
    ms: int
    run_id: int


@dataclass(frozen=True, slots=True)
class Run:
    """One start of a command that writes; `counters` is what its report counted, `site` names those it crawled.

    `outcome` is None while it works; `exit_code` is None then, and for one that was killed.
    """

    id: int
    site: str
    command: str
    started_at: datetime
    ended_at: datetime | None
    outcome: RunOutcome | None
    counters: Mapping[str, int]
    pid: int | None = None
    exit_code: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The archive in numbers. `pages` leaves out addresses that only redirect; `aliases` counts those."""

    pages: Mapping[PageState, int]
    aliases: int
    waiting: int
    captures: int
    stored_bytes: int
    articles: int
    versions: int
    rejections: Mapping[RejectionReason, int]
    kept: int
    runs: tuple[Run, ...]
