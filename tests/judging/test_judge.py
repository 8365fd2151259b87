"""A recording judged: each fact made once, from the recording alone; no failure stops the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from support.call_script import record

import harness.judging.judge as room
from harness.errors import Unscorable
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import (
    Evidence,
    MeasuredValue,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    scorer,
)
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.recording.model import Recognition, RecognizedWords
from harness.timeline.build import build

TALK = """
0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?
6.5-7.5    caller: Yes, that's right.
"""


@scorer("odd", version=1)
@dataclass(frozen=True)
class Odd:
    raises: Exception

    def score(self, call: ScoredCall) -> Score:
        raise self.raises


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a note for every timeline and dialogue that is made."""
    made: list[str] = []

    def noted(name: str) -> None:
        inner = getattr(room, name)
        monkeypatch.setattr(room, name, lambda *a, **k: (made.append(name), inner(*a, **k))[1])

    noted("build")
    noted("read")
    return made


def test_one_recording_is_taken_apart_once_whoever_asks(built: list[str]) -> None:
    judged = judge(record(TALK))
    assert judged.judgements
    assert judged.timeline is judged.call.timeline
    assert judged.usage.caller_s > 0
    assert judged.judgements is judged.judgements
    assert built == ["build", "read"]


def test_who_asks_for_times_alone_waits_for_no_dialogue(built: list[str]) -> None:
    assert judge(record(TALK)).timeline.waits
    assert built == ["build"]


def test_what_was_heard_since_moves_nothing_and_builds_nothing_again(built: list[str]) -> None:
    recording = record(TALK)
    heard = Recognition("ears", "1", (RecognizedWords(2.8, 6.0, "I have ORD4715B.", 1.0),))
    before = judge(recording)
    assert before.timeline.agent[0].recognized != "I have ORD4715B."
    after = before.recognized_as(heard)
    assert after.timeline == build(after.recording)
    assert after.timeline.agent[0].recognized == "I have ORD4715B."
    assert after.judgements
    assert built == ["build", "read"]


def test_scenario_and_suite_come_from_the_manifest() -> None:
    call = judge(record("0.0-1.0 caller: Hi.")).call
    assert call.scenario.facts["order_id"].value == "ORD-4715B"
    assert [tool.name for tool in call.suite.tools][:2] == ["lookup_order", "cancel_order"]


def test_a_stored_scenario_that_does_not_fit_any_more_is_named() -> None:
    recording = record("0.0-1.0 caller: Hi.", scenario={"turns": []})
    with pytest.raises(
        Unscorable, match=r"stored scenario is not valid here: .*either 'turns' or 'stored'"
    ):
        _ = judge(recording).call


def test_verdicts_come_in_order_and_a_broken_scorer_stops_nobody() -> None:
    scorers = (Odd(Unscorable("no audio")), Odd(KeyError("lost")), TimeToFirstAudio())
    found = verdicts(judge(record("0.0-1.0 caller: Hi.\n1.5-2.0 agent: Hi.")).call, scorers)
    assert [one.scorer for one in found] == list(scorers)
    assert [one.score.outcome for one in found] == [
        Outcome.UNSCORABLE,
        Outcome.BROKEN,
        Outcome.PASS,
    ]
    assert found[0].score.reason == "no audio"
    assert found[1].score.reason == "the scorer broke: KeyError: 'lost'"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: None, "expected a Score, got None"),
        (lambda: Score("pass", ""), "outcome of a score: expected Outcome, got 'pass'"),
        (lambda: Score(Outcome.PASS, None), "reason of a score: expected str, got None"),
        (lambda: Score(Outcome.PASS, "", "12"), "value of a score: expected float, got '12'"),
        (lambda: Score(Outcome.PASS, "", True), "value of a score: expected float, got True"),
        (lambda: Score(Outcome.PASS, "", evidence=None), "evidence of a score: expected tuple"),
        (lambda: Score(Outcome.PASS, "", evidence=(1,)), "one of evidence of a score: expected Ev"),
        (lambda: Score(Outcome.PASS, "", measurements=(1,)), "one of measurements of a score"),
        (lambda: Evidence(float("nan"), 1.0), "evidence lies between two times, got nan, 1.0"),
        (lambda: MeasuredValue("3"), "a measured value is a number or None, got '3'"),
        (lambda: MeasuredValue(False), "a measured value is a number or None, got False"),
        (lambda: sys.exit("bye"), "the scorer broke: SystemExit: bye"),
    ],
)
def test_what_is_no_verdict_is_its_scorers_fault_and_nobody_elses(
    made: Callable[[], object], why: str
) -> None:
    @scorer("vague", version=1)
    @dataclass(frozen=True)
    class Vague(Scorer):
        def score(self, call: ScoredCall) -> Score:
            return made()  # type: ignore[return-value]

    call = judge(record("0.0-1.0 caller: Hi.\n1.5-2.0 agent: Hi.")).call
    (found,) = verdicts(call, (Vague(),))
    assert found.score.outcome is Outcome.BROKEN
    assert why in found.score.reason


def test_a_stored_suite_of_a_language_that_is_not_installed_cannot_be_judged() -> None:
    judged = judge(record(TALK, suite={"language": "xx"}))
    with pytest.raises(Unscorable, match="suite's language: unknown language 'xx'; known: en, de"):
        _ = judged.call
