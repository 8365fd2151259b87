"""The listener of one call: takes what the server sends, in order, and does what follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from harness.audio.pcm import Int16Array
from harness.protocol.events import GoingAway, InputCommitted, ServerError, ServerEvent
from harness.session.call_tasks import CallTasks
from harness.session.ending import after_close, after_error
from harness.session.parts import CallParts
from harness.session.rejoining import Rejoining
from harness.session.stream import CallStream
from harness.transport.base import Closed


class Listener:
    """Listens to one session after the other, as ``rejoining`` begins them.

    Where the caller is in the ``stream`` tells what a session that is over cut off.
    """

    def __init__(
        self,
        parts: CallParts,
        tasks: CallTasks,
        rejoining: Rejoining,
        stream: CallStream,
        *,
        asks_for_answers: bool,
    ) -> None:
        self._parts, self._tasks, self._rejoining = parts, tasks, rejoining
        self._agent, self._tools, self._stream = parts.agent, parts.tools, stream
        self._connection, self._asks_for_answers = parts.connection, asks_for_answers

    async def run(self) -> None:
        """Listen until the call is over. Cancelling is safe."""
        while self._stream.hung_up is None and not self._tasks.is_over():
            try:
                await self._listen_to_one()
            except Closed as closed:
                self._closed(closed)
                if not self._connection.on_line:
                    await self._rejoining.returned()

    async def _listen_to_one(self) -> None:
        """Take what the server sends in one session, until that is over; raises Closed."""
        while True:
            at_s, event, samples, kind = await self._connection.receive()
            if self._connection.on_line:
                self._agent.sends(at_s, kind)
            if event is not None:
                with suppress(Closed):  # a command that comes too late: read on to the end
                    await self._act_on(at_s, event, samples=samples)
            await asyncio.sleep(0)  # one event at a time: a flood must not hold up our frames

    def _closed(self, closed: Closed) -> None:
        """Note that a session is over, unless it was left."""
        if not self._connection.on_line:
            return
        self._stream.settle()  # where the caller is amid a clip decides what was said
        meaning, lasted_s = self._connection.meaning(closed), self._connection.session_s
        ending = after_close(closed, meaning, lasted_s=lasted_s)
        if self._rejoining.expired(self._connection.now_s(), ending):
            return
        if closed.hung_up:
            self._stream.hung_up = closed
        else:
            self._tasks.end(ending)

    async def _act_on(self, at_s: float, event: ServerEvent, *, samples: Int16Array | None) -> None:
        await self._parts.hearing.take(at_s, event, samples=samples, spawn=self._tasks.spawn)
        self._rejoining.received(at_s, event)
        if isinstance(event, ServerError):
            self._error(at_s, event)
        if isinstance(event, GoingAway):
            self._rejoining.going_away()
        if isinstance(event, InputCommitted) and self._asks_for_answers:
            await self._tools.ask_for_answer(at_s)
        if self._parts.may_ask:
            await self._tools.ask_if_owed(at_s)

    def _error(self, at_s: float, event: ServerError) -> None:
        if self._rejoining.expired(at_s, after_error(event)):
            return
        if (ending := self._parts.steps.refused(event.error)) is not None:
            self._tasks.end(ending)
        self._tools.refused(at_s, event, wanted=not self._parts.director.only_listens)
        if not event.answering and not self._connection.was_courtesy(event.error.event_id):
            self._agent.failed(at_s, event.error)
        if event.fatal:
            self._tasks.end(after_error(event))
