"""Rules for every dialect: its faults are reported, ids become whole, rules are kept."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from harness.errors import BrokenPlugin, UnknownName
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig
from harness.protocol.decoding import Decoder, DialectBroke, Understood
from harness.protocol.dialect import (
    DIALECTS,
    UNHEARD,
    Breach,
    Dialect,
    DialectSession,
    Endpoint,
    Followed,
    Incoming,
    Outgoing,
    can,
    dialect,
)
from harness.protocol.fields import Malformed
from harness.protocol.items import AudioFormat, Content, ContentKind, Item, ItemKind, Response, Role
from harness.protocol.server_half import Served, ServerEnd, ServerHalf, server_half, server_halves

SOUND = e.AudioDelta()
HELLO = orjson.dumps({"type": "hello"})


class TinySession(DialectSession):
    """Audio in binary messages and words in text messages, without ids; "stop" stops playback."""

    def receive(self, message: str | bytes) -> Incoming:
        if isinstance(message, bytes):
            return Incoming("sound", (e.AudioDelta(audio=message),))
        if message == "stop":
            return Incoming(message, (e.SpeechStarted(),))
        return Incoming("words", (e.TranscriptDelta(delta=message),))

    def follow(self, event: e.ServerEvent) -> Followed:
        if isinstance(event, e.SpeechStarted):
            return Followed(("no such thing here",), stops_playback=True)
        return super().follow(event)

    def append_audio(self, audio: bytes) -> bytes:
        return audio


class Tiny(Dialect):
    name = "tiny"
    session_class = TinySession


ABILITIES = (
    *("greet", "begin_turn", "end_turn", "request_response", "cancel_response", "truncate"),
    *("answer_tool", "answer_approval", "add_text", "add_tool_call", "add_image", "add_audio"),
    *("update_session", "ask_out_of_band"),
)


def called(name: str) -> object:
    def method(self: object, *values: object, **named: object) -> tuple[Outgoing, ...]:
        return (Outgoing(f"{name}{values}{named or ''}"),)

    return method


Able = type("Able", (TinySession,), {each: called(each) for each in ABILITIES})
"""Has every ability; each message is the method and what it was given."""


def message(*content: Content, role: Role | None = Role.USER) -> c.CreateItem:
    return c.CreateItem(Item(kind=ItemKind.MESSAGE, role=role, content=content), turn=True)


HI = Content(ContentKind.INPUT_TEXT, text="Hi")
SHOWN = Content(ContentKind.INPUT_IMAGE, image_url="data:x")
CALL = Item(kind=ItemKind.FUNCTION_CALL, call_id="c", name="book", arguments="{}")
RESULT = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="c", output="ok")
BESIDE = c.ResponseOptions("none", "Sum up.", metadata={"turn": "1"})

SENT_AS: tuple[tuple[c.ClientCommand, str], ...] = (
    (c.ClearAudio(), "begin_turn()"),
    (c.CommitAudio(), "end_turn()"),
    (c.CreateResponse(), "request_response()"),
    (c.CancelResponse("r"), "cancel_response('r',)"),
    (c.TruncateItem("i", 0, 300), "truncate('i', 0, 300)"),
    (c.CreateItem(RESULT), "answer_tool('c', 'ok')"),
    (c.AnswerApproval("i", approve=False), "answer_approval('i',){'approve': False}"),
    (message(HI), "add_text('Hi', <Role.USER: 'user'>){'turn': True}"),
    (message(HI, HI), "add_text('Hi Hi', <Role.USER: 'user'>){'turn': True}"),
    (message(HI, role=Role.SYSTEM), "add_text('Hi', <Role.SYSTEM: 'system'>){'turn': True}"),
    (message(), "add_text('', <Role.USER: 'user'>){'turn': True}"),
    (c.CreateItem(CALL), "add_tool_call('c', 'book', '{}')"),
    (message(HI, SHOWN), "add_image('data:x', 'Hi'){'turn': True}"),
    (message(SHOWN), "add_image('data:x', ''){'turn': True}"),
    (message(Content(ContentKind.INPUT_AUDIO, audio=b"a")), "add_audio(b'a',){'turn': True}"),
    (c.ConfigureSession(SessionConfig()), f"update_session({SessionConfig()!r},)"),
    (c.CreateResponse(BESIDE), "ask_out_of_band('Sum up.',)"
     "{'metadata': {'turn': '1'}, 'with_conversation': True}"),
    (c.CreateResponse(replace(BESIDE, input=())), "ask_out_of_band('Sum up.',)"
     "{'metadata': {'turn': '1'}, 'with_conversation': False}"),
)  # fmt: skip
COMMANDS = tuple(command for command, _ in SENT_AS)


@pytest.mark.parametrize(("command", "said"), SENT_AS)
def test_a_command_is_sent_by_its_method(command, said):
    (sent,) = Able(SessionConfig()).send(command)
    assert sent.message == said.replace("(),", "()")
    assert sent.says == command


def test_the_last_message_is_recorded_as_the_command_unless_one_says_it():
    first, last = Outgoing("1"), Outgoing("2")
    session = TinySession(SessionConfig())
    session.end_turn = lambda: (first, last)
    assert session.send(c.CommitAudio()) == (first, replace(last, says=c.CommitAudio()))
    own = replace(first, says=c.ClearAudio())
    session.end_turn = lambda: (own, last)
    assert session.send(c.CommitAudio()) == (own, last)


CANNOT = {
    "openai_ga": set(),
    "openai_beta": {"add_image"},
    "gemini_live": {"cancel_response", "truncate", "answer_approval", "add_audio",
                    "ask_out_of_band"},
    "openai_live": {*ABILITIES} - {"greet", "request_response", "answer_tool", "add_text",
                                   "update_session"},
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS.builtin)
def test_what_a_dialect_overrides_is_what_it_can(name):
    lacking = {each for each in ABILITIES if not can(dialect(name), getattr(DialectSession, each))}
    assert lacking == CANNOT[name]


def decoder(**methods: object) -> Decoder:
    """A session of the tiny dialect with some of it done otherwise."""
    spoken = Tiny()
    spoken.session_class = type("Odd", (TinySession,), methods)
    return Decoder(spoken, SessionConfig())


def test_what_a_dialect_leaves_out_is_filled_in():
    tiny = decoder()
    (sound,) = tiny.take(b"\x01\x02", 0.0).events
    assert sound.event == e.AudioDelta("unnamed_1", "unnamed_1_item", 0, 0, b"\x01\x02")
    assert sound.assumed == {"response_id": "unnamed_1", "item_id": "unnamed_1_item"}
    (words,) = tiny.take("Hi.", 0.1).events
    assert words.event == e.TranscriptDelta("unnamed_1", "unnamed_1_item", 0, 0, "Hi.")


def test_what_a_stored_call_has_filled_in_stays():
    named = {"response_id": "r", "item_id": "i"}
    (sound,) = decoder().take(b"\x01", 0.0, named=named).events
    assert (sound.event, sound.assumed) == (e.AudioDelta("r", "i", 0, 0, b"\x01"), named)
    several = decoder(receive=gives(e.InputCommitted("u"), SOUND))
    spoken, both = several.take("", 0.0, named=named).events
    assert (spoken.event, spoken.assumed) == (e.InputCommitted("u"), {})
    assert (both.event, both.assumed) == (e.AudioDelta("r", "i"), named)
    begins = decoder(receive=gives(e.ResponseCreated(Response(""))))
    (event,) = begins.take("", 0.0, named={"response_id": "r"}).events
    assert event.event == e.ResponseCreated(Response("r"))
    (event,) = begins.take("", 0.0, named={}).events  # nor does an item left without a response
    assert event.event == e.ResponseCreated(Response(""))


def test_playback_stops_before_the_event_that_stops_it():
    heard = decoder().take("stop", 0.0)
    assert heard.events == (
        Understood(e.Interrupted(), inferred=True),
        Understood(e.SpeechStarted()),
    )
    assert heard.breaches == (Breach("no such thing here"),)


def test_what_a_vendor_calls_an_interruption_ends_an_answer_without_a_name():
    odd = decoder(
        receive=lambda self, message: Incoming("", (e.Interrupted(), e.AudioDelta(audio=b"")))
    )
    names = [odd.take("", 0.0).events[1].event.response_id for _ in range(2)]
    assert names == ["unnamed_1", "unnamed_2"]


def raises(error: BaseException) -> object:
    def receive(self: object, message: object) -> Incoming:
        raise error

    return receive


def gives(*events: object) -> object:
    def receive(self: object, message: object) -> object:
        return Incoming("odd", events)  # type: ignore[arg-type]

    return receive


def unfollowed(self: object, event: object) -> Followed:
    raise ZeroDivisionError


FAILS = "dialect 'tiny' broke on "


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"receive": raises(KeyError("type"))}, "KeyError: 'type'"),
        ({"receive": raises(ValueError("two\n  lines"))}, "ValueError: two lines"),
        ({"receive": raises(RuntimeError())}, "RuntimeError"),
        ({"receive": raises(SystemExit("bye"))}, "SystemExit: bye"),
        ({"receive": lambda self, message: None}, "AttributeError: 'NoneType' object has no attr"),
        ({"receive": gives("a word")}, "TypeError: str is no event of harness.protocol.events"),
        ({"receive": gives(7)}, "TypeError: int is no event"),
        ({"receive": gives(c.CommitAudio())}, "TypeError: CommitAudio is no event of harness.pro"),
        ({"follow": unfollowed}, "ZeroDivisionError"),
    ],
)
def test_a_dialect_that_breaks_is_told_in_one_line(methods, said):
    for message, what in (
        (b"\x01", "a binary message"),
        ('{"type":\n "hello"}', 'a message that begins {"type": "hello"}'),
        ("x" * 50, f"a message that begins {'x' * 40}…"),
    ):
        with pytest.raises(DialectBroke) as caught:
            decoder(**methods).take(message, 0.0)
        assert str(caught.value).startswith(f"{FAILS}{what}: {said}")
        assert "\n" not in str(caught.value)


def malformed(lost: type | None, kind: str | None, param: str | None = None) -> Malformed:
    fault = Malformed("invalid_event", "Odd.", param=param)
    fault.lost, fault.event_type = lost, kind
    return fault


@pytest.mark.parametrize(
    ("fault", "kind", "unheard", "json"),
    [
        (malformed(None, None), "not a JSON object", "", False),
        (malformed(None, "x"), "x", "", True),
        (malformed(None, None, "type"), "a message without type", "", True),
        (malformed(e.AudioDelta, "x.delta"), "x.delta", "Odd.", True),
    ],
)
def test_what_cannot_be_used_is_told_and_the_session_goes_on(fault, kind, unheard, json):
    odd = decoder(receive=raises(fault)).take(HELLO, 0.0)
    assert (odd.kind, odd.json, odd.readable, odd.events) == (kind, json, json, ())
    effect = UNHEARD if unheard else "the message was passed over"
    assert odd.breaches == (Breach("Odd.", effect),)
    assert odd.unheard == unheard


def test_a_dialect_has_to_say_only_what_is_its_own():
    tiny = decoder()
    assert (tiny.session.opening(), tiny.session.awaited, tiny.session.refused) == ((), None, None)
    assert tiny.session.greet() == ()
    assert all(tiny.sent(command) == () for command in COMMANDS)
    assert DialectSession.follow(tiny.session, e.InputCleared()) == Followed()
    assert (tiny.session.resumption, tiny.session.secrets) == (None, ())
    assert Decoder(Tiny()).take("Hi.", 0.0).kind == "words"


class Deaf(DialectSession):
    def append_audio(self, audio: bytes) -> bytes:
        return audio


class Dumb(DialectSession):
    def receive(self, message: str | bytes) -> Incoming:
        return Incoming("words")


class Unserved(ServerEnd):
    def receive(self, message: str | bytes, now_s: float) -> Served:
        return Served()


@pytest.mark.parametrize(
    ("made", "missing"),
    [(Deaf, "receive"), (Dumb, "append_audio"), (Unserved, "send")],
)
def test_what_lacks_half_of_itself_cannot_be_made_at_all(made, missing):
    with pytest.raises(TypeError, match=f"abstract method '?{missing}"):
        made()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (None, "session_class: expected a class derived from harness.api.DialectSession"),
        (Tiny, "session_class: expected a class derived from"),
        (Deaf, "session_class: Deaf has no method receive"),
        (Dumb, "session_class: Dumb has no method append_audio"),
    ],
)
def test_a_dialect_without_a_whole_session_class_is_refused(monkeypatch, made, said):
    spoken = Tiny()
    spoken.session_class = made
    monkeypatch.setattr(type(DIALECTS), "make", lambda self, name: spoken)
    with pytest.raises(BrokenPlugin, match=said):
        dialect("tiny")


def test_a_dialect_that_resumes_overrides_resumed():
    assert can(dialect("gemini_live"), Dialect.resumed)
    assert not can(Tiny(), Dialect.resumed)
    with pytest.raises(NotImplementedError, match="tiny cannot resume a session"):
        Tiny().resumed(SessionConfig(), "handle")


def test_a_server_half_is_known_by_what_it_can():
    assert isinstance(dialect("openai_ga"), ServerHalf)
    assert not isinstance(Tiny(), ServerHalf)
    assert server_halves() == (tuple(DIALECTS.builtin), ())
    assert server_half("gemini_live").paths[0].startswith("/ws/google")


@pytest.mark.parametrize("paths", [(), "/v1", ("v1",), (7,)])
def test_a_server_half_without_a_path_is_told_in_one_line(monkeypatch, paths):
    half = dialect("openai_ga")
    monkeypatch.setattr(type(half), "paths", paths)
    with pytest.raises(BrokenPlugin, match="paths: expected a tuple like"):
        server_half("openai_ga")
    served, broken = server_halves()
    assert served == ("gemini_live", "openai_live")
    assert len(broken) == 2  # openai_beta derives from openai_ga


def test_a_dialect_without_a_server_half_is_told_with_those_that_have_one(monkeypatch):
    plain = {"openai_live": Tiny()}
    monkeypatch.setattr(
        "harness.protocol.server_half.dialect", lambda name: plain.get(name) or dialect(name)
    )
    with pytest.raises(
        UnknownName, match="'openai_live'; known: openai_ga, openai_beta, gemini_live"
    ):
        server_half("openai_live")


class Plain(Unserved):
    def send(self, event: e.ServerEvent, now_s: float) -> Served:
        return Served()


def test_a_server_session_that_plans_nothing_needs_no_more_than_both_ways():
    plain = Plain()
    plain.opened(0.0, None)
    assert (plain.next_due(), plain.tick(1.0)) == (None, Served())


def test_what_is_no_dialect_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(type(DIALECTS), "make", lambda self, name: 7)
    with pytest.raises(BrokenPlugin, match="dialect 'odd': its package cannot be loaded: TypeErro"):
        dialect("odd")


class Nameless(Dialect):
    def session(self, wanted: SessionConfig) -> DialectSession:
        return TinySession()


@pytest.mark.parametrize(("made", "said"), [(Tiny, "'tiny'"), (Nameless, "None")])
def test_a_dialect_that_says_another_name_than_its_entry_point_is_told_in_one_line(
    monkeypatch, made, said
):
    monkeypatch.setattr(type(DIALECTS), "make", lambda self, name: made())
    with pytest.raises(BrokenPlugin) as broken:
        dialect("tinny")
    told = f"its name, perhaps inherited, is {said}; give it name = 'tinny'"
    assert str(broken.value).endswith(f"cannot be loaded: ValueError: {told}")


def test_a_key_is_a_bearer_unless_a_dialect_has_another_way():
    url = "wss://x/y?z=1"
    assert Tiny().endpoint(url, model="m", key=None) == Endpoint(url)
    assert Tiny().endpoint(url, model="m", key="k").headers == {"Authorization": "Bearer k"}
    assert "secret" not in repr(Endpoint("u", {"Authorization": "secret"}))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (SessionConfig(), []),
        (SessionConfig(input_format=AudioFormat.PCM16_24K), []),
        (
            SessionConfig(output_format=AudioFormat.PCMU),
            [("output_format", "tiny has pcm16_24k; got pcmu")],
        ),
        (
            SessionConfig(input_format=AudioFormat.PCM16_8K),
            [("input_format", "tiny has pcm16_24k; got pcm16_8k")],
        ),
    ],
)
def test_a_format_that_a_dialect_does_not_have_is_told(wanted, said):
    assert list(Tiny().unfit(wanted)) == said


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


@pytest.mark.parametrize(
    ("kind", "sizes", "told"),
    [
        (None, (4, 3, 4, 3, 1), [[], ["audio of 3 bytes ends inside a sample of 2"], [], [], []]),
        (AudioFormat.PCM16_48K, (1,), [["audio of 1 bytes ends inside a sample of 2 bytes"]]),
        (AudioFormat.PCM16_24K, (4, 960), [[], []]),
        (AudioFormat.PCMU, (3, 5), [[], []]),
    ],
)
def test_audio_that_ends_inside_a_sample_is_told_once(kind, sizes, told):
    one = Decoder(Tiny(), SessionConfig(output_format=kind))
    found = [[breach.detail for breach in one.take(bytes(n), 0.0).breaches] for n in sizes]
    assert [len(details) for details in found] == [len(details) for details in told]
    for details, expected in zip(found, told, strict=True):
        assert all(each in detail for detail, each in zip(details, expected, strict=True))
