"""The title of an article: what the head states, checked by the headings that the page shows.

Titles in the head carry the site's name and the folder's; a heading says which part is the title.
May import: html, shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from pipeline.extract.html import fold, tidy

# No title is longer; what claims to be one is cut before patterns look at it.
_CLAIM_CHARS = 1_000
# A lone h1 is the title when this share of its words stands in a title of the head. Set on 620 titles of public sets.
_ALIKE_SHARE = 0.4
_ALIKE_SHARE_OF_SEVERAL = 0.6
_SHORT_WORD_CHARS = 3
# Shorter host names occur in other words.
_LABEL_CHARS = 4
_SEPARATOR = re.compile(r"\s+(?:[-–—|•·»>›/~]|::?|\|\|)\s+|\s*[|»›]\s*|(?<=\w):\s+|\s+[-–—]\s*$")
_ENDS = r"\s*[-–—|•·»›:]\s*"
_WORD = re.compile(r"[^\W_]+")


def choose_title(
    stated: list[tuple[str, str]], headings: list[tuple[int, str]], names: list[str], pieces: Iterable[str] = ()
) -> tuple[str | None, str]:
    """The title and its source, from what the head states (source, words) and the headings shown (level, words).

    `pieces` are parts of headings, which count only as a whole part of what is stated.

    >>> choose_title([("title element", "Actualités - L’eau à Kindia - Ville")], [(1, "L’eau à Kindia")], ["Ville"])
    ('L’eau à Kindia', 'heading')
    >>> choose_title([("title element", "L’eau à Kindia - Ville")], [(2, "Menu")], ["Ville"])
    ('L’eau à Kindia', 'title element')
    """
    own = {fold(name) for name in names if fold(name)}
    claims = [(source, without_site_name(_trimmed(claim), names)) for source, claim in stated]
    claims = [(source, claim) for source, claim in claims if fold(claim)]
    shown = [(level, text) for level, text in headings if fold(text) not in own]
    heading = (
        _heading_that_is_stated(claims, shown)
        or _heading_that_is_stated(claims, [(1, piece) for piece in pieces if fold(piece) not in own])
        or _lone_heading(claims, shown)
    )
    if heading:
        return heading, "heading"
    better = [(source, claim) for source, claim in claims if fold(claim) not in own]
    if better:
        return better[0][1], better[0][0]
    if shown:
        return shown[0][1], "heading"
    if claims:
        return claims[0][1], claims[0][0]
    return headings[0][1] if headings else None, "heading"


def _trimmed(claim: str) -> str:
    """A title as the head gives it, without separators that a missing part left at its ends."""
    text = tidy(html.unescape(claim[:_CLAIM_CHARS]))
    return re.sub(r"^[-–—|•·»›\s]+(?=\S)|[-–—|•·»›\s]+$", "", text) or text


def _heading_that_is_stated(claims: list[tuple[str, str]], shown: list[tuple[int, str]]) -> str | None:
    """A heading that is a whole title of the head; else the longest that is some whole parts of one."""
    whole = {fold(claim) for _, claim in claims}
    exact = next((text for _, text in shown if fold(text) in whole), None)
    if exact:
        return exact
    parts = set().union(*(_runs(claim) for _, claim in claims)) if claims else set()
    # A heading further down may well repeat a word of the title.
    likely = [text for level, text in shown if level == 1] or [text for _, text in shown[:1]]
    return max((text for text in likely if fold(text) in parts), key=len, default=None)


def _runs(claim: str) -> set[str]:
    """All runs of neighbouring parts of a title, folded.

    >>> sorted(_runs("a - b | c"))
    ['a', 'ab', 'abc', 'b', 'bc', 'c']
    """
    parts = [fold(part) for part in _SEPARATOR.split(claim)[:8]]
    return {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)} - {""}


def _lone_heading(claims: list[tuple[str, str]], shown: list[tuple[int, str]]) -> str | None:
    """The only h1 of a page, when it is about the same as the head's titles; of several h1 the likest one."""
    first = list(dict.fromkeys(text for level, text in shown if level == 1))
    stated = set().union(*(_words(claim) for _, claim in claims)) if claims else set()
    if not first or not stated:
        return first[0] if len(first) == 1 else None
    likeness = {text: len((words := _words(text)) & stated) / max(1, len(words)) for text in first}
    best = max(first, key=lambda text: (likeness[text], len(text)))
    return best if likeness[best] >= (_ALIKE_SHARE if len(first) == 1 else _ALIKE_SHARE_OF_SEVERAL) else None


def _words(text: str) -> set[str]:
    return {fold(word) for word in _WORD.findall(text)}


def without_site_name(title: str, names: Iterable[str]) -> str:
    """A title without the site's name at its end or its beginning.

    >>> without_site_name("L’eau à Kindia — AIMF", ["AIMF"])
    'L’eau à Kindia'
    >>> without_site_name("AIMF", ["AIMF"])
    'AIMF'
    """
    names = list(names)
    for name in names:
        if not name:
            continue
        cut = re.sub(rf"{_ENDS}{re.escape(name)}\s*$", "", title, flags=re.IGNORECASE)
        if cut == title:
            cut = re.sub(rf"^\s*{re.escape(name)}\s*[-–—|•·»]\s+", "", title, flags=re.IGNORECASE)
        if cut.strip():
            title = cut.strip()
    return _without_host_name(title, names)


def _without_host_name(title: str, names: list[str]) -> str:
    """Cut a last part that is the host's name in words (« … – Handball Schweiz » on handball.example)."""
    hosts = [name.split(".")[0] for name in names if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name)]
    labels = [label for host in hosts if len(label := fold(host)) >= _LABEL_CHARS]
    found = re.search(r"^(.*\S)\s+[-–—|•·»›]\s+(.+?)$", title)
    last = fold(found[2]) if found else ""
    return found[1] if found and any(label in last and len(last) <= 2 * len(label) for label in labels) else title


def same_words(first: str, second: str) -> bool:
    """Whether two titles share a word of some length, or are made of the same short ones."""
    ours, theirs = _words(first), _words(second)
    return ours == theirs or any(len(word) > _SHORT_WORD_CHARS for word in ours & theirs)
