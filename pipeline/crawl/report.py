"""What a crawl is asked for, and what it tells when it ends.

May import: records, archive, crawl.traps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.archive import AskReason, FetchEffect, SourceRecord
from pipeline.crawl.traps import Trap
from pipeline.records import FailureReason


class LimitReached(StrEnum):
    """Why a run ended before the frontier was empty; the next run goes on."""

    PAGES = "pages"
    DURATION = "duration"
    BYTES = "bytes"
    SITEMAP_URLS = "sitemap_urls"  # sitemaps and lists name more than a run may read
    SITE_STOPPED = "site_stopped"  # the site answered at first, and then no more, or refused


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """What the command line says about one run; None leaves it to the configuration."""

    full: bool = False
    dry_run: bool = False
    accept: bool = False
    max_duration_s: float | None = None
    max_pages: int | None = None
    delay_s: float | None = None
    base_url: str | None = None
    command: str = "aimf crawl"


@dataclass(frozen=True, slots=True)
class Planned:
    """An address that a run would ask, and why."""

    url: str
    why: AskReason
    known: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what was asked last, and what waits."""

    url: str
    effect: FetchEffect
    asked: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One run in numbers. `kept` are pages that failed and whose earlier content stays.

    `failures` are counted by reason without those of robots.txt; `signal` is what interrupted the run. `requests` and
    `received_bytes` hold everything that was asked, `due_requests` and `due_bytes` what the rotating share cost of it.
    `reasons` says why pages were asked, `sources` what the site's sources knew, `distrusted` which are not believed.
    `alarm` is the guard's paragraph: so much was lost that the run is not believed.
    """

    site: str
    asked: int = 0
    requests: int = 0
    received_bytes: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    kept: int = 0
    gone: int = 0
    skipped_by_robots: int = 0
    due_requests: int = 0
    due_bytes: int = 0
    reasons: Mapping[AskReason, int] = field(default_factory=dict)
    sources: tuple[SourceRecord, ...] = ()
    distrusted: tuple[str, ...] = ()
    alarm: str | None = None
    failures: Mapping[FailureReason, int] = field(default_factory=dict)
    traps: tuple[Trap, ...] = ()
    limits_reached: tuple[LimitReached, ...] = ()
    interrupted: bool = False
    signal: int | None = None
    resumed: bool = False
    waiting: int = 0
    elapsed_s: float = 0.0
    planned: tuple[Planned, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether everything was asked and the site answered everything; a dead link is an answer."""
        dead = {FailureReason.NOT_FOUND, FailureReason.GONE, FailureReason.ROBOTS, *FINDINGS}
        return not self.interrupted and not self.limits_reached and not (set(self.failures) - dead)

    def counters(self) -> dict[str, int]:
        """The numbers of the run's record in the archive."""
        return {name: getattr(self, name) for name in COUNTED} | {f"failed_{k}": n for k, n in self.failures.items()}


# The fields of a report that its run keeps in the archive.
COUNTED = (
    "asked",
    "requests",
    "received_bytes",
    "new",
    "changed",
    "unchanged",
    "moved",
    "kept",
    "gone",
    "skipped_by_robots",
    "due_requests",
    "due_bytes",
)

# Failures that are facts about the site, not troubles of the night.
FINDINGS = frozenset(
    {
        FailureReason.OUT_OF_SCOPE,
        FailureReason.NOT_TEXT,
        FailureReason.CLIENT_ERROR,
        FailureReason.REDIRECT_LOOP,
        FailureReason.REDIRECTED_AWAY,
        FailureReason.SOFT_NOT_FOUND,
    }
)


@dataclass(slots=True)
class Tally:
    """The numbers of a run while it runs."""

    asked: int = 0
    answered: int = 0
    due_requests: int = 0
    due_bytes: int = 0
    reasons: Counter[AskReason] = field(default_factory=Counter)
    failing_in_a_row: int = 0
    effects: Counter[FetchEffect] = field(default_factory=Counter)
    failures: Counter[FailureReason] = field(default_factory=Counter)
    seed_failures: list[str] = field(default_factory=list)
    limits: dict[LimitReached, None] = field(default_factory=dict)
