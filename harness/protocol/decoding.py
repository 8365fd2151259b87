"""Decodes the messages of a session into neutral events, and fills in missing ids.

A running call and a stored call that is decoded again use the same code, for every vendor. Rules
for all dialects, and checks of the dialects themselves, are here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from harness.errors import OperationError
from harness.plugins import plugin_failure
from harness.protocol import events as e
from harness.protocol.commands import ClientCommand, SessionConfig
from harness.protocol.dialect import (
    PASSED_OVER,
    UNHEARD,
    Breach,
    Dialect,
    DialectSession,
    Incoming,
    Inferred,
    Outgoing,
)
from harness.protocol.events import AudioDelta, Interrupted, ServerError, ServerEvent, UnknownEvent
from harness.protocol.fields import Malformed, load, reported_error
from harness.protocol.items import AudioFormat

# Fills in the response and item ids that a server leaves out, from its earlier events.
#
# Some servers send bare deltas, or no response events at all. A response without an id is the open
# response. If none is open, everything up to the next turn of the caller, the next response or the
# end of its audio is a single answer, and gets a generated name. An item without an id is the item
# that was last named in its response, else a generated name per response.

_TURNS = (e.SpeechStarted, e.SpeechStopped, e.InputCommitted, e.InputTimedOut, e.Interrupted)
"""Events that end an answer without response events: later content answers another turn."""


def ids_of(event: e.ServerEvent) -> dict[str, str]:
    """Return the ids of an event that can be filled in, by field."""
    if isinstance(event, e.ResponseCreated | e.ResponseDone):
        return {"response_id": event.response.id}
    names = ("response_id", "item_id")
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def with_ids(event: e.ServerEvent, ids: Mapping[str, str]) -> e.ServerEvent:
    """Return an event with its ids replaced by these, by field."""
    if not ids:
        return event
    if isinstance(event, e.ResponseCreated | e.ResponseDone):
        return replace(event, response=replace(event.response, id=ids["response_id"]))
    whole: Any = event  # the fields differ from type to type, these two do not
    named: e.ServerEvent = replace(whole, **ids)
    return named


class Gaps:
    """Fills in ids; feed it every event of a session, in order of arrival."""

    def __init__(self) -> None:
        self._response: str | None = None
        self._nameless: str | None = None
        self._sounded = False
        """Whether the audio of the nameless answer is over."""
        self._worded = False
        """Whether it had words before that."""
        self._items: dict[str, str] = {}
        self._count = 0

    def filled(self, event: e.ServerEvent) -> tuple[e.ServerEvent, dict[str, str]]:
        """Return the event with its ids, and those that were filled in, by field.

        The fields are ``response_id`` and ``item_id``, whatever the vendor calls them.
        """
        if isinstance(event, e.ResponseCreated | e.ResponseDone):
            return self._bounded(event)
        if isinstance(event, _TURNS):
            self._nameless = None
        elif isinstance(event, e.ResponseEvent):
            return self._inside(event)
        return event, {}

    def _bounded(
        self, event: e.ResponseCreated | e.ResponseDone
    ) -> tuple[e.ServerEvent, dict[str, str]]:
        begins = isinstance(event, e.ResponseCreated)
        given = event.response.id
        response_id = given or (self._new_name() if begins else self._open())
        self._nameless = None
        if begins:
            self._response = response_id
        elif self._response == response_id:
            self._response = None
        assumed = {} if given else {"response_id": response_id}
        return with_ids(event, assumed), assumed

    def _inside(self, event: e.ResponseEvent) -> tuple[e.ServerEvent, dict[str, str]]:
        assumed: dict[str, str] = {}
        words = isinstance(event, e.TranscriptDelta)
        begins = isinstance(event, e.AudioDelta) or (words and self._worded)
        if begins and self._sounded and not event.response_id:
            self._nameless, self._sounded = None, False
        response_id = event.response_id or self._open()
        if not event.response_id:
            assumed["response_id"] = response_id
        if isinstance(event, e.OutputItemAdded | e.OutputItemDone):
            if event.item.id:
                self._items[response_id] = event.item.id
        elif event.item_id:
            self._items[response_id] = event.item_id
        else:
            assumed["item_id"] = self._items.setdefault(response_id, f"{response_id}_item")
        if isinstance(event, e.AudioDone) and response_id == self._nameless:
            self._sounded = True
        elif words and not self._sounded:
            self._worded = True
        return with_ids(event, assumed), assumed

    def _open(self) -> str:
        """Return the response that an event without a response id belongs to."""
        if self._response is not None:
            return self._response
        if self._nameless is None:
            self._nameless = self._new_name()
            self._sounded = self._worded = False
        return self._nameless

    def _new_name(self) -> str:
        self._count += 1
        return f"unnamed_{self._count}"


_SHOWN = 40
"""Characters of a message that are enough to identify it."""
NO_JSON, UNTYPED = "not a JSON object", "a message without type"
_KINDS = frozenset(get_args(ServerEvent))


class DialectBroke(OperationError):
    """A dialect raised an unexpected exception on a message: a bug in the dialect."""

    def __init__(
        self, dialect: str, message: str | bytes, problem: str, *, of_package: bool
    ) -> None:
        """``of_package``: an installed package offers the dialect."""
        self.of_package = of_package
        start = message[:_SHOWN] + "…" * (len(message) > _SHOWN) if isinstance(message, str) else ""
        what = f"a message that begins {start}" if start else "a binary message"
        super().__init__(f"dialect {dialect!r} broke on {' '.join(what.split())}: {problem}")


@dataclass(frozen=True, slots=True)
class Understood:
    """An event, with the ids (by field) that the server left out and the session filled in.

    ``inferred`` events are conclusions of the harness: no message contains them.
    """

    event: ServerEvent
    assumed: Mapping[str, str] = field(default_factory=dict)
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """The result of decoding a message; ``kind`` is the vendor's name of the message.

    ``json`` is True for a JSON object. A message that is not ``readable`` cannot come from this
    dialect.
    """

    kind: str
    events: tuple[Understood, ...] = ()
    breaches: tuple[Breach, ...] = ()
    replies: tuple[Outgoing, ...] = ()
    json: bool = False
    readable: bool = True
    shown: str | None = None
    """The text that a recording keeps instead of a message with a secret."""

    @property
    def unheard(self) -> str:
        """Why audio in the message was unusable; empty if all of it was usable."""
        return next((each.detail for each in self.breaches if each.effect == UNHEARD), "")


class Decoder:
    """Decodes a session; feed it every received and sent message, in order."""

    def __init__(
        self,
        dialect: Dialect,
        wanted: SessionConfig | None = None,
        resumption: str | None = None,
    ) -> None:
        self._name = dialect.name
        self._gaps = Gaps()
        asked = wanted or SessionConfig()
        kind = asked.output_format or AudioFormat.PCM16_24K
        self._sample_bytes = 1 if wanted is None else kind.sample_bytes  # 1: not known
        self._told_of_halves = False
        self.session: DialectSession = (
            dialect.session(asked) if resumption is None else dialect.resumed(asked, resumption)
        )

    def sent(self, command: ClientCommand) -> tuple[Outgoing, ...]:
        """Take note of a command that goes out; return its messages."""
        return self.session.send(command)

    def take(
        self, message: str | bytes, at_s: float, *, named: Mapping[str, str] | None = None
    ) -> Decoded:
        """Return the content of a message; ``at_s`` is on a monotonic clock.

        ``named`` are the ids that a stored call already assigned; they replace the ids that would
        be filled in now.

        Raises:
                DialectBroke: the dialect raised an exception, or returned an object that is no
            neutral event.
        """
        self.session.now_s = at_s
        try:
            return _with_report(self._followed(self.session.receive(message), named), message)
        except Malformed as fault:
            return _with_report(unusable(fault), message)
        except (Exception, SystemExit) as error:  # code of another package
            said = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
            of_package = plugin_failure(error)
            raise DialectBroke(
                self._name, message, of_package or said, of_package=of_package is not None
            ) from error

    def _followed(self, incoming: Incoming, named: Mapping[str, str] | None) -> Decoded:
        events: list[Understood] = []
        breaches = list(incoming.breaches)
        for told in incoming.events:
            event = told.event if isinstance(told, Inferred) else told
            if type(event) not in _KINDS:
                raise TypeError(f"{type(event).__name__} is no event of harness.protocol.events")
            breaches.extend(self._halves(event))
            event, assumed = self._named(event, named)
            followed = self.session.follow(event)
            breaches.extend(Breach(detail) for detail in followed.breaches)
            if followed.stops_playback:
                events.append(Understood(Interrupted(), inferred=True))
            events.append(Understood(event, assumed, inferred=isinstance(told, Inferred)))
        kind = incoming.kind or UNTYPED
        return Decoded(
            kind,
            tuple(events),
            tuple(breaches),
            incoming.replies,
            incoming.json,
            shown=incoming.shown,
        )

    def _halves(self, event: ServerEvent) -> Iterator[Breach]:
        """Yield a breach for the first audio that ends inside a sample.

        The other half is taken from the next piece of the same part. If the server dropped it, the
        audio that follows is noise.
        """
        if not isinstance(event, AudioDelta) or self._told_of_halves:
            return
        if len(event.audio) % self._sample_bytes:
            self._told_of_halves = True
            yield Breach(
                f"audio of {len(event.audio)} bytes ends inside a sample of {self._sample_bytes}"
                " bytes; if the rest does not come with the next audio, what follows is noise"
            )

    def _named(
        self, event: ServerEvent, named: Mapping[str, str] | None
    ) -> tuple[ServerEvent, Mapping[str, str]]:
        filled, assumed = self._gaps.filled(event)
        if named is None:
            return filled, assumed
        left_out = {name for name, given in ids_of(event).items() if not given}
        stored = {name: named[name] for name in named if name in left_out}
        return with_ids(event, stored), stored


def _with_report(decoded: Decoded, message: str | bytes) -> Decoded:
    """Return a message that no dialect knows with the error that it reports, if any."""
    unread = not decoded.events and decoded.json and bool(decoded.breaches)
    unknown = any(
        isinstance(each.event, UnknownEvent) and not each.event.known for each in decoded.events
    )
    error = reported_error(load(message), decoded.kind) if unread or unknown else None
    if error is None:
        return decoded
    told = Understood(ServerError(error), inferred=True)
    return replace(decoded, events=(*decoded.events, told))


def unusable(fault: Malformed) -> Decoded:
    """Return the result for an unusable message, with the reason."""
    if not fault.of_an_object:
        return Decoded(NO_JSON, breaches=(Breach(fault.message, PASSED_OVER),), readable=False)
    effect = UNHEARD if fault.lost is AudioDelta else PASSED_OVER
    breach = Breach(fault.message, effect)
    return Decoded(fault.event_type or UNTYPED, breaches=(breach,), json=True)
