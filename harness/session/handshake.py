"""The beginning of a session: the server presents itself, is configured, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from harness.protocol.commands import ConfigureSession
from harness.protocol.events import ServerError, SessionCreated, SessionUpdated
from harness.protocol.items import AudioFormat
from harness.protocol.settings import SessionConfig
from harness.recording.model import CallStatus
from harness.session.ending import Ending, ServerFault, words_of
from harness.session.recorded_connection import RecordedConnection
from harness.transport.base import Closed

CREATED, UPDATED = "session.created", "session.updated"
_SPOKEN = "PCM16 at 24 kHz"


@dataclass(slots=True)
class _Heard:
    """What the server said last, for whoever must explain that the right thing did not come."""

    last: str = ""

    def missing(self, name: str, timeout_s: float) -> Ending:
        last = f"its last message was {self.last}" if self.last else "it sent nothing"
        detail = f"{name} did not come within {timeout_s:g} s; {last}"
        return Ending(CallStatus.AGENT_ERROR, detail)


async def shake_hands(
    line: RecordedConnection, wanted: SessionConfig, *, timeout_s: float
) -> Ending | None:
    """Configure the session; return how the call ended if it could not be, else None.

    Any error event counts: settings that were refused would make another agent than the one under
    test. So does audio of another kind than was asked for: played as ours it would be noise.
    Whatever else comes is left for ``Line.receive``. Cancelling is safe.
    """
    heard, awaited = _Heard(), CREATED
    try:
        async with asyncio.timeout(timeout_s):
            ending = await _await_event(line, SessionCreated, heard)
            if ending is None:
                await line.command(ConfigureSession(wanted))
                awaited = UPDATED
                ending = await _await_event(line, SessionUpdated, heard)
            return ending
    except TimeoutError:
        return heard.missing(awaited, timeout_s)
    except ServerFault as fault:
        return Ending(CallStatus.AGENT_ERROR, str(fault))
    except Closed as closed:
        return Ending(CallStatus.SOCKET_CLOSED, f"before the session was configured: {closed}")


async def _await_event(
    line: RecordedConnection, kind: type[SessionCreated] | type[SessionUpdated], heard: _Heard
) -> Ending | None:
    while True:
        greeting = await line.greeting()
        heard.last = greeting.type or "not a JSON object"
        event = greeting.event
        if isinstance(event, ServerError):
            return Ending(CallStatus.AGENT_ERROR, words_of(event.error))
        if isinstance(event, kind):
            wrong = "; ".join(_unlike(event.config)) if kind is SessionUpdated else ""
            return Ending(CallStatus.AGENT_ERROR, wrong) if wrong else None
        if event is None and greeting.type == (CREATED if kind is SessionCreated else UPDATED):
            # What a session was before it was configured may be anything.
            unread = f"{greeting.type} cannot be used: {greeting.fault} We speak {_SPOKEN}."
            return None if kind is SessionCreated else Ending(CallStatus.AGENT_ERROR, unread)


def _unlike(session: SessionConfig) -> Iterator[str]:
    for side, found in (("input", session.input_format), ("output", session.output_format)):
        if found not in (None, AudioFormat.PCM16_24K):
            yield f"{UPDATED} says {side} format {found.value}, we speak {_SPOKEN}"
