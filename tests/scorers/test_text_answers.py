"""An answer in text alone is not silence, and what stood in it was neither said nor left unsaid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.judging.judge import judge
from harness.recording.model import Direction, Recording, WireEvent
from harness.report.run.transcript import lines
from harness.scorers.base import Outcome, Score
from harness.timeline.build import build
from harness.timeline.model import TextAnswer

TEXT = "Shall I cancel ORD-4715B? It cannot be undone."


def received(at_s: float, kind: str, **message: Any) -> WireEvent:
    return WireEvent(at_s, Direction.RECEIVED, {"type": kind, **message})


def written(at_s: float, text: str = TEXT, response: str = "t") -> list[WireEvent]:
    """Return the events of a response that is text: streamed, in its item and in its end."""
    item = {
        "id": f"{response}_item",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }
    return [
        received(at_s, "response.created", response={"id": response}),
        received(at_s + 0.1, "response.output_text.done", response_id=response, text=text),
        received(at_s + 0.2, "response.output_item.done", response_id=response, item=item),
        received(at_s + 0.3, "conversation.item.done", item=item),
        received(at_s + 0.4, "response.done", response={"id": response, "output": [item]}),
    ]


def call(script: str, *texts: list[WireEvent], **more: Any) -> Recording:
    spoken = record(script, **more)
    events = [*spoken.events, *(event for text in texts for event in text)]
    return replace(spoken, events=tuple(sorted(events, key=lambda event: event.at_s)))


def scores(recording: Recording) -> dict[str, Score]:
    return {one.scorer.scorer_name: one.score for one in judge(recording).judgements}


def test_a_text_is_told_once_however_often_it_came() -> None:
    found = build(call("0.0-1.0 caller: Cancel it.", written(1.5)))
    assert found.texts == (TextAnswer("t", 1.6, TEXT),)
    (_, line) = lines(found)
    assert (line.who, line.unheard, line.claimed) == ("agent", TEXT, "")
    assert line.flags == ("text only, not heard",)


def test_text_beside_speech_is_no_text_answer() -> None:
    spoken = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Hello. [response t]"
    assert build(call(spoken, written(1.4))).texts == ()


@pytest.mark.parametrize(
    ("script", "texts", "outcome", "reason"),
    [
        (
            "0.0-1.0 caller: Cancel it.",
            [written(1.5)],
            Outcome.UNSCORABLE,
            f"answered in text only, nothing was heard: {TEXT!r}",
        ),
        (
            "0.0-1.0 caller: Cancel it.\n4.0-5.0 caller: Hello?",
            [written(1.5), written(5.5, "Yes? " * 40, "u")],
            Outcome.UNSCORABLE,
            " and 1 more",
        ),
        (
            "0.0-1.0 caller: Cancel it.\n4.0-5.0 caller: Hello?",
            [written(1.5)],
            Outcome.FAIL,
            "no answer to 'Hello?'",
        ),
        (
            "0.0-1.0 caller: Cancel it.\n1.5-2.5 agent: Sure.\n4.0-5.0 caller: Hello?",
            [written(1.6)],
            Outcome.FAIL,
            "no answer to 'Hello?'",
        ),
        (
            "0.0-1.0 caller: Hi.\n4.5-5.0 agent: Hello.\n6.0-7.0 caller: Cancel it.",
            [written(7.5)],
            Outcome.FAIL,
            "slowest answer took 3.50 s",
        ),
    ],
)
def test_a_turn_that_was_answered_in_text_is_not_called_unanswered(
    script: str, texts: list[list[WireEvent]], outcome: Outcome, reason: str
) -> None:
    score = scores(call(script, *texts))["time_to_first_audio"]
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
    if outcome is Outcome.UNSCORABLE:
        assert not any(wait["owed"] for wait in score.details["waits"])
        assert all(span.label == "answered in text" for span in score.evidence)


SILENT_TOOLS = {
    "write_confirmation": "2.0-2.2 cancel_order order_id=ORD-4715B",
    "entity_confirmation": "2.0-2.2 lookup_order order_id=ORD-4715B",
    "preamble": "2.0-2.2 lookup_order order_id=ORD-4715B",
    "escalation": "2.0-2.2 escalate_to_human reason=angry",
}
DUE = {"expect": {"escalation": {"due_after_turn": 1, "tool": "escalate_to_human"}}}


@pytest.mark.parametrize("scorer", SILENT_TOOLS)
def test_words_that_came_as_text_are_not_missed(scorer: str) -> None:
    script = f"0.0-1.0 caller: Cancel it.\n{SILENT_TOOLS[scorer]}"
    scenario = DUE if scorer == "escalation" else None
    without = scores(call(script, scenario=scenario))[scorer]
    assert without.outcome is Outcome.FAIL
    texts = [written(1.5), written(1.7, "Yes.", "u")]
    score = scores(call(script, *texts, scenario=scenario))[scorer]
    assert score.outcome is Outcome.UNSCORABLE
    assert score.reason == f"2 answers came in text only, so nothing of it was heard: {TEXT!r}"


def test_a_wrong_value_is_wrong_whatever_was_heard() -> None:
    script = "0.0-1.0 caller: It's ORD-4715B.\n2.0-2.2 lookup_order order_id=ORD-9999X"
    assert scores(call(script, written(1.5)))["entity_confirmation"].outcome is Outcome.FAIL
