"""Background sounds made from numbers: places, single sources, coughs and laughs.

Every maker takes (count, rate_hz, generator) and returns ``count`` float samples of any level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.audio.pcm import FloatArray, Pcm, from_float
from harness.errors import UnknownName

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
    """Return a café: talk, ringing crockery, and the tone of the room."""
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
    """Return a television in the next room: a voice, then music, through a small speaker."""
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
    """Return a single talker: a pitch contour read through vowel wave tables, by syllable."""
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
    """Return a pitch period whose harmonics follow the formants of a vowel."""
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
    """Return a soft plucked note; ``key`` counts semitones as MIDI does (69 is 440 Hz)."""
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
    # A single period, repeated seamlessly: the ear does not find it under a moving envelope, and a
    # minute costs milliseconds.
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
    """Return a period of a harmonic tone of RMS 1 as a table of ``TABLE`` values."""
    spectrum = np.zeros(TABLE // 2 + 1, np.complex128)
    spectrum[1 : len(levels) + 1] = np.asarray(levels) * np.exp(1j * phases)
    return at_level_one(np.fft.irfft(spectrum, TABLE))


def looked_up(table: FloatArray, turns: FloatArray) -> FloatArray:
    """Return a table of a period read at a phase in turns."""
    return table[((turns - np.floor(turns)) * TABLE).astype(np.intp)]


def at_level_one(samples: FloatArray) -> FloatArray:
    """Return samples at an RMS of 1."""
    return samples / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-12)


def add_at(total: FloatArray, at: int, part: FloatArray) -> None:
    """Add ``part`` into ``total`` from ``at`` on; samples past the end are dropped."""
    room = max(0, min(len(part), len(total) - at))
    total[at : at + room] += part[:room]


# Single sources near the caller: a car from inside, a keyboard, a baby, a siren.
#
# Makers as in ``ambience.py``: (count, rate_hz, generator) to ``count`` float samples of any level.

_SIREN_HZ = (620.0, 1350.0)
"""The ends of the wail of a North American electronic siren."""


def car(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a car from inside: the engine's orders, tyres on the road, and wind."""
    firing_hz = 62.0 * (1.0 + 0.18 * wander(count, rate_hz, generator, every_s=3.0))
    levels = (0.25, 1.0, 0.3, 0.6, 0.15, 0.3, 0.1, 0.12)
    table = periodic(levels, generator.uniform(0, 2 * np.pi, len(levels)))
    engine = looked_up(table, np.cumsum(firing_hz / 2) / rate_hz)
    road = shaped(count, rate_hz, generator, ((20, -3), (60, 0), (300, -10), (12_000, -60)))
    wind = shaped(count, rate_hz, generator, ((50, -20), (500, 0), (2000, -8), (12_000, -35)))
    gusts = 0.3 + 0.15 * wander(count, rate_hz, generator, every_s=1.5)
    return 0.5 * engine + road + gusts * wind


def keyboard(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return typing: each key goes down and comes up again, in bursts of words."""
    total = 0.05 * shaped(count, rate_hz, generator, ((20, 0), (500, 0), (12_000, -30)))
    at_s = np.arange(round(0.06 * rate_hz)) / rate_hz
    moment_s = float(generator.uniform(0.0, 0.2))
    while moment_s * rate_hz < count:
        held_s = float(generator.uniform(0.06, 0.11))
        for later_s, loud in ((0.0, 1.0), (held_s, 0.45)):
            ring_hz = min(float(generator.uniform(1800, 4200)), 0.4 * rate_hz)
            click = np.exp(-at_s * 150.0) * generator.uniform(-1.7, 1.7, len(at_s))
            body = np.exp(-at_s * 70.0) * np.sin(2 * np.pi * ring_hz * at_s)
            level = loud * float(generator.uniform(0.6, 1.0))
            add_at(total, round((moment_s + later_s) * rate_hz), level * (click + 0.6 * body))
        pause_s = float(generator.uniform(0.3, 0.9)) if generator.random() < 0.14 else 0.0
        moment_s += float(generator.uniform(0.11, 0.22)) + pause_s
    return total


def baby(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a baby that cries: rising and falling wails of about a second, a breath between."""
    total = np.zeros(count)
    mean_hz = float(generator.uniform(380, 480))
    harmonics = np.arange(1, int(min(6000, 0.45 * rate_hz) / (1.4 * mean_hz)) + 1)
    formed = 1.0 / (1.0 + ((harmonics * mean_hz - 1200.0) / 900.0) ** 2) + 0.1
    levels = formed.astype(np.float64)
    table = periodic(levels, generator.uniform(0, 2 * np.pi, len(levels)))
    moment_s = float(generator.uniform(0.0, 0.3))
    while moment_s * rate_hz < count:
        length_s = float(generator.uniform(0.6, 1.3))
        shape = np.sin(np.pi * np.linspace(0, 1, round(length_s * rate_hz)))
        shaking = wander(len(shape), rate_hz, generator, every_s=0.05)
        pitch_hz = mean_hz * (0.85 + 0.35 * shape + 0.02 * shaking)
        wail = looked_up(table, np.cumsum(pitch_hz) / rate_hz) * np.sqrt(shape)
        rough = 0.12 * generator.standard_normal(len(shape)) * shape
        loud = float(generator.uniform(0.6, 1.0))
        add_at(total, round(moment_s * rate_hz), loud * (wail + rough))
        moment_s += length_s + float(generator.uniform(0.15, 0.5))
    return total


def siren(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return the wail of an ambulance that comes nearer and leaves, over street noise."""
    low_hz, high_hz = _SIREN_HZ
    turns = np.arange(count) / rate_hz / 4.5 + float(generator.uniform(0, 1))
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * turns)
    pitch_hz = low_hz * (high_hz / low_hz) ** swing
    table = periodic((1.0, 0.1, 0.5, 0.05, 0.2), generator.uniform(0, 2 * np.pi, 5))
    near = 0.6 + 0.4 * wander(count, rate_hz, generator, every_s=8.0)
    street = shaped(count, rate_hz, generator, ((20, 0), (120, 0), (1000, -24), (12_000, -50)))
    return near * looked_up(table, np.cumsum(pitch_hz) / rate_hz) + 0.2 * at_level_one(street)


# Vocal sounds other than speech: coughs, laughs, sighs, made from numbers.
#
# Every maker takes (rate_hz, generator) and returns float samples of any level: air through a
# throat (noise) and the voice (a pulse train), both shaped by the resonances of an open mouth.

_OPEN_MOUTH = ((700.0, 130.0), (1200.0, 150.0), (2600.0, 250.0))
"""Formants of an open vowel and their widths, in hertz."""

_AIR = ((60, -30), (300, -6), (700, 0), (1500, -2), (3500, -8), (8000, -16), (12_000, -28))
_SOFT_AIR = ((60, -40), (300, -10), (900, 0), (2500, -8), (6000, -22), (12_000, -40))
_NOSE_AIR = ((60, -40), (500, -18), (2500, 0), (5000, -2), (9000, -14), (12_000, -30))
_PEAK = 0.9


def _cough(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return one or two coughs: a burst as the throat opens, air, and a voice that dies away."""
    total = np.zeros(round(1.2 * rate_hz))
    moment_s = 0.0
    for loud in (1.0, 0.75)[: int(generator.integers(1, 3))]:
        length_s = float(generator.uniform(0.28, 0.4))
        at_s = np.arange(round(length_s * rate_hz)) / rate_hz
        air = shaped(len(at_s), rate_hz, generator, _AIR)
        burst = np.minimum(at_s / 0.004, 1.0) * (np.exp(-at_s / 0.025) + 0.35 * np.exp(-at_s / 0.1))
        voiced = np.clip((at_s - 0.05) / 0.04, 0, 1) * np.exp(-np.maximum(at_s - 0.09, 0) / 0.06)
        pitch_hz = float(generator.uniform(150, 210)) * (1.15 - 0.9 * at_s)
        throat = _voiced(pitch_hz, rate_hz, generator)
        add_at(total, round(moment_s * rate_hz), loud * (air * burst + 0.25 * throat * voiced))
        moment_s += length_s + float(generator.uniform(0.06, 0.14))
    return total


def _throat(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a throat clearing: a rough voice in two pushes, air between them."""
    total = np.zeros(round(0.9 * rate_hz))
    for moment_s, length_s, loud in ((0.0, 0.22, 0.7), (0.3, 0.38, 1.0)):
        count = round(length_s * rate_hz)
        shape = np.sin(np.pi * np.linspace(0, 1, count)) ** 0.6
        rough = 0.6 + 0.4 * np.sign(wander(count, rate_hz, generator, every_s=0.02))
        voice = _voiced(np.full(count, float(generator.uniform(85, 110))), rate_hz, generator)
        air = shaped(count, rate_hz, generator, _SOFT_AIR)
        add_at(total, round(moment_s * rate_hz), loud * shape * (voice * rough + 0.5 * air))
    return total


def _laugh(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a laugh: four to six syllables of breath and voice, each lower and softer."""
    total = np.zeros(round(1.6 * rate_hz))
    pitch_hz = float(generator.uniform(190, 250))
    moment_s = 0.0
    for number in range(int(generator.integers(4, 7))):
        length_s = float(generator.uniform(0.15, 0.19))
        at = np.linspace(0, 1, round(length_s * rate_hz))
        breath = np.exp(-at * 6.0) * shaped(len(at), rate_hz, generator, _SOFT_AIR)
        swell = np.sin(np.pi * np.clip((at - 0.25) / 0.75, 0, 1))
        glide_hz = pitch_hz * (1.1 - 0.2 * at) * 0.96**number
        voice = _voiced(glide_hz, rate_hz, generator)
        add_at(total, round(moment_s * rate_hz), 0.85**number * (0.5 * breath + voice * swell))
        moment_s += length_s + float(generator.uniform(0.03, 0.06))
    return total


def _sigh(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a long breath out that begins with a trace of voice."""
    count = round(float(generator.uniform(0.9, 1.3)) * rate_hz)
    at = np.linspace(0, 1, count)
    shape = np.minimum(at / 0.12, 1.0) * (1.0 - at) ** 1.2
    air = shaped(count, rate_hz, generator, _SOFT_AIR)
    voice = _voiced(150.0 - 45.0 * at, rate_hz, generator) * np.exp(-at / 0.2)
    return shape * (air + 0.35 * voice)


def _sniff(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a sniff: air drawn in through the nose, with a sudden stop."""
    count = round(float(generator.uniform(0.25, 0.4)) * rate_hz)
    at = np.linspace(0, 1, count)
    return np.minimum((1.0 - at) / 0.05, 1.0) * at * shaped(count, rate_hz, generator, _NOSE_AIR)


def _voiced(pitch_hz: FloatArray, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return the voice of an open mouth at a pitch that may move, a little unsteady."""
    mean_hz = float(np.mean(pitch_hz))
    orders = np.arange(1, int(min(5000.0, 0.45 * rate_hz) / mean_hz) + 1)
    at_hz = orders * mean_hz
    levels = sum(1.0 / (1.0 + ((at_hz - hz) / width) ** 2) for hz, width in _OPEN_MOUTH)
    table = periodic(levels / np.sqrt(orders), generator.uniform(0, 2 * np.pi, len(orders)))
    shaken = pitch_hz * (1.0 + 0.02 * wander(len(pitch_hz), rate_hz, generator, every_s=0.03))
    return looked_up(table, np.cumsum(shaken) / rate_hz)


_MAKERS: dict[str, tuple[Callable[[int, np.random.Generator], FloatArray], float]] = {
    "cough": (_cough, 3.0),
    "throat": (_throat, -3.0),
    "laugh": (_laugh, 0.0),
    "sigh": (_sigh, -12.0),
    "sniff": (_sniff, -12.0),
}
"""Each sound, and its level relative to speech in dB (active level, P.56)."""

VOCAL_SOUNDS: tuple[str, ...] = tuple(_MAKERS)


def vocal_sound(name: str, rate_hz: int, seed: int) -> tuple[Pcm, float]:
    """Return a sound without silence at its ends, and its level against speech in dB.

    Same arguments, same samples. Raises UnknownName for a name that is not in VOCAL_SOUNDS.
    """
    if name not in _MAKERS:
        raise UnknownName("sound", name, VOCAL_SOUNDS)
    maker, level_db = _MAKERS[name]
    made = at_level_one(maker(rate_hz, np.random.default_rng([seed, *name.encode("ascii")])))
    made *= _PEAK / float(np.max(np.abs(made)))
    heard = np.flatnonzero(np.abs(made) > 1e-3)
    return from_float(made[heard[0] : heard[-1] + 1], rate_hz), level_db
