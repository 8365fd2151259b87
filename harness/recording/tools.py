"""The tool calls of one call, their outputs, and the sources that reported them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import orjson

from harness.protocol.tool_requests import ToolRequest, same_arguments

# What a tool returned, out of the packings that frameworks put around it.
#
# The Realtime API takes any text as a tool's output. Frameworks send their own results in it: the
# content blocks of MCP and Anthropic (``type`` and ``text``), those of Bedrock (``text`` or
# ``json`` alone, with a ``status`` around them), LangChain's messages, the AI SDK's
# ``error-text``, and envelopes such as ``{"success": true, "data": {...}}``. JSON is often inside
# a string.

_LAYERS = 6
"""No framework needs more than four."""

_PAYLOADS = (
    *("structuredContent", "result", "output", "data", "response", "content", "value"),
    *("json", "toolResult", "tool_result", "kwargs", "body"),
)
"""Keys under which an envelope holds what was returned, the best first."""

_FLAGS = ("ok", "success", "isError", "is_error", "error", "status", "statusCode")
_NOTES = ("message", "msg", "code", "reason")
"""What an envelope with a flag may add."""
_IDS = ("toolUseId", "tool_use_id", "tool_call_id", "toolCallId", "call_id")
_KINDS = ("tool", "tool_result", "tool-result", "constructor")
"""Types of an object that is about a call of a tool: whatever else it has is not the result."""

_BESIDE_TEXT = frozenset({"type", "text", "annotations", "cache_control", "citations", "_meta"})
_WELL = frozenset({"success", "succeeded", "ok", "200"})
FAILED = frozenset({"error", "failed", "failure", "fail", "400", "404", "500"})
"""Words for the status of a call that failed."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool returned, as JSON has it, or its text; ``failed`` if a packing says so."""

    value: Any
    failed: bool = False


def unpacked(output: Any) -> ToolOutput:
    """Return what an output holds once its packings are opened; text that is no JSON is kept."""
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
    """Return whether a value is one part of a tool's content: text, or JSON under that name."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("text"), str):
        return "type" in value or value.keys() <= _BESIDE_TEXT
    if value.keys() <= {"type", "json", "value"}:
        return "json" in value or str(value.get("type")).startswith(("json", "error-", "text"))
    return False


def _of_blocks(blocks: list[dict[str, Any]], layers: int) -> ToolOutput:
    """Return what parts hold: data if any of them is data, else all their text."""
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
    """Return whether an object is about the call, and what was returned is under ``payload``."""
    error = value.get("error")
    if error and error is not True:
        return False  # it says itself what went wrong
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


# What several sources tell of the tools of one call, as one account: each call of a tool once.

TWICE_S = 2.0
"""How far apart two sources may place one call of a tool."""


def joined(accounts: Iterable[Iterable[ToolRun]]) -> tuple[ToolRun, ...]:
    """Return the calls of several sources, each once; what the first tells of one stands.

    Two sources tell of the same call if they give it one id, or if they tell of one tool with the
    same arguments within ``TWICE_S``, and each tells of it once.
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
    """Return a call with what another source adds to it."""
    found = replace(
        first, name=first.name or other.name, arguments=first.arguments or other.arguments
    )
    if first.outcome is not ToolOutcome.UNSEEN or other.answered_s is None:
        return found
    answered_s = max(first.requested_s, other.answered_s)
    return replace(found, answered_s=answered_s, outcome=other.outcome, output=other.output)
