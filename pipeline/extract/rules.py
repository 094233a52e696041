"""Which elements and blocks are not the article, and why: an ordered list of named rules.

May import: blocks, html, wordlists. An element rule drops all that stands in the element; a block
rule drops one block. The first rule that speaks wins, and its name is kept for `aimf explain`.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.extract import wordlists
from pipeline.extract.blocks import Block, BlockKind, Node, PageTree
from pipeline.extract.html import Element, fold

SITE_RULE = "site rule"
HIDDEN = "hidden"
PLACEHOLDER = "placeholder text"
RELATED = "related"
OUTSIDE = "outside the article"
TITLE = "title"
BYLINE = "byline"
TEMPLATE = "template text"
BOILERPLATE = "reads like boilerplate"

# An element that holds more than this share of the page's prose is the page itself, whatever its classes say
# (themes put words like "sidebar" or "share" on the article).
_WHOLE_PAGE_SHARE = 0.5
_FRAME_TEXT = 0.5
# Placeholder: this share of a text's words from the filler vocabulary, at least so many of them.
_FILLER_SHARE = 0.5
_FILLER_WORDS = 3
# Wordings are looked up only in blocks as short as these: an article may well speak of a newsletter.
_WORDING_CHARS = 90

_TAGS = {
    "nav": "navigation",
    "footer": "banner and footer",
    "menu": "navigation",
    "dialog": "popup",
    "aside": "sidebar",
    "form": "form",
} | dict.fromkeys(
    ("button", "select", "textarea", "option", "label", "input", "datalist", "fieldset"), "page furniture"
)
_ROLES = {
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "banner": "banner and footer",
    "contentinfo": "banner and footer",
    "complementary": "sidebar",
    "search": "page furniture",
    "dialog": "popup",
    "alertdialog": "popup",
}
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ELEMENTOR_TYPES = {"loop": RELATED, "loop-item": RELATED, "popup": "popup"}
_ELEMENTOR_NOWHERE = {"elementor-hidden-desktop", "elementor-hidden-tablet", "elementor-hidden-mobile"}
SENTENCE_ENDS = (".", "!", "?", "…", "»", "”", ")")
_WORDS = re.compile(r"[^\W\d_]+")


def tokens(tag: Element) -> list[str]:
    """Class and id tokens of an element."""
    found = (tag.get("class") or "").split()
    name = tag.get("id")
    return [*found, name] if name else found


def element_rule(node: Node, share: float, *, in_article: bool) -> str | None:
    """The rule that drops an element, or None. `share` is its part of the page's prose, 0 to 1."""
    if share > _WHOLE_PAGE_SHARE:
        return None
    tag = node.tag
    if tag.attrib:
        if _is_hidden(tag):
            return HIDDEN
        role = tag.get("role")
        if role and (by_role := _ROLES.get(role.lower())):
            return by_role
    if node.name == "header" and not in_article:
        return "banner and footer"
    return _TAGS.get(node.name) or (_mark_rule(tag) if tag.attrib else None)


INLINE_MARKS = frozenset((HIDDEN, "skip link", "screen reader", "share", "popup"))


def inline_rule(tag: Element) -> str | None:
    """Why an inline element is not read with the sentence it stands in, or None."""
    if _is_hidden(tag):
        return HIDDEN
    if "class" not in tag.attrib:
        return None
    return next((rule for token in tokens(tag) if (rule := _token_rule(token)) in INLINE_MARKS), None)


def _is_hidden(tag: Element) -> bool:
    if "hidden" in tag.attrib or tag.get("aria-hidden") == "true":
        return True
    style = tag.get("style")
    if style and _NOT_SHOWN.search(style):
        return True
    return "elementor-hidden-desktop" in (tag.get("class") or "") and set(tokens(tag)) >= _ELEMENTOR_NOWHERE


def _mark_rule(tag: Element) -> str | None:
    if tag.tag in ("body", "html", "main", "article"):
        return None
    for token in tokens(tag):
        rule = _token_rule(token)
        if rule:
            return rule
    return _ELEMENTOR_TYPES.get(tag.get("data-elementor-type") or "")


@cache
def _token_rule(token: str) -> str | None:
    if len(token) > 80:
        return None
    return next((rule for pattern, rule in wordlists.marks() if pattern.fullmatch(token)), None)


# What the classes of an element say of the page's frame means nothing inside the text that a site rule names.
_FRAME = frozenset(("author box", "sidebar", "banner and footer"))
# In what the author typed into a page builder, a list of other pages or of accounts is the author's own, too.
_AUTHORED = _FRAME | {RELATED, "share", "follow"}


def node_rules(
    tree: PageTree, dropped_by_site: set[Element], kept: set[Element], *, authored: bool = False
) -> list[str | None]:
    """For each element of the tree the rule that drops it, its own or an outer one's.

    `kept` are elements known to hold the text, `authored` says that they hold nothing but what its author typed.
    """
    meaningless = _AUTHORED if authored else _FRAME
    inside = tree.below(kept)
    in_article: list[bool] = []
    all_prose, all_chars = max(1, tree.nodes[0].prose_chars), max(1, tree.nodes[0].chars)
    rules: list[str | None] = []
    for number, node in enumerate(tree.nodes):
        in_article.append((node.parent >= 0 and in_article[node.parent]) or node.name in ("article", "main"))
        outer = rules[node.parent] if node.parent >= 0 else None
        if outer is None:
            own = element_rule(node, node.prose_chars / all_prose, in_article=in_article[-1])
            if (
                own is None
                and node.prose_chars > _WHOLE_PAGE_SHARE * all_prose
                and node.chars < _FRAME_TEXT * all_chars
            ):
                # A page of headings and links: a footer may hold all of its prose and is a footer still.
                frame = element_rule(node, 0.0, in_article=in_article[-1])
                own = frame if frame in ("banner and footer", "navigation") else None
            outer = SITE_RULE if node.tag in dropped_by_site else own
        rules.append(None if inside[number] and outer in meaningless else outer)
    return rules


# A page builder's counter or progress bar shows its number by script; without, it says 0.
_IDLE_COUNTER = re.compile(r"[+€$£]\s*0|0\s*[%+€$£]")


def is_placeholder(text: str) -> bool:
    """Whether a text is filler that its editors forgot.

    >>> is_placeholder("Lorem ipsum dolor sit amet, consectetur adipiscing elit.")
    True
    >>> is_placeholder("Vivamus sagittis lacus vel augue laoreet rutrum")
    True
    >>> is_placeholder("0 %"), is_placeholder("100 %")
    (True, False)
    >>> is_placeholder("Le maire a réuni le conseil.")
    False
    """
    if len(text) <= _WORDING_CHARS and (fold(text) in wordlists.placeholder_phrases() or _IDLE_COUNTER.fullmatch(text)):
        return True
    words = _WORDS.findall(text[:600].lower())
    known = wordlists.placeholder_words()
    filler = sum([(word if word.isascii() else fold(word)) in known for word in words])
    return filler >= _FILLER_WORDS and filler >= _FILLER_SHARE * len(words)


def wording_rule(block: Block) -> str | None:
    """The rule that a short block's wording meets, or None."""
    if len(block.text) > _WORDING_CHARS:
        return None
    folded = fold(block.text)
    if not folded:
        return None
    whole = wordlists.whole_wordings().get(folded)
    if whole:
        return whole
    return next((rule for start, rule in wordlists.beginnings() if folded.startswith(start)), None)


_WRITTEN_DAY = r"\d{1,2}(er|ᵉʳ|st|nd|rd|th)?\.?\s+(de\s+)?[^\W\d_]+\.?,?\s+(de\s+)?(19|20)\d\d"
_DAY = rf"(\d{{1,2}}[./-]\d{{1,2}}[./-](19|20)\d\d|{_WRITTEN_DAY})"
_BYLINE = re.compile(
    r"((par|by|von|por|publié|posté|mis à jour|modifié|published|posted|updated|publicado|"
    r"pubblicato|veröffentlicht|geplaatst|le|on)\b.{0,70})?([^\W\d_]+(-feira)?,?\s+)?"
    rf"{_DAY}.{{0,20}}",
    re.IGNORECASE,
)


def is_byline(text: str) -> bool:
    """Whether a text is an author and date line.

    >>> is_byline("Publié le 3 juin 2019 à 14 h"), is_byline("Le 3 juin 2019, le maire a signé l’accord de prêt.")
    (True, False)
    """
    return len(text) < 2 * _WORDING_CHARS and _BYLINE.fullmatch(text) is not None


def drop_byline(blocks: list[Block]) -> None:
    """Author and date line at the head of the text: they have fields of their own."""
    for block in [block for block in blocks if block.rule is None][:3]:
        ends_a_sentence = block.text.endswith((*SENTENCE_ENDS, ":"))
        if block.kind is not BlockKind.HEADING and not ends_a_sentence and is_byline(block.text):
            block.rule = BYLINE


def drop_blocks(blocks: list[Block]) -> None:
    """Judge the blocks that the element rules left: sets `rule` on those that are not the article."""
    related_level = 0
    for block in blocks:
        if block.rule is not None:
            continue
        if is_placeholder(block.text):
            block.rule = PLACEHOLDER
            continue
        block.rule = wording_rule(block)
        if block.rule == RELATED:
            related_level = block.level or 9
        elif related_level:
            # After "you may also like" come links, until prose or the next heading says otherwise.
            ends = block.kind is BlockKind.HEADING and block.level <= related_level and block.link_share < 0.5
            if ends or (block.rule is None and block.link_share < 0.5 and len(block.text) > _WORDING_CHARS):
                related_level = 0
            elif block.rule is None and block.link_share >= 0.5:
                block.rule = RELATED
    _drop_headings_left_alone(blocks)


# Lines of these rules at the head of a box say what the box is.
_BOX_TITLES = frozenset((RELATED, "comments"))


def drop_boxes(tree: PageTree) -> None:
    """A box whose first line is a wording of boilerplate is that boilerplate, whatever else stands in it.

    The box is the largest element that begins with the line; one that holds much of the page's prose is no box.
    """
    first: list[int] = [-1] * len(tree.nodes)
    for number, block in enumerate(tree.blocks):
        for node in tree.ancestors(block.node):
            if first[node] >= 0:
                break
            first[node] = number
    boxes: dict[int, str] = {}
    for number, block in enumerate(tree.blocks):
        if block.rule in _BOX_TITLES and wording_rule(block) == block.rule:
            for node in tree.ancestors(block.node):
                if (
                    first[node] != number
                    or tree.nodes[node].prose_chars > _WHOLE_PAGE_SHARE * tree.nodes[0].prose_chars
                ):
                    break
                boxes[node] = block.rule
    for block in tree.blocks if boxes else ():
        if block.rule is None:
            block.rule = next((boxes[node] for node in tree.ancestors(block.node) if node in boxes), None)


def _drop_headings_left_alone(blocks: list[Block]) -> None:
    """A last heading whose whole matter was dropped as boilerplate goes with it."""
    for number in range(len(blocks) - 1, -1, -1):
        block = blocks[number]
        if block.rule is not None:
            continue
        if block.kind is not BlockKind.HEADING:
            return
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if following is None or following.rule not in (RELATED, PLACEHOLDER, "newsletter", "share", "follow"):
            return
        block.rule = following.rule
