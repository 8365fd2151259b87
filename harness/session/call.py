"""One live call: joins the director, the connection, playback, tools and the recording.

Only this shell awaits. Three tasks run concurrently until the first of them ends the call: the
stream (frames on deadlines, and the director's actions), the listener (events, in order of arrival)
and the scribe (the recording, off the hot path). Tools run as tasks of their own.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

from harness.audio.pcm import Int16Array
from harness.errors import HarnessError
from harness.protocol.dialect import dialect
from harness.protocol.events import GoingAway, InputCommitted, ServerError, ServerEvent
from harness.protocol.items import AudioFormat
from harness.recording.model import NOTED_S
from harness.recording.provenance import CallStatus
from harness.recording.writer import AGENT, RecordingWriter
from harness.session.call_end import (
    CallTasks,
    Ending,
    after_close,
    after_error,
    end_cause_of,
    with_trouble,
)
from harness.session.call_parts import CallParts, Person
from harness.session.call_plan import CallPlan
from harness.session.clock import Clock
from harness.session.reconnect import Rejoining, opened, shake_hands
from harness.session.recorded_connection import RecordedConnection
from harness.session.recording_thread import SCRIBE_S, scribe_of
from harness.session.stream import CallStream, Pacer
from harness.session.tool_sources import CallNotices
from harness.session.turns import without_blobs
from harness.session.virtual_time import wheel_of
from harness.transport.base import Closed

# The listener of one call: takes the server's messages in order and acts on them.


class Listener:
    """Listens to one session after the other, as ``rejoining`` begins them.

    The caller's place in the ``stream`` shows what a lost session cut off.
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
        """Take the server's messages in one session until it is over; raises Closed."""
        while True:
            at_s, event, samples, kind = await self._connection.receive()
            if self._connection.on_line:
                self._agent.sends(at_s, kind)
            if event is not None:
                with suppress(Closed):  # a command came too late: read on to the end
                    await self._act_on(at_s, event, samples=samples)
            await asyncio.sleep(0)  # one event at a time: a flood must not delay the frames

    def _closed(self, closed: Closed) -> None:
        """Note that a session is over, unless it was left."""
        if not self._connection.on_line:
            return
        self._stream.settle()  # the caller's place in the clip decides what was said
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


GOODBYE_S = 10.0
"""How long a server may take for its last messages; GPT-Live finishes its output within
this time."""


async def run_call(
    plan: CallPlan,
    *,
    clock: Clock,
    writer: RecordingWriter,
    notices: CallNotices | None = None,
    person: Person | None = None,
) -> CallStatus:
    """Make one call and finish its recording; return how it ended.

    ``notices`` receives the agent server's reports of tools that it runs, if the target configures
    them. A ``person`` speaks in place of the script.

    Cancelling ends the call as ``interrupted``, finishes the recording and passes the cancellation
    on.

    Raises:
        ConnectFailed: no session could be opened; the recording shows it too.
        StorageFailed: the recording could not be written; what was written stays.
        UnknownName: no such dialect or transport.
    """
    marked = without_blobs(plan.script, AudioFormat(plan.session.input_format))
    writer.conceal(lambda line: plan.concealed(marked(line)), plan.has_secrets)
    try:
        chosen = dialect(plan.dialect)
        wire, waited = await opened(plan)
    except asyncio.CancelledError:
        writer.finish(CallStatus.INTERRUPTED, detail="", duration_s=0.0, lateness=None)
        raise
    except HarnessError as error:
        cause, detail = end_cause_of(error), str(error)
        status = CallStatus.HARNESS_ERROR
        writer.finish(status, detail=detail, duration_s=0.0, lateness=None, cause=cause)
        raise
    connection = RecordedConnection(wire, chosen, plan.wanted, writer=writer, clock=clock)
    connection.waited, connection.handles = waited, plan.handles
    try:
        call = _Call(plan, connection, writer=writer, clock=clock, notices=notices, person=person)
        try:
            return await call.run()
        finally:
            call.let_go()
    finally:
        await connection.close()


class _Call:
    """The tasks of one call and their shared state."""

    def __init__(
        self,
        plan: CallPlan,
        connection: RecordedConnection,
        *,
        writer: RecordingWriter,
        clock: Clock,
        notices: CallNotices | None,
        person: Person | None,
    ) -> None:
        self._plan, self._connection, self._writer, self._clock = plan, connection, writer, clock
        self._notices = notices
        parts = CallParts(plan, connection, writer=writer, notices=notices, person=person)
        self._parts, self._tools = parts, parts.tools
        self._tasks = tasks = CallTasks()
        self._rejoining = Rejoining(plan, parts, tasks, writer=writer)
        self._stream = CallStream(parts, tasks, self._rejoining, writer=writer)
        self._listener = Listener(
            parts, tasks, self._rejoining, self._stream, asks_for_answers=plan.asks_for_answers
        )
        self._pacer: Pacer | None = None

    async def run(self) -> CallStatus:
        """Hold the call and finish the recording, however it ends."""
        try:
            ending = await self._hold()
        except asyncio.CancelledError:
            self._finish(Ending(CallStatus.INTERRUPTED))
            raise
        except Exception as error:  # the border of the call: noted here, judged by the caller
            cause = end_cause_of(error)
            self._finish(Ending(CallStatus.HARNESS_ERROR, str(error), cause))
            raise
        try:
            await self._take_leave()
        except BaseException:  # the call is over and has its end, even if no task waits for it
            self._finish(ending)
            raise
        return await self._finished(ending)

    def let_go(self) -> None:
        """Drop every reference to this call: the garbage collector is off while calls last."""
        self._tasks.let_go()

    async def _finished(self, ending: Ending) -> CallStatus:
        """Finish the recording off the loop, in which other calls are on the line."""
        self._settle()
        if self._clock.name != "real":
            return self._finish(ending)
        scribe = scribe_of(asyncio.get_running_loop())
        return await scribe.write(partial(self._finish, ending))

    async def _hold(self) -> Ending:
        refused = await shake_hands(self._connection, timeout_s=self._plan.open_timeout_s)
        if refused is None:
            await self._parts.steps.tell_history()
        if self._clock.name != "real":  # calls do not delay each other in virtual time
            return await self._talk(refused)
        wheel = wheel_of(asyncio.get_running_loop())
        phase, wait_s = wheel.take_phase(self._clock.now())
        try:
            await asyncio.sleep(wait_s)
            return await self._talk(refused)
        finally:
            wheel.leave_phase(phase)

    async def _talk(self, refused: Ending | None) -> Ending:
        pacer = Pacer(self._connection.start())
        if self._notices is not None:
            self._notices.told.started(self._tools)
        if refused is not None:
            return refused
        self._pacer = pacer
        looking = () if self._notices is None else (self._look(self._notices),)
        return await self._tasks.until_over(
            self._stream.run(pacer), self._listener.run(), self._scribe(), *looking
        )

    async def _take_leave(self) -> None:
        """Say goodbye; hang up and wait, if the server may still report tools."""
        notices, pacer = self._notices, self._pacer
        if notices is None or pacer is None:
            await self._connection.goodbye(timeout_s=GOODBYE_S)
            return
        notices.told.ended(pacer.border_s)
        await self._connection.goodbye(timeout_s=GOODBYE_S)
        await self._connection.close()
        await notices.sources.settle(notices.told)

    async def _scribe(self) -> None:
        if self._clock.name == "real":
            scribe = scribe_of(asyncio.get_running_loop())
            await scribe.keep(self._stream.settle, self._writer.flush)
        while True:
            await asyncio.sleep(SCRIBE_S)
            self._stream.settle()
            self._writer.flush()

    async def _look(self, notices: CallNotices) -> None:
        """Read regularly the agent server's reports about its tools."""
        while True:
            await asyncio.sleep(SCRIBE_S)
            await notices.sources.look()

    def _settle(self) -> None:
        """Do what only the loop can: note sent frames, and set zero if none was ever sent."""
        self._stream.settle()
        if not self._connection.time.started:
            self._connection.start()

    def _finish(self, ending: Ending) -> CallStatus:
        """Note facts that are only known at the end, and close the recording."""
        self._settle()
        pacer = self._pacer
        end_s = pacer.border_s if pacer is not None else 0.0
        lateness = pacer.lateness() if pacer is not None else None
        self._writer.audio(AGENT, self._parts.playout.take(end_s))
        self._rejoining.finish()
        self._writer.note(*self._parts.last_records(end_s))
        if pacer is not None and lateness is not None and self._clock.name == "real":
            self._writer.note(*pacer.late_frames(), *self._connection.received.late_arrivals())
            lateness = replace(lateness, noted_s=NOTED_S)
        ending = with_trouble(ending, self._parts.trouble)
        self._writer.finish(
            ending.status,
            detail=ending.detail,
            duration_s=round(end_s, 6),
            lateness=lateness,
            cause=ending.cause,
            differences=self._connection.session.differences,
        )
        return ending.status
