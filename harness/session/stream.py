"""The stream of one call: a frame on every deadline, between two of them what the caller wants.

Nearly every frame needs nobody to wait: it is done whole when the wheel comes to it. Where there is
something to wait for (a command, a peer that does not read), the call's own task awaits what is
left of the frame, and the next one is due when it always was.
"""

from __future__ import annotations

import asyncio
from functools import partial

from harness.recording.caller import CallerUtterance, TurnLeftOut
from harness.recording.writer import RecordingWriter
from harness.session.call_tasks import CallTasks
from harness.session.ending import Ending, after_hang_up
from harness.session.foreseen import ForeseenFrames
from harness.session.frame_wheel import wheel_of
from harness.session.moves import Action, HangUp, Invite, TakeStep
from harness.session.pacer import Pacer
from harness.session.parts import CallParts
from harness.session.rejoining import Rejoining
from harness.session.sent_frames import Rest
from harness.transport.base import Closed, Stalled
from harness.units import FRAME_S


class CallStream:
    """Sends, plays and decides, frame by frame, until ``run`` is cancelled or the call has ended.

    ``hung_up`` is how the server ended it, if it did.
    """

    def __init__(
        self,
        parts: CallParts,
        tasks: CallTasks,
        rejoining: Rejoining,
        *,
        writer: RecordingWriter,
    ) -> None:
        self._parts, self._tasks, self._rejoining = parts, tasks, rejoining
        self._agent, self._tools, self._connection = parts.agent, parts.tools, parts.connection
        self._writer = writer
        self.hung_up: Closed | None = None
        self._foreseen: ForeseenFrames | None = None

    def settle(self) -> None:
        """Note all frames that have left."""
        if self._foreseen is not None:
            self._foreseen.settle()

    async def run(self, pacer: Pacer) -> None:
        """Stream; raises Stalled. Cancelling is safe."""
        self._foreseen = ForeseenFrames(
            self._parts,
            self._connection,
            pacer,
            writer=self._writer,
            now_s=asyncio.get_running_loop().time,
        )
        self._writer.before_noting = self._foreseen.settle
        at_border = True
        while not self._tasks.is_over():
            try:
                if at_border and (rest := self._between_frames(pacer.border_s)) is not None:
                    await self._rest(pacer, rest)
                at_border = True
                rest, within = await self._due(pacer)
                if rest is not None:
                    await self._rest(pacer, rest, of_frame=within)
                    at_border = within
            except Stalled:
                raise
            except Closed:
                await asyncio.sleep(0)  # the listener knows how the server ended the call

    async def _rest(self, pacer: Pacer, rest: Rest, *, of_frame: bool = False) -> None:
        """Do what could not be done at once; note what waited for the peer meanwhile."""
        since_s = self._connection.stuck_since()
        try:
            await rest()
        finally:
            now_s = asyncio.get_running_loop().time()
            if of_frame:
                pacer.left(now_s)
            if since_s is not None:
                pacer.stuck(since_s, now_s)

    async def _due(self, pacer: Pacer) -> tuple[Rest | None, bool]:
        """Let frames go when they are due, until something is to be awaited; return that.

        Return with it whether it belongs to a frame: else it is the work between two.
        """
        loop, foreseen = asyncio.get_running_loop(), self._foreseen
        wheel, stopped, now_s = wheel_of(loop), loop.create_future(), loop.time
        assert foreseen is not None

        def due() -> None:
            if stopped.done():
                return
            rest, within = None, False
            try:
                if self.hung_up is not None or not foreseen.due():
                    foreseen.settle()
                    pacer.begins(now_s())
                    rest, within = self._frame(pacer), True
                    pacer.left(now_s())
                    if rest is None:
                        rest, within = self._between_frames(pacer.border_s), False
                    if rest is None and self.hung_up is None:
                        foreseen.foresee()
            except Exception as error:  # noqa: BLE001  # raised where the call waits
                stopped.set_exception(error)
                return
            if rest is not None or self._tasks.is_over():
                stopped.set_result((rest, within))
            else:
                wheel.at(pacer.deadline_s, due)  # noqa: F821  # gone only when this is over

        foreseen.settle()
        foreseen.foresee()
        wheel.at(pacer.deadline_s, due)
        try:
            found: tuple[Rest | None, bool] = await stopped
            return found
        finally:
            stopped.cancel()
            del due  # it names itself: the collector, which is off, would have to find it

    def _frame(self, pacer: Pacer) -> Rest | None:
        """Let the frame go that has just been due."""
        parts, writer = self._parts, self._writer
        border_s = (pacer.frames - 1) * FRAME_S
        frame = parts.uplink.next()  # only now: the line may have gone meanwhile
        heard_by_agent = parts.is_heard
        if not heard_by_agent:
            frame = frame.muted
        heard = parts.playout.take(border_s)
        writer.frame(frame.sent, frame.clean, heard)
        parts.uplink.played(heard)
        # What arrived within the last frame may wait to be taken, and go on where a run ended.
        for span in parts.playout.ended(border_s - FRAME_S):
            writer.note(span)
        rest = None
        if self.hung_up is None:
            rest = parts.network.frame(frame, heard=heard_by_agent)
        return rest

    def _between_frames(self, border_s: float) -> Rest | None:
        """Do what is due where one frame ends and the next begins."""
        parts = self._parts
        if self.hung_up is not None:
            self._end_after(self.hung_up, border_s)
            return None
        said = parts.uplink.ended()
        if said is not None:
            return partial(self._said, border_s, said)
        return self._decided(border_s)

    async def _said(self, border_s: float, said: CallerUtterance) -> None:
        self._writer.note(said)
        self._rejoining.said(said)
        if self._parts.turns is not None:
            await self._parts.turns.ended(border_s)
        rest = self._decided(border_s)
        if rest is not None:
            await rest()

    def _decided(self, border_s: float) -> Rest | None:
        """Do what the caller's mind wants, and ask for an answer that is owed."""
        parts = self._parts
        self._rejoining.leave_in_time(border_s)
        action = parts.director.decide(border_s, self._agent)
        for turn in parts.director.take_left_out():
            self._writer.note(TurnLeftOut(round(border_s, 6), turn))
        if action is not None:
            return partial(self._act, border_s, action)
        if self._agent.owed and parts.may_ask:
            return partial(self._tools.ask_if_owed, border_s)
        return None

    async def _act(self, border_s: float, action: Action) -> None:
        if isinstance(action, HangUp):
            self._tasks.end(Ending(action.status, action.detail, action.cause))
        elif isinstance(action, Invite):
            request = self._connection.session.greeting_request
            if request is not None:
                await self._connection.command(request)
        elif isinstance(action, TakeStep):
            await self._parts.steps.take(border_s, action.turn)
        elif self._parts.turns is not None:
            await self._parts.turns.begin(border_s, action)
            self._rejoining.begun(border_s, action)
        if self._parts.may_ask:
            await self._tools.ask_if_owed(border_s)

    def _end_after(self, closed: Closed, border_s: float) -> None:
        """End the call that the server has ended: what is still queued is never heard."""
        parts = self._parts
        unsaid = parts.director.unsaid
        cut_short = parts.playout.playing_at(border_s) and not unsaid
        done = cut_short or parts.director.is_done(border_s, self._agent)
        meaning = self._connection.meaning(closed)
        self._tasks.end(after_hang_up(closed, meaning, done=done, unsaid=unsaid))
