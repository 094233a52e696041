"""The archive in numbers, and whether it is whole.

May import: records, errors, archive.bodies, archive.codec, archive.connection, archive.outcomes.
"""

from __future__ import annotations

from pipeline.archive import bodies
from pipeline.archive.codec import article_from_json
from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import Counts, Run
from pipeline.errors import ArchiveDamaged
from pipeline.records import PageState, RejectionReason


def counts(sql: Connection, runs: tuple[Run, ...]) -> Counts:
    """How much of everything there is."""
    states = {
        row[0]: row[1] for row in sql.rows("SELECT state, count(*) FROM pages WHERE alias_of IS NULL GROUP BY state")
    }
    reasons = {
        row[0]: row[1] for row in sql.rows("SELECT reason, count(*) FROM rejections WHERE kept = 0 GROUP BY reason")
    }
    return Counts(
        pages={state: states.get(state, 0) for state in PageState},
        aliases=sql.value("SELECT count(*) FROM pages WHERE alias_of IS NOT NULL"),
        waiting=sql.value("SELECT count(*) FROM frontier"),
        captures=sql.value("SELECT count(*) FROM captures"),
        stored_bytes=sql.value("SELECT coalesce(sum(length(zstd)), 0) FROM bodies"),
        articles=sql.value("SELECT count(*) FROM articles WHERE current = 1"),
        versions=sql.value("SELECT count(*) FROM articles"),
        rejections={reason: reasons[reason] for reason in RejectionReason if reason in reasons},
        kept=sql.value("SELECT count(*) FROM rejections WHERE kept = 1"),
        runs=runs,
    )


def _tally(sql: Connection, query: str) -> dict[str, int]:
    return {row[0]: row[1] for row in sql.rows(query)}


def damages(sql: Connection, *, sample_bodies: int | None) -> list[str]:
    """A sentence for everything that is not as it must be."""
    try:
        told = [row[0] for row in sql.rows("PRAGMA quick_check")]
        wrong = [f"SQLite: {line}." for line in told if line != "ok"]
        wrong += [
            f"Row {row[1]} of table {row[0]} refers to a missing row of {row[2]}."
            for row in sql.rows("PRAGMA foreign_key_check")
        ]
        wrong += bodies.damaged(sql, sample=sample_bodies)
        wrong += _unreadable_articles(sql)
    except ArchiveDamaged as damage:
        return [str(damage)]
    return wrong


def _unreadable_articles(sql: Connection) -> list[str]:
    wrong: list[str] = []
    last = 0
    while rows := sql.rows("SELECT id, url, version, record FROM articles WHERE id > ? ORDER BY id LIMIT 200", (last,)):
        for row_id, url, version, record in rows:
            last = row_id
            try:
                article_from_json(record)
            except ArchiveDamaged:
                wrong.append(f"Version {version} of the article {url} cannot be read; `aimf rebuild` reads it anew.")
    return wrong
