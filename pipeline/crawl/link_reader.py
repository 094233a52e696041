"""Reads links and texts of large pages in a process of its own, which can be killed.

libxml2 needs three minutes for one tag of a hundred thousand attributes (890 kB), and no thread can be ended. May
import: records, crawl.discover.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Self, TypeVar

from pipeline.crawl.discover import Links, links_in
from pipeline.records import Capture

# What is shorter is read at once: its worst tag of 15,000 attributes takes a second.
_SMALL_BYTES = 65_536
# Address space of the process; ten megabytes of the worst markup need a third of it.
_PROCESS_BYTES = 1_500_000_000

T = TypeVar("T")


class LinkReader:
    """One process, begun with the first large page and begun anew after a page that took too long."""

    def __init__(self, page_s: float) -> None:
        self._page_s = page_s
        self._spawn = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, capture: Capture) -> Links | None:
        """The links of a page; None when they could not be read within the time."""
        return self.call(links_in, capture.body, capture.url, capture.headers.get("content-type", ""))

    def call(self, function: Callable[..., T], body: bytes, *more: Any) -> T | None:
        """What a function of a module makes of a body; None when that took too long."""
        if len(body) < _SMALL_BYTES:
            return function(body, *more)
        try:
            pipe = self._started()
            pipe.send((function, body, more))
            if pipe.poll(self._page_s):
                made: T = pipe.recv()
                return made
        except (EOFError, OSError):
            pass  # it died: of its memory, or by somebody's hand
        self._end()
        return None

    def _started(self) -> Connection:
        if self._pipe is None:
            self._pipe, theirs = self._spawn.Pipe()
            self._process = self._spawn.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            self._pipe.recv()  # ready: what comes before is the interpreter's time, not a page's
        return self._pipe

    def _end(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    """The process's life: read a page, send what was found, until the pipe closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_PROCESS_BYTES, _PROCESS_BYTES))
    with suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            function, body, more = pipe.recv()
            pipe.send(function(body, *more))
