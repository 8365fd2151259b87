"""The contract of a dialect, as a pytest class that the test of a dialect's package derives from.

Public like ``harness.api``: the names in ``__all__`` may be imported. No part of the harness uses
this module, and no network is used: a dialect is fed with messages, as a call feeds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from threading import Thread
from typing import Any, TypeAlias, TypeVar

import orjson
import pytest

from harness.protocol.commands import (
    TRANSCRIPTION,
    CreateItem,
    CreateResponse,
    SessionConfig,
    merged,
)
from harness.protocol.decoding import Decoded, Decoder, DialectBroke
from harness.protocol.dialect import CloseMeaning, Dialect, Outgoing
from harness.protocol.events import Interrupted, OutputItemDone, ServerError
from harness.protocol.items import AudioFormat, Item, ItemKind
from harness.scenario.session_settings import SessionSettings

__all__ = ["DialectContract", "Message"]

Message: TypeAlias = str | bytes | Mapping[str, Any]
"""A message of the server; a mapping is sent as JSON text."""

T = TypeVar("T")

ODD: Mapping[str, str | bytes] = {
    "unknown type": '{"type":"harness.no_such_message"}',
    "a type that is no text": '{"type":["harness"]}',
    "type null": '{"type":null}',
    "invalid JSON": '{"type":',
    "no object": '["harness"]',
    "empty": "",
    "empty and binary": b"",
    "binary": bytes(range(256)),
    "huge": '{"type":"harness.huge","text":"' + "x" * 5_000_000 + '"}',
    "nested deeply": "[" * 100_000,
}
"""Messages that no dialect expects, by name."""
CLOSES = ((1000, ""), (1001, "going away"), (1006, ""), (1011, "x" * 123), (4999, "\u2028"))
"""Close codes and reasons that any service may send; 1006 is a connection that is just gone."""


def settings_of_a_call(wanted: SessionConfig, dialect: Dialect) -> SessionConfig:
    """Return settings with those that each call sets; values of ``wanted`` are kept."""
    defaults = SessionSettings()
    if wanted.type == TRANSCRIPTION:
        defaults = SessionSettings(type="transcription")
    filled = merged(defaults.wanted(), wanted)
    own = dialect.settings if wanted.vendor is None else None
    return replace(
        filled,
        input_format=_served(filled.input_format, wanted.input_format, dialect),
        output_format=_served(filled.output_format, wanted.output_format, dialect),
        turn_detection=None if wanted.turn_detection_off else filled.turn_detection,
        vendor=wanted.vendor if own is None else own(),
    )


def _served(
    filled: AudioFormat | None, asked: AudioFormat | None, dialect: Dialect
) -> AudioFormat | None:
    """Return a format; a default that the vendor lacks is replaced, as a target must do."""
    if asked is not None or filled is None or filled in dialect.formats:
        return filled
    return dialect.formats[0]


def without_each_field(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path of each field, nested fields too, and the message without it."""
    for name, value in raw.items():
        yield name, {key: each for key, each in raw.items() if key != name}
        if isinstance(value, Mapping):
            yield from (
                (f"{name}.{path}", {**raw, name: less}) for path, less in without_each_field(value)
            )
        elif isinstance(value, list | tuple):
            for index, each in enumerate(value):
                if isinstance(each, Mapping):
                    for path, less in without_each_field(each):
                        others = [*value[:index], less, *value[index + 1 :]]
                        yield f"{name}[{index}].{path}", {**raw, name: others}


class DialectContract:
    """Derive a class ``TestMine`` and give a dialect and messages of its server.

    A message that cannot be used may raise ``Malformed`` and no other exception; each is reported
    as an event or a breach, none takes longer than ``limit_s``, and the session continues.
    """

    dialect: Dialect
    """An instance; it makes a session for each test."""
    wanted: SessionConfig = SessionConfig()
    """The settings that sessions request; those that each call sets are added if they are None."""
    handshake: tuple[Message, ...] = ()
    """The server's messages until the session is ready."""
    tool_call: tuple[Message, ...]
    """The server's messages with a call of a tool, after the handshake."""
    interruption: tuple[Message, ...] = ()
    """Messages after which playback must stop; empty if the vendor reports no interruption."""
    error: tuple[Message, ...] = ()
    """Messages that report an error, after the handshake; empty if the vendor has none."""
    error_close: tuple[int, str] | None = None
    """The close code and reason that report an error, if there is no message for it."""
    limit_s: float = 10.0
    """How long a message may take; on a busy machine milliseconds become seconds."""

    def opened(self, messages: Iterable[Message] = ()) -> Decoder:
        """Return a new session that received these messages."""
        decoder = Decoder(self.dialect, settings_of_a_call(self.wanted, self.dialect))
        self.sendable(decoder.session.opening())
        for each in messages:
            self.take(decoder, each)
        return decoder

    def take(self, decoder: Decoder, message: Message) -> Decoded:
        """Return the content of a message, read within ``limit_s``."""
        raw = orjson.dumps(message).decode() if isinstance(message, Mapping) else message
        decoded = self.in_time(lambda: decoder.take(raw, 0.0))
        self.sendable(decoded.replies)
        return decoded

    def in_time(self, work: Callable[[], T]) -> T:
        """Return the result of pure work; fail if it takes longer than ``limit_s``."""
        results: list[T] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001  # raised again in the test's thread
                errors.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(self.limit_s)
        if thread.is_alive():
            pytest.fail(f"the dialect still works after {self.limit_s:g} s")
        for error in errors:
            raise error
        return results[0]

    def sendable(self, messages: Iterable[Outgoing]) -> None:
        """Fail unless each message to the server is text or bytes."""
        for each in messages:
            if not isinstance(each.message, str | bytes):
                pytest.fail(f"expected text or bytes to send, got {each.message!r}")

    def test_handshake_makes_the_session_ready(self) -> None:
        """After the handshake no message is awaited, and audio can be sent."""
        session = self.opened(self.handshake).session
        if session.refused is not None or session.awaited is not None:
            pytest.fail(f"refused: {session.refused}; still awaited: {session.awaited}")
        self.sendable((Outgoing(session.append_audio(bytes(960))), *session.greet()))
        assert not self.handshake or self.opened().session.awaited, "ready before the handshake"

    def test_tool_call_is_reported_and_answered(self) -> None:
        """A tool call is an item with a name and JSON arguments, and its result is sent."""
        decoder = self.opened(self.handshake)
        calls = self._calls(decoder)
        assert calls, "no message of tool_call is an OutputItemDone with a function call"
        for item in calls:
            assert item.name, "the tool has no name"
            arguments = orjson.loads(item.arguments or "{}")
            assert isinstance(arguments, dict), f"expected an object, got {arguments!r}"
            output = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id=item.call_id, output="{}")
            sent = decoder.sent(CreateItem(output))
            assert sent, "no message carries the result: override answer_tool"
            self.sendable((*sent, *decoder.sent(CreateResponse())))

    def _calls(self, decoder: Decoder) -> list[Item]:
        events = [each.event for raw in self.tool_call for each in self.take(decoder, raw).events]
        done = [event.item for event in events if isinstance(event, OutputItemDone)]
        return [item for item in done if item.kind is ItemKind.FUNCTION_CALL]

    def test_interruption_stops_playback(self) -> None:
        """The messages of an interruption give an ``Interrupted``."""
        if not self.interruption:
            pytest.skip("the dialect's test has no messages of an interruption")
        decoder = self.opened(self.handshake)
        taken = [self.take(decoder, each) for each in self.interruption]
        events = [each.event for decoded in taken for each in decoded.events]
        assert any(isinstance(event, Interrupted) for event in events), f"none of {events} stops it"

    def test_error_is_reported(self) -> None:
        """An error is a ``ServerError`` with words, or the meaning of a close."""
        decoder = self.opened(self.handshake)
        if self.error_close is not None:
            meaning = decoder.session.closed(*self.error_close)
            assert meaning is not None, "closed gives error_close no meaning"
            assert meaning.failed, "a close that is no failure"
            return
        taken = [self.take(decoder, each) for each in self.error]
        events = [each.event for decoded in taken for each in decoded.events]
        found = [event.error for event in events if isinstance(event, ServerError)]
        assert found, "no message of error is a ServerError; without such messages give error_close"
        told = all(error.message or error.code or error.type for error in found)
        assert told, "an error without words"

    @pytest.mark.parametrize("ready", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("name", ODD)
    def test_odd_message_is_reported(self, name: str, ready: bool) -> None:
        """An odd message is reported, before and after the handshake, and the session continues."""
        decoder = self.opened(self.handshake if ready else ())
        odd = self.take(decoder, ODD[name])
        assert odd.kind, "a message without a kind"
        assert odd.events or odd.breaches, "the message is ignored: neither event nor breach"
        for each in () if ready else self.handshake:
            self.take(decoder, each)
        assert self._calls(decoder), "after it no tool call is understood"

    def test_message_that_is_cut_off_is_reported(self) -> None:
        """The beginning of a text message raises ``Malformed`` at most."""
        for each in (*self.handshake, *self.tool_call, *self.interruption, *self.error):
            raw = orjson.dumps(each).decode() if isinstance(each, Mapping) else each
            for length in (1, len(raw) // 2, len(raw) - 1):
                cut = self.take(self.opened(), raw[:length])
                assert cut.events or cut.breaches, f"ignored: {cut.kind}"

    def test_message_without_a_field_is_reported(self) -> None:
        """A message that lacks a field raises ``Malformed`` at most."""
        faults = [
            f"without {path}: {fault}"
            for before, message in self._given()
            if isinstance(message, Mapping)
            for path, less in without_each_field(message)
            if (fault := self._fault(before, less))
        ]
        if faults:
            pytest.fail("\n".join(("only Malformed may be raised", *faults)))

    def _given(self) -> Iterator[tuple[tuple[Message, ...], Message]]:
        """Yield each message of the test, after those that come before it in a session."""
        for ready, messages in (
            ((), self.handshake),
            *((self.handshake, each) for each in (self.tool_call, self.interruption, self.error)),
        ):
            for index, message in enumerate(messages):
                yield (*ready, *messages[:index]), message

    def _fault(self, before: Iterable[Message], message: Message) -> str:
        """Return the exception that a message raises after others; empty for none."""
        decoder = self.opened(before)
        try:
            self.take(decoder, message)
        except DialectBroke as broke:
            return str(broke)
        return ""

    @pytest.mark.parametrize("ready", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize(("code", "reason"), CLOSES)
    def test_closed_socket_has_a_meaning(self, code: int, reason: str, ready: bool) -> None:
        """A close has a meaning in words, or the standard meaning, at any time."""
        decoder = self.opened(self.handshake if ready else ())
        session = decoder.session
        meaning = self.in_time(lambda: session.closed(code, reason))
        assert meaning is None or (isinstance(meaning, CloseMeaning) and meaning.words)
        assert session.over in (True, False)
        assert session.hung_up in (True, False)
        self.sendable(session.closing())
