"""The commands of this half: show, extract, and what `export` prints and `import` reads.

May import: the loops and what is below them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import export
from pipeline.archive import Archive
from pipeline.config import Config, Limits, Site
from pipeline.console import Commands, Console, command, page_url
from pipeline.errors import ExitCode
from pipeline.extract.article import Knowledge
from pipeline.extract.workers import Task, Workers
from pipeline.records import Article, Capture, Rejection

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
            print("\n".join(_shown(article)))
        return ExitCode.DONE
    if rejection is not None:
        console.say(f"{options.url} is archived, but is no article: {rejection.reason.value} ({rejection.detail}).")
    elif known:
        console.say(f"{options.url} is known, but has no article yet; `aimf explain {options.url}` says why.")
    else:
        console.say(f"{options.url} is not in the archive; `aimf search` finds what is.")
    return ExitCode.FAILED


def _shown(article: Article) -> Iterator[str]:
    yield article.title
    dates = [f"publié le {article.date_published:%d/%m/%Y}" if article.date_published else "sans date"]
    if article.date_modified:
        dates.append(f"modifié le {article.date_modified:%d/%m/%Y}")
    yield " · ".join([article.kind, *dates, f"version {article.version}"])
    yield article.url
    facts = {
        "Thèmes": [term.label for term in article.themes],
        "Lieux": [place.name for place in article.places],
        "Partenaires": [partner.name for partner in article.partners],
        "Documents": article.attachments,
    }
    for name, values in facts.items():
        if values:
            yield f"{name}\u00a0: {', '.join(values)}"
    if article.text:
        yield ""
        yield article.text


def write_articles(articles: Iterable[Article], form: str) -> None:
    """Print articles, as `aimf export` does; `form` is one of FORMS."""
    for line in FORMS[form](articles):
        sys.stdout.write(line)


def extract_lines(_options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf extract --jsonl`: no archive needed; a site of the configuration is read by its rules.

    Answers come in the order in which pages are read; a page that hangs or kills its readers is answered as rejected.
    """
    config = console.config_or_none()
    ids: dict[str, Any] = {}
    bad: list[int] = []
    page_s = (config.limits if config else Limits()).extract_s
    with Workers(os.cpu_count() or 1, page_s) as workers:
        for task, outcome in workers.run(_pages_asked(config, console, ids, bad)):
            answer = {"id": ids.pop(task.page_key), **_answer(outcome)}
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return ExitCode.PARTIAL if bad else ExitCode.DONE


def _pages_asked(config: Config | None, console: Console, ids: dict[str, Any], bad: list[int]) -> Iterator[Task]:
    """The pages of the lines on stdin; puts the caller's ids into `ids`, numbers of lines that are none into `bad`."""
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if record.get("context"):
                continue
            url, body = str(record["url"]), Path(str(record["html_path"])).read_bytes()
            ids[str(number)] = record["id"]
            knowledge = _knowledge_for(url, config)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as wrong:
            bad.append(number)
            console.say(f"line {number} of the input was passed over: {type(wrong).__name__}: {wrong}")
            continue
        yield Task(str(number), Capture(url, 200, {"content-type": "text/html"}, body, datetime.now(UTC)), knowledge)


def _answer(outcome: Article | Rejection) -> dict[str, Any]:
    if isinstance(outcome, Rejection):
        return {"title": None, "date": None, "language": None, "text": "", "rejected": outcome.reason.value}
    return {
        "title": outcome.title,
        "date": outcome.date_published.isoformat() if outcome.date_published else None,
        "language": outcome.language,
        "author": ", ".join(outcome.authors) or None,
        "sections": [section.title for section in outcome.sections],
        "text": outcome.text,
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
