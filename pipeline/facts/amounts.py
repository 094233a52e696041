"""The amounts of money in a text: a small grammar of French and English spellings.

A number, its scale and its currency; or the currency first; or number words; or, in a sentence about money, a number
of millions alone. The words are data/amounts_*. May import: records.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pipeline.records import Amount, Span

# How far before a sum its qualifier and its number words are looked for: the longest of them.
BEFORE_CHARS = 48
# How far before a sum without a currency the money is looked for that it is about: about two lines of print.
SENTENCE_CHARS = 160
# How near another sum has to be for millions without a currency to be its like ("de 4 M€ en 2007 à 6 millions").
LIKE_CHARS = 60
# How near a giver has to be for a sum to be in its dollars: two sentences.
GIVER_CHARS = 300
# The ends of a range are at most this many times apart; more is no range ("activité 3 - 200 000 euros").
RANGE_FACTOR = 100
_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum as found: its place, its value, and its currency as spelt ("": not written)."""

    begin: int
    end: int
    value: Decimal
    currency: str


_S = r"[^\S\n]"
_ONE, _GAP, _GAPS = _S + "?", _S + "{0,3}", _S + "{1,3}"  # bounded, for hostile text


def _lines(name: str) -> list[str]:
    text = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(name)]


def _sections(name: str) -> dict[str, list[str]]:
    parts = "\n".join(_lines(name)).split("[")[1:]
    return {part.partition("]")[0]: part.partition("]")[2].strip().split("\n") for part in parts}


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


def _elidable(wording: str) -> str:
    """A pattern for a wording whose final "de" may be "d’"."""
    return re.sub("de$", "d(?:e|['’])", re.escape(wording).replace(r"\ ", _GAPS).replace("'", "['’]"))


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first: those with a capital as written, others in any case."""
    patterns = []
    for word in _longest_first(words):
        escaped = re.escape(word).replace(r"\ ", _GAPS).replace("'", "['’]")
        edge = r"(?!\w)" if word[-1].isalpha() else ""
        patterns.append((escaped if word != word.lower() else f"(?i:{escaped})") + edge)
    return "|".join(patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The long patterns are compiled at the first text: a command that reads none should not wait for them."""
    return re.compile(pattern)


_CURRENCIES = {form: row for row in _rows("amounts_currencies.tsv") for form in row[2:]}
_SCALES = {form: Decimal(row[0]) for row in _rows("amounts_scales.tsv") for form in row[1:]}
_WORD_VALUES = {word: Decimal(row[0]) for row in _rows("amounts_number_words.tsv") for word in row[1:]}
_MONEY = _sections("amounts_money_words.txt")

_SCALE = _any_of(form for form in _SCALES if form[0] != "=")
_SHORT = "|".join(_longest_first(form[1:] for form in _SCALES if form[0] == "="))
_NUMBER = (
    rf"(?:\d{{1,2}},{_S}\d{{3}}(?={_GAP}(?:{_SCALE}|{_SHORT}))"  # "7, 250 Mds"
    r"|\d{1,3}(?:[.,'’\u0020\u00a0\u202f\u2009]\d{3}){1,5}(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,6})?)(?!\d)"
)
_CURRENCY = _any_of(form for form in _CURRENCIES if form[0] != "~")
_SCALED_CURRENCY = _any_of(form.lstrip("~") for form in _CURRENCIES)
_OF = rf"{_GAP}(?:d['’]{_GAP}|(?:de|of){_GAPS})?"
_SUM = (
    rf"(?=\d)(?<![\w.,])(?:(?P<low>{_NUMBER})(?:{_GAP}(?P<low_scale>{_SCALE})|{_ONE}(?P<low_short>{_SHORT})(?!\w))?"
    rf"(?:{_GAP}[-‐‑–—]{_GAP}|{_GAPS}(?:(?P<and>et|and)|à|ou|to|or){_GAPS}(?:d['’])?))?"
    rf"(?P<number>{_NUMBER})(?:"
    rf"{_GAP}(?P<scale>{_SCALE})"
    rf"(?:{_GAPS}(?:et{_GAPS}(?P<half>demi)|(?:et{_GAPS})?(?P<rest>{_NUMBER}){_GAP}(?P<rest_scale>{_SCALE})?))?"
    rf"{_OF}(?P<scaled_currency>{_SCALED_CURRENCY})"
    rf"|{_ONE}(?P<short>{_SHORT}){_OF}(?P<short_currency>{_SCALED_CURRENCY})"
    rf"|{_OF}(?P<currency>{_CURRENCY}))"
)
_SYMBOLS = _any_of(form for form in _CURRENCIES if form[0] != "~" and (form.isupper() or not form[-1].isalpha()))
_SUM_AFTER = (
    rf"(?=[€$£¥A-Z])(?<!\w)(?<!\d{_S})(?P<currency>{_SYMBOLS}){_ONE}(?P<number>{_NUMBER})"
    rf"(?:{_ONE}(?P<scale>{_SCALE}|(?:{_SHORT})(?!\w)))?"
)
_IN_HEAD = (
    rf"\(en{_GAPS}(?:(?P<head_scale>{_SCALE}){_OF})?(?P<currency>{_CURRENCY})\){_GAP}:?{_GAP}(?P<number>{_NUMBER})"
    rf"(?:{_GAP}(?P<scale>{_SCALE}))?"
)
_WORDED = (
    rf"(?=[cmtbhCMTBH])(?<!\w)(?P<scale>{_SCALE}|(?i:cents?|hundred))(?P<half>{_GAPS}et{_GAPS}demi)?"
    rf"{_OF}(?P<currency>{_CURRENCY})"
)
_WORDS_BEFORE = re.compile(rf"(?<!\w)(?:(?:{_any_of(_WORD_VALUES)})[\s-]+(?:et[\s-]+|de\s+)?)+$")
_ALONE = rf"(?=\d)(?<![\w.,])(?P<number>{_NUMBER}){_GAP}(?P<scale>(?i:millions?|milliards?))(?!\w)"
_ABOUT_MONEY = re.compile("|".join(_MONEY["before"]), re.IGNORECASE)
_GOES_ON = re.compile(
    rf"{_GAP}(?:[^\w\s'’]|\n|$)|{_GAPS}(?:{_any_of(_MONEY['after'])})|{_OF}(?P<of>{_any_of(_MONEY['of'])})",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(
    rf"(?<!\w)(?P<words>{'|'.join(_elidable(line) for line in _longest_first(_lines('amounts_qualifiers.txt')))})"
    rf"{_GAP}(?:d['’])?{_GAP}$",
    re.IGNORECASE,
)
_US_GIVER = re.compile(rf"\b(?:{'|'.join(_lines('amounts_dollar_givers.txt'))})\b")


def find_amounts(text: str, *, countries: tuple[str, ...] = ()) -> tuple[Amount, ...]:
    """The sums of money that the text names, in its order, each value once; a range gives both its ends.

    `countries` are the article's, most important first: they tell what "FCFA", "$" or "dinars" are.

    >>> [(a.value, a.currency) for a in find_amounts("de 2 à 3,5 M€, dont 76.000€ de la Ville")]
    [('2000000', 'EUR'), ('3500000', 'EUR'), ('76000', 'EUR')]
    >>> find_amounts("près de 9 Milliards de FCFA", countries=("CM",))[0].qualifier
    'près de'
    >>> find_amounts("2 millions d’habitants")
    ()
    """
    found: dict[tuple[str, str], Amount] = {}
    for one in _sums(text):
        code = _code(one.currency, _countries_near(text, one, countries))
        value = format(one.value.normalize(), "f")
        if code and one.value:
            span = Span(one.begin, one.end)
            amount = Amount(value, code, _qualifier(text, one.begin), text[one.begin : one.end], span)
            found.setdefault((value, code), amount)
    return tuple(found.values())


def _code(currency: str, countries: Sequence[str]) -> str | None:
    """The ISO code of a currency as spelt, in those countries; None when they do not tell."""
    spelt = re.sub(r"\s+", " ", currency.replace("’", "'"))
    forms = (spelt, spelt.lower(), "~" + spelt, "~" + spelt.lower())
    default, by_country, *_ = next(_CURRENCIES[form] for form in forms if form in _CURRENCIES)
    codes = dict(pair.split("=") for pair in by_country.split() if "=" in pair)
    return next((codes[country] for country in countries if country in codes), None if default == "-" else default)


def _countries_near(text: str, one: _Sum, countries: Sequence[str]) -> Sequence[str]:
    """The countries, the USA first when one of its foundations stands near the sum."""
    if "$" not in one.currency and "dollar" not in one.currency.lower():
        return countries
    near = text[max(0, one.begin - GIVER_CHARS) : one.end + GIVER_CHARS]
    return ("US", *countries) if _US_GIVER.search(near) else countries


def _qualifier(text: str, begin: int) -> str | None:
    match = _QUALIFIER.search(text[max(0, begin - BEFORE_CHARS) : begin])
    return re.sub("d['’]$", "de", match["words"]) if match else None


# --- finding


def _sums(text: str) -> list[_Sum]:
    """Every sum of the text, in its order; where two readings overlap, the one found first."""
    sums: list[_Sum] = []
    taken = bytearray(len(text))
    for read in (_in_heads, _before_currencies, _after_currencies, _in_words):
        new = [one for one in read(text) if not any(taken[one.begin : one.end])]
        for one in new:
            taken[one.begin : one.end] = b"x" * (one.end - one.begin)
        sums += new
    sums.sort(key=lambda one: one.begin)
    return sorted([*sums, *_alone(text, sums, taken)], key=lambda one: one.begin) if sums else sums


def _in_heads(text: str) -> Iterator[_Sum]:
    """Sums whose currency stands in the heading before: "Budget (en euros) : 1,35 million"."""
    for match in _compiled(_IN_HEAD).finditer(text):
        factor = _factor(match["scale"] or match["head_scale"])
        yield _Sum(match.start("number"), match.end(), _value(match["number"], factor), match["currency"])


def _before_currencies(text: str) -> Iterator[_Sum]:
    """Figures, scale, currency: "1 200 euros", "3,9 M€", "1 million 200 mille euros", ranges too."""
    for match in _compiled(_SUM).finditer(text):
        currency = match["scaled_currency"] or match["short_currency"] or match["currency"]
        factor = _factor(match["scale"], match["short"])
        value = _value(match["number"], factor)
        if match["half"]:
            value += factor / 2
        elif match["rest"]:
            value += _value(match["rest"], _factor(match["rest_scale"]))
        low = _low_end(text, match, value, factor)
        if low is None:
            yield _Sum(match.start("number"), match.end(), value, currency)
        else:
            yield _Sum(match.start(), match.end(), low, currency)
            yield _Sum(match.start(), match.end(), value, currency)


def _low_end(text: str, match: re.Match[str], high: Decimal, factor: Decimal) -> Decimal | None:
    """The low end of a range, None when the number before is none: it takes scale and thousands of the high end."""
    if not match["low"]:
        return None
    is_listed = match["and"] and len(match["low"]) < len("1000")
    if is_listed and not text[: match.start()].rstrip().endswith(("entre", "Entre", "between", "respectivement")):
        return None
    own = _factor(match["low_scale"], match["low_short"])
    low = _value(match["low"], own)
    if own == 1 and low < _THOUSAND:
        low *= factor
        if low * RANGE_FACTOR < high and low * _THOUSAND < high:  # "10 à 15 000 euros"
            low *= _THOUSAND
    return low if low < high <= low * RANGE_FACTOR or match["and"] else None


def _after_currencies(text: str) -> Iterator[_Sum]:
    """The currency first: "€3 million", "USD 20 million"."""
    for match in _compiled(_SUM_AFTER).finditer(text):
        factor = _factor(match["scale"], match["scale"])
        yield _Sum(match.start(), match.end(), _value(match["number"], factor), match["currency"])


def _in_words(text: str) -> Iterator[_Sum]:
    """Number words: "deux millions d’euros", "un demi-million de dollars"."""
    for match in _compiled(_WORDED).finditer(text):
        left = text[max(0, match.start() - BEFORE_CHARS) : match.start()]
        words = _WORDS_BEFORE.search(left)
        scale = match["scale"].lower()
        if not words and scale in ("mille", "cent"):
            yield _Sum(match.start(), match.end(), _WORD_VALUES[scale], match["currency"])
        elif words:
            begin = match.start() - len(left) + words.start()
            value = _cardinal(f"{words[0]} {scale}".lower()) + (_factor(scale) / 2 if match["half"] else 0)
            yield _Sum(begin, match.end(), value, match["currency"])


def _alone(text: str, sums: Sequence[_Sum], taken: bytearray) -> Iterator[_Sum]:
    """Millions without a currency, in a sentence about money: in the currency of the last sum, else of the first."""
    begins = [one.begin for one in sums]
    for match in _compiled(_ALONE).finditer(text):
        begin, end = match.span()
        if any(taken[begin:end]):
            continue
        near = sums[max(0, bisect(begins, begin) - 1)]
        before = text[max(0, begin - SENTENCE_CHARS) : begin].rpartition("\n")[2]
        after = _GOES_ON.match(text, end)
        if after and (after["of"] or 0 <= begin - near.end < LIKE_CHARS or _ABOUT_MONEY.search(before)):
            yield _Sum(begin, end, _value(match["number"], _factor(match["scale"])), near.currency)


# --- values


def _factor(scale: str | None, short: str | None = None) -> Decimal:
    if scale and scale.lower() in _SCALES:
        return _SCALES[scale.lower()]
    return _SCALES["=" + short] if short else Decimal(1)


def _value(number: str, factor: Decimal) -> Decimal:
    """The number times its scale.

    A dot or comma before three last digits parts thousands ("76.000 €"), unless a scale makes it a decimal sign
    ("1.348 million"), as it is everywhere else.
    """
    grouped = re.sub(r"[\s'’]", "", number)
    marks = re.findall(r"[.,]", grouped)
    decimal = marks[-1] if marks else ""
    if marks.count(decimal) > 1 or (len(marks) == 1 and _parts_thousands(number, grouped, factor)):
        decimal = ""
    whole, _, part = grouped.rpartition(decimal) if decimal else (grouped, "", "")
    return Decimal(re.sub(r"[.,]", "", whole) + "." + (part or "0")) * factor


def _parts_thousands(number: str, grouped: str, factor: Decimal) -> bool:
    whole, part = re.split(r"[.,]", grouped)
    return factor == 1 and len(part) == len("000") and whole == number[: len(whole)] and whole != "0"


def _cardinal(words: str) -> Decimal:
    """The value of number words, the scale among them.

    >>> int(_cardinal("deux cent quatre-vingt mille")), int(_cardinal("un demi million"))
    (280000, 500000)
    """
    total = current = Decimal(0)
    for word in re.findall(r"\w+", words):
        value = _WORD_VALUES.get(word) or _SCALES.get(word)
        if value is None:
            continue
        if value >= _THOUSAND:
            total, current = total + (current or 1) * value, Decimal(0)
        elif value == 100 or word.endswith("aine") or (value < 1 and current):
            current = (current or 1) * value
        elif value == 20 and current % 100 == 4:  # quatre-vingt
            current += 76
        else:
            current += value
    return total + current
