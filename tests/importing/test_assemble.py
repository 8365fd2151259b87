"""Stored calls as recordings: the timeline reads the facts that were stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.call_plans import manifest
from support.profiled import functions_called
from support.stored_sound import track

from harness.importing.assemble import assemble
from harness.importing.model import (
    Estimate,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
)
from harness.language.language import language_named
from harness.recording.model import Recording, UtteranceKind
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.recording.tools import ToolOutcome
from harness.timeline.build import build
from harness.timeline.model import AgentUtterance, Transcript

ENGLISH = language_named("en")
CALLER, AGENT = Speaker.CALLER, Speaker.AGENT

LINES = (
    StoredLine(CALLER, "Where is my order?", 1.1, 2.1),
    StoredLine(AGENT, "Let me look.", 2.9, 3.8),
    StoredLine(AGENT, "It is shipped.", 5.1, 6.2),
    StoredLine(CALLER, "Thank you.", 7.0, 8.0),
)
TOOL = StoredTool("lookup_order", '{"order_id": "A1"}', 2, '{"ok": true}')
SOUNDING = StoredCall(
    "first",
    SourceKind.AUDIO,
    "first.wav",
    LINES,
    (TOOL,),
    track((1.0, 2.0), (7.0, 8.0)),
    track((3.0, 3.8), (5.0, 6.0)),
)
IN_TEXT = replace(
    SOUNDING,
    kind=SourceKind.CHAT,
    lines=tuple(replace(line, start_s=None, end_s=None) for line in LINES),
    caller=None,
    agent=None,
)


def assembled(call: StoredCall, turns: tuple[int, ...] | None = None) -> Recording:
    return assemble(call, manifest(), ENGLISH, turns=turns)


def test_lines_begin_and_end_where_they_sound() -> None:
    timeline = build(assembled(SOUNDING))
    assert [(turn.text, turn.turn) for turn in timeline.caller] == [
        ("Where is my order?", 0),
        ("Thank you.", 1),
    ]
    spans = [one.span for one in (*timeline.caller, *timeline.agent)]
    told = [time for span in spans for time in (span.start_s, span.end_s)]
    assert told == pytest.approx([1.0, 2.0, 7.0, 8.0, 3.0, 3.8, 5.0, 6.0], abs=0.005)
    assert [one.claimed_heard for one in timeline.agent] == ["Let me look.", "It is shipped."]
    assert timeline.waits[0].took_s == pytest.approx(1.0, abs=0.01)
    assert all(wait.parts is None for wait in timeline.waits)


def test_a_tool_without_times_lies_between_its_lines_and_parts_two_answers() -> None:
    recording = assembled(SOUNDING)
    timeline = build(recording)
    (run,) = timeline.tools
    first, second = timeline.agent
    assert first.span.end_s <= run.requested_s < (run.answered_s or 0) <= second.span.start_s
    assert first.response_id == run.response_id != second.response_id
    assert recording.manifest.origin is not None
    assert set(recording.manifest.origin.estimated) == {Estimate.BOUNDS, Estimate.TOOL_TIMES}
    assert timeline.estimates(Estimate.BOUNDS)
    assert not timeline.estimates(Estimate.WORDS)


def test_told_times_of_a_tool_are_kept() -> None:
    tool = replace(TOOL, requested_s=3.5, outcome=ToolOutcome.UNANSWERED, output=None)
    (run,) = build(assembled(replace(SOUNDING, tools=(tool,)))).tools
    assert (run.requested_s, run.answered_s) == (pytest.approx(3.5), None)


def test_a_call_of_text_has_its_words_and_order_and_no_sound() -> None:
    recording = assembled(IN_TEXT)
    timeline = build(recording)
    assert [one.claimed for one in timeline.agent] == ["Let me look.", "It is shipped."]
    assert [turn.text for turn in timeline.caller] == ["Where is my order?", "Thank you."]
    starts = [one.span.start_s for one in (*timeline.agent, *timeline.caller)]
    assert starts[2] < starts[0] < timeline.tools[0].requested_s < starts[1] < starts[3]
    assert not any(map(len, recording.tracks))
    assert recording.manifest.origin is not None
    assert not recording.manifest.origin.sound
    assert Estimate.TIMES in recording.manifest.origin.estimated


@pytest.mark.parametrize("call", [SOUNDING, IN_TEXT], ids=["sound", "text"])
def test_a_written_recording_reads_back_the_same(call: StoredCall, tmp_path: Path) -> None:
    recording = assembled(call)
    write_recording(tmp_path, recording)
    again = read_recording(tmp_path)
    assert again.damage == ""
    assert again.manifest.origin == recording.manifest.origin
    assert build(again) == build(recording)


def test_sound_that_no_line_tells_is_unknown_words_or_noise() -> None:
    lines = LINES[:2]
    timeline = build(assembled(replace(SOUNDING, lines=lines, tools=())))
    assert [one.transcript for one in timeline.agent] == [Transcript.TOLD, Transcript.ABSENT]
    assert [turn.kind for turn in timeline.caller] == [UtteranceKind.SPEECH, UtteranceKind.NOISE]
    assert [turn.turn for turn in timeline.caller] == [0, None]


@pytest.mark.parametrize(
    ("who", "at", "estimate"),
    [(AGENT, 9.0, Estimate.AGENT_AUDIO), (CALLER, 9.0, Estimate.CALLER_AUDIO)],
)
def test_line_without_audio_keeps_its_time_and_is_marked(
    who: Speaker, at: float, estimate: Estimate
) -> None:
    lines = (*LINES, StoredLine(who, "Goodbye.", at, at + 0.5))
    recording = assembled(replace(SOUNDING, lines=lines))
    timeline = build(recording)
    said = (timeline.agent if who is AGENT else timeline.caller)[-1]
    assert (said.span.start_s, said.unrecorded) == (pytest.approx(at, abs=0.1), True)
    assert sum(one.unrecorded for one in (*timeline.agent, *timeline.caller)) == 1
    if isinstance(said, AgentUtterance):
        assert said.transcript is Transcript.UNRECORDED
    origin = recording.manifest.origin
    assert origin is not None
    assert estimate in origin.estimated
    assert f"The {who.value}'s audio is not in this recording at 1 of " in origin.notes[0]


def test_side_without_audio_is_named_at_the_head() -> None:
    silent = assembled(replace(SOUNDING, agent=track(length_s=10.0)))
    origin = silent.manifest.origin
    assert origin is not None
    assert origin.notes == (
        "The agent's audio is not in this recording: no verdict says that the agent was silent "
        "there.",
    )
    assert all(said.unrecorded for said in build(silent).agent)
    assert not any(turn.unrecorded for turn in build(silent).caller)


OVER = replace(
    SOUNDING,
    lines=(
        StoredLine(AGENT, "Your order left the house on Monday and", 1.0, 4.0),
        StoredLine(CALLER, "Stop please", 3.5, 5.0),
    ),
    tools=(),
    caller=track((3.5, 5.0)),
    agent=track((1.0, 4.0)),
)


def test_who_speaks_over_the_agent_barges_in_and_whole_words_may_be_unheard() -> None:
    timeline = build(assembled(OVER))
    assert timeline.caller[0].barge_in
    (said,) = timeline.agent
    assert said.transcript is Transcript.TOLD
    unsure = build(assembled(replace(OVER, estimated=frozenset({Estimate.HEARD}))))
    assert unsure.agent[0].transcript is Transcript.OVERLAID


def test_an_interruption_that_the_source_tells_was_one() -> None:
    lines = (replace(OVER.lines[0], text="It left.", interrupted=True), OVER.lines[1])
    (fact,) = build(assembled(replace(OVER, lines=lines))).barge_ins
    assert fact.had_more
    assert fact.yielded_s == pytest.approx(4.0, abs=0.01)


def test_a_sign_of_listening_is_no_turn_unless_the_agent_asked() -> None:
    def kind(agent: str, caller: str) -> UtteranceKind:
        lines = (replace(OVER.lines[0], text=agent), replace(OVER.lines[1], text=caller))
        return build(assembled(replace(OVER, lines=lines))).caller[0].kind

    assert kind("It left the house on Monday.", "Mm-hm.") is UtteranceKind.BACKCHANNEL
    assert kind("Is it number five?", "Mm-hm.") is UtteranceKind.SPEECH
    assert kind("It left the house on Monday.", "Stop.") is UtteranceKind.SPEECH


def test_a_script_tells_which_turns_the_lines_are() -> None:
    assert [t.turn for t in build(assembled(SOUNDING, (0, 2))).caller] == [0, 2]
    assert [t.turn for t in build(assembled(SOUNDING, ())).caller] == [None, None]


def test_an_answer_ends_with_a_long_silence_or_a_turn_of_the_caller() -> None:
    lines = (
        StoredLine(AGENT, "One.", 1.0, 2.0),
        StoredLine(AGENT, "Two.", 2.4, 3.0),
        StoredLine(AGENT, "Three.", 5.5, 6.0),
        StoredLine(CALLER, "Well.", 6.5, 7.0),
        StoredLine(AGENT, "Four.", 7.5, 8.0),
    )
    agent = track((1.0, 2.0), (2.4, 3.0), (5.5, 6.0), (7.5, 8.0))
    call = replace(SOUNDING, lines=lines, tools=(), agent=agent, caller=track((6.5, 7.0)))
    answers = [one.response_id for one in build(assembled(call)).agent]
    assert answers[0] == answers[1]
    assert len(set(answers)) == 3


def test_a_tool_before_anybody_spoke_is_an_answer_of_its_own() -> None:
    tool = replace(TOOL, after_line=0)
    (run,) = build(assembled(replace(SOUNDING, tools=(tool,)))).tools
    assert run.response_id == "answer_call_1"
    assert 0.0 < run.requested_s < run.answered_s < 1.0  # the caller begins then


def test_a_line_that_begins_with_the_sound_is_what_sounds_there() -> None:
    greeting = StoredLine(AGENT, "Good day.", 0.0, 0.3)
    call = replace(SOUNDING, lines=(greeting, *LINES), agent=track((0.0, 0.3), (3.0, 3.8)))
    assert build(assembled(call)).agent[0].claimed == "Good day."


def test_a_text_of_four_times_as_many_lines_and_tools_is_four_times_the_work() -> None:
    """Each line held against all others, it is more than eleven times."""

    def work(rounds: int) -> int:
        tools = tuple(replace(TOOL, after_line=4 * at + 2) for at in range(rounds))
        call = replace(IN_TEXT, lines=IN_TEXT.lines * rounds, tools=tools)
        with functions_called() as called:
            assert len(assembled(call).tools) == rounds
        return called.total()

    work(1)
    assert work(400) < 6 * work(100)
