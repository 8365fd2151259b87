"""Target files: where the agent under test is, how to connect, and what to ask of its session."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, ValidationError

from harness.errors import HarnessError
from harness.protocol.serving import ServerHalf
from harness.protocol.session import dialect
from harness.scenario.document import key_text
from harness.scenario.fields import Model, Text, Variable
from harness.scenario.matrix import cells_of, is_sound, matrix_faults
from harness.scenario.pieces import Found, mapping
from harness.scenario.session_settings import SessionSettings, transcription_faults
from harness.scenario.tools_from import ToolsFrom, tools_from_faults
from harness.scenario.wording import plain_faults, shown

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
    client_secret: Literal[True] | Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Each connection has a key of its own, minted by a POST: ``true`` asks the service beside
    ``url`` for it, an address asks there."""


class FromEnvironment(Model):
    """A value that is no business of the file's."""

    env: Variable


Value = Text | FromEnvironment


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
    on_expiry: Literal["end", "reconnect"] | None = None
    """What follows when the longest time of a session has passed: the call ends (the same as
    nothing), or goes on in another session, which is told what was said."""
    tools_from: ToolsFrom | None = None
    """Where the agent's server tells beside a call which tools it ran."""

    matrix: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    """Settings with several values each: every combination is called, and shown side by side."""

    _file: str = PrivateAttr("")
    _whole: Target | None = PrivateAttr(None)

    @property
    def whole(self) -> Target:
        """The target of whose matrix it is a cell; itself where it is none."""
        return self._whole or self

    def cells(self) -> tuple[tuple[str, Target], ...]:
        """Return the cells of the matrix with their names; itself, without one, if it has none."""
        if not self.matrix:
            return (("", self),)
        data = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        made = []
        for name, cell in cells_of(data):
            one = Target.model_validate_json(json.dumps(cell))
            one._file, one._whole = self._file, self
            made.append((name, one))
        return tuple(made)

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
        if isinstance(url, str) and url.strip() and (problem := address_problem(url)):
            yield ("url",), problem
    elif url is None:
        yield ("transport",), f"{shown(transport)} needs a url; the embedded agent has none"
    session = mapping(data, "session")
    for part in ("prompt", "tools"):
        asked = session.get(part)
        if url is None and (asked == "keep" or isinstance(asked, dict)):
            yield ("session", part), f"needs a url; the embedded agent has no {part} of its own"
    if url is None and session.get("mcp_approval") is not None:
        yield ("session", "mcp_approval"), "needs a url; the embedded agent asks for no approvals"
    yield from transcription_faults(session, model=data.get("model"))
    yield from _way_faults(data)
    yield from tools_from_faults(data)
    yield from _dialect_faults(data)
    yield from matrix_faults(data)
    if mapping(data, "matrix") and is_sound(data):
        yield from _cell_faults(data)


def address_problem(url: str) -> str | None:
    """Say why a WebSocket cannot be opened at an address; None if it can be tried."""
    try:
        parts = urlsplit(url)
        fits = bool(re.search(_WEBSOCKET_URL, url) and parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or brackets that hold no address
        fits = False
    if fits:
        return None
    plain = url.partition("?")[0].rpartition("@")[2]  # neither a password nor a key
    return f"expected ws://HOST:PORT/PATH or wss://HOST/PATH, got {shown(plain)}"


def _cell_faults(data: Mapping[str, Any]) -> Found:
    """Check every cell as the target that it is; what is wrong without the matrix is told there."""
    without = {key: value for key, value in data.items() if key != "matrix"}
    known = {problem for _, problem in target_faults(without)}
    for name, cell in cells_of(data):
        problems = [problem for _, problem in target_faults(cell)]
        try:
            Target.model_validate_json(json.dumps(cell))
        except ValidationError as error:
            found = plain_faults(error, Target, cell)[:1]
            problems += [f"{key_text(key)}: {problem}" for key, problem in found]
        for problem in problems:
            if problem not in known:
                known.add(problem)
                yield ("matrix",), f"{name}: {problem}"


def _auth_faults(data: Mapping[str, Any]) -> Found:
    """Check where the key comes from."""
    auth = mapping(data, "auth")
    keys = auth.keys() & {"bearer_env", "key_env"}
    if len(keys) > 1:
        yield ("auth",), "expected either bearer_env or key_env, got both"
    if auth.get("client_secret") is not None:
        if data.get("dialect", _DIALECT) != _DIALECT:
            yield ("auth", "client_secret"), f"only {_DIALECT} mints keys; take it out"
        if data.get("url") is None:
            yield ("auth", "client_secret"), "needs a url; the embedded agent takes no key"
    if isinstance(data.get("auth"), dict) and not auth.keys() - {"client_secret"}:
        yield ("auth",), "expected {bearer_env: VARIABLE} or {key_env: VARIABLE}, got neither"


def _way_faults(data: Mapping[str, Any]) -> Found:
    """Check the key, the headers and the query of the way to the agent."""
    yield from _auth_faults(data)
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
    if settings.mcp_approval is not None and not spoken.takes_approvals:
        yield ("session", "mcp_approval"), f"{name} asks for no approvals; take it out"
    if data.get("on_expiry") == "reconnect" and not (spoken.takes_items or spoken.resumes):
        yield ("on_expiry",), f"{name} has sessions that cannot be told what was said; leave it out"
    if data.get("url") is None and not isinstance(spoken, ServerHalf):
        yield ("dialect",), f"{shown(name)} needs a url; the embedded agent does not speak it"
