"""Where the article stands on its page: by the site's selectors, by known containers, by density.

May import: blocks, html, rules. The `item` is the article's own element (its taxonomy classes and
attached files stand there); the `body` is where its text stands. A site rule that finds the item
and no body says: this article has no text (a video, an announcement).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.blocks import PageTree
from pipeline.extract.html import Element
from pipeline.extract.selectors import matches, select

# Containers that content systems and page builders put round an article's text, the surest first: those that hold
# the text as its author typed it and nothing else, those that themes put round it, and what HTML itself calls so.
KNOWN_CONTAINERS = {
    "[data-widget_type^='theme-post-content']": 3,
    "[data-elementor-type='wp-post'], [data-elementor-type='wp-page']": 3,
    ".et_pb_post_content, .wp-block-post-content, .fl-post-content": 3,
    "[itemprop='articleBody']": 2,
    ".entry-content, .post-content, .article-content, .article-body, .article__body, .post-body, .td-post-content": 2,
    ".node__content, .field--name-body, .field-name-body": 2,
    "article[class*='post-']": 1,
    "[role='main'] article, main article": 1,
    "article": 1,
    "main, [role='main'], #main, #content": 1,
}
_MOST_TRUST = 3
# A known container is believed when it holds this share of the page's prose. Set by judgment, not yet tuned.
_BELIEVED_SHARE = 0.45
# Density goes down into a child that holds nearly all of its parent's prose. Set by judgment, not yet tuned.
_DESCEND_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Container:
    """The article's element and its text's elements; `how` says which rule found them."""

    item: Element | None
    bodies: tuple[Element, ...]
    how: str
    trust: int = 0
    authored: bool = False


def by_site_rule(root: Element, item_selectors: tuple[str, ...], keep: tuple[str, ...]) -> Container | None:
    """What the site's own selectors find, or None when they say nothing."""
    item = next((found[0] for selector in item_selectors if (found := select(selector, root))), None)
    for selector in keep:
        found = select(selector, item if item is not None else root)
        outermost = _outermost(found)
        if outermost:
            return Container(item if item is not None else outermost[0], outermost, f"site rule {selector}")
    return Container(item, (), "site rule: no text") if item is not None else None


def _outermost(tags: list[Element]) -> tuple[Element, ...]:
    seen = set(tags)
    return tuple(tag for tag in tags if not any(parent in seen for parent in tag.iterancestors()))


def by_structure(root: Element, tree: PageTree) -> Container:
    """Known containers first, then the smallest element that holds nearly all prose."""
    weights = _weights(tree)
    total = weights[0]
    if total == 0:
        item = next(root.iter("main", "article"), None)
        return Container(item, (item,) if item is not None else (), "no prose")
    # Asked of the few elements that hold enough: a search of the whole page costs more than all the rest.
    heavy = [node.tag for node, weight in zip(tree.nodes, weights, strict=True) if weight >= _BELIEVED_SHARE * total]
    for selector, trust in KNOWN_CONTAINERS.items():
        for tag in heavy:
            if matches(selector, tag):
                return Container(tag, (tag,), f"known container {selector}", trust, trust == _MOST_TRUST)
    return _densest(tree, weights)


def _weights(tree: PageTree) -> list[int]:
    """By element the prose below it. A sentence that a page repeats (in every card, in every form) counts once."""
    weights = [0] * len(tree.nodes)
    seen: set[str] = set()
    for block in tree.blocks:
        if block.rule is None and block.text not in seen:
            seen.add(block.text)
            # Headings, short lines and links speak less, but on a page of nothing else they are the article.
            chars = block.prose_chars or max(0, len(block.text) - 2 * block.link_chars) // 4 or len(block.text) // 20
            weights[block.node] += chars
    # An element follows the one it stands in.
    for number in range(len(weights) - 1, 0, -1):
        weights[tree.nodes[number].parent] += weights[number]
    return weights


def _densest(tree: PageTree, weights: list[int]) -> Container:
    children: dict[int, list[int]] = {}
    for number, node in enumerate(tree.nodes):
        children.setdefault(node.parent, []).append(number)
    here = 0
    while True:
        best = max(children.get(here, []), key=weights.__getitem__, default=-1)
        if best < 0 or weights[best] < _DESCEND_SHARE * weights[here] or tree.nodes[best].name in ("p", "li"):
            tag = tree.nodes[here].tag
            return Container(tag, (tag,), "densest text")
        here = best


def drop_outside(tree: PageTree, bodies: tuple[Element, ...], rule: str) -> None:
    """Drop every block that stands in none of `bodies`."""
    inside = tree.below(set(bodies))
    for block in tree.blocks:
        if block.rule is None and not inside[block.node]:
            block.rule = rule
