"""The processes that pace calls in real time, as seen by who orders the calls.

A process that dies spoils the calls it was at, and no other: a new one takes its place.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any

from harness.calls.message_pipe import MessagePipe, pipe_ends
from harness.calls.pacing_process import (
    DoorAnswer,
    DoorLeft,
    DoorPassed,
    DoorQuestion,
    HangUpOrder,
    PacingReady,
    PacingSettings,
    PlacedCall,
    PlaceOrder,
    pace_calls,
)
from harness.calls.processes import OwnProcesses, starting
from harness.errors import OperationError
from harness.scenario.tools_from import ToolsFrom
from harness.transport.patience import Doors, Entry

_END_S = 5.0
"""How long a process may take to end before it is killed."""


_Said = PacingReady | PlacedCall | DoorQuestion | DoorLeft | DoorPassed


class PacingDied(Exception):
    """The process that paced a call is gone."""


class _PacingProcess:
    """One process, and the calls that it is at."""

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
                one.exception()  # nobody may be left who asks

    async def end(self) -> None:
        """Wait for its end, which comes once it is told nothing more; kill it if it lasts."""
        self.pipe.close()
        await asyncio.to_thread(self.process.join, _END_S)
        self.process.kill()
        await self._over.wait()
        await asyncio.to_thread(self.process.join)


class PacingProcesses:
    """Up to ``count`` pacing processes; an async context manager that ends them.

    A further one is started only where the others have ``each`` calls under way.
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
        """``noted`` is what each recording says of them, beside their number and priority.

        ``doors`` are those of each server; without them, doors that are open.
        """
        self._count, self._each = count, each
        self._settings = PacingSettings(count, tuple(sources), dict(os.environ), dict(noted))
        self._context = OwnProcesses()
        self._doors: Mapping[str, Doors] = defaultdict(Doors) if doors is None else doors
        self._running: list[_PacingProcess] = []
        self._numbers = itertools.count()

    def number(self) -> int:
        """Return a number for a call that no other has."""
        return next(self._numbers)

    async def ready(self) -> None:
        """Have a process that takes orders, or is known to take none; cancelling is safe."""
        with suppress(PacingDied):  # another takes its place with the first order
            await asyncio.shield(self._free().ready)

    async def place(self, order: PlaceOrder) -> PlacedCall:
        """Have a call made. Cancelling hangs up, and waits for the end of the recording.

        A call that is hung up is ``interrupted``; its folder is there if it had begun. Cancelling
        again hangs up without a goodbye.

        Raises:
            CancelledError: cancelled before it was ordered.
            PacingDied: its process was killed.
            OperationError: nothing can listen where an agent's server was to tell of its tools.
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
        """End the processes at once; the calls that they are at end with PacingDied."""
        for one in self._running:
            one.process.kill()

    def _free(self) -> _PacingProcess:
        """Return the process with the fewest calls; a new one if all have their share."""
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
