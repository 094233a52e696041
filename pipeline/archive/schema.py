"""The tables of the archive, as ordered migrations; `PRAGMA user_version` counts those that are done.

A migration is never edited after a release: a change is a new function at the end of MIGRATIONS. May
import: nothing of the project.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

TABLES = """
CREATE TABLE bodies (
    sha256     BLOB PRIMARY KEY,           -- of the bytes as received, after content decoding
    size_bytes INTEGER NOT NULL,
    zstd       BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,
    site       TEXT NOT NULL,
    command    TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at   TEXT,                       -- NULL: still running, or killed
    outcome    TEXT,
    counters   TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE pages (
    id                  INTEGER PRIMARY KEY,
    key                 TEXT NOT NULL UNIQUE,
    url                 TEXT NOT NULL,
    site                TEXT NOT NULL,
    state               TEXT NOT NULL,
    found_by            TEXT NOT NULL,
    depth               INTEGER NOT NULL,
    first_seen_at       TEXT NOT NULL,
    last_ok_at          TEXT,
    etag                TEXT,
    last_modified       TEXT,
    sitemap_lastmod     TEXT,
    alias_of            INTEGER REFERENCES pages(id),   -- the page that this address redirects to
    asked_run           INTEGER REFERENCES runs(id),    -- the last run that asked it
    not_found_runs      INTEGER NOT NULL DEFAULT 0,     -- runs in a row that were answered 404
    capture_id          INTEGER REFERENCES captures(id),-- the newest one
    extracted_id        INTEGER REFERENCES captures(id),-- the capture that was extracted last …
    extracted_with      TEXT                            -- … and the extractor's fingerprint
) STRICT;
CREATE INDEX pages_by_site ON pages(site, id);
CREATE INDEX pages_by_alias ON pages(alias_of) WHERE alias_of IS NOT NULL;

CREATE TABLE frontier (                    -- the addresses that the current run of a site has still to ask
    page_id  INTEGER PRIMARY KEY REFERENCES pages(id),
    site     TEXT NOT NULL,
    priority INTEGER NOT NULL,
    depth    INTEGER NOT NULL
) STRICT;
CREATE INDEX frontier_order ON frontier(site, priority, depth, page_id);

CREATE TABLE captures (
    id         INTEGER PRIMARY KEY,
    page_id    INTEGER NOT NULL REFERENCES pages(id),
    url        TEXT NOT NULL,
    status     INTEGER NOT NULL,
    headers    TEXT NOT NULL,
    sha256     BLOB NOT NULL REFERENCES bodies(sha256),
    fetched_at TEXT NOT NULL
) STRICT;
CREATE INDEX captures_by_page ON captures(page_id, id);
CREATE INDEX captures_by_body ON captures(sha256);

CREATE TABLE fetches (                     -- the history that `aimf explain` tells
    id         INTEGER PRIMARY KEY,
    page_id    INTEGER NOT NULL REFERENCES pages(id),
    run_id     INTEGER NOT NULL REFERENCES runs(id),
    url        TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status     INTEGER,
    reason     TEXT NOT NULL,
    detail     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX fetches_by_page ON fetches(page_id, id);

CREATE TABLE articles (
    id             INTEGER PRIMARY KEY,
    page_id        INTEGER NOT NULL REFERENCES pages(id),
    version        INTEGER NOT NULL,
    current        INTEGER NOT NULL,       -- 1: the version that is shown; none is after a withdrawal
    url            TEXT NOT NULL,
    site           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    title          TEXT NOT NULL,
    language       TEXT,
    date_published TEXT,
    content_hash   TEXT NOT NULL,
    capture_id     INTEGER REFERENCES captures(id),
    captured_at    TEXT,
    record         TEXT NOT NULL,          -- the article as JSON, see codec.py
    UNIQUE (page_id, version)
) STRICT;
CREATE UNIQUE INDEX articles_current ON articles(page_id) WHERE current = 1;
CREATE INDEX articles_by_url ON articles(url, id) WHERE current = 1;

CREATE TABLE rejections (
    page_id           INTEGER PRIMARY KEY REFERENCES pages(id),
    url               TEXT NOT NULL,
    site              TEXT NOT NULL,
    reason            TEXT NOT NULL,
    detail            TEXT NOT NULL,
    capture_id        INTEGER REFERENCES captures(id),
    extractor_version INTEGER NOT NULL,
    kept              INTEGER NOT NULL     -- 1: an older capture's article still stands
) STRICT;
CREATE INDEX rejections_by_url ON rejections(url, page_id);
"""


def _create_tables(sql: sqlite3.Connection) -> None:
    # executescript would commit the transaction that the migration stands in
    for statement in _statements(TABLES):
        sql.execute(statement)


def _statements(script: str) -> list[str]:
    statements, piece = [], ""
    for line in script.splitlines(keepends=True):
        piece += line
        if sqlite3.complete_statement(piece):
            statements.append(piece)
            piece = ""
    return statements


def _add_templates(sql: sqlite3.Connection) -> None:
    # what the pages of a site taught of its template (JSON), and of how many pages the site had then
    sql.execute("CREATE TABLE templates (site TEXT PRIMARY KEY, pages INTEGER NOT NULL, record TEXT NOT NULL) STRICT")


def _add_revisions(sql: sqlite3.Connection) -> None:
    # how often a version's record was written: whoever copies articles sees by it which to copy again
    sql.execute("ALTER TABLE articles ADD COLUMN revision INTEGER NOT NULL DEFAULT 1")


_RUNS_OF_PROCESSES = (
    # A run is one start of a command, whatever came of it …
    "ALTER TABLE runs ADD COLUMN pid INTEGER",
    "ALTER TABLE runs ADD COLUMN exit_code INTEGER",  # NULL: still running, or killed
    "ALTER TABLE runs ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
    """UPDATE runs SET exit_code = CASE outcome WHEN 'whole' THEN 0 WHEN 'limit' THEN 3 WHEN 'interrupted' THEN 130
    WHEN 'unreachable' THEN 12 END WHERE ended_at IS NOT NULL""",
    # … and this is how the last crawl of each site ended; NULL: it has not, and the next one goes on with it
    "CREATE TABLE crawls (site TEXT PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(id), outcome TEXT) STRICT",
    "INSERT INTO crawls SELECT site, id, outcome FROM runs r WHERE id = (SELECT max(id) FROM runs WHERE site = r.site)",
)


def _runs_are_processes(sql: sqlite3.Connection) -> None:
    for statement in _RUNS_OF_PROCESSES:
        sql.execute(statement)


_SIGNALS = (
    # What a source says of a page; `settled` is what it had said when the page was last asked. The last two are of
    # that asking: whether the source announced a change, and whether the article changed (NULL: not known).
    """CREATE TABLE signals (
        page_id  INTEGER NOT NULL REFERENCES pages(id),
        source   TEXT NOT NULL,
        said     TEXT,
        settled  TEXT,
        seen_run INTEGER NOT NULL,
        spoke    INTEGER,
        changed  INTEGER,
        PRIMARY KEY (page_id, source)
    ) STRICT, WITHOUT ROWID""",
    """INSERT INTO signals SELECT id, 'sitemap', sitemap_lastmod, sitemap_lastmod, coalesce(asked_run, 0), NULL, NULL
    FROM pages WHERE sitemap_lastmod IS NOT NULL""",
    """CREATE TABLE documents (               -- feeds and lists that name pages
        site          TEXT NOT NULL,
        address       TEXT NOT NULL,
        named         INTEGER NOT NULL,
        asked_at      TEXT NOT NULL,
        last_modified TEXT,
        PRIMARY KEY (site, address)
    ) STRICT""",
    # the run whose plan stands in the frontier: a run that goes on does not plan again
    "CREATE TABLE plans (site TEXT PRIMARY KEY, run_id INTEGER NOT NULL) STRICT",
    # pages whose newest capture would take something from a good article, and when that capture was answered
    """CREATE TABLE held (
        page_id INTEGER PRIMARY KEY REFERENCES pages(id),
        loss    TEXT NOT NULL,
        seen_at TEXT NOT NULL
    ) STRICT""",
    "ALTER TABLE frontier ADD COLUMN why TEXT NOT NULL DEFAULT 'new'",
    "ALTER TABLE pages ADD COLUMN failure TEXT",  # why the last asking brought nothing; NULL: it brought something
    "ALTER TABLE pages ADD COLUMN state_at TEXT",  # since when the page is in its state
    "UPDATE pages SET state_at = coalesce(last_ok_at, first_seen_at)",
)


def _add_signals(sql: sqlite3.Connection) -> None:
    for statement in _SIGNALS:
        sql.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create_tables,
    _add_templates,
    _add_revisions,
    _runs_are_processes,
    _add_signals,
)


def version_of(sql: sqlite3.Connection) -> int:
    """How many migrations the file has seen."""
    return int(sql.execute("PRAGMA user_version").fetchone()[0])


def migrate(sql: sqlite3.Connection) -> None:
    """Bring the file up to date; each step and its number are one transaction."""
    for number, step in enumerate(MIGRATIONS, start=1):
        sql.execute("BEGIN IMMEDIATE")
        try:
            # read again under the lock: another process may have been faster
            if version_of(sql) < number:
                step(sql)
                sql.execute(f"PRAGMA user_version = {number}")
            sql.execute("COMMIT")
        except BaseException:
            if sql.in_transaction:
                sql.execute("ROLLBACK")
            raise


def parts() -> list[tuple[str, str]]:
    """Every table and index of an archive that is up to date: name and statement, tables first."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as sql:
        migrate(sql)
        return sql.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, rootpage"
        ).fetchall()


def tables() -> list[str]:
    """The tables, in the order in which they were made."""
    return [name for name, statement in parts() if statement.startswith("CREATE TABLE")]


def has_rowid(sql: sqlite3.Connection, table: str) -> bool:
    """Whether the rows of a table are numbered."""
    return not sql.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()[0]
