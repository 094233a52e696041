"""What whoever runs the archive sees: one line, the row of every run, freshness, heartbeats, cron's line and units."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.cli import main
from pipeline.archive import Archive, RunOutcome
from pipeline.errors import ArchiveLocked, ExitCode
from tests.commands import PROSE, ROOT, config_for, run, told
from tests.site import Answer, Site, page, slow

PAGES = {"/": page("Accueil", links=["/a", "/b"]), "/a": page("A", body=PROSE), "/b": page("B", body=PROSE * 2)}


def with_health(config, **settings):
    text = json.loads(Path(config).read_text(encoding="utf-8"))
    text["health"] = settings
    Path(config).write_text(json.dumps(text), encoding="utf-8")


def data(config):
    return Path(config).parent / "data"


@pytest.fixture
def town(tmp_path):
    with Site(PAGES) as site:
        config = config_for(site.url, tmp_path)
        assert main(["--config", config, "-q", "crawl"]) == 0
        yield site, config


# --- the row of every run -------------------------------------------------------------------------------------------


def start(config, *arguments):
    command = [sys.executable, "-m", "index", "--config", config, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_of_ten_starts_at_once_one_works_and_all_leave_a_row(tmp_path):
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(12)])}
    pages |= {f"/p{n}": page(f"P{n}", body=PROSE) for n in range(12)}
    gate = tmp_path / "open"

    def front(_request):
        while not gate.exists():  # the one that works goes on when the others have ended
            time.sleep(0.02)
        return pages["/"]

    with Site({**pages, "/": front}) as site:
        config = config_for(site.url, tmp_path)
        starts = [start(config, "crawl") for _ in range(10)]
        ended = {}
        while len(ended) < 9:
            for process in starts:
                if process not in ended and process.poll() is not None:
                    ended[process] = process.communicate()
            time.sleep(0.05)
        gate.touch()
        [working] = [process for process in starts if process not in ended]
        working.communicate(timeout=60)
    assert working.returncode == 0
    assert {process.returncode for process in ended} == {ExitCode.LOCKED}
    for _, err in ended.values():
        assert err.count("\n") == 1
        assert f"process {working.pid}, since 20" in err
    with Archive.open(data(config)) as archive:
        runs = archive.runs(99)
        assert sorted(one.exit_code for one in runs) == [0] + [11] * 9
        assert {one.outcome for one in runs} == {RunOutcome.WHOLE, RunOutcome.LOCKED}
        assert archive.counts().articles == 12
        assert archive.damages() == []


def test_a_killed_run_is_told_as_killed_before_and_after_the_next_one(tmp_path, capsys):
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(20)])}
    pages |= {f"/p{n}": slow(page(f"P{n}", body=PROSE), 0.05) for n in range(20)}
    with Site(pages) as site:
        config = config_for(site.url, tmp_path)
        process = start(config, "crawl")
        while len(site.requests) < 8:
            time.sleep(0.02)
        with Archive.open(data(config)) as archive:
            assert archive.runs()[0].outcome is None, "it works"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        with Archive.open(data(config)) as archive:
            [killed] = archive.runs()
            assert (killed.outcome, killed.ended_at, killed.exit_code) == (RunOutcome.KILLED, None, None)
        assert main(["--config", config, "status"]) == ExitCode.FAILED
        lines = told(capsys).splitlines()
        assert any(line.startswith("run 1 ") and line.endswith(" UTC, killed") for line in lines)
        assert main(["--config", config, "-q", "crawl"]) == 0
        with Archive.open(data(config)) as archive:
            assert [one.outcome for one in archive.runs()] == [RunOutcome.WHOLE, RunOutcome.KILLED]
            assert archive.counts().articles == 20


def test_a_run_that_fails_says_so_in_its_row(town):
    _, config = town
    with pytest.raises(RuntimeError), Archive.open(data(config), mode="write") as archive, archive.run("aimf crawl"):
        raise RuntimeError("a mistake of ours")
    with Archive.open(data(config)) as archive:
        assert (archive.runs()[0].outcome, archive.runs()[0].exit_code) == (RunOutcome.FAILED, 1)
        assert archive.runs()[0].detail == "a mistake of ours"
        assert archive.last_good_run().id == 1


def test_looking_whether_somebody_is_at_work_keeps_nobody_from_it(tmp_path):
    """`aimf status` at the minute of the nightly run must not cost the night."""
    with Archive.open(tmp_path, mode="write") as archive:
        look = "import fcntl,os,sys,time;h=os.open(sys.argv[1],os.O_RDONLY|os.O_CREAT);fcntl.flock(h,fcntl.LOCK_SH);print(flush=True);time.sleep(0.1)"
        with subprocess.Popen([sys.executable, "-c", look, tmp_path / "lock"], stdout=subprocess.PIPE) as looking:
            looking.stdout.readline()
            with archive.run("aimf crawl"):
                assert archive.lock_holder().startswith("`aimf crawl`")
                with Archive.open(tmp_path, mode="write") as other, pytest.raises(ArchiveLocked):
                    other.run("aimf crawl").__enter__()


def test_a_clock_that_jumps_back_loses_and_repeats_nothing(town):
    site, config = town
    year = timedelta(days=365)
    with Archive.open(data(config), mode="write") as archive:
        with archive.run("aimf crawl", clock=lambda: datetime.now(UTC) - year):
            pass
        assert [one.id for one in archive.runs()] == [2, 1], "the newest is the one that began last"
    assert main(["--config", config, "-q", "crawl"]) == 0
    with Archive.open(data(config)) as archive:
        assert archive.counts().versions == archive.counts().articles == 2
        assert all(len(archive.captures(site.address(path))) == 1 for path in ("/a", "/b"))


# --- what is said -----------------------------------------------------------------------------------------------------


def test_one_line_on_stdout_and_no_colour_off_a_terminal(town):
    site, config = town
    site.pages["/c"] = Answer("oups", status=500)
    site.pages["/"] = page("Accueil", links=["/a", "/b", "/c"])
    done = run(config, "crawl")
    assert done.returncode == ExitCode.PARTIAL
    [line] = done.stdout.splitlines()
    for part in ("[run 2]", "3 asked", "1 server_error", "index:", "exit code 3"):
        assert part in line
    assert "\x1b" not in done.stdout + done.stderr
    done = run(config, "--json", "crawl")
    record = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert (record["run"], record["exit_code"]) == (3, 3)
    assert record["sites"]["ville"]["failures"] == {"server_error": 1}


def test_quiet_says_nothing_when_all_went_well_and_one_paragraph_otherwise(town):
    site, config = town
    done = run(config, "-q", "crawl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    site.pages["/a"] = Answer("oups", status=500)
    done = run(config, "-q", "crawl", "--full")
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert "1 server_error" in done.stderr
    site.pages.clear()
    site.pages["/robots.txt"] = Answer("oups", status=503)
    done = run(config, "-q", "crawl")
    assert (done.returncode, done.stdout) == (12, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("[run 4] ")


# --- freshness --------------------------------------------------------------------------------------------------------


def age(config, hours):
    """Make the last run older than it is."""
    then = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    with sqlite3.connect(data(config) / "archive.sqlite") as sql:
        sql.execute("UPDATE runs SET ended_at = ?", (then,))


def test_status_fails_when_the_last_good_run_is_too_old(town, capsys):
    site, config = town
    assert main(["--config", config, "--json", "status"]) == 0
    fresh = json.loads(capsys.readouterr().out)["freshness"]
    assert (fresh["fresh"], fresh["last_good_run"], fresh["trouble"]) == (True, 1, None)
    age(config, 37)
    # what runs without success keeps nothing fresh
    site.pages["/robots.txt"] = Answer("oups", status=503)
    assert main(["--config", config, "-q", "crawl"]) == ExitCode.UNREACHABLE
    capsys.readouterr()
    assert main(["--config", config, "status"]) == ExitCode.FAILED
    assert "37 hours ago, more than 36; the last run ended unreachable (exit code 12)" in told(capsys)
    assert main(["--config", config, "-q", "status"]) == ExitCode.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    with_health(config, stale_after_hours=40)
    assert main(["--config", config, "-q", "status"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_crawl_in_which_a_site_was_silent_keeps_nothing_fresh(town, capsys):
    site, config = town
    settings = json.loads(Path(config).read_text(encoding="utf-8"))
    settings["sites"]["autre"] = settings["sites"]["ville"] | {"base_url": "http://localhost:9/"}
    # whichever comes first
    for names in (("ville", "autre"), ("autre", "ville")):
        with Site({"/*": Answer(status=204)}) as monitor:
            two = settings | {"sites": {name: settings["sites"][name] for name in names}}
            two["health"] = {"heartbeat_url": monitor.address("/ping")}
            Path(config).write_text(json.dumps(two), encoding="utf-8")
            assert main(["--config", config, "-q", "crawl"]) == ExitCode.PARTIAL
            assert monitor.paths() == ["/ping/start", "/ping/fail"]
        with Archive.open(data(config)) as archive:
            assert archive.last_good_run().id == 1
            assert archive.runs()[0].outcome is RunOutcome.UNREACHABLE
    two["sites"].pop("autre")
    Path(config).write_text(json.dumps(two | {"health": {}}), encoding="utf-8")
    site.pages = {"/": page("Accueil", links=[f"/c{n}" for n in range(12)]), "/c*": Answer(status=500)}
    assert main(["--config", config, "-q", "crawl"]) == ExitCode.PARTIAL, "the front page answers to the end"
    with Archive.open(data(config)) as archive:
        assert archive.last_good_run().id == 1
    capsys.readouterr()


def test_a_run_dated_in_the_future_makes_nothing_fresh(town, capsys):
    _, config = town
    age(config, -1000)
    assert main(["--config", config, "status"]) == ExitCode.FAILED
    assert "check the clock" in told(capsys)


METRIC = re.compile(r'aimf_[a-z_]+(\{[a-z]+="[a-z]+"\})? -?[0-9.e+]+')


def test_metrics_are_written_whole_for_prometheus(town, tmp_path, capsys):
    _, config = town
    file = tmp_path / "aimf.prom"
    assert main(["--config", config, "status", "--prometheus", str(file)]) == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(METRIC.fullmatch(line) for line in lines if not line.startswith("#"))
    assert "aimf_up 1" in lines
    assert "aimf_articles 2" in lines
    assert "aimf_indexed_articles 2" in lines
    stamp = float(next(line for line in lines if "last_good_run_timestamp" in line and line[0] != "#").split()[1])
    assert abs(stamp - time.time()) < 600
    assert file.stat().st_mode & 0o777 == 0o644
    age(config, 100)
    assert main(["--config", config, "status", "--prometheus", str(file)]) == ExitCode.FAILED
    assert "aimf_up 0" in file.read_text(encoding="utf-8").splitlines()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aimf.prom", "config.yaml", "data"]
    capsys.readouterr()
    assert main(["--config", config, "status", "--prometheus", str(tmp_path / "no" / "x.prom")]) == ExitCode.FAILED
    assert "x.prom" in told(capsys)


# --- heartbeats -------------------------------------------------------------------------------------------------------


def test_a_monitor_hears_how_the_run_begins_and_ends(town, capsys):
    site, config = town
    with Site({"/ping*": Answer(status=204)}) as monitor:
        with_health(config, heartbeat_url=monitor.address("/ping"))
        assert main(["--config", config, "-q", "crawl"]) == 0
        assert monitor.paths() == ["/ping/start", "/ping"]
        assert "aimf-archive/" in monitor.requests[0].headers["user-agent"]
        monitor.requests.clear()
        with Archive.open(data(config), mode="write") as archive, archive.run("aimf crawl"):
            assert main(["--config", config, "-q", "crawl"]) == ExitCode.LOCKED
        assert monitor.paths() == [], "the run that works will tell"
        site.pages["/robots.txt"] = Answer("oups", status=503)
        assert main(["--config", config, "-q", "crawl"]) == ExitCode.UNREACHABLE
        assert monitor.paths() == ["/ping/start", "/ping/fail"]
    capsys.readouterr()


@pytest.mark.parametrize(
    "answer",
    [
        Answer("nein", status=500),
        Answer(status=302, headers={"Location": "http://localhost:9/"}),
        slow(page("spät"), 30),
    ],
    ids=["error", "sent elsewhere", "silent"],
)
def test_a_monitor_s_silence_changes_nothing(town, capsys, answer):
    _, config = town
    with Site({"/*": answer}) as monitor:
        with_health(config, heartbeat_url=monitor.address("/ping"), heartbeat_s=0.5)
        began = time.monotonic()
        assert main(["--config", config, "crawl"]) == 0
        assert time.monotonic() - began < 20
    assert capsys.readouterr().err.count("The heartbeat") == 2


# --- cron -------------------------------------------------------------------------------------------------------------


def test_the_line_for_cron_runs_as_cron_runs_it(town, capsys):
    _, config = town
    assert main(["--config", config, "cron", "print", "--cron"]) == 0
    line = capsys.readouterr().out.strip()
    command = line.split(" ", 5)[5]
    assert line.startswith("30 2 * * * /")
    environment = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    done = subprocess.run(["/bin/sh", "-c", command], cwd="/", env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    with Archive.open(data(config)) as archive:
        assert archive.runs()[0].id == 2


def test_the_units_are_right(tmp_path, capsys):
    folder = tmp_path / "50 % of it"
    folder.mkdir()
    config = config_for("http://127.0.0.1:9/", folder)
    assert main(["--config", config, "cron", "print", "--systemd"]) == 0
    printed = capsys.readouterr().out
    assert main(["--config", config, "cron", "print", "--systemd", "--to", str(tmp_path)]) == 0
    service = tmp_path / "aimf-archive.service"
    assert service.read_text(encoding="utf-8") in printed
    assert '"' + config.replace("%", "%%") + '"' in printed
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    done = subprocess.run(
        [analyze, "verify", service, tmp_path / "aimf-archive.timer"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_configuration_prints_no_line(tmp_path, capsys):
    config = config_for("ftp://x/", tmp_path)
    assert main(["--config", config, "cron", "print", "--cron"]) == ExitCode.USAGE
    assert capsys.readouterr().out == ""
