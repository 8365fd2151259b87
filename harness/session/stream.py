"""Sends the caller's frames on their deadlines, one at a time or in prepared batches.

Nearly every frame needs no waiting: it is sent completely when the wheel comes to it. If the frame
has to wait (for a command, or a peer that does not read), the call's own task awaits the rest of
the frame, and the next frame keeps its deadline.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from harness.recording.model import CallerUtterance, LateFrames, TurnLeftOut, late_frames
from harness.recording.provenance import Lateness
from harness.recording.writer import AppendedAudio, RecordingWriter
from harness.session.call_end import CallTasks, Ending, after_hang_up
from harness.session.call_parts import CallParts
from harness.session.caller_actions import Action, HangUp, Invite, TakeStep
from harness.session.caller_stream import FRAME, SILENT_AHEAD, FramesAhead
from harness.session.reconnect import Rejoining
from harness.session.recorded_connection import RecordedConnection, Rest
from harness.session.virtual_time import wheel_of
from harness.transport.base import Closed, Stalled
from harness.units import FRAME_S

# When the frames of the caller's stream must leave, and how late they left.
#
# Frames leave on absolute deadlines: waiting a frame's length after each send drifts by tens of
# milliseconds in seconds, a deadline that is counted from the start never does. A late frame is
# sent at once, none is skipped.
#
# A peer, or the network, may accept no data for a while. Frames that were on their way or became
# due during that time arrived no earlier than its end. The frames are noted as late: the agent
# heard them late. This is not part of the harness's own lateness.


class Pacer:
    """The deadlines of a stream that starts at ``start_s`` of the running loop.

    Frame ``k`` leaves at ``start_s + (k + 1) * FRAME_S``: not before its last sample was spoken.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._left_s: list[float] = []
        self._stuck_since_s: list[float] = []
        self._stuck_until_s: list[float] = []
        self.frames = 0
        """How many frames have been due."""

    @property
    def border_s(self) -> float:
        """Seconds from the start at which the next frame begins."""
        return self.frames * FRAME_S

    @property
    def deadline_s(self) -> float:
        """When the next frame must leave, in the loop's time."""
        return self._start_s + (self.frames + 1) * FRAME_S

    def begins(self, now_s: float) -> None:
        """Note that work on the next frame begins now, in the loop's time."""
        self._left_s.append(now_s)
        self.frames += 1

    def left(self, now_s: float) -> None:
        """Note that the due frame has left: work since then made it later."""
        self._left_s[-1] = now_s

    def passed(self, left_s: Sequence[float]) -> None:
        """Note when the last frames left, which are counted already."""
        self._left_s.extend(left_s)

    def stuck(self, since_s: float, until_s: float) -> None:
        """Note that data sent from ``since_s`` on was not accepted until ``until_s``."""
        before_s = self._stuck_since_s[-1] if self._stuck_since_s else since_s
        self._stuck_since_s.append(max(before_s, since_s))
        self._stuck_until_s.append(until_s)

    def late_frames(self) -> Iterator[LateFrames]:
        """Yield the places on the stream at which frames left late, or were stuck."""
        return late_frames(list(map(self._late_s, range(1, len(self._left_s) + 1), self._left_s)))

    def lateness(self) -> Lateness:
        """Return how late the frames left through the harness's own fault, to the microsecond."""
        if not self._left_s:
            return Lateness(0, None, None, None)
        late_s = sorted(map(self._own_late_s, range(1, len(self._left_s) + 1), self._left_s))
        shown = (round(_quantile(late_s, share), 6) for share in (0.5, 0.99, 1.0))
        return Lateness(len(late_s), *shown)

    def _late_s(self, number: int, left_s: float) -> float:
        """Return the most that a frame can be late at the peer; the first frame is number 1."""
        place = bisect_right(self._stuck_since_s, left_s) - 1
        there_s = left_s if place < 0 else max(left_s, self._stuck_until_s[place])
        return max(0.0, there_s - (self._start_s + number * FRAME_S))

    def _own_late_s(self, number: int, left_s: float) -> float:
        """Return how late a frame left, without the time in which it could not leave."""
        place = bisect_right(self._stuck_until_s, left_s) - 1
        due_s = self._start_s + number * FRAME_S
        return max(0.0, left_s - (due_s if place < 0 else max(due_s, self._stuck_until_s[place])))


def _quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of values in order, as numpy does, which takes a hundred times as long."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


# Batched frames: made in advance, sent when they are due, noted afterwards.
#
# While the caller speaks, listens or waits, the content of many frames is known and no decision
# falls between them, unless an event about the agent arrives. Such frames are made in a single
# batch. When a frame is due its message is sent, and two times are kept. The other effects of a
# frame (its place on the tracks, its line, the audio heard meanwhile) are caught up for all of them
# at once: before any other record is noted, before a frame that is made by itself, and before the
# recording goes to the disk. So a recording is the same as if every frame had been made by itself.

AHEAD = 50
"""Maximum frames per batch: a longer batch would keep the other calls waiting."""


class ForeseenFrames:
    """The frame batches of a call; ``due`` is called for every frame that is due."""

    def __init__(
        self,
        parts: CallParts,
        connection: RecordedConnection,
        pacer: Pacer,
        *,
        writer: RecordingWriter,
        now_s: Callable[[], float],
    ) -> None:
        self._parts, self._agent, self._playout = parts, parts.agent, parts.playout
        self._connection, self._pacer, self._writer = connection, pacer, writer
        self._now_s = now_s
        self._news = -1
        self._send: Callable[[str | bytes], bool] | None = None
        self._frames: FramesAhead = SILENT_AHEAD
        self._messages: list[str | bytes] = []
        self._sounds: list[bytes] = []
        self._first = 0
        """Number in the stream of the first of these frames."""
        self._sent_s: list[float] = []
        self._left_s: list[float] = []
        self._noted = 0

    def foresee(self) -> None:
        """Make the next frames, as far as they are known; earlier frames are settled."""
        self._messages = []
        self._sent_s, self._left_s, self._noted = [], [], 0
        send, parts, pacer = self._connection.frames.at_once, self._parts, self._pacer
        if send is None or parts.turns is None or not parts.is_heard or not parts.network.passes:
            return
        if self._agent.owed and parts.may_ask:
            return
        until_s = parts.turns.director.idle_until(pacer.border_s, self._agent)
        # Not the last border before it: sums of frames are a little off.
        count = min(AHEAD, int((until_s - pacer.border_s) / FRAME_S) - 1)
        frames = parts.turns.uplink.ahead(count)
        if frames is None:
            return
        self._frames, self._first, self._news = frames, pacer.frames, self._agent.news
        self._send = send
        self._messages, self._sounds = self._connection.frames.encoded(frames)

    def due(self) -> bool:
        """Send the frame that is due; False if it must be made by itself: it was not sent."""
        place = len(self._left_s)
        if place >= len(self._messages) or self._agent.news != self._news or self._send is None:
            return False
        at_s = self._now_s()
        if not self._send(self._messages[place]):
            self._news = -1  # the peer does not read: single frames can wait for it
            return False
        self._sent_s.append(at_s)
        self._left_s.append(self._now_s())
        self._pacer.frames += 1
        return True

    def settle(self) -> None:
        """Note the frames sent since the last call."""
        done, place = self._noted, len(self._left_s)
        if done == place:
            return
        self._noted = place  # first: the notes below call this method again
        parts, writer, frames = self._parts, self._writer, self._frames
        start, stop = done * FRAME, place * FRAME
        border_s = (self._first + place - 1) * FRAME_S
        heard = self._playout.take(border_s)
        writer.frame(frames.sent[start:stop], frames.clean[start:stop], heard)
        assert parts.turns is not None
        parts.turns.uplink.passed(place - done)
        self._pacer.passed(self._left_s[done:place])
        at_s = list(map(self._connection.time.at_s, self._sent_s[done:place]))
        sent = AppendedAudio(
            at_s, self._messages[done:place], self._sounds[done:place], frames.start + start, FRAME
        )
        told = 0
        while self._playout.ends_by(border_s - FRAME_S):  # ends of spans belong between the frames
            writer.note(*self._playout.ended((self._first + done + told) * FRAME_S - FRAME_S))
            writer.appended(sent.part(told, told + 1))
            told += 1
        writer.appended(sent.part(told, place - done))


class CallStream:
    """Sends, plays and decides, frame by frame, until ``run`` is cancelled or the call has ended.

    ``hung_up`` is the server's close, if the server ended it.
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
        """Await work that could not be done at once; note frames that waited for the peer."""
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
        """Send frames when they are due, until there is work to await; return that work.

        Also return whether it belongs to a frame: otherwise it is the work between two frames.
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
            del due  # the closure refers to itself, and the garbage collector is off

    def _frame(self, pacer: Pacer) -> Rest | None:
        """Send the frame that has just become due."""
        parts, writer = self._parts, self._writer
        border_s = (pacer.frames - 1) * FRAME_S
        frame = parts.uplink.next()  # only now: the line may have been lost meanwhile
        heard_by_agent = parts.is_heard
        if not heard_by_agent:
            frame = frame.muted
        heard = parts.playout.take(border_s)
        writer.frame(frame.sent, frame.clean, heard)
        parts.uplink.played(heard)
        # Audio from the last frame may still be queued, and continue a run that ended.
        for span in parts.playout.ended(border_s - FRAME_S):
            writer.note(span)
        rest = None
        if self.hung_up is None:
            rest = parts.network.frame(frame, heard=heard_by_agent)
        return rest

    def _between_frames(self, border_s: float) -> Rest | None:
        """Do the work that is due at the border between two frames."""
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
        """Carry out the director's action, and request an owed answer."""
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
            await self._connection.greet()
        elif isinstance(action, TakeStep):
            await self._parts.steps.take(border_s, action.turn)
        elif self._parts.turns is not None:
            await self._parts.turns.begin(border_s, action)
            self._rejoining.begun(border_s, action)
        if self._parts.may_ask:
            await self._tools.ask_if_owed(border_s)

    def _end_after(self, closed: Closed, border_s: float) -> None:
        """End the call that the server has ended: queued audio is never heard."""
        parts = self._parts
        unsaid = parts.director.unsaid
        cut_short = parts.playout.playing_at(border_s) and not unsaid
        done = cut_short or parts.director.is_done(border_s, self._agent)
        meaning = self._connection.meaning(closed)
        self._tasks.end(after_hang_up(closed, meaning, done=done, unsaid=unsaid))
