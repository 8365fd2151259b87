"""What a call cost: tokens as the service counted them, and seconds of audio both ways.

Tokens are summed over ``response.done`` (Realtime API reference, "usage" of a response); a service
that sends none leaves ``responses`` at 0. Audio seconds come from the recording itself: what was
streamed to the agent, silence included, and what the agent generated, heard or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.recording.model import Direction, Recording


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds of one call, or of many; ``responses`` is how many were counted."""

    responses: int = 0
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    cached_tokens: int = 0
    """Part of the input tokens that the service had cached."""
    output_text_tokens: int = 0
    output_audio_tokens: int = 0
    caller_s: float = 0.0
    agent_s: float = 0.0


def usage(recording: Recording) -> Usage:
    """Return what one call cost."""
    counted = [
        found
        for event in recording.events
        if event.direction is Direction.RECEIVED and event.message.get("type") == "response.done"
        if (found := _inside(_inside(event.message, "response"), "usage"))
    ]
    inputs = [_inside(each, "input_token_details") for each in counted]
    outputs = [_inside(each, "output_token_details") for each in counted]
    return Usage(
        responses=len(counted),
        input_text_tokens=_total(inputs, "text_tokens"),
        input_audio_tokens=_total(inputs, "audio_tokens"),
        cached_tokens=_total(inputs, "cached_tokens"),
        output_text_tokens=_total(outputs, "text_tokens"),
        output_audio_tokens=_total(outputs, "audio_tokens"),
        caller_s=recording.caller.duration_s,
        agent_s=recording.agent_generated.duration_s,
    )


def _inside(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = message.get(name)
    return part if isinstance(part, Mapping) else {}


def _total(details: list[Mapping[str, Any]], name: str) -> int:
    found = (detail.get(name) for detail in details)
    return sum(value for value in found if isinstance(value, int))
