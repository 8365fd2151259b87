"""A scheduler and a worker on this machine, for a run that nobody gave an address of one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import distributed

_END_S = 5.0


@contextmanager
def local_cluster(at_once: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Start a scheduler in this process and a worker beside it; both are gone at the end.

    Yields the scheduler's address, and what sees to it that the worker is there: it is to be called
    from time to time.
    """
    with (
        distributed.LocalCluster(
            n_workers=0,
            protocol="tls://" if distributed.Security().require_encryption else "tcp://",
            host="127.0.0.1",
            processes=False,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        _LocalWorker(str(cluster.scheduler_address), at_once) as worker,
    ):
        yield str(cluster.scheduler_address), worker.keep


class _LocalWorker(AbstractContextManager["_LocalWorker"]):
    """A worker in a process of its own; it ends when its standard input does."""

    def __init__(self, scheduler: str, at_once: int) -> None:
        self._command = [sys.executable, "-m", "harness", "worker", scheduler]
        self._command += ["--calls", str(at_once), "--until-eof"]
        self._process = self._started()

    def keep(self) -> None:
        """Start it again if it was killed."""
        if self._process.poll() is not None:
            self._process = self._started()

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
