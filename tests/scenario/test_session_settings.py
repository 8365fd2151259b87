"""The session settings of a target file on the wire, and no others."""

from __future__ import annotations

import json

import pytest

from harness.protocol.fields import Fields
from harness.protocol.openai.settings import read_session, write_session
from harness.scenario.session_settings import SessionSettings

PCM = {"type": "audio/pcm", "rate": 24000}


def sent(**settings: object) -> dict[str, object]:
    """Return the requested session, without the settings that every session has."""
    wanted = SessionSettings.model_validate_json(json.dumps(settings)).wanted()
    session = write_session(wanted)
    audio = session.pop("audio")
    assert audio["input"].pop("format") == audio["output"].pop("format") == PCM
    assert (session.pop("type"), session.pop("output_modalities")) == ("realtime", ("audio",))
    return session | {side: audio[side] for side in audio if audio[side]}


VAD = {"input": {"turn_detection": {"type": "server_vad"}}}


def test_what_is_not_set_is_not_sent() -> None:
    assert sent() == VAD


@pytest.mark.parametrize(
    ("settings", "heard"),
    [
        (
            {"turn_detection": {"type": "server_vad", "create_response": False}},
            {"turn_detection": {"type": "server_vad", "create_response": False}},
        ),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 0, "idle_timeout_ms": 6000}},
            {"turn_detection": {"type": "server_vad", "threshold": 0.0, "idle_timeout_ms": 6000}},
        ),
        (
            {"turn_detection": {"type": "semantic_vad"}},
            {"turn_detection": {"type": "semantic_vad"}},
        ),
        ({"turn_detection": "none"}, {"turn_detection": None}),
        ({"turn_detection": "keep"}, {}),
        (
            {"turn_detection": "keep", "noise_reduction": "far_field"},
            {"noise_reduction": {"type": "far_field"}},
        ),
        ({"turn_detection": "keep", "noise_reduction": "off"}, {"noise_reduction": None}),
        (
            {"turn_detection": "keep", "input_transcription": "whisper-1"},
            {"transcription": {"model": "whisper-1"}},
        ),
        (
            {
                "turn_detection": "keep",
                "input_transcription": {"model": "w", "language": "de", "prompt": "Orders."},
            },
            {"transcription": {"model": "w", "language": "de", "prompt": "Orders."}},
        ),
    ],
)
def test_how_the_caller_is_heard_is_sent_as_it_is_set(settings, heard) -> None:
    assert sent(**settings).get("input", {}) == heard


CUT = {"type": "retention_ratio", "retention_ratio": 0.8}
LIMITED = {**CUT, "token_limits": {"post_instructions": 8000}}


@pytest.mark.parametrize(
    "setting",
    [
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "name": "lookup_order"}},
        {"parallel_tool_calls": False},
        {"max_output_tokens": 200},
        {"max_output_tokens": "inf"},
        {"truncation": "disabled"},
        {"truncation": CUT},
        {"truncation": LIMITED},
        {"tracing": "auto"},
        {"tracing": {"workflow_name": "nightly", "metadata": {"team": "a"}}},
        {"prompt": {"id": "pmpt_1"}},
        {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"city": "Leeds"}}},
    ],
)
def test_a_setting_is_sent_as_the_service_writes_it_and_read_back(setting) -> None:
    assert sent(**setting) == {**setting, **VAD}
    wanted = SessionSettings.model_validate(setting).wanted()
    written = {**write_session(wanted), "output_modalities": ["audio"]}
    assert read_session(Fields(written, strict=True)) == wanted


def test_what_else_is_told_and_how_fast_is_spoken_is_sent() -> None:
    logprobs = "item.input_audio_transcription.logprobs"
    assert sent(include=[logprobs], speed=1.25) == {
        "include": (logprobs,),
        "output": {"speed": 1.25},
        **VAD,
    }
