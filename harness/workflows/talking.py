"""A person calls in place of the script: the same target, session and tools, judged like any call.

What the person says stands in no script, so their words and where they lie are heard afterwards,
and the recording says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.caller.model import CallerScript
from harness.caller.utterances import with_values
from harness.calls.local import steady
from harness.calls.pipeline import finish, not_called, place
from harness.calls.plan import Job, Repeats, RunPlan, plan_jobs
from harness.calls.routes import Route
from harness.errors import HarnessError, UsageError
from harness.importing.sessions import with_person_heard
from harness.recording.store import read_recording, write_recording
from harness.report.listen.talk_page import ASSETS, TalkPage, asset, talk_page
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, write_results
from harness.scenario.targets import load_target
from harness.session.person import Person
from harness.speech.base import hears, recognizer
from harness.speech.cache import cached_hearing
from harness.transport.browser_line import BrowserLine, ServedFile, serve_line
from harness.workflows.calling import agents_for, check_scenarios, check_target, now, results_of
from harness.workflows.rehearsing import one_scenario
from harness.workflows.room import make_room

_NO_SCRIPT = CallerScript((), (), None, {})


@dataclass(frozen=True, slots=True)
class TalkRequest:
    """The words of ``harness talk``: the scenario to take part in, and whom to call."""

    scenario: str
    out: Path
    places: tuple[Path, ...] = ()
    target: str = "reference"
    port: int = 0
    force: bool = False


def talk_plan(request: TalkRequest) -> RunPlan:
    """Return the one call to make.

    Raises:
        InputError: files or target are wrong, the target wants a button pressed for each turn, or
            nobody could hear what the person says.
    """
    loaded = one_scenario(request.scenario, request.places)
    check_scenarios((loaded,))
    target = load_target(request.target, loaded.suite.folder)
    check_target(target)
    suite = loaded.suite.suite
    if target.session.turn_detection == "none":
        raise UsageError(
            f"target {target.target}: session.turn_detection is none, which is push-to-talk; a "
            "person needs a target that hears when they stop, such as server_vad"
        )
    if not hears(recognizer(suite.recognizer), suite.language):
        raise UsageError(
            f"{suite.recognizer} does not know the language {suite.language!r} of the suite, so "
            "nobody could tell what you say; name another recognizer in suite.yaml"
        )
    jobs = plan_jobs((loaded,), Repeats(1), target)
    return RunPlan(jobs=jobs, out=request.out, virtual=False, concurrency=1)


def talk(plan: RunPlan, request: TalkRequest, show: Callable[[str], None]) -> RunResults:
    """Serve the page, make the call, judge it and write results.json; ``show`` takes the address.

    The folder must be this process's alone. Ctrl-C ends the call, and nothing is judged.

    Raises:
        UsageError: the folder holds another run.
        OperationError: the embedded agent or the page cannot be served.
    """
    make_room(plan.out, force=request.force)
    started_at, job = now(), plan.jobs[0]
    with ExitStack() as agents:
        route = agents_for(plan, agents)(job)
        with steady():
            spoilt = asyncio.run(_call(job, route, plan.out, port=request.port, show=show))
    result = spoilt or _judged(job, plan.out)
    results = results_of((result,), plan, started_at=started_at, interrupted=False)
    write_results(plan.out / RESULTS, results)
    return results


async def _call(
    job: Job, route: Route, out: Path, *, port: int, show: Callable[[str], None]
) -> CallResult | None:
    async with serve_line(_files(job), port=port) as line:
        show(line.url)
        await line.called()
        opens = (job.loaded.scenario.opening or job.target.session.opening) == "agent"
        limit_s = job.loaded.scenario.limits.call_s
        person = Person(line.play, call_s=limit_s, agent_opens=opens)
        listening = asyncio.create_task(_listen(line, person))
        try:
            spoilt = await place(job, _NO_SCRIPT, route, out, person=person)
            line.tell("The call is over and is being judged. The terminal has the report.")
        finally:
            listening.cancel()
    return spoilt


async def _listen(line: BrowserLine, person: Person) -> None:
    try:
        await line.listen(person.spoke)
    finally:
        person.hang_up()


def _files(job: Job) -> dict[str, ServedFile]:
    scenario = job.loaded.scenario
    said = (turn.words for turn in scenario.turns)
    page = TalkPage(
        scenario=scenario.name,
        description=scenario.description or "",
        target=job.target.target,
        call_s=scenario.limits.call_s,
        facts=tuple((name, fact.value) for name, fact in scenario.facts.items()),
        lines=tuple(with_values(words, scenario.facts) for words in said if words is not None),
    )
    files = {name: ServedFile(asset(name), kind) for name, kind in ASSETS.items()}
    return files | {"": ServedFile(talk_page(page).encode(), "text/html; charset=utf-8")}


def _judged(job: Job, out: Path) -> CallResult:
    """Hear what the person said, keep it with the recording, and judge the call."""
    suite = job.loaded.suite
    try:
        engine = cached_hearing(recognizer(suite.suite.recognizer))
        folder = job.folder(out)
        write_recording(folder, with_person_heard(read_recording(folder), engine, suite.language))
    except HarnessError as error:
        return not_called(job, error)
    return finish(out, job)
