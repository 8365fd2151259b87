"""Speech engines by name: the built-in ones and those of installed packages.

A package offers an engine as an entry point that names a callable without arguments.
"""

from __future__ import annotations

from harness.plugins import Factories
from harness.speech.base import Recognizer, Synthesizer

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
