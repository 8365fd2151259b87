"""Calls of several processes become one run, in one order, with what is common to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.synthetic_run import result, score

from harness.errors import StorageFailed
from harness.pytest_plugin.ledger import KeptCall, keep, kept, write_run
from harness.results.model import CallResult
from harness.results.store import read_results


def call(name: str, target: str = "a", *, virtual: bool = True, **more: Any) -> KeptCall:
    one: CallResult = result(name, score("preamble", "pass", "fine"), **more)
    at = f"2026-01-0{len(name)}T00:00:00+00:00"
    return KeptCall(one, at, target, {"target": target}, virtual)


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


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed):
        write_run(tmp_path / "file", (call("a"),), interrupted=False)
