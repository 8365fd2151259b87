"""Faults of a mocked world: missing tables, records and fields, impossible values.

A field exists in a table if it is the key, if a record has it, or if a mock sets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import did_you_mean
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.argument_checks import comparable, misspelt_rule, value_kind
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import (
    PLACEHOLDER,
    Found,
    items,
    listed,
    mapping,
    nearest,
    shown,
    unknown,
)
from harness.scenario.world import filled, key_problem, same

# Values that no record of a world can have: found in ``expect.world`` and ``only_if``.
#
# A field can have the values of the records and those that a mock sets. If a mock fills the field
# from an argument, or a fact has no value, it can have any value and is not checked.

_MOST_LISTED = 8

Sets = Iterable[tuple[str, str, Mapping[str, Any]]]
"""The writes of mocks: the table, ``change`` or ``add``, and the ``set`` of it."""


@dataclass(frozen=True, slots=True)
class WorldValues:
    """The values that each field of each table can have."""

    world: Mapping[str, Any]
    sets: Sets
    facts: Mapping[str, Any]
    language: Language | None

    def impossible(self, table: str, field: str, value: object) -> str | None:
        """Return why no record can have this value, None if any record can or if it is unknown."""
        if isinstance(value, bool | dict | list) or value is None:
            return None
        wanted, known = self._with_facts(value), self._known(table, field)
        if wanted is None or not known or any(self._alike(field, wanted, k) for k in known):
            return None
        names = list(dict.fromkeys(map(str, known)))
        more = ", …" if len(names) > _MOST_LISTED else ""
        near = did_you_mean(wanted, names)
        return (
            f"no record has this value and no tool sets it; known: "
            f"{listed(names[:_MOST_LISTED])}{more}{near}, got {shown(value)}"
        )

    def misspelt(self, table: str, field: str, value: object) -> str | None:
        """Return the same for a value that is nearly a known value; a free value is allowed.

        A condition that never holds may be meant: the scenario is about the refusal.
        """
        known = self._known(table, field) or ()
        names = [str(one).casefold() for one in known]
        near = isinstance(value, str) and nearest(value.casefold(), names) is not None
        return self.impossible(table, field, value) if near else None

    def _known(self, table: str, field: str) -> list[Any] | None:
        """Return the values that a field can have, None if it can have any."""
        found = []
        for _, record in items(mapping(self.world, table), "records"):
            if field in record:
                found.append(self._with_facts(record[field]))
        key = mapping(self.world, table).get("key")
        for name, action, given in self.sets:
            if name == table and field in given:
                value = given[field]
                fills = isinstance(value, str) and PLACEHOLDER.search(value)
                found.append(None if fills else value)
            elif name == table and action == "add" and field == key:
                found.append(None)  # new records are numbered
        return None if None in found else found

    def _with_facts(self, value: object) -> Any:
        """Return a value with its facts; None if a fact is unknown or has no value."""
        values = {
            name: fact["value"]
            for name, fact in self.facts.items()
            if isinstance(fact, dict) and isinstance(fact.get("value"), str)
        }
        done = filled(value, values)
        return None if isinstance(done, str) and PLACEHOLDER.search(done) else done

    def _alike(self, field: str, one: Any, other: Any) -> bool:
        """Return whether two values are the same as the scorer compares them."""
        if same(one, other):
            return True
        if self.language is None:
            return False
        named = mapping(self.facts, field).get("kind")
        known = {kind.value: kind for kind in ValueKind}
        kind = known.get(named) if isinstance(named, str) else value_kind(field, {}, self.language)
        first, second = (comparable(v, kind or ValueKind.TEXT, self.language) for v in (one, other))
        return first == second


def end_state_values(
    expected: Mapping[str, Any], values: WorldValues, at: KeyPath = ("expect", "world")
) -> Found:
    """Check the values that ``expect.world`` names in the tables that exist."""
    for table, wanted in expected.items():
        if table not in values.world:
            continue
        place: KeyPath = (*at, table)
        if isinstance(wanted, dict):
            key = mapping(values.world, table).get("key")
            removed = wanted.get("removed")
            for number, name in enumerate(removed if isinstance(removed, list) else ()):
                if isinstance(key, str) and (problem := values.impossible(table, key, name)):
                    yield (*place, "removed", number), problem
            place, wanted = (*place, "records"), wanted.get("records")
        for number, record in enumerate(wanted if isinstance(wanted, list) else ()):
            for field, rule in record.items() if isinstance(record, dict) else ():
                yield from _rule(values, table, field, rule, (*place, number, field))


def _rule(values: WorldValues, table: str, field: str, rule: object, at: KeyPath) -> Found:
    choices = rule.get("one_of") if isinstance(rule, dict) else [rule]
    found = [values.impossible(table, field, c) for c in choices] if choices else []
    if found and all(found):
        yield at, str(found[0])


def condition_values(
    only_if: Mapping[str, Any], table: str, values: WorldValues, at: KeyPath
) -> Found:
    """Check the values that a condition names."""
    for field, value in only_if.items():
        for one in _each(value):
            if problem := values.misspelt(table, field, one):
                yield (*at, field), problem


def _each(value: object) -> Iterator[object]:
    yield from value if isinstance(value, list) else [value]


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
    """Yield the worlds of a mock or of a list; ``at`` is their place."""
    if isinstance(mocks, list):
        for number, mock in enumerate(mocks):
            yield from _world_mocks(mock, (*at, number)) if isinstance(mock, dict) else ()
    elif isinstance(mocks, dict) and isinstance(mocks.get("world"), dict):
        yield _WorldMock(mocks["world"], (*at, "world"))


def given_world_faults(suite: Mapping[str, Any], language: Language | None = None) -> Found:
    """Check the tables of a suite and the actions of its mocks on them.

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
    """Check the tables of a scenario, the actions of mocks on them, and the expected end state.

    ``given`` are the mocks of the suite's tools, by their names. A fault of a mock is reported at
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
    """Return the fields that mocks set, each with its table and its action."""
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
    """Yield the fields that a mock reads and its table does not have."""
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
    """Yield fields that only a single record has, nearly named as a field that only it lacks."""
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
