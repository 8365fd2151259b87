"""The verdict as text: on a run in a sentence, on a call in a word; and the page to hear it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.judging.scorers.base import Outcome
from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.results.compare.measures import CALLS
from harness.results.gates.quarantine import known_failure
from harness.results.gates.trusted_runs import prompt_sentence
from harness.results.model import CallResult, EvidenceSpan, GateResult, RunResults, ScoreResult
from harness.results.reviews import overturned_text
from harness.results.verdicts import (
    OPEN,
    Fault,
    counts,
    faults,
    harm_text,
    in_calls,
    key_of,
    status_text,
    wrong,
)
from harness.text import counted


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict on the whole run in a sentence; ``tone`` is pass, fail, review or none.

    If calls were lost, or the run was stopped, no tone is pass.
    """

    tone: str
    sentence: str
    harm: str = ""
    """The worst that callers met, in how many calls; empty unless a call failed unexpectedly."""

    @property
    def whole(self) -> str:
        """The harm and the verdict in a single text."""
        return " ".join(filter(None, (self.harm, self.sentence)))


def headline(results: RunResults) -> Headline:
    """Return the verdict on the run in a sentence."""
    summary = results.summary
    left_out = summary.statuses.get("not_called", 0)
    outside = summary.calls - summary.counted
    cause = "" if results.interrupted else _why_left_out(results)
    tail = f" {_outside(outside, left_out, cause)}" if outside else ""
    tail += _again(results)
    overturned = overturned_text(results.calls)
    tail += f" {overturned}" if overturned else ""
    if results.interrupted:
        tail += f" The run was interrupted{_how_far(summary.calls - left_out, summary.calls)}."
    if not summary.counted:
        return Headline("none", f"Nothing was judged: no call counts.{tail}")
    failed = [call for call in results.calls if call.passed is False]
    pending = [c for c in results.calls if c.passed is not False and _needs_listener(c)]
    gates = _gates(results)
    if failed:
        names = [figures.label(name) for name in dict.fromkeys(f.scorer for f in faults(failed))]
        names += ["the agent fell silent"] if any(map(fell_silent, failed)) else []
        by = f": {', '.join(names)}" if names else ""
        known = _known(sum(bool(known_failure(c, results.quarantined)) for c in failed), failed)
        more = f" {_to_settle(pending)}." if pending else ""
        share = f"{len(failed)} of {counted(summary.counted, 'call')}"
        # The user's gates accept these failures, so the run did not fail; it is not a pass either.
        tone = "review" if results.gates and summary.gates_passed else "fail"
        sentence = f"{share} failed{known}{by}.{more}{gates}{tail}"
        return Headline(tone, sentence, _harm(failed, results))
    if results.gates and not summary.gates_passed:
        more = f" {_to_settle(pending)}." if pending else ""
        return Headline("fail", f"No call failed.{more}{gates}{tail}")
    if pending:
        held = _not_worse(results)
        return Headline("review", f"No call failed, but {_to_settle(pending)}.{held}{tail}")
    if not summary.gates_passed:
        silent = sum(counts(call) and call.passed is None for call in results.calls)
        share = "none" if silent == summary.counted else f"{silent} of {summary.counted}"
        gave = "gave a verdict" if share == "none" else "gave no verdict"
        return Headline("none", f"No call failed, but {share} {gave}.{tail}")
    if outside:
        whole = f"{summary.counted} of {summary.calls} calls"
    else:
        whole = "The one call" if summary.counted == 1 else f"All {summary.counted} calls"
    tone = "review" if outside or results.interrupted else "pass"
    return Headline(tone, f"{whole} passed.{_not_worse(results)}{tail}")


def _harm(failed: list[CallResult], results: RunResults) -> str:
    """Return the worst harm in failed calls, without known failures."""
    counted = results.summary.counted
    new = [call for call in failed if not known_failure(call, results.quarantined)]
    for fault in faults(new):
        if told := harm_text(fault, counted):
            return told
    silent = sum(map(bool, map(fell_silent, new)))
    return f"{in_calls(silent, counted)} the agent fell silent." if silent else ""


def call_verdict(call: CallResult) -> tuple[str, str]:
    """Return the verdict on a call as a class and as a word."""
    if not counts(call):
        return "not_counted", "does not count"
    if call.passed is False:
        return "fail", "failed"
    if _needs_listener(call):
        return "review", "needs review"
    return ("pass", "passed") if call.passed else ("none", "no verdict")


def known_until(call: CallResult, results: RunResults) -> str:
    """Return "known until 2026-06-30" for a call whose failure no gate counts, else ""."""
    entry = known_failure(call, results.quarantined)
    return f"known until {entry.expires}" if entry else ""


def _known(number: int, failed: list[CallResult]) -> str:
    """Return how many of the failed calls are known failures."""
    if number < len(failed):
        return f", {number} of them known" if number else ""
    return {1: ", which is known", 2: ", both known"}.get(number, f", all {number} known")


def gate_verdict(gate: GateResult) -> tuple[str, str]:
    """Return the verdict of a gate as a class and as words."""
    if gate.passed is not None:
        return ("pass", "held") if gate.passed else ("fail", "not held")
    return ("fail", "not judged") if gate.breaks else ("review", "no evidence")


def worse_text(gates: Iterable[GateResult], changes: Iterable[str] = ()) -> str:
    """Return which results are worse than the baseline, in a sentence; empty if none is.

    ``changes`` are the differences from the baseline: a changed prompt is the likely cause.
    """
    found = [gate.short for gate in gates if gate.short and gate.breaks]
    # Whole calls fail because a scorer does: the scorer says more.
    by_scorer = [one for one in found if not one.startswith(f"{CALLS} ")]
    if not found:
        return ""
    worse = f"Worse than the baseline: {', '.join(by_scorer or found)}."
    return " ".join(filter(None, (worse, prompt_sentence(changes))))


def _not_worse(results: RunResults) -> str:
    """Return that no result is worse than in the baseline, and the loss that would be noticed."""
    seen = results.would_notice
    return f" Not worse than the baseline ({seen})." if seen else ""


def _gates(results: RunResults) -> str:
    """Return how the gates of a run ended, empty if only the default gate judged."""
    gates = counted(len(results.gates), "gate")
    broken = sum(gate.breaks for gate in results.gates)
    if broken:
        worse = worse_text(results.gates, results.changes)
        return f" {f'{worse} ' if worse else ''}{broken} of {gates} did not hold."
    if not results.gates:
        return ""
    return f" {gates} let it pass.{_not_worse(results)}"


def ended(call: CallResult) -> str:
    """Return how a call ended: "connection closed during the call: 1006"."""
    text = status_text(call)
    return f"{text}: {call.status_detail}" if call.status_detail else text


def fell_silent(call: CallResult) -> str:
    """Return how a valid call ended if the agent fell silent in it, else an empty text."""
    return ended(call) if call.status == CallStatus.AGENT_SILENT.value else ""


def why(
    call: CallResult,
    *,
    reason: Callable[[ScoreResult], str] | None = None,
    name: Callable[[str], str] = figures.label,
) -> str:
    """Return why a call has its verdict: an agent that fell silent, the worst reason, who else.

    ``reason`` and ``name`` format a verdict and a scorer for other outputs than pages.
    """
    if not counts(call):
        return ended(call)
    if not (found := wrong(call)):
        return "nothing was judged" if call.passed is None else ended(call)
    worst, *others = found
    also = ", ".join(name(score.scorer) for score in others)
    said = reason(worst) if reason else f"{name(worst.scorer)}: {told_reason(worst)}"
    whole = f"{said} (also {also})" if also else said
    return "; ".join(filter(None, (fell_silent(call), whole)))


def shared_faults(results: RunResults) -> tuple[tuple[Fault, str], ...]:
    """Return each kind of fault with "2 of 3 calls", the worst harm first.

    Empty unless several calls failed: a fault of a single call is reported with the call.
    """
    if sum(call.passed is False for call in results.calls) < 2:
        return ()
    of = counted(results.summary.counted, "call")
    return tuple((fault, f"{fault.calls} of {of}") for fault in faults(results.calls))


def told_reason(score: ScoreResult) -> str:
    """Return the reason that keeps a call from passing."""
    not_judged = score.outcome == Outcome.UNSCORABLE.value
    return f"not judged: {score.reason}" if not_judged else score.reason


def _again(results: RunResults) -> str:
    """Return how many calls were made again or confirm a loss, empty if none."""
    number = len({key_of(call) for call in results.attempts if not call.confirms})
    verb = "was" if number == 1 else "were"
    text = f" {counted(number, 'call')} {verb} made again; the last attempt counts."
    confirming = sum(call.confirms for call in results.attempts)
    more = f" {counted(confirming, 'further call')} made to confirm what looked worse."
    return (text if number else "") + (more if confirming else "")


def _how_far(made: int, planned: int) -> str:
    """Return how many calls a stopped run made, if it lists those that it did not make."""
    if made == planned:
        return "; only finished calls are here"
    verb = "was" if made == 1 else "were"
    return f": {made} of {counted(planned, 'call')} {verb} made"


def _to_settle(pending: list[CallResult]) -> str:
    """Return why calls are open: a listener can settle a review, but not a broken scorer."""
    broke = sum(not any(s.outcome == Outcome.REVIEW.value for s in c.scores) for c in pending)
    parts, listen = [], len(pending) - broke
    if listen:
        verb = "needs" if listen == 1 else "need"
        parts.append(f"{counted(listen, 'call')} {verb} a listener")
    if broke:
        parts.append(f"a scorer broke in {counted(broke, 'call')}")
    return ", and ".join(parts)


def _why_left_out(results: RunResults) -> str:
    """Return ": why" for calls that were not made, if all have the same cause, else "".

    Text in brackets, such as the amount spent by then, belongs to the single call.
    """
    missing = (call for call in results.calls if call.status == CallStatus.NOT_CALLED.value)
    causes = {call.status_detail.partition(" (")[0] for call in missing}
    return f": {causes.pop()}" if len(causes) == 1 and all(causes) else ""


def _outside(outside: int, left_out: int, cause: str) -> str:
    """Return how many calls do not count, how many of them were never made, and the cause."""
    verb = "does" if outside == 1 else "do"
    told = f"{counted(outside, 'call')} {verb} not count"
    if not left_out:
        return f"{told}."
    share = f"{left_out} of them " if left_out < outside else ""
    return f"{told}, {share}not called{cause}."


def _needs_listener(call: CallResult) -> bool:
    return counts(call) and any(score.outcome in OPEN for score in call.scores)


def page_path(call: CallResult, run_folder: Path | None) -> str:
    """Return the path of a call's page, in the form of ``path_from_here``.

    Without ``run_folder`` it is the path inside the run's folder.
    """
    inside = Path(call.recording, "index.html")
    if run_folder is None:
        return inside.as_posix()
    return path_from_here(run_folder / inside)


def path_from_here(path: Path) -> str:
    """Return a path from the working directory, or an absolute path if it is not inside that."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # links stay as they are
    here = Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def page_link(call: CallResult, run_folder: Path | None) -> str:
    """Return ``page_path`` with the moment of the worst evidence, if it is known."""
    at_s = moment_s(call)
    fragment = "" if at_s is None else f"#t={max(at_s, 0.0):.1f}"
    return f"{page_path(call, run_folder)}{fragment}"


def moment_s(call: CallResult) -> float | None:
    """Return when the evidence of the worst verdict begins, in seconds of the recording.

    None if there is no evidence, or if the source reports no times.
    """
    worst = wrong(call)[:1] if call.timed else ()
    return next((span.start_s for score in worst for span in score.evidence), None)


def span_text(span: EvidenceSpan) -> str:
    """Return "0:02.7–0:06.1", or a single time if both ends read the same."""
    first, last = figures.clock(span.start_s), figures.clock(span.end_s)
    return first if first == last else f"{first}–{last}"
