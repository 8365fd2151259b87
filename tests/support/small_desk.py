"""A small suite on disk, very cheap scenarios, and the command line to run them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

SUITE = """\
format: 1
suite: small desk
instructions: prompt.md
tools:
  - name: lookup_order
    kind: read
    exact: [order_id]
    parameters: {type: object, properties: {order_id: {type: string}}, required: [order_id]}
    mock: {returns: {order_id: "{order_id}", status: shipped}}
  - name: wait_for_user
    kind: no_op
    parameters: {type: object, properties: {}}
"""

QUIET = """\
format: 1
name: {name}
turns:
  - silence: {seconds}
limits:
  time_to_first_audio_s: 0.4
  time_to_first_audio_with_tool_s: 0.4
  answer_timeout_s: 0.5
  call_s: 3600
"""

MARK = "HARNESS_TEST_MARK"


def small_desk(folder: Path, **seconds: float) -> Path:
    """Write a suite with a scenario of silence per name (``first=1.0``) and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (folder / "prompt.md").write_text("Stay quiet while nobody speaks.\n", encoding="utf-8")
    for name, length in seconds.items():
        text = QUIET.format(name=name, seconds=length)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def results_of(run_folder: Path) -> dict[str, Any]:
    """Return results.json as plain data."""
    document: dict[str, Any] = orjson.loads((run_folder / "results.json").read_bytes())
    return document


def statuses(run_folder: Path) -> list[tuple[str, str]]:
    """Return scenario and status of every call, in order."""
    return [(call["scenario"], call["status"]) for call in results_of(run_folder)["calls"]]


def all_text(folder: Path) -> bytes:
    """Return the bytes of every file below a folder, in a single string to search in."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


class Command:
    """``harness`` in a process group of its own, as a terminal starts it; stderr goes to a file."""

    def __init__(self, folder: Path, *arguments: str | Path, **more: Any) -> None:
        self.mark = f"{folder.name}-{time.monotonic_ns()}"
        self._log = folder / "stderr.txt"
        with self._log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "harness", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, MARK: self.mark},
                start_new_session=True,
                **more,
            )

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        for number in (self.process.pid, *self.left_over()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.communicate()

    @property
    def stderr(self) -> str:
        """Its output so far."""
        return self._log.read_text(encoding="utf-8")

    def when(self, there: Callable[[], object], limit_s: float = 120.0) -> None:
        """Wait until something is there; fail if the command ends before."""
        until = time.monotonic() + limit_s
        while not there():
            assert self.process.poll() is None, self.stderr
            assert time.monotonic() < until, self.stderr
            time.sleep(0.02)

    def until(self, there: Callable[[], object], limit_s: float = 60.0) -> None:
        """Wait until something is there, whether the command runs or not."""
        end = time.monotonic() + limit_s
        while not there():
            assert time.monotonic() < end, self.stderr
            time.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[int, str]:
        """Wait for its end; return exit code and standard output."""
        output, _ = self.process.communicate(timeout=120)
        return self.process.returncode, output.decode()

    def left_over(self) -> list[int]:
        """Return the processes that it started, at any depth, and that are still alive."""
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdecimal() and int(place.name) != self.process.pid:
                try:
                    marked = wanted in (place / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if marked:
                    found.append(int(place.name))
        return found

    def workers(self) -> list[int]:
        """Return the worker processes that are alive: children of the fork server."""
        servers = {
            number: int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
            for number in self.left_over()
            if b"forkserver" in Path(f"/proc/{number}/cmdline").read_bytes()
        }
        return [number for number, parent in servers.items() if parent in servers]
