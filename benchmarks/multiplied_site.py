"""A site that is as many times as large as another: every page again, at other addresses and with other words.

    .venv/bin/python benchmarks/multiplied_site.py ORIGIN --copies 10 --port 8150

A server on loopback before another one: /actualite/x-copie-3/ is its /actualite/x/ with all links led to the third
copies, and with new words in place of some: a text of its own, in no copy the same. The copies of a number hang
together by their links, and all stand in the sitemaps. Holds nothing in memory but the page that is asked for. May
import: the standard library only.
"""

from __future__ import annotations

import argparse
import http.client
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_COPY = re.compile(r"-copie-(\d+)(?=(?:\.[a-z0-9]{2,5})?/?$)")
_END = re.compile(r"(?:\.[a-z0-9]{2,5})?/?$")
_LINK = re.compile(r"(?<=[ \n])(href=[\"'])(https?://[^/\"'?#]+)?(/[^\"'?#]+)")
_LOC = re.compile(r"(<loc>\s*)(https?://[^/<]+)?([^<?\s]+)")
_PARAGRAPH = re.compile(r"<(?:p|li|h[1-6])\b[^<>]*>[^<>]+")
_WORD = re.compile(r"[a-zà-ÿ]{6,}")
# One of so many longer words becomes one that the site does not have: about as many new words as a new text brings.
_CHANGED_ONE_IN = 12
_SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi zo".split()


class Multiplied:
    """What one request to the larger site means on the smaller one, and how its answer reads."""

    def __init__(self, origin: str, copies: int) -> None:
        self.origin = urlsplit(origin).netloc
        self.copies = copies

    def original(self, path: str) -> tuple[str, int]:
        """The address on the origin, and the number of the copy: 1 is the page itself."""
        bare, mark, query = path.partition("?")
        found = _COPY.search(bare)
        if not found or not 1 < int(found[1]) <= self.copies:
            return path, 1
        return bare[: found.start()] + bare[found.end() :] + mark + query, int(found[1])

    def page(self, html: str, number: int, host: str) -> str:
        """A page of copy `number`."""
        html = html.replace(f"//{self.origin}", f"//{host}")
        if number == 1:
            return html
        html = _LINK.sub(lambda link: f"{link[1]}{link[2] or ''}{self._copied(link[2], host, link[3], number)}", html)
        return _PARAGRAPH.sub(lambda paragraph: _reworded(paragraph[0], number), html)

    def sitemap(self, xml: str, number: int, host: str) -> str:
        """The sitemap of copy `number`; an index of sitemaps leads to those of its copy."""
        xml = xml.replace(f"//{self.origin}", f"//{host}")
        if number == 1:
            return xml
        return _LOC.sub(lambda loc: f"{loc[1]}{loc[2] or ''}{self._copied(loc[2], host, loc[3], number)}", xml)

    def robots(self, text: str, host: str) -> str:
        """The origin's rules, with the sitemaps of all copies."""
        lines = [line for line in text.splitlines() if not line.lower().startswith("sitemap:")]
        told = re.findall(r"(?im)^sitemap:\s*\S+?//[^/\s]+(/\S*)", text) or ["/sitemap_index.xml", "/sitemap.xml"]
        return "\n".join(
            [*lines, *(f"Sitemap: http://{host}{_marked(p, n)}" for n in range(1, self.copies + 1) for p in told)]
        )

    def _copied(self, server: str | None, host: str, path: str, number: int) -> str:
        # Pages at the root are menus and rules of their own: every copy shares them.
        shared = path.strip("/").count("/") == 0 and not path.endswith(".xml")
        elsewhere = server and urlsplit(server).netloc != host
        return path if elsewhere or shared else _marked(path, number)


def _marked(path: str, number: int) -> str:
    """The address of a copy; the ending of a file stays at the end.

    >>> _marked("/document/guide/", 3), _marked("/guide.pdf", 3), _marked("/guide/", 1)
    ('/document/guide-copie-3/', '/guide-copie-3.pdf', '/guide/')
    """
    return path if number == 1 else _END.sub(lambda end: f"-copie-{number}{end[0]}", path, count=1)


def _reworded(paragraph: str, number: int) -> str:
    tag, _, text = paragraph.partition(">")
    return f"{tag}>{_WORD.sub(lambda word: _other(word[0], number), text)}"


def _other(word: str, number: int) -> str:
    mark = zlib.crc32(f"{word} {number}".encode())
    if mark % _CHANGED_ONE_IN:
        return word
    count = len(_SYLLABLES)
    return f"{word}{_SYLLABLES[number % count]}{_SYLLABLES[mark // _CHANGED_ONE_IN % count]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    site: Multiplied

    def setup(self) -> None:
        super().setup()
        self.behind = http.client.HTTPConnection(self.site.origin, timeout=30)

    def do_GET(self) -> None:
        site, host = self.site, self.headers["Host"]
        path, number = site.original(self.path)
        self.behind.request("GET", path)
        answer = self.behind.getresponse()
        body, kind = answer.read(), answer.headers.get("Content-Type", "")
        if path == "/robots.txt":
            body = site.robots(body.decode(), host).encode()
        elif "html" in kind:
            body = site.page(body.decode(), number, host).encode()
        elif "xml" in kind:
            body = site.sitemap(body.decode(), number, host).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if target := answer.headers.get("Location"):
            self.send_header("Location", self._moved(target, number, host))
        self.end_headers()
        self.wfile.write(body)

    def _moved(self, target: str, number: int, host: str) -> str:
        return self.site.sitemap(f"<loc>{target}</loc>", number, host)[5:-6]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not read an answer to its end is no fault of the site."""


@contextmanager
def multiplied(origin: str, copies: int, port: int = 0) -> Iterator[str]:
    """Serve the larger site; gives its address."""
    handler = type("Handler", (_Handler,), {"site": Multiplied(origin, copies)})
    with _Server(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("origin", help="the address of the site that is multiplied")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--port", type=int, default=8150)
    options = parser.parse_args()
    with multiplied(options.origin, options.copies, options.port) as url:
        print(f"ready {url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
