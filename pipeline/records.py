"""The records that pass from stage to stage; frozen, slotted, made of plain values.

Page → Capture | FetchFailure → Article | Rejection. Times are aware UTC and end in `_at`; a
publication date is a `date`. None always means "the page does not say". May import: the standard
library only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class PageState(StrEnum):
    """What is known of a page on the live site; a failure is never a deletion."""

    PRESENT = "present"
    GONE = "gone"
    UNKNOWN = "unknown"


class FoundBy(StrEnum):
    """How an address came to our knowledge, best evidence first."""

    SEED = "seed"
    SITEMAP = "sitemap"
    REST = "rest"
    FEED = "feed"
    LINK = "link"
    REDIRECT = "redirect"
    CANONICAL = "canonical"
    IMPORT = "import"


class FailureReason(StrEnum):
    """Why a fetch brought no usable body."""

    ROBOTS = "robots"
    OUT_OF_SCOPE = "out_of_scope"
    PRIVATE_ADDRESS = "private_address"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    TOO_MANY_REQUESTS = "too_many_requests"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECTED_AWAY = "redirected_away"
    NOT_TEXT = "not_text"
    EMPTY = "empty"
    SOFT_NOT_FOUND = "soft_not_found"  # status 200, and the page that the site shows for what does not exist


# Failures that another try may mend: they say something about the night, not about the page.
PASSING = frozenset(
    {
        FailureReason.TIMEOUT,
        FailureReason.CONNECTION,
        FailureReason.PROTOCOL,
        FailureReason.SERVER_ERROR,
        FailureReason.TOO_MANY_REQUESTS,
    }
)


class RejectionReason(StrEnum):
    """Why a capture is no article."""

    LISTING = "listing"
    TAXONOMY = "taxonomy"
    FEED = "feed"
    ATTACHMENT = "attachment"
    NOT_HTML = "not_html"
    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    TOO_LITTLE_TEXT = "too_little_text"
    NO_TITLE = "no_title"
    UNREADABLE = "unreadable"
    EXCLUDED = "excluded"
    ELSEWHERE = "elsewhere"
    ERROR_PAGE = "error_page"
    NOINDEX = "noindex"


@dataclass(frozen=True, slots=True)
class Page:
    """An address that the site has or had. `key` is the canonical key, `url` the site's own spelling."""

    key: str
    url: str
    site: str
    state: PageState
    found_by: FoundBy
    depth: int
    first_seen_at: datetime
    last_ok_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    sitemap_lastmod: str | None = None


# The header under which a capture says that it came from a copy of the site, with the copy's address.
COPY_HEADER = "x-aimf-base-url"


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer of the site: its bytes after content decoding, its headers, its time."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    id: int | None = None

    @property
    def body_hash(self) -> str:
        """SHA-256 of the body, hexadecimal; identical bodies are stored once."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The site answered 304: the capture we have is still the page."""

    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Redirected:
    """The page has moved to another page of the site; `target` is where the chain ended."""

    url: str
    target: str
    permanent: bool
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """A fetch without a usable body. `status` is None when no answer came."""

    url: str
    reason: FailureReason
    detail: str
    fetched_at: datetime
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the article; `level` is 1 to 6."""

    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Span:
    """A place in an article's text: characters `start_chars` to before `end_chars`, counted from 0."""

    start_chars: int
    end_chars: int


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the article, by absolute address; `credit` names who made or owns it, as the page says."""

    url: str
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the site's own taxonomies: the slug in the address and the label that readers see."""

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `country` is ISO 3166-1 alpha-2 or None, `kind` is country, city, region or organisation.

    `spans` are its mentions in the text; none: the title or the site's own tags name it. `tagged`: the site's tags do.
    """

    name: str
    country: str | None
    kind: str
    spans: tuple[Span, ...] = ()
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation or programme that the article works with; `acronym` as the text gives it.

    `spans` as for a place.
    """

    name: str
    acronym: str | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money; `value` is a decimal string in units of the ISO 4217 `currency`.

    `qualifier` is what the text puts before it ("près de"), `text` the words themselves; of a range
    each end is an amount. `span` None: the title names it.
    """

    value: str
    currency: str
    qualifier: str | None
    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class EventDate:
    """A date told in the text; start and end are cut to their `precision` (day, month, year).

    `inferred`: the year is not written and was taken from the context. `span` None: the title or the
    date line names it.
    """

    start: str
    end: str
    precision: str
    text: str
    inferred: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Acronym:
    """An acronym that the text itself spells out, with its evidence; `span` covers both forms."""

    acronym: str
    expansion: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that the article quotes; `speaker` None: the text does not say who."""

    text: str
    speaker: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the text in another language than the article's."""

    language: str
    span: Span


class FindingKind(StrEnum):
    """What an editor should repair on a page of the site."""

    PLACEHOLDER = "placeholder"
    HIDDEN_PLACEHOLDER = "hidden_placeholder"
    EMPTY_ARTICLE = "empty_article"
    NO_DATE = "no_date"
    CONTRADICTION = "contradiction"
    LOST_EMOJI = "lost_emoji"
    DUPLICATE = "duplicate"
    DUPLICATE_TITLE = "duplicate_title"
    LYING_SLUG = "lying_slug"
    UNTRANSLATED_LABEL = "untranslated_label"
    IMAGE_WITHOUT_ALT = "image_without_alt"
    DEAD_LINK = "dead_link"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something on a page that its editors should repair; `excerpt` is what stands there."""

    kind: FindingKind
    excerpt: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article, complete at birth.

    `text` is the cleaned text, one block a line; it holds neither title nor date line. An article
    may have a title and no text (a video, an announcement). `sources` names where each field was
    read ("json-ld", "body class", …). `videos` are addresses of embedded films, `passages` the parts in another
    language, `list_items` the lines that the page prints as items of a list, `findings` what editors should repair.
    `version` counts the versions of this page from 1. `canonical` is the address that the page names as its own, when
    that is another one.
    """

    url: str
    site: str
    title: str
    kind: str
    text: str
    language: str | None = None
    date_published: date | None = None
    date_modified: date | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    themes: tuple[Term, ...] = ()
    sections: tuple[Section, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    videos: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    passages: tuple[Passage, ...] = ()
    list_items: tuple[Span, ...] = ()
    partners: tuple[Partner, ...] = ()
    amounts: tuple[Amount, ...] = ()
    event_dates: tuple[EventDate, ...] = ()
    acronyms: tuple[Acronym, ...] = ()
    findings: tuple[Finding, ...] = ()
    captured_at: datetime | None = None
    version: int = 1
    capture_id: int | None = None
    extractor_version: int = 0
    sources: Mapping[str, str] = field(default_factory=dict)
    canonical: str | None = None

    @property
    def content_hash(self) -> str:
        """What makes a version: title, cleaned text and the fields read from the page, not the template.

        The modification time is left out on purpose: sites touch it without touching the article. So is what was read
        from the text: a name that the gazetteer learns makes no version.
        """
        facts = (
            self.title,
            self.text,
            self.kind,
            self.language,
            str(self.date_published),
            self.summary,
            self.authors,
            tuple(t.slug for t in self.themes),
            tuple((s.level, s.title) for s in self.sections),
            tuple(i.url for i in self.images),
            self.attachments,
            tuple((p.name, p.country, p.kind) for p in self.places if p.tagged or not p.spans),
            tuple(p.name for p in self.partners if not p.spans),
        )
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()

    def countries(self) -> tuple[str, ...]:
        """ISO codes of the article's countries, each once, in the article's order."""
        return tuple(dict.fromkeys(p.country for p in self.places if p.country and p.kind == "country"))


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a capture is no article; kept, counted and shown, so that nothing vanishes silently.

    `article` is what was read of it all the same, where something was; the archive keeps the reason alone.
    """

    url: str
    site: str
    reason: RejectionReason
    detail: str
    capture_id: int | None = None
    extractor_version: int = 0
    article: Article | None = None
