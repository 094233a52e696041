"""Dates and amounts after their field's name: as many words as belong to them. May import: tree; when and sums."""

from __future__ import annotations

from index.grammar.tree import AmountRange, DateRange, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def range_of(code: str, text: str, today: date | None) -> tuple[Node | None, str]:
    """The date or the amount that a text says for a field; or none, and why.

    >>> range_of("amount", "beaucoup", None)
    (None, 'ce n’est pas un montant')
    """
    if code == "amount":
        from index.grammar.sums import read_sum  # noqa: PLC0415 - only this field needs it

        said = read_sum(text)
        return (AmountRange(*said), "") if said else (None, "ce n’est pas un montant")
    from index.grammar.when import read_range  # noqa: PLC0415 - only fields of dates need it

    told = read_range(text, today)
    return (None, told.wrong) if told.wrong else (DateRange(code, told.first, told.last), "")


def longest_range(code: str, words: Sequence[str], today: date | None) -> tuple[Node | None, str, int]:
    """The longest one that the words begin with, and how many they are; when there is none, those that look so.

    >>> longest_range("amount", ["200", "000", "€", "eau"], None)[2]
    3
    """
    for count in range(len(words), 0, -1):
        node, _ = range_of(code, " ".join(words[:count]), today)
        if node is not None:
            return node, "", _without_last_words(code, words[:count])
    shaped = 1
    if code != "amount":
        from index.grammar.when import is_of_a_date  # noqa: PLC0415 - only fields of dates need it

        while shaped < len(words) and is_of_a_date(words[shaped]):
            shaped += 1
    return None, range_of(code, " ".join(words[:shaped]), today)[1], shaped


def _without_last_words(code: str, words: Sequence[str]) -> int:
    """« date:2019 la ville »: how many words are left without the article of the next one."""
    if code == "amount":
        return len(words)
    from index.grammar.when import says_nothing  # noqa: PLC0415 - only fields of dates need it

    count = len(words)
    while count > 1 and says_nothing(words[count - 1]):
        count -= 1
    return count
