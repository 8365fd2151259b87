"""The results of a run besides its calls: callers' voices, costs, first writing."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.caller.render import CallerVoices, espeak_caller, unchosen_voice, voices_for
from harness.errors import StorageFailed
from harness.protocol.dialect import dialect
from harness.protocol.items import AudioFormat
from harness.results import aggregate
from harness.results.aggregate import Made
from harness.results.history.cost import cost, used_in
from harness.results.model import CallResult, RunCost, RunResults
from harness.results.store import RESULTS, write_results
from harness.runs.embedded import desk_language
from harness.runs.plan import Budget, Job, RunPlan
from harness.runs.routes import stored_target
from harness.scenario.domain import trade_note
from harness.scenario.load import LoadedScenario
from harness.scenario.model import Suite
from harness.scenario.target import Target
from harness.speech.base import hears, recognizer
from harness.text import counted

# The callers' default voices, noted once before the calls are made.

_EARS = "moonshine"
"""The reference agent's ASR engine; in languages without support, the agent uses no ASR."""

_NARROW, _NARROW_HZ = ("pcmu", "pcma"), 8000

_FLITE_SPEAKS = "en"
"""The language of the voice that ``harness fixtures render`` records."""


def voice_note(jobs: Iterable[Job]) -> str:
    """Return a note on how many scenarios use eSpeak by default; empty for none.

    Scenarios that name a voice, an engine or a pace, or whose lines are recorded, do not count.

    Raises:
        SpeechFailed: the manifest of recorded lines cannot be read.
    """
    # The same voice speaks a scenario in each condition.
    called = tuple({(one.path, one.scenario.name): one for one in _called(jobs)}.values())
    found = [(one, voice) for one, voice in _voices(called) if voice]
    if not found:
        return ""
    voices = ", ".join(dict.fromkeys(voice for _, voice in found))
    of = f"{len(found)} of {counted(len(called), 'scenario')}"
    return (
        f"eSpeak, a machine's voice, speaks the callers of {of} ({voices}): no lines are recorded "
        f"for them. {_recorded([one for one, _ in found])}; or choose one: `harness list voices`, "
        "then caller.voice (docs/reference/caller-audio.md)"
    )


def narrow_note(jobs: Iterable[Job]) -> str:
    """Return a note on how many scenarios have our agent hear eSpeak at 8 kHz; empty for none.

    Raises:
        SpeechFailed: the manifest of recorded lines cannot be read.
    """
    jobs = tuple(jobs)
    called = tuple(_called(job for job in jobs if _is_heard_at_8_khz(job)))
    # The recognizer mishears that audio, so a failed call does not show whether the agent is at
    # fault.
    found = [one for one in called if espeak_caller(one.scenario, one.suite, voices_for(one.path))]
    if not found:
        return ""
    of = f"{len(found)} of {counted(len(tuple(_called(jobs))), 'scenario')}"
    return (
        f"eSpeak speaks the callers of {of} at 8 kHz, and the reference agent's recognizer "
        "mishears one word in five of it there, and most of a spelled code: a call that fails may "
        "fail by its ears. Play recorded lines, or call at 24 kHz (docs/reference/caller-audio.md)"
    )


def _is_heard_at_8_khz(job: Job) -> bool:
    """Return whether the embedded agent's recognizer gets a caller's audio in telephone quality."""
    if job.target.url is not None or not hears(recognizer(_EARS), job.loaded.suite.suite.language):
        return False
    line = job.loaded.scenario.caller.line
    narrow = line is not None and (line.codec in _NARROW or line.band == "telephone")
    return narrow or AudioFormat(job.target.session.input_format).rate_hz == _NARROW_HZ


def _called(jobs: Iterable[Job]) -> Iterator[LoadedScenario]:
    """Yield each scenario once in each condition."""
    seen = set()
    for job in jobs:
        key = (job.loaded.path, job.loaded.scenario.name, job.condition)
        if key not in seen:
            seen.add(key)
            yield job.loaded


def _voices(called: Iterable[LoadedScenario]) -> Iterator[tuple[LoadedScenario, str]]:
    engines: dict[Path, CallerVoices] = {}
    for one in called:
        folder = one.path.parent
        if folder not in engines:
            engines[folder] = voices_for(one.path)
        yield one, unchosen_voice(one.scenario, one.suite, engines[folder])


def _recorded(unrecorded: list[LoadedScenario]) -> str:
    """Return the advice on how to record lines for these scenarios."""
    if any(one.suite.language.name != _FLITE_SPEAKS for one in unrecorded):
        return "Play your own recordings (`say: {file: …}`)"
    folders = {one.suite.folder for one in unrecorded}
    folder = shlex.quote(str(folders.pop())) if len(folders) == 1 else "SUITE"
    return (
        "Record them: `apt-get install flite && harness fixtures render "
        f"{folder} --into {folder}/audio_fixtures`"
    )


def results_of(
    calls: tuple[CallResult, ...], plan: RunPlan, *, started_at: str, interrupted: bool
) -> RunResults:
    """Return the results of a run, whose calls all went to the same target."""
    target = plan.jobs[0].target.whole
    clock = "virtual" if plan.virtual else "real"
    results = aggregate.results_of(
        calls,
        Made(
            started_at,
            target.target,
            clock,
            stored_target(target),
            interrupted,
            plan.fault or "",
            note_on(plan.jobs),
        ),
    )
    return with_cost(results, plan.budget)


def with_cost(results: RunResults, budget: Budget | None) -> RunResults:
    """Return results with the cost of all calls and attempts."""
    return replace(results, cost=_cost_of(results, budget))


def write_made(results: RunResults, plan: RunPlan, *, by: str) -> None:
    """Write the files of a run made by the command ``by``; raises StorageFailed.

    Nightly runs and load tests do this their own way; for them only the refusal applies.
    """
    try:
        write_results(plan.out / RESULTS, results)
    except StorageFailed as refused:
        if by != "harness run":
            raise
        way_on = f"make room, then `harness run --resume {plan.out}`"
        raise StorageFailed(refused.path, f"{refused.detail}; {way_on}") from refused


def _cost_of(results: RunResults, budget: Budget | None) -> RunCost | None:
    if budget is None:
        return None
    found = cost(used_in(results), budget.prices)
    currency = budget.prices.currency
    return RunCost(currency, found.amount, found.least, found.unpriced, budget.limit)


def note_on(jobs: tuple[Job, ...]) -> str:
    """Return a caveat on the verdicts of calls to an agent; empty if there is none."""
    suites = tuple({id(job.loaded.suite): job.loaded.suite.suite for job in jobs}.values())
    told = [suite.model_dump(mode="json", include={"tools"}) for suite in suites]
    url = jobs[0].target.url
    strange = (_unspoken(suite) for suite in suites if url is None)
    notes = (trade_note(told, url), *strange, *map(_unheard, suites), narrow_note(jobs))
    return "; ".join(note for note in dict.fromkeys(notes) if note)


def retiring_models(target: Target) -> tuple[tuple[str, str], ...]:
    """Return the models of a target with an announced end: model and date, and the advice."""
    if target.url is None:
        return ()
    asked = replace(target.session.wanted(), model=target.model)
    return tuple(dialect(target.dialect).retiring(asked, target.url))


def models_note(jobs: Iterable[Job]) -> str:
    """Return a note on which models of the targets will end; empty for none."""
    found = (each for job in jobs for each in retiring_models(job.target.whole))
    return "; ".join(f"{seen}: {advice}" for seen, advice in dict.fromkeys(found))


def _unspoken(suite: Suite) -> str:
    spoken = desk_language(suite.language)
    if suite.language.lower().startswith(spoken):
        return ""
    return f"the embedded reference agent answers callers of {suite.language!r} in {spoken!r}"


def _unheard(suite: Suite) -> str:
    if hears(recognizer(suite.recognizer), suite.language):
        return ""
    return (
        f"{suite.recognizer} does not know the language {suite.language!r}, so no recognizer "
        "listens: what the agent said is known from its own transcript alone"
    )


def now() -> str:
    """Return the time of day in the format of the results."""
    return datetime.now(UTC).isoformat(timespec="seconds")
