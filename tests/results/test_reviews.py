"""A person's verdict replaces that of a scorer that asked for it, on the same evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.results.model import CallResult, GateKind, GateResult
from harness.results.reviews import (
    REVIEWS,
    ReviewAnswer,
    ReviewQuestion,
    agreement_text,
    alike,
    keep_review,
    overturned_text,
    questions,
    read_reviews,
    unreviewed,
    with_reviews,
)
from harness.results.store import from_json, read_results, write_results

AT = "2026-04-25T10:03:12+00:00"


def asking(*, span: tuple[float, float] = (1.0, 2.0), **more: object) -> CallResult:
    """Return a call with a score that asks for a person, and a score that passed."""
    asks = score("entity_confirmation", "review", "heard B, written P: listen", span, heard=["B"])
    return result("order", score("preamble", "pass", "spoke first"), asks, **more)


def kept(folder: Path, call: CallResult, *answers: str, note: str = "") -> Path:
    """Write a run of a single call and answer its question; return results.json."""
    write_results(folder / "results.json", run_results((call,)))
    for answer in answers:
        question = questions((call,), ())[-1]
        verdict = question.answered(ReviewAnswer(answer), by="Ana", at=AT, note=note)
        keep_review(folder, verdict)
    return folder / "results.json"


@pytest.mark.parametrize(
    ("answers", "outcome", "passed"),
    [
        ((), "review", None),
        (("pass",), "pass", True),
        (("fail",), "fail", False),
        (("pass", "fail"), "fail", False),
        (("fail", "withdrawn"), "review", None),
        (("fail", "withdrawn", "pass"), "pass", True),
    ],
)
def test_the_last_answer_is_the_verdict_of_score_call_and_run(tmp_path, answers, outcome, passed):
    run = read_results(kept(tmp_path, asking(), *answers))
    (call,) = run.calls
    assert (call.scores[1].outcome, call.scores[1].passed, call.passed) == (outcome, passed, passed)
    summary = {one.scorer: one for one in run.summary.scorers}["entity_confirmation"]
    assert (summary.review, summary.pass_rate.counted) == ((1, 0) if passed is None else (0, 1))
    assert run.summary.gates_passed is (passed is True)


def test_who_when_why_and_what_was_asked_are_told(tmp_path):
    (call,) = read_results(kept(tmp_path, asking(), "pass", note="clearly B")).calls
    told = call.scores[1]
    assert told.reason == (
        "pass by a person: Ana, 2026-04-25, “clearly B”. "
        "The scorer asked: heard B, written P: listen"
    )
    assert told.review is not None
    assert (told.review.by, told.review.at, told.review.note) == ("Ana", AT, "clearly B")
    assert unreviewed(told) == asking().scores[1]
    *_, question = questions((call,), read_reviews(tmp_path) or ())
    assert question.score == asking().scores[1]
    assert question.answer is not None
    assert question.answer.by == "Ana"
    assert not question.is_open


@pytest.mark.parametrize(
    "later",
    [
        asking(span=(1.0, 2.5)),
        asking(duration_s=19.9),
        asking(seed=8),
        replace(asking(), scores=(score("entity_confirmation", "review", "another question"),)),
    ],
    ids=["other evidence", "another recording", "another call", "another question"],
)
def test_a_verdict_on_other_evidence_is_stale_and_said_to_be(tmp_path, later):
    path = kept(tmp_path, asking(), "pass")
    write_results(path, run_results((later,)))
    run = read_results(path)
    told = run.calls[0].scores[-1]
    assert (told.outcome, told.passed) == ("review", None)
    assert "(an earlier pass by Ana, 2026-04-25, was about other evidence)" in told.reason
    *_, question = questions(run.calls, read_reviews(tmp_path) or ())
    assert question.answer is None
    assert question.stale is not None


def test_a_stale_verdict_is_told_once_and_the_next_one_holds(tmp_path):
    path = kept(tmp_path, asking(), "pass")
    write_results(path, run_results((asking(span=(1.0, 2.5)),)))
    for _ in range(2):  # judged, stored and read again
        write_results(path, read_results(path))
    (call,) = read_results(path).calls
    assert call.scores[-1].reason.count("an earlier pass") == 1
    *_, question = questions((call,), read_reviews(tmp_path) or ())
    assert question.score.reason == "heard B, written P: listen"
    keep_review(tmp_path, question.answered(ReviewAnswer.FAIL, by="Bo", at=AT, note=""))
    write_results(path, read_results(path))
    told = read_results(path).calls[0].scores[-1]
    assert (told.outcome, told.reason.count("an earlier")) == ("fail", 0)
    keep_review(tmp_path, question.answered(ReviewAnswer.WITHDRAWN, by="Bo", at=AT, note=""))
    assert read_results(path).calls[0].scores[-1] == question.score


def test_a_newer_scorer_that_asks_the_same_of_the_same_keeps_its_answer(tmp_path):
    path = kept(tmp_path, asking(), "pass")
    call = asking()
    newer = replace(call, scores=tuple(replace(one, version=2) for one in call.scores))
    write_results(path, run_results((newer,)))
    assert read_results(path).calls[0].passed is True


@pytest.mark.parametrize("outcome", ["unscorable", "not_applicable", "broken"])
def test_what_no_scorer_could_judge_takes_no_answer(tmp_path, outcome):
    path = kept(tmp_path, asking(), "pass")
    known = result("order", score("entity_confirmation", outcome, "known by now", (1.0, 2.0)))
    write_results(path, run_results((known,)))
    assert read_results(path).calls == (known,)
    assert questions((known,), read_reviews(tmp_path) or ()) == ()


def decided(outcome: str, reason: str = "B was never read back") -> CallResult:
    return result("order", score("entity_confirmation", outcome, reason, (1.0, 2.0)))


SAID = "Ana, 2026-04-25, “listened”. The scorer said: B was never read back"


@pytest.mark.parametrize(
    ("own", "answer", "passed", "reason", "told"),
    [
        ("fail", "pass", True, f"failed by entity_confirmation, passed by a person: {SAID}",
         "A person overturned 1 verdict: entity confirmation (fail → pass)."),
        ("pass", "fail", False, f"passed by entity_confirmation, failed by a person: {SAID}",
         "A person overturned 1 verdict: entity confirmation (pass → fail)."),
        ("fail", "fail", False, f"failed by entity_confirmation and by a person: {SAID}", ""),
        ("pass", "pass", True, f"passed by entity_confirmation and by a person: {SAID}", ""),
    ],
)  # fmt: skip
def test_a_person_overturns_a_scorer_and_the_score_keeps_both(
    tmp_path, own, answer, passed, reason, told
):
    (call,) = read_results(kept(tmp_path, decided(own), answer, note="listened")).calls
    (one,) = call.scores
    assert (one.outcome, one.passed, call.passed, one.reason) == (answer, passed, passed, reason)
    assert unreviewed(one) == decided(own).scores[0]
    assert overturned_text((call,)) == told
    write_results(tmp_path / "results.json", run_results((call,)))
    (tmp_path / REVIEWS).unlink()
    assert read_results(tmp_path / "results.json").calls == (call,)


def test_overturned_verdicts_are_counted_by_scorer_and_direction(tmp_path):
    calls = tuple(replace(decided("fail"), recording=f"calls/{n}") for n in range(2))
    calls += (replace(decided("pass"), recording="calls/2"),)
    given = ["pass", "pass", "fail"]
    verdicts = [
        one.answered(ReviewAnswer(answer), by="Ana", at=AT, note="listened")
        for one, answer in zip(questions(calls, ()), given, strict=True)
    ]
    assert overturned_text(with_reviews(calls, verdicts)) == (
        "A person overturned 3 verdicts: "
        "entity confirmation (2 × fail → pass), entity confirmation (pass → fail)."
    )
    asked = (*questions(calls, verdicts), *questions((asking(),), ()))
    assert agreement_text(asked).endswith("answered: entity_confirmation 0 of 3")
    agrees = questions(calls[:1], ())[0].answered(ReviewAnswer.FAIL, by="Ana", at=AT, note="")
    assert agreement_text(questions(calls, (*verdicts, agrees))).endswith(
        "entity_confirmation 1 of 3"
    )
    assert agreement_text(questions(calls, ())) == overturned_text(calls) == ""


@pytest.mark.parametrize("own", ["pass", "fail"])
def test_a_verdict_is_overturned_with_a_reason_only(own):
    *_, question = questions((decided(own),), ())
    other = ReviewAnswer.FAIL if own == "pass" else ReviewAnswer.PASS
    with pytest.raises(UsageError, match=rf"the scorer's verdict is {own}.*--note TEXT"):
        question.answered(other, by="Ana", at=AT, note=" ")
    for answer in (ReviewAnswer(own), ReviewAnswer.WITHDRAWN):
        assert question.answered(answer, by="Ana", at=AT, note="").verdict is answer


@pytest.mark.parametrize(
    ("answered", "answer", "later", "outcome", "says_stale"),
    [
        (decided("fail"), "pass", decided("fail", "C was never read back"), "fail", True),
        (decided("fail"), "pass", decided("pass", "all was read back"), "pass", False),
        (decided("fail"), "pass", decided("pass"), "pass", False),
        (decided("fail"), "pass", decided("review"), "review", True),
        (decided("review"), "pass", decided("fail"), "fail", True),
        (decided("pass"), "fail", replace(decided("pass"), duration_s=19.9), "pass", True),
    ],
    ids=["reason", "now agrees", "now agrees, same reason", "now asks", "now fails", "recording"],
)
def test_an_answer_to_another_verdict_is_stale(
    tmp_path, answered, answer, later, outcome, says_stale
):
    path = kept(tmp_path, answered, answer, note="listened")
    write_results(path, run_results((later,)))
    (one,) = read_results(path).calls[0].scores
    assert one.outcome == outcome
    assert ("(an earlier" in one.reason) is says_stale
    assert unreviewed(one) == later.scores[0]
    *_, question = questions((later,), read_reviews(tmp_path) or ())
    assert question.is_open is (outcome == "review")
    assert question.answer is None
    assert question.stale is not None
    assert overturned_text(read_results(path).calls) == ""


def test_what_is_read_may_be_written_and_read_again_and_withdrawn(tmp_path):
    path = kept(tmp_path, asking(), "fail")
    once = read_results(path)
    write_results(path, once)
    assert read_results(path).calls == once.calls
    *_, question = questions(once.calls, read_reviews(tmp_path) or ())
    keep_review(tmp_path, question.answered(ReviewAnswer.WITHDRAWN, by="Ben", at=AT, note=""))
    assert read_results(path).calls == (asking(),)


def test_results_that_travel_without_their_reviews_keep_the_verdicts(tmp_path):
    path = kept(tmp_path, asking(), "fail")
    once = read_results(path)
    write_results(path, once)
    (tmp_path / REVIEWS).unlink()
    assert read_results(path).calls == once.calls
    assert from_json(path.read_bytes(), path).calls == once.calls


def test_gates_that_were_judged_stay_until_they_are_judged_again(tmp_path):
    path = kept(tmp_path, asking(), "pass")
    gate = GateResult("pass_rate >= 1", GateKind.ABSOLUTE, False, 0.0, 1.0, "share", "no")
    run = run_results((asking(),))
    write_results(path, replace(run, gates=(gate,)))
    read = read_results(path)
    assert read.calls[0].passed is True
    assert read.summary.gates_passed is False
    assert read.summary.pass_rate.passed == 1


def test_a_torn_line_is_passed_over_and_the_next_stands_on_its_own(tmp_path):
    kept(tmp_path, asking(), "fail")
    with (tmp_path / REVIEWS).open("ab") as file:
        file.write(b'{"format": 1, "recor')
    assert len(read_reviews(tmp_path) or ()) == 1
    *_, question = questions((asking(),), ())
    (tmp_path / REVIEWS).write_bytes((tmp_path / REVIEWS).read_bytes().split(b"\n")[0])
    keep_review(tmp_path, question.answered(ReviewAnswer.PASS, by="Ana", at=AT, note="half \ud800"))
    assert [one.verdict for one in read_reviews(tmp_path) or ()] == [
        ReviewAnswer.FAIL,
        ReviewAnswer.PASS,
    ]


def test_what_a_dying_process_left_of_a_line_does_not_spoil_those_given_later(tmp_path):
    kept(tmp_path, asking(), "fail")
    with (tmp_path / REVIEWS).open("ab") as file:
        file.write(b'{"format": 1, "recor')
    kept(tmp_path, asking(), "pass")
    assert [one.verdict for one in read_reviews(tmp_path) or ()] == [
        ReviewAnswer.FAIL,
        ReviewAnswer.PASS,
    ]


@pytest.mark.parametrize("cut", [1, 20, 60, -1])
def test_a_verdict_torn_at_any_place_never_spoils_those_before_and_after(tmp_path, cut):
    kept(tmp_path, asking(), "fail", "withdrawn")
    path = tmp_path / REVIEWS
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[0][:cut])
    *_, question = questions((asking(),), ())
    keep_review(tmp_path, question.answered(ReviewAnswer.PASS, by="Ana", at=AT, note=""))
    said = [ReviewAnswer.FAIL, ReviewAnswer.WITHDRAWN, ReviewAnswer.PASS]
    assert [one.verdict for one in read_reviews(tmp_path) or ()] == said
    assert path.read_bytes().startswith(whole)


def test_a_verdict_counts_where_an_editor_left_the_last_newline_out(tmp_path):
    (tmp_path / REVIEWS).write_text(line())
    assert [one.verdict for one in read_reviews(tmp_path) or ()] == [ReviewAnswer.PASS]


def line(**changes: object) -> str:
    *_, question = questions((asking(),), ())
    verdict = question.answered(ReviewAnswer.PASS, by="Ana", at=AT, note="")
    row = {name: getattr(verdict, name) for name in verdict.__slots__}
    return json.dumps({"format": 1, **row, "unknown": 1, **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "line 1: "),
        ("[" * 100_000, "line 1: not JSON"),
        (line(verdict="maybe"), "line 1: verdict: "),
        (line(at=None), "line 1: at: "),
        (f"{line()}\n{line(format=2)}", "line 2: format 2 is newer than this harness reads"),
    ],
)
def test_a_line_that_is_no_verdict_is_named(tmp_path, text, said):
    (tmp_path / REVIEWS).write_text(f"{text}\n")
    with pytest.raises(RecordingDamaged, match=rf"reviews\.jsonl: {said}"):
        read_reviews(tmp_path)


def test_unknown_keys_and_empty_lines_are_passed_over(tmp_path):
    (tmp_path / REVIEWS).write_text(f"\n{line()}\n\n")
    (verdict,) = read_reviews(tmp_path) or ()
    assert with_reviews((asking(),), (verdict,))[0].passed is True


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path):
    (tmp_path / REVIEWS).mkdir()
    with pytest.raises(RecordingDamaged, match=r"reviews\.jsonl"):
        read_reviews(tmp_path)
    question = ReviewQuestion(asking(), asking().scores[1])
    with pytest.raises(StorageFailed, match=r"reviews\.jsonl"):
        keep_review(tmp_path, question.answered(ReviewAnswer.PASS, by="Ana", at=AT, note=""))


def test_questions_of_a_kind_are_together_in_the_order_of_the_first():
    def call(name: str, *reasons: tuple[str, str]) -> CallResult:
        return result(name, *(score(scorer, "review", why) for scorer, why in reasons))

    calls = (
        call("a", ("tool_use", "is 'yes' a yes at 0:07.1?"), ("preamble", "listen")),
        call("b", ("tool_use", "did the caller agree?")),
        call("c", ("tool_use", "is 'okay' a yes at 0:09.3?"), ("delivery", "listen")),
    )
    found = alike(questions(calls, ()))
    assert [(text, [one.call.scenario for one in those]) for text, those in found] == [
        ("tool_use: is … a yes at …?", ["a", "c"]),
        ("preamble: listen", ["a"]),
        ("tool_use: did the caller agree?", ["b"]),
        ("delivery: listen", ["c"]),
    ]
