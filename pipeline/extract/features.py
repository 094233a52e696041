"""What is measured on each block before it is judged: numbers, the same in training and in use.

May import: blocks, container, html, rules, wordlists. Nothing here is bound to a language but the word lists.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import accumulate
from math import log1p

from pipeline.extract import wordlists
from pipeline.extract.blocks import Block, BlockKind, Node, PageTree
from pipeline.extract.container import Container
from pipeline.extract.html import fold
from pipeline.extract.rules import is_byline

_ENDS = (".", "!", "?", "…", "»", "”", ")", '"', ":", "。", "！", "？", "।", "؟")
_KINDS = {kind: number for number, kind in enumerate(BlockKind)}
_FAR_BLOCKS = 40
_TITLE_LETTERS = 8
# Texts that begin alike are the same text in several places.
_KEY_CHARS = 60
# Rules whose lines say that the article is over and something else begins.
_ENDINGS = frozenset(("related", "comments", "newsletter", "share", "follow", "pagination"))
_WORD = re.compile(r"[^\W\d_]+")
_ACCENTS = str.maketrans("àâäáãçéèêëíîïñóôöõúùûü", "aaaaaceeeeiiinoooouuuu")
# Ancestors whose class and id words are read.
_NEAR_NODES = 6
_NAMES = {name: number for number, name in enumerate("p div li td section article main span figure a aside".split(), 1)}


def _unaccented(text: str) -> str:
    return text if text.isascii() else text.translate(_ACCENTS)


_OWN = (
    "chars",
    "word chars",
    "link share",
    "strong share",
    "ends",
    "commas",
    "capitals",
    "digits",
    "kind",
    "level",
    "service words",
    "service share",
    "service first",
    "signs",
    "slanted share",
    "byline",
    "addresses",
)
_NEAR = ("chars", "link share", "ends", "level", "kind", "service words")
MEASURES = (
    *_OWN,
    *("path count", "path chars", "path link share"),
    *(f"{name} at {step:+d}" for step in (-2, -1, 1, 2) for name in _NEAR),
    *("element", "parent", "depth"),
    *(f"prose share {level} up" for level in range(5)),
    *("word for", "word against"),
    *(f"watched {number}" for number in range(wordlists.watched_groups())),
    *("levels to title", "prose share with title", "article", "article of title", "rule"),
    *("position", "chars before", "blocks from title", "repeats", "blocks", "prose", "blocks since end"),
    *("prose before", "prose after", "blocks to last prose", "text with image"),
    *("inside", "trust"),
)


_NOTHING = (0.0,) * len(_OWN)
_Words = tuple[float, float, tuple[float, ...]]


class Measures:
    """The numbers of all blocks of a page, a row a block; `MEASURES` says what stands in a row."""

    def __init__(self, tree: PageTree, rules: list[str | None], stated_title: str, place: Container) -> None:
        keys = keys_of(tree.blocks)
        self._tree = tree
        self._rules = rules
        self._where = place
        self._blocks = tree.blocks
        self._total = max(1, tree.nodes[0].prose_chars)
        self._inside = tree.below(set(place.bodies))
        self._in_container = self._container_places()
        self._near_image = self._image_texts()
        self._own: list[tuple[float, ...] | None] = [None] * len(tree.blocks)
        self._groups = self._paths()
        self._words: dict[int, _Words] = {}
        self._chars_before = [0, *accumulate(len(block.text) for block in tree.blocks)]
        self.title = title_at(tree.blocks, keys, fold(stated_title))
        self._repeats = Counter(keys)
        self._keys = keys
        self._articles = self._article_numbers()
        self._since = self._since_ends()
        self._title_line = set(tree.ancestors(tree.blocks[self.title].node)) if self.title >= 0 else set()

    def _container_places(self) -> list[tuple[float, float, float]]:
        """For each block the shares of the container's prose before and after it, and the blocks to its last prose."""
        prose = [b.prose_chars if self._inside[b.node] and b.rule is None else 0 for b in self._tree.blocks]
        total = max(1, sum(prose))
        last = max((number for number, chars in enumerate(prose) if chars), default=-1)
        before, out = 0, []
        for number, chars in enumerate(prose):
            to_last = float(max(-_FAR_BLOCKS, min(_FAR_BLOCKS, last - number)))
            out.append((before / total, (total - before - chars) / total, to_last))
            before += chars
        return out

    def _image_texts(self) -> list[float]:
        """For each element the size of the text that the smallest element round it shares with a picture."""
        nodes = self._tree.nodes
        pictured: set[int] = set()
        for _, at in self._tree.images:
            for outer in self._tree.ancestors(at):
                if outer in pictured:
                    break
                pictured.add(outer)
        sizes: list[float] = []
        for number, node in enumerate(nodes):
            above = sizes[node.parent] if node.parent >= 0 else log1p(node.chars)
            sizes.append(log1p(node.chars) if number in pictured else above)
        return sizes

    def _since_ends(self) -> list[float]:
        """For each block how many blocks ago a line said that something else begins; far when none did."""
        since, out = _FAR_BLOCKS * 2, []
        for number, block in enumerate(self._blocks):
            if number == self.title:
                since = _FAR_BLOCKS * 2
            elif block.rule in _ENDINGS and len(block.text) < 90:
                since = 0
            else:
                since = min(since + 1, _FAR_BLOCKS * 2)
            out.append(float(since))
        return out

    def _article_numbers(self) -> list[int]:
        """For each element the number of the innermost <article> round it, from 1; 0 for none."""
        numbers: list[int] = []
        count = 0
        for node in self._tree.nodes:
            number = numbers[node.parent] if node.parent >= 0 else 0
            if node.name == "article":
                count += 1
                number = count
            numbers.append(number)
        return numbers

    @staticmethod
    def _self(block: Block) -> tuple[float, ...]:
        text = block.text
        chars = len(text)
        words = text.count(" ") + 1
        found = _WORD.findall(_unaccented(text[:600].lower()))
        services = wordlists.service_words()
        service = sum(map(services.__contains__, found))
        return (
            log1p(chars),
            chars / words,
            block.link_share,
            min(1.0, block.strong_chars / chars),
            float(text.endswith(_ENDS)),
            (text.count(",") + text.count("、") + text.count("，")) / words,
            sum(map(str.isupper, text[:200])) / min(chars, 200),
            sum(map(str.isdigit, text[:200])) / min(chars, 200),
            float(_KINDS[block.kind]),
            float(block.level),
            min(9.0, float(service)),
            service / words,
            float(bool(found) and found[0] in services),
            float("©" in text or "|" in text or text[-1] == "»"),
            min(1.0, block.slanted_chars / chars),
            float(is_byline(text)),
            float("@" in text) + float("http" in text or "www." in text),
        )

    def _paths(self) -> list[tuple[float, float, float]]:
        """For each block: how many stand at the same kind of place, their mean size and share of links."""
        signatures: list[int] = []
        known: dict[tuple[int, str, str], int] = {}
        for node in self._tree.nodes:
            above = signatures[node.parent] if node.parent >= 0 else -1
            key = (above, node.name, (node.tag.get("class") or "").split(" ", 1)[0])
            signatures.append(known.setdefault(key, len(known)))
        sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for block in self._blocks:
            entry = sums[signatures[block.node]]
            entry[0] += 1
            entry[1] += len(block.text)
            entry[2] += block.link_chars
        rows = []
        for block in self._blocks:
            count, chars, links = sums[signatures[block.node]]
            rows.append((log1p(count), log1p(chars / count), min(1.0, links / chars)))
        return rows

    def rows(self) -> list[list[float]]:
        """One row of numbers a block, in the order of the page."""
        return [self.row(number) for number in range(len(self._blocks))]

    def row(self, number: int) -> list[float]:
        """The numbers of one block, counted from 0. Only what is asked for is measured: most blocks never are."""
        count = len(self._blocks)
        block = self._blocks[number]
        row = [*self._of_itself(number), *self._groups[number]]
        for step in (-2, -1, 1, 2):
            at = number + step
            near = self._of_itself(at) if 0 <= at < count else _NOTHING
            row += (near[0], near[2], near[4], near[9], near[8], near[10])
        row += self._place(block)
        row += (
            number / count,
            self._chars_before[number] / max(1, self._chars_before[-1]),
            float(max(-_FAR_BLOCKS, min(_FAR_BLOCKS, number - self.title))) if self.title >= 0 else -99.0,
            log1p(self._repeats[self._keys[number]]),
            float(count),
            log1p(self._total),
            self._since[number],
            *self._in_container[number],
            self._near_image[block.node],
            float(self._inside[block.node]),
            float(self._where.trust),
        )
        return row

    def _of_itself(self, number: int) -> tuple[float, ...]:
        own = self._own[number]
        if own is None:
            own = self._own[number] = self._self(self._blocks[number])
        return own

    def _words_near(self, node: int) -> _Words:
        """Of an element: distance to the nearest word that speaks for, against; and which words stand near."""
        line = []
        while node >= 0 and node not in self._words:
            line.append(node)
            node = self._tree.nodes[node].parent
        words = self._words[node] if node >= 0 else None
        for number in reversed(line):
            words = _words_at(self._tree.nodes[number], words)
            self._words[number] = words
        assert words is not None
        return words

    def _place(self, block: Block) -> list[float]:
        """The block's elements: names, share of the page's prose, words of classes, rules."""
        tree, total = self._tree, self._total
        node = tree.nodes[block.node]
        shares = []
        number = block.node
        for _ in range(5):
            shares.append(tree.nodes[number].prose_chars / total if number >= 0 else 1.0)
            number = tree.nodes[number].parent if number >= 0 else -1
        good, bad, flags = self._words_near(block.node)
        meeting = next(
            (step, at) for step, at in enumerate(tree.ancestors(block.node)) if at in self._title_line or at == 0
        )
        article = self._articles[block.node]
        rule = self._rules[block.node] or block.rule
        return [
            float(_NAMES.get(node.name, 0)),
            float(_NAMES.get(tree.nodes[node.parent].name, 0)) if node.parent >= 0 else 0.0,
            float(node.depth),
            *shares,
            good,
            bad,
            *flags,
            float(meeting[0]),
            tree.nodes[meeting[1]].prose_chars / total,
            float(min(9, article)),
            float(self.title >= 0 and article == self._articles[self._blocks[self.title].node]),
            float(wordlists.rule_number(rule)),
        ]


def keys_of(blocks: list[Block]) -> list[str]:
    """The folded beginnings of the blocks' texts."""
    return [fold(block.text[:_KEY_CHARS]) for block in blocks]


def title_at(blocks: list[Block], keys: list[str], stated: str) -> int:
    """The number of the block that prints the title: a heading that the head states, else the first h1; -1 for none."""
    headings = [number for number, block in enumerate(blocks) if block.kind is BlockKind.HEADING]
    told = [number for number in headings if len(keys[number]) >= _TITLE_LETTERS and keys[number] in stated]
    first = [number for number in headings if blocks[number].level == 1]
    return min(told, key=lambda number: blocks[number].level, default=first[0] if first else -1)


_TELLING = frozenset(
    "article main header footer nav aside section form figure figcaption li table blockquote p".split()
)


def _words_at(node: Node, above: _Words | None) -> _Words:
    """The words of one element, given those of the element round it (None: it is the root)."""
    good_words, bad_words, watched = wordlists.class_words()
    far = float(_FAR_BLOCKS)
    if above is None:
        good, bad, flags = far, far, (float(_NEAR_NODES),) * wordlists.watched_groups()
    else:
        good, bad = min(far, above[0] + 1), min(far, above[1] + 1)
        flags = tuple([flag + 1.0 if flag < _NEAR_NODES else flag for flag in above[2]])
    tokens = f"{node.tag.get('class') or ''} {node.tag.get('id') or ''}" if node.tag.attrib else ""
    if len(tokens) > 1 or node.name in _TELLING:
        words = _words_of(f"{tokens[:300]} <{node.name}>")
        good = 0.0 if words & good_words else good
        bad = 0.0 if words & bad_words else bad
        if found := words & watched.keys():
            changed = list(flags)
            for word in found:
                changed[watched[word]] = 0.0
            flags = tuple(changed)
    return good, bad, flags


_WORDS_OF: dict[str, frozenset[str]] = {}


def _words_of(tokens: str) -> frozenset[str]:
    found = _WORDS_OF.get(tokens)
    if found is None:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tokens)
        found = frozenset(re.split(r"[^a-z<>0-9]+", spaced.lower())) - {""}
        if len(_WORDS_OF) > 20_000:
            _WORDS_OF.clear()
        _WORDS_OF[tokens] = found
    return found
