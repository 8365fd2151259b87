"""The agent's audio as faults and quirks change it: its level, its length, and when it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from harness.agent.faults import (
    AUDIO_LEFT_S,
    DROPPED_EVERY_S,
    DROPPED_S,
    LONG_ANSWER_WORDS,
    LOUDER_BY_DB,
    LOUDEST,
    NOISE_FROM_S,
    QUIETER_BY_DB,
    AgentFault,
    AgentQuirk,
    AgentSwitch,
)
from harness.agent.server.script import Pace
from harness.audio.pcm import FULL_SCALE, Pcm
from harness.audio.resample import resample


def _lost_byte(audio: Pcm) -> Pcm:
    at = round(NOISE_FROM_S * audio.rate_hz)
    rest = audio.cut(at).to_bytes()[1:]
    noise = np.frombuffer(rest[: len(rest) // 2 * 2], np.int16)
    return Pcm(np.concatenate((audio.cut(0, at).samples, noise)), audio.rate_hz)


def _loud(audio: Pcm) -> Pcm:
    peak = int(np.abs(audio.samples.astype(np.int32)).max(initial=1))
    return Pcm((audio.samples * (LOUDEST * FULL_SCALE / peak)).astype(np.int16), audio.rate_hz)


def _dropped(audio: Pcm) -> Pcm:
    samples, every = audio.samples.copy(), round(DROPPED_EVERY_S * audio.rate_hz)
    for at in range(every, len(samples), every):
        samples[at : at + round(DROPPED_S * audio.rate_hz)] = 0
    return Pcm(samples, audio.rate_hz)


def _at_half_speed(audio: Pcm) -> Pcm:
    return Pcm(resample(audio, 2 * audio.rate_hz).samples, audio.rate_hz)


_CHANGED: Mapping[AgentSwitch, Callable[[Pcm], Pcm]] = {
    AgentQuirk.QUIET_VOICE: lambda audio: audio.gained(-QUIETER_BY_DB),
    AgentQuirk.LOUD_VOICE: _loud,
    AgentFault.CLIPS_AUDIO: lambda audio: audio.gained(LOUDER_BY_DB),
    AgentFault.SENDS_NOISE: _lost_byte,
    AgentFault.SENDS_SLOW_AUDIO: _at_half_speed,
    AgentFault.DROPS_PACKETS: _dropped,
    AgentFault.SENDS_STEREO: lambda audio: Pcm(np.repeat(audio.samples, 2), audio.rate_hz),
}
"""The change to all audio, by switch."""


def sent_audio(words: str, audio: Pcm, switch: AgentSwitch | None) -> Pcm:
    """Return the audio that is sent for these words."""
    if switch is not None and switch in _CHANGED:
        return _CHANGED[switch](audio)
    if switch is AgentFault.TEXT_WITHOUT_AUDIO and len(words.split()) >= LONG_ANSWER_WORDS:
        return audio.cut(0, round(AUDIO_LEFT_S * audio.rate_hz))
    return audio


def pace_of(switch: AgentSwitch | None) -> Pace:
    """Return how fast audio leaves."""
    if switch is AgentQuirk.SENDS_AUDIO_AHEAD:
        return Pace.AT_ONCE
    return Pace.CHOPPY if switch is AgentFault.SENDS_CHOPPY_AUDIO else Pace.STEADY
