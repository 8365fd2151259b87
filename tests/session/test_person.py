"""A person on the line: their sound in frames, gaps and pile-ups, the floor, and hanging up."""

from __future__ import annotations

import numpy as np
import pytest

from harness.audio.pcm import Int16Array
from harness.recording.provenance import CallStatus
from harness.session.agent_side import AgentSide
from harness.session.call_parts import CUSHION_S, MOST_S, PAUSE_S, Person
from harness.session.caller_actions import HangUp, Invite
from harness.session.caller_stream import FRAME
from harness.session.playout import Playout

CUSHION = round(CUSHION_S * 24_000)


def person(*, agent_opens: bool = False) -> Person:
    return Person(lambda _: None, lambda _: None, call_s=30.0, agent_opens=agent_opens)


def loud(count: int) -> Int16Array:
    return (np.arange(count) % 7_000 + 3_000).astype(np.int16)


def test_sound_leaves_in_frames_as_it_came_once_a_cushion_is_there() -> None:
    one, sound = person(), loud(CUSHION + FRAME)
    one.spoke(sound[: FRAME + 7])
    assert not one.next().sent.any()
    one.spoke(sound[FRAME + 7 :])
    frames = [one.next() for _ in range(3)]
    assert [frame.start for frame in frames] == [FRAME, 2 * FRAME, 3 * FRAME]
    assert np.array_equal(np.concatenate([frame.sent for frame in frames]), sound[: 3 * FRAME])
    assert all(frame.clean is frame.sent for frame in frames)


def test_where_nothing_comes_there_is_silence_until_the_cushion_is_there_again() -> None:
    one, sound = person(), loud(CUSHION)
    one.spoke(sound)
    frames = CUSHION // FRAME
    assert all(one.next().sent.any() for _ in range(frames))
    one.spoke(sound[:FRAME])
    assert one.next().sent.any()
    assert not one.next().sent.any()
    one.spoke(sound[:FRAME])
    assert not one.next().sent.any()
    one.spoke(sound)
    assert one.next().sent.any()


def test_what_piles_up_goes_where_nobody_speaks_and_no_word_is_cut() -> None:
    one, word = person(), loud(20 * FRAME)
    silence = np.zeros(30 * FRAME, np.int16)
    one.spoke(np.concatenate([silence, word, silence]))
    sent = np.concatenate([one.next().sent for _ in range(80)])
    (places,) = np.nonzero(sent)
    assert np.array_equal(sent[places[0] : places[-1] + 1], word)
    assert places[0] < len(silence)


def test_never_more_is_kept_than_somebody_can_wait_for() -> None:
    one, most = person(), round(MOST_S * 24_000)
    one.spoke(np.concatenate([loud(most), np.full(most, 9_999, np.int16)]))
    assert (one.next().sent == 9_999).all()


@pytest.mark.parametrize(
    ("at_s", "gone", "found"),
    [
        (1.0, False, None),
        (1.0, True, HangUp(CallStatus.COMPLETED)),
        (29.98, False, None),
        (30.0, False, HangUp(CallStatus.COMPLETED, "the call reached its limit of 30 s")),
    ],
)
def test_a_call_ends_when_the_person_goes_or_at_its_limit(
    at_s: float, gone: bool, found: HangUp | None
) -> None:
    one = person()
    if gone:
        one.hang_up()
    assert one.decide(at_s, AgentSide(Playout())) == found


def test_an_agent_that_opens_is_invited_once() -> None:
    one, agent = person(agent_opens=True), AgentSide(Playout())
    asked = [one.decide(at_s, agent) for at_s in (0.0, 0.48, 0.5, 0.52)]
    assert asked == [None, None, Invite(), None]


class Floors(AgentSide):
    """Keeps when somebody took the floor."""

    def __init__(self) -> None:
        super().__init__(Playout())
        self.taken: list[float] = []

    def turn_begun(self, at_s: float) -> None:
        self.taken.append(round(at_s, 2))


def test_voice_after_a_pause_takes_the_floor_once() -> None:
    one, agent = person(), Floors()
    quiet = np.zeros(round(PAUSE_S * 24_000) + 2 * FRAME, np.int16)
    word, breath = loud(10 * FRAME), np.zeros(FRAME, np.int16)
    sound = np.concatenate([word, breath, word, quiet, word, quiet])
    one.spoke(np.zeros(CUSHION, np.int16))
    for border in range(len(sound) // FRAME):
        one.spoke(sound[border * FRAME : (border + 1) * FRAME])
        one.decide(border * 0.02, agent)
        one.next()
    first_s = CUSHION_S + 0.02
    assert agent.taken == pytest.approx([first_s, first_s + 0.02 * (21 + len(quiet) // FRAME)])
