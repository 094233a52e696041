"""Our crawler beside Scrapy on the replay of the real site: same discovery, same pace, same bodies stored.

    .venv/bin/pip install -e '.[bench]'
    .venv/bin/python benchmarks/crawl_vs_scrapy.py [URL] [--rounds 2] [--max-pages N]

Without URL the script starts ../shared/aimf-site/serve itself and counts the requests in the server's own log. Rounds
run in turn (ours, Scrapy, ours, Scrapy …), each in a process of its own and into an empty folder; the table shows the
median, the ratios come from one and the same run of this script. Then both once with all that makes articles: the whole
`aimf crawl`, and Scrapy with trafilatura in its item pipeline. What each side does stands in benchmarks/README.md.
May import: crawl_sides.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path

from crawl_sides import Round, replay, run_side, run_whole


def crawled(side: str, url: str, options: argparse.Namespace, log: Path | None) -> Round:
    """One crawl into an empty folder."""
    more = ["--max-pages", str(options.max_pages)]
    if side != "ours":
        more += ["--concurrency", str(options.concurrency)]
    with tempfile.TemporaryDirectory(prefix=f"bench-{side}-") as folder:
        return run_side(side, url, log, Path(folder), *more)


def whole(url: str, options: argparse.Namespace) -> dict[str, float]:
    """The whole `aimf crawl` on an empty folder: seconds per stage and in all, pages stored."""
    with tempfile.TemporaryDirectory(prefix="bench-whole-") as folder:
        more = ["--max-pages", str(options.max_pages)] if options.max_pages else []
        summary, cost = run_whole(url, Path(folder), *more)
    pages = sum(site["new"] for site in summary["sites"].values())
    return {**summary["stages"], "all_s": cost.wall_s, "pages": pages, "peak_rss_mb": cost.peak_rss_mb}


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


def report_whole(ours: dict[str, float], scrapy: Round | None) -> float | None:
    """Print what articles cost on both sides, and give the ratio of pages per second."""
    print("\nthe whole `aimf crawl` (fetch, extract with all facts, index)")
    for name in [key for key in ours if key.endswith("_s")]:
        print(f"{name.removesuffix('_s') + ', seconds':26}{ours[name]:>12.1f}")
    pages_per_s = ours["pages"] / ours["all_s"]
    print(f"{'pages':26}{ours['pages']:>12.0f}")
    print(f"{'pages per second':26}{pages_per_s:>12.1f}")
    print(f"{'peak memory, MB':26}{ours['peak_rss_mb']:>12.0f}")
    if scrapy is None:
        return None
    # By the clock on the wall, start of the interpreter included, as for ours.
    beside = scrapy.pages / scrapy.wall_s
    print("\nScrapy with trafilatura (text and metadata, no index)")
    print(f"{'all, seconds':26}{scrapy.wall_s:>12.1f}")
    print(f"{'pages':26}{scrapy.pages:>12.0f}")
    print(f"{'pages per second':26}{beside:>12.1f}")
    print(f"{'peak memory, MB':26}{scrapy.peak_rss_mb:>12.0f}")
    print(f"{'ours/Scrapy, pages/s':26}{pages_per_s / beside:>12.2f}")
    return round(pages_per_s / beside, 3)


def main() -> None:
    options = _options()
    sides = [options.only] if options.only else ["ours", "scrapy"]
    rounds: list[Round] = []
    ours: dict[str, float] = {}
    scrapy: Round | None = None
    with replay(options.url, options.log, options.port) as (url, log):
        for number in range(1, options.rounds + 1):
            for side in sides:
                done = crawled(side, url, options, log)
                rounds.append(done)
                print(f"round {number} {side:8}{done.pages:>6} pages {done.crawl_s:>8.1f} s", flush=True)
        if "ours" in sides:
            ours = whole(url, options)
        if "scrapy" in sides:
            scrapy = crawled("scrapy+text", url, options, log)
    ratios = report(rounds)
    if ours and (ratio := report_whole(ours, scrapy)) is not None:
        ratios["pages per second, with articles"] = ratio
    if options.json:
        facts = {
            "rounds": [asdict(r) for r in rounds],
            "ratios": ratios,
            "whole": ours,
            "scrapy with trafilatura": asdict(scrapy) if scrapy else None,
            "options": vars(options),
        }
        options.json.write_text(json.dumps(facts, indent=2, default=str) + "\n", encoding="utf-8")


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
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
