"""What holds for every dialect: its faults are told, ids become whole, rules are kept."""

from __future__ import annotations

import orjson
import pytest

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.decoded_session import Decoding, DialectFailed
from harness.protocol.items import AudioFormat
from harness.protocol.session import (
    UNHEARD,
    Breach,
    Dialect,
    DialectSession,
    Endpoint,
    Followed,
    Incoming,
    Meaning,
    Outgoing,
)
from harness.protocol.settings import SessionConfig
from harness.protocol.wire import Malformed

HELLO = orjson.dumps({"type": "hello"})


class TinySession(DialectSession):
    """Sound in binary frames and words in text ones, without any id; "stop" stops playback."""

    def receive(self, message: str | bytes) -> Incoming:
        if isinstance(message, bytes):
            return Incoming("sound", (Meaning(e.AudioDelta("", "", 0, 0, message)),))
        if message == "stop":
            return Incoming(message, (Meaning(e.SpeechStarted("", 0)),))
        return Incoming("words", (Meaning(e.TranscriptDelta("", "", 0, 0, message)),))

    def follow(self, event: e.ServerEvent) -> Followed:
        if isinstance(event, e.SpeechStarted):
            return Followed(("no such thing here",), stops_playback=True)
        return super().follow(event)

    def send(self, command: c.ClientCommand) -> tuple[Outgoing, ...]:
        return (Outgoing(command.audio, command),) if isinstance(command, c.AppendAudio) else ()


class Tiny(Dialect):
    name = "tiny"
    made = TinySession

    def session(self, wanted: SessionConfig) -> DialectSession:
        return self.made()


def decoding(**methods: object) -> Decoding:
    """A session of the tiny dialect with some of it done otherwise."""
    spoken = Tiny()
    spoken.made = type("Odd", (TinySession,), methods)
    return Decoding(spoken, SessionConfig())


def test_what_a_dialect_leaves_out_is_filled_in():
    tiny = decoding()
    (sound,) = tiny.take(b"\x01\x02").meanings
    assert sound.event == e.AudioDelta("unnamed_1", "unnamed_1_item", 0, 0, b"\x01\x02")
    assert sound.assumed == {"response_id": "unnamed_1", "item_id": "unnamed_1_item"}
    (words,) = tiny.take("Hi.").meanings
    assert words.event == e.TranscriptDelta("unnamed_1", "unnamed_1_item", 0, 0, "Hi.")


def test_playback_stops_before_the_event_that_stops_it():
    heard = decoding().take("stop")
    assert [meaning.event for meaning in heard.meanings] == [
        e.Interrupted(),
        e.SpeechStarted("", 0),
    ]
    assert [meaning.inferred for meaning in heard.meanings] == [True, False]
    assert heard.breaches == (Breach("no such thing here"),)


def raises(error: Exception) -> object:
    def receive(self: object, message: object) -> Incoming:
        raise error

    return receive


def gives(event: object) -> object:
    def receive(self: object, message: object) -> object:
        return Incoming("odd", (Meaning(event),))  # type: ignore[arg-type]

    return receive


def unfollowed(self: object, event: object) -> Followed:
    raise ZeroDivisionError


FAILS = "dialect tiny failed on a message: "


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"receive": raises(KeyError("type"))}, "KeyError: 'type'"),
        ({"receive": raises(ValueError("two\n  lines"))}, "ValueError: two lines"),
        ({"receive": raises(RuntimeError())}, "RuntimeError"),
        ({"receive": lambda self, message: None}, "AttributeError: 'NoneType' object has no attr"),
        ({"receive": gives("a word")}, "str is no event of harness.protocol.events"),
        ({"receive": gives(7)}, "int is no event"),
        ({"receive": gives(c.CommitAudio())}, "CommitAudio is no event of harness.protocol.events"),
        ({"follow": unfollowed}, "ZeroDivisionError"),
    ],
)
def test_a_dialect_that_fails_is_told_in_one_line(methods, said):
    with pytest.raises(DialectFailed) as caught:
        decoding(**methods).take(b"")
    assert str(caught.value).startswith(FAILS + said)
    assert "\n" not in str(caught.value)


def malformed(lost: type | None, kind: str | None) -> Malformed:
    fault = Malformed("invalid_event", "Odd.")
    fault.lost, fault.event_type = lost, kind
    return fault


@pytest.mark.parametrize(
    ("fault", "kind", "effect", "readable"),
    [
        (malformed(None, None), "not a JSON object", "the message was passed over", False),
        (malformed(None, "x"), "x", "the message was passed over", True),
        (malformed(e.AudioDelta, "x.delta"), "x.delta", UNHEARD, True),
    ],
)
def test_what_cannot_be_used_is_told_and_the_session_goes_on(fault, kind, effect, readable):
    odd = decoding(receive=raises(fault)).take(HELLO)
    assert (odd.kind, odd.readable, odd.meanings) == (kind, readable, ())
    assert odd.breaches == (Breach("Odd.", effect),)


def test_a_dialect_has_to_say_only_what_is_its_own():
    tiny = decoding()
    assert (tiny.session.opening(), tiny.session.awaited, tiny.session.refused) == ((), None, None)
    assert tiny.session.append(b"\x01") == Outgoing(b"\x01", c.AppendAudio(b"\x01"))
    assert tiny.send(c.CommitAudio()) == ()
    assert DialectSession().follow(e.InputCleared()) == Followed()
    for missing in (
        lambda: DialectSession().receive(b""),
        lambda: DialectSession().send(c.CommitAudio()),
        lambda: Dialect().session(SessionConfig()),
    ):
        with pytest.raises(NotImplementedError):
            missing()


def test_a_key_is_a_bearer_unless_a_dialect_has_another_way():
    url = "wss://x/y?z=1"
    assert Tiny().endpoint(url, model="m", key=None) == Endpoint(url)
    assert Tiny().endpoint(url, model="m", key="k").headers == {"Authorization": "Bearer k"}
    assert "k" not in repr(Endpoint("u", {"Authorization": "k"}))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (SessionConfig(), None),
        (SessionConfig(input_format=AudioFormat.PCM16_24K), None),
        (
            SessionConfig(output_format=AudioFormat.PCMU),
            "session.output_format: tiny has pcm16_24k; got pcmu",
        ),
        (
            SessionConfig(input_format=AudioFormat.PCM16_8K),
            "session.input_format: tiny has pcm16_24k; got pcm16_8k",
        ),
    ],
)
def test_a_format_that_a_dialect_does_not_have_is_told(wanted, said):
    assert Tiny().unfit(wanted) == said


@pytest.mark.parametrize(
    ("chosen", "rate_hz", "words"),
    [
        ("pcm16_8k", 8_000, "PCM16 at 8 kHz"),
        ("pcm16_16k", 16_000, "PCM16 at 16 kHz"),
        ("pcm16_24k", 24_000, "PCM16 at 24 kHz"),
        ("pcm16_48k", 48_000, "PCM16 at 48 kHz"),
        ("pcmu", 8_000, "µ-law at 8 kHz"),
        ("pcma", 8_000, "A-law at 8 kHz"),
    ],
)
def test_formats_know_their_rates(chosen, rate_hz, words):
    assert (AudioFormat(chosen).rate_hz, AudioFormat(chosen).words) == (rate_hz, words)
