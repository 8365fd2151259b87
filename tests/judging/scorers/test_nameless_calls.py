"""A tool call without a name may have been of any tool: certain and uncertain verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support.call_script import SUITE, record

from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome, Score
from harness.protocol.events import OutputItemDone
from harness.protocol.items import Item, ItemKind
from harness.recording.model import AgentEvent, Recording
from harness.recording.provenance import CallStatus

HERS = {"order_id": "ORD-4715B"}
PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.UNSCORABLE
LOOKUP = "5.0-5.5 lookup_order order_id=ORD-4715B"
CANCEL = "8.0-8.5 cancel_order order_id=ORD-4715B"
READ_BACK = """
0.0-1.0 caller: Where is ORD-4715B?
1.5-3.0 agent: That's O, R, D, dash, 4, 7, 1, 5, B. Is that right?
3.3-3.8 caller: Yes.
4.0-4.9 agent: Let me look that up.
5.0-5.5 lookup_order order_id=ORD-4715B
"""
AGREED = """
0.0-1.0 caller: Please cancel ORD-4715B.
1.5-4.0 agent: Shall I cancel order ORD-4715B? This cannot be undone.
4.3-4.8 caller: Yes, cancel it.
5.0-5.5 cancel_order order_id=ORD-4715B
"""
HUMAN = "0.0-1.0 caller: Get me a human."
HAND_OVER = "5.0-5.5 escalate_to_human reason=asked"


def nameless(at_s: float, arguments: Any = None) -> AgentEvent:
    """Return the end of an item that is a call of an unknown tool."""
    told = None if arguments is None else json.dumps(arguments)
    call = Item(f"item_{at_s}", ItemKind.FUNCTION_CALL, call_id=f"call_{at_s}", arguments=told)
    return AgentEvent(at_s, OutputItemDone("r", 0, call))


def call(script: str, *came: AgentEvent, **more: Any) -> Recording:
    spoken = record(script, **more)
    events = sorted((*spoken.events, *came), key=lambda event: event.at_s)
    return replace(spoken, events=tuple(events))


def score(recording: Recording, scorer: str) -> Score:
    told = judge(recording).judgements
    return next(each.score for each in told if each.scorer.scorer_name == scorer)


def tools(*wanted: Any) -> dict[str, Any]:
    return {"tools": list(wanted)}


LOOK: dict[str, Any] = {"name": "lookup_order", "arguments": {"order_id": "{order_id}"}}
NEVER: dict[str, Any] = {"never": ["cancel_order"]}
ORDER: dict[str, Any] = {"order": ["lookup_order", "cancel_order"]}
BOTH = f"{LOOKUP}\n{CANCEL}"
WRONG = "1.0-1.5 cancel_order order_id=ORD-4715B\n5.0-5.5 lookup_order order_id=ORD-4715B"

# the expectation, the call, the items without a name, the verdict, and a part of its reason
EXPECTED: dict[str, tuple[dict[str, Any], str, list[AgentEvent], Outcome, str]] = {
    "it may be the one that is missing": (
        tools(LOOK), "", [nameless(12.4, HERS)], OPEN,
        "a tool call came without a name at 0:12.4; whether lookup_order(order_id=ORD-4715B) was "
        "called cannot be told",
    ),
    "or not, by its arguments": (
        tools(LOOK), "", [nameless(12.4, {"order_id": "ORD-9"})], FAIL, "was called 0 times",
    ),
    "it may be whatever is wanted without arguments": (
        tools({"name": "wait_for_user"}), "", [nameless(2.0, {"x": 1})], OPEN, "whether wait_for",
    ),
    "arguments that cannot be read rule nothing out": (
        tools(LOOK), "", [nameless(2.0), nameless(3.0)], OPEN,
        "2 tool calls came without a name, the first at 0:02.0; whether lookup_order",
    ),
    "it may be one too many": (
        tools(LOOK), LOOKUP, [nameless(7.0, HERS)], OPEN,
        "how often lookup_order(order_id=ORD-4715B) was called cannot be told",
    ),
    "another value is not one too many": (
        tools(LOOK), LOOKUP, [nameless(7.0, {"order_id": "ORD-9"})], PASS, "",
    ),
    "too many are too many": (
        tools(LOOK | {"times": 1}), LOOKUP + "\n6.0-6.5 lookup_order order_id=ORD-4715B",
        [nameless(7.0, HERS)], FAIL, "2 times",
    ),
    "it may be one of several": (
        tools({"one_of": [LOOK, {"name": "cancel_order"}]}), "", [nameless(7.0, HERS)], OPEN,
        "whether lookup_order",
    ),
    "one of several that was made": (
        tools({"one_of": [LOOK, {"name": "cancel_order"}]}), LOOKUP,
        [nameless(7.0, {"order_id": "ORD-9"})], PASS, "",
    ),
    "it may be what never should be": (
        NEVER, "", [nameless(7.0, {})], OPEN,
        "a tool call came without a name at 0:07.0; whether cancel_order was called cannot be told",
    ),
    "what was called and never should be was called": (
        NEVER, CANCEL, [nameless(7.0)], FAIL, "cancel_order was called and never should be",
    ),
    "the missing one of an order": (
        ORDER, LOOKUP, [nameless(9.0)], OPEN, "whether the order lookup_order, cancel_order was",
    ),
    "a last one that came too early": (ORDER, BOTH, [nameless(4.0)], OPEN, "was kept cannot"),
    "nothing changes an order that was kept": (ORDER, BOTH, [nameless(6.0)], PASS, ""),
    "a first one in time": (ORDER, WRONG, [nameless(0.5)], OPEN, "was kept cannot be told"),
    "nothing mends an order that was not kept": (ORDER, WRONG, [nameless(3.0)], FAIL, "before"),
    "words before a tool have no place": (
        {"says": [{"phrase": "let me look", "before": "lookup_order"}]},
        "4.0-4.9 agent: Let me look that up.\n" + LOOKUP, [nameless(2.0)], OPEN,
        "when lookup_order was first called cannot be told",
    ),
    "words before a tool that was not named": (
        {"says": [{"phrase": "let me look", "before": "lookup_order"}]},
        "4.0-4.9 agent: Let me look that up.", [nameless(5.0)], OPEN, "when lookup_order was first",
    ),
    "words before a first call": (
        {"says": [{"phrase": "let me look", "before": "lookup_order"}]},
        "4.0-4.9 agent: Let me look that up.\n" + LOOKUP, [nameless(7.0)], PASS, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_expected_of_tools(name: str) -> None:
    expect, script, came, outcome, reason = EXPECTED[name]
    found = score(call(script, *came, scenario={"expect": expect}), "expectations")
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason
    if outcome is OPEN and "says" not in expect:
        assert [span.start_s for span in found.evidence][:1] == pytest.approx([came[0].at_s])


DUE: dict[str, Any] = {"expect": {"escalation": {"due_after_turn": 1, "tool": "escalate_to_human"}}}
SAID = "\n4.0-4.9 agent: Connecting you with a specialist.\n"
# scorer, scenario, the call, when a call without a name came, the verdict, a part of its reason
RULES: dict[str, tuple[str, dict[str, Any], str, float, Outcome, str]] = {
    "a hand-over that was due": (
        "escalation", DUE, HUMAN, 3.0, OPEN, "whether escalate_to_human was called cannot be told",
    ),
    "a hand-over that was not due": (
        "escalation", {}, HUMAN, 3.0, OPEN, "whether escalate_to_human was called cannot be told",
    ),
    "a promise that is wrong either way": (
        "escalation", {}, HUMAN + SAID, 3.0, FAIL, "was promised",
    ),
    "a hand-over that was made": ("escalation", DUE, HUMAN + SAID + HAND_OVER, 7.0, PASS, ""),
    "a hand-over before the one that was made": (
        "escalation", DUE, HUMAN + SAID + HAND_OVER, 3.0, OPEN, "when escalate_to_human was called",
    ),
    "a hand-over after one that failed": (
        "escalation", DUE, HUMAN + SAID + HAND_OVER + " [failed]", 7.0, OPEN, "when escalate_to",
    ),
    "a hand-over that came too early": (
        "escalation", DUE, "0.5-0.8 escalate_to_human\n1.0-2.0 caller: Get me a human.", 0.2, FAIL,
        "too early",
    ),
    "nothing else was changed": (
        "write_confirmation", {}, HUMAN, 3.0, OPEN, "whether anything was changed cannot be told",
    ),
    "an agreed write is not all": (
        "write_confirmation", {}, AGREED, 7.0, OPEN, "whether anything else was changed cannot",
    ),
    "a write that nobody agreed to": ("write_confirmation", {}, CANCEL, 9.0, FAIL, "proposed"),
    "no exact value was used": (
        "entity_confirmation", {}, HUMAN, 3.0, OPEN, "whether it used an exact value cannot be",
    ),
    "a confirmed value is not all": ("entity_confirmation", {}, READ_BACK, 7.0, OPEN, "whether it"),
    "a value that nobody read back": ("entity_confirmation", {}, LOOKUP, 9.0, FAIL, "read back"),
    "no preamble was owed": (
        "preamble", {}, HUMAN, 3.0, OPEN, "whether there had to be a preamble cannot be told",
    ),
    "a preamble that was not heard": ("preamble", {}, LOOKUP, 9.0, FAIL, "nothing was heard"),
    "an announcement that a call followed": (
        "preamble", {}, HUMAN + "\n1.5-2.5 agent: Let me look that up.", 3.0, OPEN, "whether there",
    ),
    "words that say again": (
        "preamble", {}, HUMAN + "\n3.5-4.5 agent: Let me try again.\n" + LOOKUP, 2.0, OPEN,
        "whether there had to be",
    ),
    "quiet on purpose": (
        "time_to_first_audio", {}, HUMAN, 3.0, OPEN, "whether the agent was quiet on purpose",
    ),
    "quiet after that": (
        "time_to_first_audio", {}, HUMAN + "\n9.0-9.5 caller: Hello?", 3.0, FAIL,
        "no answer to 'Hello?'",
    ),
    "an answer with a tool in between": (
        "time_to_first_audio", {}, HUMAN + "\n3.5-4.5 agent: One moment.", 2.0, PASS, "with a tool",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_what_is_asked_of_a_conversation(name: str) -> None:
    scorer, scenario, script, at_s, outcome, reason = RULES[name]
    found = score(call(script, nameless(at_s, HERS), scenario=scenario), scorer)
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


def without(*kinds: str) -> dict[str, Any]:
    """Return a suite without the tools of some kind."""
    left = [tool for tool in SUITE["tools"] if tool["kind"] not in kinds]
    return {"tools": [{k: v for k, v in tool.items() if k not in kinds} for tool in left]}


@pytest.mark.parametrize(
    ("scorer", "suite", "outcome"),
    [
        ("escalation", without("escalate"), Outcome.NOT_APPLICABLE),
        ("write_confirmation", without("write"), Outcome.NOT_APPLICABLE),
        ("entity_confirmation", without("exact"), Outcome.NOT_APPLICABLE),
        ("preamble", without("preamble"), Outcome.NOT_APPLICABLE),
        ("time_to_first_audio", without("no_op"), FAIL),
    ],
)
def test_what_no_tool_of_the_suite_could_be_is_certain(
    scorer: str, suite: dict[str, Any], outcome: Outcome
) -> None:
    came = nameless(3.0, HERS)
    assert score(call(HUMAN, came), scorer).outcome is OPEN
    assert score(call(HUMAN, came, suite=suite), scorer).outcome is outcome


def test_a_value_that_was_used_without_a_name_was_used() -> None:
    taken_back = READ_BACK.replace("5.0-5.5", "9.0-9.5") + "6.0-6.5 caller: No."
    wrong = score(call(taken_back), "entity_confirmation")
    assert (wrong.outcome, "said no" in wrong.reason) == (FAIL, True), wrong.reason
    assert score(call(taken_back, nameless(5.0, HERS)), "entity_confirmation").outcome is OPEN


def test_an_agent_that_stayed_silent_was_not_quiet_on_purpose() -> None:
    silent = call(HUMAN, nameless(3.0), status=CallStatus.AGENT_SILENT)
    assert score(silent, "time_to_first_audio").outcome is FAIL


@pytest.mark.parametrize("left_out", [None, ""])
@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        (tools(LOOK), PASS),
        (tools({**LOOK, "times": 2}), FAIL),
        (tools({**LOOK, "arguments": {"order_id": "ORD-9"}}), FAIL),
        ({"never": ["lookup_order"]}, FAIL),
        (NEVER, PASS),
    ],
)
def test_a_call_without_an_id_is_known_by_its_name(
    left_out: str | None, expect: dict[str, Any], outcome: Outcome
) -> None:
    called = Item(
        left_out, ItemKind.FUNCTION_CALL, call_id=left_out, name="lookup_order",
        arguments=json.dumps(HERS),
    )  # fmt: skip
    came = AgentEvent(3.0, OutputItemDone("r", 0, called))
    assert score(call("", came, scenario={"expect": expect}), "expectations").outcome is outcome
