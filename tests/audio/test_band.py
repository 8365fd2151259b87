"""The band-pass gives the same as scipy's own filter; a call does not load scipy for it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import sosfilt

from harness.audio.resample import BandFilter, band_stages

RATE_HZ, FRAME = 24_000, 480


@pytest.mark.parametrize("band_hz", [(300.0, 3400.0), (50.0, 7000.0)])
def test_blocks_pass_as_through_the_recursive_filter(band_hz: tuple[float, float]) -> None:
    stages = band_stages(*band_hz, RATE_HZ)
    sound = np.random.default_rng(1).normal(0, 3000, 100 * FRAME)
    ours = BandFilter(stages, FRAME)
    found = np.concatenate([ours.passed(block) for block in sound.reshape(-1, FRAME)])
    assert np.abs(found - sosfilt(stages, sound)).max() < 1e-6


def test_a_call_over_a_band_does_not_load_scipy() -> None:
    """Half a second at least, in which no frame of a real-time call would leave."""
    told = "import sys, harness.session.caller_stream; sys.exit('scipy.signal' in sys.modules)"
    used = (
        "import sys, numpy; from harness.audio.resample import BandFilter;"
        "BandFilter(numpy.ones((4, 6)) * 0.01, 480).passed(numpy.zeros(480));"
        "sys.exit('scipy.signal' in sys.modules)"
    )
    for code in (told, used):
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
