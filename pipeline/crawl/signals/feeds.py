"""Feeds: they name the newest pages only, and cost next to nothing.

Asked with If-Modified-Since alone: WordPress gives all feeds one ETag, which does not change when a post is trashed.
May import: archive, records, crawl.discover, crawl.signals.desk.
"""

from __future__ import annotations

from pipeline.archive import Source
from pipeline.crawl.discover import read_feed
from pipeline.crawl.signals.desk import Desk
from pipeline.records import Capture, NotModified

# Every seed may name a feed of its own, and one of its comments.
MOST = 30


async def read_feeds(desk: Desk, addresses: list[str]) -> None:
    """Take down the entries of the feeds; one that has not changed names what it named before."""
    for address in addresses[:MOST]:
        if not desk.worth_asking(address):
            continue
        before = desk.documents.get(address)
        outcome = await desk.ask(address, last_modified=before.last_modified if before else None)
        if isinstance(outcome, Capture):
            entries = read_feed(outcome.body, outcome.url)
            named = sum(desk.sight(entry.url, Source.FEED, entry.lastmod) for entry in entries)
            desk.note(address, named, outcome.headers.get("last-modified"))
        elif isinstance(outcome, NotModified) and before is not None:
            desk.note(address, before.named, before.last_modified)
        elif desk.is_final(outcome):
            desk.note(address, 0)
