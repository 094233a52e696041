"""The French chain: what a text becomes, and that every token stays tied to its place in the original."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index
from index.french import STEPS, analyze, fold

FRENCH = st.text(alphabet="abcéèêàùçœæ ÉÀŒ'’-‑._&/0123456789AIMF\u0301\u00a0\u202f\u00ad\n«»!", max_size=80)


def exact(text: str) -> list[str]:
    return [t.exact for t in analyze(text)]


def stems(text: str) -> list[str]:
    return [t.stem for t in analyze(text) if t.stem is not None]


MODULES = [m.name for m in pkgutil.iter_modules(index.__path__, "index.") if not m.name.endswith((".cli", ".web"))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_step_has_an_example():
    assert all(">>>" in (step.__doc__ or "") for step in STEPS)


def test_straight_and_typographic_apostrophes_elide_alike():
    assert exact("l'eau") == exact("l’eau") == ["eau"]
    assert exact("jusqu’à Qu'elle") == ["a", "elle"]
    assert exact("aujourd’hui") == exact("aujourd'hui") == ["aujourdhui"]


def test_a_compound_is_its_parts_and_one_word():
    assert exact("vivre-ensemble") == ["vivre", "ensemble", "vivreensemble"]
    assert "esport" in exact("l’e-sport")
    assert exact("esport") == ["esport"]
    assert "ndjamena" in exact("N’Djaména")
    assert "djamena" in exact("N'Djaména")
    assert exact("SIM_Ba") == ["sim", "ba", "simba"]


def test_the_joined_reading_stands_where_the_compound_stands():
    first, second, joined, after = analyze("vivre-ensemble ici")
    assert (first.position, second.position, joined.position, after.position) == (0, 1, 0, 2)
    assert joined.joined
    assert not first.joined


def test_acronyms_are_one_term_and_never_stemmed():
    assert exact("A.I.M.F.") == exact("AIMF") == ["aimf"]
    assert stems("ODD") == ["odd"]
    assert stems("COP27") == ["cop", "27", "cop27"]


def test_a_line_in_capitals_holds_words_not_acronyms():
    assert stems("LES VILLES DURABLES") == stems("les villes durables")


def test_numbers_ordinals_and_thousands():
    assert exact("35 000") == exact("35\u202f000") == exact("35000") == ["35000"]
    assert exact("98ème")[0] == exact("98e")[0] == exact("98è")[0] == "98e"
    assert exact("1er") == exact("1ère")
    assert exact("mai 2022 300 personnes") == ["mai", "2022", "300", "personnes"]


def test_stop_words_are_told_by_their_accents():
    assert stems("sur") == []
    assert stems("sûr") == ["sur"]
    assert stems("du") == []
    assert stems("dû") == ["du"]


def test_decomposed_accents_change_nothing():
    text = "Développement à Huê"
    assert exact(unicodedata.normalize("NFD", text)) == exact(text) == ["developpement", "a", "hue"]


@given(FRENCH)
def test_spans_lie_in_the_text_and_hold_the_token(text):
    for token in analyze(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact
        assert any(sign.isalnum() for sign in text[token.start : token.end])


@given(st.text())
def test_any_text_has_terms_that_are_folded_already(text):
    for token in analyze(text):
        assert fold(token.exact) == token.exact
        assert token.position >= 0


@given(FRENCH)
def test_positions_never_go_back_except_for_joined_readings(text):
    positions = [t.position for t in analyze(text) if not t.joined]
    assert positions == sorted(positions)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_line_break_keeps_two_texts_apart(left, right):
    together = [t.exact for t in analyze(f"{left}\n.\n{right}")]
    assert sorted(together) == sorted(exact(left) + exact(right)) or any(sign.isupper() for sign in left + right)
