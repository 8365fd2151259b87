"""Speaks the utterances that were rendered once and committed: ``audio_fixtures/manifest.json``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.audio.wav import read
from harness.errors import RecordingDamaged, SpeechFailed
from harness.files import read_plain
from harness.speech.base import VoiceChoice
from harness.units import RATE_HZ

FORMAT = 1
"""Version of the manifest."""

FOLDER = "audio_fixtures"
MANIFEST = "manifest.json"
RENDER_COMMAND = "harness fixtures render"


@dataclass(frozen=True, slots=True)
class FixtureUtterance:
    """A committed clip: its text, speaker, engine and licence.

    ``heard`` and ``word_error_rate`` are evidence from the day of rendering, by the recognizer
    named in the manifest. ``duration_s`` and ``rate_hz`` are the file's own.
    """

    file: str
    text: str
    voice: str
    engine: str
    engine_version: str
    sha256: str
    rate_hz: int
    duration_s: float
    licence: str
    heard: str
    word_error_rate: float


def fixtures_folder(start: Path) -> Path | None:
    """Return the nearest ``audio_fixtures`` with a manifest at or above a file or folder.

    Scenarios find the fixtures of their own project this way, wherever the harness is installed.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / FOLDER / MANIFEST).is_file():
            return folder / FOLDER
    return None


def read_manifest(path: Path) -> tuple[FixtureUtterance, ...]:
    """Return the utterances of a manifest in file order.

    Raises:
        SpeechFailed: the file cannot be read, has another format, or lacks a field.
    """
    try:
        stored: Any = json.loads(read_plain(path).decode("utf-8"))
        if stored["format"] != FORMAT:
            detail = f"{path}: expected format {FORMAT}, got {stored['format']!r}"
            raise SpeechFailed("fixture", detail)
        return tuple(FixtureUtterance(**utterance) for utterance in stored["lines"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SpeechFailed("fixture", f"cannot read {path}: {error}") from error


def recorded_voices(start: Path) -> tuple[str, ...]:
    """Return the voices of the nearest fixtures at or above a folder; empty if there are none.

    Raises:
        SpeechFailed: the manifest cannot be read.
    """
    folder = fixtures_folder(start)
    utterances = read_manifest(folder / MANIFEST) if folder is not None else ()
    return tuple(sorted({utterance.voice for utterance in utterances}))


class FixtureSynthesizer:
    """Plays committed clips by text and voice; it has no voice for any other text.

    The voice ``""`` is the manifest's own: the first utterance with this text, by any speaker.
    Rates other than 1.0 are refused.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    @property
    def name(self) -> str:
        """Registry name."""
        return "fixture"

    @property
    def version(self) -> str:
        """Hash of the manifest: a rendered utterance again is another version."""
        return hashlib.sha256(read_plain(self._folder / MANIFEST)).hexdigest()[:12]

    def has(self, text: str, voice: VoiceChoice) -> bool:
        """Return whether the utterance is there (its file is checked only when it is spoken)."""
        return self._utterance(text, voice) is not None

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        """Return the committed clip at 24 kHz, as rendered.

        Raises:
            SpeechFailed: no such clip, or its file is missing or differs from the committed file.
        """
        utterance = self._utterance(text, voice)
        if utterance is None:
            who = f"voice {voice.name!r} at rate {voice.rate}" if voice.name else "any voice"
            detail = f"no such utterance for {who}; '{RENDER_COMMAND}' makes it"
            raise SpeechFailed(self.name, detail, text)
        path = self._folder / utterance.file
        try:
            digest = hashlib.sha256(read_plain(path)).hexdigest()
            if digest != utterance.sha256:
                detail = f"{path} is not the file of the manifest; '{RENDER_COMMAND}' makes it anew"
                raise SpeechFailed(self.name, detail, text)
            return resample(read(path), RATE_HZ)
        except (OSError, RecordingDamaged) as error:
            raise SpeechFailed(self.name, f"cannot read {path}: {error}", text) from error

    def _utterance(self, text: str, voice: VoiceChoice) -> FixtureUtterance | None:
        # A recording has the pace that it was rendered with.
        if voice.rate != 1.0:
            return None
        wanted = " ".join(text.split())
        return self._utterances.get((wanted, voice.name))

    @cached_property
    def _folder(self) -> Path:
        folder = fixtures_folder(Path.cwd()) if self._given is None else self._given
        if folder is None:
            detail = f"no {FOLDER}/{MANIFEST} here or above; '{RENDER_COMMAND}' makes it"
            raise SpeechFailed(self.name, detail)
        return folder

    @cached_property
    def _utterances(self) -> dict[tuple[str, str], FixtureUtterance]:
        found: dict[tuple[str, str], FixtureUtterance] = {}
        for utterance in read_manifest(self._folder / MANIFEST):
            found.setdefault((utterance.text, utterance.voice), utterance)
            found.setdefault((utterance.text, ""), utterance)
        return found
