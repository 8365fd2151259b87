"""The session is over during the caller's utterance: it is said again, and heard whole once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.call_plans import clip
from support.rejoined_calls import ASKED, FIRST, SAID, SECOND, held, told
from support.scripted_server import Reply, Script, Session

from harness.recording.model import AbsenceCause, Recording, UtteranceKind
from harness.recording.provenance import CallStatus, EndCause
from harness.scenario.session_settings import SessionSettings
from harness.timeline.build import build

BY_HAND = {"session": SessionSettings(turn_detection="none")}
ENDS_AMID_S = 1.1
"""The caller's first words sound from 0.55 s to 1.55 s of the call, which begins with a session."""


def names(session: Session) -> list[str]:
    return [message["type"] for message in session.received]


def said(call: Recording) -> list[tuple[str, bool]]:
    return [(one.text, one.lost) for one in call.utterances]


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, ["session.update"]),
        (
            BY_HAND,
            [
                "session.update",
                "input_audio_buffer.clear",
                "input_audio_buffer.commit",
                "response.create",
            ],
        ),
    ],
    ids=["vad", "push-to-talk"],
)
def test_words_that_the_line_broke_off_are_said_again_from_their_beginning(
    tmp_path: Path, settings: dict[str, Any], sent: list[str]
) -> None:
    script = Script([FIRST], lasts_s=[ENDS_AMID_S])
    call, (first, second) = held(tmp_path, [ASKED], script, rejoins=True, **settings)
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert said(call) == [("Where is it?", True), ("Where is it?", False)]
    broken, whole = call.utterances
    (gone,) = call.absences
    assert (gone.cause, gone.turn) == (AbsenceCause.EXPIRED, None)
    assert gone.back_s is not None
    assert (broken.start + broken.samples) / 24_000 == pytest.approx(gone.left_s, abs=0.021)
    assert whole.start / 24_000 == pytest.approx(gone.back_s + 0.5, abs=0.021)
    assert whole.samples > broken.samples
    assert names(second) == sent
    assert "input_audio_buffer.commit" not in names(first)
    facts = build(call)
    assert [(turn.text, turn.turn) for turn in facts.caller] == [("Where is it?", 0)]
    assert [turn.text for turn in facts.lost] == ["Where is it?"]
    assert [wait.took_s for wait in facts.waits] == pytest.approx([0.6], abs=0.35)
    assert facts.barge_ins == ()


def test_what_was_said_before_is_told_and_no_answer_asked_for(tmp_path: Path) -> None:
    """The second turn begins 0.6 s after the answer, at about 3.6 s."""
    script = Script([FIRST, SECOND], lasts_s=[4.5])
    call, (_, second) = held(tmp_path, [ASKED, SAID], script, rejoins=True)
    assert said(call) == [("Where is it?", False), ("ORD-7.", True), ("ORD-7.", False)]
    assert told(second) == [("user", "Where is it?"), ("assistant", FIRST.text)]
    assert "response.create" not in names(second)
    assert [one.claimed for one in build(call).agent] == [FIRST.text, SECOND.text]


def test_an_answer_of_the_callers_is_said_again_too(tmp_path: Path) -> None:
    rules = {"answers": [{"if_agent_asks": "which one", "say": "The blue one."}]}
    call, _ = held(
        tmp_path, [ASKED], Script([FIRST, SECOND], lasts_s=[4.5]), rejoins=True, scenario=rules
    )
    assert said(call)[1:] == [("The blue one.", True), ("The blue one.", False)]
    assert [one.answer for one in call.utterances] == [None, 0, 0]


def test_a_question_that_was_heard_out_is_answered_when_the_line_is_back(tmp_path: Path) -> None:
    """It is over at 3.2 s; the caller would answer at 3.8 s."""
    rules = {"answers": [{"if_agent_asks": "which one", "say": "The blue one."}]}
    script = Script([FIRST, SECOND], lasts_s=[3.4])
    call, (_, second) = held(tmp_path, [ASKED], script, rejoins=True, scenario=rules)
    assert said(call) == [("Where is it?", False), ("The blue one.", False)]
    assert "response.create" not in names(second)
    assert [one.claimed for one in build(call).agent] == [FIRST.text, SECOND.text]


def test_words_that_were_whole_are_not_said_again(tmp_path: Path) -> None:
    """Only the silence after them was still to come: they are sent as history, and answered."""
    clips = (clip("Where is it?", tail_s=2.0),)
    call, (_, second) = held(
        tmp_path, [ASKED], Script([SECOND], lasts_s=[1.7], deaf=True), clips=clips, rejoins=True
    )
    assert said(call) == [("Where is it?", False)]
    assert told(second) == [("user", "Where is it?")]
    assert names(second).count("response.create") == 1
    assert [one.claimed for one in build(call).agent] == [SECOND.text]


def test_keys_are_pressed_again_from_the_first(tmp_path: Path) -> None:
    clips = (clip("12"),)
    script = Script([SECOND], lasts_s=[ENDS_AMID_S])
    call, _ = held(tmp_path, [{"dtmf": "12"}], script, clips=clips, rejoins=True)
    assert said(call) == [("12", True), ("12", False)]


def test_a_silence_goes_on_whatever_becomes_of_the_line(tmp_path: Path) -> None:
    turns = [{"silence": "1s"}, SAID]
    call, _ = held(tmp_path, turns, Script([SECOND], lasts_s=[ENDS_AMID_S]), rejoins=True)
    kinds = [(one.kind, one.lost) for one in call.utterances]
    assert kinds == [(UtteranceKind.SILENCE, False), (UtteranceKind.SPEECH, False)]


def test_sessions_that_lead_nowhere_are_not_begun_for_ever(tmp_path: Path) -> None:
    script = Script([FIRST], lasts_s=[ENDS_AMID_S] * 9)
    call, sessions = held(tmp_path, [ASKED], script, rejoins=True)
    assert len(sessions) == 4
    assert (call.manifest.status, call.manifest.end_cause) == (
        CallStatus.SOCKET_CLOSED,
        EndCause.EXPIRED,
    )
    assert call.manifest.status_detail == (
        "Your session hit the maximum duration of 60 minutes.; 3 further sessions in a row were "
        "over before anything was said to its end in them, so no other was begun"
    )
    assert len(call.absences) == 3


def test_an_answer_that_nobody_hears_out_is_not_asked_for_for_ever(tmp_path: Path) -> None:
    """Each session generates it whole, and lasts shorter than it takes to hear."""
    long = Reply("This takes a long time.", 4.0, pace=8.0)
    script = Script([long] * 9, lasts_s=[4.0] + [3.0] * 9)
    call, sessions = held(tmp_path, [ASKED], script, rejoins=True)
    assert len(sessions) == 4
    assert call.manifest.end_cause is EndCause.EXPIRED


def test_sessions_that_answer_without_a_sound_and_are_over_do_not_follow_for_ever(
    tmp_path: Path,
) -> None:
    async def nothing(session: Session) -> None:
        response = {"object": "realtime.response", "id": "resp_1", "output": []}
        await session.send("response.created", response={**response, "status": "in_progress"})
        await session.done("resp_1", "completed", [])
        await session.expire()

    call, sessions = held(
        tmp_path, [ASKED], Script([Reply(raw=nothing, delay_s=0.0)] * 9), rejoins=True
    )
    assert len(sessions) == 4
    assert call.manifest.end_cause is EndCause.EXPIRED


def test_a_session_in_which_something_was_said_counts_anew(tmp_path: Path) -> None:
    """Two that broke off words, then a whole turn, then two more."""
    script = Script([FIRST, SECOND], lasts_s=[1.1, 1.1, 4.5, 1.1, 1.1])
    call, sessions = held(tmp_path, [ASKED, SAID], script, rejoins=True)
    assert len(sessions) == 6
    assert call.manifest.status is CallStatus.COMPLETED


def test_a_session_that_expires_in_its_handshake_ends_the_call_as_expired(tmp_path: Path) -> None:
    script = Script([FIRST], lasts_s=[ENDS_AMID_S, 0.0])
    call, _ = held(tmp_path, [ASKED], script, rejoins=True)
    assert (call.manifest.status, call.manifest.end_cause) == (
        CallStatus.SOCKET_CLOSED,
        EndCause.EXPIRED,
    )
    assert [gone.back_s for gone in call.absences] == [None]


def test_with_push_to_talk_a_lost_line_leaves_the_button_up(tmp_path: Path) -> None:
    turns = [ASKED, {"disconnect": {"for": "2s"}}, SAID]
    call, (first, second) = held(tmp_path, turns, Script([FIRST, SECOND]), **BY_HAND)
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    pressed = ["input_audio_buffer.clear", "input_audio_buffer.commit", "response.create"]
    assert names(first) == ["session.update", *pressed]
    assert names(second) == ["session.update", *["conversation.item.create"] * 2, *pressed]
    assert told(second) == [("user", "Where is it?"), ("assistant", FIRST.text)]


def test_with_push_to_talk_a_commit_that_was_not_answered_is_answered_later(tmp_path: Path) -> None:
    gone = {"disconnect": {"for": "2s"}, "start": {"on_event": "input_audio_buffer.committed"}}
    call, (_, second) = held(
        tmp_path, [ASKED, gone, SAID], Script([FIRST, SECOND, SECOND]), **BY_HAND
    )
    assert told(second) == [("user", "Where is it?")]
    assert names(second)[:3] == ["session.update", "conversation.item.create", "response.create"]
    assert names(second).count("input_audio_buffer.commit") == 1
    assert call.manifest.status is CallStatus.COMPLETED
