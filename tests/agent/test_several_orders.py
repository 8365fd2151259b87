"""Two orders in one question: two lookups, parallel or in sequence, and a single answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.agent_driver import LOOKUP, Driver
from support.desk_call import DeskCall

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.protocol.commands import ConfigureSession, SessionConfig

PROMPT = (
    "Always read back the number and ask whether it is right. Orders: ORD-4715B, ORD-8263K."
    " Before you call a tool, always say one short sentence."
)
FIRST, SECOND = "ORD-4715B", "ORD-8263K"
STATUS = {FIRST: "shipped", SECOND: "processing"}
ANSWER = "four, seven, one, five, B: Your order has shipped. About O, R, D, dash, eight"


def _agreed(*, parallel: bool | None, of_response: bool | None = None) -> Driver:
    """A call in which both numbers were read back and accepted, and the lookup was begun."""
    driver = Driver()
    config = SessionConfig(
        modalities=("text",), instructions=PROMPT, tools=(LOOKUP,), parallel_tool_calls=parallel
    )
    driver.do(ConfigureSession(config))
    said = driver.say(f"Where are my orders {FIRST} and {SECOND}?")
    assert "five, B, and O, R, D" in said
    driver.types("Yes, that's right.")
    driver.send(type="response.create", response={"parallel_tool_calls": of_response})
    driver.wait(30.0)
    return driver


def _calls(driver: Driver) -> list[dict[str, Any]]:
    return [item for item in driver.output() if item["type"] == "function_call"]


def _asked_for(driver: Driver) -> list[str]:
    return [json.loads(call["arguments"])["order_id"] for call in _calls(driver)]


def _returns(driver: Driver, call: dict[str, Any]) -> None:
    status = STATUS[json.loads(call["arguments"])["order_id"]]
    output = {"type": "function_call_output", "call_id": call["call_id"]}
    item = {**output, "output": json.dumps({"status": status})}
    driver.send(type="conversation.item.create", item=item)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("each_answered", [False, True])
def test_both_calls_stand_in_one_response_and_the_answer_comes_after_both_results(
    turned: bool, each_answered: bool
) -> None:
    driver = _agreed(parallel=None)
    assert [item["type"] for item in driver.output()] == ["message", *["function_call"] * 2]
    assert _asked_for(driver) == [FIRST, SECOND]
    first, last = sorted(_calls(driver), key=lambda call: call["arguments"], reverse=turned)
    _returns(driver, first)
    if each_answered:
        assert (driver.answer(), driver.output()) == ("", [])
    _returns(driver, last)
    assert ANSWER in driver.answer()


@pytest.mark.parametrize(("session", "response"), [(False, None), (True, False), (None, False)])
def test_without_parallel_calls_one_follows_the_other(
    session: bool | None, response: bool | None
) -> None:
    driver = _agreed(parallel=session, of_response=response)
    assert _asked_for(driver) == [FIRST]
    _returns(driver, _calls(driver)[0])
    assert (driver.answer(), _asked_for(driver)) == ("", [SECOND])
    _returns(driver, _calls(driver)[0])
    assert ANSWER in driver.answer()


def test_the_options_of_a_response_allow_what_the_session_does_not() -> None:
    assert _asked_for(_agreed(parallel=False, of_response=True)) == [FIRST, SECOND]


def test_a_caller_who_asks_meanwhile_is_told_to_wait() -> None:
    driver = _agreed(parallel=True)
    _returns(driver, _calls(driver)[0])
    driver.answer()
    assert "still" in driver.say("Hello? Where is my order?")


DESKS = [
    (
        ENGLISH_DESK,
        "Look up at once. Orders: ORD-4715B, ORD-8263K.",
        "Where are ORD-4715B and also ORD-8263K?",
        2,
    ),
    (GERMAN_DESK, "Bestellungen: ORD-4715B, ORD-8263K.", "Wo sind ORD-4715B und ORD-8263K?", 2),
    (ENGLISH_DESK, "Orders: ORD-4715B, ORD-8263K.", "No, not ORD-4715B and ORD-8263K.", 1),
    (ENGLISH_DESK, "Orders: ORD-4715B, ORD-8263K.", "Cancel ORD-4715B and ORD-8263K.", 1),
    (ENGLISH_DESK, "Orders: ORD-4715B.", "Where is ORD-4715B and ORD-4715B?", 1),
    (ENGLISH_DESK, "Orders: ORD-4715B.", "Where is ORD-4715B, and what is the time?", 1),
]


@pytest.mark.parametrize(("words", "prompt", "said", "calls"), DESKS)
def test_only_numbers_to_look_up_are_taken_together(
    words: Any, prompt: str, said: str, calls: int
) -> None:
    call = DeskCall(words=words, prompt=prompt, seed=7)
    assert len(call.say(said).calls) == calls


def test_an_order_that_is_not_found_is_told_beside_the_one_that_is() -> None:
    call = DeskCall(words=ENGLISH_DESK, prompt="Look up at once. Orders: ORD-4715B, ORD-8263K.")
    call.say("Where are ORD-4715B and ORD-8263K?")
    found, missing = call.reply.calls
    call.give(json.dumps({"status": "shipped"}))
    call.reply = type(call.reply)("", (missing,))
    said = call.give(json.dumps({"error": "not_found"})).say
    assert "has shipped" in said
    assert "eight, two, six, three, K" in said.partition("has shipped")[2]
    assert found != missing
