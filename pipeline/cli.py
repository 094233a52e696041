"""The commands of this half: show, extract, report, and what `export` prints and `import` reads.

May import: the loops and what is below them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import export, report, sheet
from pipeline.archive import Archive
from pipeline.config import Config, Limits, Site
from pipeline.console import Commands, Console, command, jobs_option, page_url
from pipeline.errors import ExitCode
from pipeline.extract.article import Knowledge
from pipeline.extract.factfields import gazetteer_of
from pipeline.extract.loop import LEARNED_FROM_PAGES
from pipeline.extract.template import LEAST_PAGES, Template, learn
from pipeline.extract.workers import Task, Workers
from pipeline.records import Article, Capture, FindingKind, Rejection
from pipeline.report import forms, places

FORMS = {"jsonl": export.jsonl, "csv": export.spreadsheet}


def mount(commands: Commands) -> None:
    """Add this half's commands."""
    sub = command(commands, "show", show, "Print the article of an address.")
    sub.add_argument("url", type=page_url, metavar="URL", help="address of the page, in any spelling")
    sub = command(commands, "extract", extract_lines, "Read pages from JSONL on stdin, print their articles as JSONL.")
    sub.add_argument(
        "--jsonl",
        action="store_true",
        required=True,
        help='stdin {"id","url","html_path"}, stdout {"id","title","text",…}',
    )
    jobs_option(sub)
    sub = command(commands, "report", print_report, "List what an editor of the site should repair.")
    sub.add_argument(
        "--format",
        choices=("table", "csv", "json"),
        default="table",
        help="table (default), csv for a spreadsheet, or json",
    )
    sub.add_argument(
        "--kind",
        nargs="+",
        action="extend",
        choices=[kind.value for kind in FindingKind],
        metavar="KIND",
        help="only these kinds: " + ", ".join(FindingKind),
    )
    sub.add_argument("--places", action="store_true", help="instead: frequent names of places that the gazetteer lacks")


def show(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf show URL`."""
    config = console.config_or_none()
    with Archive.open(console.data_folder(config)) as archive:
        article = archive.article(options.url)
        rejection = archive.rejection(options.url) if article is None else None
        known = archive.page(options.url) is not None
    if article is not None:
        if console.json:
            print(json.dumps(export.as_record(article), ensure_ascii=False, indent=2))
        else:
            print("\n".join(sheet.lines(article)))
        return ExitCode.DONE
    if rejection is not None:
        console.say(f"{options.url} is archived, but is no article: {rejection.reason.value} ({rejection.detail}).")
    elif known:
        console.say(f"{options.url} is known, but has no article yet; `aimf explain {options.url}` says why.")
    else:
        console.say(f"{options.url} is not in the archive; `aimf search` finds what is.")
    return ExitCode.FAILED


def print_report(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf report`."""
    if options.places:
        return _print_places(options, console)
    kinds = [FindingKind(kind) for kind in options.kind or FindingKind]
    config = console.config_or_none()
    with Archive.open(console.data_folder(config)) as archive, console.progress("report", "pages") as advance:
        rows = report.rows(archive, kinds, advance)
    if console.json or options.format == "json":
        print(json.dumps(forms.as_record(rows), ensure_ascii=False, indent=2))
    elif options.format == "csv":
        sys.stdout.writelines(forms.spreadsheet(rows))
    else:
        print("\n".join(forms.table(rows)))
    return ExitCode.DONE


def _print_places(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf report --places`."""
    config = console.config_or_none()
    sites = config.sites if config else {}
    with Archive.open(console.data_folder(config)) as archive:
        found = places.unknown_places(
            archive.articles(), {name: gazetteer_of(site.facts) for name, site in sites.items()}
        )
    if console.json or options.format == "json":
        print(json.dumps(places.as_record(found), ensure_ascii=False, indent=2))
    elif options.format == "csv":
        sys.stdout.writelines(places.spreadsheet(found))
    else:
        print("\n".join(places.table(found)))
    return ExitCode.DONE


def write_articles(articles: Iterable[Article], form: str) -> None:
    """Print articles, as `aimf export` does; `form` is one of FORMS."""
    for line in FORMS[form](articles):
        sys.stdout.write(line)


def extract_lines(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf extract --jsonl`: no archive needed; a site of the configuration is read by its rules.

    All lines are read first: the pages of one host, those marked {"context": true} among them, teach its template.
    Answers come in the order in which pages are read; a page that hangs or kills its readers is answered as rejected.
    """
    config = console.config_or_none()
    bad: list[int] = []
    asked = list(_pages_asked(console, bad))
    limits = config.limits if config else Limits()
    with Workers(options.jobs or limits.extract_jobs, limits.extract_s) as workers:
        templates = _learned(asked, config, workers)
        ids = {str(page.number): page.id for page in asked}
        tasks = (_task(page, config, templates) for page in asked if not page.context)
        for task, outcome in workers.run(tasks):
            answer = {"id": ids[task.page_key], **_answer(outcome)}
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return ExitCode.PARTIAL if bad else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line of the input; `context`: only for what it teaches of its site."""

    number: int
    id: Any
    url: str
    path: Path
    context: bool

    @property
    def host(self) -> str:
        return self.url.split("/", 3)[2].lower() if self.url.count("/") > 1 else ""


def _pages_asked(console: Console, bad: list[int]) -> Iterator[_Asked]:
    """The pages of the lines on stdin; numbers of lines that are none go into `bad`."""
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            path = Path(str(record["html_path"]))
            with path.open("rb"):
                yield _Asked(number, record["id"], str(record["url"]), path, bool(record.get("context")))
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as wrong:
            bad.append(number)
            console.say(f"line {number} of the input was passed over: {type(wrong).__name__}: {wrong}")


def _learned(asked: list[_Asked], config: Config | None, workers: Workers) -> dict[str, Template]:
    """The templates of the hosts that have pages enough to teach them."""
    by_host: dict[str, list[_Asked]] = {}
    for page in asked:
        if page.host:
            by_host.setdefault(page.host, []).append(page)
    templates = {}
    for host, pages in by_host.items():
        if len(pages) >= LEAST_PAGES:
            # Evenly out of all: a list of pages is often sorted by their kind.
            sampled = pages[:: max(1, len(pages) // LEARNED_FROM_PAGES)][:LEARNED_FROM_PAGES]
            template = learn(workers.readings(_task(page, config, {}) for page in sampled))
            if template is not None:
                templates[host] = template
    return templates


def _task(page: _Asked, config: Config | None, templates: dict[str, Template]) -> Task:
    capture = Capture(page.url, 200, {"content-type": "text/html"}, page.path.read_bytes(), datetime.now(UTC))
    return Task(str(page.number), capture, replace(_knowledge_for(page.url, config), template=templates.get(page.host)))


def _answer(outcome: Article | Rejection) -> dict[str, Any]:
    """What a page holds; of one that the archive would reject, the reason and what was read all the same."""
    rejected = {"rejected": outcome.reason.value} if isinstance(outcome, Rejection) else {}
    article = outcome.article if isinstance(outcome, Rejection) else outcome
    if article is None:
        return {"title": None, "date": None, "language": None, "text": "", **rejected}
    return {
        "title": article.title,
        "date": article.date_published.isoformat() if article.date_published else None,
        "language": article.language,
        "author": ", ".join(article.authors) or None,
        "sections": [section.title for section in article.sections],
        "text": article.text,
        **rejected,
    }


# Languages that a page of an unknown site may be in: those that langdetect tells apart best.
_ANY_LANGUAGE = tuple("fr en de es it pt nl ar ru zh ja ko tr pl el he hi vi ro".split())


def _knowledge_for(url: str, config: Config | None) -> Knowledge:
    host = url.split("/", 3)[2].lower() if url.count("/") >= 2 else ""
    if config is not None:
        for name, site in config.sites.items():
            if host in site.all_hosts:
                return Knowledge(name, site)
    stranger = Site.model_validate(
        {
            "name": host or "page",
            # Not asked, and not compared with: any address will do.
            "base_url": "https://page.invalid/",
            "languages": _ANY_LANGUAGE,
            "kinds": [{"kind": "page", "path": ".*"}],
            "listings": [],
        }
    )
    return Knowledge(host or "page", stranger)


def hosts(config: Config | None) -> dict[str, str]:
    """Host names → the site of the configuration that they belong to."""
    return {host: name for name, site in config.sites.items() for host in site.all_hosts} if config else {}


def read_articles(path: Path, config: Config | None, bad: list[export.BadLine]) -> Iterator[Article]:
    """The articles of a JSONL file; lines that are none are put into `bad`."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for outcome in export.read_jsonl(lines, hosts(config)):
            if isinstance(outcome, export.BadLine):
                bad.append(outcome)
            else:
                yield outcome
