"""The settings of config.yaml, typed once: ranges, defaults and what each is for.

How a file becomes one of them, and what is said when it does not, is in `config_file`. May import: nothing of the
project.
"""

from __future__ import annotations

import re
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000_000)]


def program_version() -> str:
    """The version of the installed distribution, or "0" in a bare source tree."""
    try:
        return version("aimf-archive")
    except PackageNotFoundError:
        return "0"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as wrong:
        msg = f"is no regular expression ({wrong})"
        raise ValueError(msg) from None
    return pattern


Pattern = Annotated[str, Field(min_length=1)]


class Kind(_Strict):
    """One kind of article page, recognised by its path."""

    kind: str = Field(min_length=1, pattern=r"^[a-z0-9_-]+$", description="name of the kind, as shown and filtered")
    path: Pattern = Field(description="regular expression on the decoded path")
    min_text_chars: int = Field(
        default=0,
        ge=0,
        description="characters of its own text that a page needs to be an article; 0 = a title is enough",
    )

    _path_is_pattern = field_validator("path")(_checked_pattern)


class Taxonomies(_Strict):
    """Prefixes of the site's taxonomy classes; None = the site has no such taxonomy."""

    themes: str | None = Field(default=None, description="class prefix and folder of themes")
    countries: str | None = Field(default=None, description="class prefix and folder of countries")
    cities: str | None = Field(default=None, description="class prefix and folder of cities")
    regions: str | None = Field(default=None, description="class prefix and folder of regions")
    partners: str | None = Field(default=None, description="class prefix and folder of partners")


class ExtractRules(_Strict):
    """What is known of the site's templates; everything may be left out."""

    item: tuple[str, ...] = Field(default=(), description="CSS selectors of the article's own element")
    keep: tuple[str, ...] = Field(default=(), description="CSS selectors of its text inside that element")
    drop: tuple[str, ...] = Field(default=(), description="CSS selectors of what is never the article")
    taxonomies: Taxonomies = Field(default=Taxonomies(), description="the site's own taxonomies")

    @field_validator("item", "keep", "drop")
    @classmethod
    def _selectors_compile(cls, selectors: tuple[str, ...]) -> tuple[str, ...]:
        for selector in selectors:
            try:
                HTMLTranslator().css_to_xpath(selector)
            except SelectorError as wrong:
                msg = f"is no CSS selector: {selector!r} ({str(wrong).splitlines()[0]})"
                raise ValueError(msg) from None
        return selectors


class AddedPlace(_Strict):
    """A city that the gazetteer lacks, or calls otherwise; it counts wherever a text names it with a capital."""

    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 code of its country, such as SN")
    name: str = Field(min_length=2, description="its usual French name")
    variants: tuple[Annotated[str, Field(min_length=2)], ...] = Field(default=(), description="its other spellings")


class FactRules(_Strict):
    """What the facts should know of a site's world."""

    places: tuple[AddedPlace, ...] = Field(default=(), description="added places; `aimf report --places` lists some")


class Site(_Strict):
    """One site of the archive."""

    name: str = Field(min_length=1, description="shown to staff, and cut from the end of page titles")
    base_url: str = Field(description="scheme, host and port of every address that is stored")
    hosts: tuple[str, ...] = Field(default=(), description="spellings of this site's host, beside that of base_url")
    seeds: tuple[str, ...] = Field(default=("/",), min_length=1, description="paths where link discovery begins")
    sitemaps: bool = Field(default=True, description="read the site's sitemaps")
    rest: bool = Field(default=True, description="read the lists of its WordPress REST interface, where it has one")
    feeds: bool = Field(default=True, description="read the feeds that its seeds name")
    languages: tuple[str, ...] = Field(default=("fr",), min_length=1, description="ISO 639-1, the likeliest first")
    kinds: tuple[Kind, ...] = Field(
        default=(Kind(kind="page", path="^/.+", min_text_chars=200),),
        min_length=1,
        description="which addresses are article pages; the first match wins",
    )
    listings: tuple[Pattern, ...] = Field(default=("^/$",), description="fetched for their links, never articles")
    ignore: tuple[Pattern, ...] = Field(default=(), description="never asked; matched on path and query")
    extract: ExtractRules = Field(default=ExtractRules(), description="what is known of the site's templates")
    facts: FactRules = Field(default=FactRules(), description="what the site's articles speak of")

    @field_validator("listings", "ignore")
    @classmethod
    def _patterns_compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked_pattern(p) for p in patterns)

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as wrong:
            msg = f"is no web address ({wrong})"
            raise ValueError(msg) from None
        origin = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        if not origin or parts.path not in ("", "/") or parts.query:
            msg = "must be the root of a site, like https://www.example.org/"
            raise ValueError(msg)
        return f"{parts.scheme}://{parts.netloc.lower()}/"

    @field_validator("hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9a-fA-F:]+", host):
                msg = f"must be names of hosts such as example.org, without https:// and port, not {host!r}"
                raise ValueError(msg)
        return hosts

    @field_validator("languages")
    @classmethod
    def _are_iso_codes(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for code in languages:
            if not re.fullmatch("[a-z]{2}", code):
                msg = f"must be two-letter ISO 639-1 codes such as fr, not {code!r}"
                raise ValueError(msg)
        return languages

    @model_validator(mode="after")
    def _seeds_are_paths(self) -> Site:
        for seed in self.seeds:
            if not seed.startswith("/"):
                msg = f"seeds: must be paths that begin with /, not {seed!r}"
                raise ValueError(msg)
        return self

    def kind_of(self, path: str) -> Kind | None:
        """The kind of article page that a decoded path belongs to; None for listings and all else."""
        if self.is_listing(path):
            return None
        return next((kind for kind in self.kinds if re.search(kind.path, path)), None)

    def is_listing(self, path: str) -> bool:
        """Whether a decoded path is a page that prints other pages' text."""
        return any(re.search(pattern, path) for pattern in self.listings)

    def is_ignored(self, path_and_query: str) -> bool:
        """Whether an address, decoded path with query, is never asked."""
        return any(re.search(pattern, path_and_query) for pattern in self.ignore)

    @cached_property
    def all_hosts(self) -> frozenset[str]:
        """Host names of this site, lower case, with those of `base_url`."""
        own = urlsplit(self.base_url).hostname or ""
        return frozenset({own, *(h.lower() for h in self.hosts)})


class Politeness(_Strict):
    """How the crawler behaves towards a host."""

    user_agent: str = Field(
        default="aimf-archive/{version} (+https://www.aimf.asso.fr/contact/)",
        min_length=3,
        description="product and contact; {version} is filled in",
    )
    delay_s: Seconds = Field(default=1.0, description="pause between the starts of two requests to one host")
    crawl_delay_max_s: Seconds = Field(default=60.0, description="a longer Crawl-delay is cut to this")
    tries: int = Field(default=3, ge=1, le=10, description="how often an address is asked in one run")
    retry_pause_s: Seconds = Field(
        default=2.0, description="pause before the second try; doubled each time, with jitter"
    )
    retry_after_max_s: Seconds = Field(
        default=60.0, description="a longer Retry-After leaves the address for the next run"
    )

    @field_validator("user_agent")
    @classmethod
    def _says_who(cls, agent: str) -> str:
        if not (agent.isascii() and agent.isprintable() and re.search(r"https?://\S|\S@\S", agent)):
            msg = "must be one line of plain letters with an address to write to, like name/1.0 (+https://example.org/)"
            raise ValueError(msg)
        return agent

    @property
    def agent(self) -> str:
        """The User-Agent header."""
        return self.user_agent.replace("{version}", program_version())


class Limits(_Strict):
    """Bounds of one run; reaching one is reported and never permanent."""

    pages: Count = Field(default=20_000, description="requests in one run")
    duration_s: Seconds = Field(default=0, description="length of one run; 0 = no limit")
    request_s: Annotated[float, Field(gt=0, le=3600)] = Field(default=60.0, description="total time of one request")
    body_bytes: Count = Field(default=10_000_000, description="size of one answer after decoding")
    run_bytes: Count = Field(default=5_000_000_000, description="bytes of all answers of one run")
    header_bytes: Count = Field(default=65_536, description="size of an answer's headers")
    redirects: int = Field(default=10, ge=0, le=50, description="hops of one request")
    url_chars: Count = Field(default=1_000, description="longer addresses are not followed")
    path_segments: Count = Field(default=12, description="deeper addresses are not followed")
    depth: Count = Field(default=12, description="links from a seed or a sitemap entry")
    page_links: Count = Field(default=5_000, description="links of one page that are looked at")
    part_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.25, description="share of a run that one part of the site may have before others; then it comes last"
    )
    links_s: Annotated[float, Field(gt=0, le=600)] = Field(
        default=10.0, description="time to read the links of one page"
    )
    unpacked_ratio: Annotated[float, Field(ge=10, le=100_000)] = Field(
        default=200.0, description="times of its packed size that an answer of more than a megabyte may have"
    )
    sitemap_urls: Count = Field(default=200_000, description="entries read from all sitemaps of a site")
    robots_bytes: Count = Field(default=512_000, description="read of robots.txt (RFC 9309: at least 500 KiB)")
    extract_s: Annotated[float, Field(gt=0, le=3600)] = Field(default=30.0, description="time to read one page")
    extract_jobs: Annotated[int, Field(ge=0, le=256)] = Field(default=0, description="reading processes; 0 = one a CPU")


class Revisit(_Strict):
    """How soon a page is asked again that no source says has changed; each run asks its share of them."""

    nights: Count = Field(default=30, description="every page is asked within so many nights, whatever is said of it")
    unsignalled_nights: Count = Field(
        default=7, description="the same for article pages of which no trustworthy source would tell a change"
    )


class Guard(_Strict):
    """What a run may take away before it stops without publishing (exit code 4); `aimf crawl --accept` overrules it."""

    lost_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="share of a site's articles that may vanish, shrink, or lose body or date in one run"
    )
    lost_least: Count = Field(default=3, description="fewer losses than these never stop a run")
    probes: int = Field(
        default=20, ge=0, le=1000, description="articles asked in addition when most of those asked were lost"
    )


class ArchiveFolder(_Strict):
    """Where the archive lives."""

    folder: str = Field(
        default="data", min_length=1, description="folder of the archive, relative to the configuration file"
    )


class IndexFolder(_Strict):
    """Where the search index lives."""

    folder: str = Field(
        default="index", pattern=r"^[A-Za-z0-9_-]+$", description="folder of the index inside the archive's folder"
    )
    synonyms_file: Path | None = Field(
        default=None, description="words that mean the same, written by staff (docs/synonyms.md); relative to this file"
    )


class Health(_Strict):
    """Who looks after the nightly run, and when it counts as late."""

    stale_after_hours: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] = Field(
        default=36.0, description="`aimf status` fails when the last good crawl ended longer ago"
    )
    heartbeat_url: str | None = Field(
        default=None,
        description="asked when a crawl begins (with /start after it), has done its work, or failed (with /fail)",
    )
    heartbeat_s: Annotated[float, Field(gt=0, le=60)] = Field(default=10.0, description="total time of one heartbeat")

    @field_validator("heartbeat_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", url):
            msg = "must be a web address without query, like https://monitor.example.org/ping/aimf"
            raise ValueError(msg)
        return url


class PageRules(_Strict):
    """Who may read the staff's page; AIMF_USER and AIMF_PASSWORD in the environment overrule it."""

    user: str = Field(default="aimf", pattern=r"^[^:\s]+$", description="the name that is asked for with the password")
    password_file: Path | None = Field(
        default=None,
        description="a file that holds the password and that nobody else may read; relative to this file",
    )


class Config(_Strict):
    """The whole configuration."""

    archive: ArchiveFolder = Field(default=ArchiveFolder(), description="where the archive lives")
    sites: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")], Site] = Field(
        min_length=1, description="the sites, by short name"
    )
    politeness: Politeness = Field(default=Politeness(), description="how the crawler behaves")
    limits: Limits = Field(default=Limits(), description="bounds of one run")
    revisit: Revisit = Field(default=Revisit(), description="how soon unchanged pages are asked again")
    guard: Guard = Field(default=Guard(), description="what one run may take away")
    index: IndexFolder = Field(default=IndexFolder(), description="the search index")
    health: Health = Field(default=Health(), description="watching over the nightly run")
    page: PageRules = Field(default=PageRules(), description="the staff's page")

    @model_validator(mode="after")
    def _hosts_belong_to_one_site(self) -> Config:
        owner: dict[str, str] = {}
        for name, site in self.sites.items():
            for host in sorted(site.all_hosts):
                if host in owner:
                    msg = (
                        f"sites: the host {host} belongs to both {owner[host]!r} and {name!r}; leave it in one of them"
                    )
                    raise ValueError(msg)
                owner[host] = name
        return self
