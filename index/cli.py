"""`aimf`: mounts the commands of both halves. May import: everything but web's inside."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from pathlib import Path

from index import asking, demo, operators
from index.asking import index_folder, library_of
from index.jobs import JobReport, Stop, index_articles, plan_job, redo
from index.nightly import crawl_and_tell, tell
from index.web import command as web
from pipeline import cli as pipeline_cli
from pipeline import story, warc
from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.console import (
    Commands,
    Console,
    command,
    duration_s,
    jobs_option,
    page_url,
    parser,
    pause_s,
    positive,
    run,
    stop_on_signals,
)
from pipeline.crawl import CrawlOptions
from pipeline.errors import ArchiveError, ExitCode, NoArchive, UsageError
from pipeline.export import BadLine

# More lines than a person reads; the rest is counted.
_BAD_LINES_SHOWN = 5


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what comes back is the exit code (`pipeline.errors.ExitCode`)."""
    top = whole_parser()
    return run(top, _exclusions(sys.argv[1:] if arguments is None else arguments))


# A word with a minus sign; -q, -qq and -v are options.
_EXCLUSION = re.compile(r"-(?![qv]+$)[^\W\d_][\w’'-].*")


def _exclusions(arguments: list[str]) -> list[str]:
    """« aimf search patrimoine -climat »: a minus sign before a word leaves it out, and is no option."""
    if "search" not in arguments:
        return arguments
    first = arguments.index("search") + 1
    words = [word for word in arguments[first:] if not _EXCLUSION.fullmatch(word)]
    # At the end, because argparse takes the words of a question only in one row.
    without = [f"--without={word[1:]}" for word in arguments[first:] if _EXCLUSION.fullmatch(word)]
    return arguments[:first] + words + without


def whole_parser() -> argparse.ArgumentParser:
    """The parser with all commands; the documentation's table of commands is made from it."""
    top, commands = parser()
    _mount_crawl(commands)
    asking.mount(commands)
    pipeline_cli.mount(commands)
    sub = command(commands, "export", export, "Print articles as JSONL or CSV, or their captures as WARC.")
    forms = (*pipeline_cli.FORMS, "warc")
    sub.add_argument(
        "--format",
        choices=forms,
        default=forms[0],
        help="jsonl (default), csv for a spreadsheet, or warc: all captures of the pages, gzip",
    )
    sub.add_argument(
        "--query", metavar="QUERY", help="only the articles that a search finds, best first (default: all)"
    )
    sub = command(commands, "explain", explain, "Tell the whole story of an address.")
    sub.add_argument("url", type=page_url, metavar="URL", help="address of the page, in any spelling")
    sub = command(commands, "rebuild", rebuild, "Redo extraction and index offline, from what is archived.")
    sub.add_argument(
        "--from",
        dest="source",
        choices=("captures", "articles"),
        default="captures",
        help="captures: extract and index anew (default); articles: the index alone",
    )
    jobs_option(sub)
    sub = command(
        commands, "import", import_articles, "Take over articles from JSONL or captures from WARC, and index them."
    )
    sub.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="JSONL as `aimf export` prints it (url and title or text are enough), or a WARC, packed or not, whose "
        "pages of the configured sites become captures",
    )
    operators.mount(commands)
    web.mount(commands)
    sub = command(commands, "demo", demo.run_demo, "Crawl, index and search the bundled sample site.")
    return top


def _mount_crawl(commands: Commands) -> None:
    sub = command(commands, "crawl", crawl, "Bring the archive up to date: crawl, extract, index.")
    sub.add_argument("--full", action="store_true", help="ask every page for its whole body again")
    sub.add_argument(
        "--accept", action="store_true", help="publish although the guard refuses: the site has really changed so much"
    )
    sub.add_argument(
        "--dry-run", action="store_true", help="print what would be asked, and why; ask and change nothing"
    )
    sub.add_argument(
        "--max-duration", type=duration_s, metavar="TIME", help="end the crawl after this time (2h, 90m, 45s)"
    )
    sub.add_argument("--max-pages", type=positive, metavar="N", help="end the crawl after this many requests")
    sub.add_argument(
        "--delay",
        type=pause_s,
        metavar="S",
        help="pause between two requests in seconds, instead of the configuration's",
    )
    sub.add_argument(
        "--base-url",
        type=page_url,
        metavar="URL",
        help="ask this copy of the site (staging, replay); pages keep the site's addresses",
    )


def crawl(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf crawl`."""
    config = console.config()
    wanted = CrawlOptions(
        full=options.full,
        dry_run=options.dry_run,
        accept=options.accept,
        max_duration_s=options.max_duration,
        max_pages=options.max_pages,
        delay_s=options.delay,
        base_url=options.base_url,
    )
    if options.base_url and len(config.sites) > 1:
        raise UsageError(
            "--base-url names one copy, and the configuration has several sites; use a configuration with one."
        )
    folder = console.data_folder(config)
    if options.dry_run:
        return _planned(config, wanted, folder, console)
    return crawl_and_tell(config, wanted, folder, console)


def _planned(config: Config, wanted: CrawlOptions, folder: Path, console: Console) -> ExitCode:
    with contextlib.ExitStack() as opened:
        try:
            archive = opened.enter_context(Archive.open(folder))
        except NoArchive:
            archive = None
        report = plan_job(archive, config, wanted)
    planned = [step for crawl in report.crawls.values() for step in crawl.planned]
    for step in planned:
        why = f"{step.why.value}, {'known' if step.known else 'new'}"
        print(json.dumps({"url": step.url, "why": why}) if console.json else f"{step.url}\t{why}")
    console.say(f"{len(planned)} addresses would be asked, and the links found on them.")
    return ExitCode.DONE


def rebuild(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf rebuild`."""
    stop = Stop()
    report = JobReport()
    folder = console.data_folder(console.config_or_none())
    _must_exist(folder)
    with stop_on_signals(stop.ask), Archive.open(folder, mode="write") as archive, archive.run("aimf rebuild") as run:
        console = console.of_run(run.id)
        if options.source == "captures":
            config = console.config()
            if options.jobs:
                limits = config.limits.model_copy(update={"extract_jobs": options.jobs})
                config = config.model_copy(update={"limits": limits})
            redo(archive, config, console, stop, report, captures=True, index=True)
        else:
            index_articles(archive, folder / index_folder(console.config_or_none()), console, report, rebuild=True)
        run.exit_code = report.exit_code(stop)
    return tell(report, run.exit_code, console)


def import_articles(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf import FILE`."""
    if not options.file.is_file():
        raise UsageError(f"There is no file {options.file} to import.")
    if warc.is_warc(options.file):
        return _import_captures(options.file, console)
    config = console.config_or_none()
    folder = console.data_folder(config)
    bad: list[BadLine] = []
    report = JobReport()
    with Archive.open(folder, mode="write") as archive, archive.run("aimf import") as run:
        console = console.of_run(run.id)
        with archive.transaction():
            count = sum(
                1 for article in pipeline_cli.read_articles(options.file, config, bad) if archive.put_article(article)
            )
        index_articles(archive, folder / index_folder(config), console, report)
        run.exit_code = ExitCode.PARTIAL if bad else ExitCode.DONE
    console.say(f"{count} articles read from {options.file}. {report.index}.")
    for line in bad[:_BAD_LINES_SHOWN]:
        console.say(f"line {line.number} was passed over: {line.why}.")
    if len(bad) > _BAD_LINES_SHOWN:
        console.say(f"… and {len(bad) - _BAD_LINES_SHOWN} more lines.")
    return run.exit_code


def _import_captures(file: Path, console: Console) -> ExitCode:
    """`aimf import` of a WARC: the captures, then extraction and index as after a crawl."""
    config = console.config()
    stop, report = Stop(), JobReport()
    with (
        stop_on_signals(stop.ask),
        Archive.open(console.data_folder(config), mode="write") as archive,
        archive.run("aimf import") as run,
    ):
        console = console.of_run(run.id)
        with console.progress("import", "records") as progress:
            report.taken = taken = warc.take_over(archive, config, file, run.id, progress=progress, stopped=stop.asked)
        if not stop.asked():
            redo(archive, config, console, stop, report, accept=False)
        run.exit_code = report.exit_code(stop)
    for record in taken.broken[:_BAD_LINES_SHOWN]:
        rest = "; nothing behind it was read" if record.last else ""
        console.say(f"record {record.number} was passed over: {record.why}{rest}.")
    if len(taken.broken) > _BAD_LINES_SHOWN:
        console.say(f"… and {len(taken.broken) - _BAD_LINES_SHOWN} more records.")
    return tell(report, run.exit_code, console)


def _must_exist(folder: Path) -> None:
    Archive.open(folder).close()


def export(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf export`."""
    if options.format == "warc":
        return _export_captures(options.query, console)
    config = console.config_or_none()
    if options.query is None:
        with Archive.open(console.data_folder(config)) as archive:
            pipeline_cli.write_articles(archive.articles(), options.format)
    else:
        with library_of(console) as library:
            found = library.urls(options.query, len(library))
            pipeline_cli.write_articles((library[url] for url in found), options.format)
    return ExitCode.DONE


def _export_captures(query: str | None, console: Console) -> ExitCode:
    """`aimf export --format warc`."""
    if sys.stdout.isatty():
        raise UsageError(
            "A WARC is no text for a terminal; write it to a file: aimf export --format warc > FILE.warc.gz"
        )
    found = None
    if query is not None:
        with library_of(console) as library:
            found = library.urls(query, len(library))
    with Archive.open(console.data_folder(console.config_or_none())) as archive:
        for record in warc.written(archive, found):
            sys.stdout.buffer.write(record)
    return ExitCode.DONE


def explain(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf explain URL`."""
    config = console.config()
    folder = console.data_folder(config)
    with Archive.open(folder) as archive:
        record, lines = story.of_address(archive, config, options.url)
        article = archive.article(options.url)
    if article is not None:
        try:
            with library_of(console) as library:
                record["index_document"] = library.row(article.url)
                lines.append(_row_line(record["index_document"]))
        except ArchiveError as wrong:
            lines.append(f"  {wrong}")
    print(json.dumps(record, ensure_ascii=False, indent=2, default=str) if console.json else "\n".join(lines))
    return ExitCode.DONE


def _row_line(row: int | None) -> str:
    return "  not in the index" if row is None else f"  in the index as document {row}"
