"""What a few typed letters may become, each with the search it leads to. May import: forms, visit, library."""

from __future__ import annotations

from typing import Any

from index.grammar.tree import Phrase, written
from index.suggest import Suggestion
from index.web.forms import PARAMETERS, WORDS
from index.web.pages.facets import label_of
from index.web.visit import Visit

LETTERS_MAX = 100
SHOWN = 8


def view(visit: Visit, letters: str) -> dict[str, Any]:
    """The suggestions, as JSON values."""
    assert visit.volume is not None
    found = visit.volume.library.suggest(letters[:LETTERS_MAX], SHOWN)
    return {"prefix": letters[:LETTERS_MAX], "suggestions": [_told(visit, one) for one in found]}


def _told(visit: Visit, one: Suggestion) -> dict[str, Any]:
    assert visit.volume is not None
    if one.kind == "title":
        pairs = [(WORDS, f"titre:{written(Phrase(one.text.replace(chr(34), ' ')))}")]
        text = one.text
    else:
        codes = sorted(visit.volume.library.codes(one.kind, one.text))
        text = label_of(visit, one.kind, codes[0] if codes else "", one.text)
        pairs = [(PARAMETERS[one.kind], code) for code in codes or [one.text]]
    return {
        "text": text,
        "kind": one.kind,
        "label": visit.wording(f"suggested_{one.kind}", n=one.count),
        "address": visit.address("/", pairs),
    }
