"""Why an article stands where it stands: its score by word of the question, field and term.

The question's words are scored once more, by the same code, and what each term adds to the documents in question is
written down. A stemmed term's points are shared out among the fields of the article as their weights are, for the
index keeps one impact a term (BM25F). Not on the way of a search: only who asks for it pays. May import: bits,
documents, evidence, score, search, tuning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from index.bits import bits_of
from index.documents import Counts, count, read_body, read_title
from index.engine import STEM
from index.evidence import Evidence
from index.score import Explanation, Share
from index.tuning import Weighing

if TYPE_CHECKING:
    from index.search import Hit, Question, Searcher
    from pipeline.records import Article

TEXT, LITERAL = "text", "exact"
"""Fields of a share beside those of `tuning.FIELDS`: a word anywhere in the article, and its literal form."""


def explained(searcher: Searcher, question: Question, hits: Collection[Hit]) -> list[Hit]:
    """The hits of a question, each with its explanation."""
    answer = searcher.answer(question)
    added: dict[int, list[tuple[str, str, str, float]]] = {hit.document: [] for hit in hits}

    def note(word: str, term: str, field: str, document: int, points: float) -> None:
        if points:
            added[document].append((word, term, field, points))

    evidence = Evidence(searcher.reader, searcher.tuning, answer.plan)
    evidence.measure(bits_of(added, searcher.reader.bound()), note)
    told = []
    for hit in hits:
        factors = answer.ranking.factors(hit.document)
        shares = list(_by_field(added[hit.document], _counts(hit)))
        shares.sort(key=lambda share: -share.points)
        why = Explanation(hit.score, tuple(shares), factors.coverage, factors.nearness, factors.freshness)
        told.append(hit.replace(explanation=why))
    return told


def _counts(hit: Hit) -> Counts | None:
    """Where the article's terms stand; None when the archive has it no longer."""
    try:
        article: Article = hit.article
    except KeyError:
        return None
    return count(article, read_title(article), read_body(article))


def _by_field(added: list[tuple[str, str, str, float]], counts: Counts | None) -> Iterator[Share]:
    for word, term, field, points in added:
        if field != STEM:
            yield Share(word, term, LITERAL, points)
            continue
        weights = _weights(term.split(), counts) or {TEXT: 1.0}
        whole = sum(weights.values())
        for name, weight in weights.items():
            yield Share(word, term, name, points * weight / whole)


def _weights(terms: list[str], counts: Counts | None) -> dict[str, float]:
    """How much of the terms' weight each field brings; the words of the title count as the title's, not the text's."""
    if counts is None:
        return {}
    weights = dict.fromkeys(("title", TEXT), 0.0)
    for term in terms:
        in_title = counts.fields["title"].get(term, 0)
        weights["title"] += in_title
        weights[TEXT] += counts.stems.get(term, 0) - in_title
        for field, weight in Weighing().fields.items():
            weights[field] = weights.get(field, 0.0) + weight * counts.fields.get(field, {}).get(term, 0)
    return {field: weight for field, weight in weights.items() if weight > 0}
