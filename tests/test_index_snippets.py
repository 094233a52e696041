"""Snippets: the original text, letter for letter, with marks."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from index.french import analyze
from index.snippets import LENGTH, Wanted, marks, snippet

TEXT = st.text(alphabet="aéœ villecommune'’-.\n<&>\"É\u0301\u00a0 ", max_size=600)


def wanted(words: str) -> Wanted:
    tokens = analyze(words)
    return Wanted(frozenset(t.exact for t in tokens), frozenset(t.stem for t in tokens if t.stem))


@given(TEXT, st.text(alphabet="aéœvilecommn' ", max_size=20))
def test_text_without_its_marks_is_the_source(text, words):
    found = snippet(text, wanted(words))
    assert found.text in text
    assert html.unescape(found.html().replace("<mark>", "").replace("</mark>", "")) == found.text
    assert len(found.text) <= LENGTH


@given(TEXT, st.text(alphabet="aéœvilecommn' ", max_size=20))
def test_marks_ascend_and_never_overlap(text, words):
    last = 0
    for start, end in marks(text, wanted(words)):
        assert last <= start < end <= len(text)
        last = end


def test_marks_reach_through_elision_ligature_accent_and_inflection():
    text = "L’Œuvre d’art, les communes et N’Djaména"
    marked = [text[a:b] for a, b in marks(text, wanted("oeuvre commune ndjamena"))]
    assert marked == ["Œuvre", "communes", "N’Djaména"]
    assert marks("communication", wanted("commune")) == ()


def test_markup_in_the_text_is_escaped():
    assert snippet("<b>ville</b>", wanted("ville")).html() == "&lt;b&gt;<mark>ville</mark>&lt;/b&gt;"


def test_the_passage_with_most_of_the_question_is_shown():
    text = (
        "Une ville. " + "Rien de tel ici. " * 40 + "La ville de Tunis a un budget participatif. " + "Autre chose. " * 40
    )
    found = snippet(text, wanted("budget participatif ville"))
    assert "budget participatif" in found.text
    assert found.cut_before
    assert found.cut_after
    assert found.plain("[", "]").startswith("… ")


def test_without_a_match_the_beginning_is_shown():
    found = snippet("Début du texte. " * 50, Wanted())
    assert found.text.startswith("Début")
    assert found.marks == ()
    assert not found.cut_before
