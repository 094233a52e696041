"""The language of a text: declared, detected, stable."""

import pytest

from pipeline.extract.language import judge

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
