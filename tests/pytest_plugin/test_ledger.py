"""Calls of several processes become one run, in one order, with their common settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.synthetic_run import result, score

from harness.errors import StorageFailed
from harness.pytest_plugin.gates import KeptCall, keep, kept, told_apart, write_run
from harness.report.verdict import headline
from harness.results.model import CallResult
from harness.results.store import read_results


def call(
    name: str, target: str = "a", *, virtual: bool = True, fault: str = "", **more: Any
) -> KeptCall:
    one: CallResult = result(name, score("preamble", "pass", "fine"), **more)
    at = f"2026-01-0{len(name)}T00:00:00+00:00"
    return KeptCall(one, at, target, {"target": target}, virtual, fault=fault)


def test_the_order_does_not_depend_on_who_made_which_call(tmp_path: Path):
    calls = [call("b"), call("a", repeat=1), call("a", seed=9), call("a")]
    for one in calls:
        keep(tmp_path, one)
    (tmp_path / "half.part").write_bytes(b"being written")
    assert [(c.result.scenario, c.result.repeat, c.result.seed) for c in kept(tmp_path)] == [
        ("a", 0, 7),
        ("a", 0, 9),
        ("a", 1, 7),
        ("b", 0, 7),
    ]


def test_one_target_has_its_settings_and_several_are_named(tmp_path: Path):
    one = write_run(tmp_path / "one", (call("aa"), call("b")), interrupted=False)
    assert (one.target, one.clock, one.target_settings) == ("a", "virtual", {"target": "a"})
    assert one.started_at == "2026-01-01T00:00:00+00:00"
    calls = (call("aa"), call("b", "b", virtual=False))
    two = write_run(tmp_path / "two", calls, interrupted=True)
    assert (two.target, two.clock, two.target_settings) == ("a, b", "virtual, real", {})
    assert two.interrupted
    assert read_results(tmp_path / "two/results.json").summary.calls == 2
    assert (tmp_path / "two/calls/aa-0/index.html").exists()


def test_a_call_that_was_made_again_counts_once_and_its_pages_are_all_there(tmp_path: Path):
    copies = [call("a", recording=f"calls/a{'' if n == 1 else f'-{n}'}/001") for n in range(1, 12)]
    failed = replace(copies[3], result=replace(copies[3].result, passed=False))
    run = write_run(tmp_path, (*copies[:3], failed, *copies[4:]), interrupted=False)
    assert [one.recording for one in run.calls] == ["calls/a-11/001"]
    assert len(run.attempts) == 10
    index = (tmp_path / "index.html").read_text()
    assert "Earlier attempts" in index
    assert index.count("calls/a-4/001/index.html") == 1
    assert (tmp_path / "calls/a-4/001/index.html").exists()
    assert "All" not in headline(run).sentence
    assert headline(run).sentence.endswith("1 call was made again; the last attempt counts.")


MIXED = [
    ("fault", [call("a"), call("a", seed=8), call("a", fault="late")], ["no fault", "fault late"]),
    ("target", [call("a"), call("a", "b")], ["target a", "target b"]),
    ("clock", [call("a"), call("a", virtual=False)], ["virtual time", "real time"]),
    (
        "text",
        [call("a", scenario_hash="0123456789"), call("a", scenario_hash="9876543210")],
        ["scenario 01234567", "scenario 98765432"],
    ),
    (
        "prompt and fault",
        [call("a", prompt_hash="0"), call("a", prompt_hash="1"), call("a", fault="late")],
        ["no fault, prompt 0", "no fault, prompt 1", "fault late, prompt "],
    ),
    (
        "settings under one name",
        [call("a"), replace(call("a"), target_settings={"target": "a", "model": "x"})],
        ["settings 32bbeeee", "settings 7c01e7c0"],
    ),
    ("condition", [call("a", condition="loud"), call("a")], ["loud", ""]),
    ("repeats", [call("a"), call("a", seed=8, repeat=1), call("bb", "b")], [""]),
]


@pytest.mark.parametrize(("calls", "conditions"), [m[1:] for m in MIXED], ids=[m[0] for m in MIXED])
def test_calls_that_differ_in_more_than_their_dice_are_no_repeats(calls, conditions):
    results = told_apart(tuple(calls))
    assert list(dict.fromkeys(one.condition for one in results)) == conditions
    assert [replace(one, condition="") for one in results] == [
        replace(one.result, condition="") for one in calls
    ]


def test_a_session_tells_no_pass_k_over_different_agents(tmp_path: Path):
    failed = replace(call("a", fault="late"), result=result("a", score("preamble", "fail", "no")))
    mixed = write_run(tmp_path, (call("a"), call("a", seed=8), failed), interrupted=False)
    found = {one.condition: one.pass_k[-1] for one in mixed.summary.scenarios}
    assert {name: (one.k, one.each) for name, one in found.items()} == {
        "no fault": (2, 1.0), "fault late": (1, 0.0),
    }  # fmt: skip
    assert not any(one.flaky for one in mixed.summary.scenarios)


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed):
        write_run(tmp_path / "file", (call("a"),), interrupted=False)
