"""Articles survive the archive exactly."""

import doctest
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.archive import codec
from pipeline.errors import ArchiveDamaged
from pipeline.records import Article

articles = st.builds(
    Article,
    captured_at=st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0)),
    sources=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@given(articles)
def test_an_article_survives_exactly(article):
    again = codec.article_from_json(codec.article_to_json(article))
    assert again == article
    assert repr(again) == repr(article)


@given(st.text(max_size=30))
def test_anything_else_is_damage(text):
    with pytest.raises(ArchiveDamaged):
        codec.article_from_json(text)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", '{"url": "u", "themes": 1}', '{"date_published": "soon"}'])
def test_wrong_json_is_damage(text):
    with pytest.raises(ArchiveDamaged):
        codec.article_from_json(text)


def test_a_field_of_another_version_is_passed_over():
    text = '{"url":"u","site":"s","title":"t","kind":"k","text":"x","mood":"good"}'
    assert codec.article_from_json(text).title == "t"


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(codec).failed == 0
