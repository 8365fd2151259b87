"""Processes that pace calls in real time: the parent's side and the child's.

A process that dies spoils only its own calls: a new process takes its place.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from harness.caller.model import CallerScript
from harness.errors import OperationError
from harness.results.model import CallResult
from harness.runs.local_run import steady
from harness.runs.pipeline import Paced, place
from harness.runs.plan import Job
from harness.runs.processes import OwnProcesses, priority_now, raise_priority, settle_in, starting
from harness.runs.routes import Route
from harness.scenario.target import ToolsFrom
from harness.session.clock import RealClock
from harness.session.tool_sources import ToolSources
from harness.session.webhook import hooked
from harness.transport.retry import Begins, Doors, Entry, FullAnswer

# Whole messages to and from another process, by threads, so that neither event loop waits for them.

_END = object()


class PipeEnd(NamedTuple):
    """One end of a pipe, as handed to a process: one connection to read, one to write."""

    way_in: Connection[Any, Any]
    way_out: Connection[Any, Any]

    def close(self) -> None:
        """Close this process's copy."""
        self.way_in.close()
        self.way_out.close()


def pipe_ends() -> tuple[PipeEnd, PipeEnd]:
    """Return both ends of a new pipe."""
    first_in, second_out = multiprocessing.Pipe(duplex=False)
    second_in, first_out = multiprocessing.Pipe(duplex=False)
    return PipeEnd(first_in, first_out), PipeEnd(second_in, second_out)


class MessagePipe:
    """A running end: outgoing messages are queued, incoming messages are passed to ``take``.

    ``take`` and ``gone`` are called from a thread; ``gone`` once, when the other end has closed its
    connection, or its process has died.
    """

    def __init__(
        self, end: PipeEnd, take: Callable[[Any], object], gone: Callable[[], object]
    ) -> None:
        self._end, self._take, self._gone = end, take, gone
        self._queued: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for job in (self._read, self._write):
            threading.Thread(target=job, name=f"pipe{job.__name__}", daemon=True).start()

    def send(self, message: Any) -> None:
        """Queue a message, which must be picklable; it is dropped if the other end is gone."""
        self._queued.put(message)

    def close(self) -> None:
        """Close the outgoing connection after the queue; the incoming one closes on EOF."""
        self._queued.put(_END)

    def _write(self) -> None:
        with suppress(OSError):
            while (message := self._queued.get()) is not _END:
                self._end.way_out.send(message)
        self._end.way_out.close()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._take(self._end.way_in.recv())
        self._end.way_in.close()
        self._gone()


# The process that paces calls: an event loop that only makes calls, controlled over a pipe.
#
# Speech synthesis, ASR, scoring, planning and display run elsewhere, because work of more than
# a millisecond in this process makes frames late. The garbage collector is off during a call.


@dataclass(frozen=True, slots=True)
class PacingSettings:
    """The settings that a pacing process needs before its first call."""

    processes: int
    """The number of pacing processes."""
    sources: tuple[tuple[ToolsFrom, str | None], ...] = field(repr=False)
    """The sources of server tool reports, each with its secret."""
    environment: Mapping[str, str] = field(repr=False)
    noted: Mapping[str, object] = field(default_factory=dict)
    """Further facts on the processes for each recording."""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A call to make; its route may hold a key."""

    number: int
    job: Job
    script: CallerScript
    route: Route
    out: Path


@dataclass(frozen=True, slots=True)
class HangUpOrder:
    """End a call at once, whether it has begun or not; a second order skips the goodbye."""

    number: int


@dataclass(frozen=True, slots=True)
class DoorQuestion:
    """Ask whether a connection may begin, or how to react to a full server."""

    number: int
    server: str
    answer: FullAnswer | None = None
    """The server's answer to the previous connection; None for a first connection."""
    begins: Begins = Begins.CALL
    here_s: float = 0.0
    """How long the call has waited for admission already."""


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """The answer of a server's doors to a question."""

    number: int
    said: Entry | bool


@dataclass(frozen=True, slots=True)
class DoorLeft:
    """The call no longer waits for the answer to a question."""

    number: int


@dataclass(frozen=True, slots=True)
class DoorPassed:
    """A connection to a server is open."""

    server: str


@dataclass(frozen=True, slots=True)
class PacingReady:
    """The process takes calls; or a listener for tool reports could not open (``problem``)."""

    problem: str


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call is over: recorded, spoilt before recording, or hung up on request."""

    number: int
    spoilt: CallResult | None
    interrupted: bool = False


def pace_calls(end: PipeEnd, settings: PacingSettings) -> None:
    """Pace the calls that are ordered over a pipe until the other end is closed."""
    settle_in(False, dict(settings.environment))
    raise_priority()
    with steady():
        asyncio.run(_Pacing(settings).run(end))


class _Pacing:
    """The calls of this process."""

    def __init__(self, settings: PacingSettings) -> None:
        self._settings = settings
        self._calls: dict[int, asyncio.Task[CallResult | None]] = {}
        self._asked: dict[int, asyncio.Future[Entry | bool]] = {}
        self._questions = itertools.count()
        self._sources: dict[ToolsFrom, ToolSources] = {}
        self._enough = asyncio.Event()

    async def run(self, end: PipeEnd) -> None:
        loop = asyncio.get_running_loop()

        def taken(order: PlaceOrder | HangUpOrder | DoorAnswer) -> None:
            loop.call_soon_threadsafe(self._take, order)

        gone = partial(loop.call_soon_threadsafe, self._enough.set)
        async with AsyncExitStack() as stack:
            problem = await self._open_sources(stack)
            self._pipe = MessagePipe(end, taken, gone)
            self._pipe.send(PacingReady(problem))
            await self._enough.wait()
            calls = tuple(self._calls.values())
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            self._pipe.close()

    async def _open_sources(self, stack: AsyncExitStack) -> str:
        """Open the sources of tool reports; return the reason if that fails, else an empty text."""
        try:
            for settings, secret in self._settings.sources:
                own = hooked(settings, RealClock(), secret=secret)
                self._sources[settings] = await stack.enter_async_context(own)
        except OperationError as error:
            return str(error)
        return ""

    async def ask(
        self,
        server: str,
        answer: FullAnswer | None = None,
        begins: Begins = Begins.CALL,
        here_s: float = 0.0,
    ) -> Entry | bool:
        """Ask the doors of a server, which are kept for all processes. Cancelling is safe."""
        number = next(self._questions)
        said: asyncio.Future[Entry | bool] = asyncio.get_running_loop().create_future()
        self._asked[number] = said
        self._pipe.send(DoorQuestion(number, server, answer, begins, here_s))
        try:
            return await said
        except asyncio.CancelledError:
            self._pipe.send(DoorLeft(number))
            raise
        finally:
            del self._asked[number]

    def passed(self, server: str) -> None:
        """Report to the doors of a server that a connection is open."""
        self._pipe.send(DoorPassed(server))

    def _take(self, order: PlaceOrder | HangUpOrder | DoorAnswer) -> None:
        if isinstance(order, DoorAnswer):
            if (asked := self._asked.get(order.number)) is not None and not asked.done():
                asked.set_result(order.said)
        elif isinstance(order, PlaceOrder):
            task = asyncio.get_running_loop().create_task(self._place(order))
            self._calls[order.number] = task
            task.add_done_callback(partial(self._over, order.number))
        elif (call := self._calls.get(order.number)) is not None:
            call.cancel()

    async def _place(self, order: PlaceOrder) -> CallResult | None:
        wanted = order.job.target.tools_from
        sources = self._sources.get(wanted) if wanted else None
        own = self._settings
        noted = {"priority": priority_now(), "processes": own.processes, **own.noted}
        paced = Paced(noted, _DistantDoors(self, server_of(order.route.url)))
        return await place(
            order.job, order.script, order.route, order.out, sources=sources, paced=paced
        )

    def _over(self, number: int, call: asyncio.Task[CallResult | None]) -> None:
        del self._calls[number]
        spoilt = None if call.cancelled() else call.result()
        self._pipe.send(PlacedCall(number, spoilt, call.cancelled()))


def server_of(url: str) -> str:
    """Return the key of the server at an address: it contains no secret."""
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    return f"{parts.scheme}://{host}{parts.path}"


class _DistantDoors:
    """The doors of a server, kept in the process that gives the orders: a ``Doorkeeper``."""

    def __init__(self, pacing: _Pacing, server: str) -> None:
        self._pacing, self._server = pacing, server

    async def enter(self, begins: Begins = Begins.CALL, here_s: float = 0.0) -> Entry:
        said = await self._pacing.ask(self._server, None, begins, here_s)
        assert isinstance(said, Entry)
        return said

    async def refused(self, answer: FullAnswer) -> bool:
        return bool(await self._pacing.ask(self._server, answer))

    def let_in(self) -> None:
        self._pacing.passed(self._server)


_END_S = 5.0
"""How long a process may take to end before it is killed."""


_Said = PacingReady | PlacedCall | DoorQuestion | DoorLeft | DoorPassed


class PacingDied(Exception):
    """The process that paced a call is gone."""


class _PacingProcess:
    """A process, and its current calls."""

    def __init__(
        self, context: OwnProcesses, settings: PacingSettings, doors: Mapping[str, Doors]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.calls: dict[int, asyncio.Future[PlacedCall]] = {}
        self.ready: asyncio.Future[PacingReady] = loop.create_future()
        self._over = asyncio.Event()
        self._doors = doors
        self._asking: dict[int, asyncio.Task[None]] = {}
        ours, theirs = pipe_ends()
        with starting():
            self.process = context.Process(target=pace_calls, args=(theirs, settings))
            self.process.start()
        theirs.close()

        def taken(said: _Said) -> None:
            loop.call_soon_threadsafe(self._take, said)

        gone = partial(loop.call_soon_threadsafe, self._gone)
        self.pipe = MessagePipe(ours, taken, gone)

    def _take(self, said: _Said) -> None:
        match said:
            case PacingReady():
                self.ready.set_result(said)
            case PlacedCall(number):
                self.calls.pop(number).set_result(said)
            case DoorQuestion(number):
                asking = asyncio.get_running_loop().create_task(self._ask(said))
                self._asking[number] = asking
                asking.add_done_callback(lambda _: self._asking.pop(number))
            case DoorLeft(number) if number in self._asking:
                self._asking[number].cancel()
            case DoorPassed(server):
                self._doors[server].let_in()

    async def _ask(self, question: DoorQuestion) -> None:
        doors, answer = self._doors[question.server], question.answer
        said: Entry | bool
        if answer is None:
            said = await doors.enter(question.begins, question.here_s)
        else:
            said = await doors.refused(answer)
        self.pipe.send(DoorAnswer(question.number, said))

    @property
    def alive(self) -> bool:
        """Whether it takes orders."""
        return not self._over.is_set()

    def _gone(self) -> None:
        self._over.set()
        self.pipe.close()
        waiting: list[asyncio.Future[Any]] = [self.ready, *self.calls.values()]
        self.calls.clear()
        for asking in self._asking.values():
            asking.cancel()
        for one in waiting:
            if not one.done():
                one.set_exception(PacingDied())
                one.exception()  # the call that asked may be gone

    async def end(self) -> None:
        """Wait for its end, which follows the last message; kill it if it takes too long."""
        self.pipe.close()
        await asyncio.to_thread(self.process.join, _END_S)
        self.process.kill()
        await self._over.wait()
        await asyncio.to_thread(self.process.join)


class PacingProcesses:
    """Up to ``count`` pacing processes; an async context manager that ends them.

    A further process is started only if the others have ``each`` calls under way.
    """

    def __init__(
        self,
        count: int,
        *,
        each: int,
        sources: Iterable[tuple[ToolsFrom, str | None]] = (),
        noted: Mapping[str, object] = MappingProxyType({}),
        doors: Mapping[str, Doors] | None = None,
    ) -> None:
        """``noted`` contains further facts for each recording, besides their number and priority.

        ``doors`` are those of each server; by default, doors that are open.
        """
        self._count, self._each = count, each
        self._settings = PacingSettings(count, tuple(sources), dict(os.environ), dict(noted))
        self._context = OwnProcesses()
        self._doors: Mapping[str, Doors] = defaultdict(Doors) if doors is None else doors
        self._running: list[_PacingProcess] = []
        self._numbers = itertools.count()

    def number(self) -> int:
        """Return a number for a call that no other call has."""
        return next(self._numbers)

    async def ready(self) -> None:
        """Ensure a process that takes orders or is known to refuse them; cancelling is safe."""
        with suppress(PacingDied):  # a new process takes its place with the first order
            await asyncio.shield(self._free().ready)

    async def place(self, order: PlaceOrder) -> PlacedCall:
        """Have a call made. Cancelling hangs up, and waits for the end of the recording.

        A call that is hung up is ``interrupted``; its folder is there if it had begun. Cancelling
        again hangs up without a goodbye.

        Raises:
            CancelledError: cancelled before it was ordered.
            PacingDied: its process was killed.
            OperationError: the listener for an agent's server tool reports cannot open.
        """
        process = self._free()
        over: asyncio.Future[PlacedCall] = asyncio.get_running_loop().create_future()
        process.calls[order.number] = over
        try:
            if problem := (await asyncio.shield(process.ready)).problem:
                raise OperationError(problem)
        except BaseException:
            process.calls.pop(order.number, None)
            raise
        process.pipe.send(order)
        while not over.done():
            try:
                await asyncio.wait([over])
            except asyncio.CancelledError:
                process.pipe.send(HangUpOrder(order.number))
        return over.result()

    def kill(self) -> None:
        """End the processes at once; their calls end with PacingDied."""
        for one in self._running:
            one.process.kill()

    def _free(self) -> _PacingProcess:
        """Return the process with the fewest calls; a new process if all have their share."""
        self._running = [one for one in self._running if one.alive]
        least = min(self._running, key=lambda one: len(one.calls), default=None)
        if least is None or (len(least.calls) >= self._each and len(self._running) < self._count):
            least = _PacingProcess(self._context, self._settings, self._doors)
            self._running.append(least)
        return least

    async def __aenter__(self) -> PacingProcesses:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        await asyncio.gather(*(one.end() for one in self._running))
