"""Whoosh as the place where terms are kept; the only importer of whoosh. May import: engine, pipeline.errors.

Whoosh gets finished terms and gives postings back: its analysis, query parser and scoring are not used. Its schema is
made here and passed in at every opening, so that the pickled one inside the index is never read. Whatever it raises on
broken files becomes `ArchiveDamaged`, whatever the disk refuses `StorageError`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from whoosh import columns, fields, formats
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import TermNotFound

from index.engine import FIELDS, WITH_POSITIONS, Document, Stored
from pipeline.errors import ArchiveDamaged, ArchiveError, StorageError

BATCH_MB = 64
"""Postings held in memory while writing; more of them go to temporary files."""
DELETED_SHARE = 0.1
"""Once this share of an index is deleted documents, it is written anew, so that counts and ranking stay exact."""
POSTINGS_CACHE = 512
"""Posting lists kept by a reader: the terms of the last few questions."""


class _Terms(fields.FieldType):  # type: ignore[misc]
    """A field that is given its terms: `{term: positions}`."""

    def __init__(self, *, positions: bool) -> None:
        super().__init__(formats.Positions() if positions else formats.Frequency(), analyzer=None)
        self._positions = positions

    def index(self, value: Mapping[str, Sequence[int]], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(term, frequency, weight, encoded value) as whoosh's writer wants them."""
        for term, places in value.items():
            count = len(places)
            encoded = self.format.encode(list(places)) if self._positions else formats.pack_uint(count)
            yield _bytes(term), count, float(count), encoded


def _bytes(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")


def schema() -> fields.Schema:
    """The one schema, from the protocol's list of fields."""
    own = {name: _Terms(positions=name in WITH_POSITIONS) for name in FIELDS}
    return fields.Schema(
        record=fields.STORED(),
        length=fields.COLUMN(columns.NumericColumn("i")),
        day=fields.COLUMN(columns.NumericColumn("i")),
        **own,
    )


@contextmanager
def _told_as_ours(folder: Path) -> Iterator[None]:
    """Errors in words of the archive. Broken files make whoosh raise nearly anything, so anything is caught."""
    try:
        yield
    except ArchiveError:
        raise
    except FileNotFoundError as wrong:
        raise ArchiveDamaged(f"The search index {folder} is incomplete; run aimf rebuild.") from wrong
    except OSError as wrong:
        raise StorageError(f"The search index {folder} cannot be used: {wrong.strerror or wrong}.") from wrong
    except Exception as wrong:
        raise ArchiveDamaged(f"The search index {folder} cannot be read ({wrong}); run aimf rebuild.") from wrong


class WhooshReader:
    """A state of the index on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._closed = False
        with _told_as_ours(folder):
            storage = FileStorage(str(folder), readonly=True)
            self._reader = FileIndex(storage, schema=schema()).reader()
        self.postings = lru_cache(maxsize=POSTINGS_CACHE)(self._postings)

    def size(self) -> int:
        """How many documents there are."""
        return int(self._reader.doc_count())

    def documents(self) -> Iterable[int]:
        """All documents that are not deleted."""
        with _told_as_ours(self._folder):
            return list(self._reader.all_doc_ids())

    def _matcher(self, field: str, term: str) -> Any:
        try:
            return self._reader.postings(field, _bytes(term))
        except TermNotFound:
            return None

    def _postings(self, field: str, term: str) -> Mapping[int, int]:
        """Document → frequency; kept for the last terms asked."""
        found: dict[int, int] = {}
        with _told_as_ours(self._folder):
            matcher = self._matcher(field, term)
            while matcher is not None and matcher.is_active():
                found[matcher.id()] = int(matcher.weight())
                matcher.next()
        return found

    def positions(self, field: str, term: str, documents: Collection[int]) -> Mapping[int, Sequence[int]]:
        """Positions in the documents asked for."""
        found: dict[int, Sequence[int]] = {}
        with _told_as_ours(self._folder):
            matcher = self._matcher(field, term)
            if matcher is None:
                return found
            for document in sorted(documents):
                if matcher.is_active() and matcher.id() < document:
                    matcher.skip_to(document)
                if not matcher.is_active():
                    break
                if matcher.id() == document:
                    found[document] = matcher.value_as("positions")
        return found

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """Sorted terms with the prefix."""
        start = _bytes(prefix)
        with _told_as_ours(self._folder):
            try:
                for term in self._reader.expand_prefix(field, start):
                    yield term.decode("utf-8", "surrogatepass")
            except TermNotFound:
                return

    def lengths(self) -> Sequence[int]:
        """Words by document."""
        return self._column("length")

    def days(self) -> Sequence[int]:
        """Days by document."""
        return self._column("day")

    def _column(self, name: str) -> Sequence[int]:
        with _told_as_ours(self._folder):
            if not self._reader.doc_count_all():
                return []
            column = self._reader.column_reader(name)
            return [int(column[number]) for number in range(self._reader.doc_count_all())]

    def stored(self, document: int) -> Stored:
        """Address, stamp and title."""
        with _told_as_ours(self._folder):
            return Stored(*self._reader.stored_fields(document)["record"])

    def close(self) -> None:
        """Let go of the files."""
        self.postings.cache_clear()
        if not self._closed:
            self._closed = True
            self._reader.close()


class WhooshEngine:
    """Indexes in folders of files."""

    def open(self, folder: Path) -> WhooshReader:
        """The index in `folder`."""
        return WhooshReader(folder)

    def update(self, folder: Path, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        """Add, replace and delete in one commit; after an error the index is as it was."""
        with _told_as_ours(folder):
            storage = FileStorage(str(folder))
            started = any(folder.glob("_MAIN_*.toc"))
            whoosh_index = FileIndex(storage, schema=schema()) if started else FileIndex.create(storage, schema())
            writer = whoosh_index.writer(limitmb=BATCH_MB)
        try:
            self._write(writer, folder, add, remove)
        except BaseException:
            # On a full disk cancelling fails as well; what must be told is the first error.
            with suppress(Exception):
                writer.cancel()
            raise
        (folder / "MAIN_WRITELOCK").unlink(missing_ok=True)

    @staticmethod
    def _write(writer: Any, folder: Path, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        with _told_as_ours(folder):
            # Numbers, not terms: whoosh opens a searcher for every deletion by term.
            reader = writer.reader()
            numbers = {record["record"][0]: number for number, record in reader.iter_docs()}
            held = reader.doc_count_all()
            reader.close()
        added: set[str] = set()
        for document in add:
            if document.url in added:
                continue
            added.add(document.url)
            with _told_as_ours(folder):
                if document.url in numbers:
                    writer.delete_document(numbers.pop(document.url))
                record = (document.url, document.stamp, document.title)
                writer.add_document(record=record, length=document.length, day=document.day, **document.fields)
        gone = remove()
        with _told_as_ours(folder):
            for url in gone:
                if url in numbers:
                    writer.delete_document(numbers.pop(url))
            writer.commit(optimize=held > 0 and held - len(numbers) > DELETED_SHARE * held)
