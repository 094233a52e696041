"""Whoosh as the keeper of the index; the only importer of whoosh.

Whoosh writes: it holds the lock, lists segments and deletions, numbers documents, commits or cancels. What a segment
looks like on disk is ours, by way of its codec interface, so that reading needs neither whoosh nor a copy in memory.
Its analysis, query parser, posting pool and scoring are not used. The schema is made here and passed in at every
opening, so that the pickled one inside the index is never read. Whatever it raises on broken files becomes
`ArchiveDamaged`, whatever the disk refuses `StorageError`. May import: columns, engine, pipeline.errors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh import fields, formats
from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.writing import SegmentWriter

from index.columns.builder import SegmentBuilder
from index.columns.reader import MANIFEST, ColumnsReader, manifest_lines
from index.columns.segment import Segment
from index.engine import FIELDS, URL, Document
from pipeline.errors import ArchiveDamaged, ArchiveError, StorageError

POSTINGS_MAX = 400_000
"""So many are held in memory, 30 MB with their terms; then they become a part of the index, and the parts of one update
are merged. So an update needs hardly more memory for a million articles (350 postings each) than for a thousand."""
PARTS_MERGED = 8
"""So many parts become a larger one, and so many of those again: every part that is merged is an open file."""
SEGMENT_DOCUMENTS_MAX = 50_000
"""What a nightly run merges is no larger: a large segment is left alone."""
SEGMENTS_MAX = 6
"""Every term is looked up in every segment; a nightly run adds one."""
DELETED_SHARE = 0.1
"""A segment with a larger share of deleted documents is written anew, so that counts and ranking stay exact."""


class _Terms(fields.FieldType):  # type: ignore[misc]
    """A field that is given its terms: `{term: impact}`."""

    def __init__(self) -> None:
        super().__init__(formats.Frequency(), analyzer=None)

    def index(self, value: Mapping[str, int], **_: Any) -> Iterator[tuple[bytes, int, int, None]]:
        """(term, frequency, weight, value) as whoosh's writer wants them."""
        for term, impact in value.items():
            yield term.encode("utf-8", "surrogatepass"), 1, impact, None


def schema() -> fields.Schema:
    """The one schema, from the protocol's list of fields; `document` is stored, not indexed."""
    return fields.Schema(document=fields.STORED(), **{name: _Terms() for name in FIELDS})


class _Segment(base.Segment):  # type: ignore[misc]
    """What whoosh lists of a segment; pickled in its table of contents."""

    def __init__(self, indexname: str) -> None:
        super().__init__(indexname)
        self.documents = 0
        self.deleted: set[int] = set()

    def codec(self) -> _Codec:
        return _Codec(Path())

    def doc_count_all(self) -> int:
        return self.documents

    def set_doc_count(self, doccount: int) -> None:
        self.documents = doccount

    def deleted_count(self) -> int:
        return len(self.deleted)

    def deleted_docs(self) -> set[int]:
        return self.deleted

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        (self.deleted.add if delete else self.deleted.discard)(docnum)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self.deleted

    def should_assemble(self) -> bool:
        return False


class _Codec(base.Codec):  # type: ignore[misc]
    """Whoosh's way to our files: one builder takes what its writers are given."""

    length_stats = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.builder: SegmentBuilder | None = None

    def new_segment(self, _storage: Any, indexname: str) -> _Segment:
        return _Segment(indexname)

    def per_document_writer(self, _storage: Any, segment: _Segment) -> _Documents:
        self.builder = SegmentBuilder(self._folder / segment.segment_id())
        return _Documents(self.builder)

    def field_writer(self, _storage: Any, _segment: _Segment) -> _Fields:
        return _Fields(self)


class _Documents(base.PerDocumentWriter):  # type: ignore[misc]
    """What whoosh's writer calls for every document."""

    def __init__(self, builder: SegmentBuilder) -> None:
        self._builder = builder
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        pass

    def add_field(self, _name: str, _field: Any, value: Document | None, _length: int) -> None:
        if value is not None:
            self._builder.add_document(value)

    def cancel_doc(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


class _Pool:
    """Takes postings in place of whoosh's pool, which sorts tuples in memory and on disk; ours need no sorting."""

    def __init__(self, builder: SegmentBuilder) -> None:
        self._builder = builder

    def add(self, posting: tuple[str, bytes, int, float, None]) -> None:
        name, term, number, impact, _ = posting
        self._builder.add_posting(name, term, number, int(impact))

    def iter_postings(self) -> tuple[()]:
        return ()

    def cleanup(self) -> None:
        self._builder.close()


class _Fields(base.FieldWriter):  # type: ignore[misc]
    """What whoosh's writer calls when all documents are there."""

    def __init__(self, codec: _Codec) -> None:
        self._codec = codec
        self.is_closed = False

    def add_postings(self, _schema: Any, _lengths: Any, _items: Any) -> None:
        if self._codec.builder is not None:
            self._codec.builder.finish()

    def close(self) -> None:
        self.is_closed = True


@contextmanager
def _told_as_ours(folder: Path) -> Iterator[None]:
    """Errors in words of the archive. Broken files make whoosh raise nearly anything, so anything is caught."""
    try:
        yield
    except ArchiveError:
        raise
    except OSError as wrong:
        raise StorageError(f"The search index {folder} cannot be used: {wrong.strerror or wrong}.") from wrong
    except Exception as wrong:
        raise ArchiveDamaged(f"The search index {folder} cannot be read ({wrong}); run aimf rebuild.") from wrong


class WhooshEngine:
    """Indexes in folders of files."""

    def open(self, folder: Path) -> ColumnsReader:
        """The index in `folder`."""
        return ColumnsReader(str(folder))

    def update(self, folder: Path, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        """Add, replace and delete; a folder that an error has left half written must not be published."""
        writer = _Writer(folder)
        try:
            writer.write(add, remove)
        except BaseException:
            writer.cancel()
            raise


class _Writer:
    """One update of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _told_as_ours(folder):
            storage = FileStorage(str(folder))
            self._started = any(folder.glob("_MAIN_*.toc"))
            if self._started:
                self._index = FileIndex(storage, schema=schema())
            else:
                self._index = FileIndex.create(storage, schema())
            self._before = ColumnsReader(str(folder)) if self._started else None
            self._parts: dict[str, int] = {}
            """Segments that this update has made already, and how often what is in them was merged."""
            self._writer: Any = self._open()

    def _open(self) -> Any:
        codec = _Codec(self._folder)
        writer = SegmentWriter(self._index, codec=codec)
        assert codec.builder is not None  # the writer asks for it first of all
        writer.pool = _Pool(codec.builder)
        return writer

    def write(self, add: Iterable[Document], remove: Callable[[], Collection[str]]) -> None:
        """Everything, to the end."""
        added: set[str] = set()
        for document in add:
            url = document.card.url
            if url in added:
                continue
            added.add(url)
            with _told_as_ours(self._folder):
                self._delete(url)
                self._writer.add_document(document=document, **document.terms)
                if self._writer.codec.builder.postings >= POSTINGS_MAX:
                    self._writer.commit(mergetype=self._merge_parts)
                    self._writer = self._open()
        gone = remove()
        with _told_as_ours(self._folder):
            for url in gone:
                self._delete(url)
            self._writer.commit(mergetype=self._merge)
            self._finish()

    def _delete(self, url: str) -> None:
        if self._before is None:
            return
        for number in self._before.postings(URL, url).documents:
            self._writer.delete_document(number)

    def _merge_parts(self, writer: Any, segments: list[_Segment]) -> list[_Segment]:
        """Whoosh's merge policy in the middle of an update."""
        merged, level = [], 0
        while True:
            alike = [segment for segment in segments if self._parts.get(segment.segment_id()) == level]
            if len(alike) < PARTS_MERGED - 1:
                break
            merged += alike
            level += 1
        self._parts[writer.newsegment.segment_id()] = level
        return self._take(writer, segments, merged)

    def _merge(self, writer: Any, segments: list[_Segment]) -> list[_Segment]:
        """Whoosh's merge policy: an update makes one segment, small ones become one when there are many.

        Segments of many deleted documents are written anew.
        """
        worn = [
            segment
            for segment in segments
            if segment.segment_id() in self._parts or segment.deleted_count() > DELETED_SHARE * segment.doc_count_all()
        ]
        kept = [segment for segment in segments if segment not in worn]
        if len(kept) >= SEGMENTS_MAX:
            by_size = sorted(kept, key=lambda segment: segment.doc_count())
            total = 0
            for segment in by_size[:-1]:
                total += segment.doc_count()
                if total > SEGMENT_DOCUMENTS_MAX:
                    break
                worn.append(segment)
        return self._take(writer, segments, worn)

    def _take(self, writer: Any, segments: list[_Segment], merged: list[_Segment]) -> list[_Segment]:
        """Let the new segment hold some others as well; those that stay."""
        builder = writer.codec.builder
        builder.take(
            Segment(str(self._folder / segment.segment_id()), 0, sorted(segment.deleted_docs()))
            for segment in segments
            if segment in merged
        )
        writer.docnum = writer.docbase + builder.count
        writer._added = writer._added or builder.count > 0  # noqa: SLF001 - as its own merges do
        return [segment for segment in segments if segment not in merged]

    def _finish(self) -> None:
        self._close()
        segments = FileIndex(FileStorage(str(self._folder)), schema=schema())._segments()  # noqa: SLF001 - no other way
        lines = manifest_lines((s.segment_id(), s.doc_count_all(), s.deleted_docs()) for s in segments)
        beside = self._folder / f"{MANIFEST}.new"
        beside.write_text(lines, encoding="ascii")
        beside.replace(self._folder / MANIFEST)
        self._tidy({segment.segment_id() for segment in segments})
        (self._folder / "MAIN_WRITELOCK").unlink(missing_ok=True)

    def _tidy(self, names: set[str]) -> None:
        for path in self._folder.glob("MAIN_*.*"):
            if path.name.partition(".")[0] not in names:
                path.unlink()

    def _close(self) -> None:
        if self._before is not None:
            self._before.close()

    def cancel(self) -> None:
        """Leave what was committed before."""
        self._close()
        # On a full disk cancelling fails as well; what must be told is the first error.
        with suppress(Exception):
            self._writer.cancel()
