"""A long file of sound is brought to 24 kHz piece by piece: its own rate is never held whole."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.audio import wav
from harness.importing.audio_call import tracks_of


def test_a_stereo_file_takes_little_more_memory_than_its_tracks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held at its own rate as well, it takes 4.8 times as much as the tracks."""
    monkeypatch.setattr(wav, "_BLOCK", 1 << 15)
    path = tmp_path / "call.flac"
    soundfile.write(path, np.zeros((44_100 * 120, 2), np.int16), 44_100)
    tracemalloc.start()
    tracks = tuple(tracks_of(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(track.samples.nbytes for track in tracks)
    assert len(tracks) == 2
    assert abs(held - 2 * 2 * 24_000 * 120) < 1_000
    assert peak < 1.9 * held
