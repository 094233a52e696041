"""Mistakes, bad sites, full disks, kills: one clear sentence, the right exit code, and nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.cli import main
from pipeline import sample
from pipeline.archive import Archive
from pipeline.errors import ExitCode
from tests.commands import PROSE, ROOT, archived, config_for, run, said, told
from tests.site import Answer, Site, endless_body, page


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
        assert "crawl absente" in told(capsys)
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
        assert "no SQLite database" in told(capsys)


@pytest.mark.parametrize("ending", ["cols", "tokens", "spans", "texts"])
def test_a_damaged_index_is_rebuilt_by_the_command_that_is_named(town, capsys, ending):
    _, config = town
    before = archived(config)
    [file] = (Path(config).parent / "data" / "index").rglob(f"*.{ending}")
    file.write_bytes(b"x")
    assert main(["--config", config, "search", "conseil"]) == ExitCode.DAMAGED
    assert "aimf rebuild" in said(capsys)
    assert main(["--config", config, "doctor"]) == ExitCode.DAMAGED
    assert main(["--config", config, "rebuild", "--from", "articles"]) == 0
    assert main(["--config", config, "search", "conseil"]) == 0
    assert archived(config) == before


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


def test_a_disk_that_may_only_be_read_is_one_sentence_and_search_goes_on(small_disk):
    with Site({"/": page("Accueil", links=["/a"]), "/a": page("A", body=PROSE)}) as site:
        config = config_for(site.url, small_disk)
        assert run(config, "crawl").returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        for command in (["crawl"], ["rebuild"], ["-q", "crawl"]):
            done = run(config, *command)
            assert done.returncode == ExitCode.FAILED
            assert len(done.stderr.splitlines()) == 1
            assert str(small_disk / "data") in done.stderr
        assert "1 résultat" in run(config, "search", "conseil").stdout
        assert run(config, "status").returncode == 0
        assert run(config, "doctor").returncode == 0
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
        assert run(config, "crawl").returncode == 0


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
