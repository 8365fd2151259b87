"""Faults and quirks in how tools are called, and in the agent's words when they fail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.desk_call import DONE, DOWN, FOUND, Call, DeskCall

from harness.agent.desk.toolbox import DeskReply
from harness.agent.faults import AgentFault, AgentQuirk, AgentSwitch

ORDER = {"order_id": "ORD-8263K"}
REFUND = "I want a refund of twenty dollars for"


def agreed(call: DeskCall, wish: str = "where is") -> DeskReply:
    """Return the reply that calls the tool: the number is read back, a change proposed."""
    call.say(f"{wish} my order it's O R D dash 8263K")
    reply = call.say("Yes, that's right.")
    return reply if reply.calls else call.say("Yes, please do that.")


CALLS: list[tuple[AgentSwitch | None, str, str, dict[str, Any]]] = [
    (None, REFUND, "refund_order", {**ORDER, "amount": 20}),
    (AgentFault.INVENTS_TOOL, "where is", "search_orders", ORDER),
    (AgentFault.INVENTS_TOOL, "cancel", "cancel_order", ORDER),
    (AgentFault.SENDS_WRONG_TYPE, REFUND, "refund_order", {**ORDER, "amount": "20"}),
    (AgentFault.SENDS_WRONG_TYPE, "where is", "lookup_order", ORDER),
    (AgentFault.ADDS_ARGUMENT, "where is", "lookup_order", {**ORDER, "priority": "high"}),
    (AgentFault.LEAVES_ARGUMENT_OUT, "where is", "lookup_order", {}),
    (AgentFault.LEAVES_ARGUMENT_OUT, REFUND, "refund_order", {"amount": 20}),
    (AgentQuirk.WRITES_DECIMALS, REFUND, "refund_order", {**ORDER, "amount": 20.0}),
]


@pytest.mark.parametrize(("switch", "wish", "name", "arguments"), CALLS)
def test_calls_of_each_switch(
    switch: AgentSwitch | None, wish: str, name: str, arguments: dict[str, Any]
) -> None:
    (made,) = agreed(Call(switch), wish).calls
    assert (made.name, repr(made.arguments)) == (name, repr(arguments))


AFTER_FAILURE: list[tuple[AgentSwitch | None, str, str]] = [
    (None, "cancel", "(did not answer|did not work).*\\?$"),
    (AgentFault.CLAIMS_AFTER_FAILURE, "cancel", "^Your order is cancelled"),
    (AgentFault.CLAIMS_AFTER_FAILURE, REFUND, "^The refund is on its way"),
    (AgentFault.CLAIMS_AFTER_FAILURE, "where is", "(did not answer|did not work).*\\?$"),
    (AgentFault.READS_ERROR_CODE, "where is", "error code 503.*\\?$"),
    (AgentFault.READS_JSON, "where is", '{"error": "unavailable"}.*\\?$'),
    (AgentFault.OFFERS_NOTHING, "where is", "^I'm sorry, that did not work\\.$"),
    (AgentFault.BLAMES_CALLER, "where is", "You must have given me a wrong number\\..*\\?$"),
    (AgentQuirk.TAKES_BLAME, "where is", "not your fault\\..*\\?$"),
    (AgentQuirk.NAMES_FAILED_CHANGE, "cancel", "I could not cancel your order.*\\?$"),
    (AgentQuirk.NAMES_FAILED_CHANGE, "where is", "I could not look up your order.*\\?$"),
    (AgentQuirk.PROMISES_LATER, "cancel", "I'll cancel.*e-mail.*anything else\\?$"),
    (AgentQuirk.SAYS_WHAT_NEXT, "cancel", "[^?]*call us again[^?]*\\.$"),
]


@pytest.mark.parametrize(("switch", "wish", "said"), AFTER_FAILURE)
def test_words_after_a_failed_call_of_each_switch(
    switch: AgentSwitch | None, wish: str, said: str
) -> None:
    call = Call(switch)
    agreed(call, wish)
    reply = call.give(DOWN)
    assert re.search(said, reply.say), reply.say
    assert not reply.calls


@pytest.mark.parametrize(
    ("switch", "made"), [(None, 1), (AgentQuirk.RETRIES_ONCE, 2), (AgentFault.REPEATS_IN_VAIN, 4)]
)
def test_calls_in_a_row_that_fail(switch: AgentSwitch | None, made: int) -> None:
    call, found = Call(switch), []
    reply = agreed(call)
    while reply.calls and reply.calls[0].name == "lookup_order":
        found += reply.calls
        reply = call.give(DOWN)
    assert [one.arguments for one in found] == [ORDER] * made


def test_retries_once_tells_the_result_of_the_second_call() -> None:
    call = Call(AgentQuirk.RETRIES_ONCE)
    agreed(call, "cancel")
    assert call.give(DOWN).calls
    assert "cancelled" in call.give(DONE).say


def test_tells_before_result_names_a_day_with_the_call() -> None:
    call = Call(AgentFault.TELLS_BEFORE_RESULT)
    reply = agreed(call)
    assert "May the third" in reply.say
    assert reply.calls
    assert "April twenty-fifth" in call.give(FOUND).say
    assert "May" not in agreed(Call()).say


def test_tells_other_result_names_another_day() -> None:
    call = Call(AgentFault.TELLS_OTHER_RESULT)
    agreed(call)
    said = call.give(FOUND).say
    assert ("May third" in said, "April" in said) == (True, False)


def test_a_farewell_is_marked_as_one() -> None:
    call = Call()
    agreed(call)
    assert not call.give(FOUND).farewell
    assert call.say("No, that's all. Goodbye.").farewell


def test_a_farewell_after_a_hand_over_is_one_too() -> None:
    call = Call()
    call.say("I want to speak to a human")
    call.give(DONE)
    assert not call.say("Hello?").farewell
    assert call.say("Goodbye.").farewell
