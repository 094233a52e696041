"""kill -9 at random instants of crawl, extraction and index: nothing is lost, nothing stands twice, no hand is needed.

AIMF_KILLS says how often (default 6; the figure of the nightly run's bar is 50).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from index.cli import main
from pipeline.archive import Archive, RunOutcome
from tests.commands import PROSE, ROOT, config_for
from tests.site import Site, page, slow

KILLS = int(os.environ.get("AIMF_KILLS", "6"))
COUNT = 60
# Kills follow each other over this many states of the site, so that there is always work to be killed at.
EDITED_A_KILL = 12
# No source of this site tells a change: every run asks every page.
EVERY_NIGHT = {"revisit": {"nights": 1, "unsignalled_nights": 1}}


def article(number, edition):
    return slow(page(f"Page {number}", body=PROSE + f"<p>Édition {edition} du point {number}.</p>"), 0.015)


def exported(folder, capsys):
    capsys.readouterr()
    assert main(["--data", str(folder), "export"]) == 0
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    return [{key: value for key, value in line.items() if key not in ("captured_at", "version")} for line in lines]


def start(config):
    command = [sys.executable, "-m", "index", "--config", config, "-q", "crawl"]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)


def test_kills_at_random_instants_lose_and_double_nothing(tmp_path, capsys):
    chance = random.Random(20240318)
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(COUNT)])}
    pages |= {f"/p{n}": article(n, 0) for n in range(COUNT)}
    killed = Counter()
    with Site(pages) as site:
        torn = tmp_path / "torn"
        torn.mkdir()
        config = config_for(site.url, torn, more=EVERY_NIGHT)
        began = time.monotonic()
        with start(config) as whole:
            whole.wait()
        run_s = time.monotonic() - began
        data = Path(config).parent / "data"
        for kill in range(1, KILLS + 1):
            for number in chance.sample(range(COUNT), EDITED_A_KILL):
                site.pages[f"/p{number}"] = article(number, kill)
            site.requests.clear()
            # every instant of a run is as likely, its imports included
            runs_before = _runs(data)
            instant_s = chance.uniform(0.1, 1.0) * run_s
            with start(config) as process:
                try:
                    process.wait(timeout=instant_s)
                    killed["too late"] += 1
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    killed[_stage(data, site, kill, runs_before)] += 1
            # what serves is whole at once …
            assert main(["--config", config, "-q", "search", "conseil"]) == 0
            with Archive.open(data) as archive:
                assert archive.damages() == []
            # … and the next run completes without a hand
            assert main(["--config", config, "-q", "crawl"]) == 0
            assert main(["--config", config, "-q", "doctor"]) == 0
            _is_whole(data, site, kill)
            capsys.readouterr()
        with Archive.open(data) as archive:
            outcomes = [run.outcome for run in archive.runs(1000)]
        in_its_work = killed["crawl"] + killed["extract"] + killed["index"]
        assert outcomes.count(RunOutcome.KILLED) == in_its_work
        assert len(outcomes) == 1 + 2 * KILLS - killed["before its row"], "a row a start"
        undisturbed = tmp_path / "whole"
        undisturbed.mkdir()
        other = config_for(site.url, undisturbed, more=EVERY_NIGHT)
        assert main(["--config", other, "-q", "crawl"]) == 0
        assert exported(data, capsys) == exported(Path(other).parent / "data", capsys)
    print(f"{KILLS} kills: {dict(killed)}")
    assert in_its_work > 0


def _runs(data):
    with Archive.open(data) as archive:
        return archive.runs(1)[0].id


def _stage(data, site, kill, runs_before):
    """Where the run was that has just been killed."""
    with Archive.open(data) as archive:
        newest = archive.runs(1)[0]
        if newest.id == runs_before:
            return "before its row"
        if newest.outcome is not RunOutcome.KILLED:
            return "after its end"
        if not newest.counters:
            return "crawl"
        return "index" if _edited(archive, site, kill) == EDITED_A_KILL else "extract"


def _edited(archive, site, kill):
    texts = [archive.article(site.address(f"/p{n}")).text for n in range(COUNT)]
    return sum(f"Édition {kill} " in text for text in texts)


def _is_whole(data, site, kill):
    with Archive.open(data) as archive:
        counts = archive.counts()
        assert counts.articles == COUNT
        assert counts.pages["present"] == COUNT + 1
        for number in range(COUNT):
            url = site.address(f"/p{number}")
            versions = [one.text for one in archive.versions(url)]
            assert len(set(versions)) == len(versions), "no version stands twice"
            assert len(archive.captures(url)) == len(versions)
        assert _edited(archive, site, kill) == EDITED_A_KILL
