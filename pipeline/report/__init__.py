"""The editors' report: what an editor of the site should repair, as rows with the pages that show it.

    for row in report.rows(archive): print(row.kind, len(row.urls), row.excerpts)

What one page shows was found at extraction (`Article.findings`); what only many pages show (copies, equal titles,
lying addresses, dead links) is found here. May import: archive, export, extract.html, records, urls.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import chain

from pipeline.archive import Archive
from pipeline.records import Article, FindingKind, PageState, Rejection, RejectionReason
from pipeline.report import copies, links, slugs
from pipeline.report.labels import contradiction
from pipeline.report.rows import Row, Sighting, group
from pipeline.urls import canonical_key

__all__ = ["Row", "rows"]

# What was refused with more text than this is short on purpose (an address, a form), and no empty page.
_NEXT_TO_NOTHING_CHARS = 40
# Kinds of article of which fewer have a date than this share do without on purpose ("Contact", "Who we are").
_DATED_SHARE = 0.5


def rows(
    archive: Archive,
    kinds: Collection[FindingKind] = tuple(FindingKind),
    progress: Callable[[int], None] = lambda _pages: None,
) -> list[Row]:
    """The rows of the report, worst kind first, then the fault on most pages.

    Pages that have left the site are left out: nobody can repair them. `progress` counts pages read for their links.
    """
    dead = links.dead_pages(archive)
    gone = dead | {page.key for page in archive.pages() if page.state is PageState.GONE}
    found = _OfArticles()
    for article in archive.articles():
        if canonical_key(article.url) not in gone:
            found.take(article)
    seen = chain(
        found.sightings(),
        _of_rejections(archive, gone),
        slugs.lying(found.addresses, lambda url: _is_page(archive, url)),
        links.sightings(archive, dead, progress) if FindingKind.DEAD_LINK in kinds else (),
    )
    all_rows = chain(group(one for one in seen if one.kind in kinds), copies.rows(found.sketches))
    return sorted((row for row in all_rows if row.kind in kinds), key=Row.order)


class _OfArticles:
    """What the articles show, gathered in one pass over them."""

    def __init__(self) -> None:
        self.addresses: list[slugs.Address] = []
        self.sketches: list[copies.Sketch] = []
        self._found: list[tuple[Sighting, str]] = []
        self._kinds: Counter[str] = Counter()
        self._undated: Counter[str] = Counter()

    def take(self, article: Article) -> None:
        kind = f"{article.site} {article.kind}"
        self._kinds[kind] += 1
        self._undated[kind] += article.date_published is None
        for one in article.findings:
            french = contradiction(one.excerpt) if one.kind is FindingKind.CONTRADICTION else one.excerpt
            self._found.append((Sighting(one.kind, french, article.url), kind))
        self.addresses.append(slugs.of_article(article))
        self.sketches.append(copies.sketch(article))

    def sightings(self) -> Iterator[Sighting]:
        for one, kind in self._found:
            dated = 1 - self._undated[kind] / self._kinds[kind]
            if one.kind is not FindingKind.NO_DATE or dated >= _DATED_SHARE:
                yield one


def _of_rejections(archive: Archive, gone: Collection[str]) -> Iterator[Sighting]:
    for rejection in chain(archive.rejections(), archive.rejections(kept=True)):
        if canonical_key(rejection.url) in gone:
            continue
        if rejection.reason is RejectionReason.PLACEHOLDER:
            yield Sighting(FindingKind.PLACEHOLDER, "rien que du texte de remplissage", rejection.url)
        elif _is_empty(rejection):
            yield Sighting(FindingKind.EMPTY_ARTICLE, "aucun texte, ou quelques mots", rejection.url)


def _is_empty(rejection: Rejection) -> bool:
    if rejection.reason is RejectionReason.TOO_LITTLE_TEXT:
        chars = re.match(r"\d+", rejection.detail)  # the detail begins with how many there are
        return chars is None or int(chars[0]) <= _NEXT_TO_NOTHING_CHARS
    return rejection.reason is RejectionReason.EMPTY


def _is_page(archive: Archive, url: str) -> bool:
    page = archive.page(url)
    return page is not None and page.state is PageState.PRESENT
