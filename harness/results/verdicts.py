"""From scorers' verdicts to stored scores; causes of failures and of lost calls.

A call is identified by its suite, scenario, condition, repeat and seed. A test that is run again
(pytest with reruns) makes the same call anew: the copies are not independent draws, and thirteen
of them prove no more than one call. So the last attempt is the call, earlier attempts are
kept separately, and code that pairs calls refuses copies.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import UsageError
from harness.judging.scorers.base import (
    Measurement,
    Outcome,
    Score,
    Scorer,
    common_sentence,
    harm_rank,
    kind_of,
    sentences,
)
from harness.recording.provenance import CallStatus, EndCause
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.text import counted

COUNTED = frozenset({CallStatus.COMPLETED.value, CallStatus.AGENT_SILENT.value})
"""Statuses of valid calls, which enter pass rates; other calls are only counted and shown."""

OPEN = frozenset({Outcome.REVIEW.value, Outcome.BROKEN.value})
"""Outcomes that are neither pass nor fail: a person must listen, or a scorer must be repaired."""


def is_open(score: ScoreResult) -> bool:
    """Return whether a score leaves its call without a verdict.

    This includes a required score for which the call does not contain the evidence.
    """
    not_judged = score.owed and score.outcome == Outcome.UNSCORABLE.value
    return score.outcome in OPEN or not_judged


CallKey = tuple[str, str, str, int, int]
"""Suite, scenario, condition, repeat and seed."""

FIRST_ATTEMPT = "-first"
"""Suffix of the folder of a call that the harness itself made again at once."""

_SHOWN = 3


def counts(call: CallResult) -> bool:
    """Return whether a call is valid, so that it enters pass rates."""
    return call.status in COUNTED


def score_result(scorer: Scorer, score: Score) -> ScoreResult:
    """Return a verdict as stored; a value that is not finite or not declared makes it broken."""
    if not _is_tree(score.details):
        problem = "the scorer gave details that contain themselves"
        score = Score(Outcome.BROKEN, f"{problem} ({score.reason})")
    elif problem := _broken(scorer, score):
        score = Score(Outcome.BROKEN, f"{problem} ({score.reason})", details=score.details)
    gave = {one.measure: one for one in score.measurements}
    return ScoreResult(
        scorer=scorer.scorer_name,
        version=scorer.scorer_version,
        outcome=score.outcome.value,
        passed=score.passed,
        value=score.value,
        unit=score.unit,
        reason=score.reason,
        evidence=tuple(EvidenceSpan(e.start_s, e.end_s, e.label) for e in score.evidence),
        details=dict(score.details),
        measurements=tuple(gave.get(one, Measurement(one)) for one in scorer.measures),
        owed=scorer.owed,
    )


def _is_tree(details: Mapping[str, object]) -> bool:
    try:
        json.dumps(details, default=str, skipkeys=True)  # raises for a cycle
    except (ValueError, RecursionError):
        return False
    return True


def _broken(scorer: Scorer, score: Score) -> str:
    """Return why a score cannot be counted, empty if it can."""
    for number in (score.value, *(v.value for m in score.measurements for v in m.values)):
        if number is not None and not math.isfinite(number):
            return f"the scorer gave a value that is not a number: {number}"
    measured = [one.measure for one in score.measurements]
    for measure in measured:
        if measure not in scorer.measures:
            return f"the scorer gave a measure that it has not declared: {measure.name}"
        if measured.count(measure) > 1:
            return f"the scorer gave a measure twice: {measure.name}"
    return ""


def call_passed(status: str, scores: tuple[ScoreResult, ...]) -> bool | None:
    """Return the verdict on a call.

    None when its status is not valid. Otherwise False when a scorer failed, or when the agent fell
    silent (a silent agent never passes, whatever could still be judged). None again when a score
    is open (``is_open``), or when no scorer judged it. Otherwise True: at least one score passed,
    none failed and none is open.
    """
    if status not in COUNTED:
        return None
    outcomes = {score.outcome for score in scores}
    if Outcome.FAIL.value in outcomes or status == CallStatus.AGENT_SILENT.value:
        return False
    if any(map(is_open, scores)) or Outcome.PASS.value not in outcomes:
        return None
    return True


def key_of(call: CallResult) -> CallKey:
    """Return the identity of a call; an imported call has the seed of its name and no repeat."""
    repeat = 0 if call.call else call.repeat
    return call.suite, call.scenario, call.condition, repeat, call.seed


def last_attempts(
    calls: Iterable[CallResult],
) -> tuple[tuple[CallResult, ...], tuple[CallResult, ...]]:
    """Return the last attempt at each call and those before it, both in the given order.

    Calls of another scenario text or agent under the same name are not attempts at the same call;
    they stay, and are refused when calls are paired.
    """
    calls = tuple(calls)
    last = {_same(call): call for call in sorted(calls, key=_made)}
    kept = {id(call) for call in last.values()}  # by identity: equal copies are separate calls
    return (
        tuple(call for call in calls if id(call) in kept),
        tuple(call for call in calls if id(call) not in kept),
    )


def check_single(calls: Sequence[CallResult], what: str) -> None:
    """Refuse to pair calls that contain copies; ``what`` names the source of the calls.

    Raises:
        UsageError: names the calls and how often they occur.
    """
    copies = [(key, number) for key, number in Counter(map(key_of, calls)).items() if number > 1]
    if not copies:
        return
    told = [_told(key, number) for key, number in copies[:_SHOWN]]
    if len(copies) > _SHOWN:
        told.append(f"and {len(copies) - _SHOWN} more calls")
    raise UsageError(
        f"{what} holds copies of calls, which are no independent pairs: {'; '.join(told)}. "
        "Make the run again, each scenario, condition, repeat and seed once"
    )


def _told(key: CallKey, number: int) -> str:
    _, scenario, condition, repeat, seed = key
    name = f"{scenario} / {condition}" if condition else scenario
    return f"{name!r} repeat {repeat + 1}, seed {seed}, {number} times"


def _same(call: CallResult) -> tuple[object, ...]:
    return (*key_of(call), call.scenario_path, call.scenario_hash, call.prompt_hash)


def _made(call: CallResult) -> tuple[bool, int, str]:
    """Order attempts by when they were made: each took the next free folder, slug, slug-2, …

    A call for which the harness was too late was moved to another folder, and is the earliest.
    """
    later = not call.recording.endswith(FIRST_ATTEMPT)
    return later, len(call.recording), call.recording


def cause_name(cause: EndCause | None) -> str:
    """Return a cause as stored in results."""
    return "" if cause is None else cause.value


# Why the calls of a run failed: a sentence for each kind of fault, with its number of calls.


def wrong(call: CallResult) -> tuple[ScoreResult, ...]:
    """Return the failed and then the open scores of a call, each by harm, the worst first."""
    failed = [score for score in call.scores if score.outcome == Outcome.FAIL.value]
    return (*sorted(failed, key=_rank), *sorted(filter(is_open, call.scores), key=_rank))


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault over a run; ``text`` has "…" for the parts that differ between calls."""

    scorer: str
    text: str
    calls: int
    found: tuple[tuple[CallResult, ScoreResult], ...] = field(default=(), compare=False)
    """The calls that have it, in the given order, each with the score that reports it."""


def faults(calls: Iterable[CallResult]) -> tuple[Fault, ...]:
    """Return the faults of all valid calls: the worst harm first, then the most frequent."""
    found: dict[tuple[str, str], list[tuple[str, CallResult, ScoreResult]]] = {}
    for call in filter(counts, calls):
        for key, (sentence, score) in dict(_kinds(call)).items():
            found.setdefault(key, []).append((sentence, call, score))
    every = (
        Fault(
            scorer,
            common_sentence([sentence for sentence, *_ in each]),
            len(each),
            tuple((call, score) for _, call, score in each),
        )
        for (scorer, _), each in found.items()
    )
    return tuple(
        sorted(every, key=lambda one: (harm_rank(one.scorer, one.text), -one.calls, one.text))
    )


def harm_text(fault: Fault, of: int) -> str:
    """Return a fault as a headline: "In 3 of 24 calls the booking code was never read back."

    ``of`` is the number of valid calls of the run. Empty for a scorer that gave no reason.
    """
    if not fault.text:
        return ""
    _, used, problem = fault.text.partition(_USED)
    if fault.scorer != "entity_confirmation" or not used:
        return f"{in_calls(fault.calls, of)}: {fault.text}."
    return f"{in_calls(fault.calls, of)} {_value_name(fault)} {problem}."


def in_calls(number: int, of: int) -> str:
    """Return "In 3 of 24 calls"; ``of`` is the number of valid calls."""
    return "In the one call" if of == 1 else f"In {number} of {of} calls"


_USED = ", but it "
"""The text of entity_confirmation between the use of a value and the fault of its read-back."""


def _value_name(fault: Fault) -> str:
    """Return the argument that all calls of a fault are about, in words."""
    kind = kind_of(fault.text)
    names = {
        str(value["argument"])
        for _, score in fault.found
        for value in score.details.get("values", ())
        if kind_of(str(value.get("problem"))) == kind
    }
    return f"the {names.pop().replace('_', ' ')}" if len(names) == 1 else "an exact value"


def _kinds(call: CallResult) -> Iterator[tuple[tuple[str, str], tuple[str, ScoreResult]]]:
    for score in call.scores:
        if score.outcome == Outcome.FAIL.value:
            for sentence in _sentences(score):
                yield (score.scorer, kind_of(sentence)), (sentence, score)


def _sentences(score: ScoreResult) -> tuple[str, ...]:
    """Return the scorer's sentences, or a person's whole reason if the person failed the call."""
    if score.review is not None and score.review.outcome != score.outcome:
        return (score.reason,)
    return sentences(score.reason if score.review is None else score.review.question) or ("",)


def _rank(score: ScoreResult) -> int:
    return harm_rank(score.scorer, score.reason)


# Calls without a verdict: how many, and why, in words; an unjudged call never counts as passed.
#
# A call is lost if its status is not valid: it was not made, was spoilt, or the harness was too
# late. A valid call may have no verdict either, if a person must listen or a scorer broke.

STATUS_TEXT = {
    "completed": "completed",
    "agent_silent": "agent fell silent",
    "socket_closed": "connection closed during the call",
    "agent_error": "the agent reported an error",
    "harness_error": "the harness failed",
    "caller_invalid": "the caller's own audio or script failed",
    "timing_invalid": "the harness was too late to judge the agent by",
    "interrupted": "interrupted",
    "not_called": "not called",
    "source_invalid": "its files are wrong",
}

CAUSE_TEXT = {
    "no_connection": "no connection to the agent",
    "no_greeting": "the agent did not greet",
    "expired": "the service's longest time for a session had passed",
    "cue_never_came": "completed, but not the whole script",
    "unwritten": "its recording could not be written",
    "plugin_failed": "an installed package failed",
}
"""Texts of the causes that are more specific than the status."""


def status_text(call: CallResult) -> str:
    """Return how a call ended in words: whether the harness failed or no agent answered."""
    known = CAUSE_TEXT.get(call.end_cause) or STATUS_TEXT.get(call.status)
    return known or call.status.replace("_", " ")


def why_lost(calls: Iterable[CallResult]) -> str:
    """Return why calls were lost, the most frequent first: "12 not called (why), 2 interrupted".

    Empty if none was. The reason why a call was not made is the harness' own text; other details
    may be a server's text, which only the call's page shows.
    """
    often = Counter(_why(call) for call in calls if not counts(call))
    return ", ".join(f"{number} {why}" for why, number in often.most_common())


def unjudged(calls: Sequence[CallResult]) -> str:
    """Return "12 of 26 calls judged, 14 not called (why)"; empty if each has a verdict."""
    judged = sum(call.passed is not None for call in calls)
    if judged == len(calls):
        return ""
    open_ = sum(counts(call) and call.passed is None for call in calls)
    reasons = (why_lost(calls), f"{open_} without a verdict" if open_ else "")
    return f"{judged} of {counted(len(calls), 'call')} judged, {', '.join(filter(None, reasons))}"


def _why(call: CallResult) -> str:
    # text in brackets, such as the amount spent by then, belongs to the single call
    cause = call.status_detail.partition(" (")[0]
    made = call.status != CallStatus.NOT_CALLED.value
    return status_text(call) if made or not cause else f"{status_text(call)} ({cause})"
