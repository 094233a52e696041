"""What the sources of a site say of its pages, what came of it, and the plan of a run that follows from both.

May import: records, urls, archive.connection, archive.outcomes, archive.pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from pipeline.archive import pages
from pipeline.archive.connection import Connection, Row
from pipeline.archive.outcomes import Claim, Document, Known, Place, Sighting, Source, SourceRecord
from pipeline.records import FailureReason, FoundBy, PageState

_FOUND_BY = {
    Source.SITEMAP: FoundBy.SITEMAP,
    Source.REST: FoundBy.REST,
    Source.FEED: FoundBy.FEED,
    Source.LINKS: FoundBy.LINK,
}
_PAGES_AT_ONCE = 500
"""What is said of all pages of a large site would take as much memory as the rest of a run."""


class SignalStore:
    """The signals' side of an archive."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    # --- what sources say -----------------------------------------------------------------------

    def sight(self, run_id: int, site: str, sightings: Iterable[Sighting], now: datetime) -> None:
        """Keep what sources name; an address that nobody named before becomes a page that was never asked."""
        with self._sql.transaction():
            for one in sightings:
                page_id = pages.obtain_id(self._sql, site, one.url, _FOUND_BY[one.source], 0, now)
                self.name(page_id, one, run_id)
                self._sql.run("UPDATE pages SET depth = 0 WHERE id = ? AND depth > 0", (page_id,))
                if one.source is Source.SITEMAP and one.said:
                    self._sql.run("UPDATE pages SET sitemap_lastmod = ? WHERE id = ?", (one.said, page_id))

    def name(self, page_id: int, sighting: Sighting, run_id: int) -> None:
        """Note that a source names a page in this run."""
        self._sql.run(
            "INSERT INTO signals (page_id, source, said, seen_run) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (page_id, source) DO UPDATE SET said = excluded.said, seen_run = excluded.seen_run "
            "WHERE said IS NOT excluded.said OR seen_run IS NOT excluded.seen_run",
            (page_id, sighting.source, sighting.said, run_id),
        )

    def settle(self, page_id: int, *, changed: bool | None) -> None:
        """The page was asked: what is said of it from now on is news. `changed` as far as the bytes tell."""
        self._sql.run(
            # a page that was never asked before bears witness to nothing
            "UPDATE signals SET spoke = CASE WHEN settled IS NULL THEN NULL ELSE said IS NOT settled END, "
            "changed = CASE WHEN settled IS NULL THEN NULL ELSE ? END, settled = said WHERE page_id = ?",
            (changed, page_id),
        )

    def documents(self, site: str) -> dict[str, Document]:
        """The feeds and lists of a site by address."""
        found = self._sql.rows("SELECT address, named, asked_at, last_modified FROM documents WHERE site = ?", (site,))
        return {row[0]: Document(row[0], row[1], datetime.fromisoformat(row[2]), row[3]) for row in found}

    def keep_document(self, site: str, document: Document) -> None:
        """Remember how a feed or list was read."""
        self._sql.run(
            "INSERT OR REPLACE INTO documents (site, address, named, asked_at, last_modified) VALUES (?, ?, ?, ?, ?)",
            (site, document.address, document.named, pages.text_of(document.asked_at), document.last_modified),
        )

    # --- the plan -------------------------------------------------------------------------------

    def known(self, site: str, run_id: int, whole: frozenset[Source]) -> Iterator[Known]:
        """Every page of a site with what is said of it; `whole` are the sources that this run has read to the end."""
        for _, group in groupby(self._known_rows(site), key=itemgetter(0)):
            of_page = list(group)
            _, key, url, depth, state, captured, alias, asked_run, failure, held = of_page[0][:10]
            yield Known(
                key=key,
                url=url,
                depth=depth,
                state=PageState(state),
                captured=bool(captured),
                alias=bool(alias),
                asked_run=asked_run,
                failure=FailureReason(failure) if failure else None,
                held=bool(held),
                claims=tuple(_claim(row[10:], run_id, asked_run, whole) for row in of_page if row[10] is not None),
            )

    def _known_rows(self, site: str) -> Iterator[Row]:
        last = 0
        while rows := self._sql.rows(
            "SELECT p.id, p.key, p.url, p.depth, p.state, p.capture_id IS NOT NULL, p.alias_of IS NOT NULL, "
            "coalesce(p.asked_run, 0), p.failure, h.page_id IS NOT NULL, s.source, s.said, s.settled, s.seen_run "
            "FROM (SELECT * FROM pages WHERE site = ? AND id > ? ORDER BY id LIMIT ?) p "
            "LEFT JOIN signals s ON s.page_id = p.id LEFT JOIN held h ON h.page_id = p.id ORDER BY p.id",
            (site, last, _PAGES_AT_ONCE),
        ):
            yield from rows
            last = rows[-1][0]

    def keep_plan(self, run_id: int, site: str, places: Iterable[Place]) -> None:
        """Put a run's whole plan into the frontier, in one step."""
        with self._sql.transaction():
            for place in places:
                self._sql.run(
                    "INSERT INTO frontier (page_id, site, priority, depth, why) "
                    "SELECT id, site, ?, ?, ? FROM pages WHERE key = ? "
                    "ON CONFLICT (page_id) DO UPDATE "
                    "SET why = excluded.why, priority = min(priority, excluded.priority)",
                    (place.priority, place.depth, place.why, place.key),
                )
            # The first thing that a source says of a page we have is what its later claims are compared with.
            self._sql.run(
                "UPDATE signals SET settled = said WHERE settled IS NULL AND said IS NOT NULL "
                "AND page_id IN (SELECT id FROM pages WHERE site = ? AND capture_id IS NOT NULL)",
                (site,),
            )
            self._sql.run("INSERT OR REPLACE INTO plans VALUES (?, ?)", (site, run_id))

    def is_planned(self, run_id: int, site: str) -> bool:
        """Whether the plan of a run stands in the frontier."""
        return bool(self._sql.value("SELECT 1 FROM plans WHERE site = ? AND run_id = ?", (site, run_id)))

    def articles_asked(self, site: str, run_id: int) -> list[tuple[str, int, FailureReason | None]]:
        """The articles of a site that a run has asked so far, their depths, and why that brought nothing, if so."""
        found = self._sql.rows(
            "SELECT url, depth, failure FROM pages p WHERE site = ? AND asked_run = ? "
            "AND EXISTS (SELECT 1 FROM articles a WHERE a.page_id = p.id AND a.current = 1) ORDER BY id",
            (site, run_id),
        )
        return [(url, depth, FailureReason(failure) if failure else None) for url, depth, failure in found]

    def nights_since_last(self, site: str, run_id: int, now: datetime) -> float:
        """Days since a run before this one asked the site for the last time; 0 if none has."""
        asked_at = self._sql.value(
            "SELECT max(fetched_at) FROM fetches f JOIN pages p ON p.id = f.page_id WHERE p.site = ? AND f.run_id < ?",
            (site, run_id),
        )
        return (now - datetime.fromisoformat(asked_at)).total_seconds() / 86_400 if asked_at else 0.0

    # --- the record of the sources --------------------------------------------------------------

    def records(self, site: str) -> tuple[SourceRecord, ...]:
        """What each source knew of the site's articles, and how its claims agreed with what was found."""
        articles = self._sql.value(
            "SELECT count(*) FROM articles a JOIN pages p ON p.id = a.page_id "
            "WHERE a.current = 1 AND p.site = ? AND p.state != 'gone'",
            (site,),
        )
        found = self._sql.rows(
            "SELECT s.source, "
            "count(*) FILTER (WHERE p.state != 'gone' AND "
            "EXISTS (SELECT 1 FROM articles a WHERE a.page_id = p.id AND a.current = 1)), "
            "count(*) FILTER (WHERE s.said IS NOT NULL AND spoke = 1 AND changed = 1), "
            "count(*) FILTER (WHERE s.said IS NOT NULL AND spoke = 0 AND changed = 1), "
            "count(*) FILTER (WHERE s.said IS NOT NULL AND spoke = 1 AND changed = 0) "
            "FROM signals s JOIN pages p ON p.id = s.page_id WHERE p.site = ? GROUP BY s.source",
            (site,),
        )
        by_source = {Source(row[0]): row[1:] for row in found}
        return tuple(
            SourceRecord(source, knew, articles - knew, told, silent, idle)
            for source in Source
            if source in by_source
            for knew, told, silent, idle in (by_source[source],)
        )

    def of_page(self, url: str) -> list[tuple[Source, str | None]]:
        """The sources that named a page, with what they said last."""
        found = self._sql.rows(
            "SELECT source, said FROM signals WHERE page_id = ? ORDER BY source",
            (pages.own_id(self._sql, url),),
        )
        return [(Source(row[0]), row[1]) for row in found]


def _claim(row: Row, run_id: int, asked_run: int, whole: frozenset[Source]) -> Claim:
    source, said, settled, seen_run = Source(row[0]), *row[1:]
    named = seen_run == run_id
    # asked once since it was last named: then whatever came of that is known
    dropped = not named and source in whole and source.lists_all and asked_run <= seen_run
    return Claim(source, said, settled, named, dropped)
