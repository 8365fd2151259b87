"""What a client may ask of a session and of one response, free of any vendor's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocol.items import AudioFormat, Item, Json


@dataclass(frozen=True, slots=True)
class ServerVad:
    """Silence-based turn detection of the service, with the vendor's documented defaults."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SemanticVad:
    """Meaning-based turn detection of the service."""

    eagerness: str = "auto"
    create_response: bool = True
    interrupt_response: bool = True


@dataclass(frozen=True, slots=True)
class Tool:
    """One function tool; ``parameters`` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What a client asks of a session. None means "leave the server's default"."""

    instructions: str | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: str | Json | None = None
    voice: str | None = None
    speed: float | None = None
    input_format: AudioFormat | None = None
    output_format: AudioFormat | None = None
    turn_detection: ServerVad | SemanticVad | None = None
    turn_detection_off: bool = False
    """True sends an explicit null: push to talk."""
    transcription_model: str | None = None
    transcription_language: str | None = None
    noise_reduction: str | None = None
    modalities: tuple[str, ...] | None = None
    max_output_tokens: int | str | None = None
    reasoning_effort: str | None = None
    parallel_tool_calls: bool | None = None
    model: str | None = None
    prompt: Json | None = None
    """A prompt stored at the service ({id, version, variables}) instead of instructions."""
    truncation: str | Json | None = None
    include: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ResponseOptions:
    """What a client asks of one response, beside the session's settings."""

    conversation: str | None = None
    instructions: str | None = None
    modalities: tuple[str, ...] | None = None
    metadata: Mapping[str, str] | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: str | Json | None = None
    max_output_tokens: int | str | None = None
    input: tuple[Item, ...] | None = None
