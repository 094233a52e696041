"""Who is let in, and what every answer carries: ASGI middleware round the pages. May import: record.

Host, method, credentials and crowd are checked before anything is read; every answer, errors included, gets the same
headers. Nothing here knows what the pages show.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.record import Record

METHODS = ("GET", "HEAD")
AT_ONCE_MAX = 200
"""Requests under way; more are asked to come again, so that a crowd cannot make everybody wait for ever."""
FAILURES_MAX = 5
FAILURES_WITHIN_S = 60.0
"""After so many wrong passwords in a minute, an address waits."""
CLIENTS_MAX = 10_000
"""Addresses whose failures are remembered; the oldest are forgotten first."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # The archive holds others' texts: it is for those who use it, and for no search engine.
    "x-robots-tag": "noindex",
}
STORED_NOWHERE = "no-store"
CROWDED = "Trop de demandes à la fois. Too many requests at once."


class Credentials(Record):
    """What HTTP Basic must bring."""

    user: str
    password: str

    def fit(self, header: str) -> bool:
        """Whether an Authorization header brings them; takes as long for a near miss as for a far one."""
        scheme, _, coded = header.partition(" ")
        try:
            given = base64.b64decode(coded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        wanted = f"{self.user}:{self.password}".encode()
        return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted).digest())


class Failures:
    """Counts wrong passwords by client."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()

    def add(self, client: str) -> None:
        """One more wrong password."""
        recent = self._recent(client)
        self._times[client] = [*recent[-FAILURES_MAX:], self._clock()]
        self._times.move_to_end(client)
        while len(self._times) > CLIENTS_MAX:
            self._times.popitem(last=False)

    def wait_s(self, client: str) -> int:
        """Seconds until this client may try again; 0: now."""
        recent = self._recent(client)
        if len(recent) < FAILURES_MAX:
            return 0
        return max(1, round(recent[-FAILURES_MAX] + FAILURES_WITHIN_S - self._clock()))

    def _recent(self, client: str) -> list[float]:
        now_s = self._clock()
        return [one for one in self._times.get(client, ()) if now_s - one < FAILURES_WITHIN_S]


class Guard:
    """The middleware. `hosts` are the names under which the page is asked; `credentials` None: everybody is let in."""

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], credentials: Credentials | None, failures: Failures | None = None
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._credentials = credentials
        self._failures = failures or Failures()
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        target: ASGIApp = refusal or self._app
        self._at_once += 1
        try:
            await target(scope, receive, _dressed(send))
        finally:
            self._at_once -= 1

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if _host_name(headers.get("host", "")) not in self._hosts:
            return _refused(400, "Ce serveur n’est pas connu sous ce nom. This server is not known by that name.")
        if scope["method"] not in METHODS:
            return _refused(405, "Lecture seule. Read only.", allow=", ".join(METHODS))
        if self._at_once >= AT_ONCE_MAX:
            return _refused(503, CROWDED, retry_after="2")
        return self._unknown_person(scope, headers)

    def _unknown_person(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if self._credentials is None:
            return None
        client = (scope.get("client") or ("?", 0))[0]
        wait_s = self._failures.wait_s(client)
        if wait_s:
            words = f"Trop d’essais ; réessayez dans {wait_s} s. Too many tries; wait {wait_s} s."
            return _refused(429, words, retry_after=str(wait_s))
        given = headers.get("authorization")
        if given is not None and self._credentials.fit(given):
            return None
        if given is not None:
            self._failures.add(client)
        return _refused(
            401,
            "Nom et mot de passe, s’il vous plaît. Name and password, please.",
            www_authenticate='Basic realm="Archive", charset="UTF-8"',
        )


def unreadable() -> PlainTextResponse:
    """The answer to what is no HTTP; for the server, which finds that before there is a request."""
    return _with_headers(_refused(400, "La demande n’est pas lisible. The request cannot be read.", connection="close"))


def crowded() -> PlainTextResponse:
    """The answer on a connection too many."""
    return _with_headers(_refused(503, CROWDED, retry_after="2", connection="close"))


def _with_headers(response: PlainTextResponse) -> PlainTextResponse:
    _dress(response.headers)
    return response


def _refused(status: int, words: str, **headers: str) -> PlainTextResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(words + "\n", status_code=status, headers=named)


def _host_name(host: str) -> str:
    """The name in a Host header, without its port.

    >>> _host_name("127.0.0.1:8000"), _host_name("[::1]:8000"), _host_name("Archive.example")
    ('127.0.0.1', '[::1]', 'archive.example')
    """
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdigit() else host.lower()


def _dressed(send: Send) -> Callable[[Message], Awaitable[None]]:
    """`send`, with our headers on every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _dress(MutableHeaders(scope=message))
        await send(message)

    return sending


def _dress(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("cache-control", STORED_NOWHERE)
