"""Extraction from the store to the store: what is stale is read, one transaction a batch.

Can be killed at any instruction and started again. May import: archive, config, records, urls,
article, workers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from pipeline.archive import Archive, ExtractionEffect
from pipeline.config import Config
from pipeline.extract.article import Knowledge
from pipeline.extract.workers import Task, Workers
from pipeline.records import COPY_HEADER, Article, Capture, PageState, Rejection, RejectionReason
from pipeline.urls import Rebase, canonical_key

# Outcomes written in one transaction: large enough to spare the disk, small enough that a kill loses a second's work.
_BATCH_PAGES = 32


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What one run of extraction did, in pages."""

    read: int
    effects: dict[str, int] = field(default_factory=dict)
    rejections: dict[str, int] = field(default_factory=dict)

    @property
    def changed_anything(self) -> bool:
        """Whether an article appeared, changed or was withdrawn."""
        return any(
            self.effects.get(e) for e in (ExtractionEffect.NEW, ExtractionEffect.CHANGED, ExtractionEffect.WITHDRAWN)
        )


def knowledge_of(config: Config, site_name: str, capture: Capture) -> Knowledge:
    """What extraction knows of the site of a capture."""
    site = config.sites[site_name]
    copy = capture.headers.get(COPY_HEADER)
    return Knowledge(site_name, site, Rebase(copy, site.base_url) if copy else None)


def extract_pending(
    archive: Archive,
    config: Config,
    *,
    everything: bool = False,
    progress: Callable[[int], None] = lambda _pages: None,
    stopped: Callable[[], bool] = lambda: False,
) -> ExtractReport:
    """Read every capture that this extractor has not read yet (or all of them), and store the outcomes."""
    effects: Counter[str] = Counter()
    rejections: Counter[str] = Counter()
    read = 0
    tasks = chain.from_iterable(_tasks(archive, config, name, everything=everything) for name in config.sites)
    first = next(tasks, None)
    if first is None:
        return ExtractReport(0)
    with Workers(os.cpu_count() or 1, config.limits.extract_s) as workers:
        outcomes = workers.run(_until(stopped, chain([first], tasks)))
        while batch := list(islice(outcomes, _BATCH_PAGES)):
            with archive.transaction():
                for task, outcome in batch:
                    settled = _at_home(archive, outcome)
                    effect = archive.record_extraction(
                        task.page_key, task.capture.id or 0, task.knowledge.fingerprint, settled
                    )
                    effects[effect.value] += 1
                    if isinstance(settled, Rejection):
                        rejections[settled.reason.value] += 1
            read += len(batch)
            progress(len(batch))
    return ExtractReport(read, dict(effects), dict(rejections))


def _until(stopped: Callable[[], bool], tasks: Iterator[Task]) -> Iterator[Task]:
    for task in tasks:
        if stopped():
            return
        yield task


def _tasks(archive: Archive, config: Config, name: str, *, everything: bool) -> Iterator[Task]:
    fingerprint = Knowledge(name, config.sites[name]).fingerprint
    # The list is read whole first: outcomes are written to the same tables while the pages are read.
    pending = [
        (page.key, capture_id)
        for page, capture_id in archive.pending_extractions(fingerprint, everything=everything)
        if page.site == name
    ]
    for key, capture_id in pending:
        capture = archive.capture(capture_id)
        yield Task(key, capture, knowledge_of(config, name, capture))


def _at_home(archive: Archive, outcome: Article | Rejection) -> Article | Rejection:
    """An article whose page names another page of the archive as canonical is that page's, not a second one.

    A canonical address that leads nowhere never loses an article.
    """
    if isinstance(outcome, Rejection) or outcome.canonical is None:
        return outcome
    target = archive.page(outcome.canonical)
    if target is None or target.state is not PageState.PRESENT or target.key == canonical_key(outcome.url):
        return outcome
    there = archive.latest_capture(target.url)
    if there is None:
        return outcome
    return Rejection(
        outcome.url,
        outcome.site,
        RejectionReason.ELSEWHERE,
        f"the page names {outcome.canonical} as its own address",
        outcome.capture_id,
        outcome.extractor_version,
    )
