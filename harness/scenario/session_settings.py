"""The session settings that a target file requests; others keep their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.protocol.commands import TRANSCRIPTION, SemanticVad, ServerVad, SessionConfig
from harness.protocol.items import AudioFormat
from harness.scenario.fault_text import Found
from harness.scenario.fields import Model, Opening, Text


class ServerVadSettings(Model):
    """``turn_detection: {type: server_vad}``; unset values are the service's own."""

    type: Literal["server_vad"]
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    prefix_padding_ms: Annotated[int, Field(ge=0)] | None = None
    silence_duration_ms: Annotated[int, Field(ge=0)] | None = None
    create_response: bool | None = None
    """Whether the service answers by itself when a turn ends; false: the harness asks for it."""
    interrupt_response: bool | None = None
    """Whether the service stops its answer when the caller speaks; false: it talks on."""
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30000)] | None = None


class SemanticVadSettings(Model):
    """``turn_detection: {type: semantic_vad}``."""

    type: Literal["semantic_vad"]
    eagerness: Literal["auto", "low", "medium", "high"] | None = None
    create_response: bool | None = None
    """As for ``server_vad``."""
    interrupt_response: bool | None = None
    """As for ``server_vad``."""


class TranscriptionSettings(Model):
    """What writes down the caller's words at the service."""

    model: Text
    language: Text | None = None
    """The suite's language unless told."""
    prompt: Text | None = None
    """Words that it should expect."""


class ToolChoice(Model):
    """``tool_choice: {type: function}``: the one tool that must be called."""

    type: Literal["function"]
    name: Text


class TokenLimits(Model):
    """How long a conversation may grow before it is cut."""

    post_instructions: Annotated[int, Field(ge=0)]
    """Tokens behind the instructions."""


class RetentionRatio(Model):
    """``truncation: {type: retention_ratio}``: how much is kept where a conversation is cut."""

    type: Literal["retention_ratio"]
    retention_ratio: Annotated[float, Field(ge=0, le=1)]
    token_limits: TokenLimits | None = None


class Tracing(Model):
    """How the service's own trace of the session is named."""

    workflow_name: Text | None = None
    group_id: Text | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


class StoredPrompt(Model):
    """A prompt that is stored at the service, instead of the suite's."""

    id: Text
    version: Text | None = None
    variables: dict[str, str] = Field(default_factory=dict)


Format = Literal["pcm16_8k", "pcm16_16k", "pcm16_24k", "pcm16_48k", "pcmu", "pcma"]


class SessionSettings(Model):
    """What the harness asks of the session, and what it leaves as it is."""

    type: Literal["realtime", "transcription"] = "realtime"
    """``transcription``: nobody answers; what the caller says is written down, and judged."""
    prompt: Literal["suite", "keep"] | StoredPrompt = "suite"
    """``keep``: the agent's own stands, and the suite's is not sent; or one stored there."""
    tools: Literal["suite", "keep"] = "suite"
    """``keep``: it has tools of its own, run at its server; the suite only describes them."""
    opening: Opening = "caller"
    """Who speaks first, where the scenario does not say it."""
    voice: str | None = None
    turn_detection: ServerVadSettings | SemanticVadSettings | Literal["none", "keep"] = Field(
        default_factory=lambda: ServerVadSettings(type="server_vad")
    )
    input_format: Format = AudioFormat.PCM16_24K.value
    """How the caller's audio is sent."""
    output_format: Format = AudioFormat.PCM16_24K.value
    """How the agent's audio comes."""
    output: Literal["audio", "text"] = "audio"
    """What the agent answers with."""
    noise_reduction: Literal["near_field", "far_field", "off"] | None = None
    """What the service does to the caller's sound before it listens."""
    input_transcription: Text | TranscriptionSettings | None = None
    """The model alone, or with its language and prompt."""
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    """Whether one response may call several tools."""
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    """Of one response; one that needs more ends as incomplete."""
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None
    """Of the agent's voice."""
    truncation: Literal["auto", "disabled"] | RetentionRatio | None = None
    """What happens where a conversation outgrows the model."""
    tracing: Literal["auto"] | Tracing | None = None
    """Whether the service keeps a trace of its own."""
    include: tuple[Text, ...] | None = None
    """What the service is to tell beside what it always tells."""
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    backend_model: Text | None = None
    """What works behind the voice, where that is another model."""
    mcp_approval: Literal["approve", "refuse"] | None = None
    """The answer to requests for approval of a remote server's tool; unset: there is none."""

    @property
    def approves(self) -> bool | None:
        """The answer to requests for approval; None if they are not answered."""
        return None if self.mcp_approval is None else self.mcp_approval == "approve"

    @property
    def transcribes(self) -> bool:
        """Whether the session only transcribes speech."""
        return self.type == TRANSCRIPTION

    def wanted(self) -> SessionConfig:
        """Return the requested settings, without the suite's prompt and tools.

        None is not sent.
        """
        heard = SessionConfig(
            input_format=AudioFormat(self.input_format),
            turn_detection=_turn_detection(self.turn_detection),
            turn_detection_off=self.turn_detection == "none",
            noise_reduction=self.noise_reduction,
            include=self.include,
            **transcription(self.input_transcription),
        )
        # The service refuses a transcription session that sets anything about answers.
        if self.transcribes:
            return replace(heard, type=TRANSCRIPTION)
        return replace(
            heard,
            voice=self.voice,
            speed=self.speed,
            output_format=AudioFormat(self.output_format),
            modalities=(self.output,),
            tool_choice=as_sent(self.tool_choice),
            parallel_tool_calls=self.parallel_tool_calls,
            max_output_tokens=self.max_output_tokens,
            reasoning_effort=self.reasoning_effort,
            backend_model=self.backend_model,
            prompt=as_sent(self.prompt) if isinstance(self.prompt, StoredPrompt) else None,
            truncation=as_sent(self.truncation),
            tracing=as_sent(self.tracing),
        )


def as_sent(setting: Model | str | None) -> Any:
    """Return a setting in the service's format, without unset values."""
    return setting.model_dump(exclude_defaults=True) if isinstance(setting, Model) else setting


def transcription(asked: str | TranscriptionSettings | None) -> dict[str, Any]:
    """Return the requested transcription settings, for ``SessionConfig``."""
    given = TranscriptionSettings(model=asked) if isinstance(asked, str) else asked
    told = {} if given is None else given.model_dump()
    return {f"transcription_{name}": value for name, value in told.items()}


def _turn_detection(
    wanted: ServerVadSettings | SemanticVadSettings | str,
) -> ServerVad | SemanticVad | None:
    match wanted:
        case ServerVadSettings() as vad:
            return ServerVad(**vad.model_dump(exclude={"type"}))
        case SemanticVadSettings() as vad:
            return SemanticVad(**vad.model_dump(exclude={"type"}))
        case _:
            return None


_OF_TRANSCRIPTION = frozenset(
    {"type", "turn_detection", "input_format", "noise_reduction", "input_transcription", "include"}
)


def transcription_faults(session: Mapping[str, Any], *, model: object) -> Found:
    """Check which settings a transcription-only session may have, and needs."""
    if session.get("type") != TRANSCRIPTION:
        return
    for name in session:
        # Unknown names are reported by the model itself.
        if name not in _OF_TRANSCRIPTION and name in SessionSettings.model_fields:
            yield ("session", name), "a transcription session has no such setting; take it out"
    if session.get("input_transcription") is None:
        problem = "a transcription session needs input_transcription: the model that writes"
        yield ("session", "type"), problem
    if model is not None:
        problem = "is not named to a transcription session: session.input_transcription names it"
        yield ("model",), problem
