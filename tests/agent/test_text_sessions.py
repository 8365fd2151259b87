"""Text sessions: sent text counts as said, and a question not yet asked gets no answer."""

from __future__ import annotations

import json

import pytest
from support.agent_driver import LOOKUP, Driver

from harness.protocol.commands import ConfigureSession, SessionConfig, Tool

CANCEL = Tool("cancel_order", "", LOOKUP.parameters)
ESCALATE = Tool("escalate_to_human", "", {"type": "object", "properties": {}})
PROMPT = (
    "Always read back the order number, character by character, and ask whether it is right "
    "before you call a tool. Before you change anything, always ask for confirmation. "
    "If a read-back is interrupted, read the whole number again. "
    "After two failed tool calls, always hand over to a human. "
    "Before you call a tool, always say one short sentence. Orders: ORD-4715B."
)
FOUND = json.dumps({"status": "shipped"})


def _typed(*modalities: str) -> Driver:
    driver = Driver()
    tools = (LOOKUP, CANCEL, ESCALATE)
    config = SessionConfig(
        instructions=PROMPT, tools=tools, modalities=modalities, turn_detection_off=True
    )
    driver.do(ConfigureSession(config))
    return driver


def _calls(driver: Driver) -> list[str]:
    return [item["name"] for item in driver.output() if item["type"] == "function_call"]


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_a_yes_to_a_read_back_goes_on_to_the_tool_and_its_answer(modality: str) -> None:
    driver = _typed(modality)
    assert "Is that" in driver.say("Where is my order ORD-4715B?")
    driver.say("Yes")
    assert _calls(driver) == ["lookup_order"]
    driver.tool_returns(FOUND)
    assert "shipped" in driver.answer()


def test_what_was_before_the_session_is_taken_as_told() -> None:
    driver = _typed("text")
    driver.types("Where is my order ORD-4715B?")
    said = {"type": "message", "role": "assistant"}
    words = [{"type": "output_text", "text": "One moment, please."}]
    driver.send(type="conversation.item.create", item={**said, "content": words})
    call = {"call_id": "earlier_1", "name": "lookup_order"}
    asked = {"type": "function_call", **call, "arguments": '{"order_id":"ORD-4715B"}'}
    driver.send(type="conversation.item.create", item=asked)
    back = {"type": "function_call_output", "call_id": "earlier_1", "output": FOUND}
    driver.send(type="conversation.item.create", item=back)
    assert "shipped" in driver.say("Hello? Are you still there?")


def test_a_proposal_in_text_is_agreed_to_and_carried_out() -> None:
    driver = _typed("text")
    driver.say("Please cancel order ORD-4715B.")
    assert "cancel" in driver.say("Yes")
    driver.say("Yes, go ahead.")
    assert _calls(driver) == ["cancel_order"]


def test_a_text_answer_that_was_cut_counts_as_far_as_it_was_sent() -> None:
    driver = _typed("text")
    driver.types("Where is my order ORD-4715B?")
    driver.send(type="response.create")
    driver.wait(0.05)
    driver.send(type="response.cancel")
    assert "Is that" in driver.say("Yes")
    driver.say("Yes")
    assert _calls(driver) == ["lookup_order"]


@pytest.mark.parametrize("modality", ["text", "audio"])
@pytest.mark.parametrize("after_s", [0.01, 2.0])
def test_a_result_whose_answer_was_cut_before_its_call_is_not_lost(
    modality: str, after_s: float
) -> None:
    driver = _typed(modality)
    driver.voice_s = 30.0
    driver.say("Where is my order ORD-4715B?")
    driver.say("Yes")
    failed = json.dumps({"error": "timeout"})
    driver.tool_returns(failed)
    driver.answer()
    driver.say("Yes, try again.")
    assert _calls(driver) == ["lookup_order"]
    driver.tool_returns(failed)
    driver.send(type="response.create")
    driver.wait(min(after_s, 0.03) if modality == "text" else after_s)
    driver.send(type="response.cancel")
    driver.say("Hello? Where is my order?")
    assert _calls(driver) == ["escalate_to_human"]


@pytest.mark.parametrize("words", ["No, wait…", "No.", "Yes"])
def test_a_question_that_was_not_heard_is_not_answered(words: str) -> None:
    driver = _typed("audio")
    driver.voice_s = 8.0
    driver.say("Where is my order ORD-4715B?")
    driver.say("Yes")
    driver.tool_returns(FOUND)
    driver.send(type="response.create")
    driver.wait(1.0)
    driver.send(type="response.cancel")
    answer = driver.say(words)
    assert "bye" not in answer.lower()
    assert "anything else" not in answer.lower()


@pytest.mark.parametrize("words", [None, "Where is my order ORD-4715B?"])
def test_a_picture_is_acknowledged_and_the_words_beside_it_are_answered(words: str | None) -> None:
    driver = _typed("text")
    parts = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]
    if words is not None:
        parts.append({"type": "input_text", "text": words})
    item = {"type": "message", "role": "user", "content": parts}
    driver.send(type="conversation.item.create", item=item)
    answer = driver.answer()
    assert "picture" in answer
    assert ("Is that" in answer) is (words is not None)
