"""A second site, of another making: five plain HTML5 pages without any CMS, one of them in English.

Shows several sites in one archive, and extraction that knows nothing of the site. May import: content, items,
yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import yaml

from pipeline.sample.content import Expected, Page, first_sentence, last_sentence
from pipeline.sample.items import Block, parse_blocks

SECOND_BASE_URL = "https://bulletin.rives-exemple.example/"
SECOND_NAME = "Le Bulletin des Rives"


@dataclass(frozen=True, slots=True)
class _Story:
    slug: str
    title: str
    day: date
    author: str
    language: str
    blocks: tuple[Block, ...]

    @property
    def path(self) -> str:
        return f"/nouvelles/{self.slug}.html"


@cache
def _stories() -> tuple[_Story, ...]:
    text = files(__package__).joinpath("second_articles.yaml").read_text(encoding="utf-8")
    raw: list[dict[str, Any]] = yaml.safe_load(text)["stories"]
    return tuple(_Story(blocks=parse_blocks(story.pop("body")), **story) for story in raw)


_MENU = '<nav><a href="/">Accueil</a> <a href="/nouvelles/">Toutes les nouvelles</a></nav>'


def second_expected() -> tuple[Expected, ...]:
    """The articles of the second site, and nothing else of it."""
    return tuple(_expected(story) for story in _stories())


def second_pages(base_url: str = SECOND_BASE_URL) -> dict[str, Page]:
    """Every address of the second site with its answer; it has no sitemap and no robots.txt."""
    root = base_url.rstrip("/")
    links = "".join(f'<li><a href="{s.path}">{escape(s.title)}</a></li>' for s in _stories())
    return {
        "/": _page(
            "Accueil", "<h1>Bienvenue aux Rives</h1><p>Le bulletin paraît quand il y a du neuf.</p>", f"{root}/"
        ),
        "/nouvelles/": _page("Nouvelles", f"<h1>Toutes les nouvelles</h1><ul>{links}</ul>", f"{root}/nouvelles/"),
        **{s.path: _page(s.title, _article(s), root + s.path, s.language) for s in _stories()},
        "404": _page("Introuvable", "<h1>Cette page n’existe pas</h1>", f"{root}/", status=404),
    }


def _page(title: str, main: str, address: str, language: str = "fr", status: int = 200) -> Page:
    others = "".join(f'<li><a href="{s.path}">{escape(s.title)}</a></li>' for s in _stories()[:2])
    text = (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)} | {SECOND_NAME}</title>\n"
        f'<link rel="canonical" href="{address}"></head>\n<body>\n<header><p>{SECOND_NAME}</p>{_MENU}</header>\n'
        f"<main>{main}</main>\n<aside><h2>À lire aussi</h2><ul>{others}</ul></aside>\n"
        "<footer><p>Imprimé sur papier recyclé, distribué à vélo.</p></footer>\n</body></html>\n"
    )
    return status, {"Content-Type": "text/html; charset=utf-8"}, text.encode()


def _article(story: _Story) -> str:
    body = "\n".join(f"<{b.kind}>{escape(b.parts[0], quote=False)}</{b.kind}>" for b in story.blocks)
    return (
        f'<article><h1>{escape(story.title)}</h1>\n<p class="signature">Par {story.author}, le'
        f' <time datetime="{story.day}">{story.day:%d/%m/%Y}</time></p>\n{body}</article>'
    )


def _expected(story: _Story) -> Expected:
    texts = [block.parts[0] for block in story.blocks]
    return Expected(
        path=story.path,
        title=story.title,
        kind="nouvelle",
        date_published=story.day,
        date_modified=story.day,
        themes=(),
        countries=(),
        cities=(),
        sections=tuple(block.parts[0] for block in story.blocks if block.kind == "h2"),
        first_sentence=first_sentence(texts[0]),
        last_sentence=last_sentence(texts[-1]),
        text_chars=sum(map(len, texts)),
    )
