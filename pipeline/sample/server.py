"""The sample sites on loopback: real HTTP with validators, ended when the `with` block ends.

May import: content, second_site.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.sample.content import Page, pages
from pipeline.sample.second_site import second_pages

__all__ = ["Page", "serve", "serve_sample", "serve_second_site"]


@contextmanager
def serve_sample(*, port: int = 0, own_address: bool = False) -> Iterator[str]:
    """Serve the sample site; gives its loopback address, which ends in a slash.

    The pages speak of https://www.villes-exemple.example/, as a copy of a site does, or with `own_address` of the
    address they are served at.
    """
    with serve(pages if own_address else lambda _: pages(), port=port) as url:
        yield url


@contextmanager
def serve_second_site(*, port: int = 0, own_address: bool = False) -> Iterator[str]:
    """Serve the second site, in the same way, but under another name of the same machine.

    One host belongs to one site of a configuration, and both sites are on 127.0.0.1.
    """
    site = (lambda url: second_pages(_renamed(url))) if own_address else lambda _: second_pages()
    with serve(site, port=port) as url:
        yield _renamed(url)


def _renamed(url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


@contextmanager
def serve(site: Callable[[str], Mapping[str, Page]], *, port: int = 0) -> Iterator[str]:
    """Serve the pages that `site` makes for the address it is given; the key "404" answers what is unknown."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        server.site = site(url)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="sample site", daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            server.hang_up()
    thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined by server_close, after hang_up has woken them
    site: Mapping[str, Page]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """A client that keeps its connection open must not hold the end of the program."""
        for connection in tuple(self.open):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of the site."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "aimf-sample"
    sys_version = ""
    timeout = 30  # seconds a silent connection is kept
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        status, headers, body = self._find()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if status == 200 and self.headers.get("If-None-Match") in (tag, f"W/{tag}"):
            status, headers, body = 304, {}, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status in (200, 304):
            self.send_header("ETag", tag)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and body:
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _find(self) -> Page:
        """The page of the whole address, or of its path: like WordPress, the site ignores a query it does not know."""
        server = self.server
        assert isinstance(server, _Server)
        bare = self.path.partition("?")[0]
        return server.site.get(self.path) or server.site.get(bare) or server.site["404"]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the demo's output belongs to the demo."""
