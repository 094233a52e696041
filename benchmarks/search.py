"""How fast the search is, beside stock Whoosh, SQLite FTS5 and tantivy on the same documents, in one run.

    .venv/bin/pip install -e '.[bench]'
    .venv/bin/python benchmarks/search.py ARTICLES.jsonl QUERIES.jsonl [QUERIES.jsonl …]
    … --sizes 5000 50000 --engines aimf tantivy      parts of it
    … --without whoosh:200000                        left out, and said so
    … --work DIR --reuse whoosh fts5 tantivy         with the indexes that an earlier run left in DIR

ARTICLES and QUERIES as for relevance.py. Every engine builds and answers in processes of its own; the engines answer
the same questions in turns, after a pass that warms them. Prints a table a size, with our figure as a share of each
other's, and at the end which bars hold. What is measured, and in whose favour it differs: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import metadata
from itertools import islice, zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from search_corpus import SEED, read_documents, write_documents
from search_processes import ENGINES, READ_ONLY, Child, Failed, Figures, import_ms, once, say

SIZES = (5_000, 50_000, 200_000)
OPENINGS = 5
UPDATES = 3
UPDATED = 100
ORDERS = ("answer", "retrieve")
FIGURES = (
    ("build_rate", "build, documents/s", "{:,.0f}"),
    ("build_s", "build, s", "{:,.1f}"),
    ("build_mb", "build, peak memory, MB", "{:,.0f}"),
    ("index_mb", "index on disk, MB", "{:,.1f}"),
    ("import_ms", "import, ms", "{:.1f}"),
    ("open_ms", "open, ms", "{:.1f}"),
    ("first_ms", "first answer, ms", "{:.1f}"),
    ("cold_ms", "open + first answer, cold disk, ms", "{:.1f}"),
    ("answer_p50", "whole answer, p50 ms", "{:.2f}"),
    ("answer_p95", "whole answer, p95 ms", "{:.2f}"),
    ("retrieve_p50", "retrieval, p50 ms", "{:.2f}"),
    ("retrieve_p95", "retrieval, p95 ms", "{:.2f}"),
    ("update_s", "update of 100, s", "{:.2f}"),
    ("peak_mb", "reader, peak memory, MB", "{:.0f}"),
    ("steady_mb", "reader, memory after, MB", "{:.0f}"),
    ("own_mb", "  of it its own, MB", "{:.0f}"),
    ("mapped_mb", "  of it pages of files, MB", "{:.0f}"),
    ("before_mb", "  of it before the engine, MB", "{:.0f}"),
    ("found", "found, median", "{:,.0f}"),
    ("empty", "questions without answer", "{:,.0f}"),
    ("failed", "questions that fail", "{:,.0f}"),
)
NO_RATIO = {"before_mb", "found", "empty", "failed"}


# --- one size ---------------------------------------------------------------------------------------------------------


class Size:
    """All engines on so many documents."""

    def __init__(self, count: int, home: Path, asked: argparse.Namespace, queries: Sequence[str]) -> None:
        self.count = count
        self.figures: dict[str, Figures] = {}
        self.failed: dict[str, str] = {}
        self.reused: list[str] = []
        self.left_out = [name for name in asked.engines if f"{READ_ONLY.get(name, name)}:{count}" in asked.without]
        self._names = [name for name in asked.engines if name not in self.left_out]
        self._home, self._asked, self._queries = home, asked, queries
        self._documents = home / "documents.jsonl"
        self._digest = ""
        self._children: dict[str, Child] = {}
        self._times: dict[tuple[str, str], list[list[tuple[float, int | None]]]] = defaultdict(list)

    def folder(self, name: str) -> Path:
        return self._home / READ_ONLY.get(name, name)

    def run(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        say(f"{self.count:,} documents")
        write_documents(self._asked.articles, self._documents, self.count)
        with self._documents.open("rb") as file:
            self._digest = hashlib.file_digest(file, "sha256").hexdigest()
        for step in (self._build, self._open):
            for name in self._names:
                self._try(name, step)
        self._ask_all()

    def _try(self, name: str, step: Callable[[str], Figures]) -> None:
        """One engine's trouble is not the others'."""
        if name in self.failed or self.folder(name).name in self.failed:
            return
        try:
            self.figures.setdefault(name, {}).update(step(name))
        except (Failed, OSError) as wrong:
            say(f"  {name} failed: {wrong}")
            self.failed[name] = str(wrong).strip().splitlines()[-1]

    def _build(self, name: str) -> Figures:
        if name in READ_ONLY:
            return {}
        folder, told = self.folder(name), self.folder(name) / "built.json"
        if name in self._asked.reuse and told.exists():
            built = json.loads(told.read_text())
            if built.pop("documents") == self._digest:
                self.reused.append(name)
                return built
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        say(f"  {name}: build")
        built = once("build", name, folder, self._documents)
        built["build_rate"] = self.count / built["build_s"]
        told.write_text(json.dumps(built | {"documents": self._digest}))
        return built

    def _open(self, name: str) -> Figures:
        say(f"  {name}: open")
        queries = self._queries[:OPENINGS]
        warm = [once("open", name, self.folder(name), query) for query in queries]
        cold = [once("open", name, self.folder(name), query)["cold_ms"] for query in queries if self._forget(name)]
        figures = {key: statistics.median(one[key] for one in warm) for key in ("open_ms", "first_ms")}
        figures["import_ms"] = statistics.median(import_ms(name) for _ in range(OPENINGS))
        return figures | ({"cold_ms": statistics.median(cold)} if cold else {})

    def _forget(self, name: str) -> bool:
        """Ask the system to forget the files' pages; False where it cannot."""
        if not hasattr(os, "posix_fadvise"):
            return False
        for path in filter(Path.is_file, self.folder(name).rglob("*")):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)  # pages that are not on disk yet cannot be forgotten
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
        return True

    def _ask_all(self) -> None:
        steps: list[tuple[str, Callable[[str], Figures]]] = [("warm", self._warm)]
        steps += [(f"round {number}", self._ask) for number in range(1, self._asked.rounds + 1)]
        steps += [("memory", self._memory), ("update", self._update)]
        try:
            for told, step in steps:
                say(f"  all: {told}")
                for name in self._names:
                    self._try(name, step)
        finally:
            for child in self._children.values():
                child.end()

    def _warm(self, name: str) -> Figures:
        child = self._children[name] = Child("ask", name, self.folder(name))
        child.result()
        for order in ORDERS:
            child.ask(order, self._queries)
        return {}

    def _ask(self, name: str) -> Figures:
        for order in ORDERS:
            self._times[name, order].append(self._children[name].ask(order, self._queries))
        return {}

    def _memory(self, name: str) -> Figures:
        figures: Figures = self._children[name].ask("memory")
        for order in ORDERS:
            figures |= summary(order, self._times[name, order])
        return figures

    def _update(self, name: str) -> Figures:
        if name in READ_ONLY:
            return {}
        took = []
        count = min(UPDATED, self.count // UPDATES)
        for number in range(UPDATES):
            word = "zyx" + "".join(chr(ord("a") + int(figure)) for figure in str(time.time_ns()))
            chosen = islice(read_documents(self._documents), number, None, self.count // count)
            rows = [row | {"text": f"{row.get('text') or ''}\nMise à jour {word}."} for row in islice(chosen, count)]
            took.append(self._children[name].ask("update", (rows, word)))
        return {"update_s": statistics.median(took)}


def summary(order: str, rounds: Sequence[Sequence[tuple[float, int | None]]]) -> Figures:
    """Percentiles over the questions, each by its median of all rounds."""
    times = sorted(statistics.median(ms for ms, _ in asked) for asked in zip(*rounds, strict=True))
    figures = {f"{order}_p50": times[len(times) // 2], f"{order}_p95": times[len(times) * 95 // 100]}
    if order == "answer":
        found = [number for _, number in rounds[0]]
        figures |= {
            "found": statistics.median(number or 0 for number in found),
            "empty": found.count(0),
            "failed": found.count(None),
        }
    return figures


# --- what is told -----------------------------------------------------------------------------------------------------


def print_table(size: Size, names: Sequence[str]) -> None:
    others = [name for name in names if name != "aimf"] if "aimf" in names else []
    print(f"\n{size.count:,} documents")
    print(f"{'':36}" + "".join(f"{name:>14}" for name in names) + "".join(f"{'/ ' + name:>16}" for name in others))
    for key, title, form in FIGURES:
        line = "".join(f"{_cell(size, name, key, form):>14}" for name in names)
        ours = size.figures.get("aimf", {}).get(key)
        for name in others:
            theirs = size.figures.get(name, {}).get(key)
            told = f"{ours / theirs:.2f}" if ours is not None and theirs and key not in NO_RATIO else ""
            line += f"{told:>16}"
        print(f"{title:36}{line}".rstrip())
    if size.reused:
        print(f"Built in an earlier run: {', '.join(size.reused)}")
    for name, why in size.failed.items():
        print(f"{name} failed: {why}")
    sys.stdout.flush()


def _cell(size: Size, name: str, key: str, form: str) -> str:
    if name in size.left_out:
        return "left out"
    value = size.figures.get(name, {}).get(key)
    return "–" if value is None else form.format(value)


def bars(sizes: Sequence[Size]) -> Iterator[tuple[str, float | None, float]]:
    """(what, measured or None, at most)."""

    def of(count: int, name: str, key: str) -> float | None:
        return next((size.figures.get(name, {}).get(key) for size in sizes if size.count == count), None)

    yield "whole answer, p95, at 5,000: ms", of(5_000, "aimf", "answer_p95"), 25
    yield "whole answer, p95, at 50,000: ms", of(50_000, "aimf", "answer_p95"), 60
    for peer, most in (("whoosh", 0.35), ("tantivy+py", 1.0), ("tantivy+least", 1.0)):
        for size in sizes:
            ours, theirs = of(size.count, "aimf", "answer_p95"), of(size.count, peer, "answer_p95")
            share = ours / theirs if ours is not None and theirs else None
            yield f"whole answer, p95, at {size.count:,}: share of {peer}’s", share, most
    yield "update of 100, at 50,000: s", of(50_000, "aimf", "update_s"), 1
    yield "reader’s memory, peak, at 50,000: MB", of(50_000, "aimf", "peak_mb"), 300
    yield "reader’s own memory, at 50,000: MB", of(50_000, "aimf", "own_mb"), 300


def print_bars(sizes: Sequence[Size]) -> None:
    print("\nBars")
    for what, measured, most in bars(sizes):
        held = "not measured" if measured is None else "holds" if measured <= most else "FAILS"
        told = "" if measured is None else f"{measured:.2f}"
        print(f"  {what:56}{told:>10}  at most {most:<6g}{held}")


# --- the run ----------------------------------------------------------------------------------------------------------


def choose(paths: Iterable[Path], count: int) -> list[str]:
    """So many questions, from each file and of each kind in it alike."""
    from relevance import read_queries

    files = []
    for path in paths:
        kinds: dict[str, list[str]] = defaultdict(list)
        for judged in read_queries(path):
            kinds[judged.kinds[0] if judged.kinds else ""].append(judged.query)
        for queries in kinds.values():
            random.Random(SEED).shuffle(queries)
        files.append(list(in_turn(list(kinds.values()))))
    return list(islice(dict.fromkeys(in_turn(files)), count))


def in_turn(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    """One of each, then the next of each.

    >>> "".join(in_turn(["ad", "b", "cef"]))
    'abcdef'
    """
    for tier in zip_longest(*lists):
        yield from (one for one in tier if one is not None)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("queries", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    building = [name for name in ENGINES if name not in READ_ONLY]
    parser.add_argument("--engines", nargs="+", choices=building, default=building)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=240, help="questions asked")
    parser.add_argument("--without", nargs="+", default=(), metavar="ENGINE:SIZE", help="too slow to be waited for")
    parser.add_argument("--work", type=Path, help="where indexes are built, and stay")
    parser.add_argument("--reuse", nargs="+", choices=building, default=(), help="with the indexes left in --work")
    asked = parser.parse_args()
    asked.engines = [name for name in ENGINES if READ_ONLY.get(name, name) in asked.engines]
    if asked.reuse and not asked.work:
        parser.error("--reuse needs --work")
    if asked.rounds < 1 or min(asked.sizes) < UPDATES:
        parser.error("at least one round, and three documents")
    return asked


def main() -> None:
    asked = read_arguments()
    queries = choose(asked.queries, asked.count)
    versions = {name: metadata.version(name) for name in ("Whoosh-Reloaded", "tantivy")}
    versions |= {"Python": sys.version.split()[0], "SQLite": sqlite3.sqlite_version}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(f"{len(queries)} questions, {asked.rounds} rounds, {os.cpu_count()} processors; {told}")
    with tempfile.TemporaryDirectory(prefix="bench-search-") as temporary:
        sizes = []
        for count in asked.sizes:
            size = Size(count, (asked.work or Path(temporary)) / str(count), asked, queries)
            size.run()
            sizes.append(size)
            print_table(size, asked.engines)
            if not asked.work:
                shutil.rmtree(Path(temporary) / str(count))
    if "aimf" in asked.engines:
        print_bars(sizes)
    if any(size.failed for size in sizes):
        sys.exit(1)


if __name__ == "__main__":
    main()
