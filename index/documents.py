"""An Article becomes a Document: which of its words go into which field. May import: engine, french, pipeline.records.

Everything is read once into STEM and EXACT (one line of positions, with gaps between the parts, so that phrases and
nearness never reach across them); what deserves more weight is repeated in a field of its own, without positions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from index.engine import EXACT, STEM, TITLE_EXACT, URL, Document, Places
from index.french import analyze
from index.wordlists import pairs
from pipeline.records import Article

GAP = 50
"""Positions between two parts of a document; wider than any nearness that counts."""
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def stamp_of(article: Article) -> str:
    """Changes whenever the index must be written again for this article."""
    return f"{article.content_hash[:32]} {article.date_modified or ''}".strip()


def facet(code: str, label: str) -> str:
    """A value to filter by: what it is called in data, and to readers.

    >>> facet("KH", "Cambodge").split(chr(9))
    ['KH', 'Cambodge']
    """
    return f"{code}\t{label}"


def kind_label(kind: str) -> str:
    """What readers call a kind of page.

    >>> kind_label("evenement")
    'Événement'
    """
    return pairs("kinds").get(kind, kind.replace("-", " ").capitalize()).partition("|")[0].strip()


def to_document(article: Article) -> Document:
    """The article's terms by field."""
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    position = 0
    for text in _parts(article):
        for token in analyze(text, position):
            position = max(position, token.position + 1)
            places[EXACT][token.exact].append(token.position)
            if token.stem is not None:
                places[STEM][token.stem].append(token.position)
        position += GAP
    length = sum(len(found) for found in places[EXACT].values())
    for token in analyze(article.title):
        places[TITLE_EXACT][token.exact].append(token.position)
    for field, texts in _boosted(article).items():
        for text in texts:
            for token in analyze(text):
                if token.stem is not None:
                    places[field][token.stem].append(len(places[field][token.stem]))
    fields: dict[str, Places] = {field: dict(terms) for field, terms in places.items() if terms}
    for field, values in _facets(article).items():
        fields[field] = dict.fromkeys(values, (0,))
    fields[URL] = {article.url: (0,)}
    day = article.date_published.toordinal() if article.date_published else 0
    return Document(article.url, stamp_of(article), article.title, day, length, fields)


def _parts(article: Article) -> Iterable[str]:
    yield article.title
    if article.summary and article.summary[:80] not in article.text:
        yield article.summary
    yield article.text
    yield from _labels(article)


def _labels(article: Article) -> Sequence[str]:
    return (*(t.label for t in article.themes), *(p.name for p in article.places), *(p.name for p in article.partners))


def _boosted(article: Article) -> dict[str, Sequence[str]]:
    published = article.date_published
    return {
        "title": (article.title,),
        "headings": tuple(s.title for s in article.sections),
        "themes": tuple(t.label for t in article.themes),
        "countries": tuple(p.name for p in article.places if p.kind == "country"),
        "cities": tuple(p.name for p in article.places if p.kind != "country"),
        "partners": tuple(p.name for p in article.partners),
        "kinds": (pairs("kinds").get(article.kind, article.kind).replace("|", " "),),
        "dates": (f"{MONTHS[published.month - 1]} {published.year}",) if published else (),
        "summary": (article.summary,) if article.summary else (),
    }


def _facets(article: Article) -> dict[str, Sequence[str]]:
    countries = [p for p in article.places if p.kind == "country"]
    return {
        "country": [facet(p.country or p.name, p.name) for p in countries],
        "city": [facet(p.name, p.name) for p in article.places if p.kind == "city"],
        "theme": [facet(t.slug, t.label) for t in article.themes],
        "kind": [facet(article.kind, kind_label(article.kind))],
        "year": [facet(str(article.date_published.year), "")] if article.date_published else [],
        "language": [facet(article.language, "")] if article.language else [],
    }
