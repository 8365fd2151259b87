"""How a call ends: its status, what is said about it, and what of the server's makes it so."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import ConnectFailed, OperationError
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


def after_hang_up(closed: Closed, *, done: bool, unsaid: int) -> Ending:
    """Return how a call ended that the server ended in good order, once all of it was heard.

    ``done``: the caller had said all and was answered; ``unsaid`` turns of the script were not.
    """
    if done:
        return Ending(CallStatus.COMPLETED, "the agent hung up")
    too_early = f"{unsaid} turn(s) unsaid" if unsaid else "the last turn unanswered"
    return Ending(CallStatus.SOCKET_CLOSED, f"{closed}: the agent hung up with {too_early}")
