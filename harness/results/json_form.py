"""Dataclasses as the JSON of ``results.json``: the same bytes for the same values."""

from __future__ import annotations

import dataclasses
import math
from enum import Enum
from typing import Any

import orjson

DIGITS = 6

_MOST = 2**63


def to_json(document: object) -> bytes:
    """Return the bytes of ``results.json``, or of another document of dataclasses."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(_plain(document), option=options)


def _plain(value: Any) -> Any:
    """Return dataclasses as dicts in field order, loose dicts sorted, numbers rounded.

    What JSON cannot hold (half a character, a number of more than 64 bits, an object of a scorer's
    own) is written as text or null: one odd value must not cost the run its results.
    """
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {_text(str(key)): _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _MOST):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
