"""The verdicts of a call page: one card per scorer, what failed first, each with its sound."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import figures
from harness.report.run.event_log import pretty
from harness.results.model import CallResult, EvidenceSpan, ScoreResult

_ORDER = ("fail", "broken", "review", "pass", "unscorable", "not_applicable")
CONTEXT_S = 0.5
"""What is played before and after a piece of evidence."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A stretch of the call that can be played."""

    start_s: float
    end_s: float
    text: str

    @property
    def play_from_s(self) -> float:
        """Where playing begins: an instant, or a silence, is understood by what is around it."""
        return max(0.0, self.start_s - CONTEXT_S)

    @property
    def play_to_s(self) -> float:
        """Where playing stops."""
        return self.end_s + CONTEXT_S


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """One scorer's verdict on this call."""

    scorer: str
    label: str
    version: int
    outcome: str
    outcome_text: str
    reason: str
    value: str
    proofs: tuple[Proof, ...]
    plain: tuple[tuple[str, str], ...]
    """Details that are single values."""
    nested: str
    """The other details as JSON, empty if there are none."""


def score_cards(call: CallResult) -> tuple[ScoreCard, ...]:
    """Return the scores, what failed first."""
    known = {outcome: place for place, outcome in enumerate(_ORDER)}
    ordered = sorted(call.scores, key=lambda s: (known.get(s.outcome, 0), s.scorer))
    return tuple(_score_card(score) for score in ordered)


def _score_card(score: ScoreResult) -> ScoreCard:
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
        proofs=tuple(_proof(span) for span in score.evidence),
        plain=tuple((figures.label(name), _plain(value)) for name, value in plain.items()),
        nested=pretty(nested) if nested else "",
    )


def _plain(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _proof(span: EvidenceSpan) -> Proof:
    times = f"{figures.clock(span.start_s)}–{figures.clock(span.end_s)}"
    return Proof(span.start_s, span.end_s, f"{times} {span.label}".strip())
