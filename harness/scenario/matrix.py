"""A target's matrix: the same agent over several models, formats or ways to find turns.

Every combination of the values is a cell: a target of its own, with a name that a person can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from harness.errors import did_you_mean
from harness.scenario.pieces import Found, mapping
from harness.scenario.session_settings import SessionSettings

MOST_CELLS = 24
"""More cells are more calls than anybody looks at side by side."""

FORMAT, MODEL = "format", "model"
"""Keys beside those of a session: both formats at once, and the target's model."""

_BY_THEMSELVES = frozenset({"turn_detection", FORMAT, MODEL, "voice", "input_format", "output"})
"""Keys whose values say what they are of."""
_TYPES = ("server_vad", "semantic_vad")
_WHOLE = frozenset({"type", "opening"})
"""Settings that make other tests, and not the same under other settings."""
KEYS = (FORMAT, MODEL, *(name for name in SessionSettings.model_fields if name not in _WHOLE))


def cells_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every cell of a target file's data: its name, and the data of a target without matrix.

    The last key changes fastest. A file without a matrix is one cell without a name.
    """
    matrix = mapping(data, "matrix")
    for values in product(*matrix.values()):
        chosen = tuple(zip(matrix, values, strict=True))
        yield " ".join(_told(key, value) for key, value in chosen), _with(data, chosen)


def matrix_faults(data: Mapping[str, Any]) -> Found:
    """Check the keys of a matrix, that each has values, and how many cells they make."""
    matrix, count = mapping(data, "matrix"), 1
    for key, values in matrix.items():
        if key not in KEYS:
            near = did_you_mean(key, KEYS)
            yield ("matrix", key), f"unknown setting; known: {', '.join(KEYS)}{near}"
        if isinstance(values, list) and not values:
            yield ("matrix", key), "expected a list of values, got none"
        names = [_told(key, value) for value in values] if isinstance(values, list) else []
        if twice := [name for name in names if names.count(name) > 1]:
            yield ("matrix", key), f"{twice[0]!r} stands there twice"
        if key in mapping(data, "session") or (key == MODEL and data.get(MODEL) is not None):
            yield ("matrix", key), "is set beside the matrix, too; take it out there"
        count *= max(1, len(names))
    if count > MOST_CELLS:
        yield ("matrix",), f"makes {count} cells; at most {MOST_CELLS}"


def is_sound(data: Mapping[str, Any]) -> bool:
    """Return whether a matrix can be made into cells."""
    lists = all(isinstance(values, list) for values in mapping(data, "matrix").values())
    return lists and not any(matrix_faults(data))


def _with(data: Mapping[str, Any], chosen: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    session = dict(mapping(data, "session"))
    cell = {key: value for key, value in data.items() if key != "matrix"}
    for key, value in chosen:
        if key == MODEL:
            cell[MODEL] = value
        elif key == FORMAT:
            session |= {"input_format": value, "output_format": value}
        elif key == "turn_detection" and value in _TYPES:
            session[key] = {"type": value}
        else:
            session[key] = value
    return {**cell, "session": session}


def _told(key: str, value: Any) -> str:
    """Return a value as a cell's name has it."""
    if isinstance(value, Mapping):
        told = [str(value["type"])] if "type" in value else []
        told += [f"{name}={each}" for name, each in value.items() if name != "type"]
        return " ".join(told)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return shown if key in _BY_THEMSELVES else f"{key}={shown}"
