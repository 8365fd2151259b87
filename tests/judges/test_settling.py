"""Stored answers applied to verdicts of the rules: every mode, in one table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judges.model import (
    Answer,
    ArgumentAnswer,
    JudgeAnswer,
    JudgedRecording,
    Standing,
    StoredAnswer,
    Vote,
)
from harness.judges.settling import RuledWrite, settle, verdict_of

SETTLES = Standing("tiny", "p", settles=True)
BOTH = replace(SETTLES, doubts=True)
DOUBTS = Standing("tiny", "p", doubts=True)
ANNOTATES = Standing("tiny", "p", why_not="tiny was not measured")
LISTENS = replace(SETTLES, audio=True)

SAME = ArgumentAnswer("n", "4", 2, "four", same=True)
OTHER = ArgumentAnswer("n", "5", 2, "five", same=False)
UNSAID = ArgumentAnswer("n", None, None, "", same=False)


def stored(kind: Answer, *values: ArgumentAnswer, wanted: int = 1) -> StoredAnswer:
    answer = JudgeAnswer(kind, 3, "yes", values)
    return StoredAnswer(
        "q", "write", 0, "book", (Vote(answer),), "tiny", "p", wanted, {"3": (4.0, 5.0)}
    )


def write(outcome: str, **more: bool) -> RuledWrite:
    return RuledWrite(0, "book", outcome, "open?", "q", **more)


AGREED, REFUSED = stored(Answer.AGREED, SAME), stored(Answer.REFUSED)


@pytest.mark.parametrize(
    ("standing", "ruled", "answer", "outcome"),
    [
        (SETTLES, write("review"), AGREED, "pass"),
        (SETTLES, write("review"), REFUSED, "fail"),
        (SETTLES, write("review"), stored(Answer.UNCLEAR), "review"),
        (SETTLES, write("pass"), REFUSED, "pass"),
        (SETTLES, write("fail"), AGREED, "fail"),
        (SETTLES, write("unscorable"), AGREED, "unscorable"),
        (DOUBTS, write("review"), AGREED, "review"),
        (DOUBTS, write("pass"), REFUSED, "review"),
        (DOUBTS, write("pass"), stored(Answer.UNCLEAR), "review"),
        (DOUBTS, write("pass"), AGREED, "pass"),
        (DOUBTS, write("fail"), AGREED, "fail"),
        (BOTH, write("pass"), stored(Answer.NOT_ASKED), "review"),
        (ANNOTATES, write("review"), AGREED, "review"),
        (ANNOTATES, write("review"), REFUSED, "review"),
        (SETTLES, write("review", by_sound=True), AGREED, "review"),
        (LISTENS, write("review", by_sound=True), AGREED, "pass"),
        (SETTLES, write("review"), stored(Answer.AGREED, SAME, wanted=3), "review"),
        (replace(SETTLES, model="other"), write("review"), AGREED, "review"),
        (replace(SETTLES, prompt="other"), write("review"), AGREED, "review"),
        (None, write("review"), AGREED, "review"),
    ],
)
def test_outcome(
    standing: Standing | None, ruled: RuledWrite, answer: StoredAnswer, outcome: str
) -> None:
    (settled,) = settle([ruled], JudgedRecording(standing, (answer,)))
    assert settled.outcome == outcome
    if settled.outcome != ruled.outcome:
        assert settled.opinion is not None
        assert settled.opinion.decided
        assert (settled.opinion.start_s, settled.opinion.end_s) == (4.0, 5.0)
        assert "tiny" in settled.reason


@pytest.mark.parametrize(
    ("kind", "values", "verdict"),
    [
        (Answer.AGREED, (), "pass"),
        (Answer.AGREED, (SAME, SAME), "pass"),
        (Answer.AGREED, (SAME, OTHER), "review"),
        (Answer.AGREED, (SAME, UNSAID), "review"),
        (Answer.REFUSED, (SAME,), "fail"),
        (Answer.NOT_ASKED, (), "fail"),
        (Answer.CHANGED, (OTHER,), "fail"),
        (Answer.CHANGED, (SAME,), "review"),
        (Answer.CHANGED, (UNSAID,), "review"),
        (Answer.UNCLEAR, (SAME,), "review"),
    ],
)
def test_answer_that_contradicts_itself_decides_nothing(
    kind: Answer, values: tuple[ArgumentAnswer, ...], verdict: str
) -> None:
    assert verdict_of(JudgeAnswer(kind, 3, "yes", values)) == verdict


def test_answer_to_another_question_changes_nothing() -> None:
    ruled = replace(write("review"), question="another")
    (settled,) = settle([ruled], JudgedRecording(SETTLES, (AGREED,)))
    assert (settled.outcome, settled.reason, settled.opinion) == ("review", "open?", None)


def test_repeated_write_has_the_verdict_of_the_first() -> None:
    again = RuledWrite(1, "book", "review", "open?", repeats=True)
    other = RuledWrite(2, "pay", "review", "open?", repeats=True)
    found = settle([write("review"), again, other], JudgedRecording(SETTLES, (AGREED,)))
    assert [one.outcome for one in found] == ["pass", "pass", "review"]


def test_reasons_say_who_decided_and_why_not() -> None:
    (decided,) = settle([write("review")], JudgedRecording(SETTLES, (REFUSED,)))
    assert decided.reason == (
        "book was called, but the caller had not agreed: refused, “yes” at 0:04.0 (decided by tiny)"
    )
    (shown,) = settle([write("review")], JudgedRecording(ANNOTATES, (AGREED,)))
    assert shown.reason == (
        "open? (tiny: agreed, “yes” at 0:04.0; not counted: tiny was not measured)"
    )
    void = replace(AGREED, votes=(Vote(None, "no JSON"),))
    (silent,) = settle([write("review")], JudgedRecording(SETTLES, (void,)))
    assert silent.reason == "open? (tiny gave no answer: no JSON)"
