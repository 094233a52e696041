"""The commands of this half: show, extract, and what `export` prints and `import` reads.

May import: the loops and what is below them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import export
from pipeline.archive import Archive
from pipeline.config import Config, Site
from pipeline.console import Commands, Console, command, page_url
from pipeline.errors import ExitCode, UsageError
from pipeline.extract.article import Knowledge, extract
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
        "Partenaires": article.partners,
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
    """`aimf extract --jsonl`: no archive needed; a site of the configuration is read by its rules."""
    config = console.config_or_none()
    bad = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            answer = _extracted(record, config)
        except (ValueError, KeyError, TypeError, OSError) as wrong:
            bad += 1
            console.say(f"line {number} of the input was passed over: {type(wrong).__name__}: {wrong}")
            continue
        if answer is not None:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return ExitCode.PARTIAL if bad else ExitCode.DONE


def _extracted(record: dict[str, Any], config: Config | None) -> dict[str, Any] | None:
    if record.get("context"):
        return None
    url = str(record["url"])
    body = Path(str(record["html_path"])).read_bytes()
    capture = Capture(url, 200, {"content-type": "text/html"}, body, datetime.now(UTC))
    outcome = extract(capture, _knowledge_for(url, config))
    if isinstance(outcome, Rejection):
        return {
            "id": record["id"],
            "title": None,
            "date": None,
            "language": None,
            "text": "",
            "rejected": outcome.reason.value,
        }
    return {
        "id": record["id"],
        "title": outcome.title,
        "date": outcome.date_published.isoformat() if outcome.date_published else None,
        "language": outcome.language,
        "author": ", ".join(outcome.authors) or None,
        "sections": [section.title for section in outcome.sections],
        "text": outcome.text,
    }


# Languages that a page of an unknown site may be in: those that langdetect tells apart best.
_ANY_LANGUAGE = (
    "fr",
    "en",
    "de",
    "es",
    "it",
    "pt",
    "nl",
    "ar",
    "ru",
    "zh",
    "ja",
    "ko",
    "tr",
    "pl",
    "el",
    "he",
    "hi",
    "vi",
    "ro",
)


def _knowledge_for(url: str, config: Config | None) -> Knowledge:
    host = url.split("/", 3)[2].lower() if url.count("/") >= 2 else ""
    if config is not None:
        for name, site in config.sites.items():
            if host in site.all_hosts:
                return Knowledge(name, site)
    stranger = Site.model_validate(
        {
            "name": host or "page",
            "base_url": f"https://{host or 'page.invalid'}/",
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
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            for outcome in export.read_jsonl(lines, hosts(config)):
                if isinstance(outcome, export.BadLine):
                    bad.append(outcome)
                else:
                    yield outcome
    except FileNotFoundError:
        raise UsageError(f"There is no file {path} to import.") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name the JSONL file to import.") from None
