"""Audio in containers that libsndfile does not read (WebM, MP4, AAC): FFmpeg, through PyAV.

Recordings of browsers and telephones have gaps in their timestamps while a track was muted. The
gaps become silence, so that every sample is at its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.opus import load_opus
from harness.audio.pcm import Int16Array, Pcm
from harness.audio.resample import WholeResampler
from harness.audio.wav import Shape
from harness.errors import RecordingDamaged
from harness.storage import open_plain

SUFFIXES = (".webm", ".weba", ".m4a", ".mp4", ".aac")
_GAP_S = 0.05
"""A gap in the times of frames from this length on is silence; shorter ones are rounding."""


def shape(path: Path, *, most_s: float) -> Shape:
    """Return channels, rate and length of a file; it is decoded, as the header may lack them.

    Raises RecordingDamaged for a file that is missing or holds no audio, and UsageError where PyAV
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
