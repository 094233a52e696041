"""Rows of the page table as records, and the way from any spelling of an address to its page.

May import: records, urls, archive.connection, archive.outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.archive.connection import Connection, Row
from pipeline.archive.outcomes import PageStanding
from pipeline.records import FoundBy, Page, PageState
from pipeline.urls import canonical_key

COLUMNS = (
    "p.id, p.key, p.url, p.site, p.state, p.found_by, p.depth, p.first_seen_at, p.last_ok_at, p.etag, "
    "p.last_modified, p.sitemap_lastmod"
)
SLICE_ROWS = 500

# A chain of redirects that was put together over the years; longer ones are no use to anybody.
_ALIASES_FOLLOWED = 20


def text_of(at: datetime) -> str:
    """A moment as it is stored."""
    return at.isoformat()


def moment(text: str | None) -> datetime | None:
    """A stored moment, aware."""
    return datetime.fromisoformat(text) if text else None


def page_of(row: Row) -> Page:
    """The record of a row of COLUMNS."""
    _, key, url, site, state, found_by, depth, first_seen_at, last_ok_at, etag, last_modified, lastmod = row
    return Page(
        key=key,
        url=url,
        site=site,
        state=PageState(state),
        found_by=FoundBy(found_by),
        depth=depth,
        first_seen_at=datetime.fromisoformat(first_seen_at),
        last_ok_at=moment(last_ok_at),
        etag=etag,
        last_modified=last_modified,
        sitemap_lastmod=lastmod,
    )


def own_id(sql: Connection, url: str) -> int | None:
    """The id of exactly this address, though it may only redirect."""
    found: int | None = sql.value("SELECT id FROM pages WHERE key = ?", (canonical_key(url),))
    return found


def obtain_id(sql: Connection, site: str, url: str, found_by: FoundBy, depth: int, now: datetime) -> int:  # noqa: PLR0913, PLR0917 - the columns of a new row
    """The id of exactly this address, which becomes a page if it was none."""
    key = canonical_key(url)
    page_id = sql.value("SELECT id FROM pages WHERE key = ?", (key,))
    if page_id is None:
        page_id = sql.run(
            "INSERT INTO pages (key, url, site, state, found_by, depth, first_seen_at, state_at) "
            "VALUES (?, ?, ?, 'unknown', ?, ?, ?, ?)",
            (key, url, site, found_by, depth, text_of(now), text_of(now)),
        )
    return int(page_id)


def standing(sql: Connection, url: str) -> PageStanding | None:
    """Whether the page of an address is on the live site, and since when."""
    page_id = find_id(sql, url)
    row = sql.row("SELECT state, coalesce(state_at, first_seen_at) FROM pages WHERE id = ?", (page_id,))
    return PageStanding(PageState(row[0]), datetime.fromisoformat(row[1])) if row else None


def resolve_alias(sql: Connection, page_id: int) -> int:
    """The page where the redirects of a page end."""
    seen = {page_id}
    for _ in range(_ALIASES_FOLLOWED):
        target = sql.value("SELECT alias_of FROM pages WHERE id = ?", (page_id,))
        if target is None or target in seen:
            break
        seen.add(target)
        page_id = target
    return page_id


def find_id(sql: Connection, url: str) -> int | None:
    """The page that any spelling of its address leads to."""
    page_id = own_id(sql, url)
    return None if page_id is None else resolve_alias(sql, page_id)


def find(sql: Connection, url: str) -> Page | None:
    """The page of an address, in any spelling, redirects followed."""
    page_id = find_id(sql, url)
    row = None if page_id is None else sql.row(f"SELECT {COLUMNS} FROM pages p WHERE id = ?", (page_id,))  # noqa: S608 - constant
    return page_of(row) if row else None


def aliases(sql: Connection, page_id: int) -> list[str]:
    """The addresses that redirect to a page."""
    found = sql.rows("SELECT url FROM pages WHERE alias_of = ? ORDER BY url", (page_id,))
    return [row[0] for row in found]


def every(sql: Connection, site: str | None = None) -> Iterator[Page]:
    """All pages in the order of their finding; addresses that only redirect are no pages."""
    last = 0
    chosen = "AND p.site = ?" if site is not None else ""
    values = () if site is None else (site,)
    while rows := sql.rows(
        f"SELECT {COLUMNS} FROM pages p WHERE p.id > ? AND p.alias_of IS NULL {chosen} "  # noqa: S608 - constants
        f"ORDER BY p.id LIMIT {SLICE_ROWS}",
        (last, *values),
    ):
        yield from map(page_of, rows)
        last = rows[-1][0]
