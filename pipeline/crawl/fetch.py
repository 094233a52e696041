"""One address asked: politely, within bounds, and whatever happens is a value.

`fetch → _fetch_following_redirects → _fetch_patiently → _fetch_once`, one concern a layer. The only
module that knows httpx; its exceptions become reasons by one table. May import: config, records,
urls, archive, crawl.addresses, crawl.decoding, crawl.pace.
"""

from __future__ import annotations

import asyncio
import email.utils
import random
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpcore
import httpx

from pipeline.archive import Fetched, FetchOutcome
from pipeline.config import Limits, Politeness
from pipeline.crawl.addresses import CheckedNetwork, PrivateAddressError
from pipeline.crawl.decoding import ACCEPTED, TooLarge, Undecodable, decode
from pipeline.crawl.pace import Pace
from pipeline.records import PASSING, Capture, FailureReason, FetchFailure, NotModified, Redirected
from pipeline.urls import Rebase, canonical_key, host_of, join

# httpx's exceptions → reasons; the first match wins. What only a mistake of ours raises (StreamError, CookieConflict,
# HTTPStatusError) is left out on purpose.
ERRORS: tuple[tuple[type[Exception], FailureReason], ...] = (
    (httpx.TimeoutException, FailureReason.TIMEOUT),
    (httpx.NetworkError, FailureReason.CONNECTION),
    (httpx.ProxyError, FailureReason.CONNECTION),
    (httpx.ProtocolError, FailureReason.PROTOCOL),
    (httpx.UnsupportedProtocol, FailureReason.PROTOCOL),
    (httpx.DecodingError, FailureReason.PROTOCOL),
    (httpx.InvalidURL, FailureReason.PROTOCOL),
    (httpx.TooManyRedirects, FailureReason.REDIRECT_LOOP),
)
_CAUGHT: tuple[type[Exception], ...] = (*(kind for kind, _ in ERRORS), UnicodeError)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_STATUS_REASONS = {404: FailureReason.NOT_FOUND, 410: FailureReason.GONE, 429: FailureReason.TOO_MANY_REQUESTS}
# A short unwanted body is read so that the connection can be used again; a longer one costs more than a connection.
_DRAINED_BYTES = 65_536
_BINARY_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x7fELF", b"RIFF", b"\x00\x00\x01\x00")
_UTF_16_32_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SNIFFED_BYTES = 1024

Gate = Callable[[str], "tuple[FailureReason, str] | None"]


class Wanted(StrEnum):
    """What kind of body is asked for; anything else is not read."""

    PAGE = "page"
    SITEMAP = "sitemap"
    ROBOTS = "robots"
    ERROR_PAGE = "error_page"  # whatever the site says, with whatever status


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `gate` refuses addresses (also of redirects) at the last moment; a redirect to an address for
    which `stops_at` is true is not followed, because that page is asked anyway."""  # noqa: D205, D209

    url: str
    gate: Gate
    wanted: Wanted = Wanted.PAGE
    etag: str | None = None
    last_modified: str | None = None
    stops_at: Callable[[str], bool] = field(default=lambda _: False)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time and chance, handed in so that no test waits."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer as it came. `retry_after_s` is the pause that the site asked for."""

    outcome: FetchOutcome
    transferred_bytes: int = 0
    retry_after_s: float | None = None


class Fetcher:
    """Asks one site, one question at a time."""

    def __init__(
        self,
        politeness: Politeness,
        limits: Limits,
        *,
        rebase: Rebase | None = None,
        trusted_hosts: frozenset[str] = frozenset(),
        around: Surroundings | None = None,
    ) -> None:
        self._politeness = politeness
        self._limits = limits
        self._rebase = rebase
        self._around = around or Surroundings()
        self.delay_s = politeness.delay_s
        self.requests = 0
        self.received_bytes = 0
        self._paces: dict[str, Pace] = defaultdict(Pace)
        transport = httpx.AsyncHTTPTransport(http2=True)
        # httpx offers no place for a network backend; httpcore, which it stands on, does.
        transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001
            ssl_context=ssl.create_default_context(),
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=60.0,
            http2=True,
            network_backend=CheckedNetwork(trusted_hosts),
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            headers={
                "User-Agent": politeness.agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": ACCEPTED,
            },
            timeout=limits.request_s,
            follow_redirects=False,
            trust_env=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def fetch(self, ask: Ask) -> Fetched:
        """Ask one address. Never raises for what a site or a network may do."""
        began_s, before = self._around.monotonic(), self.requests
        fetched = await self._fetch_following_redirects(ask)
        elapsed_ms = round((self._around.monotonic() - began_s) * 1000)
        self.received_bytes += fetched.transferred_bytes
        return replace(fetched, elapsed_ms=elapsed_ms, requests=self.requests - before)

    # --- redirects ------------------------------------------------------------------------------

    async def _fetch_following_redirects(self, ask: Ask) -> Fetched:
        hops: list[Redirected] = []
        received_bytes, url, seen = 0, ask.url, {ask.url}
        while True:
            refused = ask.gate(url)
            if refused is not None:
                return Fetched(self._failure(ask.url, *refused), tuple(hops), received_bytes)
            reply = await self._fetch_patiently(url, ask, first=not hops)
            received_bytes += reply.transferred_bytes
            outcome = reply.outcome
            if not isinstance(outcome, Redirected):
                # a failure is told of the address that was asked; a page of the one that answered
                told = replace(outcome, url=ask.url) if isinstance(outcome, FetchFailure) else outcome
                return Fetched(told, tuple(hops), received_bytes)
            hops.append(outcome)
            url = outcome.target
            if url in seen or len(hops) > self._limits.redirects:
                detail = f"{len(hops)} redirects, at last to {url}"
                failure = self._failure(ask.url, FailureReason.REDIRECT_LOOP, detail)
                return Fetched(failure, tuple(hops), received_bytes)
            seen.add(url)
            if canonical_key(url) != canonical_key(ask.url) and ask.gate(url) is None and ask.stops_at(url):
                return Fetched(replace(outcome, url=ask.url), tuple(hops), received_bytes)

    # --- retries --------------------------------------------------------------------------------

    async def _fetch_patiently(self, url: str, ask: Ask, *, first: bool) -> _Reply:
        received_bytes, number = 0, 0
        while True:
            number += 1
            host = host_of(self._asked_address(url))
            await self._wait_for_turn(host)
            reply = await self._fetch_once(url, ask, conditional=first)
            received_bytes += reply.transferred_bytes
            outcome = reply.outcome
            well = not isinstance(outcome, FetchFailure) or outcome.reason not in PASSING
            self._paces[host].answered(well=well)
            if well or not isinstance(outcome, FetchFailure):
                return replace(reply, transferred_bytes=received_bytes)
            pause_s = self._pause_s(number, reply.retry_after_s)
            if number >= self._politeness.tries or pause_s is None:
                told = replace(outcome, detail=f"{outcome.detail} ({number} {'try' if number == 1 else 'tries'})")
                return replace(reply, outcome=told, transferred_bytes=received_bytes)
            await self._around.sleep(pause_s)

    def _pause_s(self, number: int, retry_after_s: float | None) -> float | None:
        """The pause before the next try; None if the site wants a longer one than a run can wait."""
        if retry_after_s is not None:
            return retry_after_s if retry_after_s <= self._politeness.retry_after_max_s else None
        growing_s = self._politeness.retry_pause_s * 2.0 ** (number - 1)
        return min(growing_s, self._politeness.retry_after_max_s) * (0.5 + self._around.jitter())

    async def _wait_for_turn(self, host: str) -> None:
        """Keep the pause between the starts of two requests to a host, whatever the requests are for."""
        pace = self._paces[host]
        wait_s = pace.wait_s(self.delay_s, self._around.monotonic())
        if wait_s > 0:
            await self._around.sleep(wait_s)
        pace.started(self._around.monotonic())

    # --- one request ----------------------------------------------------------------------------

    async def _fetch_once(self, url: str, ask: Ask, *, conditional: bool) -> _Reply:
        self.requests += 1
        validators = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified} if conditional else {}
        headers = {name: value for name, value in validators.items() if value}
        try:
            async with asyncio.timeout(self._limits.request_s):
                request = self._client.build_request("GET", self._asked_address(url), headers=headers)
                response = await self._client.send(request, stream=True)
                try:
                    return await self._read(url, response, ask.wanted, conditional=bool(headers))
                finally:
                    await response.aclose()
        except TimeoutError:
            return _Reply(self._failure(url, FailureReason.TIMEOUT, f"no whole answer in {self._limits.request_s:g} s"))
        except _CAUGHT as wrong:
            return _Reply(self._failure(url, _reason(wrong), f"{type(wrong).__name__}: {wrong}"))

    async def _read(self, url: str, response: httpx.Response, wanted: Wanted, *, conditional: bool) -> _Reply:
        status, headers = response.status_code, _headers(response)
        if sum(len(name) + len(value) for name, value in response.headers.raw) > self._limits.header_bytes:
            return _Reply(self._failure(url, FailureReason.TOO_LARGE, "the headers are too long", status))
        if status in _REDIRECTS and "location" in headers:
            return await self._drained(response, self._moved(url, status, headers["location"]))
        if status == 304 and conditional:
            return _Reply(NotModified(url, self._around.clock()))
        refused = _status_reason(status) if status != 200 else None
        if refused is not None and (wanted is not Wanted.ERROR_PAGE or refused in PASSING):
            failure = self._failure(url, refused, f"status {status}", status)
            reply = await self._drained(response, failure)
            return replace(reply, retry_after_s=retry_after_s(headers.get("retry-after"), self._around.clock()))
        if wanted is Wanted.PAGE and not is_page_type(headers.get("content-type", "")):
            return _Reply(self._failure(url, FailureReason.NOT_TEXT, f"it is {headers['content-type'][:100]}", status))
        return await self._read_body(url, response, headers, wanted)

    async def _read_body(
        self, url: str, response: httpx.Response, headers: Mapping[str, str], wanted: Wanted
    ) -> _Reply:
        most = self._limits.body_bytes
        raw = bytearray()
        async for chunk in response.aiter_raw():
            raw += chunk
            if len(raw) > most:
                failure = self._failure(url, FailureReason.TOO_LARGE, f"more than {most} bytes", response.status_code)
                return _Reply(failure, len(raw))
        try:
            body = decode(bytes(raw), headers.get("content-encoding", ""), most, self._limits.unpacked_ratio)
        except TooLarge as wrong:
            return _Reply(self._failure(url, FailureReason.TOO_LARGE, str(wrong), response.status_code), len(raw))
        except Undecodable as wrong:
            return _Reply(self._failure(url, FailureReason.PROTOCOL, str(wrong), response.status_code), len(raw))
        if wanted is Wanted.PAGE and is_binary(body):
            return _Reply(self._failure(url, FailureReason.NOT_TEXT, "its bytes are no text", 200), len(raw))
        if wanted is not Wanted.ROBOTS and not body.strip():
            return _Reply(self._failure(url, FailureReason.EMPTY, "the answer is empty", 200), len(raw))
        return _Reply(Capture(url, response.status_code, headers, body, self._around.clock()), len(raw))

    async def _drained(self, response: httpx.Response, outcome: FetchOutcome) -> _Reply:
        told = response.headers.get("content-length", "")
        if not (told.isascii() and told.isdigit() and int(told) <= _DRAINED_BYTES):
            return _Reply(outcome)
        received_bytes = 0
        async for chunk in response.aiter_raw():
            received_bytes += len(chunk)
        return _Reply(outcome, received_bytes)

    def _moved(self, url: str, status: int, location: str) -> FetchOutcome:
        target = join(self._asked_address(url), location)
        if target is None:
            return self._failure(url, FailureReason.OUT_OF_SCOPE, f"it redirects to {location[:200]!r}", status)
        if self._rebase is not None:
            target = self._rebase.to_site(target)
        return Redirected(url, target, permanent=status in _PERMANENT, fetched_at=self._around.clock())

    def _asked_address(self, url: str) -> str:
        """Where a page is really asked: on the site, or on the copy. The only place that knows the difference."""
        return url if self._rebase is None else self._rebase.to_copy(url)

    def _failure(self, url: str, reason: FailureReason, detail: str, status: int | None = None) -> FetchFailure:
        return FetchFailure(url, reason, detail, self._around.clock(), status)


def retry_after_s(told: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None if it holds neither.

    >>> at = datetime(2024, 3, 18, 9, 0, tzinfo=UTC)
    >>> [retry_after_s(t, at) for t in ("120", "Mon, 18 Mar 2024 09:00:30 GMT", "soon", None)]
    [120.0, 30.0, None, None]
    """
    if not told:
        return None
    told = told.strip()
    if told.isascii() and told.isdigit():
        return float(told[:10])
    try:
        at = email.utils.parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def is_binary(body: bytes) -> bool:
    r"""Whether bytes are surely no text, whatever their label says.

    >>> is_binary(b"%PDF-1.7"), is_binary(b"a\x00b"), is_binary("é".encode("utf-16")), is_binary(b"<p>")
    (True, True, False, False)
    """
    start = body[:_SNIFFED_BYTES]
    return start.startswith(_BINARY_MAGIC) or (b"\x00" in start and not start.startswith(_UTF_16_32_MARKS))


def is_page_type(content_type: str) -> bool:
    """Whether an answer of this type may be a page; one without a type may.

    >>> [is_page_type(t) for t in ("text/html; charset=utf-8", "", "application/pdf")]
    [True, True, False]
    """
    media = content_type.partition(";")[0].strip().lower()
    return not media or media.startswith("text/") or media in ("application/xhtml+xml", "application/xml")


def _status_reason(status: int) -> FailureReason:
    if status in _STATUS_REASONS:
        return _STATUS_REASONS[status]
    if 400 <= status < 500:
        return FailureReason.CLIENT_ERROR
    if 500 <= status < 600:
        return FailureReason.SERVER_ERROR
    return FailureReason.EMPTY if status in (204, 205) else FailureReason.CLIENT_ERROR


def _reason(wrong: Exception) -> FailureReason:
    cause: BaseException | None = wrong
    while cause is not None:
        if isinstance(cause, PrivateAddressError):
            return FailureReason.PRIVATE_ADDRESS
        cause = cause.__cause__
    return next((reason for kind, reason in ERRORS if isinstance(wrong, kind)), FailureReason.PROTOCOL)


def _headers(response: httpx.Response) -> dict[str, str]:
    """The answer's headers by lower-case name; cookies are nobody's business."""
    return {name: value for name, value in response.headers.items() if name != "set-cookie"}
