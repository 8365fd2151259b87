"""Tool calls of one call, and which sources told of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from harness.protocol.tool_requests import ToolRequest
from harness.recording.tool_outputs import unpacked


class ToolOutcome(Enum):
    """How a tool ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNKNOWN_TOOL = "unknown_tool"
    UNANSWERED = "unanswered"
    UNSEEN = "unseen"
    """The server ran it, and did not show how it ended."""


def parsed_arguments(raw: str) -> dict[str, Any] | None:
    """Return the arguments of a call, None if they are no JSON object.

    An empty text is an empty object: services send it for tools without parameters.
    """
    try:
        arguments = orjson.loads(raw or "{}")
    except orjson.JSONDecodeError:
        return None
    return arguments if isinstance(arguments, dict) else None


def parsed_output(raw: str | None) -> Any:
    """Return the result of a tool out of its packings, None if it is no JSON or too deep."""
    value = unpacked(raw or "").value
    return None if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One tool call of the agent and its answer; ``answered_s`` is None if there was none."""

    call_id: str
    name: str
    arguments: str
    """Raw JSON text as the agent sent it."""
    response_id: str | None
    requested_s: float
    answered_s: float | None
    outcome: ToolOutcome
    output: str | None
    by_server: bool = False
    """Whether the agent's server ran it, and told; else a mock of the suite answered."""

    @classmethod
    def asked(cls, request: ToolRequest, at_s: float) -> ToolRun:
        """Return a call that the agent asks for, without an answer so far."""
        return cls(
            call_id=request.id,
            name=request.name,
            arguments=request.arguments,
            response_id=request.response_id,
            requested_s=at_s,
            answered_s=None,
            outcome=ToolOutcome.UNANSWERED,
            output=None,
        )


@dataclass(frozen=True, slots=True)
class RefusedNotice:
    """What a source told beside the call and was not taken, with the reason."""

    at_s: float
    reason: str
    counts: bool = True
    """Whether it may have told of a tool that the suite has."""


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """One source beside the call that was to tell which tools the agent's server ran.

    What it told stands among the tools. ``call_id`` is the id under which it was to tell them,
    ``zero_at`` the time of day at zero of the recording clock (ISO 8601).
    """

    source: str
    call_id: str
    zero_at: str
    heard: bool = False
    """Whether it told anything of this call: who told nothing may not be there."""
    refused: tuple[RefusedNotice, ...] = ()
