"""Target files: where the agent under test is, how to connect, and what to ask of its session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from harness.scenario.fields import Model, Text
from harness.scenario.pieces import Found
from harness.scenario.wording import shown

WEBSOCKET = "websocket"
_WEBSOCKET_URL = r"^wss?://\S+$"


class BearerAuth(Model):
    """Where the key comes from: the name of an environment variable, never a key."""

    bearer_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class ServerVadSettings(Model):
    """``turn_detection: {type: server_vad}``; unset values are the service's own."""

    type: Literal["server_vad"]
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    prefix_padding_ms: Annotated[int, Field(ge=0)] | None = None
    silence_duration_ms: Annotated[int, Field(ge=0)] | None = None
    interrupt_response: bool | None = None
    """Whether the service stops its answer when the caller speaks; false: it talks on."""
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30000)] | None = None


class SemanticVadSettings(Model):
    """``turn_detection: {type: semantic_vad}``."""

    type: Literal["semantic_vad"]
    eagerness: Literal["auto", "low", "medium", "high"] = "auto"
    interrupt_response: bool | None = None
    """As for ``server_vad``."""


class SessionSettings(Model):
    """What the harness asks of the session, beside instructions and tools."""

    voice: str | None = None
    turn_detection: ServerVadSettings | SemanticVadSettings | Literal["none"] = Field(
        default_factory=lambda: ServerVadSettings(type="server_vad")
    )
    input_format: Literal["pcm16_24k"] = "pcm16_24k"
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    input_transcription: str | None = None


class Target(Model):
    """Where and how to connect."""

    format: Literal[1]
    target: Text
    transport: Text = WEBSOCKET
    dialect: Text = "openai_ga"
    url: Text | None = None
    """What the transport understands; None only for the embedded reference agent."""
    model: str | None = None
    auth: BearerAuth | None = None
    session: SessionSettings = SessionSettings()

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
    """Check that a target's URL is one for its transport; a package's own takes any."""
    transport, url = data.get("transport", WEBSOCKET), data.get("url")
    if transport == WEBSOCKET:
        if isinstance(url, str) and url.strip() and not re.search(_WEBSOCKET_URL, url):
            yield ("url",), f"expected text of the form {_WEBSOCKET_URL}, got {shown(url)}"
    elif url is None:
        yield ("transport",), f"{shown(transport)} needs a url; the embedded agent has none"
