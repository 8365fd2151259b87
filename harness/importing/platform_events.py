"""Event logs and transcript rows of voice platforms, as rows of our own shape.

A log holds a message per line, bare or in an envelope with its time. An entry of the table maps a
message type to an action: a side says a line or a part of it, an answer is cut off, a tool is
called or returns. Messages of other types are ignored.

Sources: Twilio "WebSocket messages", the RTVI standard 2.4 (pipecat) and Deepgram's Voice Agent
messages, November 2026.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from harness.importing.messages import outcome_of
from harness.importing.model import Speaker, StoredTool
from harness.importing.platform_shapes import ShapedRows, opened, value_at
from harness.importing.transcript import moment_s, seconds_of
from harness.recording.tools import ToolOutcome
from harness.scenario.document import KeyPath
from harness.units import ms_to_seconds

_ENVELOPES = ("event", "message", "data", "payload", "body", "msg")
_TIMES = (("ts", 1.0), ("timestamp", 1.0), ("time", 1.0), ("at", 1.0), ("t", 1.0),
          ("created_at", 1.0), ("ts_ms", ms_to_seconds(1.0)))  # fmt: skip
_LISTS = ("events", "messages", "history")


class Does(Enum):
    """The action of a message."""

    SAYS = auto()
    """A side says a line."""
    ADDS = auto()
    """A side says more of its line."""
    CUTS = auto()
    """The agent's line was cut off; the message has the words that were heard."""
    CALLS = auto()
    ANSWERS = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """The action of a message type, and the paths of its values."""

    does: Does
    text: str = ""
    who: Speaker | None = None
    """None if ``role`` names the speaker."""
    role: str = ""
    only_if: tuple[tuple[str, Any], ...] = ()
    """Paths and the values that they must have, if they are there."""
    rank: int = 0
    """Of several types that report the same, the lowest that occurs is read."""
    joined: str = ""
    """The separator between parts of a line."""
    clock: tuple[str, str] = ("", "")
    """Paths of the beginning and the end on the call's own clock, in milliseconds.

    A line then continues up to a pause, whatever the other side says in between.
    """
    holder: str = ""
    """The path of a call or a result, or of a list of them; empty for the message itself."""

    @property
    def reports(self) -> tuple[bool, Speaker | None]:
        """The group of types that may report the same: tools, or the words of a side."""
        return self.does in (Does.CALLS, Does.ANSWERS), self.who


@dataclass(frozen=True, slots=True)
class EventLog:
    """The messages of a platform; ``names`` are the types that no other platform has."""

    platform: str
    names: frozenset[str]
    events: Mapping[str, tuple[Event, ...]]
    shows_tools: bool = False


_DONE = (("data.final", True),)
_SPOKEN = (("data.spoken", True), ("data.aggregated_by", "sentence"))
_WORDS = (("data.spoken", True), ("data.aggregated_by", "word"))

_OWN_CLOCK = ("start_ms", "end_ms")

LOGS: tuple[EventLog, ...] = (
    EventLog(
        "Twilio ConversationRelay",
        frozenset({"prompt"}),
        {
            "prompt": (Event(Does.SAYS, "voicePrompt", Speaker.CALLER, only_if=(("last", True),)),),
            "text": (Event(Does.ADDS, "token", Speaker.AGENT),),
            "interrupt": (Event(Does.CUTS, "utteranceUntilInterrupt"),),
        },
    ),
    EventLog(
        "pipecat RTVI",
        frozenset({"user-transcription", "bot-transcription", "bot-output", "bot-tts-text"}),
        {
            "user-transcription": (Event(Does.SAYS, "data.text", Speaker.CALLER, only_if=_DONE),),
            "bot-output": (
                Event(Does.SAYS, "data.text", Speaker.AGENT, only_if=_SPOKEN, rank=1),
                Event(Does.ADDS, "data.text", Speaker.AGENT, only_if=_WORDS, rank=2, joined=" "),
            ),
            "bot-transcription": (Event(Does.SAYS, "data.text", Speaker.AGENT, rank=3),),
            "bot-tts-text": (Event(Does.ADDS, "data.text", Speaker.AGENT, rank=4, joined=" "),),
            "llm-function-call": (Event(Does.CALLS, holder="data"),),
            "llm-function-call-in-progress": (Event(Does.CALLS, holder="data"),),
            "llm-function-call-result": (Event(Does.ANSWERS, holder="data"),),
            "llm-function-call-stopped": (Event(Does.ANSWERS, holder="data"),),
        },
    ),
    EventLog(
        "Deepgram Voice Agent",
        frozenset({"ConversationText", "History", "FunctionCallRequest"}),
        {
            "ConversationText": (Event(Does.SAYS, "content", role="role"),),
            "History": (
                Event(Does.SAYS, "content", role="role", rank=1),
                Event(Does.CALLS, holder="function_calls"),
            ),
            "FunctionCallRequest": (Event(Does.CALLS, holder="functions"),),
            "FunctionCallResponse": (Event(Does.ANSWERS),),
        },
        shows_tools=True,
    ),
    EventLog(
        "OpenAI GPT-Live evals",
        frozenset({"session.output_transcript.delta", "session.input_transcript.delta"}),
        {
            "session.input_transcript.delta": (
                Event(Does.ADDS, "delta", Speaker.CALLER, clock=_OWN_CLOCK),
            ),
            "session.output_transcript.delta": (
                Event(Does.ADDS, "delta", Speaker.AGENT, clock=_OWN_CLOCK),
            ),
            "tool.called": (Event(Does.CALLS, "name", clock=("offset_ms", "")),),
            "tool.completed": (Event(Does.ANSWERS, "name"),),
        },
        shows_tools=True,
    ),
)
_PAUSE_S = 1.0
_ROLES = {"user": Speaker.CALLER, "assistant": Speaker.AGENT}


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """The lines of a log, and the tools at their places between them."""

    rows: ShapedRows
    tools: tuple[StoredTool, ...]
    shows_tools: bool


def logged_call(data: object) -> LoggedCall | None:
    """Return the lines and tools of a platform's event log; None for anything else."""
    place: KeyPath = ()
    if isinstance(data, dict):
        held = next((key for key in _LISTS if isinstance(data.get(key), list)), None)
        place, data = ((held,), data[held]) if held else ((), [data])
    rows = data if isinstance(data, list) else []
    for log in LOGS:
        found = [((*place, number), *_opened(row, log)) for number, row in enumerate(rows)]
        known = [(at, message, at_s) for at, message, at_s in found if message is not None]
        if any(message["type"] in log.names for _, message, _ in known):
            return _Reading(log).read(known, whole=len(known) < len(rows))
    return None


_Message = tuple[KeyPath, Mapping[str, Any], float | None]
"""A message with its place in the file and its time in seconds."""


def _opened(row: Any, log: EventLog) -> tuple[Mapping[str, Any] | None, float | None]:
    """Return the message in a row of a log and its time; None for a row without a known message."""
    held = row if isinstance(row, dict) else {}
    for one in (row, *(held.get(key) for key in _ENVELOPES)):
        message = opened(one)
        if isinstance(message, dict) and any(True for _ in _events(log, message)):
            times = (
                at_s * unit
                for holder in (held, message)
                for key, unit in _TIMES
                if (at_s := moment_s(holder.get(key))) is not None
            )
            return message, next(times, None)
    return None, None


def _events(log: EventLog, message: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the actions of a message: none for an unknown type or a message without words."""
    kind = message.get("type")
    for event in log.events.get(kind, ()) if isinstance(kind, str) else ():
        wanted = ((value_at(message, path), value) for path, value in event.only_if)
        path = event.text or event.holder
        tells = not path or value_at(message, path) is not None
        if tells and all(found is None or found == value for found, value in wanted):
            yield event


_Said = tuple[str, float | None, float | None, float | None]
"""Words, when their message was logged, and their beginning and end on the call's clock."""


def _ms(message: Mapping[str, Any], path: str) -> float | None:
    at = moment_s(value_at(message, path)) if path else None
    return None if at is None else ms_to_seconds(at)


@dataclass(slots=True)
class _Reading:
    """Takes the messages of a log, in order."""

    log: EventLog
    lines: list[tuple[KeyPath, dict[str, Any]]] = field(default_factory=list)
    tools: list[StoredTool] = field(default_factory=list)
    unfinished: bool = False
    """Whether more may be added to the last line."""

    def read(self, messages: list[_Message], *, whole: bool) -> LoggedCall:
        """Return the call; ``whole`` is whether the log holds more than words and calls.

        A log of words alone may have been written without its calls.
        """
        ranks: dict[tuple[bool, Speaker | None], int] = {}
        for _, message, _ in messages:
            for event in _events(self.log, message):
                ranks[event.reports] = min(event.rank, ranks.get(event.reports, event.rank))
        for place, message, at_s in messages:
            for event in _events(self.log, message):
                if event.rank == ranks[event.reports]:
                    self._take(place, event, message, at_s)
        rows = [(place, row) for place, row in self.lines if row["text"].strip()]
        if rows and all(row.get("end") is not None for _, row in rows):  # on the call's own clock
            rows.sort(key=lambda each: each[1]["start"])
            begun = [row["start"] for _, row in rows]
            self.tools = [
                replace(tool, after_line=bisect_right(begun, tool.requested_s or 0.0))
                for tool in self.tools
            ]
        shows = (self.log.shows_tools and whole) or bool(self.tools)
        return LoggedCall(ShapedRows(self.log.platform, tuple(rows)), tuple(self.tools), shows)

    def _take(
        self, place: KeyPath, event: Event, message: Mapping[str, Any], at_s: float | None
    ) -> None:
        match event.does:
            case Does.SAYS | Does.ADDS:
                who = event.who or _ROLES.get(str(value_at(message, event.role)).lower())
                if who is not None:
                    start_s, end_s = (_ms(message, path) for path in event.clock)
                    words = str(value_at(message, event.text))
                    self._say(place, event, who, (words, at_s, start_s, end_s))
                    self.unfinished = event.does is Does.ADDS and message.get("last") is not True
            case Does.CUTS:
                self._cut(str(value_at(message, event.text)).strip())
            case Does.CALLS | Does.ANSWERS:
                held = value_at(message, event.holder) if event.holder else message
                for row in held if isinstance(held, list) else [held]:
                    if isinstance(row, dict):
                        called_s = _ms(message, event.clock[0])
                        called_s = at_s if called_s is None else called_s
                        self._call(row, called_s) if event.does is Does.CALLS else self._answer(row)
                self.unfinished = False

    def _say(self, place: KeyPath, event: Event, who: Speaker, said: _Said) -> None:
        text, at_s, start_s, end_s = said
        before = self._before(event, who, start_s)
        if before is not None:
            before["text"] += f"{event.joined}{text}"
            before["end"] = end_s
            return
        times = {"timestamp": at_s} if start_s is None else {"start": start_s, "end": end_s}
        self.lines.append((place, {"who": who.value, "text": text, **times}))

    def _before(self, event: Event, who: Speaker, start_s: float | None) -> dict[str, Any] | None:
        """Return the line that a part belongs to, None if it begins a new line."""
        if event.does is not Does.ADDS:
            return None
        if not event.clock[0]:
            last = self.lines[-1][1] if self.unfinished else {}
            return last if last.get("who") == who.value else None
        own = (row for _, row in reversed(self.lines) if row["who"] == who.value)
        last = next(own, {})
        end_s = last.get("end")
        if start_s is None or end_s is None or start_s - end_s >= _PAUSE_S:
            return None
        called = (tool.requested_s for tool in self.tools if tool.requested_s is not None)
        return None if any(last["start"] < at_s <= start_s for at_s in called) else last

    def _cut(self, heard: str) -> None:
        """Cut the agent's last line to the words that were heard."""
        for _, row in reversed(self.lines):
            if row["who"] == Speaker.AGENT.value:
                row["text"], row["interrupted"] = heard or row["text"], True
                break
        self.unfinished = False

    def _call(self, row: Mapping[str, Any], at_s: float | None) -> None:
        name, call_id = value_at(row, "function_name|name"), str(value_at(row, _IDS) or "")
        known = any(tool.call_id == call_id for tool in self.tools if call_id)
        arguments = value_at(row, "args|arguments")
        if name and not known:  # reported when it is requested, and again when it runs
            self.tools.append(
                StoredTool(
                    str(name),
                    _text(arguments if arguments is not None else {}),
                    sum(1 for _, line in self.lines if line["text"].strip()),
                    call_id=call_id,
                    requested_s=at_s,
                    outcome=ToolOutcome.UNSEEN,
                )
            )
        if row.get("response") is not None:
            self._answer(row)

    def _answer(self, row: Mapping[str, Any]) -> None:
        call_id, output = str(value_at(row, _IDS) or ""), value_at(row, _OUTPUTS)
        for place in reversed(range(len(self.tools))):
            tool = self.tools[place]
            if (
                tool.call_id == call_id
                and tool.outcome is ToolOutcome.UNSEEN
                and output is not None
            ):
                text = _text(output)
                self.tools[place] = replace(tool, output=text, outcome=outcome_of(text))
                return


_IDS = "tool_call_id|call_id|id"
_OUTPUTS = "result|content|response|output"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# Rows of call platforms in a JSON transcript: tool calls among the lines, and times of their own.
#
# Vapi counts from the start of the call (``secondsFromStart``, durations in milliseconds), Retell
# gives times to words, ElevenLabs counts whole seconds. All write tool calls and their results as
# rows between the lines, or in them. A row is changed to the keys of our own shape; rows that are
# not lines are removed.

_INSTRUCTIONS = frozenset({"system", "developer"})
_SPOKEN_ENDS = frozenset({"end", "end_time", "endTime", "duration"})
"""A spoken row has an end; a prompt has none."""
_CALLS = frozenset({"tool_calls", "tool_call_invocation"})
_RESULTS = frozenset({"tool_call_result"})
_ROW_TEXTS = ("message", "text", "content", "transcript")
_ELEVENLABS_S = "time_in_call_secs"
_VAPI_S = "secondsFromStart"


@dataclass(slots=True)
class PlatformRows:
    """Feed it the rows of a transcript in order: ``take`` returns the line in a row, if any."""

    tools: list[StoredTool] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    """Speakers whose rows hold tool calls: only an agent has tools."""
    shows_tools: bool = False
    """Whether rows of this kind show all tool calls, even if there were none."""
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
        is_line = not isinstance(row.get("tool_calls"), list) or any(
            row.get(key) for key in _ROW_TEXTS
        )
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
                given = next((result[k] for k in _ROW_OUTPUTS if result.get(k) is not None), "")
                output = given if isinstance(given, str) else json.dumps(given)
                outcome = outcome_of(output)
                if result.get("is_error") is True or result.get("successful") is False:
                    outcome = ToolOutcome.FAILED
                timed = at_s if tool.requested_s is not None else None
                self.tools[place] = replace(tool, output=output, outcome=outcome, answered_s=timed)
                return


_ROW_OUTPUTS = ("result", "result_value", "content")


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
