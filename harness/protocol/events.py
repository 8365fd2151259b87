"""Neutral events: what an agent sends in a realtime session, free of any vendor's names.

``commands.py`` is the other way, and a dialect (``session.py``) translates both. Audio is raw bytes
in the session's own format. Times are milliseconds of the server's own audio clock, as on the
wire, and say so in the name.

What only some vendors say has a default that means "not said": an empty id, index 0, None for a
time. A vendor without ids says ``AudioDelta(audio=...)``; whoever judges must not miss the rest.
Recordings keep these events (``recording/lines.py``): a field that is added needs a default, and
one that is taken away is passed over when an older recording is read.
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
    """The session as it stands after an update."""

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
    """Nobody spoke for the idle time; a silent turn is committed."""

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
    """The server cut an assistant item to what was heard."""

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
    """The caller's transcription of one item; ``usage`` is None where it is not told."""

    item_id: str = ""
    content_index: int = 0
    transcript: str = ""
    usage: TranscriptionUsage | None = None


@dataclass(frozen=True, slots=True)
class InputTranscriptFailed:
    """The service could not transcribe one item."""

    item_id: str = ""
    content_index: int = 0
    error: ErrorInfo = field(default_factory=ErrorInfo)


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    """The agent began a response."""

    response: Response = field(default_factory=Response)


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """A response ended, one way or another."""

    response: Response


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller stops the agent: what of it is queued here, and was not heard, never will be."""


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

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    audio: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioDone:
    """All audio of one content part was sent."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptDelta:
    """A piece of what the agent says it is saying."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptDone:
    """All that the agent says it said in one content part."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of a text answer."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""


@dataclass(frozen=True, slots=True)
class TextDone:
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
    """A tool call's whole JSON arguments; ``name`` is None where the dialect has none."""

    response_id: str = ""
    item_id: str = ""
    output_index: int = 0
    call_id: str = ""
    arguments: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallCancelled:
    """The agent takes a tool call back: nobody is to answer it."""

    call_id: str


@dataclass(frozen=True, slots=True)
class ServerToolCall:
    """A tool that the server runs itself, as far as it has told by now: nobody is to answer it.

    It comes again, whole, whenever more of it is told. The name is empty while only its id is
    known: an earlier event may have told of the same call as one to be answered.
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
    """The answer, as far as the service reports one; None before it."""


@dataclass(frozen=True, slots=True)
class WorkDone:
    """What works behind the voice is done for now, results of tools included.

    The voice speaks of it by itself, or has begun to: nothing more tells.
    """


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
class UsageTold:
    """What was spent since it was last told, where a service tells it apart from its responses."""

    usage: ResponseUsage


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The service will end the session, in so many seconds where it says when."""

    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error event; the session stays open unless it is ``fatal`` or the server closes it."""

    error: ErrorInfo
    fatal: bool = False
    """The session is of no use any more."""
    answering: bool = False
    """An answer was asked for while another was under way, and will not come."""
    expired: bool = False
    """The session is over because it reached the longest time that the service gives."""


@dataclass(frozen=True, slots=True)
class SessionLasted:
    """How long a session is so far, as it is billed: each time all of it."""

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
    """An event that no other here stands for: kept, listed, tolerated."""

    name: str
    """What the vendor calls it."""
    raw: Json = field(default_factory=dict, metadata=VENDORS_OWN)
    known: bool = False
    """Whether the dialect knows what it says, and has no use for it as an event."""


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
"""What a part of an answer says and sounds like, piece by piece."""

ResponseEvent: TypeAlias = (
    OutputItemAdded
    | OutputItemDone
    | PartAdded
    | PartDone
    | StreamEvent
    | ArgumentsDelta
    | ArgumentsDone
)
"""What happens inside of a response; it names the response, where the vendor has names."""
