"""What a call cost, from messages that hold everything, little or nonsense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.recording.model import Direction, WireEvent
from harness.timeline.usage import Usage, usage

WHOLE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "cached_tokens": 64},
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


def done(found: Any, direction: Direction = Direction.RECEIVED) -> WireEvent:
    return WireEvent(1.0, direction, {"type": "response.done", "response": found})


@pytest.mark.parametrize(
    ("events", "tokens"),
    [
        ([], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": WHOLE})], (1, 119, 13, 64, 30, 91)),
        ([done({"usage": WHOLE}), done({"usage": WHOLE})], (2, 238, 26, 128, 60, 182)),
        ([done({"usage": {"total_tokens": 3}})], (1, 0, 0, 0, 0, 0)),
        ([done({"usage": None}), done({}), done("odd")], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": WHOLE}, Direction.SENT)], (0, 0, 0, 0, 0, 0)),
        ([done({"usage": {"input_token_details": {"text_tokens": "9"}}})], (1, 0, 0, 0, 0, 0)),
    ],
)
def test_tokens_are_summed_over_finished_responses(
    events: list[WireEvent], tokens: tuple[int, ...]
) -> None:
    found = usage(replace(record("0.0-1.0 caller: A."), events=tuple(events)))
    assert found == Usage(*tokens, caller_s=found.caller_s, agent_s=found.agent_s)


def test_seconds_are_those_streamed_and_those_generated_heard_or_not() -> None:
    found = usage(record("0.0-1.0 caller: A.\n1.5-2.0 agent: B. [of 3.0]"))
    assert found.caller_s == pytest.approx(3.0)
    assert found.agent_s == pytest.approx(3.0)
