"""Walks through docs/search.md in a real browser, and with --write takes its pictures.

The document holds the steps beside the sentences that tell them, as comments:

    open: PATH · fill: LABEL = TEXT · tick: LABEL · press: BUTTON · follow: LINK · see: TEXT · keep: LINK = TEXT ·
    picture: FILE

`keep` follows a link that gives a file, which must hold the text. A step that cannot be done is an error with its line.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

DOCUMENT = DOCS / "search.md"
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu")
WITHIN_MS = 60_000  # no step takes a second; a machine with much else to do may take many
SIZE = {"width": 1280, "height": 860}


class WrongStep(Exception):
    """A step of the document that cannot be done."""


def steps(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, verb, object) of every step."""
    for number, line in enumerate(text.splitlines(), start=1):
        for verb, what in re.findall(r"<!-- (\w+): (.+?) -->", line):
            yield number, verb, what


def walk(browser: Any, url: str, picture: Callable[[Any, str], None] = lambda _page, _name: None) -> int:
    """Do every step; how many there were."""
    page = browser.new_page(viewport=SIZE, locale="fr-FR", color_scheme="light", accept_downloads=True)
    page.set_default_timeout(WITHIN_MS)
    done = 0
    for number, verb, what in steps(DOCUMENT.read_text(encoding="utf-8")):
        try:
            _step(page, url, verb, what, picture)
        except Exception as wrong:
            raise WrongStep(f"{DOCUMENT.name}, line {number}: {verb}: {what}: {wrong}") from wrong
        done += 1
    page.close()
    return done


def _step(page: Any, url: str, verb: str, what: str, picture: Callable[[Any, str], None]) -> None:
    name, _, text = what.partition(" = ")
    if verb == "open":
        page.goto(url + what)
    elif verb == "fill":
        page.get_by_label(name, exact=True).fill(text)
    elif verb == "tick":
        page.get_by_role("checkbox", name=re.compile(f"^{re.escape(name)}")).first.check()
    elif verb == "press":
        page.get_by_role("button", name=what, exact=True).click()
    elif verb == "follow":
        page.get_by_role("link", name=what).first.click()
    elif verb == "see":
        page.get_by_text(re.compile(re.escape(what).replace(r"\ ", r"\s"))).first.wait_for()
    elif verb == "keep":
        with page.expect_download() as kept:
            page.get_by_role("link", name=name).first.click()
        if text not in Path(kept.value.path()).read_text(encoding="utf-8"):
            raise WrongStep(f"the file does not hold {text!r}")
    elif verb == "picture":
        page.wait_for_load_state()
        picture(page, what)
    else:
        raise WrongStep(f"there is no step {verb!r}")


def main() -> int:
    """Walk, against the sample site as it was edited."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the steps are read without it

    from docs.edited_sample import make  # noqa: PLC0415 - the checkout is put on the path first
    from pipeline import sample  # noqa: PLC0415
    from tests.webpage import serving  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="take the pictures anew")
    options = parser.parse_args()

    def take(page: Any, name: str) -> None:
        page.screenshot(path=DOCS / name)

    with tempfile.TemporaryDirectory() as temporary:
        folder = make(Path(temporary) / "data")
        with serving("--data", folder, "--config", sample.CONFIG) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
            done = walk(browser, served.url, take if options.write else lambda _page, _name: None)
            browser.close()
    print(f"{done} steps of {DOCUMENT.name} done.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
