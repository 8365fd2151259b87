"""What happened beside the verdicts stands at the head of a call's page."""

from __future__ import annotations

from dataclasses import replace

from support.call_script import judged_call

from harness.report.run.head_notes import head_notes
from harness.timeline.model import BegunCall, ServiceError


def test_each_thing_is_one_sentence_and_the_same_error_stands_once() -> None:
    timeline = judged_call("0.0-1.0 caller: Hi.\n").timeline
    assert head_notes(timeline) == ()
    busy = tuple(ServiceError(at_s, "busy (rate_limit)") for at_s in (4.0, 5.0))
    others = tuple(ServiceError(9.0, f"error {number}") for number in range(20))
    found = head_notes(
        replace(
            timeline,
            begun_calls=(BegunCall("cancel_order", 3.25),),
            unended_speech_s=0.6,
            errors=busy + others,
        )
    )
    assert found[:3] == (
        "Your server noticed speech at 0:00.6 and never its end",
        "At 0:03.2 the agent began to call cancel_order and was interrupted; nobody ran the call",
        "At 0:04.0 the service reported: busy (rate_limit) (2 times)",
    )
    assert len(found) == 7
