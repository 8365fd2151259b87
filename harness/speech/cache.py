"""What engines said and heard, kept by content: the same question is never answered twice.

An entry's name is the hash of everything its answer depends on, so entries never go stale; a
damaged one is thrown away and made again. Several processes may share a folder. A folder that
cannot be written makes everything slower, never wrong.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Generic, TypeVar

import platformdirs

from harness.audio.pcm import Pcm
from harness.audio.wav import read, write
from harness.errors import RecordingDamaged, StorageFailed
from harness.speech.base import HeardLine, Recognizer, Synthesizer, VoiceChoice
from harness.storage import write_whole
from harness.units import RATE_HZ

Engine = TypeVar("Engine", bound=Synthesizer | Recognizer)

FOLDER_VARIABLE = "HARNESS_CACHE_DIR"
"""Environment variable that moves the cache."""


def default_folder() -> Path:
    """Return where speech is kept: ``HARNESS_CACHE_DIR``, else the user's cache folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    root = Path(named) if named else Path(platformdirs.user_cache_dir("voice-agent-harness"))
    return root / "speech"


def key_of(**inputs: str | float | int) -> str:
    """Return the name of an entry: the hash of everything that its content depends on."""
    canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class ClipCache:
    """Clips (WAV) and heard lines (JSON) in one folder, in sub-folders by the key's first byte."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder

    def clip(self, key: str) -> Pcm | None:
        """Return a stored clip, None when there is none that can be read."""
        path = self._path(key, ".wav")
        try:
            clip = read(path) if path.exists() else None
        except (RecordingDamaged, OSError):
            clip = None
        return clip if clip is not None and len(clip) and clip.rate_hz == RATE_HZ else None

    def keep_clip(self, key: str, clip: Pcm) -> None:
        """Store a clip, whole or not at all; a folder that cannot be written is no error."""
        with contextlib.suppress(StorageFailed):
            write(self._path(key, ".wav"), clip)

    def lines(self, key: str) -> tuple[HeardLine, ...] | None:
        """Return stored heard lines, None when there are none that can be read."""
        try:
            stored: Any = json.loads(self._path(key, ".json").read_text(encoding="utf-8"))
            return tuple(HeardLine(str(t), float(start), float(end)) for t, start, end in stored)
        except (OSError, ValueError, TypeError):
            return None

    def keep_lines(self, key: str, lines: tuple[HeardLine, ...]) -> None:
        """Store heard lines, whole or not at all; a folder that cannot be written is no error."""
        text = json.dumps([(line.text, line.start_s, line.end_s) for line in lines])
        with contextlib.suppress(StorageFailed):
            write_whole(self._path(key, ".json"), text.encode())

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / key[:2] / f"{key}{suffix}"


class _Cached(Generic[Engine]):
    """An engine behind a cache passes for the engine itself: caches and manifests name that one."""

    def __init__(self, engine: Engine, cache: ClipCache) -> None:
        self._engine = engine
        self._cache = cache

    @property
    def name(self) -> str:
        """Name of the engine behind the cache."""
        return self._engine.name

    @property
    def version(self) -> str:
        """Version of the engine behind the cache."""
        return self._engine.version


class CachedSynthesizer(_Cached[Synthesizer]):
    """A synthesizer that speaks each text once and then plays it back from a cache."""

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        """Return the spoken text at 24 kHz; raises what the engine raises, and keeps no failure."""
        key = key_of(
            did="speak",
            engine=self.name,
            version=self.version,
            text=text,
            voice=voice.name,
            rate=voice.rate,
            rate_hz=RATE_HZ,
        )
        clip = self._cache.clip(key)
        if clip is None:
            clip = self._engine.speak(text, voice)
            self._cache.keep_clip(key, clip)
        return clip


class CachedRecognizer(_Cached[Recognizer]):
    """A recognizer that hears each audio once and then repeats itself from a cache."""

    def hear(self, audio: Pcm) -> tuple[HeardLine, ...]:
        """Return what was said; raises what the engine raises, and keeps no failure."""
        key = key_of(
            did="hear",
            engine=self.name,
            version=self.version,
            rate_hz=audio.rate_hz,
            audio=hashlib.sha256(audio.to_bytes()).hexdigest(),
        )
        lines = self._cache.lines(key)
        if lines is None:
            lines = self._engine.hear(audio)
            self._cache.keep_lines(key, lines)
        return lines


def cached_synthesizer(engine: Synthesizer, cache: ClipCache | None = None) -> Synthesizer:
    """Return the engine behind a cache, the user's own unless one is given."""
    return CachedSynthesizer(engine, ClipCache() if cache is None else cache)


def cached_hearing(engine: Recognizer, cache: ClipCache | None = None) -> Recognizer:
    """Return the engine behind a cache, the user's own unless one is given."""
    return CachedRecognizer(engine, ClipCache() if cache is None else cache)
