"""Generations of an index on disk: one is built beside the one that serves, then takes its place in one step.

    index/current        names the generation that serves (replaced by rename, so never half written)
    index/000007/        the generation that serves
    index/000006/        the one before, kept for readers that hold it open

May import: pipeline.errors. Only one process may publish at a time; the caller holds the archive's lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import ArchiveDamaged, StorageError

POINTER = "current"
_GENERATION = re.compile(r"\d{6,}")
_LOCKS = ("WRITELOCK",)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation serves, which one it replaced, and by which rules its terms were made."""

    generation: str
    previous: str | None
    format: int
    lists: str


def read_pointer(folder: Path) -> Pointer | None:
    """The published generation; None when nothing was ever published."""
    try:
        fields = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        pointer = _checked(Pointer(**fields))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError) as wrong:
        raise ArchiveDamaged(f"{folder / POINTER} is damaged; run aimf rebuild.") from wrong
    except OSError as wrong:
        raise StorageError(f"{folder / POINTER} cannot be read: {wrong.strerror}.") from wrong
    return pointer


def _checked(pointer: Pointer) -> Pointer:
    if not (_GENERATION.fullmatch(pointer.generation) and isinstance(pointer.format, int)):
        raise ValueError(POINTER)
    return pointer


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """What the disk refuses, in a sentence."""
    try:
        yield
    except OSError as wrong:
        raise StorageError(f"The search index cannot be written to {folder}: {wrong.strerror or wrong}.") from wrong


def begin(folder: Path, source: Pointer | None) -> Path:
    """A folder for the next generation, beginning as `source` (linked, not copied, where the disk can) or empty."""
    with disk_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = [int(path.name) for path in _generations(folder)]
        target = folder / f"{max(taken, default=0) + 1:06d}"
        target.mkdir(mode=0o700)
        if source is not None:
            for path in sorted((folder / source.generation).iterdir()):
                if not path.name.endswith(_LOCKS):
                    _link(path, target / path.name)
        return target


def _link(source: Path, target: Path) -> None:
    # Safe because finished files of an index are replaced, never written into.
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def publish(folder: Path, generation: Path, previous: Pointer | None, *, version: int, lists: str) -> Pointer:
    """Make `generation` the one that serves; whatever happens, either it or the one before is whole and named."""
    before = previous.generation if previous else None
    pointer = Pointer(generation.name, before, version, lists)
    with disk_errors(folder):
        for path in generation.iterdir():
            _sync(path)
        _sync(generation)
        beside = folder / f"{POINTER}.new"
        beside.write_text(json.dumps(asdict(pointer)) + "\n", encoding="utf-8")
        _sync(beside)
        beside.replace(folder / POINTER)
        _sync(folder)
        clean(folder, pointer)
    return pointer


def clean(folder: Path, pointer: Pointer | None) -> None:
    """Remove what killed runs left half built, and generations nobody can be reading any more."""
    keep = {pointer.generation, pointer.previous} if pointer else set()
    for path in _generations(folder):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
    (folder / f"{POINTER}.new").unlink(missing_ok=True)


def _generations(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if _GENERATION.fullmatch(path.name) and path.is_dir()]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
