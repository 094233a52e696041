"""What a run asks, and why: one reason for each address, or none. Pure.

A page is asked because it is new, because a source says that it changed or names it no more, because the last answer
was none or doubtful, or because its turn has come. Nothing else is asked. May import: config, records, archive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.archive import AskReason, Claim, Known, Place, Source, SourceRecord
from pipeline.config import Revisit
from pipeline.records import PASSING, FailureReason, PageState

_TROUBLES = PASSING | {FailureReason.EMPTY}

# A source is distrusted by these numbers of checks, each of another page. Two articles found changed that it kept
# silent about may be edits in the database; two among the thirtieth part that a night looks at stand for sixty.
_SILENT_LEAST = 2
_SILENT_SHARE = 0.1
# A plugin that touches all pages at once is common and harmless; one that does so every night costs a whole crawl.
_IDLE_LEAST = 20
_IDLE_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Trust:
    """Which sources are believed when they are silent about a page, and which when they say that it changed."""

    silent: frozenset[Source] = frozenset(Source)
    speaking: frozenset[Source] = frozenset(Source)

    @classmethod
    def of(cls, records: Iterable[SourceRecord]) -> Trust:
        """What the records of the sources earn them."""
        liars, alarmists = set(), set()
        for record in records:
            changed = record.told + record.silent
            if record.silent >= _SILENT_LEAST and record.silent > _SILENT_SHARE * changed:
                liars.add(record.source)
            spoke = record.told + record.idle
            if record.idle >= _IDLE_LEAST and record.idle > _IDLE_SHARE * spoke:
                alarmists.add(record.source)
        return cls(frozenset(Source) - liars, frozenset(Source) - alarmists)

    def tells(self, claim: Claim) -> bool:
        """Whether a change of the page would be told by this source; a feed names the newest pages only."""
        source = claim.source
        return claim.named and claim.said is not None and source.lists_all and source in self.silent & self.speaking


@dataclass(frozen=True, slots=True)
class Rules:
    """What planning goes by. `place_of` gives an address its place in the queue, None if it is not asked any more."""

    place_of: Callable[[str, bool], int | None]
    is_article: Callable[[str], bool]
    revisit: Revisit
    trust: Trust = Trust()
    nights: float = 1.0
    full: bool = False


class _Calm(NamedTuple):
    """A page that only its turn brings up. All of a site's are held at once, so no more than that takes.

    `told`: no article, or one of which a source would tell a change.
    """

    asked_run: int
    told: bool
    place: Place


def plan(known: Iterable[Known], rules: Rules, run_id: int) -> Iterator[Place]:
    """The places of a run's frontier. Pages that this run has asked already are left out."""
    calm: list[_Calm] = []
    for page in known:
        priority = rules.place_of(page.url, page.captured)
        if priority is None or page.asked_run == run_id:
            continue
        why = AskReason.FULL if rules.full else reason(page, rules.trust)
        if why is not None:
            yield Place(page.key, why, priority, page.depth)
        elif takes_turns(page):
            told = not rules.is_article(page.url) or not page.captured or any(map(rules.trust.tells, page.claims))
            calm.append(_Calm(page.asked_run, told, Place(page.key, AskReason.DUE, priority, page.depth)))
    yield from _due(calm, rules)


def reason(page: Known, trust: Trust) -> AskReason | None:
    """Why a page is asked whether or not its turn has come."""
    # Nobody asked it yet, or what it answered is lost (`aimf doctor` drops what the disk has damaged).
    never = not page.captured and not page.alias and not (page.asked_run and page.failure)
    if never and page.state is not PageState.GONE:
        return AskReason.NEW
    if page.state is PageState.UNKNOWN and _hopeful(page):
        return AskReason.FAILED
    if page.held:
        return AskReason.HELD
    # A claim about what is gone or only redirects is worth a question, too, if it is a new one.
    if any(_changed(claim) for claim in page.claims if claim.source in trust.speaking):
        return AskReason.CHANGED
    if page.state is PageState.PRESENT and not page.alias and any(claim.dropped for claim in page.claims):
        return AskReason.DROPPED
    return None


def _hopeful(page: Known) -> bool:
    """Whether another question soon may bring more than the last one; what only dead links lead to takes turns."""
    return page.captured or page.failure in _TROUBLES or any(c.named and c.source.lists_all for c in page.claims)


def _changed(claim: Claim) -> bool:
    return claim.named and claim.said is not None and claim.settled is not None and claim.said != claim.settled


def takes_turns(page: Known) -> bool:
    """What is gone or only redirects takes turns while a source that means to be whole goes on naming it."""
    ended = page.state is PageState.GONE or (page.alias and not page.captured)
    return not ended or any(claim.named and claim.source.lists_all for claim in page.claims)


def _due(calm: Iterable[_Calm], rules: Rules) -> Iterator[Place]:
    """Those that were asked the longest ago, as many as bring every page round in time."""
    groups: dict[bool, list[_Calm]] = {False: [], True: []}
    for page in calm:
        groups[page.told].append(page)
    for told, nights in ((False, rules.revisit.unsignalled_nights), (True, rules.revisit.nights)):
        group = groups[told]
        group.sort(key=lambda page: page.asked_run)
        # nights without a run are made up for
        share = math.ceil(len(group) * max(1.0, rules.nights) / nights)
        yield from (page.place for page in group[:share])
