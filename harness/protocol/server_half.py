"""The server half of a dialect, without I/O; the reference agent uses it.

It gives a ``ServerEnd`` for every connection. The agent works with the events and commands of
OpenAI's Realtime API; if a vendor's conversation differs, its server session acts as the client for
the agent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from harness.errors import BrokenPlugin, UnknownName
from harness.protocol.commands import ClientCommand
from harness.protocol.dialect import DIALECTS, dialect
from harness.protocol.events import ServerEvent

NewId: TypeAlias = Callable[[str], str]
"""Makes an id for the server; the argument is its prefix (``event`` for messages)."""


@dataclass(frozen=True, slots=True)
class Served:
    """The reaction of a server's end: messages are sent first, then commands take effect.

    ``truth`` is timing that only the server knows, for the agent's own log. ``over`` hangs up after
    the messages, with this code and reason.
    """

    messages: tuple[str | bytes, ...] = ()
    commands: tuple[ClientCommand, ...] = ()
    truth: tuple[Mapping[str, Any], ...] = ()
    over: bool = False
    code: int = 1000
    reason: str = ""


class ServerEnd(ABC):
    """The server's end of a connection, between client and agent; each vendor derives its own.

    Times are seconds on the server's clock. ``next_due`` reports when a later action is due.
    """

    def opened(self, now_s: float, limit_s: float | None) -> None:  # noqa: B027  # few care
        """Note that a client connected, and its session limit, if not the default."""

    @abstractmethod
    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Decode a client's message; raises WireFault, for the error that answers it."""

    @abstractmethod
    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Take an event of the agent; it may cause no message now, or ever."""

    def next_due(self) -> float | None:
        """Return when ``tick`` should be called, None if nothing is planned."""
        return None

    def tick(self, now_s: float) -> Served:
        """Do the actions that are due."""
        return Served()


@runtime_checkable
class ServerHalf(Protocol):
    """The server's end of a dialect; only a server needs it.

    ``harness agent --protocol`` and the embedded agent serve every dialect that has both members.
    """

    paths: tuple[str, ...]
    """Paths that serve it; the first is the path that is shown to users."""

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        ...


def server_halves() -> tuple[tuple[str, ...], tuple[BrokenPlugin, ...]]:
    """Return the names of the dialects with a server half, and the errors of broken packages."""
    served, broken = [], []
    for name in DIALECTS.names():
        try:
            if _half(name) is not None:
                served.append(name)
        except BrokenPlugin as error:
            broken.append(error)
    return tuple(served), tuple(broken)


def server_half(name: str) -> ServerHalf:
    """Return the server half of a dialect; raises UnknownName if it has none."""
    if (half := _half(name)) is None:
        raise UnknownName("protocol of the reference agent", name, server_halves()[0])
    return half


def _half(name: str) -> ServerHalf | None:
    half = dialect(name)
    if not isinstance(half, ServerHalf):
        return None
    paths: object = half.paths
    if not (isinstance(paths, tuple) and paths and all(str(path)[:1] == "/" for path in paths)):
        wrong = ValueError(f"paths: expected a tuple like ('/v1/realtime',), got {paths!r}")
        raise BrokenPlugin("dialect", name, wrong)
    return half
