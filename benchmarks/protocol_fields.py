"""Which fields of a vendor's session we send, by which key, and which we check in its answer.

The code answers: each key of a target is set in turn, and the fields that the session sends are
looked at; then the session is served with another value.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from protocol_probes import SAID, configured, files

from harness.protocol import commands as c
from harness.protocol.commands import ResponseOptions, SessionConfig, Tool
from harness.protocol.dialect import Dialect, can, dialect
from harness.protocol.items import AudioFormat
from harness.scenario.session_settings import SessionSettings

_VAD = {"type": "server_vad", "threshold": 0.4, "prefix_padding_ms": 200, "create_response": True,
        "silence_duration_ms": 700, "interrupt_response": True}  # fmt: skip
_IDLE_VAD = {"type": "server_vad", "idle_timeout_ms": 6000}
_PLAIN_VAD = {"type": "server_vad", "silence_duration_ms": 700, "interrupt_response": False}
_SEMANTIC = {"type": "semantic_vad", "eagerness": "low"}
_RATIO = {
    "type": "retention_ratio",
    "retention_ratio": 0.5,
    "token_limits": {"post_instructions": 9},
}
_WRITTEN = {"model": "a", "language": "en", "prompt": "b"}
_TRACE = {"workflow_name": "a", "group_id": "b", "metadata": {"c": "d"}}
SETTINGS: dict[str, tuple[Any, ...]] = {
    "type": ("transcription",),
    "prompt": ({"id": "a", "version": "1", "variables": {"b": "c"}},),
    "voice": ("cedar", "voice_1"),
    "turn_detection": (_VAD, _IDLE_VAD, _PLAIN_VAD, _SEMANTIC, "none"),
    "input_format": ("pcmu", "pcm16_8k"),
    "output_format": ("pcmu",),
    "output": ("text",),
    "noise_reduction": ("far_field", "off"),
    "input_transcription": (_WRITTEN,),
    "tool_choice": ("required", {"type": "function", "name": "a"}),
    "parallel_tool_calls": (False,),
    "max_output_tokens": (99,),
    "speed": (1.2,),
    "truncation": ("disabled", _RATIO),
    "tracing": ("auto", _TRACE),
    "include": (["a"],),
    "reasoning_effort": ("low",),
    "backend_model": ("a",),
    "tools": (),
    "opening": (),
    "mcp_approval": (),
}
"""Values of every key of a target's ``session``; the last three are not sent to a service."""
_TOOL = Tool("a", "b", {"type": "object", "properties": {"c": {"type": "string"}}})
SUITE: dict[str, Any] = {"instructions": "a", "tools": (_TOOL,), "model": "gpt-live-1"}


ECHOING = ("openai_ga", "openai_beta", "openai_live")
"""Services that answer with the session in force."""


@cache
def settings(name: str) -> dict[str, str]:
    """Return every field of a session that is sent, by the key that says it."""
    plain, usual = _said(name, SessionSettings().wanted()), _said(name, _asked())
    found = {path: "always" if path in plain else "the suite" for path in usual}
    found |= {path: "`model` of the target" for path in usual if path == "model"}
    for key, asked in _variants(name):
        said = _said(name, asked)
        for path in said:
            new = path not in usual or said[path] != usual[path]
            if new and found.get(path, "always") in ("always", "the suite"):
                found[path] = f"`{key}`"
    return found


def _asked(**values: Any) -> SessionConfig:
    """Return the request with some keys of a target, and with a suite."""
    asked = SessionSettings.model_validate_json(json.dumps(values)).wanted()
    return replace(asked, **SUITE)


@cache
def _variants(name: str) -> tuple[tuple[str, SessionConfig], ...]:
    """Return the requests that a dialect supports, key by key."""
    usual = {key for key, _ in dialect(name).unfit(_asked())}
    every = ((key, _asked(**{key: value})) for key, values in SETTINGS.items() for value in values)
    goes_on = (("on_expiry", replace(_asked(), resumption=True)),)
    return tuple(
        (key, asked)
        for key, asked in (*every, *(goes_on if can(dialect(name), Dialect.resumed) else ()))
        if {each for each, _ in dialect(name).unfit(asked)} <= usual
    )


def _said(name: str, asked: SessionConfig) -> dict[str, Any]:
    """Return the fields that are sent for some settings, by path."""
    (message,) = (json.loads(each.message) for each in configured(name, asked))
    whole: dict[str, Any] = message.get("session") or message.get("setup") or {}
    return dict(_leaves(whole, ""))


def _leaves(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for each in value:
            yield from _leaves(each, at)
    else:
        yield at, value


def said_of(path: str, said: Mapping[str, str]) -> str:
    """Return by which key a field is sent, empty if it is not; with all fields inside it."""
    exact = said.get(path, "")
    inside = (key for each, key in said.items() if each.startswith(f"{path}."))
    return exact or next(inside, "")


def compared(name: str, path: str) -> bool:
    """Return whether a session with another value than the requested value is reported."""
    if name not in ECHOING:
        return False
    every = (_asked(), *(wanted for _, wanted in _variants(name)))
    return any(_told(name, path, wanted) for wanted in every)


def _told(name: str, path: str, wanted: SessionConfig) -> bool:
    session = dialect(name).session(wanted)
    opened = session.opening()
    created = opened or session.receive(json.dumps(_CREATED)).replies
    (asked,) = (json.loads(each.message)["session"] for each in created)
    if not _changed(asked, path.split(".")):
        return False
    kind = "session.started" if opened else "session.updated"
    session.receive(json.dumps({"type": kind, "session": asked}))
    return bool(session.differences or session.refused)


_CREATED = {"type": "session.created", "session": {}}


def _changed(value: Any, path: list[str]) -> bool:
    """Change the value at a path; return whether there was a value."""
    if isinstance(value, list):
        return any([_changed(each, path) for each in value])  # noqa: C419 - all of them
    if not isinstance(value, dict) or path[0] not in value:
        return False
    if path[1:]:
        return _changed(value[path[0]], path[1:])
    told = value[path[0]]
    if type(told) not in _CHANGES:
        return False
    value[path[0]] = _CHANGES[type(told)](told)
    return True


_OTHER = {"audio/pcm": "audio/pcma", "audio/pcmu": "audio/pcma", "pcm16": "g711_alaw",
          "g711_ulaw": "g711_alaw", "server_vad": "semantic_vad", "gpt-live-1": "gpt-live-2",
          "gpt-5.5": "gpt-5.4"}  # fmt: skip
_CHANGES: dict[type, Callable[[Any], Any]] = {
    str: lambda told: _OTHER.get(told, f"{told}x"),
    bool: lambda told: not told,
    int: lambda told: told + 1,
    float: lambda told: told / 2,
    list: lambda told: [*told, "x"],
    dict: lambda told: {key: f"{each}x" for key, each in told.items()},
}
"""Another value than was asked for, by kind."""


OPTIONS: dict[str, Any] = {
    "conversation": "none",
    "instructions": "a",
    "modalities": ("text",),
    "metadata": {"a": "b"},
    "tools": (Tool("a"),),
    "tool_choice": "none",
    "max_output_tokens": 9,
    "input": (SAID,),
    "voice": "marin",
    "output_format": AudioFormat.PCMU,
    "parallel_tool_calls": False,
}
"""A value of every option of a response."""


def asked_of_a_response(name: str) -> set[str]:
    """Return the fields that a call asks of a response, in addition to those of the session."""
    calls = (
        node
        for file in files(("session",))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == ResponseOptions.__name__
    )
    used = {keyword.arg for call in calls for keyword in call.keywords}
    options = ResponseOptions(**{key: value for key, value in OPTIONS.items() if key in used})
    made = dialect(name).session(SessionConfig()).send(c.CreateResponse(options))
    said = (json.loads(each.message).get("response", {}) for each in made)
    return {path for each in said for path, _ in _leaves(each, "") if path}
