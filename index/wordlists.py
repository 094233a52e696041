"""The word lists of `index/data`, read when first asked for: one entry a line, `#` begins a comment.

Lists are data, apart from code, so that a speaker of French can correct them without reading Python. They lie beside
this file in a wheel too; plain reading costs a search from the shell least. May import: the standard library.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = __file__.rpartition("wordlists")[0] + "data"

_words: dict[str, frozenset[str]] = {}
_pairs: dict[str, dict[str, str]] = {}
_rows: dict[str, tuple[tuple[str, ...], ...]] = {}


def _lines(name: str) -> Iterator[str]:
    with open(f"{FOLDER}/{name}.txt", encoding="utf-8") as text:  # noqa: PTH123 - pathlib takes longer than the list
        for line in text.read().splitlines():
            entry = line.partition("#")[0].strip()
            if entry:
                yield entry


def words(name: str) -> frozenset[str]:
    """Every word of the list, several to a line allowed.

    >>> "lorsqu" in words("elisions")
    True
    """
    found = _words.get(name)
    if found is None:
        found = _words[name] = frozenset(" ".join(_lines(name)).split())
    return found


def pairs(name: str) -> dict[str, str]:
    """A list of `key value…` lines; the value is the rest of the line.

    >>> pairs("stem_exceptions")["travaux"]
    'travail'
    """
    found = _pairs.get(name)
    if found is None:
        entries = (line.split(None, 1) for line in _lines(name))
        found = _pairs[name] = {entry[0]: entry[-1].strip() for entry in entries}
    return found


def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """A table: the cells of each line, in the order of the file; `-` is an empty cell.

    >>> rows("stem_endings")[0]
    ('plural', 'yaux', 'yau', '1')
    """
    found = _rows.get(name)
    if found is None:
        found = _rows[name] = tuple(
            tuple("" if cell == "-" else cell for cell in line.split()) for line in _lines(name)
        )
    return found


def forms(name: str) -> dict[str, str]:
    """A list of `beginnings | end of the stem | endings` lines: every word that they make, and its stem.

    >>> forms("stem_verbs")["construit"] == forms("stem_verbs")["construire"]
    True
    """
    found = _pairs.get(name)
    if found is None:
        found = _pairs[name] = {}
        for line in _lines(name):
            beginnings, end, endings = (part.split() for part in line.split("|"))
            for beginning in beginnings:
                stem = beginning + "".join(end).removesuffix("-")
                for ending in endings:
                    found[beginning + ending] = stem
    return found


def fingerprint() -> str:
    """Changes with any of the lists: an index made with other lists has other terms."""
    import hashlib  # noqa: PLC0415 - only who builds or opens an index asks
    import os  # noqa: PLC0415

    digest = hashlib.sha256()
    for name in sorted(os.listdir(FOLDER)):  # noqa: PTH208 - as above
        if name.endswith(".txt"):
            with open(f"{FOLDER}/{name}", "rb") as text:  # noqa: PTH123 - as above
                digest.update(text.read())
    return digest.hexdigest()[:16]
