"""Starts the reference agent: in the caller's own loop, in a process of its own, or for good.

Only commands and the pytest plugin may do this; the harness itself knows any agent by its URL.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from harness.agent.desk.words import DESKS, DeskWords, desk_named
from harness.agent.faults import CAUGHT_BY, MAY_TRIP, AgentFault
from harness.agent.faults import fault as fault_named
from harness.agent.server.connection import Truth
from harness.agent.server.known_utterances import KnownUtterance, utterances_of
from harness.agent.server.serving import (
    LANGUAGE,
    AgentServer,
    ServedAgent,
    has_session_limit,
    serve,
)
from harness.agent.server.tls import own_certificate
from harness.agent.server.tts_and_asr import warm_up
from harness.caller.render import render_script, voices_for
from harness.calls.pipeline import ExpectedCaller
from harness.calls.proof import PlantedFault
from harness.calls.stopping import stop_signals
from harness.errors import OperationError, StorageFailed, UsageError
from harness.protocol.session import server_half, server_halves
from harness.scenario.catalog import Selection, find
from harness.scenario.load import LoadedScenario
from harness.scorers.registry import known_options
from harness.session.clock import Clock, RealClock
from harness.speech.base import hears, recognizer

READY = "reference agent at "
"""What ``harness agent`` prints before its address once it listens."""

GA = "openai_ga"
"""The dialect in which our agent is called unless a target says otherwise."""

Ready = Callable[[str], object]

_NICENESS = 5
_END_S = 5.0
"""How long an agent of ours may take to end before it is killed."""


def planted(one: AgentFault) -> PlantedFault:
    """Return what the proof must know of a fault of our agent."""
    return PlantedFault(one.value, frozenset(CAUGHT_BY[one]), frozenset(MAY_TRIP[one]))


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls an agent in a process of its own: in which language, and from which scenarios."""

    language: str = LANGUAGE
    paths: tuple[Path, ...] = ()
    """Needed only where no recognizer knows the language."""


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """The options of ``harness agent``, as given."""

    host: str
    port: int
    protocol: str
    """What a server half is served as."""
    fault: str | None = None
    language: str = LANGUAGE
    callers: tuple[Path, ...] = ()
    """Scenarios whose callers it understands, in a language that no recognizer knows."""
    truth: Path | None = None
    tls: Path | None = None
    """Where the certificate goes that its clients must trust; None serves without encryption."""
    until_eof: bool = False
    session_limit: float | None = None
    """Seconds that a session may last, where it is to be another time than the service's."""


def callers_of(scenarios: Iterable[LoadedScenario]) -> Callers:
    """Return who calls from scenarios of one language."""
    found = tuple(scenarios)
    language = desk_language(found[0].suite.suite.language)
    known = hears(recognizer("moonshine"), language)
    return Callers(language, () if known else tuple(dict.fromkeys(one.path for one in found)))


def desk_language(tag: str) -> str:
    """Return what our agent speaks to callers of a language: English, if it does not know it."""
    name = tag.lower().replace("_", "-").partition("-")[0]
    return name if name in DESKS.names() else LANGUAGE


def _known(paths: tuple[Path, ...]) -> Iterator[KnownUtterance]:
    """Yield all that the callers of scenarios may say; raises InputError for faults in files."""
    for loaded in find(paths, Selection(), known_options()) if paths else ():
        voices = voices_for(loaded.path)
        script = render_script(loaded.scenario, loaded.suite, seed=0, voices=voices)
        yield from utterances_of(script)


@asynccontextmanager
async def embedded_agent(
    clock: Clock, fault: str | None, spoken: str, caller: ExpectedCaller
) -> AsyncIterator[str]:
    """Serve the reference agent in the running loop, on its clock; yields its URL.

    ``spoken`` is the dialect that it is called in.
    """
    agent = ServedAgent(
        fault=fault_named(fault) if fault else None,
        language=desk_language(caller.language),
        known=utterances_of(caller.script),
        server_half=server_half(spoken),
    )
    async with serve(agent, clock=clock) as server:
        yield server.url


ENGLISH = Callers()


@contextmanager
def agent_process(
    fault: str | None,
    spoken: str = GA,
    *,
    callers: Callers = ENGLISH,
    truth: Path | None = None,
) -> Iterator[str]:
    """Serve the reference agent in a process of its own, so that it cannot disturb our pacing.

    ``spoken`` is the dialect that it is called in.

    It gives way to the harness where both want the processor: an agent that is served late was
    late, but audio that is read late would be measured wrong.

    Raises:
        OperationError: it did not come up.
    """
    command = [sys.executable, "-m", "harness", "agent", "--port", "0", "--until-eof"]
    command += ["--protocol", server_half(spoken).served_as]
    command += ["--fault", fault] if fault else []
    command += ["--truth", str(truth)] if truth else []
    command += ["--language", callers.language]
    command += [word for path in callers.paths for word in ("--callers", str(path))]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        try:
            first = process.stdout.readline()
            if not first.startswith(READY):
                raise OperationError("the reference agent did not start; its reason stands above")
            yield first.removeprefix(READY).strip()
        finally:
            # It ends when its standard input does, so it also ends if we are killed.
            process.stdin.close()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def serve_until_stopped(request: AgentRequest, ready: Ready) -> None:
    """Serve until Ctrl-C or SIGTERM, or, if it is to be so, until standard input ends.

    ``ready`` is called with the URL once it listens, with voice and recognizer loaded.

    Raises:
        PortTaken: the port is in use.
        OperationError: the address cannot be listened on for another reason.
        UsageError: sessions of this protocol have no such limit.
        UnknownName: no such fault, or no such language.
        InputError: the callers' files have faults.
        StorageFailed: the log of the truth or the certificate cannot be written.
        SpeechFailed: its voice or its recognizer cannot be loaded.
    """
    host, port = request.host, request.port
    fault = fault_named(request.fault) if request.fault else None
    with _truth_log(request.truth) as tell:
        agent = ServedAgent(
            fault=fault,
            language=request.language,
            known=tuple(_known(request.callers)),
            server_half=server_halves()[request.protocol],
            session_s=_session_s(request),
            truth=tell,
        )
        try:
            tls = None if request.tls is None else own_certificate(host, request.tls)
            served = serve(agent, clock=RealClock(), host=host, port=port, tls=tls)
            words = desk_named(request.language)
            asyncio.run(_serve(served, words, ready, until_eof=request.until_eof))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OperationError(f"cannot listen on {host}, port {port}: {reason}") from error


def _session_s(request: AgentRequest) -> float | None:
    """Return how long a session may last; raises UsageError where the protocol has no such time."""
    if request.session_limit is None:
        return None
    halves = server_halves()
    if not has_session_limit(halves[request.protocol]):
        able = " or ".join(name for name, half in halves.items() if has_session_limit(half))
        raise UsageError(
            f"--session-limit goes with --protocol {able}: sessions of {request.protocol} end by "
            "rules of their own; leave it out"
        )
    return request.session_limit


async def _serve(
    agent: AbstractAsyncContextManager[AgentServer],
    words: DeskWords,
    ready: Ready,
    *,
    until_eof: bool,
) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    with stop_signals() as stop, stop.listening(lambda: loop.call_soon_threadsafe(over.set)):
        async with agent as it:
            warm_up(words)
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
