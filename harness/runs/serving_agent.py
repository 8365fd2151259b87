"""Serves a reference agent until stopped, as ``harness agent`` does: the full or the light one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from harness.agent.desk.speech_acts import DeskWords, desk_named
from harness.agent.faults import fault as fault_named
from harness.agent.light.serving import serve_light
from harness.agent.light.settings import THINK_S, LightAgent
from harness.agent.server.connection import Truth
from harness.agent.server.serving import (
    LANGUAGE,
    AgentServer,
    ServedAgent,
    has_session_limit,
    serve,
)
from harness.agent.server.tls import own_certificate
from harness.agent.server.tts_and_asr import KnownUtterance, utterances_of, warm_up
from harness.caller.render import render_script, voices_for
from harness.errors import OperationError, StorageFailed, UsageError
from harness.judging.scorers.registry import known_options
from harness.protocol.dialect import server_half
from harness.protocol.openai.ga import OpenAiGa
from harness.runs.stopping import stop_signals
from harness.scenario.catalog import Selection, find
from harness.session.clock import RealClock

Ready = Callable[[str], object]

_Served: TypeAlias = AbstractAsyncContextManager[AgentServer]

_GARBAGE = 50_000


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """The options of ``harness agent``, as given."""

    host: str
    port: int
    protocol: str
    """The dialect to serve: one with a server half."""
    fault: str | None = None
    language: str = LANGUAGE
    callers: tuple[Path, ...] = ()
    """Scenarios whose callers it understands, in a language without a recognizer."""
    truth: Path | None = None
    tls: Path | None = None
    """The path for the certificate that its clients must trust; None serves without encryption."""
    until_eof: bool = False
    session_limit: float | None = None
    """Seconds that a session may last, if different from the service's limit."""
    light: bool = False
    """Whether it is the light agent, for load and timing."""
    think: float | None = None
    """Seconds that the light agent thinks."""
    at_once: int | None = None
    """How many answers the light agent thinks about at the same time."""
    tool: str | None = None
    """The tool that the light agent calls."""


def _known(paths: tuple[Path, ...]) -> Iterator[KnownUtterance]:
    """Yield every utterance that the callers of scenarios may say; raises InputError."""
    for loaded in find(paths, Selection(), known_options()) if paths else ():
        voices = voices_for(loaded.path)
        script = render_script(loaded.scenario, loaded.suite, seed=0, voices=voices)
        yield from utterances_of(script)


def serve_until_stopped(request: AgentRequest, ready: Ready) -> None:
    """Serve until Ctrl-C or SIGTERM, or, if requested, until standard input ends.

    ``ready`` is called with the URL once it listens, with voice and recognizer loaded.

    Raises:
        PortTaken: the port is in use.
        OperationError: the address cannot be listened on for another reason.
        UsageError: options that do not go together, or sessions that have no such limit.
        UnknownName: no such fault, protocol or language.
        BrokenPlugin: the package of the protocol cannot be loaded.
        InputError: the callers' files have faults.
        StorageFailed: the log of the truth or the certificate cannot be written.
        SpeechFailed: its voice or its recognizer cannot be loaded.
    """
    host, port = request.host, request.port
    with _truth_log(request.truth) as tell:
        try:
            served = _light(request, tell) if request.light else _whole(request, tell)
            asyncio.run(_serve(served, ready, until_eof=request.until_eof))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OperationError(f"cannot listen on {host}, port {port}: {reason}") from error


def _light(request: AgentRequest, tell: Truth | None) -> _Served:
    """Make the light agent; raises UsageError for options that it lacks."""
    lacking = (
        ("--protocol", request.protocol != OpenAiGa.name),
        ("--fault", request.fault is not None),
        ("--language", request.language != LANGUAGE),
        ("--callers", bool(request.callers)),
        ("--tls", request.tls is not None),
    )
    for option, asked in lacking:
        if asked:
            raise UsageError(
                f"{option} does not go with --light: the light agent speaks the GA protocol and "
                "English, understands nothing and has no faults; leave it out"
            )
    think_s = THINK_S if request.think is None else request.think
    agent = LightAgent(think_s, request.at_once, request.tool, request.session_limit, truth=tell)
    _leave_garbage_alone()
    return serve_light(agent, clock=RealClock(), host=request.host, port=request.port)


def _whole(request: AgentRequest, tell: Truth | None) -> _Served:
    """Make the full agent; raises UsageError for options that only the light agent has."""
    only_light = {"--think": request.think, "--at-once": request.at_once, "--tool": request.tool}
    for option, value in only_light.items():
        if value is not None:
            raise UsageError(f"{option} goes with --light: give both, or none")
    agent = ServedAgent(
        fault=fault_named(request.fault) if request.fault else None,
        language=request.language,
        known=tuple(_known(request.callers)),
        server_half=server_half(request.protocol),
        session_s=_session_s(request),
        truth=tell,
    )
    host = request.host
    tls = None if request.tls is None else own_certificate(host, request.tls)
    return _warm(
        serve(agent, clock=RealClock(), host=host, port=request.port, tls=tls),
        desk_named(request.language),
    )


@asynccontextmanager
async def _warm(served: _Served, words: DeskWords) -> AsyncIterator[AgentServer]:
    async with served as server:
        warm_up(words)
        yield server


def _leave_garbage_alone() -> None:
    """Keep the garbage collector away from long-lived objects, and have it run less often."""
    gc.collect()
    # Scanning objects that live as long as the server would pause all calls.
    gc.freeze()
    # A call's objects are freed by reference counting, except a few cycles.
    gc.set_threshold(_GARBAGE)


def _session_s(request: AgentRequest) -> float | None:
    """Return how long a session may last; raises UsageError if the protocol has no such time."""
    if request.session_limit is None:
        return None
    if not has_session_limit(server_half(request.protocol)):
        raise UsageError(
            f"--session-limit does not go with --protocol {request.protocol}: its sessions end by "
            "rules of their own; leave it out"
        )
    return request.session_limit


async def _serve(agent: _Served, ready: Ready, *, until_eof: bool) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    with stop_signals() as stop, stop.listening(lambda: loop.call_soon_threadsafe(over.set)):
        async with agent as it:
            ready(it.url)
            if until_eof:
                _watch_stdin(lambda: loop.call_soon_threadsafe(over.set))
            await over.wait()


def _watch_stdin(ended: Callable[[], object]) -> None:
    def watch() -> None:
        sys.stdin.buffer.read()
        with contextlib.suppress(RuntimeError):  # the loop may have ended for another reason
            ended()

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()


@contextmanager
def _truth_log(path: Path | None) -> Iterator[Truth | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("ab")
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    with file:

        def tell(entry: Mapping[str, Any]) -> None:
            file.write(orjson.dumps(entry) + b"\n")

        yield tell
