from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.gazetteer import Gazetteer, Sense, default_gazetteer, plain
from pipeline.facts.words import fold


def rows(name):
    lines = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def senses(name):
    flat = plain(name)
    found = [h.senses for h in default_gazetteer().at(flat, flat.split(" ")[0], 0) if h.length_chars == len(flat)]
    return {(s.name, s.country, s.kind) for group in found for s in group}


@given(st.text())
def test_folding_keeps_every_character_where_it_stands(text):
    assert len(fold(text)) == len(plain(text)) == len(text)


@pytest.mark.parametrize(
    ("written", "name", "code", "kind"),
    [
        ("PHNOM PENH", "Phnom Penh", "KH", "city"),
        ("Phnom-Penh", "Phnom Penh", "KH", "city"),
        ("Huế", "Hué", "VN", "city"),
        ("Saïgon", "Hô-Chi-Minh-Ville", "VN", "city"),
        ("Tananarive", "Antananarivo", "MG", "city"),
        ("Ndjamena", "N'Djamena", "TD", "city"),
        ("St Louis", "Saint-Louis", "SN", "city"),
        ("Luang Prabang", "Louang Prabang", "LA", "city"),
        ("Vietnam", "Viêt Nam", "VN", "country"),
        ("RCA", "Centrafrique", "CF", "country"),
        ("Congo-Kinshasa", "République démocratique du Congo", "CD", "country"),
        ("Cote d’Ivoire", "Côte d'Ivoire", "CI", "country"),
        ("Cameroon", "Cameroun", "CM", "country"),
        ("Guadeloupe", "Guadeloupe", "GP", "country"),
    ],
)
def test_a_name_is_known_in_each_of_its_spellings(written, name, code, kind):
    assert (name, code, kind) in senses(written)


def test_every_row_of_the_cities_is_well_formed():
    for code, name, thousands, mark, *others in rows("cities.tsv"):
        assert len(code) == 2
        assert code.isupper()
        assert name == name.strip()
        assert int(thousands) >= 0
        assert mark in {"", "name", "word", "small"}
        assert all(others)


def test_each_city_stands_once_in_its_country():
    found = [(row[0], plain(row[1])) for row in rows("cities.tsv")]
    assert len(found) == len(set(found))


def test_the_longest_name_comes_first():
    flat = plain("Guinée équatoriale")
    assert next(iter(default_gazetteer().at(flat, "guinee", 0))).length_chars == len(flat)


def test_a_name_ends_where_the_word_ends():
    assert not list(default_gazetteer().at("parisien", "parisien", 0))


def test_added_names_are_known_and_replace_the_row_of_the_same_city():
    gazetteer = default_gazetteer().with_names([("fr", "Trifouillis", "Trifouillis-les-Oies"), ("FR", "Tours")])
    assert gazetteer.knows("TRIFOUILLIS LES OIES")
    hit = next(iter(gazetteer.at("tours", "tours", 0)))
    assert [s.mark for s in hit.senses if s.name == "Tours"] == [""]
    assert not default_gazetteer().knows("Trifouillis")


@pytest.mark.parametrize(
    "row", [(), ("FR",), ("", "Nulle-Part"), ("FRA", "Nulle-Part"), ("F1", "Nulle-Part"), ("FR", " ")]
)
def test_a_row_without_code_and_name_is_refused(row):
    with pytest.raises(ValueError, match="country code"):
        Gazetteer(()).with_names([row])


def test_a_gazetteer_of_one_name_knows_that_name_only():
    gazetteer = Gazetteer([(Sense("Le Havre", "FR", "city"), ())])
    assert gazetteer.knows("Le Havre")
    assert gazetteer.knows("Havre")
    assert not gazetteer.knows("Paris")
