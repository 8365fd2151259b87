"""Neutral events: the events of an agent in a realtime session, free of any vendor's names.

``commands.py`` is the other direction, and a dialect (``dialect.py``) translates both. Audio is raw
bytes in the session's own format. Times are milliseconds of the server's own audio clock, as on the
wire, and have the unit in the name.

Fields that only some vendors send have a default that means "not reported": an empty id, index 0,
None for a time. A vendor without ids sends ``AudioDelta(audio=...)``; a scorer must not depend on
the other fields.

Recordings keep these events (``recording/lines.py``): a field that is added needs a default, and a
field that is removed is ignored when an older recording is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from harness.protocol.commands import SessionConfig
from harness.protocol.items import (
    VENDORS_OWN,
    Content,
    ErrorInfo,
    Item,
    Json,
    OfContent,
    Response,
    ResponseUsage,
    TranscriptionUsage,
)


@dataclass(frozen=True, slots=True)
class SessionCreated:
    """First event of a session; ``session`` is the server's own description."""

    session_id: str | None = None
    config: SessionConfig = field(default_factory=SessionConfig)
    raw: Json = field(default_factory=dict, metadata=VENDORS_OWN)


@dataclass(frozen=True, slots=True)
class SessionUpdated:
    """The session's state after an update."""

    session_id: str | None = None
    config: SessionConfig = field(default_factory=SessionConfig)
    raw: Json = field(default_factory=dict, metadata=VENDORS_OWN)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The agent's VAD heard the caller begin (prefix padding already subtracted)."""

    item_id: str = ""
    audio_start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The agent's VAD heard the caller end (its silence time included)."""

    item_id: str = ""
    audio_end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class InputCommitted:
    """Buffered caller audio became a user item."""

    item_id: str = ""
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class InputCleared:
    """The input buffer was emptied on request."""


@dataclass(frozen=True, slots=True)
class InputTimedOut:
    """The caller was silent for the idle time; a silent turn is committed."""

    item_id: str = ""
    audio_start_ms: int | None = None
    audio_end_ms: int | None = None


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
    """The server cut an assistant item to the part that was played."""

    item_id: str = ""
    content_index: int = 0
    audio_end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class InputTranscriptDelta:
    """A piece of the caller's transcription."""

    item_id: str = ""
    content_index: int = 0
    delta: str = ""


@dataclass(frozen=True, slots=True)
class InputTranscriptDone:
    """The caller's transcription of an item; ``usage`` is None if it is not reported."""

    item_id: str = ""
    content_index: int = 0
    transcript: str = ""
    usage: TranscriptionUsage | None = None


@dataclass(frozen=True, slots=True)
class InputTranscriptFailed:
    """The service could not transcribe an item."""

    item_id: str = ""
    content_index: int = 0
    error: ErrorInfo = field(default_factory=ErrorInfo)


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    """The agent began a response."""

    response: Response = field(default_factory=Response)


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """A response ended, with any status."""

    response: Response


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller interrupts the agent: its audio that is still queued is never played."""


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
class AudioDelta(OfContent):
    """A piece of agent audio, decoded from base64 but not from the session's format."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    audio: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioDone(OfContent):
    """All audio of a content part was sent."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptDelta(OfContent):
    """A piece of the agent's transcript of its own speech."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptDone(OfContent):
    """The agent's whole transcript of a content part."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta(OfContent):
    """A piece of a text answer."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""


@dataclass(frozen=True, slots=True)
class TextDone(OfContent):
    """A whole text answer part."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class ArgumentsDelta:
    """A piece of a tool call's JSON arguments."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    call_id: str = ""
    delta: str = ""


@dataclass(frozen=True, slots=True)
class ArgumentsDone:
    """A tool call's whole JSON arguments; ``name`` is None if the dialect has none."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    call_id: str = ""
    arguments: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallCancelled:
    """The agent cancels a tool call: it needs no result."""

    call_id: str


@dataclass(frozen=True, slots=True)
class ServerToolCall:
    """A tool call that the server runs itself, as far as reported; the client must not answer it.

    It is repeated, whole, whenever more of it is reported. The name is empty while only its id is
    known: an earlier event may have reported the same call as a call for the client.
    """

    call_id: str = ""
    name: str = ""
    arguments: str = ""
    """JSON text."""
    response_id: str = ""
    ended: bool = False
    failed: bool = False
    output: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """The service asks whether it may run a tool, and runs it only after an ``AnswerApproval``.

    It comes again, whole, when more of it is reported.
    """

    item_id: str
    tool: str = ""
    arguments: str = ""
    """JSON text."""
    server: str = ""
    """The service's label of the remote server that has the tool."""
    approved: bool | None = None
    """The answer, as far as the service reports it; None before it."""


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The reasoning model has finished for now, tool results included.

    The voice model talks about it by itself, or has begun to: no later event reports it.
    """


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate limit of the service."""

    name: str
    limit: int
    remaining: int
    reset_seconds: float


@dataclass(frozen=True, slots=True)
class RateLimitsUpdated:
    """How much of the service's limits is left."""

    limits: tuple[RateLimit, ...]


@dataclass(frozen=True, slots=True)
class UsageTold:
    """Usage since the last report, if a service reports it separately from its responses."""

    usage: ResponseUsage


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The service will end the session, in ``left_s`` seconds if it reports the time."""

    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error event; the session stays open unless it is ``fatal`` or the server closes it."""

    error: ErrorInfo
    fatal: bool = False
    """The session is unusable from now on."""
    answering: bool = False
    """A response was requested while another was active, and will not come."""
    expired: bool = False
    """The session is over because it reached the service's maximum time."""


@dataclass(frozen=True, slots=True)
class SessionLasted:
    """The billed length of the session so far: each report is the total."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class OutputBufferCleared:
    """The service flushed its own output buffer (WebRTC and SIP only)."""

    response_id: str = ""


@dataclass(frozen=True, slots=True)
class OutputBufferStarted:
    """The service began to play a response (WebRTC and SIP only)."""

    response_id: str = ""


@dataclass(frozen=True, slots=True)
class OutputBufferStopped:
    """The service played a response to its end (WebRTC and SIP only)."""

    response_id: str = ""


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event without a neutral counterpart: kept, listed, tolerated."""

    name: str
    """The vendor's name of the event."""
    raw: Json = field(default_factory=dict, metadata=VENDORS_OWN)
    known: bool = False
    """Whether the dialect knows the event, and deliberately ignores it."""


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
    | Interrupted
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
    | ToolCallCancelled
    | ServerToolCall
    | ApprovalAsked
    | WorkDone
    | RateLimitsUpdated
    | UsageTold
    | GoingAway
    | SessionLasted
    | ServerError
    | OutputBufferStarted
    | OutputBufferStopped
    | OutputBufferCleared
    | UnknownEvent
)

StreamEvent: TypeAlias = (
    AudioDelta | AudioDone | TranscriptDelta | TranscriptDone | TextDelta | TextDone
)
"""Pieces of the text and audio of an answer."""

ResponseEvent: TypeAlias = (
    OutputItemAdded
    | OutputItemDone
    | PartAdded
    | PartDone
    | StreamEvent
    | ArgumentsDelta
    | ArgumentsDone
)
"""Events inside of a response; they name the response, if the vendor has names."""
