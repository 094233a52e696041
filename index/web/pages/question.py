"""The question that a form asks of the library. May import: forms, visit, library."""

from __future__ import annotations

from index.search import Page
from index.web.forms import PER_PAGE, Form
from index.web.visit import Visit


def asked(visit: Visit, form: Form, *, limit: int = PER_PAGE, facets: tuple[str, ...] = ()) -> Page:
    """The library's answer to a form."""
    assert visit.volume is not None
    return visit.volume.library.search(
        form.words,
        limit,
        (form.page - 1) * PER_PAGE,
        filters=dict(form.filters),
        facets=facets,
        sort=form.order,
        since=form.first_day,
        until=form.last_day,
    )


def count(visit: Visit, form: Form) -> int:
    """How many articles answer a form."""
    return asked(visit, form.replace(page=1), limit=0).total


def listed(page: Page, form: Form) -> int:
    """How many articles the list goes through: with « mots=partie », those with some of the words as well."""
    return page.total + (page.others if form.any_word else 0)
