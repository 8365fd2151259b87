"""Several sources that report the same tools: each tool call appears once, and complete."""

from __future__ import annotations

from typing import Any

import pytest

from harness.recording.tools import ToolOutcome, ToolRun, joined


def run(call_id: str, at_s: float, **more: Any) -> ToolRun:
    values: dict[str, Any] = {
        "call_id": call_id,
        "name": "lookup_order",
        "arguments": '{"a": 1}',
        "response_id": None,
        "requested_s": at_s,
        "answered_s": None,
        "outcome": ToolOutcome.UNSEEN,
        "output": None,
        "by_server": True,
    }
    return ToolRun(**(values | more))


ENDED = {"answered_s": 6.0, "outcome": ToolOutcome.OK, "output": "{}"}


@pytest.mark.parametrize(
    ("first", "second", "ids"),
    [
        ([run("a", 4.0)], [run("a", 9.0)], ["a"]),
        ([run("a", 4.0)], [run("b", 5.9, arguments='{"a":1}')], ["a"]),
        ([run("a", 4.0, arguments="")], [run("b", 5.0)], ["a"]),
        ([run("a", 4.0)], [run("b", 6.1)], ["a", "b"]),
        ([run("a", 4.0)], [run("b", 4.5, arguments='{"a":2}')], ["a", "b"]),
        ([run("a", 4.0)], [run("b", 4.5, name="cancel_order")], ["a", "b"]),
        ([run("a", 4.0), run("b", 5.0)], [run("c", 4.9), run("d", 4.1)], ["a", "b"]),
        ([run("a", 4.0)], [run("b", 4.1), run("c", 4.2)], ["a", "c"]),  # a different call
        ([], [run("b", 5.0), run("a", 4.0)], ["a", "b"]),
    ],
)
def test_two_accounts_of_one_call_are_one_call(first, second, ids):
    assert [each.call_id for each in joined((first, second))] == ids


def test_what_one_account_does_not_know_the_other_may_tell():
    vendor = run("mcp_1", 4.0, arguments="")
    (found,) = joined(([vendor], [run("t1", 4.1, **ENDED)]))
    assert (found.call_id, found.requested_s, found.arguments) == ("mcp_1", 4.0, '{"a": 1}')
    assert (found.answered_s, found.outcome, found.output) == (6.0, ToolOutcome.OK, "{}")
    known = run("mcp_1", 4.0, answered_s=5.0, outcome=ToolOutcome.FAILED, output="no")
    assert joined(([known], [run("t1", 4.1, **ENDED)])) == (known,)
