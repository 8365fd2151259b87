"""Opus there and back again, in packets of 20 ms at a constant bitrate: libopus, through PyAV."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from harness.audio.pcm import Int16Array
from harness.errors import UsageError

LEAST_KBPS, MOST_KBPS = 6.0, 64.0
"""What makes sense for one voice; libopus itself takes no less."""

RATE_HZ = 24_000

AHEAD = 156
"""Samples at 24 kHz by which the sound comes out later: libopus looks 6.5 ms ahead for speech."""

_DECODED_HZ = 48_000
_STEP = _DECODED_HZ // RATE_HZ
_INSTALL = "install it with python -m pip install 'voice-agent-harness[opus]'"


def missing_opus() -> str | None:
    """Say what to install for Opus, None where it is there; nothing is loaded for the answer."""
    if find_spec("av") is not None:
        return None
    return f"opus needs PyAV; {_INSTALL}"


def load_opus(needed_for: str = "codec: opus") -> Any:
    """Return PyAV; some 0.4 s the first time, which no call should wait for.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise UsageError(f"{needed_for} needs PyAV ({error}); {_INSTALL}") from error
    return av


class OpusCoder:
    """One direction of one line: the same samples in give the same samples out, ``AHEAD`` later."""

    def __init__(self, kbps: float) -> None:
        self._av = load_opus()
        self._encoder = self._av.CodecContext.create("libopus", "w")
        self._encoder.sample_rate, self._encoder.layout = RATE_HZ, "mono"
        self._encoder.format, self._encoder.bit_rate = "s16", round(kbps * 1000)
        self._encoder.options = {"application": "voip", "frame_duration": "20", "vbr": "off"}
        self._decoder = self._av.CodecContext.create("libopus", "r")
        self._decoder.sample_rate, self._decoder.layout = _DECODED_HZ, "mono"

    def coded(self, samples: Int16Array) -> Int16Array:
        """Return what a packet of 20 ms is on the other side."""
        frame = self._av.AudioFrame.from_ndarray(samples[None, :].copy(), "s16", "mono")
        frame.sample_rate = RATE_HZ
        decoded = [
            part.to_ndarray().reshape(-1)
            for packet in self._encoder.encode(frame)
            for part in self._decoder.decode(packet)
        ]
        # What was coded at 24 kHz holds nothing above 12: every second sample is all there is.
        found: Int16Array = np.concatenate(decoded)[::_STEP].copy()
        return found
