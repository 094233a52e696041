"""What a site tags meets what the text names: each place and partner once.

Tags of places are true and complete enough to be kept. Tags of partners, which no reader sees, go stale, are misspelt
and name towns, so they speak only where title and text name no partner. May import: records, gazetteer,
partner_words, places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.facts.gazetteer import Gazetteer, Sense, plain
from pipeline.facts.partner_words import Organisation, Text, grammar_of_names, known_organisations
from pipeline.facts.places import likeliest
from pipeline.records import Partner, Place

__all__ = ["merged_places", "tagged_organisations"]


def merged_places(tagged: Sequence[Place], found: Sequence[Place], gazetteer: Gazetteer) -> tuple[Place, ...]:
    """The tags, then what the text alone names; a tag that the text names too has its mentions.

    >>> from pipeline.facts.gazetteer import default_gazetteer
    >>> merged_places([Place("QUEBEC", None, "city")], [], default_gazetteer())[0]
    Place(name='Québec', country='CA', kind='city', spans=(), tagged=True)
    """
    codes = [place.country for place in (*tagged, *found) if place.kind == "country" and place.country]
    places: dict[tuple[str, str | None, str], Place] = {}
    met: set[Place] = set()
    for tag in tagged:
        senses = gazetteer.senses(tag.name.split(" (")[0]) if tag.kind == "city" else ()
        cities = [sense for sense in senses if sense.kind == "city"]
        named = next((place for place in found if _is_same(tag, place, cities)), None)
        place = replace(named or _settled(tag, cities, codes), tagged=True)
        if named:
            met.add(named)
        places.setdefault((plain(place.name), place.country, place.kind), place)
    return (*places.values(), *(place for place in found if place not in met))


def _is_same(tag: Place, place: Place, cities: Iterable[Sense]) -> bool:
    if tag.kind != place.kind:
        return False
    if tag.kind == "country":
        return tag.country == place.country
    by_name = plain(tag.name) == plain(place.name)
    return by_name or any((city.name, city.country) == (place.name, place.country) for city in cities)


def _settled(tag: Place, cities: Sequence[Sense], codes: Sequence[str]) -> Place:
    """A tagged city in the country where it lies: an article on Cambodia may be tagged with the city of Paris too."""
    if not cities:
        return tag
    city = likeliest([city for city in cities if city.country == tag.country] or cities, codes)
    # Sites print members in capitals, without their accents.
    name = city.name if plain(city.name) == plain(tag.name) else tag.name
    return replace(tag, name=name, country=city.country)


def tagged_organisations(tagged: Iterable[Partner], gazetteer: Gazetteer) -> Iterator[Partner]:
    """The tags that are organisations, by their usual names; towns, and the site's own organisation, are left out.

    >>> from pipeline.facts.gazetteer import default_gazetteer
    >>> tags = [Partner("Union europeenne"), Partner("Toulouse"), Partner("Siaap syndicat des eaux")]
    >>> [partner.name for partner in tagged_organisations(tags, default_gazetteer())]
    ['Union européenne', 'SIAAP']
    """
    for tag in tagged:
        text = Text(tag.name)
        organisation = _known(text)
        if organisation and not organisation.own:
            name = organisation.acronym if organisation.by_acronym and organisation.acronym else organisation.name
            yield Partner(name, None if name == organisation.acronym else organisation.acronym)
        elif not organisation and text.word(0) not in grammar_of_names().town_halls and not gazetteer.knows(tag.name):
            yield tag


def _known(text: Text) -> Organisation | None:
    """The well-known organisation of a label: its whole name, or its acronym, mostly with its name after it."""
    long, short = known_organisations()
    words = tuple(text.words)
    whole = (spelling.organisation for spelling in long.get(text.word(0), ()) if spelling.words == words)
    return next(whole, None) or short.get(text.word(0).upper())
