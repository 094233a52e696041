"""What a page shows near its title: headings, and the lines where sites print dates and authors.

The lines of related articles, menus and comments carry the dates and authors of others, so they are
passed over. May import: blocks, html.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from pipeline.extract.blocks import Block, BlockKind, PageTree
from pipeline.extract.html import Element, fold, tidy

# Rules (data/boilerplate_marks.txt) under which a page prints what belongs to other articles or to its frame.
_OTHERS = frozenset(
    ("related", "navigation", "sidebar", "comments", "popup", "hidden", "pagination", "newsletter", "site rule")
)
_PAGE_ENDS = "banner and footer"
_FRAME = _OTHERS | {_PAGE_ENDS, "cookies", "skip link"}
# How far from the title a line of date or author may stand. Set on 640 pages of public sets: a wider look finds the
# dates of other articles.
_BEFORE_BLOCKS = 5
_AFTER_BLOCKS = 12
_AFTER_CHARS = 900
_HEADINGS = 6
# A longer heading near the title is a standfirst.
_HEADING_CHARS = 90
# Asking for the attributes is three times as fast as asking for the elements that have them.
_MARKED = (etree.XPath("//@itemprop"), etree.XPath("//@property"))


class Shown:
    """A page as its reader sees it; `rules` are the element rules of the tree's nodes."""

    def __init__(self, root: Element, tree: PageTree, rules: list[str | None]) -> None:
        self.root = root
        self.tree = tree
        self._rules = rules
        self._title_at = 0
        self._near: list[Block] | None = None
        self._marked: list[tuple[Element, list[str]]] | None = None

    def headings(self, own: Element | None) -> list[tuple[int, str]]:
        """Headings of the first two levels with their level, the article's own ones or all of the page."""
        for root in (own, self.root) if own is not None else (self.root,):
            found: list[tuple[int, str]] = []
            for level in (1, 2):
                tags = [tag for tag in islice(root.iter(f"h{level}"), 3 * _HEADINGS) if not self.is_others(tag)]
                texts = [tidy(" ".join(tag.itertext())) for tag in tags[:_HEADINGS]]
                found += [(level, text) for text in texts if fold(text)]
            if found:
                return found
        return []

    def pieces(self) -> Iterator[str]:
        """The texts inside the first headings one by one: a date or a kicker may stand in a heading too."""
        for tag in islice(self.root.iter("h1"), _HEADINGS):
            pieces = [tidy(str(piece)) for piece in tag.itertext()]
            if len(pieces) > 1 and not self.is_others(tag):
                yield from (piece for piece in pieces if fold(piece))

    def marked(self, prop: str) -> list[Element]:
        """Elements of the page that microdata or RDFa call `prop`, those after the title first."""
        if self._marked is None:
            self._marked = [tag for find in _MARKED for tag in _bearers(find(self.root))]
        tags = [tag for tag, props in self._marked if prop in props]
        return sorted((tag for tag in tags if not self.is_others(tag)), key=self.order)

    def is_others(self, tag: Element) -> bool:
        """Whether an element stands in what belongs to other articles, or is hidden."""
        return self._rule(tag) in _OTHERS

    def is_frame(self, tag: Element) -> bool:
        """The same, and the page's header and footer too; where an article ends with a footer, that is its own."""
        rule = self._rule(tag)
        return rule in _FRAME and not (rule == _PAGE_ENDS and self._is_in_own_footer(tag))

    def _is_in_own_footer(self, tag: Element) -> bool:
        """Themes of WordPress print date and author there: in the footer of the element that holds the title."""
        footer = next(tag.iterancestors("footer"), None)
        article = None if footer is None else next(footer.iterancestors("article"), None)
        if article is None or not self.tree.blocks:
            return False
        title = self.tree.nodes[self.tree.blocks[self._title_at].node].tag
        return article in title.iterancestors("article")

    def _rule(self, tag: Element | None) -> str | None:
        while tag is not None:
            number = self.tree.numbers.get(tag)
            if number is not None:
                return self._rules[number]
            tag = tag.getparent()
        return None

    def place_title(self, title: str | None) -> None:
        """Remember where the title stands: as a heading, else as any line, else where the article begins."""
        self._near = None
        key = fold(title or "")
        first_heading = first_kept = None
        for number, block in enumerate(self.tree.blocks):
            if self._rules[block.node] in _OTHERS:
                continue
            if block.kind is BlockKind.HEADING:
                if key and fold(block.text) == key:
                    self._title_at = number
                    return
                if first_heading is None and block.level == 1:
                    first_heading = number
            if first_kept is None and block.rule is None:
                first_kept = number
        found = first_heading if first_heading is not None else first_kept
        self._title_at = found or 0

    def near_title(self) -> list[Block]:
        """The blocks round the title: those after it first, then those before it, the nearest first.

        Where the next heading stands, other articles may begin.
        """
        if self._near is None:
            self._near = list(self._round_title())
        return self._near

    def _round_title(self) -> Iterator[Block]:
        blocks, here = self.tree.blocks, self._title_at
        chars = 0
        for block in blocks[here + 1 : here + 1 + _AFTER_BLOCKS]:
            title_again = block.kind is BlockKind.HEADING and fold(block.text) == fold(blocks[here].text)
            if block.kind is BlockKind.HEADING and len(block.text) < _HEADING_CHARS and not title_again:
                break
            if self._rules[block.node] not in _OTHERS:
                yield block
            chars += block.prose_chars
            if chars > _AFTER_CHARS:
                break
        for block in reversed(blocks[max(0, here - _BEFORE_BLOCKS) : here + 1]):
            if self._rules[block.node] not in _OTHERS:
                yield block

    def own_lines(self, longest_chars: int) -> Iterator[Block]:
        """The short blocks of the page that are not its frame."""
        for block in self.tree.blocks:
            if len(block.text) <= longest_chars and self._rules[block.node] not in _FRAME:
                yield block

    def order(self, tag: Element) -> tuple[bool, int]:
        """Sorts elements: those after the title first, in the page's order, then those before it."""
        here: Element | None = tag
        while here is not None and here not in self.tree.numbers:
            here = here.getparent()
        number = self.tree.numbers[here] if here is not None else 0
        title = self.tree.blocks[self._title_at].node if self.tree.blocks else 0
        return (number < title, number)


def _bearers(attributes: object) -> Iterator[tuple[Element, list[str]]]:
    """The elements of the attributes that XPath found, each with the words of its attribute."""
    for value in attributes if isinstance(attributes, list) else ():
        tag = value.getparent()
        if isinstance(tag, Element):
            yield tag, str(value).split()
