"""The words of the interface: both languages whole, every word used, French printed as French."""

import re
import string
from pathlib import Path

import pytest
import yaml

from index.web.wording import wording
from tests.webpage import serving

WEB = Path(__file__).resolve().parent.parent / "index" / "web"
FRENCH, ENGLISH = (
    yaml.safe_load((WEB / "wording" / f"{code}.yaml").read_text(encoding="utf-8")) for code in ("fr", "en")
)
SOURCES = "\n".join(
    file.read_text(encoding="utf-8") for file in [*WEB.rglob("*.html"), *WEB.rglob("*.xml"), *WEB.rglob("*.py")]
)
MADE_UP = (
    "facet_",
    "kind_",
    "language_",
    "rule_",
    "rejection_",
    "outcome_",
    "run_",
    "field_",
    "facts_",
    "export_",
    "sort_",
    "suggested_",
    "error_",
    "help_",
    "ignored_",
    "nav_",
    "state_",
)


@pytest.fixture(scope="module")
def page(sample_archive):
    with serving("--data", sample_archive) as running:
        yield running


def forms(entry):
    return entry if isinstance(entry, list) else [entry]


def names(entry):
    return [{name for _, name, _, _ in string.Formatter().parse(form) if name} for form in forms(entry)]


def test_both_languages_have_the_same_words():
    assert list(FRENCH) == list(ENGLISH)
    for key, entry in FRENCH.items():
        assert isinstance(entry, list) == isinstance(ENGLISH[key], list), key
        assert set.union(*names(entry)) == set.union(*names(ENGLISH[key])), key
        assert len(forms(entry)) in (1, 2)


def test_no_word_is_left_over_and_none_is_missing():
    named = set(re.findall(r"""(?:\bt|wording)\(\s*["']([a-z_0-9]+)["']""", SOURCES))
    assert named <= set(FRENCH) | {"help_", "export_", "sort_", "run_", "rejection_"}
    quoted = set(re.findall(r"""["']([a-z_0-9]+)["']""", SOURCES))
    assert {key for key in FRENCH if key not in quoted and not key.startswith(MADE_UP)} == set()


def test_french_is_printed_as_french():
    for key, entry in wording("fr")._entries.items():
        for form in forms(entry):
            assert not re.search("[^\u202f][;!?]", form), (key, form)
            assert not re.search(r"[ \w»]:(?:\s|$)", form.replace("\u00a0:", "")), (key, form)
            assert not re.search("«[^\u00a0]|[^\u00a0]»|'|\"|\\.\\.\\.", form), (key, form)


def test_the_french_document_is_typed_as_french():
    """Code, and the steps in its comments, aside."""
    document = (WEB.parent.parent / "docs" / "search.md").read_text(encoding="utf-8")
    for line in re.sub(r"(?s)```.*?```|<!--.*?-->", "", document).splitlines():
        assert not re.search(r"«[^\u00a0]|[^\u00a0]»|[^\u202f][;!?](?:\s|$)|[^\u00a0]:(?:\s|$)|'", line), line


@pytest.mark.parametrize(
    "path", ["/", "/?q=eau", "/?q=xyzxyz&pays=BJ", "/aide", "/etat", "/a-reprendre", "/valeurs/pays", "/rien"]
)
def test_french_pages_have_no_ordinary_space_where_a_fixed_one_belongs(page, path):
    soup = page.raw(path).soup
    for foreign in soup.select(".result, [lang=en], .kind, code"):
        foreign.decompose()
    text = soup.get_text(" ")
    assert not re.search(r"« | »|\w [;!?](?:\s|$)", text)
    assert soup.html["lang"] == "fr"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=eau&pays=BJ&du=2020",
        "/?q=xyzxyz&pays=BJ",
        "/aide",
        "/etat",
        "/a-reprendre",
        "/valeurs/pays",
        "/rien",
        "/versions?url=https://www.villes-exemple.example/nous-connaitre/",
    ],
)
def test_english_is_chosen_by_the_browser_or_a_link_and_stays(page, path):
    by_browser = page.raw(path, headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert by_browser.soup.html["lang"] == "en"
    assert by_browser.headers["vary"] == "Accept-Language"
    link = page.raw(path).soup.select_one("nav a[hreflang=en]")["href"]
    by_link = page.raw(link)
    assert by_link.soup.html["lang"] == "en"
    own = [
        a["href"]
        for a in by_link.soup.select("a[href^='/']")
        if a.get("hreflang") != "fr" and "download" not in a.attrs
    ]
    assert own
    assert all("hl=en" in href for href in own), own
    french = "Rechercher|Appliquer|résultat|Filtrer|Retour|Publié"
    for told in by_link.soup.select("[lang=fr], .result, .choices"):
        told.decompose()
    assert not re.search(french, by_link.soup.get_text(" "))


def test_in_english_what_stays_french_says_so_and_nothing_else_does(page):
    url = "https://www.villes-exemple.example/actions/assainir-la-lagune-de-kalimbe/"
    facts = page.get("/article", url=url, hl="en").soup.select(".facts a")
    assert {a.get("lang") for a in facts if a.text in ("Bénin", "Kalimbé")} == {"fr"}
    assert [a.get("lang") for a in facts if a.text == "January\u00a02022"] == [None]
    assert page.get("/valeurs/pays", hl="en").soup.select_one(".choices")["lang"] == "fr"
    assert page.get("/valeurs/type", hl="en").soup.select_one(".choices").get("lang") is None


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0\u00a0résultat"), (1, "1\u00a0résultat"), (2, "2\u00a0résultats"), (12345, "12\u202f345\u00a0résultats")],
)
def test_numbers_in_french(count, told):
    assert wording("fr")("results", n=count) == told
