"""--keep: what goes from the disk is said to be gone, and no verdict goes with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.synthetic_run import run_results, three_calls, write_run

from harness.cli.main import run_command
from harness.errors import StorageFailed
from harness.recording.store import pack, read_recording
from harness.results.store import read_results
from harness.workflows.keeping import Keep, keep_recordings

GOOD, BAD, LOST = (call.recording for call in three_calls())


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
