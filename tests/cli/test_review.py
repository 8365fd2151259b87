"""``harness review``: from a terminal line to gates, pages, baseline, history and labels."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.nights import night_name
from support.small_desk import small_desk
from support.synthetic_run import good_call, result, run_results, score

from harness.cli.main import run_command
from harness.files import LOCK, taken
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.results.gates.baseline import read_baseline
from harness.results.history.store import HistoryFolder
from harness.results.store import read_results, write_results

ASKS = ("calls/lookup-0", "entity_confirmation")


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run of two calls in a history; one call asks for a review by a person."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "history" / night_name(1) / "desk.reference"
    asks = score("entity_confirmation", "review", "heard B, written P: listen", (4.5, 8.1))
    good = score("preamble", "pass", "spoke first")
    calls = (
        result("lookup", good, asks, recording=ASKS[0], suite="desk", scenario_hash="s"),
        result("other", good, recording="calls/other-0", suite="desk", scenario_hash="t"),
    )
    write_results(folder / "results.json", run_results(calls))
    recording = good_call().recording("lookup", seed=7, status=CallStatus.COMPLETED)
    write_recording(folder / ASKS[0], recording)
    return folder


def review(folder: Path, *words: str) -> int:
    return run_command(["review", str(folder), *words, "--by", "Ana"])


def test_what_is_open_is_listed_and_the_exit_code_is_the_runs(run_folder, capsys):
    assert review(run_folder) == 1
    said = capsys.readouterr().out
    assert "open  calls/lookup-0 entity_confirmation: heard B, written P: listen" in said
    assert "1 of 1 verdict open" in said
    assert "1 call needs a listener" in said


@pytest.mark.parametrize("call", [ASKS[0], "lookup-0", "lookup"])
@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 1)])
def test_a_verdict_reaches_everything_that_reads_the_run(run_folder, call, verdict, code):
    junit = run_folder / "junit.xml"
    given = review(run_folder, call, ASKS[1], verdict, "--note", "a clear B", "--junit", str(junit))
    assert given == code
    stored = json.loads((run_folder / "results.json").read_text())
    assert stored["calls"][0]["passed"] is (verdict == "pass")
    told = f"{verdict} by a person: Ana, "
    for page in (run_folder / ASKS[0] / "index.html", junit, run_folder / "index.html"):
        if verdict == "fail" or page.parent.name == "lookup-0":
            assert told in page.read_text(), page
    assert run_command(["baseline", "save", str(run_folder), "--as", "b.json"]) == 0
    assert {one.passed for one in read_baseline(Path("b.json")).calls} == {True, code == 0}
    (entry,) = HistoryFolder("history").read().entries
    assert entry.results.calls[0].passed is (verdict == "pass")
    assert run_command(["score", str(run_folder)]) in (0, 1, 3)  # judged anew, by other scorers
    assert (run_folder / "reviews.jsonl").exists()


def test_a_verdict_outlives_its_file_and_its_recording(run_folder):
    assert review(run_folder, *ASKS, "pass") == 0
    (run_folder / "reviews.jsonl").unlink()
    shutil.rmtree(run_folder / "calls")
    assert run_command(["score", str(run_folder)]) == 0
    told = read_results(run_folder / "results.json").calls[0].scores[1]
    assert told.review is not None
    assert told.outcome == "pass"


def test_a_run_does_not_replace_another_whose_verdicts_cannot_be_read(run_folder, capsys):
    desk = small_desk(Path("desk"), quiet=0.2)
    (run_folder / "reviews.jsonl").write_text("{\n")
    before = (run_folder / "results.json").read_bytes()
    assert run_command(["run", str(desk), "--out", str(run_folder), "--force"]) == 3
    assert "reviews.jsonl: line 1: not JSON" in capsys.readouterr().err
    assert (run_folder / "results.json").read_bytes() == before


def test_a_night_that_somebody_reviews_is_not_removed(run_folder, capsys):
    shutil.copytree(run_folder.parent, run_folder.parent.with_name(night_name(2)))
    with taken(run_folder, by="harness review"):
        assert run_command(["history", "prune", "--keep-nights", "1", "--yes"]) == 2
    assert "in use by process" in capsys.readouterr().err
    assert (run_folder / "results.json").exists()
    assert review(run_folder, *ASKS, "pass") == 0
    assert (
        run_command(["history", "prune", "--keep-nights", "1", "--recordings-only", "--yes"]) == 0
    )
    left = {path.name for path in run_folder.rglob("*") if path.is_file()}
    assert left == {"results.json", "reviews.jsonl", LOCK}  # a lock file stays, empty


def test_a_verdict_is_withdrawn(run_folder, capsys):
    assert review(run_folder, *ASKS, "pass") == 0
    assert review(run_folder, *ASKS, "--withdraw") == 1
    assert read_results(run_folder / "results.json").calls[0].passed is None
    assert review(run_folder, *ASKS, "--withdraw") == 2
    assert "nothing to withdraw" in capsys.readouterr().err
    lines = (run_folder / "reviews.jsonl").read_text().splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["pass", "withdrawn"]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), ["open  calls/lookup-0 entity_confirmation"]),
        (("--call", "other"), ["pass  calls/other-0 preamble"]),
        (("--call", "lookup"), ["pass  calls/lookup-0 preamble", "open  calls/lookup-0 entity"]),
        (("--scorer", "preamble"), ["pass  calls/lookup-0 preamble", "pass  calls/other-0 pre"]),
        (("--call", "other", "--scorer", "preamble"), ["pass  calls/other-0 preamble"]),
        (("--all",), ["pass  calls/lookup-0", "pass  calls/other-0", "open  calls/lookup-0"]),
    ],
)
def test_only_open_verdicts_are_asked_unless_others_are_chosen(run_folder, capsys, words, listed):
    assert review(run_folder, *words) == 1
    said = capsys.readouterr().out
    assert ("no verdict is open" in said) is all(line.startswith("pass") for line in listed)
    lines = [line for line in said.splitlines() if "  calls/" in line]
    assert [line.startswith(want) for line, want in zip(lines, listed, strict=True)] == [
        True for _ in listed
    ]


def test_an_overturned_pass_reaches_everything_that_reads_the_run(run_folder, capsys):
    assert review(run_folder, *ASKS, "pass") == 0
    junit, place = run_folder / "junit.xml", ("calls/other-0", "preamble")
    overturn = (*place, "fail", "--note", "spoke late", "--junit", str(junit))
    assert review(run_folder, *overturn) == 1
    by = "passed by preamble, failed by a person: Ana, "
    once = "A person overturned 1 verdict: preamble (pass → fail)."
    assert once in capsys.readouterr().out
    assert once in (run_folder / "index.html").read_text()
    assert by in junit.read_text()
    assert run_command(["baseline", "save", str(run_folder), "--as", "b.json"]) == 0
    assert [one.scores["preamble"] for one in read_baseline(Path("b.json")).calls] == [
        "pass",
        "fail",
    ]
    (entry,) = HistoryFolder("history").read().entries
    assert [call.passed for call in entry.results.calls] == [True, False]
    assert review(run_folder) == 1
    said = capsys.readouterr().out
    assert "pass, overturned: fail by Ana  calls/other-0 preamble: spoke first" in said
    assert "preamble 0 of 1" in said
    labels = review(run_folder, "--export", "labels.jsonl")
    rows = [json.loads(line) for line in Path("labels.jsonl").read_text().splitlines()]
    assert (labels, [(row["outcome"], row["label"]) for row in rows]) == (
        0,
        [("review", "pass"), ("pass", "fail")],
    )
    assert review(run_folder, *place, "--withdraw") == 0
    assert "overturned" not in (run_folder / "index.html").read_text()


def test_an_overturned_fail_is_green_and_is_told_in_junit(run_folder):
    stored = read_results(run_folder / "results.json")
    failed = score("entity_confirmation", "fail", "B was never read back", (4.5, 8.1))
    calls = (replace(stored.calls[0], passed=False, scores=(failed,)), stored.calls[1])
    write_results(run_folder / "results.json", run_results(calls))
    assert review(run_folder) == 1
    junit = run_folder / "junit.xml"
    assert review(run_folder, *ASKS, "pass", "--note", "a B", "--junit", str(junit)) == 0
    text = junit.read_text()
    assert "<failure" not in text
    assert (
        "<system-out>entity_confirmation: failed by entity_confirmation, passed by a person" in text
    )
    told = "A person overturned 1 verdict: entity confirmation (fail → pass)."
    assert told in (run_folder / "index.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lookup", "preamble", "fail"), "the scorer's verdict is pass; to overturn it"),
        (("lookup", "nobody", "fail"), "lookup nobody: no verdict that a person may give"),
        (("nowhere", ASKS[1], "fail"), "calls/lookup-0 preamble (pass), calls/lookup-0 entity"),
        (("--call", "zzz"), "zzz: no verdict that a person may give"),
        (("--call", "lokup"), "lokup (did you mean 'lookup'?): no verdict"),
        (("--call", "calls/lokup-0"), "calls/lokup-0 (did you mean 'calls/lookup-0'?): no verdict"),
        (("lookup", "preambel", "fail"), "lookup preambel (did you mean 'preamble'?): no verdict"),
        (("--scorer", "preambel"), "preambel (did you mean 'preamble'?): no verdict"),
        (("--scorer", "nobody"), "nobody: no verdict that a person may give"),
        ((*ASKS, "pass", "--all"), "do not go with a CALL argument"),
        (("lookup",), "expected CALL SCORER pass|fail"),
        (("lookup", ASKS[1]), "expected CALL SCORER pass|fail"),
        ((*ASKS, "pass", "--withdraw"), "expected CALL SCORER pass|fail"),
        (("--note", "why"), "go with CALL and SCORER"),
        ((*ASKS, "maybe"), "maybe"),
        (("--export", "labels.txt"), "ends in .csv or .jsonl"),
    ],
)
def test_what_is_not_meant_is_refused_and_nothing_is_kept(run_folder, capsys, words, said):
    assert review(run_folder, *words) == 2
    assert said in capsys.readouterr().err
    assert not (run_folder / "reviews.jsonl").exists()


def test_the_answers_that_hold_are_exported_as_labels(run_folder):
    review(run_folder, *ASKS, "fail", "--note", "it says P, clearly")
    assert review(run_folder, "--export", "labels.csv") == 0
    assert review(run_folder, "--export", "labels.jsonl") == 0
    with Path("labels.csv").open() as file:
        (row,) = csv.DictReader(file)
    line = json.loads(Path("labels.jsonl").read_text())
    assert {name: str(value) for name, value in line.items()} == row
    assert (row["label"], row["by"], row["note"]) == ("fail", "Ana", "it says P, clearly")
    assert (row["scenario"], row["scorer"], row["evidence"]) == ("lookup", ASKS[1], "4.50-8.10")
    review(run_folder, *ASKS, "--withdraw")
    review(run_folder, "--export", "labels.csv")
    assert len(Path("labels.csv").read_text().splitlines()) == 1


def test_gates_that_are_not_here_any_more_are_said_to_be(run_folder, capsys):
    Path("gates.yaml").write_text("format: 1\ngates: [pass_rate >= 10 %]\n")
    assert review(run_folder, *ASKS, "fail", "--gates", "gates.yaml") == 0
    assert review(run_folder, *ASKS, "fail") == 1
    told = "not all here, so every call must pass: pass_rate >= 10 %. --gates FILE"
    assert told in capsys.readouterr().err
    assert review(run_folder) == 1
    assert capsys.readouterr().err == ""


def test_scoring_says_which_gates_are_gone_and_which_calls_were_not_heard_again(run_folder, capsys):
    Path("gates.yaml").write_text("format: 1\ngates: [pass_rate >= 10 %]\n")
    stored = read_results(run_folder / "results.json")
    calls = (replace(stored.calls[0], kept=False), stored.calls[1])
    write_results(run_folder / "results.json", replace(stored, calls=calls))
    assert run_command(["score", str(run_folder), "--gates", "gates.yaml"]) == 0
    told = "1 of 2 calls were not judged again: their recordings were not kept"
    removed, missing = capsys.readouterr().err.splitlines()
    assert removed == f"{told} (--keep, history prune)"
    assert "1 of 2 calls were not judged again: their recordings are missing" in missing
    assert run_command(["score", str(run_folder)]) == 1
    assert "not all here, so every call must pass: pass_rate >= 10 %" in capsys.readouterr().err


def test_a_scorer_is_named_as_tables_print_it(run_folder, capsys):
    assert review(run_folder, "--scorer", "entity confirmation") == 1
    assert "1 of 1 verdict open" in capsys.readouterr().out
    assert review(run_folder, "lookup", "entity confirmation", "pass") == 0


def test_a_run_that_waits_for_a_listener_says_why_its_exit_code_is_1(run_folder, capsys):
    assert review(run_folder) == 1
    place = run_folder.relative_to(Path.cwd()).as_posix()
    told = "exit code 1: without a gate file every call must pass, and not all did; `harness review"
    assert f"{told} {place}` asks about the rest" in capsys.readouterr().out
    assert review(run_folder, *ASKS, "pass") == 0
    assert "exit code" not in capsys.readouterr().out
    assert review(run_folder, *ASKS, "fail") == 1
    assert "exit code" not in capsys.readouterr().out
