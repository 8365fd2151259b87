"""What is said around a caller, spoken: television, radio, hold lines and other people.

The sentences are those of the suite's language (``Language.bystanders``), else English ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.audio.activity import voiced_bounds
from harness.audio.noise import Spoken
from harness.audio.pcm import Pcm
from harness.errors import SpeechFailed
from harness.language.bystanders import Bystanders
from harness.language.en.bystanders import ENGLISH_BYSTANDERS
from harness.language.language import Language
from harness.speech.base import Synthesizer, VoiceChoice

VOICES = {
    "tv_words": ("m3", "f4"),
    "radio_words": ("m1",),
    "hold_words": ("f5",),
    "babble_words": ("m2", "f1", "m4", "f3", "m5", "linda", "m6", "steph"),
}
"""Which of eSpeak's variants speak in a bed, none of them the caller's or the agent's own."""

_RATES = (1.0, 1.12, 0.94)
"""Paces, so that voices do not run side by side."""

_SAYS: dict[str, Callable[[Bystanders], tuple[str, ...]]] = {
    "tv_words": lambda said: said.news,
    "radio_words": lambda said: said.news,
    "hold_words": lambda said: said.hold,
    "babble_words": lambda said: said.chat,
}


def bystanders(language: Language) -> Bystanders:
    """Return what is said around a caller; in English where a language tells none."""
    return language.bystanders or ENGLISH_BYSTANDERS


@dataclass(frozen=True, slots=True)
class Overheard:
    """Speaks the words of beds in the language of a suite."""

    language: Language
    engine: Synthesizer

    def spoken(self, bed: str) -> Spoken:
        """Return what a bed is made of, by voice; nothing for a bed without words.

        Raises:
            SpeechFailed: the engine gave nothing.
        """
        return tuple(
            tuple(
                self._sentence(sentence, self._voice(variant), _RATES[number % len(_RATES)])
                for sentence in self._sentences(bed)
            )
            for number, variant in enumerate(VOICES.get(bed, ()))
        )

    def key(self, bed: str) -> dict[str, str]:
        """Return what the sound of a bed's words depends on; nothing for a bed without words."""
        if bed not in VOICES:
            return {}
        voices = " ".join(self._voice(variant) for variant in VOICES[bed])
        engine = f"{self.engine.name} {self.engine.version}"
        return {"says": "\n".join(self._sentences(bed)), "voices": voices, "engine": engine}

    def _sentences(self, bed: str) -> tuple[str, ...]:
        return _SAYS[bed](bystanders(self.language))

    def _voice(self, variant: str) -> str:
        own = self.language.bystanders is not None
        return f"{self.language.voice if own else 'en-us'}+{variant}"

    def _sentence(self, text: str, voice: str, rate: float) -> Pcm:
        said = self.engine.speak(text, VoiceChoice(voice, rate))
        bounds = voiced_bounds(said)
        if bounds is None:
            raise SpeechFailed(self.engine.name, "its clip holds no voice", text)
        return said.cut(*bounds)
