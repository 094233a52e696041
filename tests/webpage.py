"""What tests of the staff's page share: the page as a process of its own, asked over real HTTP.

with serving("--data", folder) as page:
    answer = page.get("/", q="eau")
    answer.soup.h2.text
"""

import contextlib
import dataclasses
import functools
import http.client
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 60


@dataclasses.dataclass(frozen=True)
class Answered:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    @functools.cached_property
    def soup(self):
        return BeautifulSoup(self.body, "xml" if "xml" in self.headers["content-type"] else "lxml")

    def json(self):
        return json.loads(self.body)


class Page:
    """A running page."""

    def __init__(self, url, process):
        self.url = url
        self.process = process

    def get(self, path, pairs=(), *, headers=None, method="GET", **parameters):
        asked = [*pairs, *parameters.items()]
        return self.raw(
            path + (f"?{urlencode(asked, errors='surrogatepass')}" if asked else ""), headers=headers, method=method
        )

    def raw(self, path, *, headers=None, method="GET"):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return Answered(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def command(*arguments):
    return [sys.executable, "-m", "index", *map(str, arguments)]


@contextlib.contextmanager
def serving(*options, serve=(), **environment):
    """`aimf … serve` on a free port, ended by SIGTERM, which it must obey with its own exit code."""
    with subprocess.Popen(
        [*command(*options, "serve", "--port", "0", *serve)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        watchdog = threading.Timer(STARTS_WITHIN_S, process.kill)
        watchdog.start()
        said = process.stderr.readline()
        watchdog.cancel()
        assert "http://" in said, said + process.stderr.read()
        # Drained for the rest of its life: a full pipe would stop the server.
        log = []
        threading.Thread(target=lambda: log.extend(process.stderr), daemon=True).start()
        try:
            yield Page("http://" + said.split("http://")[1].split("/")[0], process)
        finally:
            process.terminate()
            code = process.wait(timeout=20)
            assert code == 143, f"ended with {code}: {''.join(log)[-3000:]}"
