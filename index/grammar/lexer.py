"""The signs of a question: words as typed, phrases, parentheses, operators. May import: record, tree.

Written without regular expressions: importing them takes as long as a search.
"""

from __future__ import annotations

from index.grammar.tree import OPERATORS
from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WORD, PHRASE, OPEN, CLOSE, PLUS, MINUS, STRAY = "word", "phrase", "(", ")", "+", "-", "stray"
AND, OR, NOT = "and", "or", "not"
SIGNS = {"+": PLUS, "-": MINUS, "−": MINUS, "–": MINUS}
"""At the beginning of a word; inside one they are hyphens, alone they are nothing."""
CLOSING = {'"': '"', "«": "»", "“": "”", "„": "“"}
QUOTES = '"«»“”„'
EDGE = ".,;:!?…·•*+-−–—‐‑_/\\|&^~=<>#@'’‘`[]{}"
"""What may stand around a word and is no part of it."""
INSERT_LETTERS_MAX = 4
"""« élu(e)s » is one word: this many letters in parentheses inside a word are an ending."""
_BLANKS = {0x200B: " ", 0xFEFF: " "}


class Token(Record):
    """A sign; `spaced` when a blank stands before it."""

    kind: str
    text: str
    spaced: bool


def bare(raw: str) -> str:
    """A word without what stands around it; what only looks like an operator is one no more.

    >>> bare("(«eau*,".strip("(«")), bare("A.I.M.F."), bare("ET,")
    ('eau', 'A.I.M.F.', 'et')
    """
    raw = raw.replace("*", "")
    text = raw.strip(EDGE)
    if "." in text and all(len(letter) == 1 for letter in text.split(".")):
        text += "." * raw.lstrip(EDGE).startswith(text + ".")
    return text.lower() if text in OPERATORS else text


def quoted(raw: str) -> str:
    """The words of a phrase or a value, on one line and without quotation marks."""
    for mark in QUOTES:
        raw = raw.replace(mark, " ")
    return " ".join(raw.replace("*", "").split())


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(sign.isalnum() for sign in text)


def tokens(text: str) -> Iterator[Token]:
    """The signs of a question, in order; every text has some reading."""
    text = text.translate(_BLANKS)
    at, spaced, begins = 0, True, True
    while at < len(text):
        sign = text[at]
        end = at + 1
        if sign.isspace():
            at, spaced, begins = end, True, True
            continue
        if sign in "()":
            yield Token(sign, sign, spaced)
        elif sign in QUOTES:
            close = text.find(CLOSING[sign], end) if sign in CLOSING else -1
            yield Token(PHRASE, text[end:close], spaced) if close >= 0 else Token(STRAY, sign, spaced)
            end = max(close + 1, end)
        elif begins and sign in SIGNS and _can_be_signed(text, end):
            yield Token(SIGNS[sign], sign, spaced)
        else:
            end = _end_of_word(text, at)
            word = _without_parentheses(text[at:end])
            yield Token(OPERATORS.get(word, WORD), word, spaced)
        at, spaced, begins = end, False, sign == "("


def _can_be_signed(text: str, at: int) -> bool:
    following = text[at : at + 1]
    return bool(following) and not following.isspace() and following not in EDGE and following not in ")»”"


def _end_of_word(text: str, at: int) -> int:
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in QUOTES and text[end] != ")":
        if text[end] == "(":
            close = text.find(")", end, end + INSERT_LETTERS_MAX + 2)
            letters = text[end + 1 : close] if close > 0 else ""
            is_ending = text[end - 1].isalnum() and letters.isalpha() and letters.islower()
            if end == at or not is_ending or text[at:end] in OPERATORS:
                break
            end = close
        end += 1
    return max(end, at + 1)


def _without_parentheses(word: str) -> str:
    return word.replace("(", "").replace(")", "")
