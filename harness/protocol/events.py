"""Neutral events and commands of a realtime speech-to-speech session, free of any vendor's names.

What an agent sends is a ``ServerEvent``; what a client sends is a ``ClientCommand``. A dialect
(``dialect.py``) translates both ways. Audio is raw bytes in the session's own format. Times are
milliseconds of the server's own audio clock, as on the wire, and say so in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


class Role(Enum):
    """Who a message item is from."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class ItemKind(Enum):
    """What a conversation item is."""

    MESSAGE = "message"
    FUNCTION_CALL = "function_call"
    FUNCTION_CALL_OUTPUT = "function_call_output"
    OTHER = "other"


class ItemStatus(Enum):
    """How far an item has come."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"


class ContentKind(Enum):
    """What one content part of a message holds."""

    INPUT_TEXT = "input_text"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    OUTPUT_TEXT = "output_text"
    OUTPUT_AUDIO = "output_audio"


class ResponseStatus(Enum):
    """How far a response has come, or how it ended."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class AudioFormat(Enum):
    """Audio encodings of a session; the value is the scenario file's spelling."""

    PCM16_24K = "pcm16_24k"
    PCMU = "pcmu"
    PCMA = "pcma"


@dataclass(frozen=True, slots=True)
class Content:
    """One content part: ``text`` for text parts, ``transcript`` for audio parts."""

    kind: ContentKind
    text: str | None = None
    transcript: str | None = None
    audio: bytes | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation item; fields that its kind does not have are None.

    ``phase`` is "commentary" or "final_answer" on assistant messages of services that mark
    preambles, and None everywhere else. ``extra`` keeps fields that no dialect knows.
    """

    id: str | None
    kind: ItemKind
    status: ItemStatus | None = None
    role: Role | None = None
    content: tuple[Content, ...] = ()
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None
    phase: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one response cost."""

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    cached_tokens: int = 0
    output_text_tokens: int = 0
    output_audio_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """What went wrong, in the server's words; ``event_id`` names the client event that caused it."""

    type: str
    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One response as the server describes it in created and done events."""

    id: str
    status: ResponseStatus
    reason: str | None = None
    """turn_detected, client_cancelled, max_output_tokens, content_filter or None."""
    error: ErrorInfo | None = None
    output: tuple[Item, ...] = ()
    usage: Usage | None = None
    metadata: Mapping[str, str] | None = None
    conversation_id: str | None = None
    modalities: tuple[str, ...] = ("audio",)
    max_output_tokens: int | str = "inf"
    voice: str | None = None
    audio_format: AudioFormat = AudioFormat.PCM16_24K


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


# --- events: agent to client ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionCreated:
    """First event of a session; ``session`` is the server's own description."""

    session_id: str | None
    config: SessionConfig
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionUpdated:
    """The session as it stands after an update."""

    session_id: str | None
    config: SessionConfig
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The agent's VAD heard the caller begin (prefix padding already subtracted)."""

    item_id: str
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The agent's VAD heard the caller end (its silence time included)."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class InputCommitted:
    """Buffered caller audio became a user item."""

    item_id: str
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class InputCleared:
    """The input buffer was emptied on request."""


@dataclass(frozen=True, slots=True)
class InputTimedOut:
    """Nobody spoke for the idle time; a silent turn is committed."""

    item_id: str
    audio_start_ms: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """An item entered the conversation."""

    item: Item
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemDone:
    """An item is complete."""

    item: Item
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemRetrieved:
    """Answer to a retrieve command."""

    item: Item


@dataclass(frozen=True, slots=True)
class ItemDeleted:
    """Answer to a delete command."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ItemTruncated:
    """The server cut an assistant item to what was heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class InputTranscriptDelta:
    """A piece of the caller's transcription."""

    item_id: str
    content_index: int
    delta: str


@dataclass(frozen=True, slots=True)
class InputTranscriptDone:
    """The caller's transcription of one item; ``usage`` as served."""

    item_id: str
    content_index: int
    transcript: str
    usage: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputTranscriptFailed:
    """The service could not transcribe one item."""

    item_id: str
    content_index: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    """The agent began a response."""

    response: Response


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """A response ended, one way or another."""

    response: Response


@dataclass(frozen=True, slots=True)
class OutputItemAdded:
    """A response began an output item."""

    response_id: str
    output_index: int
    item: Item


@dataclass(frozen=True, slots=True)
class OutputItemDone:
    """A response ended an output item."""

    response_id: str
    output_index: int
    item: Item


@dataclass(frozen=True, slots=True)
class PartAdded:
    """A message item began a content part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Content


@dataclass(frozen=True, slots=True)
class PartDone:
    """A message item ended a content part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Content


@dataclass(frozen=True, slots=True)
class AudioDelta:
    """A piece of agent audio, decoded from base64 but not from the session's format."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    audio: bytes


@dataclass(frozen=True, slots=True)
class AudioDone:
    """All audio of one content part was sent."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


@dataclass(frozen=True, slots=True)
class TranscriptDelta:
    """A piece of what the agent says it is saying."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    delta: str


@dataclass(frozen=True, slots=True)
class TranscriptDone:
    """All that the agent says it said in one content part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    transcript: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of a text answer."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    delta: str


@dataclass(frozen=True, slots=True)
class TextDone:
    """A whole text answer part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    text: str


@dataclass(frozen=True, slots=True)
class ArgumentsDelta:
    """A piece of a tool call's JSON arguments."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ArgumentsDone:
    """A tool call's whole JSON arguments; ``name`` is None where the dialect has none."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    arguments: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One limit of the service."""

    name: str
    limit: int
    remaining: int
    reset_seconds: float


@dataclass(frozen=True, slots=True)
class RateLimitsUpdated:
    """How much of the service's limits is left."""

    limits: tuple[RateLimit, ...]


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error event; the session stays open unless the server closes it."""

    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class OutputBufferCleared:
    """The service flushed its own output buffer (WebRTC and SIP only)."""

    response_id: str


@dataclass(frozen=True, slots=True)
class OutputBufferStarted:
    """The service began to play a response (WebRTC and SIP only)."""

    response_id: str


@dataclass(frozen=True, slots=True)
class OutputBufferStopped:
    """The service played a response to its end (WebRTC and SIP only)."""

    response_id: str


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event that the dialect has no name for: kept, listed, tolerated."""

    type: str
    raw: Json


ServerEvent: TypeAlias = (
    SessionCreated
    | SessionUpdated
    | SpeechStarted
    | SpeechStopped
    | InputCommitted
    | InputCleared
    | InputTimedOut
    | ItemAdded
    | ItemDone
    | ItemRetrieved
    | ItemDeleted
    | ItemTruncated
    | InputTranscriptDelta
    | InputTranscriptDone
    | InputTranscriptFailed
    | ResponseCreated
    | ResponseDone
    | OutputItemAdded
    | OutputItemDone
    | PartAdded
    | PartDone
    | AudioDelta
    | AudioDone
    | TranscriptDelta
    | TranscriptDone
    | TextDelta
    | TextDone
    | ArgumentsDelta
    | ArgumentsDone
    | RateLimitsUpdated
    | ServerError
    | OutputBufferStarted
    | OutputBufferStopped
    | OutputBufferCleared
    | UnknownEvent
)


# --- commands: client to agent -------------------------------------------------------------


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
    | TruncateItem
    | DeleteItem
    | RetrieveItem
    | CreateResponse
    | CancelResponse
    | ClearOutput
)
