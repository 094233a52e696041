"""What repeats across the pages of a site, learned without labels: where its articles stand, which texts are its frame.

Each page is first read alone. What the readings agree on is the template: the element (by one of its class, id
or data tokens) that on most pages holds all that was kept and little else is a content container; a site has
several, of several kinds of pages and of several designs over time, and each is learned from the pages that the
surer ones do not explain. A text inside the containers is the frame only when most of a container's pages print
it; an introduction that editors repeat in one project's articles is on fewer, and stays.

May import: blocks, html.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.extract.blocks import PageTree
from pipeline.extract.html import Element, fold

# Fewer pages than these teach nothing about a site, fewer than the second nothing about one of its templates.
LEAST_PAGES = 6
_LEAST_TEMPLATE_PAGES = 3
_MOST_CONTAINERS = 8
# A container explains a page when it holds this share of what the best element of that page holds.
_EXPLAINS_SHARE = 0.9
# A text is the frame's when it stands on this share of a container's pages, at least on so many.
_FRAME_SHARE = 0.5
_FRAME_PAGES = 3
# Texts on this many pages count against an element, whatever the reading of one page said.
_RECURS_SHARE = 0.3
_ATTRIBUTES = ("data-widget_type", "data-elementor-type", "itemprop", "role")
_KEY_CHARS = 200
_STANDFIRST_CHARS = 40


@dataclass(frozen=True, slots=True)
class LearnedContainer:
    """An element that holds articles: `token` is its CSS selector, learned from `pages` pages."""

    token: str
    pages: int


@dataclass(frozen=True, slots=True)
class Template:
    """What was learned of a site from `pages` pages: its containers, and the frame's texts with their page counts."""

    pages: int
    containers: tuple[LearnedContainer, ...] = ()
    frame: Mapping[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Names what was learned, whatever it was learned from."""
        names = [[container.token for container in self.containers], sorted(self.frame)]
        return hashlib.sha256(repr(names).encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def to_json(self) -> str:
        """The template as the archive keeps it."""
        containers = [[container.token, container.pages] for container in self.containers]
        return json.dumps({"pages": self.pages, "containers": containers, "frame": dict(self.frame)})

    @classmethod
    def from_json(cls, text: str) -> Template:
        """The template that `to_json` wrote."""
        plain = json.loads(text)
        containers = tuple(LearnedContainer(token, pages) for token, pages in plain["containers"])
        return cls(plain["pages"], containers, plain["frame"])


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page as it was read alone, without its tree.

    `above` is each element's parent by number, `tokens` the elements that a token names alone, `texts` each block's
    key, element and characters, below 0 when it was dropped.
    """

    above: tuple[int, ...]
    tokens: Mapping[str, int]
    texts: tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class _Gains:
    """By token the net kept characters in its element, its depth and its texts; the best of any; the longer texts."""

    by_token: dict[str, int]
    depths: dict[str, int]
    best: int
    texts: dict[str, set[str]]
    prose: set[str]


def text_key(text: str) -> str:
    """By what a text is known to recur."""
    return fold(text[:_KEY_CHARS])


def tokens_of(element: Element) -> Iterator[str]:
    """The names by which an element may be known on other pages, as CSS selectors."""
    if not element.attrib:
        return
    name = str(element.tag)
    for token in dict.fromkeys((element.get("class") or "").split()):
        yield f"{name}.{token}"
    if identifier := element.get("id"):
        yield f"{name}#{identifier}"
    for attribute in _ATTRIBUTES:
        if value := element.get(attribute):
            yield f'{name}[{attribute}="{value}"]'


def unique_tokens(tree: PageTree) -> dict[str, int]:
    """Token → number of the only element of the page that has it."""
    numbers: dict[str, int] = {}
    for number, node in enumerate(tree.nodes):
        for token in tokens_of(node.tag):
            numbers[token] = -1 if token in numbers else number
    return {token: number for token, number in numbers.items() if number >= 0}


def read_alone(tree: PageTree) -> PageReading:
    """What a page's own reading says; the rules of its blocks are set."""
    return PageReading(
        tuple(node.parent for node in tree.nodes),
        unique_tokens(tree),
        tuple(
            (text_key(block.text), block.node, len(block.text) if block.rule is None else -len(block.text))
            for block in tree.blocks
        ),
    )


def _recurring(readings: list[PageReading]) -> frozenset[str]:
    """Texts that so many pages print that no one page can call them its own."""
    counts = Counter(key for reading in readings for key in {key for key, _, _ in reading.texts})
    least = max(_FRAME_PAGES, _RECURS_SHARE * len(readings))
    return frozenset(key for key, count in counts.items() if count >= least)


def _gains(reading: PageReading, recurring: frozenset[str]) -> _Gains:
    gains = [0] * len(reading.above)
    depths = [0] * len(reading.above)
    below: dict[int, set[str]] = defaultdict(set)
    for number, parent in enumerate(reading.above):
        depths[number] = depths[parent] + 1 if parent >= 0 else 0
    for key, node, chars in reading.texts:
        number = node
        while number >= 0:
            gains[number] += -abs(chars) if key in recurring else chars
            below[number].add(key)
            number = reading.above[number]
    best = max(gains, default=0)
    near = {token: number for token, number in reading.tokens.items() if 2 * gains[number] > best}
    return _Gains(
        {token: gains[number] for token, number in near.items()},
        {token: depths[number] for token, number in near.items()},
        best,
        {token: below[number] for token, number in near.items()},
        {key for key, _, chars in reading.texts if abs(chars) >= _STANDFIRST_CHARS},
    )


def learn(readings: Iterable[PageReading]) -> Template | None:
    """The template that the readings of a site's pages agree on; None when there are too few pages."""
    known = list(readings)
    if len(known) < LEAST_PAGES:
        return None
    recurring = _recurring(known)
    left = [gains for gains in (_gains(reading, recurring) for reading in known) if gains.best > 0]
    containers: list[LearnedContainer] = []
    frame: dict[str, int] = {}
    while len(containers) < _MOST_CONTAINERS and (token := _best_token(left)) is not None:
        explained = [page for page in left if page.by_token.get(token, 0) >= _EXPLAINS_SHARE * page.best]
        if len(explained) < _LEAST_TEMPLATE_PAGES:
            break
        containers.append(LearnedContainer(token, len(explained)))
        # Short labels outside the container are dropped as such; longer ones might be taken for a standfirst.
        for key, count in Counter(key for page in explained for key in page.texts[token] | page.prose).items():
            if count >= max(_FRAME_PAGES, _FRAME_SHARE * len(explained)):
                frame[key] = max(count, frame.get(key, 0))
        left = [page for page in left if page.by_token.get(token, 0) < _EXPLAINS_SHARE * page.best]
    return Template(len(known), tuple(containers), frame)


def _best_token(pages: list[_Gains]) -> str | None:
    """The token that explains most of the pages, the innermost of equals."""
    scores: dict[str, float] = defaultdict(float)
    depths: dict[str, int] = defaultdict(int)
    for page in pages:
        for token, gain in page.by_token.items():
            scores[token] += gain / page.best
            depths[token] += page.depths[token]
    return max(scores, key=lambda token: (round(scores[token], 2), depths[token], token), default=None)
