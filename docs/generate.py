"""Writes the generated documents, or with --check says which are stale.

docs/settings.md comes from the configuration's types, docs/commands.md from the parser and the exit codes,
docs/search.svg from a real search of the sample site, docs/query-language.md from the table of tests/queries.tsv.
"""

from __future__ import annotations

import argparse
import html
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from docs.query_language import query_language  # noqa: E402 - the checkout is put on the path first
from index.cli import main, whole_parser  # noqa: E402
from pipeline import config  # noqa: E402
from pipeline.errors import ExitCode  # noqa: E402

NOTE = "<!-- Written by docs/generate.py; edit the code it is made from. -->\n"
MEANINGS = {
    ExitCode.DONE: "done, also when there was nothing new",
    ExitCode.FAILED: "failed, for example a disk that refuses, or a page that is not in the archive",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.PARTIAL: "done, but some pages failed, or a limit was reached; the archive is valid",
    ExitCode.GUARD_REFUSED: "the guard refused to publish; the old index serves",
    ExitCode.NO_ARCHIVE: "there is no archive here",
    ExitCode.LOCKED: "another run holds the lock",
    ExitCode.UNREACHABLE: "the site does not answer, or refuses",
    ExitCode.DAMAGED: "the archive is damaged, or newer than this program",
    ExitCode.INTERRUPTED: "interrupted (SIGINT), state saved",
    ExitCode.TERMINATED: "ended (SIGTERM), state saved",
}


def settings() -> str:
    """The table of settings."""
    parts = [
        NOTE,
        "# Settings\n",
        "Every key of `config.yaml`. Units are in the names: `_s` seconds, `_bytes`, `_chars`.\n",
    ]
    for title, model, prefix in _models():
        parts += [
            f"\n## {title}\n",
            f"{(model.__doc__ or '').strip()}\n",
            "| key | default | meaning |",
            "|---|---|---|",
        ]
        for name, field in model.model_fields.items():
            nested = _nested(field.annotation)
            default = f"see {prefix}{name}" if nested else _default(field.default)
            parts.append(f"| `{prefix}{name}` | {default} | {(field.description or '').replace('|', chr(92) + '|')} |")
    return "\n".join(parts) + "\n"


def _models(model: type[BaseModel] = config.Config, path: str = "") -> Iterator[tuple[str, type[BaseModel], str]]:
    """Every block of settings: its title, its type, and what stands before its keys."""
    for name, field in model.model_fields.items():
        nested = _nested(field.annotation)
        if nested is None:
            continue
        many = {dict: ".NAME", tuple: "[]"}.get(get_origin(field.annotation), "")
        yield f"{path}{name}{'.NAME' if many == '.NAME' else ''}", nested, f"{path}{name}{many}."
        yield from _models(nested, f"{path}{name}{many}.")


def _nested(annotation: Any) -> type[BaseModel] | None:
    """The block of settings that a key holds; None when it holds a value."""
    candidates = (annotation, *get_args(annotation))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "needed"
    if value is None or value == ():
        return "none"
    shown = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"`{shown}`"


def commands() -> str:
    """The commands with their options, and the exit codes."""
    os.environ["COLUMNS"] = "100"
    parser = whole_parser()
    parts = [NOTE, "# Commands\n", "[Global options](#global-options) stand before or after the command.\n"]
    mounted = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    parts += ["| command | does |", "|---|---|"]
    parts += [f"| [`aimf {one.dest}`](#aimf-{one.dest}) | {one.help} |" for one in mounted._choices_actions]
    parts += ["\n## Global options\n", "| option | meaning |", "|---|---|"]
    parts += [f"| `{_call(action)}` | {action.help} |" for action in parser._actions if not _own(action)]
    for name, sub in mounted.choices.items():
        parts += [f"\n## aimf {name}\n", f"{sub.description}\n", "| argument | meaning |", "|---|---|"]
        parts += [f"| `{_call(action)}` | {action.help} |" for action in sub._actions if action.help and _own(action)]
    parts += ["\n## Exit codes\n", "| code | meaning |", "|---|---|"]
    parts += [f"| {code.value} | {MEANINGS[code]} |" for code in ExitCode]
    return "\n".join(parts) + "\n"


def _own(action: argparse.Action) -> bool:
    everywhere = {"--help", "--config", "--data", "--json", "--quiet", "--verbose", "--debug"}
    return not everywhere & set(action.option_strings)


def _call(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest)
    value = action.metavar or ("\\|".join(action.choices) if action.choices else "")
    return " ".join(filter(None, (action.option_strings[-1], str(value) if action.nargs != 0 else "")))


def picture() -> str:
    """A search of the sample site on a terminal, as SVG."""
    with tempfile.TemporaryDirectory() as data, redirect_stderr(io.StringIO()):
        with redirect_stdout(io.StringIO()):
            main(["--data", data, "demo"])
        shown = io.StringIO()
        with redirect_stdout(shown):
            main(["--data", data, "search", "boues de vidange", "--limit", "3"])
    lines = ["$ aimf search boues de vidange", *shown.getvalue().splitlines()]
    height, width = 20 * len(lines) + 40, 9 * max(map(len, lines)) + 40
    rows = "".join(
        f'<text x="20" y="{40 + 20 * number}" xml:space="preserve">{html.escape(line)}</text>\n'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" '
        'aria-label="aimf search boues de vidange: ranked articles with date, address and snippet">\n'
        '<rect width="100%" height="100%" rx="8" fill="#1c2128"/>\n'
        f'<g fill="#e6edf3" font-family="ui-monospace, monospace" font-size="14">\n{rows}</g>\n</svg>\n'
    )


def run() -> int:
    """Write what changed, or check."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="change nothing, fail if something is stale")
    check = options.parse_args().check
    stale = []
    for name, make in (
        ("settings.md", settings),
        ("commands.md", commands),
        ("search.svg", picture),
        ("query-language.md", query_language),
    ):
        file = DOCS / name
        text = make()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                file.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
        return 1
    print(f"written: {', '.join(stale)}" if stale else "the generated documents are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(run())
