"""Starts the reference agent: in the caller's own loop, in a process of its own, or for good.

Only commands and the pytest plugin may do this; the harness itself knows any agent by its URL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.agent.desk.words import DESKS
from harness.agent.faults import CAUGHT_BY, MAY_END_AS, MAY_TRIP, AgentFault
from harness.agent.faults import fault as fault_named
from harness.agent.light.serving import serve_light
from harness.agent.server.known_utterances import utterances_of
from harness.agent.server.serving import (
    LANGUAGE,
    ServedAgent,
    serve,
)
from harness.calls.pipeline import ExpectedCaller
from harness.calls.plan import Job, RunPlan
from harness.calls.proof import PlantedFault
from harness.calls.real_time import Routes
from harness.calls.routes import Route, embedded_route, route_to
from harness.errors import OperationError
from harness.protocol.serving import server_half
from harness.scenario.load import LoadedScenario
from harness.session.clock import Clock
from harness.speech.base import hears, recognizer

READY = "reference agent at "
"""What ``harness agent`` prints before its address once it listens; before it, what kind it is."""

GA = "openai_ga"
"""The dialect in which our agent is called unless a target says otherwise."""

_NICENESS = 5
_END_S = 5.0
"""How long an agent of ours may take to end before it is killed."""


def planted(one: AgentFault) -> PlantedFault:
    """Return what the proof must know of a fault of our agent."""
    return PlantedFault(
        one.value,
        caught_by=frozenset(CAUGHT_BY[one]),
        may_trip=frozenset(MAY_TRIP[one]),
        may_end_as=frozenset(status.value for status in MAY_END_AS.get(one, ())),
    )


@dataclass(frozen=True, slots=True)
class Callers:
    """Who calls an agent in a process of its own: in which language, and from which scenarios."""

    language: str = LANGUAGE
    paths: tuple[Path, ...] = ()
    """Needed only where no recognizer knows the language."""


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


@asynccontextmanager
async def embedded_light_agent(
    clock: Clock, fault: str | None, spoken: str, caller: ExpectedCaller
) -> AsyncIterator[str]:
    """Serve the light agent in the running loop, on its clock; yields its URL.

    It takes what ``embedded_agent`` takes, and makes nothing of it.
    """
    async with serve_light(clock=clock) as server:
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

    ``spoken`` is the dialect that it is called in. The ``light`` one is for load and timing: it
    speaks the GA protocol alone, in English, has no faults, and calls ``tool`` once.

    It gives way to the harness where both want the processor: an agent that is served late was
    late, but audio that is read late would be measured wrong.

    Raises:
        OperationError: it did not come up.
    """
    command = [sys.executable, "-m", "harness", "agent", "--port", "0", "--until-eof"]
    command += ["--protocol", server_half(spoken).served_as]
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
    """Start the embedded agents that a plan needs, one per dialect and language; say who is where.

    Raises:
        OperationError: one cannot start.
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
