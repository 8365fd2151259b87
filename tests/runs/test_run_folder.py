"""The folder of a run: which folders are refused, which files are deleted and which stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.synthetic_run import run_results, three_calls, write_run
from support.two_runs import calls, run

from harness.cli.main import run_command
from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.recording.saving import pack
from harness.recording.store import read_recording
from harness.results.compare.store import Comparison, Variant, read_comparison, write_comparison
from harness.results.store import read_results, write_results
from harness.runs.comparison import compare_stored
from harness.runs.run_folder import Keep, is_run, keep_recordings, make_room, remove_comparison

GOOD, BAD, LOST = (call.recording for call in three_calls())


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def mark(out: Path, own: str, foreign: str = "") -> None:
    """Write a compare.json that calls some runs its own, and others foreign."""
    variants = tuple(
        Variant(key, key, key, "reference", "Be kind.", 8, 8, own=key in own)
        for key in sorted(own + foreign)
    )
    write_comparison(
        out,
        Comparison(
            format=1, harness_version="0.1.0", started_at="2026-01-01T00:00:00+00:00", level=0.95,
            look=1, looks=1, repeats=8, aa=False, interrupted=False, variants=variants,
            contrasts=(),
        ),
    )  # fmt: skip


@pytest.fixture
def compared(tmp_path: Path) -> Path:
    """Return the folder of a comparison of three agents, with a file of another origin."""
    out = tmp_path / "out"
    for key in "abc":
        for name in ("results.json", "calls/s/001/manifest.json", "calls/s/001/caller.wav",
                     "calls/s/002/manifest.json", "index.html", "assets/report.css"):  # fmt: skip
            put(out / key / name)
    for name in ("pairs/c/x.html", "noise_floor.json", "notes.txt", "b/notes.txt"):
        put(out / name)
    mark(out, "abc")
    return out


@pytest.mark.parametrize("force", [False, True])
def test_a_run_never_takes_the_folder_of_a_comparison(compared, force):
    before = names(compared)
    with pytest.raises(UsageError, match="already holds a comparison; give another --out"):
        make_room(compared, force=force)
    assert names(compared) == before


@pytest.mark.parametrize("kept", [(), ("a",), ("a", "c")])
def test_a_comparison_goes_with_surplus_runs_and_pairs_and_the_rest_stays(compared, kept):
    before = names(compared)
    remove_comparison(compared, keep=[compared / key for key in kept])
    stays = {name for name in before if name.startswith(tuple(f"{key}/" for key in kept))}
    assert names(compared) == stays | {"notes.txt", "b/notes.txt"}
    assert (compared / "c").exists() is ("c" in kept)


@pytest.mark.parametrize(("own", "foreign"), [("ac", "b"), ("ac", ""), ("", "abc")])
def test_a_run_that_was_not_made_for_the_comparison_stays(compared, own, foreign):
    mark(compared, own, foreign or "d")
    before = names(compared)
    remove_comparison(compared)
    stays = {n for n in before if n[0] not in own and n[1] == "/"}
    assert names(compared) == stays | {"notes.txt"}


def test_a_comparison_that_does_not_say_what_is_its_own_is_left_alone(compared):
    (compared / "compare.json").write_text("{")
    before = names(compared)
    with pytest.raises(RecordingDamaged, match="not JSON"):
        remove_comparison(compared)
    assert names(compared) == before


def test_a_folder_of_one_letter_that_holds_no_run_is_not_ours(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "index.html").write_text("mine")
    mark(tmp_path, "x")
    remove_comparison(tmp_path)
    assert names(tmp_path) == {"x/index.html"}
    assert not is_run(tmp_path / "x")


def test_what_cannot_be_removed_is_named_and_it_stays_a_comparison(compared):
    (compared / "pairs" / "c" / "x.html").unlink()
    (compared / "pairs" / "c").rmdir()
    (compared / "pairs").rmdir()
    (compared / "pairs").write_text("in the way")
    with pytest.raises(StorageFailed):
        remove_comparison(compared)
    assert (compared / "compare.json").exists()


def stored(folder: Path, rule: str, **more: str) -> Path:
    write_results(folder / "results.json", run(calls("s", rule=rule), target_settings=more))
    return folder


def test_own_runs_can_be_judged_again_in_place(tmp_path):
    runs = [stored(tmp_path / key, "+" * 8, model=key) for key in "abc"]
    mark(tmp_path, "abc")
    compare_stored(runs[:2], tmp_path, level=0.9, force=True)
    found = read_comparison(tmp_path / "compare.json")
    assert [(one.key, one.own) for one in found.variants] == [("a", True), ("b", True)]
    assert names(tmp_path) == {"a/results.json", "b/results.json", "compare.json"}


@pytest.mark.parametrize("made", ["abc", "mno"])
def test_stored_runs_do_not_become_a_comparisons_own_by_where_they_lie(tmp_path, made):
    runs = [stored(tmp_path / name, "+" * 8, model=name) for name in made]
    compare_stored(runs, tmp_path, level=0.95, force=False)
    found = read_comparison(tmp_path / "compare.json")
    assert [(one.run, one.own) for one in found.variants] == [(name, False) for name in made]
    before = names(tmp_path)
    compare_stored(runs[::2], tmp_path, level=0.9, force=True)
    assert names(tmp_path) == before


def test_an_earlier_comparison_stays_when_the_new_one_is_refused(tmp_path):
    runs = [stored(tmp_path / key, "+" * 8, model=key) for key in "ab"]
    compare_stored(runs, tmp_path / "out", level=0.95, force=False)
    before = (tmp_path / "out" / "compare.json").read_bytes()
    with pytest.raises(UsageError, match="beside itself"):
        compare_stored([runs[0], runs[0]], tmp_path / "out", level=0.95, force=True)
    assert (tmp_path / "out" / "compare.json").read_bytes() == before


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = write_run(tmp_path / "run")
    pack(folder / GOOD, read_recording(folder / GOOD))
    return folder


def files(folder: Path, recording: str) -> set[str]:
    return {path.name for path in (folder / recording).glob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("keep", "gone"), [(Keep.ALL, set()), (Keep.FAILED, {GOOD}), (Keep.NONE, {GOOD, BAD})]
)
def test_recordings_go_and_verdicts_stay(run_folder, keep, gone, capsys):
    before = run_results(three_calls())
    kept = keep_recordings(run_folder, before, keep)
    assert {call.recording for call in kept.calls if not call.kept} == gone
    assert read_results(run_folder / "results.json").calls == kept.calls
    assert kept.summary == before.summary
    for recording in (GOOD, BAD):
        whole = len(files(run_folder, recording)) == 7
        assert whole is (recording not in gone)
        assert recording not in gone or files(run_folder, recording) == {"manifest.json"}
    run_command(["score", str(run_folder)])
    run_command(["report", str(run_folder)])
    again = {call.recording: call for call in read_results(run_folder / "results.json").calls}
    for call in kept.calls:
        text = (run_folder / call.recording / "index.html").read_text()
        assert ("The recording was not kept" in text) is (call.recording in gone)
        assert ("<audio" in text) is (call.recording in {GOOD, BAD} - gone)
        assert call.kept or again[call.recording] == call
    assert "Traceback" not in capsys.readouterr().err


def test_a_call_that_was_never_recorded_is_not_said_to_be_thrown_away(run_folder):
    kept = keep_recordings(run_folder, run_results(three_calls()), Keep.NONE)
    assert {call.recording for call in kept.calls if call.kept} == {LOST}


def test_what_cannot_be_removed_is_said_and_the_verdicts_stand(run_folder):
    (run_folder / BAD / "events.jsonl").unlink()
    (run_folder / BAD / "events.jsonl").mkdir()
    with pytest.raises(StorageFailed, match=r"events\.jsonl"):
        keep_recordings(run_folder, run_results(three_calls()), Keep.NONE)
    assert len(read_results(run_folder / "results.json").calls) == 3


@pytest.mark.parametrize(
    ("file", "words", "stays"),
    [("", ("--keep", "none"), False), ("keep: none\n", (), False),
     ("keep: none\n", ("--keep", "all"), True)],
)  # fmt: skip
def test_a_night_keeps_what_its_file_or_its_command_says(tmp_path, file, words, stays):
    small_desk(tmp_path / "desk", quiet=0.2)
    text = f"format: 1\nnightly: n\nsuites: [desk]\n{file}"
    (tmp_path / "nightly.yaml").write_text(text)
    run_command(["nightly", str(tmp_path / "nightly.yaml"), *words])
    (results,) = (tmp_path / "history").glob("*/*/results.json")
    assert read_results(results).calls[0].kept is stays
    assert any(results.parent.glob("calls/*/*/events.jsonl")) is stays


def test_room_is_made_where_a_run_was_killed_before_its_plan_was_whole(tmp_path):
    out = tmp_path / "out"
    half, foreign = out / ".plan.json.11996-140055110675328.part", out / ".song.part"
    put(half)
    put(foreign)
    make_room(out, force=False)
    assert names(out) == {foreign.name}
