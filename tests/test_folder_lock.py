"""Only one process holds a folder at a time; a dead process holds none."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from support.holding import held

from harness.errors import FolderInUse, StorageFailed
from harness.files import HOLDER, LOCK, check_free, taken


@pytest.fixture
def holder(tmp_path: Path):
    with held(tmp_path) as process:
        yield process


def refused(folder: Path) -> str:
    with pytest.raises(FolderInUse) as refusal, taken(folder, by="harness score"):
        pass
    with pytest.raises(FolderInUse):
        check_free(folder)
    return str(refusal.value)


def test_a_folder_in_use_is_refused_with_the_process_that_has_it(tmp_path, holder):
    told = (
        rf"{re.escape(str(tmp_path))} is in use by process {holder.pid} "
        r"\(harness run, since \d\d:\d\d:\d\d\); wait until it has ended, or give another folder"
    )
    assert re.fullmatch(told, refused(tmp_path))


def test_it_is_free_once_the_process_has_ended_and_nothing_is_left_but_an_empty_file(
    tmp_path, holder
):
    assert holder.stdin is not None
    holder.stdin.close()
    holder.wait()
    check_free(tmp_path)
    with taken(tmp_path, by="harness score"):
        assert json.loads((tmp_path / HOLDER).read_bytes())["pid"] == os.getpid()
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {LOCK: 0}


def test_what_a_killed_process_left_behind_keeps_nobody_out(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert json.loads((tmp_path / HOLDER).read_bytes())["pid"] == holder.pid
    check_free(tmp_path)
    with taken(tmp_path, by="harness score"):
        assert "harness score" in (tmp_path / HOLDER).read_text()


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ('{"pid": 4711, "host": "elsewhere", "command": "harness run", '
         '"since": "2026-01-02T10:03:12+00:00"}',
         r"process 4711 on elsewhere \(harness run, since 2026-01-0\d \d\d:\d\d:12\)"),
        ("{", "another process"),
        ('["pid"]', "another process"),
        ("{}", "another process"),
    ],
)  # fmt: skip
def test_who_has_it_is_told_as_far_as_it_is_known(tmp_path, holder, stored, told):
    (tmp_path / HOLDER).write_text(stored)
    assert re.search(rf"in use by {told}; wait", refused(tmp_path))


def test_a_folder_that_cannot_be_written_is_a_storage_fault_and_nobodys(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed), taken(tmp_path / "file" / "x", by="harness run"):
        pass
    check_free(tmp_path / "missing")
    (tmp_path / LOCK).mkdir()
    with pytest.raises(StorageFailed), taken(tmp_path, by="harness run"):
        pass
    check_free(tmp_path)


def test_an_error_inside_lets_go(tmp_path):
    with pytest.raises(KeyError), taken(tmp_path, by="harness run"):
        raise KeyError
    with taken(tmp_path, by="harness run"):
        pass
