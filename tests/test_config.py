"""config.yaml is typed once; a mistake is one sentence with file, line, key and remedy."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Config, load_config, parse_config
from pipeline.errors import ConfigError

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
