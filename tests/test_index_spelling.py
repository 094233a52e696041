"""Typing errors: edit distance, sound, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.spelling import Speller, distance

WORD = st.text(alphabet="abcde", max_size=8)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("asainissement", "assainissement"),
        ("teleferique", "telepherique"),
        ("dechtes", "dechets"),
        ("biodivresite", "biodiversite"),
        ("patrimone", "patrimoine"),
    ],
)
def test_the_word_that_was_meant_comes_first(typed, meant):
    vocabulary = ["assainissement", "assainir", "telepherique", "dechets", "biodiversite", "patrimoine", "patron"]
    assert Speller(vocabulary).guesses(typed)[0].word == meant


def test_short_words_and_numbers_are_left_alone():
    assert Speller(["eau", "2020", "peau"]).guesses("eua") == ()
    assert Speller(["2020"]).guesses("2019") == ()


@given(WORD, WORD)
def test_distance_is_symmetric_and_zero_only_for_the_same_word(left, right):
    assert distance(left, right, 9) == distance(right, left, 9)
    assert (distance(left, right, 9) == 0) == (left == right)


@given(WORD, WORD, st.integers(0, 3))
def test_a_limit_only_cuts_the_answer(left, right, limit):
    assert distance(left, right, limit) == min(distance(left, right, 9), limit + 1)
