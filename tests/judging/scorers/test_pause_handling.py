"""Pauses within an utterance: who has the floor."""

from __future__ import annotations

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.pause_handling import PauseHandling

P, F, U, NA = Outcome.PASS, Outcome.FAIL, Outcome.UNSCORABLE, Outcome.NOT_APPLICABLE
LINE = "0.0-6.0 caller: The number is ORD-4715B. [pauses 2.0-3.2]\n"
TWICE = "0.0-6.0 caller: The number is ORD-4715B. [pauses 2.0-3.2 4.0-5.2]\n"
AFTER = "6.8-8.0 agent: Thank you, let me look."

ROWS = {
    "an agent that waits for the end of the line passes": (
        LINE + AFTER,
        *(1.0, P, "kept the floor in all pauses within an utterance (1)"),
    ),
    "an answer that is heard for a second takes the floor": (
        LINE + "2.5-3.5 agent: Go on please.",
        *(0.0, F, "took the floor 0.50 s into a pause of 1.20 s at 0:02.0: 'Go on please.', heard"),
    ),
    "one that is heard for less, with three words, does not": (
        LINE + "2.5-3.49 agent: Go on please.\n" + AFTER,
        *(1.0, P, "(1)"),
    ),
    "a backchannel of the agent passes": (LINE + "2.5-2.9 agent: Mm-hm.\n" + AFTER, 1.0, P, "(1)"),
    "four words take the floor, however fast": (
        LINE + "2.5-3.2 agent: Yes, how can I help?",
        *(0.0, F, "heard for 0.70 s"),
    ),
    "an answer that was cut short counts as it was meant": (
        LINE + "2.9-3.3 agent: I could not find that order. [of 3.0] [cancelled 3.3]",
        *(0.0, F, "0.90 s into a pause of 1.20 s at 0:02.0: 'I could not find that order.'"),
    ),
    "a backchannel that was cut short is still one": (
        LINE + "2.9-3.3 agent: Mm-hm, yes. [of 0.8] [cancelled 3.3]\n" + AFTER,
        *(1.0, P, "(1)"),
    ),
    "all that one response says counts together": (
        LINE + "2.1-2.7 agent: Okay. [response a]\n2.8-3.3 agent: Got it. [response a]",
        *(0.0, F, "'Okay. Got it.', heard for 1.10 s"),
    ),
    "what sounded before the pause takes nothing there": (
        LINE + "1.0-3.0 agent: Hello, this is the order desk. [created 0.5]",
        *(1.0, P, "(1)"),
    ),
    "an answer that begins where the pause begins is in it": (
        LINE + "2.0-3.5 agent: Is that all of it?",
        *(0.0, F, "0.00 s into"),
    ),
    "one that is decided in the pause and begins over the rest takes the floor": (
        LINE + "3.4-4.6 agent: I could not find that order. [created 2.9]",
        *(0.0, F, "over the rest of the line, after a pause of 1.20 s at 0:02.0"),
    ),
    "talk-over that no pause led to is not asked about": (
        LINE + "3.4-4.6 agent: I could not find that order. [created 3.3]",
        *(1.0, P, "(1)"),
    ),
    "an answer that was decided in the pause and begins behind the line took nothing": (
        LINE + "6.2-7.6 agent: I could not find that order. [created 2.9]",
        *(1.0, P, "(1)"),
    ),
    "each pause counts": (
        TWICE + "4.5-6.0 agent: Is that all of it?",
        *(0.5, F, "0.50 s into a pause of 1.20 s at 0:04.0"),
    ),
    "the worst of two answers in a pause decides": (
        LINE + "2.2-2.5 agent: Mm-hm.\n2.8-3.3 agent: And what is the rest?",
        *(0.0, F, "'And what is the rest?'"),
    ),
    "without a transcript, a recognizer tells a backchannel": (
        LINE + "2.5-2.9 agent: [heard: Mm-hm.]\n" + AFTER,
        *(1.0, P, "(1)"),
    ),
    "without a transcript, a recognizer tells what is none": (
        LINE + "2.5-3.2 agent: [heard: how can I help]\n" + AFTER,
        *(0.0, F, "'how can I help'"),
    ),
    "without a transcript, what was cut short may have been anything": (
        LINE + "2.9-3.3 agent: [of 3.0] [cancelled 3.3] [heard: I]\n" + AFTER,
        *(None, U, "what the agent began to say in a pause of 1.20 s at 0:02.0 is not known"),
    ),
    "what the line broke off is no line of the caller's": (
        "0.0-3.4 caller: The number [pauses 2.0-3.2] [lost]\n2.5-3.4 agent: Go on, I am here.\n"
        "3.4-4.0 line:\n4.5-6.0 caller: ORD-4715B.\n" + AFTER,
        *(None, NA, "does not pause within an utterance"),
    ),
    "sound that came late may have made the pause longer": (
        LINE + "1.0-2.0 network: [late 0.8]\n3.1-4.4 agent: I could not find that order.",
        *(None, U, "and the caller's sound came up to 0.80 s late"),
    ),
    "an agent that decides early enough would have taken the floor anyhow": (
        LINE + "1.0-2.0 network: [late 0.4]\n2.5-4.0 agent: I could not find that order.",
        *(0.0, F, "took the floor 0.50 s"),
    ),
    "no pause": (
        "0.0-6.0 caller: ORD-4715B.\n" + AFTER,
        None,
        NA,
        "does not pause within an utterance",
    ),
}


@pytest.mark.parametrize(("script", "value", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_the_floor_in_a_pause_is_the_callers(
    script: str, value: float | None, outcome: Outcome, reason: str
) -> None:
    (score,) = (each.score for each in verdicts(judged_call(script), (PauseHandling(),)))
    assert (score.outcome, score.value, reason in score.reason) == (outcome, value, True), (
        score.reason
    )


def test_words_that_nobody_told_or_heard_leave_a_short_sound_open() -> None:
    call = judged_call(LINE + "2.5-2.9 agent:\n" + AFTER, listened=False)
    (one,) = verdicts(call, (PauseHandling(),))
    assert one.score.outcome is U


def test_the_evidence_reaches_from_the_pause_to_the_end_of_what_was_heard() -> None:
    call = judged_call(TWICE + "2.5-4.5 agent: Is that all of it?")
    (one,) = verdicts(call, (PauseHandling(),))
    ((start_s, end_s),) = ((each.start_s, each.end_s) for each in one.score.evidence)
    assert (start_s, end_s) == (2.0, pytest.approx(4.5))
    assert [pause["start_s"] for pause in one.score.details["pauses"]] == [2.0, 4.0]
