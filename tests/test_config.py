"""config.yaml is typed once; a mistake is one sentence with file, line, key and remedy."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cli import main
from pipeline.config import Config
from pipeline.config_file import load_config, parse_config
from pipeline.errors import ConfigError, ExitCode

SITE = "sites:\n  a:\n    name: A\n    base_url: https://a.example/\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SITE + "    seedz: [/]\n", ["line 5", "sites.a.seedz", "did you mean seeds?"]),
        (SITE + "politness: {}\n", ["line 5", "politness", "did you mean politeness?"]),
        (SITE + "politeness:\n  delay_s: -1\n", ["line 6", "politeness.delay_s", "-1"]),
        (SITE + "politeness:\n  delay_s: .inf\n", ["line 6", "politeness.delay_s"]),
        (SITE + "politeness:\n  tries: many\n", ["line 6", "politeness.tries", "'many'"]),
        (SITE + "    kinds: [{kind: x, path: '('}]\n", ["line 5", "kinds.0.path", "regular expression"]),
        (SITE + "    ignore: ['[']\n", ["ignore", "regular expression"]),
        (SITE + "    extract: {keep: ['div[']}\n", ["keep", "CSS selector"]),
        (SITE + "    seeds: [actualites]\n", ["seeds", "begin with /"]),
        (SITE + "    languages: [french]\n", ["languages", "ISO 639-1"]),
        (SITE.replace("https://a.example/", "ftp://a.example/"), ["base_url", "root of a site"]),
        (SITE.replace("https://a.example/", "https://a.example:99999/"), ["base_url", "web address"]),
        (SITE + "  b:\n    name: B\n    base_url: https://a.example/\n", ["a.example", "both"]),
        ("sites:\n  a:\n    name: A\n", ["line 2", "sites.a.base_url", "missing"]),
        (SITE + "    name: B\n", ["line 5", "name", "twice"]),
        ("sites: [", ["line 1"]),
        ("- a\n", ["no settings"]),
        ("", ["no settings"]),
        ("sites: {}\n", ["sites"]),
        (SITE + "archive: {folder: !!python/object:os.system x}\n", ["config.yaml"]),
    ],
)
def test_a_mistake_is_one_sentence_with_a_remedy(text, said):
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "config.yaml" in sentence
    for part in said:
        assert part in sentence


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml.*--config"):
        load_config(tmp_path / "nowhere.yaml")


def test_the_projects_own_configuration_is_right():
    config = load_config(Path(__file__).parent.parent / "config.yaml")
    site = config.sites["aimf"]
    assert config.politeness.delay_s >= 1
    assert site.kind_of("/actualite/un-titre/").kind == "actualite"
    assert site.kind_of("/association/").kind == "association"
    assert site.kind_of("/mentions-legales/").kind == "root"
    assert site.kind_of("/actualite/x/image-1/") is None
    assert site.is_listing("/pays/benin/")
    assert site.is_ignored("/nos-projets/toutes/?jsf=epro-posts&tax=nos-themes:24")
    assert site.is_ignored("/actualite/x/feed/")
    assert "aimf.asso.fr" in site.all_hosts
    assert config.politeness.agent.startswith("aimf-archive/")


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_config(text), Config)


# Whole files, as they are met: by the command, with its exit code.
BROKEN = {
    "a tab": (SITE + "\tpoliteness: {}\n", ["line 5", "indentation"]),
    "an open quote": (SITE + "politeness: {user_agent: 'x}\n", ["line 6", "quotes"]),
    "another encoding": (SITE.encode("utf-16"), ["UTF-8"]),
    "no text": (bytes(range(256)), ["UTF-8"]),
    "empty": ("", ["sites:"]),
    "only a comment": ("# later\n", ["sites:"]),
    "a list": ("- sites\n", ["sites:"]),
    "no site": ("sites:\n", ["line 1", "sites must be a block"]),
    "a site in one word": ("sites: {a: https://x.example/}\n", ["sites.a must be a block"]),
    "a name with a blank": ("sites: {A b: {name: x, base_url: 'https://x.example/'}}\n", ["sites.A b", "match"]),
    "a bomb of aliases": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        ["line 1", "sites is missing"],
    ),
    "brackets without end": ("[" * 5000, ["cannot be read"]),
    "two documents": (SITE + "---\nx: 1\n", ["line 5", "another document"]),
    "a key twice": (SITE + "    name: B\n", ["line 5", "name stands twice"]),
    "a tag of Python's": (SITE + "archive: !!python/object/apply:os.system [ls]\n", ["line 5", "plain text"]),
    "no number": (SITE + "politeness: {delay_s: .nan}\n", ["line 5", "politeness.delay_s must be a finite number"]),
    "half a number": (SITE + "politeness: {tries: 2.5}\n", ["politeness.tries must be a whole number", "2.5"]),
    "an endless number": (SITE + f"limits: {{pages: 1{'0' * 5000}}}\n", ["cannot be read"]),
    "no page": (SITE + "limits: {pages: 0}\n", ["limits.pages", "greater than or equal to 1"]),
    "hours in a word": (SITE + "health: {stale_after_hours: soon}\n", ["health.stale_after_hours must be a number"]),
    "a heartbeat by ftp": (SITE + "health: {heartbeat_url: 'ftp://x/'}\n", ["health.heartbeat_url", "web address"]),
    "a section in one word": (SITE + "politeness: fast\n", ["politeness must be a block"]),
    "a list in one word": (SITE + "    hosts: a.example\n", ["line 5", "sites.a.hosts must be a list"]),
    "an address for a host": (SITE + "    hosts: ['https://b.example/']\n", ["sites.a.hosts must be names of hosts"]),
    "nobody to write to": (
        SITE + "politeness: {user_agent: robot}\n",
        ["politeness.user_agent", "address to write to"],
    ),
    "accents in a header": (SITE + "politeness: {user_agent: 'été (+https://x.example)'}\n", ["user_agent"]),
    "a second header": (SITE + 'politeness: {user_agent: "x (a@b.c)\\nHost: y"}\n', ["user_agent", "one line"]),
    "a password": (SITE.replace("https://a", "https://u:p@a"), ["line 4", "sites.a.base_url must be the root"]),
    "a folder outside": (SITE + "index: {folder: ../x}\n", ["index.folder"]),
    "an unknown key in the depth": (SITE + "    extract: {kep: [x]}\n", ["sites.a.extract.kep", "did you mean keep?"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_ends_the_command_with_one_sentence_and_code_2(name, tmp_path, capsys):
    content, said = BROKEN[name]
    file = tmp_path / "broken.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["--config", str(file), "--data", str(tmp_path / "data"), "crawl"]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for part in ("broken.yaml", *said):
        assert part in err
    assert any(
        remedy in err
        for remedy in ("correct it", "add it", "check", "keep one", "must begin", "quotes", "mean", "write")
    )
    assert [path.name for path in tmp_path.iterdir()] == ["broken.yaml"], "nothing is written, nothing is asked"


def test_a_folder_in_the_file_s_place_is_said(tmp_path, capsys):
    assert main(["--config", str(tmp_path), "crawl"]) == ExitCode.USAGE
    assert str(tmp_path) in capsys.readouterr().err
