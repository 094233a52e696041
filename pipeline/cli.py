"""The commands of this half: show, explain, export, extract, status, doctor's half of the store.

May import: every module of pipeline but none above the loops it calls.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import export
from pipeline.archive import Archive
from pipeline.config import Config, Site
from pipeline.console import Commands, Console, command, page_url
from pipeline.errors import ExitCode, UsageError
from pipeline.extract.article import Extraction, Knowledge, explain
from pipeline.extract.loop import knowledge_of
from pipeline.records import Article, Capture, Rejection


def mount(commands: Commands) -> None:
    """Add this half's commands."""
    sub = command(commands, "show", show, "Print the article of an address.")
    sub.add_argument("url", type=page_url, metavar="URL", help="address of the page, in any spelling")
    sub = command(commands, "export", export_articles, "Print all articles, JSONL or CSV.")
    sub.add_argument(
        "--format", choices=("jsonl", "csv"), default="jsonl", help="jsonl (default), or csv for a spreadsheet"
    )
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


def export_articles(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf export`."""
    config = console.config_or_none()
    write = export.jsonl if options.format == "jsonl" else export.spreadsheet
    with Archive.open(console.data_folder(config)) as archive:
        for line in write(archive.articles()):
            sys.stdout.write(line)
    return ExitCode.DONE


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
    outcome = explain(capture, _knowledge_for(url, config)).outcome
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


def story(archive: Archive, config: Config, url: str) -> tuple[dict[str, Any], list[str]]:
    """The whole history of an address: as a record for `--json`, and as lines to read."""
    page = archive.page(url)
    if page is None:
        raise UsageError(f"{url} is not in the archive; check its spelling, or look for it with `aimf search`.")
    fetches = list(archive.fetches(url))
    captures = list(archive.captures(url))
    record: dict[str, Any] = {"page": asdict(page), "fetches": [asdict(f) for f in fetches], "captures": captures}
    lines = [
        page.url,
        f"  key {page.key}, {page.state.value}, found by {page.found_by.value} (depth {page.depth}) on {page.first_seen_at:%Y-%m-%d %H:%M} UTC",
        f"  {len(fetches)} fetches, {len(captures)} captures",
        *(f"    {fetch}" for fetch in fetches[-10:]),
    ]
    latest = archive.latest_capture(url)
    if latest is None:
        return record, [*lines, "  nothing captured yet"]
    if page.site in config.sites:
        told = explain(latest, knowledge_of(config, page.site, latest))
        record["extraction"] = _extraction_record(told)
        lines += _extraction_lines(told)
    article = archive.article(url)
    if article is not None:
        record["article"] = {"version": article.version, "sources": dict(article.sources)}
        lines.append(
            f"  article, version {article.version}; fields from: "
            + ", ".join(f"{k} ← {v}" for k, v in article.sources.items())
        )
    rejection = archive.rejection(url)
    if rejection is not None:
        record["rejection"] = asdict(rejection)
        lines.append(f"  rejected: {rejection.reason.value} ({rejection.detail})")
    return record, lines


def _extraction_record(told: Extraction) -> dict[str, Any]:
    return {
        "container": told.container,
        "language": asdict(told.language) if told.language else None,
        "blocks": [{"kind": b.kind.value, "level": b.level, "dropped_by": b.rule, "text": b.text} for b in told.blocks],
    }


def _extraction_lines(told: Extraction) -> Iterator[str]:
    if told.container:
        yield f"  text from {told.container}"
    if told.language:
        yield f"  language {told.language.language}: {told.language.evidence}"
    kept = sum(block.rule is None for block in told.blocks)
    yield f"  {kept} blocks kept, {len(told.blocks) - kept} dropped:"
    for block in told.blocks:
        mark = "keep" if block.rule is None else f"drop ({block.rule})"
        text = block.text if len(block.text) <= 100 else block.text[:99] + "…"
        yield f"    {mark:28} {block.kind.value}{block.level or '':<2} {text}"


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


def health(archive: Archive) -> tuple[dict[str, Any], list[str]]:
    """The archive in numbers: as a record for `--json`, and as lines to read."""
    counts = archive.counts()
    record = asdict(counts)
    states = ", ".join(f"{count} {state.value}" for state, count in counts.pages.items() if count)
    reasons = ", ".join(f"{count} {reason.value}" for reason, count in counts.rejections.items() if count)
    lines = [
        f"archive    {archive.folder}",
        f"pages      {states or 'none'}; {counts.aliases} redirects, {counts.waiting} waiting to be asked",
        f"captures   {counts.captures}, {counts.stored_bytes / 1e6:.1f} MB on disk",
        f"articles   {counts.articles} in {counts.versions} versions, {counts.kept} kept though their page broke",
        f"rejected   {reasons or 'none'}",
    ]
    for run in counts.runs[:3]:
        ended = (
            f"{run.outcome.value} at {run.ended_at:%Y-%m-%d %H:%M} UTC" if run.outcome and run.ended_at else "not ended"
        )
        lines.append(f"run {run.id:<6} {run.site}, begun {run.started_at:%Y-%m-%d %H:%M} UTC, {ended}")
    holder = archive.lock_holder()
    if holder:
        lines.append(f"busy       {holder}")
    return record, lines
