"""How good a ranking is: measures over judged queries. Pure. May import: record.

A judged file has one JSON object a line, in one of two forms:

    {"qid", "query", "kinds": […], "judgments": {"/path/": 0 | 1 | 2}}     grades of addresses, told apart by their path
    {"qid", "query", "variant": "…", "rel": ["name"]}  right answers, by their last part

The measures are those of TREC: nDCG (Järvelin and Kekäläinen 2002, gains 2^grade − 1 as in Burges 2005), the reciprocal
rank of the first answer (Voorhees 1999), success (Craswell and Hawking 2004), recall. What nobody has judged counts as
wrong, so `judged` says how far the others can be believed.
"""

from __future__ import annotations

from json import loads
from math import log2
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

DEPTH = 20
"""How many answers the measures look at, at most."""
MEASURES = ("ndcg@10", "mrr@10", "success@3", "recall@20", "judged@10", "empty")


class Judged(Record):
    """A query, and the grades of its answers by `key`: 0 for wrong ones that somebody looked at."""

    qid: str
    query: str
    kinds: tuple[str, ...]
    grades: Mapping[str, int]
    by_name: bool = False

    def found(self, urls: Iterable[str]) -> list[int | None]:
        """The grades of a ranking, best first; None where nobody has judged. A page counts once.

        >>> Judged("1", "eau", (), {"/a": 2, "/b": 0}).found(["https://x.example/a/", "/b", "/a", "/c"])
        [2, 0, None]
        """
        return [self.grades.get(name) for name in dict.fromkeys(key(url, by_name=self.by_name) for url in urls)]


class BadJudgment(ValueError):
    """A line of a judged file that cannot be read."""


def key(url: str, *, by_name: bool = False) -> str:
    """What of an address tells its page: the path, or its last part.

    >>> key("https://www.ville.example/%C3%89tat/?p=1"), key("https://x.example/d/cnil-12/", by_name=True)
    ('/état', 'cnil-12')
    """
    path = normalize("NFC", unquote(urlsplit(url.strip()).path)).removesuffix("/index.html").strip("/").lower()
    return path.rpartition("/")[2] if by_name else f"/{path}"


def read_judged(lines: Iterable[str]) -> Iterator[Judged]:
    """The queries of a judged file; BadJudgment, with the line's number, for what is none.

    >>> [one] = read_judged(['{"qid": 7, "query": "eau", "kinds": ["theme"], "judgments": {"/a/": 2}}'])
    >>> one.grades, one.kinds
    ({'/a': 2}, ('theme',))
    >>> next(read_judged(['{"qid": 7, "query": "eau", "variant": "clean", "rel": ["piaf-1"]}'])).grades
    {'piaf-1': 1}
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _judged(loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise BadJudgment(
                    f'line {number}: expected {{"qid", "query"}} with "judgments" {{address: grade}} or "rel" [name]'
                ) from None


def _judged(row: Mapping[str, Any]) -> Judged:
    by_name = "judgments" not in row
    given = dict.fromkeys(row["rel"], 1) if by_name else row["judgments"]
    grades = {key(url, by_name=by_name): int(grade) for url, grade in given.items()}
    kinds = row.get("kinds") or ([row["variant"]] if row.get("variant") else [])
    return Judged(str(row["qid"]), str(row["query"]), tuple(map(str, kinds)), grades, by_name)


def ndcg(found: Sequence[int | None], grades: Iterable[int], depth: int = 10) -> float:
    """Gains, discounted by the logarithm of the rank, as a share of what the best order would give.

    >>> ndcg([2, 1], [1, 2]), round(ndcg([1, 2], [1, 2]), 3), ndcg([None], [0])
    (1.0, 0.797, 0.0)
    """

    def gain(ranked: Iterable[int | None]) -> float:
        return sum(float((1 << (grade or 0)) - 1) / log2(rank + 2) for rank, grade in enumerate(ranked))

    ideal = gain(sorted(grades, reverse=True)[:depth])
    return gain(found[:depth]) / ideal if ideal else 0.0


def reciprocal_rank(found: Sequence[int | None], depth: int = 10) -> float:
    """One divided by the rank of the first right answer.

    >>> reciprocal_rank([None, 0, 1]), reciprocal_rank([0])
    (0.3333333333333333, 0.0)
    """
    return next((1 / rank for rank, grade in enumerate(found[:depth], start=1) if grade), 0.0)


def success(found: Sequence[int | None], grades: Iterable[int], depth: int = 3) -> float:
    """1 when an answer of the best grade there is stands among the first.

    >>> success([1, None, 2], [2, 1]), success([1], [2, 1])
    (1.0, 0.0)
    """
    best = max(grades, default=0)
    return float(best > 0 and best in found[:depth])


def recall(found: Sequence[int | None], grades: Iterable[int], depth: int = 20) -> float:
    """The share of the right answers that are found, of as many as there is room for.

    >>> recall([1, None, 2], [2, 1, 1, 0])
    0.6666666666666666
    """
    right = sum(grade > 0 for grade in grades)
    return sum(bool(grade) for grade in found[:depth]) / min(depth, right) if right else 0.0


def judged(found: Sequence[int | None], depth: int = 10) -> float | None:
    """The share of answers that somebody has judged; None without answers.

    >>> judged([2, None]), judged([])
    (0.5, None)
    """
    looked = found[:depth]
    return sum(grade is not None for grade in looked) / len(looked) if looked else None


def measure(query: Judged, urls: Iterable[str]) -> dict[str, float | None]:
    """All measures of one ranking, by their names in MEASURES; `judged@10` is None where nothing was found.

    >>> measure(Judged("1", "eau", (), {"/a": 1}), ["/b", "/a"])["mrr@10"]
    0.5
    """
    found, grades = query.found(urls), query.grades.values()
    values = (
        ndcg(found, grades),
        reciprocal_rank(found),
        success(found, grades),
        recall(found, grades),
        judged(found),
        float(not found),
    )
    return dict(zip(MEASURES, values, strict=True))


class Score(Record):
    """Means of some queries; `empty` is their number without any answer."""

    kind: str
    queries: int
    means: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON values."""
        told = {name: round(value, 4) for name, value in self.means.items()}
        return {"queries": self.queries, **told, "empty": int(self.means["empty"])}


def evaluate(queries: Iterable[Judged], search: Callable[[str], Iterable[str]]) -> list[Score]:
    """Scores of all queries together (kind ""), then of each kind, the most frequent kind first.

    >>> asked = [Judged("1", "eau", ("theme",), {"/a": 1}), Judged("2", "feu", ("theme", "typo"), {"/b": 1})]
    >>> [(one.kind, one.queries, one.means["ndcg@10"]) for one in evaluate(asked, lambda text: ["/a"])]
    [('', 2, 0.5), ('theme', 2, 0.5), ('typo', 1, 0.0)]
    """
    rows: dict[str, list[dict[str, float | None]]] = {"": []}
    for query in queries:
        measured = measure(query, search(query.query))
        for kind in ("", *dict.fromkeys(query.kinds)):
            rows.setdefault(kind, []).append(measured)
    kinds = sorted(rows, key=lambda kind: (kind != "", -len(rows[kind]), kind))
    return [Score(kind, len(rows[kind]), _means(rows[kind])) for kind in kinds]


def _means(rows: Sequence[Mapping[str, float | None]]) -> dict[str, float]:
    means = {}
    for name in MEASURES:
        values = [value for row in rows if (value := row[name]) is not None]
        means[name] = sum(values) / (len(values) or 1)
    means["empty"] = float(sum(row["empty"] or 0 for row in rows))
    return means


def table(scores: Iterable[Score]) -> Iterator[str]:
    """The scores as lines for a terminal.

    >>> for line in table(evaluate([Judged("1", "eau", ("theme",), {"/a": 1})], lambda text: ["/a"])):
    ...     print(line)
    kind              queries  ndcg@10   mrr@10 success@3 recall@20 judged@10    empty
    all                     1    1.000    1.000     1.000     1.000     1.000        0
    theme                   1    1.000    1.000     1.000     1.000     1.000        0
    """
    widths = [max(8, len(name)) for name in MEASURES]
    names = " ".join(f"{name:>{width}}" for name, width in zip(MEASURES, widths, strict=True))
    yield f"{'kind':<16}{'queries':>9} {names}"
    for score in scores:
        values = [f"{score.means[name]:>{width}.3f}" for name, width in zip(MEASURES, widths, strict=True)]
        values[-1] = f"{score.means['empty']:>{widths[-1]}.0f}"
        yield f"{score.kind or 'all':<16}{score.queries:>9} {' '.join(values)}"
