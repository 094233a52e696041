"""What is worked out of one answer before it is stored: its links, and its body packed for the disk.

A function of bytes, so that any thread may do it. May import: records, archive, crawl.discover, crawl.errorpage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from pipeline.archive import Fetched, PreparedBody, prepare_body
from pipeline.crawl.discover import Links, forbids_following
from pipeline.crawl.errorpage import ErrorPage, judge
from pipeline.records import COPY_HEADER, Capture, FetchFailure, NotModified

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Digest:
    """An answer, read and packed."""

    fetched: Fetched
    links: Links
    body: PreparedBody | None = None
    took_too_long: bool = False


class Reader(Protocol):
    """Reads pages within bounds of time; None when one took too long."""

    def read(self, capture: Capture) -> Links | None:
        """The links of a page."""

    def call(self, function: Callable[..., T], body: bytes, *more: Any) -> T | None:
        """What a function makes of a body."""


def digest(  # noqa: PLR0913, PLR0917 - what one answer is read by
    fetched: Fetched, stored: Capture | None, copy: str | None, agent: str, reader: Reader, error_page: ErrorPage | None
) -> Digest:
    """Read an answer. `stored` is the capture that a 304 confirms: what it links to counts as before.

    `reader` finds the links, None when that took too long; `agent` is our name in an X-Robots-Tag. A page that is none,
    because it looks like `error_page`, becomes a failure.
    """
    outcome = fetched.outcome
    if isinstance(outcome, NotModified) and stored is not None:
        links = _links(stored, agent, reader)
        return Digest(fetched, links or Links(), took_too_long=links is None)
    if not isinstance(outcome, Capture):
        return Digest(fetched, Links())
    refused = judge(outcome, error_page, reader.call)
    if refused is not None:
        failure = FetchFailure(outcome.url, *refused, outcome.fetched_at, outcome.status)
        return Digest(replace(fetched, outcome=failure), Links())
    if copy is not None:
        outcome = replace(outcome, headers={**outcome.headers, COPY_HEADER: copy})
    links = _links(outcome, agent, reader)
    return Digest(
        replace(fetched, outcome=outcome), links or Links(), prepare_body(outcome.body), took_too_long=links is None
    )


def _links(capture: Capture, agent: str, reader: Reader) -> Links | None:
    """The links that may be followed; what a page calls itself counts in any case."""
    links = reader.read(capture)
    if links is None or not (links.nofollow or forbids_following(capture.headers.get("x-robots-tag", ""), agent)):
        return links
    return Links((links.canonical,) if links.canonical else (), links.canonical, nofollow=True)
