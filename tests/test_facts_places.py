import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.gazetteer import default_gazetteer
from pipeline.facts.places import find_places, unknown_candidates
from pipeline.records import Place


def told(text, kind, *, title="", tagged=()):
    return [(p.name, p.country) for p in find_places(title, text, tagged=tagged) if p.kind == kind]


def cities(text, **more):
    return told(text, "city", **more)


def countries(text, **more):
    return [code for _, code in told(text, "country", **more)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le Mali et la Côte d’ivoire", ["ML", "CI"]),
        ("au BURKINA FASO, aux Etats-Unis et en Egypte", ["BF", "US", "EG"]),
        ("la Guinée-Bissau, la Guinée équatoriale et la Guinée", ["GW", "GQ", "GN"]),
        ("la RDC, la RCA et le Congo-Brazzaville", ["CD", "CF", "CG"]),
        ("la république démocratique du Congo", ["CD"]),
        ("Au Congo, Brazzaville plante des arbres", ["CG"]),
        ("Au Congo, Kinshasa plante des arbres", ["CD"]),
        ("Le fleuve Niger, le lac Tchad, le golfe de Guinée, le bassin du Congo", []),
        ("Le fleuve Niger arrose le Niger", ["NE"]),
        ("Maurice Durand et Dominique Petit ont voté", []),
        ("L’île Maurice et La Réunion", ["MU", "RE"]),
        ("Rendez-vous à Maurice", ["MU"]),
        ("La Réunion du bureau est reportée", []),
        ("L’Île-de-France et l’Afrique du Nord", []),
        ("l'Afrique du Sud", ["ZA"]),
        ("le Luxembourg", ["LU"]),
        ("Le programme de Radio France", []),
        ("Djibouti s’équipe", ["DJ"]),
        ("La Ville de Djibouti s’équipe", []),
    ],
)
def test_countries(text, expected):
    assert countries(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phnom-Penh, Huê et Saigon", [("Phnom Penh", "KH"), ("Hué", "VN"), ("Hô-Chi-Minh-Ville", "VN")]),
        ("La mairie du Caire répond à celle du Havre", [("Le Caire", "EG"), ("Le Havre", "FR")]),
        ("Anne Hidalgo, Patricia de Lille et Bernard Lyon", []),
        ("M. Paris et Mme Dakar", []),
        ("L’Accord de Paris, le protocole de Kyoto", []),
        ("12, rue de Strasbourg et 44, avenue de Verdun", []),
        ("le lycée Saint-Louis", []),
        ("le stade est à Dakar-Plateau", []),
        ("un train Bamako-Dakar", [("Bamako", "ML"), ("Dakar", "SN")]),
        ("écrire à mairie@Paris.fr", []),
        ("Le cap de Bonne-Espérance et le Cap de Nice", [("Nice", "FR")]),
        ("la Venise du Nord", []),
        ("le maire de Sens a reçu celui de Mons", [("Sens", "FR"), ("Mons", "BE")]),
        ("Les Sens du public", []),
        ("Il a lu Sens et non-sens", []),
        ("Une soirée à Florence", [("Florence", "IT")]),
        ("Florence Martin a parlé", []),
        ("Les villes de Kandi, Comè et Bol", [("Kandi", "BJ"), ("Comè", "BJ"), ("Bol", "TD")]),
        ("Nyon (Suisse) invite", [("Nyon", "CH")]),
        ("à Luxembourg comme au Luxembourg", [("Luxembourg", "LU")]),
        ("au Québec et à Québec", [("Québec", "CA")]),
        ("Montréal (Québec)", [("Montréal", "CA")]),
        ("L’Union européenne à Bruxelles", [("Bruxelles", "BE")]),
    ],
)
def test_cities(text, expected):
    assert cities(text) == expected


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Tripoli, en Libye, attend", "LY"),
        ("Tripoli (Liban) attend", "LB"),
        ("Valence (Espagne)", "ES"),
        ("La ville de Valence", "FR"),
        ("À Laval (Québec)", "CA"),
        ("La mairie de Saint-Louis", "SN"),
        ("La mairie de Saint-Louis de La Réunion", "RE"),
    ],
)
def test_a_name_of_several_cities_means_the_one_of_the_country_beside_it_else_the_likelier(text, country):
    assert cities(text)[0][1] == country


def test_the_tags_of_the_site_settle_which_city_is_meant_and_are_not_told_themselves():
    tags = (
        Place("La Réunion", "RE", "country"),
        Place("Saint-Denis (974)", "RE", "city"),
        Place("Paris", "FR", "city"),
    )
    assert cities("La mairie de Saint-Denis", tagged=tags) == [("Saint-Denis", "RE")]
    assert countries("La mairie de Saint-Denis", tagged=tags) == []


def test_a_tagged_name_needs_no_other_evidence():
    assert cities("Man plante des arbres") == []
    assert cities("Man plante des arbres", tagged=(Place("Man", "CI", "city"),)) == [("Man", "CI")]


def test_a_city_state_is_a_country_and_a_city():
    assert told("Singapour", "country") == told("Singapour", "city") == [("Singapour", "SG")]


def test_each_place_is_told_once_in_the_order_of_first_mention_with_all_its_mentions():
    text = "Dakar reçoit Lomé ; DAKAR remercie."
    dakar, lome = find_places("Dakar", text)
    assert [text[s.start_chars : s.end_chars] for s in dakar.spans] == ["Dakar", "DAKAR"]
    assert [text[s.start_chars : s.end_chars] for s in lome.spans] == ["Lomé"]


def test_what_only_the_title_names_has_no_span():
    assert find_places("LOMÉ se dote d’un marché", "La ville construit.") == (Place("Lomé", "TG", "city"),)


def test_a_name_shown_to_be_a_place_counts_at_its_other_mentions_too():
    (place,) = find_places("", "Sens invite. Le maire de Sens parle.")
    assert len(place.spans) == 2


def test_names_that_staff_add_are_found():
    gazetteer = default_gazetteer().with_names([("BJ", "Xanadou")])
    assert find_places("", "Xanadou invite", gazetteer=gazetteer)[0].country == "BJ"


def test_candidates_are_names_where_places_stand_that_the_gazetteer_lacks():
    texts = ["La ville de Xanadou.", "Le maire de Xanadou va à Zembla et à Paris.", "À Anne, à Mme Petit."]
    assert unknown_candidates(texts) == [("Xanadou", 2), ("Zembla", 1)]


_PIECES = st.sampled_from(
    "Paris Dakar Nice Sens Congo Maurice Québec Djibouti Saint-Louis à de la Le L’ du Ville maire ( ) , - – / . \n # @ «".split(
        " "
    )
)


@given(st.one_of(st.text(), st.lists(_PIECES).map(" ".join), st.lists(_PIECES).map("".join)), st.text(max_size=20))
def test_any_text_is_read_and_the_spans_hold_names(text, title):
    for place in find_places(title, text):
        for span in place.spans:
            written = text[span.start_chars : span.end_chars]
            assert written
            assert default_gazetteer().knows(written)
    unknown_candidates([text])


@pytest.mark.parametrize("piece", ["Paris, ", "de la ", "A-", "Ville de ", "L’", " ", "\n", "Saint-", "à X", "«#"])
def test_the_time_grows_with_the_text_only(piece):
    text = piece * (60_000 // len(piece))
    began = time.perf_counter()
    find_places("", text)
    unknown_candidates([text])
    assert time.perf_counter() - began < 5
