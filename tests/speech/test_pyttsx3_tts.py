"""eSpeak through its helper process: real engine, no network, only the wheels."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import SpeechFailed
from harness.speech import pyttsx3_tts
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer

US = VoiceChoice("en-us")


def digest(text: str) -> str:
    return hashlib.sha256(EspeakSynthesizer().speak(text, US).to_bytes()).hexdigest()


def test_the_same_words_are_the_same_samples_after_others_were_spoken_and_in_a_new_helper() -> None:
    engine = EspeakSynthesizer()
    first = engine.speak("I have O, R, D. Is that right?", US)
    engine.speak("Something else entirely.", VoiceChoice("en-us+f3"))
    again = engine.speak("I have O, R, D. Is that right?", US)
    engine.close()
    assert first == again == engine.speak("I have O, R, D. Is that right?", US)
    assert first.rate_hz == 24_000
    assert first.duration_s > 1.0


def test_another_interpreter_at_another_second_makes_the_same_samples() -> None:
    text, voice = "Hello there, how are you doing today my friend?", "en-us+f3"
    here = EspeakSynthesizer().speak(text, VoiceChoice(voice))
    time.sleep(1.05)  # eSpeak seeds the breath of this voice with whole seconds of the clock
    code = (
        "import hashlib; from harness.speech.base import VoiceChoice;"
        "from harness.speech.pyttsx3_tts import EspeakSynthesizer;"
        f"clip = EspeakSynthesizer().speak({text!r}, VoiceChoice({voice!r}));"
        "print(hashlib.sha256(clip.to_bytes()).hexdigest())"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(here.to_bytes()).hexdigest()
    assert done.stderr == ""


def test_threads_and_forked_or_spawned_workers_each_get_their_own_words() -> None:
    texts = ("One.", "Two hundred.", "Three times three.", "Four") * 2
    alone = [digest(text) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(digest, texts)) == alone
    with ProcessPoolExecutor(2) as workers:
        assert list(workers.map(digest, texts)) == alone
    assert digest("One.") == alone[0]


def test_rate_and_voice_change_what_is_heard() -> None:
    engine = EspeakSynthesizer()
    calm = engine.speak("Where is my order?", US)
    fast = engine.speak("Where is my order?", VoiceChoice("en-us", 1.5))
    other = engine.speak("Where is my order?", VoiceChoice("en-us+robert"))
    assert fast.duration_s < 0.85 * calm.duration_s
    assert calm != other


@pytest.mark.parametrize(
    ("text", "voice", "reason"),
    [
        ("", "en-us", "nothing to say"),
        (" \n", "en-us", "nothing to say"),
        ("Hello", "zz", "no voice 'zz'"),
        ("Hello", "en-us+nobody", "no variant 'nobody'"),
        ("Hello", "en-us; rm", "expected a voice like"),
    ],
)
def test_what_cannot_be_spoken_says_why_and_leaves_the_engine_usable(
    text: str, voice: str, reason: str
) -> None:
    engine = EspeakSynthesizer()
    with pytest.raises(SpeechFailed, match=reason):
        engine.speak(text, VoiceChoice(voice))
    assert len(engine.speak("Still here.", US)) > 0


def test_a_helper_that_was_killed_is_started_again() -> None:
    before = digest("Hello again.")
    child = pyttsx3_tts._process._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    assert digest("Hello again.") == before


def test_a_clip_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyttsx3_tts, "_LIMIT_S", 0.01)
    with pytest.raises(SpeechFailed, match="hung"):
        EspeakSynthesizer().speak("word " * 3_000, US)
    monkeypatch.undo()
    assert len(EspeakSynthesizer().speak("Still here.", US)) > 0


def test_no_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    engine = EspeakSynthesizer()
    engine.close()
    engine.speak("Hello", US)
    engine.close()
    assert list(tmp_path.iterdir()) == []
