"""Calls the npm server `aimock` with `harness run`, and prints a line about it.

`serve.py ROOM COMMAND...` starts the command, which is the server without its port. The server
ignores audio and answers in tools or in text, by the model that is named; to a client of the
beta's shape it answers as the service does. Exit code 1 if a call did not end as it must.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.recording.store import read_recording
from harness.results.store import read_results

HERE = Path(__file__).parent / "aimock"
READY_S = 20.0
TARGET = """format: 1
target: {name}
url: ws://127.0.0.1:{port}/v1/realtime
model: {model}
dialect: {dialect}
session:
  turn_detection: none
  output: {output}
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """How a call must end: its status, whether it passed, and words of the reason."""

    name: str
    model: str
    dialect: str
    status: str
    passed: bool | None
    words: str = ""
    output: str = "audio"


CALLS = (
    Ends("tools", "tools", "openai_ga", "completed", True),
    Ends("text", "text", "openai_ga", "agent_error", None, "'It has shipped.'"),
    Ends("read", "text", "openai_ga", "completed", False, output="text"),
    Ends("beta", "tools", "openai_beta", "agent_error", None, "no longer supported"),
)


def serve(room: Path, command: list[str]) -> int:
    """Make the calls, print the line, and return the exit code."""
    shutil.rmtree(room, ignore_errors=True)
    shutil.copytree(HERE / "suite", room / "suite")
    (room / "suite/targets").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (room / "server.log").open("wb") as log:
        served = [*command, "--port", str(port), "--fixtures", str(HERE / "fixtures.json")]
        with subprocess.Popen(served, stdout=log, stderr=log) as server:
            try:
                wait_for(port)
                parts = [called(room, ends, port) for ends in CALLS]
            finally:
                server.terminate()
    good = sum(not wrong for _, wrong in parts)
    events = sum(count for count, _ in parts)
    told = [wrong for _, wrong in parts if wrong]
    line = [f"aimock: {good} of {len(CALLS)} calls ({', '.join(ends.name for ends in CALLS)})"]
    print("; ".join([*line, f"{events} events received", *told]), flush=True)
    return int(bool(told))


def wait_for(port: int) -> None:
    """Return once the server listens; raises TimeoutError if it never does."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"the server does not listen at port {port} after {READY_S:.0f} s")


def called(room: Path, ends: Ends, port: int) -> tuple[int, str]:
    """Make a call; return how many events came, and the faults."""
    target = TARGET.format(port=port, **asdict(ends))
    (room / f"suite/targets/{ends.name}.yaml").write_text(target, encoding="utf-8")
    out = room / ends.name
    run = (sys.executable, "-m", "harness", "run", str(room / "suite"))
    with (room / f"{ends.name}.log").open("wb") as log:
        chosen = ("--target", ends.name, "--out", str(out))
        subprocess.run((*run, *chosen), stdout=log, stderr=log, check=False)
    (call,) = read_results(out / "results.json").calls
    events = len(read_recording(out / call.recording).events)
    if (call.status, call.passed) == (ends.status, ends.passed) and (
        ends.words in call.status_detail
    ):
        return events, ""
    failed = [f"{score.scorer}: {score.reason}" for score in call.scores if score.passed is False]
    words = " ".join([call.status_detail, *failed])
    return events, f"{ends.name}: {call.status}, passed {call.passed}: {words}"


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2:]))
