"""Typed sessions: what was sent was told, and what was not asked yet is not answered."""

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


def test_a_proposal_in_text_is_agreed_to_and_carried_out() -> None:
    driver = _typed("text")
    driver.say("Please cancel order ORD-4715B.")
    assert "cancel" in driver.say("Yes")
    driver.say("Yes, go ahead.")
    assert _calls(driver) == ["cancel_order"]
