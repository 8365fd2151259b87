"""Serves the reference agent over WebSocket to clients of each protocol that it speaks."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_sockets
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from harness.agent import faults
from harness.agent.desk.policy import Desk
from harness.agent.desk.speech_acts import DeskWords, desk_named
from harness.agent.faults import AgentSwitch
from harness.agent.server.connection import AgentSocket, Engines, ServedConnection, Truth
from harness.agent.server.session import ServedSession
from harness.agent.server.session_state import DEFAULTS, Ids, Lifetime, not_served
from harness.agent.server.tts_and_asr import AgentTts, KnownUtterance, ears_for
from harness.errors import PortTaken, UnknownName
from harness.plugins import plugin_failure
from harness.protocol.commands import TRANSCRIPTION
from harness.protocol.events import ServerError
from harness.protocol.gemini_live.dialect import GeminiLive
from harness.protocol.items import ErrorInfo
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import ServerHalf
from harness.session.clock import Clock, RealClock

# Gives the memory of ended sessions back to the system.
#
# A session's memory is freed when it ends, but glibc keeps the pages: buffers of many sizes lie
# between each other, and each thread that spoke or listened has a heap of its own. After rounds of
# 300 answers at once that was several gigabytes of free memory.

_MOST_ENDED = 100
"""After this many ended sessions the memory is given back, even if others are open."""


class FreedMemory:
    """Counts the sessions of a server; gives memory back in a thread, in real time alone."""

    def __init__(self, clock: Clock, give_back: Callable[[], object] | None = None) -> None:
        self._give_back = give_back or _trim()
        self._gives_back = clock.name == RealClock.name
        self._open = self._ended = 0

    @contextmanager
    def session(self) -> Iterator[None]:
        """Count a session as open until the block ends."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._ended += 1
            if self._gives_back and (not self._open or self._ended >= _MOST_ENDED):
                self._ended = 0
                asyncio.get_running_loop().run_in_executor(None, self._give_back)


@cache
def _trim() -> Callable[[], object]:
    """Return the C library's function that gives free pages back; a no-op if it has none."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return int
    return lambda: trim(0)


LANGUAGE = "en"
"""The desk's default language."""

SEED = 7
"""Seed of the desk in a connection whose URL names no seed; its ids then have another seed."""

LONGEST_SESSION_S = 3600.0
"""The service's own limit."""

_PING_S = 20.0
"""A client without traffic for two of these is gone; virtual time has no such wait."""
_CLOSE_S = 0.5
"""The time that a client has for its close frame."""
_MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_SUBPROTOCOL = Subprotocol("realtime")
_BETA_HEADER, _BETA_VALUE = "OpenAI-Beta", "realtime=v1"
_BETA_SUBPROTOCOL = "openai-beta.realtime-v1"
_INTERNAL_ERROR = 1011
_REASON_BYTES = 123
"""Longest reason of a close frame (RFC 6455)."""
_REFUSED = 4000
"""The service's close code after an error that leaves no session."""
_BETA_DISABLED = ErrorInfo(
    "invalid_request_error",
    "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    code="beta_api_shape_disabled",
)
"""The service's text since the beta ended; ``--protocol openai_beta`` speaks the beta."""


@dataclass(frozen=True, slots=True)
class AgentServer:
    """A running reference agent."""

    host: str
    port: int
    path: str
    scheme: str = "ws"

    @property
    def url(self) -> str:
        """The URL for clients; ``?model=reference&seed=7&fault=NAME&language=de`` may follow."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The settings in a connection's URL."""

    seed: int
    ids: Ids
    fault: AgentSwitch | None
    words: DeskWords
    transcribes: bool
    """Whether it only transcribes, without answers."""
    kinds: Mapping[str, str]
    """Of arguments by name: ``?kinds=booking_code:id``."""


@dataclass(frozen=True, slots=True)
class ServedAgent:
    """The settings of a server's agent; a client's URL may request another fault or language."""

    fault: AgentSwitch | None = None
    language: str = LANGUAGE
    known: tuple[KnownUtterance, ...] = ()
    """All utterances that it understands in a language without a recognizer."""
    server_half: ServerHalf = field(default_factory=OpenAiGa)
    """The protocol that it speaks: the Realtime API by default."""
    engines: Engines | None = None
    """TTS and ASR in place of the engines of its language."""
    session_s: float | None = None
    """How long a session may last, over Gemini Live a connection; None for the service's limit."""
    truth: Truth | None = None
    """Receives the agent's own times (see ``connection.Truth``)."""

    def engines_for(self, words: DeskWords) -> Engines:
        """Return the TTS and ASR for the language of these words."""
        return self.engines or Engines(ears_for(words.language, self.known), AgentTts(words))


def has_session_limit(server_half: ServerHalf) -> bool:
    """Return whether ``session_s`` applies to a protocol; others have their own limits."""
    return isinstance(server_half, OpenAiGa | GeminiLive)


AGENT = ServedAgent()
"""The agent that a prompt describes, in its first language, over the Realtime API."""


@dataclass(frozen=True, slots=True)
class _Sessions:
    """The shared data of all sessions of a server."""

    agent: ServedAgent
    clock: Clock
    engines: Callable[[DeskWords], Engines]
    memory: FreedMemory

    async def handle(self, socket: ServerConnection) -> None:
        """Serve a connection until it closes."""
        with self.memory.session():
            try:
                await self._serve(socket)
            except Exception as error:  # the border of a session
                told = plugin_failure(error)
                if told is None:
                    raise
                reason = told.encode()[:_REASON_BYTES].decode(errors="ignore")
                await socket.close(_INTERNAL_ERROR, reason)

    async def _serve(self, socket: ServerConnection) -> None:
        assert isinstance(socket, AgentSocket)  # the type that create_connection makes
        assert socket.request is not None
        asked = self._asked(socket.request)
        ids, now_s = asked.ids, self.clock.now()
        server_end = self.agent.server_half.serve(lambda prefix: ids.new(prefix, self.clock.now()))
        if (error := self._hangs_up_on(socket.request)) is not None:
            for message in server_end.send(ServerError(error), now_s).messages:
                await socket.send(message)
            await socket.close(_REFUSED, f"{error.type}.{error.code}")
            return
        server_end.opened(now_s, self.agent.session_s)
        desk = Desk(asked.words, seed=asked.seed, fault=asked.fault, kinds=asked.kinds)
        await ServedConnection(
            socket,
            ServedSession(
                desk,
                fault=asked.fault,
                now_s=now_s,
                ids=ids,
                lifetime=self._lifetime(),
                config=replace(DEFAULTS, type=TRANSCRIPTION) if asked.transcribes else DEFAULTS,
            ),
            clock=self.clock,
            server_end=server_end,
            engines=self.engines(asked.words),
            truth=self.agent.truth,
        ).run()

    def _lifetime(self) -> Lifetime | None:
        """Return how long a session lasts; None if its protocol has no such limit."""
        if not isinstance(self.agent.server_half, OpenAiGa):
            return None
        return lifetime_of(self.clock, self.agent.session_s)

    def _hangs_up_on(self, request: Request) -> ErrorInfo | None:
        """Return the error for a client that gets no session, in the service's text."""
        if not isinstance(self.agent.server_half, OpenAiGa):
            return None
        if self.agent.server_half.name == OpenAiGa.name and _is_of_the_beta(request):
            return _BETA_DISABLED
        query = parse_qs(urlsplit(request.path).query)
        refused = not_served(query.get("model", [None])[-1])
        return None if refused is None else refused.info

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse a wrong path or query before the upgrade, with a message."""
        paths = self.agent.server_half.paths
        if request.path.partition("?")[0] not in paths:  # "//ws" is not a host
            served_at = " and ".join(paths)
            return socket.respond(HTTPStatus.NOT_FOUND, f"Sessions are served at {served_at}.\n")
        try:
            self._asked(request)
        except (UnknownName, ValueError) as error:
            return socket.respond(HTTPStatus.BAD_REQUEST, f"{error}\n")
        return None

    def _asked(self, request: Request) -> _Asked:
        """Read a URL's query; raises ValueError or UnknownName for invalid values."""
        query = parse_qs(urlsplit(request.path).query)
        named_seed = query.get("seed", [None])[-1]
        seed = named_seed or str(SEED)
        if not seed.isdecimal():
            raise ValueError(f"seed must be a whole number of 0 or more, got {seed!r}")
        named = query.get("fault", [None])[-1]
        fault = faults.fault(named) if named else self.agent.fault
        language = query.get("language", [self.agent.language])[-1]
        ids = Ids(secrets.randbits(64) if named_seed is None else int(seed))
        intent = query.get("intent", [None])[-1]
        told = query.get("kinds", [""])[-1].split(",")
        kinds = dict(each.split(":", 1) for each in told if ":" in each)
        transcribes = intent == TRANSCRIPTION
        return _Asked(int(seed), ids, fault, desk_named(language), transcribes, kinds)


@asynccontextmanager
async def serve(
    agent: ServedAgent = AGENT,
    *,
    clock: Clock,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[AgentServer]:
    """Serve until the block ends; every connection is a session of its own.

    ``port`` 0 takes a free port; with ``tls`` it is served by wss.

    Raises:
        PortTaken: the port is in use.
        UnknownName: it does not speak that language.
    """
    desk_named(agent.language)
    sessions = _Sessions(agent, clock, cache(agent.engines_for), FreedMemory(clock))
    try:
        server = await serve_sockets(
            sessions.handle,
            host,
            port,
            ssl=tls,
            process_request=sessions.check,
            select_subprotocol=_choose_subprotocol,
            compression=None,
            ping_interval=_PING_S if clock.name == RealClock.name else None,
            ping_timeout=_PING_S,
            close_timeout=_CLOSE_S,
            max_size=_MAX_MESSAGE_BYTES,
            create_connection=AgentSocket,
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise
    async with server:
        taken = next(iter(server.sockets)).getsockname()
        scheme = "ws" if tls is None else "wss"
        yield AgentServer(host, taken[1], agent.server_half.paths[0], scheme)


def lifetime_of(clock: Clock, session_s: float | None) -> Lifetime:
    """Return how long a session that begins now may last; None means the service's limit."""
    limit_s, now_s = session_s or LONGEST_SESSION_S, clock.now()
    today_s = time.time() if clock.name == RealClock.name else now_s
    return Lifetime(limit_s, now_s + limit_s, int(today_s + limit_s))


def _is_of_the_beta(request: Request) -> bool:
    """Return whether a client speaks the beta of 2024, by its header or its subprotocols."""
    told = ",".join(request.headers.get_all(_BETA_HEADER))
    offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
    return _names(told, _BETA_VALUE) or _names(offered, _BETA_SUBPROTOCOL)


def _names(header: str, value: str) -> bool:
    return value in (each.strip() for each in header.split(","))


def _choose_subprotocol(
    _socket: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    return _SUBPROTOCOL if _SUBPROTOCOL in offered else None
