"""The order desk called over Gemini Live: the same verdicts, and the vendor's own client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.genai import Client, live, types
from websockets.asyncio.client import connect

from harness.agent.faults import AgentFault
from harness.agent.server.websocket_server import ServedAgent, serve
from harness.protocol.server_half import server_half
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
P, F, NA = "pass", "fail", "not_applicable"
SCORERS = (
    *("write_confirmation", "entity_confirmation", "escalation", "expectations"),
    *("barge_in_yield", "preamble", "time_to_first_audio"),
)


def called(name: str, out: Path, *, fault: AgentFault | None = None, **session: Any) -> CallResult:
    settings = {"input_format": "pcm16_16k", **session}
    data = {"format": 1, "target": "gemini", "dialect": "gemini_live", "session": settings}
    jobs = plan_jobs(find((DESK / f"{name}.yaml",)), Repeats(), Target.model_validate(data))
    planted = None if fault is None else fault.value
    return call_virtually(VirtualOrder(jobs[0], out, embedded_agent, planted))


def outcomes(call: CallResult) -> tuple[str, ...]:
    told = {score.scorer: score.outcome for score in call.scores}
    return tuple(told[name] for name in SCORERS)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lookup/straight", (NA, P, P, P, NA, P, P)),
        ("write/confirmed_cancellation", (P, P, P, P, NA, NA, P)),
        ("turn_taking/barge_in_long_answer", (NA, P, P, P, P, P, P)),
        ("noise/nobody_there", (NA, NA, P, P, NA, NA, NA)),
    ],
)
def test_a_good_call_is_judged_as_over_the_realtime_api(tmp_path, name, found) -> None:
    call = called(name, tmp_path)
    assert (call.status, outcomes(call)) == ("completed", found)
    assert build(read_recording(tmp_path / call.recording)).violations == ()


@pytest.mark.parametrize(
    ("name", "fault", "scorer"),
    [
        ("turn_taking/barge_in_long_answer", AgentFault.TALKS_OVER_BARGE_IN, "barge_in_yield"),
        ("write/confirmed_cancellation", AgentFault.WRITE_WITHOUT_ASKING, "write_confirmation"),
    ],
)
def test_a_planted_fault_is_caught(tmp_path, name, fault, scorer) -> None:
    call = called(name, tmp_path, fault=fault)
    assert outcomes(call)[SCORERS.index(scorer)] == F


def test_turns_may_be_told_by_hand_and_the_agent_may_greet(tmp_path) -> None:
    call = called("lookup/straight", tmp_path, turn_detection="none", opening="agent")
    assert (call.status, call.passed) == ("completed", True)
    recording = read_recording(tmp_path / call.recording)
    greeting = build(recording).agent[0]
    assert greeting.claimed == "Hello, this is the order desk. How can I help?"
    sent = [m.message["realtimeInput"] for m in recording.messages if "realtimeInput" in m.message]
    assert {key for each in sent for key in each} == {
        *("audio", "text", "activityStart", "activityEnd"),
    }


def test_beginnings_are_concluded_and_ends_are_told(tmp_path) -> None:
    call = called("lookup/straight", tmp_path)
    recording = read_recording(tmp_path / call.recording)
    concluded = {type(each.event).__name__ for each in recording.events if each.inferred}
    assert concluded == {"ResponseCreated", "ResponseDone"}
    parts = [wait.parts for wait in build(recording).waits if wait.parts is not None]
    assert [(each.endpointing_s, each.created_s) for each in parts] == [(None, None)] * len(parts)
    assert call.usage is not None
    assert (call.usage.uncounted_responses, call.usage.output_audio_tokens > 100) == (0, True)


# --- the vendor's own client -------------------------------------------------------------------


@pytest.fixture
def plain_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's client writes wss:// whatever it is given."""

    def plain(url: str, *, additional_headers: dict[str, str], ssl: object = None) -> connect:
        assert additional_headers["x-goog-api-key"] == "k"
        url = url.replace("wss:", "ws:")
        return connect(url, additional_headers=additional_headers, proxy=None, ping_interval=None)

    monkeypatch.setattr(live, "ws_connect", plain)


LOOK_UP = {
    "name": "lookup_order",
    "description": "Find one order.",
    "parameters": {
        "type": "OBJECT",
        "properties": {"order_id": {"type": "STRING"}},
        "required": ["order_id"],
    },
}
ORDER = {"order_id": "ORD-4715B", "status": "shipped", "eta": "2026-04-25"}


@pytest.mark.sdk
@pytest.mark.usefixtures("plain_socket")
def test_the_vendors_client_holds_a_call_with_our_agent() -> None:
    read_back, calls, answer = run_virtual(sdk_call())
    assert read_back == "I have O, R, D, four, seven, one, five, B. Is that right?"
    assert calls == [("lookup_order", {"order_id": "ORD4715B"})]
    assert "April" in answer


async def sdk_call() -> tuple[str, list[tuple[str, Any]], str]:
    options = types.HttpOptions(api_version="v1beta")
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction="Read back every order number. Say a word before you use a tool.",
        tools=[types.Tool(function_declarations=[types.FunctionDeclaration(**LOOK_UP)])],
        output_audio_transcription=types.AudioTranscriptionConfig(),
    )
    agent = ServedAgent(server_half=server_half("gemini_live"))
    async with serve(agent, clock=VirtualClock()) as server:
        options.base_url = f"http://127.0.0.1:{server.port}/"
        client = Client(api_key="k", http_options=options)
        async with client.aio.live.connect(model="reference", config=config) as session:
            assert (session.session_id or "").startswith("sess_")
            await session.send_realtime_input(text="Where is my order ORD-4715B?")
            read_back, _ = await said_by(session)
            await session.send_realtime_input(text="Yes, that is right.")
            answer, calls = await said_by(session)
            return read_back, calls, answer


async def said_by(session: live.AsyncSession) -> tuple[str, list[tuple[str, Any]]]:
    """Return the agent's words in one turn, and its tool calls, which are answered."""
    words, calls = "", []
    async for message in session.receive():
        content = message.server_content
        if content is not None and content.output_transcription is not None:
            words += content.output_transcription.text or ""
        asked = message.tool_call.function_calls or [] if message.tool_call is not None else []
        for call in asked:
            calls.append((call.name or "", call.args))
            answer = types.FunctionResponse(id=call.id, name=call.name, response=ORDER)
            await session.send_tool_response(function_responses=answer)
    return words, calls
