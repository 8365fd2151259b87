"""Options that a client sets on a response hold for that response only."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from support.agent_driver import LOOKUP, Driver

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import dictated
from harness.agent.desk.speech_acts import DeskWords
from harness.protocol.commands import ConfigureSession, SessionConfig

PROMPT = "Always read back the number and ask whether it is right. Orders: ORD-4715B."
NO_READ_BACK = "Look orders up at once. Orders: ORD-4715B."
ORDER = "Where is my order ORD-4715B?"
READ_BACK = "O, R, D, dash, four, seven, one, five, B"


def _typed(*, modality: str = "text", instructions: str = PROMPT) -> Driver:
    driver = Driver()
    config = SessionConfig(modalities=(modality,), instructions=instructions, tools=(LOOKUP,))
    driver.do(ConfigureSession(config))
    return driver


def _said_by(role: str, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def _answer(driver: Driver, **options: Any) -> dict[str, Any]:
    """Ask for a response with options, wait for its end and return it."""
    events = driver.send(type="response.create", response=options) + driver.wait(30.0)
    done = [event["response"] for event in events if event["type"] == "response.done"]
    assert len(done) == 1, events
    return done[0]


def _words(response: dict[str, Any]) -> str:
    parts = [part for item in response["output"] for part in item.get("content") or ()]
    return " ".join(part.get("text") or part.get("transcript") or "" for part in parts)


def _calls(response: dict[str, Any]) -> list[str]:
    return [item["arguments"] for item in response["output"] if item["type"] == "function_call"]


def test_instructions_of_one_response_hold_in_place_of_the_sessions_and_no_longer() -> None:
    driver = _typed()
    driver.types(ORDER)
    assert _calls(_answer(driver, instructions=NO_READ_BACK)) == ['{"order_id":"ORD-4715B"}']
    other = _typed(instructions=NO_READ_BACK)
    assert _words(_answer(other, instructions=PROMPT))
    other.types(ORDER)
    assert _calls(_answer(other)) == ['{"order_id":"ORD-4715B"}']


DICTATED = [
    (ENGLISH_DESK, 'Say exactly: "Hello there."', "", "Hello there."),
    (ENGLISH_DESK, "Greet the caller with 'Hello! It is me.'", "", "Hello! It is me."),
    (ENGLISH_DESK, "Say the following: Thank you for holding.", "", "Thank you for holding."),
    (ENGLISH_DESK, "Greet the user and offer your help.", "", ""),
    (ENGLISH_DESK, "Do not say 'sorry'.", "", ""),
    (ENGLISH_DESK, 'When the caller leaves, say "Goodbye."', "", ""),
    (ENGLISH_DESK, 'Say "Hello." ' + "Be kind. " * 150, "", ""),
    (ENGLISH_DESK, "Answer with one of: billing, shipping, other.", "It was shipped.", "shipping"),
    (ENGLISH_DESK, "Answer with one of: billing, shipping, other.", "Hello?", "other"),
    (ENGLISH_DESK, 'Classify the call as "refund" or "look-up".', "refund it", "refund"),
    (ENGLISH_DESK, "Answer with yes or no: is it urgent?", "Not at all.", "no"),
    (GERMAN_DESK, "Sage: „Guten Tag.“", "", "Guten Tag."),
    (GERMAN_DESK, "Antworte mit einem von: Rechnung, Versand, anderes", "der Versand", "Versand"),
    (GERMAN_DESK, "Wenn er geht, sage „Tschüss“.", "", ""),
]


@pytest.mark.parametrize(("words", "instructions", "context", "said"), DICTATED)
def test_words_that_instructions_dictate_are_found(
    words: DeskWords, instructions: str, context: str, said: str
) -> None:
    assert dictated(instructions, context, words.prompts) == said


def test_dictated_words_are_said_in_and_out_of_the_conversation() -> None:
    driver = _typed()
    hello = {"instructions": 'Say "Welcome to the shop."'}
    assert _words(_answer(driver, **hello)) == "Welcome to the shop."
    assert _words(_answer(driver, **hello, conversation="none")) == "Welcome to the shop."
    driver.types("My parcel was to be shipped, ORD-4715B.")
    asked = {"instructions": "Classify: one of billing, shipping, other.", "conversation": "none"}
    assert _words(_answer(driver, **asked)) == "shipping"
    assert READ_BACK in _words(_answer(driver))


IN_AND_OUT = [{}, {"conversation": "none"}]


@pytest.mark.parametrize("where", IN_AND_OUT)
def test_input_is_answered_in_place_of_the_conversation(where: dict[str, Any]) -> None:
    driver = _typed()
    driver.types(ORDER)
    own = [_said_by("user", "Hello?")]
    assert READ_BACK not in _words(_answer(driver, input=own, **where))
    assert READ_BACK in _words(_answer(driver))


def test_input_may_be_a_whole_conversation_and_refer_to_items_of_the_session() -> None:
    driver = _typed()
    driver.types(ORDER)
    question = next(e["item"]["id"] for e in driver.events if "item" in e)
    own = [
        {"type": "item_reference", "id": question},
        _said_by("assistant", "That is O R D dash 4 7 1 5 B. Is that right?"),
        _said_by("user", "Yes, that is right."),
    ]
    done = _answer(driver, input=own, conversation="none")
    assert _calls(done) == ['{"order_id":"ORD-4715B"}']
    call = {"type": "function_call", "call_id": "c1", "name": "lookup_order", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c1", "output": '{"status":"shipped"}'}
    assert "shipped" in _words(_answer(driver, input=[*own, call, output], conversation="none"))


@pytest.mark.parametrize("where", IN_AND_OUT)
def test_input_may_be_sound(where: dict[str, Any]) -> None:
    driver = _typed()
    sound = base64.b64encode(np.zeros(24_000, "<i2").tobytes()).decode()
    part = {"type": "input_audio", "audio": sound}
    own = [{"type": "message", "role": "user", "content": [part]}]
    assert READ_BACK in _words(_answer(driver, input=own, **where))


@pytest.mark.parametrize("where", IN_AND_OUT)
@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"type": "item_reference", "id": "item_9"}, "item_retrieve_invalid_item_id"),
        (
            {"type": "function_call_output", "call_id": "call_9", "output": ""},
            "invalid_tool_call_id",
        ),
    ],
)
def test_input_that_cannot_be_answered_is_refused_and_no_response_begins(
    item: dict[str, Any], code: str, where: dict[str, Any]
) -> None:
    driver = _typed()
    (refused,) = driver.send(type="response.create", response={"input": [item], **where})
    assert refused["error"]["code"] == code
    assert _words(_answer(driver))


def test_what_is_open_is_answered_out_of_band_and_stays_open() -> None:
    driver = _typed()
    driver.types(ORDER)
    assert READ_BACK in _words(_answer(driver, conversation="none"))
    assert READ_BACK in _words(_answer(driver))


@pytest.mark.parametrize("where", IN_AND_OUT)
def test_voice_and_format_are_those_of_the_response(where: dict[str, Any]) -> None:
    driver = _typed(modality="audio")
    spoken = {"voice": "cedar", "format": {"type": "audio/pcmu"}}
    done = _answer(driver, audio={"output": spoken}, **where)
    told = done["audio"]["output"]
    assert (told["voice"], told["format"]["type"]) == ("cedar", "audio/pcmu")
    sent = [e["delta"] for e in driver.events if e["type"] == "response.output_audio.delta"]
    assert len(base64.b64decode(sent[0])) == 800  # a tenth of a second, a byte per sample


def test_the_voice_cannot_change_after_it_was_heard() -> None:
    driver = _typed(modality="audio")
    _answer(driver)
    spoken = {"output": {"voice": "cedar"}}
    (refused,) = driver.send(type="response.create", response={"audio": spoken})
    assert refused["error"]["code"] == "cannot_update_voice"
    assert _answer(driver, audio=spoken, conversation="none")["status"] == "completed"


def test_tools_and_metadata_are_those_of_the_response() -> None:
    driver = _typed(instructions=NO_READ_BACK)
    driver.types(ORDER)
    without = _answer(driver, tools=[], metadata={"step": "3"}, conversation="none")
    assert (_calls(without), without["metadata"]) == ([], {"step": "3"})
    done = _answer(driver)
    assert (_calls(done), done["metadata"]) == (['{"order_id":"ORD-4715B"}'], None)
