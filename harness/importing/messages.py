"""Chat messages as lines and tool calls, and tools that a source describes.

The shapes are those of OpenAI's chat completions (``tool_calls``, ``tool_call_id``, the older
``function_call``), of its responses (items with a ``type``), of LiveKit's session history (the same
items, with ``interrupted`` and ``is_error``), and of tau2-bench (calls without ``function``,
results under ``id``). They differ in the position of a name and never contradict each other, so one
reader takes them all.

A result belongs to the last call of its id that has no result: some agents use an id again. A
result without an id belongs to the oldest call that waits, of its name if it has a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import Fault
from harness.importing.json_files import JsonDocument
from harness.importing.model import OfferedTool, Speaker, StoredLine, StoredTool
from harness.importing.transcript import moment_s
from harness.language.language import Language
from harness.language.phrasebook import name_words
from harness.language.phrases import Action
from harness.recording.tools import ToolOutcome, unpacked
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import listed, shown
from harness.scenario.model import Suite, ToolKind, ToolSpec

_TOLD = frozenset({"system", "developer"})
_SPEAKERS = {"user": Speaker.CALLER, "assistant": Speaker.AGENT}
_RESULTS = frozenset({"tool", "function"})
ROLES = ("system", "developer", "user", "assistant", "tool", "function")

_TEXTS = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "refusal": "refusal",
    "input_audio": "transcript",
    "output_audio": "transcript",
    "audio": "transcript",
    "audio_content": "transcript",
}
"""Which key holds the words of a content part, by its type."""
_SILENT_PARTS = frozenset({"image_url", "input_image", "image_content", "file", "input_file"})
_TIMED_OUT = ("timeout", "timed out", "timed_out")
_SILENT_ITEMS = frozenset({"reasoning", "item_reference"})
_SPOKEN_KEYS = frozenset({"content", "text", "transcript", "arguments", "output", "tool_calls"})
"""An item with any of these keys may be words or a call, whatever its type: it is never skipped."""
_CALL_ITEMS = {
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
}


@dataclass(slots=True)
class Messages:
    """Feed it the messages of a conversation in order; its attributes hold the result."""

    document: JsonDocument
    lines: list[StoredLine] = field(default_factory=list)
    tools: list[StoredTool] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    """How many messages or items were skipped, by kind."""
    _foreign: set[str] = field(default_factory=set)
    """Ids of calls of the caller's own tools."""

    def take(self, message: object, key: KeyPath) -> None:
        """Take a message; faults in it are added to ``faults``."""
        if not isinstance(message, dict):
            self._fault(key, f"expected a message ({{role: …}}), got {shown(message)}")
            return
        kind = message.get("type")
        if "role" not in message and isinstance(kind, str) and kind in _CALL_ITEMS | _SILENT_ITEMS:
            self._item(message, key)
            return
        if "role" not in message and isinstance(kind, str) and _says_nothing(message, kind):
            self._skip(f"items of type {kind!r}")
            return
        role = message.get("role")
        role = role if isinstance(role, str) else None
        if isinstance(message.get("tool_messages"), list):  # several results in one message
            for number, each in enumerate(message["tool_messages"]):
                self._result(each, (*key, "tool_messages", number))
        elif role in _TOLD:
            self.instructions.extend(filter(None, [self._text(message, key)]))
        elif role in _SPEAKERS:
            self._said(_SPEAKERS[role], message, key)
        elif role in _RESULTS:
            self._result(message, key)
        else:
            problem = f"unknown role {shown(message.get('role'))}; known: {listed(ROLES)}"
            self._fault((*key, "role"), problem)

    def notes(self) -> tuple[str, ...]:
        """Return the notes on skipped messages, one sentence each."""
        return tuple(f"{count} {what} passed over" for what, count in self.skipped.items())

    def called(self) -> tuple[OfferedTool, ...]:
        """Return the tools that gave a result, for files that describe no tools."""
        gave = (tool for tool in self.tools if tool.outcome is not ToolOutcome.UNSEEN)
        return tuple(OfferedTool(name) for name in dict.fromkeys(tool.name for tool in gave))

    # --- words ---------------------------------------------------------------------------

    def _said(self, who: Speaker, message: Mapping[str, Any], key: KeyPath) -> None:
        text = self._text(message, key)
        audio = message.get("audio")
        if text == "" and isinstance(audio, dict):
            text = str(audio.get("transcript") or "")
        if text is None or text.strip():
            interrupted = who is Speaker.AGENT and message.get("interrupted") is True
            said = text if text is None else text.strip()
            at_s = _moment_s(message)
            self.lines.append(StoredLine(who, said, at_s, interrupted=interrupted))
        if who is Speaker.CALLER:
            self._callers_tools(message, key)
            return
        for number, call in enumerate(self._calls(message, key)):
            self._call(call, (*key, "tool_calls", number))
        if message.get("function_call") is not None:
            self._call(message["function_call"], (*key, "function_call"))

    def _text(self, message: Mapping[str, Any], key: KeyPath) -> str | None:
        """Return the words of a message; None if it contains speech as audio only."""
        content = message.get("content")
        if content is None or isinstance(content, str):
            return content or ""
        if not isinstance(content, list):
            self._fault(
                (*key, "content"), f"expected text or a list of parts, got {shown(content)}"
            )
            return ""
        texts = [self._part(part, (*key, "content", number)) for number, part in enumerate(content)]
        words = [text for text in texts if text is not None]
        return "\n".join(filter(None, words)) if words or not texts else None

    def _part(self, part: object, key: KeyPath) -> str | None:
        if isinstance(part, str):
            return part
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(part, dict) or not isinstance(kind, str):
            self._fault(key, f"expected a part of a message ({{type: …}}), got {shown(part)}")
            return ""
        if kind in _SILENT_PARTS:
            self._skip("pictures or files in messages")
            return ""
        if kind not in _TEXTS:
            known = listed((*_TEXTS, *sorted(_SILENT_PARTS)))
            self._fault((*key, "type"), f"unknown part {shown(kind)}; known: {known}")
            return ""
        text = part.get(_TEXTS[kind])
        if text is None and "audio" not in kind:
            self._fault(key, f"a part of type {kind} needs {_TEXTS[kind]!r}")
        return text if isinstance(text, str) else None

    # --- tools ---------------------------------------------------------------------------

    def _item(self, item: Mapping[str, Any], key: KeyPath) -> None:
        """Take an item of the responses format that is not a message."""
        kind = str(item["type"])
        if kind in _SILENT_ITEMS:
            self._skip("items that nobody said")
        elif kind.endswith("_output"):
            result = {"tool_call_id": item.get("call_id"), "content": item.get("output")}
            if isinstance(item.get("is_error"), bool):
                result["is_error"] = item["is_error"]
            self._result(result | {"created_at": item.get("created_at")}, key)
        else:
            given = item.get("arguments", item.get("input"))
            call = {"id": item.get("call_id"), "name": item.get("name"), "arguments": given}
            self._call(call | {"created_at": item.get("created_at")}, key)

    def _calls(self, message: Mapping[str, Any], key: KeyPath) -> list[Any]:
        calls = message.get("tool_calls")
        if calls is None or isinstance(calls, list):
            return calls or []
        self._fault((*key, "tool_calls"), f"expected a list of calls, got {shown(calls)}")
        return []

    def _call(self, call: object, key: KeyPath) -> None:
        if not isinstance(call, dict):
            self._fault(key, f"expected a call ({{id, function}}), got {shown(call)}")
            return
        told = next((call[kind] for kind in ("function", "custom") if kind in call), call)
        name = told.get("name") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(name, str) or not name:
            self._fault(key, "the call has no name of a tool")
            return
        given = told.get("arguments", told.get("input"))
        arguments = given if isinstance(given, str) else json.dumps(given or {})
        call_id = str(call.get("id") or "")
        self.tools.append(
            StoredTool(
                name,
                arguments,
                len(self.lines),
                call_id=call_id,
                requested_s=_moment_s(call),
                outcome=ToolOutcome.UNSEEN,
            )
        )

    def _callers_tools(self, message: Mapping[str, Any], key: KeyPath) -> None:
        """Skip the caller's own tool calls: they are not tools of the agent."""
        for call in self._calls(message, key):
            self._skip("calls of the caller's own tools")
            if isinstance(call, dict):
                self._foreign.add(str(call.get("id") or ""))

    def _result(self, message: object, key: KeyPath) -> None:
        if not isinstance(message, dict):
            self._fault(key, f"expected a result of a tool, got {shown(message)}")
            return
        call_id = str(message.get("tool_call_id") or message.get("id") or "")
        if message.get("requestor") == "user" or (call_id and call_id in self._foreign):
            return
        place = self._waiting(call_id, message.get("name"))
        if place is None:
            waiting = listed(repr(each.call_id or each.name) for each in self._open())
            what = f"{call_id!r} is the result" if call_id else "this is the result"
            problem = f"{what} of no call before it; calls without a result: {waiting}"
            self._fault((*key, "tool_call_id") if call_id else key, problem)
            return
        output = self._text(message, key)
        outcome = outcome_of(output or "")
        failed = message.get("is_error", message.get("error"))
        if isinstance(failed, bool):
            outcome = ToolOutcome.FAILED if failed else ToolOutcome.OK
        self.tools[place] = replace(
            self.tools[place], output=output, outcome=outcome, answered_s=_moment_s(message)
        )

    def _waiting(self, call_id: str, name: object) -> int | None:
        """Return the index of the call that a result belongs to."""
        places = [n for n, tool in enumerate(self.tools) if tool.outcome is ToolOutcome.UNSEEN]
        if call_id:
            return next((n for n in reversed(places) if self.tools[n].call_id == call_id), None)
        named = [n for n in places if not name or self.tools[n].name == name]
        return next(iter(named), None)

    def _open(self) -> Iterator[StoredTool]:
        return (tool for tool in self.tools if tool.outcome is ToolOutcome.UNSEEN)

    def _skip(self, what: str) -> None:
        self.skipped[what] = self.skipped.get(what, 0) + 1

    def _fault(self, key: KeyPath, problem: str) -> None:
        self.faults.append(self.document.fault(key, problem))


def _moment_s(message: Mapping[str, Any]) -> float | None:
    """Return the time in seconds at which a message was spoken, or else written."""
    metrics = message.get("metrics")
    spoken = metrics.get("started_speaking_at") if isinstance(metrics, dict) else None
    told = (
        moment_s(each) for each in (spoken, message.get("created_at"), message.get("timestamp"))
    )
    return next((at_s for at_s in told if at_s is not None), None)


def _says_nothing(item: Mapping[str, Any], kind: str) -> bool:
    """Return whether an item is no message and no call, by its type and its keys."""
    return kind != "message" and "call" not in kind and _SPOKEN_KEYS.isdisjoint(item)


def outcome_of(output: str) -> ToolOutcome:
    """Return a tool's outcome, inferred from its result: the formats have no field for it."""
    given = unpacked(output)
    result = given.value
    if isinstance(result, str) and result.lstrip().lower().startswith("error"):
        return ToolOutcome.FAILED
    if not isinstance(result, dict):
        return ToolOutcome.FAILED if given.failed else ToolOutcome.OK
    if str(result.get("error")).lower() in _TIMED_OUT:
        return ToolOutcome.TIMED_OUT
    refused = any(result.get(flag) is False for flag in ("ok", "success"))
    failed = given.failed or refused or result.get("error")
    return ToolOutcome.FAILED if failed else ToolOutcome.OK


def offered(tools: object) -> tuple[OfferedTool, ...]:
    """Return the tools that a file describes, in a list or by name, without non-functions."""
    found: list[OfferedTool] = []
    listed_tools = list(tools.values()) if isinstance(tools, dict) else tools
    for each in listed_tools if isinstance(listed_tools, list) else ():
        told = each.get("function", each) if isinstance(each, dict) else None
        if isinstance(told, dict) and isinstance(told.get("name"), str):
            schema = told.get("parameters", told.get("params"))
            words = str(told.get("description") or told.get("doc") or "")
            parameters = schema if isinstance(schema, dict) else {}
            found.append(OfferedTool(told["name"], words, parameters))
    return tuple(found)


# Tools that a source describes to its agent, in addition to the suite's, and their kinds.
#
# A schema does not say whether a tool changes anything. Its verb does, if it is a verb in common
# use for it: ``get_order`` reads, ``cancel_order`` writes, ``transfer_to_human`` hands over. A tool
# without such a verb is taken to read, and named in a note: a read can never be counted as wrong.
# The suite's description of a tool always wins.

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUIET = frozenset({"think", "wait"})
_OPERATORS = frozenset({"human", "humans", "operator", "representative", "supervisor"})
"""Recipients of a handover in the names of tools, in any language of the callers."""
_RECORDS = frozenset({"status", "info", "information", "details", "history", "list"})
"""Words after which "order" is a noun, not a verb."""


def with_offered(
    suite: Suite, offered: Iterable[OfferedTool], language: Language
) -> tuple[Suite, tuple[str, ...]]:
    """Return the suite with the tools that it does not describe, and notes for the user."""
    known = {tool.name for tool in suite.tools}
    more: list[ToolSpec] = []
    unsure: list[str] = []
    for tool in offered:
        if tool.name in known or not _NAME.fullmatch(tool.name):
            continue
        known.add(tool.name)
        kind = kind_of(tool.name, language)
        unsure += [] if kind is not None else [tool.name]
        more.append(
            ToolSpec(
                name=tool.name,
                kind=kind or ToolKind.READ,
                description=tool.description,
                parameters=dict(tool.parameters) or {"type": "object", "properties": {}},
            )
        )
    if not unsure:
        return suite.model_copy(update={"tools": (*suite.tools, *more)}), ()
    note = (
        f"what {', '.join(unsure)} does is not told by the name, so it is taken to read: "
        "describe it in the suite"
    )
    return suite.model_copy(update={"tools": (*suite.tools, *more)}), (note,)


def kind_of(name: str, language: Language) -> ToolKind | None:
    """Return the kind of a tool with this name, by the first of its words that is a known verb."""
    actions = language.actions
    words = name_words(name)
    if _OPERATORS & set(words):
        return ToolKind.ESCALATE
    for word in words:
        if word in _QUIET:
            return ToolKind.NO_OP
        if word in actions.handing_over.names:
            return ToolKind.ESCALATE
        if _is_verb(word, actions.reading):
            return ToolKind.READ
        if word not in actions.rather_objects and _is_verb(word, actions.changing):
            return ToolKind.WRITE
    if words and _is_verb(words[0], actions.changing) and not _RECORDS & set(words):
        return ToolKind.WRITE
    return None


def _is_verb(word: str, actions: Iterable[Action]) -> bool:
    return any(word in action.names for action in actions)
