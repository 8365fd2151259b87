"""The server's half of a dialect, so that the reference agent can speak it, without I/O.

It gives a ``ServerEnd`` for every connection. The agent thinks in events and commands as OpenAI's
Realtime API has them; where a vendor's conversation is another one, its server session plays the
part of the client for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from harness.errors import UnknownName
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.session import DIALECTS, dialect

NewId: TypeAlias = Callable[[str], str]
"""Makes an id of a server's, which begins with this prefix (``event`` for its messages)."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a server's end does about something: messages leave first, then commands take effect.

    ``truth`` is what only it knows of time, for the agent's own log. ``over`` hangs up behind the
    messages, with this code and reason.
    """

    messages: tuple[str | bytes, ...] = ()
    commands: tuple[ClientCommand, ...] = ()
    truth: tuple[Mapping[str, Any], ...] = ()
    over: bool = False
    code: int = 1000
    reason: str = ""


class ServerEnd(ABC):
    """The server's end of one connection, between a client and the agent; a vendor's own derives.

    Times are seconds on the server's clock. What is to happen later is told by ``next_due``.
    """

    def opened(self, now_s: float, limit_s: float | None) -> None:  # noqa: B027  # few care
        """Note that a client is there, and how long it may stay, if not as long as ever."""

    @abstractmethod
    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Take a client's message; raises WireFault, for the error that answers it."""

    @abstractmethod
    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Take an event of the agent; nothing may come of it now, or at all."""

    def next_due(self) -> float | None:
        """Return when ``tick`` should be called, None if nothing is planned."""
        return None

    def tick(self, now_s: float) -> Served:
        """Do what is due."""
        return Served()


@runtime_checkable
class ServerHalf(Protocol):
    """The other end of a dialect, which only a server needs."""

    served_as: str
    """What ``harness agent --protocol`` calls it."""
    paths: tuple[str, ...]
    """Where it is served; the first is the one that is told."""

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        ...


def server_halves() -> dict[str, ServerHalf]:
    """Return the server halves of the harness's own dialects, by what they are served as."""
    made = (DIALECTS.make(name) for name in DIALECTS.builtin)
    return {half.served_as: half for half in made if isinstance(half, ServerHalf)}


def server_half(name: str) -> ServerHalf:
    """Return the server half of a dialect by the dialect's name; raises UnknownName."""
    half = dialect(name)
    if not isinstance(half, ServerHalf):
        known = (each for each in DIALECTS.builtin if isinstance(DIALECTS.make(each), ServerHalf))
        raise UnknownName("protocol of the embedded agent", name, tuple(known))
    return half
