"""What the archive tells of an address, and of itself: records for `--json`, lines for people.

May import: archive, config, errors, extract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipeline.archive import Archive, FetchLine, Run
from pipeline.config import Config
from pipeline.errors import UsageError
from pipeline.extract.article import Extraction, explain
from pipeline.extract.loop import knowledge_of, template_of
from pipeline.records import Page

_FETCHES_SHOWN = 10
_RUNS_SHOWN = 3
_BLOCK_CHARS = 100


def of_address(archive: Archive, config: Config, url: str) -> tuple[dict[str, Any], list[str]]:
    """The whole history of an address: as a record for `--json`, and as lines to read."""
    page = archive.page(url)
    if page is None:
        raise UsageError(f"{url} is not in the archive; check its spelling, or look for it with `aimf search`.")
    fetches = list(archive.fetches(url))
    captures = list(archive.captures(url))
    record: dict[str, Any] = {"page": asdict(page), "fetches": [asdict(f) for f in fetches], "captures": captures}
    record["sources"] = dict(archive.signals.of_page(page.url))
    lines = [
        page.url,
        f"  key {page.key}, {_state(archive, url)}",
        f"  found by {page.found_by.value}, depth {page.depth}, first seen {page.first_seen_at:%Y-%m-%d %H:%M} UTC",
        f"  {_sources(archive, page)}",
        f"  {len(captures)} captures, {len(fetches)} fetches:",
        *(_fetch_line(fetch) for fetch in fetches[-_FETCHES_SHOWN:]),
    ]
    latest = archive.latest_capture(url)
    if latest is None:
        return record, [*lines, "  nothing captured yet"]
    if page.site in config.sites:
        told = explain(latest, knowledge_of(config, page, latest, template_of(archive, page.site)))
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
        record["rejection"] = {"reason": rejection.reason.value, "detail": rejection.detail}
        lines.append(f"  rejected: {rejection.reason.value} ({rejection.detail})")
    return record, lines


def _state(archive: Archive, url: str) -> str:
    standing = archive.page_state(url)
    return f"{standing.state.value} since {standing.since:%Y-%m-%d %H:%M} UTC" if standing else "unknown"


def _sources(archive: Archive, page: Page) -> str:
    """Which sources of the site name a page, and which do not, of those that name others."""
    named = dict(archive.signals.of_page(page.url))
    told = [f"{source}" + (f" (changed {said})" if said else "") for source, said in named.items()]
    missing = [record.source for record in archive.signals.records(page.site) if record.source not in named]
    return f"named by {', '.join(told) or 'no source'}" + (f"; not by {', '.join(missing)}" if missing else "")


def _fetch_line(fetch: FetchLine) -> str:
    answer = f"{fetch.status or 'no answer'} {fetch.reason}, {fetch.bytes} bytes in {fetch.ms} ms"
    return f"    {fetch.fetched_at:%Y-%m-%d %H:%M:%S} UTC: {answer}" + (f" ({fetch.detail})" if fetch.detail else "")


def _extraction_record(told: Extraction) -> dict[str, Any]:
    return {
        "container": told.container,
        "language": asdict(told.language) if told.language else None,
        "blocks": [
            {"kind": b.kind.value, "level": b.level, "dropped_by": b.rule, "evidence": b.detail, "text": b.text}
            for b in told.blocks
        ],
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
        mark += f" [{block.detail}]" if block.detail else ""
        text = block.text if len(block.text) <= _BLOCK_CHARS else block.text[: _BLOCK_CHARS - 1] + "…"
        yield f"    {mark:28} {block.kind.value}{block.level or '':<2} {text}"


def of_archive(archive: Archive) -> tuple[dict[str, Any], list[str]]:
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
    lines += [_run_line(run) for run in counts.runs[:_RUNS_SHOWN]]
    holder = archive.lock_holder()
    if holder:
        lines.append(f"busy       {holder}")
    return record, lines


def _run_line(run: Run) -> str:
    """One run; one that was killed has an outcome and no end."""
    told = run.outcome.value if run.outcome else "at work"
    ended = f" at {run.ended_at:%Y-%m-%d %H:%M} UTC" if run.ended_at else ""
    code = f", exit code {run.exit_code}" if run.exit_code is not None else ""
    sites = f" of {run.site}" if run.site else ""
    return f"run {run.id:<6} {run.command}{sites}, begun {run.started_at:%Y-%m-%d %H:%M} UTC, {told}{ended}{code}"
