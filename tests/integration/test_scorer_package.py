"""A scorer from a package: YAML configures it, and its measure is reported everywhere."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.installed import install
from support.offered import forget_installed
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.judging.scorers.base import Measure, MeasuredValue
from harness.judging.scorers.registry import SCORERS
from harness.results.aggregate import summarize
from harness.results.history.store import HistoryFolder, night_of
from harness.results.model import CallResult, RunResults
from harness.results.store import read_results, write_results

PROJECT = Path(__file__).parents[1] / "data" / "packages" / "brevity"

HELLO = """\
format: 1
name: hello
turns: [{say: Hello.}]
scorers: {brevity: {free: [me]}}
"""
OURS = "scorers: {others: off, brevity: {max_words: 40}}\n"
GATES = """\
format: 1
gates:
  - brevity.pass_rate >= 1
  - answer_words.max <= 30 words
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package, installed; a suite that has this scorer alone; and a call judged by it."""
    folder = tmp_path_factory.mktemp("brevity")
    site, desk = folder / "site", small_desk(folder / "desk")
    site.mkdir()
    install(PROJECT, site)
    (desk / "hello.yaml").write_text(HELLO, encoding="utf-8")
    (desk / "gates.yaml").write_text(GATES, encoding="utf-8")
    with (desk / "suite.yaml").open("a", encoding="utf-8") as suite:
        suite.write(OURS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        patch.setenv("PYTHONPATH", str(site))  # for the processes that make calls
        patch.chdir(folder)
        forget_installed()
        assert run_command(["run", "desk", "--out", "first"]) == 0
        yield folder
    forget_installed()
    sys.modules.pop("brevity", None)


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


def stored(run: str) -> RunResults:
    return read_results(Path(run, "results.json"))


def the_call(run: str) -> CallResult:
    (call,) = stored(run).calls
    return call


def edited(here: Path, name: str, file: str, old: str, new: str) -> Path:
    """Return a copy of the suite with other text in one of its files."""
    desk = here / name
    shutil.copytree(here / "desk", desk, dirs_exist_ok=True)
    text = (desk / file).read_text(encoding="utf-8")
    assert old in text
    (desk / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return Path(name)


def test_options_of_suite_and_scenario_reach_it_and_it_judges_alone(here: Path) -> None:
    (score,) = the_call("first").scores
    (measured,) = score.measurements
    assert measured.measure == Measure("answer_words", unit="words", per="answer")
    (words,) = measured.values
    # "Pardon me, could you say that in other words?": nine words, of which "me" is free
    assert (words.value, score.value, score.unit) == (8.0, 8.0, "words")
    assert score.reason == "longest answer has 8 words, limit 40"


def test_its_measure_stands_in_gates_and_in_the_report(here: Path) -> None:
    results = stored("first")
    assert [(gate.gate, gate.passed, gate.value) for gate in results.gates] == [
        ("brevity.pass_rate >= 1", True, 1.0),
        ("answer_words.max <= 30 words", True, 8.0),
    ]
    page = Path("first/index.html").read_text(encoding="utf-8")
    assert '<h2 id="measure-answer_words">Answer words</h2>' in page
    assert "<title>8 words: hello, repeat 1</title>" in page
    call = Path("first/calls/hello/001/index.html").read_text(encoding="utf-8")
    assert "brevity: {max_words: 40, free: [me]}" in call


def test_what_is_off_is_nowhere(here: Path, capsys: pytest.CaptureFixture) -> None:
    summary = stored("first").summary
    assert [one.scorer for one in summary.scorers] == ["brevity"]
    assert [one.measure.name for one in summary.measures] == ["answer_words"]
    page = Path("first/index.html").read_text(encoding="utf-8").replace("_", " ")
    assert run_command(["report", "first"]) == 0
    for name in SCORERS.builtin:
        assert f">{name.replace('_', ' ')}<" not in page
        assert name.replace("_", " ") not in capsys.readouterr().out


def test_its_measure_stands_in_a_comparison(here: Path, capsys: pytest.CaptureFixture) -> None:
    slower = longer(stored("first"), by=5)
    Path("second").mkdir()
    write_results(Path("second/results.json"), slower)
    assert run_command(["compare", "first", "second", "--out", "compared"]) == 0
    assert "answer words" in capsys.readouterr().out
    page = Path("compared/index.html").read_text(encoding="utf-8")
    assert "8 words" in page
    assert "13 words" in page


def longer(run: RunResults, *, by: float) -> RunResults:
    """Return a run of another agent, whose answers are longer by so many words."""
    calls = []
    for call in run.calls:
        scores = []
        for score in call.scores:
            (one,) = score.measurements
            values = (MeasuredValue((v.value or 0) + by, at_s=v.at_s) for v in one.values)
            scores.append(replace(score, measurements=(one.measure.gave(*values),)))
        calls.append(replace(call, scores=tuple(scores), prompt_hash="another"))
    return replace(run, calls=tuple(calls), summary=summarize(tuple(calls)))


def test_its_measure_stands_in_the_history_and_its_chart(
    here: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = HistoryFolder("history", now=datetime(2026, 3, 9, tzinfo=UTC))
    for night in range(1, 8):
        run = longer(stored("first"), by=0 if night < 5 else 30)
        at = datetime(2026, 3, night, 2, tzinfo=UTC)
        folder.keep(night_of(at), "small-desk.reference", replace(run, started_at=at.isoformat()))
    assert run_command(["history", "show", "--history", "history"]) == 0
    assert "answer words" in capsys.readouterr().out
    page = Path("history/history.html").read_text(encoding="utf-8")
    assert "Answer words" in page
    assert "38 words" in page


def test_a_stored_call_is_judged_by_what_its_files_said(here: Path) -> None:
    shutil.copytree("first", "again")
    (here / "desk" / "hello.yaml").rename(here / "hello.away")
    try:
        assert run_command(["score", "again"]) == 0
    finally:
        (here / "hello.away").rename(here / "desk" / "hello.yaml")
    assert the_call("again").scores == the_call("first").scores


def test_without_its_package_stored_calls_keep_their_verdicts(
    here: Path, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree("first", "alone")
    point = next(here.glob("site/*.dist-info")) / "entry_points.txt"
    point.rename(here / "points.away")
    (here / "desk" / "gates.yaml").rename(here / "gates.away")  # which name it, too
    forget_installed()
    try:
        assert run_command(["score", "alone"]) == 2
    finally:
        (here / "points.away").rename(point)
        (here / "gates.away").rename(here / "desk" / "gates.yaml")
        forget_installed()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "harness: error: scenario 'hello': scorers.brevity: unknown scorer 'brevity'; known: write"
    )
    assert stored("alone") == stored("first")


FAULTS = [
    ("hello.yaml", "free: [me]", "fre: [me]",
     "hello.yaml:4: scorers.brevity.fre: unknown key; allowed: max_words, free (did you mean "),
    ("hello.yaml", "free: [me]", "max_words: 0",
     "hello.yaml:4: scorers.brevity.max_words: expected at least 1, got 0"),
    ("suite.yaml", "max_words: 40", "max_words: many",
     "suite.yaml:13: scorers.brevity.max_words: expected a whole number, got 'many'"),
    ("suite.yaml", "brevity:", "brevty:",
     "suite.yaml:13: scorers.brevty: unknown scorer 'brevty'; known: "),
    ("hello.yaml", "{brevity: {free: [me]}}", "{brevity: off, preamble: on}",
     "gates.yaml:3: gates[0]: scorer 'brevity' is switched off in its scenario; switch it on under "
     "'scorers', or take this away"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["scenarios check", "run"])
@pytest.mark.parametrize(("change", "told"), [(tuple(row[:3]), row[3]) for row in FAULTS])
def test_what_it_does_not_take_is_told_at_load(
    here: Path, capsys: pytest.CaptureFixture, command: str, change: tuple[str, ...], told: str
) -> None:
    desk = edited(here, f"{command}-{len(told)}", *change)
    assert run_command([*command.split(), str(desk)]) == 2
    said = capsys.readouterr().err.splitlines()[0]
    assert said.startswith(f"harness: error: {desk}/{told}")
