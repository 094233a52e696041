"""The fields of an article that its own words state: places, partners, amounts, dates, acronyms, quotes.

The facts are read by pipeline.facts; here stand what they are read from (title, text, the line on which the page of an
event prints when the event is). May import: config, records, facts, shown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from pipeline.config import FactRules
from pipeline.extract.shown import Shown
from pipeline.facts.dates import find_dates
from pipeline.facts.gazetteer import Gazetteer
from pipeline.facts.read import gazetteer_with, read_facts
from pipeline.records import Article, EventDate

# « Abidjan, du 28 juin au 2 juillet 2022 » with room for a place; longer lines are sentences.
_LINE_CHARS = 80
# Servers and readers stand in different time zones.
_AGREE_DAYS = 1
_SIGNS = re.compile(r"[\W_]+")


def with_facts(article: Article, shown: Shown, rules: FactRules) -> Article:
    """The article with the facts that it states; its places and partners so far are the site's tags."""
    line = event_line(article, shown)
    facts = read_facts(
        article.title,
        article.text,
        date_line=line,
        published=article.date_published,
        language=article.language,
        tagged_places=article.places,
        tagged_partners=article.partners,
        gazetteer=gazetteer_of(rules),
    )
    return replace(
        article,
        places=facts.places,
        partners=facts.partners,
        amounts=facts.amounts,
        event_dates=facts.event_dates,
        acronyms=facts.acronyms,
        quotes=facts.quotes,
        sources={**article.sources, **facts.sources},
    )


def gazetteer_of(rules: FactRules) -> Gazetteer:
    """The gazetteer with the names that the settings add."""
    return gazetteer_with(tuple((place.country, place.name, *place.variants) for place in rules.places))


def event_line(article: Article, shown: Shown) -> str | None:
    """The line near the title that says when the event is; None: there is none.

    Such a line has a span of days; or it is a day and nothing else, on which the article was neither published nor
    changed.
    """
    days = [day for day in (article.date_published, article.date_modified) if day]
    for block in shown.near_title():
        # What is kept is read with the text, and the title by itself.
        if block.rule is None or len(block.text) > _LINE_CHARS or block.text == article.title:
            continue
        for event in find_dates(block.text):
            if event.precision == "day" and _is_of_event(event, block.text, days):
                return block.text
    return None


def _is_of_event(event: EventDate, line: str, own_days: list[date]) -> bool:
    if event.start != event.end:
        return True
    alone = _SIGNS.sub("", event.text) == _SIGNS.sub("", line)
    start = date.fromisoformat(event.start)
    return alone and all(abs((start - day).days) > _AGREE_DAYS for day in own_days)
