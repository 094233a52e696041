"""How the archive is: one function, shown to people at /etat and to machines at /healthz. May import: visit, status.

Whether it is fresh is what `aimf status` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.status import Freshness, freshness
from index.web.shelf import Volume
from index.web.visit import Visit
from pipeline.archive import Run

RUN_COUNTERS = ("asked", "new", "changed", "gone", "kept", "failed", "skipped_by_robots")
RUNS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class State:
    """The archive in numbers, and how old its picture of the site is."""

    articles: int
    indexed: int
    versions: int
    captures: int
    stored_bytes: int
    pages: Mapping[str, int]
    rejections: Mapping[str, int]
    kept: int
    waiting: int
    runs: tuple[Run, ...]
    fresh: Freshness
    busy: bool

    @property
    def status(self) -> str:
        """In a word: ok, stale, or new when no crawl has ended well yet."""
        return "new" if self.fresh.last_good is None else "stale" if self.fresh.trouble else "ok"

    def as_record(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "status": self.status,
            "freshness": self.fresh.as_record(),
            "articles": self.articles,
            "indexed": self.indexed,
            "pages": dict(self.pages),
            "rejections": dict(self.rejections),
            "kept_though_broken": self.kept,
            "waiting": self.waiting,
            "busy": self.busy,
            "runs": [
                {
                    "id": run.id,
                    "command": run.command,
                    "site": run.site,
                    "started_at": run.started_at.isoformat(),
                    "ended_at": run.ended_at.isoformat() if run.ended_at else None,
                    "outcome": run.outcome.value if run.outcome else None,
                    "counters": dict(run.counters),
                }
                for run in self.runs
            ],
        }


def health(volume: Volume, stale_after_hours: float, now: datetime) -> State:
    """The state of an archive at a moment."""
    counts = volume.archive.counts()
    return State(
        articles=counts.articles,
        indexed=len(volume.library),
        versions=counts.versions,
        captures=counts.captures,
        stored_bytes=counts.stored_bytes,
        pages={state.value: count for state, count in counts.pages.items()},
        rejections={reason.value: count for reason, count in counts.rejections.items()},
        kept=counts.kept,
        waiting=counts.waiting,
        runs=counts.runs,
        fresh=freshness(volume.archive, stale_after_hours, now),
        busy=volume.archive.lock_holder() is not None,
    )


def view(visit: Visit, told: State) -> dict[str, Any]:
    """What the template shows."""
    last = told.fresh.last_good.ended_at if told.fresh.last_good else None
    return {
        "health": told,
        "verdict": visit.wording(f"state_{told.status}"),
        "is_fresh": told.status == "ok",
        "last": visit.moment(last) if last else "",
        "megabytes": round(told.stored_bytes / 1e6),
        "counters": RUN_COUNTERS,
        "runs": [_run(visit, run) for run in told.runs[:RUNS_SHOWN]],
        "rejections": sorted(told.rejections.items(), key=lambda entry: -entry[1]),
    }


def _run(visit: Visit, run: Run) -> dict[str, Any]:
    outcome = f"outcome_{run.outcome.value}" if run.outcome else "outcome_none"
    failures = sum(n for name, n in run.counters.items() if name.startswith("failed_"))
    return {
        "started": visit.moment(run.started_at),
        "command": run.command,
        "outcome": visit.wording(outcome) if visit.wording.has(outcome) else str(run.outcome),
        "counters": [run.counters.get(name, failures if name == "failed" else 0) for name in RUN_COUNTERS],
    }
