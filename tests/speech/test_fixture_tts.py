"""Committed clips are played as they were committed, or refused with a remedy."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.audio.wav import write_flac
from harness.errors import SpeechFailed
from harness.speech.base import VoiceChoice
from harness.speech.fixture_tts import FixtureSynthesizer, fixtures_folder, read_manifest

RMS = VoiceChoice("rms")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    into = tmp_path / "audio_fixtures"
    into.mkdir()
    tone = (8000 * np.sin(np.arange(16_000) / 10)).astype(np.int16)
    write_flac(into / "hi.flac", Pcm(tone, 16_000))
    save(into, [line(into)])
    return into


def line(into: Path, **other: Any) -> dict[str, Any]:
    digest = hashlib.sha256((into / "hi.flac").read_bytes()).hexdigest()
    return {
        "file": "hi.flac", "text": "Hi there.", "voice": "rms", "engine": "flite",
        "engine_version": "2.2", "sha256": digest, "rate_hz": 16_000, "duration_s": 1.0,
        "licence": "BSD", "heard": "Hi there.", "word_error_rate": 0.0,
    } | other  # fmt: skip


def save(into: Path, lines: list[dict[str, Any]], number: int = 1) -> None:
    (into / "manifest.json").write_text(json.dumps({"format": number, "lines": lines}))


def test_a_line_is_played_at_24_khz_by_its_text_and_voice(folder: Path) -> None:
    engine = FixtureSynthesizer(folder)
    clip = engine.speak("Hi  there.\n", RMS)
    assert (clip.rate_hz, clip.duration_s) == (24_000, 1.0)
    assert clip == engine.speak("Hi there.", VoiceChoice(""))
    assert engine.has("Hi there.", RMS)


@pytest.mark.parametrize(
    ("text", "voice"),
    [("Hi", RMS), ("Hi there.", VoiceChoice("slt")), ("Hi there.", VoiceChoice("rms", 1.1))],
)
def test_a_line_that_is_not_there_names_itself_and_the_command(
    folder: Path, text: str, voice: VoiceChoice
) -> None:
    engine = FixtureSynthesizer(folder)
    assert not engine.has(text, voice)
    with pytest.raises(SpeechFailed, match="harness fixtures render") as failed:
        engine.speak(text, voice)
    assert failed.value.text == text


def test_a_changed_or_missing_file_is_refused(folder: Path) -> None:
    (folder / "hi.flac").write_bytes(b"something else")
    with pytest.raises(SpeechFailed, match="not the file of the manifest"):
        FixtureSynthesizer(folder).speak("Hi there.", RMS)
    (folder / "hi.flac").unlink()
    with pytest.raises(SpeechFailed, match="cannot read"):
        FixtureSynthesizer(folder).speak("Hi there.", RMS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lines": []}', '{"format": 1}'])
def test_a_manifest_that_cannot_be_read_says_so(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(SpeechFailed, match=r"manifest\.json"):
        read_manifest(folder / "manifest.json")


def test_another_format_and_another_field_are_refused(folder: Path) -> None:
    save(folder, [], number=2)
    with pytest.raises(SpeechFailed, match="expected format 1, got 2"):
        read_manifest(folder / "manifest.json")
    save(folder, [line(folder, pitch=3)])
    with pytest.raises(SpeechFailed, match="pitch"):
        read_manifest(folder / "manifest.json")


def test_the_version_is_the_manifest(folder: Path) -> None:
    before = FixtureSynthesizer(folder).version
    assert before == FixtureSynthesizer(folder).version
    save(folder, [line(folder, heard="Height")])
    assert FixtureSynthesizer(folder).version != before


def test_the_nearest_folder_above_is_found(folder: Path, tmp_path: Path) -> None:
    inner = tmp_path / "scenarios" / "desk" / "noise"
    inner.mkdir(parents=True)
    assert fixtures_folder(inner) == folder
    assert fixtures_folder(tmp_path) == folder
    (folder / "manifest.json").unlink()
    assert fixtures_folder(inner) is None
