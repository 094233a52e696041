"""Outcomes by which articles would lose: set aside while a run reads, judged together when it has read all.

One article that shrinks may be an edit; it is believed when its page says the same in a second run. Many at once are
a broken site, or a reader that drops too much: then none is recorded. Only names are kept, whatever the number.
May import: archive, config, guard, records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.archive import Archive, Loss
from pipeline.config import Guard
from pipeline.guard import Losses
from pipeline.records import Article, Capture, Rejection


class Suspect(NamedTuple):
    """A page whose article would lose; `fresh`: by a capture that nobody had read, not by another way of reading."""

    page_key: str
    site: str
    capture_id: int
    loss: Loss
    fresh: bool


class Suspects:
    """The suspicious outcomes of one run of extraction."""

    def __init__(self, archive: Archive, sites: list[str]) -> None:
        self._archive = archive
        self._losses = {site: Losses(archive.article_count(site)) for site in sites}
        self._set_aside: list[Suspect] = []

    def takes(self, page_key: str, site: str, capture: Capture, outcome: Article | Rejection) -> bool:
        """Whether an outcome is set aside, and not to be recorded now."""
        loss = self._archive.loss(page_key, outcome)
        if loss is None or capture.id is None:
            return False
        self._losses[site].add(capture.url, None if loss is Loss.NOTHING else loss)
        if loss is Loss.NOTHING:
            return False
        fresh = self._archive.is_new_capture(page_key, capture.id)
        if fresh and isinstance(outcome, Rejection):
            return False  # recording it leaves the article standing
        self._set_aside.append(Suspect(page_key, site, capture.id, loss, fresh))
        return True

    def alarms(self, limits: Guard) -> dict[str, str]:
        """By site, why what was read is not believed."""
        told = {
            site: losses.alarm(limits, site, "their pages as they are read now")
            for site, losses in self._losses.items()
        }
        return {site: alarm for site, alarm in told.items() if alarm is not None}

    def judge(self, alarms: Mapping[str, str]) -> tuple[list[Suspect], int]:
        """Those that are believed, and how many are held: their pages are asked again by the next run."""
        believed, held = [], 0
        for suspect in self._set_aside:
            unconfirmed = suspect.fresh and not self._archive.is_confirmed(suspect.page_key)
            if suspect.site in alarms or unconfirmed:
                self._archive.hold(suspect.page_key, suspect.loss)
                held += 1
            else:
                believed.append(suspect)
        return believed, held
