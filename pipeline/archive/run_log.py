"""Every start of a command that writes leaves a row: also one that was locked out, failed or was killed.

A killed run cannot say so. Its row has no end, and the lock of the kernel, which died with it, tells that nobody is
at work. May import: records, errors, archive.connection, archive.outcomes, archive.pages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.archive.connection import Connection, Row
from pipeline.archive.outcomes import Run, RunOutcome
from pipeline.archive.pages import moment, text_of
from pipeline.errors import ArchiveError, ExitCode

_COLUMNS = "id, site, command, started_at, ended_at, outcome, counters, pid, exit_code, detail"

# What an exit code says of a run; after 0 and 3 the crawl's own outcome is the finer answer.
_OUTCOMES = {
    ExitCode.GUARD_REFUSED: RunOutcome.REFUSED,
    ExitCode.LOCKED: RunOutcome.LOCKED,
    ExitCode.UNREACHABLE: RunOutcome.UNREACHABLE,
    ExitCode.INTERRUPTED: RunOutcome.INTERRUPTED,
    ExitCode.TERMINATED: RunOutcome.INTERRUPTED,
}
# After these the archive is up to date, but for what the report names, if every site answered to the end.
_GOOD = (ExitCode.DONE, ExitCode.PARTIAL)
# Of several sites the one that ended worst is the outcome of the run.
_WORST_FIRST = (RunOutcome.INTERRUPTED, RunOutcome.UNREACHABLE, RunOutcome.LIMIT, RunOutcome.WHOLE)


@dataclass(slots=True)
class OpenRun:
    """A run under way; who ends it writes down how."""

    id: int
    exit_code: ExitCode = ExitCode.DONE
    detail: str = ""


class RunLog:
    """The table of runs."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    def open(self, command: str, now: datetime, site: str = "") -> int:
        """A new row; its id is on every line that the run logs."""
        return self._sql.run(
            "INSERT INTO runs (site, command, started_at, pid) VALUES (?, ?, ?, ?)",
            (site, command, text_of(now), os.getpid()),
        )

    def add_site(self, run_id: int, site: str) -> None:
        """Note that a run crawls a site."""
        self._sql.run(
            "UPDATE runs SET site = CASE site WHEN '' THEN ? ELSE site || ', ' || ? END WHERE id = ?",
            (site, site, run_id),
        )

    def count(self, run_id: int, outcome: RunOutcome, counters: Mapping[str, int]) -> None:
        """What the crawl of one site came to; the counters of several sites are added up."""
        counted, others = self._sql.row("SELECT counters, outcome FROM runs WHERE id = ?", (run_id,)) or ("{}", None)
        before = json.loads(counted)
        total = {name: before.get(name, 0) + counters.get(name, 0) for name in {*before, *counters}}
        outcome = next(one for one in _WORST_FIRST if one in (outcome, others))
        self._sql.run(
            "UPDATE runs SET outcome = ?, counters = ? WHERE id = ?",
            (outcome, json.dumps(total, sort_keys=True), run_id),
        )

    def close(self, run: OpenRun, now: datetime) -> None:
        """Write down when and how a run ended."""
        with self._sql.transaction():
            before = self._sql.value("SELECT outcome FROM runs WHERE id = ?", (run.id,))
            outcome = _OUTCOMES.get(run.exit_code, RunOutcome.FAILED)
            if run.exit_code in _GOOD:
                outcome = before or RunOutcome.WHOLE
            self._sql.run(
                "UPDATE runs SET ended_at = ?, outcome = ?, exit_code = ?, detail = ? WHERE id = ?",
                (text_of(now), outcome, run.exit_code, run.detail, run.id),
            )

    def end(self, run_id: int, now: datetime) -> None:
        """Close a run that is a crawl and nothing else."""
        self._sql.run("UPDATE runs SET ended_at = ? WHERE id = ?", (text_of(now), run_id))

    def settle(self) -> None:
        """For the only writer: rows without an end are of runs that were killed. When is not known."""
        self._sql.run("UPDATE runs SET outcome = ? WHERE ended_at IS NULL", (RunOutcome.KILLED,))

    def latest(self, limit: int, working: int | None) -> tuple[Run, ...]:
        """The latest runs, the newest first; `working` is the process that holds the lock."""
        found = self._sql.rows(f"SELECT {_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?", (limit,))  # noqa: S608 - constant
        return tuple(_told(_run_of(row), working) for row in found)

    def last_good(self) -> Run | None:
        """The last crawl after which the archive was up to date: no site of it was silent, or fell silent."""
        row = self._sql.row(
            f"SELECT {_COLUMNS} FROM runs WHERE site <> '' AND exit_code IN (?, ?) AND outcome <> ? "  # noqa: S608 - constant
            "AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1",
            (*_GOOD, RunOutcome.UNREACHABLE),
        )
        return _run_of(row) if row else None


def _run_of(row: Row) -> Run:
    return Run(
        id=row[0],
        site=row[1],
        command=row[2],
        started_at=datetime.fromisoformat(row[3]),
        ended_at=moment(row[4]),
        outcome=RunOutcome(row[5]) if row[5] else None,
        counters=json.loads(row[6]),
        pid=row[7],
        exit_code=row[8],
        detail=row[9],
    )


def _told(run: Run, working: int | None) -> Run:
    """A run without an end whose process does not hold the lock (and is not this one) was killed."""
    at_work = run.pid is not None and run.pid in (working, os.getpid())
    if run.ended_at is None and not at_work:
        return replace(run, outcome=RunOutcome.KILLED)
    return run


def ended_by(wrong: BaseException) -> ExitCode:
    """The exit code of a run that an exception ends."""
    if isinstance(wrong, ArchiveError):
        return wrong.exit_code
    return ExitCode.INTERRUPTED if isinstance(wrong, KeyboardInterrupt) else ExitCode.FAILED
