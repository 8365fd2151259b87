"""results.json, written and read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score, three_calls

from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.files import to_json
from harness.judging.scorers.base import MeasuredValue
from harness.results.model import FORMAT, GateKind, ScoreResult
from harness.results.rates import missing_in, numbers_of, values_of
from harness.results.store import check_output, read_results, with_measurements, write_results

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
        (b'{"format": 1, "calls": 3}', "Field required"),
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


@pytest.mark.parametrize(
    "waits",
    [["x"], [{"took_s": "abc"}], [{"took_s": -1}], [{"took_s": 1e308}], [{"took_s": [1]}]],
)
def test_waits_that_are_no_seconds_are_named_where_they_stand(
    tmp_path: Path, waits: object
) -> None:
    good = result(
        "a", score("preamble", "pass", ""), score("time_to_first_audio", "pass", "", value=0.5)
    )
    document = json.loads(to_json(run_results((good,))))
    document["format"] = 1
    document["calls"][0]["scores"][1]["details"] = {"waits": waits}
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    with pytest.raises(RecordingDamaged, match=r"calls\.0.*time_to_first_audio.*: expected "):
        read_results(path)


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


def stored(name: str, outcome: str, reason: str, **more: object) -> ScoreResult:
    """A score as format 1 had it: without measurements."""
    return replace(score(name, outcome, reason, **more), measurements=())


@pytest.mark.parametrize(
    ("scored", "waits"),
    [
        (stored(T, "pass", "", value=0.8, waits=[{"took_s": 0.5}, {"took_s": 0.8}]), (0.5, 0.8)),
        (stored(T, "fail", "", waits=[{"took_s": None}, {"took_s": 0.4}]), (0.4,)),
        (stored(T, "pass", "", value=0.7), (0.7,)),
        (stored(T, "unscorable", ""), ()),
        (stored("preamble", "pass", "", value=9.0), ()),
    ],
)
def test_waits_are_all_measured_answers_and_never_a_missing_one(
    scored: ScoreResult, waits: tuple[float, ...]
) -> None:
    assert numbers_of(result("a", with_measurements(scored)), T) == waits


@pytest.mark.parametrize(
    ("scored", "unanswered"),
    [
        (stored(T, "fail", "", waits=[{"took_s": None}, {"took_s": 0.4}]), 1),
        (stored(T, "fail", ""), 1),
        (stored(T, "fail", "", waits=[{"took_s": None, "owed": False}, {"took_s": None}]), 1),
        (
            stored(T, "fail", "", waits=[{"took_s": None, "talk_over_s": 0.2}, {"took_s": None}]),
            1,
        ),
        # all owed answers came, one too late: other scores without a length were not waited for
        (stored(T, "fail", "", value=4.0, waits=[{"took_s": None}, {"took_s": 4.0}]), 0),
        (stored(T, "pass", "", value=0.4, waits=[{"took_s": None}, {"took_s": 0.4}]), 0),
        (stored(T, "not_applicable", "", waits=[{"took_s": None}]), 0),
        (stored("preamble", "fail", ""), 0),
    ],
)
def test_an_unanswered_turn_is_one_that_was_owed_an_answer(
    scored: ScoreResult, unanswered: int
) -> None:
    assert missing_in(result("a", with_measurements(scored)), T) == unanswered


def test_a_file_of_format_1_has_its_measures_and_loses_nothing(tmp_path: Path) -> None:
    waits = [
        {"caller": 0, "text": "Hi.", "from_s": 2.0, "took_s": 0.5, "with_tool": True, "parts": {}},
        {"caller": 1, "text": "And?", "from_s": 4.0, "took_s": None, "talk_over_s": None},
    ]
    call = result(
        "a",
        score(T, "fail", "no answer", waits=waits),
        score("barge_in_yield", "pass", "", value=0.4),
    )
    document = json.loads(to_json(run_results((call,))))
    document["format"] = 1
    document["summary"]["time_to_first_audio_s"] = document["summary"].pop("measures")[0]["spread"]
    for one in document["calls"][0]["scores"]:
        del one["measurements"]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    found = read_results(path)
    assert found.format == FORMAT
    assert values_of(found.calls[0], T) == (
        MeasuredValue(0.5, "Hi.", "with a tool", 2.0), MeasuredValue(None, "And?", "", 4.0),
    )  # fmt: skip
    assert numbers_of(found.calls[0], "barge_in_yield") == (0.4,)
    assert [score.details for score in found.calls[0].scores] == [{"waits": waits}, {}]
    assert found.summary.measures == run_results((call,)).summary.measures


@pytest.mark.parametrize(
    ("status", "detail", "cause"),
    [
        ("harness_error", "cannot open a session at ws://h: refused: no", "no_connection"),
        ("harness_error", "bug in the harness: cannot open a session at", ""),
        ("agent_error", "cannot open a session at my desk", ""),
    ],
)
def test_the_words_of_format_1_become_a_cause_and_later_words_decide_nothing(
    tmp_path: Path, status: str, detail: str, cause: str
) -> None:
    spoilt = result("a", status=status, status_detail=detail)
    document = json.loads(to_json(run_results((spoilt,))))
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    assert read_results(path).calls[0].end_cause == ""
    del document["calls"][0]["end_cause"]
    path.write_text(json.dumps({**document, "format": 1}))
    assert read_results(path).calls[0].end_cause == cause
