r"""WordPress' REST interface: lists of every public post of a type, with the time of its last change.

The whole lists are read, `_fields` alone, a hundred posts a request: a hundredth of the pages at most. A list of what
was modified after some moment would be shorter, but tells no removal, and WordPress takes that moment for the site's
own time unless it ends in Z; claims that are only compared with themselves know no time zone. Types that an editor
keeps for the machine, and those that are refused to the public, are asked once in `revisit.nights`. May import:
archive, urls, crawl.discover, crawl.signals.desk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipeline.archive import Source
from pipeline.crawl.signals.desk import Desk
from pipeline.records import Capture

_PER_PAGE = 100
_PAGES_MOST = 1_000
_TYPES_MOST = 100
_FIELDS = "_fields=link,modified_gmt"


async def read_rest(desk: Desk, root: str) -> bool:
    """Take down the posts of all types that the interface at `root` shows; whether they were read to the end."""
    types_address = _route(root, "wp/v2/types")
    if not desk.worth_asking(types_address):
        return False
    outcome = await desk.ask(types_address)
    bases = list(bases_of(outcome.body))[:_TYPES_MOST] if isinstance(outcome, Capture) else []
    if desk.is_final(outcome):
        desk.note(types_address, len(bases))
    whole = bool(bases)
    for base in bases:
        address = _route(root, base)
        if desk.worth_asking(address):
            whole = await _read_list(desk, address) and whole
    return whole


async def _read_list(desk: Desk, address: str) -> bool:
    """Whether the list was read to the end, or never was of any use."""
    before = desk.documents.get(address)
    named = 0
    joint = "&" if "?" in address else "?"
    for number in range(1, _PAGES_MOST + 1):
        outcome = await desk.ask(f"{address}{joint}per_page={_PER_PAGE}&page={number}&orderby=id&order=asc&{_FIELDS}")
        if not isinstance(outcome, Capture):
            if number == 1 and desk.is_final(outcome):
                desk.note(address, 0)
            return number == 1 and (before is None or not before.named)
        posts = list(posts_of(outcome.body))
        named += sum(desk.sight(link, Source.REST, modified) for link, modified in posts)
        # attachments, templates: nothing that is asked; and no end is believed that lies behind an empty page
        if (number == 1 and not named) or not posts or number >= _pages(outcome, len(posts)):
            break
    desk.note(address, named)
    return True


def _pages(answer: Capture, posts: int) -> int:
    told = answer.headers.get("x-wp-totalpages", "")
    if told.isascii() and told.isdigit():
        return int(told[:6])
    return _PAGES_MOST if posts >= _PER_PAGE else 0


def _route(root: str, route: str) -> str:
    """The address of a route; without pretty permalinks the root ends in a parameter."""
    return f"{root.rstrip('/')}/{route}"


def bases_of(body: bytes) -> Iterator[str]:
    """The routes of the types of posts that `wp/v2/types` lists.

    >>> list(bases_of(b'{"post": {"rest_base": "posts"}, "w": {"rest_base": 7}, "v": null}'))
    ['wp/v2/posts']
    """
    told = _read(body)
    for one in told.values() if isinstance(told, dict) else ():
        if isinstance(one, dict):
            base, space = one.get("rest_base"), one.get("rest_namespace", "wp/v2")
            # a base with a pattern in it is the part of another type
            if isinstance(base, str) and isinstance(space, str) and base and "(" not in base:
                yield f"{space.strip('/')}/{base.strip('/')}"


def posts_of(body: bytes) -> Iterator[tuple[str, str | None]]:
    """Address and time of change of the posts in a list.

    >>> list(posts_of(b'[{"link": "https://x.org/a", "modified_gmt": "2024-03-18T09:00:00"}, {"link": 1}, 2]'))
    [('https://x.org/a', '2024-03-18T09:00:00')]
    """
    told = _read(body)
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(one.get("link"), str):
            modified = one.get("modified_gmt")
            yield one["link"], modified if isinstance(modified, str) and modified else None


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
