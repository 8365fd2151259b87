"""The guide's two machines: two network namespaces if permitted, else two processes."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.guide_shell import free_port
from support.pages import ROOT, page
from support.small_desk import statuses

pytest.importorskip("distributed")

FIRST, SECOND, PORT = "10.77.0.1", "10.77.0.2", "8786"


def commands() -> list[tuple[str, str]]:
    """Return the commands of the two machines in order, each with its machine."""
    found = re.findall(r"^```sh\n(.*?)^```$", page("distributed.md"), re.M | re.S)
    lines = [line for block in found for line in block.splitlines()]
    return [(line.rpartition("on ")[2], line.partition("#")[0].strip()) for line in lines]


@contextmanager
def machines() -> Iterator[dict[str, list[str]] | None]:
    """Make two machines with a cable between them; None if that is not permitted."""
    names = {"A": f"harness-a-{os.getpid()}", "B": f"harness-b-{os.getpid()}"}
    cable = [f"ha{os.getpid() % 100_000}", f"hb{os.getpid() % 100_000}"]
    steps = [
        f"netns add {names['A']}",
        f"netns add {names['B']}",
        f"link add {cable[0]} netns {names['A']} type veth peer name {cable[1]} netns {names['B']}",
    ]
    for name, one, address in zip(names.values(), cable, (FIRST, SECOND), strict=True):
        steps += [f"-n {name} addr add {address}/24 dev {one}", f"-n {name} link set {one} up"]
        steps += [f"-n {name} link set lo up"]
    try:
        done = all(ip(step) for step in steps)
        yield {at: ["ip", "netns", "exec", name] for at, name in names.items()} if done else None
    finally:
        for name in names.values():
            ip(f"netns delete {name}")


def ip(words: str) -> bool:
    try:
        return subprocess.run(["ip", *words.split()], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the guide's machines run Linux")
def test_a_run_on_one_machine_has_its_calls_made_by_the_other(tmp_path):
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "audio_fixtures").symlink_to(ROOT / "audio_fixtures")
    (on_a, serve), (on_b, work), (also_a, call) = commands()
    assert (on_a, on_b, also_a) == ("A", "B", "A")
    with machines() as made, ExitStack() as running:

        def begun(at: str, line: str, **more: object) -> subprocess.Popen[str]:
            words = shlex.split(line)
            if made is None:  # two processes: other programs may have the port
                words = shlex.split(line.replace(FIRST, "127.0.0.1").replace(PORT, port))
            module = {"dask": "dask", "harness": "harness"}[words[0]]
            command = [*(made[at] if made else ()), sys.executable, "-m", module, *words[1:]]
            process = subprocess.Popen(command, cwd=tmp_path, text=True, **more)  # type: ignore[call-overload]
            running.callback(process.wait)
            running.callback(process.terminate)
            return process

        port = str(free_port())
        begun(on_a, serve, stderr=subprocess.DEVNULL)
        worker = begun(on_b, work, stdout=subprocess.PIPE)
        assert worker.stdout is not None
        running.callback(worker.stdout.close)
        first = next(line for line in worker.stdout if line.startswith("worker at "))
        until = time.monotonic() + 60
        ended = begun(also_a, call, stdout=subprocess.DEVNULL).wait(until - time.monotonic())
    assert ended == 0
    assert f"tcp://{SECOND if made else '127.0.0.1'}:" in first
    out = tmp_path / "shared/lookup"
    assert [status for _, status in statuses(out)] == ["completed", "completed"]
    assert (out / "index.html").exists()
    assert sorted(path.name for path in Path(out / "calls").iterdir()) == [
        "slow-lookup",
        "straight-lookup",
    ]
