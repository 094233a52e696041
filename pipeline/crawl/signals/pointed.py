"""The sources that a site's own pages point to: its REST interface, and its feeds.

May import: records, crawl.discover, crawl.signals.desk, crawl.signals.rest, crawl.signals.feeds.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.crawl.discover import pointers_in
from pipeline.crawl.signals.desk import Desk
from pipeline.crawl.signals.feeds import read_feeds
from pipeline.crawl.signals.rest import read_rest
from pipeline.records import Capture


async def read_pointed(desk: Desk, pages: Iterable[Capture]) -> bool:
    """Read what these pages (the seeds) point to; whether REST was read to the end."""
    home = desk.keeper.scope.home
    read = (desk.reader.call(pointers_in, page.body, page.url, dict(page.headers)) for page in pages)
    pointers = [one for one in read if one is not None]
    whole = False
    roots = (home(one.rest) for one in pointers if one.rest is not None)
    root = next((url for url in roots if url is not None), None)
    if desk.site.rest and root is not None:
        whole = await read_rest(desk, root)
    if desk.site.feeds:
        feeds = (home(url) for one in pointers for url in one.feeds)
        await read_feeds(desk, list(dict.fromkeys(url for url in feeds if url is not None)))
    return whole
