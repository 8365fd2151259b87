"""Frames that need nobody: made beforehand, sent when they are due, noted afterwards.

While the caller speaks, listens or waits, it is known for many frames what each of them holds and
that nothing is decided between them, unless something is told of the agent. Such frames are made in
one go. When one is due its message is sent, and two times are kept. What a frame is to all others
(its place on the tracks, its line, what was heard meanwhile) is made up for all of them at once:
before anything else is noted, before a frame that is made by itself, and before the recording goes
to the disk. So a recording is the same as if every frame had been made by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.recording.appended import AppendedAudio
from harness.recording.writer import RecordingWriter
from harness.session.pacer import Pacer
from harness.session.parts import CallParts
from harness.session.recorded_connection import RecordedConnection
from harness.session.uplink import FRAME, SILENT_AHEAD, FramesAhead
from harness.units import FRAME_S

AHEAD = 50
"""Frames that are made in one go at most: for longer, no call keeps the others waiting."""


class ForeseenFrames:
    """Of one call; ``due`` is asked for every frame that is due."""

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
        """Which frame of the stream the first of these is."""
        self._sent_s: list[float] = []
        self._left_s: list[float] = []
        self._noted = 0

    def foresee(self) -> None:
        """Make what comes next, as far as it is known; what was made before is settled."""
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
        """Send the frame that is due; False if it is to be made by itself: nothing was sent."""
        place = len(self._left_s)
        if place >= len(self._messages) or self._agent.news != self._news or self._send is None:
            return False
        at_s = self._now_s()
        if not self._send(self._messages[place]):
            self._news = -1  # the peer does not read: whoever makes this frame can wait for it
            return False
        self._sent_s.append(at_s)
        self._left_s.append(self._now_s())
        self._pacer.frames += 1
        return True

    def settle(self) -> None:
        """Note what was sent since this was asked last."""
        done, place = self._noted, len(self._left_s)
        if done == place:
            return
        self._noted = place  # first: what is noted here asks for this again
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
        while self._playout.ends_by(border_s - FRAME_S):  # what ends is told between the frames
            writer.note(*self._playout.ended((self._first + done + told) * FRAME_S - FRAME_S))
            writer.appended(sent.part(told, told + 1))
            told += 1
        writer.appended(sent.part(told, place - done))
