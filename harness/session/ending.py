"""How a call ends: its status, what is said about it, and what of the server's makes it so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.errors import ConnectFailed, OperationError
from harness.protocol.events import ServerError
from harness.protocol.session import CloseMeaning
from harness.recording.provenance import CallStatus, EndCause
from harness.transport.base import Closed

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
