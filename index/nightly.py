"""One start of a command that writes: its lock and its row, its heartbeat, the one line that it ends with.

May import: jobs, pipeline.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.jobs import JobReport, Stop, crawl_job
from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.console import Console, tagged
from pipeline.crawl import Beat, CrawlOptions, call_monitor
from pipeline.errors import ArchiveLocked, ExitCode


def crawl_and_tell(config: Config, options: CrawlOptions, folder: Path, console: Console) -> ExitCode:
    """The nightly job from its first heartbeat to its last; a monitor's silence changes nothing."""
    stop = Stop()
    with heartbeat(config, console) as beat, Archive.open(folder, mode="write") as archive:
        with archive.run(options.command) as run:
            console = console.of_run(run.id)
            beat.start()
            report = crawl_job(archive, config, options, console, stop)
            run.exit_code = report.exit_code(stop)
            run.detail = "; ".join(report.lines())
        good = archive.last_good_run()
        beat.well = good is not None and good.id == run.id
    return tell(report, run.exit_code, console)


class Heartbeats:
    """The calls of one run."""

    def __init__(self, config: Config, console: Console) -> None:
        self._config, self._console = config, console
        self.well = False

    def start(self) -> None:
        """Tell that the work begins."""
        self.tell(Beat.START)

    def tell(self, beat: Beat) -> None:
        """One call; that the monitor did not take it is said, and no more."""
        why = call_monitor(self._config.health, self._config.politeness, beat)
        if why is not None:
            self._console.say(why)


@contextmanager
def heartbeat(config: Config, console: Console) -> Iterator[Heartbeats]:
    """At the end the monitor hears how it went; a run that another one locked out has nothing to tell."""
    beats = Heartbeats(config, console)
    try:
        yield beats
    except ArchiveLocked:
        raise
    except BaseException:
        beats.tell(Beat.FAILED)
        raise
    beats.tell(Beat.DONE if beats.well else Beat.FAILED)


def tell(report: JobReport, code: ExitCode, console: Console) -> ExitCode:
    """The summary, in one line on stdout. With `-q` nothing when all went well, else one paragraph on stderr."""
    text = tagged("; ".join([*report.lines(), f"exit code {code.value}"]), console.run_id)
    if console.quiet:
        if code is not ExitCode.DONE:
            print(text, file=sys.stderr)
    elif console.json:
        record = {"run": console.run_id, "exit_code": code.value, **report.as_record()}
        print(json.dumps(record, ensure_ascii=False))
    else:
        print(text)
    return code
