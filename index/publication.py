"""Generations of an index on disk: one is built beside the one that serves, then takes its place in one step.

    index/current        names the generation that serves (replaced by rename, so never half written)
    index/000007/        the generation that serves
    index/000006/        the one before, kept for readers that are opening it

May import: pointer, pipeline.errors. Only one process may publish at a time; the caller holds the archive's lock.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.pointer import NAME, Pointer
from pipeline.errors import StorageError

_GENERATION = re.compile(r"\d{6,}")
_LOCKS = ("WRITELOCK",)


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


def publish(
    folder: Path, generation: Path, previous: Pointer | None, *, lists: str, config: str | None = None
) -> Pointer:
    """Make `generation` the one that serves; whatever happens, either it or the one before is whole and named."""
    before = previous.generation if previous else ""
    kept = previous.config if previous else ""
    pointer = Pointer(generation.name, before, lists, config=kept if config is None else config)
    with disk_errors(folder):
        for path in generation.iterdir():
            _sync(path)
        _sync(generation)
        name(folder, pointer)
        clean(folder, pointer)
    return pointer


def name(folder: Path, pointer: Pointer) -> None:
    """Write down which generation serves, in one step."""
    with disk_errors(folder):
        beside = folder / f"{NAME}.new"
        beside.write_text(pointer.text(), encoding="utf-8")
        _sync(beside)
        beside.replace(folder / NAME)
        _sync(folder)


def leftovers(folder: Path, pointer: Pointer | None) -> list[str]:
    """What killed runs left half built, and generations nobody can be reading any more."""
    keep = {pointer.generation, pointer.previous} if pointer else set()
    old = [path.name for path in _generations(folder) if path.name not in keep]
    return sorted(old) + ([f"{NAME}.new"] if (folder / f"{NAME}.new").exists() else [])


def clean(folder: Path, pointer: Pointer | None) -> None:
    """Remove the leftovers."""
    for name_of_one in leftovers(folder, pointer):
        path = folder / name_of_one
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


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
