"""A command in a process of its own: what it printed, and what it cost. May import: the standard library only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AIMF = "import sys; from index.cli import main; sys.exit(main())"  # the command `aimf`, whether installed or not
LOOKED_EVERY_S = 0.1
# The replay writes its log to disk once a second.
LOGGED_WITHIN_S = 1.5


@dataclass(frozen=True)
class Cost:
    """What a command cost, with all processes that it started.

    `peak_rss_mb` is its largest process, as the system counts it; `peak_tree_mb` all of them at one moment, looked at
    ten times a second, shared pages counted once, and 0 where the system does not tell.
    """

    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    peak_tree_mb: float


@dataclass(frozen=True)
class Asked:
    """What a server's log says it was asked for, and what it sent."""

    requests: int = 0
    sent_bytes: int = 0

    def since(self, before: Asked) -> Asked:
        return Asked(self.requests - before.requests, self.sent_bytes - before.sent_bytes)


def run(command: Sequence[str], *, allowed: tuple[int, ...] = (0,)) -> tuple[dict[str, Any], Cost]:
    """Run a command to its end: the JSON that it printed, and its cost."""
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, cwd=ROOT)
        watch = _Watch(child.pid)
        _, status, usage = os.wait4(child.pid, 0)  # the one call that tells the peak of this child alone
        wall_s = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if child.returncode not in allowed:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    peak_tree_mb = watch.end()
    return _last_json(said), Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, peak_tree_mb)


def asked(log: Path | None) -> Asked:
    """The figures of a replay's log so far."""
    if log is None or not log.exists():
        return Asked()
    time.sleep(LOGGED_WITHIN_S)
    with log.open(encoding="utf-8") as lines:
        sizes = [json.loads(line)["bytes"] for line in lines]
    return Asked(len(sizes), sum(sizes))


def _last_json(said: str) -> dict[str, Any]:
    """The summary: from the last line that opens an object at the margin to the end."""
    found: dict[str, Any] = json.loads(said[said.rindex("\n{") :] if "\n{" in said else said)
    return found


class _Watch(threading.Thread):
    """Looks at the memory of a process and all that it started, until told to end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over, self._peak_kb = pid, threading.Event(), 0
        self.start()

    def run(self) -> None:
        while not self._over.wait(LOOKED_EVERY_S):
            self._peak_kb = max(self._peak_kb, sum(_pss_kb(pid) for pid in _tree(self._pid)))

    def end(self) -> float:
        """The peak in MB."""
        self._over.set()
        self.join()
        return self._peak_kb / 1024


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue
        found += map(int, children.split())
    return found


def _pss_kb(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
