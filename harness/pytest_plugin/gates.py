"""The end of a session: judges its run by baseline and gates, confirms losses, writes it.

The code of ``harness run --baseline`` judges (``runs/gates.py``) and calls again
(``runs/confirmation_calls.py``). Two things differ. No gate requires that every call passes. And
tests may call several agents: calls with a planted fault, or with another agent or clock than the
baseline's, are not judged by the gates.

This happens when the session ends, in the process that writes the report, so it is the same with
xdist. If an agent of a fixture is gone by then, no loss can be confirmed, and the session fails at
once, as ``harness baseline diff`` does.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from harness.errors import InputError
from harness.files import taken
from harness.pytest_plugin.session import PluginRun
from harness.report import figures
from harness.report.run.html import write_report
from harness.report.terminal import changes_line, compared_text, verdict_line
from harness.report.verdict import gate_verdict
from harness.results.aggregate import Made, results_of
from harness.results.gates.baseline import read_baseline
from harness.results.gates.limits import Judge, default_gate, gates_hold
from harness.results.model import CallResult, GateKind, GateResult, RunResults
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.store import RESULTS, write_results
from harness.results.verdicts import counts, key_of
from harness.runs.call_ledger import Progress
from harness.runs.confirmation_calls import announced, with_confirming_calls
from harness.runs.gates import GateRequest, Gating, gating_of_results
from harness.runs.plan import Job, RunPlan
from harness.runs.run_suite import calls_at_a_time, make_calls
from harness.text import counted

# The calls of a session, kept on disk as they end, and combined into a run at the session's end.
#
# With xdist each worker keeps its own calls in the same folder. So a worker that dies loses no
# finished call, and the workers send no results to the controller.

_SUFFIX = ".call"


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A finished call, with the run's facts about its calls."""

    result: CallResult
    ended_at: str
    target: str
    target_settings: dict[str, Any]
    virtual: bool
    at_once: int = 1
    """How many calls its process made at a time while it lasted."""
    fault: str = ""
    job: Job | None = None
    """The planned call, to call again if its scenario looks worse than a baseline."""


def keep(folder: Path, call: KeptCall) -> None:
    """Store a call that is over."""
    with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        pickle.dump(call, file)
    part = Path(file.name)
    # Renamed when complete: a worker may die while it writes.
    part.rename(part.with_suffix(_SUFFIX))


def kept(folder: Path) -> tuple[KeptCall, ...]:
    """Return all calls of a session, in an order that does not depend on who made which."""
    calls = [pickle.loads(path.read_bytes()) for path in folder.glob(f"*{_SUFFIX}")]
    return tuple(sorted(calls, key=_place))


def write_run(
    run_folder: Path,
    calls: tuple[KeptCall, ...],
    *,
    interrupted: bool,
    judge: Judge = default_gate,
) -> RunResults:
    """Write results.json and the pages of a session's calls; return the content of results.json.

    It is written before ``judge``, which may make calls, and again after it.

    Raises:
        OperationError: the folder cannot be written, or the agent cannot be called again.
    """
    run = run_of(calls, interrupted=interrupted)
    write_results(run_folder / RESULTS, run)
    judged = judge(run)
    if judged is not run:
        write_results(run_folder / RESULTS, judged)
    write_report(run_folder)
    return judged


def run_of(calls: tuple[KeptCall, ...], *, interrupted: bool) -> RunResults:
    """Return the results of calls of a session, not yet judged by gates."""
    settings = [call.target_settings for call in calls]
    made = Made(
        started_at=min(call.ended_at for call in calls),
        target=", ".join(dict.fromkeys(call.target for call in calls)),
        clock=", ".join(dict.fromkeys("virtual" if call.virtual else "real" for call in calls)),
        target_settings=settings[0] if all(one == settings[0] for one in settings) else {},
        interrupted=interrupted,
        fault=", ".join(dict.fromkeys(call.fault for call in calls if call.fault)),
    )
    return results_of(told_apart(calls), made)


def told_apart(calls: tuple[KeptCall, ...]) -> tuple[CallResult, ...]:
    """Return the results of a session's calls; calls that are not repeats get different names.

    Tests may call the same scenario with several agents, faults, clocks or texts: together they
    would make one rate, and a pass^k, of different things. Such calls get the difference as
    condition.
    """
    groups: dict[ScenarioKey, list[KeptCall]] = {}
    for call in calls:
        groups.setdefault(scenario_key(call.result), []).append(call)
    differing = {key: _differing(group) for key, group in groups.items()}
    return tuple(_named(call, differing[scenario_key(call.result)]) for call in calls)


def _differing(group: list[KeptCall]) -> tuple[int, ...]:
    """Return the indexes of ``_circumstances`` that distinguish the calls of a scenario."""
    rows = list(map(_circumstances, group))
    taken: tuple[int, ...] = ()
    for column in range(len(rows[0])):
        more = (*taken, column)
        if len({tuple(row[n] for n in more) for row in rows}) > len(
            {tuple(row[n] for n in taken) for row in rows}
        ):
            taken = more
    return taken


def _named(call: KeptCall, differing: tuple[int, ...]) -> CallResult:
    told = [_circumstances(call)[n] for n in differing]
    return replace(call.result, condition=", ".join(filter(None, (call.result.condition, *told))))


def _circumstances(call: KeptCall) -> tuple[str, ...]:
    settings = sha256(orjson.dumps(call.target_settings, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return (
        f"target {call.target}",
        f"fault {call.fault}" if call.fault else "no fault",
        "virtual time" if call.virtual else "real time",
        f"settings {settings[:8]}",
        f"scenario {call.result.scenario_hash[:8]}",
        f"prompt {call.result.prompt_hash[:8]}",
    )


def _place(call: KeptCall) -> tuple[str, str, int, int, str]:
    result = call.result
    return result.scenario_path, result.scenario, result.repeat, result.seed, result.recording


_GONE = (
    "the agent did not answer when it was called again after the tests, so the gates judge without "
    "these calls"
)

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class GatedRun:
    """The run of a session with its gates, and the lines to print about them."""

    results: RunResults
    lines: tuple[str, ...] = ()
    red: bool = False
    """Whether a gate did not hold, or could not be judged."""


def gated(session: PluginRun, calls: tuple[KeptCall, ...], run: RunResults, tell: Tell) -> GatedRun:
    """Judge a session by the gates of its options; ``tell`` announces repeated calls.

    A baseline or a gates file that does not fit these calls counts as a failed gate.

    Raises:
        OperationError: calls that confirm a loss cannot be made.
    """
    options = session.options
    with chdir(session.config.invocation_params.dir):  # a test may have left it
        try:
            part = _comparable(calls, options.baseline)
            found = run_of(part, interrupted=run.interrupted)
            # not every_call: each call has a test of its own that fails by it
            request = GateRequest(options.gates, options.baseline, every_call=False)
            gating = gating_of_results(found, request)
        except InputError as refused:
            return _refused(run, "; ".join(str(refused).splitlines()))
        lines = [*_left_out(len(calls) - len(part)), *gating.notes, gating.confirming_note]
        blind = _blind(gating, found)
        found, confirmed, gone = _confirmed(session, part, found, gating, tell)
        judged = gating.judge(
            found, today=_today(), run_folder=session.run_folder, confirmed=confirmed
        )
    merged = _merged(run, judged, calls, part)
    lines += [blind, gone, changes_line(judged), *_said(gating, judged)]
    red = not gates_hold(judged.gates) or bool(blind and options.strict)
    return GatedRun(merged, tuple(filter(None, lines)), red)


def _comparable(calls: tuple[KeptCall, ...], path: Path | None) -> tuple[KeptCall, ...]:
    """Return the calls that the gates judge: those without a fault that fit the baseline.

    If none fits, all without a fault are returned; the baseline is then refused, with the reason.
    """
    plain = tuple(call for call in calls if not call.fault) or calls
    if path is None:
        return plain
    baseline = read_baseline(path)
    asked = (baseline.clock, baseline.target_settings)
    return tuple(one for one in plain if (_clock(one), one.target_settings) == asked) or plain


def _clock(call: KeptCall) -> str:
    return "virtual" if call.virtual else "real"


def _left_out(number: int) -> Iterator[str]:
    if number:
        verb = "is" if number == 1 else "are"
        yield (
            f"{counted(number, 'call')} {verb} not judged by the gates: planted fault, "
            "another agent or another clock"
        )


def _refused(run: RunResults, why: str) -> GatedRun:
    gate = GateResult(
        gate="baseline and gates",
        kind=GateKind.BASELINE,
        passed=False,
        value=None,
        limit=None,
        unit="",
        reason=f"not judged: {why}",
    )
    summary = replace(run.summary, gates_passed=False)
    held = replace(run, gates=(gate,), summary=summary)
    return GatedRun(held, (f"baseline and gates: not judged: {why}",), red=True)


def _blind(gating: Gating, results: RunResults) -> str:
    """Return why a gate could not break, whatever these calls did; empty if each could."""
    valid = (key_of(call) for call in results.calls if counts(call))
    try:
        gating.check_can_break(valid, stored=False, confirmed=True)
    except InputError as refused:
        return str(refused).replace("--repeat", "--harness-repeat")
    return ""


def _confirmed(
    session: PluginRun, calls: tuple[KeptCall, ...], results: RunResults, gating: Gating, tell: Tell
) -> tuple[RunResults, bool, str]:
    """Return results with the calls that confirm losses, and whether losses could be confirmed.

    If none of these calls was valid, a line says so.
    """
    plan = _plan(session, calls)
    asked = gating.confirming(plan, today=_today())
    if asked is None or results.interrupted:
        return results, False, ""
    make = partial(make_calls, watch=_unwatched)
    found = with_confirming_calls(results, plan, announced(asked, tell), make)
    fresh = [call for call in found.attempts if call.confirms]
    if not fresh or any(map(counts, fresh)) or found.interrupted:
        return found, True, ""
    # A fixture ended the agent before the session's end: its calls prove nothing.
    return replace(found, attempts=results.attempts), False, _GONE


def _plan(session: PluginRun, calls: tuple[KeptCall, ...]) -> RunPlan:
    """Return the plan of the calls of a single agent, as if a command had made them."""
    jobs = tuple(
        replace(call.job, recording=Path(call.result.recording), condition=named.condition)
        for call, named in zip(calls, told_apart(calls), strict=True)
        if call.job is not None
    )
    virtual = calls[0].virtual
    at_once = calls_at_a_time(virtual=virtual)
    return RunPlan(jobs=jobs, out=session.run_folder, virtual=virtual, concurrency=at_once)


class _Unwatched:
    """Shows no progress; pytest has its own."""

    def started(self, job: Job) -> None:
        """A call began."""

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call is over."""

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is judged."""


@contextmanager
def _unwatched(plan: RunPlan) -> Iterator[Progress]:
    yield _Unwatched()


def _merged(
    run: RunResults, judged: RunResults, calls: tuple[KeptCall, ...], part: tuple[KeptCall, ...]
) -> RunResults:
    """Return the run of the whole session with the gates and the fresh calls of a part of it.

    The whole may give a scenario another condition: "no fault" if other calls had one.
    """
    whole = dict(zip(map(id, calls), told_apart(calls), strict=True))
    conditions = {
        scenario_key(named): whole[id(call)].condition
        for call, named in zip(part, told_apart(part), strict=True)
    }
    fresh = (
        replace(call, condition=conditions[scenario_key(call)])
        for call in judged.attempts
        if call.confirms
    )
    held = gates_hold(judged.gates) if judged.gates else run.summary.gates_passed
    return replace(
        run,
        interrupted=judged.interrupted,
        attempts=(*run.attempts, *fresh),
        gates=judged.gates,
        quarantined=judged.quarantined,
        changes=judged.changes,
        prompt_diff=judged.prompt_diff,
        would_notice=judged.would_notice,
        summary=replace(run.summary, gates_passed=held),
    )


def _said(gating: Gating, judged: RunResults) -> Iterator[str]:
    """Yield how the gates ended: the reason of each that did not hold, or that no result is worse.

    The sentence on the run also names the results that are worse.
    """
    broken = [gate for gate in judged.gates if gate.breaks]
    for gate in broken:
        yield figures.one_line(f"{gate.gate}: {gate_verdict(gate)[1]}: {gate.reason}")
    if broken:
        return
    compared = [gate for gate in judged.gates if gate.kind is GateKind.BASELINE]
    if gating.baseline is not None and compared:
        yield compared_text(compared, gating.baseline, judged).plain
    else:
        yield f"{counted(len(judged.gates), 'gate')} held"


def _today() -> date:
    return datetime.now().astimezone().date()


# The end of a session: judge its run, write it, and return the lines to print.


@dataclass(frozen=True, slots=True)
class Finished:
    """The lines that a session prints at its end, and whether its gates make it fail."""

    lines: tuple[str, ...] = ()
    red: bool = False


def finished(session: PluginRun, tell: Tell, *, interrupted: bool) -> Finished | None:
    """Write the run of a session and return the lines to print; None if no call was made.

    Raises:
        OperationError: the run cannot be written, or calls that confirm a loss cannot be made.
        FolderInUse: another process has taken its folder since the last call.
    """
    calls = kept(session.folder)
    if not calls:
        return None
    judged: list[GatedRun] = []

    def judge(run: RunResults) -> RunResults:
        if not session.options.has_gates:
            return run
        judged.append(gated(session, calls, run, tell))
        return judged[-1].results

    with taken(session.run_folder, by="pytest"):
        run = write_run(session.run_folder, calls, interrupted=interrupted, judge=judge)
    lines = [
        verdict_line(run).plain,
        *(line for one in judged for line in one.lines),
        f"report: {session.run_folder / 'index.html'}",
    ]
    in_real_time = [call.at_once for call in calls if not call.virtual]
    doubt = session.doubt(max(in_real_time)) if in_real_time else ""
    lines += [f"timing: {doubt}"] if doubt else []
    return Finished(tuple(lines), any(one.red for one in judged))
