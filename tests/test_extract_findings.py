"""What a page shows that its editors should repair is found, and what is right is not."""

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Site
from pipeline.extract import findings, wordlists
from pipeline.extract.article import Knowledge, extract
from pipeline.records import Article, Capture, Finding, FindingKind, Image

PROSE = (
    "<p>Le conseil municipal a réuni hier les habitants du quartier pour présenter le projet de station d’épuration.</p>"
    "<p>Les travaux commenceront au printemps, et la commune formera douze agents à l’entretien des ouvrages.</p>"
)
LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
HEAD = '<html lang="fr"><head><title>Eau</title><meta property="article:published_time" content="2022-03-01"></head>'
VILLE = Knowledge(
    "ville",
    Site.model_validate(
        {
            "name": "Ville",
            "base_url": "https://ville.example/",
            "kinds": [{"kind": "page", "path": "^/"}],
            "listings": [],
        }
    ),
)


def found_in(body, head=HEAD):
    capture = Capture(
        "https://ville.example/eau",
        200,
        {"content-type": "text/html; charset=utf-8"},
        f"{head}<body>{body}".encode(),
        datetime(2024, 3, 18, tzinfo=UTC),
    )
    article = extract(capture, VILLE)
    assert isinstance(article, Article)
    return {(one.kind, one.excerpt) for one in article.findings}


def kinds_in(body, head=HEAD):
    return {kind for kind, _ in found_in(body, head)}


def test_a_page_that_is_right_shows_nothing():
    assert (
        found_in(f"<a href='#main'>Aller au contenu</a><main>{PROSE}<img src='/a.jpg' alt='Le pont'></main>") == set()
    )


@pytest.mark.parametrize(
    ("body", "kind", "excerpt"),
    [
        (f"<main>{PROSE}<p>{LOREM}</p></main>", FindingKind.PLACEHOLDER, LOREM),
        (f"<main>{PROSE}<p style='display:none'>{LOREM}</p></main>", FindingKind.HIDDEN_PLACEHOLDER, LOREM),
        (f"<main>{PROSE}</main><footer>{LOREM}</footer>", FindingKind.HIDDEN_PLACEHOLDER, LOREM),
        (f"<main>{PROSE}<p>? Consultez le plan</p>{PROSE}</main>", FindingKind.LOST_EMOJI, "? Consultez le plan"),
        (f"<main>{PROSE}<p>?\ufe0f\xa0Rabat</p>{PROSE}</main>", FindingKind.LOST_EMOJI, "?\ufe0f\xa0Rabat"),
        (f"<a href='#m'>Skip to content</a><main>{PROSE}</main>", FindingKind.UNTRANSLATED_LABEL, "Skip to content"),
        (f"<main>{PROSE}<a href='/b'>READ MORE »</a></main>", FindingKind.UNTRANSLATED_LABEL, "READ MORE »"),
        (
            f"<main>{PROSE}<img src='/f/Port-de-p%C3%AAche-300x200.jpg'></main>",
            FindingKind.IMAGE_WITHOUT_ALT,
            "Port-de-pêche.jpg",
        ),
        ("<main><h1>Eau</h1></main>", FindingKind.EMPTY_ARTICLE, "titre sans texte\xa0: «\xa0Eau\xa0»"),
    ],
)
def test_a_fault_is_found_with_what_stands_there(body, kind, excerpt):
    assert (kind, excerpt) in found_in(body)


def test_a_title_that_nobody_gave_is_a_placeholder():
    assert (FindingKind.PLACEHOLDER, "Sans titre") in found_in(f"<main>{PROSE}", HEAD.replace("Eau", "Sans titre"))


def test_a_page_without_a_date_is_told_by_its_title():
    assert (FindingKind.NO_DATE, "Eau") in found_in(f"<main>{PROSE}", "<title>Eau</title>")


@pytest.mark.parametrize(
    "body",
    [
        # a poor link is no placeholder
        f"<main>{PROSE}<p><a href='/b'>Cliquez ici</a></p></main>",
        # French words that are English too
        f"<nav><p>Menu</p><p>Documents</p><p>Contact</p><p>Catégories</p></nav><main>{PROSE}</main>",
        f"<main>{PROSE}<p>Pourquoi ? Parce que la ville grandit.</p><p>Vraiment ?</p><p>?id=3</p><p>?</p></main>",
        # words inside a sentence
        f"<main>{PROSE}<p>Il a dit « read more » en anglais devant le conseil.</p></main>",
    ],
)
def test_what_is_right_is_left_alone(body):
    assert kinds_in(body) == set()


def test_english_labels_are_right_on_an_english_page():
    prose = "<p>The town council met yesterday with the people of the quarter to present the new water plant.</p>" * 3
    assert kinds_in(f"<p>Skip to content</p><main>{prose}<p>Read more</p></main>", HEAD.replace("fr", "en")) == set()


def test_an_article_behind_a_password_is_not_called_empty():
    assert kinds_in("<main><p>Cet article est protégé.</p><form><input type='password'></form></main>") == set()


def test_a_film_without_a_word_is_told_from_an_empty_page():
    article = Article("u", "s", "Le film", "page", "", language="fr", date_published=date(2022, 3, 1), videos=("v",))
    assert findings.of_page(article, ()) == (
        Finding(FindingKind.EMPTY_ARTICLE, "vidéo sans texte\xa0: «\xa0Le film\xa0»"),
    )


def test_contradictions_are_passed_on_whole():
    article = Article("u", "s", "t", "page", "texte", date_published=date(2022, 3, 1))
    sentence = "date_published: json-ld says 2020-01-01, the page shows " + "3 mars 2021 " * 10
    assert findings.of_page(article, (), [sentence]) == (Finding(FindingKind.CONTRADICTION, sentence),)


def test_a_wording_counts_once_a_page_and_a_hostile_page_has_bounds():
    images = tuple(Image(f"https://v.example/{number % 400}.jpg") for number in range(1000))
    article = Article("u", "s", "t", "page", "? Un\n? Un\n", date_published=date(2022, 3, 1), images=images)
    found = [one.kind for one in findings.of_page(article, ())]
    assert found.count(FindingKind.LOST_EMOJI) == 1
    assert found.count(FindingKind.IMAGE_WITHOUT_ALT) == 50


def test_findings_make_no_other_version():
    article = Article("u", "s", "t", "page", "texte")
    faulty = Article("u", "s", "t", "page", "texte", findings=(Finding(FindingKind.NO_DATE, "t"),))
    assert article.content_hash == faulty.content_hash


def test_no_label_of_the_list_is_a_french_word_too():
    french = "categories menu date archives tags message contact documents secondes question image type pages page"
    assert not wordlists.untranslated_labels() & set(french.split())


@given(st.text(alphabet=st.sampled_from("? \ufe0f\u200d\n=aÉ#\xa0"), max_size=60) | st.text(max_size=200))
def test_a_lost_emoji_is_a_line_of_the_text(text):
    assert set(findings.lost_emoji(text)) <= {line for line in text.split("\n") if "?" in line}


@given(st.text(max_size=80))
def test_any_address_has_a_name(url):
    assert findings.file_name(url) or not url


@given(st.text(max_size=200), st.text(max_size=300), st.lists(st.text(max_size=120), max_size=3))
def test_no_text_raises_and_excerpts_are_short(title, text, contradictions):
    article = Article("u", "s", title, "page", text, language="fr", images=(Image(title), Image("http://[")))
    for one in findings.of_page(article, (), contradictions):
        assert len(one.excerpt) <= 240


@pytest.mark.parametrize("piece", ["?", "? ", "?\ufe0f", "?a", "? =", "\ufe0f? "])
def test_the_time_grows_with_the_text_only(piece):
    start = time.perf_counter()
    list(findings.lost_emoji(piece * 50_000))
    assert time.perf_counter() - start < 1
