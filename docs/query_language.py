"""The help page of the query language, docs/query-language.md, made of the table that the tests check."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).resolve().parent.parent / "tests" / "queries.tsv"
INTRODUCTION = """\
# Chercher

Ce qu’on peut taper dans `aimf search` et sur la page de recherche, cas par cas. La *forme canonique* dit la même chose
le plus simplement\u00a0; la *lecture* est ce que la réponse dit en tête. Rien de ce qu’on tape n’est une erreur.
"""


class Row(NamedTuple):
    """What is typed, how it is understood, and what is said of what was not."""

    typed: str
    canonical: str
    reading: str
    note: str


class Section(NamedTuple):
    """Rows on one subject."""

    title: str
    about: str
    rows: tuple[Row, ...]


def sections() -> list[Section]:
    """The table, section by section."""
    blocks = TABLE.read_text(encoding="utf-8").split("\n## ")[1:]
    return [_section(block.rstrip("\n").split("\n")) for block in blocks]


def _section(lines: list[str]) -> Section:
    title, about, *rows = lines
    cells = [(*line.split("\t"), "", "", "")[:4] for line in rows]
    return Section(title, about.removeprefix("> "), tuple(Row(*row) for row in cells))


def query_language() -> str:
    """The text of the page."""
    parts = ["<!-- Written by docs/generate.py; edit tests/queries.tsv. -->\n", INTRODUCTION.rstrip()]
    for section in sections():
        parts += [
            f"\n## {section.title}\n",
            section.about,
            "",
            "| on tape | forme canonique | lecture |",
            "|---|---|---|",
        ]
        parts += [f"| {_code(row.typed)} | {_code(row.canonical)} | {_told(row)} |" for row in section.rows]
    return "\n".join(parts) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else "(rien)"


def _told(row: Row) -> str:
    told = f"{row.reading} {row.note}".strip()
    return told.replace("*", "\\*").replace("<", "&lt;")
