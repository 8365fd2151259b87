"""Which tool calls are the same action again after a technical failure."""

from __future__ import annotations

from typing import Any

from harness.dialogue.arguments import argument_kind, comparable, tool_named
from harness.recording.tools import ToolOutcome
from harness.scorers.base import ScoredCall
from harness.timeline.model import ToolCall

TECHNICAL = (ToolOutcome.FAILED, ToolOutcome.TIMED_OUT, ToolOutcome.UNANSWERED)
"""Outcomes after which the same call again is a retry."""


MOST_RETRIES = 3
"""So often in a row the same call may be made again: one that goes on failing needs another way."""


def retried(call: ScoredCall, tool: ToolCall) -> ToolCall | None:
    """Return the earlier call of which this one is the re-issue: same tool, equivalent arguments,
    and it had failed by then. None for a call of its own: one that was issued while the earlier
    one still ran is no answer to its failure.
    """
    wanted = equivalent_arguments(call, tool)
    earlier = [
        other
        for other in call.timeline.tools[: call.timeline.tools.index(tool)]
        if other.name == tool.name and equivalent_arguments(call, other) == wanted
    ]
    if not earlier or earlier[-1].outcome not in TECHNICAL:
        return None
    return earlier[-1] if _over(earlier[-1], tool) else None


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


def equivalent_arguments(call: ScoredCall, tool: ToolCall) -> dict[str, Any]:
    """Return the arguments in the form in which they are compared."""
    spec = tool_named(call.suite, tool.name)
    return {
        name: comparable(
            value, argument_kind(spec, name, call.scenario, call.language), call.language
        )
        for name, value in (tool.arguments or {}).items()
    }
