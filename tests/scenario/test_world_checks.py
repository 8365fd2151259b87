"""Tables, records and fields that a suite or scenario names and the world does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.scenario.catalog import find
from harness.scenario.document import key_text
from harness.scenario.world_checks import given_world_faults, own_world_faults

ROWS = [{"id": 1, "status": "open", "day": "x"}, {"id": 2, "status": "held", "gift": True}]
WORLD = {"orders": {"key": "id", "records": ROWS}}
KNOWN = "known: day, gift, id, status, why"
CANCEL = {"change": "orders", "set": {"status": "gone", "why": "{why}"}}


def _tools(*mocks: Any) -> dict[str, Any]:
    return {"tools": [{"name": f"t{n}", "mock": mock} for n, mock in enumerate(mocks)]}


# the mocks of a suite's tools, and the faults that are found in them
GIVEN: list[tuple[list[Any], list[str]]] = [
    ([{"world": CANCEL | {"only_if": {"status": "open"}, "by": {"id": "{id}"}}}], []),
    ([{"world": CANCEL | {"only_if": {"why": "late"}}}], []),
    ([{"world": CANCEL}, [{"fails": "timeout"}, {"world": {"find": "orders", "by": {"why": 1}}}]],
     []),
    ([{"world": CANCEL | {"only_if": {"statsu": "open"}}}],
     [f"tools[0].mock.world.only_if.statsu: unknown field 'statsu'; {KNOWN} (did you mean 'sta"]),
    ([{"world": CANCEL}, [3, {"world": {"find": "orders", "by": {"dya": "{day}"}}}]],
     [f"tools[1].mock[1].world.by.dya: unknown field 'dya'; {KNOWN} (did you mean 'day'?)"]),
    ([{"world": {"find": "orders", "set": {"why": 1}, "by": {"why": 1}}}],
     ["tools[0].mock.world.by.why: unknown field 'why'; known: day, gift, id, status"]),
    ([{"world": CANCEL | {"change": "trips", "by": {"x": 1}}}], []),
    ([{"world": {"find": 3}}, {"world": 3}, None], []),
    ([{"world": {"change": "orders", "set": {"statsu": "gone"}}}],
     ["tools[0].mock.world.set.statsu: unknown field 'statsu'; known: day, gift, id, status (did"]),
]  # fmt: skip


@pytest.mark.parametrize(("mocks", "faults"), GIVEN)
def test_fields_in_a_suites_mocks_exist(mocks: list[Any], faults: list[str]) -> None:
    found = _told(given_world_faults({"world": WORLD, **_tools(*mocks)}))
    assert [one[: len(each)] for one, each in zip(found, faults, strict=True)] == faults


def test_an_empty_table_of_a_suite_is_checked_with_the_records_of_a_scenario() -> None:
    mock = {"world": CANCEL | {"only_if": {"stat": "open"}}}
    assert not _told(given_world_faults({"world": {"orders": {"key": "id"}}, **_tools(mock)}))
    assert _told(own_world_faults({"world": WORLD}, {"t0": mock})) == [
        "world.orders: t0 of the suite needs the field 'stat' (only_if); fields here: day, gift, "
        "id, status, why"
    ]


# the records of a table, and the field of the last record that is a slip
RECORDS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"id": 1, "status": "a"}, {"id": 2, "statsu": "b"}], "statsu"),
    ([{"id": 1, "status": "a"}, {"id": 2, "status": "b", "statsu": "c"}], ""),
    ([{"id": 1, "status": "a"}, {"id": 2}, {"id": 3, "statsu": "c"}], ""),
    ([{"id": 1, "status": "a"}, {"id": 2, "since": "c"}], ""),
    ([{"id": 1, "status": "a"}], ""),
    ([], ""),
]


@pytest.mark.parametrize(("records", "slip"), RECORDS)
def test_a_record_has_no_misspelled_field(records: list[dict[str, Any]], slip: str) -> None:
    world = {"orders": {"key": "id", "records": records}}
    at = f"world.orders.records[{len(records) - 1}].{slip}"
    told = f"{at}: unknown field {slip!r}; known: id, status (did you mean 'status'?)"
    assert _told(given_world_faults({"world": world})) == ([told] if slip else [])
    assert _told(own_world_faults({"world": world}, {})) == ([told] if slip else [])


# a part of a scenario, and its fault; the suite's t0 cancels an order
OWN: list[tuple[dict[str, Any], list[str]]] = [
    ({"expect": {"world": {"orders": [{"id": 1, "why": "late"}]}}}, []),
    ({"expect": {"world": {"orders": [3]}}}, []),
    ({"expect": {"world": {"orders": [{"id": 1}, {"stat": "open"}]}}},
     [f"expect.world.orders[1].stat: unknown field 'stat'; {KNOWN} (did you mean 'status'?)"]),
    ({"expect": {"world": {"orders": {"records": [{"wy": 1}], "removed": [2]}}}},
     [f"expect.world.orders.records[0].wy: unknown field 'wy'; {KNOWN} (did you mean 'why'?)"]),
    ({"mocks": {"t0": {"world": {"change": "orders", "set": {"statsu": 1}}}}},
     [f"mocks.t0.world.set.statsu: unknown field 'statsu'; {KNOWN} (did you mean 'status'?)"]),
    ({"mocks": {"t0": {"world": CANCEL | {"only_if": {"no": 1}}}}},
     [f"mocks.t0.world.only_if.no: unknown field 'no'; {KNOWN}"]),
    ({"mocks": {"t0": {"fails": "timeout"}}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("data", "faults"), OWN)
def test_fields_that_a_scenario_names_exist(data: dict[str, Any], faults: list[str]) -> None:
    assert _told(own_world_faults({"world": WORLD, **data}, {"t0": {"world": CANCEL}})) == faults


SUITE = """\
format: 1
suite: desk
instructions: prompt.md
facts: {shop: {value: Acme}}
world:
  orders:
    key: id
    records:
      - {id: "{code}", shop: "{shop}"}
tools: [{name: look, kind: read, mock: {world: {find: orders, by: {shop: "{shop}"}}},
         parameters: {type: object, properties: {shop: {type: string}}}}]
"""
SCENARIO = "format: 1\nname: one\nturns: [{say: Hello.}]\n"
CODE = "facts: {code: {value: AB-12, kind: id}}\n"
LACKING = (
    "the suite's world.orders.records[0].id names the fact 'code', which this scenario does "
    "not have; it has: "
)


@pytest.mark.parametrize(
    ("suite", "scenario", "faults"),
    [
        (SUITE, SCENARIO + CODE, []),
        (SUITE, SCENARIO, [f"one.yaml:1: facts: {LACKING}shop"]),
        (SUITE, SCENARIO + CODE.replace("code", "cod"),
         [f"one.yaml:4: facts: {LACKING}cod, shop (did you mean 'cod'?)"]),
        (SUITE, SCENARIO + "world: {orders: {key: id, records: [{id: 1, shop: A}]}}\n", []),
        (SUITE, SCENARIO + 'world: {orders: {key: id, records: [{id: "{cod}", shop: A}]}}\n',
         ["one.yaml:4: world.orders.records[0].id: unknown fact 'cod'; known: none"]),
        (SUITE, SCENARIO + "world: {orders: {key: id, records: [{id: 1}]}}\n",
         ["one.yaml:4: world.orders: look of the suite needs the field 'shop' (by); fields here: "
          "id"]),
        (SUITE.replace('"{code}"', '"{code"'), SCENARIO,
         ["suite.yaml:9: world.orders.records[0].id: a brace that belongs to no {fact}, in "
          "'{code'"]),
    ],
)  # fmt: skip
def test_a_fault_of_a_world_names_the_file_that_has_it(
    tmp_path: Path, suite: str, scenario: str, faults: list[str]
) -> None:
    (tmp_path / "prompt.md").write_text("Be kind.\n")
    (tmp_path / "suite.yaml").write_text(suite)
    (tmp_path / "one.yaml").write_text(scenario)
    found: list[str] = []
    try:
        find((tmp_path,))
    except FaultyFiles as faulty:
        found = [str(one).removeprefix(f"{tmp_path}/") for one in faulty.faults]
    assert sorted(found) == sorted(faults)


def _told(found: Any) -> list[str]:
    return [f"{key_text(key)}: {problem}" for key, problem in found]
