"""The agent as the caller's end sees it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.protocol.events import (
    AudioDone,
    InputCommitted,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import Response, ResponseStatus
from harness.session.agent_side import AUTOMATIC_RESPONSE_S, AgentSide
from harness.session.playout import Playout


def agent() -> AgentSide:
    return AgentSide(Playout())


def created(name: str) -> ResponseCreated:
    return ResponseCreated(Response(name, ResponseStatus.IN_PROGRESS))


def done(name: str) -> ResponseDone:
    return ResponseDone(Response(name, ResponseStatus.COMPLETED))


def test_a_transcript_is_cut_at_the_share_that_was_heard():
    side = agent()
    side.received(1.0, created("r"))
    side.received(1.0, TranscriptDelta("r", "i", 0, 0, "0123"))
    side.received(1.0, TranscriptDelta("r", "i", 0, 0, "456789"))
    assert side.words(1.0, since_s=0.0) == ""
    side.playout.arrived(1.0, ("i", 0), response_id="r", samples=np.ones(24_000, np.int16))
    assert side.words(1.5, since_s=0.0) == "01234"
    side.received(1.6, TranscriptDone("r", "i", 0, 0, "abcdefghij"))
    assert side.words(9.0, since_s=0.0) == "abcdefghij"
    assert side.words(9.0, since_s=1.1) == ""


def test_words_after_a_flush_stay_what_was_heard():
    side = agent()
    side.received(1.0, created("r"))
    side.received(1.0, TranscriptDone("r", "i", 0, 0, "0123456789"))
    side.playout.arrived(1.0, ("i", 0), response_id="r", samples=np.ones(24_000, np.int16))
    side.playout.flush(1.3)
    assert side.words(9.0, since_s=0.0) == "012"


def test_busy_is_open_asked_owed_or_at_work():
    side = agent()
    assert not side.busy
    side.asked(1.0)
    assert side.busy
    side.received(1.1, created("r"))
    assert side.open_responses == {"r"}
    side.received(1.2, done("r"))
    assert not side.busy
    assert side.quiet_since_s(2.0) == 1.2
    side.tool_started("c")
    assert side.busy
    assert side.last_sign_s(5.0) == 5.0
    side.tool_ended(5.0, "c")
    side.owed = True
    assert side.busy
    side.received(6.0, created("s"))
    assert not side.owed


def test_a_refused_response_is_no_longer_waited_for():
    side = agent()
    side.asked(1.0)
    side.refused(1.5)
    assert side.quiet_since_s(2.0) == 1.5


def test_nobody_asks_while_the_vad_is_about_to_answer_by_itself():
    side = agent()
    assert side.may_be_asked(0.0)
    side.received(1.0, SpeechStarted("u", 900))
    assert not side.may_be_asked(10.0)
    side.received(11.0, SpeechStopped("u", 10_900))
    side.received(11.0, InputCommitted("u"))
    assert not side.may_be_asked(11.5)
    assert side.may_be_asked(11.0 + AUTOMATIC_RESPONSE_S)
    side.received(11.2, created("r"))
    assert not side.may_be_asked(11.3)
    side.received(11.4, done("r"))
    assert side.may_be_asked(11.4)


def test_failures_and_silent_answers_belong_to_their_response():
    side = agent()
    failed = Response("r", ResponseStatus.FAILED)
    side.received(1.0, created("r"))
    side.received(2.0, ResponseDone(failed))
    assert side.failure(0.5) == "the response failed"
    assert side.failure(1.5) is None
    side.received(3.0, created("s"))
    side.answered_silently(3.5, "s")
    assert side.silent_answer_s(2.5) == 3.5
    assert side.silent_answer_s(3.2) is None


def test_an_answer_is_first_heard_in_the_response_that_speaks_first():
    side = agent()
    for at_s, name in ((1.0, "r"), (2.0, "s")):
        side.received(at_s, created(name))
        samples = np.full(12_000, 5000, np.int16)
        side.playout.arrived(at_s, (name, 0), response_id=name, samples=samples)
    assert side.first_heard_s(0.9, since_s=0.0, after_s=0.0) is None
    assert side.first_heard_s(5.0, since_s=0.0, after_s=0.0) == 1.0
    assert side.first_heard_s(5.0, since_s=0.0, after_s=1.2) == pytest.approx(1.2)
    assert side.first_heard_s(5.0, since_s=1.5, after_s=0.0) == 2.0


def test_finished_parts_are_known():
    side = agent()
    side.received(1.0, AudioDone("r", "i", 0, 0))
    assert side.audio_done == {("i", 0)}
