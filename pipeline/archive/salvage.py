"""A damaged file is copied row by row into a sound one; what cannot be read is left behind, the old file beside it.

May import: errors, archive.connection, archive.schema.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from pipeline.archive import schema
from pipeline.archive.connection import FILE_NAME, Connection

# A table's row numbers are tried this far past an unreadable one before the rest is looked for from the end.
_FARTHEST_STEP = 1 << 20


def salvage(folder: Path) -> tuple[Path, int]:
    """Put a sound file in the place of the damaged one; where the damaged one is now, and how many rows were read."""
    path = folder / FILE_NAME
    beside = folder / f"{FILE_NAME}.salvaged"
    _remove(beside)
    fresh = Connection(beside, "write")
    fresh.close()
    rows = 0
    with suppress(sqlite3.Error):  # a file that is no database at all gives no row
        rows = _copy_rows(path, beside)
    aside = set_aside(folder)
    beside.rename(path)
    _sync(folder)
    return aside, rows


def set_aside(folder: Path) -> Path:
    """Give the archive's file another name, under which it may still be examined."""
    path, aside = folder / FILE_NAME, _free_name(folder)
    # The log belongs to the damaged file; with a new one it would make nonsense.
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _copy_rows(path: Path, beside: Path) -> int:
    source = sqlite3.connect(path, isolation_level=None)
    target = sqlite3.connect(beside, isolation_level=None)
    try:
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        rows = 0
        for table in schema.tables():
            with suppress(sqlite3.Error):
                rows += (_copy_table if schema.has_rowid(target, table) else _copy_start)(source, target, table)
        target.execute("COMMIT")
        return rows
    finally:
        source.close()
        target.close()


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    """Upwards from the first row, past what is unreadable; then downwards from the last one to where that ended."""
    known = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    columns = ", ".join(row[1] for row in target.execute(f"PRAGMA table_info({table})") if row[1] in known)
    copied, last, step = 0, -1, 1
    while step <= _FARTHEST_STEP:
        try:
            row = source.execute(
                f"SELECT rowid, {columns} FROM {table} WHERE rowid >= ? ORDER BY rowid LIMIT 1",  # noqa: S608 - our schema
                (last + step,),
            ).fetchone()
        except sqlite3.Error:
            step *= 2
            continue
        if row is None:
            return copied
        copied += _insert(target, table, columns, row)
        last, step = row[0], 1
    below = 1 << 62
    while True:
        try:
            row = source.execute(
                f"SELECT rowid, {columns} FROM {table} WHERE rowid < ? ORDER BY rowid DESC LIMIT 1",  # noqa: S608
                (below,),
            ).fetchone()
        except sqlite3.Error:
            return copied
        if row is None or row[0] <= last:
            return copied
        copied += _insert(target, table, columns, row)
        below = row[0]


def _copy_start(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    """A table without row numbers, as far as it can be read; a crawl says again what such tables hold."""
    copied = 0
    with suppress(sqlite3.Error):
        for row in source.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our schema
            marks = ", ".join("?" * len(row))
            target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608
            copied += 1
    return copied


def _insert(target: sqlite3.Connection, table: str, columns: str, row: tuple[object, ...]) -> int:
    marks = ", ".join("?" * len(row))
    try:
        target.execute(f"INSERT OR IGNORE INTO {table} (rowid, {columns}) VALUES ({marks})", row)  # noqa: S608
    except sqlite3.Error:
        return 0  # what stands there is no row of this table
    return 1


def _free_name(folder: Path) -> Path:
    number = 1
    while (folder / f"{FILE_NAME}.damaged-{number}").exists():
        number += 1
    return folder / f"{FILE_NAME}.damaged-{number}"


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
