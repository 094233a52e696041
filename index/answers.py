"""Answers on a terminal: how a page of hits is printed. May import: search."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.search import Page

FACETS_SHOWN = ("kind", "country", "theme", "year")
WIDTH_MAX = 100
VALUES_SHOWN = 6
_BOLD, _DIM, _END = "\033[1m", "\033[2m", "\033[0m"
_NARROW_SPACE = "\u202f"


def lines(page: Page, *, colour: bool, first: int = 1) -> Iterator[str]:
    """A page of hits for people, in French; matched words in bold where the terminal takes it."""
    bold, dim, end = (_BOLD, _DIM, _END) if colour else ("", "", "")
    width = _width()
    yield f"{_results(page.total)}. {page.reading}".rstrip()
    if page.proposal:
        yield f"Vouliez-vous dire\u00a0: {page.proposal}{_NARROW_SPACE}?"
    for number, hit in enumerate(page, start=first):
        card = hit.card
        day = f"{card.date[8:10]}/{card.date[5:7]}/{card.date[:4]}" if card.date else "sans date"
        if number == first + max(0, page.total - page.offset) and page.total > page.offset:
            yield ""
            yield f"{dim}Ceux-ci n’ont qu’une partie des mots\u00a0:{end}"
        yield ""
        yield f"{number}. {bold}{card.title}{end}"
        yield f"   {dim}{day} · {card.kind} · {hit.url}{end}"
        # Marks become a terminal's codes after wrapping, so that their bytes do not count as width.
        for line in wrapped(hit.snippet.plain("\x01", "\x02"), width - 3):
            yield f"   {line}".replace("\x01", bold).replace("\x02", end)
        if hit.explanation is not None:
            yield from (f"   {dim}{line}{end}" for line in str(hit.explanation).splitlines())
        if hit.copies:
            yield from (f"   {dim}presque le même texte\u00a0: {copy.url}{end}" for copy in hit.copies)
    if any(len(values) > 1 for values in page.facets.values()):
        yield ""
    for name in FACETS_SHOWN:
        values = page.facets.get(name, ())
        if len(values) > 1:
            shown = ", ".join(f"{value.label} ({value.count})" for value in values[:VALUES_SHOWN])
            yield f"{dim}{_FACET_NAMES[name]}\u00a0: {shown}{end}"


_FACET_NAMES = {"kind": "Types", "country": "Pays", "theme": "Thèmes", "year": "Années"}


def _results(total: int) -> str:
    number = f"{total:,}".replace(",", _NARROW_SPACE)
    return f"{number} résultat" + ("s" if total > 1 else "")


def colour() -> bool:
    """Whether standard output takes colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def wrapped(text: str, width: int) -> Iterator[str]:
    """A text in lines (`textwrap` takes as long to import as a search takes).

    >>> list(wrapped("un deux trois quatre", 10))
    ['un deux', 'trois', 'quatre']
    """
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def _width() -> int:
    """Columns of the terminal, WIDTH_MAX where there is none."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(1).columns
    except (OSError, ValueError):
        columns = WIDTH_MAX
    return max(20, min(WIDTH_MAX, columns or WIDTH_MAX))
