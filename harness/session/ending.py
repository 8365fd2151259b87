"""How a call ends: its status, what is said about it, and what of the server's makes it so."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import ConnectFailed, OperationError
from harness.protocol.session import CloseMeaning
from harness.recording.provenance import CallStatus, EndCause
from harness.transport.base import Closed


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


class ServerFault(OperationError):
    """The server does what no call can go on with: it is no agent, or floods us."""


def end_cause_of(error: Exception) -> EndCause | None:
    """Return what an error is the cause of, None where its words are all that is known."""
    return EndCause.NO_CONNECTION if isinstance(error, ConnectFailed) else None


def after_close(closed: Closed, meaning: CloseMeaning | None) -> Ending:
    """Return how a call ended that the server broke off; ``meaning`` is the dialect's own."""
    if meaning is None:
        return Ending(CallStatus.SOCKET_CLOSED, str(closed))
    status = CallStatus.AGENT_ERROR if meaning.failed else CallStatus.SOCKET_CLOSED
    return Ending(status, meaning.words)


def after_hang_up(
    closed: Closed, meaning: CloseMeaning | None, *, done: bool, unsaid: int
) -> Ending:
    """Return how a call ended that the server ended in good order, once all of it was heard.

    ``done``: the caller had said all and was answered; ``unsaid`` turns of the script were not.
    """
    told = "the agent hung up" if meaning is None else f"{meaning.words},"
    if done:
        return Ending(CallStatus.COMPLETED, told.rstrip(","))
    too_early = f"{unsaid} turn(s) unsaid" if unsaid else "the last turn unanswered"
    return Ending(CallStatus.SOCKET_CLOSED, f"{closed}: {told} with {too_early}")
