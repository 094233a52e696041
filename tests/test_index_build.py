"""Bringing the index up to date: by difference, in one step, and never half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index import build, publication
from index.build import build_index
from index.library import Library
from index.pointer import read_pointer
from pipeline.errors import ArchiveDamaged, ArchiveError
from pipeline.records import Article

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("eau", "vidange", "budget", "forêt", "jumelage", "tramway", "marché")


def article(number: int, **fields) -> Article:
    text = f"Texte numéro {number} sur {WORDS[number % 7]}. " * 5
    url = f"https://ville.example/a{number}/"
    return Article(
        **(
            {
                "url": url,
                "site": "s",
                "title": f"Article {number}",
                "kind": "page",
                "text": text,
                "date_published": date(2020, 1, 1),
            }
            | fields
        )
    )


class Store:
    def __init__(self, articles):
        self.held = {a.url: a for a in articles}

    def article(self, url):
        return self.held.get(url)

    def versions(self, url):
        return [self.held[url]] if url in self.held else []

    def close(self):
        pass


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()
    }


def urls(folder: Path, articles, query: str) -> list[str]:
    with Library(Store(articles), folder) as library:
        return [hit.url for hit in library.search(query, limit=1000)]


def test_the_first_build_indexes_everything(tmp_path):
    report = build_index(tmp_path / "index", map(article, range(10)))
    assert (report.added, report.changed, report.removed, report.unchanged) == (10, 0, 0, 0)
    assert report.published
    assert report.generation == "000001"


def test_nothing_changed_leaves_every_byte_alone(tmp_path):
    articles = [article(n) for n in range(10)]
    build_index(tmp_path, articles)
    before = snapshot(tmp_path)
    report = build_index(tmp_path, reversed(articles))
    assert not report.published
    assert report.unchanged == 10
    assert snapshot(tmp_path) == before


def test_an_update_writes_the_difference(tmp_path):
    articles = [article(n) for n in range(50)]
    build_index(tmp_path, articles)
    newer = [*articles[2:], replace(articles[1], text="Tout autre chose : la zoologie."), article(99)]
    report = build_index(tmp_path, newer)
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 48)
    assert urls(tmp_path, newer, "zoologie") == [articles[1].url]
    assert articles[0].url not in urls(tmp_path, newer, "texte")


def test_updates_answer_like_a_fresh_index(tmp_path):
    articles = [article(n) for n in range(40)]
    build_index(tmp_path / "grown", articles[:15])
    build_index(tmp_path / "grown", articles[:30])
    newer = [
        replace(a, text=a.text + " Un mot de plus : tramway.") if i % 3 == 0 else a for i, a in enumerate(articles)
    ]
    build_index(tmp_path / "grown", newer[5:])
    build_index(tmp_path / "fresh", newer[5:])
    for query in ("tramway", "texte eau", "vidange"):
        assert sorted(urls(tmp_path / "grown", newer, query)) == sorted(urls(tmp_path / "fresh", newer, query))


def test_a_changed_modification_date_is_a_change(tmp_path):
    build_index(tmp_path, [article(1)])
    assert build_index(tmp_path, [article(1, date_modified=date(2024, 1, 1))]).changed == 1


def test_an_archive_without_articles_has_an_empty_index(tmp_path):
    assert build_index(tmp_path, []).published
    assert urls(tmp_path, [], "eau") == []
    assert not build_index(tmp_path, []).published


def test_the_generation_before_is_kept_and_older_ones_go(tmp_path):
    for count in (1, 2, 3, 4):
        build_index(tmp_path, map(article, range(count)))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["000003", "000004", "current"]


def test_a_reader_outlives_the_next_publication_and_can_refresh(tmp_path):
    articles = [article(n) for n in range(20)]
    build_index(tmp_path, articles[:10])
    with Library(Store(articles), tmp_path) as library:
        build_index(tmp_path, articles)
        assert len(library) == 10
        assert library.search("texte").total == 10
        assert library.refresh()
        assert not library.refresh()
        assert len(library) == 20
        assert library.search("texte").total == 20


def test_what_is_open_outlives_its_generation_though_nothing_was_asked_before(tmp_path):
    articles = [article(n) for n in range(20)]
    build_index(tmp_path, articles[:10])
    with Library(Store(articles), tmp_path) as library:
        for count in (15, 18, 20):
            build_index(tmp_path, articles[:count])
        assert not (tmp_path / "000001").exists()
        assert library.search("texte", limit=10)[9].snippet.text
        library.check()


def test_another_format_or_other_word_lists_mean_a_rebuild(tmp_path, monkeypatch):
    build_index(tmp_path, [article(1)])
    pointer = read_pointer(str(tmp_path))
    publication.name(tmp_path, pointer.replace(format=pointer.format - 1))
    assert build_index(tmp_path, [article(1)]).added == 1
    monkeypatch.setattr(build, "fingerprint", lambda: "others")
    assert build_index(tmp_path, [article(1)]).added == 1
    assert not build_index(tmp_path, [article(1)]).published


def test_an_index_of_another_format_is_refused_with_the_remedy(tmp_path):
    build_index(tmp_path, [article(1)])
    publication.name(tmp_path, read_pointer(str(tmp_path)).replace(format=999))
    with pytest.raises(ArchiveDamaged, match="aimf rebuild"):
        Library(Store([]), tmp_path)


def test_no_index_yet_names_the_remedy(tmp_path):
    with pytest.raises(ArchiveError, match="aimf rebuild"):
        Library(Store([]), tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"000001", b'{"generation": "../x"}', b"\xff\xfe"])
def test_a_damaged_pointer_is_told_and_the_next_build_repairs_it(tmp_path, content):
    build_index(tmp_path, [article(1)])
    (tmp_path / "current").write_bytes(content)
    with pytest.raises(ArchiveDamaged, match="aimf rebuild"):
        Library(Store([]), tmp_path)
    assert build_index(tmp_path, [article(1)]).published
    assert len(urls(tmp_path, [article(1)], "texte")) == 1


def test_damaged_files_are_told_and_the_next_build_repairs_them(tmp_path):
    articles = [article(n) for n in range(30)]
    build_index(tmp_path, articles)
    for path in (tmp_path / "000001").iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(ArchiveDamaged, match="aimf rebuild"):
        urls(tmp_path, articles, "texte eau")
    build_index(tmp_path, articles)
    assert len(urls(tmp_path, articles, "texte")) == 30


def test_an_error_in_mid_build_leaves_what_serves_and_no_rubbish(tmp_path):
    articles = [article(n) for n in range(5)]
    build_index(tmp_path, articles[:3])
    before = snapshot(tmp_path)

    def broken():
        yield from articles
        raise RuntimeError("the archive broke")

    with pytest.raises(RuntimeError):
        build_index(tmp_path, broken())
    assert snapshot(tmp_path) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from tests_articles import article
from index import build, publication
step, folder = sys.argv[1], Path(sys.argv[2])
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
def articles():
    for n in range(60):
        if step == "reading" and n == 50:
            die()
        yield article(n)
if step == "syncing":
    publication._sync = die
if step == "naming":
    Path.replace = die
if step == "cleaning":
    publication.clean = die
build.build_index(folder, articles())
"""


@pytest.mark.parametrize("step", ["reading", "syncing", "naming", "cleaning"])
def test_a_kill_in_mid_build_leaves_the_old_index_or_the_new_one(tmp_path, step):
    folder = tmp_path / "index"
    everything = [article(n) for n in range(60)]
    build_index(folder, everything[:20])
    (tmp_path / "tests_articles.py").write_text(
        textwrap.dedent(
            """
            from datetime import date
            from pipeline.records import Article
            WORDS = ("eau", "vidange", "budget", "forêt", "jumelage", "tramway", "marché")
            def article(number):
                text = f"Texte numéro {number} sur {WORDS[number % 7]}. " * 5
                return Article(url=f"https://ville.example/a{number}/", site="s", title=f"Article {number}", kind="page",
                               text=text, date_published=date(2020, 1, 1))
            """
        ),
        encoding="utf-8",
    )
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, "-c", KILLED, step, str(folder)], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(urls(folder, everything, "texte")) == (60 if step == "cleaning" else 20)
    report = build_index(folder, everything)
    assert report.published is (step != "cleaning")
    assert len(urls(folder, everything, "texte")) == 60
    build_index(folder, everything[:59])
    pointer = read_pointer(str(folder))
    assert sorted(p.name for p in folder.iterdir()) == sorted([pointer.previous, pointer.generation, "current"])


def test_a_disk_without_links_gets_copies(tmp_path, monkeypatch):
    build_index(tmp_path, map(article, range(5)))

    def refused(*_):
        raise OSError(1, "not permitted")

    monkeypatch.setattr(publication.os, "link", refused)
    build_index(tmp_path, map(article, range(6)))
    assert len(urls(tmp_path, map(article, range(6)), "texte")) == 6
