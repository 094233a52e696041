"""Worker processes that read one page at a time and can be killed: time and memory that really end.

A page that takes too long, or takes its worker down, costs that page, never the run. May import:
article, errors, records.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Self

from pipeline.errors import ArchiveError
from pipeline.extract.article import EXTRACTOR_VERSION, Extraction, Knowledge, explain, extract, read_alone
from pipeline.extract.template import PageReading
from pipeline.records import Article, Capture, Rejection, RejectionReason

# A reader that dies may have been killed from outside, or before it began: a page is to blame for the second.
_DEATHS_PER_PAGE = 2
# Address space of one worker; the worst page of 10 MB, the limits' most, needs 450 MB of memory (measured).
_WORKER_BYTES = 1_500_000_000
# A tree of a page is one big cycle. Left to the collector's own rhythm, collecting takes a fifth of the reading.
_PAGES_PER_COLLECTION = 20

Outcome = Article | Rejection | PageReading | Extraction


class Purpose(StrEnum):
    """What a page is read for."""

    ARTICLE = "article"
    TEMPLATE = "template"  # what it teaches of its site's template
    STORY = "story"  # the article with every block, kept or dropped, and why


@dataclass(frozen=True, slots=True)
class Task:
    """One page to read, for its article or for something else."""

    page_key: str
    capture: Capture
    knowledge: Knowledge
    purpose: Purpose = Purpose.ARTICLE


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    deaths: int = 0
    started: float = 0.0


_READERS: dict[Purpose, Callable[[Capture, Knowledge], Outcome]] = {
    Purpose.ARTICLE: extract,
    Purpose.TEMPLATE: read_alone,
    Purpose.STORY: explain,
}


def _serve(pipe: Connection) -> None:
    """The worker's life: read a page, send its article, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_WORKER_BYTES, _WORKER_BYTES))
    gc.disable()
    pipe.send(None)  # ready: what comes before is the interpreter's time, not a page's
    for count in range(1, 1 << 62):
        try:
            capture, knowledge, purpose = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            outcome: Outcome = _READERS[purpose](capture, knowledge)
        except (MemoryError, RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError) as wrong:
            # Foreign markup that meets a fault of ours: the page is recorded with the reason, the run goes on.
            outcome = _unreadable(capture, knowledge, f"{type(wrong).__name__}: {wrong}")
        pipe.send(outcome)
        if count % _PAGES_PER_COLLECTION == 0:
            gc.collect()


def _unreadable(capture: Capture, knowledge: Knowledge, detail: str) -> Rejection:
    return Rejection(
        capture.url, knowledge.name, RejectionReason.UNREADABLE, detail[:500], capture.id, EXTRACTOR_VERSION
    )


class Workers:
    """A pool of `count` readers (0: one for each processor that we may use); use as a context manager."""

    def __init__(self, count: int, page_s: float) -> None:
        count = count or len(os.sched_getaffinity(0))
        self._page_s = page_s
        self._spawn = multiprocessing.get_context("spawn")
        self._workers = [self._start() for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)

    def _start(self) -> _Worker:
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _end(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.join(timeout=0.5)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()

    def pids(self) -> list[int]:
        """The processes at work, for whoever watches or ends them."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Article | Rejection]]:
        """The article of every task, in the order of completion. Reads `tasks` no faster than it works."""
        for task, outcome in self._outcomes(tasks):
            assert isinstance(outcome, Article | Rejection), "other purposes have other methods"
            yield task, outcome

    def explained(self, task: Task) -> Extraction | None:
        """The whole story of one page; None when it cannot be told: the page hangs, or kills its readers."""
        [(_, outcome)] = self._outcomes([replace(task, purpose=Purpose.STORY)])
        return outcome if isinstance(outcome, Extraction) else None

    def readings(self, tasks: Iterable[Task]) -> Iterator[PageReading]:
        """What pages teach of their site's template, in the order of the tasks; those that teach nothing left out."""
        found = {
            task.page_key: outcome
            for task, outcome in self._outcomes(replace(task, purpose=Purpose.TEMPLATE) for task in tasks)
            if isinstance(outcome, PageReading)
        }
        # In one order, whichever reader was faster, so that the same pages teach the same.
        return (found[key] for key in sorted(found))

    def _outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        queue = iter(tasks)
        while True:
            for worker in self._workers:
                if worker.task is None and (task := next(queue, None)) is not None:
                    self._give(worker, task)
            busy = [worker for worker in self._workers if worker.task]
            if not busy:
                return
            ready = wait([worker.pipe for worker in busy], timeout=0.5)
            for worker in busy:
                answer = self._answer(worker, ready=worker.pipe in ready)
                if answer is not None:
                    assert worker.task is not None
                    yield worker.task, answer
                    worker.task = None

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task, worker.deaths = task, 0
        try:
            self._send(worker, task)
        except OSError:
            # It died between two pages.
            self._replace(worker)
            self._send(worker, task)

    @staticmethod
    def _send(worker: _Worker, task: Task) -> None:
        if not worker.ready:
            try:
                worker.pipe.recv()
            except EOFError as wrong:
                raise ArchiveError("A process to read pages could not be started; is there memory left?") from wrong
            worker.ready = True
        worker.started = time.monotonic()
        worker.pipe.send((task.capture, task.knowledge, task.purpose))

    def _answer(self, worker: _Worker, *, ready: bool) -> Outcome | None:
        assert worker.task is not None
        if ready:
            try:
                outcome: Outcome = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                worker.deaths += 1
                if worker.deaths < _DEATHS_PER_PAGE:
                    self._send(worker, worker.task)
                    return None
                return _unreadable(worker.task.capture, worker.task.knowledge, "two readers died on this page")
            return outcome
        if time.monotonic() - worker.started > self._page_s:
            self._replace(worker)
            detail = f"reading took longer than {self._page_s:g} s"
            return _unreadable(worker.task.capture, worker.task.knowledge, detail)
        return None

    def _replace(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        fresh = self._start()
        worker.process, worker.pipe, worker.ready = fresh.process, fresh.pipe, False
