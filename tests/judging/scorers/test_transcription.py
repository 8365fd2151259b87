"""Transcripts of the caller: right words, in time, of every turn, and of no other audio."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call, record

from harness.errors import Unscorable
from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.transcription import Transcription
from harness.protocol.events import InputTranscriptDone
from harness.recording.model import AgentEvent
from harness.timeline.model import TranscribedTurn

ORDER = "0.0-2.0 caller: Where is my order?"
TEN = "0.0-2.0 caller: one two three four five six seven eight nine ten"
PASS, FAIL = Outcome.PASS, Outcome.FAIL

CALLS: dict[str, tuple[str, Outcome, float | None, str]] = {
    "as it was said": (
        f"{ORDER} [written 2.8 where is my order]", PASS, 0.0,
        "0 of 4 words wrong (0%, limit 20%); latest transcript 0.80 s after the words, "
        "limit 2.00 s",
    ),
    "at both limits": (
        f"{TEN} [written 4.0 one two three four five six seven eight nein zehn]", PASS, 0.2,
        "2 of 10 words wrong (20%, limit 20%); latest transcript 2.00 s after the words, "
        "limit 2.00 s",
    ),
    "one word too many wrong": (
        f"{TEN} [written 4.0 one two three four five six seven acht nein zehn]", FAIL, 0.3,
        "'one two three four five six seven eight nine ten' was written down as 'one two three",
    ),
    "too late": (
        f"{ORDER} [written 4.1 where is my order]", FAIL, 0.0,
        "'Where is my order?' was written down too late; 0 of 4",
    ),
    "before its end": (
        f"{ORDER} [written 1.9 where is my order]", PASS, 0.0, "0.00 s after the words",
    ),
    "never": (
        f"{ORDER} [unwritten]", FAIL, 1.0,
        "'Where is my order?' was never written down; 'Where is my order?' was written down as ''; "
        "4 of 4 words wrong (100%, limit 20%)",
    ),
    "never, and why": (
        f"{ORDER} [unwritten 2.5 too loud]", FAIL, 1.0, "was never written down (too loud)",
    ),
    "one of two turns never": (
        f"{TEN} [written 2.5 one two three four five six seven eight nine ten]\n"
        "4.0-5.0 caller: Yes. [unwritten]", FAIL, 1 / 11, "'Yes.' was never written down",
    ),
    "words of nobody": (
        "0.0-4.0 caller: [silence] [written 3.0 thanks for watching]", FAIL, None,
        "'thanks for watching' was written down where nobody said a word",
    ),
    "words of nobody beside words": (
        f"{ORDER} [written 2.8 where is my order]\n"
        "4.0-6.0 caller: [silence] [written 5.0 thanks for watching]", FAIL, 0.75,
        "'thanks for watching' was written down where nobody said a word; 3 of 4 words wrong",
    ),
    "words that were not for the agent": (
        f"{ORDER} [written 2.8 where is my order]\n"
        "4.0-4.4 caller: Okay. [backchannel] [written 5.0 okay]", PASS, 0.0, "0 of 4 words wrong",
    ),
    "such words, left out": (
        f"{ORDER} [written 2.8 where is my order]\n4.0-4.4 caller: Okay. [backchannel]",
        PASS, 0.0, "0 of 4 words wrong",
    ),
    "such words, written down as others": (
        f"{ORDER} [written 2.8 where is my order]\n"
        "4.0-4.4 caller: Okay. [backchannel] [written 5.0 thanks for watching]", FAIL, 0.75,
        "'Okay.' was written down as 'thanks for watching'; 3 of 4 words wrong",
    ),
    "silence, and nothing": (
        "0.0-4.0 caller: [silence] [written 3.0 ]", PASS, None,
        "nothing was written down, and nobody said a word",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_transcript_is_held_against_what_was_said(name: str) -> None:
    script, outcome, rate, reason = CALLS[name]
    score = Transcription().score(judged_call(script))
    assert score.outcome is outcome, score.reason
    assert score.value == (None if rate is None else pytest.approx(rate))
    assert reason in score.reason


def test_a_value_may_be_written_as_it_is_or_as_it_is_spoken() -> None:
    call = judged_call("0.0-2.0 caller: It's ORD-47. [written 2.5 its o r d dash four seven]")
    assert Transcription().score(call).value == pytest.approx(7 / 3)  # it's, ord, 47
    (turn,) = call.timeline.caller
    spoken = replace(turn, spoken="its O, R, D, dash, four, seven")
    timeline = replace(call.timeline, caller=(spoken,))
    assert Transcription().score(replace(call, timeline=timeline)).value == 0.0


def test_figures_are_told_turn_by_turn() -> None:
    script = f"{ORDER} [written 2.5 where is my ordeal]\n4.0-5.0 caller: Yes. [unwritten]"
    score = Transcription().score(judged_call(script))
    rates, delays = score.measurements
    assert [one.value for one in rates.values] == [0.25, 1.0]
    assert [one.value for one in delays.values] == [0.5, None]
    assert [one.of for one in delays.values] == ["Where is my order?", "Yes."]
    assert [turn["written"] for turn in score.details["turns"]] == ["where is my ordeal", ""]
    assert [(span.start_s, span.end_s) for span in score.evidence] == [(0.0, 2.0), (4.0, 5.0)]


def test_the_pieces_of_a_turn_are_one_and_what_came_before_anybody_spoke_is_of_none() -> None:
    made = record("1.0-3.0 caller: Where is my order? [written 2.0 where is]")
    more = [
        AgentEvent(at_s, InputTranscriptDone(item, 0, words))
        for at_s, item, words in ((0.5, "a", "hm"), (3.5, "b", "my order"))
    ]
    judged = judge(replace(made, events=tuple(sorted((*made.events, *more), key=lambda e: e.at_s))))
    assert [each.caller for each in judged.timeline.transcribed] == [None, 0, 0]
    assert judged.timeline.transcribed[0] == TranscribedTurn(None, 0.5, "hm")
    (only,) = judged.judgements
    assert (only.scorer.scorer_name, only.score.outcome) == ("transcription", FAIL)
    assert "'hm' was written down where nobody said a word; 1 of 4 words" in only.score.reason


def test_nobody_asks_about_transcripts_where_an_agent_answers() -> None:
    names = [one.scorer.scorer_name for one in judge(record(ORDER)).judgements]
    assert "expectations" in names
    assert "transcription" not in names


def test_a_call_in_which_nothing_was_done_is_unscorable() -> None:
    call = judged_call(ORDER)
    with pytest.raises(Unscorable, match="the caller did nothing"):
        Transcription().score(replace(call, timeline=replace(call.timeline, caller=())))


@pytest.mark.parametrize(
    ("options", "outcome"),
    [({}, FAIL), ({"wer_limit": 0.3}, PASS), ({"wer_limit": 0.3, "delay_limit_s": 1.9}, FAIL)],
)
def test_its_limits_are_options(options: dict[str, float], outcome: Outcome) -> None:
    script, *_ = CALLS["one word too many wrong"]
    made = record(script, scenario={"scorers": {"transcription": options}} if options else None)
    (only,) = judge(made).judgements
    assert only.score.outcome is outcome
