"""The archive keeps what it was given, versions what changed, and lets nothing good be lost."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.archive import (
    Archive,
    AskReason,
    ExtractionEffect,
    Fetched,
    FetchEffect,
    Found,
    PageStanding,
    Place,
    RunOutcome,
    Step,
)
from pipeline.archive.connection import ERRORS
from pipeline.archive.crawl_store import MISSING
from pipeline.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, ArchiveTooNew, NoArchive, StorageError
from pipeline.records import (
    Article,
    Capture,
    FailureReason,
    FetchFailure,
    FoundBy,
    NotModified,
    PageState,
    Redirected,
    Rejection,
    RejectionReason,
)
from pipeline.urls import canonical_key

T0 = datetime(2024, 3, 18, 9, 15, 48, 123456, tzinfo=UTC)
URL = "https://www.aimf.asso.fr/actualite/a/"
KEY = "aimf.asso.fr/actualite/a"


def capture(body=b"<p>eau</p>", url=URL, minute=0, **headers):
    return Capture(url=url, status=200, headers=headers, body=body, fetched_at=T0 + timedelta(minutes=minute))


def failure(reason, status=None, url=URL):
    return FetchFailure(url=url, reason=reason, detail="…", fetched_at=T0, status=status)


def article(text="Texte", url=URL, **fields):
    return Article(url=url, site="aimf", title="Titre", kind="actualite", text=text, **fields)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "data", mode="write") as opened:
        yield opened


class Crawl:
    """One run, told in a line a fetch."""

    def __init__(self, archive):
        self.archive = archive
        self.run_id, self.resumed = archive.begin_run("aimf", "aimf crawl", T0)

    def find(self, *urls, by=FoundBy.LINK):
        return self.archive.add_found(self.run_id, "aimf", [Found(u, by, 1, 1) for u in urls], T0)

    def plan(self, *urls, why=AskReason.DUE):
        self.archive.signals.keep_plan(self.run_id, "aimf", [Place(canonical_key(url), why, 1, 1) for url in urls])

    def fetch(self, outcome, *, url=URL, hops=(), found=()):
        self.find(url)
        if not self.waiting(url):
            self.plan(url)
        asked = self.waiting(url)
        return self.archive.record_fetch(Step(self.run_id, "aimf", asked, Fetched(outcome, tuple(hops)), found))

    def waiting(self, url):
        seen = set()
        while one := self.archive.next_waiting("aimf", frozenset(seen)):
            if one.url == url:
                return one
            seen.add(one.key)
        return None

    def end(self, outcome=RunOutcome.WHOLE, *, believed=True):
        return self.archive.end_run(self.run_id, T0, outcome, {"asked": 1}, believed=believed)


# --- pages and captures -----------------------------------------------------------------------------------------------


def test_a_capture_comes_back_as_it_was(archive):
    crawl = Crawl(archive)
    assert crawl.fetch(capture(etag='W/"1"')) is FetchEffect.NEW
    stored = archive.latest_capture("http://aimf.asso.fr/actualite/a")
    assert stored == replace(capture(etag='W/"1"'), id=stored.id)
    page = archive.page(URL)
    assert (page.key, page.state, page.etag, page.last_ok_at) == (KEY, PageState.PRESENT, 'W/"1"', T0)
    assert [(line.status, line.bytes) for line in archive.captures(URL)] == [(200, 10)]
    assert [line.reason for line in archive.fetches(URL)] == ["ok"]


def test_the_same_bytes_are_no_new_capture(archive):
    for minute in range(3):
        crawl = Crawl(archive)
        crawl.fetch(capture(minute=minute))
        crawl.end()
    assert len(archive.captures(URL)) == 1
    assert archive.page(URL).last_ok_at == T0 + timedelta(minutes=2)
    assert len(archive.fetches(URL)) == 3


def test_the_same_bytes_on_two_pages_are_stored_once(archive):
    crawl = Crawl(archive)
    crawl.fetch(capture())
    once = archive.counts().stored_bytes
    crawl.fetch(capture(url=URL + "b/"), url=URL + "b/")
    assert archive.counts().stored_bytes == once
    assert archive.counts().captures == 2


def test_a_304_keeps_the_capture(archive):
    Crawl(archive).fetch(capture())
    crawl = Crawl(archive)
    assert crawl.fetch(NotModified(URL, T0)) is FetchEffect.UNCHANGED
    assert archive.page(URL).state is PageState.PRESENT
    assert len(archive.captures(URL)) == 1


def test_a_failure_is_never_a_deletion(archive):
    first = Crawl(archive)
    first.fetch(capture())
    first.end()
    for reason in (FailureReason.SERVER_ERROR, FailureReason.TIMEOUT, FailureReason.NOT_FOUND):
        crawl = Crawl(archive)
        assert crawl.fetch(failure(reason)) is FetchEffect.KEPT
        crawl.end()
        assert archive.page(URL).state is PageState.UNKNOWN
    assert archive.latest_capture(URL).body == b"<p>eau</p>"
    crawl = Crawl(archive)
    assert crawl.fetch(failure(FailureReason.NOT_FOUND, 404)) is FetchEffect.GONE
    assert archive.page(URL).state is PageState.UNKNOWN, "until the whole run can be judged"
    assert crawl.end() == 1
    assert archive.page(URL).state is PageState.GONE
    assert archive.page_state(URL) == PageStanding(PageState.GONE, T0)
    assert archive.latest_capture(URL) is not None


@pytest.mark.parametrize("reason", sorted(MISSING))
def test_a_run_that_is_not_believed_gives_no_evidence(archive, reason):
    first = Crawl(archive)
    first.fetch(capture())
    first.end()
    for _ in range(5):
        crawl = Crawl(archive)
        crawl.fetch(failure(reason))
        assert crawl.end(believed=False) == 0
        assert archive.page(URL).state is PageState.UNKNOWN
    for gone in (0, 1):
        crawl = Crawl(archive)
        crawl.fetch(failure(reason))
        assert crawl.end() == gone


def test_410_is_gone_at_once_and_comes_back(archive):
    crawl = Crawl(archive)
    assert crawl.fetch(failure(FailureReason.GONE, 410)) is FetchEffect.FAILED
    assert crawl.end() == 0, "what never was a page has not gone away"
    assert archive.page(URL).state is PageState.GONE
    crawl = Crawl(archive)
    assert crawl.find(URL) == 0, "a link alone does not ask a dead address again"
    assert crawl.fetch(capture()) is FetchEffect.NEW
    assert archive.page(URL).state is PageState.PRESENT


def test_robots_says_nothing_about_the_page(archive):
    crawl = Crawl(archive)
    crawl.fetch(capture())
    crawl.end()
    Crawl(archive).fetch(failure(FailureReason.ROBOTS))
    assert archive.page(URL).state is PageState.PRESENT


def test_a_redirect_makes_another_spelling_not_another_page(archive):
    old = "https://www.aimf.asso.fr/?p=1"
    crawl = Crawl(archive)
    hop = Redirected(old, URL, permanent=True, fetched_at=T0)
    assert crawl.fetch(capture(), url=old, hops=[hop]) is FetchEffect.NEW
    assert [p.key for p in archive.pages()] == [KEY]
    assert archive.page(old) == archive.page(URL)
    assert archive.aliases(URL) == [old]
    assert archive.latest_capture(old).url == URL


def test_two_pages_that_redirect_to_each_other_in_turn_end_as_one_page(archive):
    other = "https://www.aimf.asso.fr/actualite/b/"
    for old, new in ((URL, other), (other, URL), (URL, other)):
        crawl = Crawl(archive)
        crawl.fetch(capture(url=new), url=old, hops=[Redirected(old, new, permanent=True, fetched_at=T0)])
        crawl.end()
        assert [p.url for p in archive.pages()] == [new]


# --- runs and frontier ------------------------------------------------------------------------------------------------


def test_a_killed_run_goes_on_with_what_is_left(archive):
    crawl = Crawl(archive)
    crawl.fetch(capture(), found=[Found(URL + "b/", FoundBy.LINK, 1, 2)])
    again = Crawl(archive)
    assert again.resumed
    assert again.run_id > crawl.run_id, "every start leaves its own row"
    assert archive.is_known(KEY, again.run_id), "and what the killed one asked counts as asked"
    assert archive.waiting_count("aimf") == 1
    assert archive.next_waiting("aimf").url == URL + "b/"


def test_a_new_run_begins_with_nothing_and_asks_what_it_plans(archive):
    crawl = Crawl(archive)
    crawl.fetch(capture(etag="x"))
    crawl.end()
    again = Crawl(archive)
    assert again.resumed is False
    assert archive.next_waiting("aimf") is None
    assert not archive.signals.is_planned(again.run_id, "aimf")
    again.plan(URL, why=AskReason.HELD)
    assert archive.signals.is_planned(again.run_id, "aimf")
    waiting = archive.next_waiting("aimf")
    assert (waiting.etag, waiting.why) == ("x", AskReason.HELD)
    assert archive.is_known(KEY, again.run_id)
    assert [r.outcome for r in archive.runs()] == [None, RunOutcome.WHOLE]


def test_the_frontier_is_in_order_and_moves_addresses_forward(archive):
    crawl = Crawl(archive)
    found = [Found(f"https://x.org/{n}", FoundBy.LINK, d, p) for n, d, p in (("a", 2, 3), ("b", 1, 3), ("c", 9, 1))]
    assert archive.add_found(crawl.run_id, "aimf", found, T0) == 3
    assert archive.add_found(crawl.run_id, "aimf", [Found("https://x.org/a", FoundBy.LINK, 0, 0)], T0) == 0
    order = []
    while one := archive.next_waiting("aimf", frozenset(order)):
        order.append(one.key)
    assert order == ["x.org/a", "x.org/c", "x.org/b"]


def test_a_step_that_fails_leaves_nothing_behind(archive):
    crawl = Crawl(archive)
    crawl.find(URL)

    def found():
        yield Found(URL + "b/", FoundBy.LINK, 1, 1)
        raise StorageError("full")

    with pytest.raises(StorageError):
        crawl.fetch(capture(), found=found())
    assert archive.next_waiting("aimf").url == URL
    assert archive.captures(URL) == []
    assert archive.page(URL + "b/") is None


# --- extraction -------------------------------------------------------------------------------------------------------


def test_extraction_is_pending_until_this_extractor_has_read_the_newest_capture(archive):
    crawl = Crawl(archive)
    crawl.fetch(capture())
    crawl.end()
    [(page, capture_id)] = archive.pending_extractions("x1")
    assert archive.record_extraction(page.key, capture_id, "x1", article()) is ExtractionEffect.NEW
    assert list(archive.pending_extractions("x1")) == []
    assert len(list(archive.pending_extractions("x2"))) == 1
    assert len(list(archive.pending_extractions("x1", everything=True))) == 1
    Crawl(archive).fetch(capture(b"new"))
    assert len(list(archive.pending_extractions("x1"))) == 1


def two_captures(archive):
    for body in (b"one", b"two"):
        crawl = Crawl(archive)
        crawl.fetch(capture(body))
        crawl.end()
    return [line.id for line in archive.captures(URL)]


def test_only_changed_content_is_a_new_version(archive):
    one, two = two_captures(archive)
    archive.record_extraction(KEY, one, "x", article())
    touched = article(date_modified=date(2024, 4, 1))
    assert archive.record_extraction(KEY, two, "x", touched) is ExtractionEffect.UNCHANGED
    assert archive.article(URL).date_modified == date(2024, 4, 1)
    assert archive.article(URL).capture_id == one
    assert archive.record_extraction(KEY, two, "x", article("Autre")) is ExtractionEffect.CHANGED
    assert [(a.version, a.text) for a in archive.versions(URL)] == [(1, "Texte"), (2, "Autre")]
    assert [a.version for a in archive.articles()] == [2]


def rejection():
    return Rejection(url=URL, site="aimf", reason=RejectionReason.EMPTY, detail="rien")


def test_a_newer_capture_that_is_no_article_keeps_the_article(archive):
    one, two = two_captures(archive)
    archive.record_extraction(KEY, one, "x", article())
    assert archive.record_extraction(KEY, two, "x", rejection()) is ExtractionEffect.KEPT
    assert archive.article(URL).text == "Texte"
    assert archive.rejection(URL).reason is RejectionReason.EMPTY
    assert list(archive.rejections()) == []
    assert len(list(archive.rejections(kept=True))) == 1
    assert archive.counts().kept == 1


def test_a_better_extractor_withdraws_what_never_was_an_article(archive):
    one, two = two_captures(archive)
    archive.record_extraction(KEY, one, "x", article())
    archive.record_extraction(KEY, two, "x", article())
    assert archive.record_extraction(KEY, two, "y", rejection()) is ExtractionEffect.WITHDRAWN
    assert archive.article(URL) is None
    assert list(archive.articles()) == []
    assert len(archive.versions(URL)) == 1
    assert archive.counts().rejections == {RejectionReason.EMPTY: 1}
    assert archive.record_extraction(KEY, two, "z", article()) is ExtractionEffect.NEW
    assert [a.version for a in archive.articles()] == [1]
    assert archive.rejection(URL) is None


def test_an_article_that_moved_is_told_once(archive):
    old = "https://www.aimf.asso.fr/actualite/old/"
    crawl = Crawl(archive)
    crawl.fetch(capture(url=old), url=old)
    archive.record_extraction("aimf.asso.fr/actualite/old", archive.captures(old)[0].id, "x", article(url=old))
    hop = Redirected(old, URL, permanent=True, fetched_at=T0)
    crawl.end()
    Crawl(archive).fetch(capture(b"moved"), url=old, hops=[hop])
    assert [a.url for a in archive.articles()] == [old], "until its new address has been read"
    assert archive.article(URL) == archive.article(old)
    assert archive.article(old).url == old
    archive.record_extraction(KEY, archive.captures(URL)[0].id, "x", article())
    assert [a.url for a in archive.articles()] == [URL]
    assert archive.article(old).url == URL
    assert [(a.version, a.url) for a in archive.versions(URL)] == [(1, URL)], "the same text is the same version"


def test_articles_are_imported_without_captures(archive):
    told = article(captured_at=T0, capture_id=99)
    assert archive.put_article(told) is ExtractionEffect.NEW
    assert archive.put_article(told) is ExtractionEffect.UNCHANGED
    older = article("Alt", captured_at=T0 - timedelta(days=1))
    assert archive.put_article(older) is ExtractionEffect.KEPT
    newer = article("Neu", captured_at=T0 + timedelta(days=1))
    assert archive.put_article(newer) is ExtractionEffect.CHANGED
    assert archive.article(URL) == replace(newer, version=2)
    assert archive.page(URL).found_by is FoundBy.IMPORT
    assert archive.damages() == []


def test_articles_come_ordered_by_address_however_many(archive):
    with archive.transaction():
        for number in range(450):
            archive.put_article(article(url=f"https://x.org/{number * 7919 % 450:03}"))
    urls = [a.url for a in archive.articles()]
    assert urls == sorted(urls)
    assert len(urls) == 450


def test_half_a_surrogate_is_no_reason_to_fail(archive):
    archive.put_article(article("\ud83d", url="https://x.org/\ud83d"))
    assert next(archive.articles()).text == "\ud83d"


# --- the file ---------------------------------------------------------------------------------------------------------


def test_reading_wants_an_archive(tmp_path):
    with pytest.raises(NoArchive, match="aimf crawl"):
        Archive.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "archive.sqlite").touch()
    with pytest.raises(NoArchive):
        Archive.open(tmp_path)


def test_the_folder_is_for_its_owner_alone(archive):
    assert oct(archive.folder.stat().st_mode & 0o777) == "0o700"


def test_many_read_while_one_writes(archive):
    archive.put_article(article())
    with Archive.open(archive.folder) as reader, archive.transaction():
        archive.put_article(article("Neu", url=URL + "b/"))
        assert len(list(reader.articles())) == 1
    with Archive.open(archive.folder) as reader:
        assert len(list(reader.articles())) == 2
        with pytest.raises(StorageError):
            reader.put_article(article("Anders"))


def test_an_archive_of_a_newer_program_is_refused(archive):
    with closing(sqlite3.connect(archive.folder / "archive.sqlite")) as sql, sql:
        sql.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveTooNew, match="update the program"):
        Archive.open(archive.folder)


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_damaged_file_names_the_doctor(tmp_path, mode):
    (tmp_path / "archive.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(ArchiveDamaged, match="aimf doctor"):
        Archive.open(tmp_path, mode=mode)


def test_the_check_finds_a_damaged_body(archive):
    Crawl(archive).fetch(capture())
    assert archive.damages() == []
    with closing(sqlite3.connect(archive.folder / "archive.sqlite")) as sql, sql:
        sql.execute("UPDATE bodies SET zstd = x'00ff'")
    sql.close()
    assert "is damaged" in archive.damages(sample_bodies=5)[0].what
    assert "is damaged" in archive.damages()[0].what
    with pytest.raises(ArchiveDamaged):
        archive.latest_capture(URL)


def test_a_full_disk_is_said_and_harms_nothing(archive):
    Crawl(archive).fetch(capture())
    pages = archive._sql.value("PRAGMA page_count")
    archive._sql.run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"):
        Crawl(archive).fetch(capture(os.urandom(100_000), url=URL + "b/"), url=URL + "b/")
    assert archive.latest_capture(URL).body == b"<p>eau</p>"
    assert archive.captures(URL + "b/") == []


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="--data DIR"):
        Archive.open(tmp_path / "file" / "data", mode="write")


# Result codes that only a mistake of this program brings about: they stay tracebacks.
OURS = {1, 2, 4, 9, 12, 16, 17, 19, 20, 21, 25, 27, 28}


def test_every_error_of_sqlite_that_is_not_our_mistake_is_translated():
    assert set(ERRORS) | OURS == set(range(1, 29))
    assert set(ERRORS).isdisjoint(OURS)
    assert all(issubclass(kind, ArchiveError) for kind, _ in ERRORS.values())


# --- the lock ---------------------------------------------------------------------------------------------------------


def test_the_second_writer_hears_who_is_first(archive):
    with archive.lock("aimf crawl"):
        with pytest.raises(ArchiveLocked, match=rf"`aimf crawl`, process {os.getpid()}, since 20"):
            archive.lock("aimf rebuild").__enter__()
        assert "aimf crawl" in archive.lock_holder()
    assert archive.lock_holder() is None
    with archive.lock("aimf rebuild"):
        pass


def test_no_lock_outlives_its_process_even_if_a_worker_does(tmp_path):
    script = """
import os, sys, time
from pathlib import Path
from pipeline.archive import Archive
archive = Archive.open(Path(sys.argv[1]), mode="write")
with archive.lock("aimf crawl"):
    child = os.fork()
    if child == 0:
        os.close(1)
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE) as first:
        worker = int(first.stdout.readline())
        try:
            with Archive.open(tmp_path, mode="write") as archive:
                with pytest.raises(ArchiveLocked):
                    archive.lock("aimf crawl").__enter__()
                first.kill()
                first.wait()
                with archive.lock("aimf crawl"):
                    pass
        finally:
            os.kill(worker, 9)
