"""A damaged file is copied row by row into a sound one; what cannot be read is left behind, the old file beside it.

What cannot be written (a full disk) is an error, and changes nothing. May import: errors, archive.connection,
archive.lock, archive.schema.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipeline.archive import lock, schema
from pipeline.archive.connection import FILE_NAME, Connection
from pipeline.errors import ArchiveError

# A table's row numbers are tried this far past an unreadable one before the rest is looked for from the end.
_FARTHEST_STEP = 1 << 20
# By these, reading fails for want of something else than a sound file: nothing may be concluded from them.
_NO_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)


def salvage(folder: Path) -> tuple[Path, int]:
    """Put a sound file in the place of the damaged one; where the damaged one is now, and how many rows were read.

    Raises ArchiveLocked while a run writes to it, and StorageError when the disk does not take the sound one.
    """
    with lock.hold(folder, "aimf doctor"):
        path = folder / FILE_NAME
        beside = folder / f"{FILE_NAME}.salvaged"
        _remove(beside)
        fresh = Connection(beside, "write")
        fresh.close()
        try:
            with fresh.translated():
                rows = _copy_rows(path, beside)
        except ArchiveError:
            _remove(beside)
            raise
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
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as source,
        closing(sqlite3.connect(beside, isolation_level=None)) as target,
    ):
        target.execute("PRAGMA foreign_keys = OFF")
        # all of it in the one file that is renamed: a log that a full disk keeps from being emptied would stay behind
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute("BEGIN")
        rows = 0
        for table in schema.tables():
            columns = _shared_columns(source, target, table)
            numbered = schema.has_rowid(target, table)
            named = ", ".join(["rowid", *columns] if numbered else columns)
            statement = f"INSERT OR IGNORE INTO {table} ({named}) VALUES ({', '.join('?' * (len(columns) + numbered))})"  # noqa: S608 - our schema
            for row in (_rows if numbered else _first_rows)(source, table, named) if columns else ():
                rows += _insert(target, statement, row)
        target.execute("COMMIT")
        return rows


def _shared_columns(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> list[str]:
    """The columns that the damaged file has, too; none when it does not even tell that, or is no database at all."""
    try:
        known = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error as wrong:
        _must_be_damage(wrong)
        return []
    return [row[1] for row in target.execute(f"PRAGMA table_info({table})") if row[1] in known]


def _rows(source: sqlite3.Connection, table: str, named: str) -> Iterator[tuple[object, ...]]:
    """Upwards from the first row, past what is unreadable; then downwards from the last one to where that ended."""
    last, step = -1, 1
    while step <= _FARTHEST_STEP:
        try:
            row = source.execute(
                f"SELECT {named} FROM {table} WHERE rowid >= ? ORDER BY rowid LIMIT 1",  # noqa: S608 - our schema
                (last + step,),
            ).fetchone()
        except sqlite3.Error as wrong:
            _must_be_damage(wrong)
            step *= 2
            continue
        if row is None:
            return
        yield row
        last, step = row[0], 1
    below = 1 << 62
    while True:
        try:
            row = source.execute(
                f"SELECT {named} FROM {table} WHERE rowid < ? ORDER BY rowid DESC LIMIT 1",  # noqa: S608
                (below,),
            ).fetchone()
        except sqlite3.Error as wrong:
            _must_be_damage(wrong)
            return
        if row is None or row[0] <= last:
            return
        yield row
        below = row[0]


def _first_rows(source: sqlite3.Connection, table: str, named: str) -> Iterator[tuple[object, ...]]:
    """A table without row numbers, as far as it can be read; a crawl says again what such tables hold."""
    try:
        yield from source.execute(f"SELECT {named} FROM {table}")  # noqa: S608 - our schema
    except sqlite3.Error as wrong:
        _must_be_damage(wrong)


def _must_be_damage(wrong: sqlite3.Error) -> None:
    code = getattr(wrong, "sqlite_errorcode", None) or 0
    if code in _NO_DAMAGE or code & 0xFF in _NO_DAMAGE:
        raise wrong


def _insert(target: sqlite3.Connection, statement: str, row: tuple[object, ...]) -> int:
    try:
        target.execute(statement, row)
    except sqlite3.IntegrityError:
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
