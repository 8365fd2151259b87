"""Starts the reference agent in this process or another, and reads the requests in its prompt.

Only commands and the pytest plugin may do this; the harness itself knows any agent by its URL.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from harness.agent.desk.rules import Behaviour, ReadSentence, Rules, Strength, read_rules
from harness.agent.desk.rules import read_sentences as sentences_of
from harness.agent.desk.speech_acts import DESKS, DeskWords, desk_named
from harness.agent.faults import CAUGHT_BY, MAY_END_AS, MAY_TRIP, AgentFault
from harness.agent.faults import fault as fault_named
from harness.agent.light.server import serve_light
from harness.agent.light.settings import THINK_S, LightAgent
from harness.agent.server.connection import Truth, own_certificate
from harness.agent.server.tts_and_asr import KnownUtterance, utterances_of, warm_up
from harness.agent.server.websocket_server import (
    LANGUAGE,
    AgentServer,
    ServedAgent,
    has_session_limit,
    serve,
)
from harness.caller.render import render_script, voices_for
from harness.errors import OperationError, StorageFailed, UsageError
from harness.judging.scorers.registry import known_options
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import server_half, server_halves
from harness.runs.pipeline import ExpectedCaller
from harness.runs.plan import Job, RunPlan
from harness.runs.processes import stop_signals
from harness.runs.proof import PlantedFault
from harness.runs.real_time import Routes
from harness.runs.routes import Route, embedded_route, route_to
from harness.scenario.catalog import Selection, find
from harness.scenario.domain import purpose_of, why_unusable
from harness.scenario.load import LoadedScenario, LoadedSuite
from harness.scenario.model import ToolKind
from harness.session.clock import Clock, RealClock
from harness.speech.base import hears, recognizer

READY = "reference agent at "
"""``harness agent`` prints this before its address once it listens; before this, its kind."""

GA = "openai_ga"
"""The dialect in which our agent is called unless a target says otherwise."""

_NICENESS = 5
_END_S = 5.0
"""How long an agent of ours may take to end before it is killed."""


def planted(one: AgentFault) -> PlantedFault:
    """Return the data on an agent's fault that the proof needs."""
    return PlantedFault(
        one.value,
        caught_by=frozenset(CAUGHT_BY[one]),
        may_trip=frozenset(MAY_TRIP[one]),
        may_end_as=frozenset(status.value for status in MAY_END_AS.get(one, ())),
    )


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of an agent in another process: their language, and their scenarios."""

    language: str = LANGUAGE
    paths: tuple[Path, ...] = ()
    """Needed only if no recognizer knows the language."""


def callers_of(scenarios: Iterable[LoadedScenario]) -> Callers:
    """Return the callers of scenarios in the same language."""
    found = tuple(scenarios)
    language = desk_language(found[0].suite.suite.language)
    known = hears(recognizer("moonshine"), language)
    return Callers(language, () if known else tuple(dict.fromkeys(one.path for one in found)))


def desk_language(tag: str) -> str:
    """Return the language that our agent speaks to callers: English, if it does not know theirs."""
    name = tag.lower().replace("_", "-").partition("-")[0]
    return name if name in DESKS.names() else LANGUAGE


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
    light: bool = False,
    tool: str | None = None,
) -> Iterator[str]:
    """Serve the reference agent in a process of its own, so that it cannot disturb our pacing.

    ``spoken`` is the dialect that it is called in. The ``light`` agent is for load and timing: it
    speaks the GA protocol alone, in English, has no faults, and calls ``tool`` once.

    It has a lower processor priority than the harness.

    Raises:
        OperationError: it did not come up.
    """
    command = [sys.executable, "-m", "harness", "agent", "--port", "0", "--until-eof"]
    command += ["--protocol", spoken]
    command += ["--fault", fault] if fault else []
    command += ["--truth", str(truth)] if truth else []
    command += ["--light"] if light else []
    command += ["--tool", tool] if tool else []
    command += ["--language", callers.language]
    command += [word for path in callers.paths for word in ("--callers", str(path))]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        # A delayed agent is measured as late, but audio that the harness reads late would be
        # measured wrong.
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        try:
            first = process.stdout.readline()
            if READY not in first:
                raise OperationError("the reference agent did not start; its reason stands above")
            yield first.partition(READY)[2].split()[0]
        finally:
            # It ends when its standard input does, so it also ends if we are killed.
            process.stdin.close()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def agents_for(plan: RunPlan, agents: ExitStack) -> Routes:
    """Start the embedded agents that a plan needs, by dialect and language; return the routes.

    Raises:
        OperationError: an agent cannot start.
    """
    own: dict[tuple[str, str], list[Job]] = {}
    for job in plan.jobs:
        if job.target.url is None:
            own.setdefault(_agent_of(job), []).append(job)
    urls = {
        key: agents.enter_context(
            agent_process(
                plan.fault,
                key[0],
                callers=ENGLISH if plan.light else callers_of(job.loaded for job in jobs),
                light=plan.light,
            )
        )
        for key, jobs in sorted(own.items())
    }

    def route(job: Job) -> Route:
        if job.target.url is None:
            return embedded_route(urls[_agent_of(job)], job.target, fault=plan.fault)
        return route_to(job.target)

    return route


def _agent_of(job: Job) -> tuple[str, str]:
    return job.target.dialect, desk_language(job.loaded.suite.suite.language)


# How the reference agent reads the prompt and the tools of a suite, and the parts that it ignores.
#
# It is not a language model, so a call may fail because it did not understand a relevant sentence.

_LEGEND = (
    "clear: shown in each call; vague: in 8 of 10; absent: in 1 of 10. How it reads: "
    "docs/reference/reference-agent.md"
)
_SHOWN = 100
"""Characters of a sentence that are shown."""


@dataclass(frozen=True, slots=True)
class PromptReading:
    """A suite as the reference agent reads it."""

    suite: LoadedSuite
    rules: Rules
    sentences: tuple[ReadSentence, ...]
    tools: tuple[tuple[str, str], ...]
    """Each tool with its use by the agent; empty if it cannot use the tool."""
    reasons: Mapping[str, str]
    """By tool, why the agent cannot use it."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """The sentences that it ignores."""
        return tuple(one.text for one in self.sentences if one.ignored)


def readings(scenarios: Iterable[LoadedScenario]) -> Iterator[PromptReading]:
    """Yield how the agent reads each of the suites of these scenarios."""
    suites = {(str(one.suite.folder), one.suite.instructions): one.suite for one in scenarios}
    for suite in suites.values():
        words = DESKS.get(desk_language(suite.suite.language)).prompts
        rules = read_rules(suite.instructions, words)
        sentences = tuple(sentences_of(suite.instructions, words))
        yield PromptReading(suite, rules, sentences, *_tools(suite))


def _tools(suite: LoadedSuite) -> tuple[tuple[tuple[str, str], ...], Mapping[str, str]]:
    """Return each tool with its use, and by tool the reason for having none."""
    tools, reasons = [], {}
    for tool in suite.suite.tools:
        purpose, idle = purpose_of(tool.name), tool.kind is ToolKind.NO_OP
        why = "" if idle else why_unusable(tool.model_dump(mode="json"))
        use = "wait" if idle else "" if why or purpose is None else purpose.value
        tools.append((tool.name, use))
        if why:
            reasons[tool.name] = why
    return tuple(tools), reasons


def reading_lines(read: Iterable[PromptReading]) -> Iterator[str]:
    """Yield for each suite, in a line, the used and the ignored parts of its prompt.

    Tools that it cannot use are named before the run (``scenario.trade.trade_note``).
    """
    for number, found in enumerate(read):
        line = _reading(found)
        yield line if number else f"the reference agent is no language model. {line}"


def _reading(found: PromptReading) -> str:
    taken = [_named(found, one) for one in Behaviour if one in found.rules.strengths]
    absent = [one.value for one in Behaviour if one not in found.rules.strengths]
    ignored, every = len(found.ignored), len(found.sentences)
    taken_in = ", ".join(taken) or "nothing"
    told = f"From the prompt of {found.suite.suite.suite!r} it took: {taken_in}"
    told += f"; nothing asks for: {', '.join(absent)}" if absent else ""
    told += f"; it ignored {ignored} of {every} sentences"
    folder = shlex.quote(str(found.suite.folder))
    return f"{told}. A call may fail for that: `harness agent --explain {folder}` shows which"


def explanation(found: PromptReading) -> str:
    """Return, in lines, how the agent reads a suite, sentence by sentence."""
    lines = [f"suite {found.suite.suite.suite}: what the reference agent takes from its prompt"]
    for one in Behaviour:
        strength = found.rules.strength(one).name.lower()
        lines.append(f"  {strength:7} {one.value:21} {_reason(found, one)}")
    lines += [f"  {name:29} {value}" for name, value in _facts(found.rules)]
    lines += ["tools"]
    for name, use in found.tools:
        lines += [f"  {name:29} {use or f'cannot be used: {found.reasons[name]}'}"]
    ignored = f"{len(found.ignored)} of {len(found.sentences)} sentences"
    lines += [f"ignored, also where it does so by itself: {ignored}"]
    lines += [f"  {_short(text)}" for text in found.ignored]
    return "\n".join((*lines, _LEGEND, ""))


def _named(found: PromptReading, behaviour: Behaviour) -> str:
    vague = found.rules.strength(behaviour) is Strength.VAGUE
    return f"{behaviour.value} (vague)" if vague else behaviour.value


def _reason(found: PromptReading, behaviour: Behaviour) -> str:
    """Return the sentence that asks for a behaviour most strongly."""
    asking = (one for one in found.sentences if behaviour in one.asks)
    strongest = max(asking, key=lambda one: one.asks[behaviour].value, default=None)
    return "no sentence asks for it" if strongest is None else _short(strongest.text)


def _facts(rules: Rules) -> Iterator[tuple[str, str]]:
    yield "orders on file", ", ".join(rules.orders) or "none: it takes only what it hears clearly"
    if rules.refund_limit is not None:
        yield "refund limit", f"{rules.refund_limit:g}"
    if rules.handover:
        yield "said when handing over", rules.handover


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


# Serves a reference agent until stopped, as ``harness agent`` does: the full or the light one.

Ready = Callable[[str], object]

_Served: TypeAlias = AbstractAsyncContextManager[AgentServer]

_GARBAGE = 50_000


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """The options of ``harness agent``, as given."""

    host: str
    port: int
    protocol: str
    """The dialect to serve."""
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
        UnknownName: no such fault, language or protocol.
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
        served, _ = server_halves()
        able = " or ".join(name for name in served if has_session_limit(server_half(name)))
        raise UsageError(
            f"--session-limit goes with --protocol {able}: sessions of {request.protocol} end by "
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
