"""How well the search ranks, beside stock Whoosh, SQLite FTS5 and tantivy, and the sweep of the ranking's constants.

    relevance.py ARTICLES.jsonl QUERIES.jsonl                 every measure of `aimf eval`, of each engine
    relevance.py ARTICLES.jsonl QUERIES.jsonl --sweep         every constant of index/tuning.py by itself, five folds
    … --sample 100 --seed 7                                   so many queries of each kind only

ARTICLES is what `aimf export` writes, or any JSONL that `aimf import` takes; QUERIES what `aimf eval` takes. Both may
be compressed (.xz). A change of index/data, the chain, the plan or the ranking asks for a new run, on the archive's own
queries and on French questions at large.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import random
import re
import sqlite3
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.documents import Counts, count, read_body, read_title, stamp_of, terms, to_document
from index.engine import Document
from index.evaluation import DEPTH, Judged, evaluate, measure, read_judged, table
from index.memory_engine import MemoryReader
from index.opening import missing
from index.search import Question, Searcher
from index.tuning import Tuning, Weighing
from index.vocabulary.expansions import learned, to_lines
from index.vocabulary.expressions import Expressions
from pipeline.export import read_jsonl
from pipeline.facts.acronyms import learn
from pipeline.records import Article

Search = Callable[[str], list[str]]
FOLDS = 5
GRID: dict[str, tuple[float, ...]] = {
    "saturation": (0.8, 1.0, 1.2, 1.5),
    "length": (0.4, 0.5, 0.6, 0.7),
    "usual_words": (300, 450, 700),
    "exact_title": (0.0, 1.0, 2.0, 3.0),
    "fields.title": (2.0, 3.0, 4.0),
    "fields.headings": (0.0, 0.5, 1.0),
    "fields.themes": (0.0, 0.5, 1.0),
    "fields.countries": (0.0, 0.5, 1.0, 2.0),
    "fields.cities": (0.0, 0.5, 1.0, 2.0),
    "fields.partners": (0.0, 0.5, 1.0),
    "fields.kinds": (0.0, 0.5, 1.0),
    "fields.dates": (0.0, 1.0, 2.0),
    "fields.summary": (0.0, 0.5, 1.0),
    "exact": (0.2, 0.3, 0.4, 0.5, 0.7),
    "nearness": (0.0, 0.5, 1.0, 1.5),
    "window": (4, 6, 8),
    "near_candidates": (30, 50, 100),
    "resembling": (0.4, 0.6, 0.8),
    "rare": (0, 1, 2, 4),
    "kin": (0.0, 0.2, 0.3),
    "kin_prefix": (4, 5, 6),
    "freshness": (0.0, 0.02, 0.05),
}


def lines(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as text:
        yield from text


def read_articles(path: Path) -> list[Article]:
    return [found for found in read_jsonl(lines(path), {}) if isinstance(found, Article)]


def read_queries(path: Path, sample: int = 0, seed: int = 7) -> list[Judged]:
    """All, or `sample` of each kind."""
    queries = list(read_judged(lines(path)))
    by_kind: dict[str, list[Judged]] = defaultdict(list)
    for query in queries:
        by_kind[query.kinds[0] if query.kinds else ""].append(query)
    chosen = random.Random(seed)
    return [q for rows in by_kind.values() for q in (chosen.sample(rows, min(sample, len(rows))) if sample else rows)]


# --- engines ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """An article's terms as they were counted, to be weighed in other ways."""

    document: Document
    counts: Counts


class Ours:
    """The product's own search, in memory, with constants to choose."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._held = [Counted(to_document(a, stamp_of(a)), count(a, read_title(a), read_body(a))) for a in articles]
        self._expressions = Expressions(learned=to_lines(learned(learn(a.acronyms for a in articles))))

    def search(self, tuning: Tuning | None = None, weighing: Weighing | None = None) -> Search:
        documents = (
            held.document.replace(terms={**held.document.terms, **terms(held.counts, weighing)})
            if weighing
            else held.document
            for held in self._held
        )
        reader = MemoryReader(documents)
        searcher = Searcher(reader, tuning=tuning, expressions=self._expressions, opened=missing)
        return lambda text: searcher.urls(Question(text, DEPTH))


def fts5(articles: Sequence[Article]) -> Search:
    db = sqlite3.connect(":memory:")
    db.execute(
        "create virtual table d using fts5(url unindexed, title, text, tokenize='unicode61 remove_diacritics 2')"
    )
    db.executemany("insert into d values (?, ?, ?)", ((a.url, a.title, a.text) for a in articles))
    ask = "select url from d where d match ? order by bm25(d, 0, 3.0, 1.0) limit ?"

    def search(text: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        return [row[0] for row in db.execute(ask, (match, DEPTH))] if match else []

    return search


def stock_whoosh(articles: Sequence[Article], folder: str) -> Search:
    from whoosh import analysis, index, qparser
    from whoosh.fields import ID, TEXT, Schema

    french = analysis.LanguageAnalyzer("fr")
    schema = Schema(url=ID(stored=True), title=TEXT(french, field_boost=2.0), text=TEXT(french))
    whoosh_index = index.create_in(folder, schema)
    writer = whoosh_index.writer(limitmb=256)
    for a in articles:
        writer.add_document(url=a.url, title=a.title, text=a.text)
    writer.commit()
    parser = qparser.MultifieldParser(["title", "text"], schema, group=qparser.OrGroup)
    parser.remove_plugin_class(qparser.WildcardPlugin)
    searcher = whoosh_index.searcher()
    return lambda text: [
        hit["url"] for hit in searcher.search(parser.parse(re.sub(r"[^\w'’]+", " ", text)), limit=DEPTH)
    ]


def tantivy(articles: Sequence[Article]) -> Search:
    """French stemmer and folded accents, title counted 2.5 times; SystemExit without the package."""
    try:
        import tantivy as engine
    except ImportError:
        raise SystemExit("tantivy is missing: .venv/bin/pip install -e '.[bench]'") from None
    french = (
        engine.TextAnalyzerBuilder(engine.Tokenizer.simple())
        .filter(engine.Filter.lowercase())
        .filter(engine.Filter.stemmer("french"))
        .filter(engine.Filter.ascii_fold())
        .build()
    )
    builder = engine.SchemaBuilder()
    builder.add_text_field("url", stored=True, tokenizer_name="raw")
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name="french")
    index = engine.Index(builder.build())
    index.register_tokenizer("french", french)
    writer = index.writer()
    for a in articles:
        writer.add_document(engine.Document(url=a.url, title=a.title, text=a.text))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(text: str) -> list[str]:
        words = " ".join(re.findall(r"\w+", text))
        query, _ = index.parse_query_lenient(words, ["title", "text"], field_boosts={"title": 2.5})
        return [searcher.doc(place)["url"][0] for _, place in searcher.search(query, DEPTH).hits]

    return search


# --- scores -----------------------------------------------------------------------------------------------------------


def compare(engines: dict[str, Search], queries: Sequence[Judged]) -> None:
    for name, search in engines.items():
        scores = evaluate(queries, search)
        print(f"\n{name}")
        # By kind only for ours: the other engines stand here for the comparison of the whole.
        for line in table(scores if name == "aimf" else scores[:1]):
            print(line)


def sweep(ours: Ours, queries: Sequence[Judged], names: Iterable[str]) -> None:
    """Each constant's values, and what choosing the best on four folds gives on the fifth: no gain there, no change."""
    folds = [int(hashlib.sha256(q.query.encode()).hexdigest(), 16) % FOLDS for q in queries]

    def ndcg(search: Search) -> list[float]:
        return [measure(query, search(query.query))["ndcg@10"] or 0.0 for query in queries]

    print(f"nDCG@10 as tuned: {fmean(ndcg(ours.search())):.4f}")
    for name in names:
        by_value = {value: ndcg(ours.search(*tuned(name, value))) for value in GRID[name]}
        held_out = []
        for fold in range(FOLDS):
            others = [i for i, f in enumerate(folds) if f != fold]
            chosen = max(by_value, key=lambda value: fmean([by_value[value][i] for i in others]))
            held_out += [by_value[chosen][i] for i, f in enumerate(folds) if f == fold]
        told = "  ".join(
            f"{value:g}{'*' if value == current(name) else ''} {fmean(v):.4f}" for value, v in by_value.items()
        )
        print(f"{name:18} chosen by folds {fmean(held_out):.4f} | {told}", flush=True)


def tuned(name: str, value: float) -> tuple[Tuning | None, Weighing | None]:
    """The constants with one of them changed; None where they are as in use."""
    if name.startswith("fields."):
        return None, Weighing(fields={**Weighing().fields, name.removeprefix("fields."): value})
    if hasattr(Weighing(), name):
        return None, Weighing().replace(**{name: value})
    return Tuning().replace(**{name: value}), None


def current(name: str) -> float:
    if name.startswith("fields."):
        return Weighing().fields[name.removeprefix("fields.")]
    return float(getattr(Weighing() if hasattr(Weighing(), name) else Tuning(), name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--sweep", nargs="*", metavar="CONSTANT", help="all of them, or those named")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    articles = read_articles(asked.articles)
    queries = read_queries(asked.queries, asked.sample, asked.seed)
    ours = Ours(articles)
    print(f"{len(articles)} articles, {len(queries)} queries", flush=True)
    if asked.sweep is not None:
        sweep(ours, queries, asked.sweep or GRID)
        return
    warnings.simplefilter("ignore")  # stock Whoosh warns on some queries of its own making
    with tempfile.TemporaryDirectory() as folder:
        compare(
            {
                "aimf": ours.search(),
                "stock Whoosh (fr, any word)": stock_whoosh(articles, folder),
                "SQLite FTS5 (folded)": fts5(articles),
                "tantivy (French stemmer, folded)": tantivy(articles),
            },
            queries,
        )


if __name__ == "__main__":
    main()
