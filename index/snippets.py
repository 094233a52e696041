"""The passage of an article that answers best, its matched words marked on the original text.

Matches come with their characters from the index, found by the same terms as the search, so that « l’Œuvre » is marked
where `oeuvre` was asked and nothing is ever rewritten. Touches neither network nor disk. May import: record.
"""

from __future__ import annotations

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from index.engine import Found

LENGTH = 240
"""Characters of a snippet: about two lines of a result page."""
_ENDINGS = ".!?…"
_CLOSING = '»”")]\u00a0\u202f '
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}


class Snippet(Record):
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
        return self._marked("<mark>", "</mark>", escaped)

    def plain(self, before: str = "", after: str = "") -> str:
        r"""On one line, with an ellipsis where it was cut; `before` and `after` surround matches (a terminal's codes).

        >>> Snippet("L’eau\npotable", ((2, 5),), cut_after=True).plain("[", "]")
        'L’[eau] potable …'
        """
        line = " ".join(self._marked(before, after, str).split())
        return f"{'… ' if self.cut_before else ''}{line}{' …' if self.cut_after else ''}"

    def __str__(self) -> str:
        return self.plain()

    def _marked(self, before: str, after: str, write: Callable[[str], str]) -> str:
        pieces, last = [], 0
        for start, end in self.marks:
            pieces += [write(self.text[last:start]), before, write(self.text[start:end]), after]
            last = end
        return "".join((*pieces, write(self.text[last:])))


def escaped(text: str) -> str:
    """Text for HTML, as `html.escape` writes it (whose module takes a millisecond to import).

    >>> escaped("<b> & 'co'")
    '&lt;b&gt; &amp; &#x27;co&#x27;'
    """
    for sign, written in _ESCAPES.items():
        text = text.replace(sign, written)
    return text


def marks(found: Sequence[Found]) -> tuple[tuple[int, int], ...]:
    """Spans of the matches, ascending, never overlapping."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((one.start, one.end) for one in found):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def snippet(text: str, found: Sequence[Found], length: int = LENGTH) -> Snippet:
    """The passage with the most different words of the question, cut where sentences begin and end if that is near.

    >>> from index.engine import Found
    >>> snippet("Rien ici. La ville a un plan.", [Found(0, 0, 13, 18)], 20).text
    'La ville a un plan.'
    """
    start = _begin(text, _best(found, length), length)
    end = _end(text, start, length)
    inside = tuple((a - start, b - start) for a, b in marks(found) if start <= a and b <= end)
    return Snippet(text[start:end], inside, start > 0, end < len(text.rstrip()))


def _best(found: Sequence[Found], length: int) -> int:
    """Where the passage's first match is."""
    matches = sorted((one.start, one.end, one.group) for one in found)
    best, best_worth = 0, 0.0
    for number, (first, _, _) in enumerate(matches):
        groups: set[int] = set()
        within = 0
        for _, end, group in matches[number:]:
            if end > first + length * 3 // 4:
                break
            groups.add(group)
            within += 1
        worth = len(groups) + 0.1 * min(within, 5)
        if worth > best_worth:
            best, best_worth = first, worth
    return best


def _begin(text: str, match: int, length: int) -> int:
    """The beginning of the match's sentence, else of a word near it."""
    low = max(0, match - length * 2 // 3)
    start = next((at for at in range(match, low, -1) if _is_start(text, at)), None)
    if start is not None:
        return start
    if match < length // 3:
        return 0
    near = match - length // 4
    blank = next((at for at in range(near, match) if text[at].isspace()), match - 1)
    return blank + 1


def _is_start(text: str, at: int) -> bool:
    """Whether a sentence or a line begins here."""
    if at == 0 or text[at - 1] == "\n":
        return True
    if not text[at - 1].isspace() or text[at].isspace() or text[at].islower() or text[at] in _CLOSING:
        return False
    before = at - 1
    while before > 0 and text[before - 1] in _CLOSING:
        before -= 1
    # « M. Dupont » and « J. Chirac » begin no sentence.
    return text[before - 1] in _ENDINGS and not (text[before - 1] == "." and text[max(0, before - 3)].isspace())


def _end(text: str, start: int, length: int) -> int:
    """The end of the last sentence that fits, if it fills half the passage, else of the last word."""
    end = min(len(text), start + length)
    if end == len(text):
        return end
    for at in range(end, start + length // 2, -1):
        if _is_start(text, at):
            return at - len(text[start:at]) + len(text[start:at].rstrip())
    blank = next((at for at in range(end, start, -1) if text[at].isspace()), end)
    return blank - len(text[start:blank]) + len(text[start:blank].rstrip())
