"""Sitemaps: they mean to name every page, and some say when it changed.

May import: archive, urls, crawl.discover, crawl.signals.desk.
"""

from __future__ import annotations

from pipeline.archive import Source
from pipeline.crawl.discover import read_sitemap
from pipeline.crawl.signals.desk import Desk
from pipeline.records import Capture
from pipeline.urls import join

_USUAL_ADDRESSES = ("/sitemap_index.xml", "/sitemap.xml")

# A sitemap may name sitemaps, which name sitemaps …; nobody needs more levels than these.
_LEVELS = 4
_MOST = 1_000


async def read_sitemaps(desk: Desk) -> bool:
    """Take down every entry of the site's sitemaps; whether they were read to the end."""
    base_url, scope = desk.site.base_url, desk.keeper.scope
    told = [join(base_url, address) for address in desk.keeper.robots.sitemaps()]
    queue = [(url, 1) for url in told if url] or [(f"{base_url.rstrip('/')}{path}", 1) for path in _USUAL_ADDRESSES]
    guessed = not told
    asked: set[str] = set()
    left = desk.config.limits.sitemap_urls
    whole = True
    while queue and len(asked) < _MOST:
        url, level = queue.pop(0)
        home = scope.home(url)
        if home is None or home in asked or level > _LEVELS:
            continue
        asked.add(home)
        outcome = await desk.ask(home)
        sitemap = read_sitemap(outcome.body, most=left + 1) if isinstance(outcome, Capture) else None
        if sitemap is None or not (sitemap.entries or sitemap.sitemaps):
            # where nobody said that there is one, the second usual address may be the right one
            whole = whole and guessed and level == 1
            continue
        named = [(joined, level + 1) for s in sitemap.sitemaps if (joined := join(home, s))]
        room = max(0, _MOST - len(asked) - len(queue))
        if len(named) > room:
            desk.reached()
            whole = False
        queue += named[:room]
        for entry in sitemap.entries[:left]:
            if joined := join(home, entry.url):
                desk.sight(joined, Source.SITEMAP, entry.lastmod)
        if len(sitemap.entries) > left:
            desk.reached()
            return False
        left -= len(sitemap.entries)
    if queue:
        desk.reached()
    return whole and not queue and bool(desk.named.get(Source.SITEMAP))
