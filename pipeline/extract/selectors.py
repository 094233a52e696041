"""CSS selectors of the configuration, asked of a page's tree. May import: html."""

from __future__ import annotations

from functools import lru_cache

from cssselect import HTMLTranslator
from lxml import etree

from pipeline.extract.html import Element


@lru_cache(maxsize=256)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::"))


def select(selector: str, root: Element) -> list[Element]:
    """The elements that match, `root` itself among them, in the order of the page."""
    found = _compiled(selector)(root)
    return [element for element in found if isinstance(element, Element)] if isinstance(found, list) else []
