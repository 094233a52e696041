"""How the archive is: one function, shown to people at /etat and to machines at /healthz. May import: visit, shelf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from index.web.shelf import Volume
from index.web.visit import Visit
from pipeline.archive import Run

STALE_AFTER = timedelta(hours=50)
"""A nightly run may be missed once without anybody being told."""
RUN_COUNTERS = ("asked", "new", "changed", "gone", "kept", "failed")
RUNS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Health:
    """The archive in numbers. `is_fresh` None: no run has ended yet."""

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
    last_ended_at: datetime | None
    is_fresh: bool | None
    busy: bool

    def as_record(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "status": {True: "ok", False: "stale", None: "new"}[self.is_fresh],
            "articles": self.articles,
            "indexed": self.indexed,
            "pages": dict(self.pages),
            "rejections": dict(self.rejections),
            "kept_though_broken": self.kept,
            "waiting": self.waiting,
            "busy": self.busy,
            "last_run_ended_at": self.last_ended_at.isoformat() if self.last_ended_at else None,
            "runs": [
                {
                    "id": run.id,
                    "site": run.site,
                    "started_at": run.started_at.isoformat(),
                    "ended_at": run.ended_at.isoformat() if run.ended_at else None,
                    "outcome": run.outcome.value if run.outcome else None,
                    "counters": dict(run.counters),
                }
                for run in self.runs
            ],
        }


def health(volume: Volume, now: datetime) -> Health:
    """The state of an archive at a moment."""
    counts = volume.archive.counts()
    ended = next((run.ended_at for run in counts.runs if run.ended_at), None)
    return Health(
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
        last_ended_at=ended,
        is_fresh=None if ended is None else now - ended < STALE_AFTER,
        busy=volume.archive.lock_holder() is not None,
    )


def view(visit: Visit, told: Health) -> dict[str, Any]:
    """What the template shows."""
    verdict = {True: "state_fresh", False: "state_stale", None: "state_new"}[told.is_fresh]
    return {
        "health": told,
        "verdict": visit.wording(verdict),
        "is_fresh": told.is_fresh,
        "last": visit.moment(told.last_ended_at) if told.last_ended_at else "",
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
        "site": visit.site_name(run.site),
        "outcome": visit.wording(outcome) if visit.wording.has(outcome) else str(run.outcome),
        "counters": [run.counters.get(name, failures if name == "failed" else 0) for name in RUN_COUNTERS],
    }
