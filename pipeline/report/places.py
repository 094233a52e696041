"""Names that stand where places stand and that the gazetteer lacks: candidates for `facts.places` of config.yaml.

May import: export, facts, records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.export import _cell, _row
from pipeline.facts.gazetteer import Gazetteer
from pipeline.facts.places import unknown_candidates
from pipeline.records import Article

CSV_COLUMNS = ("Nom", "Mentions", "Articles", "Adresse")
# A name that one article has once is mostly a misprint, a person or a street.
_LEAST_MENTIONS = 2


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """A name, how often the archive has it, in how many articles, and one of them."""

    name: str
    mentions: int
    articles: int
    url: str


def unknown_places(articles: Iterable[Article], gazetteers: Mapping[str, Gazetteer]) -> list[UnknownPlace]:
    """The candidates, the most frequent first; `gazetteers` are those of the sites, by name."""
    found: dict[str, UnknownPlace] = {}
    for article in articles:
        for name, mentions in unknown_candidates([article.text], gazetteer=gazetteers.get(article.site)):
            known = found.get(name, UnknownPlace(name, 0, 0, article.url))
            found[name] = UnknownPlace(name, known.mentions + mentions, known.articles + 1, known.url)
    often = (place for place in found.values() if place.mentions >= _LEAST_MENTIONS)
    return sorted(often, key=lambda place: (-place.articles, -place.mentions, place.name))


def as_record(places: Sequence[UnknownPlace]) -> list[dict[str, Any]]:
    """The candidates as JSON values."""
    return [asdict(place) for place in places]


def spreadsheet(places: Iterable[UnknownPlace]) -> Iterator[str]:
    """CSV as a French spreadsheet opens it."""
    yield "\ufeff" + _row(CSV_COLUMNS)
    for place in places:
        yield _row(_cell(cell) for cell in (place.name, place.mentions, place.articles, place.url))


def table(places: Sequence[UnknownPlace]) -> Iterator[str]:
    """The candidates for people, with what to do."""
    if not places:
        yield "Aucun nom de lieu inconnu n’est fréquent."
        return
    yield "Noms fréquents qui manquent au répertoire des lieux. Ceux qui sont des villes s’ajoutent dans config.yaml,"
    yield "sous facts, places\u00a0: - { country: SN, name: Ndiob }"
    for place in places:
        yield f"{place.articles:>5} article{'s' if place.articles > 1 else ' '}  {place.name}  {place.url}"
