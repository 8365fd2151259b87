"""What to do with stored calls: which there are, by which scenarios, with whose facts."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.calls.again import CALLS, recorded_calls
from harness.calls.local import workers_by_default
from harness.calls.plan import Job, RunPlan, slug_of, unique
from harness.calls.stored import StoredJob, digest_of
from harness.errors import Fault, FaultyFiles, UsageError
from harness.importing.audio_call import Told
from harness.importing.call_facts import CallFacts, Place, read_call_facts
from harness.importing.model import SourceKind
from harness.importing.redacting import anonymous
from harness.importing.sources import Source, find_sources
from harness.importing.text_lines import NO_AUDIO, WENT_BACK
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.catalog import find, scenario_files
from harness.scenario.load import (
    SUITE_FILE,
    LoadedScenario,
    LoadedSuite,
    load_suite,
    stored_scenario,
)
from harness.scenario.model import Fact, Scenario
from harness.scenario.pieces import PLACEHOLDER, texts_with_facts
from harness.scenario.target import Target
from harness.scenario.wording import listed
from harness.scorers.registry import known_options
from harness.units import MOST_SEED
from harness.workflows.room import dated_folder

AGENT = "imported"
"""What the agent of stored calls is called where nobody names it."""

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
    """What to do: a plan of jobs, what each is made of, and what to tell the user first."""

    run: RunPlan
    orders: Mapping[Path, StoredJob]
    """By the job's place in the run."""
    resume: bool
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    """What is wrong in files of single calls, which are in the plan all the same."""

    def in_folder(self, out: Path) -> ImportPlan:
        """Return the same plan for another folder."""
        orders = {place: replace(order, out=out) for place, order in self.orders.items()}
        return replace(self, run=replace(self.run, out=out), orders=orders)


def planned_import(request: ImportRequest) -> ImportPlan:
    """Read everything but sound, and return what to do.

    A call whose files are wrong is in the plan, with its faults: others beside it are judged.

    Raises:
        InputError: wrong options or suite, a wrong file of facts, or no call without a fault.
    """
    told = Told(request.caller_channel or "", request.caller or "", request.shift)
    suite = load_suite(_suite_place(request.suite), known_options())
    scenarios = _scenarios(request.suite, suite)
    kind = SourceKind(request.kind) if request.kind is not None else None
    without = tuple(filter(None, (request.facts, request.out)))
    if request.out is not None and any(_same(request.out, one) for one in request.sources):
        raise UsageError(f"{request.out} holds the calls; give another folder with --out")
    sources = find_sources(request.sources, kind=kind, told=told, without=without)
    rows = read_call_facts(request.facts) if request.facts is not None else {}
    calls = _with_all_facts(sources, rows, scenarios, request.facts)
    faults = tuple(fault for call in calls for fault in call.source.call.faults)
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
    """A call with its scenario, as written and with all that is known of this call."""

    source: Source
    loaded: LoadedScenario
    own: Scenario


def _suite_place(given: Path) -> Path:
    """Return the folder of a suite, which may be below the folder that is named, as for a run.

    Raises UsageError if several are there.
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
    """Return the calls with their facts; raises FaultyFiles for what concerns more than one."""
    calls: list[_Known] = []
    faults: dict[str, Fault] = {}
    names = [source.name for source in sources]
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
            source = _anonymous(source, own, loaded.suite.language, names)
        repeat = counts.get(loaded.scenario.name, 0)
        counts[loaded.scenario.name] = repeat + 1
        place = Path(CALLS) / unique(slug_of(source.name), taken) / "001"
        seed = _seed_of(source.name, seeds)
        job = Job(loaded, repeat, seed, place, target, call=source.name)
        digest = digest_of(source.files, own if redact else None) if not source.call.faults else ""
        yield StoredJob(job, source, own, told, out, digest, redact=redact)


def _seed_of(name: str, taken: set[int]) -> int:
    """Return what a call is known by in every run that holds it, and no other call of this one."""
    seed = zlib.crc32(name.encode()) % (MOST_SEED + 1)
    while seed in taken:
        seed = (seed + 1) % (MOST_SEED + 1)
    taken.add(seed)
    return seed


def _anonymous(source: Source, own: Scenario, language: Language, names: set[str]) -> Source:
    """Return a call under a name that tells nothing personal; ``names`` are taken."""
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
    if len(stored) == 1 or source.call.faults:
        return stored[0]
    known = ", ".join(one.scenario.name for one in stored)
    problem = f"its scenario is one of {known}; say which with --facts, in the column 'scenario'"
    raise FaultyFiles.at(source.files[0], problem)


def _kind(name: str, loaded: LoadedScenario) -> ValueKind | None:
    """Return the kind of a fact, None where neither scenario nor suite knows it."""
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
    """Return a scenario with what is known of one call: its facts, tags and day.

    Beside it what is wrong: a fact that nobody knows, has no such value, or is needed and missing.
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
    for name in sorted(needed - set(facts) - {name for name, _, _ in told}):
        problem = f"what is expected of {source.name!r} needs the fact {name!r}; tell it"
        faults.append(Fault(*(row.place if row is not None else own_place), problem))
    tags = (*scenario.tags, *call.tags, *(row.tags if row else ()))
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
