"""Differences between the session that a service reports and the requested session."""

from __future__ import annotations

import pytest

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool, differences
from harness.protocol.items import AudioFormat
from harness.protocol.openai.ga import is_another

LOOKUP, CANCEL = Tool("lookup_order"), Tool("cancel_order", "Cancels.")
PROMPT = {"id": "pmpt_1", "variables": {"city": "Leeds"}}


@pytest.mark.parametrize(
    ("asked", "served", "told"),
    [
        ({}, {}, []),
        ({}, {"voice": "alloy", "turn_detection": ServerVad(0.5, 300, 500)}, []),
        ({"voice": "marin", "turn_detection": ServerVad(0.7)}, {}, []),
        ({"voice": "marin"}, {"voice": "marin"}, []),
        ({"voice": "marin"}, {"voice": "alloy"}, ["voice: asked marin, served alloy"]),
        (
            {"output_format": AudioFormat.PCMU},
            {"output_format": AudioFormat.PCM16_24K},
            ["output_format: asked pcmu, served pcm16_24k"],
        ),
        ({"speed": 1.1}, {"speed": 1.100000023841858}, []),
        ({"speed": 1.1}, {"speed": 1}, ["speed: asked 1.1, served 1"]),
        ({"model": "gpt-realtime"}, {"model": "gpt-realtime-2025-08-28"}, []),
        ({"model": "gpt-live-1"}, {"model": "gpt-live-1.1"},
         ["model: asked gpt-live-1, served gpt-live-1.1"]),
        ({"model": "gpt-live-1"}, {}, []),
        ({"backend_model": "gpt-5.5"}, {"backend_model": "gpt-5.5-mini"},
         ["backend_model: asked gpt-5.5, served gpt-5.5-mini"]),
        ({"max_output_tokens": "inf"}, {"max_output_tokens": 4096},
         ["max_output_tokens: asked inf, served 4096"]),
        ({"parallel_tool_calls": False}, {"parallel_tool_calls": True},
         ["parallel_tool_calls: asked false, served true"]),
        ({"modalities": ("audio",)}, {"modalities": ("text",)},
         ["output: asked audio, served text"]),
        ({"noise_reduction": "near_field"}, {"noise_reduction": "off"},
         ["noise_reduction: asked near_field, served off"]),
        ({"transcription_model": "w", "transcription_language": "de"},
         {"transcription_model": "x", "transcription_language": "en"},
         ["input_transcription.model: asked w, served x",
          "input_transcription.language: asked de, served en"]),
        ({"instructions": "Be brief.\n"}, {"instructions": "Be brief."}, []),
        ({"instructions": "Be brief."}, {"instructions": "Sell."},
         ["instructions: asked 9 characters, served other words, 5 characters"]),
        ({"tools": (LOOKUP, CANCEL)}, {"tools": (Tool("cancel_order"), LOOKUP)}, []),
        ({"tools": (LOOKUP, CANCEL)}, {"tools": ()},
         ["tools: asked cancel_order, lookup_order, served none"]),
        ({"tool_choice": "required"}, {"tool_choice": {"type": "function", "name": "x"}},
         ["tool_choice: asked required, served {type: function, name: x}"]),
        ({"prompt": PROMPT}, {"prompt": {"version": "3", **PROMPT}}, []),
        ({"prompt": PROMPT}, {"prompt": {**PROMPT, "variables": {"city": "York"}}},
         ["prompt: asked {id: pmpt_1, variables: {city: Leeds}}, "
          "served {id: pmpt_1, variables: {city: York}}"]),
        ({"include": ("a",)}, {"include": ("a",)}, []),
    ],
)  # fmt: skip
def test_what_is_served_otherwise_is_told(asked, served, told) -> None:
    found = differences(SessionConfig(**asked), SessionConfig(**served), another=is_another)
    assert list(map(str, found)) == told


@pytest.mark.parametrize(
    ("asked", "served", "told"),
    [
        (ServerVad(), ServerVad(0.5, 300, 200, True, True), []),
        (ServerVad(0.9), ServerVad(0.8999999761581421), []),
        (ServerVad(silence_duration_ms=500), ServerVad(0.5, 300, 200),
         ["turn_detection.silence_duration_ms: asked 500, served 200"]),
        (ServerVad(create_response=False), ServerVad(create_response=True),
         ["turn_detection.create_response: asked false, served true"]),
        (SemanticVad("low"), SemanticVad("auto"),
         ["turn_detection.eagerness: asked low, served auto"]),
        (SemanticVad(), ServerVad(0.5), ["turn_detection: asked semantic_vad, served server_vad"]),
        (ServerVad(), None, ["turn_detection: asked server_vad, served none"]),
        (None, ServerVad(), ["turn_detection: asked none, served server_vad"]),
        (None, None, []),
    ],
)  # fmt: skip
def test_turns_that_are_found_otherwise_are_told(asked, served, told) -> None:
    found = differences(
        SessionConfig(turn_detection=asked, turn_detection_off=asked is None),
        SessionConfig(turn_detection=served, turn_detection_off=served is None),
        another=is_another,
    )
    assert list(map(str, found)) == told


@pytest.mark.parametrize(
    ("asked", "served", "another"),
    [
        ("gpt-realtime", "gpt-realtime-2025-08-28", False),
        ("gpt-realtime", "gpt-realtime-2", False),
        ("gpt-realtime-2.1", "gpt-realtime-2", True),
        ("gpt-realtime-2", "gpt-realtime", False),
        ("gpt-realtime", "gpt-realtime-mini-2025-10-06", True),
        ("gpt-4o-realtime-preview", "gpt-4o-realtime-preview-2024-12-17", False),
        ("gpt-4o-mini-realtime-preview", "gpt-4o-realtime-preview", True),
        ("gpt-realtime", "gpt-live-1", True),
        ("gpt-5.5", "gpt-5.5-2026-03-01", False),
        ("gpt-realtime-prod", "gpt-realtime-2", False),
        ("my-voice", "gpt-realtime-2", False),
        ("reference", "reference", False),
    ],
)
def test_a_deployment_is_no_other_model(asked, served, another) -> None:
    assert is_another(asked, served) is another
