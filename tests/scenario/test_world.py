"""A small world that the mocks share: effects of calls on it, and worlds that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from harness.scenario.world import Refused, Table, World, WorldMock, same

ORDERS = {
    "key": "order_id",
    "records": [
        {"order_id": "ORD-1", "who": "{caller}", "status": "open", "total": 40.0},
        {"order_id": "ORD-2", "who": "Kim", "status": "shipped", "total": 3},
        {"order_id": "ORD-3", "who": "Kim", "status": "open", "total": 5},
    ],
}
CANCEL = {"change": "orders", "set": {"status": "cancelled", "why": "{reason}"}}
OPEN = {"only_if": {"status": ["open", "held"]}, "refusal": "already shipped"}
BOOK: dict[str, Any] = {"add": "orders", "set": {"who": "{who}", "lines": [{"n": "{count}"}]}}


def _world(*extra: dict[str, Any]) -> World:
    records = [*ORDERS["records"], *extra]
    table = Table.model_validate({**ORDERS, "records": records}, strict=False)
    return World({"orders": table}, {"caller": "Jo"})


def _same(_field: str, one: Any, other: Any) -> bool:
    return same(one, other)


# the mock's action, the arguments, the result (a text: refused), and the world afterwards
DONE: dict[str, tuple[dict[str, Any], dict[str, Any], Any, dict[str, Any]]] = {
    "find by key": (
        {"find": "orders"},
        {"order_id": "ord 1"},
        {"order_id": "ORD-1", "who": "Jo", "status": "open", "total": 40.0},
        {},
    ),
    "find nothing": ({"find": "orders"}, {"order_id": "ORD-9"}, "not_found", {}),
    "find by another field": (
        {"find": "orders", "by": {"who": "{name}", "status": ["open"]}},
        {"name": "KIM"},
        {"orders": [{"order_id": "ORD-3", "who": "Kim", "status": "open", "total": 5}]},
        {},
    ),
    "find nothing by another field": (
        {"find": "orders", "by": {"who": "{name}"}},
        {"name": "Al"},
        {"orders": []},
        {},
    ),
    "find a number": (
        {"find": "orders", "by": {"order_id": "ORD-1", "total": "{total}"}},
        {"total": "40"},
        {"order_id": "ORD-1", "who": "Jo", "status": "open", "total": 40.0},
        {},
    ),
    "change": (
        CANCEL | OPEN,
        {"order_id": "ORD-1", "reason": "late"},
        {"order_id": "ORD-1", "who": "Jo", "status": "cancelled", "total": 40.0, "why": "late"},
        {"ORD-1": {"status": "cancelled", "why": "late"}},
    ),
    "an argument that was not sent changes nothing": (
        CANCEL,
        {"order_id": "ORD-1"},
        {"order_id": "ORD-1", "who": "Jo", "status": "cancelled", "total": 40.0},
        {"ORD-1": {"status": "cancelled"}},
    ),
    "a change that makes no sense": (CANCEL | OPEN, {"order_id": "ORD-2"}, "already shipped", {}),
    "a change of what is not there": (CANCEL, {"order_id": "ORD-7"}, "not_found", {}),
    "a change without the argument": (CANCEL, {}, "not_found", {}),
    "remove": (
        {"remove": "orders"},
        {"order_id": "ORD-2"},
        {"order_id": "ORD-2", "who": "Kim", "status": "shipped", "total": 3},
        {"ORD-2": None},
    ),
    "add with a number of its own": (
        BOOK,
        {"who": "Al", "count": 2},
        {"order_id": "4", "who": "Al", "lines": [{"n": 2}]},
        {"4": {"order_id": "4", "who": "Al", "lines": [{"n": 2}]}},
    ),
    "add with a key": (
        {"add": "orders", "set": {"order_id": "{order_id}"}},
        {"order_id": "ORD-8"},
        {"order_id": "ORD-8"},
        {"ORD-8": {"order_id": "ORD-8"}},
    ),
    "add what is there": (
        {"add": "orders", "set": {"order_id": "{order_id}"}},
        {"order_id": "ord3"},
        "already_exists",
        {},
    ),
}


@pytest.mark.parametrize(("mock", "arguments", "result", "left"), DONE.values(), ids=DONE.keys())
def test_a_call_looks_up_or_changes_records(
    mock: dict[str, Any], arguments: dict[str, Any], result: Any, left: dict[str, Any]
) -> None:
    world = _world()
    before = {one["order_id"]: dict(one) for one in world.tables["orders"]}
    asked = WorldMock.model_validate(mock)
    if isinstance(result, str):
        with pytest.raises(Refused, match=f"^{result}$"):
            world.do(asked, arguments, _same)
    else:
        assert world.do(asked, arguments, _same) == result
    after = {one["order_id"]: one for one in world.tables["orders"]}
    expected = {key: {**before.get(key, {}), **(left.get(key) or {})} for key in {*before, *left}}
    assert after == {key: one for key, one in expected.items() if left.get(key, {}) is not None}


def test_a_result_is_no_way_to_change_the_world() -> None:
    world = _world()
    found = world.do(WorldMock(find="orders"), {"order_id": "ORD-1"}, _same)
    found["status"] = "cancelled"
    assert world.tables["orders"][0]["status"] == "open"
    assert world.key("orders") == "order_id"


def test_a_new_record_gets_a_number_that_is_free() -> None:
    world = _world({"order_id": "5"})
    assert world.do(WorldMock(add="orders"), {}, _same) == {"order_id": "6"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ORD-1", "ord 1", True),
        ("ORD-1", "ORD-2", False),
        (3, "3.0", True),
        (3, 30, False),
        (True, "true", True),
        (True, 1, False),
        (None, "", False),
        ("0012", 12, False),
        ("1E3", 1000, False),
        ("9999999999999998", "9999999999999999", False),
        ("-", None, False),
        ("A\u0308-1", "Ä 1", True),
        ([1], [1], True),
        ([1], "1", False),
    ],
)
def test_values_are_alike_without_signs_and_case(one: Any, other: Any, alike: bool) -> None:
    assert same(one, other) is alike
    assert same(other, one) is alike


@pytest.mark.parametrize(
    ("model", "data", "problem"),
    [
        (Table, {"key": "id", "records": [{"id": 1}, {"n": 2}]}, r"records\[1\] has no 'id'"),
        (Table, {"key": "id", "records": [{"id": "a-1"}, {"id": "A1"}]}, "id 'A1' stands there tw"),
        (
            Table,
            {"key": "id", "records": [{"id": 1, "n": 2**70}]},
            r"records\[0\] has a value that",
        ),
        (WorldMock, {"find": "a", "add": "b"}, "exactly one of 'find', 'change', 'add', 'remove'"),
        (WorldMock, {"set": {"a": 1}}, "exactly one of"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(model: Any, data: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        model.model_validate(data, strict=False)


@pytest.mark.parametrize(
    ("mock", "problem"),
    [
        ({"change": "orders"}, "a change needs 'set'"),
        ({"find": "orders", "refusal": "too late"}, "'refusal' is the error where 'only_if'"),
        ({"find": "orders", "change": "orders"}, "expected exactly one of 'find'"),
    ],
)
def test_halves_of_an_action_are_refused(mock: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        WorldMock.model_validate(mock)
