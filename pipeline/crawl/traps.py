"""Addresses that lead a crawler round in circles, recognised by name and counted, so that a report can tell them.

Which parameters make which trap is data. A trap is never permanent: it is judged anew in every run. May import: config,
urls, crawl.scope.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from urllib.parse import unquote, urlsplit

from pipeline.config import Limits
from pipeline.crawl.scope import Decision


class TrapKind(StrEnum):
    """The traps that are known."""

    SESSION_ID = "session_id"
    FACETS = "facets"
    CALENDAR = "calendar"
    PAGINATION = "alternate_pagination"
    COMBINATIONS = "query_combinations"
    REPEATED_SEGMENTS = "repeated_segments"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    SAME_PAGE = "same_page"
    MANY_LINKS = "many_links"
    SLOW_MARKUP = "slow_markup"
    OVER_SHARE = "over_share"


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap that was met: how many addresses led into it, and the first one."""

    kind: TrapKind
    count: int
    example: str


_OF_SCOPE = {
    Decision.REPEATS: TrapKind.REPEATED_SEGMENTS,
    Decision.TOO_DEEP: TrapKind.TOO_DEEP,
    Decision.TOO_LONG: TrapKind.TOO_LONG,
}
_REFUSED = (TrapKind.SESSION_ID, TrapKind.FACETS, TrapKind.CALENDAR)
_PATH_SESSION = re.compile(r";jsessionid=", re.IGNORECASE)
# …/2031/05/, …/2031-05-12, …/2031/05/12/: a page of a day or a month, and nothing behind it.
_PATH_DATE = re.compile(r"/(19|20)\d\d([/-])(0?[1-9]|1[0-2])(\2(0?[1-9]|[12]\d|3[01]))?/?$")
_PATH_PAGE = re.compile(r"/page/\d+/?$")
_DIGITS = re.compile(r"\d+")
# An archive by month has twelve addresses a year; twenty years of them are some blog's honest pages, more are a
# calendar that can be turned for ever.
CALENDAR_PAGES = 240
# Addresses of one path that differ in two and more parameters are filters combined with each other.
COMBINATIONS = 50


class Traps:
    """Judges the links of one run. It remembers what it has let in."""

    def __init__(self, limits: Limits) -> None:
        self._share_pages = max(1, int(limits.part_share * limits.pages))
        self._counts: Counter[TrapKind] = Counter()
        self._examples: dict[TrapKind, str] = {}
        self._calendars: Counter[str] = Counter()
        self._combinations: Counter[str] = Counter()
        self._pagination: dict[str, str] = {}
        self._parts: Counter[str] = Counter()
        self._bodies: dict[bytes, str] = {}

    def note(self, kind: TrapKind, url: str) -> None:
        """Count an address that leads into a trap."""
        self._counts[kind] += 1
        self._examples.setdefault(kind, url)

    def refuses(self, url: str, decision: Decision) -> bool:
        """Whether a link is not followed because of a trap; `decision` is what the scope says of it."""
        kind = _OF_SCOPE.get(decision) or self._recognised(url, wanted=decision.wanted)
        if kind is not None:
            self.note(kind, url)
        return kind is not None

    def rounds(self, url: str) -> int:
        """How many shares of the run the part that a link leads to has had: so much later its turn comes."""
        part = part_of(url)
        rounds = self._parts[part] // self._share_pages
        self._parts[part] += 1
        if rounds:
            self.note(TrapKind.OVER_SHARE, url)
        return rounds

    def is_echo(self, body_sha256: bytes, url: str) -> bool:
        """Whether another address of this run gave the very same page: its links lead where they led before."""
        first = self._bodies.setdefault(body_sha256, url)
        if first == url:
            return False
        self.note(TrapKind.SAME_PAGE, url)
        return True

    def found(self) -> tuple[Trap, ...]:
        """What was met, the most frequent first."""
        return tuple(Trap(kind, count, self._examples[kind]) for kind, count in self._counts.most_common())

    def _recognised(self, url: str, *, wanted: bool) -> TrapKind | None:
        parts = urlsplit(url)
        names = [unquote(pair.partition("=")[0]).lower() for pair in parts.query.split("&") if pair]
        if _PATH_SESSION.search(parts.path):
            return TrapKind.SESSION_ID
        kinds = {kind for name in names if (kind := parameter_kind(name))}
        for kind in _REFUSED[:2]:
            if kind in kinds:
                return kind
        if not wanted:
            return None
        if TrapKind.CALENDAR in kinds or _PATH_DATE.search(parts.path):
            pattern = _DIGITS.sub("#", parts.path) + "?" + "&".join(sorted(names))
            self._calendars[pattern] += 1
            return TrapKind.CALENDAR if self._calendars[pattern] > CALENDAR_PAGES else None
        return self._paged_otherwise(parts.path, names) or self._combined(parts.path, names)

    def _paged_otherwise(self, path: str, names: list[str]) -> TrapKind | None:
        """A list that is paged in a second way, when it is already followed in a first one."""
        ways = [name for name in names if parameter_kind(name) is TrapKind.PAGINATION]
        bare = _PATH_PAGE.sub("", path.rstrip("/"))
        if bare != path.rstrip("/"):
            ways.append("/page/")
        if not ways:
            return None
        way = "&".join(sorted(ways))
        return None if self._pagination.setdefault(bare, way) == way else TrapKind.PAGINATION

    def _combined(self, path: str, names: list[str]) -> TrapKind | None:
        if len(names) < 2:
            return None
        self._combinations[path] += 1
        return TrapKind.COMBINATIONS if self._combinations[path] > COMBINATIONS else None


def part_of(url: str) -> str:
    """The part of a site that an address belongs to: its folder, with numbers made one, and its parameters' names.

    >>> part_of("https://x.org/a/2024/le-pont/"), part_of("https://x.org/a/7/?q=1&p=2"), part_of("https://x.org/")
    ('/a/#', '/a?p&q', '')
    """
    parts = urlsplit(url)
    folder = parts.path.rstrip("/").rpartition("/")[0]
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return _DIGITS.sub("#", folder) + ("?" + "&".join(names) if names else "")


@cache
def _parameters() -> dict[str, TrapKind]:
    kinds: dict[str, TrapKind] = {}
    headings = {"session_id": TrapKind.SESSION_ID, "facets": TrapKind.FACETS, "calendar": TrapKind.CALENDAR}
    kind = TrapKind.PAGINATION
    for line in (
        files("pipeline.crawl").joinpath("data", "trap_parameters.txt").read_text(encoding="utf-8").splitlines()
    ):
        if line.startswith("["):
            kind = headings.get(line.strip("[]"), TrapKind.PAGINATION)
        elif line and not line.startswith("#"):
            kinds[line] = kind
    return kinds


@cache
def parameter_kind(name: str) -> TrapKind | None:
    """The trap that a parameter makes, by its name in lower case.

    >>> [parameter_kind(name) for name in ("jsf", "filter_theme", "phpsessid", "e-page-3fa", "id")]
    [<TrapKind.FACETS: 'facets'>, <TrapKind.FACETS: 'facets'>, <TrapKind.SESSION_ID: 'session_id'>, \
<TrapKind.PAGINATION: 'alternate_pagination'>, None]
    """
    known = _parameters()
    if name in known:
        return known[name]
    return next((kind for word, kind in known.items() if word.endswith("*") and name.startswith(word[:-1])), None)
