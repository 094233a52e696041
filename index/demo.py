"""`aimf demo`: the bundled sample site, served on loopback, crawled over HTTP, indexed, searched.

May import: jobs, search, answers, pipeline.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import index
from index import answers
from index.jobs import Stop, crawl_job
from pipeline import sample
from pipeline.archive import Archive
from pipeline.config_file import load_config
from pipeline.console import Console, colour
from pipeline.crawl import CrawlOptions
from pipeline.errors import ExitCode

# One question for each thing French search must get right: plural, accent, elision, phrase, exclusion, typing error.
QUESTIONS = (
    "boues de vidange",
    "elue locale",
    "L'ÉTAT CIVIL",
    "« finances locales »",
    "patrimoine -climat",
    "assainisement",
)
_HITS_SHOWN = 2


def run_demo(_options: argparse.Namespace, console: Console) -> ExitCode:
    """Do the main job on the sample site, show a few searches, and say how to go on."""
    config = load_config(sample.CONFIG)
    with tempfile.TemporaryDirectory(prefix="aimf-demo-") as temporary:
        folder = console.data_named or Path(temporary) / "data"
        stop = Stop()
        with sample.serve_sample() as url:
            console.say(f"The sample site answers at {url}; crawling it over HTTP.")
            with Archive.open(folder, mode="write") as archive, archive.run("aimf demo") as run:
                report = crawl_job(archive, config, CrawlOptions(base_url=url), console.of_run(run.id), stop)
                run.exit_code = report.exit_code(stop)
        for line in report.lines():
            console.say(line)
        if report.exit_code(stop) is not ExitCode.DONE:
            return report.exit_code(stop)
        _show_searches(folder)
    _say_how_to_go_on(console)
    return ExitCode.DONE


def _show_searches(folder: Path) -> None:
    with index.open(folder) as library:
        for question in QUESTIONS:
            page = library.search(question, _HITS_SHOWN)
            print(f"\n$ aimf search {question}")
            print("\n".join(answers.lines(page, colour=colour(sys.stdout))))
    print()


def _say_how_to_go_on(console: Console) -> None:
    console.say(
        "Now the live site, by the settings of config.yaml (one request a second, about 40 minutes the first time):"
    )
    console.say("  aimf crawl")
    console.say("  aimf search boues de vidange")
