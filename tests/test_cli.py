"""The commands as a person meets them: right answers in French, in JSON and as files."""

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

import index
from index.cli import main
from pipeline import sample, sheet
from pipeline.errors import ExitCode
from pipeline.records import Acronym, Amount, Article, EventDate, Partner, Place
from tests.commands import PROSE, ROOT, archived, config_for, said, told
from tests.site import Site, page


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A configuration and its archive of the sample site, crawled once."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "config.yaml"
    config.write_text(sample.CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
    with sample.serve_sample() as url:
        assert main(["--config", str(config), "-q", "crawl", "--base-url", url]) == 0
    return str(config)


def test_a_second_crawl_finds_nothing_new(demo, capsys):
    with sample.serve_sample() as url:
        # Another port than the first time: the archive knows the pages by the site's own addresses.
        assert main(["--config", demo, "--json", "crawl", "--base-url", url]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["sites"]["exemple"]["new"] == 0
    assert report["index"]["published"] is False
    assert set(report["stages"]) == {"crawl_s", "extract_s", "index_s"}


def test_verbose_tells_every_page_and_quiet_nothing(demo, capsys):
    with sample.serve_sample() as url:
        assert main(["--config", demo, "-v", "crawl", "--base-url", url]) == 0
        pages = capsys.readouterr().err.splitlines()
        assert "unchanged\thttps://www.villes-exemple.example/" in [line.partition("] ")[2] for line in pages]
        assert len({line.partition("] ")[0] for line in pages}) == 1, "each line carries the run's id"
        assert main(["--config", demo, "-q", "crawl", "--base-url", url]) == 0
        assert capsys.readouterr() == ("", "")


def test_search_answers_in_french_and_as_json(demo, capsys):
    assert main(["--config", demo, "search", "boues", "de", "vidange"]) == 0
    assert "résultat" in capsys.readouterr().out
    assert main(["--config", demo, "--json", "search", "boues de vidange", "--country", "Bénin", "--limit", "1"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["results"]) == 1
    assert answer["results"][0]["url"].startswith("https://www.villes-exemple.example/")
    assert {value["code"] for value in answer["facets"]["country"]} >= {"BJ"}


@pytest.mark.parametrize(
    "words",
    [
        ["patrimoine", "-climat"],
        ["patrimoine -climat"],
        ["-climat", "patrimoine", "-q"],
        ["patrimoine", "-climat", "maisons"],
    ],
)
def test_a_minus_sign_leaves_a_word_out_and_is_no_option(demo, capsys, words):
    assert main(["--config", demo, "search", *words]) == 0
    told = capsys.readouterr().out
    assert "« patrimoine »" in told
    assert "sans « climat »" in told


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_search_sorts_by_date(demo, capsys, sort):
    assert main(["--config", demo, "--json", "search", "commune", "--sort", sort]) == 0
    days = [hit["date_published"] for hit in json.loads(capsys.readouterr().out)["results"]]
    assert len(days) > 2
    assert days == sorted(days, reverse=sort == "newest")


def test_many_queries_are_answered_in_one_call(demo, tmp_path, capsys):
    queries = tmp_path / "q.jsonl"
    queries.write_text('{"qid": "a", "query": "élues"}\n\n{"qid": 2, "query": "zzzz \\" -"}\n', encoding="utf-8")
    assert main(["--config", demo, "search", "--queries", str(queries)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["qid"] == "a"
    assert first["urls"]
    assert second["qid"] == 2
    assert first["ms"] >= 0


def test_the_installed_command_does_the_whole_job(tmp_path):
    command = Path(sys.executable).parent / "aimf"
    if not command.exists():
        pytest.skip("needs the package installed: pip install -e .")
    done = subprocess.run(
        [command, "--data", "data", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = subprocess.run(
        [command, "--data", "data", "--json", "search", "boues de vidange"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(found.stdout)["total"] == 2
    assert found.stderr == ""


def test_a_search_tells_where_its_scores_come_from(demo, capsys):
    assert main(["--config", demo, "search", "boues de vidange", "--limit", "1", "--explain"]) == 0
    assert "title      « boues » as bou\n" in capsys.readouterr().out


def test_a_search_goes_on_where_a_page_of_results_ended(demo, capsys):
    assert main(["--config", demo, "--json", "search", "commune", "--limit", "4"]) == 0
    urls = [hit["url"] for hit in json.loads(capsys.readouterr().out)["results"]]
    assert main(["--config", demo, "--json", "search", "commune", "--limit", "2", "--offset", "2"]) == 0
    assert [hit["url"] for hit in json.loads(capsys.readouterr().out)["results"]] == urls[2:]
    assert main(["--config", demo, "search", "commune", "--limit", "2", "--offset", "2"]) == 0
    assert "\n3. " in capsys.readouterr().out


def judged(tmp_path, *rows):
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def test_judged_queries_are_measured(demo, tmp_path, capsys):
    assert main(["--config", demo, "--json", "search", "boues de vidange"]) == 0
    first, second = [hit["url"] for hit in json.loads(capsys.readouterr().out)["results"]][:2]
    gold = judged(
        tmp_path,
        {"qid": "a", "query": "boues de vidange", "kinds": ["theme"], "judgments": {first: 2, second: 1}},
        {"qid": "b", "query": "boues de vidange", "kinds": ["theme"], "judgments": {second: 2, first: 0}},
        {"qid": "c", "query": "zzzzzz", "variant": "typo", "rel": ["none"]},
    )
    assert main(["--config", demo, "--json", "eval", gold]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["all"] | {"queries": 3, "success@3": 0.6667, "empty": 1} == scores["all"]
    assert scores["theme"]["ndcg@10"] == round((1 + 1 / math.log2(3)) / 2, 4)
    assert main(["--config", demo, "eval", gold, "--min", "mrr@10=0.5", "--min", "ndcg@10=0.9"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[1].startswith("all ")
    assert told.err.startswith("ndcg@10 is 0.5")


@pytest.mark.parametrize(
    ("rows", "options", "why"),
    [
        ([], [], "There are no judged queries"),
        ([{"qid": 1, "query": "eau"}], [], "line 1: expected"),
        ([{"qid": 1, "query": "eau", "rel": ["a"]}], ["--min", "fun=1"], "there is no measure 'fun'"),
    ],
)
def test_what_is_no_judged_file_is_said_in_a_sentence(demo, tmp_path, capsys, rows, options, why):
    assert main(["--config", demo, "eval", judged(tmp_path, *rows), *options]) == ExitCode.USAGE
    assert why in said(capsys)


def test_what_is_exported_is_the_truth_and_can_be_imported(demo, tmp_path, capsys):
    assert main(["--config", demo, "export"]) == 0
    lines = capsys.readouterr().out
    assert len(lines.splitlines()) == len(sample.expected())
    file = tmp_path / "articles.jsonl"
    file.write_text(lines + "{broken\n", encoding="utf-8")
    elsewhere = str(tmp_path / "data")
    assert main(["--data", elsewhere, "import", str(file)]) == ExitCode.PARTIAL
    assert "line 29" in said(capsys)
    assert main(["--data", elsewhere, "export"]) == 0
    again = capsys.readouterr().out
    assert [json.loads(a)["text"] for a in again.splitlines()] == [json.loads(a)["text"] for a in lines.splitlines()]
    assert main(["--data", elsewhere, "--json", "search", "boues de vidange"]) == 0
    assert json.loads(capsys.readouterr().out)["results"]


def test_a_spreadsheet_has_a_row_an_article(demo, capsys):
    assert main(["--config", demo, "export", "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out), delimiter=";"))
    assert len(rows) == len(sample.expected()) + 1


def test_an_export_can_be_of_one_search(demo, capsys):
    assert main(["--config", demo, "export", "--query", "« boues de vidange »"]) == 0
    records = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert 0 < len(records) < len(sample.expected())
    assert "boues de vidange" in records[0]["text"] + records[0]["title"]


def test_show_takes_any_spelling_of_an_address(demo, capsys):
    path = sample.expected()[0].path
    for url in (
        f"https://www.villes-exemple.example{path}",
        f"http://villes-exemple.example{path.rstrip('/')}?utm_source=x",
    ):
        assert main(["--config", demo, "show", url]) == 0
        assert sample.expected()[0].title in capsys.readouterr().out


def test_show_prints_the_facts_in_french():
    article = Article(
        "https://ville.example/a",
        "ville",
        "Un marché",
        "page",
        "Le texte.",
        places=(Place("Kaolack", "SN", "city"),),
        partners=(Partner("Régie des eaux du Mono", "REM"),),
        amounts=(Amount("2000000", "EUR", "de", "2 à\u00a03 M€"), Amount("3000000", "EUR", "de", "2 à\u00a03 M€")),
        event_dates=(EventDate("2022-06-01", "2022-06-03", "day", "du 1er au 3 juin"),),
        acronyms=(Acronym("REM", "Régie des eaux du Mono"),),
    )
    shown = "\n".join(sheet.lines(article)).replace("\u00a0", " ")
    for line in (
        "Lieux : Kaolack",
        "Partenaires : Régie des eaux du Mono (REM)",
        "Montants : de 2 à 3 M€",
        "Dates : 1er–3 juin 2022",
        "Sigles : REM (Régie des eaux du Mono)",
    ):
        assert line in shown.splitlines()


def test_explain_tells_the_whole_story(demo, capsys):
    url = f"https://www.villes-exemple.example{sample.expected()[0].path}"
    assert main(["--config", demo, "explain", url]) == 0
    story = capsys.readouterr().out
    for part in ("found by", "captures", "keep", "drop (", "title ←", "in the index as document"):
        assert part in story
    assert main(["--config", demo, "--json", "explain", url]) == 0
    assert json.loads(capsys.readouterr().out)["extraction"]["blocks"]


def test_status_and_doctor_find_all_well(demo, capsys):
    assert main(["--config", demo, "status"]) == 0
    assert f"{len(sample.expected())} articles" in capsys.readouterr().out
    assert main(["--config", demo, "--json", "status"]) == 0
    assert json.loads(capsys.readouterr().out)["articles"] == len(sample.expected())
    assert main(["--config", demo, "doctor"]) == 0
    assert "All is well" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["captures", "articles"])
def test_rebuild_gives_the_same_archive(demo, capsys, source):
    main(["--config", demo, "export"])
    before = capsys.readouterr().out
    assert main(["--config", demo, "rebuild", "--from", source]) == 0
    capsys.readouterr()
    assert main(["--config", demo, "export"]) == 0
    assert capsys.readouterr().out == before
    assert main(["--config", demo, "doctor"]) == 0


def test_extract_needs_no_archive(tmp_path, monkeypatch, capsys):
    file = tmp_path / "a.html"
    file.write_text(f"<html lang=fr><title>L’eau</title><nav>Menu</nav><main>{PROSE}</main>", encoding="utf-8")
    lines = [
        {"id": 1, "url": "https://ailleurs.example/a", "html_path": str(file)},
        {"id": 2, "url": "x", "html_path": "/nowhere"},
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
    assert main(["extract", "--jsonl"]) == ExitCode.PARTIAL
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert (answer["id"], answer["title"], answer["language"]) == (1, "L’eau", "fr")
    assert "Menu" not in answer["text"]
    assert "line 2" in captured.err


def test_extract_learns_from_the_other_pages_of_a_host(tmp_path, monkeypatch, capsys):
    lines = []
    for number, subject in enumerate(("eau", "pont", "école", "marché", "musée", "jardin", "stade", "théâtre")):
        teasers = "".join(
            f"<p>Le maire salue les habitants et rappelle les échéances, épisode {n}.</p>" for n in range(5)
        )
        body = (
            f"<title>Le {subject}</title><body><div class=haut>Accueil</div><h1>Le {subject}</h1><div class=bloc>"
            f"<p>La commune présente le projet {subject}, attendu depuis {number + 3} ans par tout un quartier.</p>"
            f"<p>Le chantier {subject}, confié à {number + 2} entreprises de la région, commencera au printemps.</p>"
            f"<p>Les riverains du projet {subject} seront reçus en mairie, et leurs remarques publiées.</p></div>"
            f"<div class=bande>{teasers}</div>"
        )
        file = tmp_path / f"{number}.html"
        file.write_text(body, encoding="utf-8")
        page = {"id": number, "url": f"https://ailleurs.example/{number}", "html_path": str(file)}
        lines.append(page if number == 0 else {**page, "context": True})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
    assert main(["extract", "--jsonl", "--jobs", "1"]) == ExitCode.DONE
    [answer] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answer["text"].count("eau") == 3
    assert "Le maire salue" not in answer["text"]


def test_extract_reads_what_the_archive_would_reject_and_says_so(tmp_path, monkeypatch, capsys):
    file = tmp_path / "a.html"
    file.write_text(f"<title>L’eau</title><meta name=robots content=noindex><main>{PROSE}</main>", encoding="utf-8")
    line = {"id": 1, "url": "https://ailleurs.example/a", "html_path": str(file)}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(line)))
    assert main(["extract", "--jsonl"]) == ExitCode.DONE
    answer = json.loads(capsys.readouterr().out)
    assert answer["rejected"] == "noindex"
    assert answer["title"] == "L’eau"


def test_two_sites_share_one_archive(tmp_path, capsys):
    config = tmp_path / "config.yaml"
    with sample.serve_sample(own_address=True) as one, sample.serve_second_site(own_address=True) as two:
        config.write_text(sample.two_sites_config(one, two), encoding="utf-8")
        assert main(["--config", str(config), "-q", "crawl"]) == 0
        assert main(["--config", str(config), "crawl", "--base-url", one]) == ExitCode.USAGE
    assert "several sites" in said(capsys)
    with index.open(tmp_path / "data") as archive:
        sites = {hit.article.site for hit in archive.search("le", 100)} | {
            archive[hit.url].site for hit in archive.search("pont", 9)
        }
        assert len(archive) == len(sample.expected()) + len(sample.second_expected())
    assert sites == {"exemple", "rives"}


def test_a_dry_run_asks_and_changes_nothing(tmp_path, capsys):
    with Site({"/": page("Accueil", links=["/a"]), "/a": page("A", body=PROSE)}) as site:
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "crawl", "--dry-run"]) == 0
        assert "/a" not in site.paths()
    assert "seed" in capsys.readouterr().out
    assert not (tmp_path / "data" / "archive.sqlite").exists()


def test_a_run_that_meets_a_limit_is_partial_and_the_next_one_completes_it(tmp_path, capsys):
    links = [f"/p{number}" for number in range(12)]
    pages = {"/": page("Accueil", links=links)} | {link: page(link, body=PROSE) for link in links}
    with Site(pages) as site:
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "crawl", "--max-pages", "6"]) == ExitCode.PARTIAL
        assert "limit reached: pages" in told(capsys)
        begun = len(archived(config))
        assert 0 < begun < 12
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert len(archived(config)) == 12


def test_output_that_nobody_reads_to_the_end_is_no_error(demo):
    command = f"{sys.executable} -m index --config {demo} export | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert len(done.stdout) == 10
