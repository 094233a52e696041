"""Addresses that lie: their last part (the slug) speaks of something else than the page.

WordPress makes the slug from the first title; it stays when a page is copied, or gets another title and text.
Pure; may import: records, urls, report.labels, report.likeness, report.rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.records import Article, FindingKind
from pipeline.report.labels import data_lines
from pipeline.report.likeness import words
from pipeline.report.rows import Sighting
from pipeline.urls import path_to_match

# Shorter words are compared whole (Huê), longer ones by their beginnings (diaspora, diasporas), inside others too.
_WORD_CHARS = 4
_BEGINNING_CHARS = 5
_LEAST_CHARS = 3
# A slug that the text bears out is short, and does not lie.
_BORNE_OUT_SHARE = 0.5
# A site of which more addresses "lie" names its pages by numbers or in another language: that is its way.
_MOST_OF_A_SITE_SHARE = 0.1
_FEW = 5
_ENDING = re.compile(r"\.(html?|php\d?|aspx?|jsp)$")
_COUNTED = re.compile(r"(.+)-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Address:
    """An article's slug beside its title; `lies`: it is nobody's choice, or shares nothing with title and text."""

    url: str
    site: str
    title: str
    slug: str
    lies: bool


def of_article(article: Article) -> Address:
    """The address of an article, judged by the article alone."""
    slug = _ENDING.sub("", path_to_match(article.url).lower().rstrip("/").rsplit("/", 1)[-1])
    lies = _is_filler(slug, article.title) or _shares_nothing(slug, article.title, article.text)
    return Address(article.url, article.site, article.title, slug, lies)


@cache
def _fillers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in data_lines("filler_slugs.txt")))


def _is_filler(slug: str, title: str) -> bool:
    # Long slugs are chosen; the bound also keeps the patterns from hostile ones.
    named = len(slug) <= 200 and _fillers().fullmatch(slug) is not None
    return named and not set(words(slug)) <= set(words(title))


def _shares_nothing(slug: str, title: str, text: str) -> bool:
    """Whether no word of the slug is one of the title's, and few are in the text.

    >>> _shares_nothing("titre-de-mon-action", "Prix littéraire", "Le prix des maires.")
    True
    >>> _shares_nothing("les-diasporas", "Investir avec la diaspora", "")
    False
    """
    here, told = _meaning(slug), _meaning(title)
    beginnings = {word[:_BEGINNING_CHARS] for word in here if not word.isdigit()}
    # A title in another script has no words in common with any address.
    if not beginnings or not re.search("[a-z]", _squeezed(title)) or here & told:
        return False
    if _stands_in(here, _squeezed(title)) or _stands_in(told, _squeezed(slug)):
        return False
    whole = _squeezed(text)
    return sum(start in whole for start in beginnings) < _BORNE_OUT_SHARE * len(beginnings)


def _squeezed(text: str) -> str:
    return "".join(words(text))


def _meaning(text: str) -> set[str]:
    return {word for word in words(text) if len(word) >= _LEAST_CHARS} - _function_words()


@cache
def _function_words() -> frozenset[str]:
    return frozenset(word for line in data_lines("function_words.txt") for word in line.split())


def _stands_in(those: Iterable[str], squeezed: str) -> bool:
    return any(word[:_BEGINNING_CHARS] in squeezed for word in those if len(word) >= _WORD_CHARS)


def lying(addresses: Iterable[Address], is_page: Callable[[str], bool]) -> Iterator[Sighting]:
    """What lies among the addresses of an archive; `is_page` says whether an address of the site answers."""
    known = list(addresses)
    by_title = {_squeezed(one.title): one for one in reversed(known)}
    liars = Counter(one.site for one in known if one.lies)
    most = {site: max(_FEW, _MOST_OF_A_SITE_SHARE * count) for site, count in Counter(o.site for o in known).items()}
    for one in known:
        told = _tells_of_another(one, by_title) or _counts_in_vain(one, is_page)
        if told is None and one.lies and liars[one.site] <= most[one.site]:
            told = f"«\u00a0{one.slug}\u00a0» pour «\u00a0{one.title}\u00a0»"
        if told:
            yield Sighting(FindingKind.LYING_SLUG, told, one.url)


def _tells_of_another(one: Address, by_title: dict[str, Address]) -> str | None:
    own = _squeezed(one.title)
    counted = _COUNTED.fullmatch(one.slug)
    for slug in (one.slug, counted[1]) if counted else (one.slug,):
        other = by_title.get(_squeezed(slug)) if slug else None
        if other and other.site == one.site and own not in (_squeezed(slug), _squeezed(other.title)):
            return f"«\u00a0{one.slug}\u00a0», le titre d’une autre page\u00a0: {other.url}"
    return None


def _counts_in_vain(one: Address, is_page: Callable[[str], bool]) -> str | None:
    """A number that WordPress added because the address was taken, and no longer is."""
    counted = _COUNTED.fullmatch(one.slug)
    if counted is None or _squeezed(counted[1]) != _squeezed(one.title):
        return None
    base = re.sub(r"-\d+(?=/?$)", "", one.url)
    return (
        None if base == one.url or is_page(base) else f"«\u00a0{one.slug}\u00a0» sans page «\u00a0{counted[1]}\u00a0»"
    )
