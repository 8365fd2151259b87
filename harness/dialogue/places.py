"""When a stretch of an utterance's words was heard, estimated from how long words take to say."""

from __future__ import annotations

from harness.timeline.intervals import covered_s, on_grid
from harness.timeline.model import AgentUtterance, Span
from harness.timeline.utterances import spoken_share


def said_at(utterance: AgentUtterance, start: int, stop: int) -> Span:
    """Return the time in which ``claimed[start:stop]`` was heard, pauses between sounds skipped.

    Good to a few tenths of a second; never outside the utterance.
    """
    heard_share = 1.0
    if utterance.interrupted and utterance.generated_s > 0:
        heard_share = utterance.heard_s / utterance.generated_s
    speech_s = covered_s(utterance.sounds) / heard_share
    first, last = (spoken_share(utterance.claimed, at) * speech_s for at in (start, stop))
    return Span(_at(utterance, first), max(_at(utterance, first), _at(utterance, last)))


def _at(utterance: AgentUtterance, speech_s: float) -> float:
    """Return when so much speech of an utterance had been heard."""
    left_s = speech_s
    for sound in utterance.sounds:
        if left_s <= sound.duration_s:
            return on_grid(sound.start_s + left_s)
        left_s -= sound.duration_s
    return utterance.span.end_s
