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


@dataclass(frozen=True, slots=True)
class Found:
    """An address to ask: how it was found, how far from a seed, and its place in the queue (0 is first)."""

    url: str
    found_by: FoundBy
    depth: int
    priority: int
    sitemap_lastmod: str | None = None


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
