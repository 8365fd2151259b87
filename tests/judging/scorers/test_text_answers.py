"""An answer in text alone is not silence, and its content was neither said nor left unsaid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome, Score
from harness.judging.scorers.missing_evidence import IN_TEXT
from harness.protocol import events as e
from harness.protocol.items import (
    Content,
    ContentKind,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.recording.model import AgentEvent, Recording
from harness.report.run.transcript import lines
from harness.timeline.build import build
from harness.timeline.model import TextAnswer

TEXT = "Shall I cancel ORD-4715B? It cannot be undone."


def written(at_s: float, text: str = TEXT, response: str = "t") -> list[AgentEvent]:
    """Return the events of a response that is text: streamed, in its item and in its end."""
    content = (Content(ContentKind.OUTPUT_TEXT, text=text),)
    item = Item(f"{response}_item", ItemKind.MESSAGE, role=Role.ASSISTANT, content=content)
    over = Response(response, ResponseStatus.COMPLETED, output=(item,))
    return [
        AgentEvent(at_s, e.ResponseCreated(Response(response))),
        AgentEvent(at_s + 0.1, e.TextDone(response_id=response, text=text)),
        AgentEvent(at_s + 0.2, e.OutputItemDone(response, 0, item)),
        AgentEvent(at_s + 0.3, e.ItemDone(item)),
        AgentEvent(at_s + 0.4, e.ResponseDone(over)),
    ]


def call(script: str, *texts: list[AgentEvent], **more: Any) -> Recording:
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


def read(script: str, *texts: list[AgentEvent], **more: Any) -> Recording:
    """Return a call whose session was asked for text."""
    made = call(script, *texts, **more)
    target = {**made.manifest.target, "session": {"output": "text"}}
    return replace(made, manifest=replace(made.manifest, target=target))


def test_a_session_in_text_is_read() -> None:
    pieces = [AgentEvent(at_s, e.TextDelta(response_id="t", delta=TEXT)) for at_s in (1.52, 1.57)]
    found = build(read("0.0-1.0 caller: Cancel it.", pieces, written(1.5), written(2.0, " ", "u")))
    assert (found.texts, found.in_text) == ((), True)
    (told,) = found.agent
    assert (told.claimed_heard, told.recognized, told.interrupted) == (TEXT, None, False)
    assert (told.response_id, told.item_id, told.created_s) == ("t", "", 1.5)
    assert (round(told.span.start_s, 6), round(told.span.end_s, 6)) == (1.52, 1.6)
    (wait,) = found.waits
    assert (wait.took_s, wait.parts) == (told.span.start_s - 1.0, None)
    (_, line) = lines(found)
    assert (line.flags, line.claimed, line.unheard) == (("text",), TEXT, "")


@pytest.mark.parametrize("scorer", ["time_to_first_audio", "barge_in_yield", "pause_handling"])
def test_nothing_is_timed_where_nothing_was_to_be_heard(scorer: str) -> None:
    script = "0.0-3.0 caller: Cancel it. [pauses 1.0-2.0]\n4.0-5.0 caller: Hello?"
    score = scores(read(script, written(1.5)))[scorer]
    assert (score.outcome, score.reason) == (Outcome.NOT_APPLICABLE, IN_TEXT)
    assert not score.measurements


@pytest.mark.parametrize(
    ("at_s", "outcome"), [(2.0, Outcome.PASS), (4.0, Outcome.FAIL), (6.0, Outcome.FAIL)]
)
def test_a_written_proposal_counts_where_it_was_read(at_s: float, outcome: Outcome) -> None:
    score = scores(read(ASKED + YES + CANCEL, written(at_s)))["write_confirmation"]
    assert score.outcome is outcome, score.reason


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
    script: str, texts: list[list[AgentEvent]], outcome: Outcome, reason: str
) -> None:
    score = scores(call(script, *texts))["time_to_first_audio"]
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
    if outcome is Outcome.UNSCORABLE:
        assert not any(wait["owed"] for wait in score.details["waits"])
        assert {span.label for span in score.evidence} == {"answered in text"}


ASKED = "0.0-1.0 caller: It's ORD-4715B. Cancel it."
LOOKUP = "\n5.0-5.2 lookup_order order_id=ORD-4715B"
CANCEL = "\n5.0-5.2 cancel_order order_id=ORD-4715B"
HAND_OVER = "\n5.0-5.2 escalate_to_human reason=angry"
YES = "\n3.0-3.5 caller: Yes."
DUE = {"expect": {"escalation": {"due_after_turn": 1, "tool": "escalate_to_human"}}}
OPEN, FAIL = Outcome.UNSCORABLE, Outcome.FAIL

# scorer, the call, when an answer came as text, and whether it may hold the missing words;
# without it, each of these is a failure
MISSED: dict[str, tuple[str, str, float, Outcome]] = {
    "a proposal": ("write_confirmation", ASKED + YES + CANCEL, 2.0, OPEN),
    "a proposal that nobody replied to": ("write_confirmation", ASKED + CANCEL, 2.0, FAIL),
    "a proposal after the yes": ("write_confirmation", ASKED + YES + CANCEL, 4.0, FAIL),
    "a proposal after the call": (
        "write_confirmation", ASKED + CANCEL + "\n7.0-7.5 caller: Yes.", 6.0, FAIL,
    ),
    "a greeting before the caller spoke": (
        "write_confirmation", "2.0-2.5 caller: Cancel it." + YES + CANCEL, 1.0, FAIL,
    ),
    "a write without its value": (
        "write_confirmation", ASKED + YES + "\n5.0-5.2 cancel_order", 2.0, FAIL,
    ),
    "a read-back": ("entity_confirmation", ASKED + YES + LOOKUP, 2.0, OPEN),
    "a read-back that nobody replied to": ("entity_confirmation", ASKED + LOOKUP, 2.0, FAIL),
    "a wrong value": (
        "entity_confirmation", ASKED + YES + "\n5.0-5.2 lookup_order order_id=ORD-9999X", 2.0, FAIL,
    ),
    "a preamble": ("preamble", ASKED + LOOKUP, 2.0, OPEN),
    "a preamble before the caller's last turn": ("preamble", ASKED + YES + LOOKUP, 2.0, FAIL),
    "a preamble after the call": ("preamble", ASKED + LOOKUP, 6.0, FAIL),
    "a preamble after the call, in its response": (
        "preamble", ASKED + LOOKUP + " [response t]", 6.0, OPEN,
    ),
    "a preamble after other words": (
        "preamble", ASKED + "\n1.5-2.0 agent: One moment, please." + LOOKUP + " [response x]", 2.5,
        OPEN,
    ),
    "a preamble before other words": (
        "preamble", ASKED + "\n2.5-3.0 agent: One moment, please." + LOOKUP + " [response x]", 1.5,
        FAIL,
    ),
    "a text beside the call's own words": (
        "preamble", ASKED + "\n1.5-2.0 agent: One moment, please." + LOOKUP, 2.5, FAIL,
    ),
    "the words of a hand-over": ("escalation", ASKED + HAND_OVER, 2.0, OPEN),
    "the words behind a hand-over": ("escalation", ASKED + HAND_OVER, 6.0, OPEN),
    "words after the caller's next turn": (
        "escalation", ASKED + HAND_OVER + "\n7.0-7.5 caller: Hello?", 8.0, FAIL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSED)
def test_words_are_missed_only_where_no_text_can_hold_them(name: str) -> None:
    scorer, script, at_s, outcome = MISSED[name]
    scenario = DUE if scorer == "escalation" else None
    without = scores(call(script, scenario=scenario))[scorer]
    assert without.outcome is FAIL
    score = scores(call(script, written(at_s - 0.1), scenario=scenario))[scorer]
    assert score.outcome is outcome, score.reason
    if outcome is OPEN:
        assert score.reason == f"1 answer came in text only, so nothing of it was heard: {TEXT!r}"
    else:
        assert score.reason == without.reason


def test_all_texts_that_may_hold_what_is_missed_are_counted() -> None:
    texts = [written(1.5), written(1.7, "Yes.", "u"), written(8.0, "Bye.", "v")]
    score = scores(call(ASKED + LOOKUP, *texts))["preamble"]
    assert score.reason == f"2 answers came in text only, so nothing of it was heard: {TEXT!r}"


@pytest.mark.parametrize(
    ("scorer", "script", "reason", "value"),
    [
        (
            "write_confirmation",
            ASKED + YES + CANCEL + "\n6.0-6.2 refund_order",
            "refund_order was called without order_id",
            0.0,
        ),
        (
            "entity_confirmation",
            ASKED + YES + LOOKUP + "\n6.0-6.2 lookup_order order_id=ORD-9999X",
            "lookup_order was called with ORD-9999X, the caller's is ORD-4715B",
            0.0,
        ),
        (
            "preamble",
            ASKED + LOOKUP + "\n6.0-6.5 caller: And?\n8.0-8.2 lookup_order [response x]",
            "nothing was heard before lookup_order",
            0.0,
        ),
    ],
)
def test_what_is_wrong_all_the_same_is_said_alone(
    scorer: str, script: str, reason: str, value: float
) -> None:
    score = scores(call(script, written(1.9)))[scorer]
    assert (score.outcome, score.reason, score.value) == (FAIL, reason, value)
