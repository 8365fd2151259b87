"""The journal of a run: reading it back after any cut, and the effect of a disk that refuses."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from support.synthetic_run import three_calls

from harness.errors import RecordingDamaged
from harness.files import sealed, to_json
from harness.results.model import CallResult, ScoreResult
from harness.runs.plan_file import JOURNAL, Journal, read_journal

THIRD = 1 / 3


@pytest.fixture
def calls() -> tuple[CallResult, ...]:
    first, *others = three_calls()
    exact = ScoreResult("mine", 1, "pass", True, THIRD, "s", "said “ä”", details={"b": (1, THIRD)})
    return (replace(first, duration_s=THIRD, scores=(exact,)), *others)


def write(folder: Path, calls: tuple[CallResult, ...]) -> bytes:
    journal = Journal(folder)
    for call in calls:
        journal.add(call)
    journal.close()
    return (folder / JOURNAL).read_bytes()


def test_what_is_read_back_gives_the_same_results_to_the_byte(tmp_path, calls):
    write(tmp_path, calls)
    found = tuple(read_journal(tmp_path).values())
    assert to_json(found) == to_json(calls)
    assert found[0].duration_s == THIRD


def test_a_journal_cut_anywhere_holds_its_whole_lines_and_is_gone_on_with(tmp_path, calls):
    raw = write(tmp_path, calls[:2])
    ends = [n + 1 for n, sign in enumerate(raw) if sign == ord("\n")]
    for cut in range(len(raw) + 1):
        (tmp_path / JOURNAL).write_bytes(raw[:cut])
        whole = [call.recording for end, call in zip(ends, calls, strict=False) if end <= cut]
        assert list(read_journal(tmp_path)) == whole
        if cut % 97 and cut not in ends and cut + 1 not in ends:
            continue  # asking the disk takes its time
        write(tmp_path, calls[2:])
        wanted = [*whole, *(call.recording for call in calls[2:])]
        assert list(read_journal(tmp_path)) == wanted


def test_a_changed_line_is_none_and_of_two_lines_of_a_call_the_last_holds(tmp_path, calls):
    again = replace(calls[1], status_detail="again")
    raw = write(tmp_path, (*calls, again))
    (tmp_path / JOURNAL).write_bytes(raw.replace(b'"seed":', b'"sEed":', 1))
    found = read_journal(tmp_path)
    assert set(found) == {call.recording for call in calls[1:]}
    assert found[again.recording].status_detail == "again"


@pytest.mark.parametrize("row", [{"format": 1, "call": {}}, {"format": 1, "call": {"seed": "x"}}])
def test_a_line_of_other_results_is_judged_again(tmp_path, row):
    (tmp_path / JOURNAL).write_bytes(sealed(orjson.dumps(row)))
    assert read_journal(tmp_path) == {}


def test_a_newer_journal_is_refused(tmp_path):
    (tmp_path / JOURNAL).write_bytes(sealed(orjson.dumps({"format": 9, "call": {}})))
    with pytest.raises(RecordingDamaged, match="format 9 is newer than this harness reads"):
        read_journal(tmp_path)


def test_a_folder_without_a_journal_has_none(tmp_path):
    assert read_journal(tmp_path) == {}


def test_a_line_that_the_disk_refuses_half_way_is_written_with_the_next(
    tmp_path, calls, monkeypatch
):
    write_some = os.write
    full = iter([True, False])

    def refusing(file: int, data: bytes) -> int:
        if next(full, None) is True:
            return write_some(file, data[:7])
        if next(full, None) is None and not refused:
            refused.append(data)
            raise OSError(28, "No space left on device")
        return write_some(file, data)

    refused: list[bytes] = []
    monkeypatch.setattr("harness.runs.plan_file.os.write", refusing)
    journal = Journal(tmp_path)
    journal.add(calls[0])
    assert refused
    assert read_journal(tmp_path) == {}
    journal.add(calls[1])
    journal.close()
    assert list(read_journal(tmp_path)) == [call.recording for call in calls[:2]]


def test_a_folder_that_takes_nothing_costs_no_result(tmp_path, calls):
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file")
    journal.add(calls[0])
    journal.close()
    (tmp_path / "file").unlink()
    journal = Journal(tmp_path / "file")
    journal.add(calls[0])
    journal.close()
    assert len(read_journal(tmp_path / "file")) == 1
