"""The whole `aimf crawl` on a real WordPress: Debian's, with its database, brought up by tests/wordpress/server.py.

Skipped where the packages are missing; `tests/wordpress/up --install` installs them, as CI does.
"""

import json
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import index
from tests.commands import run
from tests.wordpress.server import missing, wordpress

# The addresses of a WordPress whose news are under /actualites/, as config.yaml would name them.
SITE = {
    "name": "Ville exemple",
    "seeds": ["/"],
    "kinds": [
        {"kind": "actualite", "path": "^/actualites/[^/]+/?$"},
        {"kind": "projet", "path": "^/projets/[^/]+/?$"},
        {"kind": "evenement", "path": "^/evenements/[^/]+/?$"},
        {"kind": "page", "path": "^/[^/]+(/[^/]+)?/?$", "min_text_chars": 200},
    ],
    "listings": [
        "^/$",
        "^/(toutes-nos-actualites|projets|evenements)(/page/\\d+)?/?$",
        "^/actualites/(category|tag|author)(/|$)",
    ],
    "ignore": ["/feed/?$", "^/(wp-json|wp-admin|wp-content|wp-includes|wp-[a-z]+\\.php|xmlrpc\\.php)", "[?&](s|replytocom)="],
}


@pytest.fixture(scope="session")
def site():
    lacking = missing()
    if lacking:
        pytest.skip(f"needs a WordPress: {', '.join(lacking)} missing; as root, tests/wordpress/up --install gets them")
    with wordpress() as running:
        yield running


class Archive:
    """One archive of the WordPress, crawled again and again by the command."""

    def __init__(self, folder, site, **settings):
        self.site, self.data, self.config = site, folder / "data", folder / "config.yaml"
        settings = {
            "archive": {"folder": str(self.data)},
            "sites": {"ville": SITE | {"base_url": site.url} | settings},
            "politeness": {"delay_s": 0, "tries": 1, "retry_pause_s": 0},
        }
        self.config.write_text(json.dumps(settings), encoding="utf-8")

    def crawl(self, code=0):
        done = run(str(self.config), "--json", "crawl")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def articles(self):
        lines = run(str(self.config), "export").stdout.splitlines()
        return {record["url"]: record for record in map(json.loads, lines)}


@pytest.fixture(scope="module")
def whole(site, tmp_path_factory):
    archive = Archive(tmp_path_factory.mktemp("whole"), site)
    archive.crawl()
    return archive
