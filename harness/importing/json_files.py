"""JSON documents and JSON Lines, with the line of whatever is wrong in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.protocol.wire import DEEPEST, is_too_deep
from harness.scenario.document import KeyPath, decoded, key_text
from harness.storage import read_plain

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_MOST_DIGITS = 19


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

    Raises FaultyFiles where the file cannot be read, is empty or no JSON: then with every line that
    is none.
    """
    rows = json_rows(path)
    if faults := tuple(row for row in rows if isinstance(row, Fault)):
        raise FaultyFiles(faults)
    return tuple(row for row in rows if isinstance(row, JsonDocument))


def json_rows(path: Path) -> tuple[JsonDocument | Fault, ...]:
    """Return the documents of a file, a fault in place of each line that is none.

    Raises FaultyFiles where nothing in the file is JSON, or it cannot be read.
    """
    text = text_of(path)
    whole, problem = parsed(text)
    if not problem:
        return (JsonDocument(path, None, whole),)
    lines = numbered_lines(text)
    if not lines:
        raise FaultyFiles.at(path, "the file is empty; expected JSON")
    rows = [(line, *parsed(one)) for line, one in lines]
    if len(rows) == 1 or all(wrong for _, _, wrong in rows):
        raise FaultyFiles.at(path, problem, line=_line_of(text))
    return tuple(
        Fault(path, line, "", wrong) if wrong else JsonDocument(path, line, data)
        for line, data, wrong in rows
    )


def parsed(text: str) -> tuple[Any, str]:
    """Return the data of a JSON text, and what is wrong with the text.

    What programs write and no recording can hold does not cost a call: NaN is no value, halves of a
    character (a text that was cut in an emoji) are question marks, whole numbers of more than 64
    bits are text.
    """
    try:
        data = json.loads(text, parse_constant=lambda _: None, parse_int=_whole)
        if is_too_deep(data, text):
            return None, f"not JSON that can be read: nested deeper than {DEEPEST} levels"
        return _in_whole_characters(data) if _HALF.search(text) else data, ""
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} (column {error.colno})"
    except (ValueError, RecursionError) as error:  # a number, or nesting, without end
        return None, f"not JSON that can be read: {error}"


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _in_whole_characters(data: Any) -> Any:
    if isinstance(data, dict):
        return {_in_whole_characters(key): _in_whole_characters(x) for key, x in data.items()}
    if isinstance(data, list):
        return [_in_whole_characters(one) for one in data]
    return data.encode("utf-8", "replace").decode() if isinstance(data, str) else data


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that hold something, with their numbers.

    Not ``splitlines()``: JSON may hold other ends of lines (U+2028) inside its texts.
    """
    return [(line, one) for line, one in enumerate(text.split("\n"), start=1) if one.strip()]


def text_of(path: Path) -> str:
    """Return what a file holds as text; raises FaultyFiles."""
    try:
        return decoded(read_plain(path), path)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise FaultyFiles.at(path, problem) from error


def _line_of(text: str) -> int | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        return None
    return None
