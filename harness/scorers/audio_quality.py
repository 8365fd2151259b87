"""Audio quality: whether the agent's audio arrived in time and undamaged.

Definition: docs/scorers.md. What makes it hard: a short pause between two sentences is speech, and
audio that arrives late inside a sentence is not; a quiet agent is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.errors import Unscorable
from harness.recording.provenance import Estimate
from harness.scenario.fields import Duration, Model
from harness.scenario.model import Scenario
from harness.scorers.base import Evidence, Outcome, Score, ScoredCall, Scorer, scorer
from harness.scorers.measure import Measure
from harness.scorers.own_lateness import HarnessTooLate
from harness.scorers.unheard import IN_TEXT
from harness.timeline.intervals import covered_s
from harness.timeline.model import Span, Timeline, Underrun
from harness.units import clock

AGENT_MISSING = "the agent's audio is not in the source of this call"

UNDERRUNS = Measure("underruns", unit="gaps")
"""Gaps inside answers, as audio arrived too late."""

_FEW = 2
"""So many short gaps are jitter."""

_SHOWN = 20
"""Gaps that are given as evidence."""


class AudioOptions(Model):
    """What a scenario may say of it."""

    gap_s: Duration = 0.5
    """Longest gap inside an answer."""
    gap_share: float = 0.02
    """Largest share of all gaps in the agent's speech, if there are more than two."""
    clipped_share: float = 0.01
    """Largest share of clipped samples in the agent's speech."""


@scorer("audio_quality", version=1, measures=(UNDERRUNS,), options=AudioOptions)
@dataclass(frozen=True, slots=True)
class AudioQuality(Scorer):
    """Pass when the agent's audio has few gaps, no noise, and is neither clipped nor stereo."""

    gap_s: float = 0.5
    gap_share: float = 0.02
    clipped_share: float = 0.01

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: AudioOptions) -> AudioQuality:
        """Take the limits from the options."""
        return cls(options.gap_s, options.gap_share, options.clipped_share)

    def score(self, call: ScoredCall) -> Score:
        """Score the gaps and the signal; value is the longest gap in seconds."""
        timeline = call.timeline
        if timeline.in_text:
            return Score(Outcome.NOT_APPLICABLE, IN_TEXT)
        if timeline.sound_quality is None and timeline.estimates(Estimate.AGENT_AUDIO):
            raise Unscorable(AGENT_MISSING)
        if timeline.sound_quality is None:
            return Score(Outcome.NOT_APPLICABLE, "no audio of the agent was heard")
        gaps = [gap.span for gap in timeline.underruns]
        sure = [gap for gap in map(_surely, timeline.underruns) if gap.duration_s > 0]
        longest_s = max((gap.duration_s for gap in gaps), default=0.0)
        faults = [*self._gaps(gaps, timeline), *self._signal(timeline)]
        if faults and sure != gaps and not self._signal_or(sure, timeline):
            raise HarnessTooLate("gaps in the agent's audio may be our own lateness")
        noise = timeline.sound_quality.noise
        return Score(
            Outcome.FAIL if faults else Outcome.PASS,
            "; ".join(faults) or _good(timeline, len(gaps), longest_s),
            value=longest_s,
            unit="s",
            evidence=(
                *(Evidence(gap.start_s, gap.end_s, "gap") for gap in gaps[:_SHOWN]),
                *(Evidence(one.start_s, one.end_s, "noise") for one in noise),
            ),
            details={"level_dbfs": timeline.sound_quality.level_dbfs},
            measurements=(UNDERRUNS.gave(len(gaps)),),
            by_words=False,
        )

    def _signal_or(self, gaps: list[Span], timeline: Timeline) -> bool:
        """Return whether the signal, or these gaps alone, break a rule."""
        return any(True for _ in (*self._gaps(gaps, timeline), *self._signal(timeline)))

    def _gaps(self, gaps: list[Span], timeline: Timeline) -> Iterator[str]:
        if not gaps:
            return
        longest = max(gaps, key=lambda gap: gap.duration_s)
        gaps_s = covered_s(gaps)
        spoken_s = covered_s(sound for said in timeline.agent for sound in said.sounds)
        often = len(gaps) > _FEW and gaps_s > self.gap_share * (spoken_s + gaps_s)
        if longest.duration_s > self.gap_s or often:
            number = f"{len(gaps)} times" if len(gaps) > 1 else "once"
            yield (
                f"the agent's audio broke off {number} inside an answer, for {gaps_s:.1f} s in"
                f" all; the longest gap was {longest.duration_s:.2f} s at {clock(longest.start_s)}"
            )

    def _signal(self, timeline: Timeline) -> Iterator[str]:
        quality = timeline.sound_quality
        assert quality is not None
        if quality.noise:
            first, noise_s = quality.noise[0], covered_s(quality.noise)
            yield f"the agent's audio was noise for {noise_s:.1f} s from {clock(first.start_s)}"
        if quality.clipped_share > self.clipped_share:
            yield f"{quality.clipped_share:.1%} of the agent's audio was clipped"
        if quality.stereo:
            yield "the agent sent two channels as one: its speech had half the speed"


def _surely(gap: Underrun) -> Span:
    """Return a gap without what the harness itself may have made of it."""
    start_s, end_s = gap.span.start_s, gap.span.end_s
    return Span(start_s, max(start_s, end_s - gap.uncertainty_s))


def _good(timeline: Timeline, gaps: int, longest_s: float) -> str:
    level = f"level {timeline.sound_quality.level_dbfs:.0f} dBFS" if timeline.sound_quality else ""
    if not gaps:
        return f"no gap in the agent's audio, {level}"
    return f"{gaps} short gap{'s' * (gaps > 1)}, the longest {longest_s:.2f} s, {level}"
