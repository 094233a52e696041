"""Which blocks of a page are its article: by the site's rules, its learned template, or the page alone.

May import: blocks, boilerplate, config, container, features, html, rules, selectors, template. Sets the rule of every
block that is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import ExtractRules
from pipeline.extract import container, rules
from pipeline.extract.blocks import Block, BlockKind, PageTree, walk
from pipeline.extract.boilerplate import likelihood
from pipeline.extract.container import Container
from pipeline.extract.features import Measures, keys_of, title_at
from pipeline.extract.html import Element, fold, text_of
from pipeline.extract.selectors import select
from pipeline.extract.template import Template, text_key, unique_tokens

# A block is dropped when it reads like the article less than this, by the trust in the container it stands in:
# what a content system puts round the author's text holds little else, what is merely dense holds much else.
# Set by the cross-validated figures of benchmarks/train_boilerplate.py, which move by less than 0.003 within 0.1 of
# each; to be looked at again after the model is learned anew.
_LEAST_INSIDE = (0.5, 0.6, 0.5, 0.2)
_LEAST_AUTHORED = 0.02
_LEAST_STANDFIRST = 0.1
# What stands with kept text is kept when it reads like the article this much.
_LEAST_BESIDE = 0.2
_LEAST_AGAIN = 0.9
_LEAST_QUOTED = 0.3
_SAID_CHARS = 60
_LEAST_OUTSIDE = 0.7
# Outside a container that is trusted so far there is nothing of the article.
_SURE_TRUST = 2
# A learned container is trusted like a content system's own, and used when it holds this share of what was kept.
_LEARNED_TRUST = 3
_LEARNED_HOLDS_SHARE = 0.3
_CLEARLY_MORE = 1.5
# One other <article> may be a quotation or a part of this one.
_OTHER_ARTICLES = 2
_OTHER_ARTICLE_SHARE = 0.3
_OWN_ARTICLE_CHARS = 100
# Pages of so little text besides filler are filler.
_FILLER_PAGE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the article stands, and for each element of the tree the rule that drops it."""

    tree: PageTree
    place: Container
    element_rules: list[str | None]

    @property
    def filler_only(self) -> bool:
        """Whether the page shows filler text and next to nothing else."""
        filler = sum(len(block.text) for block in self.tree.blocks if block.rule == rules.PLACEHOLDER)
        return filler > 0 and sum(len(block.text) for block in kept(self.tree.blocks)) < min(filler, _FILLER_PAGE_CHARS)


def choose(root: Element, settings: ExtractRules, template: Template | None = None) -> Selection:
    """Find the article of a page, and give every block that is not it the rule that says why."""
    tree = walk(root, rules.inline_rule)
    place = container.by_site_rule(root, settings.item, settings.keep)
    drop = ", ".join(settings.drop)
    # Outside the article's own element everything is dropped anyway; matching selectors there is the dear part.
    item = place.item if place is not None else None
    dropped = set(select(drop, item if item is not None else root)) if drop else set()
    if place is not None:
        element_rules = _mark(tree, dropped, place)
        container.drop_outside(tree, place.bodies, rules.OUTSIDE)
        rules.drop_blocks([block for block in tree.blocks if block.rule is None])
        return Selection(tree, place, element_rules)
    alone = _by_reading(root, tree, dropped)
    return _by_template(root, alone, dropped, template) if template is not None else alone


def _mark(tree: PageTree, dropped: set[Element], place: Container | None) -> list[str | None]:
    """Set on every block the rule of the element it stands in."""
    if place is None:
        element_rules = rules.node_rules(tree, dropped, set())
    else:
        element_rules = rules.node_rules(tree, dropped, set(place.bodies), authored=place.authored)
    for block in tree.blocks:
        if block.rule not in rules.INLINE_MARKS:
            block.rule, block.detail = element_rules[block.node], ""
    return element_rules


def _by_reading(root: Element, tree: PageTree, dropped: set[Element]) -> Selection:
    place, element_rules, filler = find_place(root, tree, dropped)
    _judge(root, tree, element_rules, place)
    for block in filler:
        block.rule = block.rule or rules.PLACEHOLDER
    return Selection(tree, place, element_rules)


def find_place(root: Element, tree: PageTree, dropped: set[Element]) -> tuple[Container, list[str | None], list[Block]]:
    """Where the article of an unknown page stands, the elements' rules, and the filler that was spared.

    Every block has its rule by element, wording and place; the others are left to be judged by their measures.
    """
    element_rules = _mark(tree, dropped, None)
    rules.drop_blocks(tree.blocks)
    rules.drop_boxes(tree)
    _drop_other_articles(tree, stated_title(root))
    filler = _spare_filler(tree)
    place = container.by_structure(root, tree)
    if place.trust > _SURE_TRUST:
        # What classes say of the page's frame means nothing in what the author typed.
        element_rules = _mark(tree, dropped, place)
        rules.drop_blocks(tree.blocks)
        rules.drop_boxes(tree)
        filler = _spare_filler(tree)
    if place.trust >= _SURE_TRUST:
        container.drop_outside(tree, place.bodies, rules.OUTSIDE)
    return place, element_rules, filler


def _by_template(root: Element, alone: Selection, dropped: set[Element], template: Template) -> Selection:
    """The page read again in the container that its site's other pages taught, where it has one that fits."""
    tree = alone.tree
    place = _learned_place(alone, template)
    if place is None:
        return alone
    element_rules = _mark(tree, dropped, place)
    rules.drop_blocks(tree.blocks)
    rules.drop_boxes(tree)
    filler = _spare_filler(tree)
    for block in kept(tree.blocks):
        pages = template.frame.get(text_key(block.text))
        if pages is not None:
            block.rule, block.detail = rules.TEMPLATE, f"on {pages} of the {template.pages} pages learned from"
    container.drop_outside(tree, place.bodies, rules.OUTSIDE)
    _judge(root, tree, element_rules, place)
    for block in filler:
        block.rule = block.rule or rules.PLACEHOLDER
    return Selection(tree, place, element_rules)


def _learned_place(alone: Selection, template: Template) -> Container | None:
    """The learned container that holds most of what the page's own reading kept, if it holds enough of it."""
    tree = alone.tree
    if alone.place.authored:
        return None
    numbers = unique_tokens(tree)
    whole = sum(len(block.text) for block in kept(tree.blocks))
    best, best_share = None, _LEARNED_HOLDS_SHARE
    # The containers of most pages come first; a rarer one must hold clearly more of this page.
    for learned in template.containers:
        number = numbers.get(learned.token)
        if number is None:
            continue
        inside = tree.below({tree.nodes[number].tag})
        share = sum(len(block.text) for block in kept(tree.blocks) if inside[block.node]) / max(1, whole)
        if share > best_share:
            how = f"learned container {learned.token} (holds the article on {learned.pages} of {template.pages} pages)"
            tag = tree.nodes[number].tag
            best, best_share = Container(tag, (tag,), how, _LEARNED_TRUST), share * _CLEARLY_MORE
    return best


def _drop_other_articles(tree: PageTree, stated: str) -> None:
    """Where the title stands in one <article>, several others without it are cards, comments or the next articles."""
    at = title_at(tree.blocks, keys_of(tree.blocks), fold(stated))
    if at < 0:
        return
    own = set(tree.ancestors(tree.blocks[at].node))
    articles = [number for number, node in enumerate(tree.nodes) if node.name == "article"]
    # one that holds much of the prose is the text itself, whatever the title stands in
    most = _OTHER_ARTICLE_SHARE * tree.nodes[0].prose_chars
    others = [number for number in articles if number not in own and tree.nodes[number].prose_chars <= most]
    if len(others) < _OTHER_ARTICLES or not any(
        number in own and tree.nodes[number].prose_chars > _OWN_ARTICLE_CHARS for number in articles
    ):
        return
    inside = tree.below({tree.nodes[number].tag for number in others})
    for block in tree.blocks:
        if block.rule is None and inside[block.node]:
            block.rule = rules.RELATED


def _spare_filler(tree: PageTree) -> list[Block]:
    """On a page of nothing but filler the filler is read like any text, so that it is seen where it stands."""
    filler = [block for block in tree.blocks if block.rule == rules.PLACEHOLDER]
    if sum(block.prose_chars for block in kept(tree.blocks)) >= _FILLER_PAGE_CHARS:
        return []
    for block in filler:
        block.rule = None
    return filler


def _judge(root: Element, tree: PageTree, element_rules: list[str | None], place: Container) -> None:
    """Drop what reads like boilerplate; filler is spared where there is nothing else, so that it is seen."""
    inside = tree.below(set(place.bodies))
    measures = Measures(tree, element_rules, stated_title(root), place)
    if place.trust >= _SURE_TRUST:
        _take_standfirst(tree, inside, measures)
    doubtful: list[int] = []
    for number, (block, least) in enumerate(zip(tree.blocks, likelihoods_asked(tree, place), strict=True)):
        within = inside[block.node]
        if block.rule is None and (within or place.trust < _SURE_TRUST):
            reads = likelihood(measures.row(number))
            block.detail = f"reads {reads:.0%} like the article, {least:.0%} asked"
            if reads < least:
                block.rule = rules.BOILERPLATE if within else rules.OUTSIDE
                if within and reads >= _LEAST_BESIDE:
                    doubtful.append(number)
    for number in reversed(doubtful):
        if _stands_with_kept(tree, number):
            tree.blocks[number].rule = None


def _stands_with_kept(tree: PageTree, number: int) -> bool:
    """Whether a doubtful block belongs to a kept neighbour: a heading to what follows, a sentence to one beside it."""
    block = tree.blocks[number]
    following = tree.blocks[number + 1] if number + 1 < len(tree.blocks) else None
    if block.kind is BlockKind.HEADING:
        return following is not None and following.rule is None
    if block.link_chars or not block.text.endswith(rules.SENTENCE_ENDS):
        return False
    parent = tree.nodes[block.node].parent
    near = [tree.blocks[number - 1]] if number else []
    near += [following] if following is not None else []
    return any(other.rule is None and tree.nodes[other.node].parent == parent for other in near)


def _take_standfirst(tree: PageTree, inside: list[bool], measures: Measures) -> None:
    """Prose between the title and the container that reads somewhat like the article is its standfirst."""
    first = next((number for number, block in enumerate(tree.blocks) if inside[block.node]), 0)
    for number in range(measures.title + 1, first) if measures.title >= 0 else ():
        block = tree.blocks[number]
        candidate = block.rule == rules.OUTSIDE and block.prose_chars
        if candidate and likelihood(measures.row(number)) >= _LEAST_STANDFIRST:
            block.rule = None


def likelihoods_asked(tree: PageTree, place: Container) -> list[float]:
    """For each block how much it must read like the article to be kept."""
    inside = tree.below(set(place.bodies))
    within = _LEAST_AUTHORED if place.authored else _LEAST_INSIDE[place.trust]
    said: set[str] = set()
    asked = []
    for block in tree.blocks:
        least = within if inside[block.node] else _LEAST_OUTSIDE
        if block.kind is BlockKind.QUOTE and inside[block.node]:
            least = min(least, _LEAST_QUOTED)
        if block.rule is None and len(block.text) >= _SAID_CHARS:
            key = text_key(block.text)
            # What a page says again, in a gallery or a teaser, must read like the article all the more.
            least = max(least, _LEAST_AGAIN) if key in said else least
            said.add(key)
        asked.append(least)
    return asked


def stated_title(root: Element) -> str:
    """What the head calls the page, site name and all."""
    return " ".join(text_of(tag) for tag in root.iter("title"))


def kept(blocks: list[Block]) -> list[Block]:
    """The blocks that no rule dropped."""
    return [block for block in blocks if block.rule is None]
