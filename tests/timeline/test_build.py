"""Recordings with known sound, and the facts about time that must come out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.call_script import record

from harness.protocol.events import OutputItemDone, ResponseCreated, TranscriptDelta
from harness.protocol.items import Item, ItemKind, ItemStatus, Role
from harness.recording.model import (
    Absence,
    AbsenceCause,
    AgentEvent,
    GeneratedItem,
    Recognition,
    RecognizedWords,
    WeighedValue,
)
from harness.recording.provenance import CallStatus
from harness.timeline.build import build

STOPPED = AgentEvent(
    5.0,
    OutputItemDone(
        "", 0, Item("item_0", ItemKind.MESSAGE, ItemStatus.INCOMPLETE, role=Role.ASSISTANT)
    ),
)


def words(at_s: float, delta: str) -> AgentEvent:
    return AgentEvent(at_s, TranscriptDelta(item_id="item_0", delta=delta))


BACK = "O, R, D, dash, four, seven, one, five, B. Is that right?"


def test_spans_are_known_to_the_sample() -> None:
    timeline = build(record("0.5-2.0 caller: Hello.\n2.8-5.0 agent: Hi. [late 0.25]"))
    assert timeline.caller[0].span.end_s == pytest.approx(2.0, abs=1e-9)
    (utterance,) = timeline.agent
    assert (utterance.span.start_s, utterance.span.end_s) == pytest.approx((3.05, 5.0), abs=1e-9)
    assert (utterance.claimed, utterance.claimed_heard, utterance.interrupted) == (
        "Hi.",
        "Hi.",
        False,
    )


def test_parts_name_where_the_time_went() -> None:
    script = "0.0-1.0 caller: A.\n2.0-3.0 agent: B. [stopped 1.25] [created 1.5] [late 0.125]"
    parts = build(record(script)).waits[0].parts
    assert parts is not None
    found = (
        parts.endpointing_s,
        parts.created_s,
        parts.first_delta_s,
        parts.playout_s,
        parts.lead_in_s,
    )
    assert found == pytest.approx((0.25, 0.25, 0.4, 0.1, 0.125), abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 3.0), st.floats(0.0, 4.0), st.floats(0.0, 4.0), st.floats(0.0, 0.5))
def test_parts_always_add_up_to_the_wait_exactly(
    gap_s: float, stopped_s: float, created_s: float, late_s: float
) -> None:
    script = (
        f"0.0-1.1 caller: A.\n{1.1 + gap_s:.7f}-6.0 agent: B. "
        f"[stopped {stopped_s:.7f}] [created {created_s:.7f}] [late {late_s:.7f}]"
    )
    (wait,) = build(record(script)).waits
    if wait.parts is not None:
        parts = (wait.parts.endpointing_s, wait.parts.created_s, wait.parts.first_delta_s)
        rest = (wait.parts.playout_s, wait.parts.lead_in_s)
        assert sum(part or 0.0 for part in (*parts, *rest)) == wait.parts.total_s == wait.took_s
        assert all(part is None or part >= 0 for part in (*parts, *rest))


def test_a_part_whose_event_never_came_is_none() -> None:
    recording = record("0.0-1.0 caller: A.\n2.0-3.0 agent: B.")
    silent = replace(recording, events=(), generated=())
    parts = build(silent).waits[0].parts
    assert parts is not None
    assert (parts.endpointing_s, parts.created_s, parts.first_delta_s) == (None, None, None)
    assert parts.total_s == build(recording).waits[0].took_s


def test_a_beginning_that_nothing_tells_bounds_no_part() -> None:
    script = "0.0-1.0 caller: A.\n2.0-3.0 agent: B. [stopped 1.25] [created 1.5] [late 0.125]"
    told = record(script)
    concluded = replace(
        told,
        events=tuple(
            replace(each, inferred=isinstance(each.event, ResponseCreated)) for each in told.events
        ),
    )
    parts, before = (build(each).waits[0].parts for each in (concluded, told))
    assert parts is not None
    assert before is not None
    assert (parts.created_s, parts.endpointing_s) == (None, before.endpointing_s)
    assert parts.first_delta_s == (before.created_s or 0.0) + (before.first_delta_s or 0.0)
    assert parts.total_s == before.total_s


def test_an_interrupted_answer_was_heard_up_to_a_word() -> None:
    timeline = build(record(f"0.0-1.0 caller: A.\n2.0-5.0 agent: {BACK} [of 7.0]"))
    (utterance,) = timeline.agent
    assert utterance.interrupted
    assert BACK.startswith(utterance.claimed_heard)
    assert "O, R, D," in utterance.claimed_heard
    assert "B." not in utterance.claimed_heard


def test_text_that_ran_ahead_of_a_stopped_answer_was_not_heard() -> None:
    recording = record("0.0-1.0 caller: A.\n2.0-5.0 agent: one two three four five")
    events = (
        *recording.events,
        words(1.8, "one two"),
        words(2.5, " three four five"),
        STOPPED,
    )
    (utterance,) = build(replace(recording, events=events)).agent
    assert utterance.claimed_heard == "one two"
    (whole,) = build(recording).agent
    assert whole.claimed_heard == "one two three four five"


def test_pieces_that_came_with_audio_never_heard_do_not_count() -> None:
    recording = record("0.0-1.0 caller: A.\n2.0-4.0 agent: one two three four five [of 4.0]")
    chunks = ((1.8, 0, 24_000), (1.9, 24_000, 24_000), (2.6, 48_000, 48_000))
    events = (
        words(1.8, "one"),
        words(2.6, " two three four five"),
        STOPPED,
    )
    generated = (replace(recording.generated[0], chunks=chunks),)
    (utterance,) = build(replace(recording, generated=generated, events=events)).agent
    assert utterance.claimed_heard == "one"


def test_a_stopped_answer_without_pieces_goes_by_its_share() -> None:
    recording = record("0.0-1.0 caller: A.\n2.0-5.0 agent: one two three four five")
    (utterance,) = build(replace(recording, events=(*recording.events, STOPPED))).agent
    assert utterance.claimed_heard == "one two three four"


def test_an_item_of_which_nothing_was_audible_is_no_utterance() -> None:
    assert build(record("2.0-3.0 agent: Hm. [late 1.0]")).agent == ()


def test_a_part_that_was_never_played_was_not_heard() -> None:
    recording = record("2.0-3.0 agent: One. \n4.0-5.0 agent: Two.")
    more = GeneratedItem("item_0", 1, "resp_0", ((1.9, 24_000, 24_000),))
    recording = replace(recording, generated=(*recording.generated, more))
    assert build(recording).agent[0].claimed_heard == "One."
    assert build(recording).agent[0].interrupted


def test_recognized_lines_go_to_the_utterances_they_overlap() -> None:
    recording = record("1.0-3.0 agent: A.\n3.2-5.0 agent: B.\n8.0-9.0 agent: C.")
    lines = (
        RecognizedWords(1.0, 5.0, "a b"),
        RecognizedWords(7.9, 30.0, "c"),
        RecognizedWords(6.0, 6.5, "d"),
        RecognizedWords(4.9, 6.0, "e"),
    )
    timeline = build(replace(recording, recognition=Recognition("x", "1", lines)))
    assert [u.recognized for u in timeline.agent] == ["a b", "a b e", "c"]
    assert [u.recognized for u in build(replace(recording, recognition=None)).agent] == [None] * 3


def test_what_was_heard_at_other_paces_is_kept_apart_slowest_last() -> None:
    recording = record("1.0-3.0 agent: A.\n4.0-5.0 agent: B.")
    lines = (
        RecognizedWords(1.0, 3.0, "a"),
        RecognizedWords(1.0, 3.0, "hey", pace=0.9),
        RecognizedWords(1.0, 3.0, "eh", pace=0.94),
        RecognizedWords(4.0, 5.0, "b"),
    )
    first, second = build(replace(recording, recognition=Recognition("x", "1", lines))).agent
    assert (first.recognized, first.recognized_again, first.hearings) == (
        "a",
        ("eh", "hey"),
        ("a", "eh", "hey"),
    )
    assert second.hearings == ("b",)


def test_a_weighed_value_belongs_to_the_utterance_in_which_it_was_weighed() -> None:
    recording = record("1.0-3.0 agent: A.\n4.0-5.0 agent: B.")
    places = ((0.9, 3.1), (4.0, 5.2), (2.5, 4.4))
    weighed = tuple(WeighedValue(start, end, "id", "A1", 0.5, "B1") for start, end in places)
    heard = Recognition("x", "1", (), weighed)
    first, second = build(replace(recording, recognition=heard)).agent
    assert (first.weighed, second.weighed) == (weighed[:1], weighed[1:2])


def test_recognized_lines_in_a_call_without_an_agent_belong_to_nobody() -> None:
    recording = record("0.0-1.0 caller: A.")
    heard = Recognition("x", "1", (RecognizedWords(0.0, 1.0, "a"),))
    assert build(replace(recording, recognition=heard)).agent == ()


def test_tool_calls_keep_arguments_that_can_be_read() -> None:
    timeline = build(
        record("2.0- lookup_order x [raw {]\n1.0-1.5 lookup_order a=b\n3.0-3.1 y z [raw 1]")
    )
    assert [tool.arguments for tool in timeline.tools] == [{"a": "b"}, None, None]
    assert [tool.answered_s is None for tool in timeline.tools] == [False, True, False]


def test_speech_that_was_cut_before_any_sound_asks_for_no_answer() -> None:
    timeline = build(record("1.0-1.0 caller: It is [cut-off: It is big]\n2.0-3.0 agent: Hello?"))
    assert timeline.caller[0].span.duration_s == 0
    assert (timeline.waits, timeline.barge_ins) == ((), ())


def test_a_recording_without_status_counts_as_a_harness_error() -> None:
    recording = record("0.0-1.0 caller: A.", status=None)
    assert build(recording).status is CallStatus.HARNESS_ERROR
    assert build(recording).duration_s == pytest.approx(2.0)
    known = replace(recording, manifest=replace(recording.manifest, duration_s=7.5))
    assert build(known).duration_s == 7.5


CALLED = "1.0-2.0 caller: Hello.\n3.0-4.0 agent: Hi.\n6.0-7.0 caller: Well?"


@pytest.mark.parametrize(
    ("gone", "waits"),
    [
        (None, [0, 1]),
        ((0.0, 0.9), [0, 1]),
        ((1.5, 1.7), [1]),  # a part of the turn was lost
        ((2.5, 2.6), [1]),  # the answer came from the next session
        ((3.5, 5.5), [0, 1]),  # the answer was there by then
        ((8.0, 9.0), [0]),
        ((8.0, None), [0]),
        ((3.5, None), [0]),
    ],
)
def test_what_falls_into_an_absence_is_no_wait(
    gone: tuple[float, float | None] | None, waits: list[int]
) -> None:
    away = () if gone is None else (Absence(*gone, AbsenceCause.DISCONNECT, 1),)
    facts = build(replace(record(CALLED), absences=away))
    assert [wait.caller for wait in facts.waits] == waits
    assert facts.absences == away


BROKEN = """
0.0-1.0 caller: Where is it?
1.6-2.6 agent: Which one?
3.2-4.0 caller: ORD-4- [lost]
4.0-6.0 line:
6.5-8.5 caller: ORD-4715B. [pressed]
9.1-10.0 agent: It has shipped.
"""


def test_words_that_the_line_broke_off_are_no_turn_and_what_is_said_again_is() -> None:
    facts = build(record(BROKEN))
    assert [(turn.text, turn.turn) for turn in facts.caller] == [
        ("Where is it?", 0),
        ("ORD-4715B.", 1),
    ]
    (lost,) = facts.lost
    assert (lost.text, lost.span.start_s) == ("ORD-4-", pytest.approx(3.2))
    took = [(wait.caller, wait.took_s) for wait in facts.waits]
    assert took == [(0, pytest.approx(0.6)), (1, pytest.approx(0.6))]


@pytest.mark.parametrize(
    ("from_s", "until_s", "gone"),
    [(0.0, 4.0, False), (0.0, 4.1, True), (5.0, 5.1, True), (6.0, 7.0, False)],
)
def test_the_line_was_gone_or_not_between_two_times(
    from_s: float, until_s: float, gone: bool
) -> None:
    assert build(record(BROKEN)).line_was_gone(from_s, until_s) is gone
