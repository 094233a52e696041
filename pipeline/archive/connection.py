"""One SQLite file, opened with care: pragmas, transactions, and SQLite's errors said in plain words.

This is where sqlite3 is owned: no other module outside this package sees it or its exceptions. May
import: errors, archive.schema.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pipeline.archive import schema
from pipeline.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, ArchiveTooNew, NoArchive, StorageError

FILE_NAME = "archive.sqlite"
BUSY_TIMEOUT_S = 15.0
CACHE_KIB = 16_384

Mode = Literal["read", "write"]
Row = tuple[Any, ...]

_DOCTOR = "run `aimf doctor`, which says what is damaged and how to repair it"
_RIGHTS = "check the rights of the folder and that its disk is not mounted read-only"

# SQLite's primary result codes → what they mean to a person. Codes that only a mistake of ours can
# bring about (misuse, constraint, wrong range …) are left out on purpose: they stay tracebacks.
ERRORS: dict[int, tuple[type[ArchiveError], str]] = {
    sqlite3.SQLITE_FULL: (StorageError, "the disk is full; free some space and run the command again"),
    sqlite3.SQLITE_TOOBIG: (StorageError, "a value is larger than SQLite stores; lower limits.body_bytes"),
    sqlite3.SQLITE_NOMEM: (StorageError, "there is not enough memory; end other programs and run the command again"),
    sqlite3.SQLITE_READONLY: (StorageError, f"the file may only be read; {_RIGHTS}"),
    sqlite3.SQLITE_CANTOPEN: (StorageError, f"the file cannot be opened; {_RIGHTS}"),
    sqlite3.SQLITE_PERM: (StorageError, f"the rights are missing; {_RIGHTS}"),
    sqlite3.SQLITE_AUTH: (StorageError, f"the rights are missing; {_RIGHTS}"),
    sqlite3.SQLITE_IOERR: (StorageError, "the disk reports an error; check the disk and its free space"),
    sqlite3.SQLITE_NOLFS: (StorageError, "the file system cannot hold a file of this size; move the archive"),
    sqlite3.SQLITE_PROTOCOL: (StorageError, "the file system does not lock files; move the archive to a local disk"),
    sqlite3.SQLITE_BUSY: (ArchiveLocked, "another program is writing to it; wait until it has finished"),
    sqlite3.SQLITE_LOCKED: (ArchiveLocked, "another program is writing to it; wait until it has finished"),
    sqlite3.SQLITE_CORRUPT: (ArchiveDamaged, f"the file is damaged; {_DOCTOR}"),
    sqlite3.SQLITE_NOTADB: (ArchiveDamaged, f"the file is no SQLite database; {_DOCTOR}"),
    sqlite3.SQLITE_FORMAT: (ArchiveDamaged, f"the file is damaged; {_DOCTOR}"),
}


class Connection:
    """A connection to the archive's file; every statement of this package goes through it."""

    def __init__(self, path: Path, mode: Mode) -> None:
        self.path = path
        self.mode = mode
        self._depth = 0
        with self.translated():
            # Readers may be handed from thread to thread (the web page); only a writer has a state to protect.
            self._sql = sqlite3.connect(
                _uri(path, mode),
                uri=True,
                isolation_level=None,
                timeout=BUSY_TIMEOUT_S,
                check_same_thread=mode == "write",
            )
        try:
            with self.translated():
                self._prepare()
        except BaseException:
            self._sql.close()
            raise

    def _prepare(self) -> None:
        done = schema.version_of(self._sql)
        if done > len(schema.MIGRATIONS):
            raise ArchiveTooNew(
                f"The archive {self.path} was written by a newer version of this program (format {done}, this program "
                f"knows {len(schema.MIGRATIONS)}); update the program."
            )
        self._sql.execute("PRAGMA foreign_keys = ON")
        self._sql.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if self.mode == "write":
            self._sql.execute("PRAGMA journal_mode = WAL")
            # In WAL mode NORMAL loses at most the last transactions when the power fails, and never mixes old and
            # new; kill -9 loses nothing that was committed. A page that is lost so is simply asked again: the fsync
            # after every page that FULL would cost buys nothing.
            self._sql.execute("PRAGMA synchronous = NORMAL")
            schema.migrate(self._sql)
        elif done == 0:
            raise no_archive(self.path.parent)
        elif done < len(schema.MIGRATIONS):
            Connection(self.path, "write").close()

    def close(self) -> None:
        """Close the file; a transaction that is still open is rolled back."""
        with self.translated():
            self._sql.close()

    def copy_to(self, path: Path) -> None:
        """Copy the whole database, as it is at this moment, into a new file; who writes meanwhile is not held up.

        In one step: copied in pieces, SQLite would begin anew with every commit of a crawl.
        """
        with self.translated():
            target = sqlite3.connect(path)
            try:
                self._sql.backup(target)
            finally:
                target.close()

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement that changes something; the id of the row it inserted."""
        with self.translated():
            return self._execute(statement, values).lastrowid or 0

    def changed(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement that changes something; how many rows it changed."""
        with self.translated():
            return self._execute(statement, values).rowcount

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query; what may be long is asked in slices."""
        with self.translated():
            return self._execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a query."""
        with self.translated():
            first: Row | None = self._execute(statement, values).fetchone()
            return first

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:
        """The first column of the first row; None if there is none."""
        first = self.row(statement, values)
        return first[0] if first else None

    def _execute(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            return self._sql.execute(statement, values)
        except UnicodeEncodeError:
            # half a surrogate pair, from a page or an argument in a broken encoding, is no text that SQLite stores
            whole = [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]
            return self._sql.execute(statement, whole)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A transaction within a transaction belongs to the outer one."""
        if self._depth == 0:
            self.run("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0 and self._sql.in_transaction:
                self.run("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        try:
            self.run("COMMIT")
        except ArchiveError:
            if self._sql.in_transaction:
                self.run("ROLLBACK")
            raise

    @contextmanager
    def translated(self) -> Iterator[None]:
        """SQLite's exceptions as ours, by the table above."""
        try:
            yield
        except sqlite3.Error as wrong:
            # extended codes carry the primary one in their low byte
            known = ERRORS.get((getattr(wrong, "sqlite_errorcode", None) or 0) & 0xFF)
            if known is None:
                raise
            kind, sentence = known
            raise kind(f"The archive {self.path} cannot be used: {sentence} ({wrong}).") from wrong


def open_connection(folder: Path, mode: Mode) -> Connection:
    """The archive of a folder. Writing creates folder (for the owner alone) and file; reading wants both."""
    path = folder / FILE_NAME
    if mode == "read":
        if not path.is_file():
            raise no_archive(folder)
    else:
        make_private_folder(folder)
    return Connection(path, mode)


def no_archive(folder: Path) -> NoArchive:
    """The error that says how to begin."""
    return NoArchive(
        f"There is no archive in {folder} yet: `aimf crawl` makes one, or name its folder with --data DIR."
    )


def make_private_folder(folder: Path) -> None:
    """Create a folder that its owner alone can enter; one that exists keeps its rights."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise StorageError(
            f"The folder {folder} cannot be created ({wrong.strerror}): {_RIGHTS}, or name another one with --data DIR."
        ) from wrong


def _uri(path: Path, mode: Mode) -> str:
    options = "mode=rwc"
    if mode == "read":
        # WAL readers write a little index beside the file. Where that is impossible (a read-only disk) nobody
        # else can be writing either, and SQLite may be told so.
        frozen = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
        options = "mode=ro&immutable=1" if frozen else "mode=ro"
    return f"{path.absolute().as_uri()}?{options}"
