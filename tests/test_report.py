"""The editors' report of a real archive of a real site: every row is true, one fault is one row, staff can read it."""

import csv
import io
import json
import re
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cli import main
from pipeline import report
from pipeline.archive import Archive
from pipeline.facts.read import gazetteer_with
from pipeline.records import Article, FindingKind, Rejection, RejectionReason
from pipeline.report import forms, labels, likeness, places, slugs
from pipeline.report.rows import Row, Sighting, group
from tests.commands import config_for
from tests.site import Answer, Site, page

DATED = '<meta property="article:published_time" content="2022-03-01T08:00:00+00:00">'
LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
SKIP = "<p style='display:none'>Lorem ipsum dolor sit amet</p>"


def prose(subject):
    return (
        f"<p>Le conseil municipal a réuni hier les habitants du quartier pour présenter {subject}, attendu de longue date.</p>"
        f"<p>Les travaux commenceront au printemps, et la commune formera douze agents à l’entretien autour de {subject}.</p>"
        f"<p>Une visite est prévue pour les écoles, qui suivront pendant un an ce que {subject} change dans la ville.</p>"
    )


def article(title, subject=None, **more):
    return page(title, body=prose(subject or title.lower()) + more.pop("body", ""), head=DATED, **more)


PAGES = {
    "/la-station-depuration": article("La station d’épuration", body=f"<p>{LOREM}</p>{prose('la fin')}"),
    "/le-pont": article("Le pont", body=SKIP, links=["/nulle-part", "www.ailleurs.example"]),
    "/la-mediatheque": article(
        "La médiathèque", body="<img src='/plan.jpg'><img src='/logo.png'>" + SKIP, links=["www.ailleurs.example"]
    ),
    "/le-marche": article("Le marché", body="<img src='/logo.png'>" + SKIP, links=["/nulle-part/"]),
    "/la-fete": article("La fête", body=f"<p>? Consultez le programme</p>{prose('la fin')}"),
    "/titre-de-mon-article": article("Une forêt en ville"),
    "/la-foret-en-ville-copie": article("La piscine rouvre"),
    "/le-budget": article("Le budget", "le budget de cette année"),
    "/le-budget-vote": article("Le budget est voté", "le budget de cette année"),
    "/la-cantine-2": article("La cantine"),
    "/voirie/les-nouvelles": article("Les nouvelles", "la voirie"),
    "/ecoles/les-nouvelles": article("Les nouvelles", "le groupe scolaire"),
    "/sans-date": page("Sans date", body=prose("le cimetière")),
    "/une-page-vide": page("Une page vide", head=DATED),
    "/filler": page("Filler", body=f"<p>{LOREM}</p>", head=DATED),
    "/disparue": Answer(page("Disparue"), status=404),
    "/nulle-part": Answer(page("Disparue"), status=410),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The configuration of an archive of a site with every fault, and the site's address."""
    folder = tmp_path_factory.mktemp("report")
    with Site({"/": page("Accueil", links=PAGES), **PAGES}) as site:
        config = config_for(site.url, folder)
        main(["--config", config, "-q", "crawl"])
        return config, site.url


@pytest.fixture
def rows(archive, capsys):
    """The report's rows as JSON, addresses as paths."""
    config, url = archive
    assert main(["--config", config, "--json", "report"]) == 0
    text = capsys.readouterr().out.replace(url, "/")
    return json.loads(text)["rows"]


def of_kind(rows, kind):
    return {(row["excerpts"][0], *row["urls"]) for row in rows if row["kind"] == kind}


def test_a_dead_link_is_one_row_with_the_pages_that_have_it(rows):
    dead = of_kind(rows, "dead_link")
    assert ("/nulle-part", "/", "/le-pont", "/le-marche") in dead
    assert ("www.ailleurs.example (écrit sans https://)", "/le-pont", "/la-mediatheque") in dead
    assert ("/disparue", "/") in dead
    assert len(dead) == 3


def test_a_fault_of_the_template_is_one_row(rows):
    [(excerpt, *urls)] = of_kind(rows, "hidden_placeholder")
    assert excerpt == "Lorem ipsum dolor sit amet"
    assert set(urls) == {"/le-pont", "/la-mediatheque", "/le-marche"}


def test_visible_filler_is_told_of_articles_and_of_pages_that_are_nothing_else(rows):
    assert of_kind(rows, "placeholder") == {
        (LOREM, "/la-station-depuration"),
        ("rien que du texte de remplissage", "/filler"),
    }


def test_pictures_are_counted_by_file_when_pages_share_it_else_by_page(rows):
    assert of_kind(rows, "image_without_alt") == {
        ("logo.png", "/la-mediatheque", "/le-marche"),
        ("plan.jpg", "/la-mediatheque"),
    }


def test_one_text_at_two_addresses_is_a_copy(rows):
    assert of_kind(rows, "duplicate") == {
        ("«\xa0Le budget\xa0», textes identiques", "/le-budget", "/le-budget-vote"),
    }


def test_one_title_of_two_texts_is_told(rows):
    assert of_kind(rows, "duplicate_title") == {("Les nouvelles", "/ecoles/les-nouvelles", "/voirie/les-nouvelles")}


def test_addresses_that_lie_are_told_with_what_they_say(rows):
    assert of_kind(rows, "lying_slug") == {
        ("«\xa0titre-de-mon-article\xa0» pour «\xa0Une forêt en ville\xa0»", "/titre-de-mon-article"),
        ("«\xa0la-foret-en-ville-copie\xa0» pour «\xa0La piscine rouvre\xa0»", "/la-foret-en-ville-copie"),
        ("«\xa0la-cantine-2\xa0» sans page «\xa0la-cantine\xa0»", "/la-cantine-2"),
    }


def test_what_else_one_page_shows_is_told(rows):
    assert of_kind(rows, "no_date") == {("Sans date", "/sans-date")}
    assert of_kind(rows, "lost_emoji") == {("? Consultez le programme", "/la-fete")}
    assert of_kind(rows, "empty_article") == {("titre sans texte\xa0: «\xa0Une page vide\xa0»", "/une-page-vide")}


def test_the_table_says_what_to_do_in_french(archive, capsys):
    config, _ = archive
    assert main(["--config", config, "report"]) == 0
    text = capsys.readouterr().out
    assert re.match(r"\d+ points à reprendre, sur \d+ pages\.\n", text)
    assert "Lien interne mort\xa0: 3 points\n" in text
    assert labels.words()[FindingKind.LOST_EMOJI].advice in text
    assert " 3 pages  Lorem ipsum dolor sit amet\n" in text


def test_a_spreadsheet_opens_it(archive, capsys):
    config, _ = archive
    assert main(["--config", config, "report", "--format", "csv"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("\ufeffDéfaut;Pages;")
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    dead = [line for line in lines if line["Code"] == "dead_link"]
    assert [line["Pages"] for line in dead] == ["3", "2", "1"]
    assert dead[0]["Autres adresses"].count(" | ") == 1


def test_only_the_kinds_that_are_asked_for_are_told(archive, capsys):
    config, _ = archive
    assert main(["--config", config, "report", "--kind", "no_date", "lost_emoji", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in answer["rows"]} == {"no_date", "lost_emoji"}
    assert answer["counts"]["no_date"] == 1
    assert main(["--config", config, "report", "--kind", "contradiction"]) == 0
    assert capsys.readouterr().out == "Rien à reprendre.\n"


def test_a_repair_beside_the_text_is_seen_and_makes_no_version(tmp_path, capsys):
    faulty = article("Le pont", body=SKIP)
    with Site({"/": page("Accueil", links=["/le-pont"]), "/le-pont": faulty}) as site:
        config = config_for(site.url, tmp_path)
        for repaired in (False, True):
            if repaired:
                site.pages["/le-pont"] = faulty.replace(SKIP, "")
            assert main(["--config", config, "-q", "crawl"]) == 0
            capsys.readouterr()
            assert main(["--config", config, "report"]) == 0
            assert ("Lorem ipsum" in capsys.readouterr().out) is not repaired
        with Archive.open(tmp_path / "data") as opened:
            assert len(opened.versions(site.address("/le-pont"))) == 1


def test_what_has_left_the_site_is_not_told(tmp_path, capsys):
    with Site({"/": page("Accueil", links=["/le-pont"]), "/le-pont": article("Le pont", body=SKIP)}) as site:
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "-q", "crawl"]) == 0
        site.pages["/le-pont"] = Answer(page("Disparu"), status=410)
        main(["--config", config, "-q", "crawl"])
        capsys.readouterr()
        assert main(["--config", config, "report", "--kind", "hidden_placeholder"]) == 0
    assert capsys.readouterr().out == "Rien à reprendre.\n"


def test_links_of_a_copy_of_the_site_are_read_as_the_sites_own(tmp_path, capsys):
    pages = {"/": page("Accueil", links=["/le-pont"]), "/le-pont": article("Le pont", links=["/mort"])}
    with Site(pages) as copy:
        config = config_for("https://ville.example/", tmp_path)
        assert main(["--config", config, "-q", "crawl", "--base-url", copy.url]) in (0, 3)
        capsys.readouterr()
    assert main(["--config", config, "--json", "report", "--kind", "dead_link"]) == 0
    [row] = json.loads(capsys.readouterr().out)["rows"]
    assert row["urls"] == ["https://ville.example/le-pont"]


def test_there_must_be_an_archive(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "report"]) == 10
    assert "no archive" in capsys.readouterr().err.lower()


def test_kinds_of_page_that_never_have_a_date_do_without(tmp_path):
    with Archive.open(tmp_path, mode="write") as archive:
        found = report.rows(archive)
    assert found == []


@pytest.mark.parametrize(
    ("detail", "told"), [("0 characters of its own", True), ("180 characters of its own, 200 are asked", False)]
)
def test_a_short_page_is_not_an_empty_one(detail, told):
    rejection = Rejection("https://v.example/a", "v", RejectionReason.TOO_LITTLE_TEXT, detail)
    assert report._is_empty(rejection) is told


def test_every_kind_has_its_french_words_and_french_typography():
    assert set(labels.words()) == set(FindingKind)
    for told in labels.words().values():
        for text in (told.label, told.advice):
            assert not re.search(r"[^\xa0\u202f][:;?!»](?!\w)|«[^\xa0]", text.replace("://", "")), text
        assert told.advice.endswith(".")


def test_a_row_is_one_fault_of_many_pages_or_one_page_with_its_faults():
    kind = FindingKind.UNTRANSLATED_LABEL
    seen = [Sighting(kind, "Next", "/a"), Sighting(kind, "Next", "/b"), Sighting(kind, "Print", "/a")]
    assert list(group([*seen, Sighting(kind, "Share on", "/a")])) == [
        Row(kind, ("Next",), ("/a", "/b")),
        Row(kind, ("Print", "Share on"), ("/a",)),
    ]


def test_a_formula_is_defused_and_a_long_list_is_cut():
    row = Row(FindingKind.DUPLICATE_TITLE, ("=HYPERLINK(1)",), tuple(f"https://v.example/{n}" for n in range(3000)))
    [_, line] = forms.spreadsheet([row])
    assert "'=HYPERLINK(1)" in line
    assert max(map(len, line.split(";"))) < 32_767
    told = list(forms.table([row]))
    assert told[0] == "1 point à reprendre, sur 3\u202f000 pages."


@pytest.mark.parametrize(
    ("path", "title", "text", "lies"),
    [
        ("/actualite/elementor-22289/", "Dix projets de villes", "", True),
        ("/14606", "Le projet est lancé", "", True),
        ("/titre-de-laction", "Prix littéraire des maires", "Un prix des maires.", True),
        ("/gestion-des-dechets-copie", "Gestion des déchets", "", True),
        ("/la-copie", "La copie", "", False),
        ("/2022", "Bilan 2022", "", False),
        ("/bonne-annee", "Vœux du maire", "Bonne année à toutes et à tous.", False),
        ("/les-diasporas-en-ville", "Investir avec la diaspora", "", False),
        ("/kinshasacongres-2014", "KINSHASA Congrès 2014", "", False),
        ("/L-Ecole-de-la-mer.html", "L’école de la mer", "", False),
        ("/hue-assainissement", "Huế – eaux usées", "", False),
        ("/ramadan", "رمضان كريم", "", False),
        ("/les-ecoles-en-fete", "Pour les jardins", "", True),
        ("/", "Accueil", "", False),
    ],
)
def test_a_slug_lies_when_neither_title_nor_text_bears_it_out(path, title, text, lies):
    assert slugs.of_article(Article(f"https://v.example{path}", "v", title, "page", text)).lies is lies


def test_a_slug_that_is_another_articles_title_lies():
    told = [
        slugs.of_article(Article("https://v.example/les-dechets-a-dakar", "v", "Les déchets à Lomé", "page", "")),
        slugs.of_article(Article("https://v.example/dakar", "v", "Les déchets à Dakar", "page", "")),
    ]
    [one] = slugs.lying(told, lambda _url: True)
    assert one.url == "https://v.example/les-dechets-a-dakar"
    assert one.excerpt.endswith("https://v.example/dakar")


def test_a_site_that_numbers_its_pages_does_not_lie():
    told = [slugs.of_article(Article(f"https://v.example/{n}", "v", f"Titre {n}a", "page", "")) for n in range(1, 99)]
    assert all(one.lies for one in told)
    assert list(slugs.lying(told, lambda _url: True)) == []


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_any_address_and_title_can_be_judged(slug, title, text):
    one = slugs.of_article(Article(f"https://v.example/{slug}", "v", title, "page", text))
    list(slugs.lying([one, one], lambda _url: False))


WORDS = st.lists(
    st.sampled_from("le maire ouvre un pont et une école sur la rivière au nord de ville".split()), max_size=60
)


@given(WORDS, WORDS)
def test_likeness_is_a_share_that_is_whole_for_equal_texts(one, other):
    first, second = likeness.sequences(" ".join(one)), likeness.sequences(" ".join(other))
    assert 0 <= likeness.likeness(first, second) == likeness.likeness(second, first) <= 1
    assert not len(first) or likeness.likeness(first, first) == 1


@given(st.text(max_size=300))
def test_any_text_has_words_and_sequences(text):
    assert isinstance(likeness.sequences(text), array)
    assert all(word.isalnum() for word in likeness.words(text))


def test_a_changed_sentence_leaves_two_texts_alike_and_a_hundred_copies_are_found():
    text = " ".join(f"mot{n}" for n in range(200))
    texts = {f"/{n}": likeness.sequences(text) for n in range(100)}
    texts["/autre"] = likeness.sequences(text.replace("mot7 ", "autre "))
    found = list(likeness.pairs(texts, 0.8))
    assert sum(share == 1 for _, _, share in found) == 99
    assert [(one, other) for one, other, share in found if share < 1] == [("/0", "/autre")]


def test_a_contradiction_is_read_in_french():
    told = labels.contradiction("date_published: json-ld says 2020-01-02, the page shows 3 mars 2021")
    assert told == "date de publication\xa0: le JSON-LD dit 02/01/2020, la page affiche 3 mars 2021"


def test_the_data_files_are_part_of_the_package():
    folder = Path(report.__file__).parent / "data"
    assert {file.name for file in folder.iterdir()} >= {"kinds.tsv", "filler_slugs.txt", "function_words.txt"}


def test_names_that_the_gazetteer_lacks_are_listed_by_the_articles_that_have_them():
    def article(number, text):
        return Article(f"https://ville.example/{number}", "ville", "Titre", "page", text)

    articles = [
        article(1, "La ville de Xanadou et la ville de Paris. À Xanadou, rien."),
        article(2, "La commune de Xanadou. La mairie de Zembla."),
    ]
    (found,) = places.unknown_places(articles, {})
    assert (found.name, found.mentions, found.articles, found.url) == ("Xanadou", 3, 2, "https://ville.example/1")
    more = gazetteer_with((("FR", "Xanadou"),))
    assert places.unknown_places(articles, {"ville": more}) == []
    assert "Xanadou" in "\n".join(places.table([found]))
    assert "config.yaml" in "\n".join(places.table([found]))
    assert list(places.table([])) == ["Aucun nom de lieu inconnu n’est fréquent."]
    assert places.as_record([found])[0]["articles"] == 2
    header, row = csv.reader(io.StringIO("".join(places.spreadsheet([found]))[1:]), delimiter=";")
    assert dict(zip(header, row, strict=True))["Nom"] == "Xanadou"


@pytest.mark.parametrize("options", [[], ["--format", "csv"], ["--format", "json"], ["--json"]])
def test_the_command_prints_the_unknown_places_in_every_form(archive, options, capsys):
    config, _ = archive
    assert main(["--config", config, "report", "--places", *options]) == 0
    assert capsys.readouterr().out
