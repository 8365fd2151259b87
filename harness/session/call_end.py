"""How a call ends, and the tasks of a call, which run until one of them ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import ConnectFailed, OperationError
from harness.protocol.decoding import DialectBroke
from harness.protocol.dialect import CloseMeaning
from harness.protocol.events import ServerError
from harness.recording.provenance import CallStatus, EndCause
from harness.transport.base import Closed, Stalled

GOING_AWAY = 1001
"""Close code of a server that leaves on its own (RFC 6455, 7.4.1)."""

LONGEST_S = 3600.0
"""How long a session of the Realtime API may last (its guide, "Session lifecycle events")."""
_ROUNDED_S = 30.0
"""Tolerance: a session begins before the harness's clock, and the service ends it with a delay."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


@dataclass(frozen=True, slots=True)
class ServerTrouble:
    """Faults in the server's messages, as text; a text is empty if there was no such fault."""

    mistaken: str = ""
    """The likely codec of its audio, if it is not the configured codec."""
    unheard: str = ""
    """Audio that could not be used."""
    unread: str = ""
    """Calls of tools that could not be answered."""
    undecided: str = ""
    """Why its last utterance may have been two answers."""
    refused: str = ""
    """Why it did not give the last requested answer."""
    unknown: str = ""
    """Messages of unknown types."""
    malformed: int = 0
    """Messages that were not JSON."""
    waited: str = ""
    """Why the session began later than requested."""


class ServerFault(OperationError):
    """The server makes it impossible to continue the call: it is no agent, or floods the client."""

    @property
    def ending(self) -> Ending:
        """How it ends the call."""
        return Ending(CallStatus.AGENT_ERROR, str(self))


class DialectFault(ServerFault):
    """The dialect broke on a message: the agent is not to blame."""

    def __init__(self, broke: DialectBroke) -> None:
        self.cause = EndCause.PLUGIN_FAILED if broke.of_package else None
        super().__init__(str(broke))

    @property
    def ending(self) -> Ending:
        """How it ends the call."""
        return Ending(CallStatus.HARNESS_ERROR, str(self), self.cause)


def end_cause_of(error: BaseException) -> EndCause | None:
    """Return the end cause of an error, None if only its message is known."""
    return EndCause.NO_CONNECTION if isinstance(error, ConnectFailed) else None


def after_error(event: ServerError) -> Ending:
    """Return how a call ended after an error that ends all output."""
    if event.expired:
        return Ending(CallStatus.SOCKET_CLOSED, event.error.message, EndCause.EXPIRED)
    return Ending(CallStatus.AGENT_ERROR, event.error.message)


def after_close(closed: Closed, meaning: CloseMeaning | None, *, lasted_s: float = 0.0) -> Ending:
    """Return how a call ended that the server broke off; ``meaning`` comes from the dialect.

    ``lasted_s`` is how old the session was.

    A server that goes away when the longest time of a session has passed had no other reason.
    """
    if meaning is None and closed.code == GOING_AWAY and lasted_s >= LONGEST_S - _ROUNDED_S:
        told = f"{closed}: the longest time of a session had passed ({LONGEST_S / 60:.0f} min)"
        return Ending(CallStatus.SOCKET_CLOSED, told, EndCause.EXPIRED)
    if meaning is None:
        return Ending(CallStatus.SOCKET_CLOSED, str(closed))
    status = CallStatus.AGENT_ERROR if meaning.failed else CallStatus.SOCKET_CLOSED
    return Ending(status, meaning.words, EndCause.EXPIRED if meaning.expired else None)


def after_hang_up(
    closed: Closed, meaning: CloseMeaning | None, *, done: bool, unsaid: int
) -> Ending:
    """Return how a call ended that the server closed normally.

    ``done``: the caller had finished and was answered; ``unsaid`` turns of the script were not
    said.
    """
    told = "the agent hung up" if meaning is None else f"{meaning.words},"
    cause = EndCause.AGENT_HUNG_UP
    if done:
        return Ending(CallStatus.COMPLETED, told.rstrip(","), cause)
    too_early = f"{unsaid} turn(s) unsaid" if unsaid else "the last turn unanswered"
    return Ending(CallStatus.SOCKET_CLOSED, f"{closed}: {told} with {too_early}", cause)


def with_trouble(ending: Ending, trouble: ServerTrouble) -> Ending:
    """Return how a call ended, given the faults in the server's messages.

    An agent that seems silent is not silent if it spoke, or waits for a result that it requested,
    and its messages could not be read. The known cause of the silence does not apply to that other
    end.
    """
    silent = ending.status is CallStatus.AGENT_SILENT
    heard_wrong = trouble.mistaken if silent or ending.status is CallStatus.COMPLETED else ""
    told = (
        ending.detail,
        heard_wrong,
        trouble.unheard,
        trouble.unread,
        trouble.undecided if silent else "",
        "" if trouble.refused in ending.detail else trouble.refused,
        f"{trouble.malformed} message(s) of the server were not JSON" if trouble.malformed else "",
        trouble.unknown if silent else "",
        trouble.waited,
    )
    detail = "; ".join(filter(None, told))
    if heard_wrong or (silent and (trouble.unheard or trouble.unread or trouble.undecided)):
        return Ending(CallStatus.AGENT_ERROR, detail)
    return replace(ending, detail=detail)


# The tasks of a call: they run concurrently until the first of them ends it.

Job = Coroutine[Any, Any, None]


class CallTasks:
    """Starts the tasks of a call, and holds how it ended; the first end counts."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self._ended.done()

    def end(self, ending: Ending) -> None:
        """End the call, unless it has ended."""
        if not self._ended.done():
            self._ended.set_result(ending)

    def spawn(self, job: Job) -> None:
        """Run a job until it or the call is over; only while the call is held (``until_over``)."""
        assert self._group is not None
        self._tasks.append(self._group.create_task(self._guarded(job)))

    async def until_over(self, *jobs: Job) -> Ending:
        """Run jobs, and the tasks they start, until the first of them ends the call; return how.

        Raises OperationError: a job failed for a reason within the harness.
        """
        async with asyncio.TaskGroup() as group:
            self._group = group
            for job in jobs:
                self.spawn(job)
            try:
                await asyncio.wait([self._ended])
            finally:
                for task in self._tasks:
                    task.cancel()
        return self._ended.result()

    def let_go(self) -> None:
        """Drop every task: the garbage collector is off while calls last."""
        self._tasks.clear()

    async def _guarded(self, job: Job) -> None:
        """Let a failure in a task end the call, instead of tearing it down."""
        try:
            await job
        except Stalled as stalled:
            self.end(Ending(CallStatus.SOCKET_CLOSED, str(stalled)))
        except Closed:
            pass  # the listener ends the call: it must still read the server's earlier messages
        except ServerFault as error:
            self.end(error.ending)
        except OperationError as error:
            if not self._ended.done():
                self._ended.set_exception(error)
