import numpy as np
import pytest

from harness.audio import noise
from harness.audio.pcm import from_float, silence
from harness.errors import UnknownName

RATE_HZ = 24_000


def made(name, count, rate_hz, seed):
    return noise.bed(name, count, rate_hz, seed, SPOKEN if rate_hz == RATE_HZ else SPOKEN_8K)


def _sentences(rate_hz):
    """Three voices with two sentences each: tones that swell and fade like syllables."""
    at_s = np.arange(2 * rate_hz) / rate_hz
    swell = np.abs(np.sin(np.pi * 3 * at_s))
    return tuple(
        tuple(
            from_float(0.2 * swell * np.sign(np.sin(2 * np.pi * hertz * at_s)), rate_hz)
            for hertz in (pitch, 1.2 * pitch)
        )
        for pitch in (110, 180, 230)
    )


SPOKEN, SPOKEN_8K = _sentences(RATE_HZ), _sentences(8_000)


@pytest.mark.parametrize("name", noise.BEDS)
def test_a_bed_is_the_same_for_the_same_seed_and_another_for_another(name):
    first = made(name, RATE_HZ, RATE_HZ, 7)
    assert first == made(name, RATE_HZ, RATE_HZ, 7)
    assert first != made(name, RATE_HZ, RATE_HZ, 8)


@pytest.mark.parametrize("rate_hz", [8_000, 24_000])
@pytest.mark.parametrize("name", noise.BEDS)
def test_a_bed_has_its_level_never_clips_and_never_falls_silent(name, rate_hz):
    bed = made(name, 4 * rate_hz, rate_hz, 3)
    assert len(bed) == 4 * rate_hz
    assert bed.level_dbfs() == pytest.approx(noise.BED_LEVEL_DBFS, abs=0.5)
    assert np.abs(bed.samples.astype(int)).max() < 32_700
    sound = np.flatnonzero(bed.samples)
    assert np.diff(sound).max() < rate_hz // 100


@pytest.mark.parametrize("count", [0, 1, 7, 100])
@pytest.mark.parametrize("name", noise.BEDS)
def test_a_bed_may_be_as_short_as_wanted(name, count):
    assert len(made(name, count, RATE_HZ, 1)) == count


def test_an_unknown_bed_names_the_known_ones():
    with pytest.raises(UnknownName, match="hold_music") as caught:
        noise.bed("caffe", 100, RATE_HZ, 1)
    assert caught.value.known == noise.BEDS


def test_a_bed_of_words_needs_somebody_who_speaks_them():
    with pytest.raises(ValueError, match="nobody speaks the words of 'tv_words'"):
        noise.bed("tv_words", 100, RATE_HZ, 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_announcements_come_over_music_that_steps_back_and_never_stops(seed):
    """The voice is a single tone, so all below it is music: 15 dB less under an announcement."""
    at_s = np.arange(3 * RATE_HZ) / RATE_HZ
    voice = from_float(0.3 * np.sin(2 * np.pi * 2500 * at_s), RATE_HZ)
    bed = noise.bed("hold_words", 60 * RATE_HZ, RATE_HZ, seed, ((voice,),)).as_float()
    frames = bed.reshape(-1, RATE_HZ // 10) * np.hanning(RATE_HZ // 10)
    power, at_hz = np.square(np.abs(np.fft.rfft(frames))), np.arange(RATE_HZ // 20 + 1) * 10
    spoken = power[:, abs(at_hz - 2500) < 100].sum(axis=1)
    music = power[:, (at_hz > 300) & (at_hz < 2000)].sum(axis=1)
    talks = spoken > 0.1 * spoken.max()
    alone = np.convolve(talks, np.ones(13), "same") == 0  # it glides for some 0.3 s
    under = np.convolve(talks, np.ones(9), "same") == 9
    assert 10 * np.log10(music[alone].mean() / music[under].mean()) == pytest.approx(15, abs=1)
    assert 10 * np.log10(np.mean(np.square(bed.reshape(-1, RATE_HZ // 10)), axis=1)).min() > -50


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_voices_of_a_babble_are_heard_at_once(seed):
    """Tones of three pitches, each in the sum within 12 dB of the strongest."""
    bed = made("babble_words", 10 * RATE_HZ, RATE_HZ, seed)
    shares = [_share(bed, pitch - 2, pitch + 2) for pitch in (110, 180, 230)]
    assert min(shares) > max(shares) / 16


def _share(bed, low_hz, high_hz):
    power = np.abs(np.fft.rfft(bed.as_float())) ** 2
    at_hz = np.fft.rfftfreq(len(bed), 1 / bed.rate_hz)
    return power[(at_hz >= low_hz) & (at_hz < high_hz)].sum() / power.sum()


@pytest.mark.parametrize(
    ("name", "low_hz", "high_hz", "least"),
    [
        ("white", 6_000, 12_000, 0.45),
        ("hum", 50, 700, 0.95),
        ("babble", 100, 4_000, 0.8),
        ("tv", 100, 5_000, 0.9),
        ("street", 20, 2_500, 0.8),
        ("hold_music", 80, 3_000, 0.95),
        ("tv_words", 100, 7_000, 0.95),
        ("radio_words", 170, 5_500, 0.98),
        ("hold_words", 210, 4_800, 0.99),
        ("babble_words", 80, 8_000, 0.95),
    ],
)
def test_a_bed_has_its_energy_where_such_a_place_has_it(name, low_hz, high_hz, least):
    assert _share(made(name, 5 * RATE_HZ, RATE_HZ, 2), low_hz, high_hz) >= least


def test_pink_noise_has_the_same_power_in_every_octave():
    bed = noise.bed("pink", 20 * RATE_HZ, RATE_HZ, 2)
    octaves = [_share(bed, 100 * 2**n, 200 * 2**n) for n in range(6)]
    assert max(octaves) < 1.4 * min(octaves)


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0, 20.0])
def test_the_gain_gives_the_stated_ratio(snr_db):
    bed = noise.bed("cafe", 3 * RATE_HZ, RATE_HZ, 1)
    gain = noise.gain_for_snr(-20.0, bed, snr_db)
    mixed = from_float(bed.as_float() * gain, RATE_HZ)
    assert -20.0 - mixed.level_dbfs() == pytest.approx(snr_db, abs=0.6 if snr_db < 0 else 0.05)


def test_a_silent_bed_has_no_ratio():
    with pytest.raises(ValueError, match="silent bed"):
        noise.gain_for_snr(-20.0, silence(100, RATE_HZ), 10.0)
