"""robots.txt after RFC 9309: what an answer, or none, means for the whole site.

Protego matches the rules; what Protego does not know (which answers mean free, which forbidden, how
much is read) stands here. May import: records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from protego import Protego

from pipeline.records import Capture, FailureReason, FetchFailure, NotModified, Redirected

# Answers of the 4xx kind, and redirects that lead nowhere, say that there are no rules (RFC 9309, 2.3.1.2-3).
_FREE = frozenset(
    {
        FailureReason.NOT_FOUND,
        FailureReason.GONE,
        FailureReason.CLIENT_ERROR,
        FailureReason.REDIRECT_LOOP,
        FailureReason.OUT_OF_SCOPE,
        FailureReason.NOT_TEXT,
        FailureReason.EMPTY,
    }
)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site for one agent."""

    agent: str
    rules: Any = None
    reachable: bool = True
    detail: str = ""

    def allows(self, url: str) -> bool:
        """Whether an address may be asked."""
        if not self.reachable:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, self.agent))

    def crawl_delay_s(self, longest_s: float) -> float:
        """The pause that the site asks for, cut to `longest_s`; 0 if it asks for none."""
        told = self.rules.crawl_delay(self.agent) if self.rules is not None else None
        return min(told, longest_s) if told is not None and math.isfinite(told) and told > 0 else 0.0

    def sitemaps(self) -> tuple[str, ...]:
        """The addresses on the Sitemap lines, as they stand there."""
        return tuple(dict.fromkeys(self.rules.sitemaps)) if self.rules is not None else ()


def product_token(user_agent: str) -> str:
    """The name that robots.txt knows an agent by.

    >>> product_token("aimf-archive/1.0 (+https://example.org)")
    'aimf-archive'
    """
    words = user_agent.partition("/")[0].split()
    return words[0] if words else user_agent


def read_robots(outcome: Capture | NotModified | Redirected | FetchFailure, agent: str, longest_bytes: int) -> Robots:
    """The rules that an answer to /robots.txt means."""
    match outcome:
        case Capture():
            return parse_robots(outcome.body, agent, longest_bytes)
        case FetchFailure() if outcome.reason not in _FREE:
            return Robots(agent, reachable=False, detail=outcome.detail)
        case _:
            return Robots(agent)


def parse_robots(body: bytes, agent: str, longest_bytes: int) -> Robots:
    r"""The rules in a file; whatever is no rule is passed over.

    >>> robots = parse_robots(b"User-agent: *\rDisallow: /p*t$", "aimf-archive", 512_000)
    >>> robots.allows("https://example.org/pilot"), robots.allows("https://example.org/pilots")
    (False, True)
    """
    read = body[:longest_bytes]
    if len(body) > longest_bytes:
        # half a line could forbid more, or less, than the whole one
        read = read[: max(read.rfind(b"\n"), read.rfind(b"\r")) + 1]
    text = read.decode("utf-8-sig", errors="replace").replace("\ufeff", "")
    return Robots(agent, Protego.parse(text.replace("\r\n", "\n").replace("\r", "\n")))
