"""The passage of an article that answers best, its matched words marked on the original text.

Matches are found by the same terms as the search, and marked by their place in the text, so that « l’Œuvre » is marked
where `oeuvre` was asked and nothing is ever rewritten. Touches neither network nor disk. May import: french.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.french import Token, analyze

LENGTH = 240
"""Characters of a snippet: about two lines of a result page."""
_BLANK = re.compile(r"\s+")
_SENTENCE = re.compile(r"(?<=[.!?…»])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts as a match: exact terms, and stems of words."""

    exact: AbstractSet[str] = frozenset()
    stems: AbstractSet[str] = frozenset()

    def matches(self, token: Token) -> bool:
        """Whether the token is one of the terms."""
        return token.exact in self.exact or (token.stem is not None and token.stem in self.stems)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage, letter for letter, and the spans (start, end) within it that match."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    cut_before: bool = False
    cut_after: bool = False

    def html(self) -> str:
        """Escaped, matches in <mark>; without the marks and unescaped it is `text` again.

        >>> Snippet("État & ville", ((0, 4),)).html()
        '<mark>État</mark> &amp; ville'
        """
        return self._marked("<mark>", "</mark>", html.escape)

    def plain(self, before: str = "", after: str = "") -> str:
        r"""On one line, with an ellipsis where it was cut; `before` and `after` surround matches (a terminal's codes).

        >>> Snippet("L’eau\npotable", ((2, 5),), cut_after=True).plain("[", "]")
        'L’[eau] potable …'
        """
        line = _BLANK.sub(" ", self._marked(before, after, str)).strip()
        return f"{'… ' if self.cut_before else ''}{line}{' …' if self.cut_after else ''}"

    def __str__(self) -> str:
        return self.plain()

    def _marked(self, before: str, after: str, written: type[str] | object) -> str:
        write = html.escape if written is html.escape else str
        pieces, last = [], 0
        for start, end in self.marks:
            pieces += [write(self.text[last:start]), before, write(self.text[start:end]), after]
            last = end
        return "".join((*pieces, write(self.text[last:])))


def marks(text: str, wanted: Wanted) -> tuple[tuple[int, int], ...]:
    """Spans of the matches in a text, ascending, never overlapping.

    >>> marks("Les communes de l’AIMF", Wanted(stems={"commun"}))
    ((4, 12),)
    """
    spans: list[tuple[int, int]] = []
    for start, end in sorted((t.start, t.end) for t in analyze(text) if wanted.matches(t)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def snippet(text: str, wanted: Wanted, length: int = LENGTH) -> Snippet:
    """The passage with the most different matches, begun at a sentence where that is near.

    >>> snippet("Rien ici. La ville a un plan.", Wanted(stems={"vil"}), 20).text
    'La ville a un plan.'
    """
    spans = marks(text, wanted)
    start = _best_start(text, spans, length)
    end = _cut_back(text, start, min(len(text), start + length))
    inside = tuple((a - start, b - start) for a, b in spans if start <= a and b <= end)
    return Snippet(text[start:end], inside, start > 0, end < len(text.rstrip()))


def _best_start(text: str, spans: Sequence[tuple[int, int]], length: int) -> int:
    best, best_worth = 0, 0.0
    for number, (first, _) in enumerate(spans):
        within = [(a, b) for a, b in spans[number:] if b <= first + length * 3 // 4]
        different = {text[a:b].casefold()[:6] for a, b in within}
        worth = len(different) + 0.1 * min(len(within), 5)
        if worth > best_worth:
            best, best_worth = first, worth
    if not spans or best < length // 3:
        return 0
    # Back to where a sentence begins, else to where a word does.
    room = text[max(0, best - length // 3) : best]
    starts = [m.end() for m in _SENTENCE.finditer(room)] or [m.end() for m in _BLANK.finditer(room)]
    return best - len(room) + starts[0] if starts else best


def _cut_back(text: str, start: int, end: int) -> int:
    if end >= len(text) or text[end].isspace():
        return end
    blank = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
    return blank if blank > start else end
