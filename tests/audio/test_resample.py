"""Resampling piece by piece: no shift, no clicks, and the piece size does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from harness.audio.pcm import Pcm, from_float
from harness.audio.resample import DELAY_S, StreamResampler, WholeResampler, resample

INSIDE = 24_000
WAYS = [(INSIDE, each) for each in (8_000, 16_000, 48_000)]
WAYS += [(to, of) for of, to in WAYS]


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return from_float(0.3 * np.sin(2 * np.pi * hz * time_s + 0.3), rate_hz).samples


def noise(rate_hz: int, seconds: float = 0.5) -> np.ndarray:
    random = np.random.default_rng(7)
    return random.integers(-9000, 9000, round(seconds * rate_hz)).astype(np.int16)


def through(samples: np.ndarray, way: tuple[int, int], pieces: list[int]) -> np.ndarray:
    """Feed pieces of these lengths, over and over, and end."""
    stream, found, at, turn = StreamResampler(*way), [], 0, 0
    while at < len(samples):
        length = pieces[turn % len(pieces)]
        found.append(stream.feed(samples[at : at + length]))
        at, turn = at + length, turn + 1
    return np.concatenate([*found, stream.end()])


def error_db(found: np.ndarray, expected: np.ndarray) -> float:
    """Return how far below the expected tone the error lies; the ends have no neighbours."""
    inner = slice(len(found) // 10, -len(found) // 10)
    error = found[inner].astype(float) - expected[inner]
    return 20 * np.log10(max(1e-6, np.sqrt(np.mean(error**2)) / (0.3 * 32_768 / np.sqrt(2))))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("share", [0.05, 0.4, 0.75])
def test_a_tone_stays_where_it_was(way, share):
    hz = share * min(way) / 2
    found = through(tone(hz, way[0]), way, [way[0] // 50])
    expected = tone(hz, way[1])
    assert len(found) == len(expected)
    assert error_db(found, expected) < -70


@pytest.mark.parametrize("way", [(INSIDE, 8_000), (INSIDE, 16_000), (48_000, INSIDE)])
def test_what_the_lower_rate_cannot_hold_is_gone(way):
    found = through(tone(0.62 * way[1], way[0]), way, [480])
    assert np.abs(found[400:-400]).max() <= 4


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pieces", [[480], [1], [7, 0, 301], [100_000]])
def test_pieces_do_not_matter(way, pieces):
    track = noise(way[0], 0.1)
    assert np.array_equal(through(track, way, pieces), through(track, way, [len(track)]))


@pytest.mark.parametrize("way", WAYS)
def test_it_agrees_with_the_whole_track_at_once(way):
    track = resample(Pcm(noise(8_000), 8_000), way[0])  # no energy in the band of their difference
    whole = resample(track, way[1]).samples.astype(float)
    found = through(track.samples, way, [480]).astype(float)
    length = min(len(whole), len(found))
    products = [
        np.dot(found[1000 + shift : length - 1000 + shift], whole[1000 : length - 1000])
        for shift in range(-50, 51)
    ]
    assert int(np.argmax(products)) == 50


@pytest.mark.parametrize("way", WAYS)
def test_a_sample_comes_as_soon_as_two_milliseconds_behind_it_are_there(way):
    stream, frame = StreamResampler(*way), way[0] // 50
    made = [len(stream.feed(noise(way[0])[:frame])) for _ in range(20)]
    whole = way[1] // 50
    assert made[0] == whole - round(DELAY_S * way[1])
    assert made[1:] == [whole] * 19
    assert len(stream.end()) == round(DELAY_S * way[1])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", [0, 1, 2, 3, 50, 479, 1001])
def test_a_track_is_as_long_as_it_was(way, length):
    found = through(noise(way[0])[:length], way, [64])
    assert len(found) == -(-length * way[1] // way[0])


def test_one_rate_gives_what_came():
    stream, track = StreamResampler(INSIDE, INSIDE), noise(INSIDE)
    assert stream.feed(track) is track
    assert not len(stream.end())


@pytest.mark.parametrize("way", WAYS)
def test_full_scale_saturates_and_never_wraps(way):
    loud = np.full(way[0] // 10, 32_767, np.int16)
    loud[::97] = -32_768
    found = through(loud, way, [480]).astype(int)
    assert found[: len(found) // 2].max() == 32_767
    assert np.abs(np.diff(found)).max() < 65_000


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [1000, 4096, 11_999])
def test_a_long_track_is_resampled_in_pieces_to_the_bit_as_at_once(
    monkeypatch: pytest.MonkeyPatch, way: tuple[int, int], piece: int
) -> None:
    track = Pcm(noise(way[0]), way[0])
    at_once = resample(track, way[1]).samples
    monkeypatch.setattr("harness.audio.resample._PIECE", piece)
    assert np.array_equal(resample(track, way[1]).samples, at_once)


@pytest.mark.parametrize("from_hz", [8_000, 24_000, 44_100])
@pytest.mark.parametrize("piece", [777, 5_000, 100_000])
def test_a_track_in_pieces_is_resampled_as_the_whole_of_it(from_hz: int, piece: int) -> None:
    samples = np.random.default_rng(1).normal(0, 3_000, 30_000).astype(np.int16)
    whole = WholeResampler(from_hz, 24_000)
    for start in range(0, len(samples), piece):
        whole.feed(samples[start : start + piece])
    assert np.array_equal(whole.track().samples, resample(Pcm(samples, from_hz), 24_000).samples)
