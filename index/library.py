"""The library: an archive opened for questions.

with index.open("data") as archive:
    for hit in archive.search("boues de vidange"):
        print(hit.title, hit.snippet)

Many threads and processes may read while a crawl writes: what is open stays as it was, `refresh` takes up what was
published since. May import: every module of this half but build, jobs, asking, cli and web; pipeline.archive, errors,
facts.acronyms, records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from index.bits import documents_of
from index.engine import FACETS, URL
from index.explanation import explained
from index.grammar.tree import DateRange
from index.opening import Opened, open_index
from index.pointer import read_pointer
from index.search import PUBLISHED, SORTS, Hit, Page, Question
from index.similar import similar
from index.suggest import Suggester, Suggestion
from pipeline.archive import Archive, PageStanding
from pipeline.errors import UsageError
from pipeline.facts.acronyms import Expansion, learn
from pipeline.records import Article

if TYPE_CHECKING:
    from index.facets import FacetValue, Filters


class Articles(Protocol):
    """What the library needs of the archive's store."""

    def article(self, url: str) -> Article | None:
        """The current article of an address."""

    def versions(self, url: str) -> list[Article]:
        """All its versions."""

    def articles(self) -> Iterator[Article]:
        """All current articles."""

    def page_state(self, url: str) -> PageStanding | None:
        """Whether the page is on the live site, and since when."""

    def close(self) -> None:
        """Let go of the store."""


def open_library(folder: str | Path, index_folder: str = "index") -> Library:
    """The archive in `folder`; NoArchive when there is none."""
    home = Path(folder)
    archive = Archive.open(home, mode="read")
    try:
        return Library(archive, home / index_folder)
    except BaseException:
        archive.close()
        raise


class Library:
    """An archive opened for reading, as it was at that moment; `refresh` takes up what was published since."""

    def __init__(self, articles: Articles, folder: Path) -> None:
        """`folder` holds the index."""
        self._articles = articles
        self._folder = folder
        self._open: Opened = open_index(str(folder), self.__getitem__)
        self._suggester: tuple[Opened, Suggester] | None = None

    def refresh(self) -> bool:
        """Take up a newer index if one was published; True when there was one. Pages given out before stay valid."""
        pointer = read_pointer(str(self._folder))
        if pointer is None or pointer.generation == self._open.pointer.generation:
            return False
        self._open = open_index(str(self._folder), self.__getitem__)
        self._suggester = None
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
        group: bool = False,
        explain: bool = False,
        since: date | None = None,
        until: date | None = None,
    ) -> Page:
        """The articles that answer, best first. Any text is a question; none of it raises.

        `filters`: facet → value or values; `facets`: those to count; `sort`: relevance, newest or oldest; `group`: near
        copies stand behind the first of them; `explain`: each hit tells where its score comes from; `since`, `until`:
        first and last day of publication. UsageError for a filter, facet or order that does not exist.
        """
        published = _days(since, until)
        question = Question(query, limit, offset, dict(filters or {}), tuple(facets), _known(sort), group, published)
        # One state for all of it: another thread may refresh meanwhile, and document numbers are of one reader.
        searcher = self._open.searcher
        page = searcher.search(question)
        return page.replace(hits=tuple(explained(searcher, question, page.hits))) if explain else page

    def urls(  # noqa: PLR0913 - as for search
        self,
        query: str,
        limit: int = 10,
        *,
        filters: Filters | None = None,
        sort: str = "relevance",
        since: date | None = None,
        until: date | None = None,
    ) -> list[str]:
        """The addresses alone: for programs that ask many questions, or for all answers, and need no text."""
        published = _days(since, until)
        question = Question(query, limit, filters=dict(filters or {}), sort=_known(sort), published=published)
        return self._open.searcher.urls(question)

    def values(self, facet: str) -> tuple[FacetValue, ...]:
        """All values of a facet, and how many articles of the archive have each. UsageError for an unknown facet."""
        searcher = self._open.searcher
        return searcher.facets.count(facet, documents_of(searcher.reader.documents()))

    def codes(self, facet: str, name: str) -> frozenset[str]:
        """Codes of the values that a filter `name` means: the one whose code it is, else all that are called so."""
        return self._open.searcher.facets.meant(facet, name)

    def __getitem__(self, url: str) -> Article:
        article = self._articles.article(url)
        if article is None:
            raise KeyError(url)
        return article

    def __contains__(self, url: str) -> bool:
        return self._articles.article(url) is not None

    def __len__(self) -> int:
        return self._open.searcher.reader.size()

    def __iter__(self) -> Iterator[Article]:
        """All current articles, read one by one."""
        return self._articles.articles()

    def row(self, url: str) -> int | None:
        """The document number of an address in this index, None when it is not indexed (for `explain`)."""
        return next(iter(self._open.searcher.reader.postings(URL, url).documents), None)

    def versions(self, url: str) -> list[Article]:
        """Every version the archive holds of a page, in the archive's order."""
        return self._articles.versions(url)

    def page_state(self, url: str) -> PageStanding | None:
        """Whether the page of an article is still on the live site, and since when that is known; None: not known."""
        return self._articles.page_state(url)

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Titles, countries, themes, cities and partners that begin so."""
        state, known = self._open, self._suggester
        if known is None or known[0] is not state:
            known = self._suggester = (state, Suggester(state.searcher.reader))
        return known[1].suggest(prefix, limit)

    def acronyms(self) -> dict[str, tuple[Expansion, ...]]:
        """What each acronym means that some article spells out, best evidence first; reads the whole archive."""
        return learn(article.acronyms for article in self._articles.articles())

    def similar(self, url: str, limit: int = 5) -> tuple[Hit, ...]:
        """Articles that share the telling words of this one; KeyError when it is not in the archive."""
        article = self[url]
        searcher = self._open.searcher
        likest = similar(searcher.reader, article.title, article.text)
        others = (raw for raw in likest if searcher.reader.card(raw.document).url != article.url)
        return tuple(searcher.shown(raw) for raw, _ in zip(others, range(limit), strict=False))

    def check(self) -> None:
        """Read the whole index once; ArchiveDamaged when something in it is broken."""
        self._open.searcher.reader.check()

    def close(self) -> None:
        """Let go of index and archive."""
        self._open.searcher.reader.close()
        self._articles.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _days(since: date | None, until: date | None) -> DateRange:
    first, last = (day.toordinal() if day is not None else None for day in (since, until))
    return DateRange(PUBLISHED, first, last)


def _known(sort: str) -> str:
    if sort not in SORTS:
        raise UsageError(f"There is no order {sort!r}; there are {', '.join(SORTS)}.")
    return sort


__all__ = ["FACETS", "Articles", "Library", "open_library"]
