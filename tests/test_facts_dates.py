import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.dates import find_dates

PUBLISHED = date(2022, 6, 10)


def told(text, published=PUBLISHED):
    return [d.start if d.start == d.end else f"{d.start}/{d.end}" for d in find_dates(text, published=published)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("du 5 au 9 septembre 2021", "2021-09-05/2021-09-09"),
        ("Du mardi 4 au jeudi 6 mai 2021", "2021-05-04/2021-05-06"),
        ("les 11 et 12 avril 2021", "2021-04-11/2021-04-12"),
        ("les 1er, 2 et 3 mars 2021", "2021-03-01/2021-03-03"),
        ("du 29 août au 3 septembre 2021", "2021-08-29/2021-09-03"),
        ("du 28 décembre au 3 janvier 2022", "2021-12-28/2022-01-03"),
        ("du 28 décembre 2021 au 3 janvier", "2021-12-28/2022-01-03"),
        ("le 31 mars et le 1er avril 2021", "2021-03-31/2021-04-01"),
        ("entre le 5 mars et le 9 avril 2021", "2021-03-05/2021-04-09"),
        ("entre le 1er et le 11 novembre 2021", "2021-11-01/2021-11-11"),
        ("12-14 novembre 2009", "2009-11-12/2009-11-14"),
        ("7/8 mai 2021", "2021-05-07/2021-05-08"),
        ("29 mars - 3 avril 2021", "2021-03-29/2021-04-03"),
        ("le lundi 6 mai 2019 à 14h", "2019-05-06"),
        ("1ᵉʳ février 2020", "2020-02-01"),
        ("le 07\u00a0mars\u202f2020", "2020-03-07"),
        ("LE 7 MARS 2020", "2020-03-07"),
        ("le 7 fevrier 2020", "2020-02-07"),
        ("03/06/2019", "2019-06-03"),
        ("3.6.2019", "2019-06-03"),
        ("le 03/06/19", "2019-06-03"),
        ("2019-06-03", "2019-06-03"),
        ("depuis le 4 mai 2020", "2020-05-04"),
        ("en mai 2021", "2021-05"),
        ("mi-mai 2021", "2021-05"),
        ("janv. 2021", "2021-01"),
        ("09/2021", "2021-09"),
        ("mai-juin 2021", "2021-05/2021-06"),
        ("de mai à juillet 2019", "2019-05/2019-07"),
        ("octobre et novembre 2019", "2019-10/2019-11"),
        ("de novembre 2019 à février 2020", "2019-11/2020-02"),
        ("au printemps 2021", "2021-03/2021-05"),
        ("l’hiver 2021", "2021-12/2022-02"),
        ("au deuxième trimestre 2021", "2021-04/2021-06"),
        ("en 2016", "2016"),
        ("fin 2017", "2017"),
        ("entre 2011 et 2014", "2011/2014"),
        ("2011-2014", "2011/2014"),
        ("de 2011 à 2014", "2011/2014"),
        ("2 ans (2018/2020)", "2018/2020"),
        ("menée en 2018 et 2019", "2018/2019"),
        ("le Sommet de Hué (2012)", "2012"),
        ("Mise en œuvre : 2016 (6 mois)", "2016"),
        ("1990 • Création du fonds", "1990"),
        ("les élections de 2016", "2016"),
        ("en 1871", "1871"),
    ],
)
def test_french_spellings(text, expected):
    assert told(text) == [expected]
    assert not find_dates(text, published=PUBLISHED)[0].inferred


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23-27 May 2021", "2021-05-23/2021-05-27"),
        ("May 23rd, 2021", "2021-05-23"),
        ("from May 3 to May 5, 2021", "2021-05-03/2021-05-05"),
        ("the 2nd of June 2021", "2021-06-02"),
        ("from 2 to 4 June", "2022-06-02/2022-06-04"),
        ("in March 2021", "2021-03"),
        ("between 2011 and 2014", "2011/2014"),
    ],
)
def test_english_spellings(text, expected):
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("les 24 et 25 mai", "2022-05-24/2022-05-25"),
        ("1er juin", "2022-06-01"),
        ("du 30 mai au 2 juin", "2022-05-30/2022-06-02"),
        ("le 30 décembre dernier", "2021-12-30"),
        ("le 10 juin dernier", "2022-06-10"),
        ("le 12 mars prochain", "2023-03-12"),
        ("le 1er juin prochain", "2022-06-01"),
        ("en octobre dernier", "2021-10"),
        ("au mois d’avril", "2022-04"),
        ("fin juin", "2022-06"),
        ("de mars à mai", "2022-03/2022-05"),
        ("cet été", "2022-06/2022-08"),
        ("l’été dernier", "2021-06/2021-08"),
        ("le mercredi 15 décembre", "2021-12-15"),
        ("le jeudi 15 décembre", "2022-12-15"),
        ("le mercredi 9 juin, date mal écrite", "2022-06-09"),
        ("Le congrès se tiendra le 5 décembre.", "2022-12-05"),
        ("Le congrès a eu lieu le 5 décembre.", "2021-12-05"),
    ],
)
def test_a_year_not_written_comes_from_the_publication_date(text, expected):
    assert told(text) == [expected]
    assert find_dates(text, published=PUBLISHED)[0].inferred


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Congrès 2023 à Rabat en octobre", ["2023-10"]),
        ("Ouvert le 2 mars 2015, le chantier a fini le 4 novembre.", ["2015-03-02", "2015-11-04"]),
        ("Ouvert le 2 décembre 2015, le chantier a fini le 4 février.", ["2015-12-02", "2016-02-04"]),
        ("En 2011, la ville a voté le projet le 3 avril.", ["2011", "2011-04-03"]),
        ("le 3 mars et le 12 avril 2019", ["2019-03-03", "2019-04-12"]),
        ("du 3 au 5 mai et du 12 au 14 juin 2019", ["2019-05-03/2019-05-05", "2019-06-12/2019-06-14"]),
        ("les 3, 10 et 17 mai 2019", ["2019-05-03", "2019-05-10", "2019-05-17"]),
        ("des séminaires (2004, 2009 et 2012)", ["2004", "2009", "2012"]),
    ],
)
def test_a_year_not_written_comes_from_the_context(text, expected):
    assert told(text) == expected


def test_without_year_and_publication_date_there_is_no_date():
    assert told("réuni le 3 juin", published=None) == []
    assert told("réuni le 3 juin, puis le 5 juin 2019", published=None) == ["2019-06-03", "2019-06-05"]


@pytest.mark.parametrize(
    "text",
    [
        "d’ici 2030",
        "d’ici à 2030",
        "d’ici avril 2023",
        "à l’horizon 2040",
        "l’Agenda 2030",
        "depuis 2003",
        "neutre en carbone en 2050",
        "le Forum ABCD 2021",
        "Lauréate 2022 du Prix",
        "le Congrès 2022 de l’association",
        "les années 90",
        "les années 1990",
        "des années 1980 à 2000",
        "rue du 10 mai 1981",
        "Place du 14 juillet",
        "le stade du 4 Août",
        "la loi n° 2010-751 du 16 décembre 2010",
        "le décret du 3 mai",
        "8 mars : Journée internationale des droits des femmes",
        "chaque 20 mars",
        "La fête a lieu chaque année, le 16 mai",
        "Tél. 01 44 88 22 88",
        "la scolarisation de 2000 élèves",
        "de 1500 à 2000 personnes",
        "un prêt de 2 000 000 euros",
        "score final 3-2",
        "— La Ville (@LaVille) May 15, 2022",
        "https://exemple.org/2021/05/03/le-3-mai-2021/",
        "Communiqué (17.10.21)",
        "le 31 février 2022",
        "2021 – 2020 – 2019 – 2018",
        "2015 – 2016 – 2017",
        "Les travaux ont été passés en revue",
        "la Friche de la Belle de Mai",
        "octobre rose",
        "",
    ],
)
def test_what_is_no_event(text):
    assert told(text) == []


def test_a_yearly_day_with_a_range_a_year_or_a_weekday_is_an_event():
    assert told("La Journée nationale des communes s’est tenue du 11 au 13 mai.") == ["2022-05-11/2022-05-13"]
    assert told("Journée internationale de la paix, le 21 septembre 2021") == ["2021-09-21"]
    assert told("Mardi 8 mars, Journée internationale des droits des femmes, la Ville ouvre") == ["2022-03-08"]


def test_each_date_counts_once():
    assert told("le 5 mai 2022, encore le 05/05/2022, puis le 5 mai") == ["2022-05-05"]


def test_a_leap_day_takes_a_year_that_has_it():
    assert told("le 29 février", published=date(2021, 1, 5)) == ["2020-02-29"]


def test_letters_that_grow_in_lower_case_do_not_move_the_spans():
    event = find_dates("İİİ le 3 mai 2022")[0]
    assert event.text == "3 mai 2022"


WORDS = st.sampled_from(
    "le du au et à – - / , . ( ) 1er 3 12 29 31 mai février octobre may 2019 2022 en entre depuis d’ici dernier prochain "
    "lundi été hiver 03/05/2021 12.11.20 loi rue 1900 \n".split(" ")
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)), st.none() | st.dates())
def test_any_text_gives_dates_whose_spans_say_their_words(text, published):
    for event in find_dates(text, published=published):
        assert text[event.span.start_chars : event.span.end_chars] == event.text
        assert event.start <= event.end
        assert event.precision in ("day", "month", "year")
        assert len(event.start) == len(event.end) == {"day": 10, "month": 7, "year": 4}[event.precision]


@pytest.mark.parametrize(
    "part",
    ["3 mai, ", "2019 – ", "1, ", "du 3 au ", "3" + " " * 40, "été ", "le 3 mai et ", "(", "en 2019 et ", "www."],
)
def test_hostile_text_takes_linear_time(part):
    text = part * (100_000 // len(part))
    begun_s = time.process_time()
    find_dates(text, published=PUBLISHED)
    assert time.process_time() - begun_s < 10
