"""Neutral client commands and session settings, and differences of a session from its settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeAlias

from harness.protocol.items import VENDORS_OWN, AudioFormat, Item, Json


@dataclass(frozen=True, slots=True)
class ServerVad:
    """Silence-based turn detection of the service. None: not set, the service's default applies."""

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
"""The documented defaults for a session that sets no turn detection (API reference, session)."""

_DOCUMENTED_SEMANTIC_VAD = SemanticVad("auto", create_response=True, interrupt_response=True)


def documented(asked: ServerVad | SemanticVad) -> ServerVad | SemanticVad:
    """Return turn detection as it is served: unset fields get the vendor's documented defaults."""
    said = {name: value for name, value in asdict(asked).items() if value is not None}
    if isinstance(asked, SemanticVad):
        return replace(_DOCUMENTED_SEMANTIC_VAD, **said)
    return replace(DOCUMENTED_VAD, **said)


OFF = "off"
"""The value of a setting that is switched off; the wire format is null."""


TRANSCRIPTION = "transcription"
"""The type of a session that only transcribes the caller and sends no answers."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One function tool; ``parameters`` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """The settings that a client requests. None means "leave the server's default"."""

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
    """The model that reasons for the voice model, if it is a separate model."""
    prompt: Json | None = None
    """A prompt stored at the service ({id, version, variables}) instead of instructions."""
    truncation: str | Json | None = None
    tracing: str | Json | None = None
    include: tuple[str, ...] | None = None
    resumption: bool | None = None
    """Whether another connection may resume this session, if the vendor supports that."""
    vendor: Any = field(default=None, metadata=VENDORS_OWN)
    """The vendor's own settings, as ``Dialect.settings``; None if it has none, and in a change."""


def merged(session: SessionConfig, change: SessionConfig) -> SessionConfig:
    """Return a session after a change; settings that are None in the change keep their value."""
    told = {each.name: getattr(change, each.name) for each in fields(SessionConfig)}
    return replace(session, **{name: value for name, value in told.items() if value is not None})


@dataclass(frozen=True, slots=True)
class ResponseOptions:
    """The options that a client requests for a single response."""

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
    """Report to the agent how much of an assistant item was played."""

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


# Differences between the requested session and the session that the service reports.
#
# Only settings that both sides report are compared: a setting that was not requested is the
# service's choice, and a setting that the service does not report may be as requested. Settings
# have the names of target files.


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting whose served value differs from the requested value."""

    setting: str
    asked: str
    served: str

    def __str__(self) -> str:
        """Return the difference as text."""
        return f"{self.setting}: asked {self.asked}, served {self.served}"


SETTING_KEYS = {
    "transcription_model": "input_transcription.model",
    "transcription_language": "input_transcription.language",
    "transcription_prompt": "input_transcription.prompt",
    "modalities": "output",
}
"""The keys of a target file for settings that have other names here."""
_MODELS = ("model", "backend_model")
_ELSEWHERE = frozenset({"turn_detection", "turn_detection_off", "resumption", "vendor", *_MODELS})
"""Settings that are compared separately, or not at all."""

_ROUNDED = 1e-6
"""Services store numbers as 32-bit floats: 0.9 comes back as 0.8999999762."""


def differences(
    asked: SessionConfig, served: SessionConfig, *, another: Callable[[str, str], bool]
) -> tuple[Difference, ...]:
    """Return the settings that differ from the request, in the order of the settings.

    Services report full model names, and deployment names are free: ``another`` is the vendor's
    rule for whether the requested and the served name are different models.
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
            yield Difference(SETTING_KEYS.get(name, name), *_shown(name, ours, theirs))


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
    """Return whether the served value equals the requested value, or either is unknown."""
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
    """Return tools by name, since services rewrite their parameters; other values in order."""
    return sorted(value.name if isinstance(value, Tool) else str(value) for value in values)


def _shown(name: str, asked: Any, served: Any) -> tuple[str, str]:
    if name == "instructions":
        return f"{len(asked):,} characters", f"other words, {len(served):,} characters"
    return _text(asked), _text(served)


def _text(value: Any) -> str:
    """Return a value as it is written in a target file."""
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
