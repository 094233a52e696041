"""The archive in numbers. May import: records, archive.connection, archive.outcomes."""

from __future__ import annotations

from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import Counts, Run
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
