"""How a call ends, and the tasks of a call, which run until one of them ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import ConnectFailed, OperationError
from harness.protocol.dialect import CloseMeaning
from harness.protocol.events import ServerError
from harness.recording.provenance import CallStatus, EndCause
from harness.transport.base import Closed, Stalled

GOING_AWAY = 1001
"""What a server closes with that leaves by itself (RFC 6455, 7.4.1)."""

LONGEST_S = 3600.0
"""How long a session of the Realtime API may last (its guide, "Session lifecycle events")."""
_ROUNDED_S = 30.0
"""A session begins before our clock does, and ends when the service finds the time for it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


@dataclass(frozen=True, slots=True)
class ServerTrouble:
    """What was wrong with what the server sent, in words; a text is empty where nothing was."""

    mistaken: str = ""
    """Which codec its sound seems to be in, if it is another than was said."""
    unheard: str = ""
    """Sound that could not be used."""
    unread: str = ""
    """Calls of tools that could not be answered."""
    undecided: str = ""
    """Why what it said last may have been two answers."""
    refused: str = ""
    """Why it did not give the answer that was asked for last."""
    unknown: str = ""
    """Messages of types that nobody here knows."""
    malformed: int = 0
    """Messages that were not JSON."""
    waited: str = ""
    """Why the session began later than it was asked for."""


class ServerFault(OperationError):
    """The server does what no call can go on with: it is no agent, or floods us."""


def end_cause_of(error: Exception) -> EndCause | None:
    """Return what an error is the cause of, None where its words are all that is known."""
    return EndCause.NO_CONNECTION if isinstance(error, ConnectFailed) else None


def after_error(event: ServerError) -> Ending:
    """Return how a call ended behind whose error nothing can come."""
    if event.expired:
        return Ending(CallStatus.SOCKET_CLOSED, event.error.message, EndCause.EXPIRED)
    return Ending(CallStatus.AGENT_ERROR, event.error.message)


def after_close(closed: Closed, meaning: CloseMeaning | None, *, lasted_s: float = 0.0) -> Ending:
    """Return how a call ended that the server broke off; ``meaning`` is the dialect's own.

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
    """Return how a call ended that the server ended in good order.

    ``done``: the caller had said all and was answered; ``unsaid`` turns of the script were not.
    """
    told = "the agent hung up" if meaning is None else f"{meaning.words},"
    cause = EndCause.AGENT_HUNG_UP
    if done:
        return Ending(CallStatus.COMPLETED, told.rstrip(","), cause)
    too_early = f"{unsaid} turn(s) unsaid" if unsaid else "the last turn unanswered"
    return Ending(CallStatus.SOCKET_CLOSED, f"{closed}: {told} with {too_early}", cause)


def with_trouble(ending: Ending, trouble: ServerTrouble) -> Ending:
    """Return how a call ended once it is known what was wrong with the server's messages.

    An agent that seems silent is none where it spoke, or waits for what it asked for, and what it
    sent could not be read. What was known to cause the silence is no cause of that other end.
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


# The tasks of one call: they run side by side until one of them ends it.

Job = Coroutine[Any, Any, None]


class CallTasks:
    """Starts what belongs to a call, and holds how it ended; the first end counts."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def is_over(self) -> bool:
        """Say whether the call has ended."""
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
        """Run jobs, and what they start, until one ends the call; return how.

        Raises OperationError: what kept one of them from going on is the harness' own trouble.
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
        """Hold no task any more: the collector is off while calls last."""
        self._tasks.clear()

    async def _guarded(self, job: Job) -> None:
        """Let what may go wrong in a task end the call, instead of tearing it down."""
        try:
            await job
        except Stalled as stalled:
            self.end(Ending(CallStatus.SOCKET_CLOSED, str(stalled)))
        except Closed:
            pass  # what the server sent before it went is still to be read: the listener ends it
        except ServerFault as error:
            self.end(Ending(CallStatus.AGENT_ERROR, str(error)))
        except OperationError as error:
            if not self._ended.done():
                self._ended.set_exception(error)
