"""The address of a results page ↔ what is asked: every state of a search is one URL. Pure.

Reading is total: whatever an address holds becomes a form, and what could not be used is named in `ignored`.
May import: grammar.when, record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urlencode

from index.engine import FACETS
from index.grammar.when import LAST_DAY, read_range
from index.record import Record

PER_PAGE = 10
WORDS_MAX_CHARS = 2_000
"""What is kept of the words; the library reads the first thousand characters, and says so."""
VALUE_MAX_CHARS = 200
VALUES_MAX = 20
"""Values of one filter; nobody ticks more."""
IGNORED_MAX = 5
"""So many ignored parts are named, the rest is counted: a hostile address must not fill the page."""
PAGE_MAX = 2_000
"""Nobody reads on so far; all answers are in the files to take away."""

PARAMETERS = {
    "country": "pays",
    "city": "ville",
    "theme": "theme",
    "partner": "partenaire",
    "programme": "programme",
    "kind": "type",
    "year": "annee",
    "language": "langue",
}
"""Facet → its parameter. The addresses are French in every language of the interface, so that they can be shared."""
SORTS = {"pertinence": "relevance", "recents": "newest", "anciens": "oldest"}
WORDS, SINCE, UNTIL, SORT, PAGE, ANY_WORD, INTERFACE = "q", "du", "au", "tri", "page", "mots", "hl"
SOME = "partie"
"""mots=partie: articles with only some of the words are shown too."""
KNOWN = frozenset((WORDS, SINCE, UNTIL, SORT, PAGE, ANY_WORD, INTERFACE, *PARAMETERS.values()))
LANGUAGES = ("fr", "en")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u200b\u202a-\u202e\u2066-\u2069]+")
_FACET_OF = {parameter: facet for facet, parameter in PARAMETERS.items()}
assert set(PARAMETERS) == set(FACETS)


class Ignored(Record):
    """A part of an address that was left out: `why` is a key of the wording, `what` is what stood there."""

    why: str
    what: str


class Form(Record):
    """What a reader asks, as it stands in the address. `since` and `until` are the words typed."""

    words: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    until: str = ""
    sort: str = ""
    page: int = 1
    any_word: bool = False
    interface: str = ""
    first_day: date | None = None
    last_day: date | None = None
    ignored: tuple[Ignored, ...] = ()

    @property
    def order(self) -> str:
        """The library's name of the order: by default the best first, or the newest where nothing is asked."""
        return SORTS.get(self.sort, "relevance" if self.words else "newest")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but words is asked."""
        return bool(self.filters or self.since or self.until)

    def values(self, facet: str) -> tuple[str, ...]:
        """The values of one filter."""
        return dict(self.filters).get(facet, ())

    def with_values(self, facet: str, values: Iterable[str]) -> Form:
        """The same with other values of one filter, from the first page on."""
        kept = {name: held for name, held in self.filters if name != facet}
        wanted = tuple(dict.fromkeys(values))
        filters = tuple((name, kept.get(name, wanted)) for name in PARAMETERS if name in kept or name == facet)
        return self.replace(filters=tuple(entry for entry in filters if entry[1]), page=1)

    def without_value(self, facet: str, value: str) -> Form:
        """The same without one value."""
        return self.with_values(facet, (one for one in self.values(facet) if one != value))

    def cleared(self) -> Form:
        """The words alone."""
        return Form(words=self.words, sort=self.sort, interface=self.interface)

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of this state; what is as usual is left out."""
        pairs = [(WORDS, self.words)] if self.words else []
        pairs += [(PARAMETERS[facet], value) for facet, values in self.filters for value in values]
        pairs += [(name, text) for name, text in ((SINCE, self.since), (UNTIL, self.until)) if text]
        pairs += [(SORT, self.sort)] if self.sort else []
        pairs += [(ANY_WORD, SOME)] if self.any_word else []
        pairs += [(PAGE, str(self.page))] if self.page > 1 else []
        return pairs + ([(INTERFACE, self.interface)] if self.interface else [])

    def query(self) -> str:
        """The parameters as they stand in an address."""
        return urlencode(self.pairs())


def read_form(pairs: Iterable[tuple[str, str]]) -> Form:
    """The form that an address holds.

    >>> form = read_form([("q", "eau"), ("pays", "BJ"), ("du", "mai 2019"), ("au", "hier soir")])
    >>> form.words, form.filters, str(form.first_day), form.ignored[0].what
    ('eau', (('country', ('BJ',)),), '2019-05-01', 'hier soir')
    >>> read_form([("pays", "BJ"), ("page", "2"), ("tri", "")]).query()
    'pays=BJ&page=2'
    """
    reader = _Reader()
    for name, value in pairs:
        reader.take(name, clean(value))
    return reader.form()


def clean(text: str) -> str:
    r"""Text without signs that nobody types and no page prints.

    >>> clean("eau\x00 \x1b[1m potable ")
    'eau [1m potable'
    """
    return " ".join(_CONTROL.sub(" ", text).split())


class _Reader:
    """Takes the parameters one by one."""

    def __init__(self) -> None:
        self.single: dict[str, str] = {}
        self.filters: dict[str, dict[str, None]] = {}
        self.ignored: list[Ignored] = []

    def take(self, name: str, value: str) -> None:
        if name not in KNOWN:
            self.ignored.append(Ignored("ignored_parameter", clean(name)[:VALUE_MAX_CHARS]))
        elif not value:
            return
        elif name in _FACET_OF:
            self._take_value(_FACET_OF[name], value)
        elif name in self.single:
            self.ignored.append(Ignored("ignored_twice", f"{name}={value}"[:VALUE_MAX_CHARS]))
        elif name != WORDS and len(value) > VALUE_MAX_CHARS:
            self.ignored.append(Ignored("ignored_long", value[:VALUE_MAX_CHARS]))
        else:
            self.single[name] = value

    def _take_value(self, facet: str, value: str) -> None:
        values = self.filters.setdefault(facet, {})
        if len(value) > VALUE_MAX_CHARS:
            self.ignored.append(Ignored("ignored_long", value[:VALUE_MAX_CHARS]))
        elif len(values) >= VALUES_MAX and value not in values:
            self.ignored.append(Ignored("ignored_many", value))
        else:
            values[value] = None

    def form(self) -> Form:
        words = self.single.get(WORDS, "")
        if len(words) > WORDS_MAX_CHARS:
            self.ignored.append(Ignored("ignored_words", words[WORDS_MAX_CHARS:]))
        first_day = self._day(SINCE)
        last_day = self._day(UNTIL)
        if first_day and last_day and first_day > last_day:
            self.ignored.append(Ignored("ignored_order", f"{self.single[SINCE]} – {self.single[UNTIL]}"))
        return Form(
            words=words[:WORDS_MAX_CHARS].strip(),
            filters=tuple((facet, tuple(self.filters[facet])) for facet in PARAMETERS if self.filters.get(facet)),
            since=self.single.get(SINCE, "") if first_day else "",
            until=self.single.get(UNTIL, "") if last_day else "",
            sort=self._choice(SORT, SORTS),
            page=self._page(),
            any_word=self._choice(ANY_WORD, (SOME,)) == SOME,
            interface=self._choice(INTERFACE, LANGUAGES),
            first_day=first_day,
            last_day=last_day,
            ignored=tuple(self.ignored),
        )

    def _day(self, name: str) -> date | None:
        """The first day of « du », the last of « au »."""
        text = self.single.get(name, "")
        if not text:
            return None
        when = read_range(text)
        days = (when.first, when.last) if name == SINCE else (when.last, when.first)
        ordinal = next((one for one in days if one is not None), None)
        if when.wrong or ordinal is None or not 1 <= ordinal <= LAST_DAY:
            self.ignored.append(Ignored("ignored_date", text))
            return None
        return date.fromordinal(ordinal)

    def _choice(self, name: str, known: Iterable[str]) -> str:
        value = self.single.get(name, "")
        if value and value not in known:
            self.ignored.append(Ignored("ignored_choice", f"{name}={value}"))
            return ""
        return value

    def _page(self) -> int:
        value = self.single.get(PAGE, "1")
        if value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= PAGE_MAX and len(value) < 9:
            return int(value)
        self.ignored.append(Ignored("ignored_choice", f"{PAGE}={value}"))
        return 1
