"""Events apart from the verdicts are shown at the head of a call's page."""

from __future__ import annotations

from dataclasses import replace

from support.call_script import judged_call

from harness.report.run.call_view import head_notes
from harness.timeline.model import BegunCall, ServiceError, SessionChange


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


def test_an_answer_that_broke_is_reported_where_it_began() -> None:
    script = (
        "0.0-1.0 caller: Hi.\n2.0-3.0 agent: It was [ended 3.0 incomplete content_filter]\n"
        "5.0-6.0 agent: It was sent. [done 6.0]\n8.0-9.0 agent: It arrives on [done 9.0]\n"
    )
    assert head_notes(judged_call(script).timeline) == (
        "At 0:02.0 the service stopped an answer (content_filter)",
        'At 0:08.0 an answer may have ended inside a sentence ("It arrives on")',
    )


def test_a_setting_that_the_service_changed_is_reported() -> None:
    timeline = judged_call("0.0-1.0 caller: Hi.\n").timeline
    change = SessionChange(21.0, "output_format", "pcm16_24k", "pcmu")
    assert head_notes(replace(timeline, session_changes=(change,))) == (
        "At 0:21.0 the service changed output_format from pcm16_24k to pcmu, unasked",
    )


def test_a_call_of_another_session_is_reported() -> None:
    timeline = judged_call("1.0-2.0 lookup_order order_id=ORD-4715B\n").timeline
    assert head_notes(replace(timeline, tools=(), foreign_calls=timeline.tools)) == (
        "At 0:01.0 lookup_order was called in a response that this session never began; it is not "
        "judged",
    )
