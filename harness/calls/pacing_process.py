"""The process that paces calls: one loop that does nothing but call, told what to do over a pipe.

Speaking, listening, judging, planning and showing are done elsewhere, because work of more than a
millisecond beside the loop makes frames late. No garbage is collected while a call lasts.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from harness.caller.model import CallerScript
from harness.calls.local import steady
from harness.calls.message_pipe import MessagePipe, PipeEnd
from harness.calls.pipeline import Paced, place
from harness.calls.plan import Job
from harness.calls.priority import priority_now, raise_priority
from harness.calls.processes import settle_in
from harness.calls.routes import Route
from harness.errors import OperationError
from harness.results.model import CallResult
from harness.scenario.tools_from import ToolsFrom
from harness.session.clock import RealClock
from harness.session.tool_sources import ToolSources
from harness.session.webhook import hooked
from harness.transport.patience import Begins, Entry, FullAnswer


@dataclass(frozen=True, slots=True)
class PacingSettings:
    """What a pacing process must know before its first call."""

    processes: int
    """How many there are of its kind."""
    sources: tuple[tuple[ToolsFrom, str | None], ...] = field(repr=False)
    """What tells of the tools of agents' servers, each with its secret."""
    environment: Mapping[str, str] = field(repr=False)
    noted: Mapping[str, object] = field(default_factory=dict)
    """What each recording says of them beside that."""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """One call to make; its route may hold a key."""

    number: int
    job: Job
    script: CallerScript
    route: Route
    out: Path


@dataclass(frozen=True, slots=True)
class HangUpOrder:
    """End a call at once, whether it has begun or not; again means without a goodbye."""

    number: int


@dataclass(frozen=True, slots=True)
class DoorQuestion:
    """Whether a connection may be begun, or what follows from the server's being full."""

    number: int
    server: str
    answer: FullAnswer | None = None
    """What the server said to the connection before; None for one that is to be begun."""
    begins: Begins = Begins.CALL
    here_s: float = 0.0
    """How long the call has been at the doors already."""


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """What the doors of a server say to a question."""

    number: int
    said: Entry | bool


@dataclass(frozen=True, slots=True)
class DoorLeft:
    """Nobody waits for the answer to a question any more."""

    number: int


@dataclass(frozen=True, slots=True)
class DoorPassed:
    """A connection to a server stands."""

    server: str


@dataclass(frozen=True, slots=True)
class PacingReady:
    """The process takes calls; or nothing can listen where it should (``problem``)."""

    problem: str


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call is over: recorded, spoilt before it could be, or hung up by our wish."""

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
    """The calls of one process."""

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
        """Open what tells of tools; return why that is not possible, else an empty text."""
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
        """Tell the doors of a server that a connection stands."""
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
    """Return by what the server at an address is known here: nothing of it is secret."""
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
