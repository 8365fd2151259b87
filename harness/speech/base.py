"""Speech engines, TTS and ASR, and their registry: deterministic, and slow.

Engines run in worker processes, never in a pacing loop; the same input gives the same output.

A package offers an engine as an entry point that names a callable without arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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


@dataclass(frozen=True, slots=True)
class SpokenValue:
    """An exact value as an agent claims to have said it."""

    before: str
    """The words before it, as claimed."""
    ways: tuple[tuple[str, ...], ...]
    """The ways to say it, sign by sign: digits and capital letters singly, words ("dash") whole."""
    after: str
    written: Mapping[str, tuple[str, ...]]
    """``Sounds.written`` of the language: the written forms of each character."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The result of a forced choice of a recognizer between a value and its near misses.

    ``sure`` is the share of values with this result that were said, if half of all values were: 0
    to 1, calibrated for the engine. ``rival`` is the likeliest near miss, its signs joined.
    """

    sure: float
    rival: str


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
            SpeechFailed: the engine gave no audio, or does not have this text or voice.
        """
        ...


class Recognizer(Protocol):
    """Hears words.

    A recognizer that knows some languages only names them: ``languages``, tags without a region
    ("en",).
    """

    @property
    def name(self) -> str:
        """Registry name."""
        ...

    @property
    def version(self) -> str:
        """Version of engine and model: part of every cache key."""
        ...

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        """Return the recognized segments, in order; empty for silence. Any rate is accepted.

        Raises:
            SpeechFailed: the engine could not run.
        """
        ...


def hears(engine: Recognizer, tag: str) -> bool:
    """Whether an engine knows a language ("de", "de-AT"); without ``languages`` it knows all."""
    known = getattr(engine, "languages", None)
    return known is None or tag.lower().replace("_", "-").partition("-")[0] in known


@runtime_checkable
class WeighingRecognizer(Recognizer, Protocol):
    """A recognizer that can also judge a value that its transcript may not contain."""

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        """Return how sure it is of a value; None if it cannot decide here.

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
