"""The table of promises: every row has its benchmark, and changes are distinguished from noise."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def rooms():
    """Return the modules of the table, which are at home in the folder of the scripts."""
    sys.path.insert(0, str(HERE))
    yield importlib.import_module("promises"), importlib.import_module("measurements")
    sys.path.remove(str(HERE))


def test_every_promise_has_a_benchmark_and_every_benchmark_a_script_and_a_promise(rooms) -> None:
    promises, _ = rooms
    names = [each.name for each in promises.BENCHMARKS]
    assert len(names) == len(set(names))
    assert {each.benchmark for each in promises.PROMISES} == set(names)
    for each in promises.BENCHMARKS:
        assert (HERE / each.script).exists()
    told = [(each.benchmark, each.figure) for each in promises.PROMISES]
    assert len(told) == len(set(told))
    source = {each.name: (HERE / each.script).read_text() for each in promises.BENCHMARKS}
    for each in promises.PROMISES:
        stem = each.figure.removesuffix("_50").removesuffix("_150")
        assert stem in source[each.benchmark], each


@pytest.mark.parametrize(
    ("figure", "before", "now", "said"),
    [
        # times_less: more is better; drift_ms: less is better
        ("times_less", [100], [90], None),
        ("times_less", [100], [70], "worse: the same, times less: 100 × -> 70 ×"),
        ("times_less", [100], [130], "better: the same, times less: 100 × -> 130 ×"),
        ("times_less", [100, 140, 80], [60, 55, 65], None),
        ("times_less", [100, 105, 98], [60, 55, 65], "worse: the same, times less: 100 × -> 60 ×"),
        ("drift_ms", [1.0], [1.25], None),
        ("drift_ms", [1.0], [1.3], "worse: drift of a caller's turn of 60 s: 1 ms -> 1.3 ms"),
        ("drift_ms", [1.0], [0.5], "better: drift of a caller's turn of 60 s: 1 ms -> 0.5 ms"),
        ("drift_ms", [0.0], [0.1], "worse: drift of a caller's turn of 60 s: 0 ms -> 0.1 ms"),
        ("drift_ms", [], [0.1], None),
        ("drift_ms", [None], [0.1], None),
    ],
)
def test_what_moved_beyond_its_noise_is_told(rooms, figure, before, now, said) -> None:
    _, measurements = rooms

    def measured(values):
        lines = [{figure: value} for value in values]
        return {"drift": measurements.Measurement("drift", lines, "2026-11-23", {})}

    found = list(measurements.moved(measured(before), measured(now)))
    assert [str(each) for each in found] == ([] if said is None else [said])
    assert [each.worse for each in found] == ([] if said is None else [said.startswith("worse")])


def test_a_short_run_is_not_held_against_a_long_one(rooms) -> None:
    _, measurements = rooms
    long = measurements.Measurement("drift", [{"drift_ms": 1}], "2026-11-23", {})
    short = measurements.Measurement("drift", [{"drift_ms": 9}], "2026-11-23", {}, quick=True)
    assert list(measurements.moved({"drift": long}, {"drift": short})) == []
    assert list(measurements.moved({}, {"drift": short})) == []


def test_a_p99_wants_enough_waits_behind_it(rooms) -> None:
    promises, _ = rooms
    few, enough = {"waits": 299, "error_p99_ms": 9.0}, {"waits": 300, "error_p99_ms": 1.0}
    (late,) = (each for each in promises.PROMISES if each.figure == "error_p99_ms")
    (ratio,) = (each for each in promises.PROMISES if each.figure == "covered")
    assert late.values([few, enough]) == (1.0,)
    assert ratio.values([few | {"covered": 0.5}]) == (0.5,)


def test_of_another_machine_only_ratios_are_compared(rooms) -> None:
    _, measurements = rooms

    def on(processor, line):
        return {"drift": measurements.Measurement("drift", [line], "", {"processor": processor})}

    before, now = {"drift_ms": 1.0, "times_less": 90.0}, {"drift_ms": 9.0, "times_less": 9.0}
    assert len(list(measurements.moved(on("a", before), on("a", now)))) == 2
    (one,) = measurements.moved(on("a", before), on("b", now))
    assert one.promise.figure == "times_less"


def test_the_nightly_job_compares_and_keeps(rooms) -> None:
    job = (HERE.parent / ".github/workflows/benchmarks.yml").read_text(encoding="utf-8")
    assert "run: python -m benchmarks --quick --compare --write" in job


def test_the_table_says_what_is_kept_what_is_missed_and_what_was_not_measured(
    rooms, tmp_path
) -> None:
    promises, measurements = rooms
    lines = [{"drift_ms": 30.0, "times_less": 40.0}, {"drift_ms": 28.0, "times_less": 41.0}]
    machine = measurements.this_machine()
    kept = {"drift": measurements.Measurement("drift", lines, "2026-11-23", machine, quick=True)}
    measurements.store(tmp_path / "latest.json", kept)
    assert measurements.load(tmp_path / "latest.json") == kept
    assert measurements.load(tmp_path / "nothing.json") == {}
    rows = measurements.table(kept).splitlines()
    assert len(rows) == 2 + len(promises.PROMISES) + 2
    cookbook = "a sleep after each frame"
    assert (
        f"| drift of a caller's turn of 60 s | **29 ms: missed** | ≤ 20 ms | {cookbook} | `drift` "
        "| 2026-11-23, quick |"
    ) in rows
    assert (
        f"| the same, times less | 40.5 × | ≥ 25 × | {cookbook} | `drift` | 2026-11-23, quick |"
    ) in rows
    assert sum("| not measured |" in row for row in rows) == len(promises.PROMISES) - 2
    assert rows[-1].startswith(f"Measured on {machine['cores']} cores of {machine['processor']}, ")


def test_a_missed_promise_gives_its_reason_and_information_has_no_goal(rooms) -> None:
    promises, measurements = rooms
    missed = promises.Promise("a", "drift", "x", promises.Better.LOWER, 1.0, "none", "s", "noise")
    told = promises.Promise("b", "drift", "x", promises.Better.LOWER, None, "none", "s")
    measured = measurements.Measurement("drift", [{"x": 2.0}], "today", {})
    rows = [measurements._row(each, {"drift": measured}) for each in (missed, told)]
    assert rows[0] == "| a | **2 s: missed** (noise) | ≤ 1 s | none | `drift` | today |"
    assert rows[1] == "| b | 2 s | information | none | `drift` | today |"


def test_no_promise_of_the_page_is_missed_without_a_reason(rooms) -> None:
    promises, measurements = rooms
    kept = measurements.load(HERE / "latest.json")
    values = {one: measurements.value_of(one, kept) for one in promises.PROMISES}
    missed = [one for one, value in values.items() if value is not None and not one.kept_by(value)]
    assert [one.what for one in missed if not one.why] == []


def test_the_page_has_a_place_for_the_table_and_keeps_all_else(rooms) -> None:
    _, measurements = rooms
    page = (HERE / "README.md").read_text(encoding="utf-8")
    written = measurements.written_into(page, "a table")
    assert f"{measurements.BEGIN}\na table\n{measurements.END}" in written
    assert written.partition(measurements.BEGIN)[0] == page.partition(measurements.BEGIN)[0]
    assert written.partition(measurements.END)[2] == page.partition(measurements.END)[2]
    with pytest.raises(ValueError, match="no place for the table"):
        measurements.written_into("a page", "a table")


def test_a_command_is_as_short_as_it_is_asked_to_be(rooms) -> None:
    promises, _ = rooms
    many = promises.Benchmark("m", "live_path.py", ("--many",), ("--quick",))
    assert many.command(quick=True) == ("live_path.py", "--many", "--quick")
    assert many.command(quick=False) == ("live_path.py", "--many")
    search = promises.Benchmark("s", "live_path.py", ("--search",))
    assert search.command(quick=True) == ("live_path.py", "--search")
