"""Brings the index up to date with the articles, by difference; what serves is replaced in one step or not at all.

An index is disposable: a missing, damaged or outdated one is simply made anew from the articles. When nothing changed,
nothing is written. May import: documents, engine, expansions, opening, pointer, publication, wordlists, whoosh_engine,
pipeline.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol
from zlib import crc32

from index.documents import stamp_of, to_document
from index.engine import ACRONYM, Document, Engine
from index.opening import ACRONYMS, SYNONYMS
from index.pointer import FORMAT, Pointer, read_pointer
from index.publication import begin, clean, disk_errors, name, publish
from index.tuning import Weighing
from index.vocabulary.expansions import learned, to_lines
from index.whoosh_engine import WhooshEngine
from index.wordlists import fingerprint
from pipeline.archive import Archive
from pipeline.errors import ArchiveDamaged
from pipeline.facts.acronyms import learn
from pipeline.records import Acronym, Article


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did to the index."""

    added: int
    changed: int
    removed: int
    unchanged: int
    generation: str | None
    published: bool

    def __str__(self) -> str:
        """For the summary of a run.

        >>> str(IndexReport(1, 0, 0, 4, "000002", True))
        'index: 1 added, 0 changed, 0 removed, 4 unchanged'
        """
        if not self.published:
            return f"index: nothing new, {self.unchanged} articles"
        return f"index: {self.added} added, {self.changed} changed, {self.removed} removed, {self.unchanged} unchanged"


class Entry(Protocol):
    """An article that may have to be indexed: what tells whether, and the article itself if it must."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def mark(self) -> str:
        """Changes whenever the article must be indexed again."""

    def load(self) -> Article | None:
        """The article; None when it has gone since."""


@dataclass(frozen=True, slots=True)
class Given:
    """An article at hand, marked by its content."""

    article: Article

    @property
    def url(self) -> str:
        """Its address."""
        return self.article.url

    @property
    def mark(self) -> str:
        """A digest of everything that is indexed."""
        return stamp_of(self.article)

    def load(self) -> Article:
        """The article."""
        return self.article


@dataclass(frozen=True, slots=True)
class Stored:
    """An article of an archive, read only if it must be indexed."""

    url: str
    mark: str
    archive: Archive

    def load(self) -> Article | None:
        """The article, from the archive."""
        return self.archive.article(self.url)


def stored(archive: Archive) -> Iterator[Stored]:
    """All current articles of an archive, for `build_index`."""
    return (Stored(url, mark, archive) for url, mark in archive.marks())


class _Difference:
    """Walks the entries once and gives out the articles that the index must write; counts the rest."""

    def __init__(self, entries: Iterable[Entry | Article], marks: dict[str, str]) -> None:
        self._entries = entries
        self._marks = marks
        self._seen: set[str] = set()
        self.added = self.changed = self.unchanged = 0

    def documents(self) -> Iterator[Document]:
        for given in self._entries:
            entry = Given(given) if isinstance(given, Article) else given
            if entry.url in self._seen:
                continue
            self._seen.add(entry.url)
            known, mark = self._marks.get(entry.url), entry.mark
            if known == mark:
                self.unchanged += 1
                continue
            article = entry.load()
            if article is None:
                continue
            if known is None:
                self.added += 1
            else:
                self.changed += 1
            yield to_document(article, mark)

    def gone(self) -> list[str]:
        return [url for url in self._marks if url not in self._seen]


def build_index(  # noqa: PLR0913 - all but the first two have a default
    folder: Path,
    articles: Iterable[Entry | Article],
    *,
    engine: Engine | None = None,
    rebuild: bool = False,
    synonyms: str | None = None,
    config: str | None = None,
) -> IndexReport:
    """Make the index in `folder` say what `articles` (all current ones) say; `rebuild` begins from nothing.

    `synonyms`: staff's list as `synonyms.Synonyms.text`; `config`: what `pointer.Pointer.config` will say. None: as it
    was before.
    """
    engine = engine or WhooshEngine()
    lists = f"{fingerprint()}-{crc32(repr(Weighing()).encode()):08x}"
    serving = _serving(folder)
    with disk_errors(folder):
        clean(folder, serving)
    usable = serving if serving and (serving.format, serving.lists) == (FORMAT, lists) and not rebuild else None
    marks: dict[str, str] = {}
    if usable:
        try:
            marks = _marks(engine, folder / usable.generation)
        except ArchiveDamaged:
            usable = None
    difference = _Difference(articles, marks)
    documents = difference.documents()
    first = next(documents, None)
    wanted = _synonyms(folder, serving) if synonyms is None else synonyms
    if usable and first is None and not difference.gone() and wanted == _synonyms(folder, usable):
        if config is not None and usable.config != config:
            name(folder, usable.replace(config=config))
        return IndexReport(0, 0, 0, difference.unchanged, usable.generation, published=False)
    generation = begin(folder, usable)
    try:
        engine.update(generation, chain([first] if first else [], documents), difference.gone)
        _write_words(generation, _learned(engine, generation), wanted)
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise
    pointer = publish(folder, generation, serving, lists=lists, config=config)
    removed = len(difference.gone())
    return IndexReport(
        difference.added, difference.changed, removed, difference.unchanged, pointer.generation, published=True
    )


def _learned(engine: Engine, generation: Path) -> str:
    """What the articles of a generation teach of acronyms, as an index keeps it."""
    reader = engine.open(generation)
    try:
        spelt: dict[int, list[Acronym]] = {}
        for term, documents in reader.holders(ACRONYM):
            acronym, _, expansion = term.partition("\t")
            for document in documents:
                spelt.setdefault(document, []).append(Acronym(acronym, expansion))
        return to_lines(learned(learn(spelt.values())))
    finally:
        reader.close()


def _write_words(generation: Path, acronyms: str, synonyms: str) -> None:
    """What stands beside the columns."""
    with disk_errors(generation):
        for file_name, text in ((ACRONYMS, acronyms), (SYNONYMS, synonyms)):
            # Never into the file of the generation before, which is the same file by another name.
            (generation / file_name).unlink(missing_ok=True)
            (generation / file_name).write_text(text, encoding="utf-8")


def _synonyms(folder: Path, pointer: Pointer | None) -> str:
    path = folder / pointer.generation / SYNONYMS if pointer else folder / SYNONYMS
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _serving(folder: Path) -> Pointer | None:
    try:
        pointer = read_pointer(str(folder))
    except ArchiveDamaged:
        return None
    return pointer if pointer and (folder / pointer.generation).is_dir() else None


def _marks(engine: Engine, generation: Path) -> dict[str, str]:
    reader = engine.open(generation)
    try:
        return dict(reader.stamps())
    finally:
        reader.close()
