"""The commands as a person meets them: right answers, one clear sentence for a mistake, the right exit code."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import index
from index.cli import main
from pipeline import sample
from pipeline.archive import Archive
from pipeline.errors import ExitCode
from tests.site import Answer, Site, endless_body, page

ROOT = Path(__file__).resolve().parent.parent
PROSE = (
    "<p>Le conseil municipal a réuni hier les habitants du quartier pour présenter le projet de station d’épuration.</p>"
    "<p>Les travaux commenceront au printemps, et la commune formera douze agents à l’entretien des ouvrages.</p>"
)


def config_for(url, folder, **site):
    settings = {"name": "Ville", "base_url": url, "kinds": [{"kind": "page", "path": "^/[a-z]"}], "listings": ["^/$"]}
    text = json.dumps(
        {
            "archive": {"folder": str(folder / "data")},
            "sites": {"ville": settings | site},
            "politeness": {"delay_s": 0, "tries": 1, "retry_pause_s": 0},
        }
    )
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A configuration and its archive of the sample site, crawled once."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "config.yaml"
    config.write_text(sample.CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
    with sample.serve_sample() as url:
        assert main(["--config", str(config), "-q", "crawl", "--base-url", url]) == 0
    return str(config)


def said(capsys):
    """The one sentence on stderr; nothing of Python's in it."""
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text


# --- what works -----------------------------------------------------------------------------------


def test_a_second_crawl_finds_nothing_new(demo, capsys):
    with sample.serve_sample() as url:
        # Another port than the first time: the archive knows the pages by the site's own addresses.
        assert main(["--config", demo, "--json", "crawl", "--base-url", url]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["sites"]["exemple"]["new"] == 0
    assert report["index"]["published"] is False
    assert set(report["stages"]) == {"crawl_s", "extract_s", "index_s"}


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
        assert "limit reached: pages" in said(capsys)
        begun = len(archived(config))
        assert 0 < begun < 12
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert len(archived(config)) == 12


# --- what does not --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        ([], ExitCode.USAGE, ["usage: aimf"]),
        (["serch", "eau"], ExitCode.USAGE, ["'serch'", "did you mean search?"]),
        (["search"], ExitCode.USAGE, ["What should be searched?"]),
        (["search", "eau", "--limit", "0"], ExitCode.USAGE, ["--limit", "from 1"]),
        (["search", "eau", "--sort", "best"], ExitCode.USAGE, ["--sort"]),
        (["search", "--queries", "nowhere.jsonl"], ExitCode.NO_ARCHIVE, ["no archive"]),
        (["show", "actualite/x"], ExitCode.USAGE, ["no web address"]),
        (["crawl"], ExitCode.USAGE, ["config.yaml", "--config"]),
        (["--config", "nowhere.yaml", "status"], ExitCode.USAGE, ["nowhere.yaml"]),
        (["crawl", "--max-duration", "soon"], ExitCode.USAGE, ["2h"]),
        (["crawl", "--delay", "-1"], ExitCode.USAGE, ["seconds"]),
        (["search", "eau"], ExitCode.NO_ARCHIVE, ["no archive", "aimf crawl"]),
        (["export"], ExitCode.NO_ARCHIVE, ["no archive"]),
        (["status"], ExitCode.NO_ARCHIVE, ["no archive"]),
        (["doctor"], ExitCode.NO_ARCHIVE, ["no archive"]),
        (["rebuild"], ExitCode.NO_ARCHIVE, ["no archive"]),
        (["import", "nowhere.jsonl"], ExitCode.USAGE, ["nowhere.jsonl"]),
    ],
)
def test_a_mistake_is_one_sentence_and_its_exit_code(arguments, code, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    text = said(capsys)
    for part in parts:
        assert part.lower() in text.lower()
    assert not list(tmp_path.iterdir())


def test_a_wrong_configuration_stops_before_the_first_request(tmp_path, capsys):
    with Site({"/": page("Accueil")}) as site:
        config = config_for(site.url, tmp_path, seedz=["/"])
        assert main(["--config", config, "crawl"]) == ExitCode.USAGE
        assert not site.requests
    assert "did you mean seeds?" in said(capsys)


def archived(config):
    with index.open(Path(config).parent / "data") as archive:
        return {hit.url: hit.article.text for hit in archive.search("conseil", 100)}


@pytest.fixture
def town(tmp_path):
    """A site with two articles, crawled once."""
    pages = {"/": page("Accueil", links=["/a", "/b"]), "/a": page("A", body=PROSE), "/b": page("B", body=PROSE * 2)}
    with Site(pages) as site:
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert len(archived(config)) == 2
        yield site, config


def test_a_site_that_is_down_is_said_and_the_archive_stays(town, capsys):
    site, config = town
    before = archived(config)
    site.__exit__(None, None, None)
    assert main(["--config", config, "crawl"]) == ExitCode.UNREACHABLE
    assert site.url.rstrip("/") in said(capsys)
    assert archived(config) == before


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"%PDF-1.7 \x00\x01", headers={"Content-Type": "application/pdf"}),
        Answer(b"\x89PNG\x00\x00", headers={"Content-Type": "text/html"}),
        Answer(b"", headers={"Content-Type": "text/html"}),
        Answer("<title>A</title><body class=error404>Rien", headers={"Content-Type": "text/html"}),
        Answer("oups", status=500),
        Answer("absent", status=404),
        Answer("absent", status=403),
        endless_body(),
    ],
    ids=["pdf", "no text whatever it says", "empty", "soft 404", "500", "404", "403", "endless"],
)
def test_a_bad_answer_never_replaces_a_good_article(town, answer, tmp_path, capsys):
    site, config = town
    before = archived(config)
    site.pages["/a"] = answer
    assert main(["--config", config, "crawl"]) in (ExitCode.DONE, ExitCode.PARTIAL)
    said(capsys)
    assert archived(config) == before
    assert main(["--config", config, "doctor"]) == 0


def test_a_site_that_is_down_does_not_hold_up_another(tmp_path, capsys):
    with Site({"/": page("Accueil", links=["/a"]), "/a": page("A", body=PROSE)}) as site:
        config = config_for(site.url, tmp_path)
        text = json.loads(Path(config).read_text(encoding="utf-8"))
        down = text["sites"]["ville"] | {"base_url": "http://localhost:9/"}
        text["sites"] = {"absente": down, "ville": text["sites"]["ville"]}
        Path(config).write_text(json.dumps(text), encoding="utf-8")
        assert main(["--config", config, "crawl"]) == ExitCode.PARTIAL
        assert "crawl absente" in said(capsys)
        assert len(archived(config)) == 1


def test_a_canonical_address_makes_two_addresses_one_article_and_never_loses_one(tmp_path):
    def named(title, body, canonical):
        return page(title, body=body, head=f'<link rel="canonical" href="{canonical}">')

    other = "<p>Un tout autre texte, sur le conseil municipal et les écoles du quartier de la gare.</p>"
    with Site({"/": page("Accueil", links=["/a", "/b", "/c", "/d"])}) as site:
        site.pages["/a"] = named("A", PROSE, "/b")  # the same text at two addresses, each naming b
        site.pages["/b"] = named("A", PROSE, "/b")
        site.pages["/c"] = named("C", other, "/")  # a template that names the home page on every article
        site.pages["/d"] = named("D", other * 2, "/nowhere")
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert sorted(url.rsplit("/", 1)[1] for url in archived(config)) == ["b", "c", "d"]


def test_a_seed_that_is_missing_is_said(tmp_path, capsys):
    with Site({"/accueil": page("Accueil")}) as site:
        config = config_for(site.url, tmp_path, seeds=["/depart"])
        assert main(["--config", config, "crawl"]) == ExitCode.UNREACHABLE
    assert "/depart" in said(capsys)


def test_a_gone_page_keeps_its_article(town):
    site, config = town
    before = archived(config)
    site.pages["/a"] = Answer("gone", status=410)
    assert main(["--config", config, "-q", "crawl"]) == 0
    assert archived(config) == before
    with Archive.open(Path(config).parent / "data") as archive:
        assert archive.page(site.address("/a")).state.value == "gone"


def test_a_second_run_is_told_who_is_at_work(town, capsys):
    _, config = town
    with Archive.open(Path(config).parent / "data", mode="write") as archive, archive.lock("aimf crawl"):
        assert main(["--config", config, "crawl"]) == ExitCode.LOCKED
        assert main(["--config", config, "search", "conseil"]) == 0
    assert str(os.getpid()) in said(capsys)


def test_a_damaged_archive_is_said_by_every_command(town, capsys):
    _, config = town
    file = Path(config).parent / "data" / "archive.sqlite"
    file.write_bytes(b"no database" * 1000)
    for arguments in (["search", "conseil"], ["export"], ["status"], ["doctor"], ["crawl"]):
        assert main(["--config", config, *arguments]) == ExitCode.DAMAGED, arguments
        assert "damaged" in said(capsys) or "no SQLite database" in said(capsys)


def test_a_damaged_index_is_rebuilt_by_the_command_that_is_named(town, capsys):
    _, config = town
    before = archived(config)
    for file in (Path(config).parent / "data" / "index").rglob("*.seg"):
        file.write_bytes(b"x")
    assert main(["--config", config, "search", "conseil"]) in (ExitCode.DAMAGED, ExitCode.FAILED)
    assert "aimf rebuild" in said(capsys)
    assert main(["--config", config, "doctor"]) == ExitCode.DAMAGED
    assert main(["--config", config, "rebuild", "--from", "articles"]) == 0
    assert archived(config) == before


def run(config, *arguments, **options):
    command = [sys.executable, "-m", "index", "--config", config, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB; skipped where mounting one is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def noise(count):
    """A part of a page that does not compress, and that no reader sees."""
    return f"<!-- {os.urandom(count // 2).hex()} -->"


def test_a_full_disk_is_one_sentence_and_loses_nothing(small_disk):
    pages = {"/": page("Accueil", links=["/a"]), "/a": page("A", body=PROSE)}
    with Site(pages) as site:
        config = config_for(site.url, small_disk)
        assert run(config, "crawl").returncode == 0
        before = archived(config)
        links = [f"/n{number}" for number in range(40)]
        site.pages["/"] = page("Accueil", links=["/a", *links])
        site.pages.update({link: page(link, body=PROSE + noise(200_000)) for link in links})
        full = run(config, "crawl")
        assert full.returncode == ExitCode.FAILED
        assert "full" in full.stderr
        assert "Traceback" not in full.stderr
        assert set(before) <= set(archived(config))
        # Search goes on, and with room again the next run completes without a hand.
        assert run(config, "search", "conseil").returncode == 0
        subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
        assert run(config, "crawl").returncode == 0
        assert len(archived(config)) == 41


def test_a_folder_that_may_not_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run(str(ROOT / "config.yaml"), "--data", str(blocked / "data"), "crawl", "--base-url", "http://127.0.0.1:9/")
    assert done.returncode == ExitCode.FAILED
    assert "Traceback" not in done.stderr
    assert str(blocked) in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_job_cleanly(tmp_path, number):
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(60)])}
    pages |= {f"/p{n}": Answer(page(f"P{n}", body=PROSE), delay_s=0.05) for n in range(60)}
    with Site(pages) as site:
        config = config_for(site.url, tmp_path)
        command = [sys.executable, "-m", "index", "--config", config, "crawl"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            while len(site.requests) < 5:
                time.sleep(0.02)
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        assert process.returncode == 128 + number
        assert "Traceback" not in err
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert len(archived(config)) == 60
        # Nothing was lost with the signal, and at most the page in flight was asked twice.
        assert len([path for path in site.paths() if path.startswith("/p")]) <= 61


def test_a_job_killed_anywhere_ends_like_an_undisturbed_one(tmp_path, capsys):
    def exported(data):
        capsys.readouterr()
        assert main(["--data", str(data), "export"]) == 0
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        return [{key: value for key, value in line.items() if key != "captured_at"} for line in lines]

    with sample.serve_sample() as url:
        whole, torn = tmp_path / "whole", tmp_path / "torn"
        assert main(["--config", str(sample.CONFIG), "--data", str(whole), "-q", "crawl", "--base-url", url]) == 0
        command = [sys.executable, "-m", "index", "--config", str(sample.CONFIG), "--data", str(torn), "crawl"]
        for after_s in (0.7, 1.0, 1.4, 1.8):
            process = subprocess.Popen(
                [*command, "--base-url", url], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
            )
            time.sleep(after_s)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert main(["--config", str(sample.CONFIG), "--data", str(torn), "-q", "crawl", "--base-url", url]) == 0
        assert main(["--data", str(torn), "doctor"]) == 0
    assert exported(torn) == exported(whole)


def test_nothing_is_written_but_the_data_folder(tmp_path):
    """As cron runs it: no HOME to write to, no locale, another folder."""
    with Site({"/": page("Accueil", links=["/a"]), "/a": page("Été", body=PROSE)}) as site:
        config = config_for(site.url, tmp_path)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "index", "--config", config]
        done = subprocess.run([*command, "-q", "crawl"], cwd="/", env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        done = subprocess.run([*command, "export"], cwd="/", env=environment, capture_output=True, check=False)
        assert json.loads(done.stdout.decode("utf-8"))["title"] == "Été"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "data"]
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_output_that_nobody_reads_to_the_end_is_no_error(demo):
    command = f"{sys.executable} -m index --config {demo} export | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert len(done.stdout) == 10
