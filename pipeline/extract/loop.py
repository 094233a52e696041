"""Extraction from the store to the store: what is stale is read, one transaction a batch.

Can be killed at any instruction and started again. May import: archive, config, records, urls,
article, suspects, template, workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from pipeline.archive import Archive, ExtractionEffect
from pipeline.config import Config
from pipeline.extract.article import Knowledge
from pipeline.extract.suspects import Suspect, Suspects
from pipeline.extract.template import LEAST_PAGES, Template, learn
from pipeline.extract.workers import Task, Workers
from pipeline.records import COPY_HEADER, Article, Capture, Page, Rejection, RejectionReason
from pipeline.urls import Rebase, canonical_key, path_to_match

# Outcomes written in one transaction: large enough to spare the disk, small enough that a kill loses a second's work.
_BATCH_PAGES = 32
# A dozen pages of each of three templates; more pages change what is learned of no site that was tried.
LEARNED_FROM_PAGES = 40
# A site is learned anew when it has grown by half.
_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What one run of extraction did, in pages. `held` were left unread, because their article would lose by it.

    `alarms` is the guard's paragraph by site: so many articles would lose that nothing of the kind was recorded.
    """

    read: int
    effects: dict[str, int] = field(default_factory=dict)
    rejections: dict[str, int] = field(default_factory=dict)
    held: int = 0
    alarms: dict[str, str] = field(default_factory=dict)

    @property
    def changed_anything(self) -> bool:
        """Whether an article appeared, changed or was withdrawn."""
        return any(
            self.effects.get(e) for e in (ExtractionEffect.NEW, ExtractionEffect.CHANGED, ExtractionEffect.WITHDRAWN)
        )


def knowledge_of(config: Config, page: Page, capture: Capture, template: Template | None = None) -> Knowledge:
    """What extraction knows beside a page's capture."""
    site = config.sites[page.site]
    copy = capture.headers.get(COPY_HEADER)
    rebase = Rebase(copy, site.base_url) if copy else None
    return Knowledge(page.site, site, rebase, template, page.sitemap_lastmod)


def template_of(archive: Archive, site_name: str) -> Template | None:
    """What was learned of a site's template; None: nothing yet."""
    stored = archive.template(site_name)
    return Template.from_json(stored[0]) if stored is not None else None


def learn_template(archive: Archive, config: Config, site_name: str, workers: Workers) -> None:
    """Learn the site's template from a sample of its pages, when it has grown enough to teach something new."""
    stored = archive.template(site_name)
    pages = archive.captured_pages(site_name)
    if pages < LEAST_PAGES or (stored is not None and pages < _GROWTH * stored[1]):
        return
    site = config.sites[site_name]
    sampled = (
        Task(page.key, capture, knowledge_of(config, page, capture))
        for page, capture_id in archive.sample(site_name, 4 * LEARNED_FROM_PAGES)
        # listings are made of other pages' text
        if site.kind_of(path_to_match(page.url)) and not site.is_listing(path_to_match(page.url))
        for capture in (archive.capture(capture_id),)
    )
    template = learn(workers.readings(islice(sampled, LEARNED_FROM_PAGES)))
    if template is not None:
        archive.keep_template(site_name, template.to_json(), pages)


def extract_pending(  # noqa: PLR0913 - all but the first two have a default
    archive: Archive,
    config: Config,
    *,
    everything: bool = False,
    accept: bool = True,
    progress: Callable[[int], None] = lambda _pages: None,
    stopped: Callable[[], bool] = lambda: False,
) -> ExtractReport:
    """Read every capture that this extractor has not read yet (or all of them), and store the outcomes.

    Unless `accept`, outcomes by which an article would lose are set aside, and recorded when all have been read, if
    they are few (`guard`).
    """
    tally = _Tally(archive)
    names = [name for name in config.sites if _is_stale(archive, config, name, everything=everything)]
    if not names:
        return tally.report()
    # Pages that name another page as their own are settled when that page has been read.
    elsewhere: list[tuple[Task, Article]] = []
    with Workers(config.limits.extract_jobs, config.limits.extract_s) as workers:
        for name in names:
            learn_template(archive, config, name, workers)
        tasks = chain.from_iterable(_tasks(archive, config, name, everything=everything) for name in names)
        outcomes = _without_bodies(workers.run(_until(stopped, tasks)))
        suspects = Suspects(archive, names)
        while batch := list(islice(outcomes, _BATCH_PAGES)):
            with archive.transaction():
                for task, outcome in batch:
                    if not accept and suspects.takes(task.page_key, task.knowledge.name, task.capture, outcome):
                        continue
                    if isinstance(outcome, Article) and outcome.canonical is not None:
                        elsewhere.append((task, outcome))
                    else:
                        tally.record(task, outcome)
            progress(len(batch))
        with archive.transaction():
            for task, article in elsewhere:
                tally.record(task, _at_home(archive, article))
        if not accept and not stopped():
            tally.alarms = suspects.alarms(config.guard)
            with archive.transaction():
                believed, tally.held = suspects.judge(tally.alarms)
            again = list(_again(archive, config, believed))
            with archive.transaction():
                for task, outcome in workers.run(iter(again)):
                    tally.record(task, _at_home(archive, outcome))
    return tally.report()


class _Tally:
    """Stores outcomes and counts what that did."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._read = 0
        self._effects: Counter[str] = Counter()
        self._rejections: Counter[str] = Counter()
        self.held = 0
        self.alarms: dict[str, str] = {}

    def record(self, task: Task, outcome: Article | Rejection) -> None:
        capture_id = task.capture.id or 0
        effect = self._archive.record_extraction(task.page_key, capture_id, task.knowledge.fingerprint, outcome)
        self._read += 1
        self._effects[effect.value] += 1
        if isinstance(outcome, Rejection):
            self._rejections[outcome.reason.value] += 1

    def report(self) -> ExtractReport:
        return ExtractReport(self._read, dict(self._effects), dict(self._rejections), self.held, self.alarms)


def _without_bodies(
    outcomes: Iterator[tuple[Task, Article | Rejection]],
) -> Iterator[tuple[Task, Article | Rejection]]:
    """What has been read needs its page no more: what waits for a batch, or for another page, keeps no bytes of it."""
    for task, outcome in outcomes:
        yield replace(task, capture=replace(task.capture, body=b"")), outcome


def _until(stopped: Callable[[], bool], tasks: Iterator[Task]) -> Iterator[Task]:
    for task in tasks:
        if stopped():
            return
        yield task


def _is_stale(archive: Archive, config: Config, name: str, *, everything: bool) -> bool:
    """Whether a page of the site waits to be read."""
    fingerprint = Knowledge(name, config.sites[name], template=template_of(archive, name)).fingerprint
    return any(page.site == name for page, _ in archive.pending_extractions(fingerprint, everything=everything))


def _tasks(archive: Archive, config: Config, name: str, *, everything: bool) -> Iterator[Task]:
    template = template_of(archive, name)
    fingerprint = Knowledge(name, config.sites[name], template=template).fingerprint
    # The list is read whole first: outcomes are written to the same tables while the pages are read.
    pending = [
        (page, capture_id)
        for page, capture_id in archive.pending_extractions(fingerprint, everything=everything)
        if page.site == name
    ]
    for page, capture_id in pending:
        yield _task_of(archive, config, page, capture_id, template)


def _task_of(archive: Archive, config: Config, page: Page, capture_id: int, template: Template | None) -> Task:
    capture = archive.capture(capture_id)
    return Task(page.key, capture, knowledge_of(config, page, capture, template))


def _again(archive: Archive, config: Config, believed: list[Suspect]) -> Iterator[Task]:
    for suspect in believed:
        capture = archive.capture(suspect.capture_id)
        page = archive.page(capture.url)
        if page is not None:
            yield _task_of(archive, config, page, suspect.capture_id, template_of(archive, suspect.site))


def _at_home(archive: Archive, article: Article | Rejection) -> Article | Rejection:
    """An article whose page names another article with the same text as canonical is that one, not a second one.

    A canonical address that leads nowhere, or to another text, never loses an article.
    """
    if isinstance(article, Rejection):
        return article
    target = archive.article(article.canonical) if article.canonical else None
    if target is None or target.text != article.text or canonical_key(target.url) == canonical_key(article.url):
        return article
    return Rejection(
        article.url,
        article.site,
        RejectionReason.ELSEWHERE,
        f"the same text stands at {article.canonical}, which the page names as its own address",
        article.capture_id,
        article.extractor_version,
    )
