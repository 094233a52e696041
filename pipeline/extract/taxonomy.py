"""The site's own taxonomies: classes on the article's element, article sections → terms, places, partners.

May import: config, records, fieldwords, html,
wordlists. The cards of related articles carry the same classes
for other articles, so only the article's own element is read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.config import Taxonomies
from pipeline.extract import fieldwords, wordlists
from pipeline.extract.html import Element, fold, text_of, tidy
from pipeline.records import Partner, Place, Term

# A longer link text is a sentence, no label.
_LABEL_CHARS = 80


@dataclass(frozen=True, slots=True)
class Terms:
    """What the site itself says an article is about."""

    themes: tuple[Term, ...] = ()
    places: tuple[Place, ...] = ()
    partners: tuple[Partner, ...] = ()
    themes_source: str = ""


def read_terms(
    page: Element, item: Element | None, taxonomies: Taxonomies, stated: tuple[tuple[str, str], ...] = ()
) -> Terms:
    """Terms of the article whose own element is `item`; nothing when there is no such element.

    A site whose taxonomies are configured speaks by the classes of that element alone. Of another one the categories
    are read as content systems write them, else what the head states (`stated`, source and label).
    """
    if item is None:
        return Terms()
    if not taxonomies.themes:
        themes, source = _categories(page, item, stated)
        return Terms(themes=themes, themes_source=source)
    classes = (item.get("class") or "").split()
    names = [name for name in taxonomies.model_dump().values() if name]
    labels = _labels(page, item, {(name, slug) for name in names for slug in _slugs(classes, name)})
    themes = _terms(classes, taxonomies.themes, labels)
    countries = [_country(term) for term in _terms(classes, taxonomies.countries, labels)]
    codes = [place.country for place in countries if place.kind == "country"]
    # The site does not say where a member city lies; with one country on the article there is no doubt.
    only = codes[0] if len(codes) == 1 else None
    cities = [_city(term, only) for term in _terms(classes, taxonomies.cities, labels)]
    regions = [Place(term.label, None, "region") for term in _terms(classes, taxonomies.regions, labels)]
    places = [*countries, *(city for city in cities if city is not None), *regions]
    partners = tuple(Partner(term.label) for term in _terms(classes, taxonomies.partners, labels))
    return Terms(themes, tuple(dict.fromkeys(places)), partners, "classes of the article's element")


def _slugs(classes: list[str], prefix: str) -> list[str]:
    slugs = (token[len(prefix) + 1 :] for token in classes if token.startswith(f"{prefix}-"))
    return [slug for slug in dict.fromkeys(slugs) if slug]


def _terms(classes: list[str], prefix: str | None, labels: dict[tuple[str, str], str]) -> tuple[Term, ...]:
    slugs = _slugs(classes, prefix) if prefix else []
    return tuple(Term(slug, labels.get((prefix or "", slug)) or _from_slug(slug)) for slug in slugs)


_TERM_PAGE = re.compile(r"/([\w-]+)/(?:[\w%.-]+/)*([\w%.-]+)/?$")


def _labels(page: Element, item: Element, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Labels of terms as the page prints them in links to the terms' pages, the article's own chips first."""
    labels: dict[tuple[str, str], str] = {}
    slugs = {slug for _, slug in wanted}
    for root in (item, page):
        for link in root.iter("a"):
            if len(labels) == len(wanted):
                return labels
            href = (link.get("href") or "").partition("?")[0]
            if href.rstrip("/").rpartition("/")[2] not in slugs:
                continue
            found = _TERM_PAGE.search(href)
            term = (found[1], found[2]) if found else None
            if term in wanted and term not in labels:
                label = tidy(text_of(link))
                if label and len(label) <= _LABEL_CHARS:
                    labels[term] = label
    return labels


_OWN_ELEMENT = re.compile(r"post-\d+")


def _categories(page: Element, item: Element, stated: tuple[tuple[str, str], ...]) -> tuple[tuple[Term, ...], str]:
    """Categories by the classes of the element that carries the post's number, else as the head states them."""
    for tag in (item, *item.iterancestors()):
        classes = (tag.get("class") or "").split()
        if any(_OWN_ELEMENT.fullmatch(token) for token in classes) and tag.tag != "body":
            slugs = [slug for slug in _slugs(classes, "category") if slug not in fieldwords.lines("no_categories.txt")]
            labels = _labels(page, tag, {("category", slug) for slug in slugs})
            terms = tuple(Term(slug, labels.get(("category", slug)) or _from_slug(slug)) for slug in slugs)
            if terms:
                return terms, "classes of the article's element"
    for source in dict.fromkeys(source for source, _ in stated):
        own = [label for from_, label in stated if from_ == source and len(label) <= _LABEL_CHARS and fold(label)]
        if own:
            return tuple(Term(_slug_of(label), label) for label in dict.fromkeys(own)), source
    return (), ""


def _slug_of(label: str) -> str:
    letters = unicodedata.normalize("NFKD", label.lower())
    return re.sub(r"[^a-z0-9]+", "-", letters.encode("ascii", "ignore").decode()).strip("-") or fold(label)


def _from_slug(slug: str) -> str:
    words = slug.replace("-", " ")
    return words[:1].upper() + words[1:]


def _country(term: Term) -> Place:
    code = wordlists.countries().get(fold(term.label)) or wordlists.countries().get(fold(term.slug))
    if code is None:
        return Place(term.label, None, "region")
    return Place(wordlists.country_names()[code], code, "country")


_SHOUTED = re.compile(r"[A-ZÀ-ÖØ-Þ]{2,}")


def _city(term: Term, country: str | None) -> Place | None:
    """A member of the association: mostly a city; those that are called an association are none."""
    label = term.label
    if re.search(r"\b(association|union|communauté de communes|réseau|fédération)\b", label, re.IGNORECASE):
        return Place(label, country, "organisation")
    # Members are printed in capitals here and there: « PHNOM PENH » is Phnom Penh.
    if label.upper() == label and _SHOUTED.search(label):
        label = "-".join(part.title() if part else part for part in label.split("-"))
        label = re.sub(r"([’'])S\b", r"\1s", label)
    return Place(label, country, "city")
