"""What is worked out of one answer before it is stored: its links, and its body packed for the disk.

A function of bytes, so that any thread may do it. May import: config, records, urls, archive, crawl.discover.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.archive import Fetched, PreparedBody, prepare_body
from pipeline.crawl.discover import Links, forbids_following
from pipeline.records import COPY_HEADER, Capture, NotModified


@dataclass(frozen=True, slots=True)
class Digest:
    """An answer, read and packed."""

    fetched: Fetched
    links: Links
    body: PreparedBody | None = None
    took_too_long: bool = False


Read = Callable[[Capture], "Links | None"]


def digest(fetched: Fetched, stored: Capture | None, copy: str | None, agent: str, read: Read) -> Digest:
    """Read an answer. `stored` is the capture that a 304 confirms: what it links to counts as before.

    `read` finds the links, None when that took too long; `agent` is our name in an X-Robots-Tag.
    """
    outcome = fetched.outcome
    if isinstance(outcome, NotModified) and stored is not None:
        links = _links(stored, agent, read)
        return Digest(fetched, links or Links(), took_too_long=links is None)
    if not isinstance(outcome, Capture):
        return Digest(fetched, Links())
    if copy is not None:
        outcome = replace(outcome, headers={**outcome.headers, COPY_HEADER: copy})
    links = _links(outcome, agent, read)
    return Digest(
        replace(fetched, outcome=outcome), links or Links(), prepare_body(outcome.body), took_too_long=links is None
    )


def _links(capture: Capture, agent: str, read: Read) -> Links | None:
    """The links that may be followed; what a page calls itself counts in any case."""
    links = read(capture)
    if links is None or not (links.nofollow or forbids_following(capture.headers.get("x-robots-tag", ""), agent)):
        return links
    return Links((links.canonical,) if links.canonical else (), links.canonical, nofollow=True)
