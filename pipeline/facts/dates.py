"""The event dates of a text: a small grammar of French and English spellings.

The words before a phrase that is a date say whether it tells an event; a year that is not written comes from the
context or the publication date. May import: records, facts.date_phrases.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pipeline.facts.date_phrases import (
    ARTICLES,
    BAR,
    BEFORE_CHARS,
    DAY,
    GAP,
    LIST,
    MONTH,
    WORDINGS,
    YEAR,
    Moment,
    Phrase,
    any_of,
    day_of,
    ends_in,
    find_phrases,
    in_year,
    small_letters,
    words_before,
)
from pipeline.records import EventDate, Span

# How much of a sentence is looked at on each side of a date; keeps a text without full stops linear.
SENTENCE_CHARS = 250
# A year alone that lies further ahead than this is an aim ("neutre en carbone en 2050"), no event.
AHEAD_YEARS = 5
# "17 octobre dernier" may be put online under an earlier date; "1er avril prochain" stays when the page is dated anew.
LATE_DAYS, EARLY_DAYS = 7, 31
# "Congrès 2019 à Dakar en mai": such a year wins only over a publication date that is so far away, another
# date of the context over one further still. Set on undated days of a municipal site, read one by one.
FAR_DAYS, VERY_FAR_DAYS = 60, 90
# A day with no other sign is rather past than ahead: so many times as far ahead is as near.
AHEAD_SHARE = 1.5
# Within a story, a day behind the date told last counts as so many ahead of it.
STORY_SHARE = 3.0

_PRECISION = {YEAR: "year", MONTH: "month", DAY: "day"}
_THIS = frozenset(("ce", "cet", "cette", "ces", "this"))

_AFTER_HEADING = re.compile(rf"{GAP}(?:$|[•:]|{BAR}(?!{GAP}\d))")
_FUTURE = re.compile(r"(?:\w(?:er|ir|dr|ttr|str|vr|ur)|ser)(?:a|ont)\b|\bprévue?s?\b|\bwill\b")
_YEARLY = re.compile(rf"\b(?:{any_of(WORDINGS['yearly'])})")


def find_dates(text: str, *, published: date | None = None) -> tuple[EventDate, ...]:
    """Dates of what the text tells, in its order, each once; a range is one date.

    >>> [(d.start, d.end, d.precision) for d in find_dates("Du 29 mai au 3 juin 2021, puis en avril 2022.")]
    [('2021-05-29', '2021-06-03', 'day'), ('2022-04', '2022-04', 'month')]
    >>> find_dates("Réuni le 9 mai dernier", published=date(2020, 5, 20))[0].start
    '2020-05-09'
    >>> find_dates("neutre en carbone d’ici 2030, rue du 10 mai 1981")
    ()
    """
    small = small_letters(text)
    phrases = find_phrases(small)
    told = _told(small, phrases, published)
    found: dict[tuple[str, str, str], EventDate] = {}
    for phrase, dated in _dated(small, phrases, told, published):
        start, end, precision = _written(dated.first), _written(dated.last), _PRECISION[dated.precision]
        span = Span(dated.begin, dated.end)
        event = EventDate(start, end, precision, text[dated.begin : dated.end], not phrase.first[0], span)
        found.setdefault((start, end, precision), event)
    return tuple(found.values())


def _written(moment: Moment) -> str:
    year, month, day = moment
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


# --- judging


def _told(text: str, phrases: Sequence[Phrase], published: date | None) -> list[Phrase]:
    """The phrases that tell an event."""
    told: list[Phrase] = []
    days = [one for one in phrases if one.precision == DAY and one.is_single and not one.first[0]]
    yearly = {one.first[1:] for one in days if _is_yearly(text, one)}
    for phrase in phrases:
        words = words_before(text, phrase.begin)
        if phrase.precision == DAY:
            is_told = _is_told_day(phrase, words, yearly)
        elif ends_in(words, "horizon") or _is_decade(phrase, words):
            is_told = False
        elif phrase.precision == MONTH:
            is_told = _is_told_month(phrase, words)
        else:
            is_told = _is_told_year(text, phrase, words, published)
            before = told[-1] if told else None
            if before and before.precision == YEAR and LIST.fullmatch(text, before.end, phrase.begin):
                is_told = True
        if is_told:
            told.append(phrase)
    return told


def _is_told_day(phrase: Phrase, words: list[str], yearly: set[tuple[int, int]]) -> bool:
    if phrase.kind == "short" and not (words and words[-1] in ARTICLES):
        return False  # "Communiqué (14.11.23)": the date of a document, or of an entry of a list
    if ends_in(words, "horizon"):
        return False
    if phrase.is_single and words[-1:] in (["du"], ["de"]):
        nouns = set(words[-5:])
        if nouns & (WORDINGS["document"] | WORDINGS["place"]) and "lors" not in nouns:
            return False
    is_marked = phrase.weekday or phrase.hint or (words and words[-1] in _THIS)
    return bool(phrase.first[0] or is_marked or not phrase.is_single or phrase.first[1:] not in yearly)


def _is_yearly(text: str, phrase: Phrase) -> bool:
    """Whether the day comes back every year: "le 8 mars, Journée internationale des droits des femmes"."""
    begin, end = _sentence(text, phrase)
    return text[max(begin, phrase.begin - 7) : phrase.begin].startswith("chaque") or bool(
        _YEARLY.search(text, max(begin, phrase.begin - 120), min(end, phrase.end + 120))
    )


def _is_decade(phrase: Phrase, words: list[str]) -> bool:
    """Whether it is "les années 1990", "années 1980 à 2000"."""
    return words[-1:] == ["années"] and not phrase.first[0] % 10 and not phrase.last[0] % 10


def _is_told_month(phrase: Phrase, words: list[str]) -> bool:
    if phrase.first[0]:
        return True
    if phrase.kind == "season":  # "été" is also a participle: "ont été passés en revue"
        return bool(words) and (words[-1] in _THIS or (phrase.hint != "" and words[-1] in ARTICLES))
    if phrase.hint:
        return True
    if ends_in(words, "since"):
        return False
    return not phrase.is_single or ends_in(words, "before month")


def _is_told_year(text: str, phrase: Phrase, words: list[str], published: date | None) -> bool:
    right = text[phrase.end : phrase.end + 20].partition("\n")[0]
    is_counted = right[:1].isspace() and not WORDINGS["after year"].issuperset(re.findall(r"[^\W\d]+", right)[:1])
    if phrase.kind == "range":  # "de 1500 à 2000 personnes" counts persons
        return not (is_counted and phrase.first[0] % 50 == phrase.last[0] % 50 == 0)
    if ends_in(words, "since") or (published and phrase.first[0] > published.year + AHEAD_YEARS):
        return False
    if ends_in(words, "before year"):
        return True
    if words and words[-1] in WORDINGS["perhaps before year"]:
        return not is_counted and not WORDINGS["document"] & set(words[-5:])
    return _stands_apart(text, phrase, right)


def _stands_apart(text: str, phrase: Phrase, right: str) -> bool:
    """Whether the year is set off: "le Sommet de Hué (2012)", "Mise en œuvre : 2016", "1990 • Création"."""
    left = text[max(0, phrase.begin - BEFORE_CHARS) : phrase.begin].rpartition("\n")[2].rstrip()
    if left.endswith("("):
        return right[:1] in (")", ",", ";") and not left[:-1].rstrip().endswith(("»", "”", '"'))
    if left.endswith(":"):
        return ends_in(left[:-1].split(), "label")
    return not left and bool(_AFTER_HEADING.match(right))


# --- dating


def _sentence(text: str, phrase: Phrase) -> tuple[int, int]:
    lowest, highest = max(0, phrase.begin - SENTENCE_CHARS), phrase.end + SENTENCE_CHARS
    begin = max(text.rfind(mark, lowest, phrase.begin) for mark in ("\n", ". ", "! ", "? "))
    ends = [found for mark in ("\n", ". ", "! ", "? ") if (found := text.find(mark, phrase.end, highest)) >= 0]
    return max(begin + 1, lowest), min(ends, default=min(highest, len(text)))


def _dated(
    text: str, phrases: Sequence[Phrase], told: Sequence[Phrase], published: date | None
) -> Iterator[tuple[Phrase, Phrase]]:
    """Each phrase told, and the same with its year; without what no year can be found for."""
    years = [phrase for phrase in phrases if phrase.precision == YEAR and phrase.is_single]
    known = [phrase for phrase in told if phrase.first[0]]
    for phrase in told:
        dated: Phrase | None = phrase
        if not phrase.first[0]:
            begin, end = _sentence(text, phrase)
            dated = _near_publication(text[begin:end], phrase, published)
            away_days = abs((day_of(dated.first) - published).days) if dated and published else VERY_FAR_DAYS + 1
            if away_days > FAR_DAYS and not phrase.hint:
                in_clause = [year for year in _between(years, begin, phrase.begin) if _in_clause(text, year, phrase)]
                context = in_clause[-1:] or _between(known, begin - SENTENCE_CHARS, end)
                dated = _near_context(phrase, begin, context, away_days) or dated
            if dated:
                insort(known, dated, key=_begin)
        if dated:
            yield phrase, dated


def _between(phrases: Sequence[Phrase], begin: int, end: int) -> Sequence[Phrase]:
    return phrases[bisect_left(phrases, begin, key=_begin) : bisect_left(phrases, end, key=_begin)]


def _begin(phrase: Phrase) -> int:
    return phrase.begin


def _near_publication(sentence: str, phrase: Phrase, published: date | None) -> Phrase | None:
    if published is None:
        return None
    return _nearest(phrase, published, ahead=1 if _FUTURE.search(sentence) else AHEAD_SHARE)


def _near_context(phrase: Phrase, begin: int, context: Sequence[Phrase], away_days: int) -> Phrase | None:
    """The phrase in the year that the nearest date of the context gives; a story goes rather on than back."""
    near = [
        one
        for one in context
        if (away_days > VERY_FAR_DAYS if one.precision > YEAR else one.is_single and one.begin >= begin)
    ]
    if not near:
        return None
    reference = min(near, key=lambda one: abs(one.begin - phrase.begin))
    if reference.precision == YEAR:
        return in_year(phrase, reference.first[0])
    ahead = 1 / STORY_SHARE if reference.begin < phrase.begin else STORY_SHARE
    return _nearest(phrase, day_of(reference.first), ahead)


def _in_clause(text: str, year: Phrase, phrase: Phrase) -> bool:
    """Whether the year stands shortly before the phrase with no comma between: "Congrès 2019 à Dakar en mai"."""
    return 0 < phrase.begin - year.end < BEFORE_CHARS and not re.search(r"[^\w\s'’-]", text[year.end : phrase.begin])


def _nearest(phrase: Phrase, reference: date, ahead: float) -> Phrase | None:
    """The phrase in the year in which it lies nearest to the reference; days ahead of it count `ahead` times.

    "dernier" and "prochain" say the side, and a weekday the year where that is far away.
    """
    dated = [one for years in (-1, 0, 1) if (one := in_year(phrase, reference.year + years))]
    if phrase.hint.startswith(("derni", "pass", "last")):
        late = timedelta(days=LATE_DAYS if phrase.precision == DAY else 0)
        dated = [one for one in dated if day_of(one.last if one.kind == "season" else one.first) <= reference + late]
    elif phrase.hint:
        dated = [one for one in dated if day_of(one.last) >= reference - timedelta(days=EARLY_DAYS)]

    def distance(one: Phrase) -> float:
        days = (day_of(one.first) - reference).days
        return days * ahead if days > 0 else -days

    dated.sort(key=distance)
    if phrase.weekday and dated and distance(dated[0]) > FAR_DAYS:
        dated = [one for one in dated if day_of(one.first).isoweekday() == phrase.weekday] or dated
    return dated[0] if dated else None
