"""The page of results, over HTTP on the sample archive: filters, counts, ways out, addresses."""

import re
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

import index
from index.web import forms
from index.web.forms import PARAMETERS
from index.web.pages import search
from index.web.shelf import Shelf
from index.web.visit import Visit
from index.web.wording import wording
from tests.webpage import serving


@pytest.fixture(scope="module")
def page(sample_archive):
    with serving("--data", sample_archive) as running:
        yield running


@pytest.fixture(scope="module")
def library(sample_archive):
    with index.open(sample_archive) as opened:
        yield opened


def total(answer):
    """The number in the heading of the results."""
    return int(re.sub(r"\D", "", answer.soup.find(id="resultats").text.split(",")[0]))


def choices(answer, parameter):
    """Value → count, as the form shows them."""
    boxes = answer.soup.select(f"input[type=checkbox][name={parameter}]")
    counts = (box.find_parent(["li", "tr"]).select_one(".count") for box in boxes)
    return {box["value"]: int(re.sub(r"\D", "", count.text)) for box, count in zip(boxes, counts, strict=True)}


def results(answer):
    return [link["href"] for link in answer.soup.select(".result h3 a")]


def follow(page, link):
    parts = urlsplit(link["href"])
    return page.get(parts.path, parse_qsl(parts.query))


def test_the_first_page_shows_the_newest_articles(page, library):
    answer = page.get("/")
    assert total(answer) == len(library)
    days = [time["datetime"] for time in answer.soup.select(".result time")]
    assert days == sorted(days, reverse=True)
    assert answer.soup.h1.text == "Retrouver un article"


def test_results_say_how_many_how_read_and_which_words_match(page):
    answer = page.get("/", q="ELUE locale", type="document")
    assert answer.soup.find(id="resultats").text == "1\u00a0résultat"
    assert answer.soup.title.text.startswith("1\u00a0résultat – ELUE locale")
    assert (
        answer.soup.select_one(".reading").text
        == "Compris ainsi\u00a0: Articles avec les mots «\u00a0ELUE\u00a0», «\u00a0locale\u00a0»."
    )
    assert {mark.text.lower() for mark in answer.soup.select("mark")} & {"élues", "élue", "locales", "locale"}


def test_a_passage_without_its_marks_is_a_piece_of_the_article(page, library):
    answer = page.get("/", q="assainissement eau")
    for item in answer.soup.select(".result"):
        url = dict(parse_qsl(urlsplit(item.a["href"]).query))["url"]
        passage = item.select_one(".passage").text.removeprefix("… ").removesuffix(" …")
        assert passage in library[url].text
        assert item.h3.text.strip() == library[url].title


@pytest.mark.parametrize("some", [(), (("mots", "partie"),)])
@pytest.mark.parametrize("words", ["", "eau", "lagune vidangeurs", "assainissement -climat", "mot-inconnu-partout"])
def test_a_count_is_what_ticking_the_value_gives(page, words, some):
    answer = page.get("/", [("q", words), *some])
    for parameter in PARAMETERS.values():
        for value, count in choices(answer, parameter).items():
            assert total(page.get("/", [("q", words), (parameter, value), *some])) == count, (parameter, value)


def test_a_value_that_is_ticked_counts_its_articles_with_some_of_the_words(page):
    """No document holds both words: what is listed then are those with one, and the box says so."""
    answer = page.get("/", q="lagune vidangeurs", type="document")
    assert "Aucun article n’a tous les mots" in answer.text
    assert choices(answer, "type")["document"] == total(answer) > 0


def test_a_box_that_is_on_stays_among_all_values(page):
    answer = page.get("/valeurs/pays", [("q", "lagune"), ("pays", "VN"), ("pays", "inconnu"), ("lettres", "benin")])
    assert [box["value"] for box in answer.soup.select("input[checked]")] == ["inconnu", "VN"]


def test_a_group_ignores_its_own_filter_and_no_other(page):
    both = page.get("/", [("pays", "BJ"), ("type", "actualite")])
    assert choices(both, "pays") == choices(page.get("/", type="actualite"), "pays")
    assert choices(both, "type") == choices(page.get("/", pays="BJ"), "type")
    assert choices(both, "pays") != choices(page.get("/"), "pays")
    assert {box["value"] for box in both.soup.select("input[checked]")} == {"BJ", "actualite"}


@pytest.mark.parametrize("name", ["BJ", "bénin", "Benin"])
def test_a_value_may_be_called_by_any_of_its_names(page, name):
    answer = page.get("/", pays=name)
    assert total(answer) == total(page.get("/", pays="BJ")) > 0
    assert answer.soup.select_one("input[name=pays][checked]")["value"] == "BJ"
    assert answer.soup.select_one(".tags a").text.split() == ["Retirer", "le", "filtre", "Pays", ":", "Bénin", "×"]


def test_tags_take_one_filter_away_and_all(page):
    asked = [("q", "eau"), ("pays", "BJ"), ("pays", "SN"), ("du", "mai 2020"), ("tri", "recents")]
    answer = page.get("/", asked)
    links = [link["href"] for link in answer.soup.select(".tags a")]
    left = [parse_qsl(urlsplit(link).query) for link in links]
    assert left == [
        [("q", "eau"), ("pays", "SN"), ("du", "mai 2020"), ("tri", "recents")],
        [("q", "eau"), ("pays", "BJ"), ("du", "mai 2020"), ("tri", "recents")],
        [("q", "eau"), ("pays", "BJ"), ("pays", "SN"), ("tri", "recents")],
        [("q", "eau"), ("tri", "recents")],
    ]


def test_dates_are_read_as_people_write_them(page, library):
    answer = page.get("/", du="mai 2021", au="2022")
    days = [library[url].date_published for url in library.urls("", 100)]
    assert total(answer) == sum(d is not None and "2021-05-01" <= d.isoformat() <= "2022-12-31" for d in days) > 0
    assert "Depuis le 1ᵉʳ\u00a0mai\u00a02021" in answer.text
    assert answer.soup.find(id="du")["value"] == "mai 2021"


def test_orders(page):
    for order, backwards in (("recents", True), ("anciens", False)):
        days = [time["datetime"] for time in page.get("/", tri=order).soup.select(".result time")]
        assert days == sorted(days, reverse=backwards)


def test_pages_go_through_everything_once(page, library):
    answer = page.get("/", tri="anciens")
    found = []
    while True:
        found += results(answer)
        following = answer.soup.select_one(".paging a[rel=next]")
        if following is None:
            break
        answer = follow(page, following)
    assert len(found) == len(set(found)) == len(library)
    assert answer.soup.select_one(".paging [aria-current]").text.split()[-1] == str(-(-len(library) // 10))


def test_a_page_behind_the_last_one_is_the_last_one_and_says_so(page, library):
    answer = page.get("/", page="99")
    assert "La page 99 n’existe pas" in answer.text
    assert len(results(answer)) == len(library) % 10 or 10


def test_no_link_leads_behind_the_last_page_that_an_address_may_name(sample_archive, monkeypatch):
    for module in (forms, search):
        monkeypatch.setattr(module, "PAGE_MAX", 2)
    shelf = Shelf(sample_archive, "index")
    visit = Visit(wording("fr"), "/", (), "", date(2024, 1, 1), {}, shelf.volume())
    paging = search.view(visit, forms.read_form([("page", "2")]))["paging"]
    assert (paging.number, paging.last, paging.after) == (2, 2, None)
    shelf.close()


def test_where_nothing_answers_each_way_out_says_what_it_finds(page):
    answer = page.get("/", [("q", "lagune"), ("pays", "VN"), ("annee", "1999"), ("du", "2001")])
    assert total(answer) == 0
    assert answer.soup.find(id="resultats").text == "0\u00a0résultat"
    ways = answer.soup.select(".ways-out li")
    assert [way.text for way in ways if way.text.startswith("Sans le filtre")]
    for way in ways:
        count = int(re.search(r"(\d+)\s+résultat", way.text)[1])
        assert (way.a is not None) == (count > 0)
        if way.a:
            assert total(follow(page, way.a)) == count
    assert any(way.a for way in ways)


def test_a_typing_error_is_met_with_a_proposal_and_its_count(page):
    answer = page.get("/", q="assainisement")
    link = answer.soup.select_one(".proposal a")
    assert link.text == "assainissement"
    count = int(re.search(r"\d+", answer.soup.select_one(".proposal .count").text)[0])
    assert total(follow(page, link)) == count > 0


def test_articles_with_some_of_the_words_are_one_link_away(page):
    answer = page.get("/", q="lagune vidangeurs")
    link = answer.soup.select_one(".others a")
    assert link is not None
    wider = follow(page, link)
    assert len(results(wider)) > len(results(answer))
    assert results(wider)[: len(results(answer))]
    assert wider.soup.select_one(".partial-head")
    assert total(wider) == total(answer)
    assert follow(page, wider.soup.select_one(".tags a")).soup.select_one(".others a")["href"] == link["href"]


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("du", "hier soir")], "hier soir"),
        ([("du", "31 février 2020")], "31 février 2020"),
        ([("tri", "couleur")], "tri=couleur"),
        ([("page", "-1")], "page=-1"),
        ([("couleur", "rouge")], "couleur"),
        ([("q", "eau"), ("q", "sel")], "q=sel"),
        ([("pays", "x" * 300)], "x" * 60),
        ([("q", "eau " * 600)], "eau eau"),
        ([("du", "2022"), ("au", "2020")], "2022 – 2020"),
        ([("pays", f"V{n}") for n in range(25)], "V24"),
    ],
)
def test_what_was_left_out_is_named(page, pairs, told):
    notes = " ".join(note.text for note in page.get("/", pairs).soup.select(".note"))
    assert told in notes


def test_all_values_of_a_facet_are_listed_and_can_be_narrowed(page):
    everything = page.get("/valeurs/pays", q="eau")
    counted = choices(everything, "pays")
    assert set(choices(page.get("/", q="eau"), "pays")) <= set(counted)
    labels = [label.text for label in everything.soup.select(".label")]
    assert labels == sorted(labels, key=lambda text: text.replace("É", "E").replace("ê", "e").replace("é", "e").lower())
    narrowed = page.get("/valeurs/pays", q="eau", lettres="benin")
    assert list(choices(narrowed, "pays")) == ["BJ"]
    assert [(one["name"], one["value"]) for one in narrowed.soup.select("form[action='/'] input[type=hidden]")] == [
        ("q", "eau")
    ]
    assert page.get("/valeurs/couleur").status == 404


def test_every_state_is_an_address_that_comes_back_the_same(page):
    state = [("q", "eau"), ("pays", "BJ"), ("annee", "2021"), ("du", "2020"), ("au", "2023"), ("tri", "recents")]
    answer = page.get("/", state)
    form = answer.soup.find(id="recherche")
    fields = answer.soup.select("#recherche [name], [form=recherche][name]")
    sent = []
    for one in fields:
        if one.name == "select":
            sent.append((one["name"], one.select_one("option[selected]")["value"]))
        elif one.get("type") != "checkbox" or one.has_attr("checked"):
            sent.append((one["name"], one.get("value", "")))
    assert form["method"] == "get"
    again = page.get("/", sent)
    assert results(again) == results(answer)
    assert [tag["href"] for tag in again.soup.select(".tags a")] == [
        tag["href"] for tag in answer.soup.select(".tags a")
    ]


def test_suggestions_lead_somewhere(page):
    told = page.get("/suggest", q="bén").json()
    first = told["suggestions"][0]
    assert (first["text"], first["kind"]) == ("Bénin", "country")
    assert total(page.raw(first["address"])) == int(re.search(r"\d+", first["label"])[0])
    title = next(one for one in page.get("/suggest", q="assainir").json()["suggestions"] if one["kind"] == "title")
    assert title["text"] in page.raw(title["address"]).text
    assert page.get("/suggest/opensearch", q="bén").json() == ["bén", ["Bénin"]]


def test_the_years_are_a_table_with_bars(page):
    table = page.get("/").soup.select_one("table.years")
    widths = [float(rect["width"]) for rect in table.select("rect")]
    assert max(widths) == 100
    assert table.caption is not None
    years = [int(box["value"]) for box in table.select("input")]
    assert years == sorted(years, reverse=True)
