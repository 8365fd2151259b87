"""Opening a connection at a server that is full: again when it says, and not for ever.

A server that is full (``admission``) is asked MOST_TRIES times in all by one call, which waits
MOST_WAIT_S at the longest while it lets nobody in; whoever watches is told: a silent wait looks
like a hang. The time that the server names is a least one, and every refusal makes it longer by a
share of its own, so that those who were refused together do not come back together.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Protocol

from harness.errors import ConnectFailed
from harness.transport.admission import MOST_WAIT_S, Admission
from harness.transport.base import Connect, Connection
from harness.transport.redaction import shown_url

MOST_TRIES = 4
JITTER = 0.5
"""The longest share that is added to a wait."""

_NOTED_S = 0.2
"""A wait that is told of: what doors that stand open take is less."""
_TOO_LONG = f"longer than the {MOST_WAIT_S:g} s that a call waits"


@dataclass(frozen=True, slots=True)
class FullAnswer:
    """A server said that it is full; told to whoever keeps its doors."""

    url: str
    detail: str
    again_s: float
    """0 where it does not say until when."""
    longer: float
    """The wait of this call is so many times what the server says."""
    here_s: float
    """How long the call has been here."""
    tried: int
    """Which of its tries it was, from 1."""


class Begins(Enum):
    """What begins with a connection."""

    CALL = "call"
    """A call, which was started when it was its turn."""
    SESSION = "session"
    """A further session of a call under way: somebody is on the line."""
    TRY = "try"
    """A further try, as the server was full."""


class Turns(Protocol):
    """Gives turns to all who must stay within one rate of starts."""

    def turn_s(self, now_s: float) -> float:
        """Return when the next one may start, not before now; that turn is then taken."""
        ...


class Doorkeeper(Protocol):
    """Lets those who call one server begin their connections."""

    async def enter(self, what: Begins = Begins.CALL) -> str:
        """Wait until a connection may be begun; return why not, empty if it may.

        Cancelling is safe.
        """
        ...

    async def refused(self, answer: FullAnswer) -> bool:
        """Shut the doors for a while; return whether the call should come again."""
        ...

    def let_in(self) -> None:
        """Note that a connection stands."""
        ...


class Doors:
    """Keeps the doors of one server, in the running loop; who came first enters first."""

    def __init__(self, rule: Admission | None = None, turns: Turns | None = None) -> None:
        """``rule`` is what is known of the server from before; ``turns``: the rate of starts."""
        self._rule, self._turns = rule or Admission(), turns
        self._turn = asyncio.Lock()

    @property
    def shut_s(self) -> float:
        """For how many seconds nobody enters; 0 while somebody may."""
        now_s = asyncio.get_running_loop().time()
        return max(0.0, self._rule.due_s(now_s) - now_s)

    async def enter(self, what: Begins = Begins.CALL) -> str:
        """Wait, as ``Doorkeeper`` says.

        A further try takes a turn of the rate once the doors are open, and waits for it. A further
        session takes the next one and does not wait: whoever is started after it does.
        """
        clock = asyncio.get_running_loop()
        if what is Begins.TRY and self._turns is not None:
            if shut := await self._wait():
                return shut
            now_s = clock.time()
            await asyncio.sleep(self._turns.turn_s(now_s) - now_s)
        elif what is Begins.SESSION and self._turns is not None:
            self._turns.turn_s(clock.time())
        return await self._wait(begins=True)

    async def _wait(self, *, begins: bool = False) -> str:
        """Wait until the doors are open; return why they stay shut, else an empty text."""
        clock = asyncio.get_running_loop()
        came_s = clock.time()
        async with self._turn:
            while (wait_s := self.shut_s) > 0:
                if self._rule.in_vain_s(came_s) > MOST_WAIT_S:
                    return f"{self._rule.told}, as another call was told; {_TOO_LONG}"
                await asyncio.sleep(wait_s)
            if begins:
                self._rule.began(clock.time())
        return ""

    async def refused(self, answer: FullAnswer) -> bool:
        """Shut the doors, as ``Doorkeeper`` says; tell it on stderr, once for all."""
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
        """Open them a little more."""
        self._rule.let_in(asyncio.get_running_loop().time())


async def open_patiently(
    connect: Connect,
    url: str,
    *,
    headers: Mapping[str, str],
    open_timeout_s: float,
    seed: int,
    doors: Doorkeeper | None = None,
    begins: Begins = Begins.CALL,
) -> tuple[Connection, str]:
    """Open a connection; return it with what was waited for, in words (empty: nothing).

    ``seed`` decides the call's own share of each wait. ``doors`` are those of all who call the
    server; without them the call is alone. Cancelling is safe.

    Raises:
        ConnectFailed: as ``connect`` does; a server that stayed full is said to have.
        UsageError: as ``connect`` does.
    """
    doors, clock, chance = doors or Doors(), asyncio.get_running_loop(), Random(seed)
    came_s, tried = clock.time(), 0
    while True:
        if shut := await doors.enter(Begins.TRY if tried else begins):
            raise ConnectFailed(shown_url(url), "rejected", shut)
        tried, began_s = tried + 1, clock.time()
        try:
            wire = await connect(url, headers=headers, open_timeout_s=open_timeout_s)
        except ConnectFailed as refusal:
            if refusal.again_s is None:
                raise
            here_s, longer = clock.time() - came_s, 1 + JITTER * chance.random()
            told = refusal.url, refusal.detail, refusal.again_s
            if not await doors.refused(FullAnswer(*told, longer, here_s, tried)):
                raise _gave_up(refusal, tried, here_s) from None
        else:
            doors.let_in()
            return wire, _waited(tried, began_s - came_s)


def _gave_up(refusal: ConnectFailed, tried: int, here_s: float) -> ConnectFailed:
    if tried == 1:
        return ConnectFailed(refusal.url, refusal.kind, f"{refusal.detail}; {_TOO_LONG}")
    told = f"{refusal.detail}; asked {tried} times in {here_s:.0f} s"
    return ConnectFailed(refusal.url, refusal.kind, told)


def _waited(tried: int, waited_s: float) -> str:
    if tried > 1:
        return f"the server was full at first: let in at try {tried}, after {waited_s:.0f} s"
    if waited_s > _NOTED_S:
        return f"the server was full for other calls: let in after {waited_s:.0f} s"
    return ""
