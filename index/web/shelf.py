"""The archive that the page answers from: opened when it is there, taken up anew when it changed. May import: library.

The index is read-only and one generation at a time: a request sees a whole state or, when there is none, an
ArchiveError, which the page tells as « not available ». Nothing is written, but for the migration of an archive that an
older program made.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from index.library import Library
from index.record import Record
from pipeline.archive import FILE_NAME, Archive
from pipeline.errors import ArchiveError

LOOKED_EVERY_S = 1.0
"""How often it is looked whether a newer index was published; looking costs two reads of small files."""


class Volume(Record):
    """The archive and its library, as one state; whoever holds it may go on reading when another is taken up."""

    archive: Archive
    library: Library
    file: tuple[int, int]


class Shelf:
    """Gives the current volume to many threads."""

    def __init__(self, folder: Path, index_folder: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._index = folder / index_folder
        self._clock = clock
        self._lock = threading.Lock()
        self._volume: Volume | None = None
        self._looked_s = float("-inf")

    def volume(self) -> Volume:
        """The current state. Raises NoArchive, ArchiveDamaged … where there is none."""
        with self._lock:
            now_s = self._clock()
            if self._volume is None or now_s - self._looked_s >= LOOKED_EVERY_S:
                self._look()
                self._looked_s = now_s
            assert self._volume is not None
            return self._volume

    def drop(self) -> None:
        """Open everything anew at the next request: what is open turned out to be damaged."""
        with self._lock:
            self._volume = None

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            if self._volume is not None:
                self._volume.library.close()
            self._volume = None

    def _look(self) -> None:
        try:
            there = os.stat(self.folder / FILE_NAME)  # noqa: PTH116 - beside fstat's numbers
        except OSError:
            # What is open is let go, not closed: another thread may be reading from it.
            self._volume = None
            Archive.open(self.folder).close()  # says what is wrong
            raise
        file = (there.st_dev, there.st_ino)
        if self._volume is None or self._volume.file != file:
            self._volume = self._opened(file)
            return
        # A new index that cannot be read is no reason to close the one that can; `/etat` shows both their counts.
        with suppress(ArchiveError):
            self._volume.library.refresh()

    def _opened(self, file: tuple[int, int]) -> Volume:
        archive = Archive.open(self.folder)
        try:
            return Volume(archive, Library(archive, self._index), file)
        except BaseException:
            archive.close()
            raise
