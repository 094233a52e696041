"""The page of results: what was asked, what answers, how to narrow it, and what to do when nothing answers.

May import: exports, forms, pages.facets, pages.question, visit, library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from index.facets import FacetValue
from index.grammar.tree import Query
from index.search import Hit, Page
from index.web import exports
from index.web.forms import IGNORED_MAX, PAGE, PAGE_MAX, PARAMETERS, PER_PAGE, SOME, Form, Ignored
from index.web.pages.facets import Choice, choices_of, chosen, label_of
from index.web.pages.question import asked, count, listed
from index.web.typography import spaced
from index.web.visit import Visit

FACETS_SHOWN = ("country", "city", "theme", "partner", "programme", "year", "kind", "language")
VALUES_SHOWN = 6
OPEN_GROUPS = ("country", "theme", "year", "kind")
PAGES_AROUND = 2


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the list."""

    url: str
    title: Markup
    passage: Markup
    day: str
    iso_day: str
    kind: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """A facet in the form: the values shown, how many more there are, and where they all stand."""

    facet: str
    parameter: str
    label: str
    choices: tuple[Choice, ...]
    more: int
    more_address: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """A filter that is on, and the address without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A changed question that does find something."""

    label: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Paging:
    """Links to other pages; None: a gap."""

    number: int
    last: int
    pages: tuple[tuple[int, str] | None, ...]
    before: str | None
    after: str | None


def view(visit: Visit, form: Form) -> dict[str, Any]:
    """What the template shows."""
    page = asked(visit, form, facets=FACETS_SHOWN)
    in_all = listed(page, form)
    last = min(max(1, -(-in_all // PER_PAGE)), PAGE_MAX)
    if form.page > last:
        note = Ignored("ignored_page", str(form.page))
        form = form.replace(page=last, ignored=(*form.ignored, note))
        page = asked(visit, form, facets=FACETS_SHOWN)
    first = (form.page - 1) * PER_PAGE
    results = [_result(visit, form, hit) for hit in page.hits[: max(0, in_all - first)]]
    groups = [group for name in FACETS_SHOWN if (group := _group(visit, form, name, page.facets[name]))]
    return {
        "form": form,
        "total": page.total,
        "in_all": in_all,
        "results": results,
        "first": first + 1,
        "partial_from": page.total - first if form.any_word and page.complete else None,
        "reading": visit.wording("reading", sentence=spaced(page.reading)) if form.words else "",
        "ignored": ignored_sentences(visit, form),
        "proposal": _proposal(visit, form, page),
        "tags": tags(visit, form),
        "clear_address": visit.address("/", form.cleared().pairs()),
        "groups": groups,
        "others": page.others if page.total and page.complete and not form.any_word else 0,
        "others_address": visit.address("/", form.replace(any_word=True, page=1).pairs()),
        "ways_out": ways_out(visit, form, page) if not page.total else [],
        "paging": paging(visit, form, last) if last > 1 else None,
        "export_query": form.replace(page=1, interface="").query(),
        "exports": tuple(exports.FORMS),
        "some": SOME,
    }


def _result(visit: Visit, form: Form, hit: Hit) -> Result:
    card, passage = hit.card, hit.snippet
    # The library escapes before it marks; nothing else on the page is taken as HTML.
    text = Markup(passage.html() if passage.text != card.title else "")  # noqa: S704 - escaped by Snippet.html
    return Result(
        url=visit.article_address(card.url, form.query()),
        title=Markup(hit.title.html()),  # noqa: S704 - escaped by Snippet.html
        passage=Markup("… ") * passage.cut_before + text + Markup(" …") * passage.cut_after if text else text,
        day=visit.day(card.date),
        iso_day=card.date,
        kind=label_of(visit, "kind", card.kind, card.kind),
        language=visit.foreign(card.language),
    )


def _group(visit: Visit, form: Form, facet: str, counted: tuple[FacetValue, ...]) -> Group | None:
    """The values of a facet to choose from: the most frequent, and those that are chosen. Years: all of them."""
    choices = choices_of(visit, form, facet, counted)
    is_on = any(choice.is_chosen for choice in choices)
    if len(choices) < 2 and not is_on:
        return None
    shown = choices if facet == "year" else [c for n, c in enumerate(choices) if n < VALUES_SHOWN or c.is_chosen]
    return Group(
        facet=facet,
        parameter=PARAMETERS[facet],
        label=visit.wording(f"facet_{facet}"),
        choices=tuple(shown),
        more=len(choices) - len(shown),
        more_address=visit.address(f"/valeurs/{PARAMETERS[facet]}", form.replace(page=1).pairs()),
        is_open=is_on or facet in OPEN_GROUPS,
    )


def tags(visit: Visit, form: Form) -> list[Tag]:
    """The filters that are on, and the wish for articles with some of the words."""
    found = []
    for facet, values in form.filters:
        name = visit.wording(f"facet_{facet}")
        for value in values:
            label = visit.wording("tag", name=name, value=_name(visit, facet, value))
            found.append(Tag(label, visit.address("/", form.without_value(facet, value).pairs())))
    for part, name in (("since", "since_tag"), ("until", "until_tag")):
        typed = getattr(form, part)
        if typed:
            day = visit.day(form.first_day if part == "since" else form.last_day)
            without = form.replace(**{part: "", "page": 1})
            found.append(Tag(visit.wording(name, day=day), visit.address("/", without.pairs())))
    if form.any_word:
        strict = form.replace(any_word=False, page=1)
        found.append(Tag(visit.wording("any_word_tag"), visit.address("/", strict.pairs())))
    return found


def _name(visit: Visit, facet: str, value: str) -> str:
    """What readers call a value that an address names in any of its ways."""
    labels = chosen(visit, Form(filters=((facet, (value,)),)), facet)
    return ", ".join(labels.values()) or value


def ignored_sentences(visit: Visit, form: Form) -> list[str]:
    """What of the address was left out, a sentence each."""
    told = [visit.wording(one.why, what=_cut(one.what)) for one in form.ignored[:IGNORED_MAX]]
    more = len(form.ignored) - len(told)
    return told + ([visit.wording("ignored_more", n=more)] if more else [])


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"


def _proposal(visit: Visit, form: Form, page: Page) -> WayOut | None:
    """The words as they were probably meant, and what they would find."""
    if not page.proposal:
        return None
    meant = form.replace(words=page.proposal, page=1)
    return WayOut(page.proposal, count(visit, meant), visit.address("/", meant.pairs()))


def ways_out(visit: Visit, form: Form, page: Page) -> list[WayOut]:
    """Where nothing answers: the question without each of its filters, without all, and with any of its words."""
    found = []
    for facet, values in form.filters:
        names = ", ".join(_name(visit, facet, value) for value in values)
        label = visit.wording("without_filter", name=visit.wording(f"facet_{facet}"), values=names)
        found.append((label, form.with_values(facet, ())))
    if form.since or form.until:
        found.append((visit.wording("without_dates"), form.replace(since="", until="", first_day=None, last_day=None)))
    if len(found) > 1:
        found.append((visit.wording("without_filters"), form.cleared()))
    loose = _any_word(page.query)
    if loose and loose != form.words:
        found.append((visit.wording("with_any_word"), form.replace(words=loose)))
    ways = [(label, other.replace(page=1)) for label, other in found]
    return [WayOut(label, count(visit, other), visit.address("/", other.pairs())) for label, other in ways]


def _any_word(query: Query) -> str:
    words = [word for text in query.words() for word in text.split() if word.isalnum()]
    return " OU ".join(dict.fromkeys(words)) if len(words) > 1 else " ".join(words)


def paging(visit: Visit, form: Form, last: int) -> Paging:
    """Links to the first, the last and the neighbouring pages."""

    def address(number: int) -> str:
        pairs = [pair for pair in form.pairs() if pair[0] != PAGE]
        return visit.address("/", pairs + ([(PAGE, str(number))] if number > 1 else []))

    here = form.page
    near = {1, last, *range(max(1, here - PAGES_AROUND), min(last, here + PAGES_AROUND) + 1)}
    pages: list[tuple[int, str] | None] = []
    for number in sorted(near):
        if pages and pages[-1] is not None and pages[-1][0] != number - 1:
            pages.append(None)
        pages.append((number, address(number)))
    before = address(here - 1) if here > 1 else None
    return Paging(here, last, tuple(pages), before, address(here + 1) if here < last else None)
