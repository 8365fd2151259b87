"""The interface of a dialect: a vendor's protocol for the client and for the server, without I/O.

A vendor's package gives a ``Dialect``, and that gives a ``DialectSession`` for every call. The
session owns all that is the vendor's: who speaks first and when the session stands, which rules of
order hold, how an answer is asked for, what an interruption is and what must be told of it, which
errors end a session, formats, URL and key. The call knows events and commands only.

Some have a server's half, too (``serving.py``), so that the reference agent can speak them.

Defaults are for the vendor that says least: no handshake, no rules, no way to truncate or cancel.
Text messages are ``str``, binary ones ``bytes``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

from harness.errors import BrokenPlugin, UnknownName
from harness.plugins import Factories
from harness.protocol.commands import AppendAudio, ClientCommand, Difference, SessionConfig
from harness.protocol.events import ServerEvent
from harness.protocol.items import AudioFormat

PASSED_OVER = "the message was passed over"
UNHEARD = "its audio was not heard"


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing in a message that its vendor does not allow; ``effect`` is what was lost by it."""

    detail: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    ``id`` is the name under which the server may complain about it, "" where it has none; ``says``
    is the command in it, None for what concerns nobody but the vendor (an answer to a ping).
    ``shown`` is what a recording keeps of it, where it holds a secret.
    """

    message: str | bytes
    says: ClientCommand | None = None
    id: str = ""
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Inferred:
    """An event that no message says: the session concludes it from the one at hand."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a dialect makes of one message.

    ``kind`` is the vendor's own word for it, for people to read; ``replies`` must be sent at once.
    ``json`` tells that it is a JSON object: the recording then keeps it without its sound.
    ``shown`` is what a recording keeps of it, where it holds a secret.
    """

    kind: str
    events: tuple[ServerEvent | Inferred, ...] = ()
    breaches: tuple[Breach, ...] = ()
    replies: tuple[Outgoing, ...] = ()
    json: bool = False
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What an event does here: what is illegal about it, and whether playback must stop first."""

    breaches: tuple[str, ...] = ()
    stops_playback: bool = False


@dataclass(frozen=True, slots=True)
class CloseMeaning:
    """What a service says by closing the connection, in words.

    ``failed``: it reports an error, and has no message to report one with; else it is leaving, and
    the agent has not hung up. ``expired``: it leaves because its longest time has passed.
    """

    words: str
    failed: bool = True
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a session is opened, and with which headers; these may hold a key."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class DialectSession(ABC):
    """One session with one server; a vendor's own derives from it."""

    now_s: float = 0.0
    """When the message came that is read, in seconds on a clock that only runs forward."""

    def opening(self) -> tuple[Outgoing, ...]:
        """Return what the caller's end sends before the server has said anything."""
        return ()

    def closing(self) -> tuple[Outgoing, ...]:
        """Return what the caller's end sends before it hangs up; the server's answer is awaited."""
        return ()

    @property
    def over(self) -> bool:
        """Whether the server has said its last word, where it says one."""
        return True

    @property
    def hung_up(self) -> bool:
        """Whether the server has said that it ended the session, whether or not the socket ends."""
        return False

    @property
    def awaited(self) -> str | None:
        """The message without which no call can begin, in the vendor's word; None once it came."""
        return None

    @property
    def refused(self) -> str | None:
        """Why there will be no session, in words; None while there may be one."""
        return None

    @property
    def undecided(self) -> str:
        """Why an answer that goes on behind the caller's turn may be two, in words; else empty."""
        return ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What of the session is not as it was asked for, as far as the service tells."""
        return ()

    @property
    def resumption(self) -> str | None:
        """With what another connection goes on where this session stands; it is a secret.

        None where a new session knows nothing of what was said.
        """
        return None

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that the service gave in confidence, as a ``resumption``: no file may hold them."""
        return ()

    @property
    def greeting_request(self) -> ClientCommand | None:
        """The command that makes an agent speak first; None for one that greets by itself."""
        return None

    def closed(self, code: int, reason: str) -> CloseMeaning | None:
        """Return what a close with this code means here; None for what it means everywhere."""
        return None

    @abstractmethod
    def receive(self, message: str | bytes) -> Incoming:
        """Take one message; ids that it leaves out may stay empty.

        Raises:
            Malformed: it cannot be used; that is told, and the call goes on.
        """

    def follow(self, event: ServerEvent) -> Followed:
        """Take note of an event once it has its ids, and say what it does here."""
        return Followed()

    @abstractmethod
    def send(self, command: ClientCommand) -> tuple[Outgoing, ...]:
        """Return the messages of a command; none where the vendor has no such thing."""

    appends_alike = False
    """Whether ``append`` makes the same message of the same sound whenever it is asked, and changes
    nothing: frames may be encoded long before they are due, and thrown away."""

    def append(self, audio: bytes) -> Outgoing:
        """Return the message that carries caller audio, already in the session's format."""
        (message,) = self.send(AppendAudio(audio))
        return message


class Dialect(ABC):
    """One vendor's names and shapes; a vendor's own derives from it."""

    name: str
    """Registry name."""
    formats: tuple[AudioFormat, ...] = (AudioFormat.PCM16_24K,)
    """What may be asked for, for the caller's audio and for the agent's."""
    lacks: tuple[str, ...] = ()
    """Settings of a ``SessionConfig`` that it has no words for."""
    takes_items: bool = False
    """Whether a client may put words into the conversation: typed ones, or what was before."""
    takes_remarks: bool = False
    """Whether words of the system can be put in while it runs, though it takes no items."""
    takes_sounds: bool = False
    """Whether sound can be put into the conversation in one piece, too."""
    takes_images: bool = False
    """Whether it can be shown a picture."""
    roles: tuple[str, ...] = ("system", "user", "assistant")
    """Whose words can be put into the conversation, where any can."""
    answers_out_of_band: bool = False
    """Whether it can be asked for an answer that is no part of the conversation."""
    takes_approvals: bool = False
    """Whether its servers may ask for approval of a tool, and can be answered."""
    takes_updates: bool = False
    """Whether the settings of a session may change while it runs."""
    fixed: tuple[str, ...] = ()
    """Those that may not, of a ``SessionConfig``."""
    resumes: bool = False
    """Whether another connection can go on where a session stands (``resumption``)."""
    needs_model: bool = False
    """Whether no session can be opened without the name of a model."""

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return how to reach the service at ``url`` for this model, with this key."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return Endpoint(url, headers)

    def lacking(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield those that it has no words for."""
        for name in self.lacks:
            if getattr(wanted, name) is not None:
                yield name, f"{self.name} has no such setting; take it out"

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield the settings of the wanted session that this dialect cannot ask for, and why."""
        yield from self.lacking(wanted)
        for name in ("input_format", "output_format"):
            chosen: AudioFormat | None = getattr(wanted, name)
            if chosen is not None and chosen not in self.formats:
                known = ", ".join(each.value for each in self.formats)
                yield name, f"{self.name} has {known}; got {chosen.value}"

    def retiring(self, wanted: SessionConfig, url: str) -> Iterator[tuple[str, str]]:
        """Yield which models of the wanted session at ``url`` will end, and what to do about it."""
        yield from ()

    @abstractmethod
    def session(self, wanted: SessionConfig) -> DialectSession:
        """Return the caller's end of a new session that is to be like this."""

    def resumed(self, wanted: SessionConfig, resumption: str) -> DialectSession:
        """Return the caller's end of a session that goes on where another one stood.

        Asked of those only that say ``resumes``.
        """
        raise NotImplementedError(f"{self.name}: nothing resumes a session")


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
    if made.resumes and type(made).resumed is Dialect.resumed:
        missing = TypeError("it says `resumes`, and has no method resumed")
        raise BrokenPlugin("dialect", name, missing)
    return made


# The server's half of a dialect, so that the reference agent can speak it, without I/O.
#
# It gives a ``ServerEnd`` for every connection. The agent thinks in events and commands as
# OpenAI's Realtime API has them; where a vendor's conversation is another one, its server session
# plays the part of the client for it.

NewId: TypeAlias = Callable[[str], str]
"""Makes an id of a server's, which begins with this prefix (``event`` for its messages)."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a server's end does about something: messages leave first, then commands take effect.

    ``truth`` is what only it knows of time, for the agent's own log. ``over`` hangs up behind the
    messages, with this code and reason.
    """

    messages: tuple[str | bytes, ...] = ()
    commands: tuple[ClientCommand, ...] = ()
    truth: tuple[Mapping[str, Any], ...] = ()
    over: bool = False
    code: int = 1000
    reason: str = ""


class ServerEnd(ABC):
    """The server's end of one connection, between a client and the agent; a vendor's own derives.

    Times are seconds on the server's clock. What is to happen later is told by ``next_due``.
    """

    def opened(self, now_s: float, limit_s: float | None) -> None:  # noqa: B027  # few care
        """Note that a client is there, and how long it may stay, if not as long as ever."""

    @abstractmethod
    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Take a client's message; raises WireFault, for the error that answers it."""

    @abstractmethod
    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Take an event of the agent; nothing may come of it now, or at all."""

    def next_due(self) -> float | None:
        """Return when ``tick`` should be called, None if nothing is planned."""
        return None

    def tick(self, now_s: float) -> Served:
        """Do what is due."""
        return Served()


@runtime_checkable
class ServerHalf(Protocol):
    """The other end of a dialect, which only a server needs."""

    served_as: str
    """What ``harness agent --protocol`` calls it."""
    paths: tuple[str, ...]
    """Where it is served; the first is the one that is told."""

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        ...


def server_halves() -> dict[str, ServerHalf]:
    """Return the server halves of the harness's own dialects, by what they are served as."""
    made = (DIALECTS.make(name) for name in DIALECTS.builtin)
    return {half.served_as: half for half in made if isinstance(half, ServerHalf)}


def server_half(name: str) -> ServerHalf:
    """Return the server half of a dialect by the dialect's name; raises UnknownName."""
    half = dialect(name)
    if not isinstance(half, ServerHalf):
        known = (each for each in DIALECTS.builtin if isinstance(DIALECTS.make(each), ServerHalf))
        raise UnknownName("protocol of the embedded agent", name, tuple(known))
    return half
