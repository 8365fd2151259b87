"""Speech and transcripts are cached, and no damage to the folder can make them wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.errors import SpeechFailed
from harness.speech.base import (
    RecognizedSegment,
    SpokenValue,
    VoiceChoice,
    Weighed,
    WeighingRecognizer,
)
from harness.speech.cache import (
    ClipCache,
    cached_hearing,
    cached_synthesizer,
    default_folder,
    key_of,
)


class Tones:
    """An engine whose clip depends on all of its inputs, and that counts its work."""

    name = "tones"

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.asked = 0

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        self.asked += 1
        if not text:
            raise SpeechFailed(self.name, "nothing", text)
        seed = sum(f"{text}{voice}{self.version}".encode())
        return Pcm(np.random.default_rng(seed).integers(-9, 9, 2400).astype(np.int16), 24_000)

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        self.asked += 1
        return (RecognizedSegment(f"{int(audio.samples[0])} é", 0.1, audio.duration_s),) * len(
            audio
        )


class Scales(Tones):
    """An engine that weighs values, too."""

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        self.asked += 1
        return Weighed(0.5, f"{int(audio.samples[0])}A")


A = VoiceChoice("a")
SAID = SpokenValue("I have", (("A", "5"),), "", {"A": ("A",), "5": ("five",)})


def test_the_second_time_comes_from_the_folder_with_the_same_samples(tmp_path: Path) -> None:
    engine = Tones()
    said = [cached_synthesizer(engine, ClipCache(tmp_path)).speak("Hi", A) for _ in range(3)]
    assert engine.asked == 1
    assert said[0] == said[1] == said[2] == Tones().speak("Hi", A)


@pytest.mark.parametrize(
    ("text", "voice", "version"),
    [
        ("Hi!", A, "1"),
        ("Hi", VoiceChoice("b"), "1"),
        ("Hi", VoiceChoice("a", 1.1), "1"),
        ("Hi", A, "2"),
    ],
)
def test_whatever_changes_the_clip_changes_its_name(
    tmp_path: Path, text: str, voice: VoiceChoice, version: str
) -> None:
    cache = ClipCache(tmp_path)
    cached_synthesizer(Tones(), cache).speak("Hi", A)
    other = Tones(version)
    cached_synthesizer(other, cache).speak(text, voice)
    assert other.asked == 1


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"no audio at all" * 9])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: bytes) -> None:
    engine = Tones()
    cached = cached_synthesizer(engine, ClipCache(tmp_path))
    whole = cached.speak("Hi", A)
    (path,) = tmp_path.rglob("*.wav")
    path.write_bytes(damage)
    assert cached.speak("Hi", A) == whole
    assert cached.speak("Hi", A) == whole
    assert engine.asked == 2


def test_heard_lines_come_back_whole_and_differ_by_audio(tmp_path: Path) -> None:
    engine = Tones()
    cached = cached_hearing(engine, ClipCache(tmp_path))
    audio = Pcm(np.array([5, 6, 7], np.int16), 24_000)
    assert cached.hear(audio) == cached.hear(audio) == Tones().hear(audio)
    assert engine.asked == 1
    assert cached.hear(Pcm(np.array([4], np.int16), 24_000)) != cached.hear(audio)
    silent = Pcm(np.zeros(0, np.int16), 24_000)
    assert cached.hear(Pcm(audio.samples.copy(), 8_000)) != cached.hear(audio)
    assert len(silent) == 0


@pytest.mark.parametrize("damage", ["", "{", "[[1]]", '["x"]', '[["a", "b", "c"]]'])
def test_a_damaged_hearing_is_made_again(tmp_path: Path, damage: str) -> None:
    engine = Tones()
    cached = cached_hearing(engine, ClipCache(tmp_path))
    audio = Pcm(np.array([5], np.int16), 24_000)
    lines = cached.hear(audio)
    (path,) = tmp_path.rglob("*.json")
    path.write_text(damage)
    assert cached.hear(audio) == lines
    assert engine.asked == 2


@pytest.mark.parametrize("damage", [None, "", "[1]", '["x", "y"]'])
def test_what_was_weighed_comes_back_and_is_weighed_again_if_damaged(
    tmp_path: Path, damage: str | None
) -> None:
    engine = Scales()
    cached = cached_hearing(engine, ClipCache(tmp_path))
    assert isinstance(cached, WeighingRecognizer)
    audio = Pcm(np.array([5], np.int16), 24_000)
    first = cached.weigh(audio, SAID)
    if damage is not None:
        next(tmp_path.rglob("*.json")).write_text(damage)
    assert cached.weigh(audio, SAID) == first == Weighed(0.5, "5A")
    assert engine.asked == (1 if damage is None else 2)
    assert cached.weigh(audio, replace(SAID, before="So")) == first
    assert engine.asked == (2 if damage is None else 3)


def test_an_engine_that_cannot_weigh_says_nothing(tmp_path: Path) -> None:
    cached = cached_hearing(Tones(), ClipCache(tmp_path))
    assert isinstance(cached, WeighingRecognizer)
    assert cached.weigh(Pcm(np.array([5], np.int16), 24_000), SAID) is None


def test_a_folder_that_cannot_be_written_changes_nothing_but_the_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file stands where the folder should be")
    engine = Tones()
    cached = cached_synthesizer(engine, ClipCache(blocked))
    assert cached.speak("Hi", A) == cached.speak("Hi", A)
    assert engine.asked == 2
    audio = Pcm(np.array([5], np.int16), 24_000)
    assert cached_hearing(engine, ClipCache(blocked)).hear(audio) == engine.hear(audio)


def test_failures_are_not_kept(tmp_path: Path) -> None:
    engine = Tones()
    cached = cached_synthesizer(engine, ClipCache(tmp_path))
    for _ in range(2):
        with pytest.raises(SpeechFailed):
            cached.speak("", A)
    assert engine.asked == 2


def test_many_at_once_agree_and_leave_no_parts(tmp_path: Path) -> None:
    def one(_: int) -> bytes:
        return cached_synthesizer(Tones(), ClipCache(tmp_path)).speak("Hi", A).to_bytes()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(one, range(32)))) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_the_variable_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    assert default_folder() == tmp_path / "speech"
    assert ClipCache().folder == tmp_path / "speech"


def test_keys_do_not_depend_on_the_order_of_inputs() -> None:
    assert key_of(a=1, b="x") == key_of(b="x", a=1) != key_of(a=1, b="y")
