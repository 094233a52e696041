"""Our grammars of dates and amounts beside dateparser and price-parser.

    facts.py                                        a table of spellings: how many of them each reads right
    facts.py --gold FIELDS.jsonl --articles FILE    the same on labelled pages: precision, recall, F1

Needs dateparser and price-parser, which the bench extra installs; without them only ours is measured. FILE is what
`aimf export` writes, FIELDS.jsonl has a page a line: `url` and `entities` with `amounts` and `event_dates`. The
peers get the benefit of the doubt: a range counts as read when the days found begin and end with it, a month or a year
when the one day found lies in it, on pages only the start of a date is compared, and price-parser, which reads one
price of a text, is given each clause by itself and its currency where it names none. number-parser reads no French
and is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.facts.amounts import find_amounts
from pipeline.facts.dates import find_dates

Days = list[tuple[str, str]]  # start and end
Sums = list[tuple[Decimal, str]]
ReadDates = Callable[[str, date], Days]
ReadSums = Callable[[str, Sequence[str]], Sums]

PUBLISHED = date(2022, 6, 10)
CLAUSE = re.compile(r"\n|[;:()]|\.\s|,\s|\set\s")
CURRENCIES = {"€": "EUR", "euro": "EUR", "fcfa": "XOF", "$": "USD", "dollar": "USD", "£": "GBP", "dh": "MAD"}

DATES: dict[str, Days] = {
    "le lundi 6 mai 2019 à 14h": [("2019-05-06", "2019-05-06")],
    "1er juin 2021": [("2021-06-01", "2021-06-01")],
    "1ᵉʳ juin 2021": [("2021-06-01", "2021-06-01")],
    "03/06/2019": [("2019-06-03", "2019-06-03")],
    "du 5 au 9 septembre 2021": [("2021-09-05", "2021-09-09")],
    "les 11 et 12 avril 2021": [("2021-04-11", "2021-04-12")],
    "du 29 août au 3 septembre 2021": [("2021-08-29", "2021-09-03")],
    "du 28 décembre au 3 janvier 2022": [("2021-12-28", "2022-01-03")],
    "du mardi 4 au jeudi 6 mai 2021": [("2021-05-04", "2021-05-06")],
    "les 24 et 25 mai": [("2022-05-24", "2022-05-25")],
    "du 30 mai au 2 juin": [("2022-05-30", "2022-06-02")],
    "le 30 décembre dernier": [("2021-12-30", "2021-12-30")],
    "le 12 mars prochain": [("2023-03-12", "2023-03-12")],
    "en mai 2021": [("2021-05", "2021-05")],
    "en octobre dernier": [("2021-10", "2021-10")],
    "mai-juin 2021": [("2021-05", "2021-06")],
    "de mai à juillet 2019": [("2019-05", "2019-07")],
    "au printemps 2021": [("2021-03", "2021-05")],
    "en 2016": [("2016", "2016")],
    "entre 2011 et 2014": [("2011", "2014")],
    "2011-2014": [("2011", "2014")],
    "23-27 May 2021": [("2021-05-23", "2021-05-27")],
    "May 23rd, 2021": [("2021-05-23", "2021-05-23")],
    "from 2 to 4 June": [("2022-06-02", "2022-06-04")],
    "d’ici 2030": [],
    "l’Agenda 2030": [],
    "les années 1990": [],
    "rue du 10 mai 1981": [],
    "la loi n° 2010-751 du 16 décembre 2010": [],
    "8 mars : Journée internationale des droits des femmes": [],
    "Tél. 01 44 88 22 88": [],
    "12 villes, 2000 élèves": [],
}
EUR = "EUR"
SUMS: dict[str, Sums] = {
    "près de 7 millions d’euros": [(Decimal(7000000), EUR)],
    "2.45 million d’euros": [(Decimal(2450000), EUR)],
    "2,45 millions d’euros": [(Decimal(2450000), EUR)],
    "4,7 M€": [(Decimal(4700000), EUR)],
    "4.7 M €": [(Decimal(4700000), EUR)],
    "300 K€": [(Decimal(300000), EUR)],
    "2.045.000 euros": [(Decimal(2045000), EUR)],
    "2 045 000 €": [(Decimal(2045000), EUR)],
    "2\u00a0045\u202f000 euros": [(Decimal(2045000), EUR)],
    "2,045,000 euros": [(Decimal(2045000), EUR)],
    "47.000€": [(Decimal(47000), EUR)],
    "2 711,45 €": [(Decimal("2711.45"), EUR)],
    "265 000 €": [(Decimal(265000), EUR)],
    "12 500 euros HT": [(Decimal(12500), EUR)],
    "9 Milliards de FCFA": [(Decimal(9000000000), "XOF")],
    "20M USD": [(Decimal(20000000), "USD")],
    "USD 20 million": [(Decimal(20000000), "USD")],
    "€3 million": [(Decimal(3000000), EUR)],
    "CHF 180’000": [(Decimal(180000), "CHF")],
    "85 MDH": [(Decimal(85000000), "MAD")],
    "deux millions d’euros": [(Decimal(2000000), EUR)],
    "un demi-million d’euros": [(Decimal(500000), EUR)],
    "1 million 200 mille euros": [(Decimal(1200000), EUR)],
    "3 à 4 millions d’euros": [(Decimal(3000000), EUR), (Decimal(4000000), EUR)],
    "2 millions d’habitants": [],
    "250 m²": [],
    "45 % des 12 villes": [],
}


def our_dates(text: str, published: date) -> Days:
    return [(found.start, found.end) for found in find_dates(text, published=published)]


def our_sums(text: str, countries: Sequence[str]) -> Sums:
    return [(Decimal(found.value), found.currency) for found in find_amounts(text, countries=tuple(countries))]


def dateparser_dates() -> ReadDates:
    from dateparser.search import search_dates

    def read(text: str, published: date) -> Days:
        base = datetime(published.year, published.month, published.day)  # noqa: DTZ001 - a day, as its parser wants it
        found = search_dates(text, languages=["fr", "en"], settings={"RELATIVE_BASE": base}) or []
        return [(day.date().isoformat(), day.date().isoformat()) for _, day in found]

    return read


def price_parser_sums() -> ReadSums:
    from price_parser import Price

    def read(text: str, _countries: Sequence[str]) -> Sums:
        prices = [Price.fromstring(clause) for clause in CLAUSE.split(text)]
        return [
            (price.amount, CURRENCIES.get(price.currency.lower(), price.currency))
            for price in prices
            if price.amount is not None and price.currency
        ]

    return read


def is_read(expected: Days, found: Days) -> bool:
    """Whether the days found begin and end with what is expected, each cut to the expected precision."""
    if not expected or not found:
        return expected == found
    ((start, end),) = expected
    first, last = min(day for day, _ in found), max(day for _, day in found)
    return len(found) <= 1 + (start != end) and (first[: len(start)], last[: len(end)]) == (start, end)


def on_spellings(dates: dict[str, ReadDates], sums: dict[str, ReadSums]) -> None:
    for name, read in dates.items():
        right = [text for text, expected in DATES.items() if is_read(expected, read(text, PUBLISHED))]
        print(f"dates    {name:14} {len(right):3} of {len(DATES)}")
    for name, read_sums in sums.items():
        right = [text for text, expected in SUMS.items() if sorted(read_sums(text, ())) == sorted(expected)]
        print(f"amounts  {name:14} {len(right):3} of {len(SUMS)}")


def path_of(url: str) -> str:
    return unquote(urlsplit(url).path).rstrip("/").lower()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def on_pages(
    pages: list[tuple[dict[str, Any], dict[str, Any]]], name: str, read: Callable[[dict[str, Any]], Any]
) -> None:
    """Precision, recall and F1 over the pages, and the time; `read` gives the keys found and the gold's (all, must)."""
    right = found = wanted = chars = 0
    begun_s = time.process_time()
    keys = [read(article) for _, article in pages]
    spent_s = time.process_time() - begun_s
    for (entities, article), page_keys in zip(pages, keys, strict=True):
        must = {key for key, required in gold_keys(entities, name) if required}
        may = {key for key, required in gold_keys(entities, name) if not required}
        got = {fitting(key, must | may) for key in page_keys} - (may - must)
        right, found, wanted = right + len(got & must), found + len(got), wanted + len(must)
        chars += len(article["text"])
    precision, recall = right / (found or 1), right / (wanted or 1)
    f1 = 2 * precision * recall / ((precision + recall) or 1)
    ms = spent_s * 1000 / max(chars, 1) * 5000
    print(f"{name:24} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  {ms:8.2f} ms for 5,000 characters")


def gold_keys(entities: dict[str, Any], name: str) -> list[tuple[Any, bool]]:
    if name.startswith("amounts"):
        return [((Decimal(a["value"]), a["currency"]), a["required"]) for a in entities["amounts"]]
    return [(d["start"], d["required"]) for d in entities["event_dates"]]


def fitting(key: Any, wanted: set[Any]) -> Any:
    """A day found stands for the month or year that is wanted and holds it."""
    if isinstance(key, str):
        return next((start for start in sorted(wanted, key=len, reverse=True) if key.startswith(start)), key)
    return key


def countries_of(article: dict[str, Any]) -> list[str]:
    return [place["country"] for place in article.get("places") or () if place.get("country")]


def on_gold(gold: Path, articles: Path, dates: dict[str, ReadDates], sums: dict[str, ReadSums]) -> None:
    by_path = {path_of(row["url"]): row for row in rows(articles)}
    pages = [(row["entities"], by_path[path_of(row["url"])]) for row in rows(gold) if path_of(row["url"]) in by_path]
    for name, read in dates.items():
        on_pages(
            pages,
            f"dates    {name}",
            lambda a, read=read: [
                start for start, _ in read(a["title"] + "\n" + a["text"], date.fromisoformat(a["date_published"][:10]))
            ],
        )
    for name, read_sums in sums.items():
        on_pages(
            pages,
            f"amounts  {name}",
            lambda a, read=read_sums: read(a["title"] + "\n" + a["text"], countries_of(a)),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--articles", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # dateparser warns of days without a year
    dates: dict[str, ReadDates] = {"ours": our_dates}
    sums: dict[str, ReadSums] = {"ours": our_sums}
    try:
        dates["dateparser"] = dateparser_dates()
        sums["price-parser"] = price_parser_sums()
    except ImportError as missing:
        print(f"not installed: {missing.name}; measuring ours alone (pip install -e '.[bench]')")
    on_spellings(dates, sums)
    if asked.gold and asked.articles:
        on_gold(asked.gold, asked.articles, dates, sums)


if __name__ == "__main__":
    main()
