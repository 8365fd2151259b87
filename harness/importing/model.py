"""A call that was stored elsewhere, as its reader understood it: what ``assemble.py`` builds on.

A reader knows one kind of source and nothing of recordings. What a source does not tell is None or
empty here, and never made up: times that are missing are estimated later, and marked so. Seconds
are on the call's own clock, which begins with its sound (or with its first line).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from harness.audio.pcm import Pcm
from harness.errors import Fault
from harness.importing.sounds import TrackSounds
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.messages import AgentEvent, SentCommand, Violation, WireMessage
from harness.recording.provenance import CallStatus, Estimate, SourceKind
from harness.recording.tools import ToolOutcome, ToolRun

__all__ = [
    "Estimate",
    "OfferedTool",
    "SourceKind",
    "Speaker",
    "StoredCall",
    "StoredLine",
    "StoredSession",
    "StoredTool",
]


class Speaker(Enum):
    """Who says a line."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class StoredLine:
    """What one side said in one go; times are None where the source tells none."""

    who: Speaker
    text: str | None
    """None where something was said and nobody knows the words."""
    start_s: float | None = None
    end_s: float | None = None
    item_id: str = ""
    """The source's own name of it, empty where it has none."""
    response_id: str = ""
    interrupted: bool = False
    """The source tells that the speaker had more to say than was heard."""


@dataclass(frozen=True, slots=True)
class StoredTool:
    """One tool call and how it ended; ``arguments`` is JSON text, as the agent wrote it."""

    name: str
    arguments: str
    after_line: int
    """How many lines of the call stand before it, for sources whose order is all they tell."""
    output: str | None = None
    call_id: str = ""
    response_id: str = ""
    requested_s: float | None = None
    answered_s: float | None = None
    outcome: ToolOutcome = ToolOutcome.OK


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool as the source describes it to its agent; ``parameters`` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """What the messages of a session tell, as a recording has it; times are on the call's clock."""

    dialect: str
    messages: tuple[WireMessage, ...]
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    violations: tuple[Violation, ...]
    played: tuple[PlayedSpan, ...]
    generated: tuple[GeneratedItem, ...]
    tools: tuple[ToolRun, ...]
    truncations: tuple[Truncation, ...]
    agent_generated: Pcm
    duration_s: float


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call: its words in order, its tools, its sound where there is any, and what is known."""

    name: str
    """Of the call, and of its folder in the run."""
    kind: SourceKind
    source: str
    """The file (or files) it was read from, as the user named them."""
    lines: tuple[StoredLine, ...] = ()
    tools: tuple[StoredTool, ...] = ()
    caller: Pcm | None = None
    agent: Pcm | None = None
    sounds: Mapping[Speaker, TrackSounds] | None = None
    """Where both tracks sound, if the reader has listened."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Values by the name of a fact; what the suite says of that fact (its kind) holds for it."""
    tags: tuple[str, ...] = ()
    today: date | None = None
    instructions: str | None = None
    """What the agent was told, where the source has it; else the suite's prompt."""
    started_at: str = ""
    """ISO 8601; empty where nobody knows."""
    estimated: frozenset[Estimate] = frozenset()
    """What of it the reader itself had to estimate; ``assemble`` adds what it estimates."""
    notes: tuple[str, ...] = ()
    """What a person should know about this source, one sentence each."""
    offered: tuple[OfferedTool, ...] = ()
    """Tools that the source describes; what the suite says of a tool of that name wins."""
    status: CallStatus = CallStatus.COMPLETED
    """Another one where the source tells that the call says nothing of the agent."""
    status_detail: str = ""
    session: StoredSession | None = None
    """Where the source is the session's own messages: they tell of the agent, its lines do not."""
    faults: tuple[Fault, ...] = ()
    """What is wrong in its files: such a call is told and not judged, and others beside it are."""
