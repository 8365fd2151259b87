"""Virtual time: an event loop whose clock stands still while anything happens and then jumps.

While a callback is ready, or bytes are on their way between two sockets of this loop, or a thread
of ``run_in_executor`` is at work, no time passes. When nothing of that is left, the clock jumps to
the next timer. So a minute of call costs what its work costs, and every run sees the same times in
the same order. It only holds if both ends of every connection live in this loop: bytes that a
stranger should read make the loop stop with ``VirtualTimeStuck``, as do a wait that no timer and no
socket can end, and work that has no end at one moment.

The loop relies on two names of ``asyncio`` that are not public: ``_make_socket_transport`` (where
a connection becomes a transport) and ``_selector``'s contract; ``tests/session/test_virtual.py``
fails loudly if either changes, and ``missing_hook`` says so before a run.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from harness.session.inflight import InFlight

T = TypeVar("T")

START_S = 1000.0
"""Where every virtual clock begins; not zero, so that a forgotten offset shows."""

_PATIENCE_S = 10.0
"""Real seconds that bytes may be on their way over loopback before something is wrong."""
_SPIN_S = 0.005
"""Real seconds after which a stream longer than the kernel's buffers is delivered in parts."""
_HELD_S = 0.05
_MOST_TURNS = 1_000_000
"""Turns of the loop at one moment: each message is one. The shipped suite has 27, floods 20,008."""
_HOOK = "_make_socket_transport"


def missing_hook() -> str:
    """Return what this Python's asyncio lacks for virtual time, empty for nothing."""
    own, inherited = (
        getattr(loop, _HOOK, None) for loop in (asyncio.SelectorEventLoop, asyncio.BaseEventLoop)
    )
    return _HOOK if own is inherited else ""


class VirtualTimeStuck(RuntimeError):
    """No time can pass any more in this loop: a deadlock, an end outside, or work without end."""


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
        """Return what is watched."""
        return self._real.get_map()

    def close(self) -> None:
        """Release the real selector."""
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, in a fixed order; move the clock only if nothing is."""
        if not self.holds:  # how often somebody asks for a thread is the machine's
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
        """Run in a thread or process while the clock stands still."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.holds += 1
        future.add_done_callback(self._released)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait for the threads of the executor; no virtual time passes."""
        with self.held():
            await super().shutdown_default_executor(*args)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect while the clock stands still."""
        with self.held():
            await super().sock_connect(sock, address)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            self._jumping.books.connected(sock)

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **named: Any) -> Any:
        counted = self._jumping.books.adopt(sock)
        # Not in typeshed, as it is not public; the module's docstring says who watches it.
        return super()._make_socket_transport(counted, *args, **named)  # type: ignore[misc]

    def _released(self, _future: Any) -> None:
        self._jumping.holds -= 1


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a virtual loop of its own and return its result.

    Ctrl-C cancels it as ``asyncio.run`` does. Raises VirtualTimeStuck where real time would hang.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
