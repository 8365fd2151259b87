"""JSON documents and JSON Lines, with the line of whatever is wrong in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles, UsageError
from harness.scenario.document import KeyPath, decoded, key_text


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """One JSON value of a file; ``line`` is where it stands, None where it is the whole file."""

    path: Path
    line: int | None
    data: Any

    def fault(self, key: KeyPath, problem: str) -> Fault:
        """Make the fault of a place in it."""
        return Fault(self.path, self.line, key_text(key), problem)


def json_documents(path: Path) -> tuple[JsonDocument, ...]:
    """Return the one document of a file, or those of its lines; empty lines do not count.

    Raises UsageError where the file cannot be read, FaultyFiles where it is empty or no JSON: then
    with every line that is none.
    """
    text = text_of(path)
    whole, problem = parsed(text)
    if not problem:
        return (JsonDocument(path, None, whole),)
    lines = numbered_lines(text)
    if not lines:
        raise FaultyFiles((Fault(path, None, "", "the file is empty; expected JSON"),))
    rows = [(line, *parsed(one)) for line, one in lines]
    good = [line for line, _, wrong in rows if not wrong]
    if len(rows) == 1 or not good:
        raise FaultyFiles((Fault(path, _line_of(text), "", problem),))
    faults = tuple(Fault(path, line, "", wrong) for line, _, wrong in rows if wrong)
    if faults:
        raise FaultyFiles(faults)
    return tuple(JsonDocument(path, line, data) for line, data, _ in rows)


def parsed(text: str) -> tuple[Any, str]:
    """Return the data of a JSON text, and what is wrong with the text."""
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} (column {error.colno})"
    except (ValueError, RecursionError) as error:  # a number, or nesting, without end
        return None, f"not JSON that can be read: {error}"


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that hold something, with their numbers.

    Not ``splitlines()``: JSON may hold other ends of lines (U+2028) inside its texts.
    """
    return [(line, one) for line, one in enumerate(text.split("\n"), start=1) if one.strip()]


def text_of(path: Path) -> str:
    """Return what a file holds as text; raises UsageError, FaultyFiles."""
    try:
        return decoded(path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _line_of(text: str) -> int | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        return None
    return None
