"""One bad page costs that page: time and memory end, the next page is read."""

import os
import signal
import threading
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

from pipeline.archive import Archive
from pipeline.config import Site
from pipeline.config_file import load_config
from pipeline.extract.article import Knowledge
from pipeline.extract.loop import extract_pending
from pipeline.extract.workers import Task, Workers
from pipeline.records import Article, Capture, Rejection, RejectionReason
from tests.commands import PROSE, config_for
from tests.site import page

SITE = Site.model_validate(
    {"name": "V", "base_url": "https://v.example/", "kinds": [{"kind": "page", "path": ".*"}], "listings": []}
)
KNOWLEDGE = Knowledge("v", SITE)


def task(key, body):
    headers = {"content-type": "text/html"}
    return Task(
        key, Capture(f"https://v.example/{key}", 200, headers, body, datetime(2024, 1, 1, tzinfo=UTC)), KNOWLEDGE
    )


GOOD = task("good", b"<title>Bon</title><p>Un paragraphe de texte qui se lit sans peine.</p>")
# Nearly as many elements as are read at all: seconds of work.
SLOW = task("slow", b"<title>Lent</title>" + b"<div class=a><p>mot<i>x</i></p></div>" * 48_000)


def cpu_s(pid):
    """Seconds of processor that a process has used; 0 when it is no more."""
    try:
        used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def test_every_task_is_answered_once():
    tasks = [task(str(number), GOOD.capture.body) for number in range(20)]
    with Workers(2, page_s=30) as workers:
        answers = {done.page_key: outcome for done, outcome in workers.run(tasks)}
    assert set(answers) == {str(number) for number in range(20)}
    assert all(isinstance(outcome, Article) for outcome in answers.values())


def test_a_page_that_takes_too_long_is_recorded_and_the_next_is_read():
    with Workers(1, page_s=1.5) as workers:
        answers = {done.page_key: outcome for done, outcome in workers.run([SLOW, GOOD])}
    slow = answers["slow"]
    assert isinstance(slow, Rejection)
    assert slow.reason is RejectionReason.UNREADABLE
    assert "1.5 s" in slow.detail
    assert isinstance(answers["good"], Article)


def test_a_page_on_which_two_readers_die_costs_that_page_only():
    with Workers(1, page_s=60) as workers:
        killed: list[int] = []

        def kill_two_readers():
            while len(killed) < 2:
                pid = workers.pids()[0]
                # Past its start, which takes about half a second, and not yet done with a page that takes several.
                if pid not in killed and cpu_s(pid) > 1.5:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                time.sleep(0.02)

        killer = threading.Thread(target=kill_two_readers)
        run = workers.run([GOOD, SLOW, GOOD])
        assert isinstance(next(run)[1], Article)
        killer.start()
        died, after = [outcome for _, outcome in run]
        killer.join()
    assert isinstance(died, Rejection)
    assert died.detail == "two readers died on this page"
    assert isinstance(after, Article)


def test_a_reader_that_dies_between_two_pages_is_replaced():
    with Workers(1, page_s=60) as workers:
        run = workers.run([GOOD, GOOD])
        next(run)
        os.kill(workers.pids()[0], signal.SIGKILL)
        assert isinstance(next(run)[1], Article)


def test_nothing_to_read_ends_at_once():
    with Workers(1, page_s=30) as workers:
        assert list(workers.run([])) == []


def test_pages_that_name_another_page_as_their_own_are_not_kept_in_memory(tmp_path):
    """A template that names the front page as canonical on every page is a common fault; a page may have megabytes."""
    home = "https://ville.example/"
    filling = f"<!-- {'x' * 1_000_000} -->"
    config = load_config(Path(config_for(home, tmp_path, more={"limits": {"extract_jobs": 1}})))
    with Archive.open(tmp_path / "data", mode="write") as archive, archive.run("test") as run:
        for number in range(40):
            text = page(f"Page {number}", body=PROSE, head=f'<link rel="canonical" href="{home}">{filling}')
            capture = Capture(f"{home}p{number}", 200, {"content-type": "text/html"}, text.encode(), datetime.now(UTC))
            archive.take_over(run.id, "ville", capture)
        tracemalloc.start()
        report = extract_pending(archive, config)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert report.effects == {"new": 40}
    assert peak_bytes < 20_000_000
