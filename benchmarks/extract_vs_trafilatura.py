"""Time and memory of reading a page, beside trafilatura on the same pages in the same run.

    pip install -e '.[bench]'
    python benchmarks/extract_vs_trafilatura.py [FOLDER] [--rounds 3]

FOLDER holds HTML files (in folders of its own, too); without it the pages of the bundled sample site are read, which
are small. Every system reads all files in a process of its own, one after the other, and the systems take turns; the
first pages, on which lists and models are loaded, are read once beforehand and not counted. Compared are

- text: ours without fields and facts, trafilatura's `extract` in its default mode;
- article: ours with every field and fact, trafilatura's `bare_extraction` with metadata. Ours reads more: sections,
  pictures, attachments, places, amounts, dates, partners, quotations.

Prints the median and the 95th percentile a page, the peak memory of the process, and the ratios of ours to
trafilatura's; only ratios mean anything on another machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline import sample
from pipeline.config import ExtractRules, Site
from pipeline.extract import selection
from pipeline.extract.article import Knowledge, extract
from pipeline.extract.html import decode, parse
from pipeline.records import Capture

WARM_PAGES = 5
PAIRS = (("ours, text", "trafilatura, text"), ("ours, article", "trafilatura, article"))
AT = datetime(2024, 3, 18, tzinfo=UTC)


def _reader(system: str) -> Callable[[bytes], object]:
    if system.startswith("trafilatura"):
        import trafilatura

        if system.endswith("text"):
            return trafilatura.extract
        return lambda body: trafilatura.bare_extraction(body, with_metadata=True)
    if system.endswith("text"):
        return _our_text
    site = Site.model_validate(
        {
            "name": "Page",
            "base_url": "https://page.invalid/",
            "languages": ["fr", "en", "de"],
            "kinds": [{"kind": "page", "path": ".*"}],
            "listings": [],
        }
    )
    knowledge = Knowledge("page", site)
    headers = {"content-type": "text/html"}
    return lambda body: extract(Capture("https://page.invalid/a", 200, headers, body, AT), knowledge)


def _our_text(body: bytes) -> str:
    root = parse(decode(body, {}))
    if root is None:
        return ""
    return "\n".join(block.text for block in selection.kept(selection.choose(root, ExtractRules()).tree.blocks))


def measure(system: str, folder: Path) -> None:
    """Read every file of the folder; print milliseconds a page and the peak memory as JSON. Runs in its own process."""
    bodies = [file.read_bytes() for file in sorted(folder.rglob("*")) if file.suffix in (".html", ".htm")]
    read = _reader(system)
    for body in bodies[:WARM_PAGES]:
        read(body)
    times_ms = []
    for body in bodies:
        begun = time.perf_counter()
        read(body)
        times_ms.append(1000 * (time.perf_counter() - begun))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"times_ms": times_ms, "peak_mb": peak_mb}))


def compare(folder: Path, rounds: int) -> None:
    """Let the systems take turns, and print their figures and ratios."""
    times: dict[str, list[float]] = {}
    peaks: dict[str, float] = {}
    for _ in range(rounds):
        for system in (system for pair in PAIRS for system in pair):
            command = [sys.executable, __file__, str(folder), "--measure", system]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            times.setdefault(system, []).extend(told["times_ms"])
            peaks[system] = max(peaks.get(system, 0.0), told["peak_mb"])
    pages = len(next(iter(times.values()))) // rounds
    print(f"{pages} pages, {rounds} rounds\n\n{'':22} {'median ms':>10} {'p95 ms':>10} {'peak MB':>10}")
    for pair in PAIRS:
        figures = [(statistics.median(times[s]), _p95(times[s]), peaks[s]) for s in pair]
        for system, row in zip(pair, figures, strict=True):
            print(f"{system:22} " + " ".join(f"{value:10.1f}" for value in row))
        print(f"{'ours/trafilatura':22} " + " ".join(f"{a / b:10.2f}" for a, b in zip(*figures, strict=True)) + "\n")


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="HTML files; default: the sample site's pages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder)
        return 0
    try:
        import trafilatura  # noqa: F401
    except ImportError:
        print("trafilatura is not installed: pip install -e '.[bench]'", file=sys.stderr)
        return 2
    if options.folder is not None:
        compare(options.folder, options.rounds)
        return 0
    with tempfile.TemporaryDirectory() as made:
        for number, (_, (status, _, body)) in enumerate(sorted(sample.pages().items())):
            if status == 200:
                (Path(made) / f"{number}.html").write_bytes(body)
        compare(Path(made), options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
