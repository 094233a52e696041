"""Values to filter by: which are ticked, what readers call them, and the page of all values of one facet.

May import: forms, pages.question, visit, library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from index.facets import FacetValue
from index.french import fold
from index.web.forms import PARAMETERS, Form
from index.web.pages.question import asked, count
from index.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Choice:
    """A value with its box: `count` articles answer when it is the only one ticked in its group."""

    code: str
    label: str
    count: int
    is_chosen: bool


def label_of(visit: Visit, facet: str, code: str, label: str) -> str:
    """What readers call a value: the interface has names for kinds and languages, the archive has the others."""
    key = f"{facet}_{code}"
    return visit.wording(key) if visit.wording.has(key) else label or code


def name_of(visit: Visit, facet: str, code: str) -> str:
    """The same, of a code alone; "" stays ""."""
    assert visit.volume is not None
    labels = {value.code: value.label for value in visit.volume.library.values(facet)}
    return label_of(visit, facet, code, labels.get(code, ""))


def chosen(visit: Visit, form: Form, facet: str) -> dict[str, str]:
    """Code → label of the values that are ticked; a value that nobody has is its own code and label."""
    assert visit.volume is not None
    values = form.values(facet)
    if not values:
        return {}
    library = visit.volume.library
    labels = {value.code: value.label for value in library.values(facet)}
    found: dict[str, str] = {}
    for value in values:
        codes = library.codes(facet, value)
        found |= {code: label_of(visit, facet, code, labels.get(code, "")) for code in sorted(codes)} or {value: value}
    return found


def choices_of(visit: Visit, form: Form, facet: str, counted: Iterable[FacetValue]) -> list[Choice]:
    """The values counted among the answers, then those that are ticked beside: a box that is on is never lost.

    What is counted holds all the words; where a value alone has no such article, those with some of them answer.
    """
    ticked = chosen(visit, form, facet)
    found = [Choice(v.code, label_of(visit, facet, v.code, v.label), v.count, v.code in ticked) for v in counted]
    known = {choice.code for choice in found}
    return found + [
        Choice(code, label, count(visit, form.with_values(facet, [code])), is_chosen=True)
        for code, label in ticked.items()
        if code not in known
    ]


def view(visit: Visit, form: Form, facet: str, letters: str) -> dict[str, Any]:
    """All values of a facet among the answers, to choose from; `letters` narrows the list."""
    page = asked(visit, form, limit=0, facets=(facet,))
    choices = choices_of(visit, form, facet, page.facets[facet])
    wanted = fold(letters)
    shown = [choice for choice in choices if choice.is_chosen or wanted in fold(choice.label)]
    kept = form.with_values(facet, ()).replace(interface="")
    return {
        "form": form,
        "facet": facet,
        "parameter": PARAMETERS[facet],
        "label": visit.wording(f"facet_{facet}"),
        "letters": letters,
        "choices": sorted(shown, key=lambda choice: (fold(choice.label), choice.code)),
        "hidden": len(choices) - len(shown),
        "kept": kept.pairs(),
        "state": form.replace(interface="").pairs(),
        "back": visit.address("/", form.pairs()),
    }
