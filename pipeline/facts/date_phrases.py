"""The phrases of a text that are dates, with no judgement on what they tell: finding and joining.

One scan finds days of a month, months, seasons and years; neighbours are joined into ranges. Works on text in small
letters. The words are data/dates_*. May import: the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

# How far back the wordings that judge a date are looked for: the longest of them and three words.
BEFORE_CHARS = 60

Moment = tuple[int, int, int]  # year, month, day; 0 where not written or finer than the precision
YEAR, MONTH, DAY = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """A date as found: its place, its precision, both ends, and the words that stand with it."""

    begin: int
    end: int
    precision: int
    first: Moment
    last: Moment
    weekday: int = 0
    hint: str = ""
    kind: str = ""

    @property
    def is_single(self) -> bool:
        """Whether it is one day, month or year, no range."""
        return self.first == self.last


_S = r"[^\S\n]"
GAP, GAPS = _S + "{0,3}", _S + "{1,3}"  # bounded, for hostile text


def _lines(name: str) -> list[str]:
    text = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(name)]


def _sections(name: str) -> dict[str, frozenset[str]]:
    parts = "\n".join(_lines(name)).split("[")[1:]
    return {part.partition("]")[0]: frozenset(part.partition("]")[2].strip().split("\n")) for part in parts}


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first."""
    escaped = (re.escape(word).replace(r"\ ", GAPS).replace("'", "['’]") for word in words)
    return "|".join(sorted(escaped, key=len, reverse=True))


WORDINGS = _sections("dates_wordings.txt")
_MONTHS = {name: int(row[0]) for row in _rows("dates_months.tsv") for name in row[1:]}
_ENGLISH_MONTHS = [row[-1] for row in _rows("dates_months.tsv")]
_WEEKDAYS = {name: int(row[0]) for row in _rows("dates_weekdays.tsv") for name in row[1:]}
_SEASONS = {name: (int(row[0]), int(row[1])) for row in _rows("dates_seasons.tsv") for name in row[2:]}
ARTICLES = frozenset(("le", "la", "les", "l'", "ce", "cet", "cette", "ces", "du", "au", "the", "un", "une"))

BAR = "[-‐‑–—]"
_YEAR = rf"(?:1[6-9]|20)\d\d(?![\d%°]|[.,]\d|{_S}\d\d\d(?!\d))"
_NUMBER = rf"(?:1{_S}?(?:er|ᵉʳ)|(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?)(?![\d%°€$])"
_DAY = rf"(?:(?:{any_of(_WEEKDAYS)}){GAPS})?{_NUMBER}"
_LINK = rf"(?:{GAPS}(?:et|au|à|and|to|&|jusqu['’]au){GAPS}|{GAP}[-‐‑–—/&]{GAP})(?:(?:le|the){GAPS})?"


def _tail(name: str) -> str:
    """What may follow a month or a season: "dernier", "prochain", or the year."""
    return (
        rf"(?:{GAPS}(?P<{name}_hint>derni(?:er|ère)s?|passée?s?|prochaine?s?|last|next)\b"
        rf"|,?{GAP}(?:(?:de|of){GAPS}(?:l['’]année{GAPS})?)?(?P<{name}_year>{_YEAR}))?"
    )


_FIRST_LETTERS = "".join(sorted({name[0] for name in (*_MONTHS, *_WEEKDAYS, *_SEASONS)}))
_PHRASE = re.compile(
    rf"\b(?=[\d{_FIRST_LETTERS}])(?<![@#.,])(?:"
    r"(?P<iso>(?:19|20)\d\d-[01]\d-[0-3]\d)(?!-?\d)"
    r"|(?P<numeric>[0-3]?\d(?P<mark>[/.])[01]?\d(?P=mark)(?:(?:19|20)\d\d|\d\d))(?![\d/]|\.\d)"
    r"|(?P<number_month>(?:0[1-9]|1[0-2])/(?:19|20)\d\d)(?![\d/])"
    rf"|(?P<days>{_DAY}(?:(?:{GAP},{GAP}{_DAY}){{0,9}}{_LINK}{_DAY})?){GAP}(?:of{GAPS})?(?P<day_month>{any_of(_MONTHS)})"
    rf"(?!\w){_tail('day')}"
    rf"|(?P<english_month>{any_of(_ENGLISH_MONTHS)}){GAPS}(?P<english_days>{_NUMBER}(?:{_LINK}{_NUMBER})?)"
    rf"(?:,?{GAPS}(?P<english_year>{_YEAR}))?"
    rf"|(?P<season>{any_of(_SEASONS)})(?!\w){_tail('season')}"
    rf"|(?P<month>{any_of(_MONTHS)})(?!\w){_tail('month')}"
    rf"|(?P<year>{_YEAR}))(?!\w)",
)
_JOIN = re.compile(
    rf"{GAP}(?:(?P<to>au|à|jusqu['’](?:en|à|au)|to|until|{BAR}|/)|(?P<and>et|and|&))"
    rf"(?:{GAPS}(?:le|la|du|de|fin|début|en|the|mois{GAPS}de)|{GAPS}(?:mois{GAPS})?d['’])?{GAP}",
)
LIST = re.compile(rf"{GAP}(?:,|et|ou|puis|and|or){GAP}(?:en{GAPS})?")
# Addresses, and what follows the handle of an embedded tweet: its own date.
_NO_TEXT = re.compile(r"(?:https?://|www\.|pic\.twitter\.)\S+|\(@\w+\).*")


def small_letters(text: str) -> str:
    """The text in small letters without addresses, every character still in its place."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return _NO_TEXT.sub(lambda match: " " * len(match[0]), small)


def find_phrases(text: str) -> list[Phrase]:
    """The dates of a text in small letters, in its order, ranges joined.

    >>> [(p.first, p.last) for p in find_phrases("du 30 mai au 2 juin 2022")]
    [((2022, 5, 30), (2022, 6, 2))]
    """
    return _joined(text, [phrase for match in _PHRASE.finditer(text) for phrase in _phrases(match)])


def words_before(text: str, begin: int) -> list[str]:
    """The words of the line that stand shortly before a place."""
    left = text[max(0, begin - BEFORE_CHARS) : begin].rpartition("\n")[2]
    return [word.lstrip('(«“"[') for word in left.replace("’", "'").split()]


def ends_in(words: list[str], section: str) -> bool:
    """Whether the words end in a wording of that section, articles aside."""
    end = len(words)
    while end and words[end - 1] in ARTICLES:
        end -= 1
    wordings = WORDINGS[section]
    return any(
        " ".join(words[start:stop]) in wordings for stop in {end, len(words)} for start in range(max(0, stop - 5), stop)
    )


def in_year(phrase: Phrase, year: int) -> Phrase | None:
    """The phrase with its last end in that year; None if that year has no such day."""
    (_, *first), (_, *last) = phrase.first, phrase.last
    begins = year - (first > last)
    dated = replace(phrase, first=(begins, first[0], first[1]), last=(year, last[0], last[1]))
    return dated if begins > 0 and is_possible(dated.first) and is_possible(dated.last) else None


# --- finding


def _phrases(match: re.Match[str]) -> list[Phrase]:
    """What one match says: usually one phrase, several for a list of days, none for an impossible date."""
    begin, end = match.span()
    kind = next(name for name in _READERS if match[name])
    return [
        replace(phrase, begin=begin, end=end, kind=phrase.kind or kind)
        for phrase in _READERS[kind](match)
        if is_possible(phrase.first) and is_possible(phrase.last)
    ]


def is_possible(moment: Moment) -> bool:
    """Whether the calendar has such a day; without a year: whether any year has it."""
    year, month, day = moment
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return False
    return True


def _read_iso(match: re.Match[str]) -> list[Phrase]:
    year, month, day = map(int, match["iso"].split("-"))
    return [Phrase(0, 0, DAY, (year, month, day), (year, month, day))] if month and day else []


def _read_numeric(match: re.Match[str]) -> list[Phrase]:
    day, month, year = map(int, re.split("[/.]", match["numeric"]))
    if not day or not month:
        return []
    kind = "short" if year < 100 else ""
    year += 2000 if kind else 0
    return [Phrase(0, 0, DAY, (year, month, day), (year, month, day), kind=kind)]


def _read_number_month(match: re.Match[str]) -> list[Phrase]:
    month, year = map(int, match["number_month"].split("/"))
    return [Phrase(0, 0, MONTH, (year, month, 0), (year, month, 0))]


def _read_days(match: re.Match[str]) -> list[Phrase]:
    month, year = _MONTHS[match["day_month"]], int(match["day_year"] or 0)
    return _days(match, match["days"], (year, month), match["day_hint"] or "")


def _read_english(match: re.Match[str]) -> list[Phrase]:
    month, year = _MONTHS[match["english_month"]], int(match["english_year"] or 0)
    return _days(match, match["english_days"], (year, month), "")


def _days(match: re.Match[str], words: str, year_month: tuple[int, int], hint: str) -> list[Phrase]:
    days = [int(number) for number in re.findall(r"\d+", words)]
    weekday = next((_WEEKDAYS[word] for word in re.findall(r"[a-z]+", words) if word in _WEEKDAYS), 0)
    listed = re.search(r"\b(?:et|and)\b|&", words)
    gaps = {after - before for before, after in pairwise(days)}
    if min(gaps, default=1) < 1:  # "salle 12, 3 mai": the number before is no day
        days, weekday = days[-1:], 0
    elif listed and gaps != {1} and not ends_in(words_before(match.string, match.start()), "range"):
        return [Phrase(0, 0, DAY, (*year_month, day), (*year_month, day), 0, hint) for day in days]
    return [Phrase(0, 0, DAY, (*year_month, days[0]), (*year_month, days[-1]), weekday, hint)]


def _read_season(match: re.Match[str]) -> list[Phrase]:
    name = re.sub(r"\s+", " ", match["season"])
    year, (first, last) = int(match["season_year"] or 0), _SEASONS[name]
    over = year + 1 if year and last < first else year
    return [Phrase(0, 0, MONTH, (year, first, 0), (over, last, 0), 0, match["season_hint"] or "")]


def _read_month(match: re.Match[str]) -> list[Phrase]:
    moment = (int(match["month_year"] or 0), _MONTHS[match["month"]], 0)
    return [Phrase(0, 0, MONTH, moment, moment, 0, match["month_hint"] or "")]


def _read_year(match: re.Match[str]) -> list[Phrase]:
    return [Phrase(0, 0, YEAR, (int(match["year"]), 0, 0), (int(match["year"]), 0, 0))]


_READERS = {
    "iso": _read_iso,
    "numeric": _read_numeric,
    "number_month": _read_number_month,
    "days": _read_days,
    "english_month": _read_english,
    "season": _read_season,
    "month": _read_month,
    "year": _read_year,
}


# --- joining


def _joined(text: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Neighbours that make one range become one phrase; in "le 3 mars et le 12 avril 2022" the year is shared."""
    joined: list[Phrase] = []
    for phrase in phrases:
        if not joined or not 0 < phrase.begin - joined[-1].end < BEFORE_CHARS:
            joined.append(phrase)
            continue
        before = joined[-1]
        link = _JOIN.fullmatch(text, before.end, phrase.begin)
        if link and (whole := _range(text, before, phrase, listed=bool(link["and"]))):
            joined[-1] = whole
            continue
        if link and link["and"] and not before.first[0] and phrase.first[0] and before.precision == phrase.precision:
            joined[-1] = in_year(before, phrase.first[0]) or before
        joined.append(phrase)
    return joined


def _range(text: str, a: Phrase, b: Phrase, *, listed: bool) -> Phrase | None:
    """The span from a to b, or None when they do not make one."""
    steps = abs(a.precision - b.precision)
    if "season" in (a.kind, b.kind) or steps > 1 or (steps and listed) or not a.is_single:
        return None
    precision = min(a.precision, b.precision)
    first, last = _cut(a.first, precision), _cut(b.last, precision)
    if last[0] and not first[0]:
        first = (last[0] - (first[1:] > last[1:]), *first[1:])
    elif first[0] and not last[0]:
        last = (first[0] + (first[1:] > last[1:]), *last[1:])
    if first == last or (first[0] and first > last) or not (is_possible(first) and is_possible(last)):
        return None
    if listed and not _is_next(first, last) and not ends_in(words_before(text, a.begin), "range"):
        return None
    if precision == YEAR and _is_row_of_years(text, a.begin, b.end):
        return None
    return Phrase(a.begin, b.end, precision, first, last, a.weekday, b.hint or a.hint, "range")


def _cut(moment: Moment, precision: int) -> Moment:
    year, month, day = moment
    return (year, month if precision > YEAR else 0, day if precision > MONTH else 0)


def _is_next(first: Moment, last: Moment) -> bool:
    """The next day, month or year: such a pair joined by "et" is one stretch of time."""
    if not first[1]:
        return last[0] - first[0] == 1
    if not first[2]:
        return (last[0] - first[0]) * 12 + last[1] - first[1] == 1
    return day_of(last) - day_of(first) == timedelta(days=1)


def day_of(moment: Moment) -> date:
    """The first day of a moment; without a year, of a leap year."""
    return date(moment[0] or 2000, moment[1] or 1, moment[2] or 1)


def _is_row_of_years(text: str, begin: int, end: int) -> bool:
    """Whether the range is a part of "2015 – 2016 – 2017"."""
    before, after = text[max(0, begin - 7) : begin], text[end : end + 7]
    return bool(re.search(rf"\d\d{GAP}{BAR}{GAP}$", before) or re.match(rf"{GAP}{BAR}{GAP}\d\d\d\d", after))
