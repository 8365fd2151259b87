"""Pipes, devices and folders in the place of files: each command says so, and none waits."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.stored_desk import imported, write_call, write_desk

from harness.cli.main import run_command

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")

MOST_S = 20
RECORDING = "out/calls/one/001"
FILES = [
    *(f"{RECORDING}/{name}" for name in ("manifest.json", "events.jsonl", "agent.flac")),
    *(f"{RECORDING}/{name}" for name in ("caller.flac", "agent_generated.flac")),
    "out/results.json",
]


class Waited(BaseException):
    """A command was still there after its time."""


@pytest.fixture
def in_time() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Waited

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(MOST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_desk(folder)
        write_call(folder / "calls", "one")
        assert imported() in (0, 1, 3)
    return folder


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS = {"a pipe": pipe, "a device": device, "a folder": Path.mkdir}


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_in_a_run_is_named(tmp_path, capsys, monkeypatch, stored, name, kind):
    shutil.copytree(stored, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    make: Callable[[Path], object] = KINDS[kind]
    Path(name).unlink()
    make(Path(name))
    assert run_command(["verify", "out"]) == 1
    printed = capsys.readouterr()
    assert f"expected a plain file, got {kind}" in printed.out + printed.err
    for command in (["score", "out"], ["report", "out"], ["compare", "out", "out"]):
        run_command(command)
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err, command


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "arguments",
    [
        ["baseline", "show", "odd"],
        ["run", "desk", "--baseline", "odd"],
        ["run", "desk", "--gates", "odd"],
        ["run", "odd.yaml"],
        ["scenarios", "check", "odd.yaml"],
        ["nightly", "odd.yaml"],
        ["history", "show", "--history", "nights", "--prices", "odd"],
        ["import", "odd.json", "--suite", "desk", "--out", "new"],
        ["import", "odd.vtt", "--suite", "desk", "--out", "new"],
        ["import", "odd.txt", "--suite", "desk", "--out", "new"],
        ["import", "odd.wav", "--suite", "desk", "--out", "new"],
        ["import", "odd.webm", "--suite", "desk", "--out", "new"],
        ["judge-check", "odd.jsonl"],
    ],
    ids=" ".join,
)
def test_what_is_no_file_is_refused_in_a_line(
    tmp_path, capsys, monkeypatch, stored, arguments, kind
):
    shutil.copytree(stored / "desk", tmp_path / "desk")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nights").mkdir()
    KINDS[kind](Path(next(word for word in arguments if word.startswith("odd"))))
    assert run_command(arguments) in (2, 3)
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert "harness: error: " in printed.err


NIGHT = "nights/2026-04-25T02-00-00Z/desk"


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", [f"{NIGHT}/results.json", f"{NIGHT}/reviews.jsonl", "nights/page.json"]
)
def test_what_is_no_file_in_a_history_is_named(tmp_path, capsys, monkeypatch, stored, name, kind):
    monkeypatch.chdir(tmp_path)
    for night in (NIGHT, NIGHT.replace("25T", "24T")):
        Path(night).mkdir(parents=True)
        shutil.copy(stored / "out/results.json", night)
    Path(name).unlink(missing_ok=True)
    KINDS[kind](Path(name))
    assert run_command(["history", "show", "--history", "nights"]) in (0, 3)
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert f"expected a plain file, got {kind}" in printed.out + printed.err
