"""The beginning of a session: whoever speaks first, until both ends may speak."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from harness.recording.provenance import CallStatus, EndCause
from harness.session.ending import Ending, ServerFault, after_close
from harness.session.recorded_connection import RecordedConnection
from harness.transport.base import Closed


async def shake_hands(connection: RecordedConnection, *, timeout_s: float) -> Ending | None:
    """Bring the session to stand; return how the call ended if it could not be had, else None.

    What counts as refused is the dialect's to say. Whatever else comes is left for
    ``RecordedConnection.receive``. Cancelling is safe.
    """
    session = connection.session
    try:
        async with asyncio.timeout(timeout_s):
            await connection.open()
            while session.awaited is not None and session.refused is None:
                await connection.greeting()
    except TimeoutError:
        last = (
            f"its last message was {connection.last_kind}"
            if connection.last_kind
            else "it sent nothing"
        )
        if connection.last_error:
            last = f"it reported: {connection.last_error}"
        detail = f"{session.awaited} did not come within {timeout_s:g} s; {last}"
        return Ending(CallStatus.AGENT_ERROR, detail)
    except ServerFault as fault:
        return Ending(CallStatus.AGENT_ERROR, str(fault))
    except Closed as closed:
        if session.refused is None:
            ending = after_close(closed, connection.meaning(closed))
            return replace(ending, detail=f"before the session was configured: {ending.detail}")
    if session.refused is None:
        return None
    if connection.expired:
        return Ending(CallStatus.SOCKET_CLOSED, session.refused, EndCause.EXPIRED)
    return Ending(CallStatus.AGENT_ERROR, session.refused)
