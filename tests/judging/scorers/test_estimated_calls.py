"""Estimated or removed parts of a stored call never decide a verdict that depends on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import Score
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.recording.provenance import Estimate, Origin, SourceKind

STOPPED = (
    "0.0-1.0 caller: Tell me.\n1.5-4.4 agent: Long story. [of 9.0] [truncated 2900]\n"
    "4.0-5.0 caller: Stop! [barge-in]\n"
)
STOPPED_LATE = (
    "0.0-1.0 caller: Tell me.\n1.5-5.0 agent: Long story. [of 9.0] [truncated 3500]\n"
    "4.0-6.0 caller: Stop! [barge-in]\n"
)
ANSWERED = "0.0-1.0 caller: Where is it?\n2.0-3.0 agent: It has shipped.\n"
UNCHANGED = "0.0-1.0 caller: Cancel ORD-4715B.\n1.5-2.5 agent: Sorry, I can't.\n"
ONE_CHANNEL = "one channel holds both voices"
TOO_NEAR = "too near, as where speech begins and ends was found in the sound"
NO_TOOLS = "nothing tells which tools were called; whether anything was changed cannot be told"

# the scorer, the call, its estimated parts; verdict and a part of the reason
TABLE: list[tuple[str, str, tuple[Estimate, ...], str, str]] = [
    ("barge_in_yield", STOPPED, (), "pass", "slowest yield took 0.40 s"),
    ("barge_in_yield", STOPPED, (Estimate.SIDES,), "unscorable", ONE_CHANNEL),
    ("barge_in_yield", STOPPED, (Estimate.BOUNDS,), "pass", "(bounds estimated)"),
    ("barge_in_yield", STOPPED_LATE, (), "pass", "1.00 s, limit 1.00 s"),
    ("barge_in_yield", STOPPED_LATE, (Estimate.BOUNDS,), "unscorable", TOO_NEAR),
    ("time_to_first_audio", ANSWERED, (), "pass", "1.00 s"),
    ("write_confirmation", UNCHANGED, (), "not_applicable", "nothing was changed"),
    ("write_confirmation", UNCHANGED, (Estimate.TOOLS,), "unscorable", NO_TOOLS),
]


def scored(scorer: str, script: str, estimated: tuple[Estimate, ...] = ()) -> Score:
    """Return the score of a call, which counts as stored if any part of it is estimated."""
    recording = record(script, scenario={"limits": {"barge_in_yield_s": 1.0}})
    origin = Origin(SourceKind.AUDIO, "c.wav", sound=True, estimated=estimated)
    if estimated:
        recording = replace(recording, manifest=replace(recording.manifest, origin=origin))
    found = {one.scorer.scorer_name: one.score for one in judge(recording).judgements}
    return found[scorer]


@pytest.mark.parametrize(("scorer", "script", "estimated", "outcome", "reason"), TABLE)
def test_an_estimate_decides_nothing_where_it_matters(
    scorer: str, script: str, estimated: tuple[Estimate, ...], outcome: str, reason: str
) -> None:
    score = scored(scorer, script, estimated)
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


GIVEN = "0.0-2.0 caller: Where is my order? It's ORD-4715B.\n"
BACK = "3.0-5.0 agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?\n"
YES = "5.5-6.0 caller: Yes.\n"
USED = "7.0-7.5 lookup_order order_id=ORD-4715B\n"
HEARD = "I have o r d dash four seven one five b"

# the call; the verdict on the value that was used, and a part of its reason
TAKEN_OUT = {
    "nothing": (GIVEN + BACK + YES + USED, "pass", "accepted"),
    "the agent's words": (
        GIVEN + "3.0-5.0 agent: I have XXXXX. Is that right?\n" + YES + USED,
        "unscorable", "a value was taken out of the agent's words (lookup_order, order_id)",
    ),
    "the agent's words after the call": (
        GIVEN + BACK + YES + USED + "8.0-9.0 agent: XXXXX has shipped.\n", "pass", "accepted",
    ),
    "the caller's words since": (
        GIVEN + BACK + "5.5-6.5 caller: Yes, but it's XXXXX.\n" + USED,
        "unscorable", "a value was taken out of the caller's words",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("script", "outcome", "reason"), TAKEN_OUT.values(), ids=TAKEN_OUT.keys())
def test_what_was_taken_out_may_be_the_value(script: str, outcome: str, reason: str) -> None:
    score = scored("entity_confirmation", script)
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


DAY: dict[str, Any] = {
    "name": "move_order",
    "kind": "read",
    "exact": ["day"],
    "parameters": {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}},
    },
}


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [("so may twelfth", "review"), ("so my tall fit", "fail"), ("so may thirteenth", "fail")],
)
def test_a_day_that_only_the_recognizer_heard_may_have_been_read_back(
    heard: str, outcome: str
) -> None:
    script = f"0.0-1.0 caller: On May 12.\n2.0-3.0 agent: So be it. [heard: {heard}]\n"
    recording = record(f"{script}4.0-4.5 move_order day=2026-05-12", suite={"tools": [DAY]})
    found = {one.scorer.scorer_name: one.score for one in judge(recording).judgements}
    score = found["entity_confirmation"]
    assert score.outcome.value == outcome, score.reason


@pytest.mark.parametrize(("ends_s", "outcome"), [(4.4, "unscorable"), (2.9, "fail")])
def test_sound_that_nothing_bounds_may_hold_the_answer(ends_s: float, outcome: str) -> None:
    script = (
        f"0.0-1.0 caller: Hi.\n1.5-{ends_s} agent: Music.\n"
        "2.0-2.8 caller: Where is it? [barge-in]\n9.0-9.5 caller: [silence]\n"
    )
    call = judge(record(script)).call
    agent = tuple(replace(one, inferred=True) for one in call.timeline.agent)
    call = replace(call, timeline=replace(call.timeline, agent=agent))
    (found,) = verdicts(call, (TimeToFirstAudio(),))
    assert found.score.outcome.value == outcome, found.score.reason
