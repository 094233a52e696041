"""From articles to answers: the library that other programs import.

import index
with index.open("data") as archive:
    page = archive.search("boues de vidange", limit=10, filters={"country": ["KH"]}, facets=["country", "theme"])

May import: everything of this half but cli and web, and pipeline.
"""

from __future__ import annotations

from pathlib import Path

from index.build import IndexReport, build_index
from index.facets import FacetValue
from index.search import Hit, Library, Page
from index.snippets import Snippet
from index.suggest import Suggestion
from pipeline.archive import Archive
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


def open(folder: str | Path, index_folder: str = "index") -> Library:  # noqa: A001 - reads as index.open(…)
    """The archive in `folder`, to be read and searched; close it, or use it in a `with`."""
    home = Path(folder)
    archive = Archive.open(home, mode="read")
    try:
        return Library(archive, home / index_folder)
    except BaseException:
        archive.close()
        raise
