"""The documents are true: examples run, generated tables are fresh, every command and name is documented."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import index
from index.cli import main
from pipeline.config import Config
from pipeline.config_file import parse_config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    assert main(["-q", "--data", str(folder / "data"), "demo"]) == 0
    return folder


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_library_example_runs(demo, monkeypatch, capsys):
    monkeypatch.chdir(demo)
    (example,) = blocks(README, "python")
    exec(compile(example, "README.md", "exec"), {})
    assert "Kalimbé" in capsys.readouterr().out


class _AnySpace(doctest.OutputChecker):
    """French titles have no-break spaces, which doctest compares as escapes."""

    def check_output(self, want, got, optionflags):
        return super().check_output(want, re.sub("[\u00a0\u202f]", " ", got), optionflags)


def test_the_examples_of_the_library_print_what_is_shown(demo, monkeypatch):
    monkeypatch.chdir(demo)
    text = "\n".join(blocks((ROOT / "docs" / "library.md").read_text(encoding="utf-8"), "pycon"))
    examples = doctest.DocTestParser().get_doctest(text.replace("…", "..."), {}, "docs/library.md", None, 0)
    runner = doctest.DocTestRunner(_AnySpace(), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    told: list[str] = []
    runner.run(examples, out=told.append)
    assert len(examples.examples) > 15
    assert runner.failures == 0, "".join(told)


@pytest.mark.parametrize("block", blocks(README, "console"))
def test_the_terminal_examples_print_what_is_shown(block, demo, monkeypatch, capsys):
    monkeypatch.chdir(demo)
    command, *shown = block.splitlines()
    capsys.readouterr()
    assert main(shlex.split(command.removeprefix("$ aimf "))) == 0
    printed = capsys.readouterr().out.splitlines()
    expected = shown[: shown.index("…")] if "…" in shown else shown
    assert printed[: len(expected)] == expected


def test_the_generated_documents_are_fresh():
    command = [sys.executable, ROOT / "docs" / "generate.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_command_of_the_documents_exists():
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    known = set(re.findall(r"aimf-(\w+)\)", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")))
    assert known
    named = {name for text in texts for name in re.findall(r"`(?:\.venv/bin/)?aimf (?:-\w )*([a-z]+)", text)}
    assert named <= known


def test_every_public_name_of_the_library_is_explained():
    for name in index.__all__:
        assert getattr(index, name).__doc__, name


def test_every_setting_is_in_the_projects_configuration_or_has_a_default():
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for section in ("politeness", "limits", "archive", "index"):
        for name, field in Config.model_fields[section].annotation.model_fields.items():
            assert re.search(rf"^  {name}: .+ # .+", text, re.MULTILINE), f"{section}.{name} stands without comment"
            assert field.description


def test_the_second_site_of_the_documents_is_a_right_configuration():
    (example,) = blocks((ROOT / "docs" / "second-site.md").read_text(encoding="utf-8"), "yaml")
    config = parse_config(example)
    assert set(config.sites) == {"aimf", "bulletin"}
    assert config.sites["bulletin"].kind_of("/nouvelles/le-pont.html").kind == "nouvelle"


def test_links_between_documents_lead_somewhere():
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"
