"""Words whose audio cannot hold them: verdicts that depend on them go to review, not to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, Score, Scorer
from harness.judging.scorers.entity_confirmation import EntityConfirmation
from harness.judging.scorers.missing_evidence import partly_heard
from harness.judging.scorers.preamble import Preamble
from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.timeline.model import Transcript

PASS, FAIL, REVIEW, UNSCORABLE = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE

ASKED = "0.0-2.0 caller: Please cancel my order.\n"
PROPOSAL = "agent: I would cancel order ORD-4715B. That can't be undone. Shall I go ahead?\n"
YES = "6.5-7.5 caller: Yes, please do.\n"
DONE = "8.5-9.0 cancel_order order_id=ORD-4715B\n"
LISTEN = "was it said at 0:03.0? The text does not fit the audio there"

GIVEN = "0.0-2.0 caller: It's ORD-4715B.\n"
BACK = "agent: I have O, R, D, dash, four, seven, one, five, B. Is that right?\n"
RIGHT = "6.5-7.5 caller: Yes, that's right.\n"
USED = "9.0-10.0 lookup_order order_id=ORD-4715B\n"


def score(scorer: Scorer, script: str) -> Score:
    (found,) = verdicts(judged_call(script, listened=False), (scorer,))
    return found.score


WRITES = {
    "audio enough": (ASKED + "3.0-6.0 " + PROPOSAL + YES + DONE, PASS, "made as agreed"),
    "too little audio": (ASKED + "3.0-3.5 " + PROPOSAL + YES + DONE, REVIEW, LISTEN),
    "no audio at all": (
        ASKED + "3.0-3.5 response: completed\n" + YES + DONE,
        FAIL,
        "without being proposed",
    ),
    "too little audio, and never agreed": (
        ASKED + "3.0-3.5 " + PROPOSAL + "6.5-7.5 caller: No, don't.\n" + DONE,
        REVIEW,
        LISTEN,
    ),
    "too little audio in another answer, after the call": (
        ASKED + DONE + "10.0-10.5 " + PROPOSAL,
        FAIL,
        "without being proposed",
    ),
    "no transcript, and too little audio after the call": (
        ASKED + "3.0-6.0 agent:\n" + YES + DONE + "10.0-10.5 " + PROPOSAL,
        UNSCORABLE,
        "the agent sent no transcript of what it said at 0:03.0",
    ),
    "too little audio, and another value": (
        ASKED + "3.0-3.5 " + PROPOSAL + YES + "8.5-9.0 cancel_order order_id=ORD-1111A",
        REVIEW,
        LISTEN,
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_proposal_that_its_audio_cannot_hold_is_for_a_listener(name: str) -> None:
    script, outcome, reason = WRITES[name]
    found = score(WriteConfirmation(), script)
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


VALUES = {
    "audio enough": (GIVEN + "2.8-6.0 " + BACK + RIGHT + USED, PASS, "was read back and accepted"),
    "too little audio": (
        GIVEN + "3.0-3.4 " + BACK + RIGHT + USED,
        REVIEW,
        f"it was never read back; {LISTEN}",
    ),
    "no read-back": (GIVEN + RIGHT + USED, FAIL, "it was never read back"),
    "no transcript, and too little audio after the call": (
        GIVEN + "2.8-6.0 agent:\n" + RIGHT + USED + "11.0-11.4 " + BACK,
        UNSCORABLE,
        "the agent sent no transcript of what it said at 0:02.8",
    ),
    "too little audio, after the call": (
        GIVEN + RIGHT + USED + "11.0-11.4 " + BACK,
        FAIL,
        "it was never read back",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_read_back_that_its_audio_cannot_hold_is_for_a_listener(name: str) -> None:
    script, outcome, reason = VALUES[name]
    found = score(EntityConfirmation(), script)
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


@pytest.mark.parametrize("scorer", [WriteConfirmation(), EntityConfirmation()])
def test_the_listener_is_shown_where_to_listen(scorer: Scorer) -> None:
    back = BACK.replace("Is that", "Shall I cancel it? Is that")
    found = score(scorer, GIVEN + "3.0-3.4 " + back + RIGHT + DONE)
    assert found.outcome is REVIEW, found.reason
    assert [(one.start_s, one.end_s, one.label) for one in found.evidence] == [
        (pytest.approx(3.0), pytest.approx(3.4), "text does not fit the audio")
    ]


def test_what_was_announced_in_such_words_is_not_known() -> None:
    announced = "Let me look up the order that you have asked me about, and its status."
    script = f"{GIVEN}2.5-2.8 agent: {announced}\n3.0-4.0 lookup_order order_id=ORD-4715B"
    found = score(Preamble(), script)
    assert found.outcome is UNSCORABLE, found.reason
    assert (
        found.reason
        == "what the agent said at 0:02.5 is not known: its text does not fit its audio"
    )


def test_words_without_audio_in_the_recording_are_a_question() -> None:
    call = judged_call(ASKED + "3.0-6.0 " + PROPOSAL + YES + DONE)
    agent = tuple(replace(said, transcript=Transcript.UNRECORDED) for said in call.timeline.agent)
    call = replace(call, timeline=replace(call.timeline, agent=agent))
    found = partly_heard(call, until_s=9.0)
    assert found is not None
    assert found.reason == "was it said at 0:03.0? The recording has no audio there"
    assert partly_heard(call, until_s=2.0) is None
