"""The sides of the crawl benchmarks, each a process of its own, and the site that they crawl.

May import: measured. Our side of a round runs `python crawl_sides.py URL FOLDER`: the crawl stage alone.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measured

ROOT = measured.ROOT
HERE = Path(__file__).resolve().parent
SERVE = ROOT.parent / "shared" / "aimf-site" / "serve"
# What each side is, after its command and before address and folder. Its name is what the tables call it.
SIDES: dict[str, tuple[str, ...]] = {
    "ours": ("crawl_sides.py",),
    "scrapy": ("crawl_scrapy.py",),
    "scrapy+text": ("crawl_scrapy.py", "--extract"),
    "scrapy+cache": ("crawl_scrapy.py", "--cache"),
}


@dataclass(frozen=True)
class Round:
    """What one crawl cost. `crawl_s` is the crawler's own account; CPU and memory are those of its whole process."""

    side: str
    crawl_s: float
    wall_s: float
    cpu_s: float
    requests: int
    received_bytes: int
    pages: int
    bodies: int
    body_bytes: int
    peak_rss_mb: float

    @property
    def pages_per_s(self) -> float:
        return self.pages / self.crawl_s


def run_side(side: str, url: str, log: Path | None, folder: Path, *more: str) -> Round:
    """One crawl into a folder; requests and bytes are the server's account where it keeps a log."""
    script, *form = SIDES[side]
    before = measured.asked(log)
    summary, cost = measured.run([sys.executable, str(HERE / script), *form, *more, url, str(folder)])
    served = measured.asked(log).since(before)
    told = {"requests": served.requests, "received_bytes": served.sent_bytes} if served.requests else {}
    return Round(side, wall_s=cost.wall_s, cpu_s=cost.cpu_s, peak_rss_mb=cost.peak_rss_mb, **{**summary, **told})


def run_whole(url: str, folder: Path, *more: str) -> tuple[dict[str, Any], measured.Cost]:
    """The whole `aimf crawl`: its own summary and its cost."""
    command = [sys.executable, "-c", measured.AIMF, "--config", str(ROOT / "config.yaml"), "--data", str(folder)]
    return measured.run([*command, "--json", "crawl", "--base-url", url, "--delay", "0", *more], allowed=(0, 3))


@contextmanager
def replay(url: str | None, log: Path | None, port: int, *more: str) -> Iterator[tuple[str, Path | None]]:
    """The address to crawl and the server's request log; a replay is started where no address is given."""
    if url:
        yield url.rstrip("/") + "/", log
        return
    if not SERVE.exists():
        sys.exit("needs ../shared: name the address of a running replay, or put aimf-site/serve beside the project")
    with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
        log = Path(folder) / "requests.jsonl"
        with _served([str(SERVE), "--port", str(port), "--log", str(log), *more]):
            yield f"http://127.0.0.1:{port}/", log


@contextmanager
def _served(command: Sequence[str]) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            if not (server.stdout and any(line.startswith("ready") for line in server.stdout)):
                sys.exit(f"{command[0]} did not get ready")
            yield
        finally:
            server.terminate()
            server.wait(timeout=10)


# --- our side, in its process -----------------------------------------------------------------------------------------


def crawl_stage(url: str, folder: Path, max_pages: int) -> dict[str, float]:
    """The crawl stage alone, as `aimf crawl` runs it."""
    sys.path.insert(0, str(ROOT))
    from pipeline.archive import Archive
    from pipeline.config_file import load_config
    from pipeline.crawl import CrawlOptions, run_crawl

    config = load_config(ROOT / "config.yaml")
    with Archive.open(folder / "data", mode="write") as archive, archive.lock("benchmark"):
        report = run_crawl(archive, "aimf", config, CrawlOptions(base_url=url, delay_s=0, max_pages=max_pages or None))
    told = {"crawl_s": report.elapsed_s, "requests": report.requests, "received_bytes": report.received_bytes}
    return told | _stored(_only_database(folder))


def _stored(database: Path) -> dict[str, int]:
    store = sqlite3.connect(database)
    (pages,) = store.execute("SELECT count(DISTINCT page_id) FROM captures WHERE status = 200").fetchone()
    bodies, size = store.execute("SELECT count(*), sum(size_bytes) FROM bodies").fetchone()
    store.close()
    return {"pages": pages, "bodies": bodies, "body_bytes": size}


def _only_database(folder: Path) -> Path:
    found = [p for p in folder.rglob("*") if p.is_file() and p.open("rb").read(15) == b"SQLite format 3"]
    return max(found, key=lambda path: path.stat().st_size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-pages", type=int, default=0)
    told = parser.parse_args()
    print(json.dumps(crawl_stage(told.url, told.folder, told.max_pages)))


if __name__ == "__main__":
    main()
