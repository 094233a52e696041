"""What the crawl knows: pages, the frontier, captures, the history of fetches, runs.

A fetch, its capture, the page's new state, the links found on it and the frontier's tick are one
transaction: a page counts as seen only when its content is safe. May import: records, errors, urls,
archive.connection, archive.outcomes, archive.bodies, archive.pages, archive.signal_store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from pipeline.archive import bodies
from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import (
    AskReason,
    Fetched,
    FetchEffect,
    Found,
    PreparedBody,
    RunOutcome,
    Sighting,
    Source,
    Step,
    Waiting,
)
from pipeline.archive.pages import obtain_id, resolve_alias, text_of
from pipeline.archive.signal_store import SignalStore
from pipeline.records import Capture, FailureReason, FetchFailure, FoundBy, NotModified, PageState, Redirected

# One 404 may be an accident of the night; a page that is missing in two runs is gone. A 410 is proof at once.
NOT_FOUND_RUNS_UNTIL_GONE = 2

# Answers that say: there is no such page (any more).
MISSING = frozenset({FailureReason.NOT_FOUND, FailureReason.REDIRECTED_AWAY, FailureReason.SOFT_NOT_FOUND})

# Refusals that are ours, not the site's: they say nothing about the page.
_OUR_REFUSALS = frozenset({FailureReason.ROBOTS, FailureReason.OUT_OF_SCOPE, FailureReason.PRIVATE_ADDRESS})


# A page that has answered; the value is the time.
_PRESENT = (
    "state_at = CASE state WHEN 'present' THEN state_at ELSE ? END, state = 'present', not_found_runs = 0, "
    "failure = NULL"
)


# A run may crawl several sites, one after the other.
_SITE_AT_WORK = "site IN (SELECT site FROM crawls WHERE run_id = ? AND outcome IS NULL)"


class CrawlStore:
    """The crawler's side of an archive."""

    def __init__(self, sql: Connection, signals: SignalStore) -> None:
        self._sql = sql
        self._signals = signals

    # --- runs -----------------------------------------------------------------------------------

    def begin_run(self, run_id: int, site: str) -> bool:
        """Begin the crawl of a site; True when it goes on with one that was killed or interrupted.

        A new one begins with an empty frontier: its plan fills it.
        """
        with self._sql.transaction():
            last = self._sql.row("SELECT run_id, outcome FROM crawls WHERE site = ?", (site,))
            self._sql.run("INSERT OR REPLACE INTO crawls VALUES (?, ?, NULL)", (site, run_id))
            if last and last[1] in (None, RunOutcome.INTERRUPTED) and self.waiting_count(site):
                # what that run has asked and heard counts as asked and heard by this one
                self._sql.run(
                    "UPDATE pages SET asked_run = ? WHERE site = ? AND asked_run = ?", (run_id, site, last[0])
                )
                self._sql.run(
                    "UPDATE signals SET seen_run = ? WHERE seen_run = ? "
                    "AND page_id IN (SELECT id FROM pages WHERE site = ?)",
                    (run_id, last[0], site),
                )
                self._sql.run("UPDATE plans SET run_id = ? WHERE site = ? AND run_id = ?", (run_id, site, last[0]))
                return True
            self._sql.run("DELETE FROM frontier WHERE site = ?", (site,))
            return False

    def end_run(self, run_id: int, now: datetime, outcome: RunOutcome, *, believed: bool) -> int:
        """Write down how the crawl of the site that the run is at has ended; how many pages it found to be gone.

        `believed`: what it found missing is missing. One that was interrupted is judged when it has gone on to its end.
        """
        with self._sql.transaction():
            at_its_end = outcome is not RunOutcome.INTERRUPTED
            gone = self._settle_gone(run_id, now, believed=believed) if at_its_end else 0
            self._sql.run("UPDATE crawls SET outcome = ? WHERE run_id = ? AND outcome IS NULL", (outcome, run_id))
        return gone

    # --- frontier -------------------------------------------------------------------------------

    def next_waiting(self, site: str, in_flight: frozenset[str] = frozenset()) -> Waiting | None:
        """The next address to ask: lowest priority number, nearest to a seed, first found."""
        found = self._sql.rows(
            "SELECT p.key, p.url, p.depth, p.found_by, f.priority, p.etag, p.last_modified, p.capture_id, f.why "
            "FROM frontier f JOIN pages p ON p.id = f.page_id "
            "WHERE f.site = ? ORDER BY f.priority, f.depth, f.page_id LIMIT ?",
            (site, len(in_flight) + 1),
        )
        for key, url, depth, found_by, priority, etag, last_modified, capture_id, why in found:
            if key not in in_flight:
                by, reason = FoundBy(found_by), AskReason(why)
                return Waiting(key, url, depth, by, priority, etag, last_modified, capture_id, reason)
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
        page_id = obtain_id(self._sql, site, one.url, one.found_by, one.depth, now)
        if one.found_by is FoundBy.SEED:
            asked = self._sql.value("SELECT asked_run FROM pages WHERE id = ?", (page_id,))
            return asked != run_id and self._enqueue(page_id, site, one, AskReason.SEED)
        self._signals.name(page_id, Sighting(one.url, Source.LINKS), run_id)
        # What was asked before is asked again when the plan says so: pages go on naming what died or moved long ago.
        known = self._sql.value(
            "SELECT asked_run IS NOT NULL OR capture_id IS NOT NULL OR alias_of IS NOT NULL FROM pages WHERE id = ?",
            (page_id,),
        )
        return not known and self._enqueue(page_id, site, one, AskReason.NEW)

    def _enqueue(self, page_id: int, site: str, one: Found, why: AskReason) -> bool:
        waiting = self._sql.value("SELECT priority FROM frontier WHERE page_id = ?", (page_id,))
        if waiting is not None and waiting <= one.priority:
            return False
        self._sql.run(
            "INSERT OR REPLACE INTO frontier (page_id, site, priority, depth, why) VALUES (?, ?, ?, ?, ?)",
            (page_id, site, one.priority, one.depth, why),
        )
        return waiting is None

    def probe(self, site: str, run_id: int, urls_wanted: Callable[[str], bool], count: int) -> int:
        """Put some pages that were well the last time and are not asked tonight into the frontier; how many."""
        found = self._sql.rows(
            # a multiplicative hash of the page's number scatters the draw over the site
            "SELECT id, url, depth FROM pages WHERE site = ? AND state = 'present' AND capture_id IS NOT NULL "
            "AND alias_of IS NULL AND asked_run != ? ORDER BY (id * 2654435761) % 4294967296",
            (site, run_id),
        )
        drawn = [row for row in found if urls_wanted(row[1])][:count]
        with self._sql.transaction():
            for page_id, url, depth in drawn:
                self._enqueue(page_id, site, Found(url, FoundBy.LINK, depth, 0), AskReason.PROBE)
        return len(drawn)

    # --- one fetch ------------------------------------------------------------------------------

    def record_fetch(self, step: Step) -> FetchEffect:
        """Everything that one fetch changes, in one transaction."""
        asked, outcome = step.asked, step.fetched.outcome
        now = outcome.fetched_at
        with self._sql.transaction():
            page_id = obtain_id(self._sql, step.site, asked.url, asked.found_by, asked.depth, now)
            if isinstance(outcome, FetchFailure):
                effect = self._failed(step.run_id, page_id, outcome)
            elif isinstance(outcome, NotModified):
                self._sql.run(
                    f"UPDATE pages SET {_PRESENT}, last_ok_at = ?, alias_of = NULL WHERE id = ?",  # noqa: S608 - constant
                    (text_of(now), text_of(now), page_id),
                )
                self._signals.settle(page_id, changed=False)
                effect = FetchEffect.UNCHANGED
            else:
                effect = self._answered(step, page_id, outcome)
            self._tick(page_id, step.run_id)
            self._log(page_id, step.run_id, step.fetched)
            for one in step.found:
                self._add_one(step.run_id, step.site, one, now)
        return effect

    def take_over(self, run_id: int, site: str, capture: Capture) -> FetchEffect:
        """Store a capture that another archive made. The site was not asked: the frontier and the plan stay.

        One that is older than what is known of its page says nothing of it as it is now: it is KEPT as an earlier
        capture. That of an address that redirects now (MOVED) is not stored: there is no such page any more.
        """
        body = bodies.prepare(capture.body)
        with self._sql.transaction():
            page_id = obtain_id(self._sql, site, capture.url, FoundBy.IMPORT, 0, capture.fetched_at)
            alias_of, known_at = self._sql.rows(
                "SELECT alias_of, max(CASE WHEN capture_id IS NULL THEN '' ELSE coalesce(last_ok_at, '') END, "
                "CASE state WHEN 'gone' THEN coalesce(state_at, '') ELSE '' END) FROM pages WHERE id = ?",
                (page_id,),
            )[0]
            if alias_of is not None:
                return FetchEffect.MOVED
            known = self._sql.value("SELECT 1 FROM captures WHERE page_id = ? AND sha256 = ?", (page_id, body.sha256))
            if known and known_at and capture.fetched_at <= datetime.fromisoformat(known_at):
                return FetchEffect.UNCHANGED
            if not known_at or capture.fetched_at >= datetime.fromisoformat(known_at):
                effect = self._store_capture(page_id, capture, body)
            else:
                effect = FetchEffect.KEPT
                capture_id = self._insert_capture(page_id, capture, body)
                self._sql.run(
                    "UPDATE pages SET capture_id = ? WHERE id = ? AND capture_id IS NULL", (capture_id, page_id)
                )
            self._log(page_id, run_id, Fetched(capture))
        return effect

    def _answered(self, step: Step, page_id: int, outcome: Capture | Redirected) -> FetchEffect:
        now, depth = outcome.fetched_at, step.asked.depth
        target = outcome.target if isinstance(outcome, Redirected) else outcome.url
        target_id = obtain_id(self._sql, step.site, target, FoundBy.REDIRECT, depth, now)
        for hop in step.fetched.hops:
            hop_id = obtain_id(self._sql, step.site, hop.url, FoundBy.REDIRECT, depth, now)
            if hop_id != target_id:
                self._alias(hop_id, target_id)
                if hop.permanent:
                    self._bequeath(hop_id, target_id)
                self._signals.settle(hop_id, changed=None)
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
            capture_id = self._insert_capture(page_id, capture, body)
        self._sql.run(
            f"UPDATE pages SET {_PRESENT}, url = ?, last_ok_at = ?, etag = ?, last_modified = ?, "  # noqa: S608 - constant
            "alias_of = NULL, capture_id = ? WHERE id = ?",
            (
                text_of(capture.fetched_at),
                capture.url,
                text_of(capture.fetched_at),
                capture.headers.get("etag"),
                capture.headers.get("last-modified"),
                capture_id,
                page_id,
            ),
        )
        # other bytes are no other article: whether it changed is known when the capture has been read
        self._signals.settle(page_id, changed=False if capture_id == newest else None)
        if newest is None:
            inherited = self._sql.value("SELECT 1 FROM articles WHERE page_id = ?", (page_id,))
            return FetchEffect.UNCHANGED if inherited else FetchEffect.NEW
        return FetchEffect.UNCHANGED if capture_id == newest else FetchEffect.CHANGED

    def _insert_capture(self, page_id: int, capture: Capture, body: PreparedBody) -> int:
        bodies.store(self._sql, body)
        return self._sql.run(
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

    def _failed(self, run_id: int, page_id: int, failure: FetchFailure) -> FetchEffect:
        """Count the evidence; what follows from it is decided when the whole run can be judged (`settle_gone`)."""
        state, misses, asked_run, capture_id = self._sql.rows(
            "SELECT state, not_found_runs, asked_run, capture_id FROM pages WHERE id = ?", (page_id,)
        )[0]
        if failure.reason is FailureReason.GONE:
            misses = max(misses, NOT_FOUND_RUNS_UNTIL_GONE)
        elif failure.reason in MISSING and asked_run != run_id:
            misses += 1
        if failure.reason not in _OUR_REFUSALS and state == PageState.PRESENT:
            self._sql.run(
                "UPDATE pages SET state = 'unknown', state_at = ? WHERE id = ?", (text_of(failure.fetched_at), page_id)
            )
        self._sql.run(
            "UPDATE pages SET not_found_runs = ?, failure = ? WHERE id = ?", (misses, failure.reason, page_id)
        )
        proven = misses >= NOT_FOUND_RUNS_UNTIL_GONE
        if proven:
            self._signals.settle(page_id, changed=None)
        if capture_id is None:
            return FetchEffect.FAILED
        return FetchEffect.GONE if proven or state == PageState.GONE else FetchEffect.KEPT

    def _settle_gone(self, run_id: int, now: datetime, *, believed: bool) -> int:
        """Pages for whose end there is evidence enough are gone; a night that is not believed gives no evidence."""
        if not believed:
            self._sql.run(
                "UPDATE pages SET not_found_runs = max(0, min(not_found_runs, ?) - 1) "  # noqa: S608 - constant
                f"WHERE asked_run = ? AND state = 'unknown' AND not_found_runs > 0 AND {_SITE_AT_WORK}",
                (NOT_FOUND_RUNS_UNTIL_GONE, run_id, run_id),
            )
            return 0
        ended = self._sql.rows(
            "UPDATE pages SET state = 'gone', state_at = ? "  # noqa: S608 - constant
            f"WHERE asked_run = ? AND state = 'unknown' AND not_found_runs >= ? AND {_SITE_AT_WORK} "
            "RETURNING capture_id",
            (text_of(now), run_id, NOT_FOUND_RUNS_UNTIL_GONE, run_id),
        )
        # an address that never was a page is no page that went away
        return sum(row[0] is not None for row in ended)

    def _bequeath(self, page_id: int, target_id: int) -> None:
        """A page that has moved for good takes its article and its versions along, unless its new address has one."""
        self._sql.run(
            "UPDATE articles SET page_id = ? WHERE page_id = ? "
            "AND NOT EXISTS (SELECT 1 FROM articles t WHERE t.page_id = ?)",
            (target_id, page_id, target_id),
        )

    def _alias(self, page_id: int, target_id: int) -> None:
        if resolve_alias(self._sql, target_id) == page_id:
            # the two have changed places: what was the other's alias is now the page
            self._sql.run("UPDATE pages SET alias_of = NULL WHERE id = ?", (target_id,))
        self._sql.run("UPDATE pages SET alias_of = ? WHERE id = ?", (target_id, page_id))

    def _tick(self, page_id: int, run_id: int) -> None:
        self._sql.run("DELETE FROM frontier WHERE page_id = ?", (page_id,))
        self._sql.run("UPDATE pages SET asked_run = ? WHERE id = ?", (run_id, page_id))

    def _log(self, page_id: int, run_id: int, fetched: Fetched) -> None:
        outcome = fetched.outcome
        status, reason, detail = _summary(fetched)
        self._sql.run(
            "INSERT INTO fetches (page_id, run_id, url, fetched_at, status, reason, detail, bytes, ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                page_id,
                run_id,
                outcome.url,
                text_of(outcome.fetched_at),
                status,
                reason,
                detail,
                fetched.transferred_bytes,
                fetched.elapsed_ms,
            ),
        )


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
