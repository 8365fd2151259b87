"""What was written to a socket and has not reached the peer's machine: how much, and since when.

A system takes megabytes for a peer that reads nothing: a minute of a caller's sound. So it is told
to keep little that it has not sent, and what is beyond that waits in the transport, which says so.
On Linux that is a limit on what is unsent (TCP_NOTSENT_LOWAT), which leaves what is on its way to a
far peer alone. Other systems have no such limit on writing, and get a small buffer for all of it.

What the peer's system has taken has arrived, for all that can be told here, whether or not the peer
reads it.
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
"""Whether the system limits what is unsent, and tells what has arrived."""
if ASKS_SYSTEM:
    import fcntl
    import termios

UNSENT_BYTES = 8 * 1024
"""An eighth of a second of sound."""

SEND_BUFFER_BYTES = 128 * 1024
"""Two seconds of sound: ample for what is on its way in a call, where the answer takes 0.3 s."""

WRITE_LIMITS = (1, 0)
"""From how many bytes on a transport says that it holds any, and when that is over. TLS would say
so at 0 with nothing in it."""

_MARK_BYTES = 4 * 1024
_MOST_MARKS = 256


class Written:
    """What was written to one socket, and when."""

    def __init__(self, now_s: float) -> None:
        self.bytes = 0
        self.mark_at = _MARK_BYTES
        """From so many bytes on the time is to be marked."""
        self._marks: deque[tuple[float, int]] = deque([(now_s, 0)], maxlen=_MOST_MARKS)

    def mark(self, now_s: float) -> None:
        """Note that what is written next is written now."""
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
    """Let a transport and the system keep little that was not sent."""
    below = _below(transport)
    if below is not None:
        below.set_write_buffer_limits(*WRITE_LIMITS)
    sock: Any = transport.get_extra_info("socket")
    with suppress(OSError):  # no TCP
        if ASKS_SYSTEM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


def waiting_bytes(transport: Transport) -> int:
    """Return how much the transport holds, for which the system has no room."""
    below = _below(transport)
    held = transport.get_write_buffer_size()
    return held if below is None else held + below.get_write_buffer_size()


def unsent_bytes(transport: Transport) -> int:
    """Return how much has not reached the peer's machine, at most, of a transport that holds some.

    Where the system does not tell, its buffer is full, as the transport would hold nothing else.
    """
    sock: Any = transport.get_extra_info("socket")
    in_system = 0
    with suppress(OSError):  # closed meanwhile
        if ASKS_SYSTEM:  # SIOCOUTQ, as sockets call it: what is not acknowledged
            told = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
            (in_system,) = struct.unpack("i", told)
        else:
            in_system = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    return waiting_bytes(transport) + in_system


def _below(transport: Transport) -> Transport | None:
    """Return the transport that TLS writes to, None where there is none.

    Its names are not public; ``tests/transport/test_unsent.py`` fails if they change. Without it
    TLS holds another 64 kB unseen.
    """
    protocol = getattr(transport, "_ssl_protocol", None)
    found: Transport | None = getattr(protocol, "_transport", None)
    return found
