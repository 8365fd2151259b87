"""GPT-Live as its client: messages sent, messages read, and the backend's rules that it keeps."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.live_types import SERVER_MODELS, check_client, check_server

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import UNHEARD, DialectSession, Endpoint, Incoming, dialect
from harness.protocol.fields import Malformed
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ResponseUsage,
    Role,
)
from harness.protocol.openai_live.live import CLOSED_BY, GREETING, OpenAiLive

LIVE = OpenAiLive()
SHAPES = (Path(__file__).parents[1] / "data/wire_live/shapes.jsonl").read_text().splitlines()
BACKEND_USED = ResponseUsage(
    total_tokens=12,
    input_tokens=9,
    output_tokens=3,
    input_text_tokens=9,
    output_text_tokens=3,
    cached_tokens=4,
    cached_text_tokens=4,
)
SESSION = {"id": "live_1", "expires_at": 1800000000, "model": "gpt-live-1", "status": "active"}
TOOL = Tool("get_order", "Looks it up.", {"type": "object", "properties": {}})
RESULT = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="call_1", output='{"ok":true}')


def started(wanted: SessionConfig | None = None) -> DialectSession:
    session = LIVE.session(wanted or SessionConfig())
    tell(session, type="session.started", event_id="e1", session=SESSION)
    return session


def tell(on: DialectSession, /, **message: Any) -> Incoming:
    return on.receive(orjson.dumps(message).decode())


def backend(on: DialectSession, /, **event: Any) -> Incoming:
    return tell(on, type="response.event", event_id="e", delegation_id="d", event=event)


def call(name: str = "get_order", call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    item = {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": name, **more}
    return {"type": "response.output_item.done", "item": {"arguments": "{}", **item}}


def types(messages: tuple[Any, ...]) -> list[str]:
    return [check_client(each.message)["type"] for each in messages]


def test_it_is_known_by_name():
    assert dialect("openai_live").name == "openai_live"
    assert LIVE.endpoint("wss://x/v1/live/sessions", model="gpt-live-1", key="k") == Endpoint(
        "wss://x/v1/live/sessions", {"Authorization": "Bearer k"}
    )


# --- messages sent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            SessionConfig(),
            {
                "model": "gpt-live-1",
                "audio": {"format": {"type": "audio/pcm", "rate": 24000}, "output": None},
            },
        ),
        (
            SessionConfig(
                model="gpt-live-1.1",
                instructions="Be brief.",
                voice="voice_7",
                input_format=AudioFormat.PCMU,
                output_format=AudioFormat.PCMU,
                tools=(TOOL,),
                reasoning_effort="low",
                backend_model="gpt-5.4",
                turn_detection=ServerVad(),
                modalities=("audio",),
            ),
            {
                "model": "gpt-live-1.1",
                "instructions": "Be brief.",
                "audio": {
                    "format": {"type": "audio/pcmu", "rate": 8000},
                    "output": {"voice": {"id": "voice_7"}},
                },
                "delegation": {
                    "type": "responses",
                    "responses": {
                        "model": "gpt-5.4",
                        "instructions": "Be brief.",
                        "reasoning": {"effort": "low"},
                        "tools": [
                            {
                                "type": "function",
                                "name": "get_order",
                                "description": "Looks it up.",
                                "parameters": {"type": "object", "properties": {}},
                            }
                        ],
                    },
                },
            },
        ),
        (
            SessionConfig(tools=(), input_format=AudioFormat.PCM16_16K),
            {
                "model": "gpt-live-1",
                "audio": {"format": {"type": "audio/pcm", "rate": 16000}, "output": None},
                "delegation": {
                    "type": "responses",
                    "responses": {"model": "gpt-5.5", "tools": []},
                },
            },
        ),
    ],
)
def test_the_session_is_told_whole_in_the_first_message(wanted, said):
    (opening,) = LIVE.session(wanted).opening()
    raw = check_client(opening.message)
    if said["audio"].get("output", True) is None:
        del said["audio"]["output"]
    assert raw == {"type": "session.start", "event_id": opening.id, "session": said}


def test_every_command_is_a_message_of_the_vendor_s_or_none():
    session = started()
    sent = {
        "response.item.create": c.CreateItem(RESULT),
        "response.create": c.CreateResponse(),
        "session.input_audio.append": c.AppendAudio(b"\x01\x00"),
    }
    for kind, command in sent.items():
        (message,) = session.send(command)
        assert check_client(message.message)["type"] == kind
        assert message.says == command
    (remark,) = session.greet()
    assert check_client(remark.message)["type"] == "session.commentary.append"
    assert check_client(remark.message)["content"] == GREETING
    assert remark.says == c.CreateResponse(c.ResponseOptions(instructions=GREETING))
    for nothing in (
        c.TruncateItem("i", 0, 1),
        c.CancelResponse(),
        c.ClearAudio(),
        c.CommitAudio(),
        c.CreateItem(Item(kind=ItemKind.MESSAGE)),
    ):
        assert session.send(nothing) == ()
    (closing,) = session.closing()
    assert check_client(closing.message)["type"] == "session.close"


def test_caller_audio_is_sent_as_it_is_and_silence_is_made_once():
    session = started()
    raw = check_client(session.append_audio(b"\x01\x02\x03\x04"))
    assert base64.b64decode(raw["audio"]) == b"\x01\x02\x03\x04"
    assert session.append_audio(b"\x01\x02\x03\x04") is session.append_audio(b"\x01\x02\x03\x04")
    assert check_client(LIVE.session(SessionConfig()).append_audio(b""))["audio"] == ""


@pytest.mark.parametrize("line", SHAPES)
def test_the_document_s_own_messages_fit_the_vendor_s_types(line):
    (check_client if line[0] == "C" else check_server)(line[2:])


# --- messages read ---------------------------------------------------------------------------

DOCUMENTED: dict[str, list[e.ServerEvent]] = {
    "session.started": [e.SessionCreated("live_1", SessionConfig(model="gpt-live-1"), raw=SESSION)],
    "session.output_audio.delta": [e.AudioDelta(audio=b"\0\0\0")],
    "session.input_transcript.delta": [e.InputTranscriptDelta(delta=" where is")],
    "session.output_transcript.delta": [e.TranscriptDelta(delta=" Let me")],
    "session.delegation.created": [],
    "session.usage.updated": [e.SessionLasted(60.0)],
    "error": [
        e.ServerError(
            ErrorInfo("invalid_request_error", "m", "unknown_parameter", "session.voice", "c1")
        )
    ],
    "session.closed": [e.SessionLasted(61.2)],
}


@pytest.mark.parametrize("line", [line[2:] for line in SHAPES if line.startswith("S ")])
def test_what_the_document_shows_is_read(line):
    raw = orjson.loads(line)
    if raw["type"] != "response.event":
        assert list(started().receive(line).events) == DOCUMENTED[raw["type"]]


def test_a_call_of_the_backend_is_one_to_be_answered_and_no_part_of_what_is_said():
    decoder = Decoder(LIVE)
    message = {"type": "response.event", "event_id": "e", "event": call(arguments='{"id":"7"}')}
    (told,) = decoder.take(orjson.dumps(message), 0.0).events
    assert isinstance(told.event, e.OutputItemDone)
    asked = told.event.item
    assert (asked.call_id, asked.name, asked.arguments) == ("call_1", "get_order", '{"id":"7"}')
    before = decoder.take(b'{"type":"session.output_audio.delta","delta":""}', 0.1).events[0]
    assert isinstance(before.event, e.AudioDelta)
    assert before.event.item_id == f"{before.event.response_id}_item"


@pytest.mark.parametrize(
    ("event", "read"),
    [
        (
            call() | {"item": {"type": "mcp_call", "id": "m", "name": "find", "output": "7"}},
            e.ServerToolCall("m", "find", ended=True, output="7"),
        ),
        (
            call() | {"item": {"type": "web_search_call", "id": "w", "status": "failed"}},
            e.ServerToolCall("w", "web_search_call", ended=True, failed=True),
        ),
        (
            {
                "type": "response.failed",
                "response": {"id": "r", "error": {"code": "server_error", "message": "no"}},
            },
            e.ServerError(ErrorInfo("response.failed", "no", "server_error")),
        ),
        (
            {
                "type": "response.incomplete",
                "response": {"id": "r", "incomplete_details": {"reason": "max_output_tokens"}},
            },
            e.ServerError(
                ErrorInfo("response.incomplete", "the backend's response ended: max_output_tokens")
            ),
        ),
        (
            {"type": "response.failed", "response": {"id": "r"}},
            e.ServerError(
                ErrorInfo("response.failed", "the backend's response ended: response.failed")
            ),
        ),
        (
            {
                "type": "response.completed",
                "response": {
                    "id": "r",
                    "usage": {
                        "input_tokens": 9,
                        "input_tokens_details": {"cached_tokens": 4},
                        "output_tokens": 3,
                        "total_tokens": 12,
                    },
                },
            },
            e.UsageTold(BACKEND_USED),
        ),
    ],
)
def test_of_the_backend_s_events_those_that_mean_something_are_read(event, read):
    assert backend(started(), **event).events[0] == read


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.output_text.delta", "delta": "x"},
        {"type": "response.output_item.done", "item": {"type": "message", "id": "m"}},
        {"type": "response.output_item.done", "item": {"type": "reasoning", "id": "m"}},
        {"type": "response.created", "response": {"id": "r"}},
        {},
    ],
)
def test_of_the_rest_nothing_is_made(event):
    assert backend(started(), **event).events == ()


def test_work_for_the_application_is_a_call_of_which_only_the_id_is_known():
    made = {"id": "item_d1", "type": "delegation", "target": "client"}
    told = tell(
        started(), type="session.delegation.created", event_id="e", offset_ms=1, delegation=made
    )
    assert told.events == (e.ServerToolCall("item_d1"),)


def test_what_is_known_and_says_nothing_is_no_event_and_what_is_unknown_is_kept():
    known = set(SERVER_MODELS) - set(DOCUMENTED) - {"response.event", "session.updated"}
    for kind in sorted(known):
        incoming = tell(started(), type=kind, event_id="e")
        assert incoming.events == (), kind
    strange = tell(started(), type="session.mood.changed", mood="sunny")
    assert strange.events == (
        e.UnknownEvent("session.mood.changed", {"type": "session.mood.changed", "mood": "sunny"}),
    )
    assert tell(started(), mood="sunny").events[0] == e.UnknownEvent("None", {"mood": "sunny"})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"type": "session.output_audio.delta"}, "Missing required parameter: 'delta'."),
        ({"type": "session.output_audio.delta", "delta": "*"}, "Invalid 'delta': not base64."),
        ({"type": "session.output_transcript.delta", "delta": 3}, "expected a string"),
    ],
)
def test_what_cannot_be_used_is_told_and_passed_over(message, said):
    with pytest.raises(Malformed, match=said.replace(".", r"\.")) as told:
        started().receive(orjson.dumps(message))
    assert told.value.of_an_object
    decoded = Decoder(LIVE).take(orjson.dumps(message), 0.0)
    assert (decoded.breaches[0].effect == UNHEARD) is ("audio" in message["type"])


def test_a_field_that_is_odd_is_noted():
    told = tell(started(), type="session.usage.updated", event_id="e", usage={"seconds": "many"})
    assert told.events == (e.SessionLasted(0.0),)
    assert [each.detail for each in told.breaches] == [
        "Invalid type for 'usage.seconds': expected a number, got a string."
    ]


# --- the beginning and the end ----------------------------------------------------------------


def test_a_session_stands_once_it_has_started():
    session = LIVE.session(SessionConfig())
    assert (session.awaited, session.refused, session.over) == ("session.started", None, True)
    assert session.closing() == ()
    format_ = {"audio": {"format": {"type": "audio/pcm", "rate": 24000}}}
    tell(session, type="session.started", event_id="e", session={**SESSION, **format_})
    assert (session.awaited, session.refused, session.over) == (None, None, False)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            {"type": "error", "error": {"code": "unknown_parameter", "message": "No such."}},
            "No such. (unknown_parameter)",
        ),
        (
            {"type": "error", "client_event_id": "c", "error": {"message": "No."}},
            "No.",
        ),
        (
            {
                "type": "session.started",
                "session": {**SESSION, "audio": {"format": {"type": "audio/pcmu", "rate": 8000}}},
            },
            "session.started says µ-law at 8 kHz, we speak PCM16 at 24 kHz",
        ),
        (
            {"type": "session.closed", "reason": "content", "usage": {"seconds": 0}},
            "the service ended the session for its content (content)",
        ),
    ],
)
def test_a_session_that_cannot_be_had_says_why(message, said):
    session = LIVE.session(SessionConfig())
    tell(session, type="info", code="x", message="m")
    tell(session, **message)
    assert (session.refused, session.awaited) == (said, "session.started")


def test_a_format_that_nobody_knows_is_taken_for_the_one_that_was_asked_for():
    session = LIVE.session(SessionConfig())
    odd = {"audio": {"format": {"type": "audio/flac", "rate": 1}}}
    tell(session, type="session.started", event_id="e", session={**SESSION, **odd})
    assert session.awaited is None


ASKED = SessionConfig(
    model="gpt-live-1",
    instructions="Be brief.",
    tools=(TOOL,),
    voice="cedar",
    backend_model="gpt-5.5",
    reasoning_effort="low",
)


def served(**session: Any) -> dict[str, Any]:
    return {**SESSION, **session}


def backend_of(**responses: Any) -> dict[str, Any]:
    return {"delegation": {"type": "responses", "responses": responses}}


@pytest.mark.parametrize(
    ("session", "told"),
    [
        (SESSION, []),
        (served(model="gpt-live-1.1"), ["model: asked gpt-live-1, served gpt-live-1.1"]),
        (served(model="our-deployment"), []),
        (served(instructions="Be brief.\n"), []),
        (served(instructions="Sell."),
         ["instructions: asked 9 characters, served other words, 5 characters"]),
        (served(audio={"output": {"voice": "marin"}}), ["voice: asked cedar, served marin"]),
        (served(audio={"output": {"voice": {"id": "voice_1"}}}),
         ["voice: asked cedar, served voice_1"]),
        (served(audio={"output": {"voice": {}}}), []),
        (served(**backend_of(model="gpt-5.5", tools=[{"type": "function", "name": "get_order"}])),
         []),
        (served(**backend_of(model="gpt-5.4-mini", instructions="Sell.")),
         ["backend_model: asked gpt-5.5, served gpt-5.4-mini",
          "instructions of the backend: asked 9 characters, served other words, 5 characters"]),
        (served(**backend_of(tools=[{"type": "web_search"}], reasoning={"effort": "high"})),
         ["tools: asked get_order, served none", "reasoning_effort: asked low, served high"]),
        (served(delegation=None), ["tools: asked get_order, served none"]),
        (served(delegation={"type": "client"}), ["tools: asked get_order, served none"]),
        (served(audio={"format": {"type": "audio/pcmu", "rate": 8000}}), []),
        (served(audio={"format": {"type": "audio/flac", "rate": 1}}),
         ['input_format: asked pcm16_24k, served {"type":"audio/flac","rate":1}']),
    ],
)  # fmt: skip
def test_what_of_a_session_is_otherwise_is_told(session, told):
    """A format, too: but then there is no session (``input_format`` is None: not asked)."""
    on = LIVE.session(ASKED)
    tell(on, type="session.started", event_id="e", session=session)
    assert list(map(str, on.differences)) == told


def test_a_format_that_was_asked_for_is_told_too():
    both = SessionConfig(input_format=AudioFormat.PCMU, output_format=AudioFormat.PCMU)
    on = LIVE.session(both)
    spoken = {"format": {"type": "audio/pcm", "rate": 24000}}
    tell(on, type="session.started", event_id="e", session=served(audio=spoken))
    assert list(map(str, on.differences)) == [
        "input_format: asked pcmu, served pcm16_24k",
        "output_format: asked pcmu, served pcm16_24k",
    ]


REMARK = Item(
    kind=ItemKind.MESSAGE,
    role=Role.SYSTEM,
    content=(Content(ContentKind.INPUT_TEXT, text="The caller is angry."),),
)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (c.CreateItem(REMARK),
         {"type": "session.instructions.append", "delegation_id": None,
          "content": "The caller is angry."}),
        (c.ConfigureSession(SessionConfig(tools=(), reasoning_effort="low")),
         {"type": "session.update", "session": {"delegation": {
             "type": "responses", "responses": {"reasoning": {"effort": "low"}, "tools": []}}}}),
    ],
)  # fmt: skip
def test_a_step_is_said_in_the_words_that_the_vendor_has(command, said):
    (message,) = started().send(command)
    told = check_client(message.message)
    assert told.pop("event_id") == message.id
    assert told == said


def test_a_session_that_was_changed_is_known_as_it_is():
    session = served(**backend_of(tools=[]))
    (event,) = tell(started(), type="session.updated", event_id="e", session=session).events
    config = SessionConfig(model="gpt-live-1", tools=())
    assert event == e.SessionUpdated("live_1", config, raw=session)


@pytest.mark.parametrize(
    "reason", ["close_requested", "expired", "content", "remote_hangup", "connection_lost"]
)
def test_the_end_of_a_session_is_one_of_the_agent_s_unless_it_hangs_up(reason):
    session = started()
    told = tell(session, type="session.closed", reason=reason, usage={"seconds": 3.5})
    usage, *errors = told.events
    assert usage == e.SessionLasted(3.5)
    assert session.over
    assert session.closing() == ()
    if reason in CLOSED_BY:
        fault = ErrorInfo("session_closed", CLOSED_BY[reason], reason)
        assert errors == [e.ServerError(fault, fatal=True, expired=reason == "expired")]
    else:
        assert errors == []


# --- the backend's rules ----------------------------------------------------------------------


def test_the_backend_goes_on_once_when_all_results_are_there_and_its_response_is_over():
    session = started()
    backend(session, type="response.created", response={"id": "r1"})
    backend(session, **call(call_id="call_1"))
    backend(session, **call(call_id="call_2"))
    assert types(session.send(c.CreateItem(RESULT))) == ["response.item.create"]
    assert session.send(c.CreateResponse()) == ()
    other = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="call_2")
    session.send(c.CreateItem(other))
    assert session.send(c.CreateResponse()) == ()
    over = backend(session, type="response.completed", response={"id": "r1"})
    assert types(over.replies) == ["response.create"]
    assert over.events == ()
    backend(session, type="response.created", response={"id": "r2"})
    last = backend(session, type="response.completed", response={"id": "r2"})
    assert (last.replies, last.events) == ((), (e.WorkDone(),))


def test_a_call_without_an_id_holds_up_no_other():
    session = started()
    backend(session, type="response.created", response={"id": "r1"})
    nameless = call() | {"item": {"type": "function_call", "name": "look", "arguments": {"a": 1}}}
    (told,) = backend(session, **nameless).events
    assert told.item.arguments == '{"a":1}'
    assert types(session.send(c.CreateItem(RESULT))) == ["response.item.create"]
    session.send(c.CreateResponse())
    over = backend(session, type="response.completed", response={"id": "r1"})
    assert types(over.replies) == ["response.create"]


def test_a_backend_that_waits_for_results_is_not_done():
    session = started()
    backend(session, type="response.created", response={"id": "r1"})
    backend(session, **call())
    assert backend(session, type="response.completed", response={"id": "r1"}).events == ()
    session.send(c.CreateItem(RESULT))
    assert types(session.send(c.CreateResponse())) == ["response.create"]


# --- unsupported requests ---------------------------------------------------------------------

BOTH = {"input_format": AudioFormat.PCM16_24K, "output_format": AudioFormat.PCM16_24K}


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (SessionConfig(**BOTH), []),
        (SessionConfig(**BOTH, voice="cedar", reasoning_effort="low", backend_model="m"), []),
        (SessionConfig(**BOTH, turn_detection=SemanticVad()), ["turn_detection"]),
        (SessionConfig(**BOTH, turn_detection_off=True), ["turn_detection"]),
        (SessionConfig(**BOTH, transcription_model="whisper-1"), ["input_transcription"]),
        (
            SessionConfig(input_format=AudioFormat.PCMU, output_format=AudioFormat.PCMA),
            ["output_format"],
        ),
        (
            SessionConfig(input_format=AudioFormat.PCM16_8K, output_format=AudioFormat.PCM16_8K),
            ["input_format", "output_format"],
        ),
    ],
)
def test_what_it_has_no_words_for_is_told_before_anybody_is_called(wanted, settings):
    assert [name for name, _ in LIVE.unfit(wanted)] == settings
