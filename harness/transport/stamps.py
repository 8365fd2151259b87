"""When bytes came from and went to a WebSocket, noted where no task has to wake up first."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from websockets.asyncio.connection import Connection
from websockets.frames import Frame, Opcode

from harness.transport.loop_lag import lag_of

_DATA = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)


class Stamp(NamedTuple):
    """When the last byte of a message was read, and whether the message is a binary one."""

    at_s: float
    binary: bool
    late_s: float = 0.0
    """For how long it may have lain unread before, at most."""


class Stamped(Connection):
    """One end of a WebSocket that notes the loop's time of what passes through its socket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stamps: deque[Stamp] = deque()
        """Those of the messages that nobody has taken yet."""
        self.written_at_s = 0.0
        """When the last bytes were handed to the socket: after encoding, before the kernel."""
        self._lag = lag_of(self.loop)
        self._read_at_s = self._late_s = 0.0
        self._binary = False

    def data_received(self, data: bytes) -> None:
        """Note the time, then parse."""
        self._read_at_s = self.loop.time()
        self._late_s = self._lag.look()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        """Note the time of a whole message, then queue it."""
        if isinstance(event, Frame) and event.opcode in _DATA:
            if event.opcode is not Opcode.CONT:
                self._binary = event.opcode is Opcode.BINARY
            if event.fin:
                self.stamps.append(Stamp(self._read_at_s, self._binary, self._late_s))
        super().process_event(event)

    def send_data(self) -> None:
        """Note the time, then write; called after each read too, mostly with nothing to write."""
        writes = bool(self.protocol.writes)
        if writes:
            self.written_at_s = self.loop.time()
        super().send_data()
        if writes:
            self._lag.look()  # most work of this turn of the loop is done
