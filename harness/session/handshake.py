"""The beginning of a session: the server presents itself, is configured, and says so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from harness.protocol.commands import ConfigureSession
from harness.protocol.events import ServerError, SessionCreated, SessionUpdated
from harness.protocol.items import ErrorInfo
from harness.protocol.settings import SessionConfig
from harness.recording.model import CallStatus
from harness.session.line import Line
from harness.transport.base import Closed

FATAL_CODES = frozenset(
    {
        "session_expired",
        "beta_api_shape_disabled",
        "invalid_api_key",
        "insufficient_quota",
        "model_not_found",
    }
)
FATAL_TYPES = frozenset({"authentication_error", "permission_error"})


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    status: CallStatus
    detail: str = ""


def is_fatal(error: ErrorInfo) -> bool:
    """Return True for an error after which the session is of no use."""
    return error.code in FATAL_CODES or error.type in FATAL_TYPES


async def shake_hands(line: Line, wanted: SessionConfig, *, timeout_s: float) -> Ending | None:
    """Configure the session; return how the call ended if it could not be, else None.

    Any error event counts: settings that were refused would make another agent than the one under
    test. Cancelling is safe.
    """
    try:
        async with asyncio.timeout(timeout_s):
            ending = await _await_event(line, SessionCreated)
            if ending is None:
                await line.command(ConfigureSession(wanted))
                ending = await _await_event(line, SessionUpdated)
            return ending
    except TimeoutError:
        return Ending(CallStatus.AGENT_ERROR, f"no configured session within {timeout_s:g} s")
    except Closed as closed:
        return Ending(CallStatus.SOCKET_CLOSED, f"before the session was configured: {closed}")


async def _await_event(
    line: Line, kind: type[SessionCreated] | type[SessionUpdated]
) -> Ending | None:
    while True:
        _, event, _ = await line.receive()
        if isinstance(event, ServerError):
            return Ending(CallStatus.AGENT_ERROR, event.error.message)
        if isinstance(event, kind):
            return None
