"""From articles to answers: the library that other programs import.

import index
with index.open("data") as archive:
    page = archive.search("boues de vidange", limit=10, filters={"country": ["KH"]}, facets=["country", "theme"])

Its names are imported when they are first used, so that one search from the shell pays for nothing else. May import:
everything of this half but cli and web, and pipeline.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from index.build import IndexReport, build_index
    from index.facets import FacetValue
    from index.library import Library
    from index.search import Hit, Page
    from index.snippets import Snippet
    from index.suggest import Suggestion
    from pipeline.errors import ArchiveError

__all__ = [
    "ArchiveError",
    "FacetValue",
    "Hit",
    "IndexReport",
    "Library",
    "Page",
    "Snippet",
    "Suggestion",
    "build_index",
    "open",
]

_HOMES = {
    "ArchiveError": "pipeline.errors",
    "FacetValue": "index.facets",
    "Hit": "index.search",
    "IndexReport": "index.build",
    "Library": "index.library",
    "Page": "index.search",
    "Snippet": "index.snippets",
    "Suggestion": "index.suggest",
    "build_index": "index.build",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - see above

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def open(folder: str | Path, index_folder: str = "index") -> Library:  # noqa: A001 - reads as index.open(…)
    """The archive in `folder`, to be read and searched; close it, or use it in a `with`."""
    from index.library import open_library  # noqa: PLC0415 - see above

    return open_library(folder, index_folder)
