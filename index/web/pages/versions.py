"""All versions of an article, and two of them side by side. May import: compare, pages.facets, visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from index.web.compare import GONE, NEW, Piece, compared
from index.web.pages.facets import name_of
from index.web.visit import Visit, safe_link
from pipeline.records import Article
from pipeline.sheet import partner_name


@dataclass(frozen=True, slots=True)
class Change:
    """A field that two versions have otherwise."""

    label: str
    old: str
    new: str


FIELDS: dict[str, Callable[[Visit, Article], str]] = {
    "title": lambda _, article: article.title,
    "date_published": lambda visit, article: visit.day(article.date_published),
    "date_modified": lambda visit, article: visit.day(article.date_modified),
    "kind": lambda visit, article: name_of(visit, "kind", article.kind),
    "language": lambda visit, article: name_of(visit, "language", article.language or ""),
    "summary": lambda _, article: article.summary or "",
    "authors": lambda _, article: ", ".join(article.authors),
    "themes": lambda _, article: ", ".join(theme.label for theme in article.themes),
    "places": lambda _, article: ", ".join(place.name for place in article.places),
    "partners": lambda _, article: ", ".join(map(partner_name, article.partners)),
    "attachments": lambda _, article: "\n".join(article.attachments),
    "images": lambda _, article: "\n".join(image.url for image in article.images),
}


def view(visit: Visit, versions: list[Article], old_number: int | None, new_number: int | None) -> dict[str, Any]:
    """What the template shows: the list, and a comparison where there are two versions at least."""
    numbered = {article.version: article for article in versions}
    newest = versions[-1]
    new = numbered.get(new_number or 0, newest)
    earlier = [article for article in versions if article.version < new.version]
    old = numbered.get(old_number or 0) or (earlier[-1] if earlier else newest)
    if old.version > new.version:
        old, new = new, old
    pieces = compared(old.text, new.text) if old is not new else []
    return {
        "article": newest,
        "versions": [(one, visit.day(one.captured_at.date()) if one.captured_at else "") for one in versions],
        "old": old,
        "new": new,
        "pieces": pieces,
        "words_gone": _words(pieces, GONE),
        "words_new": _words(pieces, NEW),
        "changes": changes(visit, old, new),
        "language": visit.foreign(newest.language),
        "original": safe_link(newest.url),
        "address": visit.within_article("/article", newest.url),
    }


def changes(visit: Visit, old: Article, new: Article) -> list[Change]:
    """The fields that differ."""
    told = ((name, read(visit, old), read(visit, new)) for name, read in FIELDS.items())
    return [Change(visit.wording(f"field_{name}"), before, after) for name, before, after in told if before != after]


def _words(pieces: list[Piece], kind: str) -> int:
    return sum(len(piece.text.split()) for piece in pieces if piece.kind == kind)
