"""/api/v1: the library over HTTP, as JSON, and its description (OpenAPI 3.1). May import: library, pipeline.export.

Names are the library's own: what `Library.search` is called with is what an address says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from index.engine import FACETS
from index.library import Library
from index.search import SORTS
from index.web.forms import VALUES_MAX, WORDS_MAX_CHARS
from pipeline.config import program_version
from pipeline.errors import UsageError
from pipeline.export import as_record

LIMIT_MAX = 100
OFFSET_MAX = 20_000
PREFIX_MAX_CHARS = 200

Pairs = Sequence[tuple[str, str]]


class NotThere(Exception):
    """The archive has no such article."""


def search(library: Library, pairs: Pairs) -> dict[str, Any]:
    """`Library.search`. UsageError for a parameter that it does not take."""
    named = _Parameters(pairs, ("query", "limit", "offset", "sort", "since", "until", "facets", *FACETS))
    page = library.search(
        named.text("query", WORDS_MAX_CHARS),
        named.number("limit", 10, LIMIT_MAX),
        named.number("offset", 0, OFFSET_MAX),
        filters={facet: values for facet in FACETS if (values := named.all(facet))},
        facets=named.names("facets"),
        sort=named.text("sort", 20) or "relevance",
        since=named.day("since"),
        until=named.day("until"),
    )
    return page.to_dict() | {"offset": page.offset}


def article(library: Library, pairs: Pairs) -> dict[str, Any]:
    """One article, as `aimf export` prints it, with the numbers of its versions."""
    url = _Parameters(pairs, ("url",)).text("url", 2_000)
    try:
        found = library[url]
    except KeyError:
        raise NotThere(url) from None
    return as_record(found) | {"versions": [one.version for one in library.versions(url)]}


def facets(library: Library, pairs: Pairs) -> dict[str, Any]:
    """All values of facets with their counts over the whole archive."""
    wanted = _Parameters(pairs, ("facets",)).names("facets") or list(FACETS)
    return {
        name: [{"code": one.code, "label": one.label, "count": one.count} for one in library.values(name)]
        for name in wanted
    }


def suggest(library: Library, pairs: Pairs) -> dict[str, Any]:
    """`Library.suggest`."""
    named = _Parameters(pairs, ("prefix", "limit"))
    prefix = named.text("prefix", PREFIX_MAX_CHARS)
    found = library.suggest(prefix, named.number("limit", 8, LIMIT_MAX))
    return {"prefix": prefix, "suggestions": [{"text": s.text, "kind": s.kind, "count": s.count} for s in found]}


class _Parameters:
    """Reads the parameters of an address; UsageError names what is wrong."""

    def __init__(self, pairs: Pairs, known: Sequence[str]) -> None:
        self._pairs = pairs
        for name, _ in pairs:
            if name not in known:
                raise UsageError(f"There is no parameter {name[:40]!r}; there are {', '.join(known)}.")

    def all(self, name: str) -> list[str]:
        values = [value for given, value in self._pairs if given == name and value]
        if len(values) > VALUES_MAX:
            raise UsageError(f"{name} takes {VALUES_MAX} values at most.")
        return values

    def names(self, name: str) -> list[str]:
        """Names, given one by one or with commas between them."""
        return [one for text in self.all(name) for one in text.split(",") if one]

    def text(self, name: str, longest_chars: int) -> str:
        values = [value for given, value in self._pairs if given == name]
        if len(values) > 1:
            raise UsageError(f"{name} is given twice.")
        if values and len(values[0]) > longest_chars:
            raise UsageError(f"{name} is longer than {longest_chars} characters.")
        return values[0] if values else ""

    def number(self, name: str, usual: int, largest: int) -> int:
        text = self.text(name, 9)
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and int(text) <= largest):
            raise UsageError(f"{name} must be a whole number from 0 to {largest}.")
        return int(text)

    def day(self, name: str) -> date | None:
        text = self.text(name, 20)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise UsageError(f"{name} must be a day as YYYY-MM-DD.") from None


def _parameter(name: str, told: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": told, "required": required, "schema": schema}


def _whole(largest: int, usual: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": largest, "default": usual}


_TEXT = {"type": "string"}
_SEVERAL = {"type": "array", "items": _TEXT, "maxItems": VALUES_MAX}
_DAY = {"type": "string", "format": "date"}
_SEARCH = [
    _parameter("query", "words, phrases and fields, as in docs/query-language.md", _TEXT),
    _parameter("limit", "how many results", _whole(LIMIT_MAX, 10)),
    _parameter("offset", "from which result on", _whole(OFFSET_MAX, 0)),
    _parameter("sort", "their order", {"type": "string", "enum": list(SORTS), "default": SORTS[0]}),
    _parameter("since", "first day of publication", _DAY),
    _parameter("until", "last day of publication", _DAY),
    _parameter("facets", f"facets to count, with commas: {', '.join(FACETS)}", _TEXT),
    *(
        _parameter(name, f"only articles of this {name}; given again, they are alternatives", _SEVERAL)
        for name in FACETS
    ),
]
_PATHS = {
    "search": ("Articles that answer, best first.", _SEARCH),
    "article": ("One article.", [_parameter("url", "its address, in any spelling", _TEXT, required=True)]),
    "facets": ("All values of facets.", [_parameter("facets", "which, with commas; all by default", _TEXT)]),
    "suggest": (
        "Titles and names that begin so.",
        [
            _parameter("prefix", "what was typed", _TEXT, required=True),
            _parameter("limit", "how many", _whole(LIMIT_MAX, 8)),
        ],
    ),
}


def openapi() -> dict[str, Any]:
    """The description that clients and their makers read."""

    def answer(told: str) -> dict[str, Any]:
        return {"description": told, "content": {"application/json": {"schema": {"type": "object"}}}}

    return {
        "openapi": "3.1.0",
        "info": {"title": "aimf-archive", "version": program_version(), "summary": "The library over HTTP; GET only."},
        "servers": [{"url": "/api/v1"}],
        "paths": {
            f"/{name}": {
                "get": {
                    "operationId": name,
                    "summary": told,
                    "parameters": parameters,
                    "responses": {
                        "200": answer("the answer"),
                        "400": answer('a parameter is wrong: {"error": what, and what there is}'),
                        **({"404": answer("there is no such article")} if name == "article" else {}),
                        "503": answer("the archive is not available at the moment"),
                    },
                }
            }
            for name, (told, parameters) in _PATHS.items()
        },
    }


ANSWERS = {"search": search, "article": article, "facets": facets, "suggest": suggest}
