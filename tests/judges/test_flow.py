"""The whole way of a model's answer: import or score, judged.json, verdict, page, JUnit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.boat_desk import OPEN, YES, write_boats
from support.judge_server import JudgeServer, Play, answer, error, judge_server, said

from harness.cli.main import Exit, run_command
from harness.cli.options import take_judging
from harness.judges.answer_file import JUDGED, load_judged
from harness.judges.model import JudgedRecording, prompt_hash
from harness.results.history.cost import load_prices
from harness.results.judge_agreement import JudgeMeasurement, LabelAgreement, store_measurement
from harness.results.model import CallResult
from harness.results.reviews import (
    ReviewAnswer,
    ReviewedVerdict,
    evidence_of,
    keep_review,
)
from harness.results.store import RESULTS, read_results
from harness.runs.judge_choice import JudgeRequest
from harness.runs.model_judge import ModelJudging
from harness.runs.plan import Budget
from harness.runs.verify import CallPlace, call_faults

RUN = Path("run")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, without a key and without a proxy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def settings(server: JudgeServer | str, *more: str) -> str:
    """Write a file of settings that settles, with a measurement that allows it; return its name."""
    url = server if isinstance(server, str) else server.url
    lines = ["format: 1", "model: tiny", f"base_url: {url}", "settle: review", *more]
    Path("judge.yaml").write_text("\n".join((*lines, "measured: measured.json", "")))
    good = LabelAgreement(agreed_pass=50, other_fail=50)
    measured = JudgeMeasurement("tiny", prompt_hash(audio=False), "2026-04-25", (), good, good)
    store_measurement(Path("measured.json"), measured)
    return "judge.yaml"


def imported(*more: str, **replies: str) -> int:
    write_boats(Path(), **replies)
    return run_command(["import", "chats", "--suite", "boats", "--out", str(RUN), *more])


def the_call(run: Path = RUN) -> CallResult:
    (call,) = read_results(run / RESULTS).calls
    return call


def outcome(run: Path = RUN) -> str:
    (score,) = the_call(run).scores
    return score.outcome


def judged_file() -> JudgedRecording:
    found = load_judged(RUN / the_call().recording)
    assert found is not None
    return found


@pytest.fixture
def agreeing() -> Iterator[JudgeServer]:
    with judge_server(said(answer())) as server:
        yield server


def test_without_judge_nothing_is_asked(agreeing: JudgeServer) -> None:
    settings(agreeing)
    imported()
    assert outcome() == "review"
    assert agreeing.requests == []
    assert not (RUN / the_call().recording / JUDGED).exists()


def test_score_settles_review_and_asks_once(agreeing: JudgeServer) -> None:
    imported()
    judge = settings(agreeing)
    assert run_command(["score", str(RUN), "--judge", judge]) == Exit.OK
    assert outcome() == "pass"
    assert run_command(["score", str(RUN), "--judge", judge]) == Exit.OK
    assert len(agreeing.requests) == 1
    assert call_faults(CallPlace(RUN / the_call().recording, ended=True, kept=True)) == []


def test_stored_answers_count_again_without_the_endpoint() -> None:
    with judge_server(said(answer())) as server:
        imported("--judge", settings(server))
    assert outcome() == "pass"
    assert run_command(["score", str(RUN)]) == Exit.OK
    assert outcome() == "pass"
    (RUN / the_call().recording / JUDGED).unlink()
    run_command(["score", str(RUN)])
    assert outcome() == "review"


def test_import_judges_before_gates(agreeing: JudgeServer) -> None:
    assert imported("--judge", settings(agreeing)) == Exit.OK
    assert outcome() == "pass"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (answer(), "pass"),
        (answer("refused", 3, "Whatever floats"), "fail"),
        (answer("not_asked", None, None), "fail"),
        (answer("unclear", None, None), "review"),
        (
            answer(
                "changed",
                3,
                "Whatever floats",
                {"argument": "boat", "value": "raft", "turn": 3, "quote": "floats"},
            ),
            "fail",
        ),
        (answer("changed", 3, "Whatever floats"), "review"),
        (
            answer(
                "agreed",
                3,
                "Whatever floats",
                {"argument": "boat", "value": "raft", "turn": 3, "quote": "floats"},
            ),
            "review",
        ),
        (
            answer(
                "agreed",
                3,
                "Whatever floats",
                {"argument": "boat", "value": None, "turn": None, "quote": None},
            ),
            "review",
        ),
    ],
)
def test_answer_decides(reply: str, verdict: str) -> None:
    with judge_server(said(reply)) as server:
        imported("--judge", settings(server))
    assert outcome() == verdict


def test_page_and_junit_name_the_model_and_its_quote(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing), "--junit", "junit.xml")
    page = (RUN / the_call().recording / "index.html").read_text(encoding="utf-8")
    assert "decided by tiny" in page
    assert "the embedded reference agent" not in page  # no agent was called
    assert "“Whatever floats”" in page
    junit = Path("junit.xml").read_text(encoding="utf-8")
    assert "<system-out>write_confirmation: book_boat: decided by tiny: agreed" in junit
    (score,) = the_call().scores
    span = next(one for one in score.evidence if one.label == "tiny: agreed")
    assert span.start_s > 0
    assert "(decided by tiny)" in score.reason
    assert "clearly agreed to" not in score.reason  # the rules left it open


def test_a_failure_by_a_model_says_so_in_junit() -> None:
    with judge_server(said(answer("refused", 3, "Whatever floats"))) as server:
        imported("--judge", settings(server), "--junit", "junit.xml")
    junit = Path("junit.xml").read_text(encoding="utf-8")
    assert "<failure" in junit
    assert "refused, “Whatever floats” at turn 2" in junit
    assert "(decided by tiny)" in junit


def test_unmeasured_model_only_annotates(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = settings(agreeing)
    Path("measured.json").unlink()
    imported("--judge", judge)
    (score,) = the_call().scores
    assert score.outcome == "review"
    assert "tiny: agreed, “Whatever floats”" in score.reason
    assert "not counted: there is no measurement" in score.reason
    assert "judge tiny decides nothing: there is no measurement" in capsys.readouterr().err
    page = (RUN / the_call().recording / "index.html").read_text(encoding="utf-8")
    assert "tiny, not counted" in page


def test_settings_without_settle_only_annotate(agreeing: JudgeServer) -> None:
    judge = Path(settings(agreeing))
    judge.write_text(judge.read_text().replace("settle: review\n", ""))
    imported("--judge", "judge.yaml")
    assert outcome() == "review"
    assert "not counted: the settings do not say 'settle: review'" in the_call().scores[0].reason


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        (LabelAgreement(agreed_pass=3, other_fail=3), "the lower end is below 0.8"),
        (
            LabelAgreement(agreed_pass=100),
            "label calls that were agreed to, and calls that were not",
        ),
        (LabelAgreement(agreed_pass=100, agreed_fail=9, other_fail=1), "kappa is below 0.6"),
        (LabelAgreement(), "no call that the rules leave open"),
    ],
)
def test_weak_measurement_only_annotates(
    agreeing: JudgeServer, figures: LabelAgreement, why: str
) -> None:
    judge, good = settings(agreeing), LabelAgreement(agreed_pass=50, other_fail=50)
    prompt = prompt_hash(audio=False)
    weak = JudgeMeasurement("tiny", prompt, "2026-04-25", (), good, figures)
    store_measurement(Path("measured.json"), weak)
    imported("--judge", judge)
    assert outcome() == "review"
    assert why in the_call().scores[0].reason


def test_measurement_of_another_prompt_earns_nothing(agreeing: JudgeServer) -> None:
    judge, good = settings(agreeing), LabelAgreement(agreed_pass=50, other_fail=50)
    Path("measured.json").unlink()
    store_measurement(Path("measured.json"), JudgeMeasurement("tiny", "0" * 16, "", (), good, good))
    imported("--judge", judge)
    assert "was not measured with this prompt" in the_call().scores[0].reason


def test_earning_the_vote_later_needs_no_second_request(agreeing: JudgeServer) -> None:
    judge = settings(agreeing)
    shutil.move("measured.json", "later.json")
    imported("--judge", judge)
    assert outcome() == "review"
    shutil.move("later.json", "measured.json")
    run_command(["score", str(RUN), "--judge", judge])
    assert outcome() == "pass"
    assert len(agreeing.requests) == 1


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (answer("refused", 3, "Yes, please"), "review"),
        (answer("not_asked", None, None), "review"),
        (answer("agreed", 3, "Yes, please"), "pass"),
    ],
)
def test_doubt_turns_pass_into_review_and_never_into_fail(reply: str, verdict: str) -> None:
    with judge_server(said(reply)) as server:
        imported("--judge", settings(server, "doubt: pass"), call=YES)
        assert len(server.requests) == 1
    assert outcome() == verdict


def test_without_doubt_a_pass_is_not_asked_about(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing), call=YES)
    assert agreeing.requests == []
    assert outcome() == "pass"


def test_suite_names_its_judge(agreeing: JudgeServer) -> None:
    settings(agreeing)
    shutil.copy("measured.json", "kept.json")
    key = f"judge: {{model: tiny, base_url: '{agreeing.url}', settle: review, measured: m.json}}\n"
    write_boats(Path(), judge=key)
    shutil.copy("kept.json", "boats/m.json")
    run_command(["import", "chats", "--suite", "boats", "--out", str(RUN)])
    assert outcome() == "review"
    run_command(["score", str(RUN), "--judge", "suite"])
    assert outcome() == "pass"


def test_changed_transcript_makes_a_stored_answer_stale(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing))
    events = RUN / the_call().recording / "events.jsonl"
    text = events.read_text(encoding="utf-8")
    other = RUN.with_name("other")
    shutil.copytree(RUN, other)
    shutil.rmtree(RUN)
    assert "Whatever floats" in text
    imported(open="Whatever sinks, I suppose.")
    shutil.copy(other / the_call().recording / JUDGED, RUN / the_call().recording / JUDGED)
    run_command(["score", str(RUN)])
    assert outcome() == "review"


FAULTS: dict[str, tuple[Play, str]] = {
    "wrong key": (error(401, "Incorrect API key"), "HTTP 401 (the key is not accepted)"),
    "unknown model": (error(404, "The model does not exist"), "HTTP 404 (no such model"),
    "bad request": (error(400, "model is required"), "HTTP 400: model is required"),
    "no credit": (
        Play(429, b'{"error": {"code": "insufficient_quota", "message": "no credit"}}'),
        "HTTP 429: no credit",
    ),
    "redirect": (error(307, "", Location="http://elsewhere.invalid/v1"), "give that address"),
    "waits an hour": (error(429, "", Retry_After="3600"), "asks to wait 3600 s"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_endpoint_is_one_line_and_changes_no_verdict(
    fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    play, told = FAULTS[fault]
    imported()
    before, recorded = (RUN / RESULTS).read_bytes(), _files()
    capsys.readouterr()
    with judge_server(play) as server:
        run_command(["score", str(RUN), "--judge", settings(server)])
        assert len(server.requests) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "judge tiny: HTTP" in line]
    assert len(lines) == 1
    assert told in lines[0]
    assert (RUN / RESULTS).read_bytes() == before
    assert _files() == recorded


VOID: dict[str, tuple[Play, str]] = {
    "no JSON": (said("Sure! The caller agreed."), "not one JSON object"),
    "half JSON": (said(answer()[:40]), "not one JSON object"),
    "not a completion": (Play(body=b"<html>Hello</html>"), "not JSON"),
    "no message": (Play(body=b'{"choices": []}'), "has no message"),
    "made-up quote": (said(answer("agreed", 3, "Yes, gladly")), "is not in turn 3"),
    "made-up turn": (said(answer("agreed", 9, "Whatever")), "turn 9 is not in the transcript"),
    "agent's words": (said(answer("agreed", 2, "the canoe")), "not of the caller"),
    "no quote": (said(answer("refused", None, None)), "without a quote"),
    "refusal": (said(None, refusal="I cannot help with that."), "the model refused"),
    "empty": (said(""), "answer is empty"),
    "cut off": (said(answer(), finish_reason="length"), "cut off (length)"),
    "wrong language": (said(answer("zugestimmt")), "breaks the schema: answer"),
    "unknown key": (said('{"answer": "agreed", "verdict": 1}'), "breaks the schema"),
    "unknown argument": (
        said(
            answer(
                "agreed",
                3,
                "Whatever floats",
                {"argument": "oar", "value": None, "turn": None, "quote": None},
            )
        ),
        "'oar' is no argument",
    ),
    "1 MB": (said("x" * 1_000_000), "larger than 256 kB"),
    "nested": (said("[" * 50_000), "not one JSON object"),
}


@pytest.mark.parametrize("fault", VOID)
def test_void_answer_changes_no_verdict_and_is_not_asked_again(
    fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    play, told = VOID[fault]
    with judge_server(play) as server:
        imported("--judge", settings(server))
        (line,) = (one for one in capsys.readouterr().err.splitlines() if "1 void, which" in one)
        assert told in line
        run_command(["score", str(RUN), "--judge", "judge.yaml"])
        assert "judge tiny: no new question, 1 answered before" in capsys.readouterr().err
        assert len(server.requests) == 1
    (vote,) = judged_file().answers[0].votes
    assert vote.answer is None
    assert told in vote.void
    assert outcome() == "review"


def test_contradictory_votes_decide_nothing() -> None:
    refused = said(answer("refused", 3, "I suppose"))
    with judge_server(said(answer()), refused, said(answer("unclear", None, None))) as server:
        imported("--judge", settings(server, "votes: 3"))
        assert len(server.requests) == 3
    assert outcome() == "review"
    assert "its votes differ" in the_call().scores[0].reason


def test_majority_of_votes_decides() -> None:
    with judge_server(said(answer()), said("no idea"), said(answer())) as server:
        imported("--judge", settings(server, "votes: 3"))
    assert outcome() == "pass"


def test_more_votes_ask_only_for_those_that_are_missing(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing))
    run_command(["score", str(RUN), "--judge", settings(agreeing, "votes: 3")])
    assert len(agreeing.requests) == 3
    assert len(judged_file().answers[0].votes) == 3


def test_words_of_an_endpoint_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with judge_server(error(400, "\x1b[31mred")) as server:
        imported("--judge", settings(server))
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "[U+001B][31mred" in told


def test_redacted_calls_are_never_sent(agreeing: JudgeServer) -> None:
    imported("--redact", "--judge", settings(agreeing))
    run_command(["score", str(RUN), "--judge", "judge.yaml"])
    assert agreeing.requests == []
    assert outcome() == "review"


def test_no_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with judge_server(said("")) as server:
        url = server.url
    imported()
    capsys.readouterr()
    run_command(["score", str(RUN), "--judge", settings(url)])
    told = [line for line in capsys.readouterr().err.splitlines() if "no connection" in line]
    assert len(told) == 1
    assert url in told[0]
    assert outcome() == "review"


def test_missing_key_is_one_line_and_calls_are_judged(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    imported("--judge", settings(agreeing, "key_env: JUDGE_KEY"))
    told = [line for line in capsys.readouterr().err.splitlines() if "JUDGE_KEY" in line]
    assert told == [
        "no judge was asked: environment variable JUDGE_KEY is not set; judge tiny needs it"
    ]
    assert agreeing.requests == []
    assert outcome() == "review"


def test_key_is_sent_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-very-secret")
    with judge_server(error(401, "wrong key sk-very-secret")) as server:
        imported("--judge", settings(server, "key_env: JUDGE_KEY"))
        assert server.keys == ["Bearer sk-very-secret"]
    told = capsys.readouterr()
    assert "sk-very-secret" not in told.out + told.err
    assert "[key]" in told.err
    assert not any(b"sk-very-secret" in path.read_bytes() for path in RUN.rglob("*.json"))


@pytest.mark.parametrize(("reply", "verdict"), [(OPEN, "review"), (YES, "pass")])
def test_judge_that_is_not_installed_is_one_line(
    reply: str, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_boats(Path(), judge="judge: {use: oracle, model: tiny}\n", one=reply)
    run = ["import", "chats", "--suite", "boats", "--out", str(RUN), "--judge", "suite"]
    run_command(run)
    told = [line for line in capsys.readouterr().err.splitlines() if "oracle" in line]
    assert told == ["no judge was asked: unknown judge 'oracle'; known: openai_chat"]
    assert outcome() == verdict


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("oracle", "unknown judge 'oracle'; known: openai_chat"),
        ("none.yaml", "none.yaml: no such file"),
        ("", "expected 'suite', a judge, or a file, got nothing"),
        ("boats", "this suite has no key 'judge'"),
    ],
)
def test_wrong_judge_is_a_usage_error(
    named: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported()
    capsys.readouterr()
    assert run_command(["score", str(RUN), "--judge", named]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_suite_without_judge_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    imported("--judge", "suite")
    told = [line for line in capsys.readouterr().err.splitlines() if "no key 'judge'" in line]
    assert len(told) == 1
    assert outcome() == "review"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("votes: 0", "judge.yaml:4: votes"),
        ("setle: review", "judge.yaml:4: setle"),
        ("settle: pass", "judge.yaml:4: settle"),
        ("at_least: {accuracy: 90}", "at_least.accuracy"),
        ("base_url: ftp://x", "base_url"),
        ("base_url: https://me:pw@x/v1", "an address (https://…) without user, password"),
        ("timeout_s: 0", "judge.yaml:4: timeout_s: expected more than 0"),
        ("key_env: sk-secret", "judge.yaml:4: key_env: expected the name of an environment"),
    ],
)
def test_faults_of_settings_name_their_place(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported()
    capsys.readouterr()
    first = "format: 1\nmodel: tiny\nretries: 0\n"
    Path("judge.yaml").write_text(f"{first}{line}\n")
    assert run_command(["score", str(RUN), "--judge", "judge.yaml"]) == Exit.USAGE
    shown = capsys.readouterr().err
    assert told in shown
    assert "sk-secret" not in shown


def test_nothing_is_sent_where_the_faulty_file_of_a_suite_no_longer_points(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"judge: {{model: tiny, base_url: '{agreeing.url}'"
    write_boats(Path(), judge=f"{key}}}\n")
    run_command(["import", "chats", "--suite", "boats", "--out", str(RUN)])
    write_boats(Path(), judge=f"{key}, votes: 0}}\n")
    capsys.readouterr()
    run_command(["score", str(RUN), "--judge", "suite"])
    told = [line for line in capsys.readouterr().err.splitlines() if "judge" in line]
    assert len(told) == 1
    assert told[0].startswith("no judge was asked: boats/suite.yaml:")
    assert told[0].endswith("judge.votes: expected at least 1, got 0")
    assert agreeing.requests == []


@pytest.mark.parametrize("more", ["", "key_env: JUDGE_KEY", "use: oracle"])
def test_answers_of_another_judge_keep_their_effect_until_there_are_new_ones(
    agreeing: JudgeServer, more: str
) -> None:
    imported("--judge", settings(agreeing))
    assert outcome() == "pass"
    before = judged_file()
    with judge_server(error(401, "wrong key")) as server:
        path = Path(settings(server, more))
        path.write_text(path.read_text().replace("model: tiny", "model: other"))
        run_command(["score", str(RUN), "--judge", str(path)])
    assert judged_file() == before
    assert outcome() == "pass"


def test_damaged_answers_are_named_and_kept(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    imported("--judge", settings(agreeing))
    path = RUN / the_call().recording / JUDGED
    path.write_text("{}")
    capsys.readouterr()
    run_command(["score", str(RUN), "--judge", "judge.yaml"])
    assert f"cannot read {path}" in capsys.readouterr().err
    assert path.read_text() == "{}"
    assert outcome() == "review"
    faults = call_faults(CallPlace(path.parent, ended=True, kept=True))
    assert [fault.path for fault in faults] == [path]


PRICES = "format: 1\nmodels: {tiny: {input_text: 100, output_text: 1000}}\n"
"""A question costs 0.2: 1,000 tokens at 100, 100 at 1,000 for a million."""


def test_budget_ends_asking_and_the_rest_is_asked_later(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("prices.yaml").write_text(PRICES)
    replies = {name: f"{OPEN} {name}" for name in ("a", "b", "c")}
    imported(**replies)
    judge = settings(agreeing, "concurrency: 1")
    priced = ["score", str(RUN), "--judge", judge, "--prices", "prices.yaml"]
    capsys.readouterr()
    run_command([*priced, "--max-cost", "0.3"])
    told = capsys.readouterr().err
    assert "the budget of 0.3 is spent (0.4)" in told
    assert "2 of 3 open questions answered, cost 0.4" in told
    assert len(agreeing.requests) == 2
    run_command(priced)
    assert len(agreeing.requests) == 3
    assert {call.scores[0].outcome for call in read_results(RUN / RESULTS).calls} == {"pass"}


def test_calls_and_judge_share_a_budget(agreeing: JudgeServer) -> None:
    Path("prices.yaml").write_text(PRICES)
    imported()
    request = JudgeRequest(settings(agreeing), Path("prices.yaml"), 0.5)
    told: list[str] = []
    judging = ModelJudging(request, told.append, spent=lambda: 0.5)
    before = read_results(RUN / RESULTS)
    assert judging.apply(RUN, before) is before
    assert "no further question was asked: the budget of 0 is spent (0)" in told
    assert agreeing.requests == []


def test_what_a_judge_costs_is_spent_of_the_budget_of_later_calls(agreeing: JudgeServer) -> None:
    Path("prices.yaml").write_text(PRICES)
    imported()
    budget = Budget(load_prices(Path("prices.yaml")), 0.2)
    judging = take_judging(settings(agreeing), Path("prices.yaml"), 0.2, budget)
    assert judging is not None
    assert budget.closed == ""
    judging.apply(RUN, read_results(RUN / RESULTS))
    assert budget.spent == pytest.approx(0.2)
    assert "is spent" in budget.closed
    assert judging.spent() == budget.spent


def test_call_that_a_person_reviewed_is_not_asked_about(agreeing: JudgeServer) -> None:
    imported()
    call = the_call()
    (score,) = call.scores
    verdict = ReviewedVerdict(
        recording=call.recording,
        scorer=score.scorer,
        version=score.version,
        evidence=evidence_of(call, score),
        verdict=ReviewAnswer.FAIL,
        by="listener",
        at="2026-04-25T10:00:00+00:00",
    )
    keep_review(RUN, verdict)
    run_command(["score", str(RUN), "--judge", settings(agreeing)])
    assert outcome() == "fail"
    assert agreeing.requests == []


def test_calls_that_cannot_be_read_are_named_and_the_others_asked_about(
    agreeing: JudgeServer,
) -> None:
    imported(a=OPEN, b=f"{OPEN} b")
    results, told = read_results(RUN / RESULTS), list[str]()
    broken = results.calls[0].recording
    (RUN / broken / "manifest.json").write_text("{}")
    ModelJudging(JudgeRequest(settings(agreeing)), told.append).apply(RUN, results)
    assert len(agreeing.requests) == 1
    assert any(line.startswith(f"{broken} was not asked about: cannot read") for line in told)


def test_budget_of_nothing_is_one_line(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    imported()
    before = (RUN / RESULTS).read_bytes()
    capsys.readouterr()
    judge = ["--judge", settings(agreeing), "--max-cost", "0"]
    assert run_command(["score", str(RUN), *judge]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "--max-cost" in line
    assert (RUN / RESULTS).read_bytes() == before


def test_budget_without_a_price_is_one_line(
    agreeing: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    imported()
    capsys.readouterr()
    judge = ["--judge", settings(agreeing), "--max-cost", "1"]
    assert run_command(["score", str(RUN), *judge]) == Exit.USAGE
    assert "no price is known for judge tiny" in capsys.readouterr().err


def test_unreported_tokens_end_a_budget(capsys: pytest.CaptureFixture[str]) -> None:
    Path("prices.yaml").write_text(PRICES)
    imported(a=OPEN, b=f"{OPEN} b")
    with judge_server(said(answer(), usage=None)) as server:
        judge = ["--judge", settings(server, "concurrency: 1"), "--prices", "prices.yaml"]
        run_command(["score", str(RUN), *judge, "--max-cost", "1"])
        assert len(server.requests) == 1
    assert "did not report its tokens" in capsys.readouterr().err


def test_request_has_the_transcript_the_tool_and_the_question(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing, "temperature: 0"))
    (request,) = agreeing.requests
    assert request["model"] == "tiny"
    assert request["temperature"] == 0
    system, user = request["messages"]
    assert system["role"] == "system"
    assert '{"turn":3,"who":"caller","text":"Whatever floats, I suppose."}' in user["content"]
    assert '"arguments":{"boat":"canoe"}' in user["content"]
    assert "It is booked" not in user["content"]


def _files() -> dict[str, Any]:
    return {str(path): path.read_bytes() for path in (RUN / "calls").rglob("*") if path.is_file()}


def test_answers_are_one_sealed_document(agreeing: JudgeServer) -> None:
    imported("--judge", settings(agreeing))
    row = json.loads((RUN / the_call().recording / JUDGED).read_text(encoding="utf-8"))
    assert list(row) == ["format", "authority", "answers", "digest"]
    (stored,) = row["answers"]
    assert stored["model"] == "tiny"
    assert stored["prompt"] == prompt_hash(audio=False)
