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
AIMF = "import sys; from index.cli import main; sys.exit(main())"  # the command `aimf`, whether installed or not
COMMIT_EVERY = 100  # pages a transaction in Scrapy's item pipeline: kinder to Scrapy than one a page, which is usual
ZSTD_LEVEL = 3  # zstandard's default, as an item pipeline would leave it


@dataclass(frozen=True)
class Round:
    """What one crawl cost. `crawl_s` is the crawler's own account; CPU and memory are those of its whole process."""

    side: str
    crawl_s: float
    wall_s: float
    cpu_s: float
    requests: int
    pages: int
    bodies: int
    body_bytes: int
    peak_rss_mb: float

    @property
    def pages_per_s(self) -> float:
        return self.pages / self.crawl_s


# --- the two sides ----------------------------------------------------------------------------------------------------


def run_side(side: str, url: str, options: argparse.Namespace, log: Path | None) -> Round:
    """One crawl, in a process of its own, into an empty folder."""
    python = options.python if side == "ours" else options.scrapy_python
    with tempfile.TemporaryDirectory(prefix=f"bench-{side}-") as folder:
        command = [python, str(HERE), url, "--as", side, "--into", folder]
        command += ["--concurrency", str(options.concurrency), "--max-pages", str(options.max_pages)]
        summary, cost = _measured(command, log, allowed=(0,))
    asked = summary.pop("requests")
    return Round(side=side, requests=cost.pop("logged") or asked, **summary, **cost)


def run_whole(url: str, options: argparse.Namespace) -> dict[str, float]:
    """The whole `aimf crawl` on an empty folder: seconds per stage and in all, pages stored."""
    with tempfile.TemporaryDirectory(prefix="bench-whole-") as folder:
        command = [options.python, "-c", AIMF, "--config", str(ROOT / "config.yaml"), "--data", folder, "--json"]
        command += ["crawl", "--base-url", url, "--delay", "0"]
        if options.max_pages:
            command += ["--max-pages", str(options.max_pages)]
        summary, cost = _measured(command, None, allowed=(0, 3))
    pages = sum(site["new"] for site in summary["sites"].values())
    return {**summary["stages"], "all_s": cost["wall_s"], "pages": pages, "peak_rss_mb": cost["peak_rss_mb"]}


def ours_child(url: str, folder: Path, max_pages: int) -> None:
    """In the child process: the crawl stage alone, as `aimf crawl` runs it."""
    sys.path.insert(0, str(ROOT))
    from pipeline.archive import Archive
    from pipeline.config import load_config
    from pipeline.crawl import CrawlOptions, run_crawl

    config = load_config(ROOT / "config.yaml")
    with Archive.open(folder / "data", mode="write") as archive, archive.lock("benchmark"):
        report = run_crawl(archive, "aimf", config, CrawlOptions(base_url=url, delay_s=0, max_pages=max_pages or None))
    query = (
        "SELECT count(DISTINCT page_id) FROM captures WHERE status = 200",
        "SELECT count(*), sum(size_bytes) FROM bodies",
    )
    _tell(_only_database(folder), query, report.elapsed_s, report.requests)


def _tell(database: Path, queries: tuple[str, str], crawl_s: float, requests: int) -> None:
    """Print the child's figures as one line of JSON."""
    store = sqlite3.connect(database)
    (pages,), (bodies, size) = (store.execute(query).fetchone() for query in queries)
    store.close()
    figures = {"crawl_s": crawl_s, "requests": requests, "pages": pages, "bodies": bodies, "body_bytes": size}
    print(json.dumps(figures))


def _measured(command: list[str], log: Path | None, *, allowed: tuple[int, ...]) -> tuple[dict, dict]:
    """Run a command: its JSON summary, and what it cost, with the requests that the server logged."""
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
    cost = {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mb": usage.ru_maxrss / 1024,
        "logged": _log_lines(log) - before,
    }
    return _last_json(said), cost


def _last_json(said: str) -> dict:
    """The summary: from the last line that opens an object at the margin to the end."""
    return json.loads(said[said.rindex("\n{") :] if "\n{" in said else said)


def _log_lines(log: Path | None) -> int:
    if log is None or not log.exists():
        return 0
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


def scrapy_child(url: str, folder: Path, concurrency: int, max_pages: int) -> None:
    """In the child process: crawl, store, print one line of figures."""
    from scrapy.crawler import CrawlerProcess

    store = folder / "pages.sqlite"
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
    queries = "SELECT count(*) FROM captures", "SELECT count(*), sum(size) FROM bodies"
    _tell(store, queries, stats["elapsed_time_seconds"], stats["downloader/request_count"])


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

    anchors = LinkExtractor(deny_extensions=[])
    # Our crawler follows these too; listings of the site name their next page nowhere else.
    rels = "//link[@rel='next' or @rel='prev' or @rel='canonical']"
    heads = LinkExtractor(deny_extensions=[], tags=("link",), restrict_xpaths=rels)

    class SiteSpider(scrapy.Spider):
        name = "aimf"
        start_urls = (rules.base + "/robots.txt",)

        def parse(self, response: Any) -> Iterator[Any]:
            if response.url.endswith("/robots.txt"):
                found = (*rules.seeds, *sitemap_urls_from_robots(response.text))
            elif isinstance(response, HtmlResponse):
                headers = {k.decode("latin-1"): response.headers[k].decode("latin-1") for k in response.headers}
                yield {"url": response.url, "status": response.status, "headers": headers, "body": response.body}
                found = (link.url for rule in (anchors, heads) for link in rule.extract_links(response))
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
            if not (server.stdout and any(line.startswith("ready") for line in server.stdout)):
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
        ("seconds of CPU", lambda r: r.cpu_s, ".1f"),
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
    return ratios


def report_whole(whole: dict[str, float]) -> None:
    print("\nthe whole `aimf crawl` (fetch, extract, index)")
    for name in [key for key in whole if key.endswith("_s")]:
        print(f"{name.removesuffix('_s') + ', seconds':26}{whole[name]:>12.1f}")
    print(f"{'pages':26}{whole['pages']:>12.0f}")
    print(f"{'pages per second':26}{whole['pages'] / whole['all_s']:>12.1f}")
    print(f"{'peak memory, MB':26}{whole['peak_rss_mb']:>12.0f}")


def main() -> None:
    options = _options()
    if options.as_side == "scrapy":
        return scrapy_child(options.url, options.into, options.concurrency, options.max_pages)
    if options.as_side == "ours":
        return ours_child(options.url, options.into, options.max_pages)
    sides = [options.only] if options.only else ["ours", "scrapy"]
    rounds: list[Round] = []
    whole: dict[str, float] = {}
    with replay(options) as (url, log):
        for number in range(1, options.rounds + 1):
            for side in sides:
                done = run_side(side, url, options, log)
                rounds.append(done)
                print(f"round {number} {side:8}{done.pages:>6} pages {done.crawl_s:>8.1f} s", flush=True)
        if "ours" in sides:
            whole = run_whole(url, options)
    ratios = report(rounds)
    if whole:
        report_whole(whole)
    if options.json:
        facts = {"rounds": [asdict(r) for r in rounds], "ratios": ratios, "whole": whole, "options": vars(options)}
        options.json.write_text(json.dumps(facts, indent=2, default=str) + "\n", encoding="utf-8")
    return None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", help="a running replay; without it, one is started")
    parser.add_argument("--rounds", type=int, default=2, help="how often each side runs (default 2)")
    parser.add_argument(
        "--max-pages", type=int, default=0, help="stop each crawl after so many requests: the short form"
    )
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
    parser.add_argument("--as", dest="as_side", choices=("ours", "scrapy"), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
