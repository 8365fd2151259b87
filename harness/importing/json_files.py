"""JSON and JSON Lines files with line numbers of faults, and facts about calls in them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.files import read_plain
from harness.protocol.fields import DEEPEST, is_too_deep
from harness.scenario.document import KeyPath, decoded, key_text
from harness.scenario.fault_text import listed, shown
from harness.scenario.fields import day

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_MOST_DIGITS = 19


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A JSON value of a file; ``line`` is its line number, None if it is the whole file."""

    path: Path
    line: int | None
    data: Any

    def fault(self, key: KeyPath, problem: str) -> Fault:
        """Make the fault of a place in it."""
        return Fault(self.path, self.line, key_text(key), problem)


def json_documents(path: Path) -> tuple[JsonDocument, ...]:
    """Return the single document of a file, or the document of each line; empty lines do not count.

    Raises FaultyFiles if the file cannot be read, is empty or is not JSON: then with every line
    that is not JSON.
    """
    rows = json_rows(path)
    if faults := tuple(row for row in rows if isinstance(row, Fault)):
        raise FaultyFiles(faults)
    return tuple(row for row in rows if isinstance(row, JsonDocument))


def json_rows(path: Path) -> tuple[JsonDocument | Fault, ...]:
    """Return the documents of a file, with a fault in place of each line that is not JSON.

    Raises FaultyFiles if no line of the file is JSON, or the file cannot be read.
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
    """Return the data of a JSON text, and the error in the text.

    Values that programs write and recordings cannot hold do not cost a call: NaN becomes null,
    halves of a character (a text that was cut in an emoji) become question marks, whole numbers of
    more than 64 bits become text.
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
    """Return the lines that are not empty, with their numbers.

    Not ``splitlines()``: JSON may contain other line separators (U+2028) inside its texts.
    """
    return [(line, one) for line, one in enumerate(text.split("\n"), start=1) if one.strip()]


def text_of(path: Path) -> str:
    """Return a file's content as text; raises FaultyFiles."""
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


# The data about a call in a JSON file beyond its lines: facts, tags, and the day of the call.


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Facts by name, tags, and the day; empty if the file has none."""

    facts: Mapping[str, str]
    tags: tuple[str, ...]
    today: date | None


def document_facts(
    document: JsonDocument, held: Mapping[str, Any], faults: list[Fault]
) -> DocumentFacts:
    """Return the values of ``facts``, ``tags`` and ``today``; add their errors to ``faults``."""
    facts = held.get("facts") or {}
    if isinstance(facts, dict):
        facts = {name: value for name, value in facts.items() if value is not None}
    if not isinstance(facts, dict) or not all(map(_is_plain, facts.values())):
        problem = f"expected names with their values, got {shown(facts)}"
        faults.append(document.fault(("facts",), problem))
        facts = {}
    return DocumentFacts(
        {str(name): str(value) for name, value in facts.items() if str(value).strip()},
        _tags(document, held.get("tags") or (), faults),
        _today(document, held, faults),
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _tags(document: JsonDocument, given: object, faults: list[Fault]) -> tuple[str, ...]:
    if isinstance(given, str):
        return tuple(given.split())
    if isinstance(given, list | tuple) and all(map(_is_plain, given)):
        return tuple(map(str, given))
    problem = f"expected a list of words, or words with spaces between, got {shown(given)}"
    faults.append(document.fault(("tags",), problem))
    return ()


def _today(document: JsonDocument, held: Mapping[str, Any], faults: list[Fault]) -> date | None:
    try:
        found = day(held.get("today"))
    except ValueError as error:
        faults.append(document.fault(("today",), str(error)))
        return None
    return found if isinstance(found, date) else None


# Further data about stored calls: a row of a CSV or JSON file for each call.
#
# ::
#
#     call,scenario,tags,today,order_id
#     0017,cancellations,night vip,2026-04-25,ORD-4715B
#
# ``call`` is the call's name; ``scenario``, ``tags`` (separated by spaces) and ``today`` may be
# left out, and every other column is a fact. JSON holds the same, as a list of rows or as an object
# by call; there tags may be a list, and facts may be under ``facts``.

Place = tuple[Path, int | None, str]
"""File, line of the file, and key inside it."""

_SEPARATORS = ",;\t"
"""Column separators of spreadsheet programs: Excel's depends on the country."""

_KEYS = ("call", "scenario", "tags", "today", "facts")


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A row of the file; ``place`` is its position (line of the file, key inside it)."""

    call: str
    place: Place
    scenario: str = ""
    tags: tuple[str, ...] = ()
    today: date | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def fault(self, problem: str) -> Fault:
        """Make the fault of this row."""
        return Fault(*self.place, problem)


def read_call_facts(path: Path) -> dict[str, CallFacts]:
    """Return the rows of a file by call; raises FaultyFiles with every fault."""
    faults: list[Fault] = []
    found: dict[str, CallFacts] = {}
    rows = _csv_rows(path, faults) if path.suffix.lower() == ".csv" else _json_rows(path, faults)
    for row, place in rows:
        named = row.get("call")
        call = str(named).strip() if isinstance(named, str | int) else ""
        if not call:
            faults.append(Fault(*place, f"no call is named: 'call' is {shown(named)}"))
        elif call in found:
            faults.append(Fault(*place, f"{call!r} has a row already"))
        else:
            found[call] = _facts_of(row, call, place, faults)
    if faults:
        raise FaultyFiles(tuple(faults))
    return found


def _facts_of(row: Mapping[str, Any], call: str, place: Place, faults: list[Fault]) -> CallFacts:
    inner = row.get("facts") or {}
    facts: object = inner
    if isinstance(inner, dict):
        facts = {name: one for name, one in {**row, **inner}.items() if name not in _KEYS}
    document = JsonDocument(place[0], place[1], None)
    found: list[Fault] = []
    beside = document_facts(
        document, {**row, "facts": facts, "today": row.get("today") or None}, found
    )
    key = f"{place[2]}." if place[2] else ""
    faults += [replace(fault, key=f"{key}{fault.key}") for fault in found]
    return CallFacts(
        call,
        place,
        scenario=str(row.get("scenario") or ""),
        tags=beside.tags,
        today=beside.today,
        facts=beside.facts,
    )


_Rows = Iterator[tuple[Mapping[str, Any], Place]]


def _csv_rows(path: Path, faults: list[Fault]) -> _Rows:
    text = text_of(path)
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    between = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=None), strict=True, delimiter=between)
    try:
        header = [name.strip() for name in next(reader, [])]
        if "call" not in header or len(set(header)) < len(header):
            names = listed(map(repr, header))
            problem = f"expected column names, each once, 'call' among them; got {names}"
            faults.append(Fault(path, 1, "", problem))
            return
        for row in reader:
            if len(row) == len(header):
                yield dict(zip(header, row, strict=True)), (path, reader.line_num, "")
            elif row:
                problem = f"expected {len(header)} columns, got {len(row)}"
                faults.append(Fault(path, reader.line_num, "", problem))
    except csv.Error as error:
        faults.append(Fault(path, reader.line_num, "", f"not CSV: {error}"))


def _json_rows(path: Path, faults: list[Fault]) -> _Rows:
    for document in json_documents(path):
        data = document.data
        if isinstance(data, dict) and "call" not in data:
            rows = data.items()
            data = [{"call": x, **row} if isinstance(row, dict) else row for x, row in rows]
        for number, row in enumerate(data if isinstance(data, list) else [data]):
            place = (path, document.line, f"[{number}]")
            if isinstance(row, dict):
                yield row, place
            else:
                faults.append(Fault(*place, f"expected keys and values, got {shown(row)}"))
