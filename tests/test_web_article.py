"""The page of an article, its versions, what was removed, its citation: that a reader can trust and take it."""

import dataclasses
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import build_index
from index.cli import main
from index.jobs import stored
from index.web import citations
from index.web.compare import GONE, NEW, SAME, compared
from index.web.pages.text import blocks
from pipeline import sample
from pipeline.archive import Archive
from pipeline.records import Article, Passage, Section, Span, Term
from tests.commands import PROSE, config_for
from tests.site import Answer, Site
from tests.site import page as html
from tests.webpage import serving


@pytest.fixture(scope="module")
def page(sample_archive):
    with serving("--data", sample_archive, "--config", sample.CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def stored_articles(sample_archive):
    with Archive.open(sample_archive) as archive:
        return list(archive.articles())


def body_text(answer):
    return "\n".join(block.get_text() for block in answer.soup.select(".body > :not(ul, .note), .body li"))


def test_the_text_is_the_articles_letter_for_letter(page, stored_articles):
    for article in stored_articles:
        answer = page.get("/article", url=article.url)
        assert body_text(answer) == article.text, article.url
        assert answer.soup.h1.text == article.title


def test_headings_and_lists_are_headings_and_lists(page, stored_articles):
    found = 0
    for article in stored_articles:
        answer = page.get("/article", url=article.url)
        headings = [one.text for one in answer.soup.select(".body h2, .body h3, .body h4")]
        assert headings == [section.title for section in article.sections]
        items = [one.text for one in answer.soup.select(".body li")]
        assert items == [article.text[one.start_chars : one.end_chars] for one in article.list_items]
        found += len(items)
    assert found


def test_the_three_dates_are_in_words(page, stored_articles):
    article = next(one for one in stored_articles if one.date_published == date(2021, 9, 15))
    told = {row.dt.text: row.dd.text for row in page.get("/article", url=article.url).soup.select(".dates-row > div")}
    assert told["Publié le"] == "15\u00a0septembre\u00a02021"
    assert told["Modifié le"] == "16\u00a0février\u00a02024"
    assert re.fullmatch(r"\S+\u00a0\S+\u00a0\d{4}", told["Copié le"])


def test_every_fact_leads_to_a_search_that_finds_the_article(page, stored_articles):
    seen = set()
    for article in stored_articles[:12]:
        for section in page.get("/article", url=article.url).soup.select(".facts"):
            for link in section.select("a"):
                seen.add(section.h2.text)
                parts = urlsplit(link["href"])
                found = page.get("/api/v1/search", _as_api(parse_qsl(parts.query))).json()
                assert article.url in [one["url"] for one in found["results"]], (article.url, link["href"])
    assert seen >= {"Thèmes", "Lieux", "Montants", "Dates citées"}


def _as_api(pairs):
    names = {
        "q": "query",
        "pays": "country",
        "ville": "city",
        "theme": "theme",
        "partenaire": "partner",
        "programme": "programme",
    }
    return [(names[name], value) for name, value in pairs] + [("limit", "100")]


def test_an_article_knows_its_way_back_to_the_results(page):
    answer = page.get("/", [("q", "eau"), ("pays", "BJ")])
    link = urlsplit(answer.soup.select_one(".result a")["href"])
    back = page.get(link.path, parse_qsl(link.query)).soup.select_one(".back a")
    assert back["href"] == "/?q=eau&pays=BJ"


@pytest.mark.parametrize("words", ["eau", "eau " + "é" * 800])
def test_the_way_back_goes_along_through_all_pages_of_an_article(page, words):
    answer = page.get("/", [("q", words), ("pays", "BJ")])
    article = page.raw(answer.soup.select_one(".result a")["href"])
    for inner in ("/versions", "/retire"):
        shown = page.raw(article.soup.find("a", href=re.compile(f"^{inner}"))["href"])
        again = page.raw(shown.soup.select_one(".back a")["href"])
        back = urlsplit(again.soup.select_one(".back a")["href"])
        assert (back.path, parse_qsl(back.query)) == ("/", [("q", words), ("pays", "BJ")])


def test_similar_articles_are_shown(page, stored_articles):
    shown = [len(page.get("/article", url=one.url).soup.select("#proches ~ ul a")) for one in stored_articles]
    assert max(shown) == 5


def test_what_was_removed_is_shown_with_its_reason(page, stored_articles):
    answer = page.get("/retire", url=stored_articles[0].url)
    kept = [dd.text for dd in answer.soup.select(".whole .in dd")]
    assert "\n".join(kept) == stored_articles[0].text
    reasons = [re.sub(r" \d+$", "", dt.text) for dt in answer.soup.select(".whole .out dt")]
    assert {"bandeau ou pied de page"} <= set(reasons)
    assert page.get("/article", url=stored_articles[0].url).soup.find("a", href=re.compile("^/retire"))


def test_an_imported_article_says_that_it_has_no_page(tmp_path):
    folder = tmp_path / "data"
    article = Article("https://v.example/a", "v", "Eau", "k", "Un texte.", "fr")
    with Archive.open(folder, mode="write") as archive:
        archive.put_article(article)
        build_index(folder / "index", stored(archive))
    with serving("--data", folder) as page:
        assert "importé sans la page" in page.get("/retire", url=article.url).text


# --- citing


def test_programs_that_collect_references_read_the_page(page, stored_articles):
    article = next(one for one in stored_articles if one.date_published)
    soup = page.get("/article", url=article.url).soup
    meta = {tag["name"]: tag["content"] for tag in soup.select("meta[name^=citation_]")}
    assert meta["citation_title"] == article.title
    assert meta["citation_publication_date"] == f"{article.date_published:%Y/%m/%d}"
    told = json.loads(soup.select_one("script[type='application/ld+json']").text)
    assert (told["headline"], told["datePublished"]) == (article.title, article.date_published.isoformat())
    assert soup.find("link", rel="canonical")["href"] == article.url


def test_a_citation_in_three_forms(page, stored_articles):
    article = next(one for one in stored_articles if one.date_published == date(2021, 9, 15))
    sentence = page.get("/article", url=article.url).soup.select_one(".citation").text
    assert sentence.startswith(f"«\u00a0{article.title}\u00a0», ")
    assert "15\u00a0septembre\u00a02021" in sentence
    bibtex = page.get("/citation", url=article.url, forme="bib")
    assert bibtex.text.startswith("@online{assainir-la-lagune-de-kalimbe-2021,\n")
    assert bibtex.headers["content-disposition"].split("filename=")[1].endswith('.bib"')
    ris = page.get("/citation", url=article.url, forme="ris").text
    assert ris.startswith("TY  - ELEC\r\nTI  - ")
    assert ris.endswith("ER  - \r\n\r\n")
    assert "DA  - 2021/09/15\r\n" in ris


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_title_breaks_out_of_a_citation(title, author):
    article = Article("https://v.example/a{b}\\c", "v", title, "k", "", authors=(author,), themes=(Term("x", title),))
    entry = citations.bibtex(article, title, date(2024, 1, 1))
    depth = 0
    for sign in re.sub(r"\\[\\{}&%$#_]", "", entry):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    lines = citations.ris(article, title, date(2024, 1, 1)).split("\r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert not {"<", ">", "&"} & set(citations.json_ld(article, title))


# --- the text


def test_levels_of_headings_never_jump():
    article = Article(
        "u",
        "s",
        "t",
        "k",
        "Un\nDeux\nTrois\nQuatre",
        sections=(Section(5, "Un"), Section(1, "Deux"), Section(6, "Trois")),
    )
    assert [(block.kind, block.level) for block in blocks(article)] == [
        ("heading", 2),
        ("heading", 2),
        ("heading", 3),
        ("paragraph", 0),
    ]


def test_foreign_passages_say_their_language():
    article = Article("u", "s", "t", "k", "Bonjour\nHello", language="fr", passages=(Passage("en", Span(8, 13)),))
    assert [line.language for block in blocks(article) for line in block.lines] == [None, "en"]


@given(
    st.text(alphabet="ab\n ", max_size=40), st.lists(st.tuples(st.integers(1, 6), st.sampled_from("ab")), max_size=5)
)
def test_the_blocks_are_the_whole_text(text, sections):
    article = Article(
        "u", "s", "t", "k", text, sections=tuple(Section(*one) for one in sections), list_items=(Span(0, 1),)
    )
    assert "\n".join(line.text for block in blocks(article) for line in block.lines) == text


# --- versions


def test_fields_that_changed_are_told_as_readers_call_them(tmp_path):
    folder = tmp_path / "data"
    old = Article("https://v.example/a", "v", "Eau", "actualite", "Un texte.", "fr")
    with Archive.open(folder, mode="write") as archive:
        archive.put_article(old)
        archive.put_article(dataclasses.replace(old, kind="document", language="en", text="A text."))
        build_index(folder / "index", stored(archive))
    with serving("--data", folder) as page:
        rows = page.get("/versions", url=old.url).soup.select(".changes tbody tr")
        assert [[cell.text for cell in row.select("th, td")] for row in rows] == [
            ["Type", "Actualité", "Document"],
            ["Langue", "français", "anglais"],
        ]


@given(st.text(alphabet="ab .\n", max_size=60), st.text(alphabet="ab .\n", max_size=60))
def test_a_comparison_holds_both_texts(old, new):
    pieces = compared(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != NEW) == old
    assert "".join(piece.text for piece in pieces if piece.kind != GONE) == new


def test_long_texts_without_a_common_word_are_compared_at_once():
    old, new = (" ".join(f"{sign}{n}" for n in range(60_000)) for sign in "ab")
    assert [piece.kind for piece in compared(f"Début {old} fin", f"Début {new} fin")] == [GONE, NEW]
    lines = ["\n".join(f"{sign}{n}" for n in range(30_000)) for sign in "ab"]
    assert {piece.kind for piece in compared(*lines)} <= {SAME, GONE, NEW}


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    """An article of a site that was edited, then removed: crawled four times."""
    folder = tmp_path_factory.mktemp("edited")
    first = html("Le pont", body=PROSE)
    with Site({"/": html("Accueil", links=["/pont"]), "/pont": first}) as site:
        config = config_for(site.url, folder)
        for body in (PROSE, PROSE.replace("douze", "vingt"), None, None):
            site.pages["/pont"] = html("Le pont", body=body) if body else Answer("Plus là", 404)
            main(["-q", "--config", config, "crawl", "--full"])
        yield Path(config), site.url + "pont"


def test_two_versions_are_compared_word_by_word(edited):
    config, url = edited
    with serving("--config", config) as page:
        answer = page.get("/versions", url=url)
        marked = {
            tag.name: [tag.get_text() for tag in answer.soup.select(f".diff {tag.name}")]
            for tag in answer.soup.select(".diff ins, .diff del")
        }
        assert marked == {"del": ["[retiré\u00a0: ]douze"], "ins": ["[ajouté\u00a0: ]vingt"]}
        assert "1\u00a0mot retiré, 1\u00a0mot ajouté" in answer.text
        older = page.get("/article", url=url, version="1")
        assert "douze agents" in older.text
        assert "n’est plus la dernière" in older.text
        assert page.get("/article", url=url, version="7").status == 404
        removed = page.raw(older.soup.find("a", href=re.compile("^/retire"))["href"])
        assert "douze agents" in page.raw(removed.soup.select_one(".back a")["href"]).text
        same = page.get("/versions", url=url, de="2", a="2")
        assert "deux versions différentes" in same.text
        assert page.get("/versions", url=url, de="2", a="1").soup.select_one(".diff ins").text.endswith("vingt")


def test_an_article_gone_from_the_site_stays_and_says_since_when(edited):
    config, url = edited
    with serving("--config", config) as page:
        answer = page.get("/article", url=url)
        assert "vingt agents" in answer.text
        today = datetime.now(UTC).date()
        note = answer.soup.select_one(".note.warn").text
        assert "n’est plus sur le site depuis le" in note
        assert str(today.year) in note
