"""Dataclasses as rows of JSON and back, by the types of their fields: one way for all records.

A row holds the fields that differ from their defaults. Enums are their values, a class that stands
in for another (``ServerVad | SemanticVad``) says which it is under ``is``. Bytes and what is the
vendor's own (``items.VENDORS_OWN``) are left out: tracks and raw messages hold them. Read back,
keys that nobody knows are passed over; a value of another type than its field's is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from reprlib import repr
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from harness.protocol.items import VENDORS_OWN

Row: TypeAlias = dict[str, Any]
_Way: TypeAlias = Callable[[Any], Any]
_Ways: TypeAlias = tuple[_Way, _Way]
"""How a value is written, and how it is read."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ABSENT = object()


def snake_case(kind: type) -> str:
    """Return the name of a class as rows have it: AudioDelta is "audio_delta"."""
    return _WORD.sub("_", kind.__name__).lower()


def to_row(value: Any) -> Row:
    """Return a dataclass as a row, without its defaults."""
    row: Row = {}
    kind: type = type(value)
    for column in _columns(kind):
        held = getattr(value, column.name)
        if held != column.default:
            row[column.name] = column.write(held)
    return row


def from_row(kind: type, row: Mapping[str, Any]) -> Any:
    """Return a dataclass from a row.

    Raises ValueError or TypeError for a field that is missing, or of another type.
    """
    if not isinstance(row, Mapping):
        raise TypeError(f"{snake_case(kind)} is not an object")
    values: Row = {}
    for column in _columns(kind):
        if column.name in row:
            values[column.name] = column.read(row[column.name])
        elif column.default is _ABSENT:
            raise ValueError(f"{snake_case(kind)} has no {column.name}")
    return kind(**values)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    default: Any
    write: _Way
    read: _Way


@cache
def _columns(kind: Any) -> tuple[_Column, ...]:
    """Return the fields of a dataclass that stand in rows, and how."""
    hints = get_type_hints(kind)
    columns = []
    for each in fields(kind):
        hint = hints[each.name]
        if each.metadata == VENDORS_OWN or bytes in _choices(hint):
            continue
        default = _ABSENT if each.default is MISSING else each.default
        if each.default_factory is not MISSING:
            default = each.default_factory()
        columns.append(_Column(each.name, default, *_ways(hint, f"{snake_case(kind)}.{each.name}")))
    return tuple(columns)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _ways(hint: Any, place: str) -> _Ways:
    """Return the ways of a type; null is read where the type allows it."""
    choices = [each for each in _choices(hint) if each is not NoneType]
    write, read = _ways_of(choices, place)
    if len(choices) == len(_choices(hint)):
        return write, read
    return (
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _ways_of(choices: list[Any], place: str) -> _Ways:
    kinds: dict[Any, Any] = {
        snake_case(each): each for each in choices if isinstance(each, type) and is_dataclass(each)
    }
    if len(kinds) > 1:
        return _write_one_of, lambda value: _read_one_of(kinds, value, place)
    first = choices[0]
    if kinds:
        return to_row, lambda value: from_row(first, value)
    if get_origin(first) is tuple:
        return _tuple_ways(get_args(first), place)
    if isinstance(first, type) and issubclass(first, Enum):
        return lambda value: value.value, first
    allowed = tuple(kind for each in choices for kind in _kinds(each))
    return lambda value: value, lambda value: _checked(value, allowed, place)


def _tuple_ways(inner: tuple[Any, ...], place: str) -> _Ways:
    """Return the ways of a tuple of any length, or of one with a type for each place."""
    if inner[-1] is Ellipsis:
        write, read = _ways(inner[0], place)
        return (
            lambda value: [write(each) for each in value],
            lambda value: tuple(read(each) for each in _checked(value, (list,), place)),
        )
    reads = [_ways(each, place)[1] for each in inner]
    return list, lambda value: tuple(
        read(each) for read, each in zip(reads, _checked(value, (list,), place), strict=True)
    )


def _kinds(hint: Any) -> tuple[type, ...]:
    """Return the types of JSON that a value of a plain type may have."""
    if hint is float:
        return int, float
    plain = get_origin(hint) or hint
    return (plain,) if isinstance(plain, type) else (object,)


def _checked(value: Any, allowed: tuple[type, ...], place: str) -> Any:
    flag = isinstance(value, bool) and not {bool, object} & set(allowed)
    if flag or not isinstance(value, allowed):
        raise TypeError(f"{place} cannot be {repr(value)}")
    return value


def _write_one_of(value: Any) -> Row:
    return {"is": snake_case(type(value)), **to_row(value)}


def _read_one_of(kinds: Mapping[Any, Any], value: Any, place: str) -> Any:
    name = value.get("is") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"{place} is of no known kind: {repr(name)}")
    return from_row(kinds[name], value)
