"""Neutral commands: what a client sends in a realtime session. ``events.py`` is the other way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from harness.protocol.items import Item
from harness.protocol.settings import ResponseOptions, SessionConfig


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
