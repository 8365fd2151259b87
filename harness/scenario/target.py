"""Target files: where the agent under test is, how to connect, and what to ask of its session."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError

from harness.errors import HarnessError
from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig
from harness.protocol.items import AudioFormat
from harness.protocol.session import ServerHalf, dialect
from harness.scenario.fields import Model, Opening, Text, Variable
from harness.scenario.pieces import Found, mapping
from harness.scenario.tools_from import ToolsFrom, tools_from_faults
from harness.scenario.wording import shown

WEBSOCKET = "websocket"
_DIALECT = "openai_ga"
_WEBSOCKET_URL = r"^wss?://\S+$"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET = re.compile(r"auth|api.?key|token|secret|passw|credential|cookie|^key$", re.IGNORECASE)
_TAKEN = ("host", "connection", "upgrade")
"""Headers of the connection itself."""


class Auth(Model):
    """Where the key comes from; exactly one of these."""

    bearer_env: Variable | None = None
    """Sent as ``Authorization: Bearer``, whatever the dialect."""
    key_env: Variable | None = None
    """Sent as the dialect sends keys."""


class FromEnvironment(Model):
    """A value that is no business of the file's."""

    env: Variable


Value = Text | FromEnvironment


class ServerVadSettings(Model):
    """``turn_detection: {type: server_vad}``; unset values are the service's own."""

    type: Literal["server_vad"]
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    prefix_padding_ms: Annotated[int, Field(ge=0)] | None = None
    silence_duration_ms: Annotated[int, Field(ge=0)] | None = None
    create_response: bool | None = None
    """Whether the service answers by itself when a turn ends; false: the harness asks for it."""
    interrupt_response: bool | None = None
    """Whether the service stops its answer when the caller speaks; false: it talks on."""
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30000)] | None = None


class SemanticVadSettings(Model):
    """``turn_detection: {type: semantic_vad}``."""

    type: Literal["semantic_vad"]
    eagerness: Literal["auto", "low", "medium", "high"] | None = None
    create_response: bool | None = None
    """As for ``server_vad``."""
    interrupt_response: bool | None = None
    """As for ``server_vad``."""


Format = Literal["pcm16_8k", "pcm16_16k", "pcm16_24k", "pcm16_48k", "pcmu", "pcma"]


class SessionSettings(Model):
    """What the harness asks of the session, and what it leaves as it is."""

    prompt: Literal["suite", "keep"] = "suite"
    """``keep``: the agent's own stands, and the suite's is not sent."""
    tools: Literal["suite", "keep"] = "suite"
    """``keep``: it has tools of its own, run at its server; the suite only describes them."""
    opening: Opening = "caller"
    """Who speaks first, where the scenario does not say it."""
    voice: str | None = None
    turn_detection: ServerVadSettings | SemanticVadSettings | Literal["none", "keep"] = Field(
        default_factory=lambda: ServerVadSettings(type="server_vad")
    )
    input_format: Format = AudioFormat.PCM16_24K.value
    """How the caller's audio is sent."""
    output_format: Format = AudioFormat.PCM16_24K.value
    """How the agent's audio comes."""
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    input_transcription: str | None = None
    backend_model: Text | None = None
    """What works behind the voice, where that is another model."""

    def wanted(self) -> SessionConfig:
        """Return what is asked of a session beside prompt and tools; None stays unsaid."""
        return SessionConfig(
            voice=self.voice,
            input_format=AudioFormat(self.input_format),
            output_format=AudioFormat(self.output_format),
            turn_detection=_turn_detection(self.turn_detection),
            turn_detection_off=self.turn_detection == "none",
            transcription_model=self.input_transcription,
            modalities=("audio",),
            reasoning_effort=self.reasoning_effort,
            backend_model=self.backend_model,
        )


def _turn_detection(
    wanted: ServerVadSettings | SemanticVadSettings | str,
) -> ServerVad | SemanticVad | None:
    match wanted:
        case ServerVadSettings() as vad:
            return ServerVad(**vad.model_dump(exclude={"type"}))
        case SemanticVadSettings() as vad:
            return SemanticVad(**vad.model_dump(exclude={"type"}))
        case _:
            return None


class Target(Model):
    """Where and how to connect."""

    format: Literal[1]
    target: Text
    transport: Text = WEBSOCKET
    dialect: Text = _DIALECT
    url: Text | None = None
    """What the transport understands; None only for the embedded reference agent."""
    model: str | None = None
    auth: Auth | None = None
    headers: dict[str, Value] = Field(default_factory=dict)
    """Sent when the connection is opened."""
    query: dict[str, Value] = Field(default_factory=dict)
    """Added to the URL."""
    session: SessionSettings = SessionSettings()
    tools_from: ToolsFrom | None = None
    """Where the agent's server tells beside a call which tools it ran."""

    _file: str = PrivateAttr("")

    @property
    def file(self) -> str:
        """The file that it was read from by its path; empty for one that is known by a name."""
        return self._file

    def read_from(self, file: str) -> Target:
        """Return the same target, read from a file that was named by its path."""
        copy = self.model_copy()
        copy._file = file
        return copy


def target_faults(data: Mapping[str, Any]) -> Found:
    """Check what concerns several keys of a target, and the names that it uses."""
    transport, url = data.get("transport", WEBSOCKET), data.get("url")
    if transport == WEBSOCKET:
        if isinstance(url, str) and url.strip() and not re.search(_WEBSOCKET_URL, url):
            yield ("url",), f"expected text of the form {_WEBSOCKET_URL}, got {shown(url)}"
    elif url is None:
        yield ("transport",), f"{shown(transport)} needs a url; the embedded agent has none"
    for part in ("prompt", "tools"):
        if url is None and mapping(data, "session").get(part) == "keep":
            yield ("session", part), f"needs a url; the embedded agent has no {part} of its own"
    yield from _way_faults(data)
    yield from tools_from_faults(data)
    yield from _dialect_faults(data)


def _way_faults(data: Mapping[str, Any]) -> Found:
    """Check the key, the headers and the query of the way to the agent."""
    auth = mapping(data, "auth")
    if set(auth) == set(Auth.model_fields):
        yield ("auth",), "expected either bearer_env or key_env, got both"
    if isinstance(data.get("auth"), dict) and not auth:
        yield ("auth",), "expected {bearer_env: VARIABLE} or {key_env: VARIABLE}, got neither"
    for part in ("headers", "query"):
        values = mapping(data, part)
        if values and data.get("url") is None:
            yield (part,), "needs a url; the embedded agent takes none"
        for name, value in values.items():
            if _SECRET.search(str(name)) and isinstance(value, str):
                problem = "a key does not stand in a file: put it into the environment, and write"
                yield (part, name), f"{problem} {{env: VARIABLE}}"
    for name in mapping(data, "headers"):
        if not _HEADER.fullmatch(str(name)):
            yield ("headers", name), "is no name of a header: letters, digits and hyphens"
        if str(name).lower().startswith("sec-websocket-") or str(name).lower() in _TAKEN:
            yield ("headers", name), "belongs to the connection itself, and cannot be set"


def _dialect_faults(data: Mapping[str, Any]) -> Found:
    """Check that the dialect exists, and has what is asked of its sessions."""
    name = data.get("dialect", _DIALECT)
    if not isinstance(name, str) or not name.strip():
        return
    try:
        spoken = dialect(name)
    except HarnessError as error:
        yield ("dialect",), str(error)
        return
    try:
        settings = SessionSettings.model_validate_json(json.dumps(data.get("session") or {}))
    except ValidationError:
        return  # told with its place, as any other value
    asked = settings.wanted()
    if "turn_detection" not in settings.model_fields_set:
        asked = replace(asked, turn_detection=None)  # a default is no wish
    for setting, problem in spoken.unfit(asked):
        yield ("session", *setting.split(".")), problem
    if data.get("url") is not None and spoken.needs_model and data.get("model") is None:
        yield ("model",), f"missing; {shown(name)} asks for a model by its name"
    if data.get("url") is None and not isinstance(spoken, ServerHalf):
        yield ("dialect",), f"{shown(name)} needs a url; the embedded agent does not speak it"
