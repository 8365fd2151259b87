"""results.json, written and read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score, three_calls

from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.files import to_json
from harness.results.model import GateKind
from harness.results.store import check_output, read_results, write_results

T = "time_to_first_audio"


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    results = run_results(three_calls())
    path = tmp_path / "new" / "results.json"
    write_results(path, results)
    read = read_results(path)
    assert read.calls == results.calls
    write_results(tmp_path / "again.json", read)
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_the_file_has_the_promised_fields() -> None:
    document = json.loads(to_json(run_results(three_calls())))
    assert {"format", "harness_version", "started_at", "target", "calls", "summary"} <= set(
        document
    )
    call = document["calls"][0]
    assert {"scenario", "repeat", "seed", "status", "recording", "scores"} <= set(call)
    first = call["scores"][0]
    assert {"scorer", "version", "passed", "value", "unit", "reason", "evidence"} <= set(first)
    assert first["evidence"][0]["start_s"] == 3.5


def test_equal_results_are_equal_bytes_whatever_the_order_of_their_details() -> None:
    one = score("x", "pass", "", b=0.1 + 0.2, a={"z": (1, 2), "y": None})
    two = score("x", "pass", "", a={"y": None, "z": [1, 2]}, b=0.3)
    assert to_json(run_results((result("c", one),))) == to_json(run_results((result("c", two),)))


def test_a_number_that_is_none_is_stored_as_null_and_minus_zero_as_zero() -> None:
    stored = to_json(run_results((result("c", score("x", "pass", "", a=float("nan"), b=-1e-9)),)))
    details = json.loads(stored)["calls"][0]["scores"][0]["details"]
    assert details == {"a": None, "b": 0.0}
    assert b"-0.0" not in stored


def test_what_json_cannot_hold_costs_nobody_the_results() -> None:
    odd = {
        "half": "a\ud83d",
        "\ud83d": 1,
        "many": 2**80,
        "path": Path("x"),
        "kind": GateKind.BASELINE,
    }
    stored = to_json(run_results((result("c", score("x", "pass", "", **odd)),)))
    assert json.loads(stored)["calls"][0]["scores"][0]["details"] == {
        "half": "a?",
        "?": 1,
        "many": str(2**80),
        "path": "x",
        "kind": "baseline",
    }


def test_a_failed_write_leaves_the_old_file_and_no_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.mkdir()
    (path / "keep").touch()
    with pytest.raises(StorageFailed, match=r"cannot write .*results\.json"):
        write_results(path, run_results(()))
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


def test_a_folder_that_cannot_be_made_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed):
        write_results(tmp_path / "file" / "results.json", run_results(()))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "no 'format'"),
        (b'{"format": "1"}', "no 'format'"),
        (b'{"format": true}', "no 'format'"),
        (b'{"format": 0}', "no 'format'"),
        (b'{"format": 3}', "format 3 is newer than this harness reads"),
        (b'{"format": 1}', r"format 1 is older than this harness reads \(2\); make it again"),
        (b'{"format": 2, "calls": 3}', "Field required"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(RecordingDamaged, match=said):
        read_results(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingDamaged, match="No such file"):
        read_results(tmp_path / "results.json")


def test_keys_of_a_later_harness_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document = json.loads(to_json(run_results(three_calls())))
    document["mood"] = document["calls"][0]["mood"] = "good"
    path.write_text(json.dumps(document))
    assert len(read_results(path).calls) == 3


@pytest.mark.parametrize("value", [-1, 90_000, 1e308, "abc", [1]])
def test_a_value_out_of_its_range_is_named_where_it_stands(tmp_path: Path, value: object) -> None:
    good = result("a", score("time_to_first_audio", "pass", "", value=0.5))
    document = json.loads(to_json(run_results((good,))))
    document["calls"][0]["scores"][0]["measurements"][0]["values"][0]["value"] = value
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    with pytest.raises(RecordingDamaged, match=r"calls\.0"):
        read_results(path)


@pytest.mark.parametrize("name", ["results.json", "compare.json", "manifest.json"])
def test_an_output_never_replaces_what_is_stored(tmp_path: Path, name: str) -> None:
    check_output("--junit", tmp_path / name)  # no file, so none is replaced
    (tmp_path / name).touch()
    with pytest.raises(UsageError, match=rf"--junit .*{name} would replace stored results"):
        check_output("--junit", tmp_path / name)
    (tmp_path / "junit.xml").touch()
    check_output("--junit", tmp_path / "junit.xml")
