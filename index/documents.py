"""An Article becomes a Document: which of its words weigh how much.

All words of an article count once; what deserves more is counted again with its field's weight, and all of it goes
through one BM25 saturation (BM25F: a word of the title is worth several in the text, not a score of its own).
Places and partners that an article names once, in passing, deserve nothing more: with them the judged queries of the
archive lose half a point of nDCG (0.918 for 0.924).
May import: engine, french, likeness, tuning, wordlists, pipeline.records.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from index.engine import AMOUNT, EVENT, EXACT, IMPACT_MAX, STEM, TITLE, URL, Card, Document, Stream
from index.french import Token, analyze
from index.likeness import likeness
from index.tuning import Weighing
from index.wordlists import pairs, words
from pipeline.records import Article, EventDate, Partner, Place

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

JOINED_MAX = 20
"""Words of the longest compound that is marked whole."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each term stands in an article: in all of it, and in each field that deserves more weight."""

    stems: Mapping[str, int]
    exacts: Mapping[str, int]
    title_exacts: Mapping[str, int]
    fields: Mapping[str, Mapping[str, int]]
    length: int


def stamp_of(article: Article) -> str:
    """Changes whenever the index must be written again for this article."""
    written = (article.content_hash, article.date_modified, *_labels(article), _boosted(article), _values(article))
    return hashlib.sha256(repr(written).encode("utf-8", "surrogatepass")).hexdigest()[:32]


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


def to_document(article: Article, stamp: str = "", weighing: Weighing | None = None) -> Document:
    """The article, ready for an engine; `stamp` is given back with its card."""
    title, body = analyze(article.title), analyze(article.text)
    return Document(
        Card(
            article.url,
            stamp,
            article.title,
            article.kind,
            article.language or "",
            article.date_published.isoformat() if article.date_published else "",
        ),
        article.text,
        stream(title),
        stream(body),
        terms(count(article, title, body), weighing or Weighing()) | _values(article),
        article.date_published.toordinal() if article.date_published else 0,
        likeness([token.stem for token in body if token.stem is not None]),
    )


def stream(tokens: Sequence[Token]) -> Stream:
    """Tokens in order, second readings apart."""
    held: list[tuple[str, str | None, int, int]] = []
    firsts: dict[int, int] = {}
    for token in tokens:
        if not token.joined:
            firsts.setdefault(token.position, len(held))
            held.append((token.exact, token.stem, token.start, token.end))
    joins = []
    for token in tokens:
        if token.joined and token.position in firsts:
            first = firsts[token.position]
            within = held[first : first + JOINED_MAX]
            joins.append((first, max(1, sum(end <= token.end for *_, end in within)), token.exact, token.stem))
            # « N'Djaména » is marked whole, though its first reading is « Djaména ».
            exact, stem, start, end = held[first]
            held[first] = (exact, stem, min(start, token.start), end)
    return Stream(held, joins)


def count(article: Article, title: Sequence[Token], body: Sequence[Token]) -> Counts:
    """How often each term stands where; `title` and `body` are analysed already."""
    stems: Counter[str] = Counter()
    exacts: Counter[str] = Counter()
    for tokens in (title, body, *map(analyze, _labels(article))):
        exacts.update([token.exact for token in tokens])
        stems.update([token.stem for token in tokens if token.stem is not None])
    fields = {"title": Counter(token.stem for token in title if token.stem is not None)}
    for field, texts in _boosted(article).items():
        fields[field] = Counter(t.stem for text in texts for t in analyze(text) if t.stem is not None)
    return Counts(stems, exacts, Counter(token.exact for token in title), fields, exacts.total())


def terms(counts: Counts, weighing: Weighing) -> dict[str, Mapping[str, int]]:
    """The impact of every term (BM25F, Robertson and Zaragoza 2009)."""
    weights: dict[str, float] = dict(counts.stems)
    for field, weight in weighing.fields.items():
        for term, number in counts.fields.get(field, {}).items():
            weights[term] = weights.get(term, 0.0) + weight * number
    exacts: dict[str, float] = dict(counts.exacts)
    for term, number in counts.title_exacts.items():
        exacts[term] += weighing.exact_title * number
    norm = 1 - weighing.length + weighing.length * counts.length / weighing.usual_words
    held = weighing.saturation * norm
    return {
        STEM: {term: round(IMPACT_MAX * weight / (weight + held)) for term, weight in weights.items()},
        EXACT: {term: round(IMPACT_MAX * weight / (weight + held)) for term, weight in exacts.items()},
        TITLE: dict.fromkeys(counts.fields.get("title", ()), 1),
    }


def _labels(article: Article) -> Iterable[str]:
    """What the article is tagged with, and the usual names of places that it spells otherwise (Saigon)."""
    if article.summary and article.summary[:80] not in article.text:
        yield article.summary
    yield from (theme.label for theme in article.themes)
    written = f"{article.title}\n{article.text}"
    yield from (place.name for place in article.places if place.tagged or place.name not in written)
    yield from (partner.name for partner in article.partners if not partner.spans)


def _in_passing(fact: Place | Partner) -> bool:
    """Whether the text names it once; tags and titles that do so alone leave no mention."""
    return len(fact.spans) == 1


def _boosted(article: Article) -> dict[str, Sequence[str]]:
    published = article.date_published
    places = [place for place in article.places if place.tagged or not _in_passing(place)]
    return {
        "headings": tuple(s.title for s in article.sections),
        "themes": tuple(t.label for t in article.themes),
        "countries": tuple(p.name for p in places if p.kind == "country"),
        "cities": tuple(p.name for p in places if p.kind != "country"),
        "partners": tuple(p.name for p in article.partners if not _in_passing(p)),
        "kinds": (pairs("kinds").get(article.kind, article.kind).replace("|", " "),),
        "dates": (f"{MONTHS[published.month - 1]} {published.year}",) if published else (),
        "summary": (article.summary,) if article.summary else (),
    }


def _values(article: Article) -> dict[str, Mapping[str, int]]:
    countries = [p for p in article.places if p.kind == "country"]
    partners = [facet(p.name, p.name if p.acronym is None else f"{p.name} ({p.acronym})") for p in article.partners]
    found: dict[str, Iterable[str]] = {
        "country": [facet(p.country or p.name, p.name) for p in countries],
        "city": [facet(p.name, p.name) for p in article.places if p.kind == "city"],
        "theme": [facet(t.slug, t.label) for t in article.themes],
        "partner": [value for value in partners if not _is_programme(value)],
        "programme": [value for value in partners if _is_programme(value)],
        "kind": [facet(article.kind, kind_label(article.kind))],
        "year": [facet(str(article.date_published.year), "")] if article.date_published else [],
        "language": [facet(article.language, "")] if article.language else [],
        EVENT: [span for event in article.event_dates if (span := _days(event))],
        AMOUNT: [f"{amount.currency}\t{amount.value}" for amount in article.amounts],
        URL: [article.url],
    }
    return {field: dict.fromkeys(values, 1) for field, values in found.items() if values}


def _is_programme(value: str) -> bool:
    """Whether an organisation's name is that of a programme: by its first word."""
    first = analyze(value)[:1]
    return bool(first) and first[0].exact in words("programmes")


def _days(event: EventDate) -> str | None:
    """First and last day of an event, as ordinals; None when the year is not known.

    >>> span = _days(EventDate("2022-05", "2022-05", "month", "mai 2022")) or ""
    >>> [str(date.fromordinal(int(day))) for day in span.split()]
    ['2022-05-01', '2022-05-31']
    """
    try:
        first = [int(part) for part in event.start.split("-")]
        last = [int(part) for part in event.end.split("-")]
        begin = date(first[0], first[1] if len(first) > 1 else 1, first[2] if len(first) > 2 else 1)
        if len(last) > 2:
            return f"{begin.toordinal()}\t{date(*last[:3]).toordinal()}"
        year, month = (last[0], last[1] + 1) if len(last) > 1 and last[1] < len(MONTHS) else (last[0] + 1, 1)
        return f"{begin.toordinal()}\t{date(year, month, 1).toordinal() - 1}"
    except ValueError:
        return None
