"""tantivy for `search.py`: with its own snippets and counts, and ours. May import: search_corpus, search_engines."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search_corpus import FACETS, Row, facets, read_documents
from search_engines import HITS, NO_WORD, PASSAGE_CHARS, TITLE_WEIGHT, WORD, Answer, Base, Reader

VALUES_MAX = 65_000
"""Of a facet in its counts: all of them, as everywhere else."""


class Tantivy(Base):
    """Its French stemmer, its own snippets, its own counts."""

    modules = ("tantivy",)

    def prepare(self, folder: Path, documents: Path) -> None:
        """The columns of `TantivyPython`."""
        Columns.of(read_documents(documents)).write(folder)

    def build(self, folder: Path, source: Iterator[Row]) -> None:
        import tantivy

        made = tantivy.SchemaBuilder()
        made.add_text_field("url", stored=True, tokenizer_name="raw", index_option="basic")
        made.add_text_field("title", stored=True, tokenizer_name="fr")
        made.add_text_field("text", stored=True, tokenizer_name="fr")
        for name in FACETS:
            made.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
        made.add_integer_field("number", fast=True)
        place = folder / "tantivy"
        place.mkdir()
        index = _with_french(tantivy.Index(made.build(), path=str(place)))
        writer = index.writer()
        for number, row in enumerate(source):
            writer.add_document(_tantivy_document(number, row))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> TantivyReader:
        return TantivyReader(_tantivy_index(folder))

    def update(self, folder: Path, reader: Reader, rows: Sequence[Row]) -> None:
        assert isinstance(reader, TantivyReader)
        writer = _tantivy_index(folder).writer()
        for row in rows:
            writer.delete_documents_by_term("url", row["url"])
            writer.add_document(_tantivy_document(0, row))
        writer.commit()
        reader.index.reload()
        reader.searcher = reader.index.searcher()


def _tantivy_document(number: int, row: Row) -> Any:
    import tantivy

    texts = {"url": row["url"], "title": row.get("title") or "", "text": row.get("text") or ""}
    return tantivy.Document(number=number, **texts, **facets(row))


def _tantivy_index(folder: Path) -> Any:
    import tantivy

    return _with_french(tantivy.Index.open(str(folder / "tantivy")))


def _with_french(index: Any) -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    words = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase())
    index.register_tokenizer("fr", words.filter(Filter.stemmer("french")).filter(Filter.ascii_fold()).build())
    return index


@dataclass(slots=True)
class TantivyReader:
    index: Any
    searcher: Any = None
    counted: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.searcher = self.index.searcher()
        self.counted = {name: {"terms": {"field": name, "size": VALUES_MAX}} for name in FACETS}

    def _query(self, text: str, *, every_word: bool = False) -> Any:
        # Its parser would read signs as operators, as Whoosh's would.
        words = NO_WORD.sub(" ", text)
        return self.index.parse_query_lenient(
            words, ["title", "text"], field_boosts={"title": TITLE_WEIGHT}, conjunction_by_default=every_word
        )[0]

    def answer(self, text: str) -> Answer:
        import tantivy

        query = self._query(text)
        results = self.searcher.search(query, limit=HITS)
        passages = tantivy.SnippetGenerator.create(self.searcher, query, self.index.schema, "text")
        passages.set_max_num_chars(PASSAGE_CHARS)
        hits = []
        for _, place in results.hits:
            document = self.searcher.doc(place)
            hits.append((document["url"][0], document["title"][0], passages.snippet_from_doc(document).to_html()))
        counted = self.searcher.aggregate(query, self.counted)
        values = {name: {b["key"]: b["doc_count"] for b in counted[name]["buckets"]} for name in FACETS}
        return Answer(results.count, hits, values)

    def retrieve(self, text: str) -> list[str]:
        hits = self.searcher.search(self._query(text), limit=HITS, count=False).hits
        return [self.searcher.doc(place)["url"][0] for _, place in hits]


# --- passages and facets in Python ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Columns:
    """By facet: which combination of values each document has, and the combinations."""

    numbers: dict[str, array[int]]
    combinations: dict[str, list[list[str]]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Columns:
        numbers = {name: array("I") for name in FACETS}
        known: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in FACETS}
        for row in rows:
            for name, values in facets(row).items():
                numbers[name].append(known[name].setdefault(tuple(values), len(known[name])))
        return cls(numbers, {name: list(map(list, combinations)) for name, combinations in known.items()})

    def write(self, folder: Path) -> None:
        for name, column in self.numbers.items():
            (folder / f"{name}.column").write_bytes(column.tobytes())
        (folder / "combinations.json").write_text(json.dumps(self.combinations), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Columns:
        combinations = json.loads((folder / "combinations.json").read_text(encoding="utf-8"))
        return cls({name: array("I", (folder / f"{name}.column").read_bytes()) for name in FACETS}, combinations)

    def count(self, name: str, documents: Sequence[int]) -> dict[str, int]:
        counted: Counter[str] = Counter()
        combinations = self.combinations[name]
        for number, times in Counter(map(self.numbers[name].__getitem__, documents)).items():
            for value in combinations[number]:
                counted[value] += times
        return dict(counted.most_common())


class TantivyPython(Tantivy):
    """It retrieves; our chain finds the words in its stored texts, `index.snippets` cuts, arrays count the facets."""

    modules = ("tantivy", "index.french", "index.snippets")

    def open(self, folder: Path) -> TantivyPythonReader:
        return TantivyPythonReader(_tantivy_index(folder), Columns.read(folder))


class TantivyLeast(TantivyPython):
    """The same as cheap as Python can do it: see `TantivyLeastReader`."""

    def open(self, folder: Path) -> TantivyPythonReader:
        return TantivyLeastReader(_tantivy_index(folder), Columns.read(folder))


class TantivyPythonReader(TantivyReader):
    def __init__(self, index: Any, columns: Columns) -> None:
        super().__init__(index)
        self.columns = columns

    def answer(self, text: str) -> Answer:
        query = self._query(text)
        best = self.searcher.search(query, limit=HITS, count=False).hits
        found = self._found(text)
        groups = self._groups(text)
        hits = []
        for _, place in best:
            document = self.searcher.doc(place)
            title, passage = self._marked(document["title"][0], groups), self._marked(document["text"][0], groups)
            hits.append((document["url"][0], title, passage))
        return Answer(len(found), hits, {name: self.columns.count(name, found) for name in FACETS})

    def _found(self, text: str) -> list[int]:
        """The documents that answer."""
        return self._all(self._query(text))

    def _all(self, query: Any) -> list[int]:
        """The numbers of all documents found: ordered by its number, a hit comes with it."""
        hits = self.searcher.search(query, limit=self.searcher.num_docs, count=False, order_by_field="number").hits
        return [number for number, _ in hits]

    def _groups(self, text: str) -> dict[str, int]:
        """By stem, which word of the question it is."""
        from index.french import analyze

        return {token.stem: number for number, token in enumerate(analyze(text)) if token.stem is not None}

    def _marked(self, text: str, groups: Mapping[str, int]) -> str:
        from index.snippets import snippet

        return snippet(text, self._matches(text, groups)).html()

    def _matches(self, text: str, groups: Mapping[str, int]) -> list[Any]:
        from index.engine import Found
        from index.french import analyze

        return [
            Found(groups[token.stem], number, token.start, token.end)
            for number, token in enumerate(analyze(text))
            if token.stem in groups
        ]


class TantivyLeastReader(TantivyPythonReader):
    """Facets as ours, of the documents with all words if there are any; words analysed once and remembered."""

    def __init__(self, index: Any, columns: Columns) -> None:
        super().__init__(index, columns)
        self._stems: dict[str, list[str]] = {}

    def _found(self, text: str) -> list[int]:
        return self._all(self._query(text, every_word=True)) or self._all(self._query(text))

    def _matches(self, text: str, groups: Mapping[str, int]) -> list[Any]:
        """Without forms that our chain joins (« e-sport » is no « esport » here)."""
        from index.engine import Found
        from index.french import analyze

        found = []
        for number, word in enumerate(WORD.finditer(text)):
            stems = self._stems.get(word[0])
            if stems is None:
                stems = self._stems[word[0]] = [token.stem for token in analyze(word[0]) if token.stem is not None]
            found += [Found(groups[stem], number, word.start(), word.end()) for stem in stems if stem in groups]
        return found
