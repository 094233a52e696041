"""Our crawler beside Scrapy on the replay of the real site: same discovery, same pace, same bodies stored.

    .venv/bin/pip install -e '.[bench]'
    .venv/bin/python benchmarks/crawl_vs_scrapy.py [URL] [--rounds 2] [--max-pages N]

Without URL the script starts ../shared/aimf-site/serve itself and counts the requests in the server's own log. Rounds
run in turn (ours, Scrapy, ours, Scrapy …), each in a process of its own and into an empty folder; the table shows the
median, the ratios come from one and the same run of this script. What each side does stands in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
SERVE = ROOT.parent / "shared" / "aimf-site" / "serve"
HERE = Path(__file__).resolve()
COMMIT_EVERY = 100  # pages a transaction in Scrapy's item pipeline: kinder to Scrapy than one a page, which is usual
ZSTD_LEVEL = 3  # zstandard's default, as an item pipeline would leave it


@dataclass(frozen=True)
class Round:
    """What one crawl cost. `crawl_s` is the crawler's own account, `wall_s` the whole process from start to end."""

    side: str
    crawl_s: float
    wall_s: float
    cpu_s: float
    requests: int
    pages: int
    bodies: int
    body_bytes: int
    peak_rss_mb: float
    stages: dict[str, float]

    @property
    def pages_per_s(self) -> float:
        return self.pages / self.crawl_s


# --- the two sides ----------------------------------------------------------------------------------------------------


def run_ours(url: str, options: argparse.Namespace, log: Path | None) -> Round:
    with tempfile.TemporaryDirectory(prefix="bench-ours-") as folder:
        command = [options.python, "-m", "index.cli", "--config", str(ROOT / "config.yaml"), "--data", folder, "--json"]
        command += ["crawl", "--base-url", url, "--delay", "0"]
        if options.max_pages:
            command += ["--max-pages", str(options.max_pages)]
        summary, wall_s, cpu_s, rss_mb, asked = _measured(command, log, allowed=(0, 3))
        database = _only_database(Path(folder))
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
            pages = store.execute("SELECT count(DISTINCT page_id) FROM captures WHERE status = 200").fetchone()[0]
            bodies, size = store.execute("SELECT count(*), sum(size_bytes) FROM bodies").fetchone()
        store.close()
    stages = {name: float(seconds) for name, seconds in summary["stages"].items()}
    return Round(
        side="ours",
        crawl_s=stages["crawl_s"],
        wall_s=wall_s,
        cpu_s=cpu_s,
        requests=asked if asked is not None else int(summary.get("requests", 0)),
        pages=pages,
        bodies=bodies,
        body_bytes=size,
        peak_rss_mb=rss_mb,
        stages=stages,
    )


def run_scrapy(url: str, options: argparse.Namespace, log: Path | None) -> Round:
    with tempfile.TemporaryDirectory(prefix="bench-scrapy-") as folder:
        store = Path(folder) / "pages.sqlite"
        command = [options.scrapy_python, str(HERE), url, "--as-scrapy", str(store)]
        command += ["--concurrency", str(options.concurrency), "--max-pages", str(options.max_pages or 0)]
        summary, wall_s, cpu_s, rss_mb, asked = _measured(command, log, allowed=(0,))
    return Round(
        side="scrapy",
        crawl_s=summary["crawl_s"],
        wall_s=wall_s,
        cpu_s=cpu_s,
        requests=asked if asked is not None else summary["requests"],
        pages=summary["pages"],
        bodies=summary["bodies"],
        body_bytes=summary["body_bytes"],
        peak_rss_mb=rss_mb,
        stages={},
    )


def _measured(
    command: list[str], log: Path | None, *, allowed: tuple[int, ...]
) -> tuple[dict, float, float, float, int | None]:
    """Run a command: its last JSON line, wall and CPU seconds, peak memory in MB, requests that the server logged."""
    before = _log_lines(log)
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)  # the one call that tells the peak of this child alone
        wall_s = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if child.returncode not in allowed:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    after = _log_lines(log)
    asked = after - before if after is not None and before is not None else None
    summary = _last_json(said)
    return summary, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, asked


def _last_json(said: str) -> dict:
    """The summary: all of stdout if that is one JSON document, else its last line."""
    try:
        return json.loads(said)
    except json.JSONDecodeError:
        return json.loads(said.strip().splitlines()[-1])


def _log_lines(log: Path | None) -> int | None:
    if log is None or not log.exists():
        return None
    with log.open("rb") as lines:
        return sum(1 for _ in lines)


def _only_database(folder: Path) -> Path:
    found = [p for p in folder.rglob("*") if p.is_file() and p.open("rb").read(15) == b"SQLite format 3"]
    return max(found, key=lambda path: path.stat().st_size)


# --- Scrapy, as its users write it ------------------------------------------------------------------------------------


class Rules:
    """config.yaml's discovery rules, read without our own code, so that Scrapy pays for none of it."""

    def __init__(self, base: str) -> None:
        site = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["sites"]["aimf"]
        self.base = base.rstrip("/")
        self.host = urlsplit(base).netloc
        self.hosts = {*site["hosts"], self.host}
        self.ignore = re.compile("|".join(f"(?:{p})" for p in site["ignore"]))
        self.seeds = [self.base + seed for seed in site["seeds"]]

    def wanted(self, url: str) -> str | None:
        """The address to ask for a link, or None: other site, ignored, not http."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in self.hosts:
            return None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if self.ignore.search(unquote(target)) or len(url) > 1000:
            return None
        return self.base + target


def scrapy_child(url: str, store: Path, concurrency: int, max_pages: int) -> None:
    """In the child process: crawl, store, print one line of figures."""
    from scrapy.crawler import CrawlerProcess

    process = CrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            "AUTOTHROTTLE_ENABLED": False,
            "HTTPCACHE_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "CLOSESPIDER_PAGECOUNT": max_pages,
            "DOWNLOAD_MAXSIZE": 10_000_000,
            "LOG_LEVEL": "ERROR",
            "USER_AGENT": "scrapy-benchmark (+https://www.aimf.asso.fr/contact/)",
            "DOWNLOADER_MIDDLEWARES": {_fence(urlsplit(url).netloc): 50},  # before robots.txt, which it would fetch
            "ITEM_PIPELINES": {_pipeline(store): 100},
        }
    )
    crawler = process.create_crawler(_spider(Rules(url)))
    process.crawl(crawler)
    process.start()
    stats = crawler.stats.get_stats()
    with sqlite3.connect(store) as database:
        pages = database.execute("SELECT count(*) FROM captures").fetchone()[0]
        bodies, size = database.execute("SELECT count(*), sum(size) FROM bodies").fetchone()
    database.close()
    seconds = stats["elapsed_time_seconds"]
    requests = stats["downloader/request_count"]
    print(json.dumps({"crawl_s": seconds, "requests": requests, "pages": pages, "bodies": bodies, "body_bytes": size}))


def _fence(netloc: str) -> type:
    from scrapy.exceptions import IgnoreRequest

    class Fence:
        """The replay and nothing else is ever asked: pages redirect to other sites, and Scrapy follows."""

        def process_request(self, request: Any) -> None:
            if urlsplit(request.url).netloc != netloc:
                raise IgnoreRequest(f"outside {netloc}: {request.url}")

    return Fence


def _spider(rules: Rules) -> type:
    import scrapy
    from scrapy.http import HtmlResponse, TextResponse
    from scrapy.linkextractors import LinkExtractor
    from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots

    links = LinkExtractor(deny_extensions=[])

    class SiteSpider(scrapy.Spider):
        name = "aimf"
        start_urls = (rules.base + "/robots.txt", *rules.seeds)

        def parse(self, response: Any) -> Iterator[Any]:
            if response.url.endswith("/robots.txt"):
                found = sitemap_urls_from_robots(response.text)
            elif isinstance(response, HtmlResponse):
                headers = {k.decode("latin-1"): response.headers[k].decode("latin-1") for k in response.headers}
                yield {"url": response.url, "status": response.status, "headers": headers, "body": response.body}
                found = (link.url for link in links.extract_links(response))
            elif isinstance(response, TextResponse):
                found = (entry["loc"] for entry in Sitemap(response.body))
            else:
                return
            for address in found:
                wanted = rules.wanted(address)
                if wanted:
                    yield response.follow(wanted)

    return SiteSpider


def _pipeline(store: Path) -> type:
    import hashlib

    import zstandard

    class SqlitePipeline:
        """Decoded bodies, zstandard-compressed, each stored once; one transaction for every 100 pages."""

        def open_spider(self) -> None:
            self.database = sqlite3.connect(store)
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self.database.execute("CREATE TABLE bodies (sha256 BLOB PRIMARY KEY, size INTEGER, zstd BLOB)")
            self.database.execute("CREATE TABLE captures (url TEXT, status INTEGER, headers TEXT, sha256 BLOB)")
            self.compress = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress
            self.waiting = 0

        def process_item(self, item: dict) -> dict:
            body = item["body"]
            digest = hashlib.sha256(body).digest()
            if not self.database.execute("SELECT 1 FROM bodies WHERE sha256 = ?", (digest,)).fetchone():
                row = (digest, len(body), self.compress(body))
                self.database.execute("INSERT INTO bodies VALUES (?, ?, ?)", row)
            row = (item["url"], item["status"], json.dumps(item["headers"]), digest)
            self.database.execute("INSERT INTO captures VALUES (?, ?, ?, ?)", row)
            self.waiting += 1
            if self.waiting >= COMMIT_EVERY:
                self.database.commit()
                self.waiting = 0
            return item

        def close_spider(self) -> None:
            self.database.commit()
            self.database.close()

    return SqlitePipeline


# --- the report -------------------------------------------------------------------------------------------------------


@contextmanager
def replay(options: argparse.Namespace) -> Iterator[tuple[str, Path | None]]:
    """The address to crawl and the server's request log, if there is one."""
    if options.url:
        yield options.url.rstrip("/") + "/", options.log
        return
    if not SERVE.exists():
        sys.exit("needs ../shared: name the address of a running replay, or put aimf-site/serve beside the project")
    with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
        log = Path(folder) / "requests.jsonl"
        command = [str(SERVE), "--port", str(options.port), "--log", str(log)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            if not (server.stdout and server.stdout.readline().startswith("ready")):
                sys.exit("../shared/aimf-site/serve did not get ready")
            yield f"http://127.0.0.1:{options.port}/", log
        finally:
            server.terminate()
            server.wait(timeout=10)


def report(rounds: list[Round]) -> dict[str, float]:
    """Print the medians and give the ratios ours/Scrapy."""
    sides = {name: [r for r in rounds if r.side == name] for name in ("ours", "scrapy")}
    rows = (
        ("pages per second", lambda r: r.pages_per_s, ".1f"),
        ("requests per second", lambda r: r.requests / r.crawl_s, ".1f"),
        ("crawl, seconds", lambda r: r.crawl_s, ".1f"),
        ("process, seconds of CPU", lambda r: r.cpu_s, ".1f"),
        ("requests", lambda r: r.requests, ".0f"),
        ("pages stored", lambda r: r.pages, ".0f"),
        ("different bodies stored", lambda r: r.bodies, ".0f"),
        ("MB of bodies", lambda r: r.body_bytes / 1e6, ".1f"),
        ("peak memory, MB", lambda r: r.peak_rss_mb, ".0f"),
    )
    ratios: dict[str, float] = {}
    print(f"\n{'median of rounds':26}{'ours':>12}{'Scrapy':>12}{'ours/Scrapy':>14}")
    for name, value, shape in rows:
        medians = {side: statistics.median(map(value, found)) for side, found in sides.items() if found}
        cells = [f"{medians[side]:{shape}}" if side in medians else "-" for side in sides]
        if len(medians) == 2:
            ratios[name] = round(medians["ours"] / medians["scrapy"], 3)
        print(f"{name:26}{cells[0]:>12}{cells[1]:>12}{ratios.get(name, float('nan')):>14.2f}")
    _report_whole(sides["ours"])
    return ratios


def _report_whole(ours: list[Round]) -> None:
    if not ours:
        return
    print("\nthe whole `aimf crawl` (fetch, extract, index)")
    for name in ours[0].stages:
        print(f"{name.removesuffix('_s') + ', seconds':26}{statistics.median(r.stages[name] for r in ours):>12.1f}")
    print(f"{'all, seconds':26}{statistics.median(r.wall_s for r in ours):>12.1f}")
    print(f"{'pages per second':26}{statistics.median(r.pages / r.wall_s for r in ours):>12.1f}")


def main() -> None:
    options = _options()
    if options.as_scrapy:
        scrapy_child(options.url, options.as_scrapy, options.concurrency, options.max_pages or 0)
        return
    runners = {"ours": run_ours, "scrapy": run_scrapy}
    rounds: list[Round] = []
    with replay(options) as (url, log):
        for number in range(1, options.rounds + 1):
            for side, run in runners.items():
                if options.only in (None, side):
                    rounds.append(run(url, options, log))
                    done = rounds[-1]
                    print(f"round {number} {side:8}{done.pages:>6} pages {done.crawl_s:>8.1f} s", flush=True)
    ratios = report(rounds)
    if options.json:
        facts = {"rounds": [asdict(r) for r in rounds], "ratios": ratios, "concurrency": options.concurrency}
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", help="a running replay; without it, one is started")
    parser.add_argument("--rounds", type=int, default=2, help="how often each side runs (default 2)")
    parser.add_argument("--max-pages", type=int, help="stop each crawl after so many requests: the short form")
    parser.add_argument(
        "--concurrency", type=int, default=1, help="Scrapy's requests at a time; ours asks one (default 1)"
    )
    parser.add_argument("--only", choices=("ours", "scrapy"), help="run one side")
    parser.add_argument("--log", type=Path, help="the running replay's --log file, to count requests in")
    parser.add_argument("--port", type=int, default=8097, help="port of the replay started here (default 8097)")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has this project")
    parser.add_argument(
        "--scrapy-python", default=sys.executable, help="interpreter that has Scrapy (the extra `bench`)"
    )
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--as-scrapy", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
