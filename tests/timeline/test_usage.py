"""The cost of a call, from messages with complete, partial or invalid usage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record
from support.stored_messages import decoded

from harness.protocol.events import ResponseDone, SessionLasted, UsageTold
from harness.protocol.items import Response, ResponseStatus, ResponseUsage
from harness.recording.model import AgentEvent, Direction, WireMessage
from harness.timeline.usage import Usage, total, usage

WHOLE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "cached_tokens": 64},
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


def done(found: Any, direction: Direction = Direction.RECEIVED) -> WireMessage:
    return WireMessage(1.0, direction, {"type": "response.done", "response": found})


@pytest.mark.parametrize(
    ("events", "tokens"),
    [
        ([], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": WHOLE})], (1, 119, 13, 64, 30, 91)),
        ([done({"usage": WHOLE}), done({"usage": WHOLE})], (2, 238, 26, 128, 60, 182)),
        ([done({"usage": None}), done({}), done("odd")], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": WHOLE}, Direction.SENT)], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": {"input_token_details": {"text_tokens": "9"}}})], (1, 0, 0, 0, 0, 0)),
    ],
)
def test_tokens_are_summed_over_finished_responses(
    events: list[WireMessage], tokens: tuple[int, ...]
) -> None:
    found = usage(decoded(record("0.0-1.0 caller: A."), events))
    kinds = ("responses", "input_text_tokens", "input_audio_tokens", "cached_tokens")
    kinds += ("output_text_tokens", "output_audio_tokens")
    assert tuple(getattr(found, kind) for kind in kinds) == tokens


def test_the_length_of_a_session_is_the_last_that_was_told_and_work_behind_it_is_summed() -> None:
    events = (
        SessionLasted(15.0),
        UsageTold(ResponseUsage(input_text_tokens=9, output_text_tokens=3)),
        SessionLasted(31.2),
        UsageTold(ResponseUsage(input_text_tokens=1)),
    )
    call = record("0.0-1.0 caller: A.")
    found = usage(replace(call, events=tuple(AgentEvent(1.0, event) for event in events)))
    assert (found.session_s, found.input_text_tokens, found.responses) == (31.2, 10, 2)


def received(*messages: dict[str, Any]) -> Usage:
    events = tuple(WireMessage(1.0, Direction.RECEIVED, message) for message in messages)
    return usage(decoded(record("0.0-1.0 caller: A."), events))


def test_usage_that_is_told_apart_from_responses_counts_for_all_of_them() -> None:
    spent = ResponseUsage(
        total_tokens=30, input_tokens=10, output_tokens=20, output_audio_tokens=20
    )
    over = AgentEvent(1.0, ResponseDone(Response("r1", ResponseStatus.COMPLETED)))
    apart = AgentEvent(1.1, UsageTold(spent))
    found = usage(replace(record("0.0-1.0 caller: A."), events=(over, apart, over, apart)))
    assert (found.responses, found.uncounted_responses) == (2, 0)
    assert (found.output_audio_tokens, found.other_tokens) == (40, 20)


def response(status: str = "completed", **tokens: Any) -> dict[str, Any]:
    found = {"status": status, "usage": tokens or None}
    return {"type": "response.done", "response": found}


def test_cached_tokens_are_kept_by_kind_and_images_are_counted() -> None:
    details = {"text_tokens": 500, "audio_tokens": 900, "image_tokens": 300, "cached_tokens": 700}
    kinds = {"text_tokens": 100, "audio_tokens": 550, "image_tokens": 50}
    found = received(
        response(input_tokens=1700, input_token_details=details | {"cached_tokens_details": kinds}),
        response(input_token_details={"cached_tokens_details": "odd"}),
    )
    assert (found.cached_tokens, found.input_image_tokens) == (700, 300)
    assert found.cached_text_tokens == 100
    assert found.cached_audio_tokens == 550
    assert found.cached_image_tokens == 50
    assert (found.input_tokens, found.output_tokens, found.tokens) == (1700, 0, 1700)


@pytest.mark.parametrize(
    ("tokens", "other"),
    [
        (WHOLE, 0),
        ({"total_tokens": 9}, 9),
        ({"input_tokens": 7, "output_tokens": 5}, 12),
        ({"input_tokens": 7, "input_token_details": {"text_tokens": 4}}, 3),
        ({"input_tokens": 1, "input_token_details": {"text_tokens": 4}}, 0),
        ({"total_tokens": -3}, 0),
    ],
)
def test_tokens_of_no_told_kind_are_kept_apart(tokens: dict[str, Any], other: int) -> None:
    assert received(response(**tokens)).other_tokens == other


def test_responses_without_usage_are_counted_but_for_failed_ones() -> None:
    found = received(response(), response("cancelled"), response("failed"), response(**WHOLE))
    assert (found.responses, found.uncounted_responses) == (1, 2)


def test_transcription_is_counted_by_seconds_or_by_tokens() -> None:
    def transcribed(found: Any) -> dict[str, Any]:
        kind = "conversation.item.input_audio_transcription.completed"
        return {"type": kind, "transcript": "Hi.", "usage": found}

    found = received(
        transcribed({"type": "duration", "seconds": 2.5}),
        transcribed({"type": "duration", "seconds": "3"}),
        transcribed({"type": "duration", "seconds": 1e9}),
        transcribed({"type": "tokens", "input_tokens": 20, "output_tokens": 6, "total_tokens": 26}),
        transcribed(None),
    )
    assert (found.transcribed_s, found.transcription_tokens) == (2.5, 26)


def test_usages_add_up_field_by_field() -> None:
    one = Usage(1, 2, 3, 4, 5, 6, 7.5, 8.5, 9, 10, 11, 12, 13, 14, 15.5, 16)
    assert total([one, one, one]).transcription_tokens == 48
    assert total([one]) == one
    assert total([]) == Usage()


def test_seconds_are_those_streamed_and_those_generated_heard_or_not() -> None:
    found = usage(record("0.0-1.0 caller: A.\n1.5-2.0 agent: B. [of 3.0]"))
    assert found.caller_s == pytest.approx(3.0)
    assert found.agent_s == pytest.approx(3.0)
