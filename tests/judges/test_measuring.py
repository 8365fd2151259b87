"""``harness judge-check --judge``: a model measured on labelled dialogues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.boat_desk import OPEN, YES, row, write_boats
from support.judge_server import JudgeServer, Play, answer, error, judge_server, said

from harness.cli.main import Exit, run_command
from harness.errors import RecordingDamaged
from harness.judges.batch import AskReport, failures
from harness.judges.model import prompt_hash
from harness.results.judge_agreement import (
    JudgeMeasurement,
    LabelAgreement,
    read_measurements,
    store_measurement,
    why_not_earned,
)
from harness.scenario.model import AtLeast

FILE = Path("labelled.jsonl")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(*them: dict[str, Any]) -> None:
    FILE.write_text("".join(f"{json.dumps(one)}\n" for one in them))


def judge_by_reply(request: dict[str, Any]) -> Play:
    """Agree if the reply sounds like agreement, refuse if it has a no in it."""
    content = request["messages"][1]["content"]
    if "nonsense" in content:
        return said("no idea")
    if "No, " in content:
        return said(answer("refused", 3, "No"))
    return said(answer("agreed", 3, "Yes" if "Yes" in content else "Whatever"))


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with judge_server(said("")) as playing:
        playing.choose = judge_by_reply
        yield playing


def check(server: JudgeServer, *more: str, settings: str = "measured: measured.json") -> int:
    Path("judge.yaml").write_text(
        f"format: 1\nmodel: tiny\nbase_url: {server.url}\nretries: 0\n{settings}\n"
    )
    return run_command(["judge-check", str(FILE), "--judge", "judge.yaml", *more])


LABELLED = (
    row("open yes", OPEN, "confirmed"),
    row("open wrong", f"{OPEN} Or so.", "refused"),
    row("no", "No, whatever floats.", "refused"),
    row("sure", YES, "confirmed"),
    row("nonsense", f"{OPEN} nonsense", "confirmed"),
    row("either", f"{OPEN} Well.", "refused", also="confirmed"),
)


def test_tables_and_measurement(server: JudgeServer, capsys: pytest.CaptureFixture[str]) -> None:
    rows(*LABELLED)
    assert check(server) == Exit.OK
    told = capsys.readouterr().out
    assert f"judge tiny, prompt {prompt_hash(audio=False)}" in told
    lines = [line.split() for line in told.splitlines()]
    (every,) = (line for line in lines if line[:2] == ["all", "calls"] and "(" in line[5])
    assert every[2:5] == ["6", "0.833", "0.800"]
    assert ["agreed", "to", "3", "0", "1"] in [line[:5] for line in lines]
    assert ["not", "agreed", "to", "1", "1", "0"] in [line[:6] for line in lines]
    assert "open wrong, turn 3, book_boat: model pass, labelled refused: agreed, “What" in told
    assert "may settle what the rules leave open: no: right" in told
    (measured,) = read_measurements(Path("measured.json"))
    assert (measured.model, measured.files) == ("tiny", ("labelled.jsonl",))
    assert measured.every == LabelAgreement(3, 0, 1, 1, 1, 0)
    assert measured.open.calls < measured.every.calls


def test_nothing_is_asked_twice(server: JudgeServer) -> None:
    rows(*LABELLED)
    check(server)
    check(server)
    assert len(server.requests) == len(LABELLED)
    assert Path("labelled.jsonl.judged.json").exists()


def test_endpoint_that_fails_stores_no_measurement_and_keeps_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows(*LABELLED[:3])
    with judge_server(said(answer("agreed", 3, "Whatever")), error(401, "no")) as server:
        assert check(server, settings="concurrency: 1\nmeasured: m.json") == Exit.FAILURE
        told = capsys.readouterr().err
        assert "no further question was asked: judge tiny: HTTP 401" in told
        assert "2 calls without an answer: no measurement is stored" in told
        assert not Path("m.json").exists()
        server.choose = judge_by_reply
        assert check(server, settings="concurrency: 1\nmeasured: m.json") == Exit.OK
        assert len(server.requests) == 4
    assert Path("m.json").exists()


def test_copies_of_a_call_count_once_and_are_asked_about_once(
    server: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = (row(f"{number}", OPEN, "confirmed") for number in range(30))
    rows(*copies, row("other", f"{OPEN} Or so.", "refused"))
    assert check(server) == Exit.OK
    assert "29 calls left out: each has the words of an earlier one" in capsys.readouterr().err
    (measured,) = read_measurements(Path("measured.json"))
    assert measured.every.calls == measured.open.calls == len(server.requests) == 2


def test_void_votes_are_told_again_with_their_reasons(
    server: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(*LABELLED)
    for _ in range(2):
        check(server)
        told = capsys.readouterr().err
        assert "judge tiny: 1 void, which decides nothing: the answer is not one JSON" in told
    assert len(server.requests) == len(LABELLED)


def test_only_the_most_frequent_reasons_for_void_votes_are_told() -> None:
    report = AskReport(failed=["late"], void=["a", "b", "c", "d", "d", "e"])
    *most, left = failures(report)
    assert most[:2] == ["1 without an answer: late", "2 void, which decides nothing: d"]
    assert len(most) == 4
    assert left == "2 more void for other reasons"


def test_damaged_answers_are_one_line_and_kept(
    server: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(*LABELLED)
    kept = Path("labelled.jsonl.judged.json")
    kept.write_text("{")
    assert check(server) != Exit.OK
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: cannot read {kept}: not a file of answers: Invalid")
    assert line.endswith("; move it away, and the model is asked again")
    assert kept.read_text() == "{"


def test_store_names_the_file(server: JudgeServer, capsys: pytest.CaptureFixture[str]) -> None:
    rows(*LABELLED)
    assert check(server, settings="") == Exit.OK
    assert "not stored: give --store FILE" in capsys.readouterr().err
    assert check(server, "--store", "other.json", settings="") == Exit.OK
    assert len(read_measurements(Path("other.json"))) == 1


def test_suite_may_name_the_judge(server: JudgeServer) -> None:
    rows(*LABELLED)
    judge = f"judge: {{model: tiny, base_url: '{server.url}', measured: m.json}}\n"
    write_boats(Path(), judge=judge)
    assert run_command(["judge-check", str(FILE), "--judge", "boats"]) == Exit.OK
    assert read_measurements(Path("boats/m.json"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--judge", "suite"], "labelled dialogues have no suite"),
        (["--judge", "openai_chat"], "labelled dialogues have no suite"),
        (["--judge", "oracle"], "unknown judge 'oracle'"),
        (["--store", "m.json"], "--store is for the measurement of a model"),
    ],
)
def test_options_that_do_not_fit(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(*LABELLED)
    assert run_command(["judge-check", str(FILE), *options]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize(
    ("first", "second", "faulty"),
    [
        ({"label": "confirmed"}, {"label": "refused"}, True),
        ({"label": "retry"}, {"label": "mismatch"}, True),
        ({"label": "confirmed"}, {"label": "retry"}, False),
        ({"label": "confirmed"}, {"label": "unclear"}, False),
        ({"label": "confirmed"}, {"label": "refused", "doubt": True}, False),
        ({"label": "confirmed"}, {"label": "refused", "also": "confirmed"}, False),
    ],
)
def test_labels_that_contradict_each_other_are_one_line(
    first: dict[str, Any],
    second: dict[str, Any],
    faulty: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows(row("one", YES, **first), row("two", f"{YES} Now.", "confirmed"), row("3", YES, **second))
    code = run_command(["judge-check", str(FILE)])
    told = capsys.readouterr().err.splitlines()
    assert code == (Exit.USAGE if faulty else Exit.OK)
    if faulty:
        (line,) = told
        given, before = second["label"], first["label"]
        assert line.startswith(f"harness: error: {FILE}:3: writes[0].label: '{given}' contradicts")
        assert f"'{before}', the label of the same call at {FILE}:1" in line


def test_what_follows_a_call_makes_it_no_other_call(capsys: pytest.CaptureFixture[str]) -> None:
    longer = row("two", YES, "refused")
    longer["turns"].append({"who": "agent", "text": "Done."})
    rows(row("one", YES, "confirmed"), longer)
    assert run_command(["judge-check", str(FILE)]) == Exit.USAGE
    assert "'refused' contradicts 'confirmed'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "accuracy", "kappa"),
    [
        (
            LabelAgreement(20, 5, 0, 10, 15, 0),
            0.7,
            0.4,
        ),  # the example of Cohen's kappa in Wikipedia
        (LabelAgreement(20, 5, 9, 10, 15, 9), 0.7, 0.4),
        (LabelAgreement(10, 0, 0, 0, 10, 0), 1.0, 1.0),
        (LabelAgreement(5, 5, 0, 5, 5, 0), 0.5, 0.0),
        (LabelAgreement(10, 0, 0, 0, 0, 0), 1.0, None),
        (LabelAgreement(0, 0, 4, 0, 0, 4), None, None),
    ],
)
def test_accuracy_and_kappa(
    table: LabelAgreement, accuracy: float | None, kappa: float | None
) -> None:
    assert table.accuracy.rate == accuracy
    assert table.kappa == (None if kappa is None else pytest.approx(kappa))


def test_false_passes_are_shares_of_calls_that_were_not_agreed_to() -> None:
    table = LabelAgreement(8, 1, 1, 2, 6, 2)
    assert (table.false_passes.passed, table.false_passes.counted) == (2, 10)
    assert (table.false_fails.passed, table.false_fails.counted) == (1, 10)


def test_measurement_of_the_same_model_and_prompt_is_replaced() -> None:
    path, good = Path("m.json"), LabelAgreement(agreed_pass=50, other_fail=50)
    for model, files in (("a", ("1",)), ("b", ("2",)), ("a", ("3",))):
        store_measurement(path, JudgeMeasurement(model, "p", "", files, good, good))
    assert {(one.model, one.files) for one in read_measurements(path)} == {
        ("a", ("3",)),
        ("b", ("2",)),
    }
    assert why_not_earned(read_measurements(path), "a", "p", AtLeast())[0] == ""
    assert "not measured with this prompt" in why_not_earned((), "a", "p", AtLeast())[0]


def test_measurement_never_replaces_another_file(server: JudgeServer) -> None:
    Path("notes.json").write_text('{"mine": true}')
    with pytest.raises(RecordingDamaged):
        store_measurement(
            Path("notes.json"),
            JudgeMeasurement("a", "p", "", (), LabelAgreement(), LabelAgreement()),
        )
    assert Path("notes.json").read_text() == '{"mine": true}'
