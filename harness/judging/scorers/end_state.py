"""The end state of a scenario's world, compared with ``expect.world``.

The recorded tool calls are replayed on a fresh world. A result that differs from the recorded one
shows that the call had another world: the end state is then unscorable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.judging.dialogue.argument_paths import tool_named
from harness.judging.scorers.arguments import each_has_its_own, filled, holds_fields, shown_fields
from harness.judging.scorers.base import Check, Evidence, Outcome, ScoredCall
from harness.judging.scorers.unheard import nameless_calls, unseen, unseen_tools, untold
from harness.scenario.expectation import EndState, Fields, Plain
from harness.scenario.mocked_tools import MockedTools
from harness.scenario.world import Record, comparable, same


def judge_world(call: ScoredCall) -> Iterator[Check]:
    """Judge each table of the world; yield no check if the scenario has no ``expect.world``."""
    expected = call.scenario.expect.world
    if not expected:
        return
    if why := _unknown(call):
        yield Check("world", Outcome.UNSCORABLE, why, place=("world",))
        return
    before = MockedTools(call.suite, call.scenario).world
    mocked, differing = _done_again(call)
    if differing:
        yield Check("world", Outcome.UNSCORABLE, differing, place=("world",))
        return
    for table, records in mocked.world.tables.items():
        wanted = EndState() if expected == "unchanged" else expected.get(table, EndState())
        wanted = wanted if isinstance(wanted, EndState) else EndState(records=wanted)
        key = before.key(table)
        problem = _problem(call, key, before.tables[table], records, wanted)
        outcome = Outcome.FAIL if problem else Outcome.PASS
        reason = f"{table}: {problem}" if problem else f"{table} ended as expected"
        evidence = tuple(
            Evidence(tool.requested_s, tool.requested_s, tool.name)
            for tool in call.timeline.tools
            if _works_on(call, tool.name, table, looks_up=False)
        )
        yield Check(f"world {table}", outcome, reason, evidence, place=("world", table))


def end_state_hash(call: ScoredCall) -> str:
    """Return the SHA-256 of the world at the end, in hex; empty without a world, or if unknown."""
    if not call.scenario.world or _unknown(call):
        return ""
    mocked, differing = _done_again(call)
    if differing:
        return ""
    tables = orjson.dumps(mocked.world.tables, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(tables).hexdigest()


def _unknown(call: ScoredCall) -> str:
    """Return why the end state is not known; empty if it is."""
    what = "how the world ended"
    if hidden := unseen_tools(call, (spec.name for spec in call.suite.tools)):
        return unseen(call, hidden, what)
    if came := nameless_calls(call):
        return untold(came, what)
    return ""


def _done_again(call: ScoredCall) -> tuple[MockedTools, str]:
    """Return the mocks after all calls, and the problem if a result differs from its record."""
    if _done_again not in call.worked_out:
        call.worked_out[_done_again] = _replayed(call)
    replayed: tuple[MockedTools, str] = call.worked_out[_done_again]
    return replayed


def _replayed(call: ScoredCall) -> tuple[MockedTools, str]:
    mocked = MockedTools(call.suite, call.scenario)
    for tool in call.timeline.tools:
        if tool_named(call.suite, tool.name) is None or tool.arguments is None:
            continue
        if tool.by_server:
            if any(_works_on(call, tool.name, table) for table in mocked.world.tables):
                return mocked, f"{tool.name} was run by the server, not in the scenario's world"
            continue
        given = mocked.call(tool.name, tool.arguments)
        if tool.output is not None and orjson.dumps(given.output).decode() != tool.output:
            return mocked, f"the result of {tool.name} is not what the scenario's world gives"
    return mocked, ""


def _works_on(call: ScoredCall, name: str, table: str, *, looks_up: bool = True) -> bool:
    """Return whether a tool changes a table; if it ``looks_up``, whether it uses it at all."""
    spec = tool_named(call.suite, name)
    mock = call.scenario.mocks.get(name, None if spec is None else spec.mock)
    mocks = mock if isinstance(mock, tuple) else (mock,)
    worlds = [one.world for one in mocks if one is not None and one.world is not None]
    return any(one.table == table and (looks_up or one.find is None) for one in worlds)


def _problem(
    call: ScoredCall, key: str, before: list[Record], after: list[Record], wanted: EndState
) -> str:
    """Return how a table differs from the expectation; empty if it does not."""
    old = {comparable(one[key]): one for one in before}
    new = {comparable(one[key]): one for one in after}
    moved = [one for name, one in new.items() if name not in old or _differ(old[name], one)]
    for one in after:
        if _is_listed(call, one, key, wanted.removed):
            return f"{one[key]} should be gone, and is there"
    for name, one in old.items():
        if name not in new and not _is_listed(call, one, key, wanted.removed):
            return f"{one[key]} is gone, and should be there"
    for rules in wanted.records:
        # A rule without the key of its record is about a changed or added record.
        if not any(holds_fields(call, one, rules) for one in (after if key in rules else moved)):
            return _unlike(call, rules, key, after)
    return _one_by_one(call, key, moved, old, [one for one in after if one not in moved], wanted)


def _is_listed(call: ScoredCall, record: Record, key: str, names: tuple[Plain, ...]) -> bool:
    """Return whether a record has any of these keys."""
    return any(
        same(record[key], _filled(call, name)) or holds_fields(call, record, {key: name})
        for name in names
    )


def _one_by_one(
    call: ScoredCall,
    key: str,
    moved: list[Record],
    old: Mapping[object, Record],
    kept: list[Record],
    wanted: EndState,
) -> str:
    """Return how records and expected records fail to match, each with its own; empty if not."""
    fitting = [[holds_fields(call, one, rules) for rules in wanted.records] for one in moved]
    for one, fits in zip(moved, fitting, strict=True):
        if not any(fits):
            return _unexpected(one, old.get(comparable(one[key])), key)
    if not each_has_its_own(fitting):
        return _unexpected(moved[-1], old.get(comparable(moved[-1][key])), key)
    # A rule with a key may also be about a record that the call did not change.
    for_rules = [
        [holds_fields(call, one, rules) for one in (*moved, *(kept if key in rules else ()))]
        for rules in wanted.records
    ]
    if not each_has_its_own(for_rules):
        return (
            f"expected {len(wanted.records)} records, got {len(moved)} that were changed or added"
        )
    return ""


def _differ(one: Any, other: Any) -> bool:
    """Return whether two JSON values differ; 1 is not true."""
    first, second = (orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in (one, other))
    return first != second


def _unexpected(one: Record, old: Record | None, key: str) -> str:
    if old is None:
        return f"{_shown(one)} was added, and should not be"
    return f"{one[key]} was changed, and should not be: {_changes(old, one)}"


def _filled(call: ScoredCall, value: Plain) -> Plain:
    return filled(value, call.scenario) if isinstance(value, str) else value


def _unlike(call: ScoredCall, rules: Fields, key: str, after: list[Record]) -> str:
    """Return how the record with the expected key differs, or that there is no such record."""
    by_key = {key: rules[key]} if key in rules else {}
    meant = [one for one in after if by_key and holds_fields(call, one, by_key)]
    if not meant:
        return f"expected {shown_fields(rules, call.scenario)}, got no such record"
    wrong = (name for name in rules if not holds_fields(call, meant[0], {name: rules[name]}))
    told = "; ".join(
        f"{name}: expected {_wanted(call, name, rules)}, got {_told(meant[0].get(name))}"
        for name in wrong
    )
    return f"{told} (record {_told(meant[0][key])})"


def _wanted(call: ScoredCall, name: str, rules: Fields) -> str:
    told = shown_fields({name: rules[name]}, call.scenario)
    return told.removeprefix(name).removeprefix("=").strip()


def _changes(old: Record, new: Record) -> str:
    names = [name for name in {**old, **new} if _differ(old.get(name), new.get(name))]
    return ", ".join(
        f"{name} {_told(old.get(name))} is now {_told(new.get(name))}" for name in names
    )


def _shown(record: Record) -> str:
    return ", ".join(f"{name}={_told(value)}" for name, value in record.items())


def _told(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
