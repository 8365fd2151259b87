"""Baselines: made, stored, read back, and refused if they are about something else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import FaultyFiles, StorageFailed, UsageError
from harness.judging.scorers.base import MeasuredValue
from harness.results.gates.baseline import (
    FORMAT,
    baseline_of,
    calls_of,
    default_path,
    named_path,
    read_baseline,
    write_baseline,
)
from harness.results.gates.trusted_runs import Subject, check_same_tests, subject_of
from harness.results.model import RunResults
from harness.results.rates import values_of

TTFA = "time_to_first_audio"
WAITS = [{"text": "Hi.", "with_tool": False, "took_s": 0.70000049},
         {"text": "Bye.", "with_tool": True, "took_s": None}]  # fmt: skip


def a_run(**changes: object) -> RunResults:
    ids = {"suite": "desk", "scenario_hash": "aaaa1111", "prompt_hash": "p"}
    calls = (
        result("one", score(TTFA, "pass", "secret words", value=0.7, waits=WAITS), **ids),
        result("two", score("preamble", "fail", "x"), condition="loud", repeat=1, seed=8, **ids),
        result("two", status="socket_closed", **ids),
    )
    settings = {"target": "reference", "session": {"voice": None}, "model": "m"}
    return replace(run_results(calls), target_settings=settings, **changes)


def test_a_baseline_comes_back_as_it_was_without_words_or_audio(tmp_path):
    made = baseline_of(a_run(), Path("run"))
    path = tmp_path / "new" / "b.json"
    write_baseline(path, made)
    assert read_baseline(path) == made
    text = path.read_text()
    assert "secret words" not in text
    assert [len(line) < 250 for line in text.splitlines()] == [True] * len(text.splitlines())
    assert json.loads(text)["scorers"] == {TTFA: 1, "preamble": 1}


def test_its_calls_are_those_that_count_ready_to_be_paired():
    one, two = calls_of(baseline_of(a_run(), Path("run")))
    assert (one.suite, one.scenario, one.passed, one.seed) == ("desk", "one", True, 7)
    assert values_of(one, TTFA) == (MeasuredValue(0.7, "Hi."),)
    assert (two.condition, two.repeat, two.passed) == ("loud", 1, False)
    assert (two.scores[0].outcome, two.scores[0].passed) == ("fail", False)
    assert (two.scenario_hash, two.prompt_hash) == ("aaaa1111", "p")


def judged_again() -> RunResults:
    """A run of which only a part was kept, and judged by the next version."""
    call = a_run().calls[1]
    newer = tuple(replace(score, version=2) for score in call.scores)
    return a_run(calls=(call, replace(call, seed=9, scores=newer)))


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (judged_again(), "several versions of preamble, as recordings were not kept"),
        (a_run(interrupted=True), "run was interrupted"),
        (a_run(fault="no_preamble"), "run was called with the planted fault no_preamble"),
        (a_run(calls=(result("a", status="agent_error"),)), "run: no call counts"),
        (a_run(calls=(result("a", score("preamble", "pass", "")),)), "did not note its tests"),
    ],
)
def test_a_run_that_makes_no_baseline_says_why(run, said):
    with pytest.raises(UsageError, match=said):
        baseline_of(run, Path("run"))


def test_the_name_of_a_baseline_is_suite_and_target():
    assert default_path(["desk", "desk"], "staging") == Path("baselines/desk-staging.json")
    odd = default_path(["b desk", "a/desk"], "127.0.0.1:80")
    assert odd == Path("baselines/a-desk-b-desk-127.0.0.1-80.json")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("release-4.1", "baselines/release-4.1.json"),
        ("grün", "baselines/grün.json"),
        ("here/x.json", "here/x.json"),
        ("X.JSON", "X.JSON"),
        *((name, None) for name in ("", " ", "..", "../x", "a/b", "a\n", "a\n.json", "x" * 101)),
    ],
)
def test_a_baseline_is_named_by_a_plain_name_or_a_file(name: str, path: str | None):
    if path is None:
        with pytest.raises(UsageError, match="names no baseline: expected a name of 1 to 100"):
            named_path(name)
    else:
        assert named_path(name) == Path(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such baseline; make one from a run that you trust: harness baseline save DIR"),
        ("{", "not JSON"),
        ("[]", "format: expected a baseline of format 3, got None; save it again"),
        ('{"format": 4}', "format: expected a baseline of format 3, got 4; save it again"),
        ('{"format": true}', "format: expected a baseline of format 3, got True; save it"),
        ('{"format": 2}', "format: expected a baseline of format 3, got 2; save it again"),
        ('{"format": 3, "calls": 7}', "not as a baseline has it: "),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text, said):
    path = tmp_path / "b.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FaultyFiles) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_folder_is_no_baseline_and_cannot_be_replaced_by_one(tmp_path):
    with pytest.raises(FaultyFiles, match="expected a plain file, got a folder"):
        read_baseline(tmp_path)
    with pytest.raises(StorageFailed, match="cannot write"):
        write_baseline(tmp_path, baseline_of(a_run(), Path("run")))


def refusal(**changes: object) -> list[str]:
    """Return the refusal's lines for a run with these changes."""
    with pytest.raises(FaultyFiles) as caught:
        check_same_tests(
            Path("b.json"), baseline_of(a_run(), Path("run")), replace(subject(), **changes)
        )
    lines = str(caught.value).splitlines()
    assert lines.pop() == (
        "b.json: cannot be compared with; save a new one: harness baseline save DIR"
    )
    return lines


def test_a_run_without_a_valid_call_says_so():
    made = baseline_of(a_run(), Path("run"))
    nothing = Subject({}, {}, subject().target_settings, subject().clock)
    with pytest.raises(FaultyFiles, match="no call of this run is valid, so there is nothing"):
        check_same_tests(Path("b.json"), made, nothing)


def subject() -> Subject:
    return subject_of(a_run())


def test_the_same_tests_with_another_prompt_may_be_compared():
    other = replace(a_run(), calls=tuple(replace(c, prompt_hash="q") for c in a_run().calls))
    check_same_tests(Path("b.json"), baseline_of(a_run(), Path("run")), subject_of(other))


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"tests": {("desk", "two", "loud"): "bbbb2222"}},
         ["b.json: scenario 'two / loud': is another test now (hash aaaa1111 → bbbb2222)"]),
        ({"tests": {("desk", "new", ""): "b"}},
         ["b.json: tests: none of its 2 scenarios is in this run"]),
        ({"scorers": {("desk", "one", ""): {TTFA: 2, "new": 1}, ("desk", "two", "loud"): {}}},
         ["b.json: scorer preamble: version 1 → none",
          f"b.json: scorer {TTFA}: version 1 → 2"]),
        ({"scorers": {("desk", "two", "loud"): {"preamble": 1, TTFA: 1}}},  # it was switched off
         [f"b.json: scorer {TTFA}: version none → 1"]),
        ({"target_settings": {"target": "reference", "session": {"voice": "marin"}, "x": 3}},
         ["b.json: target setting model: m → none",
          "b.json: target setting session.voice: none → marin",
          "b.json: target setting x: none → 3"]),
        ({"clock": "real"}, ["b.json: target setting clock: virtual → real"]),
        ({"target_settings": {**a_run().target_settings, **{f"s{n}": 1 for n in range(10)}}},
         [f"b.json: target setting s{n}: none → 1" for n in range(8)]
         + ["b.json: and 2 more differences"]),
    ],
)  # fmt: skip
def test_what_is_another_is_named_one_per_line(changes, lines):
    assert refusal(**changes) == lines


def test_a_scorer_that_is_younger_than_the_baseline_does_not_void_it():
    younger = {key: {**found, "new": 1} for key, found in subject().scorers.items()}
    made = baseline_of(a_run(), Path("run"))
    check_same_tests(Path("b.json"), made, replace(subject(), scorers=younger))


def test_scenarios_that_only_one_side_has_do_not_matter():
    more = {**subject().tests, ("desk", "new", ""): "b"}
    fewer = {("desk", "one", ""): "aaaa1111"}
    for tests in (more, fewer):
        check_same_tests(
            Path("b.json"), baseline_of(a_run(), Path("run")), replace(subject(), tests=tests)
        )


def test_a_part_of_a_run_is_compared_by_the_scorers_that_judge_that_part():
    alone = {
        "tests": {("desk", "one", ""): "aaaa1111"},
        "scorers": {("desk", "one", ""): {TTFA: 1}},
    }
    check_same_tests(Path("b.json"), baseline_of(a_run(), Path("run")), replace(subject(), **alone))


def test_the_format_is_the_first_line_that_a_reader_meets(tmp_path):
    write_baseline(tmp_path / "b.json", baseline_of(a_run(), Path("run")))
    assert (tmp_path / "b.json").read_text().startswith(f'{{\n  "format": {FORMAT},\n')


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d["tests"].pop(), "calls.1: 'two' is not among its tests"),
        (lambda d: d.update(calls=[]), "calls: has no call to compare with; save it again"),
        (lambda d: d["scorers"].pop("preamble"), "calls.1: 'preamble' is not among its scorers"),
        (lambda d: d["calls"].append(d["calls"][0]), "calls.2: 'one', seed 7, is there twice"),
        (lambda d: d["calls"][1]["scores"].update(preamble="bananas"), "got 'bananas'"),
        (
            lambda d: d["calls"][0]["measured"][TTFA][0].update(value=1e308),
            f"calls.0: {TTFA}: expected values from 0 to 86400 s",
        ),
        (
            lambda d: d["calls"][0]["measured"].update(mood=[]),
            "calls.0: 'mood' is not among its measures",
        ),
    ],
)
def test_a_baseline_that_was_edited_or_merged_badly_is_refused(tmp_path, edit, said):
    path = tmp_path / "b.json"
    write_baseline(path, baseline_of(a_run(), Path("run")))
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    with pytest.raises(FaultyFiles) as caught:
        read_baseline(path)
    assert said in str(caught.value)
