"""A copy of a live archive as it was at one moment; a crawl may go on writing meanwhile.

May import: errors, archive.connection, archive.lock, archive.salvage.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.archive import lock, salvage
from pipeline.archive.connection import FILE_NAME, Connection, make_private_folder, open_connection
from pipeline.errors import ArchiveError, StorageError, UsageError

_BESIDE = f"{FILE_NAME}.new"
MADE_FILE = "backup"
"""Beside an archive: where its last backup lies. `aimf doctor` names it when the archive is lost."""


def copy(source: Connection, folder: Path) -> None:
    """Make `folder` a whole archive of its own. The one that is there is replaced in one step, if it is no newer."""
    if folder.resolve() == source.path.parent.resolve():
        raise UsageError(f"{folder} is the archive itself; name another folder for its backup.")
    make_private_folder(folder)
    if not (folder / FILE_NAME).exists() and any(not _is_ours(path) for path in folder.iterdir()):
        raise UsageError(f"{folder} holds other files; name an empty folder, or one that holds a backup.")
    with lock.hold(folder, "aimf backup"):
        _refuse_newer(source, folder)
        path = folder / FILE_NAME
        beside = folder / _BESIDE
        for ending in ("", "-journal"):
            beside.with_name(beside.name + ending).unlink(missing_ok=True)
        source.copy_to(beside)
        try:
            # the log of the copy before, if a kill left one, belongs to what is replaced
            for ending in ("-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            beside.chmod(0o600)
            beside.replace(path)
            _sync(folder)
        except OSError as wrong:
            raise StorageError(f"The backup {path} cannot be written ({wrong.strerror}): check the disk.") from wrong


def _is_ours(path: Path) -> bool:
    """Whether a file is what a backup that was killed has left in an empty folder."""
    return path.name == lock.FILE_NAME or path.name.startswith(_BESIDE)


def note(source_folder: Path, folder: Path) -> None:
    """Remember where the backup lies."""
    try:
        (source_folder / MADE_FILE).write_text(f"{folder.resolve()}\n", encoding="utf-8")
    except OSError:
        return  # an archive that may only be read is backed up all the same


def noted(source_folder: Path) -> Path | None:
    """Where the last backup lies, if it is still there."""
    try:
        path = Path((source_folder / MADE_FILE).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None
    return path if (path / FILE_NAME).is_file() else None


def _refuse_newer(source: Connection, folder: Path) -> None:
    """An archive that has seen more runs is not replaced by one that has seen fewer: somebody mixed up the folders."""
    if not (folder / FILE_NAME).exists():
        return
    try:
        there = open_connection(folder, "read")
        try:
            newest = there.value("SELECT max(id) FROM runs") or 0
        finally:
            there.close()
    except ArchiveError:
        salvage.set_aside(folder)  # damaged: to be replaced, and kept for whoever wants to look at it
        return
    if newest > (source.value("SELECT max(id) FROM runs") or 0):
        raise UsageError(
            f"The archive in {folder} is newer than {source.path.parent}; move it away first if it is to be replaced."
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
