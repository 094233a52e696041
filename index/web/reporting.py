"""The editors' report, made by a process of its own while the page goes on answering. May import: shelf, pipeline.

Dead links are found by reading every page again: half a minute of a processor for a thousand pages. So a report is made
once for a state of the archive, and until the first one is ready the page says so.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotReady
from pathlib import Path

from index.web.shelf import Volume
from pipeline import report
from pipeline.archive import Archive
from pipeline.errors import ArchiveError
from pipeline.report import Row

WAIT_S = 2.0
"""A small archive's report is ready by then; for a large one nobody wants to look at an empty window any longer."""

Mark = tuple[object, ...]


class Reporter:
    """Makes reports, and keeps the latest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._future: Future[list[Row]] | None = None
        self._mark: Mark = ()
        self._latest: list[Row] | None = None

    def rows(self, volume: Volume, wait_s: float = WAIT_S) -> list[Row] | None:
        """The rows for this archive, those of the state before while new ones are made; None: none are ready yet."""
        mark = _mark(volume)
        with self._lock:
            if self._future is None or (mark != self._mark and self._future.done()):
                self._mark = mark
                self._future = self._begin()
            future = self._future
        try:
            self._latest = future.result(wait_s if self._latest is None else 0)
        except NotReady:
            pass
        except (ArchiveError, BrokenExecutor):
            # The archive was away, or the process was killed: the next reader asks again.
            self._forget(future)
        return self._latest

    def _forget(self, future: Future[list[Row]]) -> None:
        with self._lock:
            if self._future is future:
                self._pool = self._future = None

    def close(self) -> None:
        """End the process at work."""
        with self._lock:
            if self._pool is None:
                return
            for process in list(self._pool._processes.values()):  # noqa: SLF001 - Python 3.14 has kill_workers
                process.kill()
            self._pool.shutdown(cancel_futures=True)
            self._pool = self._future = None

    def _begin(self) -> Future[list[Row]]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        return self._pool.submit(_rows, self._folder)


def _rows(folder: Path) -> list[Row]:
    os.nice(10)  # readers of the page come first
    with Archive.open(folder) as archive:
        return report.rows(archive)


def _mark(volume: Volume) -> Mark:
    """Changes when the archive did."""
    runs = volume.archive.runs(1)
    return (volume.file, runs[0].id if runs else 0, runs[0].ended_at if runs else None, len(volume.library))
