"""A site of our own to try everything on: invented towns, served on loopback, crawled by `aimf demo` and by the tests.

`serve_sample()` and `serve_second_site()` run the two sites, `pages()` is what they serve, `expected()` is what a
reader finds on them, `CONFIG` the configuration that goes with them. May import: its own modules, yaml.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from pipeline.sample.content import BASE_URL, BOILERPLATE, Expected, expected, pages
from pipeline.sample.second_site import SECOND_BASE_URL, second_expected, second_pages
from pipeline.sample.server import Page, serve, serve_sample, serve_second_site

CONFIG = Path(__file__).with_name("config.yaml")
"""The configuration of the sample site, used by `aimf demo`."""

SECOND_CONFIG = Path(__file__).with_name("second-site.yaml")
"""The configuration of the second site."""


def two_sites_config(sample_url: str, second_url: str) -> str:
    """YAML of a configuration with both sites in one archive, each at the loopback address it is served at.

    Serve them with `own_address=True`, so that their pages speak of these addresses.
    """
    first = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    second = yaml.safe_load(SECOND_CONFIG.read_text(encoding="utf-8"))
    for block, url in ((first["sites"]["exemple"], sample_url), (second["sites"]["rives"], second_url)):
        block["base_url"] = url
        block.pop("hosts", None)
    first["sites"].update(second["sites"])
    return yaml.safe_dump(first, allow_unicode=True, sort_keys=False)


__all__ = [
    "BASE_URL",
    "BOILERPLATE",
    "CONFIG",
    "SECOND_BASE_URL",
    "SECOND_CONFIG",
    "Expected",
    "Page",
    "expected",
    "pages",
    "second_expected",
    "second_pages",
    "serve",
    "serve_sample",
    "serve_second_site",
    "two_sites_config",
]
