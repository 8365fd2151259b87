"""Pages drawn ahead equal those drawn from the recordings, and no file is read for them."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import write_run

from harness.judging.judge import judge
from harness.recording.store import read_recording
from harness.report.run.call_rows import AUDIO
from harness.report.run.html import PagesAhead, drawing_ahead, write_report
from harness.results.model import CallResult
from harness.results.store import RESULTS, as_stored, read_results, write_results


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def drawn(run_folder: Path, ahead: PagesAhead) -> tuple[CallResult, ...]:
    """Draw the pages of the calls that have a recording ahead; return those calls."""
    calls = read_results(run_folder / RESULTS).calls
    there = tuple(c for c in calls if (run_folder / c.recording / "manifest.json").exists())
    for call in there:
        folder = run_folder / call.recording
        ahead.draw(call, judge(read_recording(folder)), folder)
    return there


def pages(run_folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(run_folder.rglob("*.html"))}


def test_they_are_the_same_to_the_byte_and_no_recording_is_read(run_folder: Path) -> None:
    write_report(run_folder)
    from_recordings = pages(run_folder)
    sounds = [path.read_bytes() for path in sorted(run_folder.rglob(AUDIO))]
    for path in (*from_recordings, *run_folder.rglob(AUDIO)):
        path.unlink()
    with drawing_ahead() as ahead:
        calls = drawn(run_folder, ahead)
        assert [path.read_bytes() for path in sorted(run_folder.rglob(AUDIO))] == sounds
        for call in calls:
            (run_folder / call.recording / "events.jsonl").unlink()
        write_report(run_folder, ahead=ahead)
    assert len(calls) > 1
    assert pages(run_folder) == from_recordings
    assert not ahead.folder.exists()


def test_what_cannot_be_written_or_read_is_drawn_with_all_pages(run_folder: Path) -> None:
    write_report(run_folder)
    from_recordings = pages(run_folder)
    with drawing_ahead() as ahead:
        drawn(run_folder, ahead)
        for number, path in enumerate(sorted(ahead.folder.iterdir())):
            path.write_bytes(path.read_bytes()[:-5] if number else b"")
        write_report(run_folder, ahead=ahead)
        assert pages(run_folder) == from_recordings
        no_folder = replace(ahead, folder=run_folder / RESULTS)
        assert drawn(run_folder, no_folder)  # no exception is raised


def test_a_result_that_is_another_by_now_is_drawn_from_its_recording(run_folder: Path) -> None:
    results = read_results(run_folder / RESULTS)
    with drawing_ahead() as ahead:
        first, *_ = drawn(run_folder, ahead)
        changed = replace(first, tags=(*first.tags, "brand-new"))
        assert ahead.page_of(first)
        assert ahead.page_of(changed) is None
        calls = tuple(changed if call == first else call for call in results.calls)
        write_results(run_folder / RESULTS, replace(results, calls=calls))
        write_report(run_folder, ahead=ahead)
    ahead_of = pages(run_folder)
    write_report(run_folder)
    assert pages(run_folder) == ahead_of


def test_what_killed_runs_left_is_removed_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = {name: tmp_path / name for name in ("harness-pages-old", "harness-pages-new", "other")}
    elsewhere = tmp_path / "elsewhere"
    for folder in (*left.values(), elsewhere):
        folder.mkdir()
        (folder / "page").touch()
        if folder.name != "harness-pages-new":
            os.utime(folder, (0, 0))
    link = tmp_path / "harness-pages-link"
    link.symlink_to(elsewhere)
    os.utime(link, (0, 0), follow_symlinks=False)
    with drawing_ahead() as ahead:
        assert ahead.folder.parent == tmp_path
    gone = {name for name, folder in left.items() if not folder.exists()}
    assert gone == {"harness-pages-old"}
    assert (elsewhere / "page").exists()


def test_a_run_whose_folder_was_removed_draws_its_pages_all_the_same(run_folder: Path) -> None:
    write_report(run_folder)
    from_recordings = pages(run_folder)
    with drawing_ahead() as ahead:
        drawn(run_folder, ahead)
        shutil.rmtree(ahead.folder)
        write_report(run_folder, ahead=ahead)
    assert pages(run_folder) == from_recordings


def test_a_page_is_drawn_of_the_result_as_it_is_stored(run_folder: Path) -> None:
    with drawing_ahead() as ahead:
        call = drawn(run_folder, ahead)[0]
        folder = run_folder / call.recording
        exact = replace(call, duration_s=1.23456789)
        ahead.draw(exact, judge(read_recording(folder)), folder)
        assert ahead.page_of(exact) is None
        assert ahead.page_of(as_stored(exact))
        assert as_stored(exact).duration_s == 1.234568


def test_a_page_that_cannot_be_drawn_ahead_is_left_to_the_report(
    run_folder: Path, tmp_path: Path
) -> None:
    with drawing_ahead() as ahead:
        call = drawn(run_folder, ahead)[0]
        judged = judge(read_recording(run_folder / call.recording))
        ahead.draw(call, judged, tmp_path / "no such folder")
        assert ahead.page_of(call) is None
