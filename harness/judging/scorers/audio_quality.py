"""Audio quality: whether the agent's audio arrived in time and undamaged.

Definition: docs/reference/scorers/audio-quality.md. Difficulties: a short pause between two
sentences belongs to the speech, and audio that arrives late inside a sentence does not; a quiet
agent is no fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Unscorable
from harness.judging.scorers.base import (
    Evidence,
    HarnessTooLate,
    Measure,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    scorer,
)
from harness.judging.scorers.missing_evidence import IN_TEXT
from harness.recording.provenance import Estimate
from harness.scenario.fields import Duration, Model
from harness.scenario.model import Scenario
from harness.timeline.intervals import covered_s
from harness.timeline.model import SessionChange, Span, Timeline, Underrun, WrongRate
from harness.timeline.sound_quality import LEAST_GAP_S
from harness.units import clock

AGENT_MISSING = "the agent's audio is not in the source of this call"

UNDERRUNS = Measure("underruns", unit="gaps")
"""Gaps inside answers because audio arrived too late."""

_FEW = 2
"""Maximum number of short gaps that is not jitter."""

_FEW_SHORT = 9
"""More gaps than this are jitter, even if each is too short to be heard alone."""

_UNDERSTOOD = 0.9
"""Share of words that ASR recognizes at the right speed; at 0.5 or 1.5 times it, fewer."""

_SHOWN = 20
"""Maximum number of gaps in the evidence."""


class AudioOptions(Model):
    """What a scenario may say of it."""

    gap_s: Duration = 0.5
    """Longest gap inside an answer."""
    gap_share: float = 0.02
    """Largest share of all gaps in the agent's speech, if there are more than two."""
    clipped_share: float = 0.01
    """Largest share of clipped samples in the agent's speech."""


@scorer("audio_quality", version=3, measures=(UNDERRUNS,), options=AudioOptions)
@dataclass(frozen=True, slots=True)
class AudioQuality(Scorer):
    """Pass when the agent's audio has few gaps, no noise, and is neither clipped nor stereo."""

    of_words: ClassVar[bool] = False

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
        every = [gap.span for gap in timeline.underruns]
        sure = [gap for gap in map(_surely, timeline.underruns) if gap.duration_s > 0]
        gaps = [gap for gap in every if gap.duration_s >= LEAST_GAP_S]
        longest_s = max((gap.duration_s for gap in gaps), default=0.0)
        too_many = list(self._gaps(every, timeline))
        # Gaps that are too short to be heard alone are evidence only where their number counts.
        shown = gaps or (every if too_many else [])
        faults = [*too_many, *self._signal(timeline)]
        # The verdict depends on gaps that the harness itself may have caused.
        if faults and sure != every and not self._signal_or(sure, timeline):
            raise HarnessTooLate("gaps in the agent's audio may be our own lateness")
        # After such a change the harness has read the audio in the old format.
        if not faults and (change := _other_format(timeline)) is not None:
            raise Unscorable(
                f"the service changed its audio from {change.before} to {change.after} at"
                f" {clock(change.at_s)}, unasked: what came then was read as {change.before}"
            )
        doubts = list(_doubts(timeline))
        bad = Outcome.FAIL if faults else Outcome.REVIEW
        quality = timeline.sound_quality
        noise = sorted((*quality.noise, *(one.span for one in quality.rough)), key=_start)
        return Score(
            bad if faults or doubts else Outcome.PASS,
            "; ".join((*faults, *doubts)) or _good(timeline, len(gaps), longest_s),
            value=longest_s,
            unit="s",
            evidence=(
                *(Evidence(gap.start_s, gap.end_s, "gap") for gap in shown[:_SHOWN]),
                *(Evidence(one.start_s, one.end_s, "noise") for one in noise),
            ),
            details={"level_dbfs": timeline.sound_quality.level_dbfs},
            measurements=(UNDERRUNS.gave(len(gaps)),),
            by_words=False,
        )

    def _signal_or(self, gaps: list[Span], timeline: Timeline) -> bool:
        """Return whether the signal, or these gaps alone, break a rule."""
        return any(True for _ in (*self._gaps(gaps, timeline), *self._signal(timeline)))

    def _gaps(self, every: list[Span], timeline: Timeline) -> Iterator[str]:
        """Yield the faults of the gaps: a gap is too long, or their total is."""
        gaps = [gap for gap in every if gap.duration_s >= LEAST_GAP_S]
        longest_s = max((gap.duration_s for gap in gaps), default=0.0)
        spoken_s = covered_s(sound for said in timeline.agent for sound in said.sounds)
        if longest_s > self.gap_s or (len(gaps) > _FEW and self._often(gaps, spoken_s)):
            yield _broke_off(gaps)
        # Many gaps are jitter even if each is too short to be heard alone.
        elif len(every) > _FEW_SHORT and self._often(every, spoken_s):
            yield _broke_off(every)

    def _often(self, gaps: list[Span], spoken_s: float) -> bool:
        gaps_s = covered_s(gaps)
        return gaps_s > self.gap_share * (spoken_s + gaps_s)

    def _signal(self, timeline: Timeline) -> Iterator[str]:
        quality = timeline.sound_quality
        assert quality is not None
        if quality.noise:
            first, noise_s = quality.noise[0], covered_s(quality.noise)
            yield f"the agent's audio was noise for {noise_s:.1f} s from {clock(first.start_s)}"
        if quality.clipped_share > self.clipped_share:
            yield f"{quality.clipped_share:.1%} of the agent's audio was clipped"
        for likely, spans in _rough(timeline).items():
            if likely:
                yield (
                    f"the agent's audio was noise for {covered_s(spans):.1f} s from"
                    f" {clock(spans[0].start_s)}: it sounds like {likely} read as PCM16"
                )
        if (cuts := quality.dropouts) is not None:
            yield (
                f"the agent's speech was cut {cuts.number} times by"
                f" {1000 * cuts.total_s / cuts.number:.0f} ms of silence from {clock(cuts.first_s)}"
            )
        if quality.stereo:
            yield "the agent sent two channels as one: its speech had half the speed"
        # ASR that understands nearly all words shows that the speed is right.
        elif (rate := quality.wrong_rate) is not None and rate.sure and not _understood(timeline):
            yield f"the agent's speech was {_how_fast(rate)}"


def _other_format(timeline: Timeline) -> SessionChange | None:
    """Return the change of the output format that was followed by audio, if any."""
    last_s = max((said.span.end_s for said in timeline.agent), default=0.0)
    changes = (one for one in timeline.session_changes if one.setting == "output_format")
    return next((one for one in changes if one.at_s < last_s), None)


def _rough(timeline: Timeline) -> dict[str, list[Span]]:
    """Return the rough stretches in order of time, by their likely format."""
    found: dict[str, list[Span]] = {}
    rough = () if timeline.sound_quality is None else timeline.sound_quality.rough
    for one in sorted(rough, key=lambda one: one.span.start_s):
        found.setdefault(one.likely, []).append(one.span)
    return found


def _doubts(timeline: Timeline) -> Iterator[str]:
    """Yield the questions that a person must answer by listening."""
    quality = timeline.sound_quality
    assert quality is not None
    if spans := _rough(timeline).get(""):
        yield (
            f"the agent's audio may be noise for {covered_s(spans):.1f} s from"
            f" {clock(spans[0].start_s)}: does it sound damaged?"
        )
    rate = quality.wrong_rate
    if rate is not None and not quality.stereo and not (rate.sure and not _understood(timeline)):
        yield f"the agent's speech may be {_how_fast(rate)}: does it sound unnatural?"


def _how_fast(rate: WrongRate) -> str:
    factor = rate.played_hz / rate.made_hz
    how = f"{factor:.3g} times too fast" if factor > 1 else f"{1 / factor:.3g} times too slow"
    made, played = f"{rate.made_hz // 1000} kHz", f"{rate.played_hz // 1000} kHz"
    return f"{how}: this audio fits {made}, not {played}"


def _understood(timeline: Timeline) -> bool:
    """Return whether a recognizer understood nearly all words, as it does at the right speed."""
    heard = [said for said in timeline.agent if said.recognized is not None and said.claimed]
    words = Counter(word for said in heard for word in _words(said.claimed))
    known = words & Counter(word for said in heard for word in _words(said.recognized or ""))
    return bool(words) and known.total() >= _UNDERSTOOD * words.total()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _start(span: Span) -> float:
    return span.start_s


def _broke_off(gaps: list[Span]) -> str:
    longest = max(gaps, key=lambda gap: gap.duration_s)
    number = f"{len(gaps)} times" if len(gaps) > 1 else "once"
    return (
        f"the agent's audio broke off {number} inside an answer, for {covered_s(gaps):.1f} s in"
        f" all; the longest gap was {longest.duration_s:.2f} s at {clock(longest.start_s)}"
    )


def _surely(gap: Underrun) -> Span:
    """Return a gap without the part that the harness itself may have caused."""
    start_s, end_s = gap.span.start_s, gap.span.end_s
    return Span(start_s, max(start_s, end_s - gap.uncertainty_s))


def _good(timeline: Timeline, gaps: int, longest_s: float) -> str:
    level = f"level {timeline.sound_quality.level_dbfs:.0f} dBFS" if timeline.sound_quality else ""
    if not gaps:
        return f"no gap in the agent's audio, {level}"
    return f"{gaps} short gap{'s' * (gaps > 1)}, the longest {longest_s:.2f} s, {level}"
