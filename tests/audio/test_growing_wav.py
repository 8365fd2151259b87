import sys

import numpy as np
import pytest

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.audio.wav import WavWriter
from harness.errors import StorageFailed

RATE_HZ = 24_000
TRACK = Pcm((np.arange(4800) * 13 % 20_000 - 9_000).astype(np.int16), RATE_HZ)


def test_a_growing_file_reads_as_everything_flushed(tmp_path):
    path = tmp_path / "grows.wav"
    with WavWriter(path, RATE_HZ) as writer:
        assert len(wav.read(path)) == 0
        for start in range(0, len(TRACK), 480):
            writer.append(TRACK.samples[start : start + 480])
            writer.flush()
            assert wav.read(path) == TRACK.cut(0, start + 480)
    assert wav.read(path) == TRACK
    assert len(writer) == len(TRACK)
    writer.close()


def test_a_second_of_audio_is_readable_without_a_flush(tmp_path):
    path = tmp_path / "grows.wav"
    writer = WavWriter(path, 8000)
    for _ in range(60):
        writer.append(np.ones(160, np.int16))
    assert len(wav.read(path)) == 8000
    writer.close()
    assert len(wav.read(path)) == 9600


def test_silence_between_sound_is_there_and_needs_no_room(tmp_path):
    path, silence = tmp_path / "grows.wav", np.zeros(2_400_000, np.int16)
    tone = np.ones(9_000, np.int16)
    with WavWriter(path, RATE_HZ) as writer:
        for piece in (silence[:480], tone, silence, tone, silence[:0], silence):
            writer.append(piece)
            writer.flush()
        assert len(wav.read(path)) == len(writer)
    expected = np.concatenate([silence[:480], tone, silence, tone, silence])
    assert wav.read(path) == Pcm(expected, RATE_HZ)
    if sys.platform == "linux":
        assert path.stat().st_blocks * 512 < path.stat().st_size / 10


def test_a_disk_that_refuses_the_file_is_a_storage_failure(tmp_path):
    (tmp_path / "file").touch()
    missing = tmp_path / "file" / "a.wav"
    with pytest.raises(StorageFailed, match="no such file") as caught:
        WavWriter(missing, RATE_HZ)
    assert caught.value.path == missing
