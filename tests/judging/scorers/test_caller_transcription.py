"""An imported caller's transcript that the recognizer does not confirm is no agreement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call, record

from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.recording.model import Recognition, RecognizedWords
from harness.timeline.build import build, with_recognition

CALL = """
0.0-2.0 caller: Please cancel my order ORD-4715B.
2.6-5.6 agent: I would cancel order ORD-4715B for good. Shall I go ahead?
6.0-7.0 caller: Yes, please do.
8.0-9.0 cancel_order order_id=ORD-4715B
"""


def heard(text: str, start_s: float = 6.0, end_s: float = 7.0) -> Recognition:
    return Recognition("ear", "1", (), (), (RecognizedWords(start_s, end_s, text),))


@pytest.mark.parametrize(
    ("recognition", "outcome", "reason"),
    [
        (None, "pass", "made as agreed"),
        (heard("Yes, please do."), "pass", "made as agreed"),
        (heard("yes please"), "pass", "made as agreed"),
        (heard("No, please don't do that."), "review", 'heard "No, please don\'t do that."'),
        (heard(""), "review", "The recognizer heard no word"),
        (heard("the weather"), "review", "heard 'the weather'"),
        (heard("No.", 0.0, 2.0), "pass", "made as agreed"),  # of another turn
    ],
)
def test_a_yes_that_was_not_heard_is_a_question(
    recognition: Recognition | None, outcome: str, reason: str
) -> None:
    call = judged_call(CALL)
    if recognition is not None:
        stored = replace(record(CALL), recognition=recognition)
        assert build(stored).caller[1].recognized == (
            recognition.caller[0].text if recognition.caller[0].start_s == 6.0 else None
        )
        timeline = with_recognition(call.timeline, recognition)
        call = replace(call, timeline=replace(call.timeline, caller=timeline.caller))
    score = WriteConfirmation().score(call)
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason
