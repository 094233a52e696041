"""Tells a monitor that a run begins and how it ended: bounded, and never a reason for the run to fail.

The convention is that of healthchecks.io and its like: the address with /start, alone, or with /fail. May import:
config, records, urls, archive, crawl.fetch.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

from pipeline.config import Health, Limits, Politeness
from pipeline.crawl.fetch import Ask, Fetcher, Wanted
from pipeline.records import FailureReason, FetchFailure
from pipeline.urls import host_of

# What a monitor answers is not read further than this.
_ANSWER_BYTES = 65_536


class Beat(StrEnum):
    """What is told; the value is what follows the address."""

    START = "/start"
    DONE = ""
    FAILED = "/fail"


def call(health: Health, politeness: Politeness, beat: Beat) -> str | None:
    """Ask the monitor's address; None when it took the call (or there is none), else why it did not."""
    if health.heartbeat_url is None:
        return None
    url = health.heartbeat_url.rstrip("/") + beat.value
    why = asyncio.run(_ask(url, health.heartbeat_s, politeness))
    return None if why is None else f"The heartbeat {url} was not taken: {why}."


async def _ask(url: str, longest_s: float, politeness: Politeness) -> str | None:
    host = host_of(url)

    def gate(address: str) -> tuple[FailureReason, str] | None:
        return None if host_of(address) == host else (FailureReason.OUT_OF_SCOPE, f"{address} is on another host")

    once = politeness.model_copy(update={"tries": 1, "delay_s": 0.0})
    limits = Limits(request_s=longest_s, body_bytes=_ANSWER_BYTES, redirects=3)
    # The operator wrote the address down, so it may be in the own network.
    async with Fetcher(once, limits, trusted_hosts=frozenset({host})) as fetcher:
        try:
            async with asyncio.timeout(longest_s):
                outcome = (await fetcher.fetch(Ask(url, gate, Wanted.ROBOTS))).outcome
        except TimeoutError:
            return f"no answer in {longest_s:g} s"
    # 204 is a fine answer to a heartbeat, though no page
    if isinstance(outcome, FetchFailure) and outcome.status not in (201, 202, 204):
        return outcome.detail
    return None
