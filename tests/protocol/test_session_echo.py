"""A client's reading of the session that a server says it has set."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig
from harness.protocol.events import SessionUpdated
from harness.protocol.fields import Malformed, WireFault
from harness.protocol.items import AudioFormat
from harness.protocol.openai.ga import OpenAiGa

GA = OpenAiGa()


def echoed(session: Any) -> tuple[SessionConfig, tuple[str, ...]]:
    """The settings in a session.updated, and the messages about them."""
    message = {"type": "session.updated", "session": session}
    event, noted = GA.read(orjson.loads(orjson.dumps(message)))
    assert isinstance(event, SessionUpdated)
    return event.config, noted


def both(value: Any) -> dict[str, Any]:
    return {"audio": {"input": {"format": value}, "output": {"format": value}}}


@pytest.mark.parametrize(
    ("session", "found", "said"),
    [
        (both({"type": "audio/pcm", "rate": 24000}), AudioFormat.PCM16_24K, False),
        (both({"type": "pcm16"}), AudioFormat.PCM16_24K, False),
        (both({"type": "audio/pcmu"}), AudioFormat.PCMU, False),
        (both("pcm16"), AudioFormat.PCM16_24K, False),
        (both("g711_alaw"), AudioFormat.PCMA, False),
        (both("pcm_s16le"), None, True),
        (both({"type": "audio/opus"}), None, True),
        (
            {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_ulaw"},
            AudioFormat.PCMU,
            False,
        ),
        ({"input_audio_format": 16, "output_audio_format": 16}, None, True),
        ({}, None, False),
        (None, None, True),
        ("configured", None, True),
    ],
)
def test_a_format_is_known_by_any_of_its_names(session, found, said):
    config, noted = echoed(session)
    assert (config.input_format, config.output_format) == (found, found)
    assert bool(noted) is said


def test_another_rate_is_never_passed_over():
    with pytest.raises(Malformed, match=r"session\.audio\.input\.format\.rate.*24000"):
        echoed(both({"type": "audio/pcm", "rate": 16000}))


@pytest.mark.parametrize(
    ("detection", "found", "said"),
    [
        ({"type": "server_vad"}, ServerVad(), False),
        (
            {"type": "semantic_vad", "interrupt_response": False},
            SemanticVad(interrupt_response=False),
            False,
        ),
        (
            {"type": "own_vad", "interrupt_response": False},
            ServerVad(interrupt_response=False),
            True,
        ),
        ({}, ServerVad(), False),
        (None, None, False),
    ],
)
def test_an_unknown_turn_detection_still_says_whether_it_interrupts(detection, found, said):
    config, noted = echoed({"audio": {"input": {"turn_detection": detection}}})
    assert config.turn_detection == found
    assert bool(noted) is said


@pytest.mark.parametrize(
    "audio",
    [
        {"input": {"format": "pcm16"}},
        {"input": {"turn_detection": {"type": "own_vad"}}},
        {"input": {"turn_detection": {}}},
    ],
)
def test_what_a_client_asks_for_is_still_read_strictly(audio):
    message = {"type": "session.update", "session": {"type": "realtime", "audio": audio}}
    with pytest.raises(WireFault):
        GA.decode_client(orjson.dumps(message))
