"""A dask scheduler beside a test, and ``harness worker`` in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from distributed import LocalCluster


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

    def __init__(self, address: str, folder: Path, scratch: Path, **more: object) -> None:
        scratch.mkdir()
        self.scratch = scratch
        environment = {**os.environ, **more.pop("env", {})}  # type: ignore[dict-item]
        command = [sys.executable, "-m", "harness", "worker", address, "--calls", "1"]
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
    """Return what makes the files of a process no larger than this, like a disk that is full."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))

    return limit
