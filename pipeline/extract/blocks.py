"""A soup → its text blocks in reading order, each with where it stands. May import: html.

One walk over the tree. Block elements separate texts, inline elements do not; a line break is a
blank. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bs4.element import NavigableString, PreformattedString, Tag

from pipeline.extract.html import tidy


class BlockKind(StrEnum):
    """What a block is in the page's own markup."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list item"
    QUOTE = "quote"
    CAPTION = "caption"
    ROW = "table row"


# Shorter texts are labels, buttons and menu entries more often than prose.
_PROSE_CHARS = 40


@dataclass(slots=True)
class Node:
    """An element that may hold blocks: its tag, its parent's number (-1 for the root), its prose below."""

    tag: Tag
    parent: int
    prose_chars: int = 0


@dataclass(slots=True)
class Block:
    """A text with its place. `node` numbers the element it stands in; `rule` is why it was dropped.

    `strong_chars` counts characters in bold, `link_chars` those inside links.
    """

    text: str
    kind: BlockKind
    level: int
    node: int
    link_chars: int
    strong_chars: int
    rule: str | None = None

    @property
    def link_share(self) -> float:
        """Share of the block's characters that are links, 0 to 1."""
        return min(1.0, self.link_chars / len(self.text)) if self.text else 0.0

    @property
    def prose_chars(self) -> int:
        """Characters that speak for an article: those of texts of some length that are not links."""
        if self.kind is BlockKind.HEADING or len(self.text) < _PROSE_CHARS:
            return 0
        return max(0, len(self.text) - 2 * self.link_chars)


@dataclass(slots=True)
class PageTree:
    """The blocks of a page, the elements they stand in, and the pictures and links met on the way."""

    nodes: list[Node] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    images: list[tuple[Tag, int]] = field(default_factory=list)
    links: list[tuple[Tag, int]] = field(default_factory=list)

    def ancestors(self, node: int) -> Iterator[int]:
        """Numbers of `node` and of the elements round it, innermost first."""
        while node >= 0:
            yield node
            node = self.nodes[node].parent


_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr td th".split()
)
_SILENT = frozenset("script style noscript template svg math title object embed canvas audio source track".split())
_STRONG = frozenset(("b", "strong"))
_KINDS = {
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "blockquote": BlockKind.QUOTE,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
    "tr": BlockKind.ROW,
}
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_PLAIN = frozenset(("p", "div", "section", "article", "main", "figure", "ul", "ol", "table", "tbody", "center"))


class _Walk:
    """The state of one walk: the text gathered since the last block ended."""

    def __init__(self) -> None:
        self.tree = PageTree()
        self._parts: list[str] = []
        self._link_chars = 0
        self._strong_chars = 0
        self._links_open = 0
        self._strong_open = 0

    def text(self, string: str) -> None:
        self._parts.append(string)
        if self._links_open or self._strong_open:
            size = len(string.strip())
            self._link_chars += size if self._links_open else 0
            self._strong_chars += size if self._strong_open else 0

    def blank(self) -> None:
        self._parts.append(" ")

    def inline(self, name: str, step: int) -> None:
        if name == "a":
            self._links_open += step
        elif name in _STRONG:
            self._strong_open += step
        elif name in ("td", "th"):
            self._parts.append(" ")

    def flush(self, node: int) -> None:
        if not self._parts:
            return
        text = tidy("".join(self._parts))
        if text:
            kind, level = self._kind(node)
            block = Block(text, kind, level, node, self._link_chars, self._strong_chars)
            self.tree.blocks.append(block)
            if prose_chars := block.prose_chars:
                for number in self.tree.ancestors(node):
                    self.tree.nodes[number].prose_chars += prose_chars
        self._parts.clear()
        self._link_chars = self._strong_chars = 0

    def _kind(self, node: int) -> tuple[BlockKind, int]:
        for number in self.tree.ancestors(node):
            name = self.tree.nodes[number].tag.name
            if name in _HEADINGS:
                return BlockKind.HEADING, _HEADINGS[name]
            if name in _KINDS:
                return _KINDS[name], 0
            if name not in _PLAIN:
                break
        return BlockKind.PARAGRAPH, 0


def walk(root: Tag) -> PageTree:
    """All text blocks below `root`. Iterative: a hostile depth costs memory, never the stack."""
    state = _Walk()
    tree = state.tree
    tree.nodes.append(Node(root, -1))
    stack: list[tuple[Iterator[object], str, int]] = [(iter(root.contents), "", 0)]
    while stack:
        children, inline_name, node = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if inline_name:
                state.inline(inline_name, -1)
            else:
                state.flush(node)
        elif isinstance(child, Tag):
            _enter(child, node, state, stack)
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            state.text(child)
    return tree


def _enter(tag: Tag, node: int, state: _Walk, stack: list[tuple[Iterator[object], str, int]]) -> None:
    name = tag.name
    tree = state.tree
    if name in _SILENT:
        return
    if name == "br":
        state.blank()
    elif name == "img":
        tree.images.append((tag, node))
    elif name in _INLINE and not _holds_a_block(tag):
        if name == "a":
            tree.links.append((tag, node))
        state.inline(name, 1)
        stack.append((iter(tag.contents), name, node))
    else:
        state.flush(node)
        tree.nodes.append(Node(tag, node))
        number = len(tree.nodes) - 1
        if name == "a":
            tree.links.append((tag, number))
        stack.append((iter(tag.contents), "", number))


_BLOCK_NAMES = frozenset(
    "p div section article ul ol li table h1 h2 h3 h4 h5 h6 blockquote figure header footer nav aside main form".split()
)


def _holds_a_block(tag: Tag) -> bool:
    """Whether an inline element stands round a block, as a link round a card does."""
    return any(isinstance(inner, Tag) and inner.name in _BLOCK_NAMES for inner in tag.descendants)
