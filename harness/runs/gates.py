"""Finds and checks the gates of a run before its calls, and judges them afterwards.

``--gates FILE`` judges all calls. Without it, a ``gates.yaml`` in a suite's folder judges the calls
of that suite, if the run holds every scenario of it: gates are made for a whole suite, and a part
of a suite is judged by the default gate, which is that every call passes. ``--baseline FILE``
without a gate against the baseline in any file adds a gate for the whole run, less the known
failures of its suites, to the other gates of the run.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.judging.scorers.registry import known_measures, scorers_for, scorers_of
from harness.results.gates.baseline import Baseline, default_path, read_baseline
from harness.results.gates.gate_file import (
    NEW_FAILURES,
    AbsoluteGate,
    GateFile,
    JudgedScenario,
    Known,
    NoWorse,
    Rule,
    absolute_rules,
    load_gate_file,
)
from harness.results.gates.limits import every_call_passes, gates_hold, judge_rule
from harness.results.gates.matched_calls import KNOWN_CALLS
from harness.results.gates.no_worse import (
    calls_to_confirm,
    judge_baseline,
    judge_new_failures,
    not_worse,
)
from harness.results.gates.power import check_can_break, noticeable
from harness.results.gates.quarantine import release
from harness.results.gates.trusted_runs import (
    Subject,
    changes_since,
    check_same_tests,
    prompts_since,
    subject_of,
)
from harness.results.model import AgentPrompt, CallResult, GateResult, Quarantined, RunResults
from harness.results.rates import ScenarioKey
from harness.results.store import recorded_prompts
from harness.results.verdicts import CallKey
from harness.runs.confirmation_calls import Confirming
from harness.runs.plan import RunPlan
from harness.runs.routes import stored_target
from harness.scenario.catalog import Survey, scenario_files
from harness.scenario.load import GATE_FILE, LoadedScenario, suite_file_of
from harness.scenario.scenario_file import scenarios_in
from harness.text import counted
from harness.transport.redaction import SHORTEST_SECRET, without_keys

# The prompts of a run without secrets, to compare them or to keep them in a baseline.

_NAMES = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD)(_|$)", re.IGNORECASE)
"""Names of environment variables that hold secrets."""


def kept_prompts(
    run_folder: Path, results: RunResults, environment: Mapping[str, str] = os.environ
) -> tuple[AgentPrompt, ...]:
    """Return each prompt of a run once, if a recording with it is kept.

    The values of environment variables with names of secrets are removed, and text that looks like
    a key: a target's secrets come from the environment, and a prompt may quote a secret by mistake.
    """
    secrets = {
        value
        for name, value in environment.items()
        if _NAMES.search(name) and len(value) >= SHORTEST_SECRET
    }
    # A short secret may be a part of a longer one, whose rest would then stay.
    longest_first = tuple(sorted(secrets, key=lambda one: (-len(one), one)))
    return tuple(
        replace(one, instructions=without_keys(one.instructions, longest_first))
        for one in recorded_prompts(run_folder, results.recorded)
    )


@dataclass(frozen=True, slots=True)
class GateRequest:
    """The options of a command, as given."""

    gates: Path | None = None
    baseline: Path | None = None
    every_call: bool = True
    """Whether every call must pass if there are no gates; not in pytest, where tests decide."""


@dataclass(frozen=True, slots=True)
class GateSet:
    """The gates of one file, and the suite whose calls they judge; None for all calls."""

    file: GateFile
    suite: str | None = None


@dataclass(frozen=True, slots=True)
class Gating:
    """All gates of a run; empty if the default gate judges."""

    sets: tuple[GateSet, ...]
    baseline: Baseline | None
    notes: tuple[str, ...]
    """Notes for the user on gates that were not used."""
    added: NoWorse | None = None
    """The gate that ``--baseline`` adds, on the calls of all sets."""
    every_call: bool = True
    """Whether every call must pass if a file has no gates (``GateRequest``)."""

    def judge(
        self,
        results: RunResults,
        *,
        today: date,
        run_folder: Path | None = None,
        confirmed: bool = False,
    ) -> RunResults:
        """Return the results with their gates, whose verdict is then the run's.

        ``run_folder`` holds the recordings, which show the changed lines of a prompt.
        ``confirmed``: calls that looked worse were repeated.
        """
        if not self.sets:
            return results
        gates: list[GateResult] = []
        quarantined: list[Quarantined] = []
        whole, compared = _Seen(), _Seen()
        for each in self.sets:
            seen = _seen(results, each, today)
            # Only calls that are held against the baseline count for what the comparison would
            # notice.
            if each.file.baseline_gate or self.added:
                compared = compared.with_more(seen)
            gates += [*self._verdicts(each.file, seen), *seen.expired]
            quarantined += seen.quarantined
            whole = whole.with_more(seen)
        gates += self._no_worse(self.added, whole)
        held = replace(
            results,
            gates=tuple(gates),
            quarantined=tuple(quarantined),
            summary=replace(results.summary, gates_passed=gates_hold(gates)),
            would_notice=self._would_notice(gates, compared, confirmed=confirmed),
        )
        return with_changes(held, self.baseline, run_folder) if self.baseline else held

    def _would_notice(
        self, gates: Iterable[GateResult], compared: _Seen, *, confirmed: bool
    ) -> str | None:
        found = [self.added, *(one.file.baseline_gate for one in self.sets)]
        asked = next((gate for gate in found if gate is not None), None)
        if asked is None or self.baseline is None or not not_worse(gates):
            return None
        seen = noticeable(asked, self.baseline, compared.calls, confirmed=confirmed)
        return None if seen is None else seen.sentence

    def confirming(self, plan: RunPlan, *, today: date) -> Confirming | None:
        """Return which calls confirm the losses of a run; None if none are made.

        Stored calls cannot be confirmed: there is no agent to call.
        """
        most = self._most_confirming
        live = not any(job.call for job in plan.jobs)
        if not (live and most and self._baseline_gates) or self.baseline is None:
            return None
        baseline = self.baseline

        def wanted(results: RunResults) -> dict[ScenarioKey, int]:
            found: dict[ScenarioKey, int] = {}
            asking: list[tuple[NoWorse | None, _Seen]] = []
            whole = _Seen()
            for each in self.sets:
                seen = _seen(results, each, today)
                asking.append((each.file.baseline_gate, seen))
                whole = whole.with_more(seen)
            for gate, seen in (*asking, (self.added, whole)):
                if gate is not None:
                    more = calls_to_confirm(gate, baseline, seen.calls, seen.fresh, most=most)
                    # Several gates may ask for calls of one scenario: the most that any needs is
                    # enough for all.
                    found |= {key: max(n, found.get(key, 0)) for key, n in more.items()}
            return found

        # Repeats that the baseline does not have, so that confirming calls are new draws.
        return Confirming(wanted, max(call.repeat + 1 for call in baseline.calls))

    @property
    def confirming_note(self) -> str:
        """The limits of a baseline that is too small for confirmation; empty for none."""
        if not (self._most_confirming and self._baseline_gates) or self.baseline is None:
            return ""
        calls = Counter((c.suite, c.scenario, c.condition) for c in self.baseline.calls)
        if (most := max(calls.values())) >= KNOWN_CALLS:
            return ""
        return (
            f"the baseline has {counted(most, 'call')} of a scenario at most, "
            "so one broken scenario of many may pass. A baseline of a run with --repeat "
            f"{KNOWN_CALLS} finds it"
        )

    @property
    def _baseline_gates(self) -> bool:
        return self.added is not None or any(one.file.baseline_gate for one in self.sets)

    @property
    def _most_confirming(self) -> int:
        # A file that allows none (confirm: off) holds for the whole run.
        return min((one.file.confirming_calls for one in self.sets), default=0)

    def _verdicts(self, file: GateFile, seen: _Seen) -> list[GateResult]:
        if not file.gates:
            return [every_call_passes(seen.calls)] if self.every_call else []
        rules = absolute_rules(file, known_measures())
        found = [self._judged(gate, rule, seen.calls) for gate, rule in rules]
        return [*found, *self._no_worse(file.baseline_gate, seen)]

    def _judged(self, gate: AbsoluteGate, rule: Rule, calls: tuple[CallResult, ...]) -> GateResult:
        if rule.metric != NEW_FAILURES:
            return judge_rule(gate, rule, calls)
        assert self.baseline is not None  # read with the files that ask for it
        return judge_new_failures(gate, rule, baseline=self.baseline, calls=calls)

    def check_can_break(
        self, planned: Iterable[CallKey], *, stored: bool, confirmed: bool = False
    ) -> None:
        """Raise UsageError for a gate that would hold whatever the planned calls do."""
        keys = tuple(planned)
        may = {"stored": stored, "confirmed": confirmed and self._most_confirming > 0}
        for each in self.sets:
            gate = each.file.baseline_gate
            if gate is not None and self.baseline is not None:
                own = (key for key in keys if each.suite in (None, key[0]))
                check_can_break(gate, self.baseline, own, **may)
        if self.added is not None and self.baseline is not None:
            check_can_break(self.added, self.baseline, keys, **may)

    def _no_worse(self, gate: NoWorse | None, seen: _Seen) -> tuple[GateResult, ...]:
        if gate is None or self.baseline is None:
            return ()
        return judge_baseline(gate, self.baseline, seen.calls, seen.fresh)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The calls of a run that the gates of one file judge, and the calls kept from them."""

    calls: tuple[CallResult, ...] = ()
    fresh: tuple[CallResult, ...] = ()
    """Calls that confirm losses."""
    quarantined: tuple[Quarantined, ...] = ()
    expired: tuple[GateResult, ...] = ()

    def with_more(self, other: _Seen) -> _Seen:
        """Return the calls of both."""
        return _Seen((*self.calls, *other.calls), (*self.fresh, *other.fresh))


def with_changes(results: RunResults, baseline: Baseline, run_folder: Path | None) -> RunResults:
    """Return results with the differences from a baseline; ``run_folder`` has their recordings."""
    kept = () if run_folder is None else kept_prompts(run_folder, results)
    prompts = prompts_since(baseline, results, kept)
    return replace(
        results,
        changes=changes_since(baseline, results, prompts.words),
        prompt_diff=prompts.lines or None,
    )


def _seen(results: RunResults, of: GateSet, today: date) -> _Seen:
    suite, entries = of.suite or "", of.file.quarantine
    own, fresh = (
        [call for call in calls if of.suite in (None, call.suite)]
        for calls in (results.calls, [call for call in results.attempts if call.confirms])
    )
    released = release(own, entries, today=today, suite=suite)
    again = release(fresh, entries, today=today, suite=suite)
    return _Seen(released.calls, again.calls, released.quarantined, released.expired)


@dataclass(slots=True)
class _Called:
    """The calls of a run, suite by suite: the files of its scenarios, and their tags by name.

    ``judged`` contains the active scorers in scenarios that are going to be called.
    """

    target: str
    subject: Subject
    files: dict[str, set[Path]] = field(default_factory=dict)
    tags: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    judged: dict[str, tuple[JudgedScenario, ...]] = field(default_factory=dict)

    def add(self, suite: str, path: Path, scenario: str, tags: tuple[str, ...]) -> None:
        self.files.setdefault(suite, set()).add(path)
        self.tags.setdefault(suite, {})[scenario] = tags


def gating_of_plan(plan: RunPlan, request: GateRequest) -> Gating:
    """Return the gates of a run that is going to be made.

    Raises:
        FaultyFiles: a gate file has faults, or the baseline is missing or covers other tests.
        UsageError: a gate against the baseline could not break, whatever the planned calls do.
    """
    target = plan.jobs[0].target.whole
    tests = {
        (job.loaded.suite.suite.suite, job.loaded.scenario.name, job.condition): job.loaded
        for job in plan.jobs
    }
    subject = Subject(
        tests={key: loaded.hash for key, loaded in tests.items()},
        scorers={
            key: {
                one.scorer_name: one.scorer_version
                for one in scorers_of(loaded.scenario, transcribes=target.session.transcribes)
            }
            for key, loaded in tests.items()
        },
        target_settings=stored_target(target),
        clock="virtual" if plan.virtual else "real",
    )
    called = _Called(target.target, subject)
    for (suite, _, _), loaded in tests.items():
        called.add(suite, loaded.path, loaded.scenario.name, loaded.scenario.tags)
        called.judged[suite] = (*called.judged.get(suite, ()), _judged(loaded))
    gating = _gating(called, request)
    suites = ((job, job.loaded.suite.suite.suite, job.loaded.scenario.name) for job in plan.jobs)
    keys = (
        (suite, name, job.condition, 0 if job.call else job.repeat, job.seed)
        for job, suite, name in suites
    )
    stored = any(job.call for job in plan.jobs)
    gating.check_can_break(keys, stored=stored, confirmed=not stored)
    return gating


def gating_of_part(plan: RunPlan, request: GateRequest) -> Gating:
    """Return the gates of a run of single calls, for which a suite's gates do not apply.

    Raises like ``gating_of_plan``.
    """
    # Without an option nothing judges; an option asks for gates even here.
    if request == GateRequest():
        return Gating((), None, ())
    return gating_of_plan(plan, request)


def gating_asked(plan: RunPlan) -> Gating:
    """Return the gates that a plan names; raises like ``gating_of_plan``."""
    request = GateRequest(plan.gates.file, plan.gates.baseline)
    return gating_of_part(plan, request) if plan.gates.of_part else gating_of_plan(plan, request)


def gating_of_results(results: RunResults, request: GateRequest) -> Gating:
    """Return the gates of a run that was made before; raises like ``gating_of_plan``."""
    called = _Called(results.target, subject_of(results))
    for call in results.calls:
        called.add(call.suite, Path(call.scenario_path), call.scenario, call.tags)
    return _gating(called, request)


def gate_file_faults(found: Survey) -> tuple[Fault, ...]:
    """Return every fault of the gates in the suite folders of a survey.

    Scenario names in gates are only checked if all of a suite's scenarios are valid.
    """
    faults: list[Fault] = []
    for folder in found.suites:
        own = [one for one in found.loaded if one.suite.folder == folder]
        names = {one.scenario.name: one.scenario.tags for one in own}
        whole = bool(own) and _whole({one.path for one in own}, names)
        try:
            if (folder / GATE_FILE).exists():
                known = names if whole else None
                judged = tuple(map(_judged, own)) if whole else ()
                load_gate_file(folder / GATE_FILE, Known(known_measures(), known, judged))
        except FaultyFiles as faulty:
            faults += faulty.faults
    return tuple(faults)


def _judged(loaded: LoadedScenario) -> JudgedScenario:
    scenario = loaded.scenario
    names = frozenset(one.scorer_name for one in scorers_for(scenario))
    return JudgedScenario(scenario.name, scenario.tags, names)


def _gating(called: _Called, request: GateRequest) -> Gating:
    notes: list[str] = []
    if request.gates is not None:
        whole = all(_whole(files, called.tags[suite]) for suite, files in called.files.items())
        names: dict[str, tuple[str, ...]] = {}
        for each in called.tags.values():
            for name, tags in each.items():  # suites may share a scenario's name
                names[name] = (*names.get(name, ()), *tags)
        judged = tuple(one for each in called.judged.values() for one in each)
        known = Known(known_measures(), names if whole else None, judged)
        sets = [GateSet(load_gate_file(request.gates, known))]
    else:
        sets = list(_beside_suites(called, notes, every_call=request.every_call))
    added = None
    if request.baseline is not None and not any(one.file.needs_baseline for one in sets):
        added = NoWorse()
        # A set is needed to hold the calls; a file without gates asks for every call to pass.
        sets = sets or [GateSet(GateFile(format=1))]
    elif request.baseline is not None:
        notes += _not_compared(sets)
    baseline = _baseline(sets, called, request)
    return Gating(tuple(sets), baseline, tuple(notes), added, request.every_call)


def _not_compared(sets: Iterable[GateSet]) -> Iterable[str]:
    """Yield which calls ``--baseline`` does not compare, because the gates come from files."""
    for one in sets:
        if one.file.baseline_gate is None:
            of = f" of suite {one.suite}" if one.suite else ""
            held = f"only {NEW_FAILURES} is" if one.file.needs_baseline else "they are not"
            yield (
                f"the gates{of} have no 'no_worse_than_baseline': of these calls {held} held "
                "against the baseline. Add '- no_worse_than_baseline: {}' to gates.yaml for more"
            )


def _beside_suites(called: _Called, notes: list[str], *, every_call: bool) -> Iterable[GateSet]:
    """Yield the gates in the suite folders; if a suite has gates, the others keep the default."""
    found: dict[str, GateFile] = {}
    for suite, files in called.files.items():
        path = _gates_beside(files)
        if path is None:
            continue
        # Gates may name scenarios that a part of the suite does not have.
        if _whole(files, called.tags[suite]):
            judged = called.judged.get(suite, ())
            known = Known(known_measures(), called.tags[suite], judged)
            found[suite] = load_gate_file(path, known)
        else:
            notes.append(
                f"{path} is for runs of the whole suite, and this run is only a part of it. "
                + ("So every call must pass here; to" if every_call else "To")
                + f" judge by that file, add --{'' if every_call else 'harness-'}gates {path}"
            )
    if found:
        for suite in called.files:
            # An empty file: the default gate judges a suite without gates of its own.
            yield GateSet(found.get(suite, GateFile(format=1)), suite)


def _gates_beside(files: set[Path]) -> Path | None:
    suite_file = _suite_of(files)
    path = suite_file.parent / GATE_FILE if suite_file else None
    return path if path is not None and path.is_file() else None


def _whole(files: set[Path], names: Collection[str]) -> bool:
    """Return whether these are all scenario files of their suite, each with all its cases."""
    suite_file = _suite_of(files)
    if suite_file is None:
        return False
    there = scenario_files((suite_file.parent,))
    # Files of suites inside this suite's folder belong to those.
    own = {path.resolve() for path in there if _suite_file(path) == suite_file}
    all_files = own <= {path.resolve() for path in files}
    # A file with cases holds several scenarios: all must be in the run.
    return all_files and len(names) >= sum(map(scenarios_in, own))


def _suite_of(files: set[Path]) -> Path | None:
    """Return the suite of these files; a test may call with a file outside of any suite."""
    return next(filter(None, map(_suite_file, sorted(files))), None)


def _suite_file(path: Path) -> Path | None:
    """Return a scenario's suite; None if it does not exist any more (the run is an old one)."""
    if not path.is_file():
        return None
    try:
        return suite_file_of(path)
    except FaultyFiles:
        return None


def _baseline(sets: list[GateSet], called: _Called, request: GateRequest) -> Baseline | None:
    if request.baseline is None and not any(one.file.needs_baseline for one in sets):
        return None
    path = request.baseline or default_path(called.files, called.target)
    baseline = read_baseline(path)
    check_same_tests(path, baseline, called.subject)
    return baseline
