"""A search as an Atom feed: what is new in it, newest first (« Suivre cette recherche »).

May import: forms, pages.facets, pages.question, visit.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from index.search import Hit
from index.web.forms import Form, clean
from index.web.pages.facets import chosen
from index.web.pages.question import asked
from index.web.visit import Visit

ENTRIES = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def view(visit: Visit, form: Form) -> dict[str, Any]:
    """What the template shows."""
    page = asked(visit, form.replace(sort="recents", page=1), limit=ENTRIES)
    entries = [_entry(visit, hit) for hit in page.hits[: page.total]]
    return {
        "form": form,
        "title": _title(visit, form),
        "entries": entries,
        "updated": max((entry["updated"] for entry in entries), default=_rfc3339(None)),
        "own_address": visit.base + visit.address("/atom", form.pairs()),
        "page_address": visit.base + visit.address("/", form.pairs()),
    }


def _title(visit: Visit, form: Form) -> str:
    """What is followed: the words, and the names of the filters."""
    told = [form.words] if form.words else []
    for facet, _ in form.filters:
        told += chosen(visit, form, facet).values()
    told += [visit.wording("feed_since", day=visit.day(form.first_day))] if form.since else []
    told += [visit.wording("feed_until", day=visit.day(form.last_day))] if form.until else []
    return visit.wording("feed_title", what=", ".join(told)) if told else visit.wording("feed_all")


def _entry(visit: Visit, hit: Hit) -> dict[str, str]:
    card = hit.card
    return {
        "id": card.url,
        "title": clean(card.title),
        "updated": _rfc3339(card.date),
        "summary": clean(hit.snippet.plain()),
        "address": visit.base + visit.article_address(card.url),
        "language": card.language,
    }


def _rfc3339(day: str | None) -> str:
    """A day as Atom wants it: a publication date has no time, so it is its beginning."""
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) if day else _NEVER
    return moment.isoformat().replace("+00:00", "Z")
