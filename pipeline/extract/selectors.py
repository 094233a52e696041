"""CSS selectors of the configuration, asked of a page's tree. May import: html."""

from __future__ import annotations

from functools import lru_cache

from cssselect import HTMLTranslator
from lxml import etree

from pipeline.extract.html import Element


@lru_cache(maxsize=256)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::"))


@lru_cache(maxsize=256)
def _test(selector: str) -> etree.XPath:
    """A selector turned inside out: what an element must be, and what must stand round it."""
    translator = HTMLTranslator()
    paths = []
    for part in selector.split(","):
        *outer, own = part.split()
        path = translator.css_to_xpath(own, prefix="self::")
        for name in outer:
            path += f"[{translator.css_to_xpath(name, prefix='ancestor::')}]"
        paths.append(path)
    return etree.XPath(" | ".join(paths))


def matches(selector: str, element: Element) -> bool:
    """Whether one element is what a list of selectors names; those have at most one element round another."""
    return bool(_test(selector)(element))


def select(selector: str, root: Element) -> list[Element]:
    """The elements that match, `root` itself among them, in the order of the page."""
    found = _compiled(selector)(root)
    return [element for element in found if isinstance(element, Element)] if isinstance(found, list) else []
