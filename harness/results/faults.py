"""Why the calls of a run failed: one sentence for each kind of fault, with its number of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.results.convert import counts, is_open
from harness.results.model import CallResult, ScoreResult
from harness.scorers.base import Outcome, common_sentence, kind_of, sentences
from harness.scorers.harm import harm_rank


def wrong(call: CallResult) -> tuple[ScoreResult, ...]:
    """Return the failed and then the open scores of a call, each by harm, the worst first."""
    failed = [score for score in call.scores if score.outcome == Outcome.FAIL.value]
    return (*sorted(failed, key=_rank), *sorted(filter(is_open, call.scores), key=_rank))


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault over a run; ``text`` has "…" in place of what differs between calls."""

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
    """Return "In 3 of 24 calls", of so many valid ones."""
    return "In the one call" if of == 1 else f"In {number} of {of} calls"


_USED = ", but it "
"""What entity_confirmation writes between the use of a value and the fault of its read-back."""


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
    """Return the scorer's sentences, or a person's whole reason where that one failed the call."""
    if score.review is not None and score.review.outcome != score.outcome:
        return (score.reason,)
    return sentences(score.reason if score.review is None else score.review.question) or ("",)


def _rank(score: ScoreResult) -> int:
    return harm_rank(score.scorer, score.reason)
