"""Templates → pages: one environment, everything escaped. May import: forms, typography, wording."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from index.web import typography


@cache
def environment() -> Environment:
    """The templates of this package; whatever they print is escaped, and a name they do not know is an error."""
    made = Environment(
        loader=PackageLoader("index.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["NARROW"] = typography.NARROW
    return made


def rendered(template: str, values: dict[str, Any]) -> str:
    """A page as text. Half a surrogate pair, which UTF-8 cannot hold, becomes a question mark."""
    text = environment().get_template(template).render(values)
    return text.encode("utf-8", "replace").decode("utf-8")


ASSETS = {"style.css": "text/css", "search.js": "text/javascript", "icon.svg": "image/svg+xml"}


@cache
def asset_bytes(name: str) -> bytes:
    """A file of the interface."""
    return files("index.web").joinpath("static", name).read_bytes()


@cache
def asset(name: str) -> str:
    """The address of a file of the interface; it changes with its content, so that browsers may keep it."""
    return f"/fichiers/{hashlib.sha256(asset_bytes(name)).hexdigest()[:12]}/{name}"
