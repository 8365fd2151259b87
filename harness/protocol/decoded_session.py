"""The server's messages as neutral events, whoever the vendor is: guarded, ids whole, rules kept.

What a dialect must not be trusted with, and what holds for all of them, stands here once. A live
call and a second reading of a stored one go through it alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from harness.errors import OperationError
from harness.protocol.commands import ClientCommand
from harness.protocol.events import AudioDelta, Interrupted, ServerEvent
from harness.protocol.gaps import Gaps
from harness.protocol.session import (
    PASSED_OVER,
    UNHEARD,
    Breach,
    Dialect,
    DialectSession,
    Incoming,
    Meaning,
    Outgoing,
)
from harness.protocol.settings import SessionConfig
from harness.protocol.wire import Malformed

_KINDS = frozenset(get_args(ServerEvent))
NO_JSON, UNTYPED = "not a JSON object", "a message without type"


class DialectFailed(OperationError):
    """A dialect could not cope with a message: a fault of its package, told in one line."""

    def __init__(self, dialect: str, problem: str) -> None:
        super().__init__(f"dialect {dialect} failed on a message: {problem}")


class Decoding:
    """One session's messages, in order; feed it everything that came and everything to send."""

    def __init__(self, spoken: Dialect, wanted: SessionConfig) -> None:
        self._name = spoken.name
        self._gaps = Gaps()
        self.session: DialectSession = spoken.session(wanted)

    def take(self, message: str | bytes) -> Incoming:
        """Return what a message is, every event with its ids and every breach of the rules.

        Raises:
            DialectFailed: the dialect raised something, or gave what is no neutral event.
        """
        try:
            incoming = self.session.receive(message)
            return self._followed(incoming)
        except Malformed as fault:
            return unusable(fault)
        except DialectFailed:
            raise
        except Exception as error:  # a package that is not ours
            raise DialectFailed(self._name, _words(error)) from error

    def send(self, command: ClientCommand) -> tuple[Outgoing, ...]:
        """Return the messages of a command."""
        return self.session.send(command)

    def _followed(self, incoming: Incoming) -> Incoming:
        meanings: list[Meaning] = []
        breaches = list(incoming.breaches)
        for meaning in incoming.meanings:
            event = meaning.event
            if type(event) not in _KINDS:
                raise DialectFailed(
                    self._name, f"{type(event).__name__} is no event of harness.protocol.events"
                )
            event, assumed = self._gaps.filled(event)
            followed = self.session.follow(event)
            breaches.extend(Breach(detail) for detail in followed.breaches)
            if followed.stops_playback:
                meanings.append(Meaning(Interrupted(), inferred=True))
            meanings.append(replace(meaning, event=event, assumed={**meaning.assumed, **assumed}))
        return replace(incoming, meanings=tuple(meanings), breaches=tuple(breaches))


def unusable(fault: Malformed) -> Incoming:
    """Return a message of which nothing can be used, and why."""
    readable = fault.event_type is not None or fault.param == "type"
    if not readable:
        return Incoming(NO_JSON, breaches=(Breach(fault.message, PASSED_OVER),), readable=False)
    effect = UNHEARD if fault.lost is AudioDelta else PASSED_OVER
    return Incoming(fault.event_type or UNTYPED, breaches=(Breach(fault.message, effect),))


def _words(error: Exception) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
