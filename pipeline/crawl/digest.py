"""What is worked out of one answer before it is stored: its links, and its body packed for the disk.

A pure function of bytes, so that any thread (or a process that can be killed) may do it. May import:
config, records, urls, archive, crawl.discover.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.archive import Fetched, PreparedBody, prepare_body
from pipeline.crawl.discover import Links, links_in
from pipeline.records import COPY_HEADER, Capture, NotModified


@dataclass(frozen=True, slots=True)
class Digest:
    """An answer, read and packed."""

    fetched: Fetched
    links: Links
    body: PreparedBody | None = None


def digest(fetched: Fetched, stored: Capture | None, copy: str | None) -> Digest:
    """Read an answer. `stored` is the capture that a 304 confirms: what it links to counts as before."""
    outcome = fetched.outcome
    if isinstance(outcome, NotModified) and stored is not None:
        return Digest(fetched, _links(stored))
    if not isinstance(outcome, Capture):
        return Digest(fetched, Links())
    if copy is not None:
        outcome = replace(outcome, headers={**outcome.headers, COPY_HEADER: copy})
    return Digest(replace(fetched, outcome=outcome), _links(outcome), prepare_body(outcome.body))


def _links(capture: Capture) -> Links:
    return links_in(capture.body, capture.url, capture.headers.get("content-type", ""))
