"""An article's text as it is shown: headings, paragraphs and lists, letter for letter. Pure.

May import: pipeline.records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from pipeline.records import Article, Passage

FIRST_LEVEL = 2
"""The page's own heading is the title."""
LAST_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text; `language` where it is another than the article's."""

    text: str
    language: str | None = None
    level: int = 0
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph (one line), or a list."""

    kind: str
    lines: tuple[Line, ...]

    @property
    def level(self) -> int:
        """Of a heading."""
        return self.lines[0].level


def blocks(article: Article) -> list[Block]:
    """The text's blocks in their order; joined by line ends their lines are the text again."""
    found = []
    for kind, lines in groupby(_lines(article), key=_kind):
        if kind == "list":
            found.append(Block(kind, tuple(lines)))
        else:
            found += [Block(kind, (line,)) for line in lines]
    return found


def _kind(line: Line) -> str:
    return "heading" if line.level else "list" if line.is_item else "paragraph"


def _lines(article: Article) -> Iterator[Line]:
    levels: defaultdict[str, list[int]] = defaultdict(list)
    for section in reversed(article.sections):
        levels[section.title].append(section.level)
    items = {span.start_chars for span in article.list_items}
    start, before = 0, FIRST_LEVEL - 1
    for text in article.text.split("\n"):
        level = 0
        if levels[text]:
            # A page that jumps from h2 to h5 would read as one with parts missing.
            level = before = min(max(levels[text].pop(), FIRST_LEVEL), before + 1, LAST_LEVEL)
        yield Line(text, _language(article.passages, start), level, start in items)
        start += len(text) + 1


def _language(passages: tuple[Passage, ...], at: int) -> str | None:
    return next((p.language for p in passages if p.span.start_chars <= at < p.span.end_chars), None)
