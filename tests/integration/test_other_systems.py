"""No need for modules that Windows lacks: modules load, and calls are the same to the byte.

Windows itself is not here. Python without fcntl, termios, fork, signal masks and poll is, in every
process of a run: all of ours that would have used them goes the other way.
"""

from __future__ import annotations

import asyncio.selector_events
import os
import re
import subprocess
import sys
from pathlib import Path

from support.pages import ROOT
from support.small_desk import QUIET, small_desk

from harness.cli.main import run_command

WITHOUT_POSIX = ROOT / "tests/support/without_posix"


def leading_to(package: str) -> tuple[str, ...]:
    """Return our modules that load a package when they are loaded, also indirectly."""
    texts = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text()
        for path in (ROOT / "harness").rglob("*.py")
    }
    found = {package}
    while True:
        names = "|".join(map(re.escape, sorted(found)))
        loads = re.compile(rf"^(from|import) ({names})\b", re.MULTILINE)
        wider = found | {module for module, text in texts.items() if loads.search(text)}
        if wider == found:
            return tuple(sorted(found - {package}))
        found = wider


OF_DASK = leading_to("distributed")
"""Load psutil, which has a file of its own for each system and cannot be given another here."""

EVERYTHING = f"""\
import importlib, pkgutil, harness
for module in pkgutil.walk_packages(harness.__path__, "harness."):
    if not module.name.endswith("__main__") and module.name not in {OF_DASK}:
        importlib.import_module(module.name)
from harness.runs import processes
from harness.session import virtual_time
from harness.speech import espeak_process
print(virtual_time.ASKS_KERNEL, espeak_process.CAN_FORK, end=" ")
print(processes._MASKS, processes.IN_REAL_TIME)
"""

SPOKEN = QUIET.replace("silence: {seconds}", 'say: "Hello, who is there?"').replace(
    "answer_timeout_s: 0.5", "answer_timeout_s: 5"
)


def python(*arguments: str | Path, cache: Path, whole: bool) -> str:
    """Run Python, with or without the modules that Windows lacks; return its output."""
    path = [str(ROOT)] if whole else [str(WITHOUT_POSIX), str(ROOT)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "HARNESS_CACHE_DIR": str(cache),
    }
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr  # 1: a verdict, which is not the question here
    return done.stdout


def test_every_module_loads_and_goes_the_other_way(tmp_path):
    assert python("-c", EVERYTHING, cache=tmp_path, whole=False) == "False False False False\n"
    assert python("-c", EVERYTHING, cache=tmp_path, whole=True) == "True True True True\n"


def test_a_run_speaks_calls_and_hears_the_same_without_posix(tmp_path):
    desk = small_desk(tmp_path / "desk", quiet=0.5)
    (desk / "spoken.yaml").write_text(SPOKEN.format(name="spoken"))
    for name, whole in (("whole", True), ("without", False)):
        out = tmp_path / name / "run"
        python(
            "-m", "harness", "run", desk, "--out", out, cache=tmp_path / name / "cache", whole=whole
        )
    there = {
        path.relative_to(tmp_path / "whole"): path
        for path in (tmp_path / "whole/run/calls").rglob("*")
        if path.is_file() and path.suffix != ".html"
    }
    assert {path.name for path in there} >= {"manifest.json", "events.jsonl", "heard.json"}
    differing = [
        str(inside) for inside, path in there.items()
        if path.read_bytes() != (tmp_path / "without" / inside).read_bytes()
    ]  # fmt: skip
    assert differing == []


def test_a_python_without_the_hook_of_virtual_time_is_refused_in_one_line(
    tmp_path, monkeypatch, capsys
):
    desk = small_desk(tmp_path / "desk", quiet=0.5)
    loop = asyncio.selector_events.BaseSelectorEventLoop
    monkeypatch.delattr(loop, "_make_socket_transport")
    assert run_command(["run", str(desk), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: error: no virtual time with Python 3.")
    assert "call with --real-time" in line
    assert not (tmp_path / "out").exists()
