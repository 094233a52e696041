"""French and English as they are printed: spaces that do not break, numbers, dates in words. Pure.

Only words of ours pass through here. What an article says is shown letter for letter.
"""

from __future__ import annotations

import re
from datetime import date, datetime

NO_BREAK, NARROW = "\u00a0", "\u202f"
FRENCH, ENGLISH = "fr", "en"
_MONTHS = {
    FRENCH: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    ENGLISH: "January February March April May June July August September October November December".split(),
}


def spaced(text: str) -> str:
    r"""French text typed with ordinary spaces, as it is printed.

    >>> spaced("« Eau » : 12 345 articles ?"), spaced("{n} mots")
    ('«\xa0Eau\xa0»\xa0: 12\u202f345 articles\u202f?', '{n}\xa0mots')
    """
    text = re.sub(r"« ?", f"«{NO_BREAK}", text.replace("{n} ", f"{{n}}{NO_BREAK}"))
    text = re.sub(r" ?»", f"{NO_BREAK}»", text)
    text = re.sub(r" (?=:(?:\s|$))", NO_BREAK, text)
    text = re.sub(r" (?=[;!?])", NARROW, text)
    return re.sub(r"(?<=\d) (?=\d{3}\b)", NARROW, text)


def number(value: int, language: str = FRENCH) -> str:
    r"""A number in groups of three.

    >>> number(12345), number(12345, "en")
    ('12\u202f345', '12,345')
    """
    return f"{value:,}".replace(",", NARROW) if language == FRENCH else f"{value:,}"


def day(value: date, language: str = FRENCH) -> str:
    r"""A date in words.

    >>> day(date(2022, 5, 1)), day(date(2022, 5, 24)), day(date(2022, 5, 1), "en")
    ('1ᵉʳ\xa0mai\xa02022', '24\xa0mai\xa02022', '1\xa0May\xa02022')
    """
    of_month = "1ᵉʳ" if language == FRENCH and value.day == 1 else str(value.day)
    return f"{of_month}{NO_BREAK}{_MONTHS[language][value.month - 1]}{NO_BREAK}{value.year}"


def moment(value: datetime, language: str = FRENCH) -> str:
    r"""A time in words; all times of the archive are UTC.

    >>> moment(datetime(2024, 3, 18, 2, 5)), moment(datetime(2024, 3, 18, 2, 5), "en")
    ('18\xa0mars\xa02024 à 2\xa0h\xa005 UTC', '18\xa0March\xa02024, 02:05 UTC')
    """
    if language == FRENCH:
        return f"{day(value)} à {value.hour}{NO_BREAK}h{NO_BREAK}{value.minute:02} UTC"
    return f"{day(value, language)}, {value:%H:%M} UTC"


def span(start: str, end: str, language: str = FRENCH) -> str:
    r"""A date or a span of dates that is known to the day, the month or the year (ISO 8601, cut).

    >>> span("2022-05-23", "2022-05-27"), span("2022-05", "2022-05"), span("2011", "2014")
    ('23–27\xa0mai\xa02022', 'mai\xa02022', '2011–2014')
    >>> span("2022-05-30", "2022-06-01"), span("2021-13", "2021-13")
    ('30\xa0mai –\u20091ᵉʳ\xa0juin\xa02022', '2021-13')
    """
    first, last = _words(start, language), _words(end, language)
    if first == last:
        return NO_BREAK.join(last)
    own = list(first)
    while len(own) > 1 and first[len(own) - 1 :] == last[len(own) - 1 :]:
        own.pop()
    joint = "–" if len(own) == 1 else " –\u2009"
    return NO_BREAK.join(own) + joint + NO_BREAK.join(last)


def _words(moment: str, language: str) -> list[str]:
    """Day, month and year of an ISO date, as far as it goes; what is no date stays as it is."""
    try:
        year, *finer = moment.split("-")
        words = [_MONTHS[language][range(1, 13).index(int(finer[0]))], year] if finer else [year]
        if len(finer) > 1:
            first = language == FRENCH and int(finer[1]) == 1
            words.insert(0, "1ᵉʳ" if first else str(int(finer[1])))
    except ValueError:
        return [moment]
    return words
