"""How well the search ranks, beside stock Whoosh and SQLite FTS5, and the sweep of the ranking's constants.

    relevance.py ARTICLES.jsonl QUERIES.jsonl                 nDCG@10, MRR@10, success@3, recall@20 of each engine
    relevance.py ARTICLES.jsonl QUERIES.jsonl --sweep         every constant of index/tuning.py by itself, five folds
    … --sample 100 --seed 7                                   so many queries of each kind only

ARTICLES is what `aimf export` writes; QUERIES has one JSON object a line: `query` with `judgments` {address: grade}
or with `rel` [last part of the address]. Both may be compressed (.xz). A change of index/data, french, stem, concepts
or ranking asks for a new run, on the archive's own queries and on French questions at large.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import math
import random
import re
import sqlite3
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.documents import to_document
from index.memory_engine import MemoryReader
from index.query import parse
from index.ranking import Ranker
from index.tuning import Tuning
from pipeline.records import Article, Place, Section, Term

Search = Callable[[str], list[str]]
FOLDS = 5
DEPTH = 20
GRID: dict[str, tuple[float, ...]] = {
    "saturation": (0.6, 0.8, 1.0, 1.2, 1.6),
    "length": (0.3, 0.45, 0.6, 0.75, 0.9),
    "exact": (0.0, 0.2, 0.4, 0.7, 1.0),
    "exact_title": (0.0, 1.0, 2.0, 4.0),
    "coverage": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    "nearness": (0.0, 0.25, 0.5, 0.75, 1.0, 1.5),
    "window": (3, 5, 8, 15, 25),
    "typo": (0.3, 0.45, 0.6, 0.8),
    "rare": (0, 1, 2, 4),
    "kin": (0.0, 0.1, 0.2, 0.3, 0.45),
    "kin_prefix": (4, 5, 6, 7),
    "freshness": (0.0, 0.02, 0.05, 0.1),
    "fields.title": (0.0, 1.0, 2.0, 3.0, 5.0),
    "fields.headings": (0.0, 0.5, 1.0, 2.0),
    "fields.themes": (0.0, 0.5, 1.0, 2.0),
    "fields.countries": (0.0, 0.5, 1.0, 2.0),
    "fields.cities": (0.0, 0.5, 1.0, 2.0),
    "fields.kinds": (0.0, 0.5, 1.0, 2.0),
    "fields.dates": (0.0, 0.5, 1.0, 2.0, 4.0),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the grades of addresses."""

    qid: str
    query: str
    kinds: tuple[str, ...]
    grades: dict[str, int]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as text:
        for line in text:
            if line.strip():
                yield json.loads(line)


def read_article(row: dict[str, Any]) -> Article:
    themes = (t if isinstance(t, dict) else {"slug": t, "label": t} for t in row.get("themes") or ())
    return Article(
        url=row["url"],
        site="",
        title=row.get("title") or "",
        kind=row.get("kind") or "page",
        text=row.get("text") or "",
        language=row.get("language"),
        date_published=date.fromisoformat(row["date_published"][:10]) if row.get("date_published") else None,
        summary=row.get("summary"),
        themes=tuple(Term(t["slug"], t["label"]) for t in themes),
        sections=tuple(Section(s["level"], s["title"]) for s in row.get("sections") or ()),
        places=tuple(Place(p["name"], p.get("country"), p["kind"]) for p in row.get("places") or ()),
        partners=tuple(row.get("partners") or ()),
    )


def read_queries(path: Path, sample: int, seed: int) -> list[Judged]:
    by_kind: dict[str, list[Judged]] = defaultdict(list)
    for row in lines(path):
        kind = row.get("variant", "")
        grades = row.get("judgments") or {f"/{name}": 1 for name in row["rel"]}
        kinds = (kind,) if kind else tuple(row.get("kinds", ()))
        graded = {address(url): grade for url, grade in grades.items()}
        by_kind[kind].append(Judged(f"{kind}|{row['qid']}", row["query"], kinds, graded))
    chosen = random.Random(seed)
    return [q for rows in by_kind.values() for q in (chosen.sample(rows, min(sample, len(rows))) if sample else rows)]


def address(url: str) -> str:
    return unquote(urlsplit(url).path).rstrip("/").lower() or "/"


def scores(query: Judged, urls: Sequence[str]) -> tuple[float, float, float, float]:
    """nDCG@10, MRR@10, success@3, recall@20."""
    got = [query.grades.get(url, 0) for url in dict.fromkeys(map(address, urls))]
    gain = sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(got[:10]))
    best = sorted(query.grades.values(), reverse=True)[:10]
    ideal = sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(best))
    good = sum(grade > 0 for grade in query.grades.values())
    return (
        gain / ideal if ideal else 0.0,
        next((1 / (rank + 1) for rank, grade in enumerate(got[:10]) if grade), 0.0),
        float(any(grade == best[0] for grade in got[:3])),
        sum(grade > 0 for grade in got[:20]) / min(20, good),
    )


def ours(reader: MemoryReader, tuning: Tuning | None = None) -> Search:
    ranker = Ranker(reader, tuning)
    return lambda text: [reader.stored(hit.document).url for hit in ranker.rank(parse(text)).hits[:DEPTH]]


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


def compare(engines: dict[str, Search], queries: Sequence[Judged]) -> None:
    print(f"{len(queries)} queries")
    print(f"{'engine':24}{'nDCG@10':>9}{'MRR@10':>9}{'succ@3':>9}{'rec@20':>9}{'empty':>7}{'ms p50':>9}{'ms p95':>9}")
    for name, search in engines.items():
        rows, taken, empty = [], [], 0
        for query in queries:
            start = time.perf_counter()
            urls = search(query.query)
            taken.append(1000 * (time.perf_counter() - start))
            empty += not urls
            rows.append(scores(query, urls))
        means = "".join(f"{sum(column) / len(column):9.3f}" for column in zip(*rows, strict=True))
        taken.sort()
        print(f"{name:24}{means}{empty:7}{taken[len(taken) // 2]:9.1f}{taken[len(taken) * 95 // 100]:9.1f}")
        if name == "aimf":
            by_kind(queries, [row[0] for row in rows])


def by_kind(queries: Sequence[Judged], values: Sequence[float]) -> None:
    kinds: dict[str, list[float]] = defaultdict(list)
    for query, value in zip(queries, values, strict=True):
        for kind in query.kinds:
            kinds[kind].append(value)
    for kind, found in sorted(kinds.items(), key=lambda entry: -len(entry[1])):
        print(f"  {kind:22}{sum(found) / len(found):9.3f}   n={len(found)}")


def tuned(name: str, value: float) -> Tuning:
    start = Tuning()
    if name.startswith("fields."):
        return replace(start, fields=dict(start.fields) | {name.removeprefix("fields."): value})
    return replace(start, **{name: value})  # type: ignore[arg-type]


def current(name: str) -> float:
    return Tuning().fields[name[7:]] if name.startswith("fields.") else float(getattr(Tuning(), name))


def sweep(reader: MemoryReader, queries: Sequence[Judged], names: Iterable[str]) -> None:
    """Each constant's values, and what choosing the best on four folds gives on the fifth: no gain there, no change."""
    folds = [int(hashlib.sha256(q.query.encode()).hexdigest(), 16) % FOLDS for q in queries]

    def ndcg(tuning: Tuning) -> list[float]:
        search = ours(reader, tuning)
        return [scores(query, search(query.query))[0] for query in queries]

    def mean(values: Sequence[float]) -> float:
        return sum(values) / (len(values) or 1)

    start = ndcg(Tuning())
    print(f"nDCG@10 as tuned: {mean(start):.4f}")
    for name in names:
        by_value = {value: ndcg(tuned(name, value)) for value in GRID[name]}
        held_out = []
        for fold in range(FOLDS):
            others = [i for i, f in enumerate(folds) if f != fold]
            chosen = max(by_value, key=lambda value: mean([by_value[value][i] for i in others]))
            held_out += [by_value[chosen][i] for i, f in enumerate(folds) if f == fold]
        told = "  ".join(
            f"{value:g}{'*' if value == current(name) else ''} {mean(v):.4f}" for value, v in by_value.items()
        )
        print(f"{name:18} chosen by folds {mean(held_out):.4f} | {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--sweep", nargs="*", metavar="CONSTANT", help="all of them, or those named")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    assert {f.name for f in fields(Tuning)} >= {name for name in GRID if "." not in name}
    articles = [read_article(row) for row in lines(asked.articles)]
    queries = read_queries(asked.queries, asked.sample, asked.seed)
    reader = MemoryReader(map(to_document, articles))
    if asked.sweep is not None:
        sweep(reader, queries, asked.sweep or GRID)
        return
    warnings.simplefilter("ignore")  # stock Whoosh warns on some queries of its own making
    with tempfile.TemporaryDirectory() as folder:
        compare(
            {
                "aimf": ours(reader),
                "stock Whoosh (fr, OR)": stock_whoosh(articles, folder),
                "SQLite FTS5": fts5(articles),
            },
            queries,
        )


if __name__ == "__main__":
    main()
