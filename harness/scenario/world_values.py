"""Values that no record of a world can have: found in ``expect.world`` and ``only_if``.

A field can have the values of the records and those that a mock sets. Where a mock fills the field
from an argument, or where a fact has no value, it can have any value and is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import did_you_mean
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.argument_kinds import comparable, value_kind
from harness.scenario.document import KeyPath
from harness.scenario.pieces import PLACEHOLDER, Found, items, mapping
from harness.scenario.wording import listed, nearest, shown
from harness.scenario.world import filled, same

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
        """Return why no record can have this value, None if one can or if it is not known."""
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
        """Return the same for a value that is nearly a known one; a free value is allowed.

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
        """Return a value with its facts; None where a fact is not known or has no value."""
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
