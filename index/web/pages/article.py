"""The page of one article: its text, where it comes from, what it tells of, and how to take it along.

May import: citations, forms, pages.text, visit, library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from index.grammar.tree import MUST, AmountRange, Part, Phrase, written
from index.vocabulary.aliases import same_name
from index.web import citations, typography
from index.web.forms import PARAMETERS, WORDS, read_form
from index.web.pages.facets import name_of
from index.web.pages.text import blocks
from index.web.visit import Visit, safe_link
from pipeline.archive import Archive
from pipeline.records import Article, EventDate, Image, PageState
from pipeline.sheet import partner_name

SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the article tells of, and the search for other articles that do."""

    label: str
    address: str
    language: str | None = "fr"
    """Of the label; None: the page's own."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or document of the article, on the site."""

    url: str
    label: str
    has_text: bool = True


def view(visit: Visit, article: Article) -> dict[str, Any]:
    """What the template shows of a version."""
    assert visit.volume is not None
    library, archive = visit.volume.library, visit.volume.archive
    versions = library.versions(article.url)
    publisher = visit.site_name(article.site)
    returning = read_form(parse_qsl(visit.back, keep_blank_values=True)) if visit.back else None
    return {
        "article": article,
        "publisher": publisher,
        "kind": name_of(visit, "kind", article.kind),
        "kind_address": visit.address("/", [(PARAMETERS["kind"], article.kind)]),
        "blocks": blocks(article),
        "language": visit.foreign(article.language),
        "original": safe_link(article.url),
        "dates": dates(visit, article),
        "state": state(visit, archive, article.url),
        "is_old": article.version != versions[-1].version,
        "facts": facts(visit, article),
        "images": [_image(visit, image) for image in article.images],
        "videos": [Media(url, url) for url in map(safe_link, article.videos) if url],
        "attachments": [Media(url, _file_name(url)) for url in map(safe_link, article.attachments) if url],
        "versions": versions,
        "similar": [_similar(visit, hit) for hit in library.similar(article.url, SIMILAR)],
        "citation": citations.sentence(article, publisher, visit.today),
        "meta_tags": citations.meta_tags(article, publisher),
        "json_ld": citations.json_ld(article, publisher),
        "forms": tuple(citations.FORMS),
        "back": visit.address("/", returning.pairs()) if returning else None,
        "passages_note": bool(article.passages),
        "has_capture": article.capture_id is not None,
    }


def dates(visit: Visit, article: Article) -> list[tuple[str, str, str]]:
    """The three dates of an article, each with what it is and its ISO form."""
    told = []
    if article.date_published:
        told.append((visit.wording("published"), visit.day(article.date_published), article.date_published.isoformat()))
    if article.date_modified:
        told.append((visit.wording("modified"), visit.day(article.date_modified), article.date_modified.isoformat()))
    if article.captured_at:
        copied = article.captured_at.date()
        told.append((visit.wording("copied"), visit.day(copied), copied.isoformat()))
    return told


def state(visit: Visit, archive: Archive, url: str) -> str:
    """What is known of the page on the site when it is not simply there: one sentence, else ""."""
    standing = archive.page_state(url)
    if standing is None or standing.state is PageState.PRESENT:
        return ""
    word = "gone_since" if standing.state is PageState.GONE else "unknown_since"
    return visit.wording(word, day=visit.day(standing.since.date()))


def facts(visit: Visit, article: Article) -> list[tuple[str, list[Fact]]]:
    """What the article tells of, by kind of fact; each leads to a search."""
    groups = [
        ("themes", [_filter(visit, "theme", theme.slug, theme.label) for theme in article.themes]),
        ("places", [_place(visit, p.name, p.country, p.kind) for p in article.places]),
        ("partners", _partners(visit, article)),
        ("event_dates", [_event(visit, event) for event in article.event_dates]),
        ("amounts", [_amount(visit, a.value, a.currency, a.qualifier, a.text) for a in article.amounts]),
        ("acronyms", [_words(visit, f"{one.acronym} ({one.expansion})", one.acronym) for one in article.acronyms]),
        ("authors", [_words(visit, name, name) for name in article.authors]),
    ]
    return [(visit.wording(f"facts_{name}"), list(dict.fromkeys(told))) for name, told in groups if told]


def _filter(visit: Visit, facet: str, code: str, label: str) -> Fact:
    return Fact(label, visit.address("/", [(PARAMETERS[facet], code)]))


def _words(visit: Visit, label: str, words: str) -> Fact:
    return Fact(label, visit.address("/", [(WORDS, written(Phrase(" ".join(words.replace('"', " ").split()))))]))


def _place(visit: Visit, name: str, country: str | None, kind: str) -> Fact:
    if kind == "country":
        return _filter(visit, "country", country or name, name)
    return _filter(visit, "city", name, name) if kind == "city" else _words(visit, name, name)


def _partners(visit: Visit, article: Article) -> list[Fact]:
    assert visit.volume is not None
    if not article.partners:
        return []
    programmes = {same_name(value.code) for value in visit.volume.library.values("programme")}
    return [
        _filter(visit, "programme" if same_name(one.name) in programmes else "partner", one.name, partner_name(one))
        for one in article.partners
    ]


def _event(visit: Visit, event: EventDate) -> Fact:
    words = f'evenement:"{event.start}..{event.end}"' if event.end != event.start else f'evenement:"{event.start}"'
    label = typography.span(event.start, event.end, visit.language)
    return Fact(label, visit.address("/", [(WORDS, words)]), language=None)


def _amount(visit: Visit, value: str, currency: str, qualifier: str | None, text: str) -> Fact:
    label = " ".join(f"{qualifier or ''} {text}".split())
    try:
        asked = str(Part(AmountRange(float(value), float(value), currency), MUST))
    except ValueError:
        return _words(visit, label, text)
    return Fact(label, visit.address("/", [(WORDS, asked)]))


def _image(visit: Visit, image: Image) -> Media:
    label = image.caption or image.alt
    return Media(safe_link(image.url), label or visit.wording("image_untold"), bool(label))


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2] or url


def _similar(visit: Visit, hit: Any) -> dict[str, Any]:
    card = hit.card
    return {
        "address": visit.article_address(card.url),
        "title": card.title,
        "day": visit.day(card.date),
        "language": visit.foreign(card.language),
    }
