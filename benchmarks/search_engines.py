"""The engines of `search.py`, each as its users would write it: build, open, ask, update. May import: search_corpus.

A whole answer is ten titles with passages in which the found words are marked, the counts of six facets, and how many
documents answer. Every engine is imported inside its own methods, in a process of its own. What each does, and in whose
favour the differences are, stands in benchmarks/README.md.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from search_corpus import FACETS, Row, facets, read_documents

HITS = 10
PASSAGE_CHARS = 240  # as index.snippets
PASSAGE_WORDS = 40  # about as many characters, for FTS5, which counts words
TITLE_WEIGHT = 2.0
WORD = re.compile(r"\w+")
NO_WORD = re.compile(r"[^\w'’]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: how many documents are found, (address, title, passage) of ten, counts by facet."""

    found: int
    hits: Sequence[tuple[str, str, str]]
    facets: dict[str, dict[str, int]]


class Reader(Protocol):
    """An opened index."""

    def answer(self, text: str) -> Answer:
        """The whole answer."""

    def retrieve(self, text: str) -> list[str]:
        """Ten addresses, nothing else."""


class Engine(Protocol):
    """How an engine is used; every method may be called in a process of its own."""

    modules: tuple[str, ...]
    """What a reader must import."""

    def prepare(self, folder: Path, documents: Path) -> None:
        """What stands beside the index; not timed."""

    def source(self, folder: Path, documents: Path) -> Iterator[Any]:
        """What the index is made of; reading it is not timed."""

    def build(self, folder: Path, source: Iterator[Any]) -> None:
        """The index, complete on disk."""

    def open(self, folder: Path) -> Reader:
        """A reader, ready for questions."""

    def change(self, folder: Path, rows: Sequence[Row]) -> None:
        """What happens outside the index when documents change; not timed."""

    def update(self, folder: Path, reader: Reader, rows: Sequence[Row]) -> None:
        """Write changed documents; afterwards the reader answers from them."""


class Base:
    """What most engines have in common."""

    def prepare(self, folder: Path, documents: Path) -> None:
        pass

    def source(self, _folder: Path, documents: Path) -> Iterator[Any]:
        return read_documents(documents)

    def change(self, folder: Path, rows: Sequence[Row]) -> None:
        pass


# --- ours -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of the archive whose article is read already, so that the index alone is timed."""

    url: str
    mark: str
    article: Any

    def load(self) -> Any:
        return self.article


class Aimf(Base):
    """The archive as `aimf import` fills it, the index as `aimf rebuild` makes it, the library."""

    modules = ("index.library",)

    def prepare(self, folder: Path, documents: Path) -> None:
        self._put(folder, read_documents(documents))

    def _put(self, folder: Path, rows: Iterable[Row]) -> None:
        from pipeline.archive import Archive
        from pipeline.export import BadLine, read_jsonl

        with Archive.open(folder, mode="write") as archive, archive.transaction():
            for article in read_jsonl((json.dumps(row) for row in rows), {}):
                if isinstance(article, BadLine):
                    raise SystemExit(f"document {article.number}: {article.why}")
                archive.put_article(article)

    def source(self, folder: Path, _documents: Path) -> Iterator[Held]:
        from index.build import stored
        from pipeline.archive import Archive

        with Archive.open(folder) as archive:
            for entry in stored(archive):
                yield Held(entry.url, entry.mark, entry.load())

    def build(self, folder: Path, source: Iterator[Held]) -> None:
        from index import build_index

        build_index(folder / "index", source)

    def open(self, folder: Path) -> AimfReader:
        import index

        return AimfReader(index.open(folder))

    def change(self, folder: Path, rows: Sequence[Row]) -> None:
        now = datetime.now(UTC).isoformat()  # an older capture would not replace the article
        self._put(folder, (row | {"captured_at": now} for row in rows))

    def update(self, folder: Path, reader: Reader, _rows: Sequence[Row]) -> None:
        from index.build import build_index, stored
        from pipeline.archive import Archive

        assert isinstance(reader, AimfReader)
        with Archive.open(folder) as archive:
            build_index(folder / "index", stored(archive))
        reader.library.refresh()


@dataclass(slots=True)
class AimfReader:
    library: Any

    def answer(self, text: str) -> Answer:
        page = self.library.search(text, limit=HITS, facets=FACETS)
        return Answer(
            page.total,
            [(hit.url, hit.title.html(), hit.snippet.html()) for hit in page],
            {name: {value.label: value.count for value in values} for name, values in page.facets.items()},
        )

    def retrieve(self, text: str) -> list[str]:
        return self.library.urls(text, limit=HITS)


# --- stock Whoosh -----------------------------------------------------------------------------------------------------


class Whoosh(Base):
    """As relevance.py has it, with its own highlighter and facets."""

    modules = ("whoosh.index", "whoosh.qparser", "whoosh.analysis", "whoosh.sorting")

    def build(self, folder: Path, source: Iterator[Row]) -> None:
        from whoosh import analysis, index
        from whoosh.fields import ID, KEYWORD, TEXT, Schema

        french = analysis.LanguageAnalyzer("fr")
        # A column answers faster than postings, but can only hold one value.
        values = {name: KEYWORD(commas=True, sortable=name in {"kind", "year"}) for name in FACETS}
        schema = Schema(
            url=ID(stored=True, unique=True),
            title=TEXT(french, field_boost=TITLE_WEIGHT, stored=True),
            text=TEXT(french, stored=True),
            **values,
        )
        writer = index.create_in(folder, schema).writer(limitmb=256)
        for row in source:
            writer.add_document(**_whoosh_document(row))
        writer.commit()

    def open(self, folder: Path) -> WhooshReader:
        from whoosh import index

        return WhooshReader(index.open_dir(folder).searcher())

    def update(self, folder: Path, reader: Reader, rows: Sequence[Row]) -> None:
        from whoosh import index

        assert isinstance(reader, WhooshReader)
        writer = index.open_dir(folder).writer(limitmb=256)
        for row in rows:
            writer.update_document(**_whoosh_document(row))
        writer.commit()
        reader.searcher = reader.searcher.refresh()


def _whoosh_document(row: Row) -> dict[str, str]:
    values = {name: ",".join(value.replace(",", " ") for value in found) for name, found in facets(row).items()}
    return {"url": row["url"], "title": row.get("title") or "", "text": row.get("text") or ""} | values


@dataclass(slots=True)
class WhooshReader:
    searcher: Any
    parser: Any = None
    groups: Any = None

    def __post_init__(self) -> None:
        from whoosh import qparser, sorting

        self.parser = qparser.MultifieldParser(["title", "text"], self.searcher.schema, group=qparser.OrGroup)
        self.parser.remove_plugin_class(qparser.WildcardPlugin)
        self.groups = sorting.Facets()
        for name in FACETS:
            several = name not in {"kind", "year"}
            self.groups.add_field(name, allow_overlap=several, maptype=sorting.Count)

    def _query(self, text: str) -> Any:
        # It fails on some punctuation and ignores the rest.
        return self.parser.parse(NO_WORD.sub(" ", text))

    def answer(self, text: str) -> Answer:
        results = self.searcher.search(self._query(text), limit=HITS, groupedby=self.groups)
        hits = [(hit["url"], hit["title"], hit.highlights("text")) for hit in islice(results, HITS)]
        counted = {name: {v: n for v, n in results.groups(name).items() if v} for name in FACETS}
        return Answer(len(results), hits, counted)

    def retrieve(self, text: str) -> list[str]:
        return [hit["url"] for hit in self.searcher.search(self._query(text), limit=HITS)]


# --- SQLite FTS5 ------------------------------------------------------------------------------------------------------

_FTS_SCHEMA = f"""
CREATE VIRTUAL TABLE d USING fts5(url UNINDEXED, title, text, tokenize='unicode61 remove_diacritics 2');
INSERT INTO d (d, rank) VALUES ('rank', 'bm25(0.0, {TITLE_WEIGHT}, 1.0)');
CREATE TABLE doc (id INTEGER PRIMARY KEY, url TEXT UNIQUE);
CREATE TABLE value (id INTEGER PRIMARY KEY, facet TEXT, label TEXT, UNIQUE (facet, label));
CREATE TABLE has (doc INTEGER, value INTEGER, PRIMARY KEY (doc, value)) WITHOUT ROWID;
"""
_FTS_URLS = "SELECT url FROM d WHERE d MATCH ? ORDER BY rank LIMIT ?"
_FTS_HITS = "SELECT url, title, snippet(d, 2, '<mark>', '</mark>', '…', ?) FROM d WHERE d MATCH ? ORDER BY rank LIMIT ?"
_FTS_FACETS = """
WITH m AS MATERIALIZED (SELECT rowid FROM d WHERE d MATCH ?),
     c AS MATERIALIZED (SELECT has.value, count(*) AS n FROM m JOIN has ON has.doc = m.rowid GROUP BY has.value)
SELECT facet, label, n FROM c JOIN value ON value.id = c.value ORDER BY facet, n DESC
"""


class Fts5(Base):
    """A table of texts, and facets in tables of their own."""

    modules = ("sqlite3",)

    def build(self, folder: Path, source: Iterator[Row]) -> None:
        db = sqlite3.connect(folder / "fts5.db")
        db.executescript(_FTS_SCHEMA)
        for row in source:
            _fts_insert(db, row)
        db.execute("INSERT INTO d (d) VALUES ('optimize')")
        db.commit()
        db.execute("ANALYZE")
        db.close()

    def open(self, folder: Path) -> Fts5Reader:
        return Fts5Reader(sqlite3.connect(folder / "fts5.db"))

    def update(self, folder: Path, _reader: Reader, rows: Sequence[Row]) -> None:
        db = sqlite3.connect(folder / "fts5.db")
        for row in rows:
            ((number,),) = db.execute("SELECT id FROM doc WHERE url = ?", (row["url"],)).fetchall()
            db.execute("DELETE FROM d WHERE rowid = ?", (number,))
            db.execute("DELETE FROM has WHERE doc = ?", (number,))
            db.execute("DELETE FROM doc WHERE id = ?", (number,))
            _fts_insert(db, row)
        db.commit()
        db.close()


def _fts_insert(db: sqlite3.Connection, row: Row) -> None:
    number = db.execute("INSERT INTO doc (url) VALUES (?)", (row["url"],)).lastrowid
    db.execute(
        "INSERT INTO d (rowid, url, title, text) VALUES (?, ?, ?, ?)",
        (number, row["url"], row.get("title") or "", row.get("text") or ""),
    )
    values = [(name, value) for name, found in facets(row).items() for value in found]
    db.executemany("INSERT OR IGNORE INTO value (facet, label) VALUES (?, ?)", values)
    db.executemany(
        "INSERT INTO has SELECT ?, id FROM value WHERE facet = ? AND label = ?",
        [(number, name, value) for name, value in values],
    )


@dataclass(slots=True)
class Fts5Reader:
    db: sqlite3.Connection

    def answer(self, text: str) -> Answer:
        match = _fts_query(text)
        if not match:
            return Answer(0, [], {})
        counted: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        for name, label, number in self.db.execute(_FTS_FACETS, (match,)):
            counted[name][label] = number
        hits = self.db.execute(_FTS_HITS, (PASSAGE_WORDS, match, HITS)).fetchall()
        return Answer(sum(counted["kind"].values()), hits, counted)  # every document has one kind

    def retrieve(self, text: str) -> list[str]:
        match = _fts_query(text)
        return [url for (url,) in self.db.execute(_FTS_URLS, (match, HITS))] if match else []


def _fts_query(text: str) -> str:
    return " OR ".join(f'"{word}"' for word in WORD.findall(text))
