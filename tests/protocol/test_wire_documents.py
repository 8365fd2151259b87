"""Messages of the vendor's names and shapes: an oracle for both of our ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from support import openai_types

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ResponseOptions, ServerVad, SessionConfig
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
    TranscriptionUsage,
)
from harness.protocol.openai.conversation import Conversation
from harness.protocol.openai.ga import OpenAiGa

GA = OpenAiGa()
FOLDER = Path(__file__).parents[1] / "data" / "wire"
DIALOGUES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def lines(name: str) -> Iterator[tuple[str, bytes]]:
    for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        yield row["from"], orjson.dumps(row["message"])


def server_event(message: bytes) -> e.ServerEvent:
    return GA.read(orjson.loads(message))[0]


def server_events(name: str) -> list[e.ServerEvent]:
    return [server_event(message) for sender, message in lines(name) if sender == "server"]


def only(name: str, kind: type, nth: int = 0) -> Any:
    return [event for event in server_events(name) if isinstance(event, kind)][nth]


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_official_sdk_accepts_the_documents_themselves(name: str) -> None:
    for sender, message in lines(name):
        judge = openai_types.check_server if sender == "server" else openai_types.check_client
        judge(message)


@pytest.mark.parametrize("name", DIALOGUES)
def test_documented_messages_are_known_and_survive_a_round_trip(name: str) -> None:
    for sender, message in lines(name):
        if sender == "client":
            command = GA.decode_client(message)
            assert GA.decode_client(GA.encode_client(command)) == command
        else:
            event = server_event(message)
            assert not isinstance(event, e.UnknownEvent)
            assert server_event(GA.encode_server(event, "event_x")) == event


@pytest.mark.parametrize("name", DIALOGUES)
def test_documented_dialogues_hold_no_violation(name: str) -> None:
    conversation = Conversation()
    found = []
    for sender, message in lines(name):
        if sender == "client":
            conversation.sent(GA.decode_client(message))
        else:
            found += conversation.received(server_event(message))
    assert found == []


@pytest.mark.parametrize("name", DIALOGUES)
def test_commands_are_written_as_documented(name: str) -> None:
    for sender, message in lines(name):
        if sender == "client":
            written = GA.encode_client(GA.decode_client(message))
            assert orjson.loads(written) == orjson.loads(message)


def test_a_session_is_read_with_all_its_settings() -> None:
    created = only("connect", e.SessionCreated)
    assert created.session_id == "sess_C9G5QPteg4UIbotdKLoYQ"
    assert created.raw["expires_at"] == 1756324832
    assert created.config == SessionConfig(
        instructions="Be brief.",
        tools=(),
        tool_choice="auto",
        voice="marin",
        speed=1.0,
        input_format=AudioFormat.PCM16_24K,
        output_format=AudioFormat.PCM16_24K,
        transcription_model="off",
        noise_reduction="off",
        turn_detection=ServerVad(0.5, 300, 200, True, True),
        modalities=("audio",),
        max_output_tokens="inf",
        model="gpt-realtime",
        truncation="auto",
        tracing="off",
    )


def test_a_spoken_turn_is_read_event_by_event() -> None:
    user = Item(
        id="item_1",
        kind=ItemKind.MESSAGE,
        status=ItemStatus.COMPLETED,
        role=Role.USER,
        content=(Content(ContentKind.INPUT_AUDIO),),
    )
    agent = Item(
        id="item_2", kind=ItemKind.MESSAGE, status=ItemStatus.IN_PROGRESS, role=Role.ASSISTANT
    )
    spoken = (Content(ContentKind.OUTPUT_AUDIO, transcript="Hi there."),)
    ended = Item(
        id="item_2",
        kind=ItemKind.MESSAGE,
        status=ItemStatus.COMPLETED,
        role=Role.ASSISTANT,
        content=spoken,
    )
    running = Response(
        "resp_1", ResponseStatus.IN_PROGRESS, conversation_id="conv_1", voice="marin"
    )
    at = ("resp_1", "item_2", 0, 0)
    assert server_events("vad_turn")[2:] == [
        e.SpeechStarted("item_1", 352),
        e.SpeechStopped("item_1", 1856),
        e.InputCommitted("item_1", None),
        e.ItemAdded(user, None),
        e.ItemDone(user, None),
        e.ResponseCreated(running),
        e.RateLimitsUpdated(
            (
                e.RateLimit("requests", 1000, 999, 60.0),
                e.RateLimit("tokens", 50000, 49950, 0.06),
            )
        ),
        e.InputTranscriptDelta("item_1", 0, "Hello.\n"),
        e.OutputItemAdded("resp_1", 0, agent),
        e.ItemAdded(agent, "item_1"),
        e.PartAdded(*at, Content(ContentKind.OUTPUT_AUDIO, transcript="")),
        e.TranscriptDelta(*at, "Hi there."),
        e.AudioDelta(*at, b"\x01\x00\x02\x00"),
        e.AudioDone(*at),
        e.TranscriptDone(*at, "Hi there."),
        e.PartDone(*at, Content(ContentKind.OUTPUT_AUDIO, transcript="Hi there.")),
        e.ItemDone(ended, "item_1"),
        e.OutputItemDone("resp_1", 0, ended),
        e.ResponseDone(
            Response(
                "resp_1",
                ResponseStatus.COMPLETED,
                output=(ended,),
                usage=ResponseUsage(
                    *(253, 132, 121, 119, 13, 64, 30, 91),
                    cached_text_tokens=64,
                ),
                conversation_id="conv_1",
                voice="marin",
            )
        ),
        e.InputTranscriptDone("item_1", 0, "Hello.\n", TranscriptionUsage(2.0)),
    ]


def test_the_end_of_an_interrupted_response_names_its_reason() -> None:
    response = only("interruption_in_progress", e.ResponseDone).response
    assert (response.status, response.reason) == (ResponseStatus.CANCELLED, "turn_detected")
    assert response.output[0].status is ItemStatus.INCOMPLETE


def test_a_failed_response_carries_its_error() -> None:
    response = only("errors", e.ResponseDone).response
    assert response.status is ResponseStatus.FAILED
    assert response.error == ErrorInfo("invalid_request_error", "Too much.", "rate_limit_exceeded")


def test_an_error_names_the_client_event_that_caused_it() -> None:
    assert only("errors", e.ServerError).error == ErrorInfo(
        "invalid_request_error", "Invalid value: 'x'.", "invalid_value", "session.audio", "mine_1"
    )


def test_the_phase_of_a_preamble_is_kept() -> None:
    assert only("function_call", e.OutputItemAdded).item.phase == "commentary"
    assert b'"phase":"commentary"' in GA.encode_server(only("function_call", e.ItemAdded, 1), "e")


def test_a_function_call_is_read_piece_by_piece() -> None:
    done = only("function_call", e.ArgumentsDone)
    assert done == e.ArgumentsDone(
        "resp_1", "item_3", 1, "call_1", '{"order_id":"ORD-4715B"}', "lookup_order"
    )
    pieces = [
        each.delta for each in server_events("function_call") if isinstance(each, e.ArgumentsDelta)
    ]
    assert "".join(pieces) == done.arguments


def test_metadata_comes_back_exactly() -> None:
    assert only("out_of_band", e.ResponseCreated, 1).response.metadata == {
        "topic": "classification"
    }
    command = c.CreateResponse(ResponseOptions(metadata={"b": "", "a": "ä"}))
    assert GA.decode_client(GA.encode_client(command)) == command


@pytest.mark.parametrize(
    "usage",
    [None, TranscriptionUsage(2.5), TranscriptionUsage(total_tokens=3, input_tokens=1)],
)
def test_a_transcription_is_billed_by_seconds_or_by_tokens(usage: TranscriptionUsage | None):
    event = e.InputTranscriptDone("item_1", 0, "Hello.", usage)
    assert server_event(GA.encode_server(event, "event_1")) == event
