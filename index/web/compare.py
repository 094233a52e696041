"""Two texts, word by word: what stayed, what went, what came. Pure.

Lines are matched first, then the words inside what is left between matching lines, so that the time stays bounded
however long the texts are. Joined again, what stayed and what came are the new text, letter for letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from index.record import Record

SAME, GONE, NEW = "same", "gone", "new"
WORDS_MAX = 4_000
"""Words on the two sides of one difference that are matched word by word; longer passages are told as a whole. Matching
takes time with the product of the two sides: 4,000 together take a quarter of a second."""
LINES_MAX = 4_000
"""The same for lines."""
LIKE_FROM = 0.2
"""Passages that share less than this are told as one that went and one that came: a word here and there that both
happen to hold would only make the difference hard to read."""
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(Record):
    """A stretch of text and what became of it."""

    kind: str
    text: str


def compared(old: str, new: str) -> list[Piece]:
    """The pieces in their order.

    >>> [(piece.kind, piece.text) for piece in compared("L’eau est rare.", "L’eau est chère.")]
    [('same', 'L’eau est '), ('gone', 'rare'), ('new', 'chère'), ('same', '.')]
    """
    pieces = []
    for kind, olds, news in _matched(_lines(old), _lines(new), LINES_MAX):
        if kind == SAME:
            pieces.append(Piece(SAME, "".join(news)))
        else:
            pieces += _words("".join(olds), "".join(news))
    return _joined(pieces)


def share_same(pieces: Sequence[Piece]) -> float:
    """How much of the longer text stayed, 0 to 1."""
    stayed = sum(len(piece.text) for piece in pieces if piece.kind == SAME)
    longest = max(sum(len(p.text) for p in pieces if p.kind != other) for other in (GONE, NEW))
    return stayed / longest if longest else 1.0


def _words(old: str, new: str) -> list[Piece]:
    olds, news = _TOKEN.findall(old), _TOKEN.findall(new)
    steps = list(_matched(olds, news, WORDS_MAX))
    same = sum(len(word) for kind, _, kept in steps for word in kept if kind == SAME and not word.isspace())
    if same < LIKE_FROM * max(len(old), len(new)):
        return [Piece(GONE, old), Piece(NEW, new)]
    pieces = []
    for kind, gone, came in steps:
        if kind == SAME:
            pieces.append(Piece(SAME, "".join(came)))
        else:
            pieces += [Piece(GONE, "".join(gone)), Piece(NEW, "".join(came))]
    return pieces


def _matched(old: list[str], new: list[str], limit: int) -> Iterator[tuple[str, list[str], list[str]]]:
    """(kind, old part, new part) from the first to the last; beyond the limit, what lies between equal ends is one."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield SAME, old[:head], new[:head]
    olds, news = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(olds) + len(news) > limit:
        yield GONE, olds, news
    else:
        for tag, a, b, c, d in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
            yield SAME if tag == "equal" else GONE, olds[a:b], news[c:d]
    yield SAME, old[len(old) - tail :], new[len(new) - tail :]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one kind as one; what went stands before what came."""
    found: list[Piece] = []
    for is_same, run in groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.kind == SAME):
        members = list(run)
        for kind in (SAME,) if is_same else (GONE, NEW):
            text = "".join(piece.text for piece in members if piece.kind == kind)
            if text:
                found.append(Piece(kind, text))
    return found
