"""Barge-ins and how the agent gives way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import RATE_HZ, judged_call, record

from harness.errors import Unscorable
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.barge_in_yield import BargeInYield
from harness.judging.scorers.base import Outcome
from harness.recording.model import ImpairedSpan, Impairment

HELLO = "0.0-1.0 caller: Tell me.\n"
STOP = " caller: Stop! [barge-in]\n"

ROWS = {
    "a quick yield passes": (
        HELLO + "1.5-4.4 agent: Long story. [of 9.0] [truncated 2900]\n4.0-5.0" + STOP,
        0.4,
        Outcome.PASS,
        "slowest yield took 0.40 s",
    ),
    "exactly the limit passes": (
        HELLO + "1.5-6.0 agent: Long story. [of 9.0] [truncated 4500]\n4.0-5.0" + STOP,
        2.0,
        Outcome.PASS,
        "2.00 s",
    ),
    "talking on fails": (
        HELLO + "1.5-9.0 agent: Long story.\n4.0-5.0" + STOP,
        5.0,
        Outcome.FAIL,
        "kept talking",
    ),
    "an agent that simply finished did not yield": (
        HELLO + "1.5-4.5 agent: Short. [done 4.2]\n4.0-5.0" + STOP,
        None,
        Outcome.NOT_APPLICABLE,
        "nothing more",
    ),
    "whether an answer had finished that nobody ends cannot be told": (
        HELLO + "1.5-4.5 agent: Short.\n4.0-5.0" + STOP,
        None,
        Outcome.UNSCORABLE,
        "the agent fell silent 0.50 s after the caller began at 0:04.0; nothing tells whether it"
        " was cut short or had finished",
    ),
    "words that end inside a sentence were cut short": (
        HELLO + "1.5-4.5 agent: A long and\n4.0-5.0" + STOP + "5.5-6.5 agent: Yes?",
        0.5,
        Outcome.PASS,
        "0.50 s",
    ),
    "a sentence also ends in quotation marks and brackets": (
        HELLO
        + '1.5-4.5 agent: It says "shipped." (Really.)\n4.0-5.0'
        + STOP
        + "5.5-6.5 agent: Yes?",
        None,
        Outcome.UNSCORABLE,
        "nothing tells whether it was cut short",
    ),
    "a clear yield decides beside one that stays open": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [truncated 2900]\n4.0-5.0"
        + STOP
        + "5.5-7.5 agent: Short.\n7.0-8.0"
        + STOP,
        0.4,
        Outcome.PASS,
        "0.40 s",
    ),
    "a cancelled response had more to say": (
        HELLO + "1.5-4.5 agent: Short. [cancelled 4.2]\n4.0-5.0" + STOP,
        0.5,
        Outcome.PASS,
        "0.50 s",
    ),
    "no barge-in": (
        HELLO + "1.5-2.5 agent: Short.\n3.0-4.0 caller: Ok.",
        None,
        Outcome.NOT_APPLICABLE,
        "no barge-in",
    ),
    "one frame of difference is allowed": (
        HELLO + "1.5-4.4 agent: Long. [of 9.0] [truncated 2880]\n4.0-5.0" + STOP,
        0.4,
        Outcome.PASS,
        "0.40 s",
    ),
    "a wrong truncation fails": (
        HELLO + "1.5-4.4 agent: Long. [of 9.0] [truncated 2800]\n4.0-5.0" + STOP,
        0.4,
        Outcome.FAIL,
        "100 ms off",
    ),
    "an agent that was never told fails": (
        HELLO + "1.5-4.4 agent: Long. [of 9.0]\n4.0-5.0" + STOP,
        0.4,
        Outcome.FAIL,
        "never told",
    ),
    "a truncation that the service refused decides nothing": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [truncated 2900] [untaken 4.5 Item not found]\n4.0-5.0"
        + STOP,
        None,
        Outcome.UNSCORABLE,
        "the agent fell silent in time, but the service did not take note of what was heard: Item"
        " not found",
    ),
    "talking on fails, whatever the service refused": (
        HELLO
        + "1.5-9.0 agent: Long. [of 12.0] [truncated 7500] [untaken 9.1 Item not found]\n4.0-5.0"
        + STOP,
        5.0,
        Outcome.FAIL,
        "kept talking",
    ),
    "a wrong truncation fails, whatever the service refused": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [truncated 2800] [untaken 4.5 Item not found]\n4.0-5.0"
        + STOP,
        0.4,
        Outcome.FAIL,
        "100 ms off",
    ),
    "one refusal is enough": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [truncated 2900] [untaken 4.5 Item not found]\n4.0-5.0"
        + STOP
        + "5.5-7.4 agent: Long. [of 9.0] [truncated 1900]\n7.0-8.0"
        + STOP,
        None,
        Outcome.UNSCORABLE,
        "Item not found",
    ),
    "an error of something else refuses no truncation": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [truncated 2900]\n4.0-5.0"
        + STOP
        + "4.5- error: Too many requests",
        0.4,
        Outcome.PASS,
        "0.40 s",
    ),
    "stale audio fails": (
        HELLO
        + "1.5-4.4 agent: Long. [of 9.0] [response a] [truncated 2900]\n4.0-5.0"
        + STOP
        + "5.5-5.8 agent: Stale. [response a]",
        1.8,
        Outcome.FAIL,
        "0.30 s of the old answer",
    ),
}


@pytest.mark.parametrize(("script", "value", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_the_slowest_yield_decides(
    script: str, value: float | None, outcome: Outcome, reason: str
) -> None:
    (score,) = (each.score for each in verdicts(judged_call(script), (BargeInYield(),)))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
    assert score.value == (None if value is None else pytest.approx(value, abs=1e-4))


@pytest.mark.parametrize(
    ("late_s", "truncated", "outcome"),
    [(1.0, 4900, Outcome.UNSCORABLE), (0.3, 4900, Outcome.FAIL), (1.0, 2000, Outcome.FAIL)],
)
def test_a_yield_that_the_network_may_have_made_late_is_not_held_against_the_agent(
    late_s: float, truncated: int, outcome: Outcome
) -> None:
    script = HELLO + f"1.5-6.4 agent: Long. [of 9.0] [truncated {truncated}]\n4.0-6.5" + STOP
    fault = ImpairedSpan(Impairment.LATE, 4 * RATE_HZ, RATE_HZ // 5, late_s)
    call = judge(replace(record(script), impaired=(fault,))).call
    (score,) = (each.score for each in verdicts(call, (BargeInYield(),)))
    assert score.outcome is outcome, score.reason


def test_a_barge_in_without_the_audio_of_one_side_cannot_be_told() -> None:
    call = judged_call(
        "0.0-1.0 caller: Tell me.\n1.5-4.4 agent: Long story. [of 9.0] [truncated 2900]\n"
        "4.0-5.0 caller: Stop! [barge-in]\n"
    )
    agent = tuple(replace(said, unrecorded=True) for said in call.timeline.agent)
    call = replace(call, timeline=replace(call.timeline, agent=agent))
    with pytest.raises(Unscorable, match=r"no audio of one side at the barge-in at 0:04\.0"):
        BargeInYield().score(call)


AHEAD = HELLO + "1.5-9.0 agent: Long story. [came 1.5 1.9]\n4.0-5.0" + STOP
QUEUED = (
    "5.0 s of audio were queued at the client when the caller began at 0:04.0, and the dialect"
    " never reported an interruption: when the agent stopped cannot be told"
)


@pytest.mark.parametrize(
    ("script", "reports", "outcome", "reason"),
    [
        (AHEAD, False, Outcome.UNSCORABLE, QUEUED),
        (AHEAD, True, Outcome.FAIL, "kept talking over the caller for 5.00 s"),
        (AHEAD + "6.0- vad [interrupted]", False, Outcome.FAIL, "kept talking"),
        (AHEAD.replace("1.5 1.9", "1.5 5.2"), False, Outcome.FAIL, "kept talking"),
        (AHEAD.replace("9.0 agent: Long story.", "5.0 agent: Long. [of 9.0] [cancelled 5.0]"),
         False, Outcome.FAIL, "the agent was never told what was heard"),
    ],
    ids=["queued", "reports", "reported once", "sent after the onset", "in time"],
)  # fmt: skip
def test_audio_that_was_queued_and_nothing_could_stop(
    script: str, reports: bool, outcome: Outcome, reason: str
) -> None:
    recording = record(script)
    manifest = replace(recording.manifest, reports_interruptions=reports)
    call = judge(replace(recording, manifest=manifest)).call
    (score,) = (each.score for each in verdicts(call, (BargeInYield(),)))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
