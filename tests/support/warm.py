"""A ``harness`` that is loaded already: each command is a fork of it, and imports nothing anew.

The pages of the documentation make a hundred commands, and each would load for a second, its
workers for another, the modules that the command before had loaded; so would each ``pytest`` that
the tests of the plugin run in a project. Each command has its own arguments, folder, environment,
streams, and packages that were installed since. All commands share the workers' fork server, as
in a program that makes several runs.
"""

from __future__ import annotations

import importlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, process
from pathlib import Path

import pytest
from support.pages import ROOT

from harness.cli import main as command_line
from harness.runs.processes import Workers

CLIENT = Path(__file__).with_name("warm_client.py")


COMMANDS: dict[str, Callable[[], int | None]] = {
    "harness": command_line.main,
    "pytest": pytest.main,
}


@contextmanager
def warm(name: str) -> Iterator[list[str]]:
    """Serve a command until the block ends; yields the arguments of Python that make it that."""
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        place = Path(folder, "warm")  # a path of pytest's own may be too long for a socket
        door.bind(str(place))
        door.listen()
        command = [sys.executable, "-m", "support.warm", str(door.fileno()), name]
        environment = {**os.environ, "PYTHONPATH": paths}
        served = subprocess.Popen(command, env=environment, pass_fds=(door.fileno(),))
        try:
            yield ["-S", "-E", str(CLIENT), str(place)]
        finally:
            served.terminate()
            served.wait()


def _serve(door: socket.socket) -> None:
    """Take commands; returns in the process of each of them, ready to carry it out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        line, _ = door.accept()
        if not os.fork():
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _become(line)
        line.close()


def _become(line: socket.socket) -> None:
    """Split into the command, which returns from here, and who waits for it."""
    told, streams, _, _ = socket.recv_fds(line, 1 << 20, 3)
    while more := line.recv(1 << 20):
        told += more
    runner = os.fork()
    if runner:
        for stream in streams:
            os.close(stream)
        threading.Thread(target=_until_gone, args=(line, runner), daemon=True).start()
        _, status = os.waitpid(runner, 0)
        code = os.waitstatus_to_exitcode(status)
        line.sendall(bytes([code if code >= 0 else 128 - code]))
        os._exit(0)
    line.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    _settle_in(*marshal.loads(told))


def _until_gone(line: socket.socket, runner: int) -> None:
    """End a command whose terminal is gone: a page that is over kills what it started."""
    watch = select.poll()
    watch.register(line, 0)  # its data is read elsewhere: only the hang-up matters here
    watch.poll()
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(runner, signal.SIGKILL)


def _settle_in(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    os.chdir(folder)
    process.ORIGINAL_DIR = folder
    ours = os.environ["PYTHONPATH"].split(os.pathsep)
    os.environ.clear()
    os.environ.update(environment)
    theirs = environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [folder, *theirs, *(one for one in sys.path[1:] if one not in ours)]
    sys.argv[1:] = arguments
    main = sys.modules["__main__"]  # no worker need load it, and its path may not lead here
    main.__spec__ = main.__file__ = None
    importlib.invalidate_caches()


def _load() -> None:
    """Load all commands, and start the fork server of their workers."""
    for named, _ in command_line.COMMANDS.values():
        importlib.import_module(f"harness.cli.{named.partition(':')[0]}")
    Workers(1)  # sets the modules that they load
    forkserver.ensure_running()
    # It is no child of the commands: they could not ask whether it runs.
    forkserver._forkserver.ensure_running = lambda: None


if __name__ == "__main__":
    _load()
    called = COMMANDS[sys.argv[2]]
    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(called())
