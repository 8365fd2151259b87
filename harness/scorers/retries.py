"""Which tool calls are the same action again after a technical failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from harness.dialogue.arguments import tool_named
from harness.recording.tools import ToolOutcome
from harness.scenario.argument_kinds import argument_kind, comparable
from harness.scorers.base import ScoredCall
from harness.timeline.model import ToolCall

TECHNICAL = (ToolOutcome.FAILED, ToolOutcome.TIMED_OUT, ToolOutcome.UNANSWERED)
"""Outcomes after which the same call again is a retry."""


_TOLD = tuple(field.name for field in fields(ToolCall) if field.name != "arguments")

MOST_RETRIES = 3
"""So often in a row the same call may be made again: one that goes on failing needs another way."""


def retried(call: ScoredCall, tool: ToolCall) -> ToolCall | None:
    """Return the earlier call of which this one is the re-issue: same tool, equivalent arguments,
    and it had failed by then. None for a call of its own: one that was issued while the earlier
    one still ran is no answer to its failure.
    """
    earlier = _same_before(call).get(_told(tool))
    if earlier is None or earlier.outcome not in TECHNICAL:
        return None
    return earlier if _over(earlier, tool) else None


def _same_before(call: ScoredCall) -> Mapping[tuple[object, ...], ToolCall | None]:
    """Return for every tool call the last one before it of the same tool with equivalent arguments.

    Worked out once for a call: it is asked for each tool call.
    """
    if _same_before not in call.worked_out:
        found: dict[tuple[object, ...], ToolCall | None] = {}
        last: dict[tuple[str, frozenset[tuple[str, str]]], ToolCall] = {}
        for tool in call.timeline.tools:
            same = tool.name, frozenset(equivalent_arguments(call, tool).items())
            found.setdefault(_told(tool), last.get(same))
            last[same] = tool
        call.worked_out[_same_before] = found
    before: Mapping[tuple[object, ...], ToolCall | None] = call.worked_out[_same_before]
    return before


def _told(tool: ToolCall) -> tuple[object, ...]:
    """Return all that tells a tool call from others."""
    return tuple(getattr(tool, name) for name in _TOLD)


def _over(first: ToolCall, again: ToolCall) -> bool:
    """Return whether a call was over when the next began; one that was never answered is over for
    the response after it.
    """
    if first.answered_s is None:
        return first.response_id != again.response_id
    return first.answered_s <= again.requested_s


def is_retry(call: ScoredCall, tool: ToolCall) -> bool:
    """Return whether a call re-issues one that failed, and that was not done too often in a row."""
    repeats, first = 0, retried(call, tool)
    while first is not None:
        repeats, first = repeats + 1, retried(call, first)
    return 0 < repeats <= MOST_RETRIES


def equivalent_arguments(call: ScoredCall, tool: ToolCall) -> dict[str, str]:
    """Return the arguments in the form in which they are compared."""
    spec = tool_named(call.suite, tool.name)
    return {
        name: comparable(
            value, argument_kind(spec, name, call.scenario, call.language), call.language
        )
        for name, value in (tool.arguments or {}).items()
    }
