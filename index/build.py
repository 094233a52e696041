"""Brings the index up to date with the articles, by difference; what serves is replaced in one step or not at all.

An index is disposable: a missing, damaged or outdated one is simply made anew from the articles. When nothing changed,
nothing is written. May import: documents, engine, publication, wordlists, whoosh_engine, pipeline.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from index.documents import stamp_of, to_document
from index.engine import Document, Engine
from index.publication import Pointer, begin, clean, disk_errors, publish, read_pointer
from index.whoosh_engine import WhooshEngine
from index.wordlists import fingerprint
from pipeline.errors import ArchiveDamaged
from pipeline.records import Article

FORMAT = 1
"""Raised whenever the fields, the terms or the stored record change; an index of another format is made anew."""


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


class _Difference:
    """Walks the articles once and gives out those that the index must write; counts the rest."""

    def __init__(self, articles: Iterable[Article], stamps: dict[str, str]) -> None:
        self._articles = articles
        self._stamps = stamps
        self._seen: set[str] = set()
        self.added = self.changed = self.unchanged = 0

    def documents(self) -> Iterator[Document]:
        for article in self._articles:
            if article.url in self._seen:
                continue
            self._seen.add(article.url)
            known = self._stamps.get(article.url)
            if known == stamp_of(article):
                self.unchanged += 1
                continue
            if known is None:
                self.added += 1
            else:
                self.changed += 1
            yield to_document(article)

    def gone(self) -> list[str]:
        return [url for url in self._stamps if url not in self._seen]


def build_index(
    folder: Path, articles: Iterable[Article], *, engine: Engine | None = None, rebuild: bool = False
) -> IndexReport:
    """Make the index in `folder` say what `articles` (all current ones) say; `rebuild` begins from nothing."""
    engine = engine or WhooshEngine()
    lists = fingerprint()
    serving = _serving(folder)
    with disk_errors(folder):
        clean(folder, serving)
    usable = serving if serving and (serving.format, serving.lists) == (FORMAT, lists) and not rebuild else None
    stamps: dict[str, str] = {}
    if usable:
        try:
            stamps = _stamps(engine, folder / usable.generation)
        except ArchiveDamaged:
            usable = None
    difference = _Difference(articles, stamps)
    documents = difference.documents()
    first = next(documents, None)
    if usable and first is None and not difference.gone():
        return IndexReport(0, 0, 0, difference.unchanged, usable.generation, published=False)
    generation = begin(folder, usable)
    try:
        engine.update(generation, chain([first] if first else [], documents), difference.gone)
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise
    pointer = publish(folder, generation, serving, version=FORMAT, lists=lists)
    removed = len(difference.gone())
    return IndexReport(
        difference.added, difference.changed, removed, difference.unchanged, pointer.generation, published=True
    )


def _serving(folder: Path) -> Pointer | None:
    try:
        pointer = read_pointer(folder)
    except ArchiveDamaged:
        return None
    return pointer if pointer and (folder / pointer.generation).is_dir() else None


def _stamps(engine: Engine, generation: Path) -> dict[str, str]:
    reader = engine.open(generation)
    try:
        stored = (reader.stored(document) for document in reader.documents())
        return {one.url: one.stamp for one in stored}
    finally:
        reader.close()
