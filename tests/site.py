"""A web site in a few lines, served on a real loopback socket for as long as the `with` block lasts.

    with Site({"/": page("Accueil", links=["/a"]), "/a": page("Eau", body="<p>…</p>"), "/b": redirect("/a")}) as site:
        crawl(site.url)
        assert site.paths() == ["/robots.txt", "/", "/a", "/b"]

A page is text, bytes, an `Answer`, a `Raw` (bytes that need not be HTTP) or a function of the `Request` that returns
one of these; `site.pages` may be changed while the site runs. An address is looked up with its query, then without,
then under the longest key that ends in `*`; everything else answers 404 with a page. May import: the standard library
only.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """What a client asked. `path` is as sent, with its query; `headers` have lower-case names; `time` is monotonic."""

    method: str
    path: str
    headers: Mapping[str, str]
    time: float
    site: Site


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, sent `delay_s` after the question.

    An iterable body is sent as it comes and ended by closing. With `etag` the answer has a validator made from its body
    and a repeated question gets a 304; with `gzip` the body is compressed if the client takes that.
    """

    body: str | bytes | Iterable[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    etag: bool = False
    gzip: bool = False


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, then the end of the connection: cut short (`reset`) or in good order."""

    data: bytes | Iterable[bytes] = b""
    reset: bool = False
    delay_s: float = 0


Page = str | bytes | Answer | Raw
Pages = dict[str, "Page | Callable[[Request], Page]"]


# --- what tests write -------------------------------------------------------------------------------------------------


def page(title: str, *, body: str = "", links: Iterable[str] = (), head: str = "", lang: str = "fr") -> str:
    """A small HTML page: heading, `body` (HTML) in an article, then the links."""
    anchors = "".join(f'<li><a href="{html.escape(link)}">{html.escape(link)}</a></li>' for link in links)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>{head}</head>\n"
        f"<body><main><article><h1>{html.escape(title)}</h1>\n{body}</article></main>\n<nav><ul>{anchors}</ul></nav></body></html>\n"
    )


def redirect(target: str, status: int = 301) -> Answer:
    """An answer that sends the client elsewhere."""
    return Answer(page("Redirection", links=[target]), status=status, headers={"Location": target})


def slow(what: Page, delay_s: float) -> Answer | Raw:
    """The same answer, later."""
    return replace(what if isinstance(what, Answer | Raw) else Answer(what), delay_s=delay_s)


def in_turn(*answers: Page) -> Callable[[Request], Page]:
    """One answer after the other; the last one stays: `in_turn(Answer(status=503), page("Enfin"))`."""
    turns = itertools.chain(answers, itertools.repeat(answers[-1]))
    lock = threading.Lock()

    def answer(_: Request) -> Page:
        with lock:
            return next(turns)

    return answer


def sitemap(*paths: str, base: str | None = None, lastmod: str | None = None) -> Callable[[Request], Page]:
    """A sitemap of these paths, on `base` or on the address the site is served at."""

    def answer(request: Request) -> Page:
        root = (base or request.site.url).rstrip("/")
        mod = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
        urls = "".join(f"<url><loc>{html.escape(root + path)}</loc>{mod}</url>" for path in paths)
        xml = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        return Answer(xml, headers={"Content-Type": "application/xml; charset=utf-8"})

    return answer


def endless_body(chunk: bytes = b"<p>encore</p>\n" * 500, *, pause_s: float = 0) -> Answer:
    """A page that never ends: fast, or in drops with a pause."""
    return Answer(_Forever(chunk, pause_s))


def endless_headers(*, pause_s: float = 0) -> Raw:
    """Headers that never end."""
    return Raw(_Forever(b"X-Encore: " + b"e" * 500 + b"\r\n", pause_s, first=b"HTTP/1.1 200 OK\r\n"))


def reset() -> Raw:
    """The connection breaks before any answer."""
    return Raw(reset=True)


class _Forever:
    """Iterable again and again, so that every request gets its own endless answer."""

    def __init__(self, chunk: bytes, pause_s: float, first: bytes = b"") -> None:
        self.chunk, self.pause_s, self.first = chunk, pause_s, first

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        while True:
            yield self.chunk
            if self.pause_s:
                time.sleep(self.pause_s)


# --- the server -------------------------------------------------------------------------------------------------------


class Site:
    """The running site.

    `url` ends in a slash; `requests` lists what was asked, oldest first; `most_at_once` and `connections` say how the
    client behaved. An exception in a page function is answered with 500 and raised when the block ends.
    """

    def __init__(self, pages: Mapping[str, Page | Callable[[Request], Page]] | None = None, *, port: int = 0) -> None:
        self.pages: Pages = dict(pages or {})
        self.requests: list[Request] = []
        self.connections = 0
        self.most_at_once = 0
        self.stopping = threading.Event()
        self._active = 0
        self._lock = threading.Lock()
        self._errors: list[Exception] = []
        self._server = _Server(self, port)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name=f"site {self.port}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()  # joins the threads of all connections
        self._thread.join()
        if self._errors and error is None:
            raise self._errors[0]

    def address(self, path: str) -> str:
        """The full address of a path."""
        return self.url.rstrip("/") + path

    def paths(self, method: str = "GET") -> list[str]:
        """The paths asked so far, in order."""
        return [r.path for r in self.requests if r.method == method]

    def answer(self, request: Request) -> Answer | Raw:
        """What the site says to a request; also counts it."""
        with self._lock:
            self.requests.append(request)
            self._active += 1
            self.most_at_once = max(self.most_at_once, self._active)
        try:
            found = self._look_up(request.path)
            what = found(request) if callable(found) else found
        except Exception as wrong:  # noqa: BLE001 - shown to the test when the block ends
            self._errors.append(wrong)
            what = Answer("the page function failed", status=500)
        return what if isinstance(what, Answer | Raw) else Answer(what)

    def answered(self) -> None:
        """One request less in the air."""
        with self._lock:
            self._active -= 1

    def _look_up(self, path: str) -> Page | Callable[[Request], Page]:
        bare = path.partition("?")[0]
        for key in (path, unquote(path), bare, unquote(bare)):
            if key in self.pages:
                return self.pages[key]
        stars = [key for key in self.pages if key.endswith("*") and path.startswith(key[:-1])]
        if stars:
            return self.pages[max(stars, key=len)]
        return Answer(page("Page introuvable", body="<p>Rien ici.</p>", links=["/"]), status=404)


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # joined at the end: nothing of a site outlives its block
    request_queue_size = 128

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        self.open: set[socket.socket] = set()
        self.resets: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.lock:
            self.open.add(request)
        self.site.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.lock:
            self.open.discard(request)
        if request in self.resets:
            self.resets.discard(request)
            self.close_request(request)  # no shutdown before it, which would send FIN
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake every thread that waits for a client."""
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of the site."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)  # or the rest of it would be read as the next request
        headers = {name.lower(): value for name, value in self.headers.items()}
        what = site.answer(Request(self.command, self.path, headers, time.monotonic(), site))
        try:
            if what.delay_s:
                site.stopping.wait(what.delay_s)
            if isinstance(what, Raw):
                self._send_raw(what)
            else:
                self._send(what)
        except OSError:
            self.close_connection = True  # the client has gone
        finally:
            site.answered()

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names are the protocol's

    def _send(self, answer: Answer) -> None:
        headers = {"Date": self.date_time_string(), "Content-Type": _content_type(self.path), **answer.headers}
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        if not isinstance(body, bytes):
            self.close_connection = True
            self._write_head(answer.status, {**headers, "Connection": "close"})
            if self.command != "HEAD":
                self._stream(body)
            return
        status = answer.status
        if answer.etag:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        if answer.gzip and body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if status not in (204, 304):
            headers.setdefault("Content-Length", str(len(body)))
        self._write_head(status, headers, body if self.command != "HEAD" else b"")

    def _write_head(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)  # in one packet, or Nagle's delay is measured
        if headers.get("Connection", "").lower() == "close":
            self.close_connection = True

    def _send_raw(self, raw: Raw) -> None:
        self.close_connection = True
        self._stream([raw.data] if isinstance(raw.data, bytes) else raw.data)
        if raw.reset:  # linger 0: close() sends RST instead of FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.resets.add(self.connection)

    def _stream(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            if self.server.site.stopping.is_set():
                return
            self.wfile.write(chunk)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: `site.requests` is the log."""


def _content_type(path: str) -> str:
    bare = path.partition("?")[0]
    if bare.endswith(".txt"):
        return "text/plain; charset=utf-8"
    if bare.endswith(".xml"):
        return "application/xml; charset=utf-8"
    return "text/html; charset=utf-8"
