"""Bytes of every format, and detection of bytes of another format, on synthesized speech."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from harness.audio.pcm import Pcm, from_float, silence
from harness.audio.resample import resample
from harness.protocol.audio_bytes import NOISE, bytes_of, mistaken_for, roughness, samples_of
from harness.protocol.items import AudioFormat
from harness.speech.base import VoiceChoice, synthesizer

TEXT = "Sure, she sells sea shells. Order B K four seven one five has shipped."
VOICES = ("en-us+f2", "en-us+m3")
PCM16, ULAW, ALAW = AudioFormat.PCM16_24K, AudioFormat.PCMU, AudioFormat.PCMA
KINDS = tuple(AudioFormat)
RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module", params=VOICES)
def spoken(request: pytest.FixtureRequest) -> Pcm:
    said = synthesizer("pyttsx3").speak(TEXT, VoiceChoice(request.param, 1.0))
    return said.cut(0, 3 * said.rate_hz)


def noisy(track: Pcm, snr_db: float, *, pink: bool) -> Pcm:
    noise = RANDOM.standard_normal(len(track))
    if pink:
        rows = np.fft.rfft(noise)
        noise = np.fft.irfft(rows / np.sqrt(np.arange(1, len(rows) + 1)), len(track))
    speech = track.as_float()
    gain = np.sqrt(np.mean(speech**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return from_float(speech + gain * noise, track.rate_hz)


def sent(track: Pcm, kind: AudioFormat) -> bytes:
    return bytes_of(resample(track, kind.rate_hz).samples, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_read_back_as_they_were_written(kind):
    samples = samples_of(bytes(range(256)), kind)
    assert len(bytes_of(samples, kind)) == len(samples) * kind.sample_bytes
    assert np.array_equal(samples_of(bytes_of(samples, kind), kind), samples)


WRONG = [(sent_as, read_as) for sent_as, read_as in product(KINDS, KINDS) if
         sent_as.codec != read_as.codec]  # fmt: skip


@pytest.mark.parametrize(("sent_as", "read_as"), WRONG)
def test_speech_in_another_codec_is_named(spoken, sent_as, read_as):
    assert mistaken_for(sent(spoken, sent_as), read_as) == sent_as.codec


@pytest.mark.parametrize("read_as", [PCM16, ULAW])
def test_a_byte_too_many_and_swapped_bytes_are_named(spoken, read_as):
    data = sent(spoken, PCM16)
    assert mistaken_for(b"\x00" + data, read_as) == "PCM16 with a byte too many"
    swapped = spoken.samples.astype(">i2").tobytes()
    assert mistaken_for(swapped, read_as) == "PCM16 with its bytes swapped"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gain_db", [0, -20, -35])
@pytest.mark.parametrize(("snr_db", "pink"), [(None, False), (20, False), (10, False), (0, False),
                                              (-10, False), (0, True)])  # fmt: skip
def test_speech_in_its_own_codec_is_never_suspected(spoken, kind, gain_db, snr_db, pink):
    track = spoken if snr_db is None else noisy(spoken, snr_db, pink=pink)
    assert mistaken_for(sent(track.gained(gain_db), kind), kind) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sound", ["nothing", "one byte", "silence", "noise", "a tone", "a hum"])
def test_what_is_no_speech_is_not_suspected(kind, sound):
    time_s = np.arange(24_000) / 24_000
    track = {
        "silence": silence(24_000, 24_000),
        "noise": from_float(0.1 * RANDOM.standard_normal(24_000), 24_000),
        "a tone": from_float(0.3 * np.sin(2 * np.pi * 3000 * time_s), 24_000),
        "a hum": from_float(0.3 * np.sin(2 * np.pi * 50 * time_s), 24_000),
    }.get(sound)
    data = b"\x01" * (sound == "one byte") if track is None else sent(track, kind)
    assert mistaken_for(data, kind) is None


def test_white_noise_is_the_measure_of_roughness():
    noise = from_float(0.1 * RANDOM.standard_normal(48_000), 24_000).samples
    assert roughness(noise) == pytest.approx(1.0, abs=0.02)
    assert roughness(np.zeros(48_000, np.int16)) == NOISE
    assert roughness(noise[:100]) == NOISE
    assert roughness((noise // 300).astype(np.int16)) == NOISE  # too faint to be heard


def test_a_pause_and_a_constant_do_not_count():
    slow = (8000 * np.sin(np.arange(24_000) * 0.05)).astype(np.int16)
    alone = roughness(slow)
    assert alone < 0.01
    around = np.concatenate([np.zeros(24_000, np.int16), slow + np.int16(9000)])
    assert roughness(around) == pytest.approx(alone, abs=0.002)
