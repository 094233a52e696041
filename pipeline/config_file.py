"""A configuration file, read and checked before the first request: errors with file, line, key and remedy.

May import: config, errors.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.config import Config, Site
from pipeline.errors import ConfigError

KeyPath = tuple["str | int", ...]


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises ConfigError with one sentence that names file, line, key and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        msg = (
            f"There is no configuration at {path}: run the command beside config.yaml, or name one with --config FILE."
        )
        raise ConfigError(msg) from None
    except (OSError, UnicodeDecodeError) as wrong:
        msg = f"The configuration {path} cannot be read ({wrong}): check its rights and that it is UTF-8 text."
        raise ConfigError(msg) from None
    return parse_config(text, name=str(path))


def parse_config(text: str, *, name: str = "config.yaml") -> Config:
    """Check the text of a configuration; `name` is how errors call the file."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(wrong, "problem", None) or "it is not YAML"
        if isinstance(wrong, yaml.constructor.ConstructorError):
            msg = f"{name}{where}: {what}; write plain text, numbers and lists only."
            raise ConfigError(msg) from None
        msg = f"{name}{where}: {what}; check the indentation and the quotes there."
        raise ConfigError(msg) from None
    except (ValueError, RecursionError) as wrong:
        msg = f"{name}: a value cannot be read ({wrong}); put it in quotes."
        raise ConfigError(msg) from None
    if not isinstance(data, dict):
        msg = f"{name} holds no settings: it must begin with keys such as `sites:`."
        raise ConfigError(msg)
    _refuse_duplicate_keys(tree, name)
    try:
        return Config.model_validate(data)
    except ValidationError as wrong:
        raise ConfigError(_sentence(wrong, tree, name)) from None


def _refuse_duplicate_keys(node: yaml.Node | None, name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                msg = f"{name}, line {key.start_mark.line + 1}: the key {key.value} stands twice; keep one of them."
                raise ConfigError(msg)
            seen.add(key.value)
            _refuse_duplicate_keys(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_duplicate_keys(child, name)


# What pydantic says in Python's words, in those of whoever writes the file.
_PLAIN = {
    "model_type": "must be a block of settings, a key and its value a line",
    "dict_type": "must be a block of settings, a key and its value a line",
    "tuple_type": "must be a list, like [a, b]",
    "string_type": "must be text; put it in quotes",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
}


def _sentence(wrong: ValidationError, tree: yaml.Node | None, name: str) -> str:
    first = wrong.errors()[0]
    path: KeyPath = first["loc"]
    path = tuple(p for p in path if p != "[key]")
    line = _line_of(tree, path)
    key = ".".join(str(p) for p in path)
    where = f"{name}, line {line}" if line else name
    more = f" ({wrong.error_count() - 1} more after this one)" if wrong.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return f"{where}: unknown key {key}; {_did_you_mean(path)}{more}."
    if first["type"] == "missing":
        return f"{where}: the key {key} is missing; add it (docs/settings.md explains it){more}."
    what = _PLAIN.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:]
    given = first.get("input")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) else ""
    subject = f"{key} {what}" if what.startswith(("is ", "must ")) else f"{key}: {what}" if key else what
    return f"{where}: {subject}{shown}; correct it (docs/settings.md lists what is allowed){more}."


def _did_you_mean(path: KeyPath) -> str:
    model: Any = Config
    for part in path[:-1]:
        model = _child_model(model, part)
    known = sorted(model.model_fields) if model is not None else []
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(known)}" if known else "remove it"


def _child_model(model: Any, part: str | int) -> Any:
    if model is None:
        return None
    if model is Config and part == "sites":
        return _SITES
    if model is _SITES:
        return Site
    if isinstance(part, int):
        return model
    field = getattr(model, "model_fields", {}).get(part)
    annotation = field.annotation if field else None
    args = getattr(annotation, "__args__", ())
    for candidate in (annotation, *args):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


class _Sites:
    """Stands for the mapping under `sites`, whose keys are names of our own."""

    model_fields: ClassVar[dict[str, Any]] = {}


_SITES = _Sites


def _line_of(node: yaml.Node | None, path: KeyPath) -> int | None:
    """Line (from 1) of the deepest part of `path` that the file has."""
    line = node.start_mark.line + 1 if node is not None and path else None
    for part in path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line + 1
                    break
            else:
                break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
