from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from openai import AsyncOpenAI
from openai.types.realtime import RealtimeServerEvent
from support.live_types import check_served
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.faults import (
    CAUGHT_BY,
    DOES,
    MAY_END_AS,
    MAY_TRIP,
    AgentFault,
    AgentQuirk,
    fault,
)
from harness.agent.server.connection import Engines
from harness.agent.server.tts_and_asr import AgentAsr, AgentTts
from harness.agent.server.websocket_server import ServedAgent, serve
from harness.audio.codec import encode_base64
from harness.audio.pcm import Pcm, join, silence
from harness.errors import PortTaken, UnknownName
from harness.protocol.server_half import server_half
from harness.session.clock import RealClock, VirtualClock
from harness.session.virtual_time import run_virtual
from harness.speech.base import VoiceChoice, recognizer, synthesizer
from harness.speech.cache import ClipCache, cached_hearing, cached_synthesizer

MODELS: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(RealtimeServerEvent)[0])
}
PROMPT = (
    "Before you call a tool, always say one short sentence.\n\n"
    "Orders on file: ORD-4715B, ORD-8263K."
)
TOOL = {
    "type": "function",
    "name": "lookup_order",
    "description": "Find one order.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
    },
}
RATE = 24_000


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    cache = ClipCache(Path(tmp_path_factory.mktemp("speech")))
    return Engines(
        AgentAsr(cached_hearing(recognizer("moonshine"), cache)),
        AgentTts(ENGLISH_DESK, cached_synthesizer(synthesizer("pyttsx3"), cache)),
    )


@pytest.fixture(scope="module")
def question() -> Pcm:
    spoken = synthesizer("pyttsx3").speak(
        "Where is my order? The number is O, R, D, dash, four, seven, one, five, B.",
        VoiceChoice("en-us+f2"),
    )
    return join(silence(RATE // 2, RATE), spoken, silence(RATE, RATE))


async def _talk_with_the_sdk(url: str, question: Pcm, sdk: Any) -> list[dict[str, Any]]:
    """Ask by voice, run the tool, listen to the answer; return every event as sent."""
    events: list[dict[str, Any]] = []
    async with sdk.realtime.connect(model="reference", extra_query={"seed": 7}) as client:
        await client.session.update(
            session={"type": "realtime", "instructions": PROMPT, "tools": [TOOL]}
        )
        for start in range(0, len(question), 2400):
            piece = question.samples[start : start + 2400].astype("<i2").tobytes()
            await client.input_audio_buffer.append(audio=encode_base64(piece))
        while True:
            raw = await client.recv_bytes()
            event = json.loads(raw)
            events.append(event)
            MODELS[event["type"]].model_validate_json(raw)
            if event["type"] != "response.done":
                continue
            calls = [i for i in event["response"]["output"] if i["type"] == "function_call"]
            if not calls:
                return events
            await client.conversation.item.create(
                item={
                    "type": "function_call_output",
                    "call_id": calls[0]["call_id"],
                    "output": json.dumps({"status": "shipped", "eta": "2026-04-25"}),
                }
            )
            await client.response.create()


@pytest.mark.sdk
def test_the_official_sdk_asks_by_voice_runs_a_tool_and_gets_audio(
    engines: Engines, question: Pcm
) -> None:
    async def main() -> list[dict[str, Any]]:
        async with serve(ServedAgent(engines=engines), clock=RealClock()) as server:
            base = server.url.removesuffix("/realtime")
            async with AsyncOpenAI(websocket_base_url=base, api_key="x") as sdk:
                return await asyncio.wait_for(_talk_with_the_sdk(base, question, sdk), 60)

    events = asyncio.run(main())
    names = [event["type"] for event in events]
    assert "error" not in names
    assert names.index("input_audio_buffer.speech_started") < names.index("response.created")
    first, last = (e["response"] for e in (events[-1], events[-1]))
    calls = [e for e in events if e["type"] == "response.function_call_arguments.done"]
    assert [json.loads(call["arguments"]) for call in calls] == [{"order_id": "ORD-4715B"}]
    assert "shipped" in last["output"][0]["content"][0]["transcript"]
    assert first["status"] == "completed"
    assert names.count("response.output_audio.delta") > 5


async def _talk_live_with_the_sdk(question: Pcm, sdk: Any) -> list[dict[str, Any]]:
    """Ask by voice over a GPT-Live session, run the tool, listen, close; return every event."""
    events: list[dict[str, Any]] = []
    tool = {**TOOL, "strict": None}
    backend = {"model": "m", "instructions": PROMPT, "tools": [tool]}
    delegation = {"type": "responses", "responses": backend}
    async with sdk.live.connect() as client:
        await client.session.start(session={"model": "gpt-live-1", "delegation": delegation})

        async def speak() -> None:
            still = np.zeros(480, "<i2")
            for start in range(0, len(question) + 12 * RATE, 480):
                piece = question.samples[start : start + 480].astype("<i2")
                await client.session.input_audio.append(
                    audio=encode_base64((piece if len(piece) == 480 else still).tobytes())
                )
                await asyncio.sleep(0.02)
            await client.session.close()

        speaking: asyncio.Task[None] | None = None
        async for event in client:
            raw = event.to_dict()
            events.append(raw)
            check_served(json.dumps(raw))
            if raw["type"] == "session.started":
                speaking = asyncio.create_task(speak())
            elif raw["type"] == "response.event" and "item" in raw["event"]:
                shipped = json.dumps({"status": "shipped", "eta": "2026-04-25"})
                call_id = raw["event"]["item"]["call_id"]
                output = {"type": "function_call_output", "call_id": call_id, "output": shipped}
                await client.response.item.create(item=output)
                await client.response.create()
            elif raw["type"] == "session.closed":
                break
        assert speaking is not None
        await speaking
    return events


@pytest.mark.sdk
def test_the_official_sdk_holds_a_gpt_live_session(engines: Engines, question: Pcm) -> None:
    async def main() -> list[dict[str, Any]]:
        half = server_half("openai_live")
        async with serve(
            ServedAgent(engines=engines, server_half=half), clock=VirtualClock()
        ) as server:
            base = server.url.removesuffix("/live/sessions")
            async with AsyncOpenAI(websocket_base_url=base, api_key="x") as sdk:
                return await _talk_live_with_the_sdk(question, sdk)

    events = run_virtual(main())
    names = [event["type"] for event in events]
    assert "error" not in names
    assert (names[0], names[-1]) == ("session.started", "session.closed")
    assert names.count("session.output_audio.delta") > 100
    assert names.index("session.delegation.created") < names.index("response.event")
    said = "".join(e["delta"] for e in events if e["type"] == "session.output_transcript.delta")
    assert "shipped" in said
    heard = "".join(e["delta"] for e in events if e["type"] == "session.input_transcript.delta")
    assert "order" in heard
    assert events[-1]["usage"]["seconds"] > 12


def test_two_virtual_calls_with_one_seed_are_byte_identical_and_another_seed_differs(
    engines: Engines, question: Pcm
) -> None:
    async def call(seed: int) -> list[str]:
        clock, got = VirtualClock(), []
        async with (
            serve(ServedAgent(engines=engines), clock=clock) as server,
            connect(f"{server.url}?seed={seed}", compression=None, ping_interval=None) as socket,
        ):
            update = {"type": "realtime", "instructions": PROMPT, "tools": [TOOL]}
            await socket.send(json.dumps({"type": "session.update", "session": update}))
            for start in range(0, len(question), 480):
                await asyncio.sleep(0.02)
                piece = question.samples[start : start + 480].astype("<i2").tobytes()
                append = {"type": "input_audio_buffer.append", "audio": encode_base64(piece)}
                await socket.send(json.dumps(append))
            async for message in socket:
                got.append(f"{clock.now():.6f} {message!s}")
                if '"response.done"' in got[-1]:
                    return got
        raise AssertionError("the agent hung up")

    first, second, other = (run_virtual(call(seed)) for seed in (7, 7, 8))
    assert first == second
    assert first != other


def test_the_truth_hook_tells_what_came_in_and_when_sound_went_out(
    engines: Engines, question: Pcm
) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        async with (
            serve(
                ServedAgent(engines=engines, truth=lambda fact: told.append(dict(fact))),
                clock=VirtualClock(),
            ) as server,
            connect(server.url, compression=None, ping_interval=None) as socket,
        ):
            piece = question.to_bytes()
            append = {"type": "input_audio_buffer.append", "audio": encode_base64(piece)}
            await socket.send(json.dumps(append))
            async for message in socket:
                if '"response.done"' in str(message):
                    return

    run_virtual(main())
    assert told[0]["samples"] == len(question)
    audible = [fact["first_audible"] for fact in told if fact["kind"] == "audio"]
    assert 0 <= audible[0] <= RATE // 100
    times = [fact["at_s"] for fact in told]
    assert times == sorted(times)
    assert times[0] > 0
    assert all(place is None for place in audible[1:])


def test_messages_that_are_no_commands_get_an_error_and_the_session_goes_on(
    engines: Engines,
) -> None:
    async def main() -> list[dict[str, Any]]:
        async with (
            serve(ServedAgent(engines=engines), clock=VirtualClock()) as server,
            connect(server.url, compression=None, ping_interval=None) as socket,
        ):
            bad = ("{", '{"type": "no.such"}', '{"type": "response.create", "x": 1}')
            for message in (*bad, '{"type": "input_audio_buffer.clear"}'):
                await socket.send(message)
            return [json.loads(await socket.recv()) for _ in range(5)]

    events = run_virtual(main())
    assert [event["type"] for event in events] == [
        "session.created",
        "error",
        "error",
        "error",
        "input_audio_buffer.cleared",
    ]


BETA = [
    ({"additional_headers": {"OpenAI-Beta": "realtime=v1"}}, None),
    ({"additional_headers": {"OpenAI-Beta": "assistants=v2, realtime=v1"}}, None),
    ({"subprotocols": ["realtime", "openai-beta.realtime-v1"]}, None),
    ({"additional_headers": {"OpenAI-Beta": "realtime=v1"}}, "openai_beta"),
    ({"subprotocols": ["realtime"]}, "openai_ga"),
]


@pytest.mark.parametrize(("offered", "spoken"), BETA)
def test_clients_of_the_beta_are_told_so_and_hung_up_on_unless_it_is_spoken(
    engines: Engines, offered: dict[str, Any], spoken: str | None
) -> None:
    agent = ServedAgent(engines=engines, server_half=server_half(spoken or "openai_ga"))

    refusal = None if spoken is not None else "beta_api_shape_disabled"
    assert _refusal(agent, "", **offered) == refusal


def _refusal(agent: ServedAgent, query: str, **offered: Any) -> str | None:
    """Connect, and return the code that a server refuses the session with, None if it does not."""

    async def main() -> tuple[dict[str, Any], int | None, str | None]:
        async with (
            serve(agent, clock=VirtualClock()) as server,
            connect(server.url + query, compression=None, ping_interval=None, **offered) as socket,
        ):
            first = json.loads(await socket.recv())
            if first["type"] == "error":
                await socket.wait_closed()
            return first, socket.close_code, socket.close_reason

    first, code, reason = run_virtual(main())
    if first["type"] == "session.created":
        assert code is None
        return None
    MODELS["error"].model_validate(first)
    told: str = first["error"]["code"]
    assert (code, reason) == (4000, f"invalid_request_error.{told}")
    return told


ASKED_MODELS = [
    ("gpt-realtime-2", None),
    ("gpt-4o-mini-realtime-preview-2024-12-17", None),
    ("gpt-audio-mini", None),
    ("reference", None),
    ("my-deployment", None),
    ("gpt-4o", "invalid_model"),
    ("gpt-live-1", "invalid_model"),
    ("whisper-1", "invalid_model"),
    ("gpt-realtime-whisper", "invalid_model"),
]


@pytest.mark.parametrize(("model", "code"), ASKED_MODELS)
def test_a_model_of_the_vendor_that_is_not_served_in_realtime_is_refused_as_there(
    engines: Engines, model: str, code: str | None
) -> None:
    assert _refusal(ServedAgent(engines=engines), f"?model={model}") == code


def test_ids_differ_between_sessions_unless_both_have_the_same_seed(engines: Engines) -> None:
    async def main() -> list[str]:
        async with serve(ServedAgent(engines=engines), clock=VirtualClock()) as server:
            ids = []
            for query in ("", "", "?seed=7", "?seed=7"):
                async with connect(server.url + query, compression=None) as socket:
                    ids.append(json.loads(await socket.recv())["session"]["id"])
            return ids

    one, two, third, fourth = run_virtual(main())
    assert len({one, two, third}) == 3
    assert third == fourth


def test_a_taken_port_is_named(engines: Engines) -> None:
    async def main() -> None:
        async with serve(ServedAgent(engines=engines), clock=RealClock()) as server:
            with pytest.raises(PortTaken, match=str(server.port)):
                async with serve(ServedAgent(engines=engines), clock=RealClock(), port=server.port):
                    pass

    asyncio.run(main())


CODED = {
    "type": "function",
    "name": "lookup_booking",
    "parameters": {
        "type": "object",
        "properties": {"locator": {"type": "string"}},
        "required": ["locator"],
    },
}
ASKS = {"type": "input_text", "text": "Where is my order ORD-4715B?"}


@pytest.mark.parametrize(("query", "found"), [("?kinds=locator:id", "ORD-4715B"), ("", "")])
def test_a_url_may_tell_the_kinds_of_arguments(engines: Engines, query: str, found: str) -> None:
    async def call() -> str:
        async with (
            serve(ServedAgent(engines=engines), clock=VirtualClock()) as server,
            connect(f"{server.url}{query}", compression=None, ping_interval=None) as socket,
        ):
            session = {"type": "realtime", "tools": [CODED], "instructions": "Orders: ORD-4715B."}
            item = {"type": "message", "role": "user", "content": [ASKS]}
            for message in (
                {"type": "session.update", "session": session},
                {"type": "conversation.item.create", "item": item},
                {"type": "response.create", "response": {"tool_choice": "required"}},
            ):
                await socket.send(json.dumps(message))
            async for told in socket:
                event = json.loads(told)
                if event["type"] == "response.function_call_arguments.done":
                    return str(json.loads(event["arguments"])["locator"])
        raise AssertionError("the agent hung up")

    assert run_virtual(call()) == found


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/other", 404),
        ("/v1/realtime?fault=nonsense", 400),
        ("/v1/realtime?seed=-1", 400),
        ("/v1/realtime?language=fr", 400),
    ],
)
def test_a_connection_to_the_wrong_place_is_rejected(
    engines: Engines, path: str, status: int
) -> None:
    async def main() -> int:
        async with serve(ServedAgent(engines=engines), clock=RealClock()) as server:
            with pytest.raises(InvalidStatus) as rejected:
                await connect(f"ws://{server.host}:{server.port}{path}")
            return rejected.value.response.status_code

    assert asyncio.run(main()) == status


def test_every_fault_has_a_name_and_a_scorer_that_knows_it() -> None:
    assert (
        {fault(one.value) for one in AgentFault}
        == set(AgentFault)
        == set(CAUGHT_BY)
        == set(MAY_TRIP)
    )
    assert all(CAUGHT_BY.values())
    assert set(AgentFault) >= set(MAY_END_AS)
    assert {fault(one.value) for one in AgentQuirk} == set(AgentQuirk)
    assert list(DOES) == [*AgentFault, *AgentQuirk]
    with pytest.raises(UnknownName, match="late_answer"):
        fault("nonsense")


def test_the_voice_begins_within_ten_milliseconds_and_knows_where_sentences_end(
    engines: Engines,
) -> None:
    voiced = engines.voice.speak("I found it. It comes today.", 1.0)
    loud = np.flatnonzero(np.abs(voiced.audio.samples.astype(int)) >= 33)
    assert loud[0] <= RATE // 100
    assert [chars for chars, _ in voiced.marks] == [11, 27]
    assert voiced.marks[-1][1] == len(voiced.audio)
