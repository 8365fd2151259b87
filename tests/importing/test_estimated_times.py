"""Verdicts on times estimated from the audio: marked so, and no verdict if the error decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.barge_in_yield import BargeInYield
from harness.judging.scorers.base import Outcome, Score, ScoredCall, Scorer
from harness.judging.scorers.entity_confirmation import EntityConfirmation
from harness.judging.scorers.escalation import Escalation
from harness.judging.scorers.expectations import Expectations
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.recording.provenance import Estimate, Origin, SourceKind

WAIT = """
0.0-1.0  caller: Where is my order?
{at}-4.5  agent: On its way.
"""
OVER = """
0.0-1.0  caller: Where is my order?
1.5-{at} agent: It left the house on Monday and it is
3.0-6.5  caller: Stop.
"""


def call(
    script: str, *estimated: Estimate, expect: dict[str, Any] | None = None, **at: Any
) -> ScoredCall:
    live = judged_call(script.format(**at), scenario={"expect": expect or {}})
    origin = Origin(SourceKind.AUDIO, "x.wav", True, tuple(estimated))
    return replace(live, timeline=replace(live.timeline, origin=origin if estimated else None))


def score(one: ScoredCall, scorer: Scorer) -> Score:
    return verdicts(one, (scorer,))[0].score


@pytest.mark.parametrize(
    ("at", "outcome", "reason"),
    [
        ("2.3", Outcome.PASS, "slowest answer took 1.30 s, limit 1.50 s (bounds estimated)"),
        ("2.45", Outcome.UNSCORABLE, "an answer took 1.45 s, limit 1.50 s: too near"),
        ("2.55", Outcome.UNSCORABLE, "an answer took 1.55 s, limit 1.50 s: too near"),
        ("2.7", Outcome.FAIL, "slowest answer took 1.70 s, limit 1.50 s (bounds estimated)"),
    ],
)
def test_an_answer_near_its_limit_is_not_judged_by_estimated_bounds(
    at: str, outcome: Outcome, reason: str
) -> None:
    found = score(call(WAIT, Estimate.BOUNDS, at=at), TimeToFirstAudio(limit_s=1.5))
    assert found.outcome is outcome
    assert found.reason.startswith(reason)


def test_exact_bounds_decide_to_the_sample() -> None:
    found = score(call(WAIT, at="2.55"), TimeToFirstAudio(limit_s=1.5))
    assert (found.outcome, found.reason) == (
        Outcome.FAIL,
        "slowest answer took 1.55 s, limit 1.50 s",
    )


@pytest.mark.parametrize(
    ("estimated", "at", "outcome", "reason"),
    [
        (Estimate.BOUNDS, "5.3", Outcome.FAIL, "(bounds estimated)"),
        (Estimate.BOUNDS, "5.05", Outcome.UNSCORABLE, "a yield took 2.05 s"),
        (Estimate.SIDES, "5.3", Outcome.UNSCORABLE, "one channel holds both voices"),
    ],
)
def test_a_yield_needs_two_channels_and_a_margin(
    estimated: Estimate, at: str, outcome: Outcome, reason: str
) -> None:
    found = score(call(OVER, estimated, at=at), BargeInYield())
    assert found.outcome is outcome
    assert reason in found.reason


CANCELLED = """
0.0-1.0  caller: Cancel my order ORD-4715B.
2.0-3.0  cancel_order order_id=ORD-4715B
4.0-5.0  agent: It is cancelled.
"""


def test_a_fail_on_words_that_a_recognizer_heard_waits_for_a_listener() -> None:
    told = score(call(CANCELLED, Estimate.BOUNDS), WriteConfirmation())
    heard = score(call(CANCELLED, Estimate.WORDS), WriteConfirmation())
    assert (told.outcome, heard.outcome) == (Outcome.FAIL, Outcome.REVIEW)
    assert heard.reason == f"{told.reason}; the words are what a recognizer heard: listen"
    slow = score(call(WAIT, Estimate.WORDS, at="3.0"), TimeToFirstAudio(limit_s=1.5))
    assert slow.outcome is Outcome.FAIL


NEVER = {"never": ["cancel_order"]}
CALLED = {"tools": [{"name": "lookup_order", "arguments": {}}]}
SAID = {"says": ["on its way"]}


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        (NEVER, Outcome.FAIL),
        (CALLED, Outcome.FAIL),
        ({**CALLED, **SAID}, Outcome.FAIL),
        (SAID, Outcome.REVIEW),
    ],
    ids=["never", "tools", "tools and words", "words"],
)
def test_what_tools_alone_decide_fails_whatever_a_recognizer_heard(
    expect: dict[str, Any], outcome: Outcome
) -> None:
    assert score(call(CANCELLED, expect=expect), Expectations()).outcome is Outcome.FAIL
    heard = score(call(CANCELLED, Estimate.WORDS, expect=expect), Expectations())
    assert heard.outcome is outcome


def test_a_hand_over_that_nothing_asked_for_fails_by_its_call() -> None:
    script = "0.0-1.0  caller: Hello.\n2.0-3.0  escalate_to_human\n"
    found = score(call(script, Estimate.WORDS), Escalation())
    assert (found.outcome, found.reason) == (
        Outcome.FAIL,
        "escalate_to_human was called although nothing asked for it",
    )


@pytest.mark.parametrize(
    ("scorer", "expect"),
    [
        (Expectations(), CALLED),
        (Expectations(), NEVER),
        (Escalation(), {}),
        (WriteConfirmation(), {}),
        (EntityConfirmation(), {}),
    ],
    ids=["tools", "never", "escalation", "writes", "entities"],
)
def test_where_nothing_tells_of_tools_nobody_knows_whether_they_were_called(
    scorer: Scorer, expect: dict[str, Any]
) -> None:
    found = score(call(WAIT, Estimate.TOOLS, at="2.0", expect=expect), scorer)
    assert found.outcome is Outcome.UNSCORABLE
    assert found.reason.startswith("nothing tells which tools were called; ")
