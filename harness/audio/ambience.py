"""What places sound like, made from numbers: noise, hum, voices, traffic, television, music.

Every maker takes (count, rate_hz, generator) and returns ``count`` float samples of any level.
Steady noise is made as one period by inverse FFT and repeated seamlessly: the ear does not find
the period under a moving envelope, and a minute costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.audio.pcm import FloatArray

_PERIOD_S = 6.0
CONTROL_HZ = 100
_VOWELS = (
    (730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240),
    (530, 1840, 2480), (570, 840, 2410), (490, 1350, 1690),
)  # fmt: skip
"""First three formants in hertz of six American English vowels (Peterson & Barney 1952, men)."""

_CHORDS = ((60, 64, 67, 71), (57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 65))
_MELODY = (76, 74, 72, 71, 72, 69, 67, 69, 65, 69, 72, 74, 71, 67, 74, 71)
_BEAT_S = 0.4
TABLE = 1024


def white(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return white noise of RMS 1, without repetition."""
    return generator.standard_normal(count, np.float32).astype(np.float64)


def pink(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return noise that falls by 3 dB an octave from 30 Hz upwards."""
    return shaped(count, rate_hz, generator, ((20, 0), (30, 0), (12_000, -26), (24_000, -29)))


def hum(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return mains hum: harmonics of 60 Hz, drifting a little, with a trace of hiss."""
    drift = wander(count, rate_hz, generator, every_s=2.0)
    phase = 2 * np.pi * np.cumsum(60.0 + 0.05 * drift) / rate_hz
    levels = (0.6, 1.0, 0.35, 0.5, 0.15, 0.25, 0.08, 0.12, 0.04, 0.06)
    table = periodic(levels, generator.uniform(0, 2 * np.pi, len(levels)))
    return looked_up(table, phase / (2 * np.pi)) + 0.01 * white(count, rate_hz, generator)


def babble(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return six people talking at once: voiced syllables, hissing consonants, phrase pauses."""
    total = 0.05 * pink(count, rate_hz, generator)
    for _ in range(6):
        total += generator.uniform(0.6, 1.0) * _voice(count, rate_hz, generator)
    return total


def cafe(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a café: talk, crockery that rings, and the tone of the room."""
    room = shaped(count, rate_hz, generator, ((20, -6), (60, 0), (500, -12), (12_000, -40)))
    talk = babble(count, rate_hz, generator)
    return at_level_one(talk) + 0.35 * room + 0.8 * _clatter(count, rate_hz, generator)


def street(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a street: a low rumble, and a car that passes every few seconds."""
    rumble = shaped(count, rate_hz, generator, ((20, 0), (120, 0), (1000, -24), (12_000, -50)))
    tyres = shaped(count, rate_hz, generator, ((50, -12), (400, 0), (1500, -3), (12_000, -30)))
    at_s = np.arange(count) / rate_hz
    passing = np.full(count, 0.05)
    moment_s = float(generator.uniform(0.5, 3.0))
    while moment_s < at_s[-1] + 4.0:
        width_s = float(generator.uniform(0.6, 1.6))
        low = max(0, int((moment_s - 12 * width_s) * rate_hz))
        high = int((moment_s + 12 * width_s) * rate_hz)
        away = (at_s[low:high] - moment_s) / width_s
        passing[low:high] += generator.uniform(0.5, 1.5) / (1.0 + away * away)
        moment_s += float(generator.uniform(2.5, 7.0))
    return rumble + passing * tyres


def tv(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a television in the next room: one voice, then music, through a small speaker."""
    speech = at_level_one(
        _voice(count, rate_hz, generator) + 0.3 * _voice(count, rate_hz, generator)
    )
    music = at_level_one(hold_music(count, rate_hz, generator))
    swing = 0.5 + 0.5 * np.tanh(2.0 * wander(count, rate_hz, generator, every_s=4.0))
    hiss = shaped(count, rate_hz, generator, ((20, -40), (300, 0), (3000, 0), (12_000, -30)))
    return (0.35 + 0.65 * swing) * speech + (0.6 - 0.4 * swing) * music + 0.03 * hiss


def hold_music(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return four chords as arpeggios under a melody, over and over."""
    shift = int(generator.integers(-3, 4))
    beats = 2 * len(_MELODY)
    beat = round(_BEAT_S * rate_hz)
    loop = np.zeros(beats * beat)
    for step in range(beats):
        chord = _CHORDS[step // 4 % len(_CHORDS)]
        add_at(loop, step * beat, 0.5 * _note(chord[step % 4] + shift - 12, 4 * _BEAT_S, rate_hz))
        if step % 4 == 0:
            for key in chord[:3]:
                add_at(loop, step * beat, 0.22 * _note(key + shift, 4 * _BEAT_S, rate_hz))
        if step % 2 == 0:
            key = _MELODY[step // 2] + shift
            add_at(loop, step * beat, 0.6 * _note(key, 3 * _BEAT_S, rate_hz))
    start = int(generator.integers(0, beats)) * beat
    return np.resize(np.roll(loop, -start), count)


def _voice(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return one talker: a pitch contour read through vowel wave tables, syllable by syllable."""
    mean_hz = float(generator.uniform(95, 220))
    starts, lengths, loudness = _syllables(count, rate_hz, generator)
    envelope = _syllable_envelope(count, rate_hz, (starts, lengths, loudness))
    pitch_hz = mean_hz * (1 + 0.12 * wander(count, rate_hz, generator, every_s=0.4))
    phase = np.cumsum(pitch_hz) / rate_hz
    tables = np.stack([_vowel(mean_hz, formants, rate_hz) for formants in _VOWELS])
    which = generator.integers(0, len(_VOWELS), len(starts))
    spans = np.diff(np.append(starts, count), prepend=0)
    row = np.repeat(np.append(0, which), spans)
    cell = ((phase - np.floor(phase)) * TABLE).astype(np.intp)
    voiced: FloatArray = tables[row, cell] * envelope
    hiss = shaped(count, rate_hz, generator, ((20, -60), (2000, -20), (4500, 0), (11_000, -20)))
    onset = np.where(generator.random(len(starts)) < 0.4, 0.35 * loudness, 0.0)
    early = np.maximum(0, starts - lengths // 6)
    return voiced + hiss * _syllable_envelope(count, rate_hz, (early, lengths // 3, onset))


_Syllables = tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]


def _syllables(count: int, rate_hz: int, generator: np.random.Generator) -> _Syllables:
    """Return starts and lengths in samples, and loudness: about five a second, with pauses."""
    most = int(count / rate_hz / 0.11) + 2
    lengths_s = generator.uniform(0.11, 0.28, most)
    pauses_s = np.where(generator.random(most) < 0.12, generator.uniform(0.2, 0.7, most), 0.0)
    starts_s = np.cumsum(lengths_s + pauses_s) - lengths_s - generator.uniform(0, 0.4)
    starts = np.maximum(0, starts_s * rate_hz).astype(np.int64)
    kept = starts < count
    loudness = generator.uniform(0.4, 1.0, most)
    return starts[kept], (lengths_s[kept] * rate_hz).astype(np.int64), loudness[kept]


def _syllable_envelope(count: int, rate_hz: int, syllables: _Syllables) -> FloatArray:
    """Return rise and fall of each syllable, drawn at a control rate and joined by lines."""
    starts, lengths, loudness = syllables
    control = np.zeros(count * CONTROL_HZ // rate_hz + 2)
    for start, length, loud in zip(starts, lengths, loudness, strict=True):
        first = int(start * CONTROL_HZ // rate_hz)
        size = max(3, int(length * CONTROL_HZ // rate_hz))
        shape = loud * np.sin(np.pi * np.arange(size) / size)
        add_at(control, first, shape)
    return drawn(control, count, rate_hz)


def _vowel(pitch_hz: float, formants: Sequence[int], rate_hz: int) -> FloatArray:
    """Return one pitch period whose harmonics follow the formants of a vowel."""
    harmonics = np.arange(1, int(min(4000, 0.45 * rate_hz) / pitch_hz) + 1)
    at_hz = harmonics * pitch_hz
    gains = np.zeros(len(harmonics))
    for number, formant_hz in enumerate(formants):
        width_hz = 60 + 40 * number
        gains += 0.5**number / (1 + ((at_hz - formant_hz) / width_hz) ** 2)
    return periodic(gains, 2.4 * np.sqrt(harmonics))


def _clatter(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return cups and spoons: short inharmonic rings, about one a second, some in pairs."""
    total = np.zeros(count)
    ring_s = np.arange(round(0.25 * rate_hz)) / rate_hz
    for _ in range(max(1, round(1.3 * count / rate_hz))):
        base_hz = generator.uniform(1800, 3600)
        ring = np.zeros(len(ring_s))
        for ratio in (1.0, 1.53, 2.31):
            decay = np.exp(-ring_s * generator.uniform(18, 45))
            ring += (
                decay * np.sin(2 * np.pi * min(base_hz * ratio, 0.45 * rate_hz) * ring_s) / ratio
            )
        add_at(total, int(generator.integers(0, count)), ring * generator.uniform(0.2, 1.0))
    return total


def _note(key: int, length_s: float, rate_hz: int) -> FloatArray:
    """Return one soft plucked note; ``key`` counts semitones as MIDI does (69 is 440 Hz)."""
    at_s = np.arange(round(length_s * rate_hz)) / rate_hz
    angle = 2 * np.pi * 440.0 * 2.0 ** ((key - 69) / 12) * at_s
    tone = np.sin(angle) + 0.4 * np.sin(2 * angle) + 0.12 * np.sin(3 * angle)
    edges = np.minimum(1.0, at_s / 0.008) * np.minimum(1.0, (length_s - at_s) / 0.05)
    note: FloatArray = tone * edges * np.exp(-1.6 * at_s)
    return note


def shaped(
    count: int,
    rate_hz: int,
    generator: np.random.Generator,
    curve_db: Sequence[tuple[int, int]],
) -> FloatArray:
    """Return noise of RMS 1 whose spectrum follows (hertz, dB) points on a log-frequency axis."""
    size = 1 << (min(count, round(_PERIOD_S * rate_hz)) - 1).bit_length()
    at_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1.0)
    points_hz, points_db = zip(*curve_db, strict=True)
    gains = 10.0 ** (np.interp(np.log(at_hz), np.log(points_hz), points_db) / 20.0)
    gains[0] = 0.0
    angles = generator.uniform(0, 2 * np.pi, len(at_hz))
    return np.resize(at_level_one(np.fft.irfft(gains * np.exp(1j * angles), size)), count)


def wander(
    count: int, rate_hz: int, generator: np.random.Generator, *, every_s: float
) -> FloatArray:
    """Return a slow random contour within [-1, 1], a new goal every ``every_s`` seconds."""
    goals = generator.uniform(-1, 1, int(count / rate_hz / every_s) + 3)
    at_s = np.arange(count // (rate_hz // CONTROL_HZ) + 2) / CONTROL_HZ
    place = at_s / every_s
    low = np.minimum(place.astype(np.intp), len(goals) - 2)
    ease = 0.5 - 0.5 * np.cos(np.pi * np.minimum(place - low, 1.0))
    return drawn(goals[low] * (1 - ease) + goals[low + 1] * ease, count, rate_hz)


def drawn(control: FloatArray, count: int, rate_hz: int) -> FloatArray:
    """Return a control-rate curve as samples, joined by straight lines."""
    step = CONTROL_HZ / rate_hz
    curve: FloatArray = np.interp(np.arange(count) * step, np.arange(len(control)), control)
    return curve


def periodic(levels: Sequence[float] | FloatArray, phases: FloatArray) -> FloatArray:
    """Return one period of a harmonic tone of RMS 1 as a table of ``TABLE`` values."""
    spectrum = np.zeros(TABLE // 2 + 1, np.complex128)
    spectrum[1 : len(levels) + 1] = np.asarray(levels) * np.exp(1j * phases)
    return at_level_one(np.fft.irfft(spectrum, TABLE))


def looked_up(table: FloatArray, turns: FloatArray) -> FloatArray:
    """Return a table of one period read at a phase in turns."""
    return table[((turns - np.floor(turns)) * TABLE).astype(np.intp)]


def at_level_one(samples: FloatArray) -> FloatArray:
    """Return samples at an RMS of 1."""
    return samples / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-12)


def add_at(total: FloatArray, at: int, part: FloatArray) -> None:
    """Add ``part`` into ``total`` from ``at`` on; what reaches past the end is lost."""
    room = max(0, min(len(part), len(total) - at))
    total[at : at + room] += part[:room]
