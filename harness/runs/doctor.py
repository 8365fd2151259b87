"""``harness doctor``: one short call to a target, step by step, with a diagnosis.

The call takes the same path as any other call, so a result here holds there. It is not judged.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from harness.errors import ConnectFailed, UsageError
from harness.protocol.commands import TRANSCRIPTION, ConfigureSession
from harness.protocol.events import ResponseCreated, SessionCreated, SessionUpdated
from harness.recording.model import Direction, Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.embedded import agent_process, callers_of
from harness.runs.pipeline import place, prepare
from harness.runs.plan import Job, Repeats, plan_jobs, sole
from harness.runs.routes import Route, embedded_route, route_to
from harness.runs.run_results import retiring_models
from harness.scenario.catalog import default_paths, find, load_target
from harness.scenario.load import LoadedScenario
from harness.scenario.media_files import OwnAudio
from harness.scenario.model import Limits, Scenario
from harness.scenario.script import Line, Tongue, Turn
from harness.session.call_plan import OPEN_TIMEOUT_S
from harness.session.clock import RealClock
from harness.timeline.build import build
from harness.timeline.model import AgentUtterance, Timeline
from harness.timeline.utterances import is_transcription
from harness.transport.base import transport
from harness.transport.redaction import shown_url

# The findings of one short call, step by step, in words: the fault and the advice.
#
# Pure: a recording or an error becomes findings.

CLOCK_S = 5.0
"""A larger clock offset is reported: a server reports its time in whole seconds."""
SLOW_S = 3.0
"""A later answer is reported; callers say "hello?" by then."""
_SHOWN = 60
LATE_P99_S = 0.010
"""Frames that leave later than this show that the machine is too busy."""
_WHOLE = (CallStatus.COMPLETED, CallStatus.AGENT_SILENT)
_TURN_END = (
    "did it notice the end of the turn? Look at its turn detection, or press the button: "
    "`session: {turn_detection: none}`"
)
_EAGER = "look at its turn detection: how long does it wait until a pause is the end of a turn?"

_ADVICE = (
    ("HTTP 401|invalid_api_key|authentication_error|Incorrect API key", "is the variable in `auth`"
     " the key of this service, whole and without quotes?"),
    ("HTTP 403|permission_error", "may this key use this model, from this place?"),
    ("no key was minted: (HTTP 404|no `value`|it points to)", "is the address right? It is that of"
     " `url` with /client_secrets behind it, or what `auth: {client_secret: https://...}` names"),
    ("HTTP 404", "is the path of `url` right? OpenAI's ends in /v1/realtime"),
    ("HTTP 429|rate_limit_exceeded|insufficient_quota", "wait, close other sessions, or look at"
     " the limits and the balance of the account"),
    ("HTTP 5[0-9][0-9]", "the service itself fails: try again later, and look at its status page"),
    ("no key was minted", "is the server that mints keys running, and its address in `auth:"
     " {client_secret: ...}` right?"),
    ("beta_api_shape_disabled|openai_beta|openai_ga|\\bbeta\\b", "put the other `dialect` into the"
     " target: openai_ga for today's services, openai_beta for older ones"),
    ("model_not_found|\\bmodel\\b", "look at `model` in the target, and whether the key may use"
     " it"),
    ("\\btools?\\b", "the service takes the suite's tools as JSON Schema: look at the tool that it"
     " names, or let the agent have its own: `session: {tools: keep}`"),
    ("asked .+, served", "the service serves something else: may this key or deployment use what"
     " the target asks for in `session`?"),
    ("sounds like|speak PCM|we speak", "say what the service speaks:"
     " `session: {output_format: ..., input_format: ...}`"),
    ("answered in text", "the service must answer in sound: look at its output modalities;"
     " one that is to answer in text is asked for it: `session: {output: text}`"),
    ("not heard|base64", "the service's sound cannot be read: does it speak the `dialect` of the"
     " target?"),
    ("session_expired|longest time", "the session is older than the service allows"),
    ("did not come within", "does this service speak the `dialect` of the target?"),
    ("not JSON", "does this service speak the `dialect` of the target?"),
    ("dns:|host name", "is the host of `url` right, and does this machine reach a name server?"),
    ("tls:", "look at wss:// or ws:// in `url`, at the certificate, and at this machine's clock"),
    ("timeout:", "does a firewall or a proxy stand between?"),
    ("nobody listens at this address", ""),  # the message already contains the advice
    ("refused:|lost:", "is the server running, and host and port of `url` right?"),
    ("frames left", "this machine is too busy for a call: stop other work on it"),
)  # fmt: skip
"""Advice by a phrase of the message; the first match counts."""


class Verdict(Enum):
    """How a step went; a warning does not fail the examination."""

    OK = "ok"
    WARNING = "look"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: the observation, its duration, and the advice if the step did not go well."""

    step: str
    verdict: Verdict
    seen: str
    took_s: float | None = None
    advice: str = ""


def wrong(step: str, seen: str, advice: str = "") -> Finding:
    """Return a step that failed, with advice if there is any."""
    return Finding(step, Verdict.WRONG, seen, advice=advice or advice_on(seen))


def advice_on(seen: str) -> str:
    """Return the advice on a fault, empty if there is none."""
    for pattern, advice in _ADVICE:
        if re.search(pattern, seen, re.IGNORECASE):
            return advice
    return ""


def clock_finding(ahead_s: float) -> Finding:
    """Return the finding on this machine's clock, which is ``ahead_s`` ahead of the server's."""
    if abs(ahead_s) <= CLOCK_S:
        return Finding("clock", Verdict.OK, "agrees with the server's")
    where = "ahead of" if ahead_s > 0 else "behind"
    seen = f"this machine's clock is {abs(ahead_s):.0f} s {where} the server's"
    advice = "set it (NTP): keys that expire, and certificates, are judged by it"
    return Finding("clock", Verdict.WARNING, seen, advice=advice)


def findings(call: Recording) -> Iterator[Finding]:
    """Yield the findings on the session, the caller's line, the answer and our own frames."""
    detail = call.manifest.status_detail
    if not call.utterances:
        # Without an utterance the other steps have no data.
        yield wrong("session", detail or "the session ended before the caller spoke")
        return
    yield _session(call)
    said = call.utterances[0]
    yield Finding("say", Verdict.OK, _quoted(said.text), said.samples / call.caller.rate_hz)
    yield (_writing if is_transcription(call.manifest) else _answer)(call)
    if call.manifest.lateness is not None and call.manifest.lateness.p99_s is not None:
        late_s = call.manifest.lateness.p99_s
        busy = late_s > LATE_P99_S and call.manifest.clock == "real"
        seen = f"our frames left at most {1000 * late_s:.1f} ms late (p99)"
        advice = advice_on(seen) if busy else ""
        yield Finding("frames", Verdict.WARNING if busy else Verdict.OK, seen, advice=advice)


def _session(call: Recording) -> Finding:
    """Compare the session with the requested settings."""
    # The clock of a recording begins at the call, after the session is configured: times before it
    # are below 0.
    took_s = max(0.0, -call.messages[0].at_s)
    asked = next(
        (told.command.config for told in call.commands
         if isinstance(told.command, ConfigureSession)), None
    )  # fmt: skip
    found = [
        told.event.config
        for told in call.events
        if isinstance(told.event, SessionCreated | SessionUpdated)
    ]
    if asked is None or not found:
        return Finding("session", Verdict.OK, "stands", took_s)
    is_ = found[-1]
    wanted = {tool.name for tool in asked.tools or ()}
    missing = sorted(wanted - {tool.name for tool in is_.tools or ()})
    if is_.tools is not None and missing:
        seen = f"the session does not have the tool(s) {', '.join(missing)}"
        return Finding("session", Verdict.WARNING, seen, took_s, advice_on(seen))
    if call.manifest.differences:
        seen = "; ".join(map(str, call.manifest.differences))
        return Finding("session", Verdict.WARNING, seen, took_s, advice_on(seen))
    tools = f"{len(wanted)} tools" if wanted else ""
    writes = is_.transcription_model if asked.type == TRANSCRIPTION else None
    told = f"{writes} writes down what is said" if writes else ""
    parts = (is_.model, f"voice {is_.voice}" if is_.voice else "", tools, told)
    return Finding("session", Verdict.OK, ", ".join(filter(None, parts)) or "stands", took_s)


def _answer(call: Recording) -> Finding:
    """Return how the whole line was answered; an utterance before its end is not an answer."""
    manifest, spoken = call.manifest, build(call)
    if manifest.status not in _WHOLE:
        return wrong("answer", manifest.status_detail)
    if not spoken.waits or spoken.waits[0].utterance is None:
        return wrong("answer", *_silence(call, spoken))
    wait, early = spoken.waits[0], _too_early(spoken)
    answer = spoken.agent[spoken.waits[0].utterance]
    how = "in text" if answer.as_text else f"{answer.span.duration_s:.1f} s of sound"
    seen = f"{_quoted(answer.claimed)} ({how})"
    if early is not None:
        before = "" if early is answer else f"{_quoted(early.claimed)}, then "
        seen = f"answered before the caller had finished: {before}{seen}"
        return Finding("answer", Verdict.WARNING, seen, wait.took_s, _EAGER)
    if wait.took_s is not None and wait.took_s > SLOW_S:
        slow = f"callers wait {wait.took_s:.1f} s: look at the region, the model and its reasoning"
        return Finding("answer", Verdict.WARNING, seen, wait.took_s, slow)
    return Finding("answer", Verdict.OK, seen, wait.took_s)


def _too_early(spoken: Timeline) -> AgentUtterance | None:
    """Return the first utterance that began during the line; a greeting does not count."""
    line = spoken.caller[0].span
    inside = (each for each in spoken.agent if line.start_s < each.span.start_s < line.end_s)
    return next(inside, None)


def _writing(call: Recording) -> Finding:
    """Return the transcript of the caller's line, for targets that only transcribe."""
    manifest, heard = call.manifest, build(call)
    if manifest.status not in _WHOLE:
        return wrong("words", manifest.status_detail)
    for each in heard.transcribed:
        if each.failed:
            return wrong("words", f"nothing was written down: {each.failed}")
    words = " ".join(filter(None, (each.text for each in heard.transcribed)))
    if not words:
        seen = f"nothing was written down of what was said ({_received(call)} messages came)"
        return wrong("words", seen, _TURN_END)
    waited_s = heard.transcribed[-1].at_s - heard.caller[0].span.end_s
    if waited_s > SLOW_S:
        slow = f"the words come {waited_s:.1f} s after the speech: look at the region and the model"
        return Finding("words", Verdict.WARNING, _quoted(words), waited_s, slow)
    return Finding("words", Verdict.OK, f"{_quoted(words)} (written down)", waited_s)


def _received(call: Recording) -> int:
    return sum(message.direction is Direction.RECEIVED for message in call.messages)


def _silence(call: Recording, spoken: Timeline) -> tuple[str, str]:
    """Return how far an agent came that did not answer the line, and the advice."""
    said_s = spoken.caller[0].span.end_s
    if any(each.span.start_s >= said_s for each in spoken.agent):
        return "the agent answered without sound", "does its voice work? Look at the server's log"
    if spoken.agent:
        early = _quoted(spoken.agent[0].claimed)
        return f"{early} came before the caller had finished, and then no answer", _EAGER
    if len(call.agent_generated):
        return "the agent's sound is all silence", "does its voice work? Look at the server's log"
    if any(isinstance(told.event, ResponseCreated) for told in call.events):
        return "the agent began an answer without any sound", (
            "look at its output modalities, and at the tools it waits for"
        )
    seen = f"the agent did not answer ({_received(call)} messages came)"
    # The first part says that no answer came, as this finding does.
    others = call.manifest.status_detail.partition("; ")[2]
    return "; ".join(filter(None, (seen, others))), _TURN_END


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"
    return f'"{shown}"' if shown else "without words"


CALL_S = 40.0
"""The longest duration of the call."""

Tell = Callable[[Finding], object]
"""Shows a step as soon as it is over."""


@dataclass(frozen=True, slots=True)
class Examination:
    """How it ended; None if the target was not reached."""

    status: CallStatus | None
    found: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        """Whether no step failed."""
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
    """Make the call and report each step; the recording is written to ``out``.

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

    Raises UsageError if no scenario has a line.
    """
    for loaded in scenarios:
        for turn in loaded.scenario.turns:
            if turn.say is not None and turn.cue is None and not turn.audio_item:
                said = (Turn(say=_plain(turn.say)),)
                return replace(loaded, scenario=_short(loaded.scenario, turns=said))
    raise UsageError("no scenario here has a line to say; name a suite whose callers speak")


def _plain(line: str | Line | OwnAudio) -> str | Line | OwnAudio:
    """Return a line without pauses and noises: an eager agent answers in a pause."""
    if not isinstance(line, tuple):
        return line
    pieces: list[str | Tongue] = []
    for piece in line:
        if isinstance(piece, Tongue):
            pieces.append(piece)
        elif isinstance(piece, str):
            # The texts around a removed pause become one: they would otherwise be spoken apart.
            joins = bool(pieces) and isinstance(pieces[-1], str)
            pieces.append(f"{pieces.pop()} {piece}" if joins else piece)
    only = pieces[0]
    return only if len(pieces) == 1 and isinstance(only, str) else tuple(pieces)


def _short(scenario: Scenario, **more: object) -> Scenario:
    # Whatever could delay the line or keep the call going is left out.
    alone = {"answers": (), "history": (), "opening": "caller", "limits": Limits(call_s=CALL_S)}
    return scenario.model_copy(update={**alone, **more, "name": "doctor"})


def _route(job: Job, agents: ExitStack) -> Route:
    if job.target.url is not None:
        return route_to(job.target)
    callers = callers_of((job.loaded,))
    url = agents.enter_context(agent_process(None, job.target.dialect, callers=callers))
    return embedded_route(url, job.target)


async def examined(job: Job, route: Route, out: Path, tell: Tell) -> CallStatus | None:
    """Make the call on this route; return how it ended, None if the target was not reached."""
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
    """Find the host, open a connection and close it again; return whether it opened."""
    url = route.url_for(job)
    host = urlsplit(url).hostname
    # A proxy looks the name up itself; this machine may not be able to.
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
    # Only some transports know the time of the server.
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
