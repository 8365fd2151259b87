"""One session's messages as neutral events: decoded, ids filled in, what is wrong with them noted.

The same for a call while it runs and for a stored one that is decoded again. What is the vendor's,
its shapes and its grammar, is the dialect's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from harness.errors import HarnessError
from harness.protocol.commands import ClientCommand
from harness.protocol.dialect import Dialect, NotingDialect
from harness.protocol.events import AudioDelta, ResponseCreated, ResponseDone, ServerEvent
from harness.protocol.gaps import Gaps
from harness.protocol.wire import Malformed, load

PASSED_OVER = "the message was passed over"
UNHEARD = "its audio was not heard"


class Grammar(Protocol):
    """What a vendor's server may legally say next; fed with everything sent and received."""

    def sent(self, command: ClientCommand) -> None:
        """Take note of a command that went out."""
        ...

    def received(self, event: ServerEvent) -> tuple[str, ...]:
        """Take one event; return in words what is illegal about it here."""
        ...


@runtime_checkable
class GrammaticalDialect(Dialect, Protocol):
    """A dialect that knows the order in which its server may speak."""

    def grammar(self) -> Grammar:
        """Return the grammar of a session that begins."""
        ...


class DialectBroke(HarnessError):
    """A dialect raised something of its own on a message: a bug in it, and not in the message."""


@dataclass(frozen=True, slots=True)
class Understood:
    """One event, with the ids by field name that the server left out and the session filled in."""

    event: ServerEvent
    assumed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with a message; ``type`` is the vendor's own name of it.

    ``effect`` is what is lost by it, empty for nothing.
    """

    type: str
    detail: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one message came to; ``fault`` is why it is no event, if it is none."""

    events: tuple[Understood, ...] = ()
    breaches: tuple[Breach, ...] = ()
    fault: Malformed | None = None


class Decoder:
    """Feed it everything that was received and sent in one session, in order."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._gaps = Gaps()
        self._grammar = dialect.grammar() if isinstance(dialect, GrammaticalDialect) else None

    def sent(self, command: ClientCommand) -> None:
        """Take note of a command that went out."""
        if self._grammar is not None:
            self._grammar.sent(command)

    def take(
        self, message: bytes, at_s: float, *, named: Mapping[str, str] | None = None
    ) -> Decoded:
        """Return what a message holds; ``at_s`` is on a clock that only runs forward.

        ``named`` are the ids that a stored call has given already, in place of those that would be
        filled in now. Raises DialectBroke.
        """
        try:
            event, noted = self._decoded(message)
        except Malformed as fault:
            effect = UNHEARD if fault.lost is AudioDelta else PASSED_OVER
            breach = Breach(fault.event_type or type_of(message), fault.message, effect)
            return Decoded(breaches=(breach,), fault=fault)
        event, assumed = self._named(event, named)
        order = () if self._grammar is None else self._grammar.received(event)
        details = (*noted, *order)
        kind = type_of(message) if details else ""
        breaches = tuple(Breach(kind, detail) for detail in details)
        return Decoded((Understood(event, assumed),), breaches)

    def _decoded(self, message: bytes) -> tuple[ServerEvent, tuple[str, ...]]:
        try:
            if isinstance(self._dialect, NotingDialect):
                return self._dialect.decode_noting(message)
            return self._dialect.decode_server(message), ()
        except Malformed:
            raise
        except Exception as error:  # a package that is not ours reads what a server sends
            name, problem = self._dialect.name, f"{type(error).__name__}: {error}"
            raise DialectBroke(
                f"dialect {name!r} broke on {type_of(message)}: {problem}"
            ) from error

    def _named(
        self, event: ServerEvent, named: Mapping[str, str] | None
    ) -> tuple[ServerEvent, Mapping[str, str]]:
        filled, assumed = self._gaps.filled(event)
        if named is None:
            return filled, assumed
        return _with_ids(event, named), named


def type_of(message: bytes) -> str:
    """Return what the vendor calls a message; "message" where it has no name."""
    try:
        return str(load(message).get("type", "message"))
    except Malformed:
        return "message"


def _with_ids(event: ServerEvent, ids: Mapping[str, str]) -> ServerEvent:
    whole: Any = event  # the fields differ from type to type
    if isinstance(event, ResponseCreated | ResponseDone):
        name = ids.get("response_id")
        return event if name is None else replace(event, response=replace(event.response, id=name))
    return replace(whole, **ids) if ids else event
