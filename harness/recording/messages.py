"""What the two sides sent: raw messages, neutral events and commands, broken rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent


class Direction(Enum):
    """Which way a message went, seen from the harness."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One message as it crossed the wire, for people to read and for decoding again.

    ``message`` is the vendor's own JSON; audio payloads are replaced by
    ``{"track": "caller"|"agent_generated", "start": sample, "samples": count}``. ``malformed``
    keeps text that was not JSON; a ``binary`` one has what it held under "binary": such a range,
    or base64. ``assumed`` is of format 2: the ids that the call gave to what the server left
    without (since then they stand in the neutral events).
    """

    at_s: float
    direction: Direction
    message: Mapping[str, Any]
    malformed: str | None = None
    binary: bool = False
    assumed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AudioRange:
    """Where the audio of an event or a message lies: ``track`` is "caller" or "agent_generated"."""

    track: str
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """One neutral event of the agent's, as the dialect understood a message.

    Its audio, if it has any, is where ``audio`` says and not in the event. ``assumed`` names the
    fields of the event (``response_id``, ``item_id``) that the call filled in, because the server
    left them out. ``inferred`` events are our own conclusion, and no message says them.
    """

    at_s: float
    event: ServerEvent
    audio: AudioRange | None = None
    assumed: tuple[str, ...] = ()
    message: int | None = None
    """Index into ``Recording.messages``; None where no raw message was kept."""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class SentCommand:
    """One neutral command that the harness sent; frames of the caller's audio are none."""

    at_s: float
    command: ClientCommand
    message: int | None = None
    """Index into ``Recording.messages``; None where no raw message was kept."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What the server sent that its own documentation does not allow, or not at this point.

    Information, never a verdict: real services differ from their guides in detail. ``type`` is the
    vendor's own name of the message, ``detail`` says what is wrong in words, and ``effect`` what
    this call lost by it, empty where nothing was.
    """

    at_s: float
    type: str
    detail: str
    effect: str = ""
