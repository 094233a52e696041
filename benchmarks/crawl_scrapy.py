"""Scrapy on the replay, as its users write it: a spider, an item pipeline, its settings. Runs as a process of its own.

May import: the standard library, Scrapy, trafilatura; nothing of this project, so that Scrapy pays for none of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
COMMIT_EVERY = 100  # pages a transaction in Scrapy's item pipeline: kinder to Scrapy than one a page, which is usual
ZSTD_LEVEL = 3  # zstandard's default, as an item pipeline would leave it


class Rules:
    """config.yaml's discovery rules, read without our own code."""

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


@dataclass(frozen=True)
class Form:
    """What Scrapy does beside storing: reading each page's article with trafilatura, keeping an HTTP cache."""

    extract: bool = False
    cache: bool = False


def crawl(url: str, folder: Path, form: Form, concurrency: int, max_pages: int) -> dict[str, float]:
    """Crawl into `folder`, and give the figures."""
    from scrapy import signals
    from scrapy.crawler import CrawlerProcess

    store = folder / "pages.sqlite"
    process = CrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            "AUTOTHROTTLE_ENABLED": False,
            # The policy that asks the site whether its page changed; Scrapy's default never asks a known page again.
            "HTTPCACHE_ENABLED": form.cache,
            "HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy",
            "HTTPCACHE_DIR": str(folder / "cache"),
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "CLOSESPIDER_PAGECOUNT": max_pages,
            "DOWNLOAD_MAXSIZE": 10_000_000,
            "LOG_LEVEL": "ERROR",
            "USER_AGENT": "scrapy-benchmark (+https://www.aimf.asso.fr/contact/)",
            "DOWNLOADER_MIDDLEWARES": {_fence(urlsplit(url).netloc): 50},  # before robots.txt, which it would fetch
            "ITEM_PIPELINES": {_pipeline(store, extract=form.extract): 100},
        }
    )
    crawler = process.create_crawler(_spider(Rules(url)))
    sent = Counter()

    # Scrapy's own statistics count what its cache answered too.
    def ask(request: Any, spider: Any) -> None:  # noqa: ARG001 - the signal's arguments
        sent["requests"] += 1

    def receive(data: bytes, request: Any, spider: Any) -> None:  # noqa: ARG001 - the signal's arguments
        sent["received_bytes"] += len(data)

    crawler.signals.connect(ask, signals.request_reached_downloader)
    crawler.signals.connect(receive, signals.bytes_received)
    process.crawl(crawler)
    process.start()
    return {"crawl_s": crawler.stats.get_stats()["elapsed_time_seconds"], **sent, **_stored(store)}


def _stored(store: Path) -> dict[str, int]:
    database = sqlite3.connect(store)
    (pages,) = database.execute("SELECT count(DISTINCT url) FROM captures").fetchone()
    bodies, size = database.execute("SELECT count(*), sum(size) FROM bodies").fetchone()
    database.close()
    return {"pages": pages, "bodies": bodies, "body_bytes": size}


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


def _pipeline(store: Path, *, extract: bool) -> type:
    import zstandard

    if extract:
        import trafilatura

    class SqlitePipeline:
        """Decoded bodies, zstandard-compressed, each stored once; one transaction for every 100 pages."""

        def open_spider(self) -> None:
            self.database = sqlite3.connect(store)
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self.database.execute(
                "CREATE TABLE IF NOT EXISTS bodies (sha256 BLOB PRIMARY KEY, size INTEGER, zstd BLOB)"
            )
            columns = "url TEXT, status INTEGER, headers TEXT, sha256 BLOB, article TEXT"
            self.database.execute(f"CREATE TABLE IF NOT EXISTS captures ({columns})")
            self.compress = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress
            self.waiting = 0

        def process_item(self, item: dict) -> dict:
            body = item["body"]
            digest = hashlib.sha256(body).digest()
            if not self.database.execute("SELECT 1 FROM bodies WHERE sha256 = ?", (digest,)).fetchone():
                row = (digest, len(body), self.compress(body))
                self.database.execute("INSERT INTO bodies VALUES (?, ?, ?)", row)
            article = None
            if extract:
                article = trafilatura.extract(body, url=item["url"], output_format="json", with_metadata=True)
            row = (item["url"], item["status"], json.dumps(item["headers"]), digest, article)
            self.database.execute("INSERT INTO captures VALUES (?, ?, ?, ?, ?)", row)
            self.waiting += 1
            if self.waiting >= COMMIT_EVERY:
                self.database.commit()
                self.waiting = 0
            return item

        def close_spider(self) -> None:
            self.database.commit()
            self.database.close()

    return SqlitePipeline


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extract", action="store_true")
    parser.add_argument("--cache", action="store_true")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--max-pages", type=int, default=0)
    told = parser.parse_args()
    form = Form(extract=told.extract, cache=told.cache)
    print(json.dumps(crawl(told.url, told.folder, form, told.concurrency, told.max_pages)))


if __name__ == "__main__":
    main()
