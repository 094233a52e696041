"""The word lists of `index/data`, read once: one entry a line, `#` begins a comment. May import: the standard library.

Lists are data, apart from code, so that a speaker of French can correct them without reading Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files


def _lines(name: str) -> Iterator[str]:
    text = files("index").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry


@cache
def words(name: str) -> frozenset[str]:
    """Every word of the list, several to a line allowed.

    >>> "lorsqu" in words("elisions")
    True
    """
    return frozenset(word for line in _lines(name) for word in line.split())


@cache
def pairs(name: str) -> dict[str, str]:
    """A list of `key value…` lines; the value is the rest of the line.

    >>> pairs("stem_exceptions")["travaux"]
    'travail'
    """
    entries = (line.split(None, 1) for line in _lines(name))
    return {entry[0]: entry[1].strip() if len(entry) > 1 else entry[0] for entry in entries}


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """A table: the cells of each line, in the order of the file.

    >>> rows("stem_endings")[0]
    ('plural', 'yaux', 'yau', '1')
    """
    return tuple(tuple("" if cell == "-" else cell for cell in line.split()) for line in _lines(name))


@cache
def fingerprint() -> str:
    """Changes with any of the lists: an index made with other lists has other terms."""
    folder = files("index").joinpath("data")
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".txt"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
