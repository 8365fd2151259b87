"""The interface of a dialect: a vendor's protocol for the client and for the server, without I/O.

A vendor's package gives a ``Dialect``, and that gives a ``DialectSession`` for every call. The
session owns everything that is specific to the vendor: who speaks first and when the session is
ready, which rules of order apply, how an answer is requested, what an interruption is and how it is
reported, which errors end a session, formats, URL and key. The call knows events and commands only.
Some dialects also have a server half (``server_half.py``) for the reference agent.

Defaults are for the simplest vendor: no handshake, no rules, no way to truncate or cancel. Text
messages are ``str``, binary messages ``bytes``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from harness.errors import BrokenPlugin
from harness.plugins import Factories
from harness.protocol import commands as c
from harness.protocol.commands import ClientCommand, Difference, SessionConfig
from harness.protocol.events import ServerEvent
from harness.protocol.items import AudioFormat, Item, ItemKind, Role

PASSED_OVER = "the message was passed over"
UNHEARD = "its audio was not heard"


@dataclass(frozen=True, slots=True)
class Breach:
    """A violation of the vendor's protocol in a message; ``effect`` is the resulting loss."""

    detail: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send.

    ``id`` is the name under which the server may report an error about it, "" if it has none;
    ``says`` is the command in it, set by ``DialectSession.send``; None for messages that concern
    only the vendor (an answer to a ping). ``shown`` is the text that a recording keeps instead, if
    the message contains a secret.
    """

    message: str | bytes
    says: ClientCommand | None = None
    id: str = ""
    shown: str | None = None


Messages: TypeAlias = tuple[Outgoing, ...]
"""Messages to send, in order; empty if there is nothing to send."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """An event without a message of its own: the session infers it from the current message."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Incoming:
    """The decoded content of a message.

    ``kind`` is the vendor's name for the message, for people to read; ``replies`` must be sent at
    once. ``json`` is True for a JSON object: the recording then keeps it without its audio.
    ``shown`` is the text that a recording keeps instead, if the message contains a secret.
    """

    kind: str
    events: tuple[ServerEvent | Inferred, ...] = ()
    breaches: tuple[Breach, ...] = ()
    replies: tuple[Outgoing, ...] = ()
    json: bool = False
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """The effect of an event: protocol breaches, and whether playback must stop first."""

    breaches: tuple[str, ...] = ()
    stops_playback: bool = False


@dataclass(frozen=True, slots=True)
class CloseMeaning:
    """The meaning of a close of the connection by the service, as text.

    ``failed``: it reports an error by closing; else it is leaving, and the agent has not hung up.
    ``expired``: it leaves because its maximum session time has passed.
    """

    words: str
    failed: bool = True
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The URL and the headers that open a session; the headers may contain a key."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class DialectSession(ABC):
    """A session with a server; each vendor derives its own.

    ``append_audio`` and ``receive`` make a whole dialect. Each further method is an ability: a
    class that overrides it has the ability (``can``), and scenarios that need a missing ability
    are refused before a call. The methods below ``append_audio`` return the messages to send.
    """

    now_s: float = 0.0
    """Arrival time of the current message, in seconds on a monotonic clock."""
    appends_alike = False
    """Whether ``append_audio`` always makes the same message of the same audio, and changes no
    state. Frames may then be encoded long before they are due, and thrown away."""

    def __init__(self, wanted: SessionConfig) -> None:
        self.wanted = wanted
        """The settings that were requested."""

    # --- received ------------------------------------------------------------------------

    @abstractmethod
    def receive(self, message: str | bytes) -> Incoming:
        """Decode a message; ids that it leaves out may stay empty.

        Raises:
            Malformed: the message is unusable; this is reported, and the call continues.
        """

    def follow(self, event: ServerEvent) -> Followed:
        """Take note of an event once it has its ids, and return its effect in this dialect."""
        return Followed()

    def closed(self, code: int, reason: str) -> CloseMeaning | None:
        """Return the vendor's meaning of a close code; None if it has the standard meaning."""
        return None

    @property
    def over(self) -> bool:
        """Whether the server has sent its last message, if its protocol has one."""
        return True

    @property
    def hung_up(self) -> bool:
        """Whether the server has reported the end of the session, even if the socket stays open."""
        return False

    @property
    def awaited(self) -> str | None:
        """The vendor's name of the message that must come before a call; None once it came."""
        return None

    @property
    def refused(self) -> str | None:
        """Why no session will open, as text; None while a session may still open."""
        return None

    @property
    def undecided(self) -> str:
        """Why an answer that continues after the caller's turn may be two, as text; else empty."""
        return ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Differences of the served session from the request, as far as the service reports it."""
        return ()

    @property
    def resumption(self) -> str | None:
        """The handle with which another connection resumes this session; it is a secret.

        None if a new session has no access to the conversation so far.
        """
        return None

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secrets that the service issued, like a ``resumption``: no file may contain them."""
        return ()

    # --- sent ----------------------------------------------------------------------------

    @abstractmethod
    def append_audio(self, audio: bytes) -> str | bytes:
        """Return the message that carries caller audio, already in the session's format."""

    def opening(self) -> Messages:
        """Begin the session, before the server's first message."""
        return ()

    def closing(self) -> Messages:
        """Say goodbye before hanging up; the server's answer is awaited (``over``)."""
        return ()

    def greet(self) -> Messages:
        """Make the agent speak first; an agent that greets by itself needs no message."""
        return ()

    def begin_turn(self) -> Messages:
        """Begin the caller's turn by hand (push to talk)."""
        return ()

    def end_turn(self) -> Messages:
        """End the caller's turn by hand (push to talk)."""
        return ()

    def request_response(self) -> Messages:
        """Make the agent answer now: after a turn by hand, an added text, or a tool's result."""
        return ()

    def cancel_response(self, response_id: str | None) -> Messages:
        """Stop a response."""
        return ()

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> Messages:
        """Report how much of an item the caller heard before playback stopped."""
        return ()

    def answer_tool(self, call_id: str, output: str) -> Messages:
        """Report the result of a tool call."""
        return ()

    def answer_approval(self, item_id: str, *, approve: bool) -> Messages:
        """Allow the server to run a tool, or forbid it; ``item_id`` is that of its request."""
        return ()

    def add_text(self, text: str, role: Role, *, turn: bool) -> Messages:
        """Add text to the conversation; ``turn``: it is the caller's turn, to be answered.

        ``Dialect.roles`` lists the roles that it takes.
        """
        return ()

    def add_tool_call(self, call_id: str, name: str, arguments: str) -> Messages:
        """Add a tool call of an earlier conversation; ``answer_tool`` follows with its result."""
        return ()

    def add_image(self, url: str, text: str, *, turn: bool) -> Messages:
        """Add an image of the caller, as a ``data:`` URL, and the text about it, if any."""
        return ()

    def add_audio(self, audio: bytes, *, turn: bool) -> Messages:
        """Add speech of the caller in a single piece, in the session's format."""
        return ()

    def update_session(self, change: SessionConfig) -> Messages:
        """Change the settings that are not None."""
        return ()

    def ask_out_of_band(
        self, instructions: str, *, metadata: Mapping[str, str], with_conversation: bool
    ) -> Messages:
        """Request a response in text outside of the conversation.

        ``metadata`` must come back in the response; ``with_conversation``: the agent sees it.
        """
        return ()

    def send(self, command: ClientCommand) -> Messages:
        """Return the messages of a command; override its method, not this.

        The last message is recorded as the command, unless a message already ``says`` one.
        """
        messages = self._messages(command)
        if not messages or any(each.says for each in messages):
            return messages
        *first, last = messages
        return (*first, replace(last, says=command))

    def _messages(self, command: ClientCommand) -> Messages:
        match command:
            case c.AppendAudio(audio):
                return (Outgoing(self.append_audio(audio)),)
            case c.ClearAudio():
                return self.begin_turn()
            case c.CommitAudio():
                return self.end_turn()
            case c.CreateResponse(options):
                return self._respond(options)
            case c.CreateItem(item, turn=turn):
                return self._add(item, turn=turn)
            case c.AnswerApproval(item_id, approve):
                return self.answer_approval(item_id, approve=approve)
            case c.TruncateItem(item_id, content_index, audio_end_ms):
                return self.truncate(item_id, content_index, audio_end_ms)
            case c.CancelResponse(response_id):
                return self.cancel_response(response_id)
            case c.ConfigureSession(config):
                return self.update_session(config)
            case _:
                return ()

    def _respond(self, options: c.ResponseOptions) -> Messages:
        if options.conversation != "none":
            return self.request_response()
        return self.ask_out_of_band(
            options.instructions or "",
            metadata=options.metadata or {},
            with_conversation=options.input is None,
        )

    def _add(self, item: Item, *, turn: bool) -> Messages:
        call_id = item.call_id or ""
        if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
            return self.answer_tool(call_id, item.output or "")
        if item.kind is ItemKind.FUNCTION_CALL:
            return self.add_tool_call(call_id, item.name or "", item.arguments or "")
        text = " ".join(part.text for part in item.content if part.text)
        for part in item.content:
            if part.image_url is not None:
                return self.add_image(part.image_url, text, turn=turn)
            if part.audio is not None:
                return self.add_audio(part.audio, turn=turn)
        return self.add_text(text, item.role or Role.USER, turn=turn)


class Dialect(ABC):
    """A vendor's names and message shapes; each vendor derives its own."""

    name: str
    """Registry name."""
    session_class: type[DialectSession]
    """The caller's end of its sessions; what it overrides is what the dialect can do."""
    formats: tuple[AudioFormat, ...] = (AudioFormat.PCM16_24K,)
    """Audio formats that may be requested for the caller and for the agent."""
    lacks: tuple[str, ...] = ()
    """Settings of a ``SessionConfig`` that the vendor does not have."""
    outputs: tuple[str, ...] = ("audio",)
    """What the agent may be asked to answer in: "audio", "text"."""
    roles: tuple[str, ...] = ("system", "user", "assistant")
    """Roles whose text can be added to the conversation, if any can."""
    fixed: tuple[str, ...] = ()
    """Settings of a ``SessionConfig`` that may not change during the session."""
    settings: type[Any] | None = None
    """The model (``harness.api.Model``) of settings that no other vendor has: ``vendor:`` of a
    target file. A session gets them as ``wanted.vendor``."""
    needs_model: bool = False
    """Whether a session needs the name of a model."""
    reports_interruptions: bool = False
    """Whether the agent's silence can be heard when the caller speaks over it.

    That needs sessions that report interruptions (``Interrupted``, ``Followed.stops_playback``), or
    a service that sends its audio in real time. Otherwise audio that was sent ahead plays on, and a
    slow yield is unscorable.
    """

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the endpoint of the service at ``url`` for this model, with this key."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return Endpoint(url, headers)

    def lacking(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield the requested settings that the vendor does not have, and why."""
        for name in self.lacks:
            if getattr(wanted, name) is not None:
                yield name, f"{self.name} has no such setting; take it out"
        for kind in wanted.modalities or ():
            if kind not in self.outputs:
                yield "modalities", f"{self.name} answers in {' and '.join(self.outputs)} only"

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield the requested settings that this dialect cannot send, and why."""
        yield from self.lacking(wanted)
        for name in ("input_format", "output_format"):
            chosen: AudioFormat | None = getattr(wanted, name)
            if chosen is not None and chosen not in self.formats:
                known = ", ".join(each.value for each in self.formats)
                yield name, f"{self.name} has {known}; got {chosen.value}"

    def retiring(self, wanted: SessionConfig, url: str) -> Iterator[tuple[str, str]]:
        """Yield the requested models that will be retired at ``url``, and the suggested action."""
        yield from ()

    def session(self, wanted: SessionConfig) -> DialectSession:
        """Return the caller's end of a new session with these settings."""
        return self.session_class(wanted)

    def resumed(self, wanted: SessionConfig, resumption: str) -> DialectSession:
        """Return the caller's end of a session that resumes an earlier session.

        A dialect that overrides it can resume sessions; ``resumption`` is the earlier session's.
        """
        raise NotImplementedError(f"{self.name} cannot resume a session")


def can(spoken: Dialect, method: Callable[..., Any]) -> bool:
    """Return whether a dialect, or its session class, overrides a method of its base class."""
    name = method.__name__
    if hasattr(Dialect, name):
        return getattr(type(spoken), name) is not getattr(Dialect, name)
    return getattr(spoken.session_class, name) is not getattr(DialectSession, name)


def added_roles(spoken: Dialect) -> frozenset[str]:
    """Return the roles whose text can be added to a conversation."""
    return frozenset(spoken.roles if can(spoken, DialectSession.add_text) else ())


def can_retell(spoken: Dialect) -> bool:
    """Return whether a conversation can be added to a session that does not know it."""
    return {"user", "assistant"} <= added_roles(spoken)


DIALECTS: Factories[Dialect] = Factories(
    "dialect",
    "harness.dialects",
    {
        "openai_ga": "harness.protocol.openai.ga:OpenAiGa",
        "openai_beta": "harness.protocol.openai_beta.beta:OpenAiBeta",
        "gemini_live": "harness.protocol.gemini_live.dialect:GeminiLive",
        "openai_live": "harness.protocol.openai_live.live:OpenAiLive",
    },
)
"""Packages offer a callable without arguments that gives a ``Dialect``."""


def dialect(name: str) -> Dialect:
    """Return a dialect by name; raises like ``plugins.Factories.make``."""
    made = DIALECTS.make(name)
    if not isinstance(made, Dialect):
        problem = TypeError(f"{type(made).__name__} is no harness.protocol.dialect.Dialect")
        raise BrokenPlugin("dialect", name, problem)
    if (said := getattr(made, "name", None)) != name:
        wrong = ValueError(f"its name, perhaps inherited, is {said!r}; give it name = {name!r}")
        raise BrokenPlugin("dialect", name, wrong)
    if problem := _unusable(getattr(made, "session_class", None)):
        raise BrokenPlugin("dialect", name, TypeError(f"session_class: {problem}"))
    return made


def _unusable(made: object) -> str:
    if not (isinstance(made, type) and issubclass(made, DialectSession)):
        return "expected a class derived from harness.api.DialectSession"
    missing = sorted(made.__abstractmethods__)
    return f"{made.__name__} has no method {', '.join(missing)}" if missing else ""
