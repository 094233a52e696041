"""What one page shows that its editors should repair: filler text, a lost emoji, an English label, an empty page.

Pure: the article and the fate of its blocks → findings. What needs other pages (duplicates, dead links) is
pipeline.report's. May import: blocks, html, rules, wordlists, records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote, urlsplit

from pipeline.extract import rules, wordlists
from pipeline.extract.blocks import Block
from pipeline.extract.html import fold, tidy
from pipeline.records import Article, Finding, FindingKind

# What stands there is quoted as long as it helps to find the place.
_EXCERPT_CHARS = 90
# A contradiction is a sentence that names both sides.
_SENTENCE_CHARS = 240
# An editor repairs the first of them and sees the rest; a hostile page must not fill the archive.
_MOST_PER_KIND = 50
# Templates print the same few hundred blocks on every page of a site.
_CACHED_BLOCKS = 4096
# `is_placeholder` looks no further, and longer blocks are no labels.
_LOOKED_AT_CHARS = 600
_LABEL_CHARS = 60

# An emoji that an old database could not store is left as "?", one for each UTF-16 unit; what followed it (variation
# selector, joiner, gender sign) may still stand there. Before "=", it is the end of an address.
_LOST_EMOJI = re.compile(r"\?[?\ufe0f\u200d\u2640\u2642\s]*+(?!\S*=)[#@«\"“]?\w|[^\n]*\?[\ufe0f\u200d]")
# A whole line in fancy letters was lost in the same way.
_LOST_LINE = re.compile(r"(?:\?+\s+){2,}\?+")
# WordPress' smaller copies of a picture: « port-1024x683.jpg » is port.jpg in its library.
_COPY_SIZE = re.compile(r"-\d{2,5}x\d{2,5}(?=\.\w+$)")


def of_page(
    article: Article, blocks: Sequence[Block], contradictions: Iterable[str] = (), *, protected: bool = False
) -> tuple[Finding, ...]:
    """What stands on a page that became an article, each wording once; `protected`: its text asks for a password."""
    found = {
        FindingKind.CONTRADICTION: iter(contradictions),
        FindingKind.NO_DATE: _no_date(article),
        FindingKind.EMPTY_ARTICLE: _empty(article, protected=protected),
        FindingKind.PLACEHOLDER: _fillers(article, blocks),
        FindingKind.HIDDEN_PLACEHOLDER: _hidden_fillers(blocks),
        FindingKind.LOST_EMOJI: lost_emoji(f"{article.title}\n{article.text}"),
        FindingKind.UNTRANSLATED_LABEL: _labels(blocks) if article.language == "fr" else iter(()),
        FindingKind.IMAGE_WITHOUT_ALT: (file_name(image.url) for image in article.images if image.alt is None),
    }
    return tuple(
        Finding(kind, excerpt)
        for kind, excerpts in found.items()
        for excerpt in islice(dict.fromkeys(_cut(text, kind) for text in excerpts), _MOST_PER_KIND)
    )


def _cut(text: str, kind: FindingKind) -> str:
    most_chars = _SENTENCE_CHARS if kind is FindingKind.CONTRADICTION else _EXCERPT_CHARS
    return text if len(text) <= most_chars else text[: most_chars - 1].rstrip() + "…"


def _no_date(article: Article) -> Iterator[str]:
    if article.date_published is None:
        yield article.title


def _empty(article: Article, *, protected: bool) -> Iterator[str]:
    if not article.text and not protected:
        yield f"{'vidéo' if article.videos else 'titre'} sans texte\u00a0: «\u00a0{article.title}\u00a0»"


def _fillers(article: Article, blocks: Sequence[Block]) -> Iterator[str]:
    if fold(article.title) in wordlists.filler_titles():
        yield article.title
    yield from (block.text for block in blocks if block.rule == rules.PLACEHOLDER and _is_filler(block))


def _hidden_fillers(blocks: Sequence[Block]) -> Iterator[str]:
    dropped = (block for block in blocks if block.rule is not None and block.rule != rules.PLACEHOLDER)
    return (block.text for block in dropped if _is_filler(block))


def _labels(blocks: Sequence[Block]) -> Iterator[str]:
    return (block.text for block in blocks if len(block.text) <= _LABEL_CHARS and _is_label(block.text))


@lru_cache(maxsize=_CACHED_BLOCKS)
def _is_label(text: str) -> bool:
    return fold(text) in wordlists.untranslated_labels()


def _is_filler(block: Block) -> bool:
    # A link « Cliquez ici » is poor, but meant.
    return _reads_as_filler(block.text[:_LOOKED_AT_CHARS], block.link_share > 0.5)


@lru_cache(maxsize=_CACHED_BLOCKS)
def _reads_as_filler(text: str, link: bool) -> bool:
    return rules.is_placeholder(text) and not (link and fold(text) in wordlists.placeholder_phrases())


def lost_emoji(text: str) -> Iterator[str]:
    r"""The lines of a text that begin with what is left of an emoji.

    >>> list(lost_emoji("Où aller ?\n? Consultez le plan\n?\ufe0f Rabat\n? id=3\nVraiment ?"))
    ['? Consultez le plan', '?\ufe0f Rabat']
    """
    for line in text.split("\n"):
        if "?" in line and (_LOST_EMOJI.match(line) or _LOST_LINE.fullmatch(line)):
            yield line


def file_name(url: str) -> str:
    """The name by which an editor finds a picture in the media library.

    >>> file_name("https://ville.example/uploads/2022/03/Port-de-p%C3%AAche-1024x683.jpg?x=1")
    'Port-de-pêche.jpg'
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return url
    return _COPY_SIZE.sub("", tidy(unquote(path.rsplit("/", 1)[-1], errors="replace"))) or url
