"""Snippets: the original text, letter for letter, with marks."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from index.documents import to_document
from index.engine import EXACT, STEM, Found
from index.french import analyze
from index.memory_engine import MemoryReader
from index.snippets import LENGTH, marks, snippet
from pipeline.records import Article

TEXT = st.text(alphabet="aéœ villecommune'’-.\n<&>\"É\u0301\u00a0 ", max_size=600)


def found(text: str, words: str) -> list[Found]:
    groups = [[(EXACT, t.exact), (STEM, t.stem or t.exact)] for t in analyze(words)]
    reader = MemoryReader([to_document(Article("u", "s", "", "page", text))])
    return reader.finder(groups).found(0)[1]


@given(TEXT, st.text(alphabet="aéœvilecommn' ", max_size=20))
def test_text_without_its_marks_is_the_source(text, words):
    shown = snippet(text, found(text, words))
    assert shown.text in text
    assert html.unescape(shown.html().replace("<mark>", "").replace("</mark>", "")) == shown.text
    assert len(shown.text) <= LENGTH


@given(TEXT, st.text(alphabet="aéœvilecommn' ", max_size=20))
def test_marks_ascend_and_never_overlap(text, words):
    last = 0
    for start, end in marks(found(text, words)):
        assert last <= start < end <= len(text)
        last = end


def test_marks_reach_through_elision_ligature_accent_and_inflection():
    text = "L’Œuvre d’art, les communes et N’Djaména"
    marked = [text[a:b] for a, b in marks(found(text, "oeuvre commune ndjamena"))]
    assert marked == ["Œuvre", "communes", "N’Djaména"]
    assert found("communication", "commune") == []


def test_markup_in_the_text_is_escaped():
    assert snippet("<b>ville</b>", found("<b>ville</b>", "ville")).html() == "&lt;b&gt;<mark>ville</mark>&lt;/b&gt;"


def test_the_passage_with_most_of_the_question_is_shown():
    text = (
        "Une ville. " + "Rien de tel ici. " * 40 + "La ville de Tunis a un budget participatif. " + "Autre chose. " * 40
    )
    shown = snippet(text, found(text, "budget participatif ville"))
    assert shown.text == "La ville de Tunis a un budget participatif. " + ("Autre chose. " * 40)[:194].rstrip()
    assert shown.cut_before
    assert shown.cut_after
    assert shown.plain("[", "]").startswith("… La [ville] de Tunis a un [budget] [participatif].")


def test_without_a_match_the_beginning_is_shown():
    shown = snippet("Début du texte. " * 50, ())
    assert shown.text.startswith("Début")
    assert shown.text.endswith("texte.")
    assert shown.marks == ()
    assert not shown.cut_before


def test_initials_end_no_sentence():
    text = "Un préambule. " * 20 + "Le maire M. Dupont et J. Martin ont signé. " + "Suite. " * 60
    assert snippet(text, found(text, "signé")).text.startswith("Le maire M. Dupont")
