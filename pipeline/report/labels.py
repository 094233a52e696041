"""The French words of the report, from the files in data. May import: records. Touches only package data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.records import FindingKind


@dataclass(frozen=True, slots=True)
class Words:
    """How staff read a kind of finding: its name, and what to do."""

    label: str
    advice: str


@cache
def words() -> dict[FindingKind, Words]:
    """The words of every kind, in the order of the report."""
    rows = [line.split("\t") for line in data_lines("kinds.tsv")]
    return {FindingKind(kind): Words(label, advice) for kind, label, advice in rows}


def rank(kind: FindingKind) -> int:
    """The place of a kind in the report, from 0."""
    return list(words()).index(kind)


_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def contradiction(sentence: str) -> str:
    r"""What extraction says of a contradiction, in French.

    >>> contradiction("date_modified: json-ld says 2021-03-02, before the publication on 2022-01-05")
    'date de modification\xa0: le JSON-LD dit 02/03/2021, avant la publication du 05/01/2022'
    """
    for line in data_lines("contradictions.tsv"):
        told, read = line.split("\t")
        sentence = sentence.replace(told, read)
    return _ISO_DATE.sub(r"\3/\2/\1", sentence)


@cache
def data_lines(name: str) -> list[str]:
    """The lines of a data file beside the code, without its comments."""
    text = files("pipeline.report").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
