"""The kinds of damage that an archive's file can have: how each is found, and beside it how it is repaired.

A repair drops what cannot be read and marks the page so that the next crawl or extraction brings it back; an article's
text that can still be read is never dropped. May import: records, errors, urls, archive.bodies, archive.codec,
archive.connection, archive.outcomes, archive.pages, archive.schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.archive import bodies, schema
from pipeline.archive.codec import article_from_json
from pipeline.archive.connection import Connection
from pipeline.archive.outcomes import Damage, DamageKind
from pipeline.archive.pages import text_of
from pipeline.errors import ArchiveDamaged
from pipeline.records import FoundBy
from pipeline.urls import canonical_key

# Clocks of servers and containers differ by seconds, not by hours.
_CLOCK_SLACK = timedelta(hours=1)
# Sentences of one kind that are told; a file full of holes needs no thousand of them.
_TOLD = 20

_TIMES = (("runs", "ended_at"), ("pages", "last_ok_at"), ("captures", "fetched_at"))

# While these last, what other checks would say means nothing.
_FIRST = frozenset({DamageKind.FILE, DamageKind.SCHEMA})

Find = Callable[[Connection], Iterator[str]]
Repair = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of damage."""

    kind: DamageKind
    find: Find
    repair: Repair


def damages(sql: Connection, *, sample_bodies: int | None = None) -> list[Damage]:
    """Everything that is not as it must be; `sample_bodies` looks only at that many bodies."""
    found: list[Damage] = []
    try:
        for check in CHECKS:
            sentences = bodies.damaged(sql, sample=sample_bodies) if check.kind is DamageKind.BODY else check.find(sql)
            for number, sentence in enumerate(sentences):
                if number < _TOLD:
                    found.append(Damage(check.kind, sentence))
            if found and check.kind in _FIRST:
                break  # what else is asked of such a file is chance
    except ArchiveDamaged as damage:
        return [*found, Damage(DamageKind.FILE, str(damage))]
    return found


def repair(sql: Connection, kind: DamageKind) -> None:
    """Repair one kind of damage, in one transaction."""
    for check in CHECKS:
        if check.kind is kind:
            with sql.transaction():
                check.repair(sql)


# --- the file itself --------------------------------------------------------------------------------------------------


def _check_lines(sql: Connection, *, of_indexes: bool) -> Iterator[str]:
    for (line,) in sql.rows("PRAGMA integrity_check"):
        about_index = "index" in line and ("missing from" in line or "wrong #" in line or "non-unique" in line)
        if line != "ok" and about_index is of_indexes:
            yield f"SQLite: {line}."


def _file(sql: Connection) -> Iterator[str]:
    return _check_lines(sql, of_indexes=False)


def _by_salvage(_sql: Connection) -> None:
    """A damaged file is copied row by row, see salvage.py: nothing to repair inside it."""


def _sql_index(sql: Connection) -> Iterator[str]:
    return _check_lines(sql, of_indexes=True)


def _reindex(sql: Connection) -> None:
    sql.run("REINDEX")


def _schema(sql: Connection) -> Iterator[str]:
    there = {row[0] for row in sql.rows("SELECT name FROM sqlite_master")}
    for name, _ in schema.parts():
        if name not in there:
            yield f"The part {name} of the database is missing."


def _make_parts(sql: Connection) -> None:
    there = {row[0] for row in sql.rows("SELECT name FROM sqlite_master")}
    for name, statement in schema.parts():
        if name not in there:
            sql.run(statement)


# --- rows that refer to rows that are not there -----------------------------------------------------------------------


def _missing_row(sql: Connection) -> Iterator[str]:
    for table, row_id, target, _ in sql.rows("PRAGMA foreign_key_check"):
        yield f"Row {row_id} of table {table} refers to a missing row of {target}."


def _mend_references(sql: Connection) -> None:
    sql.run("PRAGMA defer_foreign_keys = ON")
    for table in ("captures", "articles"):
        _bring_back_pages(sql, table)
    # each round may free further rows of what they referred to; there are fewer rows every time
    while wrong := sql.rows("PRAGMA foreign_key_check"):
        for table, target, number in dict.fromkeys((row[0], row[2], row[3]) for row in wrong):
            column, target_column, needed = _referring_column(sql, table, number)
            astray = f"{column} IS NOT NULL AND {column} NOT IN (SELECT {target_column} FROM {target})"  # noqa: S608
            if needed:
                sql.run(f"DELETE FROM {table} WHERE {astray}")  # noqa: S608 - names of our schema
            else:
                sql.run(f"UPDATE {table} SET {column} = NULL WHERE {astray}")  # noqa: S608
    _newest_captures(sql)


def _bring_back_pages(sql: Connection, table: str) -> None:
    """What was captured or read keeps its page: its address is known."""
    lost = sql.rows(
        f"SELECT page_id, max(url) FROM {table} WHERE page_id NOT IN (SELECT id FROM pages) GROUP BY page_id"  # noqa: S608 - constant
    )
    for page_id, url in lost:
        site = sql.value("SELECT site FROM articles WHERE page_id = ?", (page_id,))
        site = site or sql.value("SELECT site FROM pages LIMIT 1") or ""
        sql.run(
            "INSERT OR IGNORE INTO pages (id, key, url, site, state, found_by, depth, first_seen_at) "
            "VALUES (?, ?, ?, ?, 'unknown', ?, 0, ?)",
            (page_id, canonical_key(url), url, site, FoundBy.IMPORT, text_of(datetime.now(UTC))),
        )


def _referring_column(sql: Connection, table: str, number: int) -> tuple[str, str, bool]:
    """The column of a reference, the one it refers to, and whether a row without it makes sense no more."""
    _, _, _, column, target_column, *_ = next(
        row for row in sql.rows(f"PRAGMA foreign_key_list({table})") if row[0] == number
    )
    described = next(row for row in sql.rows(f"PRAGMA table_info({table})") if row[1] == column)
    return column, target_column, bool(described[3] or described[5])


# What the planning of the next run sees as a page that failed, or as one that was never asked.
_ASKED_ANEW = "state = 'unknown', asked_run = NULL, etag = NULL, last_modified = NULL"


def _newest_captures(sql: Connection) -> None:
    """Pages whose newest capture was lost go back to the one before; they are asked anew, whatever they answered."""
    sql.run(
        "UPDATE pages SET capture_id = (SELECT id FROM captures WHERE page_id = pages.id "  # noqa: S608 - constant
        f"ORDER BY fetched_at DESC, id DESC LIMIT 1), {_ASKED_ANEW} "
        "WHERE capture_id IS NULL AND id IN (SELECT page_id FROM captures)"
    )
    sql.run(f"UPDATE pages SET {_ASKED_ANEW} WHERE capture_id IS NULL AND state = 'present'")  # noqa: S608 - constant


# --- contents ---------------------------------------------------------------------------------------------------------


def _body(sql: Connection) -> Iterator[str]:
    return iter(bodies.damaged(sql, sample=None))


def _drop_bodies(sql: Connection) -> None:
    sql.run("PRAGMA defer_foreign_keys = ON")
    for sha256 in bodies.wrong_hashes(sql):
        sql.run(
            "UPDATE pages SET capture_id = NULL WHERE capture_id IN (SELECT id FROM captures WHERE sha256 = ?)",
            (sha256,),
        )
        for table, column in (("pages", "extracted_id"), ("articles", "capture_id"), ("rejections", "capture_id")):
            sql.run(
                f"UPDATE {table} SET {column} = NULL "  # noqa: S608 - constants
                f"WHERE {column} IN (SELECT id FROM captures WHERE sha256 = ?)",
                (sha256,),
            )
        sql.run("DELETE FROM captures WHERE sha256 = ?", (sha256,))
        sql.run("DELETE FROM bodies WHERE sha256 = ?", (sha256,))
    _newest_captures(sql)


def _unreadable_versions(sql: Connection) -> Iterator[tuple[int, int, str, int]]:
    last = 0
    while rows := sql.rows(
        "SELECT id, page_id, url, version, record FROM articles WHERE id > ? ORDER BY id LIMIT 200", (last,)
    ):
        for row_id, page_id, url, version, record in rows:
            try:
                article_from_json(record)
            except ArchiveDamaged:
                yield row_id, page_id, url, version
        last = rows[-1][0]


def _article(sql: Connection) -> Iterator[str]:
    for _, _, url, version in _unreadable_versions(sql):
        yield f"Version {version} of the article {url} cannot be read."


def _drop_versions(sql: Connection) -> None:
    for row_id, page_id, _, _ in list(_unreadable_versions(sql)):
        sql.run("DELETE FROM articles WHERE id = ?", (row_id,))
        sql.run("UPDATE pages SET extracted_id = NULL, extracted_with = NULL WHERE id = ?", (page_id,))
    _show_newest(sql)


_HIDDEN = (
    "SELECT page_id, max(url), max(id) FROM articles GROUP BY page_id HAVING max(current) = 0 "
    "AND page_id NOT IN (SELECT page_id FROM rejections) AND page_id IN (SELECT id FROM pages WHERE alias_of IS NULL)"
)


def _hidden_article(sql: Connection) -> Iterator[str]:
    for _, url, _ in sql.rows(_HIDDEN):
        yield f"The article {url} has versions, and none of them is shown."


def _show_newest(sql: Connection) -> None:
    for _, _, row_id in sql.rows(_HIDDEN):
        sql.run("UPDATE articles SET current = 1, revision = revision + 1 WHERE id = ?", (row_id,))


def _headers(sql: Connection) -> Iterator[str]:
    for row_id, url in sql.rows("SELECT id, url FROM captures WHERE NOT json_valid(headers)"):
        yield f"The headers of capture {row_id} of {url} cannot be read."


def _drop_headers(sql: Connection) -> None:
    sql.run("UPDATE captures SET headers = '{}' WHERE NOT json_valid(headers)")


def _counters(sql: Connection) -> Iterator[str]:
    for (row_id,) in sql.rows("SELECT id FROM runs WHERE NOT json_valid(counters)"):
        yield f"What run {row_id} counted cannot be read."


def _drop_counters(sql: Connection) -> None:
    sql.run("UPDATE runs SET counters = '{}' WHERE NOT json_valid(counters)")


def _unreadable_templates(sql: Connection) -> Iterator[str]:
    for site, record in sql.rows("SELECT site, record FROM templates"):
        try:
            readable = isinstance(json.loads(record), dict)
        except ValueError:
            readable = False
        if not readable:
            yield site


def _template(sql: Connection) -> Iterator[str]:
    for site in _unreadable_templates(sql):
        yield f"What was learned of the template of {site} cannot be read."


def _drop_templates(sql: Connection) -> None:
    for site in list(_unreadable_templates(sql)):
        sql.run("DELETE FROM templates WHERE site = ?", (site,))


# --- facts that contradict each other ---------------------------------------------------------------------------------


def _loops(sql: Connection) -> Iterator[tuple[int, str]]:
    """Every page that stands in a circle of redirects."""
    targets: dict[int, int] = dict(sql.rows("SELECT id, alias_of FROM pages WHERE alias_of IS NOT NULL"))
    urls: dict[int, str] = dict(sql.rows("SELECT id, url FROM pages WHERE alias_of IS NOT NULL"))
    settled: set[int] = set()
    for start in targets:
        path: list[int] = []
        at = start
        while at in targets and at not in path and at not in settled:
            path.append(at)
            at = targets[at]
        if at in path:
            yield from ((page_id, urls[page_id]) for page_id in path[path.index(at) :])
        settled.update(path)


def _alias_loop(sql: Connection) -> Iterator[str]:
    for _, url in _loops(sql):
        yield f"The address {url} redirects, by way of others, to itself."


def _break_loops(sql: Connection) -> None:
    """Which of them really redirects, if any does, the site says when they are asked again."""
    for page_id, _ in list(_loops(sql)):
        sql.run(f"UPDATE pages SET alias_of = NULL, {_ASKED_ANEW} WHERE id = ?", (page_id,))  # noqa: S608 - constant


def _orphan_body(sql: Connection) -> Iterator[str]:
    count = sql.value("SELECT count(*) FROM bodies WHERE sha256 NOT IN (SELECT sha256 FROM captures)")
    if count:
        yield f"{count} stored bodies belong to no capture."


def _drop_orphans(sql: Connection) -> None:
    sql.run("DELETE FROM bodies WHERE sha256 NOT IN (SELECT sha256 FROM captures)")


def _latest_believable() -> str:
    return text_of(datetime.now(UTC) + _CLOCK_SLACK)


def _future_time(sql: Connection) -> Iterator[str]:
    for table, column in _TIMES:
        count = sql.value(f"SELECT count(*) FROM {table} WHERE {column} > ?", (_latest_believable(),))  # noqa: S608 - constants
        if count:
            yield f"{count} rows of {table} are dated in the future: a clock was, or is, wrong."


def _date_now(sql: Connection) -> None:
    for table, column in _TIMES:
        sql.run(
            f"UPDATE {table} SET {column} = ? WHERE {column} > ?",  # noqa: S608 - constants
            (text_of(datetime.now(UTC)), _latest_believable()),
        )


CHECKS = (
    Check(DamageKind.FILE, _file, _by_salvage),
    Check(DamageKind.SQL_INDEX, _sql_index, _reindex),
    Check(DamageKind.SCHEMA, _schema, _make_parts),
    Check(DamageKind.MISSING_ROW, _missing_row, _mend_references),
    Check(DamageKind.BODY, _body, _drop_bodies),
    Check(DamageKind.ARTICLE, _article, _drop_versions),
    Check(DamageKind.HIDDEN_ARTICLE, _hidden_article, _show_newest),
    Check(DamageKind.HEADERS, _headers, _drop_headers),
    Check(DamageKind.COUNTERS, _counters, _drop_counters),
    Check(DamageKind.TEMPLATE, _template, _drop_templates),
    Check(DamageKind.ALIAS_LOOP, _alias_loop, _break_loops),
    Check(DamageKind.ORPHAN_BODY, _orphan_body, _drop_orphans),
    Check(DamageKind.FUTURE_TIME, _future_time, _date_now),
)
