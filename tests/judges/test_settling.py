"""Stored answers applied to verdicts of the rules: every mode, in a single table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judges.model import (
    AnswerKind,
    ArgumentAnswer,
    JudgeAnswer,
    JudgeAuthority,
    JudgedRecording,
    StoredAnswer,
    Vote,
)
from harness.judges.verdicts import RuledWrite, settle, verdict_of

SETTLES = JudgeAuthority("tiny", "p", settles=True)
BOTH = replace(SETTLES, doubts=True)
DOUBTS = JudgeAuthority("tiny", "p", doubts=True)
ANNOTATES = JudgeAuthority("tiny", "p", why_not="tiny was not measured")
LISTENS = replace(SETTLES, audio=True)

SAME = ArgumentAnswer("n", "4", 2, "four", same=True)
OTHER = ArgumentAnswer("n", "5", 2, "five", same=False)
UNSAID = ArgumentAnswer("n", None, None, "", same=False)


def stored(kind: AnswerKind, *values: ArgumentAnswer, wanted: int = 1) -> StoredAnswer:
    answer = JudgeAnswer(kind, 3, "yes", values)
    return StoredAnswer(
        "q", "write", 0, "book", (Vote(answer),), "tiny", "p", wanted, {"3": (4.0, 5.0)}
    )


def write(outcome: str, **more: bool) -> RuledWrite:
    return RuledWrite(0, "book", outcome, "open?", "q", **more)


AGREED, REFUSED = stored(AnswerKind.AGREED, SAME), stored(AnswerKind.REFUSED)


@pytest.mark.parametrize(
    ("authority", "ruled", "answer", "outcome"),
    [
        (SETTLES, write("review"), AGREED, "pass"),
        (SETTLES, write("review"), REFUSED, "fail"),
        (SETTLES, write("review"), stored(AnswerKind.UNCLEAR), "review"),
        (SETTLES, write("pass"), REFUSED, "pass"),
        (SETTLES, write("fail"), AGREED, "fail"),
        (SETTLES, write("unscorable"), AGREED, "unscorable"),
        (DOUBTS, write("review"), AGREED, "review"),
        (DOUBTS, write("pass"), REFUSED, "review"),
        (DOUBTS, write("pass"), stored(AnswerKind.UNCLEAR), "review"),
        (DOUBTS, write("pass"), AGREED, "pass"),
        (DOUBTS, write("fail"), AGREED, "fail"),
        (BOTH, write("pass"), stored(AnswerKind.NOT_ASKED), "review"),
        (ANNOTATES, write("review"), AGREED, "review"),
        (ANNOTATES, write("review"), REFUSED, "review"),
        (SETTLES, write("review", by_sound=True), AGREED, "review"),
        (LISTENS, write("review", by_sound=True), AGREED, "pass"),
        (SETTLES, write("review"), stored(AnswerKind.AGREED, SAME, wanted=3), "review"),
        (replace(SETTLES, model="other"), write("review"), AGREED, "review"),
        (replace(SETTLES, prompt="other"), write("review"), AGREED, "review"),
        (None, write("review"), AGREED, "review"),
    ],
)
def test_outcome(
    authority: JudgeAuthority | None, ruled: RuledWrite, answer: StoredAnswer, outcome: str
) -> None:
    (settled,) = settle([ruled], JudgedRecording(authority, (answer,)))
    assert settled.outcome == outcome
    if settled.outcome != ruled.outcome:
        assert settled.opinion is not None
        assert settled.opinion.decided
        assert (settled.opinion.start_s, settled.opinion.end_s) == (4.0, 5.0)
        assert "tiny" in settled.reason


@pytest.mark.parametrize(
    ("kind", "values", "verdict"),
    [
        (AnswerKind.AGREED, (), "pass"),
        (AnswerKind.AGREED, (SAME, SAME), "pass"),
        (AnswerKind.AGREED, (SAME, OTHER), "review"),
        (AnswerKind.AGREED, (SAME, UNSAID), "review"),
        (AnswerKind.REFUSED, (SAME,), "fail"),
        (AnswerKind.NOT_ASKED, (), "fail"),
        (AnswerKind.CHANGED, (OTHER,), "fail"),
        (AnswerKind.CHANGED, (SAME,), "review"),
        (AnswerKind.CHANGED, (UNSAID,), "review"),
        (AnswerKind.UNCLEAR, (SAME,), "review"),
    ],
)
def test_answer_that_contradicts_itself_decides_nothing(
    kind: AnswerKind, values: tuple[ArgumentAnswer, ...], verdict: str
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
