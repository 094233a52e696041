"""Articles and their versions, and the rejections: what extraction made of the captures.

An article is replaced only by a good one: a capture that is no article any more leaves it standing.
May import: records, urls, archive.connection, archive.outcomes, archive.codec, archive.pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pipeline.archive import pages
from pipeline.archive.codec import article_from_json, article_to_json
from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import ExtractionEffect, Loss
from pipeline.errors import ArchiveDamaged
from pipeline.records import Article, FoundBy, Page, Rejection, RejectionReason
from pipeline.urls import canonical_key

SLICE_ROWS = 200
SLICE_MARKS = 5_000

# An article whose text is at least this long loses its body when nothing is left of it, and shrinks when less than the
# share is left. Set by judgement: an editor cuts a text by half, an error page or a login form leaves a tenth.
_BODY_CHARS = 300
_SHRUNK_SHARE = 0.3

_REJECTION = "url, site, reason, detail, capture_id, extractor_version"

# An address that redirects lends its article to nobody while its target has one; if the target has none
# (a redirect to a list of news), the article stays what it was.
_SHOWN = (
    "a.current = 1 AND NOT EXISTS (SELECT 1 FROM pages p JOIN articles t ON t.page_id = p.alias_of AND t.current = 1 "
    "WHERE p.id = a.page_id)"
)


class ArticleStore:
    """The extractor's side of an archive, and what its readers read."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    # --- extraction -----------------------------------------------------------------------------

    def pending(self, fingerprint: str, *, everything: bool) -> Iterator[tuple[Page, int]]:
        """Pages whose newest capture this extractor has not read yet, with that capture's id."""
        last = 0
        stale = "" if everything else "AND (p.extracted_id IS NOT p.capture_id OR p.extracted_with IS NOT ?)"
        values = () if everything else (fingerprint,)
        while rows := self._sql.rows(
            f"SELECT {pages.COLUMNS}, p.capture_id FROM pages p WHERE p.id > ? AND p.capture_id IS NOT NULL "  # noqa: S608 - constants
            f"AND p.alias_of IS NULL {stale} ORDER BY p.id LIMIT {SLICE_ROWS}",
            (last, *values),
        ):
            for row in rows:
                yield pages.page_of(row[:-1]), row[-1]
            last = rows[-1][0]

    def sample(self, site: str, count: int) -> list[tuple[Page, int]]:
        """Pages of a site with their newest capture, drawn the same way each time, and its number of pages."""
        rows = self._sql.rows(
            f"SELECT {pages.COLUMNS}, p.capture_id FROM pages p WHERE p.site = ? AND p.capture_id IS NOT NULL "  # noqa: S608 - constants
            # a multiplicative hash of the page's number scatters the draw over the site
            "AND p.alias_of IS NULL ORDER BY (p.id * 2654435761) % 4294967296 LIMIT ?",
            (site, count),
        )
        return [(pages.page_of(row[:-1]), row[-1]) for row in rows]

    def captured_pages(self, site: str) -> int:
        """How many pages of a site have a capture."""
        return int(
            self._sql.value(
                "SELECT count(*) FROM pages WHERE site = ? AND capture_id IS NOT NULL AND alias_of IS NULL", (site,)
            )
        )

    def template(self, site: str) -> tuple[str, int] | None:
        """What was learned of a site's template, and how many pages it had then."""
        row = self._sql.row("SELECT record, pages FROM templates WHERE site = ?", (site,))
        return (row[0], row[1]) if row is not None else None

    def keep_template(self, site: str, record: str, known_pages: int) -> None:
        """Store what was learned of a site's template."""
        with self._sql.transaction():
            self._sql.run("INSERT OR REPLACE INTO templates VALUES (?, ?, ?)", (site, known_pages, record))

    def record(
        self, page_key: str, capture_id: int, fingerprint: str, outcome: Article | Rejection
    ) -> ExtractionEffect:
        """Store what one capture turned out to be, and that this extractor has read it."""
        with self._sql.transaction():
            page_id = self._sql.value("SELECT id FROM pages WHERE key = ?", (page_key,))
            if page_id is None:
                raise ArchiveDamaged(f"The page {page_key} is not in the archive; run `aimf doctor`.")
            read_id, read_with = self._sql.row(
                "SELECT extracted_id, extracted_with FROM pages WHERE id = ?", (page_id,)
            ) or (None, None)
            self._sql.run(
                "UPDATE pages SET extracted_id = ?, extracted_with = ? WHERE id = ?",
                (capture_id, fingerprint, page_id),
            )
            if isinstance(outcome, Article):
                effect = self._accept(page_id, replace(outcome, capture_id=capture_id))
            else:
                effect = self._reject(page_id, replace(outcome, capture_id=capture_id))
            if read_with == fingerprint and read_id != capture_id:
                # Only the page can have changed, not its reader: that is what the sources' claims are measured by.
                self._sql.run(
                    "UPDATE signals SET changed = ? WHERE page_id = ? AND spoke IS NOT NULL AND changed IS NULL",
                    (effect is ExtractionEffect.CHANGED, page_id),
                )
            return effect

    # --- what a reading would take away ---------------------------------------------------------

    def loss(self, page_key: str, outcome: Article | Rejection) -> Loss | None:
        """What the article of a page would lose by an outcome; None if there is no article."""
        record = self._sql.value(
            "SELECT a.record FROM articles a JOIN pages p ON p.id = a.page_id WHERE p.key = ? AND a.current = 1",
            (page_key,),
        )
        if record is None:
            return None
        if isinstance(outcome, Rejection):
            return Loss.ARTICLE
        before = article_from_json(record)
        if len(before.text) >= _BODY_CHARS and not outcome.text:
            return Loss.BODY
        if len(before.text) >= _BODY_CHARS and len(outcome.text) < _SHRUNK_SHARE * len(before.text):
            return Loss.SHRUNK
        return Loss.DATE if before.date_published and outcome.date_published is None else Loss.NOTHING

    def hold(self, page_key: str, loss: Loss) -> None:
        """Leave the newest capture of a page unread: its article would lose by it. The next run asks the page again."""
        page_id = self._sql.value("SELECT id FROM pages WHERE key = ?", (page_key,))
        self._hold(page_id, loss)

    def _hold(self, page_id: int, loss: Loss) -> None:
        self._sql.run(
            "INSERT INTO held (page_id, loss, seen_at) SELECT id, ?, coalesce(last_ok_at, first_seen_at) FROM pages "
            "WHERE id = ? ON CONFLICT (page_id) DO NOTHING",
            (loss, page_id),
        )

    def is_confirmed(self, page_key: str) -> bool:
        """Whether a page that is held has answered again since, in the same way as far as the caller sees."""
        return bool(
            self._sql.value(
                "SELECT 1 FROM held h JOIN pages p ON p.id = h.page_id WHERE p.key = ? AND p.last_ok_at > h.seen_at",
                (page_key,),
            )
        )

    def is_new_capture(self, page_key: str, capture_id: int) -> bool:
        """Whether a capture has not been read by any extractor yet."""
        read_id = self._sql.value("SELECT extracted_id FROM pages WHERE key = ?", (page_key,))
        return bool(read_id != capture_id)

    def current_count(self, site: str) -> int:
        """How many articles of a site stand."""
        return int(self._sql.value("SELECT count(*) FROM articles WHERE site = ? AND current = 1", (site,)))

    def _accept(self, page_id: int, article: Article) -> ExtractionEffect:
        self._sql.run("DELETE FROM rejections WHERE page_id = ?", (page_id,))
        self._sql.run("DELETE FROM held WHERE page_id = ?", (page_id,))
        newest = self._sql.row(
            "SELECT id, version, current, content_hash, record FROM articles WHERE page_id = ? "
            "ORDER BY current DESC, version DESC LIMIT 1",
            (page_id,),
        )
        if newest is None:
            self._insert(page_id, replace(article, version=1))
            return ExtractionEffect.NEW
        row_id, version, current, content_hash, record = newest
        if content_hash != article.content_hash:
            highest = self._sql.value("SELECT max(version) FROM articles WHERE page_id = ?", (page_id,))
            self._sql.run("UPDATE articles SET current = 0 WHERE page_id = ?", (page_id,))
            self._insert(page_id, replace(article, version=highest + 1))
            return ExtractionEffect.CHANGED if current else ExtractionEffect.NEW
        self._refresh(row_id, version, article_from_json(record), article)
        return ExtractionEffect.UNCHANGED if current else ExtractionEffect.NEW

    def _refresh(self, row_id: int, version: int, stored: Article, article: Article) -> None:
        """The same content again: the version stays, unless it was read anew (better, or for the first time here)."""
        reread = (
            stored.capture_id in (None, article.capture_id) or stored.extractor_version != article.extractor_version
        )
        if reread:
            fresh = replace(article, version=version, captured_at=stored.captured_at or article.captured_at)
        else:
            # What editors repair beside the text makes no version, and must not be told for ever.
            fresh = replace(
                stored,
                url=article.url,  # it may have moved, and its versions with it
                date_modified=article.date_modified or stored.date_modified,
                findings=article.findings,
            )
        # The column names the newest capture that says the same, so that a better extractor can withdraw it there.
        self._sql.run("UPDATE articles SET current = 1, capture_id = ? WHERE id = ?", (article.capture_id, row_id))
        if fresh != stored:
            self._sql.run(
                "UPDATE articles SET record = ?, url = ?, revision = revision + 1 WHERE id = ?",
                (article_to_json(fresh), fresh.url, row_id),
            )

    def _insert(self, page_id: int, article: Article) -> None:
        self._sql.run(
            "INSERT INTO articles (page_id, version, current, url, site, kind, title, language, date_published, "
            "content_hash, capture_id, captured_at, record) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page_id,
                article.version,
                article.url,
                article.site,
                article.kind,
                article.title,
                article.language,
                article.date_published.isoformat() if article.date_published else None,
                article.content_hash,
                article.capture_id,
                pages.text_of(article.captured_at) if article.captured_at else None,
                article_to_json(article),
            ),
        )

    def _reject(self, page_id: int, rejection: Rejection) -> ExtractionEffect:
        stands = self._sql.row("SELECT id, capture_id FROM articles WHERE page_id = ? AND current = 1", (page_id,))
        withdrawn = stands is not None and stands[1] == rejection.capture_id
        if stands is not None and withdrawn:
            self._sql.run("UPDATE articles SET current = 0 WHERE id = ?", (stands[0],))
        kept = stands is not None and not withdrawn
        self._sql.run(
            f"INSERT OR REPLACE INTO rejections (page_id, {_REJECTION}, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
            (
                page_id,
                rejection.url,
                rejection.site,
                rejection.reason,
                rejection.detail,
                rejection.capture_id,
                rejection.extractor_version,
                int(kept),
            ),
        )
        if kept:
            self._hold(page_id, Loss.ARTICLE)
            return ExtractionEffect.KEPT
        return ExtractionEffect.WITHDRAWN if withdrawn else ExtractionEffect.REJECTED

    def put(self, article: Article) -> ExtractionEffect:
        """Take over an article that was exported elsewhere; one that we have captured later ourselves stays."""
        # capture ids of another archive mean nothing here
        article = replace(article, capture_id=None)
        with self._sql.transaction():
            page_id = pages.own_id(self._sql, article.url)
            if page_id is None:
                seen_at = article.captured_at or datetime.now(UTC)
                page_id = self._sql.run(
                    "INSERT INTO pages (key, url, site, state, found_by, depth, first_seen_at) "
                    "VALUES (?, ?, ?, 'unknown', ?, 0, ?)",
                    (canonical_key(article.url), article.url, article.site, FoundBy.IMPORT, pages.text_of(seen_at)),
                )
            standing = self._current(page_id)
            if standing and standing.content_hash == article.content_hash:
                return ExtractionEffect.UNCHANGED
            if (
                standing
                and standing.captured_at
                and (article.captured_at is None or article.captured_at <= standing.captured_at)
            ):
                return ExtractionEffect.KEPT
            return self._accept(page_id, article)

    # --- reading --------------------------------------------------------------------------------

    def articles(self) -> Iterator[Article]:
        """The current version of every article, in the order of their addresses."""
        last: tuple[str, int] = ("", 0)
        while rows := self._sql.rows(
            f"SELECT a.url, a.id, a.record FROM articles a WHERE {_SHOWN} AND (a.url, a.id) > (?, ?) "  # noqa: S608 - constants
            f"ORDER BY a.url, a.id LIMIT {SLICE_ROWS}",
            last,
        ):
            for _, _, record in rows:
                yield article_from_json(record)
            last = (rows[-1][0], rows[-1][1])

    def marks(self) -> Iterator[tuple[str, str]]:
        """Every current article's address, and a mark that changes whenever its record does; in order."""
        last: tuple[str, int] = ("", 0)
        while rows := self._sql.rows(
            f"SELECT a.url, a.id, a.revision, a.content_hash FROM articles a WHERE {_SHOWN} "  # noqa: S608 - constants
            f"AND (a.url, a.id) > (?, ?) ORDER BY a.url, a.id LIMIT {SLICE_MARKS}",
            last,
        ):
            for url, row_id, revision, content_hash in rows:
                # The hash tells apart archives in which the numbers are the same.
                yield url, f"{row_id}.{revision}.{content_hash[:16]}"
            last = (rows[-1][0], rows[-1][1])

    def article(self, url: str) -> Article | None:
        """The current version of an article, by any spelling of its address."""
        own = pages.own_id(self._sql, url)
        if own is None:
            return None
        target = pages.resolve_alias(self._sql, own)
        return self._current(target) or (self._current(own) if own != target else None)

    def _current(self, page_id: int) -> Article | None:
        record = self._sql.value("SELECT record FROM articles WHERE page_id = ? AND current = 1", (page_id,))
        return article_from_json(record) if record else None

    def versions(self, url: str) -> list[Article]:
        """Every version of an article, oldest first."""
        own = pages.own_id(self._sql, url)
        if own is None:
            return []
        for page_id in dict.fromkeys((pages.resolve_alias(self._sql, own), own)):
            rows = self._sql.rows("SELECT record FROM articles WHERE page_id = ? ORDER BY version", (page_id,))
            if rows:
                return [article_from_json(row[0]) for row in rows]
        return []

    def rejections(self, *, kept: bool) -> Iterator[Rejection]:
        """The pages that are no article; with `kept`, those whose older article still stands."""
        last: tuple[str, int] = ("", 0)
        while rows := self._sql.rows(
            f"SELECT {_REJECTION}, page_id FROM rejections WHERE kept = ? AND (url, page_id) > (?, ?) "  # noqa: S608 - constants
            f"ORDER BY url, page_id LIMIT {SLICE_ROWS}",
            (int(kept), *last),
        ):
            for row in rows:
                yield _rejection(row)
            last = (rows[-1][0], rows[-1][-1])

    def rejection(self, url: str) -> Rejection | None:
        """Why the newest capture of a page is no article; None if it is one."""
        page_id = pages.find_id(self._sql, url)
        row = self._sql.row(f"SELECT {_REJECTION} FROM rejections WHERE page_id = ?", (page_id,))  # noqa: S608 - constant
        return _rejection(row) if row else None


def _rejection(row: tuple[object, ...]) -> Rejection:
    url, site, reason, detail, capture_id, extractor_version = row[:6]
    return Rejection(
        url=str(url),
        site=str(site),
        reason=RejectionReason(str(reason)),
        detail=str(detail),
        capture_id=capture_id if isinstance(capture_id, int) else None,
        extractor_version=extractor_version if isinstance(extractor_version, int) else 0,
    )
