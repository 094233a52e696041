"""All facts of an article in one reading: each once, with its place, and the site's tags among them."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.gazetteer import default_gazetteer, plain
from pipeline.facts.read import gazetteer_with, read_facts
from pipeline.records import Partner, Place

TITLE = "Kaolack : un marché couvert pour 800 millions de FCFA"
TEXT = (
    "Du 4 au 6 octobre 2021, le Réseau des marchés sahéliens (REMAS) s’est réuni à Kaolack (Sénégal).\n"
    "Avec le soutien de l’Union européenne, la Ville investit 800 millions de FCFA, dont 1,2 M€ de prêts.\n"
    "« Les commerçantes l’attendaient depuis dix ans et elles y gagneront beaucoup », a déclaré le maire.\n"
    "L’ouverture aura lieu en mars 2023."
)


def written(facts, field):
    """What stands at the spans of a field."""
    found = []
    for fact in getattr(facts, field):
        spans = fact.spans if hasattr(fact, "spans") else [fact.span]
        found += [TEXT[span.start_chars : span.end_chars] for span in spans if span]
    return found


def test_every_kind_of_fact_is_read_and_points_at_its_words():
    facts = read_facts(TITLE, TEXT, published=date(2021, 10, 12), language="fr")
    assert [(place.name, place.country, place.kind) for place in facts.places] == [
        ("Kaolack", "SN", "city"),
        ("Sénégal", "SN", "country"),
    ]
    assert [partner.name for partner in facts.partners] == ["Réseau des marchés sahéliens", "Union européenne"]
    assert [(amount.value, amount.currency) for amount in facts.amounts] == [("800000000", "XOF"), ("1200000", "EUR")]
    assert [(event.start, event.end) for event in facts.event_dates] == [
        ("2021-10-04", "2021-10-06"),
        ("2023-03", "2023-03"),
    ]
    assert [(one.acronym, one.expansion) for one in facts.acronyms] == [("REMAS", "Réseau des marchés sahéliens")]
    assert len(facts.quotes) == 1
    assert written(facts, "places") == ["Kaolack", "Sénégal"]
    assert written(facts, "amounts") == ["800 millions de FCFA", "1,2 M€"]
    assert written(facts, "event_dates") == ["4 au 6 octobre 2021", "mars 2023"]
    assert dict(facts.sources) == {
        "places": "title and text",
        "partners": "title and text",
        "amounts": "title and text",
        "event_dates": "title and text",
        "acronyms": "text",
        "quotes": "text",
    }


def test_what_title_and_text_both_say_is_one_fact():
    facts = read_facts("Le 3 mai 2022, 5 000 euros pour Mopti", "Le 3 mai 2022, Mopti reçoit 5.000 €.", language="fr")
    assert [len(found) for found in (facts.amounts, facts.event_dates)] == [1, 1]
    assert facts.amounts[0].span is not None
    assert [place.name for place in facts.places] == ["Mopti"]


def test_what_only_the_title_says_has_no_place_in_the_text():
    facts = read_facts("Mopti, 5 000 euros, le 3 mai 2022", "Rien d’autre.", language="fr")
    assert (facts.amounts[0].span, facts.event_dates[0].span, facts.places[0].spans) == (None, None, ())


@pytest.mark.parametrize(("country", "currency"), [("CM", "XAF"), ("BJ", "XOF")])
def test_a_currency_is_that_of_the_articles_country(country, currency):
    tags = (Place("", country, "country"),)
    facts = read_facts("Un pont", "Le pont coûte 40 millions de FCFA.", language="fr", tagged_places=tags)
    assert [amount.currency for amount in facts.amounts] == [currency]
    said = read_facts("Un pont", "À Douala ou à Yaoundé, un pont coûte 40 millions de FCFA.", language="fr")
    assert [amount.currency for amount in said.amounts] == ["XAF"]


def test_the_date_line_dates_what_the_text_leaves_open():
    facts = read_facts(
        "La ville et l’eau",
        "Les maires se réunissent. Mardi 16 mars, une visite est prévue.",
        date_line="| 15-17 mars 2010",
        published=date(2019, 6, 1),
        language="fr",
    )
    starts = [(event.start, event.span is None) for event in facts.event_dates]
    assert starts == [("2010-03-15", True), ("2010-03-16", False)]
    assert facts.sources["event_dates"] == "date line, title and text"


def test_tags_come_first_and_meet_their_mentions():
    tags = (Place("Viêt Nam", "VN", "country"), Place("HUE", None, "city"), Place("Ville-sans-nom", None, "city"))
    facts = read_facts("Un pont à Hué", "À Hué et à Vientiane, on construit. Hué avance.", tagged_places=tags)
    assert [(place.name, place.country, place.tagged, len(place.spans)) for place in facts.places] == [
        ("Viêt Nam", "VN", True, 0),
        ("Hué", "VN", True, 2),
        ("Ville-sans-nom", None, True, 0),
        ("Vientiane", "LA", False, 1),
    ]
    assert facts.sources["places"] == "site's tags, title and text"


def test_a_tagged_city_lies_where_it_lies():
    # With one country among its tags, taxonomies put every city there.
    tags = (Place("Cambodge", "KH", "country"), Place("Paris", "KH", "city"), Place("Tripoli", None, "city"))
    facts = read_facts("", "", tagged_places=(*tags, Place("Liban", "LB", "country")))
    assert {place.name: place.country for place in facts.places if place.kind == "city"} == {
        "Paris": "FR",
        "Tripoli": "LB",
    }


def test_a_place_is_never_told_twice():
    tags = (Place("Saigon", "VN", "city"), Place("Hô-Chi-Minh-Ville", None, "city"))
    facts = read_facts("", "Saigon, ou Hô-Chi-Minh-Ville.", tagged_places=tags)
    assert [place.name for place in facts.places] == ["Hô-Chi-Minh-Ville"]


def test_tagged_partners_speak_only_where_the_text_names_none():
    tags = (Partner("Union europeenne"), Partner("Toulouse"), Partner("Ville de Nice"), Partner("Amis du fleuve"))
    silent = read_facts("Un film", "", language="fr", tagged_partners=tags)
    assert [partner.name for partner in silent.partners] == ["Union européenne", "Amis du fleuve"]
    assert silent.sources["partners"] == "site's tags"
    telling = read_facts("Un film", "Le film est financé par l’UNICEF.", language="fr", tagged_partners=tags)
    assert [partner.name for partner in telling.partners] == ["UNICEF"]


def test_another_language_is_read_for_places_and_money():
    facts = read_facts("Mopti", "Am 3. Mai 2022 erhält Mopti 5.000 €.", language="de")
    assert [place.name for place in facts.places] == ["Mopti"]
    assert [amount.value for amount in facts.amounts] == ["5000"]
    assert (facts.partners, facts.event_dates, facts.acronyms) == ((), (), ())


def test_staff_add_names():
    text = "La commune de Bourg-Imaginaire vote son budget."
    assert not read_facts("", text).places
    more = gazetteer_with((("BF", "Bourg-Imaginaire", "Bourg Imaginé"),))
    assert [(p.name, p.country) for p in read_facts("", text, gazetteer=more).places] == [("Bourg-Imaginaire", "BF")]
    assert gazetteer_with(()) is default_gazetteer()


TAGS = st.builds(
    Place,
    st.sampled_from(["Paris", "HUE", "Saint-Louis", "x", ""]),
    st.sampled_from([None, "FR", "KH"]),
    st.sampled_from(["city", "country", "region", "organisation"]),
)


@given(st.text(), st.text(), st.lists(TAGS, max_size=4), st.sampled_from(["fr", "en", "ar", None]))
def test_no_text_raises_and_nothing_is_told_twice(title, text, tags, language):
    facts = read_facts(title, text, tagged_places=tuple(tags), language=language, published=date(2022, 5, 24))
    names = [(plain(place.name), place.country, place.kind) for place in facts.places]
    assert len(names) == len(set(names))
    assert len({(a.value, a.currency) for a in facts.amounts}) == len(facts.amounts)
    assert len({(e.start, e.end, e.precision) for e in facts.event_dates}) == len(facts.event_dates)


def test_time_grows_with_the_text_and_no_faster():
    def seconds(copies):
        started = time.process_time()
        read_facts(TITLE, (TEXT + "\n") * copies, published=date(2021, 10, 12), language="fr")
        return time.process_time() - started

    seconds(1)
    assert seconds(160) < 20 * max(seconds(20), 0.01)
