"""By how much a time may be too long: by lateness around it, and by none farther away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.call_script import record

from harness.recording.provenance import Lateness, Origin, SourceKind
from harness.timeline.build import build
from harness.timeline.own_lateness import LateStretch, OwnLateness, own_lateness

CALL = """
    0.0-2.0    caller: Where is my order?
    2.8-6.0    agent: It is on its way.
"""
TOOL = """
    0.0-2.0    caller: Where is my order?
    2.2-2.5    lookup_order order_id=ORD-4715B
    2.8-6.0    agent: It is on its way. [asked 2.5]
"""
BARGE_IN = """
    0.0-1.0    caller: Where is my order?
    1.8-4.3    agent: It is on its way. [of 9.0] [cancelled 4.1] [truncated 2500]
    4.0-5.0    caller: Stop. [barge-in]
"""


@pytest.mark.parametrize(
    ("script", "late", "whole_ms", "parts_ms"),
    [
        (CALL, "9.0-9.1 late: [frames 0.03] [stamps 0.03]", 0, 0),
        (CALL, "0.5-0.6 late: [frames 0.03]", 0, 0),  # caught up long before the last word
        (CALL, "1.5-1.98 late: [frames 0.03]", 30, 30),  # was due before the end, and left after it
        (CALL, "1.98-2.0 late: [frames 0.03]", 30, 30),
        (CALL, "2.5-2.6 late: [frames 0.03]", 30, 30),
        (CALL, "2.8-2.9 late: [frames 0.03]", 0, 0),  # the answer was there
        (CALL, "2.8-2.8 late: [stamps 0.03]", 30, 30),
        (CALL, "2.9-2.9 late: [stamps 0.03]", 0, 0),
        (CALL, "2.4-2.4 late: [stamps 0.03]", 0, 30),  # of an event between its parts
        (CALL, "1.9-1.9 late: [stamps 0.03]", 0, 0),
        (CALL, "2.3-2.4 late: [read 0.03]", 0, 0),  # no action was due
        (TOOL, "2.3-2.4 late: [read 0.03]", 30, 30),
        (TOOL, "2.2-2.9 late: [frames 0.01] [read 0.03] [stamps 0.02]", 60, 60),
    ],
)
def test_a_wait_is_uncertain_by_what_was_late_in_it(script, late, whole_ms, parts_ms):
    (wait,) = build(record(f"{script}\n{late}")).waits
    assert wait.took_s == pytest.approx(0.8)
    assert wait.uncertainty_s == pytest.approx(whole_ms / 1000, abs=1e-8)
    assert wait.parts_uncertainty_s == pytest.approx(parts_ms / 1000, abs=1e-8)


def test_sound_that_was_held_back_by_ourselves_counts_and_a_queue_does_not():
    late = "0.0-0.0 late: [frames 0.001]"
    held = CALL.replace("way.", "way. [came 2.76]")
    (wait,) = build(record(f"{held}\n{late}")).waits
    assert wait.uncertainty_s == pytest.approx(0.04, abs=1e-8)
    queued = f"""
        0.0-2.0    caller: Where is my order?
        2.2-2.8    agent: One moment. [response a]
        3.0-4.0    caller: Well?
        3.5-4.5    agent: Wait. [response b] [created 2.9]
        4.5-6.0    agent: It is on its way. [came 4.2] [response c] [created 4.1]
        {late}
    """
    assert build(record(queued)).waits[1].uncertainty_s == pytest.approx(0.0, abs=1e-8)
    alone = build(record(queued.replace("3.5-4.5    agent: Wait. [response b] [created 2.9]", "")))
    assert alone.waits[1].uncertainty_s == pytest.approx(0.3, abs=1e-8)


@pytest.mark.parametrize(
    ("late", "off_ms"),
    [
        ("4.0-4.02 late: [frames 0.03]", 30),  # the onset left late
        ("4.4-4.5 late: [frames 0.03]", 0),
        ("4.1-4.1 late: [stamps 0.03]", 30),  # the event that stopped playback came earlier
        ("4.1-4.1 late: [read 0.05]", 30),  # a frame of playback is taken after its time
        ("4.1-4.1 late: [read 0.02]", 0),
    ],
)
def test_a_yield_is_uncertain_by_what_was_late_while_both_spoke(late, off_ms):
    (fact,) = build(record(f"{BARGE_IN}\n{late}")).barge_ins
    assert fact.yielded_s == pytest.approx(4.3)
    assert fact.uncertainty_s == pytest.approx(off_ms / 1000, abs=1e-8)


def test_an_agent_that_simply_finished_has_no_uncertain_yield():
    script = BARGE_IN.replace("[of 9.0] [cancelled 4.1] [truncated 2500]", "[done 4.2]")
    (fact,) = build(record(f"{script}\n4.1-4.1 late: [stamps 0.03]")).barge_ins
    assert fact.yielded_s is fact.uncertainty_s is None


NOTED = Lateness(300, 0.0002, 0.004, 0.03, noted_s=0.0005)
IMPORTED = Origin(SourceKind.AUDIO, "a.wav", sound=True)
PERSON = Origin(SourceKind.PERSON, "", sound=True)


@pytest.mark.parametrize(
    ("changes", "own"),
    [
        ({"clock": "virtual", "lateness": Lateness(300, 0.0, 0.0, 0.0)}, OwnLateness()),
        ({"clock": "virtual"}, OwnLateness()),
        ({"clock": "real"}, None),
        ({"clock": "real", "lateness": Lateness(0, None, None, None)}, None),
        ({"clock": "real", "lateness": NOTED}, OwnLateness(0.0005)),
        ({"clock": "real", "lateness": NOTED, "origin": IMPORTED}, None),
        ({"clock": "real", "lateness": NOTED, "origin": PERSON}, OwnLateness(0.0005)),
    ],
)
def test_what_a_recording_tells_of_our_lateness(changes, own):
    recording = record(CALL)
    recording = replace(recording, manifest=replace(recording.manifest, **changes))
    assert own_lateness(recording) == own
    (wait,) = build(recording).waits
    if own is None:
        assert wait.uncertainty_s is None
    elif own.exact:
        assert wait.uncertainty_s == wait.parts_uncertainty_s == 0.0
    else:  # and by the tenth of a second that this call's sound lay in no queue
        assert wait.uncertainty_s == pytest.approx(0.1 + 2 * own.unnoted_s, abs=1e-8)


def test_an_unanswered_turn_has_no_uncertain_wait():
    (wait,) = build(record("0.0-2.0 caller: Hello?\n0.1-0.2 late: [frames 0.1]")).waits
    assert wait.uncertainty_s is None


@pytest.mark.parametrize(
    ("late", "stall_s"),
    [
        ([], 0.0),
        ([(1.0, 1.2, 0.19)], 0.0),
        ([(1.0, 1.2, 0.2)], 0.2),
        ([(0.7, 0.8, 0.2)], 0.0),  # over before the caller spoke
        ([(0.7, 0.9, 0.2)], 0.2),
        ([(2.0, 2.2, 0.3)], 0.0),
        ([(5.0, 5.2, 1.9)], 0.0),
        ([(5.0, 5.2, 2.0), (1.0, 1.2, 0.3)], 2.0),
    ],
)
def test_a_stall_amid_words_or_a_long_one_anywhere_may_have_changed_what_the_agent_did(
    late, stall_s
):
    own = OwnLateness(0.0005, tuple(LateStretch(*each) for each in late))
    assert own.stall_s([(1.0, 2.0)]) == stall_s


def test_an_answer_of_which_no_sound_was_noted_was_held_back_by_nobody():
    recording = replace(record(f"{CALL}\n2.1-2.2 late: [frames 0.03]"), generated=())
    (wait,) = build(recording).waits
    assert wait.uncertainty_s == pytest.approx(0.03, abs=1e-8)


TICKS = st.integers(0, 20).map(lambda tick: tick / 4)
LATE = st.lists(st.tuples(TICKS, TICKS, TICKS), max_size=8).map(
    lambda rows: tuple(LateStretch(min(a, b), max(a, b), late_s) for a, b, late_s in rows)
)


@given(LATE, LATE, TICKS, TICKS)
def test_what_was_late_between_two_times_is_the_worst_of_all_that_was(
    frames: tuple[LateStretch, ...], came: tuple[LateStretch, ...], one_s: float, other_s: float
) -> None:
    from_s, until_s = sorted((one_s, other_s))
    own = OwnLateness(0.125, frames, came, came[1:])
    left = [f.late_s for f in frames if f.start_s < until_s and f.end_s + f.late_s >= from_s]
    assert own.left_late_s(from_s, until_s) == max(left, default=0.125)

    def worst(late: tuple[LateStretch, ...]) -> float:
        found = [each.late_s for each in late if each.start_s <= until_s and each.end_s >= from_s]
        return max(found, default=0.125)

    assert own.read_late_s(from_s, until_s) == worst(came)
    assert own.stamped_late_s(from_s, until_s) == worst(came[1:])
    assert own == OwnLateness(0.125, frames, came, came[1:])
