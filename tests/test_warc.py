"""WARC out and in: a whole round, another program's judgement of the file, and whatever bytes a file may hold."""

import gzip
import io
import os
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from index.cli import main
from pipeline import sample, warc
from pipeline.archive import Archive, Fetched, FetchEffect, Found, RunOutcome, Step
from pipeline.config import Limits, Site
from pipeline.crawl.scope import Scope
from pipeline.errors import ExitCode
from pipeline.export import as_record
from pipeline.records import Capture, FailureReason, FetchFailure, FoundBy, PageState, Redirected
from pipeline.warc.reading import Broken, Response, responses
from pipeline.warc.taking import PassedOver, _judge
from tests.commands import PROSE, ROOT, config_for, told

SITE = "https://ville.example/"
AT = datetime(2024, 3, 18, 9, 0, tzinfo=UTC)
HTML = {"content-type": "text/html; charset=utf-8"}


def page_of(title):
    return f"<html lang=fr><title>{title}</title><body><article><h1>{title}</h1>{PROSE}</article>".encode()


def capture(path, body, at=AT, headers=HTML):
    return Capture(f"{SITE}{path}", 200, headers, body, at)


def foreign(file, *records, packed=True):
    """A WARC as warcio writes it: (address, status line, headers, body as sent, date)."""
    with file.open("wb") as out:
        writer = WARCWriter(out, gzip=packed)
        for url, status, headers, body, at in records:
            answer = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(body), http_headers=answer, warc_headers_dict={"WARC-Date": at}
                )
            )
    return file


def exported(config, file, *more):
    command = [sys.executable, "-m", "index", "--config", config, "export", "--format", "warc", *more]
    with file.open("wb") as out:
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return file


def articles(folder):
    with Archive.open(folder) as archive:
        return [{**as_record(article), "version": 1} for article in archive.articles()]


def captures(folder):
    with Archive.open(folder) as archive:
        lines = [line for page in archive.pages() for line in archive.captures(page.url)]
        found = [archive.capture(line.id) for line in lines]
    return {(one.url, one.fetched_at, one.body_hash) for one in found}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """The sample site's configuration, its archive, and the archive's WARC."""
    folder = tmp_path_factory.mktemp("crawled")
    config = folder / "config.yaml"
    config.write_text(sample.CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
    with sample.serve_sample() as url:
        assert main(["--config", str(config), "-q", "crawl", "--base-url", url]) == 0
    return str(config), exported(str(config), folder / "all.warc.gz")


def test_an_archive_that_is_exported_and_imported_is_the_same(crawled, tmp_path, capsys):
    config, file = crawled
    again = tmp_path / "config.yaml"
    again.write_text(Path(config).read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["--config", str(again), "import", str(file)]) == ExitCode.DONE
    assert "captures taken over" in told(capsys)
    first, second = Path(config).parent / "data", tmp_path / "data"
    assert len(articles(first)) > 20
    assert articles(second) == articles(first)
    assert captures(second) == captures(first)
    with Archive.open(second) as archive:
        assert {(page.found_by, page.state) for page in archive.pages()} == {(FoundBy.IMPORT, PageState.PRESENT)}
        assert archive.damages() == []
    assert main(["--config", str(again), "search", "boues de vidange"]) == 0
    assert "vidange" in told(capsys)
    # once more: everything is there
    assert main(["--config", str(again), "import", str(file)]) == ExitCode.DONE
    assert f"0 captures taken over, {len(captures(first))} already there" in told(capsys)
    assert captures(second) == captures(first)


def test_two_exports_are_equal_and_another_program_finds_them_well(crawled, tmp_path, capsys):
    config, file = crawled
    assert exported(config, tmp_path / "again.warc.gz").read_bytes() == file.read_bytes()
    checker = Checker(type("Options", (), {"inputs": [str(file)], "verbose": True})())
    checker.process_all()
    assert checker.exit_value == 0
    assert "failed" not in capsys.readouterr().out
    with file.open("rb") as stream:
        iterator = ArchiveIterator(stream, check_digests="raise")
        kinds, ids, found = [], set(), set()
        for record in iterator:
            kinds.append(record.rec_type)
            ids.add(record.rec_headers.get_header("WARC-Record-ID"))
            body = record.content_stream().read()
            if record.rec_type == "response":
                assert record.http_headers.get_statuscode() == "200"
                assert int(record.http_headers.get_header("content-length")) == len(body)
                assert not record.http_headers.get_header("content-encoding")
                at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
                url = record.rec_headers.get_header("WARC-Target-URI")
                found.add((url, at, Capture(url, 200, {}, body, at).body_hash))
    assert kinds[0] == "warcinfo"
    assert set(kinds[1:]) == {"response"}
    assert len(ids) == len(kinds)
    assert found == captures(Path(config).parent / "data")


def test_a_query_exports_the_captures_of_what_it_finds(crawled, tmp_path, capsys):
    config, whole = crawled
    file = exported(config, tmp_path / "some.warc.gz", "--query", "boues de vidange")
    assert main(["--config", config, "export", "--query", "boues de vidange"]) == 0
    lines = capsys.readouterr().out.splitlines()
    urls = [one.url for one in responses(file, Limits())]
    assert 0 < len(set(urls)) == len(lines) < len(list(responses(whole, Limits())))


def test_all_captures_of_a_page_are_exported_and_come_back(tmp_path):
    with Archive.open(tmp_path / "a", mode="write") as archive, archive.run("test") as run:
        for day in range(3):
            archive.take_over(run.id, "ville", capture("eau", page_of(f"Eau {day}"), AT + timedelta(days=day)))
        file = tmp_path / "a.warc.gz"
        file.write_bytes(b"".join(warc.written(archive)))
    config = config_for(SITE, tmp_path)
    assert main(["--config", config, "import", str(file)]) == 0
    assert captures(tmp_path / "data") == captures(tmp_path / "a")
    assert len(captures(tmp_path / "data")) == 3
    assert [article["title"] for article in articles(tmp_path / "data")] == ["Eau 2"]


def test_what_is_older_never_replaces_the_newest_and_is_kept_once(tmp_path):
    old, new = capture("eau", b"<p>alt", AT - timedelta(days=9)), capture("eau", b"<p>neu")
    with Archive.open(tmp_path, mode="write") as archive, archive.run("test") as run:
        effects = [archive.take_over(run.id, "ville", one) for one in (new, old, old, new)]
        assert effects == [FetchEffect.NEW, FetchEffect.KEPT, FetchEffect.UNCHANGED, FetchEffect.UNCHANGED]
        assert archive.latest_capture(new.url).body == new.body
        assert archive.page(new.url).last_ok_at == AT
        assert [archive.capture(line.id).body for line in archive.captures(new.url)] == [old.body, new.body]
        assert archive.damages() == []


def test_what_is_known_of_the_live_page_stays(tmp_path):
    later = AT + timedelta(days=9)
    gone, moved = f"{SITE}gone", f"{SITE}moved"
    with Archive.open(tmp_path, mode="write") as archive, archive.run("test") as run:

        def ask(url, outcome, *hops):
            archive.add_found(run.id, "ville", [Found(url, FoundBy.LINK, 1, 0)], later)
            asked = archive.next_waiting("ville")
            archive.record_fetch(Step(run.id, "ville", asked, Fetched(outcome, hops)))

        archive.begin_run("ville", "test", later)
        ask(gone, FetchFailure(gone, FailureReason.GONE, "", later, 410))
        ask(moved, capture("new", b"<p>new", later), Redirected(moved, f"{SITE}new", permanent=True, fetched_at=later))
        archive.add_found(run.id, "ville", [Found(f"{SITE}waits", FoundBy.LINK, 1, 0)], later)
        archive.end_run(run.id, later, RunOutcome.WHOLE, {})
        effects = {
            path: archive.take_over(run.id, "ville", capture(path, b"<p>old")) for path in ("gone", "moved", "waits")
        }
        assert effects["moved"] is FetchEffect.MOVED
        assert archive.page(moved).url == f"{SITE}new"
        assert effects["waits"] is FetchEffect.NEW
        assert archive.waiting_count("ville") == 1
        assert archive.page(gone).state is not PageState.PRESENT
        assert archive.latest_capture(gone).body == b"<p>old"


# warcio leaves the file through which it measures a record to the garbage collector
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning")
def test_what_other_programs_wrote_is_read(tmp_path, capsys):
    html = [("Content-Type", "text/html"), ("Set-Cookie", "a=b")]
    body = page_of("Eau")
    day = "2024-03-18T09:00:00Z"
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:99], body[99:])) + b"0\r\n\r\n"
    file = foreign(
        tmp_path / "foreign.warc",
        ("http://www.ville.example/plain", "200 OK", html, body, day),
        (f"{SITE}gzip", "200 OK", [*html, ("Content-Encoding", "gzip")], gzip.compress(body), day),
        (f"{SITE}chunked", "200 OK", [*html, ("Transfer-Encoding", "chunked")], chunked, day),
        (f"{SITE}missing", "404 Not Found", html, body, day),
        (f"{SITE}pdf", "200 OK", [("Content-Type", "application/pdf")], b"%PDF-", day),
        (f"{SITE}bomb", "200 OK", [*html, ("Content-Encoding", "gzip")], gzip.compress(bytes(50_000_000)), day),
        (f"{SITE}later", "200 OK", html, body, "2999-01-01T00:00:00Z"),
        (f"{SITE}undated", "200 OK", html, body, "yesterday"),
        ("https://elsewhere.example/", "200 OK", html, body, day),
        packed=False,
    )
    config = config_for(SITE, tmp_path, hosts=["www.ville.example"])
    assert main(["--config", config, "import", str(file)]) == ExitCode.PARTIAL
    text = told(capsys)
    assert "3 captures taken over" in text
    for part in (
        "1 with another status than 200",
        "1 that are no pages",
        "1 dated in the future",
        "1 of no configured site",
        "2 broken",
        "more than 10000000 bytes unpacked",
        "'yesterday' is no time",
    ):
        assert part in text
    found = captures(tmp_path / "data")
    assert {url for url, _, _ in found} == {f"{SITE}{path}" for path in ("plain", "gzip", "chunked")}
    assert len({digest for _, _, digest in found}) == 1
    with Archive.open(tmp_path / "data") as archive:
        assert "set-cookie" not in archive.latest_capture(f"{SITE}plain").headers


def bomb():
    """A record of 300 MB of zeros that is passed over, in 300 kB."""
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: 300000000\r\n\r\n"
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(head), *(packer.compress(bytes(1_000_000)) for _ in range(300)), packer.flush()])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"WARC/1.0\r\nContent-Length: 9\r\n\r\n", "in the middle"),
        (b"WARC/1.0\r\nContent-Length: -1\r\n\r\n", "no number"),
        (b"WARC/1.0\r\n" + b"a: b\r\n" * 99_999, "longer than"),
        (gzip.compress(b"{}\n"), "no WARC record"),
        (gzip.compress(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n")[:-9], "unpacked"),
        (bomb(), "200 times"),
    ],
)
def test_a_broken_file_is_told_in_a_sentence(data, why, tmp_path, capsys):
    file = tmp_path / "broken.warc"
    file.write_bytes(data)
    assert main(["--config", config_for(SITE, tmp_path), "import", str(file)]) == ExitCode.PARTIAL
    text = told(capsys)
    assert why in text
    assert "1 broken" in text
    assert "nothing behind it was read" in text


def test_a_warc_needs_a_configuration(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.warc").write_bytes(b"WARC/1.1\r\n")
    assert main(["--data", "data", "import", "a.warc"]) == ExitCode.USAGE
    assert "config.yaml" in told(capsys)
    assert not (tmp_path / "data").exists()


def test_a_terminal_gets_a_sentence_and_no_bytes(crawled):
    config, _ = crawled
    ours, terminal = os.openpty()
    command = [sys.executable, "-m", "index", "--config", config, "export", "--format", "warc"]
    done = subprocess.run(command, cwd=ROOT, stdout=terminal, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(terminal)
    os.close(ours)
    assert done.returncode == ExitCode.USAGE
    assert b"aimf export --format warc > FILE.warc.gz" in done.stderr
    assert b"Traceback" not in done.stderr


BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: 0123456789\r\n\r\n<p>eau"
RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://ville.example/eau\r\n"
    b"WARC-Date: 2024-03-18T09:00:00Z\r\nContent-Type: application/http\r\n"
    b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(BLOCK), BLOCK)
)
CUTS = st.tuples(st.integers(0, len(RECORD)), st.integers(0, 9), st.binary(max_size=9))


def damaged(cut):
    at, gone, put = cut
    return RECORD[:at] + put + RECORD[at + gone :]


@pytest.fixture(scope="module")
def any_file(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "any.warc"


def test_the_record_that_is_damaged_below_is_well(any_file):
    any_file.write_bytes(RECORD)
    (found,) = responses(any_file, Limits())
    assert found == Response(f"{SITE}eau", AT, 200, {"content-type": "text/html", "x": "0123456789"}, b"<p>eau")


@settings(max_examples=400, deadline=None)
@given(
    data=st.binary(max_size=99)
    | st.binary(max_size=99).map(b"WARC/1.1\r\n".__add__)
    | st.binary(max_size=99).map(b"\x1f\x8b\x08\x00".__add__)
    | CUTS.map(damaged)
    | CUTS.map(damaged).map(gzip.compress)
    | st.text(max_size=30).map(lambda url: RECORD.replace(b"https://ville.example/eau", url.encode()))
)
def test_no_bytes_raise(any_file, data):
    any_file.write_bytes(data)
    scopes = {"ville": Scope(Site.model_validate({"name": "Ville", "base_url": SITE}), Limits())}
    for found in responses(any_file, Limits(body_bytes=1000)):
        if isinstance(found, Response):
            assert isinstance(_judge(found, scopes, AT)[1], Capture | PassedOver)
        else:
            assert isinstance(found, Broken)
            assert found.why
