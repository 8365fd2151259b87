"""The edge where audio changes its format, in pieces as they come."""

from __future__ import annotations

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.protocol.audio_bytes import bytes_of, samples_of
from harness.protocol.items import AudioFormat
from harness.session.playout import ContentKey
from harness.session.received_audio import AgentSound, CallerSound

RATE = 24_000
FRAME = 480
HERE, THERE = ContentKey("r", "i", 0), ContentKey("r", "j", 0)
TONE = (8000 * np.sin(np.arange(RATE) * 0.06)).astype(np.int16)


def wire(track: np.ndarray, kind: AudioFormat) -> bytes:
    return bytes_of(resample(Pcm(track.copy(), RATE), kind.rate_hz).samples, kind)


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    """Say whether two tracks agree but for the edges and G.711's coarse steps."""
    inner = slice(200, -200)
    return float(np.abs(found[inner].astype(int) - expected[inner]).max()) < 400


@pytest.mark.parametrize("kind", AudioFormat)
def test_the_caller_is_sent_at_the_rate_that_is_asked_for(kind):
    sound = CallerSound(kind)
    frames = [sound.sent(TONE[at : at + FRAME]) for at in range(0, RATE, FRAME)]
    whole = kind.rate_hz // 50 * kind.sample_bytes
    assert {len(frame) for frame in frames[1:]} == {whole}
    late = 0 if kind.rate_hz == RATE else kind.rate_hz // 500 * kind.sample_bytes
    assert len(frames[0]) == whole - late
    found = samples_of(b"".join(frames), kind)
    back = resample(Pcm(found, kind.rate_hz), RATE).samples
    assert close(back, TONE[: len(back)])


@pytest.mark.parametrize("kind", AudioFormat)
@pytest.mark.parametrize("piece", [1, 3, 160, 9_600])
def test_the_agent_is_heard_whole_in_whatever_pieces_it_comes(kind, piece):
    data, sound = wire(TONE, kind), AgentSound(kind)
    parts = [sound.arrived(HERE, data[at : at + piece]) for at in range(0, len(data), piece)]
    found = np.concatenate([*parts, sound.over(HERE)])
    assert len(found) == RATE
    assert close(found, TONE)


def test_what_needs_no_change_is_not_touched():
    sound = AgentSound(AudioFormat.PCM16_24K)
    assert np.array_equal(sound.arrived(HERE, TONE.tobytes()), TONE)
    assert not len(sound.over(HERE))
    assert CallerSound(AudioFormat.PCM16_24K).sent(TONE) == TONE.tobytes()


def test_parts_do_not_run_into_each_other():
    sound = AgentSound(AudioFormat.PCM16_16K)
    one, other = TONE[: RATE // 2], TONE[RATE // 2 :]
    first = [sound.arrived(HERE, wire(one, AudioFormat.PCM16_16K))]
    second = [sound.arrived(THERE, wire(other, AudioFormat.PCM16_16K))]
    assert close(np.concatenate([*first, sound.over(HERE)]), one)
    assert close(np.concatenate([*second, sound.over(THERE)]), other)
    assert not len(sound.over(THERE))


def test_a_sound_in_the_wrong_codec_is_told_with_what_to_do():
    rng = np.random.default_rng(1)
    hum = np.convolve(rng.standard_normal(3 * RATE), np.hanning(40), "same")
    track = (4000 * hum / np.abs(hum).max()).astype(np.int16)
    for kind, read, likely, known in (
        ("pcmu", "pcm16_24k", "µ-law", "pcmu"),
        ("pcm16_8k", "pcma", "PCM16", "pcm16_8k or pcm16_16k or pcm16_24k or pcm16_48k"),
    ):
        sound = AgentSound(AudioFormat(read))
        for _ in range(80):  # on a track that begins with silence, too
            sound.arrived(HERE, wire(np.zeros(1_200, np.int16), AudioFormat(kind)))
        sound.arrived(HERE, wire(track, AudioFormat(kind)))
        assert sound.mistaken == (
            f"the agent sounds like {likely} read as {AudioFormat(read).codec};"
            f" the target's session.output_format may have to be {known}"
        )
    shifted = AgentSound(AudioFormat.PCM16_24K)
    shifted.arrived(HERE, b"\x00" + track.tobytes())
    assert shifted.mistaken == "the agent sounds like PCM16 with a byte too many read as PCM16"


def test_a_sound_in_the_right_codec_is_not_suspected():
    sound = AgentSound(AudioFormat.PCM16_24K)
    assert sound.mistaken == ""
    sound.arrived(HERE, TONE.tobytes())
    assert sound.mistaken == ""


def test_a_sound_in_odd_pieces_is_not_suspected():
    sound, data = AgentSound(AudioFormat.PCM16_24K), bytes(24) + TONE.tobytes()
    for at in range(0, len(data), 3):  # silent pieces are not examined
        sound.arrived(HERE, data[at : at + 3])
    assert sound.mistaken == ""
