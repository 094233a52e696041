"""Articles as JSON and back, exactly, by their type hints alone.

A field that a newer program dropped is passed over, one that it added gets its default, so that old
archives stay readable. May import: records, errors.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from pipeline.errors import ArchiveDamaged
from pipeline.records import Article


def article_to_json(article: Article) -> str:
    r"""An article as one line of JSON in ASCII, whatever signs its text holds.

    >>> article_to_json(Article(url="u", site="s", title="t", kind="k", text="é"))[:60]
    '{"url":"u","site":"s","title":"t","kind":"k","text":"\\u00e9"'
    """
    plain = {
        f.name: _to_plain(value) for f in fields(article) if (value := getattr(article, f.name)) not in (None, (), {})
    }
    return json.dumps(plain, separators=(",", ":"))


def article_from_json(text: str) -> Article:
    """The article that `article_to_json` wrote. Raises ArchiveDamaged for anything else.

    >>> article = Article(url="u", site="s", title="t", kind="k", text="é", date_published=date(2024, 3, 18))
    >>> article_from_json(article_to_json(article)) == article
    True
    """
    try:
        article: Article = _record(Article, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as wrong:
        raise ArchiveDamaged(
            f"A stored article cannot be read ({wrong}); `aimf doctor` lists what is damaged."
        ) from wrong
    return article


def _to_plain(value: Any) -> Any:
    if isinstance(value, date):  # datetime is one too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_to_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _to_plain(v) for k, v in value.items()}
    if is_dataclass(value):
        return {f.name: _to_plain(getattr(value, f.name)) for f in fields(value)}
    return value


def _from_plain(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _from_plain(next(a for a in get_args(hint) if a is not type(None)), value)
    if origin is tuple:
        return tuple(_from_plain(get_args(hint)[0], v) for v in value)
    if origin is not None and issubclass(origin, Mapping):
        return {str(k): _from_plain(get_args(hint)[1], v) for k, v in value.items()}
    if is_dataclass(hint):
        return _record(hint, value)
    if hint in (date, datetime):
        return hint.fromisoformat(value)
    return hint(value) if isinstance(hint, type) and issubclass(hint, Enum) else value


def _record(kind: Any, plain: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _from_plain(hints[name], value) for name, value in plain.items() if name in hints})


@lru_cache(maxsize=32)
def _hints(kind: Any) -> dict[str, Any]:
    return {f.name: hint for f in fields(kind) for name, hint in get_type_hints(kind).items() if name == f.name}
