"""Yield: how soon the agent is silent when the caller begins to speak over it.

Definition: docs/reference/scorers/barge-in-yield.md (tau-voice's success limit of 2.0 s; the
Realtime guide's rule that a WebSocket client truncates unheard audio).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Evidence,
    Measure,
    MeasuredValue,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    raise_if_harness_too_late,
    scorer,
)
from harness.judging.scorers.missing_evidence import (
    IN_TEXT,
    estimated_bounds,
    raise_if_held_up,
    raise_if_near_limit,
    raise_if_not_recorded,
    raise_if_untimed,
)
from harness.judging.scorers.time_to_first_audio import CLOCK_TOLERANCE_S
from harness.recording.provenance import Estimate
from harness.scenario.fields import Duration, Model
from harness.scenario.model import Scenario
from harness.timeline.model import AgentUtterance, BargeInFact
from harness.timeline.utterances import WHOLE_S
from harness.units import clock, ms_to_seconds, with_uncertainty

_REFUSED = "the agent fell silent in time, but the service did not take note of what was heard"

STALE_S = 0.001
"""Stale audio counts from this length on: shorter is inaudible, from the grid of two clocks."""


BARGE_IN_YIELD = Measure("barge_in_yield", unit="s")
"""The duration of the slowest yield of a call."""


class YieldOptions(Model):
    """What a scenario may say of it; how long a yield may take stands in its ``limits``."""

    truncation_limit_s: Duration = 0.02
    """Largest difference between what we told the agent was heard and what was heard."""


@scorer(
    "barge_in_yield",
    version=9,
    measures=(BARGE_IN_YIELD,),
    options=YieldOptions,
    limited_by={"": "barge_in_yield_s"},
)
@dataclass(frozen=True, slots=True)
class BargeInYield(Scorer):
    """Pass when the agent yields to every barge-in within limit_s seconds, inclusive."""

    of_words: ClassVar[bool] = False

    limit_s: float = 2.0
    truncation_limit_s: float = 0.02

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: YieldOptions) -> BargeInYield:
        """Take the longest yield from the scenario's ``limits``."""
        return cls(scenario.limits.barge_in_yield_s, options.truncation_limit_s)

    def score(self, call: ScoredCall) -> Score:
        """Score the slowest yield and every truncation."""
        if call.timeline.in_text:
            return Score(Outcome.NOT_APPLICABLE, IN_TEXT)
        raise_if_untimed(call)
        _raise_if_one_channel(call)
        raise_if_not_recorded(call)
        # An agent that simply finished its sentence did not yield.
        counted = [fact for fact in call.timeline.barge_ins if fact.had_more]
        details = {"barge_ins": [asdict(fact) for fact in call.timeline.barge_ins]}
        # A vendor without response events does not show if the agent was cut or had ended.
        if open_ := [fact for fact in call.timeline.barge_ins if not fact.finished and not counted]:
            raise Unscorable(_left_open(open_[0], call))
        if not counted:
            reason = "the agent had nothing more to say" if details["barge_ins"] else "no barge-in"
            return Score(Outcome.NOT_APPLICABLE, reason, details=details)
        _raise_if_audio_missing(call, counted)
        self._raise_if_queued(counted)
        slowest = max(counted, key=_took_s)
        took_s = _took_s(slowest)
        raise_if_near_limit(call, took_s, self.limit_s, "a yield")
        faults = [
            fault
            for fact in counted
            if (fault := self._truncation_fault(fact, call.timeline.agent[fact.utterance]))
        ]
        late = took_s - self.limit_s > CLOCK_TOLERANCE_S
        if late and not faults:
            raise_if_harness_too_late(((took_s, self.limit_s, slowest.uncertainty_s),), "a yield")
            held = (slowest.onset_s, slowest.onset_s + took_s, self.limit_s)
            raise_if_held_up(call, (held,), "a yield")
        if not late and not faults and (refused := [f.refused for f in counted if f.refused]):
            raise Unscorable(f"{_REFUSED}: {refused[0]}")
        took = with_uncertainty(f"{took_s:.2f} s", slowest.uncertainty_s)
        if late:
            faults.insert(0, f"the agent kept talking over the caller for {took}")
        reason = "; ".join(faults) or f"slowest yield took {took}"
        return Score(
            Outcome.FAIL if faults else Outcome.PASS,
            (f"{reason}, limit {self.limit_s:.2f} s" if late or not faults else reason)
            + estimated_bounds(call),
            value=took_s,
            unit="s",
            evidence=(Evidence(slowest.onset_s, slowest.onset_s + took_s, "yield"),),
            details=details,
            measurements=(BARGE_IN_YIELD.gave(_measured(slowest)),),
            by_words=False,
        )

    def _raise_if_queued(self, facts: list[BargeInFact]) -> None:
        """Raise Unscorable if queued audio alone made a yield late, and no report could stop it."""
        for fact in facts:
            if _took_s(fact) > self.limit_s and fact.queued_s > self.limit_s:
                raise Unscorable(
                    f"{fact.queued_s:.1f} s of audio were queued at the client when the caller"
                    f" began at {clock(fact.onset_s)}, and the dialect never reported an"
                    " interruption: when the agent stopped cannot be told"
                )

    def _truncation_fault(self, fact: BargeInFact, spoken: AgentUtterance) -> str | None:
        if spoken.without_audio:
            return None  # the service plays the audio itself and knows the playout position
        # The service must get the playout position, exact to the frame, or it remembers words that
        # the caller did not hear.
        if fact.audio_end_ms is None or fact.heard_ms is None:
            untold = fact.unplayed_s > WHOLE_S and not spoken.inferred  # else unknown
            return "the agent was never told what was heard" if untold else None
        off_s = ms_to_seconds(abs(fact.audio_end_ms - fact.heard_ms))
        if off_s > self.truncation_limit_s:
            return f"truncation is {off_s * 1000:.0f} ms off what was heard"
        # Audio that was sent long ago keeps playing unless the client stops it.
        if fact.stale_s >= STALE_S:
            return f"{fact.stale_s:.2f} s of the old answer were heard after it was stopped"
        return None


def _raise_if_one_channel(call: ScoredCall) -> None:
    if call.timeline.estimates(Estimate.SIDES):
        raise Unscorable(
            "one channel holds both voices: who falls silent when both speak cannot be told"
        )


def _raise_if_audio_missing(call: ScoredCall, facts: list[BargeInFact]) -> None:
    """Raise Unscorable if the source lacks the audio of either side at a barge-in."""
    agent, caller = call.timeline.agent, call.timeline.caller
    for fact in facts:
        if agent[fact.utterance].unrecorded or caller[fact.caller].unrecorded:
            at = clock(fact.onset_s)
            raise Unscorable(f"the recording has no audio of one side at the barge-in at {at}")


def _left_open(fact: BargeInFact, call: ScoredCall) -> str:
    after_s = max(0.0, call.timeline.agent[fact.utterance].span.end_s - fact.onset_s)
    return (
        f"the agent fell silent {after_s:.2f} s after the caller began at {clock(fact.onset_s)};"
        " nothing tells whether it was cut short or had finished"
    )


def _measured(fact: BargeInFact) -> MeasuredValue:
    return MeasuredValue(_took_s(fact), at_s=fact.onset_s, uncertainty_s=fact.uncertainty_s)


def _took_s(fact: BargeInFact) -> float:
    return 0.0 if fact.yielded_s is None else fact.yielded_s - fact.onset_s
