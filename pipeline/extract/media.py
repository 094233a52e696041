"""What stands in an article beside its text: images with caption and credit, attached files, films.

May import: blocks, fieldwords, html, rules. Addresses are made absolute by the caller's function.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from pipeline.extract import fieldwords, rules
from pipeline.extract.blocks import PageTree
from pipeline.extract.html import Element, text_of, tidy
from pipeline.records import Image

_FILE_NAME = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|odt|ods|odp|rtf|epub|zip|csv)$", re.IGNORECASE)
_DECORATION = re.compile(r"emoji|spacer|pixel|placeholder|blank\.gif|gravatar", re.IGNORECASE)
_CAPTION_CLASS = re.compile(r"caption|legende|légende|wp-caption-text|credit|copyright", re.IGNORECASE)
_CREDIT_CLASS = re.compile(r"credit|copyright|source", re.IGNORECASE)
# A caption may stand in an element round the picture; further out it is the caption of something else.
_CAPTION_LEVELS = 3
_CAPTION_CHARS = 500
_CREDIT_CHARS = 100
_CREDIT_WORDS_CHARS = 20
# A credit may stand as a line of its own under its picture; so many elements further down it is another's.
_CREDIT_NODES = 8
# The address of a picture, the surest attribute first: `src` of a lazily loaded one is a dummy.
_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-lazyload", "src")
_VIDEO_FILE = re.compile(r"\.(mp4|webm|ogv|m4v|mov|m3u8)$", re.IGNORECASE)
_SETTINGS_URL = re.compile(r"(?:youtube|vimeo|dailymotion|hosted|video|external)_(?:url|link)$")
_SETTINGS_CHARS = 20_000

Absolute = Callable[[object], str | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's tree with the rules that drop its elements, and the function that makes addresses absolute."""

    tree: PageTree
    rules: list[str | None]
    absolute: Absolute

    def inside(self, places: set[Element]) -> list[bool]:
        """For each node whether it stands in one of `places` and is not dropped."""
        below = self.tree.below(places)
        return [here and rule is None for here, rule in zip(below, self.rules, strict=True)]


def read_images(frame: Frame, bodies: set[Element]) -> tuple[Image, ...]:
    """The pictures of the article, each address once."""
    inside = frame.inside(bodies)
    lines = list(_credit_lines(frame.tree, inside))
    images: dict[str, Image] = {}
    for tag, node in frame.tree.images:
        if not inside[node]:
            continue
        url = next((url for value in _addresses(tag) if (url := frame.absolute(value))), None)
        if url is None or _DECORATION.search(url) or _DECORATION.search(" ".join(rules.tokens(tag))):
            continue
        caption, credit = _caption(tag)
        credit = credit or next((name for place, name in lines if node <= place <= node + _CREDIT_NODES), None)
        images.setdefault(url, Image(url, tidy(tag.get("alt") or "") or None, caption, credit))
    return tuple(images.values())


def _credit_lines(tree: PageTree, inside: list[bool]) -> Iterator[tuple[int, str]]:
    """Lines of the text that are a credit and nothing else, with where they stand."""
    for block in tree.blocks:
        short = len(block.text) <= _CREDIT_CHARS + _CREDIT_WORDS_CHARS
        if short and inside[block.node] and _credit().match(block.text) and (name := credit_in(block.text)):
            yield block.node, name


def _addresses(tag: Element) -> Iterator[str]:
    for name in _SOURCES:
        if value := tag.get(name):
            yield value
    for value in (tag.get("data-srcset"), tag.get("srcset")):
        if value and (first := value.split(",")[0].split()):
            yield first[0]


def _caption(image: Element) -> tuple[str | None, str | None]:
    """The words under a picture, and who made it, as the caption or an element beside it says."""
    caption = credit = None
    here: Element | None = image
    for _ in range(_CAPTION_LEVELS):
        here = here.getparent() if here is not None else None
        if here is None or (here.tag not in ("figure", "a", "picture", "span", "dt", "dl") and not _wraps(here)):
            break
        for tag in here.iter("figcaption", "p", "span", "dd", "small", "div", "cite"):
            name = tag.get("class") or ""
            if tag.tag != "figcaption" and not _CAPTION_CLASS.search(name):
                continue
            text = tidy(text_of(tag))
            if not text or len(text) > _CAPTION_CHARS:
                continue
            if _CREDIT_CLASS.search(name):
                credit = credit or text
            else:
                caption = caption or tidy(" ".join(tag.itertext()))
        if caption:
            break
    stated = credit_in(credit or caption or "")
    return caption, stated or (credit[:_CREDIT_CHARS] if credit else None)


def _wraps(tag: Element) -> bool:
    """A `div` that does nothing but hold a picture and its caption."""
    return tag.tag == "div" and _CAPTION_CLASS.search(tag.get("class") or "") is not None


@cache
def _credit() -> re.Pattern[str]:
    words = sorted(fieldwords.sections("credit_words.txt")["before"], key=len, reverse=True)
    signs = "|".join(map(re.escape, fieldwords.sections("credit_words.txt")["sign"]))
    before = "|".join(map(re.escape, words))
    return re.compile(rf"(?:\b(?:{before})\s*(?::|–|-|(?:{signs}))|{signs})\s*(?:{signs})?\s*", re.IGNORECASE)


def credit_in(caption: str) -> str | None:
    """Who made a picture, as its caption says; None when it does not.

    >>> credit_in("Le pont de Hué. Crédit photo : Mai Linh"), credit_in("© Ville de Nice / A. Roux")
    ('Mai Linh', 'Ville de Nice / A. Roux')
    >>> credit_in("Le crédit photo est voté.") is None
    True
    """
    found = None
    for mark in _credit().finditer(caption[:_CAPTION_CHARS]):
        found = mark
    if found is None:
        return None
    name = re.split(r"(?<!\b[A-Z])[.;]\s|[\n)>]", caption[found.end() :], maxsplit=1)[0]
    name = name.strip(" .,;:-–—|()")
    return name if 0 < len(name) <= _CREDIT_CHARS else None


def _path(href: str) -> str:
    return href.partition("?")[0].partition("#")[0].strip()


def read_attachments(frame: Frame, item: Element | None) -> tuple[str, ...]:
    """Files that the article's own element links to."""
    if item is None:
        return ()
    inside = frame.inside({item})
    found: dict[str, None] = {}
    for tag, node in frame.tree.links:
        href = tag.get("href")
        if href and inside[node] and _FILE_NAME.search(_path(href)) and (url := frame.absolute(href)):
            found.setdefault(url)
    return tuple(found)


@cache
def _players() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = (line.split("\t") for line in fieldwords.lines("video_hosts.txt"))
    return tuple((re.compile(pattern), watch) for pattern, watch in rows)


def watch_address(url: str) -> str | None:
    """Where a reader finds an embedded film; None when the address is no film's.

    >>> watch_address("https://www.youtube-nocookie.com/embed/fsjQj3Pqb7g?feature=oembed")
    'https://www.youtube.com/watch?v=fsjQj3Pqb7g'
    >>> watch_address("https://player.vimeo.com/video/76979871"), watch_address("https://maps.example/embed/1")
    ('https://vimeo.com/76979871', None)
    """
    bare = re.sub(r"^(?:https?:)?//", "", url.strip(), flags=re.IGNORECASE).removeprefix("www.")
    for pattern, watch in _players():
        if found := pattern.match(bare):
            return watch.format(unquote(found[1]))
    return url if _VIDEO_FILE.search(_path(bare)) else None


def read_videos(frame: Frame, places: set[Element]) -> tuple[str, ...]:
    """Films embedded in the article, by the address where they are watched."""
    inside = frame.inside(places)
    found: dict[str, None] = {}
    for value in _embedded(frame.tree, inside):
        url = watch_address(value)
        # A player's own address may lack its scheme; a file's is relative to the page.
        if url is not None and (absolute := frame.absolute(url)):
            found.setdefault(absolute)
    return tuple(found)


def _embedded(tree: PageTree, inside: list[bool]) -> Iterator[str]:
    """Addresses that frames, players and page builders name, in the order of the page as far as it is known."""
    places: list[tuple[int, str]] = []
    for tag, node in tree.embeds:
        if inside[node]:
            own = (tag.get(name) for name in ("data-src", "data-lazy-src", "data-litespeed-src", "src", "data"))
            nested = (source.get("src") for source in tag.iter("source", "embed") if source is not tag)
            places += [(node, value) for value in (*own, *nested) if value]
    for number, node_ in enumerate(tree.nodes):
        settings = node_.tag.get("data-settings") if inside[number] else None
        if settings and ("_url" in settings or "_link" in settings):
            places += [(number, value) for value in _in_settings(settings)]
    yield from (value for _, value in sorted(places, key=lambda place: place[0]))


def _in_settings(settings: str) -> Iterator[str]:
    """The film that a widget of a page builder loads when it is clicked."""
    if len(settings) > _SETTINGS_CHARS:
        return
    try:
        values = json.loads(settings)
    except (ValueError, RecursionError):
        return
    for name, value in values.items() if isinstance(values, dict) else ():
        link = value.get("url") if isinstance(value, dict) else value
        if isinstance(link, str) and link and _SETTINGS_URL.search(name):
            yield link
