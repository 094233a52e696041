"""The documents of a segment in the making: cards, tokens, spans and texts, each written as it comes.

May import: file, segment, engine.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from index.columns.file import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index.columns.file import ColumnsWriter
    from index.engine import Card


class Documents:
    """Puts one document after the other into the files of a segment, `path` without the ending."""

    def __init__(self, path: Path) -> None:
        self._tokens, self._spans, self._texts = (
            path.with_name(path.name + ending).open("wb") for ending in (".tokens", ".spans", ".texts")
        )
        self._cards, self._card_texts = array("I", [0]), Spool(path.parent)
        self._days, self._likenesses, self._titles = array("I"), array("Q"), array("I")
        self._token_bounds, self._text_bounds = array("Q", [0]), array("Q", [0])
        self._join_bounds, self._joins = array("I", [0]), array("I")

    @property
    def count(self) -> int:
        """How many documents there are so far."""
        return len(self._days)

    def put(
        self,
        card: Card,
        numbers: tuple[int, int, int],
        stream: tuple[bytes, bytes, Sequence[int]],
        text: bytes,
    ) -> None:
        """The next document: day, likeness and how many tokens the title has; tokens, spans, joins; packed text."""
        for shown in (card.url, card.stamp, card.title, card.kind, card.language, card.date):
            self._card_texts.write(shown.encode("utf-8", "surrogatepass"))
            self._cards.append(self._card_texts.size)
        day, likeness, titles = numbers
        self._days.append(day)
        self._likenesses.append(likeness)
        self._titles.append(titles)
        tokens, spans, joins = stream
        self._tokens.write(tokens)
        self._spans.write(spans)
        self._token_bounds.append(self._token_bounds[-1] + len(tokens) // 4)
        self._joins.extend(joins)
        self._join_bounds.append(len(self._joins))
        self._texts.write(text)
        self._text_bounds.append(self._text_bounds[-1] + len(text))

    def finish(self, out: ColumnsWriter) -> None:
        """The files are whole; what is known of each document becomes columns."""
        self.close()
        out.add("days", self._days)
        out.add("likenesses", self._likenesses)
        out.add("cards", self._cards)
        out.add("card.texts", self._card_texts)
        out.add("titles", self._titles)
        out.add("tokenat", self._token_bounds)
        out.add("textat", self._text_bounds)
        out.add("joinat", self._join_bounds)
        out.add("joins", self._joins)

    def close(self) -> None:
        """Stop writing."""
        for file in (self._tokens, self._spans, self._texts):
            file.close()
