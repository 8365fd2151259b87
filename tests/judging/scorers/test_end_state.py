"""The end state of a scenario's world, judged by doing the recorded calls once more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.scorers.base import Outcome, ScoredCall
from harness.judging.scorers.expectations import Expectations
from harness.recording.tools import ToolOutcome
from harness.scenario.model import RunBy
from harness.timeline.model import NamelessCall, ToolCall

ID = {"type": "object", "properties": {"order_id": {"type": "string"}}}
CANCEL = {"change": "orders", "set": {"status": "cancelled"}, "only_if": {"status": "open"}}
TOOLS = [
    {"name": "lookup", "kind": "read", "parameters": ID, "mock": {"world": {"find": "orders"}}},
    {
        "name": "cancel",
        "kind": "write",
        "parameters": ID,
        "mock": [{"fails": "timeout"}, {"world": CANCEL, "returns": {"now": "{status}"}}],
    },
    {"name": "drop", "kind": "write", "parameters": ID, "mock": {"world": {"remove": "orders"}}},
    {"name": "book", "kind": "write", "mock": {"world": {"add": "trips", "set": {"by": "rail"}}}},
    {"name": "note", "kind": "write"},
]
WORLD = {
    "orders": {
        "key": "order_id",
        "records": [
            {"order_id": "{order_id}", "status": "open", "total": 40},
            {"order_id": "ORD-2", "status": "shipped", "total": 3},
        ],
    },
    "trips": {"key": "trip"},
}
LATE = '{"error":"timeout"}'
CANCELLED = '{"now":"cancelled"}'
FOUND = '{"order_id":"ORD-1","status":"open","total":40}'
DROPPED = '{"order_id":"ORD-2","status":"shipped","total":3}'
REFUSED = '{"error":"refused"}'
BOOKED = '{"trip":"1","by":"rail"}'
Made = tuple[str, str, str | None]
TIMEOUT: Made = ("cancel", "ORD-1", LATE)
DONE: Made = ("cancel", "ORD-1", CANCELLED)
CHANGED = {"orders": [{"order_id": "{order_id}", "status": "cancelled"}]}

# the expected world, the calls with their results, the verdict, and a part of its reason
ENDS: dict[str, tuple[Any, tuple[Made, ...], str, str]] = {
    "changed as expected": (CHANGED, (TIMEOUT, DONE), "pass", "everything expected happened"),
    "with a rule": (
        {
            "orders": [
                {"order_id": "ORD-1", "status": {"one_of": ["cancelled"]}, "total": {"min": 9}}
            ]
        },
        (TIMEOUT, DONE),
        "pass",
        "",
    ),
    "looked up alone": (
        CHANGED,
        (("lookup", "ORD-1", FOUND),),
        "fail",
        "orders: status: expected cancelled, got open (record ORD-1)",
    ),
    "it failed": (
        CHANGED,
        (TIMEOUT,),
        "fail",
        "status: expected cancelled, got open (record ORD-1)",
    ),
    "the call was over before the answer": (CHANGED, (TIMEOUT, (*DONE[:2], None)), "pass", ""),
    "the wrong one": (
        CHANGED,
        (TIMEOUT, DONE, ("drop", "ORD-2", DROPPED)),
        "fail",
        "orders: ORD-2 is gone, and should be there",
    ),
    "one that should be as it was": (
        "unchanged",
        (TIMEOUT, DONE),
        "fail",
        "orders: ORD-1 was changed, and should not be: status open is now cancelled",
    ),
    "refused": ("unchanged", (TIMEOUT, ("cancel", "ORD-2", REFUSED)), "pass", ""),
    "not asked for": (
        CHANGED,
        (TIMEOUT, DONE, ("book", "", BOOKED)),
        "fail",
        "trips: trip=1, by=rail was added, and should not be",
    ),
    "added": ({"trips": [{"by": "rail"}]}, (("book", "", BOOKED),), "pass", ""),
    "not added": ({"trips": [{"by": "rail"}]}, (), "fail", "trips: expected by=rail, got no such"),
    "added and another one": (
        {"trips": [{"by": "rail"}]},
        (("book", "", BOOKED), ("book", "", '{"trip":"2","by":"rail"}')),
        "fail",
        "trips: trip=2, by=rail was added, and should not be",
    ),
    "one of two that were expected": (
        {"trips": [{"by": "rail"}, {"by": "rail"}]},
        (("book", "", BOOKED),),
        "fail",
        "trips: expected 2 records, got 1 that were changed or added",
    ),
    "an old record is no new one": (
        {"orders": [{"status": "shipped"}]},
        (),
        "fail",
        "orders: expected status=shipped, got no such record",
    ),
    "a record that is named and stays": (
        {"orders": [{"order_id": "ORD-2", "status": "shipped"}]},
        (),
        "pass",
        "",
    ),
    "gone by a fact": (
        {"orders": {"removed": ["{order_id}"]}},
        (("drop", "ORD-1", FOUND),),
        "pass",
        "",
    ),
    "without its argument": (
        CHANGED,
        (TIMEOUT, ("cancel", "", '{"error":"not_found"}')),
        "fail",
        "got",
    ),
    "gone": (
        {"orders": {"removed": ["ord-2"]}},
        (("drop", "ORD-2", DROPPED),),
        "pass",
        "",
    ),
    "not gone": (
        {"orders": {"removed": ["ORD-2"]}},
        (),
        "fail",
        "ORD-2 should be gone",
    ),
    "another tool": ("unchanged", (("note", "", '{"ok":true}'),), "pass", ""),
    "an invented tool": ("unchanged", (("sing", "", LATE),), "pass", ""),
    "another world": (
        CHANGED,
        (("lookup", "ORD-1", '{"status":"gone"}'),),
        "unscorable",
        "the result of lookup is not what the scenario's world gives",
    ),
}


@pytest.mark.parametrize(("expected", "made", "outcome", "reason"), ENDS.values(), ids=ENDS.keys())
def test_the_end_state_is_what_the_scenario_expects(
    expected: Any, made: tuple[Made, ...], outcome: str, reason: str
) -> None:
    score = Expectations().score(_call(expected, made))
    assert score.outcome.value == outcome, score.reason
    assert reason in score.reason


def test_equal_ends_have_one_hash_and_others_another() -> None:
    calls = ((), (("lookup", "ORD-1", FOUND),), (TIMEOUT, DONE), (("lookup", "ORD-1", "{}"),))
    never = {"never": ["note"]}
    ends = [Expectations().score(_call({}, made, **never)).details for made in calls]
    hashes = [details.get("end_state") for details in ends]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(str(hashes[0])) == 64
    assert hashes[3] is None


def test_without_a_world_there_is_no_end_state() -> None:
    call = judged_call("", scenario={"expect": {"never": ["cancel_order"]}})
    assert "end_state" not in Expectations().score(call).details


def test_a_world_is_not_known_where_a_tool_ran_unseen_or_without_a_name() -> None:
    call = _call(CHANGED, (TIMEOUT, DONE))
    nameless = (NamelessCall(requested_s=1.0, arguments=None),)
    tools = tuple(tool.model_copy(update={"run_by": RunBy.SERVER}) for tool in call.suite.tools)
    for other, why in (
        (replace(call, timeline=replace(call.timeline, nameless=nameless)), "without a name"),
        (replace(call, suite=call.suite.model_copy(update={"tools": tools})), "run by the server"),
    ):
        score = Expectations().score(other)
        assert score.outcome is Outcome.UNSCORABLE
        assert why in score.reason
        assert "end_state" not in score.details


@pytest.mark.parametrize(("name", "outcome"), [("drop", "unscorable"), ("note", "pass")])
def test_a_call_that_the_server_ran_is_in_no_world_of_ours(name: str, outcome: str) -> None:
    call = _call("unchanged", ((name, "ORD-2", DROPPED),))
    (tool,) = call.timeline.tools
    timeline = replace(call.timeline, tools=(replace(tool, by_server=True),))
    assert Expectations().score(replace(call, timeline=timeline)).outcome.value == outcome


def test_arguments_that_are_no_object_changed_nothing() -> None:
    call = _call("unchanged", (("drop", "ORD-2", REFUSED),))
    (tool,) = call.timeline.tools
    bad = replace(tool, arguments=None, outcome=ToolOutcome.FAILED)
    call = replace(call, timeline=replace(call.timeline, tools=(bad,)))
    assert Expectations().score(call).outcome is Outcome.PASS


def test_a_record_that_must_be_gone_is_named_in_any_writing() -> None:
    call = judged_call(
        "0.0-1.0 caller: Hi.",
        scenario={
            "world": {"people": {"key": "phone", "records": [{"phone": "+1 555 010 7788"}]}},
            "expect": {"world": {"people": {"removed": ["15550107788"]}}},
        },
    )
    score = Expectations().score(call)
    assert score.outcome is Outcome.FAIL
    assert "+1 555 010 7788 should be gone" in score.reason


def _call(expected: Any, made: tuple[Made, ...], **more: Any) -> ScoredCall:
    call = judged_call(
        "0.0-1.0 caller: Hi.",
        suite={"tools": TOOLS},
        scenario={
            "facts": {"order_id": {"value": "ORD-1", "kind": "id"}},
            "world": WORLD,
            "expect": {"world": expected, **more},
        },
    )
    tools = tuple(_tool(number, *one) for number, one in enumerate(made))
    return replace(call, timeline=replace(call.timeline, tools=tools))


def _tool(number: int, name: str, order_id: str, output: str | None) -> ToolCall:
    arguments = {"order_id": order_id} if order_id else {}
    outcome = ToolOutcome.OK if output else ToolOutcome.UNANSWERED
    outcome = ToolOutcome.TIMED_OUT if output == LATE else outcome
    outcome = ToolOutcome.FAILED if output == REFUSED else outcome
    outcome = ToolOutcome.UNKNOWN_TOOL if name == "sing" else outcome
    return ToolCall(
        call_id=f"c{number}",
        name=name,
        arguments=arguments,
        raw_arguments=json.dumps(arguments),
        response_id=None,
        requested_s=2.0 + number,
        answered_s=None if output is None else 2.5 + number,
        outcome=outcome,
        output=output,
    )


def test_only_the_fields_that_differ_are_told() -> None:
    rules = {"order_id": "ORD-1", "status": "cancelled", "total": {"min": 50}, "by": "rail"}
    score = Expectations().score(_call({"orders": [rules]}, (("lookup", "ORD-1", FOUND),)))
    assert score.reason == (
        "orders: status: expected cancelled, got open; total: expected at least 50, got 40; "
        "by: expected rail, got null (record ORD-1)"
    )


def test_a_change_that_was_never_made_is_not_shown_at_a_look_up() -> None:
    score = Expectations().score(_call(CHANGED, (("lookup", "ORD-1", FOUND),)))
    assert score.evidence == ()
    score = Expectations().score(_call(CHANGED, (("lookup", "ORD-1", FOUND), TIMEOUT)))
    assert {one.label for one in score.evidence} == {"cancel"}
