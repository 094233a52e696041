"""Responses of a WARC file become captures of the configured sites' pages, by the crawl's own rules of what a page is.

May import: archive, config, crawl, records, urls, reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.archive import Archive, FetchEffect
from pipeline.config import Config
from pipeline.crawl.fetch import is_binary, is_page_type
from pipeline.crawl.scope import Scope
from pipeline.records import Capture
from pipeline.urls import normalise
from pipeline.warc.reading import Broken, Response, responses

# Two clocks may differ by so much; a capture that claims to be of next year would be the newest one until then.
_CLOCKS_DIFFER = timedelta(days=1)


class PassedOver(StrEnum):
    """Why a response of a WARC is not taken over."""

    ELSEWHERE = "of no configured site"
    NOT_CRAWLED = "at addresses that are not crawled"
    STATUS = "with another status than 200"
    NOT_PAGE = "that are no pages"
    FUTURE = "dated in the future"
    MOVED = "at addresses that redirect to another page now"
    BROKEN = "broken"


@dataclass(slots=True)
class Taken:
    """What became of the responses of a WARC file; `earlier` were older than what the archive knew, and are kept."""

    newest: int = 0
    earlier: int = 0
    known: int = 0
    passed: Counter[PassedOver] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def as_record(self) -> dict[str, Any]:
        """The counts as JSON values."""
        passed = {why.name.lower(): count for why, count in self.passed.items()}
        return {"newest": self.newest, "earlier": self.earlier, "known": self.known, "passed_over": passed}

    def __str__(self) -> str:
        told = [f"{self.newest} captures taken over"]
        told += [f"{self.earlier} kept as earlier captures"] if self.earlier else []
        told += [f"{self.known} already there"] if self.known else []
        passed = ", ".join(f"{count} {why}" for why, count in self.passed.items())
        return ", ".join(told) + (f"; passed over: {passed}" if passed else "")


def take_over(  # noqa: PLR0913 - all but the first four have a default
    archive: Archive,
    config: Config,
    path: Path,
    run_id: int,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[int], None] = lambda _records: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Taken:
    """Store the captures of a WARC file, one transaction each; extraction and index come after. Raises OSError."""
    taken = Taken()
    scopes = {name: Scope(site, config.limits) for name, site in config.sites.items()}
    latest = clock() + _CLOCKS_DIFFER
    for found in responses(path, config.limits):
        if stopped():
            break
        progress(1)
        if isinstance(found, Broken):
            taken.broken.append(found)
            taken.passed[PassedOver.BROKEN] += 1
            continue
        site, judged = _judge(found, scopes, latest)
        if isinstance(judged, PassedOver):
            taken.passed[judged] += 1
            continue
        match archive.take_over(run_id, site, judged):
            case FetchEffect.MOVED:
                taken.passed[PassedOver.MOVED] += 1
            case FetchEffect.KEPT:
                taken.earlier += 1
            case FetchEffect.UNCHANGED:
                taken.known += 1
            case _:
                taken.newest += 1
    return taken


def _judge(found: Response, scopes: dict[str, Scope], latest: datetime) -> tuple[str, Capture | PassedOver]:
    """The site of a response, and the capture that it is, or why it is none."""
    url = normalise(found.url)
    homes = {name: home for name, scope in scopes.items() if url and (home := scope.home(url))}
    if not homes:
        return "", PassedOver.ELSEWHERE
    site, home = next(iter(homes.items()))
    if found.status != 200:
        return site, PassedOver.STATUS
    if not scopes[site].decide(home).wanted:
        return site, PassedOver.NOT_CRAWLED
    if not is_page_type(found.headers.get("content-type", "")) or is_binary(found.body) or not found.body.strip():
        return site, PassedOver.NOT_PAGE
    if found.at > latest:
        return site, PassedOver.FUTURE
    return site, Capture(home, found.status, found.headers, found.body, found.at)
