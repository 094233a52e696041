"""What a night costs on which nothing changed: our crawler beside Scrapy with its HTTP cache, on the same site.

    .venv/bin/pip install -e '.[bench]'
    .venv/bin/python benchmarks/second_night.py [URL] [--conditional]   # starts ../shared/aimf-site/serve without URL
    .venv/bin/python benchmarks/second_night.py --sample                # the bundled sample site: the short form

Each side crawls twice into one folder; the figures are requests and bytes of the second crawl as shares of the first.
Ours is the whole `aimf crawl`. Scrapy's cache has the policy that asks whether a page changed (RFC2616Policy), which
helps where the site sends validators (`--conditional`): WordPress sends none. May import: crawl_sides, measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measured
from crawl_sides import replay, run_side, run_whole


@dataclass(frozen=True)
class Night:
    """One crawl, by the server's account where it keeps a log.

    `due_requests` and `due_bytes` are what the rotating share costs of it, by the crawler's own account.
    """

    requests: int
    received_bytes: int
    wall_s: float
    due_requests: int = 0
    due_bytes: int = 0


def ours(url: str, log: Path | None, folder: Path) -> Iterator[tuple[Night, dict[str, Any]]]:
    """Two nights of the whole `aimf crawl`."""
    for _ in range(2):
        before = measured.asked(log)
        summary, cost = run_whole(url, folder)
        served = measured.asked(log).since(before)
        (site,) = summary["sites"].values()
        requests = served.requests or site["requests"]
        received = served.sent_bytes or site["received_bytes"]
        yield Night(requests, received, cost.wall_s, site["due_requests"], site["due_bytes"]), summary


def scrapys(url: str, log: Path | None, folder: Path) -> Iterator[Night]:
    """Two nights of Scrapy with its cache."""
    for _ in range(2):
        done = run_side("scrapy+cache", url, log, folder)
        yield Night(done.requests, done.received_bytes, done.wall_s)


def report(ours_: list[Night], scrapy: list[Night]) -> dict[str, float]:
    """Print the nights, and give the shares of the first that the second cost."""
    shares: dict[str, float] = {}
    print(f"\n{'':34}{'ours':>14}{'Scrapy + cache':>16}")
    sides = {"ours": ours_, "scrapy": scrapy}
    for name, value, shape in (
        ("requests", lambda n: n.requests, ",d"),
        ("bytes", lambda n: n.received_bytes, ",d"),
        ("seconds", lambda n: n.wall_s, ".1f"),
    ):
        for number, night in enumerate(("first", "second")):
            cells = [f"{value(nights[number]):{shape}}" for nights in sides.values()]
            print(f"{name + ', ' + night + ' night':34}{cells[0]:>14}{cells[1]:>16}")
        both = {side: round(value(second) / value(first), 4) for side, (first, second) in sides.items()}
        print(f"{name + ', second/first':34}{both['ours']:>14.2%}{both['scrapy']:>16.2%}")
        shares |= {f"{side}, {name}": share for side, share in both.items()}
    first, second = ours_
    for name, rest, whole in (
        ("requests", second.requests - second.due_requests, first.requests),
        ("bytes", second.received_bytes - second.due_bytes, first.received_bytes),
    ):
        shares[f"ours, {name}, rotating share apart"] = round(rest / whole, 4)
        print(f"{name + ', rotating share apart':34}{rest / whole:>14.2%}")
    return shares


def versions_made(summary: dict[str, Any]) -> int:
    """How many new versions of articles a run made."""
    effects = summary["extraction"]["effects"] if summary["extraction"] else {}
    return sum(count for effect, count in effects.items() if effect in ("new", "changed"))


def main() -> None:
    options = _options()
    with _site(options) as (url, log), tempfile.TemporaryDirectory(prefix="bench-nights-") as folder:
        home = Path(folder)
        (home / "scrapy").mkdir()
        both = list(ours(url, log, home / "ours"))
        scrapy = list(scrapys(url, log, home / "scrapy"))
    nights, last = [night for night, _ in both], both[1][1]
    shares = report(nights, scrapy)
    print(f"\nours, second night: {versions_made(last)} versions made, index published: {last['index']['published']}")
    if options.json:
        facts = {"ours": nights, "scrapy": scrapy, "shares": shares, "options": vars(options)}
        options.json.write_text(json.dumps(facts, indent=2, default=str) + "\n", encoding="utf-8")


@contextmanager
def _site(options: argparse.Namespace) -> Iterator[tuple[str, Path | None]]:
    if options.sample:
        sys.path.insert(0, str(measured.ROOT))
        from pipeline.sample import serve_sample

        with serve_sample(own_address=True) as url:
            yield url, None
        return
    more = ["--conditional"] if options.conditional else []
    with replay(options.url, options.log, options.port, *more) as served:
        yield served


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", help="a running replay; without it, one is started")
    parser.add_argument("--sample", action="store_true", help="the bundled sample site, which sends validators")
    parser.add_argument("--conditional", action="store_true", help="the replay started here sends validators")
    parser.add_argument("--log", type=Path, help="the running replay's --log file, to count in")
    parser.add_argument("--port", type=int, default=8097, help="port of the replay started here (default 8097)")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
