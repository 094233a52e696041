"""The word lists and marks beside the code, read once. May import: html. Touches only package data."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pipeline.extract.html import fold


def _lines(name: str) -> list[str]:
    text = files("pipeline.extract").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _by_rule(name: str) -> list[tuple[str, str]]:
    rule = ""
    rows = []
    for line in _lines(name):
        if heading := re.fullmatch(r"\[(.+)\]", line):
            rule = heading[1]
        else:
            rows.append((rule, line))
    return rows


@cache
def placeholder_words() -> frozenset[str]:
    """The vocabulary of Lorem ipsum and its kin."""
    return frozenset(word for line in _lines("placeholder_words.txt") for word in line.split())


@cache
def placeholder_phrases() -> frozenset[str]:
    """Unfilled page-builder defaults, folded."""
    return frozenset(fold(line) for line in _lines("placeholder_phrases.txt"))


@cache
def whole_wordings() -> dict[str, str]:
    """Folded wordings that are a whole block of boilerplate → their rule."""
    return {fold(line[2:]): rule for rule, line in _by_rule("boilerplate_wordings.txt") if line.startswith("= ")}


@cache
def beginnings() -> tuple[tuple[str, str], ...]:
    """Folded beginnings of blocks of boilerplate, with their rule."""
    rows = _by_rule("boilerplate_wordings.txt")
    return tuple((fold(line[2:]), rule) for rule, line in rows if line.startswith("^ "))


@cache
def marks() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns for a whole class or id token, with the rule that drops the element."""
    joined: dict[str, list[str]] = {}
    for rule, line in _by_rule("boilerplate_marks.txt"):
        joined.setdefault(rule, []).append(f"(?:{line})")
    return tuple((re.compile("|".join(lines), re.IGNORECASE), rule) for rule, lines in joined.items())


@cache
def countries() -> dict[str, str]:
    """Folded country names, French and English → ISO 3166-1 alpha-2."""
    rows = [line.split("\t") for line in _lines("countries.tsv")]
    return {fold(name): row[0] for row in reversed(rows) for name in row[1:]}


@cache
def country_names() -> dict[str, str]:
    """ISO 3166-1 alpha-2 → the usual French name."""
    return {row[0]: row[1] for row in (line.split("\t") for line in _lines("countries.tsv"))}
