"""Quotations and their speakers: told by verbs, signatures and « selon »; names of programmes are none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.quotes import find_quotes
from pipeline.facts.speakers import name_at, verbs

SAID = "Nous ouvrirons six écoles avant la rentrée"
LONG = "Nous avons voulu que chaque quartier ait sa borne-fontaine, et ce sera fait."


def told(text):
    return [(quote.text, quote.speaker) for quote in find_quotes(text)]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (f"« {SAID} », a déclaré Awa Diop, maire de Niébé.", "Awa Diop"),
        (f"« {SAID} », souligne la maire de Niébé, Mme Awa Diop.", "Awa Diop"),
        (f"« {SAID} » explique ainsi le ministre de la Santé M. Jean Petit.", "Jean Petit"),
        (f"« {SAID} », a expliqué vendredi devant la presse Awa Diop.", "Awa Diop"),
        (f"« {SAID} », a fait savoir le Dr Paul K. Mensah, médecin.", "Paul K. Mensah"),
        (f"« {SAID} », indique la municipalité.", "la municipalité"),
        (f"« {SAID} », rappelle le maire de Val-Fleuri lors de la séance.", "le maire de Val-Fleuri"),
        (f"« {SAID} », selon Awa Diop.", "Awa Diop"),
        (f"Awa Diop, maire de Niébé, a déclaré : « {SAID} ».", "Awa Diop"),
        (f"Mme Awa Diop souligne que « {SAID} ».", "Awa Diop"),
        (f"Selon M. Jean-Marc Petit : « {SAID} ».", "Jean-Marc Petit"),
        (f"Pour Awa Diop, « {SAID} ».", "Awa Diop"),
        (f"Awa Diop, maire de Niébé : « {SAID} »", "Awa Diop"),
        (f"Le maire : « {SAID} »", "Le maire"),
        (f"Ibrahima répond : « {SAID} »", "Ibrahima"),
        (f"« {SAID} »,\nAwa Diop, Maire de Niébé\nUn autre paragraphe.", "Awa Diop"),
        (f"« {SAID} ».\nM. Luc S. Petit, directeur de la régie des eaux.", "Luc S. Petit"),
        (f"« {SAID} » (Awa Diop)", "Awa Diop"),
        (f"“{SAID}”, a précisé Awa Diop.", "Awa Diop"),
        (f'"{SAID}", a précisé Awa Diop.', "Awa Diop"),
        (f'"{SAID}," said Awa Diop, mayor of Niébé.', "Awa Diop"),
        (f'"{SAID}," Awa Diop said.', "Awa Diop"),
        (f"„{SAID}“, sagte Anna Berg.", "Anna Berg"),
        (f"»{SAID}«, sagte Anna Berg.", "Anna Berg"),
        (f"« {SAID} », a déclaré le président sénégalais Idrissa Ndour.", "Idrissa Ndour"),
    ],
)
def test_the_speaker_is_named_beside_the_words(text, speaker):
    assert told(text) == [(SAID, speaker)]


def test_he_and_she_are_who_spoke_last():
    text = f"« {SAID} », a déclaré Awa Diop. « {LONG} », a-t-elle ajouté."
    assert told(text) == [(SAID, "Awa Diop"), (LONG, "Awa Diop")]
    text = f"M. Jean Petit était là. « {SAID} », a-t-il dit."
    assert told(text) == [(SAID, "Jean Petit")]


def test_a_quotation_goes_on_behind_who_says_it():
    text = f"« {SAID} », explique Awa Diop. « {LONG} »"
    assert told(text) == [(SAID, "Awa Diop"), (LONG, "Awa Diop")]


def test_a_sentence_of_its_own_needs_no_speaker():
    assert told(f"Les habitants sont contents.\n« {LONG} »\nLa suite.") == [(LONG, None)]


@pytest.mark.parametrize(
    "text",
    [
        "Le projet « Eau pour tous dans les quartiers de la ville haute et de la ville basse » commence.",
        "Le colloque a eu lieu sous le thème : « Les maires et la jeunesse, quelle confiance pour demain ? ».",
        "L’opération « Une ville plus verte et plus calme », lancée par le gouvernement français, continue.",
        "La ville a adopté le label « Territoire engagé ».",
        "« Eau pour tous » : Niébé ouvre six bornes.",
        "Un « marché couvert », a dit le maire.",
        "Rien n’est cité ici.",
        "« »",
        "",
    ],
)
def test_names_of_things_are_no_quotations(text):
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"« {SAID}« , a déclaré Awa Diop.",
        f"« {SAID} « , a déclaré Awa Diop.",
        f"« {SAID}” a déclaré Awa Diop.",
        f"«{SAID}» a déclaré Awa Diop.",
        f"Elle est contente : »{SAID}« , a déclaré Awa Diop.",
    ],
)
def test_mistyped_marks_are_read_as_they_were_meant(text):
    assert told(text) == [(SAID, "Awa Diop")]


def test_marks_inside_a_quotation_belong_to_it():
    inner = "Le projet « Eau pour tous » nous rassemble tous"
    assert told(f"« {inner} », affirme Awa Diop.") == [(inner, "Awa Diop")]


def test_a_quotation_of_several_paragraphs_is_told_by_paragraphs():
    assert told(f"« {LONG}\n« {LONG} »\nLa suite.") == [(LONG, None), (LONG, None)]


def test_names_are_told_from_offices_and_sentence_beginnings():
    assert name_at("M. Jean de la Tour préside", 0)[0] == "Jean de la Tour"
    assert name_at("N’Golo Kanté-Diarra, maire", 0)[0] == "N’Golo Kanté-Diarra"
    assert name_at("Maire de Niébé", 0) is None
    assert name_at("Selon lui", 0) is None
    assert name_at("", 0) is None


def test_verbs_have_their_forms():
    assert {"souligne", "souligné", "rappelle", "annonça", "répète", "dit", "said"} <= verbs()


pieces = st.lists(
    st.sampled_from(["« ", " »", "“", "”", '"', "„", ", a déclaré ", "Awa Diop", "le maire", " : ", "\n", ". ", "M. "])
    | st.text(max_size=12),
    max_size=40,
).map("".join)


@given(pieces)
def test_any_text_is_read_and_spans_point_at_the_words(text):
    for quote in find_quotes(text):
        assert quote.span is not None
        assert text[quote.span.start_chars : quote.span.end_chars] == quote.text


@pytest.mark.parametrize(
    "unit", ["« ", "« a » ", 'a "', "Awa Diop, ", "« A b c d e f g h i j k », dit ", ". " * 5 + "«"]
)
def test_the_time_grows_with_the_text_only(unit):
    text = unit * (60_000 // len(unit))
    begun = time.process_time()
    find_quotes(text)
    assert time.process_time() - begun < 5
