"""Parts of an article in another language: quotations, translations, mottoes. May import: language, records.

Only paragraphs whose function words speak against the article's language are given to langdetect, which is dear.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.extract.language import detect, function_words, speaks
from pipeline.records import Passage, Span

# Shorter paragraphs are names, titles and mottoes more often than sentences; langdetect is wrong on many of them.
_PARAGRAPH_CHARS = 120
_SURE_SHARE = 0.95
# A paragraph of a list of names has as few function words in its own language as in any other.
_FOREIGN_SHARE = 0.18
_LANGUAGES = frozenset(
    ("fr", "en", "de", "es", "it", "pt", "nl", "ro", "vi", "ar", "ru", "bg", "zh", "tr", "pl", "ja", "ko")
)
_WITHOUT_LIST = frozenset(("ar", "ru", "bg", "zh", "ja", "ko"))


def foreign_passages(text: str, language: str | None) -> tuple[Passage, ...]:
    """The runs of paragraphs of a text (one a line) in another language than the article's."""
    if language is None:
        return ()
    found: list[Passage] = []
    line_before = -1
    for number, (start, line) in enumerate(_lines(text)):
        other = _other_language(line, language) if len(line) >= _PARAGRAPH_CHARS else None
        if other is None:
            continue
        span = Span(start, start + len(line))
        if found and line_before == number - 1 and found[-1].language == other:
            span = Span(found[-1].span.start_chars, span.end_chars)
            found.pop()
        found.append(Passage(other, span))
        line_before = number
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _other_language(line: str, language: str) -> str | None:
    shares = function_words(line)
    if speaks(shares, language):
        return None
    own = shares.get(language, 0.0)
    best = max(shares, key=lambda code: shares[code], default=None)
    latin = sum(letter < "\u0250" for letter in line) > len(line) / 2
    if latin and (best is None or best == language or shares[best] < max(_FOREIGN_SHARE, own)):
        return None
    guess, share = detect(line, _LANGUAGES)
    if guess is None or guess == language or share < _SURE_SHARE:
        return None
    agrees = shares.get(guess, 0.0) >= max(_FOREIGN_SHARE, own) if latin else guess in _WITHOUT_LIST
    return guess if agrees else None
