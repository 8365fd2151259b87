"""The agent's audio as faults and quirks change it: its level, its length, and when it leaves."""

from __future__ import annotations

from harness.agent.faults import (
    AUDIO_LEFT_S,
    LONG_ANSWER_WORDS,
    QUIETER_BY_DB,
    AgentFault,
    AgentQuirk,
    AgentSwitch,
)
from harness.agent.server.script import Pace
from harness.audio.pcm import Pcm


def sent_audio(words: str, audio: Pcm, switch: AgentSwitch | None) -> Pcm:
    """Return the audio that is sent for these words."""
    if switch is AgentQuirk.QUIET_VOICE:
        return audio.gained(-QUIETER_BY_DB)
    if switch is AgentFault.TEXT_WITHOUT_AUDIO and len(words.split()) >= LONG_ANSWER_WORDS:
        return audio.cut(0, round(AUDIO_LEFT_S * audio.rate_hz))
    return audio


def pace_of(switch: AgentSwitch | None) -> Pace:
    """Return how fast audio leaves."""
    if switch is AgentQuirk.SENDS_AUDIO_AHEAD:
        return Pace.AT_ONCE
    return Pace.CHOPPY if switch is AgentFault.SENDS_CHOPPY_AUDIO else Pace.STEADY
