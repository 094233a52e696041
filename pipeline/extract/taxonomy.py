"""The site's own taxonomies: classes on the article's element → terms with labels, places, partners.

May import: config, records, html, wordlists. The cards of related articles carry the same classes
for other articles, so only the article's own element is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.config import Taxonomies
from pipeline.extract import wordlists
from pipeline.extract.html import Element, fold, text_of, tidy
from pipeline.records import Partner, Place, Term


@dataclass(frozen=True, slots=True)
class Terms:
    """What the site itself says an article is about."""

    themes: tuple[Term, ...] = ()
    places: tuple[Place, ...] = ()
    partners: tuple[Partner, ...] = ()


def read_terms(page: Element, item: Element | None, taxonomies: Taxonomies) -> Terms:
    """Terms of the article whose own element is `item`; nothing when there is no such element."""
    if item is None:
        return Terms()
    classes = (item.get("class") or "").split()
    labels = _labels(page, item, [name for name in taxonomies.model_dump().values() if name])
    themes = _terms(classes, taxonomies.themes, labels)
    countries = [_country(term) for term in _terms(classes, taxonomies.countries, labels)]
    codes = [place.country for place in countries if place.kind == "country"]
    # The site does not say where a member city lies; with one country on the article there is no doubt.
    only = codes[0] if len(codes) == 1 else None
    cities = [_city(term, only) for term in _terms(classes, taxonomies.cities, labels)]
    regions = [Place(term.label, None, "region") for term in _terms(classes, taxonomies.regions, labels)]
    places = [*countries, *(city for city in cities if city is not None), *regions]
    partners = tuple(Partner(term.label) for term in _terms(classes, taxonomies.partners, labels))
    return Terms(themes, tuple(dict.fromkeys(places)), partners)


def _terms(classes: list[str], prefix: str | None, labels: dict[tuple[str, str], str]) -> tuple[Term, ...]:
    if not prefix:
        return ()
    slugs = [token[len(prefix) + 1 :] for token in classes if token.startswith(f"{prefix}-")]
    return tuple(Term(slug, labels.get((prefix, slug)) or _from_slug(slug)) for slug in dict.fromkeys(slugs) if slug)


_TERM_PAGE = re.compile(r"/([\w-]+)/(?:[\w%.-]+/)*([\w%.-]+)/?$")


def _labels(page: Element, item: Element, folders: list[str]) -> dict[tuple[str, str], str]:
    """Labels of terms as the page prints them in links to the terms' pages, the article's own chips first."""
    labels: dict[tuple[str, str], str] = {}
    for root in (item, page):
        for link in root.iter("a"):
            href = link.get("href") or ""
            if not any(f"/{folder}/" in href for folder in folders):
                continue
            found = _TERM_PAGE.search(href.partition("?")[0])
            if found and (found[1], found[2]) not in labels:
                label = tidy(text_of(link))
                if label and len(label) <= 80:
                    labels[found[1], found[2]] = label
    return labels


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
