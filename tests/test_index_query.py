"""The query parser: total, canonical, and readable in French."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query import CLAUSES_MAX, Clause, Role, parse, reading

TYPED = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="aé1 -+−–\"«»“”'’().SAUFNOT*:^~[]{}\\/!?&|\n", max_size=60),
)


@given(TYPED)
def test_no_text_makes_it_fail_and_every_reading_is_a_sentence(text):
    query = parse(text)
    assert len(query.clauses) <= CLAUSES_MAX
    assert reading(query).endswith(".")


@given(TYPED)
def test_the_canonical_form_is_read_as_the_same_query(text):
    query = parse(text)
    assert parse(str(query)) == query


@pytest.mark.parametrize("text", ['"eau potable"', "« eau potable »", "“eau potable”", "«\u00a0eau  potable\u00a0»"])
def test_phrases_in_all_quotation_marks(text):
    assert parse(text).clauses == (Clause("eau potable", phrase=True),)


@pytest.mark.parametrize("text", ["eau -Tunis", "eau SAUF Tunis", "eau NOT Tunis", "eau −Tunis"])
def test_exclusion(text):
    assert parse(text).clauses == (Clause("eau"), Clause("Tunis", Role.MUST_NOT))


def test_an_excluded_phrase_and_a_required_word():
    assert parse('+eau -"Phnom Penh"').clauses == (
        Clause("eau", Role.MUST),
        Clause("Phnom Penh", Role.MUST_NOT, phrase=True),
    )


def test_a_hyphen_inside_a_word_excludes_nothing():
    assert parse("vivre-ensemble 2019-2020").clauses == (Clause("vivre-ensemble"), Clause("2019-2020"))


@pytest.mark.parametrize("text", ["", "   ", "-", '"', '""', "«»", "!?", "- - +", "SAUF", "((("])
def test_what_says_nothing_asks_for_everything(text):
    assert parse(text).clauses == ()
    assert reading(parse(text)) == "Tous les articles."


def test_an_open_quotation_mark_is_dropped_and_its_words_are_kept():
    assert [c.text for c in parse('"eau potable').clauses] == ["eau", "potable"]


def test_the_reading_names_every_part():
    told = reading(parse('"eau potable" +Tunis station -Sousse'))
    assert told == (
        "Articles avec l’expression exacte « eau potable » et le mot obligatoire « Tunis » et le mot « station », "
        "sans « Sousse »."
    )


@pytest.mark.parametrize("text", ['«0"»', "eau SAUF (Tunis", '“a "b” c', "SAUF SAUF x", "+(a -)b"])
def test_odd_signs_have_a_canonical_form(text):
    assert parse(str(parse(text))) == parse(text)
