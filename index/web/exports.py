"""Answers carried away: the articles of a search as CSV, JSON, JSONL, BibTeX or RIS, one after the other.

Nothing is held but one article (for BibTeX, which refuses a key that stands twice, the keys as well): an export of the
whole archive is streamed. May import: citations, pipeline.export.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from index.library import Library
from index.web import citations
from pipeline import export
from pipeline.records import Article


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a form needs beside the articles: what readers call their sites, and the day of reading."""

    names: dict[str, str]
    today: date

    def publisher(self, article: Article) -> str:
        """Who published an article."""
        return self.names.get(article.site, article.site)


Writer = Callable[[Iterable[Article], Imprint], Iterator[str]]


def _json(articles: Iterable[Article], _imprint: Imprint) -> Iterator[str]:
    before = "["
    for article in articles:
        yield f"{before}\n{json.dumps(export.as_record(article), ensure_ascii=False)}"
        before = ","
    yield f"{before if before == '[' else ''}\n]\n"


def _bibtex(articles: Iterable[Article], imprint: Imprint) -> Iterator[str]:
    keys: Counter[str] = Counter()
    for article in articles:
        key = citations.key(article)
        keys[key] += 1
        yield citations.bibtex(article, imprint.publisher(article), imprint.today, keys[key]) + "\n"


def _ris(articles: Iterable[Article], imprint: Imprint) -> Iterator[str]:
    for article in articles:
        yield citations.ris(article, imprint.publisher(article), imprint.today) + "\r\n"


FORMS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", lambda articles, _: export.spreadsheet(articles)),
    "json": ("application/json", _json),
    "jsonl": ("application/x-ndjson", lambda articles, _: export.jsonl(articles)),
    "bib": (f"{citations.FORMS['bib']}; charset=utf-8", _bibtex),
    "ris": (f"{citations.FORMS['ris']}; charset=utf-8", _ris),
}


def stream(form: str, articles: Iterable[Article], imprint: Imprint) -> Iterator[bytes]:
    """The bytes of an export, a piece an article."""
    for piece in FORMS[form][1](articles, imprint):
        yield piece.encode("utf-8", "replace")


def articles_of(library: Library, urls: Iterable[str]) -> Iterator[Article]:
    """The articles of addresses; one that was withdrawn since it was found is passed over."""
    for url in urls:
        try:
            yield library[url]
        except KeyError:
            continue


def headers(form: str, name: str, today: date) -> dict[str, str]:
    """Headers that make a browser keep the file under a name of ours."""
    return {"content-disposition": f'attachment; filename="{name}-{today.isoformat()}.{form}"'}
