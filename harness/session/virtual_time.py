"""Virtual time: an event loop whose clock jumps to the next timer when it is idle.

While a callback is ready, or bytes are on their way between two sockets of this loop, or a thread
of ``run_in_executor`` is at work, no time passes. When none of these is left, the clock jumps to
the next timer. So a minute of call costs only its processing time, and every run sees the same
times in the same order. It only holds if both ends of every connection live in this loop: bytes for
an outside reader make the loop stop with ``VirtualTimeStuck``, as do a wait that no timer and no
socket can end, and work that has no end at the same moment.

The loop relies on two names of ``asyncio`` that are not public: ``_make_socket_transport`` (which
turns a connection into a transport) and ``_selector``'s contract; ``tests/session/test_virtual.py``
fails loudly if either changes, and ``missing_hook`` reports it before a run.
"""

from __future__ import annotations

import array
import asyncio
import select
import selectors
import socket
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from importlib.util import find_spec
from itertools import count
from typing import Any, TypeAlias, TypeVar

from harness.transport.stamps import lag_of
from harness.units import FRAME_S

# Bytes on their way between two sockets of the process: a virtual clock must not jump over them.
#
# The kernel delivers loopback data a moment after it was sent. A clock that jumps in that moment
# gives another call in every run. Every byte that an end sends is counted until the other end has
# read it, so the loop knows that data is still coming although no socket is readable yet.
#
# ``FIONREAD`` returns how much has arrived; if it does not exist (Windows), a peek at the data
# does, which costs more, and turns a reset into an end of the stream.

ASKS_KERNEL = find_spec("fcntl") is not None and find_spec("termios") is not None
"""Whether the kernel reports how many bytes wait."""
if ASKS_KERNEL:
    import fcntl
    import termios

_MOST_PEEKED = 1 << 20
"""More bytes never wait at once: the kernel's buffers are smaller."""

Address: TypeAlias = tuple[str, int]
Way: TypeAlias = tuple[Address, Address]
"""(from, to): a direction of a connection."""


@dataclass(slots=True)
class _Link:
    """A direction of a connection; ``receiver`` is None until the other end is accepted."""

    receiver: CountingSocket | None = None
    flying: int = 0
    ending: bool = False


class InFlight:
    """All connections of a loop, and their bytes that were sent but not yet read."""

    def __init__(self) -> None:
        self._links: dict[Way, _Link] = {}
        self._busy: set[Way] = set()
        self._gone: set[Way] = set()

    def adopt(self, sock: socket.socket) -> socket.socket:
        """Return the same connection as a counting socket; other address families are unchanged."""
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
        """Note bytes that left; ignored if their reader is gone."""
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
        """Note that an end is closed: its side is no longer read, and the other end will notice."""
        self._links.pop(inward, None)
        self._busy.discard(inward)
        self._gone.add(inward)
        self.ended(inward[::-1])

    def unsettled(self, reads: Callable[[int], bool]) -> bool:
        """Return True while any sent bytes are not yet readable at an end that ``reads``.

        ``reads`` returns whether a file descriptor is watched for reading: an end that paused is
        not waited for. An end that is not accepted yet is.
        """
        return any(not self._settled(self._links[way], reads) for way in self._busy)

    def give_up(self) -> None:
        """Stop waiting for the bytes in flight."""
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
        """Register with a loop's books."""
        self._books = books
        self.inward = (_address(self.getpeername()), _address(self.getsockname()))

    def holds(self, wanted: int) -> bool:
        """Return whether ``wanted`` bytes could be read at once."""
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
            return True  # a reset: bytes in flight will never come
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
        """Send, and count the bytes that the kernel took."""
        count = super().send(data, flags)
        self._books.sent(self.inward[::-1], count)
        return count

    def sendmsg(self, buffers, *more):  # type: ignore[no-untyped-def]  # as in socket
        """Send several buffers, and count the bytes that the kernel took."""
        count = super().sendmsg(buffers, *more)
        self._books.sent(self.inward[::-1], count)
        return count

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read, and count the bytes."""
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
        """Read into a buffer, and count the bytes."""
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


T = TypeVar("T")

START_S = 1000.0
"""Start of every virtual clock; not zero, so that a forgotten offset shows."""

_PATIENCE_S = 10.0
"""Real seconds that bytes may be on their way over loopback before something is wrong."""
_SPIN_S = 0.005
"""Real seconds after which a stream longer than the kernel's buffers is delivered in parts."""
_HELD_S = 0.05
_MOST_TURNS = 1_000_000
"""Turns of the loop at the same moment: each message takes a turn. The shipped suite has 27, floods
20,008."""
_HOOK = "_make_socket_transport"


def missing_hook() -> str:
    """Return the name that this Python's asyncio lacks for virtual time, empty if none."""
    own, inherited = (
        getattr(loop, _HOOK, None) for loop in (asyncio.SelectorEventLoop, asyncio.BaseEventLoop)
    )
    return _HOOK if own is inherited else ""


class VirtualTimeStuck(RuntimeError):
    """No time can pass any more in this loop: a deadlock, an outside peer, or endless work."""


class _JumpingSelector(selectors.BaseSelector):
    """Polls real sockets and moves the loop's clock instead of waiting."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self._serials: dict[int, int] = {}
        self._next_serial = 0
        self.books = InFlight()
        self.holds = 0
        self.now_s = START_S
        self._turns = 0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a socket; its place in line is the order of registration."""
        key = self._real.register(fileobj, events, data)
        self._next_serial += 1
        self._serials[key.fd] = self._next_serial
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Stop watching."""
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch for other events."""
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return the watched files."""
        return self._real.get_map()

    def close(self) -> None:
        """Release the real selector."""
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready files, in a fixed order; move the clock only if none is ready."""
        if not self.holds:  # the number of thread requests depends on the machine
            self._turns += 1
        if self._turns > _MOST_TURNS:
            self._turns = 0  # the loop must still be able to clean up
            raise VirtualTimeStuck(
                f"no end: {_MOST_TURNS:,} turns of the loop at one moment; somebody answers at"
                " once, again and again"
            )
        events = self._arrived()
        if not events and (timeout is None or timeout > 0):
            if self.holds or self._draining():
                events = self._real.select(_HELD_S)
            elif timeout is None:
                raise VirtualTimeStuck(
                    "deadlock: every task waits, and no timer or socket can wake one"
                )
            else:
                now_s = self.now_s + timeout
                if now_s > self.now_s:
                    self.now_s, self._turns = now_s, 0
        return sorted(events, key=lambda event: self._serials[event[0].fd])

    def _arrived(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Poll once everything that was sent has arrived, so that no run sees half of it."""
        waiting_since = None
        while self.books.unsettled(self._reads):
            now = time.monotonic()
            waiting_since = now if waiting_since is None else waiting_since
            if now - waiting_since > _PATIENCE_S:
                self.books.give_up()  # the loop must still be able to clean up
                raise VirtualTimeStuck(
                    "bytes were sent that nobody in this loop reads: under virtual time both ends"
                    " of every connection must live in one loop"
                )
            events = self._real.select(_SPIN_S)
            if events and (now - waiting_since > _SPIN_S or self._accepts(events)):
                return events
        return self._real.select(0)

    def _accepts(self, events: list[tuple[selectors.SelectorKey, int]]) -> bool:
        return any(
            isinstance(key.fileobj, socket.socket)
            and key.fileobj.family in (socket.AF_INET, socket.AF_INET6)
            and key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            for key, _ in events
        )

    def _draining(self) -> bool:
        """Return True if an end waits for room to write, and the other end does read."""
        return any(
            key.events & selectors.EVENT_WRITE and self.books.taken_by(key.fd, self._reads)
            for key in self._real.get_map().values()
        )

    def _reads(self, fd: int) -> bool:
        key = self._real.get_map().get(fd)
        return key is not None and bool(key.events & selectors.EVENT_READ)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop under virtual time; ``time()`` begins at ``START_S``."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._jumping.now_s

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the clock still, for work outside of this loop that will wake it."""
        self._jumping.holds += 1
        try:
            yield
        finally:
            self._jumping.holds -= 1

    def run_in_executor(  # type: ignore[override]  # typeshed's signature needs PEP 646 in full
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Run in a thread or process while the clock is stopped."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.holds += 1
        future.add_done_callback(self._released)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait for the threads of the executor; no virtual time passes."""
        with self.held():
            await super().shutdown_default_executor(*args)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect while the clock is stopped."""
        with self.held():
            await super().sock_connect(sock, address)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            self._jumping.books.connected(sock)

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **named: Any) -> Any:
        counted = self._jumping.books.adopt(sock)
        # Not in typeshed, as it is not public; the module's docstring names the test that guards
        # it.
        return super()._make_socket_transport(counted, *args, **named)  # type: ignore[misc]

    def _released(self, _future: Any) -> None:
        self._jumping.holds -= 1


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a virtual loop of its own and return its result.

    Ctrl-C cancels it as ``asyncio.run`` does. Raises VirtualTimeStuck if real time would hang.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


# One timer for the streams of all calls of a loop, instead of a sleeping task for every frame.
#
# A stream schedules its next frame and the work for it. All work that is due when the loop wakes up
# is done at once, in order of the deadlines. With many calls the loop wakes once a millisecond, and
# not once per call and frame.
#
# Calls that begin together would all be due at the same instant, and the last of them late. So a
# call requests a phase of its own: the moment within a frame at which the fewest others are due.

PHASES = 20
"""Number of distinct moments within a frame: one per millisecond."""

_FORGIVEN_S = 1e-9
"""Tolerated error of a sum of times: loops fire their timers as much too early."""


class FrameWheel:
    """The work that is due next in a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._serials = count()
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._taken = [0] * PHASES

    def at(self, deadline_s: float, work: Callable[[], None]) -> None:
        """Schedule work once, as soon as the loop can after its time; it must not raise.

        Withdrawn work must detect by itself that it is no longer needed.
        """
        first = not self._due or deadline_s < self._due[0][0]
        heappush(self._due, (deadline_s, next(self._serials), work))
        if first and not self._running:
            self._arm()

    def take_phase(self, now_s: float) -> tuple[int, float]:
        """Take a free phase; return it with how long to wait until a stream may begin in it."""
        here = self._phase(now_s)
        least = min(self._taken)
        wait = next(n for n in range(PHASES) if self._taken[(here + n) % PHASES] == least)
        phase = (here + wait) % PHASES
        self._taken[phase] += 1
        return phase, wait * FRAME_S / PHASES

    def leave_phase(self, phase: int) -> None:
        """Release a phase."""
        self._taken[phase] -= 1

    def _phase(self, now_s: float) -> int:
        return int(now_s / FRAME_S % 1.0 * PHASES) % PHASES

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = self._loop()
        if self._due and loop is not None:
            self._timer = loop.call_at(self._due[0][0], self._wake)

    def _wake(self) -> None:
        """Run due work; in virtual time, callbacks that are ready in the same instant run first."""
        self._timer, self._running = None, True
        loop = self._loop()
        assert loop is not None
        if isinstance(loop, VirtualLoop):
            loop.call_soon(self._work)
        else:  # readable data was read before the timers
            self._work()

    def _work(self) -> None:
        loop, due = self._loop(), self._due
        assert loop is not None
        while due and due[0][0] <= loop.time() + _FORGIVEN_S:
            heappop(due)[2]()
        self._running = False
        lag_of(loop).look()  # most work of this turn of the loop is done
        self._arm()


_WHEELS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, FrameWheel] = (
    weakref.WeakKeyDictionary()
)


def wheel_of(loop: asyncio.AbstractEventLoop) -> FrameWheel:
    """Return the wheel of a loop."""
    wheel = _WHEELS.get(loop)
    if wheel is None:
        wheel = _WHEELS[loop] = FrameWheel(loop)
    return wheel
