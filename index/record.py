"""Frozen, slotted records that cost nothing to import. May import: the standard library's typing, for the type checker.

Everything on the way of one `aimf search` is made of these instead of dataclasses: importing `dataclasses` and making
twenty of them takes longer than the whole search (17 ms; Python itself starts in 10), and one search from the shell is
one process. Type checkers see them as frozen dataclasses (PEP 681).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_: object) -> object:
        """What type checkers read; nothing at run time."""
        return lambda made: made


_put = object.__setattr__


@dataclass_transform(frozen_default=True)
class RecordType(type):
    """Makes a slot of every annotated name; a value given in the class is its default."""

    _fields: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> RecordType:
        """The class, with its fields in the order they are written, inherited ones first."""
        own = tuple(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in own if field in body}
        body["__slots__"] = own
        body["__match_args__"] = own
        made = super().__new__(cls, name, bases, body)
        made._fields = (*getattr(made, "_fields", ()), *own)
        made._defaults = {**getattr(made, "_defaults", {}), **defaults}
        return made


class Record(metaclass=RecordType):
    """Base of all records: equal by value, hashable when its values are, never changed.

    >>> class Point(Record):
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(1, y=0) == Point(1), Point(1).replace(y=2)
    (Point(x=1, y=0), True, Point(x=1, y=2))
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        """Fields by order or by name; TypeError when one is missing or unknown."""
        made = type(self)
        if not named and len(values) == len(made._fields):
            # Most records are made so, and by the thousand.
            for field, value in zip(made._fields, values):  # noqa: B905 - as long as one another
                _put(self, field, value)
            return
        given = {**made._defaults, **dict(zip(made._fields, values, strict=False)), **named}  # noqa: SLF001 - its own class
        if len(values) > len(made._fields) or given.keys() != set(made._fields):
            raise TypeError(f"{made.__name__} takes {', '.join(made._fields)}.")
        for field, value in given.items():
            _put(self, field, value)

    def __setattr__(self, field: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a record; {field} cannot be changed.")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field) for field in type(self)._fields)

    def replace(self, **changes: Any) -> Self:
        """The same record with other values for some fields."""
        made = type(self)
        return made(**{**dict(zip(made._fields, self._values(), strict=True)), **changes})

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Record) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        told = ", ".join(f"{field}={getattr(self, field)!r}" for field in type(self)._fields)
        return f"{type(self).__name__}({told})"

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), self._values()
