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

from index.engine import ACRONYM, AMOUNT, EVENT, EXACT, IMPACT_MAX, STEM, TITLE, URL, Card, Document, Stream
from index.french import analyze, streams
from index.likeness import likeness
from index.tuning import Weighing
from index.wordlists import pairs, words
from pipeline.records import Article, EventDate, Partner, Place

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


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
    title, body = read_title(article), read_body(article)
    published = article.date_published
    return Document(
        Card(
            article.url,
            stamp,
            article.title,
            article.kind,
            article.language or "",
            published.isoformat() if published else "",
        ),
        article.text,
        title,
        body,
        terms(count(article, title, body), weighing or Weighing()) | _values(article),
        published.toordinal() if published else 0,
        likeness([stem for _, stem, _, _ in body.tokens if stem is not None]),
    )


def read_title(article: Article) -> Stream:
    """The words of the title."""
    return Stream(*streams(article.title, article.language))


def read_body(article: Article) -> Stream:
    """The words of the text, passages in other languages by their own rules."""
    passages = [(p.span.start_chars, p.span.end_chars, p.language) for p in article.passages]
    return Stream(*streams(article.text, article.language, passages))


def count(article: Article, title: Stream, body: Stream) -> Counts:
    """How often each term stands where; `title` and `body` are read already."""
    stems: Counter[str | None] = Counter()
    exacts: Counter[str] = Counter()
    for stream in (title, body, *map(_read, _labels(article))):
        exacts.update([exact for exact, *_ in stream.tokens])
        exacts.update([exact for _, _, exact, _ in stream.joins])
        stems.update([stem for _, stem, _, _ in stream.tokens])
        stems.update([stem for *_, stem in stream.joins])
    length = exacts.total()
    fields = {"title": _stems([title])}
    for field, texts in _boosted(article).items():
        fields[field] = _stems(map(_read, texts))
    title_exacts = Counter([exact for exact, *_ in title.tokens] + [exact for _, _, exact, _ in title.joins])
    return Counts({stem: n for stem, n in stems.items() if stem is not None}, exacts, title_exacts, fields, length)


def _read(text: str) -> Stream:
    return Stream(*streams(text))


def _stems(read: Iterable[Stream]) -> Mapping[str, int]:
    held: list[str | None] = []
    for stream in read:
        held += [stem for _, stem, _, _ in stream.tokens]
        held += [stem for *_, stem in stream.joins]
    return Counter([stem for stem in held if stem is not None])


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
        STEM: {term: _impact(weight, held) for term, weight in weights.items()},
        EXACT: {term: _impact(weight, held) for term, weight in exacts.items()},
        TITLE: dict.fromkeys(counts.fields.get("title", ()), 1),
    }


def _impact(weight: float, held: float) -> int:
    """At least 1, however long the article: 0 is the impact of a term that is not there."""
    return max(1, round(IMPACT_MAX * weight / (weight + held)))


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
        ACRONYM: [f"{acronym.acronym}\t{acronym.expansion}" for acronym in article.acronyms],
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
