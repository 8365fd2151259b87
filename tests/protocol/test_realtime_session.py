"""The caller's end of an OpenAI session: events, the messages sent for them, when it is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import Breach, Outgoing, dialect
from harness.protocol.items import AudioFormat
from harness.protocol.openai.ga import OpenAiGa

FOLDER = Path(__file__).parents[1] / "data" / "wire"
DIALOGUES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
WANTED = SessionConfig(instructions="Be brief.", input_format=AudioFormat.PCM16_24K)
CREATED = {"type": "session.created", "session": {"id": "s"}}
UPDATED = {"type": "session.updated", "session": {"id": "s"}}
PCM_16K = {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16_000}}}}
ULAW = {"audio": {"input": {"format": {"type": "audio/pcmu"}}}}


def opened(wanted: SessionConfig = WANTED) -> Decoder:
    return Decoder(OpenAiGa(), wanted)


def told(decoding: Decoder, message: dict[str, Any]) -> list[e.ServerEvent]:
    return [each.event for each in decoding.take(orjson.dumps(message), 0.0).events]


def sent(outgoing: tuple[Outgoing, ...]) -> list[dict[str, Any]]:
    return [orjson.loads(each.message) for each in outgoing]


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_documented_dialogue_breaks_no_rule(name):
    decoding, found = opened(), []
    for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        if row["from"] == "client":
            decoding.sent(OpenAiGa().decode_client(orjson.dumps(row["message"])))
        else:
            found += decoding.take(orjson.dumps(row["message"]), 0.0).breaches
    assert found == []


def test_the_server_speaks_first_and_is_configured_once():
    ours = opened()
    assert (ours.session.opening(), ours.session.awaited) == ((), "session.created")
    (configure,) = ours.take(orjson.dumps(CREATED), 0.0).replies
    assert orjson.loads(configure.message)["session"]["instructions"] == "Be brief."
    assert configure.says == c.ConfigureSession(WANTED, "client_000001")
    assert (configure.id, ours.session.awaited) == ("client_000001", "session.updated")
    assert ours.take(orjson.dumps(CREATED), 0.0).replies == ()
    assert ours.take(orjson.dumps(UPDATED), 0.0).replies == ()
    assert (ours.session.awaited, ours.session.refused) == (None, None)


def error(message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message, **more}}


@pytest.mark.parametrize(
    ("wanted", "messages", "refused"),
    [
        (WANTED, [error("No seats.", code="full")], "No seats. (full)"),
        (WANTED, [CREATED, error(), error("Nor this.")], "No."),
        (
            WANTED,
            [CREATED, {"type": "session.updated", "session": PCM_16K}],
            "session.updated cannot be used: Invalid 'session.audio.output.format.rate': only 24000"
            " is supported. We speak PCM16 at 24 kHz.",
        ),
        (
            WANTED,
            [CREATED, {"type": "session.updated", "session": ULAW}],
            "session.updated says input format pcmu, we speak PCM16 at 24 kHz",
        ),
        (SessionConfig(input_format=AudioFormat.PCMU), [CREATED, UPDATED], None),
        (
            SessionConfig(input_format=AudioFormat.PCMU),
            [CREATED, {"type": "session.updated", "session": ULAW}],
            None,
        ),
        (
            SessionConfig(),
            [{"type": "session.created", "session": PCM_16K}, UPDATED],
            None,
        ),
        (WANTED, [CREATED, UPDATED, error(), {"type": "session.updated", "session": ULAW}], None),
    ],
)
def test_a_session_that_cannot_be_had_says_why(wanted, messages, refused):
    ours = opened(wanted)
    for message in messages:
        ours.take(orjson.dumps(message), 0.0)
    assert ours.session.refused == refused
    assert (ours.session.awaited is None) is (refused is None)


def test_a_session_that_cannot_be_read_is_configured_all_the_same():
    heard = opened().take(orjson.dumps({"type": "session.created", "session": PCM_16K}), 0.0)
    assert [reply["type"] for reply in sent(heard.replies)] == ["session.update"]
    assert [breach.effect for breach in heard.breaches] == ["the message was passed over"]


def test_what_has_no_type_is_passed_over():
    heard = opened().take(b'{"heartbeat": 1}', 0.0)
    assert (heard.kind, heard.events, heard.readable) == ("a message without type", (), True)


@pytest.mark.parametrize(
    ("fields", "fatal", "answering"),
    [
        ({"code": "session_expired"}, True, False),
        ({"type": "authentication_error"}, True, False),
        ({"code": "unknown_parameter"}, False, False),
        ({"type": "server_error"}, False, False),
        ({"code": "conversation_already_has_active_response"}, False, True),
    ],
)
def test_errors_are_told_apart(fields, fatal, answering):
    ours = opened()
    for message in (CREATED, UPDATED):
        ours.take(orjson.dumps(message), 0.0)
    (found,) = told(ours, error(**fields))
    assert (found.fatal, found.answering) == (fatal, answering)
    assert found.expired == (fields.get("code") == "session_expired")


# --- messages sent --------------------------------------------------------------------------


def test_commands_carry_ids_of_their_own_and_sound_says_where_it_stands():
    ours = opened()
    (commit,) = ours.sent(c.CommitAudio())
    (ask,) = ours.sent(c.CreateResponse())
    assert [commit.id, ask.id] == ["client_000001", "client_000002"]
    assert sent((commit,)) == [{"type": "input_audio_buffer.commit", "event_id": "client_000001"}]
    sound = ours.session.append_audio(b"\x01\x02")
    assert ours.session.append_audio(b"\x01\x02") is sound
    assert ours.session.append_audio(b"\x03") is not sound
    assert [each.message for each in ours.sent(c.AppendAudio(b"\x01\x02"))] == [sound]


def test_a_command_of_a_stored_call_keeps_its_id():
    (ask,) = opened().sent(c.CreateResponse(event_id="client_000009"))
    assert ask.id == "client_000009"


# --- interruptions, seen from the wire --------------------------------------------------------

SPEECH = {"type": "input_audio_buffer.speech_started", "item_id": "u", "audio_start_ms": 0}


def response(kind: str, name: str, status: str) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {"id": name, "status": status}}


BEGINS, BEGINS_2 = (response("created", name, "in_progress") for name in "ab")
ENDS, CANCELLED = (response("done", "a", how) for how in ("completed", "cancelled"))
ASK = c.CreateResponse(ResponseOptions())
BUSY = error(code="conversation_already_has_active_response")


@pytest.mark.parametrize(
    ("steps", "stops_at"),
    [
        ([SPEECH], 0),
        ([BEGINS, SPEECH, ENDS], None),
        ([BEGINS, SPEECH, CANCELLED], 2),
        ([BEGINS, SPEECH, ENDS, BEGINS_2], 3),
        ([BEGINS, SPEECH, ENDS, ASK, BEGINS_2], None),
        ([BEGINS, SPEECH, ASK, BUSY, ENDS, BEGINS_2], 5),
        ([BEGINS, SPEECH, ASK, error(event_id="client_000002"), ENDS, BEGINS_2], 5),
        ([BEGINS, SPEECH, ASK, error(event_id="client_000001"), ENDS, BEGINS_2], None),
        ([BEGINS, ENDS, SPEECH], 2),
        ([{**UPDATED, "session": {"audio": {"input": {"turn_detection": {"type": "server_vad",
          "interrupt_response": False}}}}}, SPEECH], None),
    ],
)  # fmt: skip
def test_playback_stops_where_the_service_stops_its_answer(steps, stops_at):
    ours = opened()
    for message in (CREATED, UPDATED):
        ours.take(orjson.dumps(message), 0.0)
    stops = []
    for step in steps:
        if isinstance(step, dict):
            stops.append(e.Interrupted() in told(ours, step))
        else:
            ours.sent(step)
            stops.append(False)
    assert (stops.index(True) if any(stops) else None) == stops_at


# --- address and headers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "model", "expected"),
    [
        ("ws://h/v1", None, "ws://h/v1"),
        ("ws://h/v1", "m x", "ws://h/v1?model=m+x"),
        ("ws://h/v1?a=", "m", "ws://h/v1?a=&model=m"),
        ("ws://h/v1?model=own", "m", "ws://h/v1?model=own"),
    ],
)
def test_the_model_stands_in_the_url(url, model, expected):
    place = dialect("openai_ga").endpoint(url, model=model, key="k")
    assert (place.url, place.headers) == (expected, {"Authorization": "Bearer k"})
    assert dialect("openai_ga").endpoint(url, model=model, key=None).headers == {}


@pytest.mark.parametrize(
    ("chosen", "fits"),
    [("pcm16_24k", True), ("pcmu", True), ("pcma", True), ("pcm16_16k", False)],
)
def test_the_formats_of_the_service_are_known(chosen, fits):
    wanted = SessionConfig(input_format=AudioFormat(chosen))
    assert (not list(dialect("openai_ga").unfit(wanted))) is fits


def test_a_malformed_sound_is_told_as_unheard():
    heard = opened().take(orjson.dumps({"type": "response.output_audio.delta"}), 0.0)
    assert heard.breaches == (
        Breach("Missing required parameter: 'delta'.", "its audio was not heard"),
    )


WRITES = SessionConfig(
    type="transcription", transcription_model="whisper-1", input_format=AudioFormat.PCMU
)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ({"type": "transcription", "audio": {"input": {"format": {"type": "audio/pcmu"}}}}, None),
        (
            {"type": "realtime"},
            "session.updated says no session of type transcription, which was asked for",
        ),
    ],
)
def test_a_session_that_writes_down_what_is_said_is_asked_for(answer, refused):
    ours = opened(WRITES)
    (configure,) = ours.take(orjson.dumps(CREATED), 0.0).replies
    heard = {"format": {"type": "audio/pcmu"}, "transcription": {"model": "whisper-1"}}
    assert orjson.loads(configure.message)["session"] == {
        "type": "transcription",
        "audio": {"input": heard},
    }
    told(ours, {"type": "session.updated", "session": answer})
    assert ours.session.refused == refused


@pytest.mark.parametrize("config", [WRITES, SessionConfig(type="transcription")])
def test_its_settings_are_read_as_they_are_written(config):
    (command,) = (c.ConfigureSession(config),)
    assert OpenAiGa().decode_client(OpenAiGa().encode_client(command)) == command
