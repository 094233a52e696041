"""Amounts as people write them in a question: « >1M€ », « entre 1 et 3 M€ », « 2 milliards FCFA ».

May import: fields (for comparing words), record, wordlists. The words are data/query_amounts.txt.
"""

from __future__ import annotations

from index.grammar.fields import plain
from index.record import Record
from index.wordlists import pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    Range = tuple[float | None, float | None, str | None, bool]

VALUE_MAX = 10.0**15
"""A million milliards: more is no amount, and its figures would not be written exactly."""


class _Sum(Record):
    """A sum as typed: the figure, its scale (1 where none is said) and its currency ("": not said)."""

    figure: float
    scale: int = 1
    currency: str = ""

    def value(self) -> float:
        """In units of the currency, to the cent."""
        return round(self.figure * self.scale, 2)


def read_sum(text: str) -> Range | None:
    """(lowest, highest, currency, whether the ends are left out); None when the text is no amount.

    >>> read_sum(">1M€"), read_sum("moins de 200 000 $")
    ((1000000.0, None, 'EUR', True), (None, 200000.0, 'USD', True))
    >>> read_sum("entre 1 et 3 M€"), read_sum("1000000"), read_sum("beaucoup")
    ((1000000.0, 3000000.0, 'EUR', False), (1000000.0, 1000000.0, None, False), None)
    """
    return _Reader(" ".join(plain(text).split())).whole()


def written_sum(low: float | None, high: float | None, currency: str, *, strict: bool) -> str:
    """The same as briefly as it can be typed.

    >>> written_sum(1_000_000.0, None, "EUR", strict=True)
    '>1000000EUR'
    """
    if low is None or high is None:
        sign = (">" if high is None else "<") + ("" if strict else "=")
        return f"{sign}{_figure(low if high is None else high)}{currency}"
    return f"{_figure(low)}{currency}" if low == high else f"{_figure(low)}..{_figure(high)}{currency}"


def currency_shown(currency: str) -> str:
    """What readers call a currency.

    >>> currency_shown("EUR")
    '€'
    """
    return pairs("query_amounts")[currency].partition("|")[0].strip()


def _figure(value: float | None) -> str:
    return f"{value or 0:.2f}".rstrip("0").rstrip(".")


_SPELLINGS: list[tuple[str, str]] = []
_KEYS: dict[str, set[str]] = {}


def _spellings() -> list[tuple[str, str]]:
    """Spellings and what they mean, longest first."""
    if not _SPELLINGS:
        for key, line in pairs("query_amounts").items():
            _SPELLINGS.extend((plain(spelling.strip()), key) for spelling in line.split("|"))
            if key.isupper():
                _SPELLINGS.append((key.lower(), key))
        _SPELLINGS.sort(key=lambda spelling: -len(spelling[0]))
    return _SPELLINGS


class _Reader:
    """Reads one expression, from its first sign to its last; words in small letters without accents."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Range | None:
        """The range, None when the text is something else."""
        begins_open = self._text.startswith("..")
        word = self._take("comparison") or ("<=" if begins_open and self._take("link") else "=")
        left = self._sum()
        if left is None:
            return None
        if word in {"between", "range", "="}:
            ends_open = self._text.startswith("..", self._at)
            if self._take("link"):
                right = self._sum()
                if right is not None:
                    return _between(left, right) if self._is_done() else None
                word = ">=" if ends_open else "between"
        if word == "between" or not self._is_done():
            return None
        value = left.value()
        low, high = (None if word[0] == "<" else value), (None if word[0] == ">" else value)
        return low, high, left.currency or None, word in {">", "<"}

    def _sum(self) -> _Sum | None:
        before = self._currency()
        begin = self._blanks_passed()
        figure = self._figure()
        if figure is None:
            return None
        typed = self._text[begin : self._at]
        scale = int(self._take("scale") or 1)
        if scale > 1 and typed.count(",") + typed.count(".") == 1:
            figure = float(typed.replace(" ", "").replace("'", "").replace(",", "."))  # 1,500 M€ is one and a half
        currency = before or self._currency()
        return _Sum(figure, scale, currency) if figure * scale < VALUE_MAX else None

    def _currency(self) -> str:
        return self._take("currency") or ""

    def _figure(self) -> float | None:
        """Digits in groups of three or in one, and decimals."""
        begin = at = self._at
        while self._is_digits(at, 1):
            at += 1
        if at == begin:
            return None
        mark = self._text[at : at + 1]
        if at - begin <= 3 and mark and mark in " .,'":
            while self._text[at : at + 1] == mark and self._is_digits(at + 1, 3) and not self._is_digits(at + 4, 1):
                at += 4
        whole = "".join(sign for sign in self._text[begin:at] if sign.isdecimal())
        decimals = ""
        if self._text[at : at + 1] in {".", ","} and self._is_digits(at + 1, 1):
            end = at + 1
            while self._is_digits(end, 1):
                end += 1
            decimals, at = self._text[at + 1 : end], end
        self._at = at
        return float(f"{whole}.{decimals or 0}")

    def _is_digits(self, at: int, count: int) -> bool:
        digits = self._text[at : at + count]
        return len(digits) == count and digits.isdecimal()

    def _take(self, kind: str) -> str | None:
        """What is spelt here, if it is of this kind; longest spelling first."""
        at, keys = self._blanks_passed(), _keys(kind)
        for spelling, key in _spellings():
            end = at + len(spelling)
            if key in keys and self._text.startswith(spelling, at):
                if spelling[-1].isalpha() and self._text[end : end + 1].isalpha():
                    continue
                self._at = end
                return key
        return None

    def _blanks_passed(self) -> int:
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
        return self._at

    def _is_done(self) -> bool:
        return self._blanks_passed() >= len(self._text)


def _keys(kind: str) -> set[str]:
    """What is a comparison, a link, a scale (a number) or a currency (in capitals)."""
    if not _KEYS:
        for _, key in _spellings():
            of = (
                "scale" if key.isdecimal() else "currency" if key.isupper() else "link" if key == "to" else "comparison"
            )
            _KEYS.setdefault(of, set()).add(key)
    return _KEYS[kind]


def _between(left: _Sum, right: _Sum) -> Range | None:
    """« 1 à 3 M€ »: what one end leaves out it takes from the other."""
    if left.currency and right.currency and left.currency != right.currency:
        return None
    if left.scale == 1 and left.figure <= right.figure:
        left = left.replace(scale=right.scale)
    low, high = sorted((left.value(), right.value()))
    return low, high, right.currency or left.currency or None, False
