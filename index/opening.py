"""Opens the generation of an index that serves.

May import: columns, pointer, search, vocabulary, pipeline.errors (only where something is wrong).
"""

from __future__ import annotations

from index.columns.file import damaged
from index.columns.reader import ColumnsReader
from index.pointer import FORMAT, read_pointer
from index.record import Record
from index.search import Searcher
from index.vocabulary.expressions import Expressions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from index.pointer import Pointer
    from pipeline.records import Article

ACRONYMS = "acronyms"
"""What the archive's articles spell out, beside the columns of a generation (`expansions.to_lines`)."""
SYNONYMS = "synonyms"
"""What staff have written down (`synonyms.Synonyms.text`)."""
OPENING_TRIES = 3
"""Between reading the name of a generation and opening it, a run may publish twice and remove it."""


class Opened(Record):
    """A state of an index: which one, and what answers from it."""

    pointer: Pointer
    searcher: Searcher


def open_index(folder: str, opened: Callable[[str], Article] | None = None) -> Opened:
    """The state that serves now; ArchiveError when there is none yet, ArchiveDamaged when it cannot be read."""
    attempt = 1
    while True:
        pointer = read_pointer(folder)
        if pointer is None:
            from pipeline.errors import ArchiveError  # noqa: PLC0415 - a search that is right must not wait for it

            raise ArchiveError(f"There is no search index in {folder} yet; run aimf rebuild.")
        if pointer.format != FORMAT:
            damaged(folder, "it is of another version of this program")
        generation = f"{folder}/{pointer.generation}"
        try:
            reader = ColumnsReader(generation)
            expressions = Expressions(
                learned=_file_text(f"{generation}/{ACRONYMS}"), synonyms=_file_text(f"{generation}/{SYNONYMS}")
            )
        except Exception:
            if attempt == OPENING_TRIES or read_pointer(folder) == pointer:
                raise
            attempt += 1
            continue
        return Opened(pointer, Searcher(reader, expressions=expressions, opened=opened or missing))


def missing(url: str) -> Article:
    """Where there is no archive beside the index: no article."""
    raise KeyError(url)


def _file_text(path: str) -> str:
    """A file of the index that may be left out."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes 4 ms to import, this is every search
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as wrong:
        damaged(path, str(wrong))
