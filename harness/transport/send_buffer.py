"""Data written to a socket that has not reached the peer's machine: how much, and since when.

A system buffers megabytes for a peer that reads none of it: a minute of caller audio. So the system
is set to buffer little unsent data, and the rest waits in the transport, which reports it. On Linux
that is a limit on unsent data (TCP_NOTSENT_LOWAT), which does not affect data in transit to a far
peer. Other systems have no such limit on writing, and get a small buffer for all of it. Data that
the peer's system has taken counts as arrived, as reading it is not observable.
"""

from __future__ import annotations

import socket
import struct
import sys
from asyncio import Transport
from collections import deque
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

ASKS_SYSTEM = sys.platform == "linux" and all(map(find_spec, ("fcntl", "termios")))
"""Whether the system limits unsent data, and reports arrived data."""
if ASKS_SYSTEM:
    import fcntl
    import termios

UNSENT_BYTES = 8 * 1024
"""An eighth of a second of audio."""

SEND_BUFFER_BYTES = 128 * 1024
"""Two seconds of audio: ample for data in transit in a call, whose acknowledgement takes 0.3 s."""

WRITE_LIMITS = (1, 0)
"""Buffer sizes from which a transport reports that data waits, and that it is empty again.

At 0, TLS would report it with an empty buffer.
"""

_MARK_BYTES = 4 * 1024
_MOST_MARKS = 256


class Written:
    """The data that was written to a socket, and when."""

    def __init__(self, now_s: float) -> None:
        self.bytes = 0
        self.mark_at = _MARK_BYTES
        """Byte count from which the time is to be marked again."""
        self._marks: deque[tuple[float, int]] = deque([(now_s, 0)], maxlen=_MOST_MARKS)

    def mark(self, now_s: float) -> None:
        """Note that the next data is written now."""
        self._marks.append((now_s, self.bytes))
        self.mark_at = self.bytes + _MARK_BYTES

    def since_s(self, unsent: int) -> float:
        """Return since when the last ``unsent`` bytes were written; rather early than late."""
        arrived = self.bytes - unsent
        found_s = self._marks[0][0]
        for at_s, before in self._marks:
            if before > arrived:
                break
            found_s = at_s
        return found_s


def keep_little(transport: Transport) -> None:
    """Set a transport and the system to buffer little unsent data."""
    below = _below(transport)
    if below is not None:
        below.set_write_buffer_limits(*WRITE_LIMITS)
    sock: Any = transport.get_extra_info("socket")
    with suppress(OSError):  # not TCP
        if ASKS_SYSTEM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


def waiting_bytes(transport: Transport) -> int:
    """Return how many bytes the transport holds, because the system has no room."""
    below = _below(transport)
    held = transport.get_write_buffer_size()
    return held if below is None else held + below.get_write_buffer_size()


def unsent_bytes(transport: Transport) -> int:
    """Return how many bytes have not reached the peer's machine, at most; the transport holds some.

    If the system does not report it, its buffer counts as full, since the transport holds data only
    then.
    """
    sock: Any = transport.get_extra_info("socket")
    in_system = 0
    with suppress(OSError):  # closed meanwhile
        if ASKS_SYSTEM:  # named SIOCOUTQ for sockets: unacknowledged bytes
            told = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
            (in_system,) = struct.unpack("i", told)
        else:
            in_system = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    return waiting_bytes(transport) + in_system


def _below(transport: Transport) -> Transport | None:
    """Return the transport that TLS writes to, None if there is none.

    Its names are not public; ``tests/transport/test_unsent.py`` fails if they change. Without it
    TLS holds another 64 kB unseen.
    """
    protocol = getattr(transport, "_ssl_protocol", None)
    found: Transport | None = getattr(protocol, "_transport", None)
    return found
