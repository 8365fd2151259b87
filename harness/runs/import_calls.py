"""``harness import``: plans, converts and judges stored calls."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.errors import Fault, FaultyFiles, RecordingDamaged, UsageError
from harness.importing.audio_call import Told
from harness.importing.json_files import CallFacts, Place, read_call_facts
from harness.importing.messages import with_offered
from harness.importing.model import NO_AUDIO, WENT_BACK, SourceKind
from harness.importing.redaction import anonymous
from harness.importing.sources import Source, find_sources
from harness.judging.scorers.registry import known_options
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.recording.manifest import load_manifest
from harness.results import aggregate
from harness.results.aggregate import Made
from harness.results.gates.limits import Judge, default_gate
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews
from harness.results.store import RESULTS, read_results, reviewed, write_results
from harness.runs.local_run import run_in_workers, workers_by_default
from harness.runs.plan import Job, RunPlan, slug_of, unique
from harness.runs.processes import stop_signals
from harness.runs.rescore import CALLS, recorded_calls
from harness.runs.routes import stored_target
from harness.runs.run_folder import (
    Keep,
    dated_folder,
    is_comparison,
    keep_recordings,
    make_room,
)
from harness.runs.run_results import now
from harness.runs.run_suite import Watch
from harness.runs.stored_call import UNDER_WAY, StoredJob, digest_of, import_call
from harness.scenario.catalog import find, scenario_files
from harness.scenario.fault_text import PLACEHOLDER, listed, texts_with_facts
from harness.scenario.load import (
    SUITE_FILE,
    LoadedScenario,
    LoadedSuite,
    load_suite,
    stored_scenario,
)
from harness.scenario.model import Fact, Scenario, Suite
from harness.scenario.target import Target
from harness.units import MOST_SEED

# The plan for stored calls: which calls there are, and the scenario and facts of each.

AGENT = "imported"
"""The default name of the agent of stored calls."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """The options of ``harness import``, as given."""

    sources: tuple[Path, ...]
    suite: Path
    out: Path | None = None
    facts: Path | None = None
    kind: str | None = None
    agent: str = AGENT
    caller_channel: str | None = None
    caller: str | None = None
    shift: float = 0.0
    redact: bool = False
    resume: bool = False
    force: bool = False
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The plan: jobs, the source files of each, and the notes for the user."""

    run: RunPlan
    orders: Mapping[Path, StoredJob]
    """By the job's place in the run."""
    resume: bool
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Faults in files of single calls; these calls are in the plan anyway."""

    def in_folder(self, out: Path) -> ImportPlan:
        """Return the same plan for another folder."""
        orders = {place: replace(order, out=out) for place, order in self.orders.items()}
        return replace(self, run=replace(self.run, out=out), orders=orders)


def planned_import(request: ImportRequest) -> ImportPlan:
    """Read everything but audio, and return the plan.

    A call whose files are wrong is in the plan, with its faults; the other calls are judged.

    Raises:
        InputError: wrong options or suite, a wrong file of facts, or no call without a fault.
    """
    told = Told(request.caller_channel or "", request.caller or "", request.shift)
    suite = load_suite(_suite_place(request.suite), known_options())
    scenarios = _scenarios(request.suite, suite)
    kind = SourceKind(request.kind) if request.kind is not None else None
    # Both may lie in the folder of the calls, and are no calls.
    without = tuple(filter(None, (request.facts, request.out)))
    if request.out is not None and any(_same(request.out, one) for one in request.sources):
        raise UsageError(f"{request.out} holds the calls; give another folder with --out")
    sources = find_sources(request.sources, kind=kind, told=told, without=without)
    rows = read_call_facts(request.facts) if request.facts is not None else {}
    calls = _with_all_facts(sources, rows, scenarios, request.facts)
    faults = tuple(fault for call in calls for fault in call.source.call.faults)
    # A single readable call is worth a run; the faults of the others are in its results.
    if all(call.source.call.faults for call in calls):
        raise FaultyFiles(faults)
    target = Target(format=1, target=request.agent, model=_model(request.agent))
    out = request.out or dated_folder()
    orders = {o.job.recording: o for o in _orders(calls, target, told, out, redact=request.redact)}
    workers = request.concurrency or workers_by_default()
    jobs = tuple(order.job for order in orders.values())
    run = RunPlan(jobs, out, virtual=False, concurrency=workers)
    notes = tuple(_notes(request, sources, rows, orders))
    return ImportPlan(run, orders, request.resume, notes, faults)


@dataclass(frozen=True, slots=True)
class _Known:
    """A call with its scenario, as written and with all known facts of this call."""

    source: Source
    loaded: LoadedScenario
    own: Scenario


def _suite_place(given: Path) -> Path:
    """Return the folder of a suite, which may be below the given folder, as for a run.

    Raises UsageError if there are several suites.
    """
    if not given.is_dir() or (given / SUITE_FILE).exists():
        return given
    below = [path.parent for path in sorted(given.rglob(SUITE_FILE))]
    if len(below) > 1:
        places = listed(str(path) for path in below)
        raise UsageError(f"--suite {given}: holds {len(below)} suites ({places}); name one of them")
    return below[0] if below else given


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _with_all_facts(
    sources: Iterable[Source],
    rows: Mapping[str, CallFacts],
    scenarios: Mapping[str, LoadedScenario],
    path: Path | None,
) -> list[_Known]:
    """Return the calls with their facts; raises FaultyFiles for faults across several calls."""
    calls: list[_Known] = []
    faults: dict[str, Fault] = {}
    names = [source.name for source in sources]
    # Most likely a wrong column: a message per row would hide it.
    if path is not None and rows and not any(name in rows for name in names):
        problem = f"none of its rows ({_few(rows)}) is of a call here ({_few(names)})"
        raise FaultyFiles.at(path, problem)
    for source in sources:
        row = rows.get(source.name)
        try:
            loaded = _scenario_of(source, row, scenarios)
        except FaultyFiles as faulty:
            faults |= {fault.problem: fault for fault in faulty.faults}
            continue
        for name in row.facts if row is not None else ():
            if row is not None and (problem := _unknown(name, loaded)):
                faults.setdefault(name, row.fault(problem))
        own, wrong = _with_facts(loaded, source, row)
        call = source.call
        if wrong or call.faults:
            facts = {**call.facts, **(row.facts if row is not None else {})}
            call = replace(call, faults=(*call.faults, *wrong), facts=facts)
        calls.append(_Known(replace(source, call=call), loaded, own))
    if faults:
        raise FaultyFiles(tuple(faults.values()))
    return calls


def _orders(
    calls: Iterable[_Known], target: Target, told: Told, out: Path, *, redact: bool
) -> Iterable[StoredJob]:
    counts: dict[str, int] = {}
    taken: set[str] = set()
    names: set[str] = set()
    seeds: set[int] = set()
    for known in calls:
        source, loaded, own = known.source, known.loaded, known.own
        if redact:
            # Before the place is named: a folder must not carry the name of a person.
            source = _anonymous(source, own, loaded.suite.language, names)
        repeat = counts.get(loaded.scenario.name, 0)
        counts[loaded.scenario.name] = repeat + 1
        place = Path(CALLS) / unique(slug_of(source.name), taken) / "001"
        seed = _seed_of(source.name, seeds)
        job = Job(loaded, repeat, seed, place, target, call=source.name)
        # Redaction removes what the facts say, so other facts need another conversion. A faulty
        # call has no digest, which equals no other: it is read again each time.
        digest = digest_of(source.files, own if redact else None) if not source.call.faults else ""
        yield StoredJob(job, source, own, told, out, digest, redact=redact)


def _seed_of(name: str, taken: set[int]) -> int:
    """Return the seed of a call: the same in every run that contains it, and unique in this run."""
    # Not hash(), which differs from process to process.
    seed = zlib.crc32(name.encode()) % (MOST_SEED + 1)
    while seed in taken:
        seed = (seed + 1) % (MOST_SEED + 1)
    taken.add(seed)
    return seed


def _anonymous(source: Source, own: Scenario, language: Language, names: set[str]) -> Source:
    """Return a call under a name without personal data; ``names`` are taken."""
    named = replace(source.call, name=source.name)
    name = unique(anonymous(named, own, language).name, names)
    return replace(source, name=name)


def _model(agent: str) -> str | None:
    return None if agent == AGENT else agent


def _scenarios(place: Path, suite: LoadedSuite) -> dict[str, LoadedScenario]:
    """Return the scenarios that stored calls may be judged by; those without turns come first."""
    folder = suite.folder
    found = find((folder,), scorers=known_options()) if scenario_files((folder,)) else ()
    own = {one.scenario.name: one for one in found if one.suite.folder.samefile(folder)}
    if not any(one.scenario.stored for one in own.values()):
        made = stored_scenario(suite)
        own.setdefault(made.scenario.name, made)
    return own


def _scenario_of(
    source: Source, row: CallFacts | None, scenarios: Mapping[str, LoadedScenario]
) -> LoadedScenario:
    stored = [one for one in scenarios.values() if one.scenario.stored is not None]
    if row is not None and row.scenario:
        if row.scenario not in scenarios:
            known = ", ".join(scenarios)
            raise FaultyFiles((row.fault(f"unknown scenario {row.scenario!r}; known: {known}"),))
        return scenarios[row.scenario]
    # A call that is not judged anyway needs no choice.
    if len(stored) == 1 or source.call.faults:
        return stored[0]
    known = ", ".join(one.scenario.name for one in stored)
    problem = f"its scenario is one of {known}; say which with --facts, in the column 'scenario'"
    raise FaultyFiles.at(source.files[0], problem)


def _kind(name: str, loaded: LoadedScenario) -> ValueKind | None:
    """Return the kind of a fact, None if neither scenario nor suite defines it."""
    scenario, suite = loaded.scenario, loaded.suite.suite
    known = scenario.facts.get(name) or suite.facts.get(name)
    kinds = scenario.stored.facts if scenario.stored is not None else {}
    return known.kind if known is not None else kinds.get(name)


def _unknown(name: str, loaded: LoadedScenario) -> str:
    if _kind(name, loaded) is not None:
        return ""
    scenario, suite = loaded.scenario, loaded.suite.suite
    kinds = scenario.stored.facts if scenario.stored is not None else {}
    known = listed(dict.fromkeys((*scenario.facts, *kinds, *suite.facts)))
    told = f"stored: {{facts: {{{name}: id}}}}"
    return f"unknown fact {name!r}; known: {known}; a scenario tells its kind ({told})"


def _with_facts(
    loaded: LoadedScenario, source: Source, row: CallFacts | None
) -> tuple[Scenario, tuple[Fault, ...]]:
    """Return a scenario with the known data of a call (its facts, tags and day), and the faults.

    A fault is a fact that is not defined, has an invalid value, or is required and missing.
    """
    scenario, call = loaded.scenario, source.call
    at = source.audio.transcript if source.audio is not None else None
    own_place = at or source.files[0], None, "facts"
    places: tuple[tuple[Mapping[str, str], Place], ...] = ((call.facts, own_place),)
    places += ((row.facts, row.place),) if row is not None else ()
    told = [(name, value, place) for facts, place in places for name, value in facts.items()]
    faults: list[Fault] = []
    facts = dict(scenario.facts)
    for name, value, place in told:
        kind = _kind(name, loaded)
        if kind is None:
            faults.append(Fault(*place, _unknown(name, loaded)))
        elif (problem := loaded.suite.language.problem(value, kind)) is not None:
            faults.append(Fault(*place, f"{name}: {problem} (kind {kind.value}), got {value!r}"))
        else:
            facts[name] = Fact(value=value, kind=kind)
    data = scenario.model_dump(mode="json", by_alias=True)
    needed = {n for _, text in texts_with_facts(data) for n in PLACEHOLDER.findall(text)}
    # Facts that were told with a wrong value have a fault already.
    for name in sorted(needed - set(facts) - {name for name, _, _ in told}):
        problem = f"what is expected of {source.name!r} needs the fact {name!r}; tell it"
        faults.append(Fault(*(row.place if row is not None else own_place), problem))
    tags = (*scenario.tags, *call.tags, *(row.tags if row else ()))
    # The nearest source wins: the row of facts, the file of the call, the scenario.
    today = (row.today if row else None) or call.today or scenario.today
    known = {"facts": facts, "tags": tuple(dict.fromkeys(tags)), "today": today}
    return scenario.model_copy(update=known), tuple(faults)


def _notes(
    request: ImportRequest,
    sources: Iterable[Source],
    rows: Mapping[str, CallFacts],
    orders: Mapping[Path, StoredJob],
) -> Iterable[str]:
    names = {source.name for source in sources}
    if other := [name for name in rows if name not in names]:
        yield (
            f"{request.facts}: {len(other)} of {len(rows)} rows are of no call here ({_few(other)})"
        )
    heard = [s.name for s in sources if s.audio is not None and s.audio.transcript is None]
    if heard:
        yield (
            f"{len(heard)} of {len(names)} calls have no transcript ({heard[0]}): their words are "
            "what the recognizer hears, so no verdict on words is a fail"
        )
    if silent := [source.name for source in sources if NO_AUDIO in source.call.notes]:
        yield (
            f"{len(silent)} of {len(names)} calls are transcripts without audio ({_few(silent)}): "
            "their words and tools are judged, and no times"
        )
    if back := [s.name for s in sources if any(WENT_BACK in note for note in s.call.notes)]:
        yield (
            f"{len(back)} of {len(names)} transcripts have times that go back ({_few(back)}): the "
            "order of their lines is judged, and their times are not shown"
        )
    recorded = recorded_calls(request.out) if request.resume and request.out is not None else ()
    if gone := [place.parent.name for place in recorded if Path(place) not in orders]:
        yield (
            f"{request.out}: {len(gone)} calls that were imported before are not among the sources "
            f"now ({_few(gone)}): they are left out of the results, and their recordings stay"
        )


def _few(names: Iterable[str]) -> str:
    first = list(names)
    return ", ".join(first[:_SHOWN]) + ("…" if len(first) > _SHOWN else "")


def carry_out_import(
    plan: ImportPlan,
    watch: Watch,
    *,
    force: bool = False,
    judge: Judge = default_gate,
    keep: Keep = Keep.ALL,
) -> RunResults:
    """Convert and judge the calls and write results.json, also after Ctrl-C.

    With ``resume``, calls that were converted before and have not changed since are judged again
    and not converted. The folder must be this process's alone.

    Raises:
        UsageError: the folder holds another run, and neither ``force`` nor ``resume`` is set.
        OperationError: the folder cannot be written.
    """
    out = plan.run.out
    verdicts = read_reviews(out)
    before = _Before({}, {}, frozenset())
    if plan.resume and not force:
        if is_comparison(out):
            raise UsageError(f"{out} holds a comparison; give another --out")
        _check_imported(plan)
        before = _before(plan)
    else:
        make_room(out, force=force, or_else="--resume to go on with it, ")
    # Left by a process that was killed.
    shutil.rmtree(out / UNDER_WAY, ignore_errors=True)
    started_at = now()
    with stop_signals():
        left = tuple(job for job in plan.run.jobs if job.recording not in before.done)
        to_do = replace(plan.run, jobs=left)
        interrupted = False
        made: tuple[CallResult, ...] = ()
        if left:
            with watch(to_do) as progress:
                made, interrupted = run_in_workers(
                    to_do, import_call, partial(_order, plan, before), progress
                )
        shutil.rmtree(out / UNDER_WAY, ignore_errors=True)
        fresh = {Path(call.recording): call for call in made}
        # Earlier verdicts stay for calls that Ctrl-C left out.
        by_place = before.judged | fresh | before.done
        calls = (by_place.get(job.recording) for job in plan.run.jobs)
        results = _results(plan.run, tuple(filter(None, calls)), started_at, interrupted)
        results = reviewed(results, verdicts)
        # Before the judge, which may take long and be interrupted: the verdicts of the scorers are
        # safe then.
        write_results(out / RESULTS, results)
        judged = judge(results)
        write_results(out / RESULTS, judged)
        return keep_recordings(out, judged, keep)


def _check_imported(plan: ImportPlan) -> None:
    """Raise UsageError if a folder contains calls that prevent an import.

    These are calls that the harness made itself; and, if personal data is to be removed, calls that
    contain some and are not imported again.
    """
    out = plan.run.out
    redact = any(order.redact for order in plan.orders.values())
    for place in recorded_calls(out):
        with suppress(RecordingDamaged):  # left by a kill, and made again
            origin = load_manifest(out / place).origin
            if origin is None:
                raise UsageError(f"{out} holds a run of calls that were made; give another --out")
            if redact and not origin.redacted and Path(place) not in plan.orders:
                raise UsageError(
                    f"{out / place} was imported without --redact, and is not among the sources "
                    "now; remove it, or give another --out"
                )


def _results(
    plan: RunPlan, calls: tuple[CallResult, ...], started_at: str, interrupted: bool
) -> RunResults:
    target = plan.jobs[0].target
    settings = stored_target(target)
    made = Made(started_at, target.target, "real", settings, interrupted)
    return aggregate.results_of(calls, made)


def _suite_of(order: StoredJob) -> Suite:
    """Return the suite with the tools that the source describes."""
    loaded = order.job.loaded.suite
    return with_offered(loaded.suite, order.source.call.offered, loaded.language)[0]


@dataclass(frozen=True, slots=True)
class _Before:
    """The calls of an earlier import that are complete and whose sources have not changed."""

    done: dict[Path, CallResult]
    """Not judged again: they were redacted."""
    judged: dict[Path, CallResult]
    """Verdicts of calls that are judged again."""
    converted: frozenset[Path]


def _order(plan: ImportPlan, before: _Before, job: Job) -> StoredJob:
    return replace(plan.orders[job.recording], converted=job.recording in before.converted)


def _before(plan: ImportPlan) -> _Before:
    results: dict[Path, CallResult] = {}
    if (plan.run.out / RESULTS).exists():
        stored = read_results(plan.run.out / RESULTS).calls
        results = {Path(call.recording): call for call in stored}
    same = [place for place, order in plan.orders.items() if _is_same(plan.run.out / place, order)]
    known = {place: results[place] for place in same if place in results}
    redacted = {place for place in same if plan.orders[place].redact}
    return _Before(
        done={place: call for place, call in known.items() if place in redacted},
        judged={place: call for place, call in known.items() if place not in redacted},
        converted=frozenset(same) - redacted,
    )


def _is_same(folder: Path, order: StoredJob) -> bool:
    """Return whether a recording was made from the files that an order names."""
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return False
    origin = manifest.origin
    # Without a digest (faulty files) nothing proves that the source is the same.
    if origin is None or not order.digest or origin.digest != order.digest:
        return False
    # A redacted recording does not hold the facts that the next lines compare.
    if origin.redacted or order.redact:
        return origin.redacted == order.redact
    own = order.scenario.model_dump(mode="json", by_alias=True)
    suite = _suite_of(order).model_dump(mode="json", by_alias=True)
    described = dict(manifest.scenario) == own and dict(manifest.suite) == suite
    return described and manifest.target == stored_target(order.job.target)
