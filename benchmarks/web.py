"""How long a page of results takes, beside the same search through the library; and fifty readers at once.

    .venv/bin/python benchmarks/web.py DATA [--queries FILE.jsonl] [--rounds N] [--clients N]

DATA is an archive; FILE has a question a line (`{"query": …}`), by default the judged ones of ../shared. Both sides do
the same: ten results with their passages, eight facets counted. The page is asked over HTTP on loopback, one connection
kept open, as a browser does.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import index  # noqa: E402 - the checkout is put on the path first
from index.web.pages.search import FACETS_SHOWN  # noqa: E402
from tests.webpage import serving  # noqa: E402

QUERIES = ROOT.parent / "shared" / "gold" / "queries-dev.jsonl"


def p95(times_ms: list[float]) -> float:
    return statistics.quantiles(times_ms, n=20)[-1]


def library_ms(data: Path, queries: list[str], rounds: int) -> list[float]:
    times = []
    with index.open(data) as archive:
        for query in queries:
            archive.search(query, 10, facets=FACETS_SHOWN)
        for query in queries * rounds:
            begun = time.perf_counter()
            archive.search(query, 10, facets=FACETS_SHOWN)
            times.append((time.perf_counter() - begun) * 1000)
    return times


class Reader:
    """One client with one connection."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ms(self, query: str) -> tuple[float, int, int]:
        begun = time.perf_counter()
        self.connection.request("GET", "/?" + urlencode({"q": query}))
        answer = self.connection.getresponse()
        size = len(answer.read())
        return (time.perf_counter() - begun) * 1000, answer.status, size


def page_ms(url: str, queries: list[str], rounds: int) -> tuple[list[float], int]:
    reader = Reader(url)
    sizes = [reader.ms(query)[2] for query in queries]
    return [reader.ms(query)[0] for query in queries * rounds], max(sizes)


def crowd(url: str, queries: list[str], clients: int) -> tuple[list[float], Counter[int], float]:
    """Every client asks every question once."""
    times: list[float] = []
    statuses: Counter[int] = Counter()

    def ask(shift: int) -> None:
        reader = Reader(url)
        for query in queries[shift:] + queries[:shift]:
            took, status, _ = reader.ms(query)
            times.append(took)
            statuses[status] += 1

    threads = [threading.Thread(target=ask, args=(number % len(queries),)) for number in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, statuses, time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=Path, default=QUERIES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=50)
    options = parser.parse_args()
    queries = [json.loads(line)["query"] for line in options.queries.read_text(encoding="utf-8").splitlines()]
    own = library_ms(options.data, queries, options.rounds)
    with serving("--data", options.data) as page:
        served, largest = page_ms(page.url, queries, options.rounds)
        times, statuses, took_s = crowd(page.url, queries, options.clients)
    print(f"{len(queries)} questions, {options.rounds} rounds")
    for name, of in (("library", own), ("page", served)):
        print(f"{name:8} median {statistics.median(of):6.1f} ms   p95 {p95(of):6.1f} ms")
    medians, tails = statistics.median(served) / statistics.median(own), p95(served) / p95(own)
    print(f"ratio    median {medians:6.1f}      p95 {tails:6.1f}")
    print(f"largest page {largest / 1000:.1f} kB of HTML")
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    print(f"{options.clients} clients: {len(times) / took_s:.0f} pages a second, p95 {p95(times):.0f} ms; {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
