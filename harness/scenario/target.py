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
from harness.protocol.commands import TRANSCRIPTION, SemanticVad, ServerVad, SessionConfig
from harness.protocol.dialect import Dialect, DialectSession, ServerHalf, can, can_retell, dialect
from harness.protocol.items import AudioFormat
from harness.scenario.document import key_text
from harness.scenario.fault_text import Found, mapping, plain_faults, shown
from harness.scenario.fields import Duration, Model, Opening, Text, Variable
from harness.scenario.vendor_settings import (
    IN_THE_OPEN,
    PREFIX,
    SECRET,
    matrix_keys,
    vendor_faults,
    vendor_settings,
)

# The session settings that a target file requests; others keep their defaults.


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


class TranscriptionSettings(Model):
    """What writes down the caller's words at the service."""

    model: Text
    language: Text | None = None
    """The suite's language unless told."""
    prompt: Text | None = None
    """Words that it should expect."""


class ToolChoice(Model):
    """``tool_choice: {type: function}``: the one tool that must be called."""

    type: Literal["function"]
    name: Text


class TokenLimits(Model):
    """How long a conversation may grow before it is cut."""

    post_instructions: Annotated[int, Field(ge=0)]
    """Tokens behind the instructions."""


class RetentionRatio(Model):
    """``truncation: {type: retention_ratio}``: how much is kept where a conversation is cut."""

    type: Literal["retention_ratio"]
    retention_ratio: Annotated[float, Field(ge=0, le=1)]
    token_limits: TokenLimits | None = None


class Tracing(Model):
    """How the service's own trace of the session is named."""

    workflow_name: Text | None = None
    group_id: Text | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


class StoredPrompt(Model):
    """A prompt that is stored at the service, instead of the suite's."""

    id: Text
    version: Text | None = None
    variables: dict[str, str] = Field(default_factory=dict)


Format = Literal["pcm16_8k", "pcm16_16k", "pcm16_24k", "pcm16_48k", "pcmu", "pcma"]


class SessionSettings(Model):
    """What the harness asks of the session, and what it leaves as it is."""

    type: Literal["realtime", "transcription"] = "realtime"
    """``transcription``: nobody answers; what the caller says is written down, and judged."""
    prompt: Literal["suite", "keep"] | StoredPrompt = "suite"
    """``keep``: the agent's own stands, and the suite's is not sent; or one stored there."""
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
    output: Literal["audio", "text"] = "audio"
    """What the agent answers with."""
    noise_reduction: Literal["near_field", "far_field", "off"] | None = None
    """What the service does to the caller's sound before it listens."""
    input_transcription: Text | TranscriptionSettings | None = None
    """The model alone, or with its language and prompt."""
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    """Whether one response may call several tools."""
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    """Of one response; one that needs more ends as incomplete."""
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None
    """Of the agent's voice."""
    truncation: Literal["auto", "disabled"] | RetentionRatio | None = None
    """What happens where a conversation outgrows the model."""
    tracing: Literal["auto"] | Tracing | None = None
    """Whether the service keeps a trace of its own."""
    include: tuple[Text, ...] | None = None
    """What the service is to tell beside what it always tells."""
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    backend_model: Text | None = None
    """What works behind the voice, where that is another model."""
    mcp_approval: Literal["approve", "refuse"] | None = None
    """The answer to requests for approval of a remote server's tool; unset: there is none."""

    @property
    def approves(self) -> bool | None:
        """The answer to requests for approval; None if they are not answered."""
        return None if self.mcp_approval is None else self.mcp_approval == "approve"

    @property
    def transcribes(self) -> bool:
        """Whether the session only transcribes speech."""
        return self.type == TRANSCRIPTION

    def wanted(self) -> SessionConfig:
        """Return the requested settings, without the suite's prompt and tools.

        None is not sent.
        """
        heard = SessionConfig(
            input_format=AudioFormat(self.input_format),
            turn_detection=_turn_detection(self.turn_detection),
            turn_detection_off=self.turn_detection == "none",
            noise_reduction=self.noise_reduction,
            include=self.include,
            **transcription(self.input_transcription),
        )
        if self.transcribes:
            return replace(heard, type=TRANSCRIPTION)
        return replace(
            heard,
            voice=self.voice,
            speed=self.speed,
            output_format=AudioFormat(self.output_format),
            modalities=(self.output,),
            tool_choice=as_sent(self.tool_choice),
            parallel_tool_calls=self.parallel_tool_calls,
            max_output_tokens=self.max_output_tokens,
            reasoning_effort=self.reasoning_effort,
            backend_model=self.backend_model,
            prompt=as_sent(self.prompt) if isinstance(self.prompt, StoredPrompt) else None,
            truncation=as_sent(self.truncation),
            tracing=as_sent(self.tracing),
        )


def as_sent(setting: Model | str | None) -> Any:
    """Return a setting in the service's format, without unset values."""
    return setting.model_dump(exclude_defaults=True) if isinstance(setting, Model) else setting


def transcription(asked: str | TranscriptionSettings | None) -> dict[str, Any]:
    """Return the requested transcription settings, for ``SessionConfig``."""
    given = TranscriptionSettings(model=asked) if isinstance(asked, str) else asked
    told = {} if given is None else given.model_dump()
    return {f"transcription_{name}": value for name, value in told.items()}


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


_OF_TRANSCRIPTION = frozenset(
    {"type", "turn_detection", "input_format", "noise_reduction", "input_transcription", "include"}
)


def transcription_faults(session: Mapping[str, Any], *, model: object) -> Found:
    """Check which settings a transcription-only session may have, and needs."""
    if session.get("type") != TRANSCRIPTION:
        return
    for name in session:
        if name not in _OF_TRANSCRIPTION and name in SessionSettings.model_fields:
            yield ("session", name), "a transcription session has no such setting; take it out"
    if session.get("input_transcription") is None:
        problem = "a transcription session needs input_transcription: the model that writes"
        yield ("session", "type"), problem
    if model is not None:
        problem = "is not named to a transcription session: session.input_transcription names it"
        yield ("model",), problem


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
        yield (*part, *setting.split(".")), problem
