"""What was on the page and is not in the article, block by block with the reason: to settle a doubt.

The page is read again from its capture, in a process that is ended when it takes too long. May import: visit, library,
pipeline.extract.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from index.web.visit import Visit
from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.extract.article import Extraction, Knowledge
from pipeline.extract.loop import knowledge_of, template_of
from pipeline.extract.workers import Task, Workers
from pipeline.records import Article, Capture

READ_WITHIN_S = 10.0
"""A page that was archived took less at its extraction; this one waits for a reader of the page."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Pages read again at the same time: each is a process, and the other pages must not wait for a row of them."""
WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks of the page that follow one another, and why they are not in the article ("" where they are)."""

    why: str
    texts: tuple[str, ...]


def view(visit: Visit, config: Config | None, article: Article, number: int | None) -> dict[str, Any]:
    """What the template shows of a version; when its page cannot be read again, `why_not` says why."""
    assert visit.volume is not None
    told, why_not = _read_again(visit.volume.archive, config, article)
    blocks = told.blocks if told else ()
    return {
        "article": article,
        "is_read": told is not None,
        "runs": [
            Run(why, tuple(block.text for block in members))
            for why, members in groupby(blocks, key=lambda block: _why(visit, block.rule))
        ],
        "removed": sum(block.rule is not None for block in blocks),
        "kept": sum(block.rule is None for block in blocks),
        "why_not": visit.wording(why_not) if why_not else "",
        "language": visit.foreign(article.language),
        "address": visit.within_article("/article", article.url, number),
    }


def _why(visit: Visit, rule: str | None) -> str:
    if rule is None:
        return ""
    key = "rule_" + rule.replace(" ", "_").replace("-", "_")
    return visit.wording(key) if visit.wording.has(key) else rule


def _read_again(archive: Archive, config: Config | None, article: Article) -> tuple[Extraction | None, str]:
    page = archive.page(article.url)
    if article.capture_id is None or page is None:
        return None, "no_capture"
    if config is None or page.site not in config.sites:
        return None, "no_site"
    capture = archive.capture(article.capture_id)
    knowledge = knowledge_of(config, page, capture, template_of(archive, page.site))
    told = _explained(capture, knowledge)
    return (told, "") if told is not None else (None, "unreadable")


def _explained(capture: Capture, knowledge: Knowledge) -> Extraction | None:
    if not AT_ONCE.acquire(timeout=WAIT_S):
        return None
    try:
        with Workers(1, READ_WITHIN_S) as workers:
            return workers.explained(Task("", capture, knowledge))
    finally:
        AT_ONCE.release()
