"""The caller's stream as messages: a frame made, noted and sent by itself, or many made ahead."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeAlias

from harness.protocol.items import AudioFormat
from harness.protocol.session import DialectSession
from harness.recording.appended import AppendedAudio
from harness.recording.writer import RecordingWriter
from harness.session.clock import RecordingClock
from harness.session.uplink import FRAME, Frame, FramesAhead
from harness.session.wire_audio import CallerSound
from harness.transport.base import Connection, SendsAtOnce

Rest: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""What is left to be awaited of work that could not be done at once."""


class SentFrames:
    """Of one call, over all its sessions; ``kind`` is what they take, ``time`` the recording's."""

    def __init__(self, kind: AudioFormat, *, writer: RecordingWriter, time: RecordingClock) -> None:
        self._sound = CallerSound(kind)
        self._writer, self._time = writer, time

    def begin(self, connection: Connection, session: DialectSession) -> None:
        """Send over this connection from here on, as this session says it."""
        self._connection, self._session = connection, session
        sends = connection.send_at_once if isinstance(connection, SendsAtOnce) else None
        self._at_once: Callable[[str | bytes], bool] | None = sends

    def send(self, frame: Frame, *, heard: bool) -> Rest | None:
        """Send one frame of the caller's stream, unless nobody is to hear it.

        Return what is to be awaited if it cannot leave at once; that raises Closed.
        """
        sound = self._sound.sent(frame.sent)
        if not heard:
            return None
        message = self._session.append(sound).message
        at_s = self._time.now_s()
        sent = AppendedAudio((at_s,), (message,), (sound,), frame.start, len(frame.sent))
        self._writer.appended(sent)
        if self._at_once is not None and self._at_once(message):
            return None
        return partial(self._connection.send, message)

    @property
    def at_once(self) -> Callable[[str | bytes], bool] | None:
        """Sends a message without waiting, or says that it cannot; None where frames must be made
        when they are due: their message depends on what was sent before."""
        if self._sound.has_memory or not self._session.appends_alike:
            return None
        return self._at_once

    def encoded(self, frames: FramesAhead) -> tuple[list[str | bytes], list[bytes]]:
        """Return the messages of frames that are foreseen, and the sound in each of them."""
        count = len(frames.sent) // FRAME
        if frames.silent:
            sound = self._sound.sent(frames.sent[:FRAME])
            return [self._session.append(sound).message] * count, [sound] * count
        data = self._sound.sent(frames.sent)
        size = len(data) // count
        sounds = [data[start : start + size] for start in range(0, len(data), size)]
        return [self._session.append(sound).message for sound in sounds], sounds
