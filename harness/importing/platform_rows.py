"""Rows of call platforms in a JSON transcript: tool calls among the lines, and times of their own.

Vapi counts from the start of the call (``secondsFromStart``, durations in milliseconds), Retell
gives times to words, ElevenLabs counts whole seconds. All write tool calls and their results as
rows between the lines, or in them. A row is changed to the keys of our own shape; what is no line
is taken out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.importing.messages import outcome_of
from harness.importing.model import StoredTool
from harness.importing.transcript import seconds_of
from harness.recording.tools import ToolOutcome
from harness.units import ms_to_seconds

_INSTRUCTIONS = frozenset({"system", "developer"})
_SPOKEN_ENDS = frozenset({"end", "end_time", "endTime", "duration"})
"""What was spoken has an end; a prompt has none."""
_CALLS = frozenset({"tool_calls", "tool_call_invocation"})
_RESULTS = frozenset({"tool_call_result"})
_WORDS = ("message", "text", "content", "transcript")
_ELEVENLABS_S = "time_in_call_secs"
_VAPI_S = "secondsFromStart"


@dataclass(slots=True)
class PlatformRows:
    """Feed it the rows of a transcript in order: ``take`` returns the line in a row, if any."""

    tools: list[StoredTool] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    """Speakers whose rows hold tool calls: only an agent has tools."""
    shows_tools: bool = False
    """Whether rows of this kind show all tool calls, if only that there was none."""
    _lines: int = 0

    def take(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the line in a row with the keys of our own shape; None if it is no line."""
        role = row.get("role") if isinstance(row.get("role"), str) else None
        if role in _INSTRUCTIONS and _SPOKEN_ENDS.isdisjoint(row):
            return None
        self.shows_tools |= _VAPI_S in row or isinstance(row.get("tool_calls"), list)
        if role in _CALLS:
            self._calls(row, row.get("toolCalls", [row]), timed=True)
            return None
        if role in _RESULTS:
            self._result(row, _time(row))
            return None
        line = _timed(row)
        is_line = not isinstance(row.get("tool_calls"), list) or any(row.get(key) for key in _WORDS)
        self._lines += is_line
        self._calls(row, row.get("tool_calls"), timed=False)
        results = row.get("tool_results")
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict):
                self._result(result, None)
        return line if is_line else None

    def _calls(self, row: Mapping[str, Any], calls: object, *, timed: bool) -> None:
        for call in calls if isinstance(calls, list) else ():
            told = call.get("function", call) if isinstance(call, dict) else None
            name = told.get("name", told.get("tool_name")) if isinstance(told, dict) else None
            if not isinstance(call, dict) or not isinstance(told, dict) or not name:
                continue
            self.shows_tools = True
            self.agents |= {str(row["speaker"])} if row.get("speaker") is not None else set()
            given = told.get("arguments", told.get("params_as_json")) or "{}"
            self.tools.append(
                StoredTool(
                    name=str(name),
                    arguments=given if isinstance(given, str) else json.dumps(given),
                    after_line=self._lines,
                    call_id=_id(call),
                    requested_s=_time(row) if timed else None,
                    outcome=ToolOutcome.UNSEEN,
                )
            )

    def _result(self, result: Mapping[str, Any], at_s: float | None) -> None:
        """Give a result to the last call of its id that has none."""
        for place in reversed(range(len(self.tools))):
            tool = self.tools[place]
            if tool.call_id == _id(result) and tool.outcome is ToolOutcome.UNSEEN:
                given = next((result[k] for k in _OUTPUTS if result.get(k) is not None), "")
                output = given if isinstance(given, str) else json.dumps(given)
                outcome = outcome_of(output)
                if result.get("is_error") is True or result.get("successful") is False:
                    outcome = ToolOutcome.FAILED
                timed = at_s if tool.requested_s is not None else None
                self.tools[place] = replace(tool, output=output, outcome=outcome, answered_s=timed)
                return


_OUTPUTS = ("result", "result_value", "content")


def _id(row: Mapping[str, Any]) -> str:
    keys = ("toolCallId", "tool_call_id", "request_id", "id")
    return str(next((row[key] for key in keys if row.get(key)), ""))


def _time(row: Mapping[str, Any]) -> float | None:
    """Return when a tool row happened, in seconds from the start of the call."""
    return next((seconds_of(row[key]) for key in (_VAPI_S, "time_sec") if key in row), None)


def _timed(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a line with its times under ``start`` and ``end``, in seconds."""
    if (start_s := seconds_of(row.get(_VAPI_S))) is not None:
        lasts_ms = seconds_of(row.get("duration"))
        end = {} if lasts_ms is None else {"end": start_s + ms_to_seconds(lasts_ms)}
        return {**_without_times(row), "start": start_s, **end}
    if (start_s := seconds_of(row.get(_ELEVENLABS_S))) is not None:
        return {**row, "start": start_s}
    words = row.get("words")
    if "start" in row or not isinstance(words, list) or not words:
        return row
    first, last = words[0], words[-1]
    if not (isinstance(first, dict) and isinstance(last, dict)):
        return row
    return {**row, "start": first.get("start"), "end": last.get("end")}


def _without_times(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without Vapi's times of day."""
    return {key: value for key, value in row.items() if key not in ("time", "endTime", "duration")}


def is_platforms(row: Mapping[str, Any]) -> bool:
    """Return whether a row has times as Vapi or ElevenLabs write them."""
    return _VAPI_S in row or _ELEVENLABS_S in row


def rows_of(rows: list[Any], found: PlatformRows) -> Iterator[tuple[int, Any]]:
    """Yield the lines among the rows, each with its number in the file."""
    for number, row in enumerate(rows):
        line = found.take(row) if isinstance(row, dict) else row
        if line is not None:
            yield number, line
