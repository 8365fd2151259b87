"""A person calls in place of the script: the same target, session and tools, judged like any call.

The person's words and their times come from ASR after the call, and the recording says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.audio.pcm import Int16Array
from harness.caller.model import CallerScript
from harness.caller.utterances import with_values
from harness.errors import HarnessError, UsageError
from harness.importing.assemble import with_person_heard
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.report.listen_page import ASSETS, TalkPage, asset, talk_page
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, write_results
from harness.runs.call_result import not_called
from harness.runs.embedded import agents_for
from harness.runs.local_run import steady
from harness.runs.pipeline import finish, place
from harness.runs.plan import Job, Repeats, RunPlan, plan_jobs, sole
from harness.runs.preflight import check_scenarios, check_target
from harness.runs.processes import Stop, stop_signals
from harness.runs.rehearsal import one_scenario
from harness.runs.routes import Route
from harness.runs.run_folder import make_room
from harness.runs.run_results import now, results_of
from harness.scenario.catalog import load_target
from harness.scenario.target import Target
from harness.session.call_parts import Person
from harness.speech.base import hears, recognizer
from harness.speech.cache import cached_hearing
from harness.transport.browser_audio import BrowserAudio, ServedFile, serve_browser

_NO_SCRIPT = CallerScript((), (), None, {})


@dataclass(frozen=True, slots=True)
class TalkRequest:
    """The arguments of ``harness talk``: the scenario to take part in, and the target."""

    scenario: str
    out: Path
    places: tuple[Path, ...] = ()
    target: str = "reference"


def talk_plan(request: TalkRequest) -> RunPlan:
    """Return the one call to make.

    Raises:
        InputError: files or target are wrong, a person cannot talk with the target, or no ASR
            engine is available for the person's words.
    """
    loaded = one_scenario(request.scenario, request.places)
    check_scenarios((loaded,))
    target = sole(load_target(request.target, loaded.suite.folder))
    check_target(target)
    suite = loaded.suite.suite
    _check_speaks(target)
    if not hears(recognizer(suite.recognizer), suite.language):
        raise UsageError(
            f"{suite.recognizer} does not know the language {suite.language!r} of the suite, so "
            "nobody could tell what you say; name another recognizer in suite.yaml"
        )
    jobs = plan_jobs((loaded,), Repeats(1), target)
    return RunPlan(jobs=jobs, out=request.out, virtual=False, concurrency=1)


def _check_speaks(target: Target) -> None:
    """Refuse a target that a person cannot talk with; raises UsageError."""
    session, problem = target.session, ""
    if session.turn_detection == "none":
        problem = "session.turn_detection is none, which is push-to-talk: take server_vad"
    elif session.transcribes:
        problem = "session.type is transcription, which answers nothing: take realtime"
    elif session.output == "text":
        problem = "session.output is text, of which a person hears nothing: take audio"
    if problem:
        raise UsageError(f"target {target.target}: {problem}, to talk with it")


class TalkAudio(Protocol):
    """The person's audio."""

    async def called(self) -> None:
        """Wait until the person is on the line. Cancelling is safe."""
        ...

    async def listen(self, spoke: Callable[[Int16Array], None]) -> None:
        """Pass the microphone's audio to ``spoke`` until the person is gone. Cancelling is safe."""
        ...

    def play(self, samples: Int16Array) -> None:
        """Play a frame to the person; never waits."""
        ...

    def tell(self, words: str) -> None:
        """Show the person a sentence."""
        ...


OpenAudio = Callable[[Job], AbstractAsyncContextManager[TalkAudio]]
"""Opens the line of one call."""


@asynccontextmanager
async def page_audio(
    job: Job, *, port: int, show: Callable[[str], None]
) -> AsyncIterator[BrowserAudio]:
    """Serve the page from which a person calls; ``show`` takes its address. Raises PortTaken."""
    async with serve_browser(_files(job), port=port) as line:
        show(line.url)
        yield line


def talk(plan: RunPlan, line: OpenAudio, *, force: bool = False) -> RunResults:
    """Let the person call, judge the call and write results.json.

    The folder must be this process's alone. Ctrl-C hangs up, and the call is judged; a second one
    ends it as ``interrupted``, with the recording so far.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the person was on the line, or while the call is
            judged.
        UsageError: the folder holds another run.
        OperationError: the embedded agent or the line cannot be served.
    """
    make_room(plan.out, force=force)
    started_at, job = now(), plan.jobs[0]
    with ExitStack() as agents:
        route = agents_for(plan, agents)(job)
        with steady(), stop_signals() as stop:
            ended = asyncio.run(_Talk(job, route, plan.out, line=line, stop=stop).call())
    if ended is _Ended.NOBODY:
        raise KeyboardInterrupt
    if ended is _Ended.STOPPED:
        result = finish(plan.out, job)
    else:
        result = _judged(job, plan.out) if ended is None else ended
    stopped = ended is _Ended.STOPPED
    results = results_of((result,), plan, started_at=started_at, interrupted=stopped)
    write_results(plan.out / RESULTS, results)
    return results


class _Ended(Enum):
    """How Ctrl-C ended a talk, other than by a plain hang-up."""

    NOBODY = "before anybody was on the line"
    STOPPED = "at once"


class _Talk:
    """A call of a person, and the handling of requests to end it."""

    def __init__(self, job: Job, route: Route, out: Path, *, line: OpenAudio, stop: Stop) -> None:
        self._job, self._route, self._out = job, route, out
        self._line, self._stop = line, stop
        self._person: Person | None = None

    async def call(self) -> CallResult | _Ended | None:
        """Return None once the call is over and recorded; else why there is no call to judge."""
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(self._held())

        def asked() -> None:
            # The first Ctrl-C hangs up, so that the call ends by itself and can be judged.
            if self._person is not None and self._stop.asked == 1:
                self._person.hang_up()
            else:
                task.cancel()

        # A signal arrives outside of the loop, which must not be touched from there.
        with self._stop.listening(partial(loop.call_soon_threadsafe, asked)):
            try:
                return await task
            except asyncio.CancelledError:
                return _Ended.NOBODY if self._person is None else _Ended.STOPPED

    async def _held(self) -> CallResult | None:
        job = self._job
        async with self._line(job) as line:
            await line.called()
            opens = (job.loaded.scenario.opening or job.target.session.opening) == "agent"
            limit_s = job.loaded.scenario.limits.call_s
            self._person = person = Person(line.play, line.tell, call_s=limit_s, agent_opens=opens)
            listening = asyncio.create_task(_listen(line, person))
            try:
                spoilt = await place(job, _NO_SCRIPT, self._route, self._out, person=person)
                line.tell("The call is over and is being judged. The terminal has the report.")
            finally:
                listening.cancel()
        return spoilt


async def _listen(line: TalkAudio, person: Person) -> None:
    try:
        await line.listen(person.spoke)
    finally:
        # Also if the page was closed or its connection lost: nobody is on the line any more.
        person.hang_up()


def part_of(job: Job) -> TalkPage:
    """Return the person's briefing for their part."""
    scenario = job.loaded.scenario
    said = (turn.words for turn in scenario.turns)
    return TalkPage(
        scenario=scenario.name,
        description=scenario.description or "",
        target=job.target.target,
        call_s=scenario.limits.call_s,
        facts=tuple((name, fact.value) for name, fact in scenario.facts.items()),
        lines=tuple(with_values(words, scenario.facts) for words in said if words is not None),
    )


def _files(job: Job) -> dict[str, ServedFile]:
    page = talk_page(part_of(job)).encode()
    files = {name: ServedFile(asset(name), kind) for name, kind in ASSETS.items()}
    return files | {"": ServedFile(page, "text/html; charset=utf-8")}


def _judged(job: Job, out: Path) -> CallResult:
    """Transcribe the person's words, keep them with the recording, and judge the call."""
    suite = job.loaded.suite
    try:
        engine = cached_hearing(recognizer(suite.suite.recognizer))
        folder = job.folder(out)
        # No script has the person's words, so ASR supplies them before scoring.
        write_recording(folder, with_person_heard(read_recording(folder), engine, suite.language))
    except HarnessError as error:
        return not_called(job, error)
    return finish(out, job)
