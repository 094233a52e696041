"""Every damage is made for real, found, and repaired by the command that the doctor prints; backups are whole."""

import json
import shlex
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from index.cli import main
from pipeline.archive import Archive, DamageKind
from pipeline.errors import ExitCode
from tests.commands import PROSE, ROOT, archived, config_for, told
from tests.site import Site, page, sitemap

COUNT = 30


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """A site of thirty articles, crawled twice with one change; copied for every damage."""
    folder = tmp_path_factory.mktemp("doctor")
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(COUNT)])}
    pages |= {f"/p{n}": page(f"Page {n}", body=PROSE + f"<p>Point {n} du conseil.</p>" * 8) for n in range(COUNT)}
    with Site({**pages, "/sitemap.xml": sitemap(*pages, lastmod="2024-03-18")}) as site:
        config = config_for(site.url, folder)
        assert main(["--config", config, "-q", "crawl"]) == 0
        site.pages["/p1"] = page("Page 1", body=PROSE * 2)
        site.pages["/sitemap.xml"] = sitemap(*pages, lastmod="2024-03-19")
        assert main(["--config", config, "-q", "crawl"]) == 0
        yield site, Path(config)


@pytest.fixture
def town(crawled, tmp_path):
    site, config = crawled
    copy = config_for(site.url, tmp_path)
    subprocess.run(["cp", "-a", config.parent / "data", tmp_path / "data"], check=True)
    return site, copy


def sql(config, *statements):
    with closing(sqlite3.connect(Path(config).parent / "data" / "archive.sqlite", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def by_sql(*statements):
    return lambda config: sql(config, *statements)


def folder(config):
    return Path(config).parent / "data"


def index_file(config, ending):
    return max((folder(config) / "index").rglob(f"*{ending}"))


def overwrite_pages(config):
    """The root of a table, as a disk gone bad leaves it."""
    file = folder(config) / "archive.sqlite"
    sql(config)
    with closing(sqlite3.connect(file)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'fetches'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as handle:
        handle.seek((root - 1) * size)
        handle.write(b"\xff" * size)


def forget_an_index_entry(config):
    """An index of SQLite with an entry of a row that has gone: what a bug or a bad copy leaves."""
    partly = "CREATE INDEX fetches_by_page ON fetches(page_id, id) WHERE id > 5"
    with closing(sqlite3.connect(folder(config) / "archive.sqlite", isolation_level=None)) as connection:
        whole = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'fetches_by_page'").fetchone()[0]
        for text in (partly, whole):
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'fetches_by_page'", (text,))
            connection.execute("PRAGMA writable_schema = RESET")
            connection.execute("DELETE FROM fetches WHERE id = 3")  # the second time it is gone already


def block_the_lock(config):
    lock = folder(config) / "lock"
    lock.unlink()
    lock.mkdir()


def half_built(config):
    (folder(config) / "index" / "000099").mkdir()
    (folder(config) / "index" / "current.new").write_text("format")


def take_away_rights(config):
    (folder(config) / "archive.sqlite").chmod(0o400)


def no_pointer(config):
    (folder(config) / "index" / "current").unlink()


def broken_pointer(config):
    (folder(config) / "index" / "current").write_text("format 2\ngeneration up\n")


def lost_generation(config):
    subprocess.run(["rm", "-r", index_file(config, ".cols").parent], check=True)


def broken_columns(config):
    index_file(config, ".cols").write_bytes(b"x")


BODY_OF = "(SELECT c.sha256 FROM captures c JOIN pages p ON p.capture_id = c.id WHERE p.url LIKE '%/p{}')"
DAMAGES = {
    "a page of the file is lost": (DamageKind.FILE, overwrite_pages),
    "an index lacks rows": (DamageKind.SQL_INDEX, forget_an_index_entry),
    "an index is missing": (DamageKind.SCHEMA, by_sql("DROP INDEX captures_by_page")),
    "a table is missing": (DamageKind.SCHEMA, by_sql("PRAGMA foreign_keys = OFF", "DROP TABLE templates")),
    "a page is missing": (DamageKind.MISSING_ROW, by_sql("DELETE FROM pages WHERE url LIKE '%/p7'")),
    "a capture is missing": (
        DamageKind.MISSING_ROW,
        by_sql("DELETE FROM captures WHERE id = (SELECT capture_id FROM pages WHERE url LIKE '%/p1')"),
    ),
    "a body is missing": (DamageKind.MISSING_ROW, by_sql(f"DELETE FROM bodies WHERE sha256 = {BODY_OF.format(3)}")),
    "a body has other bytes": (
        DamageKind.BODY,
        by_sql(f"UPDATE bodies SET zstd = x'28b52ffd' WHERE sha256 = {BODY_OF.format(1)}"),
    ),
    "an article cannot be read": (
        DamageKind.ARTICLE,
        by_sql("UPDATE articles SET record = '{\"url\":' WHERE url LIKE '%/p5'"),
    ),
    "no version is shown": (
        DamageKind.HIDDEN_ARTICLE,
        by_sql("UPDATE articles SET current = 0 WHERE url LIKE '%/p6'"),
    ),
    "headers cannot be read": (DamageKind.HEADERS, by_sql("UPDATE captures SET headers = 'x' WHERE id = 4")),
    "counters cannot be read": (DamageKind.COUNTERS, by_sql("UPDATE runs SET counters = '' WHERE id = 1")),
    "the template cannot be read": (DamageKind.TEMPLATE, by_sql("UPDATE templates SET record = '['")),
    "redirects go round": (
        DamageKind.ALIAS_LOOP,
        by_sql(
            "UPDATE pages SET alias_of = (SELECT id FROM pages WHERE url LIKE '%/p9') WHERE url LIKE '%/p8'",
            "UPDATE pages SET alias_of = (SELECT id FROM pages WHERE url LIKE '%/p8') WHERE url LIKE '%/p9'",
        ),
    ),
    "a body belongs to nothing": (
        DamageKind.ORPHAN_BODY,
        by_sql(
            "INSERT INTO bodies VALUES (x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, x'')"
        ),
    ),
    "a time is in the future": (
        DamageKind.FUTURE_TIME,
        by_sql("UPDATE runs SET ended_at = '2999-01-01T00:00:00+00:00' WHERE id = 2"),
    ),
    "the owner has no rights": (DamageKind.RIGHTS, take_away_rights),
    "a folder stands in the lock's place": (DamageKind.LOCK, block_the_lock),
    "the index has no pointer": (DamageKind.INDEX_MISSING, no_pointer),
    "the pointer is broken": (DamageKind.INDEX_DAMAGED, broken_pointer),
    "the generation is lost": (DamageKind.INDEX_DAMAGED, lost_generation),
    "the columns are broken": (DamageKind.INDEX_DAMAGED, broken_columns),
    "the index has another text": (
        DamageKind.INDEX_DIFFERS,
        by_sql("UPDATE articles SET revision = 9 WHERE url LIKE '%/p2'"),
    ),
    "a kill left a half built index": (DamageKind.LEFTOVERS, half_built),
}


def findings(config, capsys):
    capsys.readouterr()
    code = main(["--config", config, "--json", "doctor"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert code == (ExitCode.DAMAGED if found else ExitCode.DONE)
    return found


def test_every_kind_of_damage_is_made_below():
    assert {kind for kind, _ in DAMAGES.values()} == set(DamageKind)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_found_and_the_printed_command_repairs_it(town, capsys, monkeypatch, tmp_path, name):
    _, config = town
    kind, damage = DAMAGES[name]
    texts = archived(config)
    assert findings(config, capsys) == []
    damage(config)
    found = findings(config, capsys)
    assert kind.value in {one["kind"] for one in found}, found
    monkeypatch.chdir(tmp_path)  # the command is whole, wherever it is pasted
    for _ in range(3):  # what was hidden behind a damage may be told after it
        for command in dict.fromkeys(one["command"] for one in found):
            assert command.startswith("aimf ")
            assert main(shlex.split(command)[1:]) in (0, ExitCode.DAMAGED)
        found = findings(config, capsys)
        if not found:
            break
    assert found == []
    assert main(["--config", config, "-q", "crawl"]) == 0
    assert archived(config) == texts, "with the next run everything is there again"
    assert findings(config, capsys) == []


def test_an_archive_that_is_lost_comes_back_from_its_backup(town, capsys, tmp_path):
    _, config = town
    texts = archived(config)
    assert main(["--config", config, "backup", str(tmp_path / "copy")]) == 0
    (folder(config) / "archive.sqlite").write_bytes(b"no database" * 1000)
    [found] = findings(config, capsys)
    assert found["command"].startswith(f"aimf --data {tmp_path / 'copy'} backup ")
    assert main(shlex.split(found["command"])[1:]) == 0
    assert findings(config, capsys) == []
    assert archived(config) == texts
    assert (folder(config) / "archive.sqlite.damaged-1").exists(), "the damaged file is kept"


def test_an_archive_that_is_lost_without_a_backup_begins_anew_and_search_goes_on(town, capsys):
    _, config = town
    texts = archived(config)
    (folder(config) / "archive.sqlite").write_bytes(b"no database" * 1000)
    [found] = findings(config, capsys)
    assert main(shlex.split(found["command"])[1:]) == ExitCode.DAMAGED, "the index is ahead of the archive"
    capsys.readouterr()
    [found] = findings(config, capsys)
    assert found["command"].endswith(" crawl")
    assert main(["--config", config, "--json", "search", "conseil"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == COUNT
    assert main(shlex.split(found["command"])[1:]) == 0
    assert archived(config) == texts
    assert findings(config, capsys) == []


def test_a_file_that_a_run_writes_to_is_left_alone(town, capsys):
    _, config = town
    before = (folder(config) / "archive.sqlite").stat().st_ino
    with Archive.open(folder(config), mode="write") as archive, archive.run("aimf crawl"):
        assert main(["--config", config, "doctor", "--repair", "file"]) == ExitCode.LOCKED
    assert "`aimf crawl`" in told(capsys)
    assert (folder(config) / "archive.sqlite").stat().st_ino == before


def test_a_damaged_file_stays_where_it_is_when_the_disk_is_too_small_for_a_sound_one(town, capsys, small_disk):
    site, config = town
    sql(config, "INSERT INTO bodies VALUES (randomblob(32), 1, randomblob(1600000))")
    overwrite_pages(config)
    there = config_for(site.url, small_disk)
    subprocess.run(["cp", "-a", folder(config), small_disk], check=True)
    before = (folder(there) / "archive.sqlite").read_bytes()
    assert main(["--config", there, "doctor", "--repair", "file"]) == ExitCode.FAILED
    assert "the disk is full" in told(capsys)
    assert (folder(there) / "archive.sqlite").read_bytes() == before
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    main(["--config", there, "doctor", "--repair", "file"])
    with Archive.open(folder(there)) as archive:
        assert archive.counts().articles == COUNT


# --- backups ----------------------------------------------------------------------------------------------------------


def test_a_backup_of_a_live_archive_is_whole(tmp_path, capsys):
    """Copied again and again while a crawl writes: each copy is a moment of the archive, none is between two."""
    pages = {"/": page("Accueil", links=[f"/p{n}" for n in range(60)])}
    pages |= {f"/p{n}": page(f"Page {n}", body=PROSE + f"<p>Point {n}.</p>") for n in range(60)}
    begun, counts = threading.Event(), []
    with Site(pages) as site:
        site.pages["/p1"] = lambda _: begun.set() or pages["/p1"]
        config = config_for(site.url, tmp_path)
        command = [sys.executable, "-m", "index", "--config", config, "-q", "crawl", "--delay", "0.03"]
        with subprocess.Popen(command, cwd=ROOT) as crawl:
            assert begun.wait(60)
            while crawl.poll() is None:
                copy = tmp_path / "copy"
                assert main(["--config", config, "-q", "backup", str(copy)]) == 0
                assert main(["--data", str(copy), "-q", "doctor"]) == 0, told(capsys)
                with Archive.open(copy) as archive:
                    counts.append(archive.counts().captures)
        assert crawl.returncode == 0
    assert counts == sorted(counts)
    assert counts[0] < 61
    assert main(["--config", config, "-q", "backup", str(tmp_path / "copy")]) == 0
    texts = archived(config)
    assert len(texts) == 60
    restored = tmp_path / "restored"
    assert main(["--data", str(tmp_path / "copy"), "-q", "backup", str(restored)]) == 0
    subprocess.run(["rm", "-r", folder(config)], check=True)
    restored.rename(folder(config))
    assert archived(config) == texts


def test_a_backup_that_was_killed_at_its_first_copy_is_made_again(town, tmp_path):
    _, config = town
    dest = tmp_path / "dest"
    dest.mkdir()
    for name in ("lock", "archive.sqlite.new", "archive.sqlite.new-journal"):
        (dest / name).write_bytes(b"half" * 999)
    assert main(["--config", config, "-q", "backup", str(dest)]) == 0
    assert main(["--data", str(dest), "-q", "doctor"]) == 0
    assert not list(dest.glob("archive.sqlite.new*"))


@pytest.mark.parametrize("name", ["itself", "other files", "newer"])
def test_a_backup_tramples_on_nothing(town, capsys, tmp_path, name):
    _, config = town
    dest = tmp_path / "dest"
    if name == "itself":
        dest = folder(config)
    elif name == "other files":
        dest.mkdir()
        (dest / "letter.txt").write_text("keep me")
    else:
        assert main(["--config", config, "-q", "backup", str(dest)]) == 0
        with Archive.open(dest, mode="write") as archive, archive.run("aimf crawl"):
            pass
    before = {path: path.read_bytes() for path in dest.rglob("*") if path.is_file() and path.name != "lock"}
    capsys.readouterr()
    assert main(["--config", config, "backup", str(dest)]) == ExitCode.USAGE
    assert str(dest) in told(capsys)
    assert {path: path.read_bytes() for path in before} == before
