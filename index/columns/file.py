"""Files of named columns, mapped into memory: what a segment of an index looks like on disk.

    magic, number of columns, then for each: name, where it begins, how many bytes; room; then the columns, aligned

Numbers are as this machine writes them; a file of another kind of machine is refused. Nothing is read until it is
asked for, nothing is copied, and many processes share the pages. What is wanted a document at a time is read instead
(`Stored`): a page that is mapped brings its neighbours, and after some hundred questions all of the index would count
as the reader's memory. May import: the standard library, pipeline.errors (only where something is wrong).
"""

from __future__ import annotations

import mmap
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Never

MAGIC = 0x314C4F43464D4941
"""« AIMFCOL1 » where the lowest byte comes first."""
_HEAD = struct.Struct("=QI")
_ENTRY = struct.Struct("=24sQQ")
_ALIGNED_BYTES = 8
COLUMNS_MAX = 120
"""So many have room in a file's head."""
SPOOLED_BYTES = 1_000_000
"""A column in the making that is larger goes to disk."""


def damaged(path: Path | str, why: str) -> Never:
    """Say that an index cannot be read, and what to do."""
    # Imported here because pipeline.errors needs enum, which takes longer to import than a whole search.
    from pipeline.errors import ArchiveDamaged  # noqa: PLC0415

    raise ArchiveDamaged(f"The search index {path} cannot be read ({why}); run aimf rebuild.")


class Spool:
    """A column in the making: numbers or bytes that come in pieces; in memory while there are few, else on disk."""

    def __init__(self, folder: Path) -> None:
        # What makes temporary files takes longer to import than a search takes; readers need none.
        from tempfile import SpooledTemporaryFile  # noqa: PLC0415 - see above

        self._file = SpooledTemporaryFile(SPOOLED_BYTES, dir=str(folder))  # noqa: SIM115 - closed by its end
        self.size = 0

    def write(self, piece: array[int] | bytes | bytearray | memoryview) -> None:
        """The next piece."""
        with memoryview(piece).cast("B") as held:
            self.size += len(held)
            self._file.write(held)

    def pieces(self) -> Iterator[bytes]:
        """All of it, once."""
        self._file.seek(0)
        while piece := self._file.read(SPOOLED_BYTES):
            yield piece
        self._file.close()

    def __del__(self) -> None:
        """An update that was given up leaves nothing open."""
        self._file.close()


class ColumnsWriter:
    """Writes a file of columns, one after the other."""

    def __init__(self, path: Path) -> None:
        self._entries: list[bytes] = []
        self._file = path.open("wb")
        self._file.write(b"\0" * (_HEAD.size + _ENTRY.size * COLUMNS_MAX))

    def add(self, name: str, column: array[int] | bytes | Spool) -> None:
        """The next column."""
        self._file.write(b"\0" * (-self._file.tell() % _ALIGNED_BYTES))
        begun = self._file.tell()
        if isinstance(column, Spool):
            self._file.writelines(column.pieces())
        else:
            self._file.write(memoryview(column).cast("B"))
        self._entries.append(_ENTRY.pack(name.encode(), begun, self._file.tell() - begun))

    def finish(self) -> None:
        """All columns are there: say where they are."""
        with self._file as file:
            file.seek(0)
            file.write(_HEAD.pack(MAGIC, len(self._entries)))
            file.writelines(self._entries)


class Mapped:
    """A file in memory: `bytes` slices and number views. ArchiveDamaged when it is missing, OSError as it comes."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes 4 ms to import, this is every search
                self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            damaged(path, "a file is missing")
        except ValueError:
            damaged(path, "a file is empty")
        self._view = memoryview(self.bytes)

    def numbers(self, code: str, start: int = 0, end: int | None = None) -> memoryview[int]:
        """The bytes from `start` to before `end` as numbers: B, I, H or Q as in `array`."""
        return self._view[start:end].cast(code)  # type: ignore[call-overload, no-any-return]

    def release(self) -> None:
        """Give back what was read of it so far; it is read again when it is asked for."""
        if hasattr(self.bytes, "madvise"):
            self.bytes.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Forget the file; views that are still held keep it mapped until they go."""
        self._view = memoryview(b"")


class Stored:
    """A file that is read in pieces. ArchiveDamaged when it is missing or shorter than `size`, OSError as it comes."""

    def __init__(self, path: str, size: int) -> None:
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            damaged(path, "a file is missing")
        if os.fstat(self._file).st_size < size:
            damaged(path, "it is cut short")

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to before `end`."""
        return os.pread(self._file, end - start, start)

    def __del__(self) -> None:
        """Closed with its last user: another thread may still be reading, and the number would be another file's."""
        if hasattr(self, "_file"):
            os.close(self._file)


class Columns(Mapped):
    """A file that a `ColumnsWriter` wrote."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        try:
            magic, count = _HEAD.unpack_from(self.bytes)
            if magic != MAGIC or count > COLUMNS_MAX:
                damaged(path, "it is of another kind")
            entries = [_ENTRY.unpack_from(self.bytes, _HEAD.size + _ENTRY.size * i) for i in range(count)]
        except struct.error:
            damaged(path, "it is cut short")
        self._places = {name.rstrip(b"\0").decode(): (at, at + size) for name, at, size in entries}
        if any(end > len(self.bytes) for _, end in self._places.values()):
            damaged(path, "it is cut short")

    def column(self, name: str, code: str) -> memoryview[int]:
        """A column of numbers; empty when the file has none of that name."""
        start, end = self._places.get(name, (0, 0))
        return self.numbers(code, start, end)

    def place(self, name: str) -> tuple[int, int]:
        """Where a column's bytes are in `bytes`."""
        return self._places.get(name, (0, 0))
