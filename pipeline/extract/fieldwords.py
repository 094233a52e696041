"""The words of the fields (months, bylines, credits …) beside the code, read once. Touches only package data.

May import: nothing of ours.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a word list, without comments and empty ones."""
    text = files("pipeline.extract").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """A word list by its [section] headings."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in lines(name):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        else:
            found.setdefault(section, []).append(line)
    return {name: tuple(entries) for name, entries in found.items()}


@cache
def months() -> dict[str, int]:
    """Names and short forms of months, lower case → their number."""
    rows = (line.split("\t") for line in lines("months.tsv"))
    return {name: int(number) for number, names in rows for name in names.split()}


@cache
def words(name: str, section: str) -> frozenset[str]:
    """All words of a section, lower case; a line may hold many."""
    return frozenset(word for line in sections(name)[section] for word in line.lower().split())
