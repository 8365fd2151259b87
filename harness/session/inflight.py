"""Bytes on their way between two sockets of one process: what a virtual clock must not jump over.

The kernel delivers loopback data a moment after it was sent. A clock that jumps in that moment
gives another call in every run. Every byte that an end sends is counted until the other end has
read it, so the loop knows that something is still coming although no socket is readable yet.

How much has arrived is asked by ``FIONREAD``; where there is none (Windows), by a peek at the data,
which costs more, and turns a reset into an end of the stream.
"""

from __future__ import annotations

import array
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TypeAlias

ASKS_KERNEL = find_spec("fcntl") is not None and find_spec("termios") is not None
"""Whether the kernel tells how many bytes wait."""
if ASKS_KERNEL:
    import fcntl
    import termios

_MOST_PEEKED = 1 << 20
"""More never waits at once: buffers of the kernel are smaller."""

Address: TypeAlias = tuple[str, int]
Way: TypeAlias = tuple[Address, Address]
"""(from, to): one direction of one connection."""


@dataclass(slots=True)
class _Link:
    """One direction of one connection; ``receiver`` is None until the other end is accepted."""

    receiver: CountingSocket | None = None
    flying: int = 0
    ending: bool = False


class InFlight:
    """All connections of one loop, and what has been sent on them but not yet been read."""

    def __init__(self) -> None:
        self._links: dict[Way, _Link] = {}
        self._busy: set[Way] = set()
        self._gone: set[Way] = set()

    def adopt(self, sock: socket.socket) -> socket.socket:
        """Return the same connection as a socket that counts; other families are left alone."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return sock
        counting = CountingSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        counting.setblocking(False)
        counting.join(self)
        self._link(counting.inward).receiver = counting
        return counting

    def connected(self, sock: socket.socket) -> None:
        """Forget an older connection between the same two ports."""
        way = (_address(sock.getsockname()), _address(sock.getpeername()))
        self._gone -= {way, way[::-1]}

    def sent(self, way: Way, count: int) -> None:
        """Note bytes that left; ignored once nobody will read them any more."""
        if way not in self._gone and count:
            self._link(way).flying += count
            self._busy.add(way)

    def ended(self, way: Way) -> None:
        """Note that the end of the stream is on its way."""
        if way not in self._gone:
            self._link(way).ending = True
            self._busy.add(way)

    def received(self, way: Way, count: int) -> None:
        """Note bytes that were read; 0 is the end of the stream, or a reset."""
        link = self._link(way)
        link.flying = max(0, link.flying - count) if count else 0
        if not count:
            link.ending = False
        if not link.flying and not link.ending:
            self._busy.discard(way)

    def closed(self, inward: Way) -> None:
        """Note that an end is gone: nobody reads its side, and the other end will notice."""
        self._links.pop(inward, None)
        self._busy.discard(inward)
        self._gone.add(inward)
        self.ended(inward[::-1])

    def unsettled(self, reads: Callable[[int], bool]) -> bool:
        """Return True while anything sent is not yet readable at an end that ``reads``.

        ``reads`` tells whether a file descriptor is watched for reading: an end that paused is
        not waited for. An end that is not accepted yet is.
        """
        return any(not self._settled(self._links[way], reads) for way in self._busy)

    def give_up(self) -> None:
        """Stop waiting for what is under way now."""
        self._busy.clear()

    def taken_by(self, sock_fd: int, reads: Callable[[int], bool]) -> bool:
        """Return True if the other end of the connection at ``sock_fd`` still reads."""
        for way, link in self._links.items():
            if link.receiver is not None and link.receiver.fileno() == sock_fd:
                other = self._links.get(way[::-1])
                receiver = other.receiver if other is not None else None
                return receiver is not None and reads(receiver.fileno())
        return False

    def _settled(self, link: _Link, reads: Callable[[int], bool]) -> bool:
        if link.receiver is None:
            return False
        if not reads(link.receiver.fileno()):
            return True
        if link.flying:
            return link.receiver.holds(link.flying)
        return link.receiver.at_end()

    def _link(self, way: Way) -> _Link:
        return self._links.setdefault(way, _Link())


class CountingSocket(socket.socket):
    """A TCP socket that reports what it sends and reads to the books of its loop."""

    _books: InFlight
    inward: Way
    """The direction that this end reads."""

    def join(self, books: InFlight) -> None:
        """Take part in these books from now on."""
        self._books = books
        self.inward = (_address(self.getpeername()), _address(self.getsockname()))

    def holds(self, wanted: int) -> bool:
        """Return whether so many bytes could be read at once."""
        if not ASKS_KERNEL:
            return self._peeked(wanted)
        count = array.array("i", [0])
        fcntl.ioctl(self.fileno(), termios.FIONREAD, count)
        return count[0] >= wanted

    def _peeked(self, wanted: int) -> bool:
        try:
            data = super().recv(min(wanted, _MOST_PEEKED), socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True  # a reset: what was under way will never come
        return not data or len(data) >= wanted

    def at_end(self) -> bool:
        """Return True once the end of the stream, or a reset, has arrived.

        Asked of the poller: a peek would swallow the reset.
        """
        if not hasattr(select, "poll"):
            return bool(select.select([self.fileno()], [], [], 0)[0])
        poller = select.poll()
        poller.register(self.fileno(), select.POLLIN)
        return bool(poller.poll(0))

    def send(self, data, flags: int = 0) -> int:  # type: ignore[no-untyped-def]  # as in socket
        """Send, and count what the kernel took."""
        count = super().send(data, flags)
        self._books.sent(self.inward[::-1], count)
        return count

    def sendmsg(self, buffers, *more):  # type: ignore[no-untyped-def]  # as in socket
        """Send several buffers, and count what the kernel took."""
        count = super().sendmsg(buffers, *more)
        self._books.sent(self.inward[::-1], count)
        return count

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read, and count what came."""
        try:
            data = super().recv(bufsize, flags)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            self._books.received(self.inward, 0)
            raise
        self._books.received(self.inward, len(data))
        return data

    def recv_into(self, buffer, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[no-untyped-def]
        """Read into a buffer, and count what came."""
        try:
            count = super().recv_into(buffer, nbytes, flags)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            self._books.received(self.inward, 0)
            raise
        self._books.received(self.inward, count)
        return count

    def shutdown(self, how: int) -> None:
        """End the stream, and note that the other end will see it."""
        super().shutdown(how)
        if how != socket.SHUT_RD:
            self._books.ended(self.inward[::-1])

    def close(self) -> None:
        """Close, and note that the other end will see it."""
        if self.fileno() >= 0:
            self._books.closed(self.inward)
        super().close()


def _address(name: object) -> Address:
    host, port = name[:2]  # type: ignore[index]  # (host, port) or (host, port, flow, scope)
    return str(host), int(port)
