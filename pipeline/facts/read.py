"""All facts of an article in one reading: places first, they tell currencies; acronyms next, they name partners.

What the site tags and what the text names become one list, each place and partner once. May import: records and every
reader of facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from types import MappingProxyType

from pipeline.facts.acronyms import find_acronyms
from pipeline.facts.amounts import find_amounts
from pipeline.facts.dates import find_dates
from pipeline.facts.gazetteer import Gazetteer, default_gazetteer
from pipeline.facts.partners import find_partners
from pipeline.facts.places import find_places
from pipeline.facts.quotes import find_quotes
from pipeline.facts.tags import merged_places, tagged_organisations
from pipeline.records import Acronym, Amount, EventDate, Partner, Place, Quote

__all__ = ["Facts", "gazetteer_with", "read_facts"]

# The grammars of dates, partners and acronyms know these languages; None: a text too short to tell.
_READ_LANGUAGES = frozenset({"fr", "en", None})
# What a tag and the title weigh beside one mention in the text, where an article's main country is looked for; they
# settle what « $ » is in an article on several countries. Chosen by judgement.
_TAG_MENTIONS = 5
_TITLE_MENTIONS = 3
_READ = "title and text"
_TAGS = "site's tags"
_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Facts:
    """What an article states; `sources` says where each field that has a value was read."""

    places: tuple[Place, ...] = ()
    partners: tuple[Partner, ...] = ()
    amounts: tuple[Amount, ...] = ()
    event_dates: tuple[EventDate, ...] = ()
    acronyms: tuple[Acronym, ...] = ()
    quotes: tuple[Quote, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


@cache
def gazetteer_with(rows: tuple[tuple[str, ...], ...]) -> Gazetteer:
    """The gazetteer with names that staff add (country code, name, other spellings), made once a process."""
    return default_gazetteer().with_names(rows) if rows else default_gazetteer()


def read_facts(  # noqa: PLR0913 - what the page says beside its text, each by name
    title: str,
    text: str,
    *,
    date_line: str | None = None,
    published: date | None = None,
    language: str | None = None,
    tagged_places: tuple[Place, ...] = (),
    tagged_partners: tuple[Partner, ...] = (),
    known_acronyms: Mapping[str, str] = _NOTHING_KNOWN,
    gazetteer: Gazetteer | None = None,
) -> Facts:
    """The facts of an article.

    `date_line` is what the page prints beside its title on when the event is; `known_acronyms` gives expansions that
    other articles spell out. Spans count in `text`; what only title, date line or tags name has none.

    >>> facts = read_facts("Dakar", "À Dakar (Sénégal), le 3 mai 2022, l’UNICEF verse 2 millions de FCFA.")
    >>> [place.name for place in facts.places], [partner.name for partner in facts.partners]
    (['Dakar', 'Sénégal'], ['UNICEF'])
    >>> facts.amounts[0].currency, facts.event_dates[0].start
    ('XOF', '2022-05-03')
    """
    known_places = gazetteer or default_gazetteer()
    found = find_places(title, text, tagged=tagged_places, gazetteer=known_places)
    facts = Facts(
        places=merged_places(tagged_places, found, known_places),
        amounts=_amounts(title, text, _by_importance(tagged_places, found)),
        quotes=find_quotes(text),
    )
    if language in _READ_LANGUAGES:
        acronyms = find_acronyms(text)
        expansions = {**known_acronyms, **{one.acronym: one.expansion for one in acronyms}}
        partners = find_partners(title, text, known=expansions)
        dates = _dates(title, date_line, text, published)
        facts = replace(facts, partners=partners, event_dates=dates, acronyms=acronyms)
    sources = {
        "places": _both(_TAGS if tagged_places else "", _READ if found else ""),
        "partners": _READ if facts.partners else _TAGS,
        "amounts": _READ,
        "event_dates": _both("date line" if date_line else "", _READ),
        "acronyms": "text",
        "quotes": "text",
    }
    if not facts.partners:
        facts = replace(facts, partners=tuple(tagged_organisations(tagged_partners, known_places)))
    return replace(facts, sources={name: source for name, source in sources.items() if getattr(facts, name)})


def _both(*sources: str) -> str:
    return ", ".join(filter(None, sources))


def _by_importance(tagged: Iterable[Place], found: Iterable[Place]) -> tuple[str, ...]:
    """Codes of the article's countries, those of its cities among them, the most spoken of first."""
    weights: Counter[str] = Counter()
    for place in tagged:
        if place.country:
            weights[place.country] += _TAG_MENTIONS
    for place in found:
        if place.country:
            weights[place.country] += len(place.spans) or _TITLE_MENTIONS
    return tuple(code for code, _ in weights.most_common())


# --- amounts and dates: what title and text both say is told once, where the text says it


def _amounts(title: str, text: str, countries: tuple[str, ...]) -> tuple[Amount, ...]:
    told = {(one.value, one.currency): replace(one, span=None) for one in find_amounts(title, countries=countries)}
    told.update({(one.value, one.currency): one for one in find_amounts(text, countries=countries)})
    return tuple(told.values())


def _dates(title: str, date_line: str | None, text: str, published: date | None) -> tuple[EventDate, ...]:
    """Dates of title, date line and text; the text's « mardi 3 » is near the event, if the page says when."""
    line = find_dates(date_line, published=published) if date_line else ()
    reference = date.fromisoformat(line[0].start) if line and line[0].precision == "day" else published
    above = [replace(one, span=None) for one in (*line, *find_dates(title, published=reference))]
    told = {(one.start, one.end, one.precision): one for one in above}
    told.update({(one.start, one.end, one.precision): one for one in find_dates(text, published=reference)})
    return tuple(told.values())
