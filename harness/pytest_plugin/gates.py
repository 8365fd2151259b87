"""The end of a session: judges its run by baseline and gates, confirms losses, writes it.

The code of ``harness run --baseline`` judges (``runs/gating.py``) and calls again
(``runs/confirming.py``). Two things differ. No gate requires that every call passes. And tests may
call several agents: calls with a planted fault, or with another agent or clock than the baseline's,
are not judged by the gates.

This happens when the session ends, in the process that writes the report, so it is the same with
xdist. If an agent of a fixture is gone by then, no loss can be confirmed, and the session fails at
once, as ``harness baseline diff`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from harness.errors import InputError
from harness.files import taken
from harness.pytest_plugin.ledger import KeptCall, kept, run_of, told_apart, write_run
from harness.pytest_plugin.session import PluginRun
from harness.report import figures
from harness.report.terminal import changes_line, compared_text, verdict_line
from harness.report.verdict import gate_verdict
from harness.results.convert import counts, key_of
from harness.results.gates.baseline import read_baseline
from harness.results.gates.judged import gates_hold
from harness.results.model import CallResult, GateKind, GateResult, RunResults
from harness.results.rates import scenario_key
from harness.runs.calling import calls_at_a_time, make_calls
from harness.runs.confirming import announced, with_confirming_calls
from harness.runs.gating import GateRequest, Gating, gating_of_results
from harness.runs.made_calls import Progress
from harness.runs.plan import Job, RunPlan
from harness.text import counted

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
