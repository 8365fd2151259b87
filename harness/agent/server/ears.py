"""The agent's ears: the words in a stretch of caller audio."""

from __future__ import annotations

from harness.audio.pcm import Pcm
from harness.speech.base import Recognizer
from harness.speech.cache import cached_hearing
from harness.speech.registry import recognizer

_BASE_S = 0.08
_PER_AUDIO_S = 0.10


class AgentEars:
    """Recognizes with moonshine, locally."""

    def __init__(self, engine: Recognizer | None = None) -> None:
        self._engine = engine or cached_hearing(recognizer("moonshine"))

    def hear(self, audio: Pcm) -> str:
        """Return the words, empty for sound without any; raises SpeechFailed."""
        return " ".join(line.text.strip() for line in self._engine.hear(audio)).strip()


def charged_s(audio: Pcm) -> float:
    """Return what listening costs in virtual time: the engine's own pace on one core."""
    return _BASE_S + _PER_AUDIO_S * audio.duration_s
