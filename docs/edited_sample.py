"""The sample site crawled, edited, crawled again: an archive with something to compare and something gone.

For docs/walkthrough.py and the browser tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline import sample
from pipeline.errors import ExitCode
from pipeline.sample.server import Page

ROOT = Path(__file__).resolve().parent.parent

EDITED = "/actions/assainir-la-lagune-de-kalimbe/"
GONE = "/actualite/antsirabao-protege-ses-maisons-de-brique/"
BEFORE, AFTER = "quarante-cinq vidangeurs", "soixante vidangeurs"


def make(folder: Path) -> Path:
    """An archive in `folder`, of three runs; gives it back."""
    _crawl(folder, sample.pages())
    edited = _edited(sample.pages())
    _crawl(folder, edited)
    # A page is gone when two runs in a row did not find it.
    _crawl(folder, edited)
    return folder


def address(path: str) -> str:
    """The site's own address of a page."""
    return sample.BASE_URL.rstrip("/") + path


def _edited(pages: dict[str, Page]) -> dict[str, Page]:
    status, headers, body = pages[EDITED]
    text = body.decode()
    assert BEFORE in text
    return pages | {EDITED: (status, headers, text.replace(BEFORE, AFTER).encode()), GONE: pages["404"]}


def _crawl(folder: Path, pages: dict[str, Page]) -> None:
    with sample.serve(lambda _: pages) as url:
        command = [sys.executable, "-m", "index", "-qq", "--config", str(sample.CONFIG), "--data", str(folder), "crawl"]
        done = subprocess.run([*command, "--full", "--base-url", url, "--delay", "0"], cwd=ROOT, check=False)  # noqa: S603 - our own
        # The page that was removed is a page that failed, until it is gone.
        assert done.returncode in (ExitCode.DONE, ExitCode.PARTIAL)
