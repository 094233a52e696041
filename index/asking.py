"""The commands that ask: `aimf search`, one question or many, and `aimf eval`, how good the answers are.

May import: answers, evaluation, library, search, pipeline.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import index
from index import answers
from index.engine import FACETS
from index.evaluation import DEPTH, MEASURES, BadJudgment, evaluate, read_judged, table
from index.library import Library
from index.search import SORTS
from pipeline.config import Config, IndexFolder
from pipeline.console import Commands, Console, colour, command, positive
from pipeline.errors import ExitCode, UsageError


def mount(commands: Commands) -> None:
    """Add the commands."""
    sub = command(commands, "search", search, "Find articles.")
    sub.add_argument("query", nargs="*", metavar="QUERY", help='words; "an exact phrase"; -word leaves out')
    sub.add_argument("--without", action="append", default=[], metavar="WORD", help="leave out, the same as -WORD")
    sub.add_argument("--limit", type=positive, default=10, metavar="N", help="how many hits (default 10)")
    sub.add_argument("--offset", type=positive, default=0, metavar="N", help="leave out the first N hits")
    sub.add_argument("--sort", choices=SORTS, default="relevance", help="order of the hits")
    sub.add_argument("--group", action="store_true", help="near copies stand behind the first of them")
    sub.add_argument("--explain", action="store_true", help="tell each hit's score by word, field and term")
    sub.add_argument(
        "--queries", type=Path, metavar="FILE", help='JSONL of {"qid","query"}; answers {"qid","urls","ms"}'
    )
    for name in FACETS:
        sub.add_argument(f"--{name}", action="append", metavar=name.upper(), help=f"only this {name}; may be repeated")
    sub = command(commands, "eval", judge, "Measure the answers to judged queries.")
    sub.add_argument(
        "file",
        type=Path,
        metavar="GOLD",
        help='JSONL of {"qid","query"} with "judgments" {address: 0, 1, 2} or "rel" [last part of an address]',
    )
    sub.add_argument(
        "--min",
        action="append",
        default=[],
        metavar="MEASURE=V",
        type=floor,
        help="exit 1 when a measure over all queries is lower; may be repeated",
    )


def floor(text: str) -> tuple[str, float]:
    """A measure and its least value, for argparse.

    >>> floor("ndcg@10=0.9")
    ('ndcg@10', 0.9)
    """
    name, _, value = text.partition("=")
    if name not in MEASURES:
        raise argparse.ArgumentTypeError(f"there is no measure {name!r}; there are {', '.join(MEASURES)}")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form {name}=0.9") from None


def search(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf search`."""
    without = (f'-"{word}"' if " " in word else f"-{word}" for word in options.without)
    query = " ".join([*options.query, *without])
    if not query.strip() and options.queries is None:
        raise UsageError("What should be searched? Give words: aimf search boues de vidange.")
    filters = {name: values for name in FACETS if (values := getattr(options, name))}
    with library_of(console) as library:
        if options.queries is not None:
            for answer in _many(library, options.queries, options.limit):
                print(json.dumps(answer, ensure_ascii=False))
            return ExitCode.DONE
        start = time.perf_counter()
        page = library.search(
            query,
            options.limit,
            options.offset,
            filters=filters,
            facets=answers.FACETS_SHOWN,
            sort=options.sort,
            group=options.group,
            explain=options.explain,
        )
        took_ms = (time.perf_counter() - start) * 1000
    if console.json:
        print(json.dumps(page.to_dict() | {"ms": round(took_ms, 1)}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(answers.lines(page, colour=colour(sys.stdout), first=options.offset + 1)))
    return ExitCode.DONE


def _many(library: Library, path: Path, limit: int) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError(f"The queries in {path} cannot be read: {wrong}.") from None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            qid, query = record["qid"], str(record["query"])
        except (ValueError, KeyError, TypeError):
            raise UsageError(f'{path}, line {number}: expected {{"qid": …, "query": …}}.') from None
        start = time.perf_counter()
        urls = library.urls(query, limit)
        yield {"qid": qid, "urls": urls, "ms": round((time.perf_counter() - start) * 1000, 1)}


def judge(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf eval GOLD.jsonl`: the measures over all queries and by kind; 1 when one is below its `--min`."""
    try:
        with options.file.open(encoding="utf-8-sig") as lines:
            queries = list(read_judged(lines))
    except (OSError, UnicodeDecodeError, BadJudgment) as wrong:
        raise UsageError(f"The judged queries in {options.file} cannot be read: {wrong}.") from None
    if not queries:
        raise UsageError(f"There are no judged queries in {options.file}.")
    with library_of(console) as library:
        scores = evaluate(queries, lambda text: library.urls(text, DEPTH))
    if console.json:
        print(json.dumps({score.kind or "all": score.to_dict() for score in scores}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(table(scores)))
    below = [(name, least) for name, least in options.min if scores[0].means[name] < least]
    for name, least in below:
        console.say(f"{name} is {scores[0].means[name]:.4f}, below {least:g}.")
    return ExitCode.FAILED if below else ExitCode.DONE


def library_of(console: Console) -> Library:
    """The archive that the options name."""
    config = console.config_or_none()
    return index.open(console.data_folder(config), index_folder(config))


def index_folder(config: Config | None) -> str:
    """The index's name inside the archive's folder."""
    return (config.index if config else IndexFolder()).folder
