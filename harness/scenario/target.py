"""Target files: how to connect to the agent, session settings, matrix, reported tools."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, ValidationError

from harness.errors import HarnessError, did_you_mean
from harness.protocol.commands import SETTING_KEYS
from harness.protocol.dialect import Dialect, DialectSession, can, can_retell, dialect
from harness.protocol.server_half import ServerHalf
from harness.scenario.document import key_text
from harness.scenario.fault_text import Found, mapping, plain_faults, shown
from harness.scenario.fields import Duration, Model, Text, Variable
from harness.scenario.session_settings import SessionSettings, transcription_faults
from harness.scenario.vendor_settings import (
    IN_THE_OPEN,
    PREFIX,
    SECRET,
    matrix_keys,
    vendor_faults,
    vendor_settings,
)

# A target's matrix: the same agent with several models, formats or kinds of turn detection.
#
# Every combination of the values is a cell: a target of its own, with a readable name.

MOST_CELLS = 24
"""More cells are more calls than a person compares."""

FORMAT, MODEL = "format", "model"
"""Keys in addition to a session's: both formats at once, and the target's model."""

_BY_THEMSELVES = frozenset({"turn_detection", FORMAT, MODEL, "voice", "input_format", "output"})
"""Keys whose values are clear without the key."""
_TYPES = ("server_vad", "semantic_vad")
_WHOLE = frozenset({"type", "opening"})
"""Settings that make a different test, not the same test with other settings."""
KEYS = (FORMAT, MODEL, *(name for name in SessionSettings.model_fields if name not in _WHOLE))


def cells_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every cell of a target file's data: its name, and the data of a target without matrix.

    The last key changes fastest. A file without a matrix is a single cell without a name.
    """
    matrix = mapping(data, "matrix")
    for values in product(*matrix.values()):
        chosen = tuple(zip(matrix, values, strict=True))
        yield " ".join(_told(key, value) for key, value in chosen), _with(data, chosen)


def matrix_faults(data: Mapping[str, Any]) -> Found:
    """Check the keys of a matrix, that each has values, and how many cells they make."""
    matrix, count = mapping(data, "matrix"), 1
    known = (*KEYS, *matrix_keys(data))
    for key, values in matrix.items():
        if key not in known:
            near = did_you_mean(key, known)
            yield ("matrix", key), f"unknown setting; known: {', '.join(known)}{near}"
        if isinstance(values, list) and not values:
            yield ("matrix", key), "expected a list of values, got none"
        names = [_told(key, value) for value in values] if isinstance(values, list) else []
        if twice := [name for name in names if names.count(name) > 1]:
            yield ("matrix", key), f"{twice[0]!r} stands there twice"
        vendor = {f"{PREFIX}{name}" for name in mapping(data, "vendor")}
        beside = {*mapping(data, "session"), *vendor}
        if key in beside or (key == MODEL and data.get(MODEL) is not None):
            yield ("matrix", key), "is set beside the matrix, too; take it out there"
        count *= max(1, len(names))
    if count > MOST_CELLS:
        yield ("matrix",), f"makes {count} cells; at most {MOST_CELLS}"


def is_sound(data: Mapping[str, Any]) -> bool:
    """Return whether a matrix can be made into cells."""
    lists = all(isinstance(values, list) for values in mapping(data, "matrix").values())
    return lists and not any(matrix_faults(data))


def _with(data: Mapping[str, Any], chosen: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    session = dict(mapping(data, "session"))
    cell = {key: value for key, value in data.items() if key != "matrix"}
    for key, value in chosen:
        if key == MODEL:
            cell[MODEL] = value
        elif key.startswith(PREFIX):
            vendor = {**mapping(cell, "vendor"), key.removeprefix(PREFIX): value}
            cell["vendor"] = vendor
        elif key == FORMAT:
            session |= {"input_format": value, "output_format": value}
        elif key == "turn_detection" and value in _TYPES:
            session[key] = {"type": value}
        else:
            session[key] = value
    return {**cell, "session": session}


def _told(key: str, value: Any) -> str:
    """Return a value in the form of a cell's name."""
    if isinstance(value, Mapping):
        told = [str(value["type"])] if "type" in value else []
        told += [f"{name}={each}" for name, each in value.items() if name != "type"]
        return " ".join(told)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return shown if key in _BY_THEMSELVES else f"{key.removeprefix(PREFIX)}={shown}"


# ``tools_from`` of a target: the agent's server reports the tools that it ran during a call.

_PATH = r"^/[!-~]*$"
_TRACES = "/v1/traces"


class Webhook(Model):
    """What the harness listens on during the calls, for notices and for spans."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0 takes a free one."""
    path: Annotated[str, Field(pattern=_PATH)] = "/tools"
    """Where notices are posted; spans (OTLP/HTTP) are at ``/v1/traces``."""
    secret_env: Variable | None = None
    """Variable of what every post must bring, as ``Authorization: Bearer``."""
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """How the agent reaches it, where that is another address: a tunnel, a proxy."""

    def is_host(self, host: str) -> bool:
        """Return whether a header ``Host`` names this listener; its port does not matter.

        A listener that is open to others accepts any name; it has a secret.
        """
        if not _is_here(self.host):
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # brackets that do not match
            return False
        return _is_here(name) or name == urlsplit(self.url or "").hostname


class ToolsFrom(Model):
    """Where the server tells of the tools that it runs: a ``file``, a ``webhook``, or both."""

    file: Text | None = None
    """JSON lines, notices or spans, that the server writes; looked for from the folder in which the
    harness runs."""
    webhook: Webhook | None = None
    wait_s: Duration = 1.0
    """How long after a call notices may still come."""
    clock_ahead_s: float = 0.0
    """How far the server's clock is ahead of ours, if it is known; less than 0: behind."""


def tools_from_faults(data: Mapping[str, Any]) -> Found:
    """Check constraints on several keys of a target's ``tools_from``."""
    told = data.get("tools_from")
    if not isinstance(told, dict):
        return
    if data.get("url") is None:
        yield ("tools_from",), "needs a url; the embedded agent runs no tools of its own"
    if not {"file", "webhook"} & set(told):
        yield ("tools_from",), "expected 'file' or 'webhook', or both, got neither"
    hook = mapping(told, "webhook")
    host = hook.get("host")
    if isinstance(host, str) and not _is_here(host) and hook.get("secret_env") is None:
        problem = f"{shown(host)} is open to others: add secret_env: VARIABLE"
        yield ("tools_from", "webhook", "host"), problem
    if hook.get("path") == _TRACES:
        yield ("tools_from", "webhook", "path"), f"{_TRACES} is taken by spans; choose another"


def _is_here(host: str) -> bool:
    """Return whether an address is reachable only from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


WEBSOCKET = "websocket"
_DIALECT = "openai_ga"
_WEBSOCKET_URL = r"^wss?://\S+$"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
    vendor: dict[str, Any] = Field(default_factory=dict)
    """Settings that this dialect alone has; a value may be ``{env: VARIABLE}``."""
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
        """The target whose matrix it is a cell of; itself if it is not a cell."""
        return self._whole or self

    def cells(self) -> tuple[tuple[str, Target], ...]:
        """Return the cells of the matrix with their names; itself, unnamed, if it has no matrix."""
        if not self.matrix:
            return (("", self),)
        data = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        made = []
        for name, cell in cells_of(data):
            one = Target.of(cell)
            one._file, one._whole = self._file, self
            made.append((name, one))
        return tuple(made)

    @property
    def file(self) -> str:
        """The path of the file that it was read from; empty for a target that is known by name."""
        return self._file

    def read_from(self, file: str) -> Target:
        """Return the same target, read from a file that was named by its path."""
        copy = self.model_copy()
        copy._file = file
        return copy


def target_faults(data: Mapping[str, Any]) -> Found:
    """Check constraints on several keys of a target, and the names that it uses."""
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
    """Return why a WebSocket cannot be opened at an address; None if it can be tried."""
    try:
        parts = urlsplit(url)
        fits = bool(re.search(_WEBSOCKET_URL, url) and parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port, or brackets that hold no address
        fits = False
    if fits:
        return None
    plain = url.partition("?")[0].rpartition("@")[2]  # neither a password nor a key
    return f"expected ws://HOST:PORT/PATH or wss://HOST/PATH, got {shown(plain)}"


def _cell_faults(data: Mapping[str, Any]) -> Found:
    """Check every cell as a target; faults outside the matrix are reported by ``target_faults``."""
    without = {key: value for key, value in data.items() if key != "matrix"}
    known = {problem for _, problem in target_faults(without)}
    for name, cell in cells_of(data):
        problems = [problem for _, problem in target_faults(cell)]
        try:
            Target.of(cell)
        except ValidationError as error:
            found = plain_faults(error, Target, cell)[:1]
            problems += [f"{key_text(key)}: {problem}" for key, problem in found]
        for problem in problems:
            if problem not in known:
                known.add(problem)
                yield ("matrix",), f"{name}: {problem}"


def _auth_faults(data: Mapping[str, Any]) -> Found:
    """Check the source of the key."""
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
    """Check the key, the headers and the query of the connection to the agent."""
    yield from _auth_faults(data)
    for part in ("headers", "query"):
        values = mapping(data, part)
        if values and data.get("url") is None:
            yield (part,), "needs a url; the embedded agent takes none"
        for name, value in values.items():
            if SECRET.search(str(name)) and isinstance(value, str):
                yield (part, name), IN_THE_OPEN
    for name in mapping(data, "headers"):
        if not _HEADER.fullmatch(str(name)):
            yield ("headers", name), "is no name of a header: letters, digits and hyphens"
        if str(name).lower().startswith("sec-websocket-") or str(name).lower() in _TAKEN:
            yield ("headers", name), "belongs to the connection itself, and cannot be set"


def _dialect_faults(data: Mapping[str, Any]) -> Found:
    """Check that the dialect exists and supports the settings of its sessions."""
    name = data.get("dialect", _DIALECT)
    if not isinstance(name, str) or not name.strip():
        return
    try:
        spoken = dialect(name)
    except HarnessError as error:
        yield ("dialect",), str(error)
        return
    try:
        settings = SessionSettings.of(data.get("session") or {})
    except ValidationError:
        return  # reported with its place, as any other value
    yield from tuple(vendor_faults(spoken, data)) or _unfit(spoken, settings, data)
    if data.get("url") is not None and spoken.needs_model and data.get("model") is None:
        yield ("model",), f"missing; {shown(name)} asks for a model by its name"
    if settings.mcp_approval is not None and not can(spoken, DialectSession.answer_approval):
        yield ("session", "mcp_approval"), f"{name} asks for no approvals; take it out"
    returns = can_retell(spoken) or can(spoken, Dialect.resumed)
    if data.get("on_expiry") == "reconnect" and not returns:
        yield ("on_expiry",), f"{name} has sessions that cannot be told what was said; leave it out"
    if data.get("url") is None and not isinstance(spoken, ServerHalf):
        yield ("dialect",), f"{shown(name)} needs a url; the embedded agent does not speak it"


def _unfit(spoken: Dialect, settings: SessionSettings, data: Mapping[str, Any]) -> Found:
    asked = replace(settings.wanted(), vendor=vendor_settings(spoken, mapping(data, "vendor"), str))
    if "turn_detection" not in settings.model_fields_set:
        asked = replace(asked, turn_detection=None)  # a default is not a request
    for setting, problem in spoken.unfit(asked):
        part = () if setting.startswith(PREFIX) else ("session",)
        yield (*part, *_written(setting, mapping(data, "session"))), problem


def _written(setting: str, session: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of a target that hold a setting of ``SessionConfig``."""
    keys = tuple(SETTING_KEYS.get(setting, setting).split("."))
    # ``input_transcription`` may have keys of its own, or be the name of the model.
    single = setting in SETTING_KEYS and not isinstance(session.get(keys[0]), Mapping)
    return keys[:1] if single else keys
