"""One short call to a target, step by step: name, key, connection, clock, session, one line.

Everything goes the way of any call, so what works here works there. Nothing is judged.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from harness.calls.pipeline import place, prepare
from harness.calls.plan import Job, Repeats, plan_jobs, sole
from harness.calls.routes import Route, embedded_route, route_to
from harness.errors import ConnectFailed, UsageError
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.scenario.catalog import default_paths, find
from harness.scenario.load import LoadedScenario
from harness.scenario.model import Limits, Scenario
from harness.scenario.own_audio import OwnAudio
from harness.scenario.script import Line, Tongue, Turn
from harness.scenario.targets import load_target
from harness.session.clock import RealClock
from harness.session.plan import OPEN_TIMEOUT_S
from harness.transport.base import transport
from harness.transport.redaction import shown_url
from harness.workflows.diagnosis import Finding, Verdict, clock_finding, findings, wrong
from harness.workflows.embedded import agent_process, callers_of
from harness.workflows.run_results import retiring_models

CALL_S = 40.0
"""The longest that the one call may take."""

Tell = Callable[[Finding], object]
"""Shows a step as soon as it is over."""


@dataclass(frozen=True, slots=True)
class Examination:
    """How it ended; None where nobody was reached."""

    status: CallStatus | None
    found: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        """Whether no step went wrong."""
        return all(finding.verdict is not Verdict.WRONG for finding in self.found)


def examination_of(target: str, paths: tuple[Path, ...]) -> Job:
    """Return the one call: the first line of a suite, to this target.

    Raises:
        InputError: anything wrong in files, options or environment.
    """
    loaded = one_line(find(paths or default_paths()))
    (job,) = plan_jobs((loaded,), Repeats(1, None), sole(load_target(target, loaded.suite.folder)))
    return job


def examine(job: Job, out: Path, tell: Tell) -> Examination:
    """Make the call and tell each step; the recording lies in ``out``.

    Raises:
        InputError: the target cannot be called.
        OperationError: the embedded agent cannot start.
    """
    found: list[Finding] = []

    def noted(finding: Finding) -> None:
        found.append(finding)
        tell(finding)

    with ExitStack() as agents:
        route = _route(job, agents)
        status = asyncio.run(examined(job, route, out, noted))
    return Examination(status, tuple(found))


def one_line(scenarios: tuple[LoadedScenario, ...]) -> LoadedScenario:
    """Return the first scenario that has a line to say, with that line alone.

    Raises UsageError where none has.
    """
    for loaded in scenarios:
        for turn in loaded.scenario.turns:
            if turn.say is not None and turn.cue is None and not turn.audio_item:
                said = (Turn(say=_plain(turn.say)),)
                return replace(loaded, scenario=_short(loaded.scenario, turns=said))
    raise UsageError("no scenario here has a line to say; name a suite whose callers speak")


def _plain(line: str | Line | OwnAudio) -> str | Line | OwnAudio:
    """Return a line without what stands between its words: an eager agent answers in a pause."""
    if not isinstance(line, tuple):
        return line
    pieces: list[str | Tongue] = []
    for piece in line:
        if isinstance(piece, Tongue):
            pieces.append(piece)
        elif isinstance(piece, str):
            joins = bool(pieces) and isinstance(pieces[-1], str)
            pieces.append(f"{pieces.pop()} {piece}" if joins else piece)
    only = pieces[0]
    return only if len(pieces) == 1 and isinstance(only, str) else tuple(pieces)


def _short(scenario: Scenario, **more: object) -> Scenario:
    alone = {"answers": (), "history": (), "opening": "caller", "limits": Limits(call_s=CALL_S)}
    return scenario.model_copy(update={**alone, **more, "name": "doctor"})


def _route(job: Job, agents: ExitStack) -> Route:
    if job.target.url is not None:
        return route_to(job.target)
    callers = callers_of((job.loaded,))
    url = agents.enter_context(agent_process(None, job.target.dialect, callers=callers))
    return embedded_route(url, job.target)


async def examined(job: Job, route: Route, out: Path, tell: Tell) -> CallStatus | None:
    """Make the call on this route; return how it ended, None where nobody was reached."""
    for seen, advice in retiring_models(job.target.whole):
        tell(Finding("model", Verdict.WARNING, seen, advice=advice))
    if not await _reached(job, route, tell):
        return None
    script = prepare(job)
    if isinstance(script, CallResult):
        tell(wrong("caller", script.status_detail))
        return CallStatus.CALLER_INVALID
    spoilt = await place(job, script, route, out)
    folder = job.folder(out)
    if spoilt is not None:
        tell(wrong("session", spoilt.status_detail))
        return None
    call = read_recording(folder)
    for finding in findings(call):
        tell(finding)
    return call.manifest.status


async def _reached(job: Job, route: Route, tell: Tell) -> bool:
    """Find the host, open a connection and close it again; return whether it stood."""
    url = route.url_for(job)
    host = urlsplit(url).hostname
    if host and not _is_address(host) and not getproxies():
        known = await _name(host)
        tell(known)
        if known.verdict is Verdict.WRONG:
            return False
    headers = await _headers(route, tell)
    if headers is None:
        return False
    clock = RealClock()
    began_s = clock.now()
    try:
        wire = await transport(job.target.transport)(
            url, headers=headers, open_timeout_s=OPEN_TIMEOUT_S
        )
    except ConnectFailed as error:
        tell(wrong("connect", f"{error.kind}: {error.detail}"))
        return False
    tell(Finding("connect", Verdict.OK, "the connection stands", clock.now() - began_s))
    told_s = getattr(wire, "server_time_s", None)
    if told_s is not None:
        tell(clock_finding(clock.wall() - told_s))
    await wire.close()
    return True


async def _headers(route: Route, tell: Tell) -> Mapping[str, str] | None:
    """Return the headers of a connection as a call has them; None if its key cannot be minted."""
    mint = route.mint()
    if mint is None:
        return route.headers
    clock = RealClock()
    began_s = clock.now()
    try:
        headers = await mint.minted(route.headers, timeout_s=OPEN_TIMEOUT_S)
    except ConnectFailed as error:
        tell(wrong("key", f"{error.kind}: {error.detail}"))
        return None
    seen = f"a key for one connection was minted at {shown_url(mint.url)}"
    tell(Finding("key", Verdict.OK, seen, clock.now() - began_s))
    return headers


async def _name(host: str) -> Finding:
    clock = RealClock()
    began_s = clock.now()
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        return wrong("name", f"dns: {host} is unknown here: {error.strerror or error}")
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    seen = f"{host} is {', '.join(list(addresses)[:3])}"
    return Finding("name", Verdict.OK, seen, clock.now() - began_s)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
