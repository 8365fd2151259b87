"""Facts missing in an imported call's source decide no verdict: times, the caller's words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_plans import manifest
from support.english import ENGLISH
from support.stored_sound import track

from harness.importing.assemble import assemble
from harness.importing.model import SourceKind, Speaker, StoredCall, StoredLine, StoredTool
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import Score
from harness.judging.scorers.preamble import Preamble
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.recording.provenance import Estimate
from harness.recording.tools import ToolOutcome

TOOLS = [
    {
        "name": "book_boat",
        "kind": "write",
        "description": "Book a boat",
        "exact": ["number"],
        "parameters": {"type": "object", "properties": {"number": {"type": "string"}}},
    }
]
ASKED = (
    StoredLine(Speaker.CALLER, "Book a boat, my number is 4711."),
    StoredLine(Speaker.AGENT, "Shall I book the boat for number 4 7 1 1?"),
)
BOOKED = StoredTool("book_boat", '{"number": "4711"}', 3, '{"ok": true}')


def scores(*lines: StoredLine, tools: tuple[StoredTool, ...] = (BOOKED,)) -> dict[str, Score]:
    call = StoredCall("c", SourceKind.CHAT, "c.json", lines, tools)
    suite = {"format": 1, "suite": "boats", "instructions": "-", "tools": TOOLS}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
    return {one.scorer.scorer_name: one.score for one in judge(recording).judgements}


def test_a_call_of_text_is_judged_by_its_words_and_not_timed() -> None:
    found = scores(*ASKED, StoredLine(Speaker.CALLER, "Yes, please."))
    assert found["write_confirmation"].outcome.value == "pass"
    assert found["entity_confirmation"].outcome.value == "pass"
    reason = "the source has no times, so no wait can be measured"
    for name in ("time_to_first_audio", "barge_in_yield"):
        assert (found[name].outcome.value, found[name].reason) == ("unscorable", reason)
        assert found[name].measurements == ()


@pytest.mark.parametrize("reply", [None, ""])
def test_a_caller_whose_words_nobody_told_may_have_agreed(reply: str | None) -> None:
    found = scores(*ASKED, StoredLine(Speaker.CALLER, reply))
    for name in ("write_confirmation", "entity_confirmation"):
        assert found[name].outcome.value == "unscorable"
        assert found[name].reason == ("the caller's words at turn 2 are not in the source")


def test_a_caller_who_is_known_to_have_said_nothing_agreed_to_nothing() -> None:
    late = StoredTool("book_boat", '{"number": "4711"}', 2, '{"ok": true}')
    found = scores(*ASKED, StoredLine(Speaker.CALLER, None), tools=(late,))
    assert found["write_confirmation"].outcome.value == "fail"
    assert scores(*ASKED, tools=())["write_confirmation"].outcome.value == "not_applicable"


@pytest.mark.parametrize(("interrupted", "outcome"), [(False, "pass"), (True, "review")])
def test_interrupted_text_answer_may_not_have_been_said_whole(
    interrupted: bool, outcome: str
) -> None:
    asked = replace(ASKED[1], interrupted=interrupted)
    found = scores(ASKED[0], asked, StoredLine(Speaker.CALLER, "Yes, please."))
    for name in ("write_confirmation", "entity_confirmation"):
        assert found[name].outcome.value == outcome, found[name].reason


FAILED = replace(BOOKED, output="no boat is left", outcome=ToolOutcome.FAILED)
CLAIM = StoredLine(Speaker.AGENT, "Your boat is booked.")


@pytest.mark.parametrize(("interrupted", "outcome"), [(False, "fail"), (True, "review")])
def test_an_interrupted_false_claim_is_asked_about(interrupted: bool, outcome: str) -> None:
    yes = StoredLine(Speaker.CALLER, "Yes, please.")
    told = replace(CLAIM, interrupted=interrupted)
    found = scores(*ASKED, yes, told, yes, tools=(FAILED,))["tool_use"]
    assert found.outcome.value == outcome, found.reason
    assert found.reason.startswith("book_boat had failed at")
    assert ("was it heard?" in found.reason) is interrupted


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (CLAIM, "unscorable"),
        (replace(CLAIM, interrupted=True), "unscorable"),
        (StoredLine(Speaker.AGENT, "One moment, I am still checking that."), "review"),
    ],
)
def test_a_transcript_without_audio_proves_no_whole_answer(last: StoredLine, outcome: str) -> None:
    found = scores(*ASKED, StoredLine(Speaker.CALLER, "Yes, please."), last)["delivery"]
    assert found.outcome.value == outcome, found.reason
    assert found.value is None
    if outcome == "unscorable":
        assert found.reason.startswith("the transcript has no audio")


def spoken(*lines: tuple[Speaker, float, float], length_s: float, limit_s: float = 1.5) -> Score:
    said = tuple(StoredLine(who, "Words.", start_s, end_s) for who, start_s, end_s in lines)
    tracks = (
        track(*((s, e) for who, s, e in lines if who is side), length_s=length_s)
        for side in Speaker
    )
    call = StoredCall("c", SourceKind.AUDIO, "c.wav", said, (), *tracks)
    suite = {"format": 1, "suite": "boats", "instructions": "-"}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
    return verdicts(judge(recording).call, (TimeToFirstAudio(limit_s),))[0].score


@pytest.mark.parametrize(
    ("lines", "length_s", "outcome", "values"),
    [
        ([(Speaker.CALLER, 1.0, 2.0)], 3.0, "unscorable", None),  # hung up after a second
        ([(Speaker.CALLER, 1.0, 2.0)], 4.5, "fail", [None]),
        (
            [(Speaker.CALLER, 1.0, 2.0), (Speaker.AGENT, 3.0, 4.0), (Speaker.CALLER, 4.5, 5.5)],
            6.0,
            "pass",
            [1.0],
        ),
    ],
)
def test_a_caller_who_hangs_up_at_once_was_owed_no_answer(
    lines: list[tuple[Speaker, float, float]],
    length_s: float,
    outcome: str,
    values: list[float | None] | None,
) -> None:
    score = spoken(*lines, length_s=length_s)
    assert score.outcome.value == outcome, score.reason
    if values is not None:
        (measured,) = score.measurements
        assert [one.value for one in measured.values] == [
            value if value is None else pytest.approx(value, abs=0.02) for value in values
        ]


@pytest.mark.parametrize(("limit_s", "outcome"), [(2.0, "fail"), (3.0, "unscorable")])
def test_when_an_answer_is_due_after_a_hang_up_is_the_scorer_s_own_limit(
    limit_s: float, outcome: str
) -> None:
    called = (Speaker.CALLER, 1.0, 2.0)
    score = spoken(called, length_s=4.5, limit_s=limit_s)
    assert score.outcome.value == outcome, score.reason


@pytest.mark.parametrize(
    ("answered_s", "outcome", "reason"),
    [
        (4.0, "pass", "heard before the call: 'Let me look that up.'"),
        (9.0, "fail", "36 words before find_boat, at most 25"),
        (
            3.1,
            "unscorable",
            "the agent spoke on without a pause until the result of find_boat was there, and "
            "nothing tells which words came before it",
        ),
    ],
)
def test_of_a_line_that_goes_on_behind_a_tools_result_only_the_beginning_announces_it(
    answered_s: float, outcome: str, reason: str
) -> None:
    lines = (
        StoredLine(Speaker.CALLER, "Is my boat free?", 1.0, 2.0),
        StoredLine(
            Speaker.AGENT,
            "Let me look that up. Your boat is free on Friday, on Saturday, on Sunday and on every "
            "day of the week that follows, and the one behind it too, as far as I can see.",
            3.0,
            9.0,
        ),
    )
    tools = (StoredTool("find_boat", "{}", 1, "{}", requested_s=3.05, answered_s=answered_s),)
    agent, caller = track((3.0, 9.0), length_s=12.0), track((1.0, 2.0), length_s=12.0)
    bounds = frozenset({Estimate.BOUNDS})
    call = StoredCall("c", SourceKind.AUDIO, "c.wav", lines, tools, caller, agent, estimated=bounds)
    find = {"name": "find_boat", "kind": "read", "preamble": "required", "parameters": {}}
    suite = {"format": 1, "suite": "boats", "instructions": "-", "tools": [find]}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
    (found,) = verdicts(judge(recording).call, (Preamble(),))
    assert (found.score.outcome.value, reason in found.score.reason) == (outcome, True), found.score
