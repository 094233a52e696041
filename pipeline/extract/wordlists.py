"""The word lists and marks beside the code, read once. May import: html. Touches only package data."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pipeline.extract.html import fold


def _lines(name: str, package: str = "pipeline.extract") -> list[str]:
    text = files(package).joinpath("data", name).read_text(encoding="utf-8")
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
def filler_titles() -> frozenset[str]:
    """Titles that nobody gave on purpose, folded."""
    return frozenset(fold(line) for line in _lines("filler_titles.txt"))


@cache
def untranslated_labels() -> frozenset[str]:
    """English wordings of the interface, folded."""
    return frozenset(fold(line) for line in _lines("untranslated_labels.txt"))


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
    rows = [line.split("\t") for line in _lines("countries.tsv", "pipeline.facts")]
    return {fold(name): row[0] for row in reversed(rows) for name in row[1:]}


@cache
def country_names() -> dict[str, str]:
    """ISO 3166-1 alpha-2 → the usual French name."""
    return {row[0]: row[1] for row in (line.split("\t") for line in _lines("countries.tsv", "pipeline.facts"))}


@cache
def _rule_numbers() -> dict[str, int]:
    names = dict.fromkeys(
        rule for name in ("boilerplate_marks.txt", "boilerplate_wordings.txt") for rule, _ in _by_rule(name)
    )
    return {name: number for number, name in enumerate(names, start=1)}


def rule_number(rule: str | None) -> int:
    """A number for a rule of the lists, 0 for none, the last for rules that no list has."""
    if rule is None:
        return 0
    return _rule_numbers().get(rule, len(_rule_numbers()) + 1)


@cache
def watched_groups() -> int:
    """How many groups of words are watched one by one."""
    return len(set(class_words()[2].values()))


@cache
def class_words() -> tuple[frozenset[str], frozenset[str], dict[str, int]]:
    """Words of class and id tokens that speak for an article, against one, and those watched one by one."""
    rows = _by_rule("class_words.txt")
    good = frozenset(word for rule, line in rows if rule == "for" for word in line.split())
    bad = frozenset(word for rule, line in rows if rule == "against" for word in line.split())
    groups = [line.split() for rule, line in rows if rule == "watched"]
    return good, bad, {word: number for number, words in enumerate(groups) for word in words}


@cache
def service_words() -> frozenset[str]:
    """Folded words with which a page speaks of itself."""
    return frozenset(word for line in _lines("service_words.txt") for word in line.split())
