"""How an article is cited: a French sentence, BibTeX, RIS, and what its page tells Zotero. Pure.

May import: pipeline.records, typography.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date
from typing import Any

from index.web import typography
from pipeline.records import Article

FORMS = {"bib": "application/x-bibtex", "ris": "application/x-research-info-systems"}


def sentence(article: Article, publisher: str, today: date) -> str:
    r"""The article as a French text cites it.

    >>> article = Article("https://v.example/a", "v", "L’eau", "k", "", date_published=date(2022, 5, 1))
    >>> sentence(article, "Ville", date(2024, 3, 18))
    '«\xa0L’eau\xa0», Ville, 1ᵉʳ\xa0mai\xa02022, https://v.example/a (consulté le 18\xa0mars\xa02024).'
    """
    who = f"{', '.join(article.authors)}, " if article.authors else ""
    when = f", {typography.day(article.date_published)}" if article.date_published else ", sans date"
    read = typography.day(today)
    return f"{who}«\u00a0{_line(article.title)}\u00a0», {publisher}{when}, {article.url} (consulté le {read})."


def bibtex(article: Article, publisher: str, today: date, nth: int = 1) -> str:
    """One entry, the `nth` of its key in a file; what TeX takes for a command is written so that it prints."""
    name = key(article) + (f"--{nth}" if nth > 1 else "")
    fields = {
        "title": f"{{{_tex(article.title)}}}",
        "author": " and ".join(f"{{{_tex(name)}}}" for name in article.authors) or f"{{{_tex(publisher)}}}",
        "organization": _tex(publisher),
        "date": article.date_published.isoformat() if article.date_published else "",
        "year": str(article.date_published.year) if article.date_published else "",
        "language": article.language or "",
        # An address is no text of TeX's: only what would end the field is written otherwise.
        "url": article.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C"),
        "urldate": today.isoformat(),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{{name},", *lines, "}", ""])


def ris(article: Article, publisher: str, today: date) -> str:
    """One entry of RIS, lines ended as its readers want them."""
    lines = [("TY", "ELEC"), ("TI", article.title)]
    lines += [("AU", name) for name in article.authors] or [("AU", publisher)]
    lines += [("PB", publisher)]
    if article.date_published:
        lines += [("PY", str(article.date_published.year)), ("DA", f"{article.date_published:%Y/%m/%d}")]
    lines += [("AB", article.summary)] if article.summary else []
    lines += [("KW", theme.label) for theme in article.themes]
    lines += [("LA", article.language)] if article.language else []
    lines += [("UR", article.url), ("Y2", f"{today:%Y/%m/%d}"), ("ER", "")]
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in lines)


def key(article: Article) -> str:
    """A name for a BibTeX entry, made of the address and the year.

    >>> key(Article("https://v.example/actualite/L-eau_é/", "v", "t", "k", "", date_published=date(2022, 5, 1)))
    'l-eau-e-2022'
    """
    last = article.url.rstrip("/").rpartition("/")[2]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "article"
    return f"{slug}-{article.date_published.year}" if article.date_published else slug


def meta_tags(article: Article, publisher: str) -> list[tuple[str, str]]:
    """What the head of the article's page says to programs that collect references."""
    tags = [("citation_title", article.title), ("citation_publisher", publisher)]
    tags += [("citation_author", name) for name in article.authors]
    if article.date_published:
        tags += [("citation_publication_date", f"{article.date_published:%Y/%m/%d}")]
        tags += [("dcterms.date", article.date_published.isoformat())]
    tags += [("citation_language", article.language)] if article.language else []
    tags += [("citation_keywords", theme.label) for theme in article.themes]
    return [*tags, ("citation_public_url", article.url), ("dcterms.source", article.url)]


def json_ld(article: Article, publisher: str) -> str:
    """The article as schema.org has it; no sign in it can end the element that holds it."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": article.title,
        "url": article.url,
        "mainEntityOfPage": article.url,
        "inLanguage": article.language,
        "datePublished": article.date_published.isoformat() if article.date_published else None,
        "dateModified": article.date_modified.isoformat() if article.date_modified else None,
        "description": article.summary,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "keywords": [theme.label for theme in article.themes],
        "publisher": {"@type": "Organization", "name": publisher},
    }
    text = json.dumps({name: value for name, value in told.items() if value})
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _line(text: str) -> str:
    return " ".join(text.split())


_TEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in _line(text))
