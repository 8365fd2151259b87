"""What a speech engine is, TTS or ASR, and engines by name: deterministic, and slow.

Engines run in worker processes, never in a pacing loop; the same input gives the same output.

A package offers an engine as an entry point that names a callable without arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.audio.pcm import Pcm
from harness.plugins import Factories


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Which voice speaks, and how fast (1.0 is the engine's own calm pace)."""

    name: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class RecognizedSegment:
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

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        """Return what was said, in order; nothing for silence. Any rate is accepted.

        Raises:
            SpeechFailed: the engine could not run.
        """
        ...


SYNTHESIZERS: Factories[Synthesizer] = Factories(
    "synthesizer",
    "harness.synthesizers",
    {
        "pyttsx3": "harness.speech.pyttsx3_tts:EspeakSynthesizer",
        "fixture": "harness.speech.fixture_tts:FixtureSynthesizer",
    },
)
RECOGNIZERS: Factories[Recognizer] = Factories(
    "recognizer",
    "harness.recognizers",
    {"moonshine": "harness.speech.moonshine_asr:MoonshineRecognizer"},
)


def synthesizer(name: str) -> Synthesizer:
    """Return a new synthesizer; raises like ``plugins.Factories.make``."""
    return SYNTHESIZERS.make(name)


def recognizer(name: str) -> Recognizer:
    """Return a new recognizer; raises like ``plugins.Factories.make``."""
    return RECOGNIZERS.make(name)
