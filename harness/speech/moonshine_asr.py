"""ASR with the moonshine tiny English model in its wheel; no download.

``stretches.py`` finds the parts to transcribe, in place of the library's own segmentation.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.audio.activity import snr_db
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import SpeechFailed
from harness.speech.base import RecognizedSegment, SpokenValue, Weighed
from harness.speech.forced_choice import Calibration, Rows, Tokens, verdict, weigh
from harness.speech.segments import EARS_RATE_HZ, Stretch, speech_stretches

# The moonshine model itself: the probability that it gives to words in an audio, token by token.
#
# The library gives words alone. Its wheel holds the model as two ONNX files, which
# ``onnxruntime`` reads: with them, words can be asked about that the model did not choose.

_BEGIN, END = 1, 2
_BATCH = 16
"""Sequences looked at together: more are no faster, and need 4 MB each."""

CALIBRATION = Calibration(expected=0.5, slope=1.3, offset=4.65, least_fit=-6.0)
"""Fitted to half of the voices and speakers of ``benchmarks/witness.py``; the curve is in
``docs/research/asr-crosscheck.md``."""

_SPACE = "▁"
_model_lock = threading.Lock()


@cache
def sessions() -> tuple[Any, Any]:
    """Load encoder and decoder: 0.2 s. Raises ImportError if onnxruntime is missing."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    encoder, decoder = (
        onnxruntime.InferenceSession(
            str(_folder() / name), options, providers=["CPUExecutionProvider"]
        )
        for name in ("encoder_model.ort", "decoder_model_merged.ort")
    )
    return encoder, decoder


def _folder() -> Path:
    from moonshine_voice.utils import get_model_path

    return Path(get_model_path("tiny-en"))


@cache
def _vocabulary() -> dict[bytes, int]:
    """Return the number of each token; the file holds a length of 1 or 2 bytes before each."""
    data = (_folder() / "tokenizer.bin").read_bytes()
    found: dict[bytes, int] = {}
    at = number = 0
    while at < len(data):
        length, at = data[at], at + 1
        if length >= 128:
            length, at = length - 128 + 128 * data[at], at + 1
        if length:
            found.setdefault(data[at : at + length], number)
        at, number = at + length, number + 1
    return found


@lru_cache(maxsize=8192)
def tokens(text: str) -> Tokens:
    """Return a text as the model's tokens: pairs are joined, the commonest first (BPE)."""
    known = _vocabulary()
    parts = [sign.encode() for sign in text.replace(" ", _SPACE) if sign.encode() in known]
    while True:
        pairs = [
            (known[one + other], place)
            for place, (one, other) in enumerate(pairwise(parts))
            if one + other in known
        ]
        if not pairs:
            return tuple(known[part] for part in parts)
        place = min(pairs)[1]
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


class HeardAfter:
    """The model's expectations in an audio after some words; a ``WordModel``."""

    end = END

    def __init__(self, encoded: NDArray[np.float32], before: str) -> None:
        """Take audio as ``encode`` returns it, and the words that are heard first."""
        self._encoded = encoded
        first = (_BEGIN, *(tokens(f" {before}") if before else ()))
        decoder = sessions()[1]
        past = [each.name for each in decoder.get_inputs() if "past" in each.name]
        nothing = {name: np.zeros((1, 8, 0, 36), np.float32) for name in past}
        outputs = self._run(decoder, None, np.array([first], np.int64), nothing, cached=False)
        given = [each.name.replace("present", "past_key_values") for each in decoder.get_outputs()]
        self._past = dict(zip(given[1:], outputs[1:], strict=True))
        self._next = _logs(outputs[0][0, -1:])

    def tokens(self, text: str) -> Tokens:
        """Return a text as tokens."""
        return tokens(text)

    def rows(self, sequences: Sequence[Tokens]) -> list[Rows]:
        """Return the log probabilities at each place of each sequence, and after its end."""
        found: list[Rows] = []
        for start in range(0, len(sequences), _BATCH):
            part = sequences[start : start + _BATCH]
            ids = np.zeros((len(part), max([1, *map(len, part)])), np.int64)
            for place, sequence in enumerate(part):
                ids[place, : len(sequence)] = sequence
            # The encoded audio is shared by all sequences; the decoded text grows with each.
            past = {
                name: value if ".encoder." in name else np.repeat(value, len(part), 0)
                for name, value in self._past.items()
            }
            logits = self._run(sessions()[1], ["logits"], ids, past, cached=True)[0]
            for place, sequence in enumerate(part):
                row = np.empty((len(sequence) + 1, logits.shape[-1]), np.float32)
                row[:1] = self._next
                _logs(logits[place, : len(sequence)], row[1:])
                found.append(row)
        return found

    def _run(
        self, decoder: Any, wanted: Any, ids: NDArray[np.int64], past: Any, *, cached: bool
    ) -> Any:
        inputs = {
            # Read at the rate of the samples; a single value applies to all of them.
            "encoder_attention_mask": np.ones((len(ids), 1), np.int64),
            "encoder_hidden_states": self._encoded,
            "input_ids": ids,
            "use_cache_branch": np.array([cached]),
        }
        with _model_lock:
            return decoder.run(wanted, inputs | past)


def encode(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mono float samples at 16 kHz as the model takes them in."""
    audio = samples[np.newaxis].astype(np.float32)
    inputs = {"input_values": audio, "attention_mask": np.ones(audio.shape, np.int64)}
    with _model_lock:
        encoded: NDArray[np.float32] = sessions()[0].run(None, inputs)[0]
    return encoded


def weighed(hearings: Sequence[NDArray[np.float32]], said: SpokenValue, *, noisy: bool) -> Weighed:
    """Weigh a value in the same speech, heard in several ways: mono samples at 16 kHz."""
    weighings = [
        weigh(HeardAfter(_encoded(each.tobytes()), said.before), _deaf(said.before), said)
        for each in hearings
    ]
    return verdict(weighings, CALIBRATION, noisy=noisy)


@lru_cache(maxsize=16)
def _deaf(before: str) -> HeardAfter:
    """Return the model's expectations in an audio of only a faint hiss."""
    hiss = np.random.default_rng(0).normal(0, 1e-3, 32_000).astype(np.float32)
    return HeardAfter(_encoded(hiss.tobytes()), before)


@lru_cache(maxsize=4)
def _encoded(samples: bytes) -> NDArray[np.float32]:
    """Return audio as ``encode`` does; an utterance may hold several values."""
    return encode(np.frombuffer(samples, np.float32))


def _logs(logits: NDArray[np.float32], out: Rows | None = None) -> Rows:
    """Return logarithms of probabilities; ``out`` receives them, which saves a copy."""
    most = logits.max(-1, keepdims=True)
    logs: Rows = np.subtract(logits, most, out=out)
    total = most + np.log(np.exp(logs, out=logs).sum(-1, keepdims=True))
    np.subtract(logits, total, out=logs)
    return logs


_MODEL = "tiny-en"
_METHOD = 9
"""Counts up when padding, level, segmentation or weighing change: part of the version."""

_PAD_S = 0.1
"""Silence on both sides: word error rate over the fixtures .21; with none .30, with 0.25 s .25."""

_PEAK = 0.5
"""Stretches are brought to this peak, since the model hears quiet speech worse."""

_WEIGHED_AT = (1.0, 0.9)
"""Paces at which a value is weighed; it is sure, or doubted, only if both agree."""

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
        """Version of the wheel (which holds the model), the model's name and the method here."""
        return f"{_release()}/{_MODEL}/{_METHOD}"

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        """Return a segment per stretch of speech; pauses under 0.7 s stay inside a segment.

        The bounds of a segment are those of the speech, to about 0.2 s. Deterministic: earlier
        audio does not matter.

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
        """Return how sure it is of a value; None for silence, or without onnxruntime.

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
        # Threshold 0 switches the library's segmentation off: it carries state from one call to the
        # next, so that the same audio gives other words the second time.
        options = {"vad_threshold": "0.0", "return_audio_data": "false"}
        _loaded.append(
            Transcriber(
                model_path=str(get_model_path(_MODEL)), model_arch=ModelArch.TINY, options=options
            )
        )
    return _loaded[0]
