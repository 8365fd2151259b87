"""The report on a public client: wrong fields by place, errors except the harmless one, steps."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

DRIVE = Path(__file__).parents[2] / "benchmarks/strangers/drive.py"
CLEARED: dict[str, Any] = {"type": "input_audio_buffer.cleared", "event_id": "e"}
STOPPED = {"type": "input_audio_buffer.speech_stopped", "event_id": "e", "item_id": "i"}
ERROR = {"type": "invalid_request_error", "message": "No.", "param": None, "event_id": None}


def error(code: str) -> dict[str, Any]:
    return {"type": "error", "event_id": "e", "error": {**ERROR, "code": code}}


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("drive", DRIVE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "drive", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (CLEARED, "0 wrong fields; "),
        (
            STOPPED,
            "1 wrong fields [input_audio_buffer.speech_stopped: audio_end_ms: Field required]; ",
        ),
        ({**CLEARED, "event_id": 7}, "event_id: Input should be a valid string]; "),
        ({"type": "no.such"}, "1 wrong fields [no.such: no such event]; "),
        (error("invalid_value"), "; error invalid_value: No."),
    ],
)
def test_what_the_agent_sent_is_held_against_the_types(drive, message, told):
    heard = drive.Heard()
    heard.from_agent(orjson.dumps(message))
    line = drive.report("one", ["order"], heard, "")
    assert line.startswith("one: 1 of 6 steps (order); 1 events received; ")
    assert told in line
    assert bool(heard.wrong or heard.errors) == (message is not CLEARED)


LIVE_STOPPED = {"type": "session.closed", "event_id": "e", "usage": {"seconds": 1.0}}
BACKEND = {
    "type": "response.event",
    "event_id": "e",
    "event": {"type": "response.created", "response": {"id": "r"}},
}
CALL = {"toolCall": {"functionCalls": [{"id": "c", "name": "x", "args": 7}]}}


@pytest.mark.parametrize(
    ("client", "message", "wrong"),
    [
        ("openai-live", LIVE_STOPPED, "session.closed: reason: Field required"),
        ("openai-live", BACKEND, "response.event: sequence_number: Field required"),
        ("openai-live", CLEARED, "input_audio_buffer.cleared: no such event"),
        ("google-genai", CALL, "toolCall: toolCall.functionCalls.0.args"),
    ],
)
def test_each_protocol_has_the_types_of_its_vendor(drive, client, message, wrong):
    heard = drive.Heard(drive.SPOKEN[client].check)
    heard.from_agent(orjson.dumps(message))
    assert any(fault.startswith(wrong) for fault in heard.wrong), heard.wrong


def test_a_cancellation_that_comes_too_late_is_no_fault(drive):
    heard = drive.Heard()
    heard.from_agent(orjson.dumps(error("response_cancel_not_active")))
    assert (heard.events, dict(heard.wrong), heard.errors) == (1, {}, [])


def test_what_the_client_sent_is_counted(drive):
    heard = drive.Heard()
    output = {"type": "function_call_output", "call_id": "c", "output": "{}"}
    for message in (
        {"type": "conversation.item.create", "item": output},
        {"type": "conversation.item.truncate", "item_id": "i"},
    ):
        heard.from_client(orjson.dumps(message))
    assert "1 tool outputs, 1 truncations, 0 cancellations sent" in drive.report("x", [], heard, "")
