"""The world of mocked tools: tables of records that tool calls look up and change.

The effect of a call depends on its arguments and the state alone, so replaying the tool calls of a
recording gives its end state.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from pydantic import Field, model_validator

from harness.scenario.fault_text import PLACEHOLDER
from harness.scenario.fields import Model, Text

Record = dict[str, Any]

Alike = Callable[[str, Any, Any], bool]
"""Returns whether two values of a field are the same, given its name and the values."""

NOT_FOUND = "not_found"

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


class Table(Model):
    """Records of one kind, such as orders; texts may name facts."""

    key: Text
    """The field whose value is unique for each record."""
    records: tuple[Record, ...] = ()

    @model_validator(mode="after")
    def _keys(self) -> Table:
        if problem := key_problem(self.key, self.records):
            raise ValueError(problem)
        return self


def key_problem(key: str, records: Iterable[Mapping[str, Any]]) -> str | None:
    """Return why a key does not identify the records, None if it does."""
    seen: set[object] = set()
    for number, record in enumerate(records):
        try:
            orjson.dumps(record)
        except TypeError as error:
            return f"records[{number}] has a value that JSON lacks: {error}"
        value = comparable(record.get(key))
        if not value:
            return f"records[{number}] has no {key!r}, the key of its table"
        if value in seen:
            return f"{key} {record[key]!r} stands there twice"
        seen.add(value)
    return None


class WorldMock(Model):
    """The action of a tool call in the world: one of ``find``, ``change``, ``add``, ``remove``."""

    find: Text | None = None
    """The table to look in: the record by its key, else a list of all that match."""
    change: Text | None = None
    add: Text | None = None
    remove: Text | None = None
    by: dict[str, Any] = Field(default_factory=dict)
    """Which records: fields with their values, {argument} filled in. Left out, it is the key, from
    the argument of that name."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Fields of the changed or new record, {argument} filled in; those of arguments that were not
    sent stay as they are."""
    only_if: dict[str, Any] = Field(default_factory=dict)
    """Values that the record must have, or lists of them; else the call is refused."""
    refusal: Text = "refused"
    """The error of a refused call."""

    @model_validator(mode="after")
    def _one_action(self) -> WorldMock:
        if sum(one is not None for one in (self.find, self.change, self.add, self.remove)) != 1:
            raise ValueError("expected exactly one of 'find', 'change', 'add', 'remove'")
        if self.change is not None and not self.set:
            raise ValueError("a change needs 'set': the fields that it gives new values")
        if "refusal" in self.model_fields_set and not self.only_if:
            raise ValueError("'refusal' is the error where 'only_if' does not hold: add 'only_if'")
        return self

    @property
    def table(self) -> str:
        """The table of its action."""
        return next(one for one in (self.find, self.change, self.add, self.remove) if one)


class Refused(Exception):
    """The world refused an action; the text is the tool's error."""


class World:
    """The current tables of a call."""

    def __init__(self, tables: Mapping[str, Table], facts: Mapping[str, str]) -> None:
        self._keys = {name: table.key for name, table in tables.items()}
        self.tables: dict[str, list[Record]] = {
            name: [filled(record, facts) for record in table.records]
            for name, table in tables.items()
        }
        """The records by the names of their tables."""

    def key(self, table: str) -> str:
        """Return the key field of a table."""
        return self._keys[table]

    def do(self, mock: WorldMock, values: Mapping[str, Any], alike: Alike) -> Record:
        """Carry out the action of a tool call, and return its result.

        ``values`` are facts and arguments by name; ``alike`` compares fields. Raises ``Refused``
        for a record that is not found, a condition (``only_if``) that does not hold, or a new
        record whose key exists.
        """
        name, key = mock.table, self._keys[mock.table]
        if mock.add is not None:
            return self._added(name, key, _given(mock.set, values), alike)
        by = _given(mock.by or {key: f"{{{key}}}"}, values)
        # Without given arguments, only a search by fields may return all records.
        if not by and (not mock.by or mock.find is None):
            raise Refused(NOT_FOUND)
        found = [one for one in self.tables[name] if _matches(one, by, alike)]
        if mock.find is not None and key not in by:
            # A copy, because later calls change the records of this result.
            return {name: copy.deepcopy(found)}
        if not found:
            raise Refused(NOT_FOUND)
        if not all(_matches(one, mock.only_if, alike) for one in found):
            raise Refused(mock.refusal)
        for record in found:
            record.update(_given(mock.set, values) if mock.change is not None else {})
        if mock.remove is not None:
            self.tables[name] = [one for one in self.tables[name] if one not in found]
        return copy.deepcopy(found[0])

    def _added(self, name: str, key: str, record: Record, alike: Alike) -> Record:
        records = self.tables[name]
        number = len(records) + 1
        # After a removal, the next number may belong to an existing record.
        while key not in record and any(alike(key, number, one[key]) for one in records):
            number += 1
        new = {key: str(number), **record}
        if any(alike(key, new[key], one[key]) for one in records):
            raise Refused("already_exists")
        records.append(new)
        return copy.deepcopy(new)


def _matches(record: Record, wanted: Mapping[str, Any], alike: Alike) -> bool:
    return all(
        any(
            alike(name, record.get(name), one)
            for one in (value if isinstance(value, list) else [value])
        )
        for name, value in wanted.items()
    )


def same(one: Any, other: Any) -> bool:
    """Return whether two values are alike, of any kind; no value equals a missing value."""
    value = comparable(one)
    return bool(value) and value == comparable(other)


def comparable(value: Any) -> object:
    """Return the comparable form of a value: a number, or text without case, signs and spaces.

    Empty if there is none. Text is a number if JSON writes a number so; "0012" is not.
    """
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    text = "" if value is None else unicodedata.normalize("NFC", str(value)).casefold()
    if not isinstance(value, bool) and _NUMBER.fullmatch(text):
        return "number", Decimal(text)
    return "".join(sign for sign in text if sign.isalnum())


def _given(fields: Mapping[str, Any], values: Mapping[str, Any]) -> Record:
    """Return the fields whose arguments were sent, filled in; other texts stay as they are."""
    return {
        name: filled(value, values)
        for name, value in fields.items()
        if not (isinstance(value, str) and set(PLACEHOLDER.findall(value)) - values.keys())
    }


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Fill {name} in every text of a JSON value; a text of one place takes the value's type."""
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole is not None and whole[1] in values:
            return values[whole[1]]
        return PLACEHOLDER.sub(lambda place: str(values.get(place[1], place[0])), template)
    if isinstance(template, dict):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values) for value in template]
    return template
