"""Files that appear whole or not at all."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from harness.errors import StorageFailed
from harness.files import uncollected, write_pieces, write_whole


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_and_its_folder_made(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "new" / "file.json"
    write_whole(path, b"old", durable=durable)
    write_whole(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    (path / "keep").mkdir(parents=True)
    with pytest.raises(StorageFailed, match=r"cannot write .*taken: \w"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_pieces_that_break_off_leave_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        write_pieces(path, pieces())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed):
        write_whole(tmp_path / "file" / "x", b"")


def test_writers_beside_each_other_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    contents = [bytes([number]) * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_whole, args=(path, each)) for each in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_stands_still_inside_and_is_as_it_was_outside(on: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with suppress(ValueError), uncollected():
            still = not gc.isenabled()
            raise ValueError
        assert still
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()
