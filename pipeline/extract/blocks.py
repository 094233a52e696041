"""A page's tree → its text blocks in reading order, each with where it stands. May import: html.

One walk over the tree. Block elements separate texts, inline elements do not; a line break is a
blank. Nothing is judged here, but the caller's rule for inline elements (hidden, for screen readers)
takes their text out of the sentence round them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from pipeline.extract.html import Element, text_of, tidy


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
    """An element that may hold blocks: its parent's number (-1 for the root), its depth, its text and prose below."""

    tag: Element
    name: str
    parent: int
    depth: int
    chars: int = 0
    prose_chars: int = 0


@dataclass(slots=True)
class Block:
    """A text with its place. `node` numbers the element it stands in; `rule` is why it was dropped.

    `detail` is the evidence for the rule in words. `strong_chars` counts characters in bold, `slanted_chars` in
    italics, `link_chars` those inside links.
    """

    text: str
    kind: BlockKind
    level: int
    node: int
    link_chars: int
    strong_chars: int
    slanted_chars: int = 0
    rule: str | None = None
    detail: str = ""

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
    """The blocks of a page, the elements they stand in, and the pictures, links and embeds met on the way."""

    nodes: list[Node] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    images: list[tuple[Element, int]] = field(default_factory=list)
    links: list[tuple[Element, int]] = field(default_factory=list)
    embeds: list[tuple[Element, int]] = field(default_factory=list)
    numbers: dict[Element, int] = field(default_factory=dict)

    def ancestors(self, node: int) -> Iterator[int]:
        """Numbers of `node` and of the elements round it, innermost first."""
        while node >= 0:
            yield node
            node = self.nodes[node].parent

    def below(self, roots: frozenset[Element] | set[Element]) -> list[bool]:
        """For each node whether it is one of `roots` or stands in one."""
        inside = [False] * len(self.nodes)
        # Elements are numbered in the order of the page: what stands in one follows it.
        for root in sorted(self.numbers[tag] for tag in roots if tag in self.numbers):
            if inside[root]:
                continue
            inside[root] = True
            for number in range(root + 1, len(inside)):
                if not inside[self.nodes[number].parent]:
                    break
                inside[number] = True
        return inside


_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr td th".split()
)
_SILENT = frozenset("script style noscript template svg math title select".split())
_EMBEDS = frozenset(("iframe", "video", "embed", "object", "audio", "canvas"))
_STRONG = frozenset(("b", "strong"))
_SLANTED = frozenset(("i", "em", "cite"))
_PARAGRAPH = (BlockKind.PARAGRAPH, 0)
_KINDS = {f"h{n}": (BlockKind.HEADING, n) for n in range(1, 7)} | {
    name: (kind, 0)
    for name, kind in {
        "li": BlockKind.LIST_ITEM,
        "dt": BlockKind.LIST_ITEM,
        "dd": BlockKind.LIST_ITEM,
        "blockquote": BlockKind.QUOTE,
        "figcaption": BlockKind.CAPTION,
        "caption": BlockKind.CAPTION,
        "tr": BlockKind.ROW,
    }.items()
}
_PLAIN = frozenset(("p", "div", "section", "article", "main", "figure", "ul", "ol", "table", "tbody", "center"))
_BLOCK_NAMES = frozenset(
    "p div section article ul ol li table h1 h2 h3 h4 h5 h6 blockquote figure header footer nav aside main form".split()
)

InlineRule = Callable[[Element], str | None]


class _Walk:
    """The state of one walk: the text gathered since the last block ended."""

    def __init__(self, inline_rule: InlineRule, round_a_block: set[Element]) -> None:
        self.tree = PageTree()
        self.here = 0
        self._inline_rule = inline_rule
        self._round_a_block = round_a_block
        self._inline_open: set[Element] = set()
        self._parts: list[str] = []
        # By element what a block in it is: its own kind, else that of the element round it.
        self._kinds: list[tuple[BlockKind, int]] = []
        self._link_chars = 0
        self._strong_chars = 0
        self._links_open = 0
        self._strong_open = 0
        self._slanted_chars = 0
        self._slanted_open = 0

    def begin(self, tag: Element) -> bool:
        """Take up an element; False when nothing below it is to be read."""
        name = str(tag.tag)
        if name in _SILENT:
            return False
        if name in _EMBEDS:
            self.tree.embeds.append((tag, self.here))
            return False
        if name == "br":
            self._parts.append(" ")
        elif name == "img":
            self.tree.images.append((tag, self.here))
        elif name in _INLINE and tag not in self._round_a_block:
            if tag.attrib and (rule := self._inline_rule(tag)):
                self._set_aside(tag, rule)
                return False
            self._inline_open.add(tag)
            self._inline(name, 1)
        else:
            self.flush()
            self.enter(tag, name, self.here)
        if name == "a":
            self.tree.links.append((tag, self.here))
        if text := tag.text:
            self._text(text)
        return True

    def leave(self, tag: Element) -> None:
        """The end of an element, and the text after it."""
        if tag in self._inline_open:
            self._inline_open.discard(tag)
            self._inline(str(tag.tag), -1)
        elif tag in self.tree.numbers:
            self.flush()
            self.here = self.tree.nodes[self.here].parent
        if tail := tag.tail:
            self._text(tail)

    def enter(self, tag: Element, name: str, parent: int) -> None:
        depth = self.tree.nodes[parent].depth + 1 if parent >= 0 else 0
        self.here = len(self.tree.nodes)
        own = _KINDS.get(name)
        self._kinds.append(own or (self._kinds[parent] if name in _PLAIN and parent >= 0 else _PARAGRAPH))
        self.tree.numbers[tag] = self.here
        self.tree.nodes.append(Node(tag, name, parent, depth))

    def _text(self, string: str) -> None:
        if not self._parts and string.isspace():
            return
        self._parts.append(string)
        if self._links_open or self._strong_open or self._slanted_open:
            size = len(string.strip())
            self._slanted_chars += size if self._slanted_open else 0
            self._link_chars += size if self._links_open else 0
            self._strong_chars += size if self._strong_open else 0

    def _inline(self, name: str, step: int) -> None:
        if name == "a":
            self._links_open += step
        elif name in _STRONG:
            self._strong_open += step
        elif name in _SLANTED:
            self._slanted_open += step
        elif name in ("td", "th"):
            self._parts.append(" ")

    def flush(self) -> None:
        if not self._parts:
            return
        text = tidy("".join(self._parts))
        if text:
            kind, level = self._kinds[self.here]
            block = Block(text, kind, level, self.here, self._link_chars, self._strong_chars, self._slanted_chars)
            self.tree.blocks.append(block)
            node = self.tree.nodes[self.here]
            node.chars += len(text)
            node.prose_chars += block.prose_chars
        self._parts.clear()
        self._link_chars = self._strong_chars = self._slanted_chars = 0

    def _set_aside(self, tag: Element, rule: str) -> None:
        """The text of an inline element that is not to be read, as a block of its own."""
        if text := tidy(text_of(tag)):
            self.tree.blocks.append(Block(text, BlockKind.PARAGRAPH, 0, self.here, 0, 0, rule=rule))

    def end(self) -> PageTree:
        """The tree, its elements' sizes with what stands further in: an element follows the one it stands in."""
        self.flush()
        nodes = self.tree.nodes
        for node in reversed(nodes[1:]):
            above = nodes[node.parent]
            above.chars += node.chars
            above.prose_chars += node.prose_chars
        return self.tree


def walk(root: Element, inline_rule: InlineRule = lambda _tag: None) -> PageTree:
    """All text blocks below `root`. Iterative: a hostile depth costs memory, never the stack.

    `inline_rule` names why an inline element is not to be read, or None.
    """
    state = _Walk(inline_rule, _inline_round_a_block(root))
    state.enter(root, str(root.tag), -1)
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, tag in walker:
        if tag is root:
            continue
        if event == "end":
            state.leave(tag)
        elif not state.begin(tag):
            walker.skip_subtree()
    return state.end()


def _inline_round_a_block(root: Element) -> set[Element]:
    """Inline elements that stand round a block, as a link round a card does. Each ancestor is visited once."""
    seen: set[Element] = set()
    for block in root.iter(*_BLOCK_NAMES):
        above = block.getparent()
        while above is not None and above not in seen:
            seen.add(above)
            above = above.getparent()
    return {tag for tag in seen if tag.tag in _INLINE}
