"""Whether the archive is well enough: for a person, for a program, for a monitor that reads text files.

May import: library, pipeline.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.archive import Archive, Run
from pipeline.errors import StorageError
from pipeline.records import PageState

# A run that ended in the future tells that a clock was wrong, then or now; a little is nobody's fault.
_CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the archive's picture of the site is. `trouble`: why that is not good enough; None if it is."""

    last_good: Run | None
    age_hours: float | None
    stale_after_hours: float
    trouble: str | None

    def as_record(self) -> dict[str, Any]:
        """For `--json`."""
        ended_at = self.last_good.ended_at if self.last_good else None
        return {
            "fresh": self.trouble is None,
            "last_good_run": self.last_good.id if self.last_good else None,
            "last_good_run_at": ended_at.isoformat() if ended_at else None,
            "age_hours": self.age_hours,
            "stale_after_hours": self.stale_after_hours,
            "trouble": self.trouble,
        }

    def line(self) -> str:
        """For a person."""
        if self.trouble is not None:
            return f"freshness  {self.trouble}"
        return (
            f"freshness  the last good crawl ended {self.age_hours:.1f} hours ago (at most {self.stale_after_hours:g})"
        )


def freshness(archive: Archive, stale_after_hours: float, now: datetime) -> Freshness:
    """The age of the last good crawl, held against the configured one."""
    run = archive.last_good_run()
    if run is None or run.ended_at is None:
        latest = f"; the last run ended {_outcome(runs[0])}" if (runs := archive.runs(1)) else ""
        return Freshness(None, None, stale_after_hours, f"no crawl has ended well yet{latest}; run aimf crawl.")
    age_hours = round((now - run.ended_at).total_seconds() / 3600, 2)
    trouble = None
    if run.ended_at - now > _CLOCK_SLACK:
        trouble = f"run {run.id} ended {-age_hours:g} hours in the future; check the clock, then run aimf crawl."
    elif age_hours > stale_after_hours:
        trouble = (
            f"the last good crawl (run {run.id}) ended {age_hours:g} hours ago, more than {stale_after_hours:g}; "
            f"the last run ended {_outcome(archive.runs(1)[0])}. See why, then run aimf crawl."
        )
    return Freshness(run, max(0.0, age_hours), stale_after_hours, trouble)


def _outcome(run: Run) -> str:
    told = run.outcome.value if run.outcome else "not yet"
    return f"{told} (exit code {run.exit_code})" if run.exit_code is not None else told


def metrics(archive: Archive, fresh: Freshness, indexed: int | None) -> str:
    """The state as Prometheus reads it (text exposition format), for node_exporter's textfile collector."""
    counts = archive.counts()
    runs = archive.runs(1)
    ended_at = fresh.last_good.ended_at if fresh.last_good else None
    values: list[tuple[str, str, list[tuple[str, float]]]] = [
        (
            "up",
            "1 when the archive is fresh and its index can be read",
            [("", int(not fresh.trouble and indexed is not None))],
        ),
        (
            "last_good_run_timestamp_seconds",
            "when the last good crawl ended; 0: never",
            [("", ended_at.timestamp() if ended_at else 0)],
        ),
        (
            "stale_after_seconds",
            "the configured age from which the archive is stale",
            [("", fresh.stale_after_hours * 3600)],
        ),
        (
            "last_run_exit_code",
            "exit code of the last run; -1: none yet, under way or killed",
            [("", runs[0].exit_code if runs and runs[0].exit_code is not None else -1)],
        ),
        ("pages", "pages by state", [(f'{{state="{state.value}"}}', counts.pages[state]) for state in PageState]),
        ("articles", "articles in the archive", [("", counts.articles)]),
        ("articles_kept", "articles kept though their page broke", [("", counts.kept)]),
        (
            "indexed_articles",
            "articles in the index; -1: it cannot be read",
            [("", -1 if indexed is None else indexed)],
        ),
        ("stored_bytes", "bytes of compressed pages", [("", counts.stored_bytes)]),
    ]
    lines = []
    for name, meaning, samples in values:
        lines += [f"# HELP aimf_{name} {meaning}", f"# TYPE aimf_{name} gauge"]
        lines += [f"aimf_{name}{labels} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def write_metrics(path: Path, text: str) -> None:
    """Replace the file in one step: the collector never reads half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        # the collector is another user
        beside.chmod(0o644)
        beside.replace(path)
    except OSError as wrong:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"The metrics cannot be written to {path} ({wrong.strerror}): check the folder and its rights."
        ) from wrong
