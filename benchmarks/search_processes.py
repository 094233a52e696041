"""The processes of `search.py`: a fresh interpreter for each engine and task, so that memory and imports do not mix.

May import: search_corpus, search_engines, search_tantivy.
"""

from __future__ import annotations

import importlib
import multiprocessing
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from search_corpus import Row
from search_engines import Aimf, Engine, Fts5, Reader, Whoosh
from search_tantivy import Tantivy, TantivyLeast, TantivyPython

ROOT = Path(__file__).resolve().parents[1]
ENGINES: dict[str, Engine] = {
    "aimf": Aimf(),
    "whoosh": Whoosh(),
    "fts5": Fts5(),
    "tantivy": Tantivy(),
    "tantivy+py": TantivyPython(),
    "tantivy+least": TantivyLeast(),
}
READ_ONLY = {"tantivy+py": "tantivy", "tantivy+least": "tantivy"}
"""Engines that read what another has built."""
SEEN_WITHIN_S = 60
TOLD_EVERY_S = 10
MB = 1_000_000

Figures = dict[str, float]


class Failed(Exception):
    """What went wrong in an engine's process."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- inside -----------------------------------------------------------------------------------------------------------


def memory() -> dict[str, float]:
    """Megabytes of this process; none where the system does not tell."""
    try:
        told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    except OSError:
        return {}
    names = {"peak_mb": "VmHWM", "steady_mb": "VmRSS", "own_mb": "RssAnon", "mapped_mb": "RssFile"}
    return {name: int(told[key].split()[0]) * 1024 / MB for name, key in names.items()}


def run_child(pipe: Connection, task: str, *arguments: Any) -> None:
    """Begins here, in a fresh interpreter."""
    try:
        pipe.send((True, TASKS[task](pipe, *arguments)))
    except BaseException:  # noqa: BLE001 - whatever it is, the other engines go on
        pipe.send((False, traceback.format_exc()))


def _ready(name: str) -> Engine:
    for module in ENGINES[name].modules:
        importlib.import_module(module)
    return ENGINES[name]


def build_child(_pipe: Connection, name: str, folder: Path, documents: Path) -> Figures:
    """Time to build without the time to read; what lies beside the index is written before."""
    engine = _ready(name)
    engine.prepare(folder, documents)
    size = _bytes(folder)
    reading = [0.0]
    begun = time.perf_counter()
    engine.build(folder, _apart(engine.source(folder, documents), reading, name))
    took = time.perf_counter() - begun - reading[0]
    return {"build_s": took, "build_mb": memory().get("peak_mb", 0), "index_mb": (_bytes(folder) - size) / MB}


def _apart(source: Iterator[Any], spent: list[float], name: str) -> Iterator[Any]:
    """The same, with the time to make it added to `spent`."""
    told = begun = time.perf_counter()
    for number in range(sys.maxsize):
        asked = time.perf_counter()
        item = next(source, None)
        now = time.perf_counter()
        spent[0] += now - asked
        if item is None:
            return
        if now - told > TOLD_EVERY_S:
            told = now
            say(f"  {name}: {number:,} documents after {now - begun:.0f} s")
        yield item


def _bytes(folder: Path) -> int:
    """What its files hold, each once however many names it has."""
    files = {stat.st_ino: stat.st_size for path in folder.rglob("*") if path.is_file() and (stat := path.stat())}
    return sum(files.values())


def open_child(_pipe: Connection, name: str, folder: Path, query: str) -> Figures:
    """A fresh process to its first answer, without what it imports."""
    engine = _ready(name)
    times = [time.perf_counter()]
    reader = engine.open(folder)
    times.append(time.perf_counter())
    reader.answer(query)
    times.append(time.perf_counter())
    opened, answered = (1000 * (end - begin) for begin, end in pairwise(times))
    return {"open_ms": opened, "first_ms": answered, "cold_ms": opened + answered}


def ask_child(pipe: Connection, name: str, folder: Path) -> None:
    """Answers as often as it is asked; ends when nothing more is wanted."""
    before = memory()
    engine = _ready(name)
    reader = engine.open(folder)
    pipe.send((True, None))
    while (wanted := pipe.recv()) is not None:
        order, argument = wanted
        if order == "memory":
            pipe.send((True, memory() | {"before_mb": before.get("steady_mb", 0)}))
        elif order == "update":
            pipe.send((True, _update(engine, folder, reader, *argument)))
        else:
            pipe.send((True, [_ask(reader, order, query) for query in argument]))


def _ask(reader: Reader, order: str, query: str) -> tuple[float, int | None]:
    """Milliseconds, and how many documents are found; None when it fails."""
    found: int | None = None
    begun = time.perf_counter()
    with suppress(Exception):
        found = reader.answer(query).found if order == "answer" else len(reader.retrieve(query))
    return 1000 * (time.perf_counter() - begun), found


def _update(engine: Engine, folder: Path, reader: Reader, rows: Sequence[Row], word: str) -> float:
    """Seconds until the reader finds the changed documents by a word that only they have."""
    engine.change(folder, rows)
    changed = {row["url"] for row in rows}
    begun = time.perf_counter()
    engine.update(folder, reader, rows)
    while not ((found := set(reader.retrieve(word))) and found <= changed):
        if time.perf_counter() - begun > SEEN_WITHIN_S:
            raise Failed(f"a reader does not see the update: {found}")
        time.sleep(0.01)
    return time.perf_counter() - begun


TASKS = {"build": build_child, "open": open_child, "ask": ask_child}


# --- from outside -----------------------------------------------------------------------------------------------------


class Child:
    """A fresh interpreter with one engine in it."""

    def __init__(self, task: str, *arguments: Any) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=run_child, args=(theirs, task, *arguments), daemon=True)
        self._process.start()
        theirs.close()

    def result(self) -> Any:
        try:
            right, told = self._pipe.recv()
        except EOFError:
            raise Failed("its process ended by itself") from None
        if not right:
            raise Failed(told)
        return told

    def ask(self, order: str, argument: Any = None) -> Any:
        self._pipe.send((order, argument))
        return self.result()

    def end(self) -> None:
        with suppress(OSError):
            self._pipe.send(None)
        self._process.join(10)
        self._process.kill()


def once(task: str, *arguments: Any) -> Figures:
    """A task that ends by itself."""
    child = Child(task, *arguments)
    try:
        return child.result()
    finally:
        child.end()


def import_ms(name: str) -> float:
    """What an interpreter that has imported nothing else takes to import the engine's reader."""
    modules = ", ".join(ENGINES[name].modules)
    asked = f"import time; begun = time.perf_counter(); import {modules}; print(time.perf_counter() - begun)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr)
    return 1000 * float(done.stdout)
