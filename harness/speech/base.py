"""What a speech engine is: text to audio, audio to text. Both are deterministic and slow.

Engines run in worker processes, never in a pacing loop; the same input gives the same output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.audio.pcm import Pcm


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Which voice speaks, and how fast (1.0 is the engine's own calm pace)."""

    name: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class HeardLine:
    """Words that a recognizer heard, in seconds from the start of the audio it was given."""

    text: str
    start_s: float
    end_s: float


class Synthesizer(Protocol):
    """Speaks text."""

    @property
    def name(self) -> str:
        """Registry name."""
        ...

    @property
    def version(self) -> str:
        """Version of engine and data: part of every cache key."""
        ...

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        """Return the spoken text at 24 kHz; same text and voice, same samples.

        Raises:
            SpeechFailed: the engine gave nothing, or does not have this text or voice.
        """
        ...


class Recognizer(Protocol):
    """Hears words."""

    @property
    def name(self) -> str:
        """Registry name."""
        ...

    @property
    def version(self) -> str:
        """Version of engine and model: part of every cache key."""
        ...

    def hear(self, audio: Pcm) -> tuple[HeardLine, ...]:
        """Return what was said, in order; nothing for silence. Any rate is accepted.

        Raises:
            SpeechFailed: the engine could not run.
        """
        ...
