"""``harness verify``: every kind of damage is named with its file, and a whole run is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.holding import held
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.recording.manifest import MANIFEST
from harness.results.store import RESULTS, read_results, write_results
from harness.runs.plan_file import JOURNAL, Journal
from harness.runs.verify import FileFault, run_faults

CALL = "calls/one/001"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    desk = small_desk(folder / "desk", one=0.2, two=0.2)
    run_command(["run", str(desk), "--out", str(folder / "run")])
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def said(capsys: pytest.CaptureFixture[str], folder: Path, *, code: int) -> list[str]:
    capsys.readouterr()
    assert run_command(["verify", str(folder)]) == code
    return capsys.readouterr().out.replace(f"{folder}/", "").splitlines()


def test_a_run_as_it_was_written_is_whole(run, capsys):
    assert said(capsys, run, code=0) == [f"{run}: whole, 1 run with 2 calls"]


def changed(old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new, 1))

    return change


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def hole(path: Path) -> None:
    data = path.read_bytes()
    half, much = len(data) // 2, len(data) // 4
    path.write_bytes(data[:half] + bytes(much) + data[half + much :])


def lose_a_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def torn_journal(path: Path) -> None:
    journal = Journal(path.parent)
    for call in read_results(path.parent / RESULTS).calls:
        journal.add(call)
    journal.close()
    changed(b'"seed"', b'"sEed"')(path)


def put(path: Path) -> None:
    path.write_text("{}")


SPOILT = [
    ("results.json", changed(b"completed", b"COMPLETED"), "not as it was written (its checksum"),
    ("results.json", cut, "not JSON"),
    ("plan.json", changed(b'"seed": ', b'"seed": 1'), "not as it was written (its checksum"),
    ("plan.json", cut, "not JSON"),
    (JOURNAL, torn_journal, "1 of 2 lines are not as they were written"),
    ("reviews.jsonl", put, "line 1"),
    ("index.html", cut, "cut short; `harness report"),
    ("assets/report.css", Path.unlink, "missing; `harness report"),
    ("assets/report.css", cut, "cut short or damaged; `harness report"),
    ("assets/call.js", hole, "cut short or damaged; `harness report"),
    ("results.json.part", put, "half a file that a kill left"),
    (".parcels", Path.mkdir, "left by a kill; it goes when the run goes on"),
    (".importing", Path.mkdir, "left by a kill; it goes when the run goes on"),
    ("notes.txt", put, "foreign: no file of the harness"),
    (f"{CALL}/{MANIFEST}", changed(b'"virtual"', b'"real"'), "not as it was written (its checksum"),
    (f"{CALL}/{MANIFEST}", cut, "not JSON"),
    (f"{CALL}/{MANIFEST}", Path.unlink, "missing; what it is a recording of is not known"),
    (f"{CALL}/agent.flac", Path.unlink, "no such file"),
    (f"{CALL}/caller.flac", cut, ""),
    (f"{CALL}/other.txt", put, "foreign: no file of the harness"),
    (f"{CALL}/index.html", cut, "cut short"),
    (f"{CALL}/index.html", Path.unlink, "missing; `harness report"),
    (f"{CALL}/call.flac", Path.unlink, "missing; `harness report"),
    (f"{CALL}/call.flac", cut, "damaged, or cut short; remove it, and `harness report"),
    (f"{CALL}/call.flac", hole, "damaged, or cut short; remove it, and `harness report"),
    (CALL, shutil.rmtree, f"missing; {RESULTS} has the call"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "spoil", "problem"), SPOILT, ids=[f"{n} {p}"[:40] for n, _, p in SPOILT]
)
def test_what_is_not_as_it_was_written_is_named(run, capsys, name, spoil, problem):
    if not (run / name).exists() and spoil is cut:
        pytest.skip("an empty track has no FLAC, and no sound")
    spoil(run / name)
    *faults, last = said(capsys, run, code=1)
    found = [line for line in faults if line.startswith(name)]
    assert any(problem in line for line in found), faults
    assert last.endswith("1 run with 2 calls") or "1 run with 1 call" in last


def test_a_file_that_many_pages_lack_is_named_once_and_what_is_told_mends_it(run, capsys):
    (run / "assets/page.js").unlink()
    (run / CALL / "call.flac").unlink()
    again = f"missing; `harness report {run}` makes it again"
    told = [f"assets/page.js: {again}", f"{CALL}/call.flac: {again}"]
    assert said(capsys, run, code=1)[:-1] == told
    assert run_command(["report", str(run)]) == 0
    assert said(capsys, run, code=0)


def test_a_run_that_is_not_over_needs_its_plan_and_not_yet_its_pages(run, capsys):
    (run / JOURNAL).touch()
    (run / CALL / "index.html").unlink()
    assert said(capsys, run, code=0)
    (run / "plan.json").unlink()
    (told, _) = said(capsys, run, code=1)
    assert told.startswith("plan.json: missing, and the run is not over: `harness run --resume")


def test_lines_that_are_gone_and_bytes_that_differ_are_told_by_the_manifest(run, capsys):
    lose_a_line(run / CALL / "events.jsonl")
    found, _ = said(capsys, run, code=1)
    assert found.startswith(f"{CALL}: events hold ")


def test_a_folder_of_something_else_is_no_run(tmp_path, capsys):
    assert run_command(["verify", str(tmp_path)]) == 2
    assert "holds no run, no comparison and no nights" in capsys.readouterr().err


def test_the_runs_of_a_history_are_verified_with_their_nights(made, tmp_path, capsys):
    for night in ("2026-04-25T02-00-00Z", "2026-04-26T02-00-00Z"):
        shutil.copytree(made, tmp_path / night / "desk")
    assert said(capsys, tmp_path, code=0) == [f"{tmp_path}: whole, 2 runs with 4 calls"]


def test_calls_that_a_run_still_owes_are_told_from_those_that_it_made(run, capsys):
    told = [f"{run}: whole, 1 run with 1 of 2 calls made, 1 not called"]
    results = read_results(run / RESULTS)
    one, two = results.calls
    shutil.rmtree(run / two.recording)
    (run / JOURNAL).touch()  # as a stop leaves it
    not_made = replace(two, status="not_called", duration_s=None)
    write_results(run / RESULTS, replace(results, calls=(one, not_made), interrupted=True))
    assert said(capsys, run, code=0) == told
    (run / RESULTS).unlink()  # as a kill leaves it
    journal = Journal(run)
    journal.add(one)
    journal.close()
    assert said(capsys, run, code=0) == told


def under_way(run: Path) -> None:
    """Turn a finished run into a stopped run whose second call `--resume` is making."""
    results = read_results(run / RESULTS)
    one, two = results.calls
    stopped = replace(two, status="interrupted", passed=None)
    write_results(run / RESULTS, replace(results, calls=(one, stopped), interrupted=True))
    journal = Journal(run)
    journal.add(one)
    journal.add(stopped)
    journal.close()
    for path in (run / two.recording).iterdir():
        path.unlink()
    (run / two.recording / "events.jsonl").write_text("{}\n")
    put(run / f".{RESULTS}.12-34.part")


def test_what_a_run_is_at_right_now_is_no_fault_and_what_is_damaged_is_told(run, capsys):
    under_way(run)
    used = f"{run}: in use by process {{}} (harness run, since "
    seen = "1 run with 1 of 2 calls made, 1 not over yet"
    with held(run) as process:
        begun, last = said(capsys, run, code=0)
        assert begun.startswith(used.format(process.pid))
        assert begun.endswith("); what is under way is not looked at")
        assert last == f"{run}: whole so far, {seen}"
        lose_a_line(run / CALL / "events.jsonl")
        put(run / "notes.txt")
        foreign, lost, begun, last = said(capsys, run, code=1)
    assert foreign == "notes.txt: foreign: no file of the harness"
    assert lost.startswith(f"{CALL}: events hold ")
    assert begun.startswith(used.format(process.pid))
    assert last == f"{run}: 2 faults, {seen}"
    killed = said(capsys, run, code=1)
    assert killed[0].startswith(f".{RESULTS}.12-34.part: half a file that a kill left")
    assert any(line.startswith("calls/two/001/manifest.json: missing") for line in killed)


def test_a_run_whose_pages_are_made_again_is_looked_at_whole(run, capsys):
    with held(run):
        _, last = said(capsys, run, code=0)
        assert last == f"{run}: whole so far, 1 run with 2 calls"
        (run / "calls/two/001" / MANIFEST).unlink()
        assert said(capsys, run, code=1)[0].startswith("calls/two/001/manifest.json: missing")


@pytest.mark.parametrize("ends", [False, True])
def test_what_only_the_first_look_finds_was_being_written(run, capsys, monkeypatch, ends):
    put(run / "notes.txt")
    with held(run) as process:

        def look(folder: Path, **more: bool) -> Iterator[FileFault]:
            yield from run_faults(folder, **more)
            (run / "notes.txt").unlink(missing_ok=True)
            if ends:
                process.kill()
                process.wait()

        monkeypatch.setattr("harness.runs.verify.run_faults", look)
        so_far = "" if ends else " so far"
        assert said(capsys, run, code=0)[-1] == f"{run}: whole{so_far}, 1 run with 2 calls"


def test_a_folder_that_only_holds_runs_is_told_from_a_run(made, tmp_path, capsys):
    for name in ("one", "two"):
        shutil.copytree(made, tmp_path / name)
    assert said(capsys, tmp_path, code=0) == [
        f"{tmp_path}: no run, comparison or history itself; those below were looked at",
        f"{tmp_path}: whole, 2 runs with 4 calls",
    ]


def test_a_night_whose_recordings_were_pruned_is_whole(made, tmp_path, capsys):
    old, new = (f"2026-04-{day}T02-00-00Z" for day in (25, 26))
    for night in (old, new):
        shutil.copytree(made, tmp_path / night / "desk")
    prune = ["history", "prune", "--history", str(tmp_path), "--keep-nights", "1"]
    assert run_command([*prune, "--recordings-only", "--yes"]) == 0
    told = read_results(tmp_path / old / "desk" / RESULTS)
    assert [call.kept for call in told.calls] == [False, False]
    assert told.summary == read_results(made / RESULTS).summary
    gone = "the recordings of 2 were removed on purpose (--keep, history prune)"
    assert said(capsys, tmp_path, code=0) == [f"{tmp_path}: whole, 2 runs with 4 calls; {gone}"]
    assert run_command(["report", str(tmp_path / old / "desk")]) == 0  # pages of the rest
    assert said(capsys, tmp_path / old / "desk", code=0)[0].endswith("(--keep, history prune)")


def test_a_night_that_was_pruned_before_results_told_it_is_mended_by_the_next(
    made, tmp_path, capsys
):
    nights = [tmp_path / f"2026-04-{day}T02-00-00Z" / "desk" for day in (25, 26)]
    for run in nights:
        shutil.copytree(made, run)
    for path in nights[0].iterdir():
        if path.name != RESULTS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert len(said(capsys, tmp_path, code=1)) == 3
    prune = ["history", "prune", "--history", str(tmp_path), "--keep-nights", "1"]
    assert run_command([*prune, "--recordings-only", "--yes"]) == 0
    before = (nights[0] / RESULTS).stat().st_mtime_ns
    assert said(capsys, tmp_path, code=0)
    assert run_command([*prune, "--recordings-only", "--yes"]) == 0
    assert (nights[0] / RESULTS).stat().st_mtime_ns == before


def test_many_calls_are_read_by_several_processes(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("harness.runs.verify._ALONE", 1)
    run = shutil.copytree(made, tmp_path / "run")
    (run / CALL / "other.txt").write_text("x")
    assert len(said(capsys, run, code=1)) == 2
