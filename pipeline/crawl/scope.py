"""Which addresses are asked: one function decides, for pages, redirects, sitemaps and links alike.

May import: config, urls.
"""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import urlsplit

from pipeline.config import Limits, Site
from pipeline.urls import DEFAULT_PORTS, Rebase, canonical_key, join, path_and_query_to_match, path_to_match

# Endings of files that are never a page; the label in an answer is checked as well, this only saves the question.
_FILE_ENDING = re.compile(
    r"\.(7z|avi|avif|bmp|bz2|css|csv|docx?|eot|eps|epub|exe|gif|gz|ico|ics|jpe?g|js|json|m4[av]|mov|mp[34]|mpe?g|od[pst]|"
    r"og[gv]|otf|pdf|png|pp[st]x?|rar|rss|rtf|svg|tar|tgz|tiff?|ttf|txt|vcf|wav|web[mp]|wmv|woff2?|xlsx?|xml|xsl|zip)/?$",
    re.IGNORECASE,
)
# A folder that stands in an address three times is a relative link gone wrong: it goes on for ever.
_REPEATED_SEGMENTS = 3
# As many as pipeline.urls keeps, for the same reason.
_REMEMBERED = 1 << 13


class Decision(StrEnum):
    """What an address is to the crawl."""

    ARTICLE = "article"
    LISTING = "listing"
    OTHER = "other"
    OUT_OF_SCOPE = "out_of_scope"
    IGNORED = "ignored"
    FILE = "file"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    REPEATS = "repeats"

    @property
    def wanted(self) -> bool:
        """Whether such an address is asked."""
        return self in (Decision.ARTICLE, Decision.LISTING)


class Scope:
    """The addresses of one site."""

    def __init__(self, site: Site, limits: Limits, rebase: Rebase | None = None) -> None:
        self._site = site
        self._limits = limits
        self._rebase = rebase
        self._origin = urlsplit(site.base_url)
        self.seeds = tuple(dict.fromkeys(u for s in site.seeds if (u := join(site.base_url, s))))
        self._seed_keys = frozenset(canonical_key(u) for u in self.seeds)
        self._homes: dict[str, str | None] = {}
        self._remembered: dict[str, Decision] = {}

    def home(self, url: str) -> str | None:
        """The site's own spelling of a normalised address: one scheme, one host; None for an address elsewhere.

        Whoever links to http:// or to the bare host means the same page, and asking it there costs a redirect.
        """
        if url in self._homes:
            return self._homes[url]
        if len(self._homes) >= _REMEMBERED:
            self._homes.clear()
        home = self._homes[url] = self._home(url)
        return home

    def _home(self, url: str) -> str | None:
        if self._rebase is not None:
            url = self._rebase.to_site(url)
        if not self.covers(url):
            return None
        return urlsplit(url)._replace(scheme=self._origin.scheme, netloc=self._origin.netloc).geturl()

    def covers(self, url: str) -> bool:
        """Whether a normalised address is on this site: a known host, and its port."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or (parts.hostname or "") not in self._site.all_hosts:
            return False
        return parts.port == _explicit_port(self._origin.scheme, self._origin.port)

    def decide(self, url: str) -> Decision:
        """What an address, spelt as `home` spells it, is to the crawl."""
        known = self._remembered.get(url)
        if known is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            known = self._remembered[url] = self._decide(url)
        return known

    def _decide(self, url: str) -> Decision:
        if not self.covers(url):
            return Decision.OUT_OF_SCOPE
        if canonical_key(url) in self._seed_keys:
            return Decision.LISTING
        path = path_to_match(url)
        refused = self._refused(url, path)
        if refused is not None:
            return refused
        if self._site.is_listing(path):
            return Decision.LISTING
        return Decision.ARTICLE if self._site.kind_of(path) else Decision.OTHER

    def _refused(self, url: str, path: str) -> Decision | None:
        """Why an address of the site is not asked whatever its kind."""
        segments = path.strip("/").split("/")
        if len(url) > self._limits.url_chars:
            return Decision.TOO_LONG
        if _repeats(segments):
            return Decision.REPEATS
        if len(segments) > self._limits.path_segments:
            return Decision.TOO_DEEP
        if self._site.is_ignored(path_and_query_to_match(url)):
            return Decision.IGNORED
        return Decision.FILE if _FILE_ENDING.search(path) else None


def _explicit_port(scheme: str, port: int | None) -> int | None:
    return None if port == DEFAULT_PORTS[scheme] else port


def _repeats(segments: list[str]) -> bool:
    return len(segments) > _REPEATED_SEGMENTS and any(segments.count(s) >= _REPEATED_SEGMENTS for s in set(segments))
