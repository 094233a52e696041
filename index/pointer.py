"""Which generation of an index serves: the one file that is replaced in one step. May import: record, columns.

    format 3
    generation 000007
    previous 000006
    lists 1f3a…
    config 77ab… data

One fact a line, so that reading it needs no parser. `lists` says by which word lists and weights the terms were made,
`config` which configuration, word for word, named this folder.
"""

from __future__ import annotations

from zlib import adler32, crc32

from index.columns.file import damaged
from index.record import Record

NAME = "current"
DATA, INDEX = "data", "index"
"""Folders of archive and index where no configuration names others."""
FORMAT = 4
"""Raised whenever the columns or the terms change; an index of another format is made anew."""


class Pointer(Record):
    """What NAME says; `previous` "" when this is the first generation."""

    generation: str
    previous: str
    lists: str
    format: int = FORMAT
    config: str = ""

    def text(self) -> str:
        r"""As it stands in the file.

        >>> Pointer("000001", "", "ab", format=3).text()
        'format 3\ngeneration 000001\nprevious \nlists ab\nconfig \n'
        """
        return (
            f"format {self.format}\ngeneration {self.generation}\nprevious {self.previous}\n"
            f"lists {self.lists}\nconfig {self.config}\n"
        )


def read_pointer(folder: str) -> Pointer | None:
    """The published generation; None when nothing was ever published. ArchiveDamaged when the file is broken."""
    path = f"{folder}/{NAME}"
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes 4 ms to import, this is every search
            facts = dict(line.rstrip("\n").partition(" ")[::2] for line in file)
        pointer = Pointer(
            facts["generation"], facts["previous"], facts["lists"], int(facts["format"]), facts.get("config", "")
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError):
        damaged(path, "it does not name a generation")
    if not (pointer.generation.isdigit() and len(pointer.generation) >= 6):
        damaged(path, "it does not name a generation")
    return pointer


def config_mark(written: bytes, folder: str, index_folder: str) -> str:
    """Tells a configuration, word for word, and the folders that it names.

    >>> config_mark(b"", "data", "index")
    '00000000-00000001-0-data-index'
    """
    return f"{crc32(written):08x}-{adler32(written):08x}-{len(written)}-{folder}-{index_folder}"
