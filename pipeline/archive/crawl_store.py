"""What the crawl knows: pages, the frontier, captures, the history of fetches, runs.

A fetch, its capture, the page's new state, the links found on it and the frontier's tick are one
transaction: a page counts as seen only when its content is safe. May import: records, errors, urls,
archive.connection, archive.outcomes, archive.bodies, archive.pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from pipeline.archive import bodies
from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import Fetched, FetchEffect, Found, PreparedBody, RunOutcome, Step, Waiting
from pipeline.archive.pages import resolve_alias, text_of
from pipeline.records import Capture, FailureReason, FetchFailure, FoundBy, NotModified, PageState, Redirected
from pipeline.urls import canonical_key

# One 404 may be an accident of the night; a page that is missing in two runs is gone.
NOT_FOUND_RUNS_UNTIL_GONE = 2

# Refusals that are ours, not the site's: they say nothing about the page.
_OUR_REFUSALS = frozenset({FailureReason.ROBOTS, FailureReason.OUT_OF_SCOPE, FailureReason.PRIVATE_ADDRESS})


class CrawlStore:
    """The crawler's side of an archive."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    # --- runs -----------------------------------------------------------------------------------

    def begin_run(self, run_id: int, site: str, priority_of: Callable[[str, bool], int | None], *, full: bool) -> bool:
        """Begin the crawl of a site; True when it goes on with one that was killed or interrupted.

        A new one asks every known page for which `priority_of`, given its address and whether we have a capture of it,
        is not None. Addresses that are gone or
        never were more than a redirect are left out unless `full`: sitemaps and links bring them back.
        """
        with self._sql.transaction():
            last = self._sql.row("SELECT run_id, outcome FROM crawls WHERE site = ?", (site,))
            self._sql.run("INSERT OR REPLACE INTO crawls VALUES (?, ?, NULL)", (site, run_id))
            if last and last[1] in (None, RunOutcome.INTERRUPTED) and self.waiting_count(site):
                # what that run has asked counts as asked by this one
                self._sql.run(
                    "UPDATE pages SET asked_run = ? WHERE site = ? AND asked_run = ?", (run_id, site, last[0])
                )
                return True
            self._sql.run("DELETE FROM frontier WHERE site = ?", (site,))
            for page_id, url, depth, captured in self._known(site, full=full):
                priority = priority_of(url, captured)
                if priority is not None:
                    self._enqueue(page_id, site, priority, depth)
            return False

    def end_run(self, run_id: int, outcome: RunOutcome) -> None:
        """Write down how the crawl of the site that the run is at has ended."""
        self._sql.run("UPDATE crawls SET outcome = ? WHERE run_id = ? AND outcome IS NULL", (outcome, run_id))

    def _known(self, site: str, *, full: bool) -> list[tuple[int, str, int, bool]]:
        found = self._sql.rows(
            "SELECT id, url, depth, capture_id IS NOT NULL FROM pages WHERE site = ? "
            "AND (? OR (state != 'gone' AND (alias_of IS NULL OR capture_id IS NOT NULL)))",
            (site, full),
        )
        return [(row[0], row[1], row[2], bool(row[3])) for row in found]

    def known_addresses(self, site: str) -> list[str]:
        """What a new run would ask again."""
        return [url for _, url, _, _ in self._known(site, full=False)]

    # --- frontier -------------------------------------------------------------------------------

    def next_waiting(self, site: str, in_flight: frozenset[str] = frozenset()) -> Waiting | None:
        """The next address to ask: lowest priority number, nearest to a seed, first found."""
        found = self._sql.rows(
            "SELECT p.key, p.url, p.depth, p.found_by, f.priority, p.etag, p.last_modified, p.capture_id "
            "FROM frontier f JOIN pages p ON p.id = f.page_id "
            "WHERE f.site = ? ORDER BY f.priority, f.depth, f.page_id LIMIT ?",
            (site, len(in_flight) + 1),
        )
        for key, url, depth, found_by, priority, etag, last_modified, capture_id in found:
            if key not in in_flight:
                return Waiting(key, url, depth, FoundBy(found_by), priority, etag, last_modified, capture_id)
        return None

    def waiting_count(self, site: str) -> int:
        """How many addresses the current run has still to ask."""
        return int(self._sql.value("SELECT count(*) FROM frontier WHERE site = ?", (site,)))

    def is_known(self, key: str, run_id: int) -> bool:
        """Whether a page was asked in this run, or waits for it."""
        return bool(
            self._sql.value(
                "SELECT 1 FROM pages p LEFT JOIN frontier f ON f.page_id = p.id "
                "WHERE p.key = ? AND (p.asked_run = ? OR f.page_id IS NOT NULL)",
                (key, run_id),
            )
        )

    def add_found(self, run_id: int, site: str, found: Iterable[Found], now: datetime) -> int:
        """Enter addresses into pages and frontier; how many are new to the frontier."""
        added = 0
        with self._sql.transaction():
            for one in found:
                added += self._add_one(run_id, site, one, now)
        return added

    def _add_one(self, run_id: int, site: str, one: Found, now: datetime) -> bool:
        page_id = self._page_id(site, one.url, one.found_by, one.depth, now)
        asked, state, alias, capture = self._sql.rows(
            "SELECT asked_run, state, alias_of, capture_id FROM pages WHERE id = ?", (page_id,)
        )[0]
        listed = one.found_by in (FoundBy.SEED, FoundBy.SITEMAP)
        if one.sitemap_lastmod:
            self._sql.run("UPDATE pages SET sitemap_lastmod = ? WHERE id = ?", (one.sitemap_lastmod, page_id))
        # Menus go on naming addresses that died or moved long ago: a link alone is no reason to ask those again.
        dead = capture is None and (state == PageState.GONE or alias is not None)
        if asked == run_id or (dead and not listed):
            return False
        if listed:
            self._sql.run("UPDATE pages SET depth = min(depth, ?) WHERE id = ?", (one.depth, page_id))
        return self._enqueue(page_id, site, one.priority, one.depth)

    def _enqueue(self, page_id: int, site: str, priority: int, depth: int) -> bool:
        waiting = self._sql.value("SELECT priority FROM frontier WHERE page_id = ?", (page_id,))
        if waiting is not None and waiting <= priority:
            return False
        self._sql.run("INSERT OR REPLACE INTO frontier VALUES (?, ?, ?, ?)", (page_id, site, priority, depth))
        return waiting is None

    # --- one fetch ------------------------------------------------------------------------------

    def record_fetch(self, step: Step) -> FetchEffect:
        """Everything that one fetch changes, in one transaction."""
        asked, outcome = step.asked, step.fetched.outcome
        now = outcome.fetched_at
        with self._sql.transaction():
            page_id = self._page_id(step.site, asked.url, asked.found_by, asked.depth, now)
            if isinstance(outcome, FetchFailure):
                effect = self._failed(step.run_id, page_id, outcome)
            elif isinstance(outcome, NotModified):
                self._sql.run(
                    "UPDATE pages SET state = 'present', last_ok_at = ?, not_found_runs = 0, alias_of = NULL "
                    "WHERE id = ?",
                    (text_of(now), page_id),
                )
                effect = FetchEffect.UNCHANGED
            else:
                effect = self._answered(step, page_id, outcome)
            self._tick(page_id, step.run_id)
            self._log(page_id, step)
            for one in step.found:
                self._add_one(step.run_id, step.site, one, now)
        return effect

    def _answered(self, step: Step, page_id: int, outcome: Capture | Redirected) -> FetchEffect:
        now, depth = outcome.fetched_at, step.asked.depth
        target = outcome.target if isinstance(outcome, Redirected) else outcome.url
        target_id = self._page_id(step.site, target, FoundBy.REDIRECT, depth, now)
        for hop in step.fetched.hops:
            hop_id = self._page_id(step.site, hop.url, FoundBy.REDIRECT, depth, now)
            if hop_id != target_id:
                self._alias(hop_id, target_id)
                self._tick(hop_id, step.run_id)
        if isinstance(outcome, Redirected):
            return FetchEffect.MOVED
        self._tick(target_id, step.run_id)
        effect = self._store_capture(target_id, outcome, step.body or bodies.prepare(outcome.body))
        return effect if target_id == page_id or effect is FetchEffect.NEW else FetchEffect.MOVED

    def _store_capture(self, page_id: int, capture: Capture, body: PreparedBody) -> FetchEffect:
        newest, newest_hash = self._sql.row(
            "SELECT p.capture_id, c.sha256 FROM pages p LEFT JOIN captures c ON c.id = p.capture_id WHERE p.id = ?",
            (page_id,),
        ) or (None, None)
        capture_id = newest
        if newest_hash != body.sha256:
            bodies.store(self._sql, body)
            capture_id = self._sql.run(
                "INSERT INTO captures (page_id, url, status, headers, sha256, fetched_at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    page_id,
                    capture.url,
                    capture.status,
                    json.dumps(dict(capture.headers)),
                    body.sha256,
                    text_of(capture.fetched_at),
                ),
            )
        self._sql.run(
            "UPDATE pages SET url = ?, state = 'present', last_ok_at = ?, etag = ?, last_modified = ?, "
            "alias_of = NULL, not_found_runs = 0, capture_id = ? WHERE id = ?",
            (
                capture.url,
                text_of(capture.fetched_at),
                capture.headers.get("etag"),
                capture.headers.get("last-modified"),
                capture_id,
                page_id,
            ),
        )
        if newest is None:
            return FetchEffect.NEW
        return FetchEffect.UNCHANGED if capture_id == newest else FetchEffect.CHANGED

    def _failed(self, run_id: int, page_id: int, failure: FetchFailure) -> FetchEffect:
        state, misses, asked_run, capture_id = self._sql.rows(
            "SELECT state, not_found_runs, asked_run, capture_id FROM pages WHERE id = ?", (page_id,)
        )[0]
        if failure.reason is FailureReason.NOT_FOUND and asked_run != run_id:
            misses += 1
        missing = failure.reason is FailureReason.NOT_FOUND and misses >= NOT_FOUND_RUNS_UNTIL_GONE
        if failure.reason is FailureReason.GONE or missing:
            state = PageState.GONE
        elif failure.reason not in _OUR_REFUSALS and state != PageState.GONE:
            state = PageState.UNKNOWN
        self._sql.run("UPDATE pages SET state = ?, not_found_runs = ? WHERE id = ?", (state, misses, page_id))
        if capture_id is None:
            return FetchEffect.FAILED
        return FetchEffect.GONE if state == PageState.GONE else FetchEffect.KEPT

    def _alias(self, page_id: int, target_id: int) -> None:
        if resolve_alias(self._sql, target_id) == page_id:
            # the two have changed places: what was the other's alias is now the page
            self._sql.run("UPDATE pages SET alias_of = NULL WHERE id = ?", (target_id,))
        self._sql.run("UPDATE pages SET alias_of = ? WHERE id = ?", (target_id, page_id))

    def _tick(self, page_id: int, run_id: int) -> None:
        self._sql.run("DELETE FROM frontier WHERE page_id = ?", (page_id,))
        self._sql.run("UPDATE pages SET asked_run = ? WHERE id = ?", (run_id, page_id))

    def _log(self, page_id: int, step: Step) -> None:
        fetched, outcome = step.fetched, step.fetched.outcome
        status, reason, detail = _summary(fetched)
        self._sql.run(
            "INSERT INTO fetches (page_id, run_id, url, fetched_at, status, reason, detail, bytes, ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page_id,
                step.run_id,
                outcome.url,
                text_of(outcome.fetched_at),
                status,
                reason,
                detail,
                fetched.transferred_bytes,
                fetched.elapsed_ms,
            ),
        )

    def _page_id(self, site: str, url: str, found_by: FoundBy, depth: int, now: datetime) -> int:
        key = canonical_key(url)
        page_id = self._sql.value("SELECT id FROM pages WHERE key = ?", (key,))
        if page_id is None:
            page_id = self._sql.run(
                "INSERT INTO pages (key, url, site, state, found_by, depth, first_seen_at) "
                "VALUES (?, ?, ?, 'unknown', ?, ?, ?)",
                (key, url, site, found_by, depth, text_of(now)),
            )
        return int(page_id)


def _summary(fetched: Fetched) -> tuple[int | None, str, str]:
    outcome = fetched.outcome
    via = f"by {len(fetched.hops)} redirect{'s' if len(fetched.hops) > 1 else ''}" if fetched.hops else ""
    match outcome:
        case FetchFailure():
            return outcome.status, outcome.reason, outcome.detail
        case NotModified():
            return 304, "not_modified", via
        case Redirected():
            return (301 if outcome.permanent else 302), "redirect", f"to {outcome.target}"
        case Capture():
            return outcome.status, "ok", via
