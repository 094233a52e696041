"""The library: questions in, pages of articles out."""

from __future__ import annotations

import functools
import operator
import threading
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.build import build_index
from index.documents import count, read_body, read_title, stamp_of, to_document
from index.engine import EXACT
from index.library import Library
from index.query import parse
from index.search import Searcher
from index.suggest import Suggester
from pipeline.errors import UsageError
from pipeline.records import Acronym, Article, Partner, Place, Section, Span, Term

CAMBODIA = Place("Cambodge", "KH", "country")
BENIN = Place("Bénin", "BJ", "country")
IVORY = Place("Côte d’Ivoire", "CI", "country")


def article(slug: str, title: str, text: str = "", **fields) -> Article:
    return Article(
        **(
            {
                "url": f"https://ville.example/{slug}/",
                "site": "s",
                "title": title,
                "kind": "actualite",
                "text": text,
                "language": "fr",
            }
            | fields
        )
    )


ARTICLES = [
    article(
        "phnom-penh", "Phnom Penh : gestion des boues de vidange",
        "La ville de Phnom Penh structure la filière des boues de vidange.\nLes élus locaux suivent l’assainissement.",
        places=(CAMBODIA, Place("Phnom Penh", "KH", "city")), date_published=date(2022, 5, 1), kind="actions",
        themes=(Term("services-essentiels", "Services essentiels"),),
    ),
    article(
        "siem-reap", "Siem Reap : une station de traitement",
        "Les boues arrivent à la station. La vidange des fosses est un métier.", places=(CAMBODIA,),
        date_published=date(2021, 3, 2), themes=(Term("services-essentiels", "Services essentiels"), Term("climat", "Climat")),
    ),
    article(
        "cotonou", "L’état civil numérique à Cotonou", "Développement d’un registre. Les élues locales sont formées.",
        places=(BENIN,), date_published=date(2023, 1, 5), sections=(Section(2, "Un registre pour tous"),),
    ),
    article("abidjan", "Congrès d’Abidjan", "", places=(IVORY,), date_published=date(2022, 12, 1), kind="evenement"),
    article("ndjamena", "N'Djaména mobilise ses recettes", "Les recettes fiscales augmentent.", date_published=date(2020, 1, 1)),
    article("sport", "Tournoi d’e-sport", "Le tournoi réunit des jeunes. Communication de la commune."),
    article("villa", "La villa Médicis", "Une villa à Rome, loin des coopérations."),
]  # fmt: skip


class Store:
    def __init__(self, articles):
        self.held = {a.url: a for a in articles}

    def article(self, url):
        return self.held.get(url)

    def versions(self, url):
        return [self.held[url]] if url in self.held else []

    def articles(self):
        return iter(self.held.values())

    def close(self):
        self.held = {}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    build_index(folder, ARTICLES)
    with Library(Store(ARTICLES), folder) as opened:
        yield opened


def slugs(page) -> list[str]:
    return [hit.url.rstrip("/").rsplit("/", 1)[-1] for hit in page]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("boues de vidange", "phnom-penh"),
        ("élus locaux", "phnom-penh"),
        ("ETAT CIVIL", "cotonou"),
        ("developpement", "cotonou"),
        ("l'état-civil", "cotonou"),
        ("Ndjamena", "ndjamena"),
        ("n'djaména recette", "ndjamena"),
        ("esport", "sport"),
        ("e sport", "sport"),
        ("congres abidjan 2022", "abidjan"),
        ("évènement Abidjan", "abidjan"),
        ("asainissement", "phnom-penh"),
        ("sewage sludge", "phnom-penh"),
        ("Cote d'Ivoire", "abidjan"),
        ("projet Cambodge", "phnom-penh"),
    ],
)
def test_the_article_that_was_meant_comes_first(library, query, slug):
    assert slugs(library.search(query))[0] == slug


def test_an_article_with_a_title_and_no_text_is_found_and_shown(library):
    [hit] = library.search("Abidjan", limit=1)
    assert hit.article.text == ""
    assert hit.snippet.plain("[", "]") == "Congrès d’[Abidjan]"


def test_articles_with_all_words_come_first_then_those_with_any(library):
    page = library.search("boues station registre")
    assert page.complete == 0
    assert page.total == 3
    assert "Aucun article n’a tous les mots" in page.reading
    page = library.search("boues station")
    assert slugs(page)[0] == "siem-reap"
    assert page.complete == 1
    assert (page.total, page.others) == (1, 1)
    assert [hit.complete for hit in page] == [True, False]


def test_words_of_another_family_are_not_found(library):
    assert "villa" not in slugs(library.search("ville"))
    assert slugs(library.search("COP")) == []


def test_a_question_that_finds_nothing_finds_what_resembles_it_and_says_so(library):
    page = library.search("contrassainissement")
    assert page.total
    assert "« contrassainissement » est inconnu" in page.reading
    assert library.search("xyzzyqx").total == 0


def test_the_reading_leaves_out_words_that_were_not_searched(library):
    assert "« de »" not in library.search("boues de vidange").reading


def test_exclusion_and_exact_phrases(library):
    assert slugs(library.search("boues -Phnom")) == ["siem-reap"]
    assert slugs(library.search("boues SAUF station")) == ["phnom-penh"]
    assert slugs(library.search('"boues de vidange"')) == ["phnom-penh"]
    assert slugs(library.search("« élues locales »")) == ["cotonou"]
    assert slugs(library.search("boues +station")) == ["siem-reap"]


def test_a_phrase_that_nobody_wrote_so_is_looked_for_by_its_stems_and_that_is_said(library):
    page = library.search('"boue de vidanges"')
    assert slugs(page) == ["phnom-penh"]
    assert "ne se trouve pas tel quel" in page.reading


def test_a_correction_is_told(library):
    assert (
        "« asainissement » est inconnu ; cherché aussi « assainissement »." in library.search("asainissement").reading
    )


def test_an_empty_question_shows_the_newest(library):
    page = library.search("  ")
    assert page.total == len(ARTICLES)
    assert slugs(page)[0] == "cotonou"


@pytest.mark.parametrize("value", ["KH", "kh", "Cambodge", "cambodge", ["KH"], ("CAMBODGE",)])
def test_filters_accept_codes_and_labels(library, value):
    assert sorted(slugs(library.search("", filters={"country": value}))) == ["phnom-penh", "siem-reap"]


def test_filters_are_alternatives_within_and_conditions_between(library):
    both = library.search("", filters={"country": ["KH", "cote d'ivoire"]})
    assert both.total == 3
    assert slugs(library.search("", filters={"country": ["KH"], "year": [2022]})) == ["phnom-penh"]
    assert slugs(library.search("", filters={"theme": ["climat"]})) == ["siem-reap"]
    assert slugs(library.search("", filters={"kind": ["Événement"]})) == ["abidjan"]
    assert library.search("", filters={"country": ["XX"]}).total == 0
    assert library.search("", filters={"country": []}).total == len(ARTICLES)


def test_facets_count_what_was_found_and_ignore_their_own_filter(library):
    page = library.search("", facets=["country", "year", "theme"], filters={"country": ["KH"]})
    assert {v.code: v.count for v in page.facets["country"]} == {"KH": 2, "BJ": 1, "CI": 1}
    assert [(v.code, v.count) for v in page.facets["year"]] == [("2022", 1), ("2021", 1)]
    assert page.facets["theme"][0].label == "Services essentiels"
    assert page.facets["theme"][0].count == 2


@pytest.mark.parametrize("wrong", [{"filters": {"planet": ["x"]}}, {"facets": ["planet"]}, {"sort": "best"}])
def test_an_unknown_filter_facet_or_order_names_those_there_are(library, wrong):
    with pytest.raises(UsageError, match="there are"):
        library.search("eau", **wrong)


def test_days_of_publication_narrow_answers_and_counts(library):
    year = functools.partial(library.search, "", 20, facets=["year", "country"])
    found = year(since=date(2022, 5, 1), until=date(2022, 12, 1))
    assert sorted(slugs(found)) == ["abidjan", "phnom-penh"]
    assert {value.code: value.count for value in found.facets["country"]} == {"CI": 1, "KH": 1}
    assert year(since=date(2022, 5, 2)).total == found.total  # abidjan and cotonou
    assert slugs(year(until=date(2020, 1, 1))) == ["ndjamena"]
    # What has no date lies in no range.
    assert year(since=date(1, 1, 1)).total == sum(value.count for value in year().facets["year"]) < year().total


def test_the_addresses_alone_are_those_of_the_page(library):
    narrowed = {"filters": {"country": ["KH", "BJ"]}, "sort": "oldest", "since": date(2022, 1, 1)}
    page = library.search("", 20, **narrowed)
    assert library.urls("", 20, **narrowed) == [hit.url for hit in page]
    assert slugs(page) == ["phnom-penh", "cotonou"]


def test_the_values_of_a_facet_and_their_names(library):
    assert [(value.code, value.count) for value in library.values("country")] == [("KH", 2), ("BJ", 1), ("CI", 1)]
    assert library.codes("country", "Ivory Coast") == {"CI"}
    assert library.codes("country", "Atlantide") == frozenset()
    with pytest.raises(UsageError, match="there are"):
        library.values("planet")


def test_a_count_is_what_filtering_by_the_value_gives(tmp_path):
    names = ["REFELA-Cam", "REFELA-Cam", "Refela-CAM", "FEICOM", "Fonds spécial"]
    partners = [Partner(name, "FEICOM" if name == "Fonds spécial" else None) for name in names]
    articles = [article(f"a{n}", "Eau", "De l’eau.", partners=(one,)) for n, one in enumerate(partners)]
    build_index(tmp_path, articles)
    with Library(Store(articles), tmp_path) as library:
        counted = library.search("eau", facets=["partner"]).facets["partner"]
        assert {value.code: value.count for value in counted} == {"REFELA-Cam": 3, "FEICOM": 1, "Fonds spécial": 1}
        for value in counted:
            assert library.search("eau", filters={"partner": value.code}).total == value.count
        # What is no code is a name, and means all that are called so.
        assert library.search("eau", filters={"partner": "feicom"}).total == 2
        assert library.search("partenaire:FEICOM").total == 2


def test_order_by_date(library):
    assert slugs(library.search("", sort="newest"))[:2] == ["cotonou", "abidjan"]
    assert slugs(library.search("", sort="oldest"))[:2] == ["ndjamena", "siem-reap"]
    assert slugs(library.search("", sort="oldest"))[-2:] == ["sport", "villa"]


def test_paging_goes_through_everything_once(library):
    pages = [slugs(library.search("", limit=2, offset=start)) for start in range(0, 10, 2)]
    assert sorted(functools.reduce(operator.iadd, pages, [])) == sorted(slugs(library.search("", limit=100)))
    assert library.search("", limit=0).total == len(ARTICLES)


def test_articles_by_address(library):
    url = ARTICLES[0].url
    assert library[url] == ARTICLES[0]
    assert library.versions(url) == [ARTICLES[0]]
    assert url in library
    assert library.row(url) is not None
    with pytest.raises(KeyError):
        library["https://ville.example/none/"]


def test_similar_articles_share_telling_words(library):
    assert slugs(library.similar(ARTICLES[0].url))[0] == "siem-reap"
    assert ARTICLES[0].url not in [hit.url for hit in library.similar(ARTICLES[0].url, limit=50)]


def test_suggestions_need_no_accents(library):
    assert library.suggest("benin")[0].text == "Bénin"
    assert [s.text for s in library.suggest("services")] == ["Services essentiels"]
    assert library.suggest("cote d i")[0].kind == "country"
    assert library.suggest("congr")[0].text == "Congrès d’Abidjan"
    assert library.suggest("") == library.suggest("  ") == library.suggest("zzz") == ()


QUESTIONS = [
    "boues de vidange",
    "élus",
    "communes Cotonou",
    "assainisement",
    "esport",
    "Cambodge 2022",
    "boues OU villa",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_explanation_adds_up_to_the_score(library, question):
    page = library.search(question, explain=True)
    assert [hit.replace(explanation=None) for hit in page] == list(library.search(question))
    for hit in page:
        why = hit.explanation
        assert (why.points * why.coverage + why.nearness) * why.freshness == pytest.approx(hit.score, abs=1e-4)
        assert all(share.points > 0 for share in why.shares)
        assert hit.to_dict()["explanation"]["coverage"] == round(why.coverage, 4)


def test_an_explanation_tells_word_field_and_term(library):
    best = library.search("boues élue", filters={"city": "Phnom Penh"}, explain=True)[0]
    told = {(share.word, share.field) for share in best.explanation.shares}
    assert {("boues", "title"), ("boues", "text"), ("boues", "exact"), ("elue", "text")} <= told
    assert ("elue", "exact") not in told  # the text says « élus »
    assert "« boues » as boue" in str(best.explanation)


def test_an_article_without_the_archive_beside_it_is_explained_too(tmp_path):
    build_index(tmp_path, ARTICLES[:1])
    with Library(Store([]), tmp_path) as opened:
        [hit] = opened.search("boues", explain=True)
        assert {share.field for share in hit.explanation.shares} == {"text", "exact"}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.text(alphabet="boues vidange+-\"«»'’.*()[]{}SAUF:^~é", max_size=60)))
def test_no_question_raises(library, text):
    page = library.search(text, facets=["country"])
    assert page.total + page.others >= len(page)
    assert page.reading
    library.suggest(text)


def test_any_word_of_the_archive_has_an_answer(library):
    for known in ARTICLES:
        for word in f"{known.title} {known.text}".split():
            if any(sign.isalnum() for sign in word):
                assert library.search(word).total > 0, word


def once(*names, tagged=False):
    return tuple(Place(name, "VN", "city", (Span(0, 5),), tagged) for name in names)


def counted(one: Article):
    return count(one, read_title(one), read_body(one))


def test_what_is_named_in_passing_has_no_weight_of_its_own():
    words = "À Hué et à Dalat, on plante. Hué avance."
    named = article(
        "a", "Arbres", words, places=(Place("Hué", "VN", "city", (Span(2, 5), Span(29, 32))), *once("Dalat"))
    )
    assert list(counted(named).fields["cities"]) == ["hue"]
    tagged = article("a", "Arbres", words, places=once("Dalat", tagged=True))
    assert "dalat" in counted(tagged).fields["cities"]
    assert [code.split("\t")[0] for code in to_document(named).terms["city"]] == ["Hué", "Dalat"]


def test_a_place_is_found_by_its_usual_name_too():
    document = to_document(article("a", "Saigon", "Saigon plante.", places=once("Hô-Chi-Minh-Ville")))
    assert "minh" in document.terms[EXACT]


def test_facts_that_change_alone_are_indexed_anew():
    first = article("a", "Arbres", "À Dalat, on plante.")
    second = replace(first, places=once("Dalat"))
    assert first.content_hash == second.content_hash
    assert stamp_of(first) != stamp_of(second)


def test_the_archive_teaches_its_acronyms(tmp_path):
    said = Acronym("SFV", "syndicat des forêts de la ville")
    articles = [article("a", "Arbres", acronyms=(said,)), article("b", "Forêts", acronyms=(said,))]
    build_index(tmp_path, articles)
    with Library(Store(articles), tmp_path) as opened:
        assert [(one.expansion, one.articles) for one in opened.acronyms()["SFV"]] == [(said.expansion, 2)]


def test_an_article_that_comes_later_teaches_its_acronyms_too(tmp_path):
    plain = article("a", "Arbres", "Le syndicat des forêts de la ville plante.")
    build_index(tmp_path, [plain])
    with Library(Store([plain]), tmp_path) as opened:
        assert not opened.search("SFV").total
        said = article("b", "Le SFV", acronyms=(Acronym("SFV", "syndicat des forêts de la ville"),))
        assert build_index(tmp_path, [plain, said]).added == 1
        assert opened.refresh()
        assert set(slugs(opened.search("SFV"))) == {"a", "b"}
        build_index(tmp_path, [plain])
        assert opened.refresh()
        assert not opened.search("SFV").total


def test_many_threads_may_ask_one_library(library):
    expected = slugs(library.search("boues de vidange élus"))
    wrong = []

    def ask():
        wrong.extend(1 for _ in range(20) if slugs(library.search("boues de vidange élus")) != expected)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def refreshed_meanwhile(library, work):
    """`work`, and while it runs another thread takes up what was published."""

    def instead(*arguments):
        done = work(*arguments)
        assert library.refresh()
        return done

    return instead


def test_a_page_is_explained_by_the_index_that_it_came_from(tmp_path, monkeypatch):
    build_index(tmp_path, ARTICLES)
    with Library(Store(ARTICLES), tmp_path) as opened:
        expected = [str(hit.explanation) for hit in opened.search("boues de vidange", explain=True)]
        build_index(tmp_path, ARTICLES[1:])
        monkeypatch.setattr(Searcher, "search", refreshed_meanwhile(opened, Searcher.search))
        assert [str(hit.explanation) for hit in opened.search("boues de vidange", explain=True)] == expected


def test_completions_are_of_the_index_that_was_taken_up(tmp_path, monkeypatch):
    build_index(tmp_path, ARTICLES[:1])
    with Library(Store(ARTICLES), tmp_path) as opened:
        build_index(tmp_path, ARTICLES)
        with monkeypatch.context() as patch:
            patch.setattr("index.library.Suggester", refreshed_meanwhile(opened, Suggester))
            assert opened.suggest("phnom")
        assert opened.suggest("tournoi")


ALTERNATIVES = [
    article("maire", "Rive", "Le maire parle."),
    article("eau", "Lac", "Voici de l’eau de source."),
    article("deux", "Mer", "Un maire passe : eau, source."),
    article("hue", "Air", "On souffle.", places=(Place("Hué", "VN", "city"),)),
    article("rien", "Feu", "Rouge."),
]


@pytest.mark.parametrize(
    ("query", "answers", "others"),
    [
        ("maire OU eau", "deux eau maire", ""),
        ("maire OU ea*", "deux eau maire", ""),
        ("mair* OU ea*", "deux eau maire", ""),
        ("maire OU (eau ET source)", "deux eau maire", ""),
        ("maire OU ville:Hué", "deux hue maire", ""),
        ("maire OU -eau", "deux hue maire rien", ""),
        ("titre:(mer OU air)", "deux hue", ""),
        ("source (maire OU ea*)", "deux eau", "maire"),
        ("source (maire OU ville:Hué)", "deux", "eau hue maire"),
        ("de OU maire", "deux eau maire", ""),
        ("maire OU de", "deux eau maire", ""),
    ],
)
def test_one_alternative_is_enough(tmp_path, query, answers, others):
    build_index(tmp_path, ALTERNATIVES)
    with Library(Store(ALTERNATIVES), tmp_path) as opened:
        page = opened.search(query)
        found = slugs(page)
        assert sorted(found[: page.total]) == answers.split()
        assert sorted(found[page.total :]) == others.split()
        assert "tous les mots" not in page.reading


def test_a_pasted_page_is_read_in_part_and_not_corrected(library):
    assert library.search("assainisement").proposal
    assert not library.search("assainisement " * 700).proposal


@pytest.mark.parametrize(
    "text", ["boues ville:(@Dakar)", "theme:(voiries ^ ) eau", "type:(lervices loin. » ", "pays:CUDHLM-"]
)
def test_values_nobody_has_become_words_that_read_the_same_again(library, text):
    query = library.search(text).query
    assert str(parse(str(query))) == str(query)
    assert ":" not in str(query)
