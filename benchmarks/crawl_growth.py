"""Does the memory of `aimf crawl` grow with the site? The whole command on a site, and on one ten times as large.

    .venv/bin/python benchmarks/crawl_growth.py [URL] [--copies 1 10]   # the replay; starts ../shared/aimf-site/serve
    .venv/bin/python benchmarks/crawl_growth.py --sample                # the bundled sample site: the short form

The larger site is the same site many times over (multiplied_site.py): other addresses, other words. It is served by a
process of its own. Each size is crawled, extracted and indexed once into an empty folder, then once more with nothing
changed. Ends with 1 if the largest process passes the bars below. May import: crawl_sides, measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import measured
import yaml
from crawl_sides import replay

HERE = Path(__file__).resolve().parent
# The bars: what is promised on any size, and how much more memory the largest size may take than the smallest.
MOST_MB = 300
MOST_GROWN = 1.5


@dataclass(frozen=True)
class Size:
    """One run over one size of the site. `disk_mb` is archive and index."""

    copies: int
    night: int
    pages: int
    articles: int
    wall_s: float
    peak_rss_mb: float
    peak_tree_mb: float
    disk_mb: float


def sizes(origin: str, copies: int, nights: int, work: Path) -> Iterator[Size]:
    """Crawl one size, night after night."""
    config = work / "config.yaml"
    _write_config(config)
    with _served(origin, copies) as url:
        for night in range(1, nights + 1):
            command = [sys.executable, "-c", measured.AIMF, "--config", str(config), "--data", str(work / "data")]
            command += ["--json", "crawl", "--base-url", url, "--delay", "0"]
            summary, cost = measured.run(command, allowed=(0, 3))
            (site,) = summary["sites"].values()
            index = summary["index"]
            yield Size(
                copies,
                night,
                site["asked"],
                index["added"] + index["changed"] + index["unchanged"],
                cost.wall_s,
                cost.peak_rss_mb,
                cost.peak_tree_mb,
                sum(file.stat().st_size for file in (work / "data").rglob("*") if file.is_file()) / 1e6,
            )


def _write_config(file: Path) -> None:
    """config.yaml with limits that the larger site does not reach."""
    settings = yaml.safe_load((measured.ROOT / "config.yaml").read_text(encoding="utf-8"))
    settings["limits"] |= {"pages": 1_000_000, "run_bytes": 10**12}
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


@contextmanager
def _served(origin: str, copies: int) -> Iterator[str]:
    command = [sys.executable, str(HERE / "multiplied_site.py"), origin, "--copies", str(copies), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().split()[1]
        finally:
            server.terminate()


@contextmanager
def _origin(options: argparse.Namespace) -> Iterator[str]:
    if options.sample:
        sys.path.insert(0, str(measured.ROOT))
        from pipeline.sample import serve_sample

        with serve_sample(own_address=True) as url:
            yield url
        return
    with replay(options.url, None, options.port) as (url, _):
        yield url


def show(one: Size) -> None:
    """Print the line of one run."""
    name = f"{one.copies} × the site, " + ("anew" if one.night == 1 else "again")
    memory = f"{one.peak_rss_mb:>12.0f}{one.peak_tree_mb:>9.0f}"
    print(f"{name:20}{one.pages:>9,}{one.articles:>10,}{one.wall_s:>9.1f}{memory}{one.disk_mb:>9.0f}", flush=True)


def report(done: list[Size]) -> bool:
    """Print how much more the largest size needs than the smallest; gives whether the bars hold."""
    holds = True
    first, last = ([one for one in done if one.copies == copies] for copies in (done[0].copies, done[-1].copies))
    for small, large in zip(first, last, strict=True):
        grown = large.peak_rss_mb / small.peak_rss_mb
        print(f"night {small.night}: {large.pages / small.pages:.1f} times the pages, {grown:.2f} times the memory")
        holds = holds and grown <= MOST_GROWN and large.peak_rss_mb <= MOST_MB
    print(f"at most {MOST_MB} MB and {MOST_GROWN} times the memory: {'yes' if holds else 'NO'}")
    return holds


def main() -> None:
    options = _options()
    done: list[Size] = []
    print(f"{'':20}{'asked':>9}{'articles':>10}{'seconds':>9}{'largest MB':>12}{'all MB':>9}{'disk MB':>9}")
    with _origin(options) as origin:
        for copies in options.copies:
            with tempfile.TemporaryDirectory(prefix="bench-growth-", dir=options.work) as folder:
                for one in sizes(origin, copies, options.nights, Path(folder)):
                    done.append(one)
                    show(one)
    holds = report(done)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in done], indent=2) + "\n", encoding="utf-8")
    sys.exit(not holds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", help="a running replay; without it, one is started")
    parser.add_argument("--sample", action="store_true", help="the bundled sample site instead")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10], help="the sizes (default 1 10)")
    parser.add_argument("--nights", type=int, choices=(1, 2), default=2, help="crawls of each size (default 2)")
    parser.add_argument("--port", type=int, default=8097, help="port of the replay started here (default 8097)")
    parser.add_argument("--work", type=Path, help="where archives are made, and removed (default: temporary)")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
