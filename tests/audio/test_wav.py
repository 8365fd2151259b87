import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.audio import wav
from harness.audio.pcm import Pcm, from_float, silence
from harness.errors import RecordingDamaged, StorageFailed

RATE_HZ = 24_000
TRACK = Pcm((np.arange(4800) * 13 % 20_000 - 9_000).astype(np.int16), RATE_HZ)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    samples=arrays.arrays(np.int16, st.integers(0, 3000)), rate_hz=st.sampled_from([8000, 24000])
)
def test_samples_survive_every_lossless_format(tmp_path, samples, rate_hz):
    track = Pcm(samples, rate_hz)
    wav.write(tmp_path / "a.wav", track)
    assert wav.read(tmp_path / "a.wav") == track
    if len(samples):
        wav.write_flac(tmp_path / "a.flac", track)
        assert wav.read(tmp_path / "a.flac") == track


def test_a_whole_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    wav.write(tmp_path / "a.wav", silence(10, RATE_HZ))
    wav.write(tmp_path / "a.wav", TRACK)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert wav.read(tmp_path / "a.wav") == TRACK


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "DOUBLE"])
def test_other_sample_formats_are_scaled_to_pcm16(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", TRACK.as_float(), RATE_HZ, subtype=subtype)
    assert wav.read(tmp_path / "a.wav") == TRACK


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_two_tracks_become_two_channels_and_the_shorter_goes_on_silent(tmp_path, suffix):
    wav.write_stereo(tmp_path / f"a{suffix}", TRACK, TRACK.cut(0, 100))
    frames, rate_hz = soundfile.read(tmp_path / f"a{suffix}", dtype="int16")
    assert rate_hz == RATE_HZ
    assert np.array_equal(frames[:, 0], TRACK.samples)
    assert np.array_equal(frames[:100, 1], TRACK.samples[:100])
    assert not frames[100:, 1].any()


def test_a_stereo_file_needs_one_rate_and_a_known_suffix(tmp_path):
    with pytest.raises(ValueError, match="one rate"):
        wav.write_stereo(tmp_path / "a.wav", TRACK, silence(3, 8000))
    with pytest.raises(ValueError, match=r"expected .flac or .wav"):
        wav.write_stereo(tmp_path / "a.mp3", TRACK, TRACK)


def test_opus_keeps_both_channels_apart_at_a_twentieth_of_the_size():
    rate_hz, length_s = 24_000, 5
    at_s = np.arange(length_s * rate_hz) / rate_hz
    tones = [from_float(0.3 * np.sin(2 * np.pi * hz * at_s), rate_hz) for hz in (220.0, 700.0)]
    packed = wav.opus_stereo(tones[0], tones[1].cut(0, 2 * rate_hz))
    assert len(packed) < 4 * length_s * rate_hz / 15
    frames, read_hz = soundfile.read(io.BytesIO(packed))
    assert read_hz == rate_hz
    peaks = [np.argmax(np.abs(np.fft.rfft(frames[:rate_hz, side]))) for side in (0, 1)]
    assert peaks == pytest.approx([220, 700], abs=2)
    assert np.abs(frames[3 * rate_hz :, 1]).max() < 0.01 < np.abs(frames[3 * rate_hz :, 0]).max()


def test_ten_minutes_of_opus_overflow_nothing():
    ten_minutes = Pcm(np.zeros(8_000 * 600, np.int16), 8_000)
    frames, _ = soundfile.read(io.BytesIO(wav.opus_stereo(ten_minutes, ten_minutes)))
    assert len(frames) / 8_000 == pytest.approx(600, abs=0.1)


@pytest.mark.parametrize(
    ("rates_hz", "said"),
    [
        ((44_100, 44_100), "48000.* Hz, got 44100"),
        ((24_000, 8_000), "one rate, got 24000 and 8000"),
    ],
)
def test_opus_needs_one_rate_that_it_knows(rates_hz, said):
    with pytest.raises(ValueError, match=said):
        wav.opus_stereo(silence(9, rates_hz[0]), silence(9, rates_hz[1]))


def test_an_unreadable_file_is_damaged_and_says_why(tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    wav.write_stereo(tmp_path / "two.wav", TRACK, TRACK)
    for name, why in [
        ("none.wav", "no such file"),
        ("text.wav", "cannot read"),
        ("two.wav", "one channel"),
    ]:
        with pytest.raises(RecordingDamaged, match=why) as caught:
            wav.read(tmp_path / name)
        assert caught.value.path == tmp_path / name


def test_a_refusing_disk_is_a_storage_failure(tmp_path):
    (tmp_path / "file").touch()
    missing = tmp_path / "file" / "a.wav"
    for attempt in (
        lambda: wav.write(missing, TRACK),
        lambda: wav.write_flac(missing, TRACK),
    ):
        with pytest.raises(StorageFailed) as caught:
            attempt()
        assert caught.value.path == missing


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("more", [0, 1, 2047, 2048, 70_000])
def test_a_long_track_is_read_to_the_sample(tmp_path, suffix, more):
    length, dice = (1 << 20) + 1 + more, np.random.default_rng(more)
    samples = dice.integers(-(2**15), 2**15, length).astype(np.int16)
    for start in range(1000, length, 50_000):  # silent pages between such that sound
        samples[start : start + dice.integers(0, 60_000)] = 0
    samples[300_000:400_000] = 0
    samples[350_000] = 1  # a page that is silent but for a single sample
    path = tmp_path / f"a{suffix}"
    soundfile.write(path, samples, RATE_HZ)
    read = wav.read(path)
    assert read == Pcm(samples, RATE_HZ)
    assert not read.samples.flags.writeable


def test_a_long_wav_that_was_cut_short_holds_what_is_there(tmp_path):
    samples = np.arange(2 << 20).astype(np.int16)
    wav.write(tmp_path / "a.wav", Pcm(samples, RATE_HZ))
    data = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(data[: 44 + 2 * 1_500_000])
    assert wav.read(tmp_path / "a.wav") == Pcm(samples[:1_500_000], RATE_HZ)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what is taken")
def test_silence_in_a_long_track_takes_no_memory(tmp_path):
    def taken_mb() -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000

    soundfile.write(tmp_path / "a.flac", np.zeros(50_000_000, np.int16), RATE_HZ)
    before_mb = taken_mb()
    track = wav.read(tmp_path / "a.flac")
    assert not track.samples.any()
    assert taken_mb() - before_mb < 50  # of 100 MB
