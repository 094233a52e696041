"""The query language: total, canonical, told in French, and cheap when a question is plain words."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.grammar.parser import TYPED_MAX, understand
from index.grammar.shape import DEPTH_MAX
from index.grammar.sums import read_sum, written_sum
from index.grammar.tree import (
    MUST,
    MUST_NOT,
    AmountRange,
    Both,
    DateRange,
    Either,
    Part,
    Phrase,
    Prefix,
    Query,
    Value,
    Within,
    Without,
    Word,
)
from index.grammar.when import LAST_DAY, NO_SUCH_DATE, NO_YEAR, NOT_A_DATE, read_range, written_range
from index.query import LEAVES_MAX, TEXT_MAX, parse, read
from index.reading import reading

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2024, 3, 8)


def _help_page():
    spec = importlib.util.spec_from_file_location("query_language", ROOT / "docs" / "query_language.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["query_language"] = module
    spec.loader.exec_module(module)
    return module


HELP = _help_page()
ROWS = [row for section in HELP.sections() for row in section.rows]

# --- the table that is also the help page


@pytest.mark.parametrize("row", ROWS, ids=[row.typed for row in ROWS])
def test_the_table_of_the_help_page(row):
    understood = read(row.typed, TODAY)
    assert (str(understood.query), reading(understood.query), understood.note) == row[1:]
    assert parse(row.canonical, TODAY) == understood.query


def test_the_table_has_its_120_rows_and_no_input_twice():
    assert len({row.typed for row in ROWS}) == len(ROWS) >= 120


def test_the_help_page_is_current():
    page = (ROOT / "docs" / "query-language.md").read_text(encoding="utf-8")
    assert page == HELP.query_language(), "run python docs/generate.py"


# --- any text

SIGNS = 'ET OU SAUF AND OR NOT ( ) (( )) " « » “ ” „ + - − – * .. : , ET, -( +( SAUF( titre:( ville:( date:( montant:('.split()
TYPED = [
    *SIGNS,
    *(
        "ville:Hué",
        "ville : Hué",
        'ville:"Ho Chi Minh"',
        "ville:ET",
        "pays:",
        "titre:eau*",
        'titre:"a b"',
        "titre:ville:x",
    ),
    *(
        "date:mai 2022",
        "date:31 février 2022",
        "date:depuis mars 2021",
        "date:0001",
        "date:ville:x",
        'date:"mai (2022"',
    ),
    *("montant:>1M€", "montant:< 200 000 €", "montant:1..", "montant:abc", "evenement:de mars à mai 2021", "à 2021"),
    *(
        "auteur:Dupont",
        "http://x.fr/a",
        "12:30",
        "élu(e)s",
        "a*b",
        "*eau",
        "eau*",
        "A.I.M.F.",
        "N’Djaména",
        "'ville:x",
        ":x",
    ),
    *(
        "eau",
        "potable",
        "l’eau",
        "2019",
        "1er",
        "du",
        "\u200b",
        "\ufeff",
        "e\u0301",
        "ß",
        "İ",
        "٣",
        "²",
        "\x00",
        "\x1c",
        "€",
    ),
]
PIECE = st.one_of(
    st.sampled_from(TYPED),
    st.text(max_size=6),
    st.text(alphabet="aé1 -+−–\"«»“”„'’().*:,;ETOUSAF<>=€$…/", max_size=12),
    st.from_regex(r"[0-9]{1,4}([-/.][0-9]{1,4}){0,2}", fullmatch=True),
)
SEQUENCE = st.lists(st.tuples(PIECE, st.sampled_from([" ", "", " ", "\u00a0", "\n"])), max_size=25).map(
    lambda pieces: "".join(piece + blank for piece, blank in pieces)
)
NESTED = st.recursive(
    PIECE,
    lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=4), st.sampled_from([" OU ", " ET ", " ", " -"])).map(
        lambda made: f"({made[1].join(made[0])})"
    ),
    max_leaves=30,
)
REPEATED = st.tuples(SEQUENCE, st.integers(2, 60)).map(lambda made: f"{made[0]} " * made[1])
ANY_TEXT = st.one_of(SEQUENCE, SEQUENCE, NESTED, REPEATED, st.text(max_size=200))


@settings(max_examples=2_000, deadline=None)
@given(ANY_TEXT)
def test_any_text_has_a_canonical_form_that_is_read_as_the_same_query(text):
    understood = read(text, TODAY)
    query = understood.query
    assert parse(str(query), TODAY) == query
    assert hash(query) == hash(parse(str(query), TODAY))
    assert len(str(query)) < TYPED_MAX
    assert len(tuple(query.leaves())) <= LEAVES_MAX
    assert sum(map(len, query.words())) <= TEXT_MAX
    told = reading(query)
    assert told.startswith(("Articles ", "Tous les articles"))
    assert told.endswith(".")
    assert understood.note == "" or understood.note.endswith(".")


@given(st.lists(st.text(alphabet="aéZ9'’-_", min_size=1, max_size=8), max_size=12).map(" ".join))
def test_plain_words_are_read_alike_with_and_without_the_grammar(text):
    assert read(text).query == understand(text, TEXT_MAX, LEAVES_MAX)[0]


CALLS_MAX = 100_000
"""Of functions, for a pasted page; reading it all, or parts of it again and again, would be millions."""


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 99_999, '"' * 99_999, "«" * 99_999, "-" * 99_999, "a OU " * 20_000, "date:x " * 20_000),
        *("montant:9 9 " * 9_000, "((a OU b) ET " * 9_000, "a(b)" * 20_000, "SAUF " * 20_000, "titre:(" * 20_000),
        *("mot " * 50_000, "m" * 99_999),
    ],
    ids=lambda text: text[:8],
)
def test_pasted_pages_hold_nobody_up(text):
    called = 0

    def count(_frame, event, _argument):
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        understood = read(text)
    finally:
        sys.setprofile(None)
    assert called < CALLS_MAX, called
    assert parse(str(understood.query)) == understood.query


def test_only_the_beginning_of_a_very_long_question_is_read_and_it_says_so():
    assert len(parse("mot " * 100).parts) == LEAVES_MAX
    assert read("mot " * 100).note == "Seul le début de la question est cherché."
    assert sum(map(len, parse("assainissement" * 10 + " eau" * 900 + "?").words())) <= TEXT_MAX


def test_parentheses_too_deep_stand_beside_each_other():
    deep = "(a OU (b ET " * 30 + "c" + "))" * 30
    query = parse(deep)
    assert parse(str(query)) == query
    assert str(query).count("(") <= DEPTH_MAX
    assert "trop de parenthèses" in read(deep).note


# --- words

NOTHING = ["", "   ", "-", '"', '""', "«»", "!?", "- - +", "SAUF", "(((", "*", "\u200b"]


@pytest.mark.parametrize("text", NOTHING)
def test_what_says_nothing_asks_for_everything(text):
    assert parse(text) == Query()
    assert reading(parse(text)) == "Tous les articles."


@pytest.mark.parametrize(
    "text", ['"eau potable"', "« eau potable »", "“eau potable”", "«\u00a0eau  potable\u00a0»", "„eau potable“"]
)
def test_phrases_in_all_quotation_marks(text):
    assert parse(text).parts == (Part(Phrase("eau potable")),)


@pytest.mark.parametrize("text", ["eau -Tunis", "eau SAUF Tunis", "eau NOT Tunis", "eau −Tunis", "eau SAUF -Tunis"])
def test_exclusion(text):
    assert parse(text).parts == (Part(Word("eau")), Part(Word("Tunis"), MUST_NOT))


def test_an_excluded_phrase_and_a_required_word():
    assert parse('+eau -"Phnom Penh"').parts == (Part(Word("eau"), MUST), Part(Phrase("Phnom Penh"), MUST_NOT))


def test_a_hyphen_inside_a_word_excludes_nothing():
    assert parse("vivre-ensemble 2019-2020 a - b").words() == ("vivre-ensemble", "2019-2020", "a", "b")


def test_an_open_quotation_mark_is_dropped_and_its_words_are_kept():
    assert parse('"eau potable').words() == ("eau", "potable")


def test_wanted_words_and_phrases_are_told_in_their_order():
    query = parse('eau (port OU "le Havre") -gare titre:quai mar* -(x OU -y)')
    assert query.words() == ("eau", "port", "le Havre", "quai", "y")
    assert query.phrases() == ("le Havre",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Droit à la ville : un guide", "Droit à la ville un guide"),
        ("Sport et Villes : bilan", "Sport et Villes bilan"),
        ("Femmes & ville : bilan", "Femmes ville bilan"),
        ("Nos partenaires: bilan", "Nos partenaires bilan"),
    ],
)
def test_the_name_of_a_field_in_a_title_is_a_word(text, words):
    assert str(parse(text)) == words


@pytest.mark.parametrize("text", ["eau ville : Hué", "eau ville: Hué", "eau la-ville ville:Hué", "villes:Hué eau"])
def test_the_name_of_a_field_in_a_question_is_a_field(text):
    assert Part(Value("city", "Hué"), MUST) in parse(text).parts


# --- together


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("eau ET port", (Part(Word("eau"), MUST), Part(Word("port"), MUST))),
        ("eau OU port", (Part(Either((Word("eau"), Word("port")))),)),
        ("a ET b OU c", (Part(Either((Both((Word("a"), Word("b"))), Word("c")))),)),
        ("a OU b c", (Part(Either((Word("a"), Word("b")))), Part(Word("c")))),
        ("a SAUF b ET c", (Part(Word("a")), Part(Word("b"), MUST_NOT), Part(Word("c"), MUST))),
        ("a SAUF b OU c", (Part(Word("a")), Part(Either((Word("b"), Word("c"))), MUST_NOT))),
        ("a OU -b", (Part(Either((Word("a"), Without(Word("b")))), MUST),)),
        ("-(-a)", (Part(Word("a")),)),
        ("(a b) c", (Part(Word("a")), Part(Word("b")), Part(Word("c")))),
        ("((a OU b) OU c)", (Part(Either((Word("a"), Word("b"), Word("c")))),)),
        ("eau*", (Part(Prefix("eau")),)),
        ("titre:(a OU b*)", (Part(Within("title", Either((Word("a"), Prefix("b")))), MUST),)),
        ("ville:Hué", (Part(Value("city", "Hué"), MUST),)),
        ("ville:(Hué, Ho Chi Minh)", (Part(Either((Value("city", "Hué"), Value("city", "Ho Chi Minh"))), MUST),)),
        ("theme:(a ET b)", (Part(Value("theme", "a"), MUST), Part(Value("theme", "b"), MUST))),
        ("-langue:fr", (Part(Value("language", "fr"), MUST_NOT),)),
        ("ville:Hué OU eau", (Part(Either((Value("city", "Hué"), Word("eau")))),)),
        ("montant:>1M€", (Part(AmountRange(1e6, None, "EUR", strict=True), MUST),)),
        ("event:2022-05-03", (Part(DateRange("event", *[date(2022, 5, 3).toordinal()] * 2), MUST),)),
    ],
)
def test_the_tree(text, parts):
    assert parse(text).parts == parts


@pytest.mark.parametrize(
    "text", ["date:2019 à 2021 eau", "date:2019 montant:5 M€", "date:(2019) à 2021", "montant:(1) M€"]
)
def test_what_belongs_to_a_date_or_an_amount_survives_the_canonical_form(text):
    assert parse(str(parse(text))) == parse(text)


def test_several_mistakes_are_one_sentence():
    note = read("date:mai auteur:x ville: pays:Laos ET").note
    assert note == (
        "Je n’ai pas compris «\u00a0date:mai\u00a0» (il manque l’année) ni «\u00a0auteur:x\u00a0» "
        "(aucun champ ne s’appelle ainsi) ni «\u00a0ville:\u00a0» (il manque un nom) ni d’autres signes\u202f; cherché comme des mots."
    )


def test_words_that_were_not_searched_are_not_told():
    assert reading(parse("boues de vidange"), {"de"}) == "Articles avec les mots « boues », « vidange »."


def test_the_reading_names_every_part():
    told = reading(parse('"eau potable" +Tunis station -Sousse -ville:Hué pays:Laos date:mai 2022'))
    assert told == (
        "Articles du pays Laos, publiés en mai 2022, avec l’expression exacte « eau potable » et le mot obligatoire "
        "« Tunis » et le mot « station », sans « Sousse », sauf ceux de la ville Hué."
    )


def test_fields_are_told_with_what_excludes_among_them():
    assert reading(parse("ville:Hué OU -date:2019")) == ("Articles de la ville Hué ou qui ne sont pas publiés en 2019.")


# --- dates and amounts


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("16-18 novembre 2022", "2022-11-16..2022-11-18"),
        ("entre le 28 mai 2021 et le 3 juin 2022", "2021-05-28..2022-06-03"),
        ("12/03 - 15/03/2022", "2022-03-12..2022-03-15"),
        ("03/2021-05/2021", "2021-03..2021-05"),
        ("15.06.2022", "2022-06-15"),
        ("15/06/98", "1998-06-15"),
        ("1ᵉʳ juin 2022", "2022-06-01"),
        ("JUIN 2022", "2022-06"),
        ("June 15, 2022", "2022-06-15"),
        ("15th of June 2022", "2022-06-15"),
        ("from May to July 2021", "2021-05..2021-07"),
        ("lundi 13 juin 2022", "2022-06-13"),
        ("du printemps à l’automne 2022", "2022-03..2022-11"),
        ("depuis l'an dernier", "2023.."),
        ("le mois dernier", "2024-02"),
        ("les années 90", "1990..1999"),
        ("2010s", "2010..2019"),
        ("T2 2022", "2022-04..2022-06"),
        ("second semestre 2021", "2021-07..2021-12"),
        ("29 février 2024", "2024-02-29"),
        ("2022..2019", "2019..2022"),
        ("après le 31 décembre 2019", "2020.."),
        ("avant le 1er mars 2020", "..2020-02"),
        ("29 février 2023", NO_SUCH_DATE),
        ("31/04/2022", NO_SUCH_DATE),
        ("2022-13", NO_SUCH_DATE),
        ("32 mai 2022", NO_SUCH_DATE),
        ("31 février", NO_SUCH_DATE),
        ("du 28 au 3 juin 2022", NO_SUCH_DATE),
        ("0000", NO_SUCH_DATE),
        ("12 mai", NO_YEAR),
        ("de mars à mai", NO_YEAR),
        ("depuis", NOT_A_DATE),
        ("2019 2020", NOT_A_DATE),
        ("12", NOT_A_DATE),
        ("", NOT_A_DATE),
    ],
)
def test_dates_as_people_write_them(text, days):
    told = read_range(text, TODAY)
    assert (told.wrong or written_range(told.first, told.last)) == days


DAY = st.one_of(st.none(), st.integers(1, LAST_DAY), st.dates(date(1990, 1, 1), date(2030, 12, 31)).map(date.toordinal))


@given(st.tuples(DAY, DAY).filter(any))
def test_any_days_have_a_written_form(days):
    first, last = sorted(days) if all(days) else days
    told = read_range(written_range(first, last), TODAY)
    assert (told.first, told.last, told.wrong) == (first, last, "")
    assert reading(Query((Part(DateRange("date", first, last), MUST),))).startswith("Articles publiés ")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1,5 M€", "1500000EUR"),
        ("1,500 M€", "1500000EUR"),
        ("1.000 €", "1000EUR"),
        ("1 000,50 €", "1000.5EUR"),
        ("1\u202f000\u202f000\u00a0€", "1000000EUR"),
        ("$5m", "5000000USD"),
        ("au moins 200 000 dollars", ">=200000USD"),
        ("100 000 CAD", "100000CAD"),
        ("2 Mds XAF", "2000000000XAF"),
        ("≥ 5000", ">=5000"),
        ("1M€..", ">=1000000EUR"),
        ("..3M€", "<=3000000EUR"),
        ("de 500 000 à 3 M€", "500000..3000000EUR"),
        ("3M..1M", "1000000..3000000"),
        ("5 M€ .. 3 M$", None),
        ("1 2", None),
        ("€", None),
        ("entre 5", None),
        ("9" * 400, None),
    ],
)
def test_amounts_as_people_write_them(text, written):
    said = read_sum(text)
    assert (said and written_sum(said[0], said[1], said[2] or "", strict=said[3])) == written
    assert written is None or read_sum(written) == said


@pytest.mark.parametrize(
    ("asked", "value", "currency", "is_held"),
    [
        (AmountRange(low=5.0, strict=True), 5.0, "EUR", False),
        (AmountRange(low=5.0), 5.0, "EUR", True),
        (AmountRange(5.0, 7.0, "EUR"), 6.0, "USD", False),
        (AmountRange(5.0, 7.0, "FCFA"), 6.0, "XAF", True),
        (AmountRange(high=7.0, currency="XOF"), 6.0, "XAF", False),
    ],
)
def test_which_sums_an_amount_holds(asked, value, currency, is_held):
    assert asked.holds(value, currency) is is_held


# --- what a plain question costs

PLAIN = """
import sys
from index.query import parse
from index.reading import reading
reading(parse("l’eau potable à N'Djamena vivre-ensemble 2019"))
heavy = "re enum datetime dataclasses typing collections functools json pathlib index.grammar.parser index.grammar.when index.grammar.fields".split()
print([name for name in heavy if name in sys.modules])
"""
FIELDS = """
import sys
from index.query import parse
parse("(eau OU port) -Tunis")
print([name for name in ("datetime", "index.grammar.when", "index.grammar.sums") if name in sys.modules])
"""


@pytest.mark.parametrize("program", [PLAIN, FIELDS], ids=["plain words", "words with operators"])
def test_a_question_imports_only_what_it_needs(program):
    # -S -E: without site-packages nobody else has imported anything before.
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]", done.stderr
