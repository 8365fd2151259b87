"""The light agent: the vendor's protocol on a real socket, in virtual time; turns by loudness."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from support.agent_driver import LOOKUP, MODELS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.agent.light.server import LoudTurns, serve_light
from harness.agent.light.settings import AFTER_TOOL, BEFORE_TOOL, SENTENCES, LightAgent
from harness.agent.server.tts_and_asr import Voiced
from harness.agent.server.turn_detection import Settings, VadEvent, settings_of
from harness.audio.codec import encode_base64
from harness.audio.pcm import Pcm
from harness.errors import PortTaken
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.commands import SemanticVad
from harness.protocol.items import AudioFormat
from harness.protocol.openai.commands import APPEND, plain_append
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual

RATE = 24_000
FRAME = 480
THINK_S = 0.25
Event = dict[str, Any]


def tone(seconds: float, rate_hz: int = RATE, peak: int = 8000) -> np.ndarray:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


def silence(seconds: float, rate_hz: int = RATE) -> np.ndarray:
    return np.zeros(round(seconds * rate_hz), np.int16)


VOICED = {
    words: Voiced(Pcm(tone(1.5), RATE), ((len(words), RATE * 3 // 2),))
    for words in (BEFORE_TOOL, AFTER_TOOL, *SENTENCES)
}


class Client:
    """A caller on a real socket who sends audio at the pace of speech and keeps the answers."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[tuple[float, Event]] = []
        self.truth: list[Event] = []

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        async for raw in self.socket:
            event = json.loads(raw)
            MODELS[event["type"]].model_validate_json(raw)
            self.events.append((loop.time(), event))

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def update(self, **session: Any) -> None:
        await self.send("session.update", session={"type": "realtime", **session})

    async def speak(self, *parts: np.ndarray) -> float:
        """Send frame by frame, then return the time at which the last frame left."""
        samples = np.concatenate(parts)
        for start in range(0, len(samples), FRAME):
            await asyncio.sleep(0.02)
            await self.send(APPEND, audio=encode_base64(samples[start : start + FRAME].tobytes()))
        return asyncio.get_running_loop().time()

    def types(self) -> list[str]:
        return [event["type"] for _, event in self.events]

    def of(self, kind: str) -> list[Event]:
        return [event for _, event in self.events if event["type"] == kind]

    def at(self, kind: str) -> float:
        return next(at_s for at_s, event in self.events if event["type"] == kind)

    def said(self) -> list[str]:
        return [e["transcript"] for e in self.of("response.output_audio_transcript.done")]


def call(
    script: Callable[[Client], Awaitable[None]], *, query: str = "", session_s: float | None = None
) -> Client:
    """Hold a call in virtual time and return the messages that its client kept."""

    async def main() -> Client:
        truth: list[Event] = []
        agent = LightAgent(
            THINK_S, session_s=session_s, truth=lambda each: truth.append(dict(each)), voiced=VOICED
        )
        async with (
            serve_light(agent, clock=VirtualClock()) as server,
            connect(f"{server.url}?seed=7{query}", compression=None, ping_interval=None) as socket,
        ):
            client = Client(socket)
            client.truth = truth
            listening = asyncio.create_task(client.listen())
            await script(client)
            await socket.close()
            await listening
        return client

    return run_virtual(main())


async def one_turn(client: Client) -> None:
    await client.update()
    await client.speak(silence(0.4), tone(1.0), silence(4.0))


def test_a_turn_is_answered_with_ready_made_sound_after_its_think_time() -> None:
    client = call(one_turn)
    kinds = [kind for kind in dict.fromkeys(client.types()) if not kind.startswith("conversation.")]
    assert kinds == [
        "session.created",
        "session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    (created,) = client.of("session.created")
    assert created["session"]["model"] == "light-reference"
    (started,) = client.of("input_audio_buffer.speech_started")
    (stopped,) = client.of("input_audio_buffer.speech_stopped")
    assert (started["audio_start_ms"], stopped["audio_end_ms"]) == (100, 1900)
    waited = client.at("response.output_audio.delta") - client.at("response.created")
    assert waited == pytest.approx(THINK_S)
    assert client.said() == [SENTENCES[0]]
    (done,) = client.of("response.done")
    assert done["response"]["status"] == "completed"


@pytest.mark.parametrize(
    ("at_once", "waited_s"),
    [
        (None, [THINK_S, THINK_S, THINK_S]),
        (3, [THINK_S, THINK_S, THINK_S]),
        (1, [THINK_S, 2 * THINK_S, 3 * THINK_S]),
    ],
)
def test_answers_wait_in_line_where_it_thinks_about_few_at_once(
    at_once: int | None, waited_s: list[float]
) -> None:
    async def main() -> list[float]:
        agent = LightAgent(THINK_S, at_once, voiced=VOICED)
        async with (
            serve_light(agent, clock=VirtualClock()) as server,
            contextlib.AsyncExitStack() as stack,
        ):
            clients = []
            for _ in waited_s:
                socket = await stack.enter_async_context(connect(server.url, ping_interval=None))
                clients.append(Client(socket))
            listening = [asyncio.create_task(client.listen()) for client in clients]
            await asyncio.gather(*(one_turn(client) for client in clients))
            for client, task in zip(clients, listening, strict=True):
                await client.socket.close()
                await task
        answered = "response.output_audio.delta"
        return sorted(client.at(answered) - client.at("response.created") for client in clients)

    assert run_virtual(main()) == pytest.approx(waited_s)


def test_two_calls_with_one_seed_are_the_same_to_the_byte() -> None:
    assert call(one_turn).events == call(one_turn).events


def test_the_truth_tells_what_came_and_what_left() -> None:
    client = call(one_turn)
    appended = [entry for entry in client.truth if entry["kind"] == "append"]
    assert [entry["samples"] for entry in appended] == [FRAME * n for n in range(1, 271)]
    audio = [entry for entry in client.truth if entry["kind"] == "audio"]
    assert sum(entry["samples"] for entry in audio) == RATE * 3 // 2
    assert [entry["first_audible"] is not None for entry in audio] == [True] + [False] * 7
    ends = [entry["last_audible"] for entry in audio]
    assert RATE * 3 // 2 - RATE // 100 < ends[-1] < RATE * 3 // 2
    assert ends == sorted(ends)
    assert audio[0]["at_s"] == pytest.approx(client.at("response.output_audio.delta"))
    assert {entry["session"] for entry in client.truth} == {
        client.of("session.created")[0]["session"]["id"]
    }


def test_a_caller_who_interrupts_cancels_and_can_truncate() -> None:
    async def script(client: Client) -> None:
        await client.speak(tone(1.0), silence(0.9), tone(0.5))
        item = client.of("response.output_item.added")[0]["item"]["id"]
        await client.send(
            "conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=100
        )
        await client.speak(silence(2.0))

    client = call(script)
    first, second = client.of("response.done")
    assert first["response"]["status_details"]["reason"] == "turn_detected"
    assert second["response"]["status"] == "completed"
    assert client.types().count("conversation.item.truncated") == 1
    assert client.of("error") == []


def test_a_tool_is_called_once_where_the_session_has_it() -> None:
    async def script(client: Client) -> None:
        tool = {"type": "function", "name": LOOKUP.name, "parameters": LOOKUP.parameters}
        await client.update(tools=[tool])
        await client.speak(tone(1.0), silence(2.0))
        (made,) = client.of("response.function_call_arguments.done")
        item = {"type": "function_call_output", "call_id": made["call_id"], "output": "{}"}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create")
        await client.speak(silence(2.0), tone(1.0), silence(2.0))

    client = call(script, query=f"&tool={LOOKUP.name}")
    assert client.said() == [BEFORE_TOOL, AFTER_TOOL, SENTENCES[0]]
    (made,) = client.of("response.function_call_arguments.done")
    assert json.loads(made["arguments"]) == {"order_id": ""}


def test_push_to_talk_is_committed_by_hand() -> None:
    async def script(client: Client) -> None:
        await client.update(audio={"input": {"turn_detection": None}})
        await client.speak(tone(1.0))
        await client.send("input_audio_buffer.commit")
        await client.send("response.create")
        await asyncio.sleep(1.0)
        await client.send("input_audio_buffer.commit")
        await client.send("input_audio_buffer.clear")
        await asyncio.sleep(1.0)

    client = call(script)
    assert "input_audio_buffer.speech_started" not in client.types()
    assert client.said() == [SENTENCES[0]]
    (error,) = client.of("error")
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"
    assert client.types().count("input_audio_buffer.cleared") == 1


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", None),
        ('{"type": "input_audio_buffer.append", "audio": "?"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "AAAA"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "sound": "AAAA"}', None),
        ('{"type": "response.cancel"}', "response_cancel_not_active"),
    ],
)
def test_what_is_wrong_is_answered_with_an_error(message: str, code: str | None) -> None:
    async def script(client: Client) -> None:
        await client.socket.send(message)
        await asyncio.sleep(0.1)

    (error,) = call(script).of("error")
    assert code is None or error["error"]["code"] == code


def test_a_message_may_come_in_pieces() -> None:
    async def script(client: Client) -> None:
        await client.socket.send(['{"type": "input_audio', '_buffer.clear"}'])
        await asyncio.sleep(0.1)

    assert call(script).types() == ["session.created", "input_audio_buffer.cleared"]


def test_a_session_ends_at_its_limit() -> None:
    async def script(client: Client) -> None:
        await asyncio.sleep(3.0)
        with pytest.raises(ConnectionClosed):
            await client.send("response.create")

    client = call(script, session_s=2.0)
    (error,) = client.of("error")
    assert error["error"]["code"] == "session_expired"
    assert client.socket.close_code == 1001


@pytest.mark.parametrize(
    ("place", "status", "told"),
    [
        ("/elsewhere", 404, "served at /v1/realtime"),
        ("/v1/realtime?seed=x", 400, "seed must be a whole number of 0 or more, got 'x'"),
        ("/v1/realtime?fault=late_answer", 400, "no faults"),
    ],
)
def test_a_wrong_address_is_refused_in_words(place: str, status: int, told: str) -> None:
    async def main() -> InvalidStatus:
        agent = LightAgent(voiced=VOICED)
        async with serve_light(agent, clock=VirtualClock()) as server:
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.url.replace("/v1/realtime", place), ping_interval=None)
            with pytest.raises(PortTaken):
                async with serve_light(agent, clock=VirtualClock(), port=server.port):
                    raise AssertionError
        return refused.value

    response = run_virtual(main()).response
    assert response.status_code == status
    assert told in (response.body or b"").decode()


def test_who_is_still_there_when_the_agent_stops_is_told_goodbye() -> None:
    async def main() -> int | None:
        async with serve_light(LightAgent(voiced=VOICED), clock=VirtualClock()) as server:
            socket = await connect(server.url, ping_interval=None)
            await socket.recv()
        await socket.wait_closed()
        return socket.close_code

    assert run_virtual(main()) == 1001


def test_an_append_is_plain_if_it_holds_nothing_else() -> None:
    assert plain_append(b'{"type":"input_audio_buffer.append","audio":"AAAA"}') == b"\0\0\0"
    for other in (
        b'{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e"}',
        b'{"type":"input_audio_buffer.append","audio":7}',
        b'{"type":"input_audio_buffer.append","audio":"?"}',
        b'{"input_audio_buffer.append":1,"type":"session.update"}',
        b'["input_audio_buffer.append"',
        b'{"type":"input_audio_buffer.commit"}',
    ):
        assert plain_append(other) is None, other


SEMANTIC = settings_of(SemanticVad(eagerness="high"))


@pytest.mark.parametrize(
    ("parts", "settings", "changes"),
    [
        ([(0.5, 0), (1.0, 8000), (1.0, 0)], Settings(), [("started", 500), ("stopped", 2000)]),
        ([(0.5, 0), (0.04, 8000), (1.0, 0)], Settings(), []),
        ([(1.0, 8000), (0.3, 0), (1.0, 8000), (0.6, 0)], Settings(),
         [("started", 0), ("stopped", 2800)]),
        ([(1.0, 8000), (0.4, 0)], SEMANTIC, [("started", 0), ("stopped", 1300)]),
        ([(1.0, 100), (1.0, 0)], Settings(), []),
        ([(0.8, 8000), (0.2, 0)] * 21, Settings(),
         [("started", 0), ("stopped", 20_000), ("started", 20_000)]),
        # a noise that stays begins a turn once, and holds none after three seconds
        ([(25.0, 600), (1.0, 8000), (1.0, 600)], Settings(),
         [("started", 0), ("stopped", 3480), ("started", 25_000), ("stopped", 26_500)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("audio_format", [AudioFormat.PCM16_24K, AudioFormat.PCMU])
@pytest.mark.parametrize("frame_s", [0.02, 0.1])
def test_turns_are_found_by_loudness(parts, settings, changes, audio_format, frame_s) -> None:
    rate_hz = audio_format.rate_hz
    samples = np.concatenate([tone(seconds, rate_hz, peak) for seconds, peak in parts])
    turns, found, frame = LoudTurns(audio_format, settings), [], round(frame_s * rate_hz)
    for start in range(0, len(samples), frame):
        wire = bytes_of(samples[start : start + frame], audio_format)
        for change in turns.append(wire):
            found.append((change.event.value, change.at_ms))
            if change.event is VadEvent.STOPPED:
                assert turns.between(0, change.at_ms).audio.duration_s == change.at_ms / 1000
                turns.turn_taken(change.at_ms)
    assert found == changes
    assert turns.received == len(samples)


def test_an_empty_half_of_a_sample_is_refused_and_a_format_may_change() -> None:
    turns = LoudTurns(AudioFormat.PCM16_24K, None)
    with pytest.raises(ValueError, match="buffer size"):
        list(turns.append(b"\0"))
    assert list(turns.append(tone(0.5).tobytes())) == []
    turns.heard(lambda: True)
    assert (turns.clock_ms, turns.appended_s, turns.padding_ms) == (500, 0.5, 300)
    assert turns.take().end_ms == 500
    turns.configure(AudioFormat.PCMU, Settings())
    wire = bytes_of(tone(0.5, 8000), AudioFormat.PCMU)
    assert [change.at_ms for change in turns.append(wire)] == [500]
    assert turns.speaking
    turns.configure(AudioFormat.PCMU, None)
    assert not turns.speaking
