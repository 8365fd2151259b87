"""``harness worker``: serves a dask scheduler until it is stopped."""

from __future__ import annotations

import asyncio
import os
import queue
import socket
import sys
import tempfile
import threading
import time
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import distributed
from distributed.comm import CommClosedError

from harness.errors import OperationError, StorageFailed, UsageError
from harness.runs.call_worker import CallMaker, identity
from harness.runs.processes import stop_signals

# The connection to a dask scheduler: questions run in threads, so that a silent scheduler blocks no
# other work.
#
# A scheduler may go and come back, and it may be there without answering (stopped, or its network
# is). So may a worker. Dask's own requests have no time limit; here each has a thread of its own,
# and an unanswered request only stays open.

CONNECT_S = 5.0
_END_S = 5.0

Question = Callable[[Any], Any]
"""The question as a function of dask's client; it may block for ever."""


class Answer(NamedTuple):
    """The outcome of a question: its topic, and its return value, or the OSError that it raised."""

    topic: tuple[str, ...]
    said: Any


class SchedulerLink:
    """A client of a scheduler, and the questions to it that are open."""

    def __init__(self, address: str, inbox: queue.SimpleQueue[Any]) -> None:
        """``inbox`` gets the answers.

        Raises:
            OperationError: no scheduler answers.
            UsageError: dask's settings for TLS do not fit the address.
        """
        check_encryption(address, "client")
        self._address, self._inbox = address, inbox
        self._asked_at: dict[tuple[str, ...], float] = {}
        self.client = self._connected()

    def ask(self, topic: tuple[str, ...], question: Question) -> None:
        """Ask, unless the same question is open; the answer comes to the inbox."""
        if topic in self._asked_at:
            return
        self._asked_at[topic] = time.monotonic()
        arguments = (topic, question)
        threading.Thread(target=self._answered, args=arguments, daemon=True).start()

    def open_s(self, topic: tuple[str, ...]) -> float | None:
        """Return for how long a question has been open, None if it is not."""
        asked_at = self._asked_at.get(topic)
        return None if asked_at is None else time.monotonic() - asked_at

    def is_open(self, kind: str) -> bool:
        """Return whether a question is open whose topic begins so."""
        return any(topic[0] == kind for topic in list(self._asked_at))

    def workers(self, _client: Any) -> Mapping[str, Any] | None:
        """Return the scheduler's data on its workers, None if it has gone; a question.

        Connects again, if need be. Raises OSError: it does not answer.
        """
        if self.client.status == "closed":
            try:
                self.client = self._connected()
            except OperationError:
                return None
        if self.client.status != "running":
            return None
        try:
            return dict(self.client.scheduler_info(n_workers=-1)["workers"])
        except (CommClosedError, KeyError):
            return None

    def close(self) -> None:
        """Leave the scheduler; tasks under way are forgotten."""
        with suppress(TimeoutError):
            self.client.close(timeout=_END_S)

    def _answered(self, topic: tuple[str, ...], question: Question) -> None:
        said: Any
        try:
            said = question(self.client)
        except (Exception, CancelledError) as error:  # noqa: BLE001  # none may stay open for ever
            said = error if isinstance(error, OSError) else OSError(str(error))
        del self._asked_at[topic]
        self._inbox.put(Answer(topic, said))

    def _connected(self) -> Any:
        try:
            return distributed.Client(self._address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise not_there(self._address, error) from error


def check_encryption(address: str, role: str) -> None:
    """Raise UsageError if dask's TLS settings do not fit an address; dask has a traceback.

    ``role`` is "client" or "worker", as in the names of the settings.
    """
    settings = (
        f"DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __{role.upper()}__CERT, __{role.upper()}__KEY"
    )
    security = distributed.Security()
    if not address.startswith("tls://"):
        if security.require_encryption:
            raise UsageError(f"dask's settings require encryption: expected tls://, got {address}")
        return
    try:
        context = security.get_connection_args(role)["ssl_context"]
    except OSError as error:
        problem = f"{address}: dask's settings for TLS name no usable file: {error}"
        raise UsageError(f"{problem}; expected PEM files in {settings}") from error
    if context is None:
        raise UsageError(f"{address} needs dask's settings for TLS: {settings}")


def not_there(address: str, error: Exception) -> OperationError:
    """Return the error of a scheduler that does not answer."""
    reason = why_not(error)
    return OperationError(
        f"no dask scheduler answers at {address}: {reason}; start one there with "
        "`dask scheduler`, or leave out --scheduler to use this machine alone"
    )


def why_not(error: Exception) -> str:
    """Return why a scheduler cannot be connected to, in words for the user who gave its address."""
    # Its own text is the connection as dask has it. Hung up on at once, dask tries till its time is
    # over.
    if isinstance(error, CommClosedError) or isinstance(error.__cause__, CommClosedError):
        return "what listens there is no dask scheduler, or has just gone"
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or "no answer"


_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """The options of ``harness worker``, as given."""

    scheduler: str
    at_once: int
    scratch: Path | None = None
    until_eof: bool = False
    host: str | None = None
    """The address to listen on; None: the address that connections to the scheduler come from."""


def serve_calls(request: WorkerRequest, say: Callable[[str], object]) -> None:
    """Make calls for a scheduler until Ctrl-C or SIGTERM; other workers then repeat its open calls.

    It waits for a scheduler that is not there yet, and comes back to a restarted scheduler. ``say``
    receives the events.

    Raises:
        StorageFailed: the scratch folder cannot be written.
        UsageError: ``host`` is no address of this machine, or dask's settings for TLS do not fit
            the scheduler's address.
    """
    check_encryption(request.scheduler, "worker")
    if request.host is not None:
        _check_host(request.host)
    parent = Path(tempfile.gettempdir()) if request.scratch is None else request.scratch
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="harness-worker-", dir=parent)
    except OSError as error:
        raise StorageFailed(parent, error.strerror or str(error)) from error
    with folder as scratch:
        asyncio.run(_serve(request, Path(scratch), say))


async def _serve(request: WorkerRequest, scratch: Path, say: Callable[[str], object]) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    maker = CallMaker(request.at_once, scratch)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(maker.pacing)
        stack.callback(maker.end)
        stop = stack.enter_context(stop_signals())
        stack.enter_context(stop.listening(lambda: loop.call_soon_threadsafe(over.set)))
        if request.until_eof:
            _watch_standard_input(lambda: loop.call_soon_threadsafe(over.set))
        told = ""
        while not over.is_set():
            trouble = await _at_scheduler(request, maker, over, say)
            if trouble and trouble != told:
                say(f"{trouble}; trying again")
            told = trouble
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _AGAIN_S if trouble else None)


async def _at_scheduler(
    request: WorkerRequest, maker: CallMaker, over: asyncio.Event, say: Callable[[str], object]
) -> str:
    """Be a worker until the scheduler goes, or all is over; return the error, if any."""
    try:
        host = await asyncio.to_thread(_listening_at, request)
    except OSError as error:
        return f"no scheduler at {request.scheduler}: {why_not(error)}"
    worker = distributed.Worker(
        request.scheduler,
        # Anyone who reaches a worker can run code on it, and without a host dask listens
        # everywhere.
        host=host,
        dashboard_address="127.0.0.1:0",  # its HTTP port cannot be left out
        nthreads=request.at_once,
        name=f"{identity()}, {socket.gethostname()}:{os.getpid()}",
        plugins=(maker,),
        memory_limit=0,  # calls are made in other processes; this process needs no pause
        local_directory=str(maker.scratch),
    )
    try:
        await asyncio.wait_for(worker, 10.0)
    except (OSError, TimeoutError, ValueError) as error:
        with suppress(Exception):
            await worker.close()
        return f"no scheduler at {request.scheduler}: {why_not(error)}"
    say(f"worker at {worker.address}, for {request.at_once} calls at a time: {identity()}")
    gone = asyncio.ensure_future(worker.finished())
    stopped = asyncio.ensure_future(over.wait())
    await asyncio.wait((gone, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if gone.done():
        return f"the scheduler at {request.scheduler} has gone"
    await worker.close_gracefully()
    return ""


def _listening_at(request: WorkerRequest) -> str:
    """Return the address to listen on, as dask writes it; raises OSError: no way to the scheduler.

    It is the one from which this machine reaches the scheduler: loopback for loopback.
    """
    parts = urlsplit(request.scheduler)
    host = request.host or _way_to(parts.hostname or "", parts.port or 0)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"


def _way_to(host: str, port: int) -> str:
    """Return this machine's address on the route to another; raises OSError."""
    fault: OSError | None = None
    for family, kind, _, _, there in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
        try:
            with socket.socket(family, kind) as probe:
                probe.connect(there)  # of a datagram socket: connecting sends no packet
                return str(probe.getsockname()[0])
        except OSError as error:
            fault = error
    assert fault is not None  # a name without an address has raised above
    raise fault


def _check_host(host: str) -> None:
    try:
        family, kind, _, _, here = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.bind(here)
    except OSError as error:
        problem = f"expected an address of this machine, got {host!r}: {error.strerror or error}"
        raise UsageError(f"--host: {problem}") from error


def _watch_standard_input(ended: Callable[[], object]) -> None:
    def watch() -> None:
        sys.stdin.buffer.read()
        with suppress(RuntimeError):  # the loop may have ended for another reason
            ended()

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()
