"""Who wrote an article: names only, no addresses, accounts or site names. May import: fieldwords, head, html, shown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from lxml import etree

from pipeline.extract import fieldwords
from pipeline.extract.blocks import Block, BlockKind
from pipeline.extract.head import Head
from pipeline.extract.html import Element, fold, text_of, tidy
from pipeline.extract.shown import Shown

_METAS = (
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "twitter:data1",
)
_LABELS_OF_TWITTER = ("written by", "écrit par", "ecrit par", "verfasst von", "geschrieben von", "escrito por")
# A name longer than this is a sentence.
_NAME_CHARS = 60
_NAME_WORDS = 6
_LINE_CHARS = 120
_AUTHORS = 8
_ADDRESS = re.compile(r"https?://\S*|www\.\S*|\S+@\S+", re.IGNORECASE)
_DATE_OR_TIME = re.compile(
    r"(?:\b(?:le|am|on|vor|il y a)\s+)?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|"
    r"\d{1,2}(?:er|\.|th|st|nd|rd)?\s+[^\W\d_]{3,9}\.?,?\s+\d{4}|[^\W\d_]{3,9}\.?\s+\d{1,2},?\s+\d{4}|\d{1,2}[:h]\d\d).*$",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(r"\s*(?:[;|/•·]|,|\bet\b|\band\b|\bund\b|&|\s[–—-]\s)\s*", re.IGNORECASE)
_NOT_THE_TEXT = re.compile(r"\s+(?:photos?|foto|fotos|bild|bilder|crédits?|illustrations?)\s*:|\s*\(", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_TITLE_AFTER_COMMA = re.compile(r"(?:ph\.?\s?d|m\.?\s?d|jr|sr)\.?$", re.IGNORECASE)


def read_authors(head: Head, shown: Shown) -> tuple[tuple[str, ...], str]:
    """The authors and where they were read; the first statement that names anybody counts."""
    own = {fold(name) for name in head.names} | {""}
    for source, claims in _claims(head, shown):
        names = [name for claim in claims for name in names_in(claim, own)]
        if names:
            return tuple(dict.fromkeys(names))[:_AUTHORS], source
    return (), ""


def _claims(head: Head, shown: Shown) -> Iterator[tuple[str, list[str]]]:
    metas = head.metas
    yield "json-ld", _of_graph(head.node, head.graph)
    for name in _METAS:
        if name in metas and (name != "twitter:data1" or metas.get("twitter:label1", "").lower() in _LABELS_OF_TWITTER):
            yield f"meta {name}", [metas[name]]
    yield "microdata", _of_microdata(shown)
    yield "author link", _of_links(shown)
    yield "byline", list(_of_classes(shown, shown.near_title()))
    yield "byline", list(_of_lines(shown))
    yield "byline", list(_of_classes(shown, shown.own_lines(_NAME_CHARS)))


def _of_graph(node: Mapping[str, Any], graph: list[dict[str, Any]]) -> list[str]:
    by_id = {other.get("@id"): other for other in graph if isinstance(other.get("@id"), str)}
    claims = node.get("author") or node.get("creator")
    names = []
    for claim in claims if isinstance(claims, list) else [claims]:
        name = claim
        if isinstance(claim, dict):
            known = claim.get("@id")
            name = claim.get("name") or (by_id.get(known, {}).get("name") if isinstance(known, str) else None)
        if isinstance(name, list):
            names += [one for one in name if isinstance(one, str)]
        elif isinstance(name, str):
            names.append(name)
    return names


_NAME_INSIDE = etree.XPath("descendant-or-self::*[@itemprop='name' or @property='name']")
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|auteur|autor|authors|autoren|byline|fn)(?:$|\s|[_-]?(?:name|link|names)(?![^\s]))",
    re.IGNORECASE,
)
_AUTHOR_PAGE = re.compile(r"/(?:authors?|auteurs?|autor|autoren|autorin|redacteurs?|redaktion)/[^/?#]", re.IGNORECASE)


def _elements(found: object) -> list[Element]:
    return [tag for tag in found if isinstance(tag, Element)] if isinstance(found, list) else []


def _of_microdata(shown: Shown) -> list[str]:
    names = []
    for tag in [*shown.marked("author"), *shown.marked("creator")][:_AUTHORS]:
        inner = _elements(_NAME_INSIDE(tag))
        one = inner[0] if inner else tag
        names.append(one.get("content") or text_of(one))
    return names


def _of_links(shown: Shown) -> list[str]:
    """Links that call themselves the author's, and links to the pages of authors; the nearest to the title."""
    named, paged = [], []
    for tag, _ in shown.tree.links:
        href = tag.get("href") or ""
        if "author" in (tag.get("rel") or ""):
            named.append(tag)
        elif ("aut" in href or "redak" in href or "redac" in href) and _AUTHOR_PAGE.search(href):
            paged.append(tag)
    for tags in (named, paged):
        own = [tag for tag in tags if fold(text_of(tag)) and not shown.is_frame(tag)]
        if own:
            return [text_of(min(own, key=shown.order))]
    return []


def _of_classes(shown: Shown, blocks: Iterable[Block]) -> Iterator[str]:
    """Elements whose class says author, the innermost first."""
    for block in blocks:
        if len(block.text) > _LINE_CHARS:
            continue
        tag = shown.tree.nodes[block.node].tag
        inner = [one for one in tag.iter("span", "a", "strong", "b") if _AUTHOR_CLASS.search(one.get("class") or "")]
        if inner:
            yield text_of(inner[-1])
            return
        round_it = (tag, tag.getparent())
        if any(one is not None and _AUTHOR_CLASS.search(one.get("class") or "") for one in round_it):
            yield block.text
            return


@cache
def _before() -> re.Pattern[str]:
    words = sorted(fieldwords.sections("byline_words.txt")["before"], key=len, reverse=True)
    return re.compile(r"\s*(?:" + "|".join(map(re.escape, words)) + r")\b\s*:?\s*", re.IGNORECASE)


# A name as people have them, with the small words inside.
_PERSON = re.compile(
    r"[^\W\d_a-zà-ÿ][\w’'.-]*(?:\s+(?:(?:de|du|des|da|di|von|van|der|den|la|le|el|al|ben|bin|zu|ten)\s+)*[^\W\d_a-zà-ÿ][\w’'.-]*){1,3}"
)


def _of_lines(shown: Shown) -> Iterator[str]:
    """Lines near the title that begin as a byline does and go on with a name."""
    for block in shown.near_title():
        text = block.text
        if block.kind is BlockKind.HEADING or len(text) > _LINE_CHARS:
            continue
        if (found := _before().match(text)) and _PERSON.match(text, found.end()):
            yield text[found.end() :]
            return


def names_in(claim: str, own: set[str]) -> list[str]:
    """The names in a statement of authors; `own` are folded names of the site.

    >>> names_in("Par Awa Diop et Jean-Marc Petit, le 3 mai 2021", set())
    ['Awa Diop', 'Jean-Marc Petit']
    >>> names_in("https://ville.example/author/x", set()), names_in("Ville de Kindia", {"villedekindia"})
    ([], [])
    >>> names_in("admin", set()), names_in("by Ann Lee (AFP)", set())
    ([], ['Ann Lee'])
    """
    text = _ADDRESS.sub(" ", tidy(html.unescape(claim))[: 4 * _LINE_CHARS])
    text = _DATE_OR_TIME.sub("", _BRACKETS.sub(" ", text))
    text = _NOT_THE_TEXT.split(text)[0]
    while (found := _before().match(text)) and found.end() < len(text):
        text = text[found.end() :]
    names = []
    for number, part in enumerate(_BETWEEN.split(text)):
        name = tidy(part).strip(" .,:;-–—|\"'«»“”")
        if number == 0 and fold(name) in own - {""}:
            # « Ville de Kindia, Service communication »: what follows the site's name is no person.
            return []
        if found := _before().match(name):
            name = name[found.end() :]
        if _is_name(name, own) and not _TITLE_AFTER_COMMA.match(name):
            names.append(name)
    return names


def _is_name(name: str, own: set[str]) -> bool:
    folded = fold(name)
    if not folded or folded in own or name.lower() in fieldwords.sections("byline_words.txt")["nobody"]:
        return False
    if "@" in name or len(name) > _NAME_CHARS or len(name.split()) > _NAME_WORDS:
        return False
    return any(letter.isalpha() for letter in name) and sum(letter.isdigit() for letter in name) <= len(name) / 3
