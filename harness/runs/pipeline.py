"""A job: speak the caller's lines, call, listen, score; and the results of failed jobs."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.caller.model import CallerScript
from harness.caller.render import render_script, voices_for
from harness.errors import HarnessError, RecordingDamaged, StorageFailed
from harness.judging.judge import Judged, judge
from harness.protocol.dialect import dialect
from harness.recording.manifest import load_manifest
from harness.recording.provenance import FORMAT, CallStatus, Manifest
from harness.recording.saving import pack, store_recognition
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.results.model import CallResult
from harness.runs.call_result import not_called, result_of, without_call
from harness.runs.plan import Job
from harness.runs.processes import at
from harness.runs.recognition import listen
from harness.runs.routes import Route, embedded_route, stored_target
from harness.scenario.model import Scenario, Suite
from harness.session.call import run_call
from harness.session.call_parts import Person
from harness.session.call_plan import CallPlan
from harness.session.clock import Clock, RealClock, VirtualClock
from harness.session.recording_thread import scribe_of
from harness.session.tool_sources import CallNotices, ToolSources
from harness.session.virtual_time import run_virtual
from harness.session.webhook import hooked
from harness.speech.base import hears, recognizer
from harness.speech.cache import cached_hearing
from harness.timeline.utterances import is_text_session, is_transcription
from harness.transport.redaction import Handles
from harness.transport.retry import Doorkeeper

# The data of a call before it begins, for its recording; the harness's own lateness in a call.

EPOCH = "2000-01-01T00:00:00+00:00"
"""The start time of a virtual call: it has no real time, and its files must not differ by it."""


def manifest_of_call(
    job: Job,
    script: CallerScript,
    route: Route,
    clock: Clock,
    pacing: Mapping[str, object] | None = None,
) -> Manifest:
    """Return the data of a call as it begins; ``pacing``: of the process that paces it."""
    virtual = clock.name == "virtual"
    plain = manifest_of(job, job.loaded.scenario, job.loaded.suite.suite)
    return replace(
        plain,
        machine=plain.machine if pacing is None else {**plain.machine, "pacing": pacing},
        fault=route.fault or "",
        target=stored_target(route.target),
        target_path=job.target.file,
        clock=clock.name,
        started_at=EPOCH if virtual else datetime.now(UTC).isoformat(timespec="milliseconds"),
        engines=script.engines,
        reports_interruptions=dialect(route.target.dialect).reports_interruptions,
    )


def manifest_of(job: Job, scenario: Scenario, suite: Suite) -> Manifest:
    """Return the data of any call before it begins; uses the given ``scenario`` and ``suite``.

    The clock is the real one, and the start time of the call is left open.
    """
    loaded = job.loaded
    return Manifest(
        format=FORMAT,
        harness_version=__version__,
        call_id=job.recording.as_posix(),
        scenario=scenario.model_dump(mode="json", by_alias=True),
        scenario_path=loaded.path.as_posix(),
        scenario_hash=loaded.hash,
        prompt_hash=loaded.prompt_hash,
        condition=job.condition,
        cell=job.cell,
        suite=suite.model_dump(mode="json", by_alias=True),
        instructions=loaded.suite.instructions,
        target=stored_target(job.target),
        seed=job.seed,
        repeat=job.repeat,
        clock="real",
        started_at="",
        machine=_machine(),
    )


def own_lateness_s(folder: Path) -> float | None:
    """Return how late our frames left in a recorded call (p99); None if there is no record."""
    try:
        lateness = load_manifest(folder).lateness
    except RecordingDamaged:  # no recording: the call never came about
        return None
    return None if lateness is None else lateness.p99_s


def _machine() -> dict[str, object]:
    """Return the description of this machine for manifests."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


@dataclass(frozen=True, slots=True)
class ExpectedCaller:
    """The caller of an embedded agent: the language, and every utterance that may occur."""

    language: str
    script: CallerScript


Embedded = Callable[[Clock, str | None, str, ExpectedCaller], AbstractAsyncContextManager[str]]
"""Serves an agent in the running loop with a fault or without, in a dialect; yields its URL.

It crosses into worker processes, so it is a function of a module.
"""


@dataclass(frozen=True, slots=True)
class VirtualOrder:
    """A whole call in virtual time, as handed to a worker process."""

    job: Job
    out: Path
    embedded: Embedded
    fault: str | None


@dataclass(frozen=True, slots=True)
class Paced:
    """A call's data from a process that paces several calls."""

    noted: Mapping[str, object]
    """Facts about that process for the recording."""
    doors: Doorkeeper
    """The queue of all calls of its server while the server is full."""


def prepare(job: Job) -> CallerScript | CallResult:
    """Speak the caller's lines; returns a call result if speech synthesis fails."""
    loaded = job.loaded
    at(f"{job.label}: speaking the caller's lines")
    try:
        return render_script(
            loaded.scenario,
            loaded.suite,
            seed=job.seed,
            voices=voices_for(loaded.path),
        )
    except HarnessError as error:
        return without_call(job, CallStatus.CALLER_INVALID, str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the worker border: one caller, not the run
        return not_called(job, error)
    finally:
        at("")


def caller_s(job: Job) -> float:
    """Return how long the caller's turns last; 0 if speech synthesis fails."""
    script = prepare(job)
    if isinstance(script, CallResult):
        return 0.0
    return sum(clip.audio.duration_s for clip in script.turns)


def call_virtually(order: VirtualOrder) -> CallResult:
    """Make and judge a call in virtual time, with the agent in the same loop."""
    script = prepare(order.job)
    if isinstance(script, CallResult):
        return script

    async def call() -> CallResult | None:
        clock = VirtualClock()
        target = order.job.target
        caller = ExpectedCaller(order.job.loaded.suite.suite.language, script)
        async with order.embedded(clock, order.fault, target.dialect, caller) as url:
            route = embedded_route(url, target, fault=order.fault)
            return await place(order.job, script, route, order.out, clock=clock)

    at(f"{order.job.label}: calling")
    try:
        spoilt = run_virtual(call())
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the worker border: a bug in the agent, for example
        return not_called(order.job, error)
    finally:
        at("")
    return spoilt or finish(order.out, order.job)


async def place(
    job: Job,
    script: CallerScript,
    route: Route,
    out: Path,
    *,
    clock: Clock | None = None,
    sources: ToolSources | None = None,
    person: Person | None = None,
    paced: Paced | None = None,
) -> CallResult | None:
    """Make a call and record it; return a result only if an error prevented the call.

    ``sources`` report the tools of the agent's server for several calls; without them the call
    opens those of its target for itself. A ``person`` speaks in place of the script. ``paced``: by
    a process that paces several calls.

    This is the border of a call: no error in it may end the other calls. Cancelling hangs up,
    finishes the recording and passes the cancellation on.
    """
    watch = clock or RealClock()
    handles = Handles()
    try:
        pacing = None if paced is None else paced.noted

        def begun() -> RecordingWriter:
            manifest = manifest_of_call(job, script, route, watch, pacing)
            return RecordingWriter(job.folder(out), manifest)

        writer = await _opened(begun, watch)
        doors = None if paced is None else paced.doors
        plan = replace(_call_plan(job, script, route), handles=handles, doors=doors)
        try:
            async with _notices(route, job.loaded.suite.suite, watch, sources) as notices:
                if notices is not None:
                    headers, url = notices.headers(plan.headers), notices.url(plan.url)
                    plan = replace(plan, headers=headers, url=url)
                await run_call(plan, clock=watch, writer=writer, notices=notices, person=person)
        finally:
            writer.close()  # closed already, except after a bug
    except Exception as error:  # noqa: BLE001  # the call border: a bug in one call is its result
        return not_called(job, error, secrets=route.secrets, handles=handles)
    return None


def _call_plan(job: Job, script: CallerScript, route: Route) -> CallPlan:
    suite, target = job.loaded.suite, route.target
    return CallPlan(
        scenario=job.loaded.scenario,
        suite=suite.suite,
        instructions=suite.instructions,
        script=script,
        url=route.url_for(job),
        seed=job.seed,
        repeat=job.repeat,
        transport=target.transport,
        dialect=target.dialect,
        model=target.model,
        headers=route.headers,
        secrets=route.secrets,
        session=target.session,
        vendor=route.vendor,
        mint=route.mint(),
        rejoins=target.on_expiry == "reconnect",
    )


async def _opened(begun: Callable[[], RecordingWriter], clock: Clock) -> RecordingWriter:
    """Begin a recording; in real time in a thread, since other calls use the loop."""
    if clock.name != "real":
        return begun()
    writers: list[RecordingWriter] = []
    try:
        scribe = scribe_of(asyncio.get_running_loop())
        await scribe.write(lambda: writers.append(begun()))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not writers or task is None:
            raise
        task.uncancel()
        task.cancel()  # again, at the call's first step: it finishes the recording
    return writers[0]


@asynccontextmanager
async def _notices(
    route: Route, suite: Suite, clock: Clock, sources: ToolSources | None
) -> AsyncIterator[CallNotices | None]:
    """Receive the server's tool reports during one call, if its target defines how."""
    settings, tools = route.target.tools_from, [tool.name for tool in suite.tools]
    if settings is None:
        yield None
    elif sources is not None:
        with sources.call(tools) as notices:
            yield notices
    else:
        async with hooked(settings, clock, secret=route.hook_secret) as own:
            with own.call(tools) as notices:
                yield notices


def finish(out: Path, job: Job) -> CallResult:
    """Transcribe the recorded call, if the job wants that, judge it, and draw its page."""
    folder = job.folder(out)
    try:
        judged = judge(read_recording(folder))
        if job.listened and is_heard(judged.recording.manifest):
            judged = with_what_is_heard(judged, folder, job.label)
        at(f"{job.label}: judging")
        result = result_of(judged, job.recording.as_posix())
        with suppress(StorageFailed):  # the WAV tracks stay: larger, but equivalent
            pack(folder, judged.recording)
        if job.draw is not None:
            job.draw(result, judged, folder)
        return result
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the worker border: the recording stays
        return not_called(job, error)
    finally:
        at("")


def with_what_is_heard(judged: Judged, folder: Path, label: str) -> Judged:
    """Return the call with the transcript of the suite's recognizer, which is stored next to it.

    It stays unchanged if the recognizer does not know the language: a wrong transcript would count
    against the agent.
    """
    suite, language = judged.call.suite, judged.call.language
    engine = cached_hearing(recognizer(suite.recognizer))
    if not hears(engine, suite.language):
        return judged
    heard = listen(judged, engine, language, tell=lambda what: at(f"{label}: {what}"))
    store_recognition(folder, heard)
    return judged.recognized_as(heard)


def is_heard(manifest: Manifest) -> bool:
    """Return whether a call has audio that must be transcribed before it is judged."""
    sound = manifest.origin is None or manifest.origin.sound
    sound = sound and not (is_text_session(manifest) or is_transcription(manifest))
    return sound and manifest.status in (CallStatus.COMPLETED, CallStatus.AGENT_SILENT)
