"""The collision audit: words that must meet in the index, words that must not.

The pairs are lists of their own, `collisions_meet.txt` and `collisions_apart.txt`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from index.french import analyze
from index.wordlists import FOLDER, pairs

HERE = Path(__file__).parent


def read(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    texts = [pair for line in lines if not line.startswith("#") for pair in line.split(" | ")]
    return [(left, right) for left, right in (text.rsplit(" ", 1) for text in texts)]


MEET = read("collisions_meet.txt")
APART = read("collisions_apart.txt")


def stems(word: str) -> set[str]:
    return {token.stem for token in analyze(word) if token.stem is not None}


@pytest.mark.parametrize(("left", "right"), MEET)
def test_words_that_must_meet(left, right):
    assert stems(left) & stems(right)


@pytest.mark.parametrize(("left", "right"), APART)
def test_words_that_must_stay_apart(left, right):
    assert stems(left)
    assert not stems(left) & stems(right)


def test_there_are_enough_pairs_of_each():
    assert len(set(MEET)) >= 300
    assert len(set(APART)) >= 300
    assert not set(MEET) & set(APART)


def test_no_form_is_of_two_irregular_verbs():
    for name in ("stem_verbs", "stem_verbs_en"):
        listed = [
            beginning + ending
            for line in (Path(FOLDER) / f"{name}.txt").read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
            for beginning in line.split("|")[0].split()
            for ending in line.split("|")[2].split()
        ]
        assert len(listed) > 30
        assert [form for form in listed if listed.count(form) > 1] == []


def test_a_stem_that_an_exception_gives_is_no_other_words_exception():
    exceptions = pairs("stem_exceptions")
    assert {stem: exceptions[stem] for stem in exceptions.values() if exceptions.get(stem, stem) != stem} == {}
