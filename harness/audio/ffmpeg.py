"""Opus, and audio in containers that libsndfile does not read: FFmpeg through PyAV.

Recordings of browsers and telephones have gaps in their timestamps while a track was muted. The
gaps become silence, so that every sample is at its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.pcm import Int16Array, Pcm
from harness.audio.resample import WholeResampler
from harness.audio.wav import Shape
from harness.errors import RecordingDamaged, UsageError
from harness.files import open_plain

# Opus encoding and decoding, in packets of 20 ms at a constant bitrate: libopus, through PyAV.

LEAST_KBPS, MOST_KBPS = 6.0, 64.0
"""The useful range for a single voice; libopus itself takes no less."""

RATE_HZ = 24_000

AHEAD = 156
"""Delay of the output in samples at 24 kHz: libopus looks 6.5 ms ahead for speech."""

_DECODED_HZ = 48_000
_STEP = _DECODED_HZ // RATE_HZ
_INSTALL = "install it with python -m pip install 'voice-agent-harness[opus]'"


def missing_opus() -> str | None:
    """Return how to install Opus support, None if it is there; no library is loaded for it."""
    if find_spec("av") is not None:
        return None
    return f"opus needs PyAV; {_INSTALL}"


def load_opus(needed_for: str = "codec: opus") -> Any:
    """Return PyAV; loading takes some 0.4 s the first time, which no call should wait for.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise UsageError(f"{needed_for} needs PyAV ({error}); {_INSTALL}") from error
    return av


class OpusCoder:
    """A direction of a line: the same input gives the same output, ``AHEAD`` samples later."""

    def __init__(self, kbps: float) -> None:
        self._av = load_opus()
        self._encoder = self._av.CodecContext.create("libopus", "w")
        self._encoder.sample_rate, self._encoder.layout = RATE_HZ, "mono"
        self._encoder.format, self._encoder.bit_rate = "s16", round(kbps * 1000)
        self._encoder.options = {"application": "voip", "frame_duration": "20", "vbr": "off"}
        self._decoder = self._av.CodecContext.create("libopus", "r")
        self._decoder.sample_rate, self._decoder.layout = _DECODED_HZ, "mono"

    def coded(self, samples: Int16Array) -> Int16Array:
        """Return a packet of 20 ms as the other side decodes it."""
        frame = self._av.AudioFrame.from_ndarray(samples[None, :].copy(), "s16", "mono")
        frame.sample_rate = RATE_HZ
        decoded = [
            part.to_ndarray().reshape(-1)
            for packet in self._encoder.encode(frame)
            for part in self._decoder.decode(packet)
        ]
        # Audio coded at 24 kHz ends at 12 kHz, so every second sample is enough.
        found: Int16Array = np.concatenate(decoded)[::_STEP].copy()
        return found


SUFFIXES = (".webm", ".weba", ".m4a", ".mp4", ".aac")
_GAP_S = 0.05
"""Gaps in the times of frames from this length on are silence; shorter gaps are rounding."""


def shape(path: Path, *, most_s: float) -> Shape:
    """Return channels, rate and length of a file; it is decoded, as the header may lack them.

    Raises RecordingDamaged for a file that is missing or contains no audio, and UsageError if PyAV
    is not installed.
    """
    found, samples = (0, 0), 0
    for rate_hz, block in _blocks(path, most_s):
        found, samples = (block.shape[0], rate_hz), samples + block.shape[1]
    if not samples:
        raise RecordingDamaged(path, "no audio is in it")
    return Shape(*found, samples / found[1])


def read_channels(path: Path, *, most_s: float, rate_hz: int | None = None) -> tuple[Pcm, ...]:
    """Return every channel of a file, of no more than a little over ``most_s`` seconds.

    At ``rate_hz`` if given.

    Raises as ``shape``.
    """
    sides: list[WholeResampler] = []
    for own_hz, block in _blocks(path, most_s):
        sides = sides or [WholeResampler(own_hz, rate_hz or own_hz) for _ in block]
        for side, samples in zip(sides, block, strict=True):
            side.feed(samples)
    if not sides:
        raise RecordingDamaged(path, "no audio is in it")
    return tuple(side.track() for side in sides)


def _blocks(path: Path, most_s: float) -> Iterator[tuple[int, Int16Array]]:
    """Yield the rate, and samples of shape (channels, n), piece by piece and without gaps."""
    av = load_opus(f"a {path.suffix} file")
    try:
        open_plain(path).close()  # FFmpeg would wait for a pipe
        with av.open(str(path)) as file:
            if not file.streams.audio:
                raise RecordingDamaged(path, "no audio is in it")
            yield from _decoded(av, file, most_s)
    except (av.FFmpegError, OSError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise RecordingDamaged(path, detail) from error


def _decoded(av: Any, file: Any, most_s: float) -> Iterator[tuple[int, Int16Array]]:
    stream = file.streams.audio[0]
    rate_hz = int(stream.rate)
    plain = av.AudioResampler(format="s16p", layout=stream.layout, rate=rate_hz)
    found = 0
    for frame in file.decode(stream):
        if found > most_s * rate_hz + rate_hz:
            return
        at = round((frame.time or 0.0) * rate_hz)
        for part in plain.resample(frame):
            samples = part.to_ndarray().astype(np.int16, copy=False)
            if at - found > _GAP_S * rate_hz:
                missing = min(at - found, round(most_s * rate_hz))
                yield rate_hz, np.zeros((samples.shape[0], missing), np.int16)
                found += missing
            yield rate_hz, samples
            found += samples.shape[1]
