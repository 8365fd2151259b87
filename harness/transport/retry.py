"""Opens connections to a server that may be full: when, how often, how long.

A call tries a full server (``Admission``) MOST_TRIES times in all, and waits at most MOST_WAIT_S
while no call is let in; the wait is reported on stderr, since a silent wait looks like a hang. The
server's wait time is a minimum, and each refused call adds its own random share, so that calls that
were refused together do not retry together. Waiting for a turn of the harness's own start rate does
not count, since the server does not cause it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from math import inf
from random import Random
from typing import Protocol

from harness.errors import ConnectFailed
from harness.transport.base import Connection
from harness.transport.redaction import shown_url

# When connections to a server may be opened after it reported that it is full: the rule alone.
#
# A refusal with 429 (and 503 with ``Retry-After``) means "later" for all calls to the server, not
# only for the call that was refused. So no call connects before the time is over. Then connections
# are slow at first: one in the first second, and an extra one per second for each that was let in,
# until the limit no longer matters. If the server does not report a time, the time doubles from
# refusal to refusal; refusals of connections that began together count once.
#
# Times are seconds of any clock, and an argument.

FIRST_WAIT_S = 1.0
"""Wait after the first refusal, if the server reports no time; doubled for each further refusal."""
MOST_WAIT_S = 60.0
"""How long a call waits while the server lets no call in."""
SLOWEST_PER_S = 1.0
"""Connections a second after a refusal; each that is let in adds as many."""
FREE_PER_S = 20.0
"""From this rate on there is no limit."""


class Admission:
    """Decides when the next connection to a server is due."""

    def __init__(self) -> None:
        self._shut_until_s = self._began_s = self._let_in_s = -inf
        self._refusals = 0
        self._per_s = inf
        self.told = ""
        """The server's latest "full" message."""

    def due_s(self, now_s: float) -> float:
        """Return from when on a connection may be opened; not later than now if at once."""
        if self._per_s == inf:
            return now_s
        return max(self._shut_until_s, self._began_s + 1 / self._per_s)

    def is_shut(self, now_s: float) -> bool:
        """Whether the server is full according to its last refusal."""
        return now_s < self._shut_until_s

    def in_vain_s(self, since_s: float) -> float:
        """Return how long a call that came at ``since_s`` waits without any call being let in."""
        return self._shut_until_s - max(since_s, self._let_in_s)

    def began(self, now_s: float) -> None:
        """Note that a connection attempt begins."""
        self._began_s = now_s

    def let_in(self, now_s: float) -> None:
        """Note that a connection is open; ignored while the server is full, as it may be older."""
        if self.is_shut(now_s):
            return
        self._let_in_s, self._refusals = now_s, 0
        faster = self._per_s + SLOWEST_PER_S
        self._per_s = faster if faster < FREE_PER_S else inf

    def refused(self, now_s: float, again_s: float, *, longer: float = 1.0) -> float:
        """Note that the server is full for ``again_s`` (0: no time reported); return the wait.

        It is ``longer`` times the server's time, so that machines do not retry together.
        """
        if not self.is_shut(now_s):
            self._refusals += 1
        wait_s = longer * (again_s or FIRST_WAIT_S * 2 ** (self._refusals - 1))
        self._shut_until_s = max(self._shut_until_s, now_s + wait_s)
        self._per_s = SLOWEST_PER_S
        return wait_s


MOST_TRIES = 4
JITTER = 0.5
"""The largest random share that is added to a wait."""

_NOTED_S = 0.2
"""Waits longer than this are reported; entering without a refusal takes less."""
_TOO_LONG = f"longer than the {MOST_WAIT_S:g} s that a call waits"


@dataclass(frozen=True, slots=True)
class FullAnswer:
    """A server's refusal because it is full, for the doorkeeper of that server."""

    url: str
    detail: str
    again_s: float
    """0 if the server reports no time."""
    longer: float
    """Factor of this call's wait to the server's time."""
    here_s: float
    """How long the call has waited, without waits for turns of the rate."""
    tried: int
    """The number of the try, from 1."""


class Begins(Enum):
    """The kind of start that opens a connection."""

    CALL = "call"
    """A call that was started just now, at its turn."""
    SESSION = "session"
    """A further session of an active call: the caller is on the line."""
    TRY = "try"
    """A further try, since the server was full."""


class Turns(Protocol):
    """Assigns turns to all calls that share a start rate."""

    def turn_s(self, now_s: float) -> float:
        """Return when the next start may happen, not before now; that turn is then taken."""
        ...


async def own_turn(turns: Turns | None) -> float:
    """Wait for a turn, if there is a rate; return the wait. Cancelling is safe."""
    if turns is None:
        return 0.0
    now_s = asyncio.get_running_loop().time()
    wait_s = turns.turn_s(now_s) - now_s
    await asyncio.sleep(wait_s)
    return wait_s


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of waiting to connect to a server."""

    shut: str
    """Why no connection may be opened; empty if it may."""
    full_s: float
    """Time waited because the server is full."""
    turns_s: float
    """Time waited for turns of the rate."""


class Doorkeeper(Protocol):
    """Controls when calls to a server may open their connections."""

    async def enter(self, begins: Begins = Begins.CALL, here_s: float = 0.0) -> Entry:
        """Wait until a connection may be opened, or is refused for good.

        ``here_s`` is how long the call has waited already, as in ``FullAnswer``. Cancelling is
        safe.
        """
        ...

    async def refused(self, answer: FullAnswer) -> bool:
        """Stop new connections for a while; return whether the call should retry."""
        ...

    def let_in(self) -> None:
        """Note that a connection is open."""
        ...


class Doors:
    """The doorkeeper of a server, in the running loop; first come, first served."""

    def __init__(self, rule: Admission | None = None, turns: Turns | None = None) -> None:
        """``rule`` is the known state of the server; ``turns`` the rate of starts."""
        self._rule, self._turns = rule or Admission(), turns
        self._queue = asyncio.Lock()

    @property
    def shut_s(self) -> float:
        """Seconds until a call may enter; 0 if at once."""
        now_s = asyncio.get_running_loop().time()
        return max(0.0, self._rule.due_s(now_s) - now_s)

    async def enter(self, begins: Begins = Begins.CALL, here_s: float = 0.0) -> Entry:
        """Wait, as ``Doorkeeper`` says.

        A further try takes a turn of the rate once the doors are open. So does a call that had to
        wait for them, as the turn at which it was started is past. If they are shut when the turn
        comes, another is taken. A further session takes a turn and does not wait for it: later
        starts do.
        """
        clock, full_s, turns_s = asyncio.get_running_loop(), 0.0, 0.0
        due = begins is not Begins.TRY
        while True:
            if self.shut_s or self._queue.locked():
                came_s, due = clock.time(), begins is Begins.SESSION
                shut = await self._wait(came_s - here_s - full_s)
                full_s += clock.time() - came_s
                if shut:
                    return Entry(shut, full_s, turns_s)
            if due or self._turns is None:
                break
            turns_s, due = turns_s + await own_turn(self._turns), True
        if begins is Begins.SESSION and self._turns is not None:
            self._turns.turn_s(clock.time())
        self._rule.began(clock.time())
        return Entry("", full_s, turns_s)

    async def _wait(self, since_s: float) -> str:
        """Wait until the doors are open; return why they stay shut, else an empty text.

        The returning call continues before the next call in the queue does.
        """
        async with self._queue:
            while (wait_s := self.shut_s) > 0:
                if self._rule.in_vain_s(since_s) > MOST_WAIT_S:
                    return f"{self._rule.told}, as another call was told; {_TOO_LONG}"
                await asyncio.sleep(wait_s)
        return ""

    async def refused(self, answer: FullAnswer) -> bool:
        """Shut the doors, as ``Doorkeeper`` says; report it on stderr, once for all calls."""
        now_s = asyncio.get_running_loop().time()
        was_open = not self._rule.is_shut(now_s)
        self._rule.told = answer.detail
        wait_s = self._rule.refused(now_s, answer.again_s, longer=answer.longer)
        in_vain_s = self._rule.in_vain_s(now_s - answer.here_s)
        if answer.tried == MOST_TRIES or in_vain_s > MOST_WAIT_S:
            return False
        if was_open:
            again = f"asking again in {wait_s:.1f} s ({answer.tried} of {MOST_TRIES - 1})"
            sys.stderr.write(f"harness: {answer.url}: {answer.detail}; {again}\n")
        return True

    def let_in(self) -> None:
        """Raise the rate a little."""
        self._rule.let_in(asyncio.get_running_loop().time())


async def open_patiently(
    connect: Callable[[], Awaitable[Connection]],
    url: str,
    *,
    seed: int,
    doors: Doorkeeper | None = None,
    begins: Begins = Begins.CALL,
) -> tuple[Connection, str]:
    """Open a connection; return it with the reason for any wait, as text (else empty).

    ``connect`` opens a connection to ``url``. ``seed`` decides the call's own share of each wait.
    ``doors`` are shared by all calls to the server; without them the call is alone. Cancelling is
    safe.

    Raises:
        ConnectFailed: as ``connect`` does; it reports if the server stayed full.
        UsageError: as ``connect`` does.
    """
    doors, clock, chance = doors or Doors(), asyncio.get_running_loop(), Random(seed)
    here_s, turns_s, tried = 0.0, 0.0, 0
    while True:
        entry = await doors.enter(Begins.TRY if tried else begins, here_s)
        here_s, turns_s = here_s + entry.full_s, turns_s + entry.turns_s
        if entry.shut:
            raise ConnectFailed(shown_url(url), "rejected", entry.shut)
        tried, began_s = tried + 1, clock.time()
        try:
            wire = await connect()
        except ConnectFailed as refusal:
            if refusal.again_s is None:
                raise
            here_s, longer = here_s + clock.time() - began_s, 1 + JITTER * chance.random()
            told = refusal.url, refusal.detail, refusal.again_s
            if not await doors.refused(FullAnswer(*told, longer, here_s, tried)):
                raise _gave_up(refusal, tried, _length(here_s, turns_s)) from None
        else:
            doors.let_in()
            return wire, _waited(tried, here_s, turns_s)


def _gave_up(refusal: ConnectFailed, tried: int, length: str) -> ConnectFailed:
    if tried == 1:
        return ConnectFailed(refusal.url, refusal.kind, f"{refusal.detail}; {_TOO_LONG}")
    told = f"{refusal.detail}; asked {tried} times in {length}"
    return ConnectFailed(refusal.url, refusal.kind, told)


def _waited(tried: int, here_s: float, turns_s: float) -> str:
    length = _length(here_s, turns_s)
    if tried > 1:
        return f"the server was full at first: let in at try {tried}, after {length}"
    if here_s > _NOTED_S:
        return f"the server was full for other calls: let in after {length}"
    return ""


def _length(here_s: float, turns_s: float) -> str:
    own = f" and {turns_s:.0f} s for our own rate" if turns_s > _NOTED_S else ""
    return f"{here_s:.0f} s{own}"
