"""Neutral client commands and session settings, and where a session differs from its settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeAlias

from harness.protocol.items import AudioFormat, Item, Json


@dataclass(frozen=True, slots=True)
class ServerVad:
    """Silence-based turn detection of the service. None is not said: the service's own counts."""

    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None
    idle_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SemanticVad:
    """Meaning-based turn detection of the service; None as in ``ServerVad``."""

    eagerness: str | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None


DOCUMENTED_VAD = ServerVad(0.5, 300, 500, create_response=True, interrupt_response=True)
"""What the vendor documents to hold where a session says nothing (API reference, session)."""

_DOCUMENTED_SEMANTIC_VAD = SemanticVad("auto", create_response=True, interrupt_response=True)


def documented(asked: ServerVad | SemanticVad) -> ServerVad | SemanticVad:
    """Return turn detection as it is served: what was not said is as the vendor documents it."""
    said = {name: value for name, value in asdict(asked).items() if value is not None}
    if isinstance(asked, SemanticVad):
        return replace(_DOCUMENTED_SEMANTIC_VAD, **said)
    return replace(DOCUMENTED_VAD, **said)


OFF = "off"
"""What stands for a setting that is switched off, which the wire says as null."""


TRANSCRIPTION = "transcription"
"""The type of a session that writes down what is said, and answers nothing."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One function tool; ``parameters`` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What a client asks of a session. None means "leave the server's default"."""

    type: str | None = None
    """``TRANSCRIPTION``; None is a conversation."""
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
    """``OFF`` sends an explicit null, here as in ``noise_reduction`` and ``tracing``."""
    transcription_language: str | None = None
    transcription_prompt: str | None = None
    noise_reduction: str | None = None
    modalities: tuple[str, ...] | None = None
    max_output_tokens: int | str | None = None
    reasoning_effort: str | None = None
    parallel_tool_calls: bool | None = None
    model: str | None = None
    backend_model: str | None = None
    """What works behind the voice, where that is another model."""
    prompt: Json | None = None
    """A prompt stored at the service ({id, version, variables}) instead of instructions."""
    truncation: str | Json | None = None
    tracing: str | Json | None = None
    include: tuple[str, ...] | None = None
    resumption: bool | None = None
    """Whether another connection may go on where this session stands, where a vendor has that."""


def merged(session: SessionConfig, change: SessionConfig) -> SessionConfig:
    """Return a session after a change: what the change does not say stays as it was."""
    told = {each.name: getattr(change, each.name) for each in fields(SessionConfig)}
    return replace(session, **{name: value for name, value in told.items() if value is not None})


@dataclass(frozen=True, slots=True)
class ResponseOptions:
    """What a client asks of one response, beside the session's settings."""

    conversation: str | None = None
    instructions: str | None = None
    modalities: tuple[str, ...] | None = None
    metadata: Mapping[str, str] | None = None
    voice: str | None = None
    output_format: AudioFormat | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | str | None = None
    input: tuple[Item, ...] | None = None


@dataclass(frozen=True, slots=True)
class ConfigureSession:
    """Set or change the session."""

    config: SessionConfig
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class AppendAudio:
    """Caller audio in the session's input format."""

    audio: bytes
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CommitAudio:
    """End the caller's turn by hand (push to talk)."""

    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClearAudio:
    """Forget caller audio that was not committed."""

    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreateItem:
    """Add an item; ``previous_item_id`` places it ("root" is the beginning)."""

    item: Item
    previous_item_id: str | None = None
    event_id: str | None = None
    turn: bool = False
    """Whether it is the caller's turn, which is to be answered."""


@dataclass(frozen=True, slots=True)
class AnswerApproval:
    """Allow the service to run a tool, or forbid it; ``item_id`` is that of its request."""

    item_id: str
    approve: bool
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class TruncateItem:
    """Tell the agent how much of an assistant item was heard."""

    item_id: str
    content_index: int
    audio_end_ms: int
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """Take an item out of the conversation."""

    item_id: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class RetrieveItem:
    """Ask for the server's view of an item."""

    item_id: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreateResponse:
    """Ask the agent to respond now."""

    options: ResponseOptions = field(default_factory=ResponseOptions)
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelResponse:
    """Ask the agent to stop a response."""

    response_id: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Ask the service to flush its output buffer (WebRTC and SIP only)."""

    event_id: str | None = None


ClientCommand: TypeAlias = (
    ConfigureSession
    | AppendAudio
    | CommitAudio
    | ClearAudio
    | CreateItem
    | AnswerApproval
    | TruncateItem
    | DeleteItem
    | RetrieveItem
    | CreateResponse
    | CancelResponse
    | ClearOutput
)


# Where a session is not as it was asked for: what we set, beside what the service says of it.
#
# Only what both sides say is compared: what was not asked is the service's own, and what the
# service does not tell may be as it was asked. Settings are named as target files name them.


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that was asked for, and is another."""

    setting: str
    asked: str
    served: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.setting}: asked {self.asked}, served {self.served}"


_NAMES = {
    "transcription_model": "input_transcription.model",
    "transcription_language": "input_transcription.language",
    "transcription_prompt": "input_transcription.prompt",
    "modalities": "output",
}
_MODELS = ("model", "backend_model")
_ELSEWHERE = frozenset({"turn_detection", "turn_detection_off", "resumption", *_MODELS})
"""What is compared by itself."""

_ROUNDED = 1e-6
"""Services keep numbers as 32-bit ones: 0.9 comes back as 0.8999999762."""


def differences(
    asked: SessionConfig, served: SessionConfig, *, another: Callable[[str, str], bool]
) -> tuple[Difference, ...]:
    """Return what is not as it was asked for, in the order of the settings.

    Services name models in full, and deployments as they like: the vendor knows whether the name
    that was asked for and the one that is served are of ``another`` model.
    """
    models = _models(asked, served, another)
    return (*models, *_settings(asked, served), *_turn_detection(asked, served))


def _models(
    asked: SessionConfig, served: SessionConfig, another: Callable[[str, str], bool]
) -> Iterator[Difference]:
    for name in _MODELS:
        ours, theirs = getattr(asked, name), getattr(served, name)
        if ours is not None and theirs is not None and another(ours, theirs):
            yield Difference(name, ours, theirs)


def _settings(asked: SessionConfig, served: SessionConfig) -> Iterator[Difference]:
    for name in (each.name for each in fields(SessionConfig) if each.name not in _ELSEWHERE):
        ours, theirs = getattr(asked, name), getattr(served, name)
        if not _fits(ours, theirs):
            yield Difference(_NAMES.get(name, name), *_shown(name, ours, theirs))


def _turn_detection(asked: SessionConfig, served: SessionConfig) -> Iterator[Difference]:
    ours, theirs = _kind(asked), _kind(served)
    if not _fits(ours, theirs):
        yield Difference("turn_detection", str(ours), str(theirs))
    elif asked.turn_detection is not None and served.turn_detection is not None:
        told = asdict(served.turn_detection)
        for name, value in asdict(asked.turn_detection).items():
            if not _fits(value, told[name]):
                yield Difference(f"turn_detection.{name}", _text(value), _text(told[name]))


def _kind(session: SessionConfig) -> str | None:
    match session.turn_detection:
        case ServerVad():
            return "server_vad"
        case SemanticVad():
            return "semantic_vad"
        case _:
            return "none" if session.turn_detection_off else None


def _fits(asked: Any, served: Any) -> bool:
    """Return whether what is served is what was asked, or nothing is known to the contrary."""
    if asked is None or served is None:
        return True
    if isinstance(asked, Mapping) and isinstance(served, Mapping):
        return all(_fits(value, served.get(name)) for name, value in asked.items())
    if isinstance(asked, float) and isinstance(served, int | float):
        return math.isclose(asked, served, rel_tol=_ROUNDED)
    if isinstance(asked, str) and isinstance(served, str):
        return asked.strip() == served.strip()
    if isinstance(asked, tuple):
        return _names(asked) == _names(served)
    return bool(asked == served)


def _names(values: tuple[Any, ...]) -> list[str]:
    """Return tools by their names, as services write their parameters anew; anything in order."""
    return sorted(value.name if isinstance(value, Tool) else str(value) for value in values)


def _shown(name: str, asked: Any, served: Any) -> tuple[str, str]:
    if name == "instructions":
        return f"{len(asked):,} characters", f"other words, {len(served):,} characters"
    return _text(asked), _text(served)


def _text(value: Any) -> str:
    """Return a value as a target file has it."""
    match value:
        case bool():
            return str(value).lower()
        case AudioFormat():
            return value.value
        case tuple():
            return ", ".join(_names(value)) or "none"
        case Mapping():
            told = ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
            return f"{{{told}}}"
        case _:
            return str(value)
