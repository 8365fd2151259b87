"""What is known of stored calls besides: one row of a CSV or JSON file for each of them.

::

    call,scenario,tags,today,order_id
    0017,cancellations,night vip,2026-04-25,ORD-4715B

``call`` is the call's name; ``scenario``, ``tags`` (spaces between them) and ``today`` may be left
out, and every other column is a fact. JSON holds the same, as a list of rows or as an object by
call; there tags may be a list and facts may stand under ``facts``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.document_facts import document_facts
from harness.importing.json_files import JsonDocument, json_documents, text_of
from harness.scenario.wording import listed, shown

Place = tuple[Path, int | None, str]
"""File, line of the file, and key inside it."""

_SEPARATORS = ",;\t"
"""What programs for tables put between columns: of Excel, the country decides."""

_KEYS = ("call", "scenario", "tags", "today", "facts")


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One row; ``place`` is where it stands (line of the file, key inside it)."""

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
