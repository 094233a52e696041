"""articles.yaml as records: items, their terms and their text as blocks.

May import: yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

FOLDERS = {"themes": "nos-themes", "countries": "pays", "cities": "membre"}
"""Taxonomy → folder of its pages, which is also the prefix of its classes."""

KIND_LABELS = {
    "actualite": "Actualités",
    "actions": "Actions",
    "document": "Ressources",
    "evenement": "Événements",
    "association": "L’association",
    "root": "",
}


LISTINGS = {
    "actualite": "/toutes-nos-actualites/",
    "actions": "/nos-projets/toutes/",
    "document": "/ressources/toutes/",
    "evenement": "/agenda-des-evenements/toutes/",
}
"""Kind → the listing of its items."""


@dataclass(frozen=True, slots=True)
class Label:
    """A term of one of the site's taxonomies; `code` is the ISO code of a country."""

    taxonomy: str
    slug: str
    name: str
    code: str | None = None

    @property
    def path(self) -> str:
        """The page that lists what carries this term."""
        return f"/{FOLDERS[self.taxonomy]}/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an article: kind is p, h2, li, quote, row, img or file; `parts` are its cells."""

    kind: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One page of articles.yaml."""

    id: int
    kind: str
    slug: str
    title: str
    label: str
    published: datetime
    modified: datetime
    summary: str
    blocks: tuple[Block, ...]
    labels: tuple[Label, ...]
    video: str | None
    password: bool
    is_article: bool

    @property
    def path(self) -> str:
        """Where the page stands."""
        return f"/{self.slug}/" if self.kind == "root" else f"/{self.kind}/{self.slug}/"

    def names(self, taxonomy: str) -> tuple[str, ...]:
        """Names of the item's terms of one taxonomy."""
        return tuple(label.name for label in self.labels if label.taxonomy == taxonomy)

    def codes(self) -> tuple[str, ...]:
        """ISO codes of the item's countries."""
        return tuple(label.code for label in self.labels if label.code)

    def texts(self) -> list[str]:
        """The text of each block as a reader sees it; of an attachment its label, of a picture nothing."""
        return [plain(b.parts[1] if b.kind == "file" else " ".join(b.parts)) for b in self.blocks if b.kind != "img"]

    def html_classes(self) -> str:
        """WordPress' classes of the item: post-ID, type and terms."""
        kind = "page" if self.kind in ("root", "association") else self.kind
        terms = (f"{FOLDERS[label.taxonomy]}-{label.slug}" for label in self.labels)
        locked = ("post-password-required",) if self.password else ()
        return " ".join((f"post-{self.id}", kind, f"type-{kind}", "status-publish", *locked, "hentry", *terms))


def plain(text: str) -> str:
    """Block text without the markup of links."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)


@cache
def all_items() -> tuple[Item, ...]:
    """Every item, articles first, in the order of the file."""
    data = _data()
    return (
        *(_item(raw, data, is_article=True) for raw in data["articles"]),
        *(_item(raw, data, is_article=False) for raw in data["not_articles"]),
    )


@cache
def all_labels() -> tuple[Label, ...]:
    """Every term, in the order of the file."""
    data = _data()
    return tuple(_label(data, taxonomy, slug) for taxonomy in FOLDERS for slug in data[taxonomy])


@cache
def _data() -> dict[str, Any]:
    text = files(__package__).joinpath("articles.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _label(data: dict[str, Any], taxonomy: str, slug: str) -> Label:
    value = data[taxonomy][slug]
    if taxonomy == "countries":
        return Label(taxonomy, slug, value[0], value[1])
    return Label(taxonomy, slug, value)


def _item(raw: dict[str, Any], data: dict[str, Any], *, is_article: bool) -> Item:
    return Item(
        id=raw["id"],
        kind=raw["kind"],
        slug=raw["slug"],
        title=raw["title"],
        label=raw["label"],
        published=raw["published"],
        modified=raw["modified"],
        summary=raw["summary"],
        blocks=parse_blocks(raw["body"]),
        labels=tuple(_label(data, taxonomy, slug) for taxonomy in FOLDERS for slug in raw[taxonomy]),
        video=raw.get("video"),
        password=raw.get("password", False),
        is_article=is_article,
    )


_MARKS = {"## ": "h2", "- ": "li", "> ": "quote", "| ": "row", "! ": "img", "@ ": "file"}


def parse_blocks(body: str) -> tuple[Block, ...]:
    r"""Read the notation that articles.yaml explains at its top.

    >>> [b.kind for b in parse_blocks("Un.\n\n## Deux\n\n- trois\n| a | b |")]
    ['p', 'h2', 'li', 'row']
    """
    return tuple(_block(line.strip("\n")) for line in body.split("\n") if line)


def _block(line: str) -> Block:
    for mark, kind in _MARKS.items():
        if line.startswith(mark):
            rest = line[len(mark) :].strip("| ")
            cells = tuple(cell.strip(" ") for cell in rest.split("|")) if kind in ("row", "img", "file") else (rest,)
            return Block(kind, cells)
    return Block("p", (line,))
