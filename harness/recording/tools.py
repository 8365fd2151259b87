"""The tool calls of a call, their outputs, and the sources that reported them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from harness.protocol.tool_requests import ToolRequest, same_arguments

# Unwraps a tool's result from the envelopes that frameworks put around it.
#
# The Realtime API takes any text as a tool's output. Frameworks send their own results in it: the
# content blocks of MCP and Anthropic (``type`` and ``text``), those of Bedrock (``text`` or
# ``json`` alone, with a ``status`` around them), LangChain's messages, the AI SDK's ``error-text``,
# and envelopes such as ``{"success": true, "data": {...}}``. JSON is often inside a string.

_LAYERS = 6
"""No framework needs more than four."""

_PAYLOADS = (
    *("structuredContent", "result", "output", "data", "response", "content", "value"),
    *("json", "toolResult", "tool_result", "kwargs", "body"),
)
"""Keys under which an envelope contains the result, the best first."""

_FLAGS = ("ok", "success", "isError", "is_error", "error", "status", "statusCode")
_NOTES = ("message", "msg", "code", "reason")
"""Keys that an envelope with a flag may add."""
_IDS = ("toolUseId", "tool_use_id", "tool_call_id", "toolCallId", "call_id")
_KINDS = ("tool", "tool_result", "tool-result", "constructor")
"""Types of an object about a tool call: its other keys are not the result."""

_BESIDE_TEXT = frozenset({"type", "text", "annotations", "cache_control", "citations", "_meta"})
_WELL = frozenset({"success", "succeeded", "ok", "200"})
FAILED = frozenset({"error", "failed", "failure", "fail", "400", "404", "500"})
"""Statuses of a call that failed."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """A tool's result, as JSON values, or its text; ``failed`` if an envelope reports that."""

    value: Any
    failed: bool = False


def unpacked(output: Any) -> ToolOutput:
    """Return the result in an output without its envelopes; text that is no JSON is kept."""
    return _opened(output, _LAYERS)


def _opened(value: Any, layers: int) -> ToolOutput:
    if layers == 0:
        return ToolOutput(value)
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return ToolOutput(value)
        return _opened(inner, layers - 1)
    if isinstance(value, list) and value and _are_blocks(value):
        return _of_blocks(value, layers - 1)
    if isinstance(value, dict):
        return _of_object(value, layers - 1)
    return ToolOutput(value)


def _are_blocks(values: list[Any]) -> bool:
    return all(map(_is_block, values))


def _is_block(value: Any) -> bool:
    """Return whether a value is a part of a tool's content: text, or JSON under that name."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("text"), str):
        return "type" in value or value.keys() <= _BESIDE_TEXT
    if value.keys() <= {"type", "json", "value"}:
        return "json" in value or str(value.get("type")).startswith(("json", "error-", "text"))
    return False


def _of_blocks(blocks: list[dict[str, Any]], layers: int) -> ToolOutput:
    """Return the content of parts: data if any of them is data, else all their text."""
    failed = any(str(block.get("type")).startswith("error") for block in blocks)
    given = [block.get("json", block.get("text", block.get("value"))) for block in blocks]
    data = next((each for each in given if not isinstance(each, str)), None)
    inner = _opened("\n".join(map(str, given)) if data is None else data, layers)
    return replace(inner, failed=failed or inner.failed)


def _of_object(value: dict[str, Any], layers: int) -> ToolOutput:
    if _is_block(value):
        return _of_blocks([value], layers)
    payload = next((key for key in _PAYLOADS if key in value), None)
    if payload is None or not _is_envelope(value, payload):
        return ToolOutput(value)
    inner = _opened(value[payload], layers)
    failed = _says_failed(value)
    if failed and not inner.value:
        return ToolOutput({key: value[key] for key in value if key != payload}, failed=True)
    return replace(inner, failed=failed or inner.failed)


def _is_envelope(value: Mapping[str, Any], payload: str) -> bool:
    """Return whether an object is about the call, and its result is under ``payload``."""
    error = value.get("error")
    if error and error is not True:
        return False  # the error itself is the result
    if any(key in value for key in _IDS) or value.get("type") in _KINDS:
        return True
    flagged = any(key in value for key in _FLAGS)
    beside = {*_PAYLOADS, *_FLAGS, *(_NOTES if flagged else ()), "type", "_meta"}
    if value.keys() - beside or not _is_known_status(value.get("status")):
        return False
    if payload in ("content", "value"):
        content = value[payload]
        return flagged or (isinstance(content, list) and bool(content) and _are_blocks(content))
    return payload != "body" or "statusCode" in value


def _is_known_status(status: Any) -> bool:
    return status is None or str(status).lower() in _WELL | FAILED


def _says_failed(value: Mapping[str, Any]) -> bool:
    refused = any(value.get(flag) is False for flag in ("ok", "success"))
    failed = any(value.get(flag) is True for flag in ("isError", "is_error", "error"))
    codes = (value.get("status"), value.get("statusCode"))
    return refused or failed or any(str(code).lower() in FAILED for code in codes)


class ToolOutcome(Enum):
    """How a tool ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNKNOWN_TOOL = "unknown_tool"
    UNANSWERED = "unanswered"
    UNSEEN = "unseen"
    """The server ran it, and did not report how it ended."""


def parsed_output(raw: str | None) -> Any:
    """Return the result of a tool without its envelopes, None if it is no JSON or too deep."""
    value = unpacked(raw or "").value
    return None if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool call of the agent and its answer; ``answered_s`` is None if there was none."""

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
    """Whether the agent's server ran and reported it; else a mock of the suite answered."""

    @classmethod
    def asked(cls, request: ToolRequest, at_s: float) -> ToolRun:
        """Return a call that the agent requests, without an answer so far."""
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
    """A report of a source outside the call that was refused, with the reason."""

    at_s: float
    reason: str
    counts: bool = True
    """Whether it may have reported a tool of the suite."""


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """A source outside the call that is to report the tools that the agent's server ran.

    Its reports are among the tools. ``call_id`` is the id that its reports use, ``zero_at`` the
    time of day at zero of the recording clock (ISO 8601).
    """

    source: str
    call_id: str
    zero_at: str
    heard: bool = False
    """Whether it reported anything about this call: a silent source may not exist."""
    refused: tuple[RefusedNotice, ...] = ()


# Merges the reports of several sources about the tools of a call: each tool call once.

TWICE_S = 2.0
"""How far apart two sources may place the same tool call."""


def joined(accounts: Iterable[Iterable[ToolRun]]) -> tuple[ToolRun, ...]:
    """Return the calls of several sources, each once; the first source takes precedence.

    Two sources report the same call if they give it the same id, or if they report the same tool
    with the same arguments within ``TWICE_S``, and each reports it once.
    """
    found: list[ToolRun] = []
    for account in accounts:
        free = list(found)
        for run in account:
            same = _same(free, run)
            if same is None:
                found.append(run)
                continue
            free.remove(same)
            found[found.index(same)] = _completed(same, run)
    return tuple(sorted(found, key=lambda run: run.requested_s))


def _same(free: Sequence[ToolRun], run: ToolRun) -> ToolRun | None:
    by_id = next((each for each in free if each.call_id == run.call_id), None)
    if by_id is not None:
        return by_id
    near = [
        each
        for each in free
        if each.name == run.name
        and abs(each.requested_s - run.requested_s) <= TWICE_S
        and (
            not each.arguments or not run.arguments or same_arguments(each.arguments, run.arguments)
        )
    ]
    return min(near, key=lambda each: abs(each.requested_s - run.requested_s), default=None)


def _completed(first: ToolRun, other: ToolRun) -> ToolRun:
    """Return a call with the data that another source adds to it."""
    found = replace(
        first, name=first.name or other.name, arguments=first.arguments or other.arguments
    )
    if first.outcome is not ToolOutcome.UNSEEN or other.answered_s is None:
        return found
    answered_s = max(first.requested_s, other.answered_s)
    return replace(found, answered_s=answered_s, outcome=other.outcome, output=other.output)
