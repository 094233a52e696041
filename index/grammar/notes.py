"""What of a question was not understood, in one French sentence. May import: the standard library."""

from __future__ import annotations

TOLD_MAX = 3
QUOTED_CHARS_MAX = 40


class Notes:
    r"""Gathers what was not understood while a question is read.

    >>> notes = Notes()
    >>> notes.add("ET", "il manque un mot à côté", searched=False)
    >>> notes.sentence()
    'Je n’ai pas compris «\xa0ET\xa0» (il manque un mot à côté)\u202f; laissé de côté.'
    """

    def __init__(self) -> None:
        self._told: dict[str, bool] = {}
        self.is_cut = False

    def add(self, typed: str, why: str, *, searched: bool) -> None:
        """Something typed, why it is not understood, and whether its words are searched."""
        shown = " ".join(typed.split())
        if len(shown) > QUOTED_CHARS_MAX:
            shown = shown[:QUOTED_CHARS_MAX] + "…"
        self._told.setdefault(f"«\u00a0{shown}\u00a0» ({why})", searched)

    def sentence(self) -> str:
        """The sentence; "" when all was understood."""
        cut = "seul le début de la question est cherché"
        if not self._told:
            return f"{cut[0].upper()}{cut[1:]}." if self.is_cut else ""
        told = list(self._told)
        listed = " ni ".join(told[:TOLD_MAX]) + (" ni d’autres signes" if len(told) > TOLD_MAX else "")
        outcome = "cherché comme des mots" if any(self._told.values()) else "laissé de côté"
        return f"Je n’ai pas compris {listed}\u202f; {outcome}{f', et {cut}' if self.is_cut else ''}."
