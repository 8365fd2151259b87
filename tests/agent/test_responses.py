"""Response options of a client, and out-of-band responses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.agent_driver import LOOKUP, Driver, asked, types_of

from harness.agent.server.session_state import Speak
from harness.protocol.commands import (
    ConfigureSession,
    CreateResponse,
    ResponseOptions,
    SessionConfig,
    Tool,
    TruncateItem,
)

PROMPT = "Always read back the number and ask whether it is right. Orders: ORD-4715B."
ANGER = Tool(
    "note_mood",
    "",
    {
        "type": "object",
        "properties": {
            "mood": {"type": "string", "enum": ["calm", "angry"]},
            "level": {"type": "integer"},
            "more": {"type": "string"},
        },
        "required": ["mood", "level"],
    },
)


def _out_of_band(driver: Driver, **more: Any) -> list[dict[str, Any]]:
    return driver.send(type="response.create", response={"conversation": "none", **more})


def _done(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["response"] for event in events if event["type"] == "response.done"]


def _typed(*tools: Tool) -> Driver:
    driver = Driver()
    driver.do(ConfigureSession(SessionConfig(modalities=("text",), tools=tools)))
    return driver


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_out_of_band_responses_run_at_once_with_one_in_the_conversation(modality: str) -> None:
    driver = asked()
    driver.do(CreateResponse())
    begun = [_out_of_band(driver, metadata={"n": n}, output_modalities=[modality]) for n in "12"]
    assert not any("error" in types_of(events) for events in begun)
    done = _done(driver.wait(5.0))
    assert sorted((r["metadata"] or {}).get("n", "") for r in done) == ["", "1", "2"]
    assert {r["status"] for r in done} == {"completed"}
    main = next(r for r in done if r["metadata"] is None)
    assert [item["type"] for item in main["output"]] == ["message", "function_call"]


def test_what_is_answered_out_of_band_changes_nothing_in_the_conversation() -> None:
    driver = _typed(LOOKUP)
    driver.do(ConfigureSession(SessionConfig(instructions=PROMPT)))
    assert "right" in driver.say("Where is my order ORD-4715B?")
    _out_of_band(driver)
    driver.wait(5.0)
    driver.say("Yes")
    assert [item["type"] for item in driver.output()][-1] == "function_call"


def test_an_out_of_band_response_is_cancelled_by_its_id_alone() -> None:
    driver = asked()
    driver.do(CreateResponse())
    answer_id = _out_of_band(driver, output_modalities=["text"])[0]["response"]["id"]
    (cancelled,) = _done(driver.send(type="response.cancel", response_id=answer_id))
    assert (cancelled["id"], cancelled["status"]) == (answer_id, "cancelled")
    assert len(_done(driver.wait(5.0))) == 1


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_a_response_that_has_no_more_tokens_is_incomplete(modality: str) -> None:
    driver = asked()
    events = driver.send(
        type="response.create", response={"max_output_tokens": 4, "output_modalities": [modality]}
    )
    events += driver.wait(5.0)
    (response,) = _done(events)
    assert response["status"] == "incomplete"
    assert response["status_details"]["reason"] == "max_output_tokens"
    assert response["output"][0]["status"] == "incomplete"
    assert 4 <= response["usage"]["output_tokens"] <= 10


CHOICES = [
    ("required", [LOOKUP], [("lookup_order", '{"order_id":"ORD-4715B"}')]),
    ("required", [ANGER], [("note_mood", '{"mood":"calm","level":0}')]),
    ("required", [], []),
    ({"type": "function", "name": "note_mood"}, [LOOKUP, ANGER], [("note_mood", None)]),
    ("none", [LOOKUP], []),
]


@pytest.mark.parametrize(("choice", "tools", "calls"), CHOICES)
def test_a_tool_is_called_where_the_client_demands_it(
    choice: Any, tools: list[Tool], calls: list[tuple[str, str | None]]
) -> None:
    driver = _typed(*tools)
    driver.do(ConfigureSession(SessionConfig(instructions=PROMPT)))
    driver.types("Where is my order ORD-4715B?")
    driver.send(type="response.create", response={"tool_choice": choice})
    driver.wait(5.0)
    made = [item for item in driver.output() if item["type"] == "function_call"]
    assert [item["name"] for item in made] == [name for name, _ in calls]
    for item, (_, arguments) in zip(made, calls, strict=True):
        assert arguments is None or item["arguments"] == arguments


def test_a_response_that_is_over_cannot_be_cancelled() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(5.0)
    answer_id = _out_of_band(driver, output_modalities=["text"])[0]["response"]["id"]
    driver.wait(5.0)
    (refused,) = driver.send(type="response.cancel", response_id=answer_id)
    assert refused["error"]["code"] == "response_cancel_not_active"


def test_an_out_of_band_response_without_a_voice_fails_and_is_over() -> None:
    driver = asked()
    driver.session.command(
        CreateResponse(ResponseOptions(conversation="none", modalities=("audio",))), driver.now
    )
    outbox = driver.session.state.outbox
    (job,) = [each.job for each in outbox if isinstance(each, Speak)]
    outbox.remove(next(each for each in outbox if isinstance(each, Speak)))
    driver.session.failed(job, "no voice", driver.now)
    driver.flush()
    (failed,) = _done(driver.events)
    assert (failed["status"], failed["status_details"]["error"]["code"]) == (
        "failed",
        "server_error",
    )
    (refused,) = driver.send(type="response.cancel", response_id=failed["id"])
    assert refused["error"]["code"] == "response_cancel_not_active"


# The conversation asked whether 4715B is right: neither is an answer to that.
@pytest.mark.parametrize("typed", ["Yes", "Where is my order ORD-9120C?"])
def test_input_out_of_band_is_no_word_of_the_conversation(typed: str) -> None:
    driver = _typed(LOOKUP)
    driver.do(ConfigureSession(SessionConfig(instructions=PROMPT)))
    assert "right" in driver.say("Where is my order ORD-4715B?")
    content = [{"type": "input_text", "text": typed}]
    _out_of_band(driver, input=[{"type": "message", "role": "user", "content": content}])
    driver.wait(5.0)
    assert "function_call" not in [item["type"] for item in driver.output()]
    driver.say("Yes")
    (call,) = [item for item in driver.output() if item["type"] == "function_call"]
    assert json.loads(call["arguments"]) == {"order_id": "ORD-4715B"}


def test_a_session_limits_the_tokens_of_its_responses() -> None:
    driver = asked()
    driver.do(ConfigureSession(SessionConfig(max_output_tokens=4)))
    driver.do(CreateResponse())
    driver.wait(5.0)
    (done,) = _done(driver.events)
    assert (done["status"], done["max_output_tokens"]) == ("incomplete", 4)


@pytest.mark.parametrize(("heard_ms", "calls"), [(10, 0), (2990, 1)])
def test_a_question_that_was_cut_before_it_was_heard_is_not_answered(
    heard_ms: int, calls: int
) -> None:
    driver = Driver()
    driver.do(ConfigureSession(SessionConfig(instructions=PROMPT, tools=(LOOKUP,))))
    assert "right" in driver.say("Where is my order ORD-4715B?")
    (question,) = driver.output()
    driver.do(TruncateItem(question["id"], 0, heard_ms))
    driver.say("Yes")
    assert [item["type"] for item in driver.output()].count("function_call") == calls


def test_a_call_that_never_left_is_made_when_it_is_asked_for_again() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(0.9)  # more than a false start, and the words before the call are still leaving
    (cut,) = _done(driver.send(type="response.cancel"))
    assert [item["type"] for item in cut["output"]] == ["message"]
    assert driver.say("Hello? Are you still there?") != ""
    driver.say("Where is my order ORD-4715B?")
    assert "function_call" in [item["type"] for item in driver.output()]


def test_what_was_cut_stays_cut_when_its_response_is_cancelled() -> None:
    driver = asked()
    driver.do(CreateResponse())
    driver.wait(0.5)
    added = next(each for each in driver.events if each["type"] == "response.output_item.added")
    item_id = added["item"]["id"]
    driver.do(TruncateItem(item_id, 0, 10))
    driver.send(type="response.cancel")
    (refused,) = driver.do(TruncateItem(item_id, 0, 200))
    assert refused["error"]["message"] == "Audio content of 10ms is already shorter than 200ms"
