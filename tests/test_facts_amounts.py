import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.amounts import find_amounts


def sums(text, *countries):
    return [f"{a.value} {a.currency}" for a in find_amounts(text, countries=countries)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.045.000 euros", "2045000 EUR"),
        ("2 045 000 euros", "2045000 EUR"),
        ("2\u00a0045\u202f000\u2009€", "2045000 EUR"),
        ("2,045,000 euros", "2045000 EUR"),
        ("47.000€", "47000 EUR"),
        ("47.500,50 €", "47500.5 EUR"),
        ("2 711,45 €", "2711.45 EUR"),
        ("1,234.50 €", "1234.5 EUR"),
        ("12.5 €", "12.5 EUR"),
        ("0.125 €", "0.125 EUR"),
        ("2,45 millions d’euros", "2450000 EUR"),
        ("2.45 million d'euros", "2450000 EUR"),
        ("2.450 millions d’euros", "2450000 EUR"),
        ("7, 250 Mds d’euros", "7250000000 EUR"),
        ("4,7 M€", "4700000 EUR"),
        ("4.7 M €", "4700000 EUR"),
        ("12 Me", "12000000 EUR"),
        ("300 K€", "300000 EUR"),
        ("1,5 Md€", "1500000000 EUR"),
        ("3 millions €", "3000000 EUR"),
        ("3 Millions d’€", "3000000 EUR"),
        ("2 millions et demi d’euros", "2500000 EUR"),
        ("1 million 200 mille euros", "1200000 EUR"),
        ("2 milliards 400 millions d’euros", "2400000000 EUR"),
        ("12 000 millions d’euros", "12000000000 EUR"),
        ("5 000 euros HT", "5000 EUR"),
        ("310 000 EUR", "310000 EUR"),
        ("€4 million", "4000000 EUR"),
        ("€4.5bn", "4500000000 EUR"),
        ("EUR 4 million", "4000000 EUR"),
        ("CHF 180’000", "180000 CHF"),
        ("20M USD", "20000000 USD"),
        ("deux millions d’euros", "2000000 EUR"),
        ("un demi-million d’euros", "500000 EUR"),
        ("un milliard et demi d’euros", "1500000000 EUR"),
        ("quatre-vingt-dix mille euros", "90000 EUR"),
        ("une dizaine de millions d’euros", "10000000 EUR"),
        ("mille euros", "1000 EUR"),
        ("two hundred thousand euros", "200000 EUR"),
        ("Coût (en euros) : 2.45 millions", "2450000 EUR"),
        ("Coût (en milliers d’euros) : 120", "120000 EUR"),
    ],
)
def test_spellings_of_a_sum(text, expected):
    assert sums(text) == [expected]


@pytest.mark.parametrize(
    ("text", "countries", "expected"),
    [
        ("9 Milliards de FCFA", ("CM",), ["9000000000 XAF"]),
        ("9 Milliards de FCFA", ("BJ", "CM"), ["9000000000 XOF"]),
        ("41.250.000 F CFA", ("FR", "GA"), ["41250000 XAF"]),
        ("12 millions de CFA", ("SN",), ["12000000 XOF"]),
        ("5 milliards de F", ("CM",), ["5000000000 XAF"]),
        ("6 millions de francs", ("CH",), ["6000000 CHF"]),
        ("6 millions de francs", ("GN",), ["6000000 GNF"]),
        ("6 millions de francs congolais", ("CM",), ["6000000 CDF"]),
        ("6 millions de francs CFP", (), ["6000000 XPF"]),
        ("5000 $", ("CA",), ["5000 CAD"]),
        ("5000 $", (), ["5000 USD"]),
        ("15 M$", ("HT", "CA"), ["15000000 CAD"]),
        ("5 M$ de la Fondation Gates", ("CA",), ["5000000 USD"]),
        ("3 millions de dollars canadiens", ("FR",), ["3000000 CAD"]),
        ("US$ 2.5 million", ("CA",), ["2500000 USD"]),
        ("85 MDH", ("MA",), ["85000000 MAD"]),
        ("100 millions Dh", (), ["100000000 MAD"]),
        ("1 000 dinars", ("TN",), ["1000 TND"]),
        ("1 000 dinars", (), []),
        ("3 millions de gourdes", (), ["3000000 HTG"]),
        ("5 000 ariary", (), ["5000 MGA"]),
        ("40 000 riels", (), ["40000 KHR"]),
        ("2 milliards de dongs", (), ["2000000000 VND"]),
        ("8 millions de kips", (), ["8000000 LAK"]),
        ("5 000 lei", ("MD",), ["5000 MDL"]),
        ("5 000 roupies", ("MU",), ["5000 MUR"]),
        ("£3m", (), ["3000000 GBP"]),
    ],
)
def test_the_countries_tell_the_currency(text, countries, expected):
    assert sums(text, *countries) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 à 4 millions d’euros", ["3000000 EUR", "4000000 EUR"]),
        ("entre 3 et 4 millions d’euros", ["3000000 EUR", "4000000 EUR"]),
        ("de 200 € à 3000 €", ["200 EUR", "3000 EUR"]),
        ("100-200 €", ["100 EUR", "200 EUR"]),
        ("10 à 15 000 euros", ["10000 EUR", "15000 EUR"]),
        ("500 000 à 2 millions d’euros", ["500000 EUR", "2000000 EUR"]),
        ("2017 - 300 000 €", ["300000 EUR"]),
        ("les phases 2 et 300 euros", ["300 EUR"]),
    ],
)
def test_a_range_gives_both_ends(text, expected):
    assert sums(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("près de 4 M€", "près de"),
        ("près d’1 million d’euros", "près de"),
        ("Plus de 4 M€", "Plus de"),
        ("un peu plus d’un million d’euros", "un peu plus de"),
        ("à hauteur de 300 €", "à hauteur de"),
        ("jusqu’à 300 €", "jusqu’à"),
        ("nearly €3 million", "nearly"),
        ("soit 300 €", None),
    ],
)
def test_the_qualifier_is_told(text, expected):
    assert find_amounts(text)[0].qualifier == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("un budget de 3 M€, dont près de 2 millions pour l’eau", ["3000000 EUR", "2000000 EUR"]),
        ("est passé de 4 millions d’euros en 2011 à 6 millions en 2012", ["4000000 EUR", "6000000 EUR"]),
        ("1.5 million de subventions, soit 3 M€ en deux ans", ["1500000 EUR", "3000000 EUR"]),
        ("3 M€ pour 2 millions d’habitants", ["3000000 EUR"]),
        ("3 M€. Les 2 millions visiteurs", ["3000000 EUR"]),
        ("un budget de 2 millions", []),
    ],
)
def test_millions_without_a_currency_count_beside_money(text, expected):
    assert sums(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2 millions d’habitants",
        "250 m²",
        "45 %",
        "des milliards de dollars",
        "5 000 livres",
        "0 €",
        "le Centre de formation (CFA)",
        "100 villes européennes",
        "12 eurodéputés",
        "1 000 franciscains",
        "",
    ],
)
def test_what_is_no_money(text):
    assert sums(text, "CM") == []


def test_a_value_counts_once_with_its_first_place():
    (amount,) = find_amounts("AIMF : 30 000 €, Ville : 30.000 euros")
    assert amount.text == "30 000 €"
    assert amount.span.start_chars == 7


WORDS = st.sampled_from(
    "1 2,5 300 000 1.078.000 ’ ' . - à et entre deux million millions milliards mille cent demi M K Md € $ euros FCFA F "
    "francs d’ de (en euros) : USD EUR près plus budget \n".split(" ")
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join)))
def test_any_text_gives_sums_whose_spans_say_their_words(text):
    for amount in find_amounts(text, countries=("CM", "CA")):
        assert text[amount.span.start_chars : amount.span.end_chars] == amount.text
        assert Decimal(amount.value) > 0
        assert "E" not in amount.value
        assert len(amount.currency) == 3


@pytest.mark.parametrize(
    "part",
    [
        "1 000 ",
        "1 €, ",
        "1,",
        "2 millions ",
        "deux ",
        "mille ",
        "1" + " " * 40,
        "1 à ",
        "3 M€ 2 millions en ",
        "1" * 50,
        "€",
    ],
)
def test_hostile_text_takes_linear_time(part):
    text = part * (100_000 // len(part))
    begun_s = time.process_time()
    find_amounts(text)
    assert time.process_time() - begun_s < 10
