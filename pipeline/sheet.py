"""An article as lines to read, in French: `aimf show`. May import: records."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.records import Amount, Article, EventDate, Partner

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def lines(article: Article) -> Iterator[str]:
    """Title, dates, address, what the article states, and its text."""
    yield article.title
    dates = [f"publié le {article.date_published:%d/%m/%Y}" if article.date_published else "sans date"]
    if article.date_modified:
        dates.append(f"modifié le {article.date_modified:%d/%m/%Y}")
    yield " · ".join([article.kind, *dates, f"version {article.version}"])
    yield article.url
    facts = {
        "Thèmes": [term.label for term in article.themes],
        "Lieux": [place.name for place in article.places],
        "Partenaires": [partner_name(partner) for partner in article.partners],
        # Both ends of a range have the range's words.
        "Montants": list(dict.fromkeys(_amount(amount) for amount in article.amounts)),
        "Dates": list(dict.fromkeys(when(event) for event in article.event_dates)),
        "Sigles": [f"{one.acronym} ({one.expansion})" for one in article.acronyms],
        "Documents": article.attachments,
    }
    for name, values in facts.items():
        if values:
            yield f"{name}\u00a0: {', '.join(values)}"
    if article.text:
        yield ""
        yield article.text


def partner_name(partner: Partner) -> str:
    """The name, with its acronym when that is another.

    >>> partner_name(Partner("Agence française de développement", "AFD"))
    'Agence française de développement (AFD)'
    """
    if partner.acronym and partner.acronym != partner.name:
        return f"{partner.name} ({partner.acronym})"
    return partner.name


def _amount(amount: Amount) -> str:
    """The sum as the text has it, with its « près de »."""
    written = " ".join(amount.text.split())
    return f"{amount.qualifier} {written}" if amount.qualifier else written


def when(event: EventDate) -> str:
    """A date or a span of dates, the year always written.

    >>> when(EventDate("2022-05-30", "2022-06-01", "day", ""))
    '30 mai – 1er juin 2022'
    >>> when(EventDate("2022-05-23", "2022-05-27", "day", "")), when(EventDate("2021-12", "2022-01", "month", ""))
    ('23–27 mai 2022', 'décembre 2021 – janvier 2022')
    >>> when(EventDate("2011", "2014", "year", "")), when(EventDate("2022-05", "2022-05", "month", ""))
    ('2011–2014', 'mai 2022')
    """
    first, last = _parts(event.start), _parts(event.end)
    if first == last:
        return " ".join(last)
    own = list(first)
    while len(own) > 1 and first[len(own) - 1 :] == last[len(own) - 1 :]:
        own.pop()
    joint = "–" if len(own) == 1 and own[0] not in _MONTHS else " – "
    return " ".join(own) + joint + " ".join(last)


def _parts(moment: str) -> list[str]:
    """Day, month and year of an ISO date, as far as it goes, in French words."""
    year, *finer = moment.split("-")
    parts = [_MONTHS[int(finer[0]) - 1], year] if finer else [year]
    if len(finer) > 1:
        parts.insert(0, "1er" if int(finer[1]) == 1 else str(int(finer[1])))
    return parts
