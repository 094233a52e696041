"""The library: a question in, a page of articles out.

with index.open("data") as archive:
    for hit in archive.search("boues de vidange"):
        print(hit.article.title, hit.snippet)

May import: every module of this half but cli and web, pipeline.records, pipeline.errors, pipeline.facts.acronyms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

from index.build import FORMAT
from index.concepts import Plan
from index.engine import URL, Engine, RawHit, Reader
from index.facets import FacetValue, Filters, all_of, counts, filtered
from index.publication import Pointer, read_pointer
from index.query import Query, parse, reading
from index.ranking import MEANT_FROM, Ranker, Ranking
from index.similar import similar
from index.snippets import Snippet, Wanted, snippet
from index.suggest import Suggester, Suggestion
from index.whoosh_engine import WhooshEngine
from pipeline.errors import ArchiveDamaged, ArchiveError, UsageError
from pipeline.facts.acronyms import Expansion, learn
from pipeline.records import Article

SORTS = ("relevance", "newest", "oldest")
OPENING_TRIES = 3


class Articles(Protocol):
    """What the library needs of the archive's store."""

    def article(self, url: str) -> Article | None:
        """The current article of an address."""

    def versions(self, url: str) -> list[Article]:
        """All its versions."""

    def articles(self) -> Iterator[Article]:
        """All current articles."""

    def close(self) -> None:
        """Let go of the store."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that answers."""

    article: Article
    score: float
    snippet: Snippet

    @property
    def url(self) -> str:
        """Its address."""
        return self.article.url


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the answers to a question. `total` counts all of them, `complete` those that hold every word."""

    query: Query
    reading: str
    total: int
    complete: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


class Library:
    """An archive opened for reading, as it was at that moment; `refresh` takes up what was published since."""

    def __init__(self, articles: Articles, folder: Path, engine: Engine | None = None) -> None:
        self._articles = articles
        self._folder = folder
        self._engine = engine or WhooshEngine()
        self._take(*_open_current(self._engine, folder))

    def _take(self, pointer: Pointer, reader: Reader) -> None:
        self._pointer, self._reader = pointer, reader
        self._ranker = Ranker(reader)
        self._suggester: Suggester | None = None

    def refresh(self) -> bool:
        """Take up a newer index if one was published; True when there was one."""
        pointer = read_pointer(self._folder)
        if pointer is None or pointer.generation == self._pointer.generation:
            return False
        old = self._reader
        self._take(*_open_current(self._engine, self._folder))
        old.close()
        return True

    def search(  # noqa: PLR0913 - the contract with other programs; all but the first have a default
        self,
        query: str,
        limit: int = 10,
        offset: int = 0,
        *,
        filters: Filters | None = None,
        facets: Iterable[str] = (),
        sort: str = "relevance",
    ) -> Page:
        """The articles that answer, best first. Any text is a question; none of it raises."""
        if sort not in SORTS:
            raise UsageError(f"There is no order {sort!r}; there are {', '.join(SORTS)}.")
        asked = parse(query)
        passing = filtered(self._reader, filters or {})
        ranking = self._ranker.rank(asked, all_of(passing))
        ordered = self._ordered(ranking, sort)
        wanted = _wanted(ranking.plan)
        first = max(0, offset)
        hits = [self._hit(raw, wanted) for raw in ordered[first : first + max(0, limit)]]
        return Page(
            query=asked,
            reading=_reading(asked, ranking),
            total=len(ordered),
            complete=len(ranking.complete),
            hits=tuple(hit for hit in hits if hit is not None),
            facets=MappingProxyType(counts(self._reader, facets, ranking.matched, passing)),
        )

    def urls(self, query: str, limit: int = 10) -> list[str]:
        """The addresses alone: for programs that ask many questions and need no text."""
        hits = self._ranker.rank(parse(query)).hits[: max(0, limit)]
        return [self._reader.stored(hit.document).url for hit in hits]

    def _ordered(self, ranking: Ranking, sort: str) -> list[RawHit]:
        hits = list(ranking.hits)
        if sort != "relevance":
            days, newest = self._reader.days(), sort == "newest"
            hits.sort(key=lambda hit: (not days[hit.document], -days[hit.document] if newest else days[hit.document]))
            # By date, an article with one word of five must not stand above those that answer.
            hits.sort(key=lambda hit: hit.document not in ranking.complete)
        return hits

    def _hit(self, raw: RawHit, wanted: Wanted) -> Hit | None:
        article = self._articles.article(self._reader.stored(raw.document).url)
        if article is None:
            return None
        return Hit(article, round(raw.score, 4), snippet(article.text or article.title, wanted))

    def __getitem__(self, url: str) -> Article:
        article = self._articles.article(url)
        if article is None:
            raise KeyError(url)
        return article

    def __contains__(self, url: str) -> bool:
        return self._articles.article(url) is not None

    def __len__(self) -> int:
        return self._reader.size()

    def row(self, url: str) -> int | None:
        """The document number of an address in this index, None when it is not indexed (for `explain`)."""
        return next(iter(self._reader.postings(URL, url)), None)

    def versions(self, url: str) -> list[Article]:
        """Every version the archive holds of a page, in the archive's order."""
        return self._articles.versions(url)

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Titles, countries, themes and cities that begin so."""
        if self._suggester is None:
            self._suggester = Suggester(self._reader)
        return self._suggester.suggest(prefix, limit)

    def acronyms(self) -> dict[str, tuple[Expansion, ...]]:
        """What each acronym means that some article spells out, best evidence first; reads the whole archive."""
        return learn(article.acronyms for article in self._articles.articles())

    def similar(self, url: str, limit: int = 5) -> tuple[Hit, ...]:
        """Articles that share the telling words of this one; KeyError when it is not in the archive."""
        article = self[url]
        hits: list[Hit] = []
        for document, score in similar(self._reader, article.title, article.text):
            stored = self._reader.stored(document)
            other = self._articles.article(stored.url) if stored.url != article.url else None
            if other is not None and len(hits) < limit:
                hits.append(Hit(other, round(score, 4), snippet(other.text or other.title, Wanted())))
            if len(hits) >= limit:
                break
        return tuple(hits)

    def close(self) -> None:
        """Let go of index and archive."""
        self._reader.close()
        self._articles.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_current(engine: Engine, folder: Path) -> tuple[Pointer, Reader]:
    for attempt in range(OPENING_TRIES):
        pointer = read_pointer(folder)
        if pointer is None:
            raise ArchiveError(f"There is no search index in {folder} yet; run aimf rebuild.")
        if pointer.format != FORMAT:
            raise ArchiveDamaged(f"The search index {folder} is of another version of this program; run aimf rebuild.")
        try:
            return pointer, engine.open(folder / pointer.generation)
        except ArchiveDamaged:
            # Between reading the name and opening, a run may have published twice.
            if attempt + 1 == OPENING_TRIES or read_pointer(folder) == pointer:
                raise
    raise ArchiveDamaged(f"The search index {folder} keeps changing; try again.")


def _wanted(plan: Plan) -> Wanted:
    concepts = [c for group in plan.groups for c in (*group.parts, *([group.joined] if group.joined else []))]
    variants = [v for concept in concepts for v in concept.variants if v.weight >= MEANT_FROM]
    return Wanted(
        frozenset(v.exact for v in variants if v.exact), frozenset(v.stem for v in variants if v.stem is not None)
    )


def _reading(query: Query, ranking: Ranking) -> str:
    told = [reading(query, ranking.plan.passed_over)]
    told += [f"« {c.typed} » est inconnu ; cherché aussi « {c.meant} »." for c in ranking.plan.corrections]
    told += [f"« {text} » ne se trouve pas tel quel ; cherché de près." for text in ranking.loosened]
    if ranking.hits and not ranking.complete and query.clauses:
        told.append("Aucun article n’a tous les mots ; voici ceux qui en ont le plus.")
    return " ".join(told)
