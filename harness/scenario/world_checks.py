"""Faults of a world: tables, records and fields that do not exist where a file names them.

A field exists in a table if it is the key, if a record has it, or if a mock sets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.language.language import Language
from harness.scenario.argument_checks import misspelt_rule
from harness.scenario.document import KeyPath
from harness.scenario.pieces import Found, items, mapping, unknown
from harness.scenario.wording import listed, nearest
from harness.scenario.world import key_problem
from harness.scenario.world_values import WorldValues, condition_values, end_state_values

_ACTIONS = ("find", "change", "add", "remove")


@dataclass(frozen=True, slots=True)
class _WorldMock:
    """The ``world`` of a mock as plain data, and its place in the file."""

    data: Mapping[str, Any]
    at: KeyPath

    @property
    def table(self) -> str:
        """The name of its table, empty if it has none."""
        return next((self.data[one] for one in _ACTIONS if isinstance(self.data.get(one), str)), "")

    @property
    def sets(self) -> tuple[str, ...]:
        """The fields that it gives to a record; only a change or an addition does."""
        writes = "change" in self.data or "add" in self.data
        return tuple(mapping(self.data, "set")) if writes else ()


def _world_mocks(mocks: object, at: KeyPath) -> Iterator[_WorldMock]:
    """Yield the worlds of one mock or of a list; ``at`` is their place."""
    if isinstance(mocks, list):
        for number, mock in enumerate(mocks):
            yield from _world_mocks(mock, (*at, number)) if isinstance(mock, dict) else ()
    elif isinstance(mocks, dict) and isinstance(mocks.get("world"), dict):
        yield _WorldMock(mocks["world"], (*at, "world"))


def given_world_faults(suite: Mapping[str, Any], language: Language | None = None) -> Found:
    """Check the tables of a suite and what its mocks do in them.

    A table without records is left for the scenarios to fill, and is checked with theirs.
    """
    world = mapping(suite, "world")
    mocks = [
        mock
        for number, tool in items(suite, "tools")
        for mock in _world_mocks(tool.get("mock"), ("tools", number, "mock"))
    ]
    fields = _fields(world, mocks)
    yield from _slips(world, fields)
    yield from _set_slips(mocks, world, fields)
    values = WorldValues(world, _sets(mocks), mapping(suite, "facts"), language)
    for mock in mocks:
        if any(_records(world, mock.table)):
            yield from _unknown_fields(mock, fields)
            yield from _conditions(mock, values)


def own_world_faults(
    data: Mapping[str, Any], given: Mapping[str, object], language: Language | None = None
) -> Found:
    """Check the tables of a scenario, what mocks do in them, and the end state that it expects.

    ``given`` are the mocks of the suite's tools, by their names. A fault of one of them is told at
    the scenario's table that lacks the field.
    """
    world, replaced = mapping(data, "world"), mapping(data, "mocks")
    own = [one for n, mock in replaced.items() for one in _world_mocks(mock, ("mocks", n))]
    of_suite = [(n, one) for n, mock in given.items() for one in _world_mocks(mock, ())]
    fields = _fields(world, [*own, *(one for _, one in of_suite)])
    yield from _keys(world)
    yield from _slips(world, fields)
    yield from _set_slips(own, world, fields)
    used = [*own, *(one for tool, one in of_suite if tool not in replaced)]
    values = WorldValues(world, _sets(used), mapping(data, "facts"), language)
    for mock in own:
        yield from _unknown_fields(mock, fields)
        yield from _conditions(mock, values)
    for tool, mock in of_suite:
        if tool in replaced:
            continue
        for key, _ in _unknown_fields(mock, fields):
            problem = f"{tool} of the suite needs the field {key[-1]!r} ({key[-2]})"
            yield (
                ("world", mock.table),
                f"{problem}; fields here: {listed(sorted(fields[mock.table]))}",
            )
    expected = mapping(data, "expect").get("world")
    if expected and data.get("stored") is not None:
        yield ("expect", "world"), "stored calls have no world: leave expect.world out"
    else:
        yield from _end_state(expected, world, fields)
        yield from end_state_values(mapping(mapping(data, "expect"), "world"), values)


def _keys(world: Mapping[str, Any]) -> Found:
    """Check that each table has a key, its own or that of the suite's table of this name."""
    for name in world:
        table = mapping(world, name)
        key = table.get("key")
        if isinstance(world[name], dict) and "key" not in table:
            problem = "this key is required: the suite has no table of this name to take it from"
            yield ("world", name, "key"), problem
        elif isinstance(key, str):
            records = [record for _, record in _records(world, name)]
            if problem_of_key := key_problem(key, records):
                yield ("world", name), problem_of_key


def _sets(mocks: Iterable[_WorldMock]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return what mocks write, each with its table and its action."""
    actions = ("change", "add")
    return [
        (mock.table, action, mapping(mock.data, "set"))
        for mock in mocks
        for action in actions
        if action in mock.data
    ]


def _conditions(mock: _WorldMock, values: WorldValues) -> Found:
    only_if = mapping(mock.data, "only_if")
    yield from condition_values(only_if, mock.table, values, (*mock.at, "only_if"))


def _end_state(
    expected: object, world: Mapping[str, Any], fields: Mapping[str, frozenset[str]]
) -> Found:
    if expected and not world:
        yield ("expect", "world"), "there is no world: say under 'world' which tables there are"
        return
    for name, wanted in expected.items() if isinstance(expected, dict) else ():
        at: KeyPath = ("expect", "world", name)
        if name not in world:
            yield at, unknown("table", name, world)
            continue
        if isinstance(wanted, dict):
            at, wanted = (*at, "records"), wanted.get("records")
        for number, record in enumerate(wanted if isinstance(wanted, list) else ()):
            yield from _unknown(record, fields[name], (*at, number))
            for field, rule in record.items() if isinstance(record, dict) else ():
                if slip := misspelt_rule(rule):
                    yield (*at, number, field), slip


def _unknown_fields(mock: _WorldMock, fields: Mapping[str, frozenset[str]]) -> Found:
    """Yield what a mock looks for in its table and cannot find there."""
    for part in ("by", "only_if"):
        if mock.table in fields:
            yield from _unknown(mock.data.get(part), fields[mock.table], (*mock.at, part))


def _set_slips(
    mocks: Iterable[_WorldMock], world: Mapping[str, Any], fields: Mapping[str, frozenset[str]]
) -> Found:
    """Yield fields that only a mock sets, and that are nearly a field of the records."""
    for mock in mocks:
        stored = _fields(world, ()).get(mock.table, frozenset())
        for name in mock.sets:
            if name not in stored and nearest(name, stored):
                known = sorted(fields[mock.table] - {name})
                yield (*mock.at, "set", name), unknown("field", name, known)


def _unknown(named: object, fields: Iterable[str], at: KeyPath) -> Found:
    for name in named if isinstance(named, dict) else ():
        if name not in fields:
            yield (*at, name), unknown("field", name, sorted(fields))


def _slips(world: Mapping[str, Any], fields: Mapping[str, frozenset[str]]) -> Found:
    """Yield fields that one record alone has, and that are nearly a field that it alone lacks."""
    for table in world:
        records = tuple(_records(world, table))
        times = Counter(name for _, record in records for name in record)
        for number, record in records[len(records) == 2 :]:  # of two, the second is the slip
            alone = [name for name in record if times[name] == 1]
            rest = [n for n, count in times.items() if count == len(records) - 1] if alone else ()
            lacking = [name for name in rest if name not in record]
            for name in alone:
                if nearest(name, lacking):
                    at = ("world", table, "records", number, name)
                    yield at, unknown("field", name, sorted(fields[table] - {name}))


def _fields(world: Mapping[str, Any], mocks: Iterable[_WorldMock]) -> Mapping[str, frozenset[str]]:
    """Return the fields of each table."""
    found = {
        table: {
            str(mapping(world, table).get("key")),
            *(name for _, record in _records(world, table) for name in record),
        }
        for table in world
    }
    for mock in mocks:
        found.get(mock.table, set()).update(mock.sets)
    return {table: frozenset(names) for table, names in found.items()}


def _records(world: Mapping[str, Any], table: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return items(mapping(world, table), "records")
