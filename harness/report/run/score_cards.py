"""The verdicts of a call page: a card per scorer, and the places of problems in the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.judging.scorers.base import harm_rank
from harness.judging.scorers.registry import RuleSource, rule_source
from harness.report import figures
from harness.report.figures import OpinionText, opinions
from harness.report.run.event_log import pretty
from harness.report.run.transcript import TranscriptLine
from harness.results.model import CallResult, EvidenceSpan, ScoreResult

GRAVITY = ("fail", "broken", "review")
"""Outcomes that are problems, the worst first."""
_TOUCH_S = 0.05
"""Evidence is placed to the millisecond, words to the frame: so close is the same moment."""

_ORDER = ("fail", "broken", "review", "pass", "unscorable", "not_applicable")
CONTEXT_S = 0.5
"""Audio played before and after a piece of evidence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A stretch of the call that proves a problem; ``text`` names scorers and the evidence."""

    start_s: float
    end_s: float
    clock: str
    outcome: str
    scorers: tuple[str, ...]
    text: str


def problems(scores: Iterable[ScoreResult]) -> tuple[Problem, ...]:
    """Return the problems in order of time; several verdicts on a stretch are a single problem."""
    found: dict[tuple[float, float], list[tuple[ScoreResult, EvidenceSpan]]] = {}
    for score in scores:
        for span in score.evidence if score.outcome in GRAVITY else ():
            # to 10 ms, so that scorers that mark the same stretch share a problem
            place = (round(span.start_s, 2), round(span.end_s, 2))
            found.setdefault(place, []).append((score, span))
    return tuple(_problem(found[place]) for place in sorted(found))


def _problem(same: Sequence[tuple[ScoreResult, EvidenceSpan]]) -> Problem:
    span = same[0][1]
    told = (f"{figures.label(s.scorer)}: {e.label}".removesuffix(": ") for s, e in same)
    return Problem(
        start_s=max(0.0, span.start_s),
        end_s=max(0.0, span.start_s, span.end_s),
        clock=figures.clock(max(0.0, span.start_s)),
        outcome=min((score.outcome for score, _ in same), key=GRAVITY.index),
        scorers=tuple(dict.fromkeys(figures.label(score.scorer) for score, _ in same)),
        text=", ".join(dict.fromkeys(told)),
    )


def uncalled_tools(scores: Iterable[ScoreResult]) -> tuple[str, ...]:
    """Return the tools that the scenario expects and that were never called, as it names them."""
    checks = (
        check
        for score in scores
        if score.scorer == "expectations"
        for check in score.details.get("expected", ())
    )
    return tuple(
        dict.fromkeys(
            str(check["what"])
            for check in checks
            if check["outcome"] == "fail"
            and str(check["reason"]).startswith(f"{check['what']} was called 0 times")
        )
    )


def marked(lines: Sequence[TranscriptLine], found: Iterable[Problem]) -> tuple[TranscriptLine, ...]:
    """Return the transcript with each problem at the lines that it is about."""
    marks: dict[int, dict[str, str]] = {}
    for problem in found:
        for place in _lines_of(problem, lines):
            at = marks.setdefault(place, {})
            for scorer in problem.scorers:
                known = at.get(scorer, problem.outcome)
                at[scorer] = min(known, problem.outcome, key=GRAVITY.index)
    return tuple(
        replace(line, problems=tuple((outcome, name) for name, outcome in marks[place].items()))
        if place in marks
        else line
        for place, line in enumerate(lines)
    )


def _lines_of(problem: Problem, lines: Sequence[TranscriptLine]) -> list[int]:
    """Return the lines in a stretch; for a silence the line that ended it, else that began it."""

    def where(fits: Callable[[TranscriptLine], bool]) -> list[int]:
        return [place for place, line in enumerate(lines) if fits(line)]

    def begins(line: TranscriptLine) -> bool:
        return abs(line.start_s - problem.start_s) <= _TOUCH_S

    instant = problem.end_s - problem.start_s <= _TOUCH_S
    after = where(lambda line: line.start_s >= problem.end_s - _TOUCH_S)
    ways = (
        where(lambda line: begins(line) and abs(line.end_s - problem.end_s) <= _TOUCH_S),
        where(lambda line: _shared_s(line, problem) > _TOUCH_S),
        where(lambda line: begins(line) and line.who == "tool"),
        where(begins),
        where(lambda line: instant and line.start_s <= problem.start_s < line.end_s),
        after[:1],
    )
    return next(filter(None, ways), [len(lines) - 1] if lines else [])


def _shared_s(line: TranscriptLine, problem: Problem) -> float:
    return min(line.end_s, problem.end_s) - max(line.start_s, problem.start_s)


@dataclass(frozen=True, slots=True)
class Proof:
    """A stretch of the call that can be played."""

    start_s: float
    end_s: float
    text: str

    @property
    def play_from_s(self) -> float:
        """Start of playback: an instant, or a silence, is understood by its context."""
        return max(0.0, self.start_s - CONTEXT_S)

    @property
    def play_to_s(self) -> float:
        """End of playback."""
        return self.end_s + CONTEXT_S


_STANDINGS = {
    "agreed": "in the proposal, or in the reply to it",
    "carried": "said earlier in the call",
    "implied": "need not be said",
    "contradicted": "not as agreed:",
    "replaced": "changed by the caller since",
    "open": "not clearly agreed to",
    "unsaid": "said by nobody",
}


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A value of a write without clear agreement, and its evidence."""

    argument: str
    given: str
    standing: str
    open: bool
    """Whether the verdict may depend on it."""


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """A scorer's verdict on this call."""

    scorer: str
    label: str
    version: int
    outcome: str
    outcome_text: str
    reason: str
    value: str
    proofs: tuple[Proof, ...]
    written: tuple[WrittenValue, ...]
    opinions: tuple[OpinionText, ...]
    plain: tuple[tuple[str, str], ...]
    """Details that are single values."""
    nested: str
    """The other details as JSON, empty if there are none."""
    rule: RuleSource | None = None
    """None for a scorer that is not installed."""


def score_cards(call: CallResult) -> tuple[ScoreCard, ...]:
    """Return the scores: failed ones first, then by harm, the worst first."""
    known = {outcome: place for place, outcome in enumerate(_ORDER)}
    ordered = sorted(
        call.scores,
        key=lambda s: (known.get(s.outcome, 0), harm_rank(s.scorer, s.reason), s.scorer),
    )
    return tuple(_score_card(score, timed=call.timed) for score in ordered)


def _score_card(score: ScoreResult, *, timed: bool) -> ScoreCard:
    plain = {k: v for k, v in score.details.items() if isinstance(v, str | int | float)}
    nested = {k: v for k, v in score.details.items() if k not in plain and v not in (None, [], {})}
    return ScoreCard(
        scorer=score.scorer,
        label=figures.label(score.scorer),
        version=score.version,
        outcome=score.outcome,
        outcome_text=figures.label(score.outcome),
        reason=score.reason,
        value=figures.value(score),
        proofs=tuple(dict.fromkeys(map(_proof, _played(score) if timed else ()))),
        written=tuple(_written(score)),
        opinions=opinions(score, timed=timed),
        plain=tuple((figures.label(name), _plain(value)) for name, value in plain.items()),
        nested=pretty(nested) if nested else "",
        rule=rule_source(score.scorer),
    )


def _played(score: ScoreResult) -> Iterator[EvidenceSpan]:
    """Yield the evidence, and after it the read-backs of other values than a missing one."""
    yield from score.evidence
    values = score.details.get("values")
    for value in values if isinstance(values, list) else ():
        for back in value.get("considered", ()) if isinstance(value, Mapping) else ():
            label = f"other read-back: {back['read_back']}"
            yield EvidenceSpan(back["start_s"], back["end_s"], label)


def _written(score: ScoreResult) -> Iterator[WrittenValue]:
    """Yield the values of the writes that a verdict is about; none if all went well."""
    writes = score.details.get("writes")
    for write in writes if score.outcome in GRAVITY and isinstance(writes, list) else ():
        for value in write.get("values", ()) if write.get("outcome") == score.outcome else ():
            standing, instead = str(value.get("standing")), str(value.get("instead") or "")
            words = _STANDINGS.get(standing, standing)
            other = "; the words also have" if standing == "open" else ""
            words += f"{other} “{instead}”" if instead else ""
            agreed = standing in ("agreed", "carried", "implied")
            yield WrittenValue(
                str(value.get("argument")), str(value.get("given")), words, not agreed
            )


def _plain(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _proof(span: EvidenceSpan) -> Proof:
    times = f"{figures.clock(span.start_s)}–{figures.clock(span.end_s)}"
    return Proof(span.start_s, span.end_s, f"{times} {span.label}".strip())
