"""Dates as people write them in a question: « mai 2022 », « depuis mars 2021 », « du 28 mai au 3 juin 2022 ».

May import: fields (for comparing words), record, wordlists. The words are data/query_dates.txt.
"""

from __future__ import annotations

from datetime import date

from index.grammar.fields import plain
from index.record import Record
from index.wordlists import pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NOT_A_DATE, NO_SUCH_DATE, NO_YEAR = "ce n’est pas une date", "cette date n’existe pas", "il manque l’année"
SHORT_YEARS_FROM = 70
"""« 15/06/70 » is of 1970, « 15/06/69 » of 2069."""
SHORT_DECADES_FROM = 30
"""« années 30 » are of the last century, « années 20 » of this one."""
LAST_DAY = date.max.toordinal()
_DASHES = "-‐‑–—−"


class When(Record):
    """The days meant, both included (`date.toordinal`; None: open); `wrong` says why it is no date."""

    first: int | None = None
    last: int | None = None
    wrong: str = ""


class _Point(Record):
    """A day, a month, some months, a year or some years; 0 where nothing is said."""

    year: int = 0
    month: int = 0
    day: int = 0
    month_last: int = 0
    years: int = 1

    def bounds(self) -> tuple[int, int]:
        """Its first and its last day; ValueError when the calendar has no such day."""
        if self.day:
            day = date(self.year, self.month, self.day).toordinal()
            return day, day
        first = date(self.year, self.month or 1, 1).toordinal()
        if not self.month:
            return first, date(self.year + self.years - 1, 12, 31).toordinal()
        month_last = self.month_last or self.month
        return first, _month_end(self.year + (month_last < self.month), month_last)


def read_range(text: str, today: date | None = None) -> When:
    """The days that a text means.

    >>> def days(text):
    ...     told = read_range(text, date(2024, 3, 8))
    ...     return told.wrong or written_range(told.first, told.last)
    >>> days("du 28 mai au 3 juin 2022"), days("depuis mars 2021"), days("avant 2010")
    ('2022-05-28..2022-06-03', '2021-03..', '..2009')
    >>> days("31 février 2022"), days("mai"), days("l’an dernier")
    ('cette date n’existe pas', 'il manque l’année', '2023')
    """
    try:
        return _Reader(_meaningful(_words(text)), today).whole()
    except (ValueError, OverflowError):
        return When(wrong=NO_SUCH_DATE)


def written_range(first: int | None, last: int | None) -> str:
    """Days as briefly as they can be typed.

    >>> written_range(date(2022, 5, 1).toordinal(), date(2022, 5, 31).toordinal())
    '2022-05'
    """
    begins = "" if first is None else date.fromordinal(first).isoformat()
    ends = "" if last is None else date.fromordinal(last).isoformat()
    if begins == ends:
        return begins
    length = max(_first_length(begins), _last_length(ends))
    begins, ends = begins[:length], ends[:length]
    return begins if begins == ends else f"{begins}..{ends}"


def month_names() -> list[str]:
    """The months in French, from January on."""
    return [pairs("query_dates")[str(number)].partition("|")[0].strip() for number in range(1, 13)]


def is_of_a_date(word: str) -> bool:
    """Whether a word as typed looks like part of a date.

    >>> is_of_a_date("février"), is_of_a_date("31"), is_of_a_date("eau")
    (True, True, False)
    """
    spelt = {token for spellings in _spellings().values() for spelling, _ in spellings for token in spelling}
    known = spelt | _noise()
    return all(token.isdecimal() or token in known for token in _words(word))


def says_nothing(word: str) -> bool:
    """Whether a word as typed adds nothing to a date before it: the article of what comes next.

    >>> says_nothing("la"), says_nothing("2022")
    (True, False)
    """
    return not _meaningful(_words(word))


def _first_length(day: str) -> int:
    """How much of YYYY-MM-DD must be written when it is a first day."""
    return 4 if day[4:] in {"", "-01-01"} else 7 if day[7:] == "-01" else 10


def _last_length(day: str) -> int:
    if day[4:] in {"", "-12-31"}:
        return 4
    return 7 if int(day[8:]) == date.fromordinal(_month_end(int(day[:4]), int(day[5:7]))).day else 10


def _month_end(year: int, month: int) -> int:
    return date(year, 12, 31).toordinal() if month == 12 else date(year, month + 1, 1).toordinal() - 1


# --- words

_SPELLINGS: dict[str, list[tuple[tuple[str, ...], str]]] = {}
_NOISE: set[str] = set()


def _noise() -> set[str]:
    if not _NOISE:
        _NOISE.update(word.strip() for word in pairs("query_dates")["noise"].split("|"))
    return _NOISE


def _spellings() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """First word → spellings that begin with it and what they mean, longest first."""
    if not _SPELLINGS:
        for key, line in pairs("query_dates").items():
            for spelling in line.split("|") if key != "noise" else ():
                words = tuple(_meaningful(_words(spelling)))
                _SPELLINGS.setdefault(words[0], []).append((words, key))
        for spellings in _SPELLINGS.values():
            spellings.sort(key=lambda spelling: -len(spelling[0]))
    return _SPELLINGS


def _meaningful(words: list[str]) -> list[str]:
    return [word for word in words if word not in _noise()]


def _words(text: str) -> list[str]:
    """Numbers, words (with their apostrophe), dashes, runs of dots and comparison signs."""
    text = plain(text.replace("≥", ">=").replace("≤", "<="))
    words: list[str] = []
    at = 0
    while at < len(text):
        sign, begin = text[at], at
        at += 1
        if sign.isdecimal():
            at = _end(text, at, str.isdecimal)
        elif sign.isalpha():
            at = _end(text, at, str.isalpha)
            at += text[at : at + 1] == "'"
        elif sign == ".":
            at = _end(text, at, ".".__contains__)
            is_in_number = text[begin - 1 : begin].isdecimal() and text[at : at + 1].isdecimal()
            if at - begin == 1 and not is_in_number:
                continue
            words.append("." if at - begin == 1 else "..")
            continue
        elif sign in "<>=":
            at = _end(text, at, "<>=".__contains__)
        elif sign.isspace() or sign == ",":
            continue
        words.append("-" if sign in _DASHES else text[begin:at])
    return words


def _end(text: str, at: int, belongs: Callable[[str], bool]) -> int:
    while at < len(text) and belongs(text[at]):
        at += 1
    return at


# --- phrases


class _Reader:
    """Reads one expression, from its first word to its last."""

    def __init__(self, words: list[str], today: date | None) -> None:
        self._words = words
        self._at = 0
        self._today = today

    def whole(self) -> When:
        """The days, or why they are none."""
        word = self._take_key("since", "before", "after", "until", "between") or (
            "until" if self._take("..") else "point"
        )
        if word == "until":
            self._take_key("to")
        left = self._point()
        if left is None:
            return When(wrong=NOT_A_DATE)
        if word in {"since", "between", "point"} and not self._is_done():
            is_open = self._peek() == ".."
            if not self._take_key("to", *(("and",) if word == "between" else ())):
                return When(wrong=NOT_A_DATE)
            if self._is_done() and is_open:
                word = "since"
            else:
                right = self._point()
                return _between(left, right) if right and self._is_done() else When(wrong=NOT_A_DATE)
        if not self._is_done() or word == "between" or (left.day and not left.month):
            return When(wrong=NOT_A_DATE)
        if not left.year:
            left.replace(year=2000).bounds()  # 31 February is of no year
            return When(wrong=NO_YEAR)
        return _one_sided(word, *left.bounds())

    # --- one day, month, year …

    def _point(self) -> _Point | None:
        at = self._at
        readers = (self._relative, self._part_of_year, self._numbers, self._decade, self._day, self._month, self._year)
        for reader in readers:
            if point := reader():
                return point
            self._at = at
        return None

    def _relative(self) -> _Point | None:
        key = self._take_key(*(f"{unit}-{back}" for unit in ("year", "month") for back in (0, 1)))
        if key is None:
            return None
        unit, _, back = key.partition("-")
        today = self._today or date.today()  # noqa: DTZ011 - the reader's own day
        if unit == "year":
            return _Point(today.year - int(back))
        months = today.year * 12 + today.month - 1 - int(back)
        return _Point(months // 12, months % 12 + 1)

    def _part_of_year(self) -> _Point | None:
        for words, key in _spellings().get(self._peek(), ()):
            if key[0].isdecimal() and "-" in key and tuple(self._words[self._at : self._at + len(words)]) == words:
                self._at += len(words)
                first, _, last = key.partition("-")
                return _Point(self._year_number(), int(first), 0, int(last))
        return None

    def _numbers(self) -> _Point | None:
        """15/06/2022, 2022-06-15, 06/2022, 2022-06, 15/06."""
        words = self._words[self._at : self._at + 5]
        if not all(word.isdecimal() for word in words[::2]) or words[1:2] not in (["-"], ["/"], ["."]):
            if len(words) < 3 or not (words[0].isdecimal() and words[2].isdecimal() and words[1] in {"-", "/", "."}):
                return None
            words = words[:3]
        numbers = [int(word) for word in words[::2]]
        lengths = [min(len(word), 2) if len(word) <= 2 else len(word) for word in words[::2]]
        if lengths == [4, 2, 2] and words[1] == words[3]:
            self._at += 5
            return _Point(*numbers)
        if lengths in ([2, 2, 4], [2, 2, 2]) and words[1] == words[3]:
            self._at += 5
            return _Point(_long_year(numbers[2]) if lengths[2] == 2 else numbers[2], numbers[1], numbers[0])
        return self._two_numbers(numbers, lengths, words[1])

    def _two_numbers(self, numbers: list[int], lengths: list[int], mark: str) -> _Point | None:
        after = self._words[self._at + 3 : self._at + 4]
        begins_a_day = bool(after) and any(key.isdecimal() for _, key in _spellings().get(after[0], ()))
        if lengths[:2] == [4, 2] and not begins_a_day:
            self._at += 3
            return _Point(numbers[0], numbers[1])
        if lengths[:2] == [2, 4]:
            self._at += 3
            return _Point(numbers[1], numbers[0])
        if lengths[:2] == [2, 2] and mark == "/":
            self._at += 3
            return _Point(0, numbers[1], numbers[0])
        return None

    def _decade(self) -> _Point | None:
        is_named = self._take_key("decade") is not None
        word = self._peek()
        if not word.isdecimal() or len(word) not in {2, 4} or (len(word) == 2 and not is_named):
            return None
        self._at += 1
        number = int(word)
        if len(word) == 2:
            number += 1900 if number >= SHORT_DECADES_FROM else 2000
        if not is_named and not self._take("s"):
            return None
        return _Point(number, years=10) if number % 10 == 0 else _Point(number) if is_named else None

    def _day(self) -> _Point | None:
        word = self._peek()
        if not word.isdecimal() or len(word) > 2:
            return None
        self._at += 1
        self._take_key("ordinal")
        month = self._month_number()
        return _Point(self._year_number() if month else 0, month, int(word) or -1)

    def _month(self) -> _Point | None:
        month = self._month_number()
        if not month:
            return None
        at, word = self._at, self._peek()
        if word.isdecimal() and len(word) <= 2:  # June 15, 2022
            self._at += 1
            self._take_key("ordinal")
            if year := self._year_number():
                return _Point(year, month, int(word) or -1)
            self._at = at
        return _Point(self._year_number(), month)

    def _year(self) -> _Point | None:
        year = self._year_number()
        return _Point(year) if year else None

    # --- words

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _is_done(self) -> bool:
        return self._at >= len(self._words)

    def _take(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._at += 1
        return True

    def _take_key(self, *keys: str) -> str | None:
        """The first of these keys that the next words spell, longest spelling first."""
        for words, key in _spellings().get(self._peek(), ()):
            if key in keys and tuple(self._words[self._at : self._at + len(words)]) == words:
                self._at += len(words)
                return key
        return None

    def _month_number(self) -> int:
        return int(self._take_key(*map(str, range(1, 13))) or 0)

    def _year_number(self) -> int:
        """Four digits; 0 when there are none. The year 0 is none, which the calendar says."""
        word = self._peek()
        if not word.isdecimal() or len(word) != 4:
            return 0
        self._at += 1
        return int(word) or -1


def _long_year(number: int) -> int:
    return number + (1900 if number >= SHORT_YEARS_FROM else 2000)


def _one_sided(word: str, first: int, last: int) -> When:
    if word == "since":
        return When(first, None)
    if word == "until":
        return When(None, last)
    if (word == "before" and first == 1) or (word == "after" and last == LAST_DAY):
        raise ValueError(word)
    return {"before": When(None, first - 1), "after": When(last + 1, None)}.get(word, When(first, last))


def _between(left: _Point, right: _Point) -> When:
    """From one to the other; what one end leaves out it takes from the other."""
    if not left.year and not right.year:
        return When(wrong=NO_YEAR if left.month or right.month else NOT_A_DATE)
    begins, ends = _completed(left, right), _completed(right, left)
    if (begins.day and not begins.month) or (ends.day and not ends.month):
        return When(wrong=NOT_A_DATE)
    first, last = begins.bounds()[0], ends.bounds()[1]
    if first <= last:
        return When(first, last)
    if not left.month and left.day:  # du 28 au 3 juin 2022
        return When(wrong=NO_SUCH_DATE)
    if not left.year:  # de novembre à février 2022
        first = begins.replace(year=begins.year - 1).bounds()[0]
    elif not right.year:
        last = ends.replace(year=ends.year + 1).bounds()[1]
    else:
        first, last = ends.bounds()[0], begins.bounds()[1]
    return When(first, last)


def _completed(point: _Point, other: _Point) -> _Point:
    return point if point.year else point.replace(year=other.year, month=point.month or other.month)
