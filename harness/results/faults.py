"""Why the calls of a run failed: one sentence for each kind of fault, with its number of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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


def faults(calls: Iterable[CallResult]) -> tuple[Fault, ...]:
    """Return the faults of all valid calls: the worst harm first, then the most frequent."""
    found: dict[tuple[str, str], list[str]] = {}
    for call in filter(counts, calls):
        for key, sentence in dict(_kinds(call)).items():
            found.setdefault(key, []).append(sentence)
    every = (Fault(scorer, common_sentence(said), len(said)) for (scorer, _), said in found.items())
    return tuple(
        sorted(every, key=lambda one: (harm_rank(one.scorer, one.text), -one.calls, one.text))
    )


def _kinds(call: CallResult) -> Iterator[tuple[tuple[str, str], str]]:
    for score in call.scores:
        if score.outcome == Outcome.FAIL.value:
            for sentence in _sentences(score):
                yield (score.scorer, kind_of(sentence)), sentence


def _sentences(score: ScoreResult) -> tuple[str, ...]:
    """Return the scorer's sentences, or a person's whole reason where that one failed the call."""
    if score.review is not None and score.review.outcome != score.outcome:
        return (score.reason,)
    return sentences(score.reason if score.review is None else score.review.question) or ("",)


def _rank(score: ScoreResult) -> int:
    return harm_rank(score.scorer, score.reason)
