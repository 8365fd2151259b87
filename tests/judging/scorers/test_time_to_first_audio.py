"""Rows of caller and agent speech with the verdict that a person would give."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import RATE_HZ, judged_call, record

from harness.errors import Unscorable
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.recording.model import ImpairedSpan, Impairment
from harness.recording.provenance import CallStatus, Origin, SourceKind

ROWS = {
    "exactly the limit passes": (
        "0.0-2.0 caller: Hello?\n3.5-4.5 agent: Hi.",
        1.5,
        Outcome.PASS,
        "took 1.50 s, limit 1.50 s",
    ),
    "one sample over fails": (
        "0.0-2.0 caller: Hello?\n3.50005-4.5 agent: Hi.",
        1.50005,
        Outcome.FAIL,
        "limit 1.50 s",
    ),
    "silence that the agent generated first counts": (
        "0.0-2.0 caller: Hello?\n3.0-5.0 agent: Hi. [late 0.75]",
        1.75,
        Outcome.FAIL,
        "1.75 s",
    ),
    "the slowest of two turns decides": (
        "0.0-1.0 caller: Hello?\n1.5-2.5 agent: Hi.\n3.0-4.0 caller: Well?\n5.2-6.0 agent: Yes.",
        1.2,
        Outcome.PASS,
        "slowest answer took 1.20 s",
    ),
    "two late answers are counted": (
        "0.0-1.0 caller: Hello?\n3.0-3.5 agent: Hi.\n4.0-5.0 caller: Well?\n8.0-9.0 agent: Yes.",
        3.0,
        Outcome.FAIL,
        "2 of 2 answers too late",
    ),
    "a tool in between has its own limit": (
        "0.0-1.0 caller: Hello?\n1.5-3.0 lookup_order\n3.8-5.0 agent: Found it.",
        2.8,
        Outcome.PASS,
        "limit 3.00 s with a tool",
    ),
    "a preamble before the tool is the answer": (
        "0.0-1.0 caller: Hello?\n1.8-2.8 agent: Let me check.\n2.0-7.0 lookup_order\n"
        "8.0-9.0 agent: Found it.",
        0.8,
        Outcome.PASS,
        "0.80 s",
    ),
    "an unanswered turn has no value": (
        "0.0-1.0 caller: Hello?\n1.5-2.0 agent: Hi.\n3.0-4.0 caller: Well?",
        None,
        Outcome.FAIL,
        "no answer to 'Well?'",
    ),
    "two unanswered turns are counted": (
        "0.0-1.0 caller: Hello?\n9.0-10.0 caller: Hello!",
        None,
        Outcome.FAIL,
        "and 1 more",
    ),
    "talk-over is no negative wait": (
        "0.0-2.0 caller: Hello there?\n1.8-4.0 agent: Hi.",
        None,
        Outcome.NOT_APPLICABLE,
        "talked over",
    ),
    "talk-over does not hide a late answer": (
        "0.0-2.0 caller: Hello?\n1.8-4.0 agent: Hi.\n5.0-6.0 caller: So?\n8.0-9.0 agent: Well.",
        2.0,
        Outcome.FAIL,
        "2.00 s",
    ),
    "what stops inside the turn is no answer": (
        "0.0-3.0 caller: Well, I wonder.\n1.0-1.5 agent: Hm. [response a]\n4.0-5.0 agent: Yes?",
        1.0,
        Outcome.PASS,
        "1.00 s",
    ),
    "audio of an older response is no answer": (
        "0.0-1.0 caller: Hello?\n1.5-9.0 agent: Long. [response a]\n3.0-4.0 caller: Stop!\n"
        "9.2-9.5 agent: Stale. [response a] [created 1.3]\n9.8-10.5 agent: Sorry.",
        5.8,
        Outcome.FAIL,
        "5.80 s",
    ),
    "a caller who goes on has not left the floor": (
        "0.0-1.0 caller: Well,\n1.8-3.0 caller: where is it?\n3.5-4.0 agent: Here.",
        0.5,
        Outcome.PASS,
        "0.50 s",
    ),
    "a cut-off turn without an answer joins the next": (
        "0.0-1.0 caller: It is [cut-off: It is big]\n5.0-6.0 caller: big.\n6.5-7.0 agent: Ok.",
        0.5,
        Outcome.PASS,
        "0.50 s",
    ),
    "a click is no answer": (
        "0.0-1.0 caller: Hi.\n1.1-1.16 agent: H [response r]\n5-7 agent: Hello. [response r]",
        4.0,
        Outcome.FAIL,
        "4.00 s",
    ),
    "a click alone is no answer": (
        "0.0-1.0 caller: Hi.\n1.1-1.16 agent: H",
        None,
        Outcome.FAIL,
        "no answer",
    ),
    "a short sound that speech follows is its beginning": (
        "0.0-1.0 caller: Hi.\n1.1-1.16 agent: H [response r]\n1.8-3 agent: Hello. [response r]",
        0.1,
        Outcome.PASS,
        "0.10 s",
    ),
    "what was only said inside the turn leaves it unanswered": (
        "0.0-5.0 caller: Hi, where is my order?\n1.0-4.0 agent: Hi.",
        None,
        Outcome.FAIL,
        "no answer",
    ),
    "waiting on purpose is no late answer": (
        "0.0-1.0 caller: Hold on.\n1.5-1.6 wait_for_user\n1.0-9.0 caller: x [noise]\n"
        "9.0-10.0 caller: Back.\n10.5-11.0 agent: Good.",
        0.5,
        Outcome.PASS,
        "0.50 s",
    ),
}


@pytest.mark.parametrize(("script", "value", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_the_slowest_answer_decides(
    script: str, value: float | None, outcome: Outcome, reason: str
) -> None:
    score = TimeToFirstAudio(limit_s=1.5, with_tool_limit_s=3.0).score(judged_call(script))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
    assert score.value == (None if value is None else pytest.approx(value, abs=5e-5))


def test_the_evidence_is_the_slowest_wait() -> None:
    call = judged_call(
        "0.0-1.0 caller: A?\n1.5-2.0 agent: B.\n3.0-4.0 caller: C?\n5.5-6.0 agent: D."
    )
    (evidence,) = TimeToFirstAudio().score(call).evidence
    assert (evidence.start_s, evidence.end_s) == pytest.approx((4.0, 5.5))


def test_every_wait_is_described_with_parts_that_add_up_exactly() -> None:
    call = judged_call("0.0-1.0 caller: A?\n1.7-2.0 agent: B. [stopped 1.3] [late 0.1]")
    (wait,) = TimeToFirstAudio().score(call).details["waits"]
    parts = wait["parts"]
    total = parts.pop("total_s")
    assert sum(part for part in parts.values() if part is not None) == total == wait["took_s"]


def test_a_call_without_caller_speech_cannot_be_scored() -> None:
    with pytest.raises(Unscorable, match="never spoke"):
        TimeToFirstAudio().score(judged_call("0.0-5.0 caller: x [silence]"))


@pytest.mark.parametrize(
    ("tool", "due"),
    [("1.5-2.5 lookup_order", False), ("", True)],
)
def test_a_tool_that_runs_at_the_end_of_an_imported_call_gives_the_answer_its_time(
    tool: str, due: bool
) -> None:
    call = judged_call(
        f"0.0-1.0 caller: Where is it?\n{tool}\n0.0-2.5 caller: x [noise]",
        origin=Origin(SourceKind.AUDIO, "a.wav", sound=True),
    )
    scorer = TimeToFirstAudio(limit_s=1.5, with_tool_limit_s=3.0)
    if due:
        assert scorer.score(call).outcome is Outcome.FAIL
    else:
        with pytest.raises(Unscorable, match="ended before an answer"):
            scorer.score(call)


def test_a_call_in_which_quiet_is_expected_is_not_judged() -> None:
    call = judged_call("0.0-1.0 caller: Hm.", scenario={"expect": {"reply": "none"}})
    assert TimeToFirstAudio().score(call).outcome is Outcome.NOT_APPLICABLE


def test_a_silent_agent_is_not_excused_by_a_tool_that_waits() -> None:
    call = judged_call(
        "0.0-1.0 caller: Hello?\n1.5-1.6 wait_for_user", status=CallStatus.AGENT_SILENT
    )
    assert TimeToFirstAudio().score(call).outcome is Outcome.FAIL


LATE_ANSWER = "0.0-1.0 caller: A?\n3.0-3.5 agent: B."
TWO_LATE = LATE_ANSWER + "\n5.0-6.0 caller: C?\n8.0-9.0 agent: D."


@pytest.mark.parametrize(
    ("script", "late", "excused"),
    [
        (LATE_ANSWER, (0.9, 0.2, 0.6), True),  # held up at the end of the turn
        (LATE_ANSWER, (1.5, 0.2, 0.5), True),  # in the wait, by as much as was too much
        (LATE_ANSWER, (1.5, 0.2, 0.49), False),
        (LATE_ANSWER, (0.2, 0.3, 0.4), False),  # all of it was there at the turn's end
        (LATE_ANSWER, (0.2, 0.3, 0.6), True),  # late enough to be still missing then
        (LATE_ANSWER, (3.2, 0.5, 2.0), False),  # after the answer
        (TWO_LATE, (0.9, 0.2, 0.6), False),  # the second had no such excuse
        ("0.0-1.0 caller: A?\n2.0-2.5 agent: B.", (0.9, 0.2, 0.6), None),
    ],
)
def test_an_answer_that_the_network_may_have_made_late_is_not_held_against_the_agent(
    script: str, late: tuple[float, float, float], excused: bool | None
) -> None:
    start_s, length_s, late_s = late
    at, samples = round(start_s * RATE_HZ), round(length_s * RATE_HZ)
    fault = ImpairedSpan(Impairment.LATE, at, samples, late_s)
    lost = ImpairedSpan(Impairment.LOST, at, samples)
    call = judge(replace(record(script), impaired=(fault, lost))).call
    if excused:
        with pytest.raises(Unscorable, match=f"came up to {late_s:.2f} s late over the network"):
            TimeToFirstAudio().score(call)
    else:
        expected = Outcome.PASS if excused is None else Outcome.FAIL
        assert TimeToFirstAudio().score(call).outcome is expected


AHEAD = (
    "0.0-1.0 caller: Tell me.\n1.5-9.0 agent: Long story. [came 1.5 1.9]\n"
    "4.0-5.0 caller: Stop! [barge-in]\n"
)


@pytest.mark.parametrize(
    ("answer", "reports", "outcome"),
    [
        ("9.5-10.0 agent: Fine.", False, Outcome.UNSCORABLE),
        ("9.5-10.0 agent: Fine.", True, Outcome.FAIL),
        ("14.0-14.5 agent: Fine.", False, Outcome.FAIL),
        ("9.5-10.0 agent: Fine.\n12.0-13.0 caller: Bye.\n17.0-18.0 agent: Bye.", False,
         Outcome.FAIL),
    ],
    ids=["queued", "reports", "later than queued", "another late answer"],
)  # fmt: skip
def test_queued_audio_that_nothing_could_stop_is_no_late_answer(
    answer: str, reports: bool, outcome: Outcome
) -> None:
    recording = record(AHEAD + answer)
    manifest = replace(recording.manifest, reports_interruptions=reports)
    call = judge(replace(recording, manifest=manifest)).call
    (score,) = (each.score for each in verdicts(call, (TimeToFirstAudio(),)))
    assert score.outcome is outcome, score.reason


def test_a_call_whose_turns_all_fell_away_with_the_line_is_not_one_without_a_caller() -> None:
    call = judged_call("0.0-1.0 caller: Hello?\n1.2-2.2 line:\n3.0-4.0 agent: Hi.")
    with pytest.raises(Unscorable, match="the line was lost"):
        TimeToFirstAudio().score(call)


@pytest.mark.parametrize(
    ("script", "told", "span"),
    [
        ("9.0-10.0 line:\n10.5-11.5 caller: Hello?\n12.0-13.0 agent: Hello.",
         "no answer to 'Hi.' in the 8.00 s until the line was lost, limit 1.50 s", (1.0, 9.0)),
        ("9.0-10.0 line:\n10.5-11.0 agent: Hello.",
         "no answer to 'Hi.' in the 8.00 s until the line was lost, limit 1.50 s", (1.0, 9.0)),
        ("1.2-1.8 agent: Yes?\n3.0-4.0 caller: Well?\n6.0-7.0 line:\n8.0-9.0 agent: Hm.",
         "no answer to 'Well?' in the 2.00 s until the line was lost, limit 1.50 s", (4.0, 6.0)),
        ("2.0-2.6 get_news\n4.5-5.0 line:\n5.5-6.0 agent: Hm.",
         "no answer to 'Hi.' in the 3.50 s until the line was lost, limit 3.00 s with a tool",
         (1.0, 4.5)),
    ],
)  # fmt: skip
def test_an_agent_that_is_silent_while_the_line_stands_is_not_excused_by_its_loss(
    script, told, span
):
    score = TimeToFirstAudio().score(judged_call(f"0.0-1.0 caller: Hi.\n{script}"))
    assert (score.outcome, score.value, score.reason) == (Outcome.FAIL, None, told)
    assert [(each.start_s, each.end_s) for each in score.evidence] == [span]


@pytest.mark.parametrize(
    "script",
    [
        "2.4-3.0 line:\n3.5-4.0 caller: Hello?\n4.5-5.0 agent: Hello.",
        "1.9-2.2 get_news\n3.9-4.5 line:\n5.0-5.5 caller: Hello?\n6.0-6.5 agent: Hello.",
        "1.8-2.4 agent: Yes?\n9.0-10.0 line:\n10.5-11.0 caller: Hello?\n11.5-12.0 agent: Hello.",
        "0.9-2.0 line:\n9.0-9.5 caller: Hello?\n10.0-10.5 agent: Hello.",
    ],
    ids=["within the limit", "within that of a tool", "answered", "gone amid the turn"],
)
def test_what_was_not_late_before_the_loss_is_not_told_as_late(script):
    score = TimeToFirstAudio().score(judged_call(f"0.0-1.0 caller: Hi.\n{script}"))
    assert score.outcome is Outcome.PASS
