"""Hears words with the moonshine tiny English model that its wheel brings along; no download.

The library's own segmentation carries state from one call to the next (the same audio gives other
words the second time), so it is switched off and ``stretches.py`` finds what to transcribe.
"""

from __future__ import annotations

import os
import threading
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.audio.activity import snr_db
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import SpeechFailed
from harness.speech.base import RecognizedSegment, SpokenValue, Weighed
from harness.speech.moonshine_model import weighed
from harness.speech.stretches import EARS_RATE_HZ, Stretch, speech_stretches

_MODEL = "tiny-en"
_METHOD = 9
"""Counts up when padding, level, segmentation or weighing change: part of the version."""

_PAD_S = 0.1
"""Silence on both sides: word error rate over the fixtures .21; with none .30, with 0.25 s .25."""

_PEAK = 0.5
"""Stretches are brought to this peak, since the model hears quiet speech worse."""

_WEIGHED_AT = (1.0, 0.9)
"""Paces at which a value is weighed; it is sure, or doubted, only where both say so."""

_NOISY_BELOW_DB = 15.0
"""Speech with less above its noise is noisy."""

_ONE_THREAD = "MOONSHINE_ORT_SINGLE_THREAD"
"""Read by the library as it loads a model. Its own threads make no answer earlier, and wait for
work by spinning: as much processor again. The answers are the same."""

_lock = threading.Lock()
_loaded: list[Any] = []


class MoonshineRecognizer:
    """moonshine tiny-en: 20 to 40 ms of work per second of speech after 0.3 s of loading.

    All instances of a process share one model; calls from several threads take turns.
    """

    languages = ("en",)

    @property
    def name(self) -> str:
        """Registry name."""
        return "moonshine"

    @property
    def version(self) -> str:
        """Version of the wheel (which holds the model), the model's name and our method."""
        return f"{_release()}/{_MODEL}/{_METHOD}"

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        """Return one segment per stretch of speech; pauses under 0.7 s stay inside a segment.

        The bounds of a segment are where speech was found, to about 0.2 s. Deterministic: what was
        heard before does not matter.

        Raises:
            SpeechFailed: the library or its model could not be loaded or failed.
        """
        if not np.any(audio.samples):
            return ()
        samples = resample(audio, EARS_RATE_HZ).as_float().astype(np.float32)
        with _lock:
            segments = tuple(self._segment(samples, part) for part in speech_stretches(samples))
        return tuple(segment for segment in segments if segment.text)

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        """Return how sure it is of a value; None for silence, and where onnxruntime is missing.

        Some 0.3 s of work. Deterministic.

        Raises:
            SpeechFailed: the model could not be read or failed.
        """
        if not np.any(audio.samples):
            return None
        try:
            hearings = tuple(_prepared(audio, pace) for pace in _WEIGHED_AT)
            return weighed(hearings, said, noisy=snr_db(audio) < _NOISY_BELOW_DB)
        except ImportError:
            return None

    def _segment(self, samples: NDArray[np.float32], part: Stretch) -> RecognizedSegment:
        text = _transcribe(_levelled(samples[part.start : part.stop]))
        return RecognizedSegment(text, part.start / EARS_RATE_HZ, part.stop / EARS_RATE_HZ)


@cache
def _release() -> str:
    return version("moonshine-voice")  # read from a file; asked for each stretch that is heard


def _prepared(audio: Pcm, pace: float) -> NDArray[np.float32]:
    """Return audio at another pace as the model hears it best."""
    paced = Pcm(audio.samples, round(audio.rate_hz * pace))
    return _levelled(resample(paced, EARS_RATE_HZ).as_float().astype(np.float32))


def _levelled(speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return speech at the usual level, with silence around it."""
    pad = np.zeros(round(_PAD_S * EARS_RATE_HZ), np.float32)
    loudest = max(float(np.max(np.abs(speech))), 1e-6)
    return np.concatenate([pad, speech * np.float32(_PEAK / loudest), pad])


def _transcribe(samples: NDArray[np.float32]) -> str:
    """Return the words in mono float audio at 16 kHz; the caller holds the lock."""
    from moonshine_voice.errors import MoonshineError

    try:
        heard = _model().transcribe_without_streaming(samples.tolist(), EARS_RATE_HZ)
    except MoonshineError as error:
        raise SpeechFailed("moonshine", str(error)) from error
    return " ".join(line.text.strip() for line in heard.lines).strip()


def _model() -> Any:
    """Load the model on first use: 0.3 s and 190 MB that most commands never need."""
    if not _loaded:
        try:
            from moonshine_voice import ModelArch, Transcriber
            from moonshine_voice.utils import get_model_path
        except (ImportError, OSError) as error:
            raise SpeechFailed("moonshine", f"cannot load moonshine-voice: {error}") from error
        os.environ.setdefault(_ONE_THREAD, "1")
        options = {"vad_threshold": "0.0", "return_audio_data": "false"}
        _loaded.append(
            Transcriber(
                model_path=str(get_model_path(_MODEL)), model_arch=ModelArch.TINY, options=options
            )
        )
    return _loaded[0]
