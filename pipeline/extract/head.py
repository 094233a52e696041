"""What the head of a page states: JSON-LD, Open Graph and meta elements, the site's names. May import: html, urls.

Nothing is believed here; who reads a field weighs what stands here against what the page shows.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipeline.extract.html import Element, tidy
from pipeline.urls import canonical_key

_JSON_LD_CHARS = 1_000_000
_GRAPH_NODES = 500
# Types of schema.org that are an article, the surest first; then those of any page.
_ARTICLE_TYPES = frozenset(
    "article newsarticle blogposting report reportagenewsarticle scholarlyarticle techarticle opinionnewsarticle "
    "analysisnewsarticle liveblogposting socialmediaposting discussionforumposting medicalscholarlyarticle".split()
)
_PAGE_TYPES = frozenset(
    "webpage aboutpage itempage collectionpage contactpage faqpage event videoobject podcastepisode recipe howto "
    "qapage medicalwebpage creativework".split()
)
_NESTED = ("@graph", "mainEntity", "mainEntityOfPage")
_SITE_TYPES = frozenset(("website", "organization", "newsmediaorganization", "governmentorganization"))
# One element an author.
_REPEATED = frozenset(("author", "article:author", "citation_author", "dc.creator", "parsely-author"))


@dataclass(frozen=True, slots=True)
class Head:
    """`node` is the JSON-LD node of the page itself, `graph` all nodes, `names` what the site calls itself."""

    url: str
    metas: Mapping[str, str]
    graph: list[dict[str, Any]]
    node: Mapping[str, Any]
    names: list[str]

    def topics(self) -> Iterator[tuple[str, str]]:
        """Article sections and the way of breadcrumbs, each with its source."""
        sections = self.node.get("articleSection")
        for section in sections if isinstance(sections, list) else [sections]:
            if isinstance(section, str) and (label := tidy(html.unescape(section))):
                yield "json-ld", label
        if "article:section" in self.metas:
            yield "meta article:section", html.unescape(self.metas["article:section"])
        way = next((node.get("itemListElement") for node in self.graph if "breadcrumblist" in types(node)), None)
        # The first step is the home page, the last one the article itself.
        for step in way[1:-1] if isinstance(way, list) else ():
            if isinstance(step, dict):
                thing = step.get("item")
                name = step.get("name") or (thing.get("name") if isinstance(thing, dict) else None)
                if isinstance(name, str) and (label := tidy(html.unescape(name))):
                    yield "breadcrumb", label


def read_head(root: Element, url: str, site_name: str) -> Head:
    """Read the head of the page that was asked by `url`."""
    metas = _metas(root)
    graph = _graph(root)
    return Head(url, metas, graph, _own_node(graph, url), _site_names(site_name, metas, graph, url))


def _site_names(site_name: str, metas: Mapping[str, str], graph: list[dict[str, Any]], url: str) -> list[str]:
    """What the site calls itself: cut from titles, and never an author."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    names = [site_name, metas.get("og:site_name"), metas.get("application-name"), host]
    # A blog of one person is an organisation by its JSON-LD too.
    names += [node.get("name") for node in graph if types(node) & _SITE_TYPES and "person" not in types(node)]
    return [name for name in dict.fromkeys(names) if isinstance(name, str) and name]


def _metas(root: Element) -> dict[str, str]:
    """The page's meta elements by property, name or itemprop in lower case; the first of a name counts."""
    metas: dict[str, str] = {}
    head = root.find("head")
    for tag in (root if head is None else head).iter("meta"):
        content = tidy(tag.get("content") or "")
        if content:
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                name = (tag.get(attribute) or "").strip().lower()
                if name in _REPEATED and name in metas:
                    metas[name] += f"; {content}"
                elif name:
                    metas.setdefault(name, content)
    return metas


# Old templates wrap scripts for parsers that are long gone.
_NO_JSON = re.compile(r"^\s*(?://|/\*)?\s*<!(?:\[CDATA\[|--)(?:\s*\*/)?|(?:/\*|//)?\s*(?:\]\]|--)>\s*(?:\*/)?\s*$")


def _graph(root: Element) -> list[dict[str, Any]]:
    """All JSON-LD nodes of a page, flat, bounded; unreadable scripts are passed over."""
    found: list[dict[str, Any]] = []
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        text = script.text or ""
        if len(text) > _JSON_LD_CHARS:
            continue
        try:
            todo: list[Any] = [json.loads(_NO_JSON.sub("", text), strict=False)]
        except (ValueError, RecursionError):
            continue
        while todo and len(found) < _GRAPH_NODES:
            value = todo.pop(0)
            if isinstance(value, list):
                todo.extend(value)
            elif isinstance(value, dict):
                found.append(value)
                todo.extend(value.get(key) for key in _NESTED if key in value)
    return found


def types(node: Mapping[str, Any]) -> set[str]:
    """The types of a JSON-LD node, lower case."""
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {str(k).lower() for k in kinds if k}


def _own_node(graph: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """The node of this page: an article type first, then a page type; what names this address, or has a date."""
    for wanted in (_ARTICLE_TYPES, _PAGE_TYPES):
        nodes = [node for node in graph if types(node) & wanted]
        named = [node for node in nodes if len(nodes) > 1 and _names_address(node, url)]
        for candidates in (named, nodes):
            if candidates:
                return next((node for node in candidates if node.get("datePublished")), candidates[0])
    return next((node for node in graph if node.get("datePublished")), {})


def _names_address(node: Mapping[str, Any], url: str) -> bool:
    entity = node.get("mainEntityOfPage")
    stated = (node.get("url"), node.get("@id"), entity.get("@id") if isinstance(entity, dict) else entity)
    key = canonical_key(url)
    return any(isinstance(one, str) and "://" in one and canonical_key(one.partition("#")[0]) == key for one in stated)
