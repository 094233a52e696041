"""Acronyms that a text spells out, and the book an archive makes of them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts.acronyms import Expansion, find_acronyms, learn
from pipeline.records import Acronym


def pairs(text):
    return [(a.acronym, a.expansion) for a in find_acronyms(text)]


@pytest.mark.parametrize(
    ("text", "acronym", "expansion"),
    [
        ("La collecte des ordures ménagères (COM) avance.", "COM", "collecte des ordures ménagères"),
        ("Le RESEAU : RMC (Réseau des maires côtiers) agit.", "RMC", "Réseau des maires côtiers"),
        ("Le RMC, Réseau des maires côtiers, agit.", "RMC", "Réseau des maires côtiers"),
        ("Le Réseau des maires côtiers – RMC – agit.", "RMC", "Réseau des maires côtiers"),
        ("Le Réseau des maires côtiers, RMC, agit.", "RMC", "Réseau des maires côtiers"),
        ("L’Union des élus locaux [UEL] agit.", "UEL", "Union des élus locaux"),
        ("L’École d’été de l’océan (EEO) ouvre.", "EEO", "École d’été de l’océan"),
        ("les Objectifs d’Éducation Durable (OED)", "OED", "Objectifs d’Éducation Durable"),
        ("les organisations de quartier (OQs)", "OQs", "organisations de quartier"),
        ("le Réseau des élues libres d’Asie (REELA)", "REELA", "Réseau des élues libres d’Asie"),
        ("Syndicat des communes de la mer (SYCOMER)", "SYCOMER", "Syndicat des communes de la mer"),
        ("l’économie sociale du littoral (Esl)", "Esl", "économie sociale du littoral"),
        ("la « Banque des Idées Vertes » (BIV)", "BIV", "Banque des Idées Vertes"),
        ("ADM : Agence de Déchets Municipaux", "ADM", "Agence de Déchets Municipaux"),
        ("Société d’Énergie du Fleuve (ci-après « SEF »)", "SEF", "Société d’Énergie du Fleuve"),
    ],
)
def test_an_acronym_is_read_in_either_order(text, acronym, expansion):
    assert (acronym, expansion) in pairs(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le maire de Dakar (SENEGAL) est venu.",
        "Les travaux (PDF) sont finis.",
        "Elle travaille à l’UNESCO, à Paris.",
        "Mme Durand (MAIRE) a parlé de la ville.",
        "La phase II, dite pilote, commence.",
        "le maire de la commune (XYZ)",
        "(A)",
        "",
    ],
)
def test_what_the_words_do_not_spell_is_no_acronym(text):
    assert pairs(text) == []


def test_the_expansion_after_an_acronym_is_taken_whole():
    assert pairs("le FVL (Fonds des villes libres, des ports et des îles)") == [("FVL", "Fonds des villes libres")]
    text = "PFCD (Partenariat francophone pour le co-développement)"
    assert pairs(text) == [("PFCD", "Partenariat francophone pour le co-développement")]


def test_a_pair_is_given_once_and_its_span_covers_both_forms():
    text = "L’Union des élus locaux (UEL) et encore l’Union des élus locaux (UEL)."
    (acronym,) = find_acronyms(text)
    span = acronym.span
    assert text[span.start_chars : span.end_chars] == "Union des élus locaux (UEL)"


def test_an_expansion_never_begins_within_a_name():
    assert pairs("le Grand Nordique des Conseils (NOCO)") == []


def test_the_book_merges_spellings_and_keeps_good_homonyms():
    spelled = ["Union des Élus Locaux", "Union des élus locaux", "Union des Élus Locaux", "Usine d’eau de Laos"]
    articles = [[Acronym("UEL", s)] for s in spelled] + [[Acronym("UELs", "unions d’élus locaux")]]
    assert learn(articles) == {"UEL": (Expansion("Union des Élus Locaux", 4),)}
    two = [[Acronym("AM", "Atelier Mobile")], [Acronym("AM", "Aide Mondiale")]]
    assert learn(two)["AM"] == (Expansion("Aide Mondiale", 1), Expansion("Atelier Mobile", 1))


def test_an_article_counts_once_for_a_meaning():
    article = [Acronym("UEL", "Union des Élus Locaux")] * 3
    assert learn([article])["UEL"][0].articles == 1


@given(
    st.lists(
        st.lists(st.builds(Acronym, st.sampled_from(["AB", "ABs", "CD"]), st.text("ab éc", min_size=1)), max_size=3)
    )
)
def test_the_book_does_not_depend_on_the_order_of_articles(articles):
    assert learn(articles) == learn(articles[::-1])


@settings(max_examples=300)
@given(st.text(st.sampled_from("ABab Éé’'(),.:–-«»[]\nde ") | st.characters(), max_size=200))
def test_any_text_is_read_and_spans_say_their_words(text):
    for acronym in find_acronyms(text):
        said = text[acronym.span.start_chars : acronym.span.end_chars]
        assert acronym.acronym in said
        assert acronym.expansion in " ".join(said.split())


@pytest.mark.parametrize("piece", ["(A", "AB (", "a b c d e ", "ABC, ", "A – A – ", "l’a (AAAAAAAAAA) ", "((((", "AB-"])
def test_time_grows_with_the_text_only(piece):
    find_acronyms(piece)
    start = time.perf_counter()
    find_acronyms(piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 10
