"""The whole job, crawl → extract → index, and its parts that can be redone offline.

Each stage reads what is stale from the store and writes its result there; none calls another. May
import: build, pipeline.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from index.build import IndexReport, Stored, build_index, stored
from index.pointer import config_mark
from index.vocabulary.synonyms import parse_synonyms
from pipeline.archive import Archive, AskReason
from pipeline.config import Config
from pipeline.console import Console, stop_on_signals
from pipeline.crawl import CrawlOptions, CrawlReport, Progress, run_crawl
from pipeline.errors import ConfigError, ExitCode, SiteUnreachable
from pipeline.extract.loop import ExtractReport, extract_pending
from pipeline.warc import Taken


@dataclass(slots=True)
class Stop:
    """Asks the stages to end soon; `signal` says which signal asked."""

    signal: int | None = None

    def ask(self, number: int) -> None:
        """Called by the signal handler."""
        self.signal = number

    def asked(self) -> bool:
        """Whether to end."""
        return self.signal is not None


@dataclass(slots=True)
class JobReport:
    """What a job did, stage by stage; times in seconds. `unreachable` says by site why it gave nothing.

    `taken` is what an import found in a WARC. `refused` is the guard's paragraph: nothing was published, and the old
    index serves.
    """

    crawls: dict[str, CrawlReport] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    refused: str | None = None
    taken: Taken | None = None
    extraction: ExtractReport | None = None
    index: IndexReport | None = None
    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[stage] = round(time.perf_counter() - start, 3)

    def exit_code(self, stop: Stop) -> ExitCode:
        """What the job returns to the shell."""
        if stop.signal is not None:
            return ExitCode(128 + stop.signal)
        if self.refused is not None:
            return ExitCode.GUARD_REFUSED
        whole = all(report.whole for report in self.crawls.values()) and not self.unreachable
        whole = whole and not (self.taken and self.taken.passed)
        return ExitCode.DONE if whole else ExitCode.PARTIAL

    def as_record(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "sites": {name: asdict(report) for name, report in self.crawls.items()},
            "unreachable": self.unreachable,
            "refused": self.refused,
            **({"import": self.taken.as_record()} if self.taken else {}),
            "extraction": asdict(self.extraction) if self.extraction else None,
            "index": asdict(self.index) if self.index else None,
            "stages": self.stages,
        }

    def lines(self) -> Iterator[str]:
        """The summary, one line a stage."""
        for name, report in self.crawls.items():
            yield from summary(name, report)
        for name, why in self.unreachable.items():
            yield f"crawl {name}: {why}"
        if self.taken is not None:
            yield f"import: {self.taken}"
        if self.extraction is not None:
            told = [f"{count} {effect}" for effect, count in self.extraction.effects.items()]
            yield f"extract: {self.extraction.read} pages read" + (f" ({', '.join(told)})" if told else "")
            if self.extraction.held:
                yield f"extract: {self.extraction.held} articles kept as they were, though their pages lost something"
        if self.index is not None:
            yield str(self.index)
        if self.refused is not None:
            yield self.refused
        yield "time: " + ", ".join(f"{stage.removesuffix('_s')} {took:.1f} s" for stage, took in self.stages.items())


def summary(name: str, report: CrawlReport) -> Iterator[str]:
    """One line on a crawl, and one more for what went wrong."""
    numbers = {
        "new": report.new,
        "with other bytes": report.changed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "kept though broken": report.kept,
        "gone": report.gone,
        "skipped by robots.txt": report.skipped_by_robots,
        "by turns": report.reasons.get(AskReason.DUE, 0),
    }
    told = ", ".join(f"{count} {what}" for what, count in numbers.items() if count)
    yield f"crawl {name}: {report.asked} asked" + (f" ({told})" if told else "")
    troubles = [f"{count} {reason.value}" for reason, count in report.failures.items()]
    troubles += [f"limit reached: {limit.value}, {report.waiting} addresses wait" for limit in report.limits_reached]
    troubles += [f"trap {trap.kind.value}: {trap.count} links, {trap.example} first" for trap in report.traps]
    if report.interrupted:
        troubles.append(f"interrupted, {report.waiting} addresses wait")
    if troubles:
        yield f"crawl {name}: " + "; ".join(troubles)
    yield from _sources(name, report)


def _sources(name: str, report: CrawlReport) -> Iterator[str]:
    """Which source knew how many articles, and which are not believed."""
    told = [f"{record.source} {record.knew} (missed {record.missed})" for record in report.sources]
    if told:
        yield f"crawl {name}: articles known by " + ", ".join(told)
    for record in report.sources:
        if record.source in report.distrusted:
            yield (
                f"crawl {name}: {record.source} is not believed: {record.silent} articles changed and it said nothing, "
                f"{record.told} changes it announced, and {record.idle} that were none; its pages are asked more often"
            )


def crawl_job(archive: Archive, config: Config, options: CrawlOptions, console: Console, stop: Stop) -> JobReport:
    """The nightly job over all sites. A crawl that met a limit is extracted and indexed; a signal ends the job.

    A site that cannot be reached does not hold the others up, nor what earlier runs left to extract. Raises
    SiteUnreachable, at the end, when no site could be reached.
    """
    report = JobReport()
    with report.timed("crawl_s"):
        for name in config.sites:
            with console.progress(f"crawl {name}", "pages") as advance:

                def told(step: Progress, advance: Callable[[int], None] = advance) -> None:
                    advance(1)
                    console.say_more(f"{step.effect.value}\t{step.url}")

                try:
                    done = run_crawl(archive, name, config, options, progress=told)
                except SiteUnreachable as wrong:
                    report.unreachable[name] = str(wrong)
                    continue
            report.crawls[name] = done
            if done.signal is not None:
                stop.ask(done.signal)
                return report
    with stop_on_signals(stop.ask):
        redo(archive, config, console, stop, report, accept=options.accept)
    for name, done in report.crawls.items():
        # what a source knew is a question about articles, which are known now
        report.crawls[name] = replace(done, sources=archive.signals.records(name))
    if not report.crawls:
        raise SiteUnreachable(" ".join(report.unreachable.values()))
    return report


def refusal(report: JobReport) -> str | None:
    """What the guard has seen, and what to do about it; None if the run is believed."""
    alarms = [done.alarm for done in report.crawls.values() if done.alarm is not None]
    alarms += report.extraction.alarms.values() if report.extraction is not None else []
    if not alarms:
        return None
    return (
        f"The guard refused to publish. {' '.join(alarms)} The old index serves, and nothing was lost: the next run "
        "that finds the site well goes on. Look at one of these pages with `aimf explain URL`; if the site has really "
        "changed so, `aimf crawl --full --accept` takes it over."
    )


def plan_job(archive: Archive | None, config: Config, options: CrawlOptions) -> JobReport:
    """What a crawl would ask, and why; asks the site for its sitemaps only."""
    report = JobReport()
    for name in config.sites:
        report.crawls[name] = run_crawl(archive, name, config, options)
    return report


def redo(  # noqa: PLR0913 - the two switches of `aimf rebuild`
    archive: Archive,
    config: Config,
    console: Console,
    stop: Stop,
    report: JobReport,
    *,
    captures: bool = False,
    index: bool = False,
    accept: bool = True,
) -> None:
    """Extract what is stale (`captures`: everything) and bring the index up to date (`index`: anew).

    Unless `accept`, the guard stands between the two: nothing is published when too much would be lost.
    """
    with report.timed("extract_s"), console.progress("extract", "pages") as progress:
        report.extraction = extract_pending(
            archive, config, everything=captures, accept=accept, progress=progress, stopped=stop.asked
        )
    report.refused = refusal(report)
    if not stop.asked() and report.refused is None:
        index_articles(archive, archive.folder / config.index.folder, console, report, rebuild=index)


def index_articles(
    archive: Archive, folder: Path, console: Console, report: JobReport, *, rebuild: bool = False
) -> None:
    """Bring the index up to date with the archive's articles."""
    with report.timed("index_s"), console.progress("index", "articles") as progress:

        def counted() -> Iterator[Stored]:
            for entry in stored(archive):
                progress(1)
                yield entry

        config = console.config_or_none()
        report.index = build_index(
            folder, counted(), rebuild=rebuild, synonyms=_synonyms(config, console), config=_mark(config, console)
        )


def _mark(config: Config | None, console: Console) -> str:
    """By what `start` recognises this configuration; none is needed where there is no configuration."""
    if config is None:
        return ""
    return config_mark(console.config_path.read_bytes(), config.archive.folder, config.index.folder)


def _synonyms(config: Config | None, console: Console) -> str:
    """Staff's list, as it can be used; what cannot is said."""
    if config is None or config.index.synonyms_file is None:
        return ""
    path = console.config_path.parent / config.index.synonyms_file
    try:
        read = parse_synonyms(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"The synonyms file {path} of {console.config_path} cannot be read: {wrong}.") from wrong
    for line in read.bad:
        console.say(f"{path.name}, {line}")
    return read.text
