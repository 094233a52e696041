"""The language of a text: declared, detected, stable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.language import judge
from pipeline.extract.passages import foreign_passages

FRENCH = "Le conseil municipal a réuni hier les habitants du quartier pour présenter le projet de station d’épuration, qui doit entrer en service avant la fin de l’année. Les travaux commenceront au printemps et dureront dix mois environ."
ENGLISH = "The city council met yesterday with the people of the neighbourhood to present the plans for the new water treatment plant, which should start working before the end of the year and serve twelve thousand people every day."


def verdict(text, *, path="/a", declared=("fr-FR",), expected=("fr", "en")):
    return judge(text, path=path, declared=declared, expected=expected).language


def test_a_long_text_overrules_the_page():
    assert verdict(ENGLISH) == "en"
    assert verdict(FRENCH, declared=("en",)) == "fr"


@pytest.mark.parametrize("text", ["", "Sport", "VILLE DE NAMUR", "City of Namur"])
def test_a_short_text_does_not_flip(text):
    assert verdict(text) == "fr"


def test_capitals_are_read_like_small_letters():
    assert verdict(FRENCH.upper()) == "fr"


def test_the_address_counts_before_the_page():
    assert verdict("Sport", path="/en/sport") == "en"


def test_nothing_known_is_said():
    assert verdict("", declared=()) is None


def test_the_answer_is_always_the_same():
    mixed = FRENCH[:110] + ENGLISH[:110]
    assert len({verdict(mixed) for _ in range(20)}) == 1


@pytest.mark.parametrize("declared", [(), ("fr",), ("de",)])
def test_function_words_settle_what_is_declared_wrongly(declared):
    assert verdict(FRENCH, declared=declared, expected=("fr", "en", "de")) == "fr"
    assert "function words" in judge(FRENCH, path="/", declared=declared, expected=("fr", "de")).evidence


def test_a_list_of_names_does_not_flip():
    names = "Cotonou, Dschang, Bukavu, Kindia, Siem Reap, Phnom Penh, Vientiane, Antananarivo, Mahajanga, Ouagadougou, Nouakchott, Tunis, Sfax, Sousse, Erevan, Bucarest, Namur, Lausanne, Genève, Montréal, Québec, Monastir, Chefchaouen."
    assert len(names) > 200
    assert verdict(names) == "fr"


def test_a_text_in_no_expected_language_stays_as_declared_or_unknown():
    arabic = "اجتمع المجلس البلدي أمس مع سكان الحي لعرض مشروع محطة معالجة المياه التي ستبدأ العمل قبل نهاية السنة. " * 3
    assert verdict(arabic, declared=()) is None
    assert verdict(arabic, declared=("fr",)) == "fr"


def spoken(text, language="fr"):
    found = foreign_passages(text, language)
    return [(one.language, text[one.span.start_chars : one.span.end_chars]) for one in found]


def test_a_foreign_paragraph_of_a_french_article_is_marked():
    assert spoken(f"{FRENCH}\n{ENGLISH}\n{FRENCH}") == [("en", ENGLISH)]


def test_neighbouring_foreign_paragraphs_are_one_passage():
    assert spoken(f"{FRENCH}\n{ENGLISH}\n{ENGLISH}") == [("en", f"{ENGLISH}\n{ENGLISH}")]


@pytest.mark.parametrize(
    "line",
    [
        "Smart City Week, Innovation Hub, Open Data Lab, Green Deal Award, Urban Forum, Startup Weekend, Climate Change Lab, City Makers Summit",
        "Made in Africa: the best of",
        "Awa Diop, Jean Petit, Anna Berg, Karl Klein, Ann Lee, John Smith, Maria Rossi, Juan Garcia, Li Wei, Nguyen Van An, Paul Mensah, Omar Sy",
    ],
)
def test_names_and_mottoes_are_no_passage(line):
    assert spoken(f"{FRENCH}\n{line}") == []


def test_an_article_of_no_known_language_has_no_foreign_passages():
    assert spoken(ENGLISH, None) == []


@given(st.text(max_size=300))
def test_any_text_has_a_verdict(text):
    found = judge(text, path="/", declared=("fr",), expected=("fr", "en"))
    assert found.language in ("fr", "en")
    assert isinstance(foreign_passages(text, found.language), tuple)
