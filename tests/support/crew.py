"""A dask scheduler for a test, and ``harness worker`` in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from distributed import LocalCluster, Worker, WorkerPlugin
from support.guide_shell import free_port

from harness.runs.call_worker import CallOrder, identity


@contextmanager
def scheduler() -> Iterator[str]:
    """Serve a scheduler without workers in this process; yields its address."""
    with LocalCluster(
        n_workers=0,
        protocol="tcp://",
        host="127.0.0.1",
        processes=False,
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield cluster.scheduler_address


class CallWorker:
    """A worker that can be killed as a whole, as a machine that goes down."""

    def __init__(
        self,
        address: str,
        folder: Path,
        scratch: Path,
        within: Sequence[str] = (),
        **more: object,
    ) -> None:
        """``within``: a command that starts the worker, which comes as its last arguments."""
        scratch.mkdir()
        self.scratch = scratch
        environment = {**os.environ, **more.pop("env", {})}  # type: ignore[dict-item]
        command = [*within, sys.executable, "-m", "harness", "worker", address, "--calls", "1"]
        self.process = subprocess.Popen(
            [*command, "--scratch", str(scratch)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
            start_new_session=True,
            **more,  # type: ignore[call-overload]
        )

    def ready(self) -> str:
        """Wait for its first line and return it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def at_work(self) -> list[Path]:
        """Return the folders of the calls that it is making."""
        return list(self.scratch.glob("*/*-*/calls"))

    def is_at(self, name: str) -> bool:
        """Say whether it is making the call of a scenario."""
        return any((calls / name).exists() for calls in self.at_work())

    def kill(self) -> None:
        """Kill it and its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def workers(
    address: str, folder: Path, count: int = 1, **more: object
) -> Iterator[list[CallWorker]]:
    """Start workers in a folder and wait until they are there."""
    found = [CallWorker(address, folder, folder / f"scratch-{n}", **more) for n in range(count)]
    try:
        for one in found:
            assert one.ready().startswith("worker at ")
        yield found
    finally:
        for one in found:
            one.kill()


def limited(bytes_: int) -> Callable[[], None]:
    """Return a function that limits the size of a process's files, like a disk that is full."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))

    return limit


SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
"""Begins a command on a machine whose folder of the name that follows is a disk of 64 kB."""


def on_small_disk(folder: Path) -> tuple[str, ...]:
    """Return the prefix of a command for which ``folder`` is a disk that is soon full."""
    mounted = 'mount -t tmpfs -o size=64k none "$0" && exec "$@"'
    return (*SMALL_DISK, mounted, str(folder))


class ScriptedMaker(WorkerPlugin):
    """Replaces a worker's maker of calls; ``make`` handles each order."""

    name = "harness-calls"

    def __init__(self, make: Callable[[CallOrder], str]) -> None:
        self.make = make
        self.stopped: list[str] = []

    def hang_up(self, token: str) -> None:
        """Note it."""
        self.stopped.append(token)


def joined(
    address: str, name: str | None = None, *, maker: ScriptedMaker | None = None, at_once: int = 1
) -> LocalCluster:
    """Return a cluster of one worker in this process, which has joined another scheduler.

    With a maker it is a worker of the harness.
    """
    plugins = () if maker is None else (maker,)
    known = name if maker is None else f"{identity()}, here:1"

    class Joined(LocalCluster):
        def __enter__(self) -> LocalCluster:
            super().__enter__()
            self.other = self.sync(self._joined)
            return self

        async def _joined(self) -> Worker:
            return await Worker(
                address, name=known, nthreads=at_once, memory_limit=0, plugins=plugins
            )

        def __exit__(self, *error: object) -> None:
            self.sync(self.other.close)
            super().__exit__(*error)

    return Joined(n_workers=0, processes=False, dashboard_address="127.0.0.1:0")


class OtherScheduler:
    """A scheduler in a process of its own, which can be killed, started again and stopped."""

    def __init__(self) -> None:
        self._port = free_port()
        self.address = f"tcp://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes]
        self.starts = 0

    def start(self) -> None:
        """Start it, on the same port each time."""
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
        command += ["--port", str(self._port), "--no-dashboard"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.starts += 1

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal. SIGSTOP: it exists but does not answer; SIGCONT: it continues."""
        self._process.send_signal(number)

    def __enter__(self) -> OtherScheduler:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()


@contextmanager
def meanwhile(does: Callable[[Callable[[Callable[[], object]], None]], object]) -> Iterator[None]:
    """Run ``does`` in a thread while the block lasts; join it at the end and raise its exception.

    ``does`` gets a function that waits until a condition holds; it fails once the block has ended.
    """
    over, found = threading.Event(), list[Exception]()

    def until(is_so: Callable[[], object]) -> None:
        while not is_so():
            if over.wait(0.01):
                raise AssertionError("the run was over before that")

    def work() -> None:
        try:
            does(until)
        except Exception as error:  # noqa: BLE001  # raised again at the end
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if found:
        raise found[0]
