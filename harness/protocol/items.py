"""Neutral parts of a conversation, free of any vendor's names: items, their content, responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Mapping[str, Any]


class ContentKey(NamedTuple):
    """The key of a content part of the agent's speech or text.

    It has the response's id, since some services use the ids of items again.
    """

    response_id: str
    item_id: str
    content_index: int


class OfContent:
    """An event or a record about a content part."""

    __slots__ = ()
    response_id: str
    item_id: str
    content_index: int

    @property
    def key(self) -> ContentKey:
        """The content part that this is about."""
        return ContentKey(self.response_id, self.item_id, self.content_index)


VENDORS_OWN: Mapping[str, bool] = {"vendors_own": True}
"""Metadata of a field for vendor data without a neutral name.

No scorer uses it, and recordings keep it in the raw message alone.
"""


class Role(Enum):
    """The author of a message item."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class ItemKind(Enum):
    """The kind of a conversation item."""

    MESSAGE = "message"
    FUNCTION_CALL = "function_call"
    FUNCTION_CALL_OUTPUT = "function_call_output"
    OTHER = "other"


class ItemStatus(Enum):
    """The progress of an item."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"


class ContentKind(Enum):
    """The kind of a content part of a message."""

    INPUT_TEXT = "input_text"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    OUTPUT_TEXT = "output_text"
    OUTPUT_AUDIO = "output_audio"


class ResponseStatus(Enum):
    """The progress of a response, or how it ended."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class AudioFormat(Enum):
    """Audio encodings of a session, mono; the value is the target file's spelling."""

    PCM16_8K = "pcm16_8k"
    PCM16_16K = "pcm16_16k"
    PCM16_24K = "pcm16_24k"
    PCM16_48K = "pcm16_48k"
    PCMU = "pcmu"
    PCMA = "pcma"

    @property
    def rate_hz(self) -> int:
        """Samples in a second; G.711 has the telephone rate, 8000."""
        return {"8k": 8_000, "16k": 16_000, "24k": 24_000, "48k": 48_000}.get(
            self.value.partition("_")[2], 8_000
        )

    @property
    def sample_bytes(self) -> int:
        """Bytes of a sample: PCM16 is little-endian, G.711 has a single byte."""
        return 2 if self.value.startswith("pcm16") else 1

    @property
    def codec(self) -> str:
        """The codec's usual name."""
        return {"pcmu": "µ-law", "pcma": "A-law"}.get(self.value, "PCM16")

    @property
    def words(self) -> str:
        """The codec with its rate."""
        return f"{self.codec} at {self.rate_hz // 1000} kHz"


@dataclass(frozen=True, slots=True)
class Content:
    """A content part: ``text`` for text, ``transcript`` for audio, ``image_url`` for images."""

    kind: ContentKind
    text: str | None = None
    transcript: str | None = None
    audio: bytes | None = None
    image_url: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A conversation item; fields that its kind does not have are None.

    ``phase`` is "commentary" or "final_answer" on assistant messages of services that mark
    preambles, and None everywhere else. ``extra`` keeps fields that no dialect knows.
    """

    id: str | None = None
    kind: ItemKind = ItemKind.OTHER
    status: ItemStatus | None = None
    role: Role | None = None
    content: tuple[Content, ...] = ()
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None
    phase: str | None = None
    extra: Json = field(default_factory=dict, metadata=VENDORS_OWN)


@dataclass(frozen=True, slots=True)
class ResponseUsage:
    """Tokens that a response cost; counts that a service does not report are 0.

    ``cached_tokens`` are part of the input tokens; the cached counts by kind are part of them.
    """

    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    cached_tokens: int = 0
    output_text_tokens: int = 0
    output_audio_tokens: int = 0
    input_image_tokens: int = 0
    cached_text_tokens: int = 0
    cached_audio_tokens: int = 0
    cached_image_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptionUsage:
    """The cost of transcribing the caller: seconds of audio, or tokens."""

    seconds: float | None = None
    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error reported by the server; ``event_id`` names the client event that caused it."""

    type: str = ""
    message: str = ""
    code: str | None = None
    param: str | None = None
    event_id: str | None = None

    @property
    def words(self) -> str:
        """The service's error message, with its code."""
        said = self.message or self.code or self.type or "an error without words"
        return f"{said} ({self.code})" if self.message and self.code else said


@dataclass(frozen=True, slots=True)
class Response:
    """A response as the server describes it in created and done events."""

    id: str = ""
    status: ResponseStatus = ResponseStatus.IN_PROGRESS
    reason: str | None = None
    """turn_detected, client_cancelled, max_output_tokens, content_filter or None."""
    error: ErrorInfo | None = None
    output: tuple[Item, ...] = ()
    usage: ResponseUsage | None = None
    metadata: Mapping[str, str] | None = None
    conversation_id: str | None = None
    modalities: tuple[str, ...] = ("audio",)
    max_output_tokens: int | str = "inf"
    voice: str | None = None
    audio_format: AudioFormat = AudioFormat.PCM16_24K
