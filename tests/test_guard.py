"""A bad night: whatever the site does, the old articles are found, and the exit code says that something is wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index
from index.cli import main
from pipeline.archive import Archive
from pipeline.config import Guard
from pipeline.errors import ExitCode
from pipeline.guard import Losses
from pipeline.records import PageState
from tests.commands import ROOT, config_for, told
from tests.site import Answer, Raw, Site, page, redirect, reset, sitemap, slow

COUNT = 12
# A dozen small pages are read sooner than a second process starts.
ONE_READER = {"limits": {"extract_jobs": 1}}
NAMES = [f"/article-{number}" for number in range(COUNT)]


def article(name, text=""):
    sentences = "".join(
        f"<p>À {name.strip('/')}, le conseil municipal a voté la phrase {n} du projet d’eau potable du quartier.</p>"
        for n in range(8)
    )
    head = '<meta property="article:published_time" content="2024-03-18T09:00:00+00:00">'
    return page(f"Le projet de {name.strip('/')}", body=f"{sentences}<p>{text}</p>", head=head)


def good_site():
    pages = {name: article(name) for name in NAMES}
    return {"/": page("Accueil", links=NAMES[:2]), "/sitemap.xml": sitemap(*NAMES, lastmod="2024-03-18"), **pages}


class House:
    """An archive that a good night has filled, and the site it came from."""

    def __init__(self, site, config):
        self.site, self.config = site, config
        self.data = Path(config).parent / "data"

    def crawl(self, *options, quiet=True):
        return main(["--config", self.config, *(["-q"] if quiet else []), "crawl", *options])

    def found(self):
        with index.open(self.data) as library:
            return {hit.url for hit in library.search("conseil", 100)}

    def all_stand(self):
        with index.open(self.data) as library:
            texts = [library[self.site.address(name)].text for name in NAMES]
        return self.found() == {self.site.address(name) for name in NAMES} and all("phrase 7" in t for t in texts)

    def index_bytes(self):
        return {f.name: f.read_bytes() for f in sorted((self.data / "index").rglob("*")) if f.is_file()}


@pytest.fixture
def house(tmp_path):
    with Site(good_site()) as site:
        made = House(site, config_for(site.url, tmp_path, more=ONE_READER))
        assert made.crawl() == ExitCode.DONE
        assert made.all_stand()
        yield made


def every(answer):
    return {"/*": answer}


MAINTENANCE = page("Maintenance", body="<p>Le site est en maintenance, revenez dans quelques heures, merci.</p>")
CLOSED = page(
    "Maintenance", body="<p>Le site de la ville est fermé pour quelques heures, merci de revenir demain.</p>" * 9
)
BROKEN = {
    "503 for all": (every(Answer(status=503)), ExitCode.UNREACHABLE),
    "nothing answers": (every(reset()), ExitCode.UNREACHABLE),
    "an empty answer for all": (every(Answer(b"")), ExitCode.GUARD_REFUSED),
    "an empty page for all": (every("<html><head></head><body></body></html>"), ExitCode.GUARD_REFUSED),
    "a page for all": (every(MAINTENANCE), ExitCode.GUARD_REFUSED),
    "the front page for all": ({"/": page("Accueil"), "/*": redirect("/", 302)}, ExitCode.GUARD_REFUSED),
    "the front page for ever": ({"/": page("Accueil"), "/*": redirect("/", 301)}, ExitCode.GUARD_REFUSED),
    "an article's address for all": (
        {"/robots.txt": "", "/ferme": CLOSED, "/*": redirect("/ferme", 302)},
        ExitCode.GUARD_REFUSED,
    ),
    "a login elsewhere for all but the front": (
        {"/": page("Accueil"), "/*": redirect("https://login.example/", 302)},
        ExitCode.GUARD_REFUSED,
    ),
    "404 for all but the front": ({"/": page("Accueil")}, ExitCode.GUARD_REFUSED),
    "404 for all": ({}, ExitCode.GUARD_REFUSED),
    "410 for all but the front": ({"/": page("Accueil"), "/*": Answer(status=410)}, ExitCode.GUARD_REFUSED),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_night_loses_nothing_and_is_told(house, kind):
    pages, code = BROKEN[kind]
    before = house.index_bytes()
    for _ in range(2):
        house.site.pages = dict(pages)
        assert house.crawl() == code
        assert house.index_bytes() == before
        assert house.all_stand()
    with Archive.open(house.data) as archive:
        assert archive.counts().pages[PageState.GONE] <= 1, "of the twelve none"
        assert all(archive.page_state(house.site.address(name)).state is not PageState.GONE for name in NAMES)
    # a good night goes on, and takes up what has changed
    house.site.pages = good_site() | {NAMES[3]: article(NAMES[3], "Une phrase de plus.")}
    house.site.pages["/sitemap.xml"] = sitemap(*NAMES, lastmod="2024-03-19")
    assert house.crawl() == ExitCode.DONE
    assert house.all_stand()
    with index.open(house.data) as library:
        assert "Une phrase de plus." in library[house.site.address(NAMES[3])].text
        assert [len(library.versions(house.site.address(name))) for name in NAMES] == [1, 1, 1, 2, *[1] * 8]


def test_the_guard_says_in_one_paragraph_what_it_saw_and_which_command_accepts(house, capsys):
    house.site.pages = {"/": page("Accueil"), "/*": redirect("/")}
    assert house.crawl("--full", quiet=False) == ExitCode.GUARD_REFUSED
    [paragraph] = [line for line in told(capsys).splitlines() if "guard" in line]
    assert "12 of the 12 articles" in paragraph
    assert "redirected away" in paragraph
    assert "aimf explain" in paragraph
    assert "aimf crawl --full --accept" in paragraph


def test_a_server_that_dies_in_mid_crawl(house):
    pages = good_site()
    house.site.pages = pages
    asked = []

    def dying(request):
        asked.append(request.path)
        return reset() if len(asked) > 9 else pages.get(request.path, Answer(status=404))

    house.site.pages = {"/*": dying}
    assert house.crawl("--full") == ExitCode.UNREACHABLE
    assert house.all_stand()
    house.site.pages = pages
    assert house.crawl() == ExitCode.DONE
    assert house.all_stand()


def test_a_first_crawl_whose_server_dies_goes_on_the_next_night(tmp_path):
    pages = good_site()
    asked = []

    def dying(request):
        asked.append(request.path)
        found = pages.get(request.path, Answer(status=404))
        return Raw(reset=True) if len(asked) > 10 else found(request) if callable(found) else found

    with Site({"/*": dying}) as site:
        made = House(site, config_for(site.url, tmp_path, more=ONE_READER))
        assert made.crawl() == ExitCode.UNREACHABLE
        site.pages = pages
        assert made.crawl() == ExitCode.DONE
        assert made.all_stand()


def test_articles_that_shrink_together_are_kept_and_accepted_by_command(house):
    short = {name: page(f"Le projet de {name.strip('/')}", body="<p>Erreur de base de données.</p>") for name in NAMES}
    house.site.pages = good_site() | short | {"/sitemap.xml": sitemap(*NAMES, lastmod="2024-03-19")}
    for _ in range(3):
        assert house.crawl() == ExitCode.GUARD_REFUSED
        assert house.all_stand()
        assert main(["--config", house.config, "-q", "doctor", "--repair", "leftovers"]) == ExitCode.DONE
        assert house.all_stand(), "a repair takes nothing over"
    assert house.crawl("--accept") == ExitCode.DONE
    assert house.found() == set()
    with index.open(house.data) as library:
        assert all(len(library.versions(house.site.address(name))) == 2 for name in NAMES)
    assert house.crawl() == ExitCode.DONE


def test_articles_that_lose_their_dates_together_are_kept(house):
    dateless = {name: article(name).replace("article:published_time", "x") for name in NAMES}
    house.site.pages = good_site() | dateless | {"/sitemap.xml": sitemap(*NAMES, lastmod="2024-03-19")}
    assert house.crawl() == ExitCode.GUARD_REFUSED
    with index.open(house.data) as library:
        assert all(library[house.site.address(name)].date_published for name in NAMES)


def test_one_article_that_shrinks_is_believed_the_second_night(house, capsys):
    name, url = NAMES[5], house.site.address(NAMES[5])
    house.site.pages[name] = page("Le projet", body="<p>Le conseil a retiré ce projet de l’ordre du jour.</p>")
    lastmods = dict.fromkeys(NAMES, "2024-03-18") | {name: "2024-03-19"}
    house.site.pages["/sitemap.xml"] = lambda request: Answer(
        "<?xml version='1.0'?><urlset>"
        + "".join(
            f"<url><loc>{request.site.address(n)}</loc><lastmod>{mod}</lastmod></url>" for n, mod in lastmods.items()
        )
        + "</urlset>"
    )
    assert house.crawl(quiet=False) == ExitCode.DONE
    assert "1 articles kept as they were" in told(capsys)
    assert house.all_stand()
    assert house.crawl() == ExitCode.DONE
    with index.open(house.data) as library:
        assert "retiré" in library[url].text
        assert len(library.versions(url)) == 2
    house.site.requests.clear()
    assert house.crawl() == ExitCode.DONE
    assert name not in house.site.paths() or len([p for p in house.site.paths() if p in NAMES]) == 1


def test_a_reader_that_drops_far_more_than_before_is_stopped(house):
    # settings that cut the text off every page stand for a template that was learned wrongly: both read all anew
    file = Path(house.config)
    settings = json.loads(file.read_text(encoding="utf-8"))
    good = json.dumps(settings)
    settings["sites"]["ville"]["extract"] = {"drop": ["p"]}
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert house.crawl() == ExitCode.GUARD_REFUSED
    assert house.all_stand()
    file.write_text(good, encoding="utf-8")
    assert house.crawl() == ExitCode.DONE
    assert house.all_stand()
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert main(["--config", house.config, "-q", "rebuild"]) == ExitCode.DONE, "rebuild is the user's own decision"
    assert house.found() == set()


def test_a_killed_night_of_errors_changes_nothing_that_a_good_night_does_not_mend(house):
    house.site.pages = {"/": page("Accueil"), "/*": redirect("/")}
    house.site.pages["/article-3"] = lambda request: os.kill(started[0].pid, signal.SIGKILL) or Answer(b"")
    command = [sys.executable, "-m", "index", "--config", house.config, "-q", "crawl", "--full"]
    with subprocess.Popen(command, cwd=ROOT) as process:
        started = [process]
    assert process.returncode == -signal.SIGKILL
    assert house.all_stand()
    house.site.pages = good_site()
    assert house.crawl() == ExitCode.DONE
    assert house.all_stand()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("name", [NAMES[2], NAMES[-1]])
def test_a_night_that_is_ended_in_its_errors_is_judged_by_all_of_them(house, name, number):
    """410 is proof at once, but for the guard: it must not see two pages before the end, or the last two after it."""
    errors = {"/": page("Accueil"), "/*": Answer(status=410)}
    house.site.pages = errors | {name: lambda _: os.kill(started[0].pid, number) or slow(page("Jamais"), 30)}
    command = [sys.executable, "-m", "index", "--config", house.config, "-q", "crawl", "--full"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        started = [process]
    assert process.returncode in (-signal.SIGKILL, ExitCode.TERMINATED)
    for _ in range(2):
        with Archive.open(house.data) as archive:
            assert archive.counts().pages[PageState.GONE] == 0
        house.site.pages = dict(errors)
        assert house.crawl() == ExitCode.GUARD_REFUSED
        assert house.all_stand()
    house.site.pages = good_site()
    assert house.crawl() == ExitCode.DONE
    assert house.all_stand()


@given(known=st.integers(0, 2000), looked_at=st.integers(0, 2000), lost=st.integers(0, 2000), least=st.integers(1, 20))
def test_few_losses_never_stop_and_most_of_many_always_do(known, looked_at, lost, least):
    losses = Losses(known)
    looked_at = max(looked_at, lost)
    for number in range(looked_at):
        losses.add(f"https://x.org/{number}", "not_found" if number < lost else None)
    alarm = losses.alarm(Guard(lost_least=least), "s", "pages")
    if lost < least:
        assert alarm is None
    elif lost > looked_at / 2 or lost > known / 10:
        assert f"{lost} of the {looked_at}" in alarm
    else:
        assert alarm is None
