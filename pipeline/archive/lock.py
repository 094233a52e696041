"""One writer at a time: a lock of the kernel, which no death can leave behind.

The file's text says who holds it; the lock is what counts. May import: errors, archive.connection.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pipeline.archive.connection import make_private_folder
from pipeline.errors import ArchiveLocked, StorageError

FILE_NAME = "lock"

# `aimf status` holds the lock for an instant to see whether somebody else does: that is no reason to give up.
_LOOKS_OUTWAITED = 5
_LOOK_S = 0.04

T = TypeVar("T")

_held: set[int] = set()


def _let_go_in_child() -> None:
    # A forked worker shares the lock with its parent and would hold it after the parent's death.
    for handle in _held:
        with suppress(OSError):
            os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def hold(
    folder: Path,
    command: str,
    clock: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the writer's lock of an archive. Raises ArchiveLocked with the holder's name if it is taken."""
    make_private_folder(folder)
    path = folder / FILE_NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as wrong:
        raise StorageError(
            f"The lock {path} cannot be opened ({wrong.strerror}): check the rights of the folder."
        ) from wrong
    _held.add(handle)
    try:
        _take(handle, path, sleep)
        _sign(handle, command, clock())
        yield
        with suppress(OSError):
            os.ftruncate(handle, 0)
    finally:
        # a fork's child has closed its copy already
        if handle in _held:
            _held.discard(handle)
            os.close(handle)


def holder(folder: Path) -> str | None:
    """Who holds the lock, in words; None if nobody does."""
    return _of_holder(folder, _read)


def working_process(folder: Path) -> int | None:
    """The process that holds the lock; None if nobody does, or if it has not signed yet."""
    return _of_holder(folder, _read_pid)


def _of_holder(folder: Path, read: Callable[[int], T]) -> T | None:
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return read(handle)
    finally:
        os.close(handle)
    return None


def _take(handle: int, path: Path, sleep: Callable[[float], None]) -> None:
    for left in reversed(range(_LOOKS_OUTWAITED)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            if not left:
                raise ArchiveLocked(
                    f"Another run is writing to the archive in {path.parent}: {_read(handle)}. "
                    "Wait until it has finished."
                ) from taken
            sleep(_LOOK_S)
        except OSError as wrong:
            raise StorageError(
                f"The disk of {path} does not lock files ({wrong.strerror}): use a local disk."
            ) from wrong
        else:
            return


def _sign(handle: int, command: str, now: datetime) -> None:
    text = json.dumps({"pid": os.getpid(), "command": command, "since": now.isoformat(timespec="seconds")})
    # A full disk must not keep anybody from the lock: the words are a courtesy.
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)


def _read_pid(handle: int) -> int | None:
    try:
        return int(json.loads(os.pread(handle, 4096, 0))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(handle: int) -> str:
    try:
        told = json.loads(os.pread(handle, 4096, 0))
        return f"`{told['command']}`, process {told['pid']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a run that has only just begun"
