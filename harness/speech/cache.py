"""Cache of TTS and ASR results by content: the same request is computed only once.

An entry's name is the hash of everything its answer depends on, so entries never go stale; a
damaged entry is deleted and made again. Several processes may share a folder. A folder that cannot
be written makes the harness slower, never wrong.

The folder is bounded: an entry's sub-folder, named by the first two signs of its key, has its even
share of the limit, and removes its least recently used entries when an entry is added.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, Generic, TypeVar

import platformdirs

from harness.audio.pcm import Pcm
from harness.audio.wav import read, write
from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.files import read_plain, write_whole
from harness.speech.base import (
    RecognizedSegment,
    Recognizer,
    SpokenValue,
    Synthesizer,
    VoiceChoice,
    Weighed,
    WeighingRecognizer,
)
from harness.units import RATE_HZ

Engine = TypeVar("Engine", bound=Synthesizer | Recognizer)

FOLDER_VARIABLE = "HARNESS_CACHE_DIR"
"""Environment variable that moves the cache."""


LIMIT_VARIABLE = "HARNESS_CACHE_MB"
"""Environment variable that says how large the cache may become, in megabytes."""

DEFAULT_LIMIT_MB = 1000

_SHARES = 256
_ENTRY = re.compile(r"([0-9a-f]{2})[0-9a-f]{62}\.(wav|json)")


def default_limit_bytes() -> int:
    """Return how large the cache may become; raises UsageError for a limit that is no number."""
    said = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_LIMIT_MB)
    if not (said.isascii() and said.isdecimal() and int(said) > 0):
        raise UsageError(f"{LIMIT_VARIABLE}: expected a whole number of megabytes, got {said!r}")
    return int(said) * 1_000_000


def default_folder() -> Path:
    """Return the folder of the cache: ``HARNESS_CACHE_DIR``, else the user's cache folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    root = Path(named) if named else Path(platformdirs.user_cache_dir("voice-agent-harness"))
    return root / "speech"


def key_of(**inputs: str | float | int) -> str:
    """Return the name of an entry: the hash of everything that its content depends on."""
    canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class ClipCache:
    """Clips (WAV) and recognized segments (JSON) in one folder, by the key's first byte."""

    def __init__(self, folder: Path | None = None, *, limit_bytes: int | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        self.limit_bytes = default_limit_bytes() if limit_bytes is None else limit_bytes

    def entries(self) -> tuple[Path, ...]:
        """Return the files of all entries; other files in the folder are not part of the cache."""
        return tuple(path for path in self.folder.glob("*/*") if _is_entry(path))

    def clear(self) -> int:
        """Remove all entries and return how many there were; raises StorageFailed."""
        entries = self.entries()
        for path in entries:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StorageFailed(path, error.strerror or str(error)) from error
        return len(entries)

    def clip(self, key: str) -> Pcm | None:
        """Return a stored clip, None if there is none that can be read."""
        path = self._path(key, ".wav")
        try:
            clip = read(path) if path.exists() else None
            _note_use(path)
        except (RecordingDamaged, OSError):
            clip = None
        return clip if clip is not None and len(clip) and clip.rate_hz == RATE_HZ else None

    def keep_clip(self, key: str, clip: Pcm) -> None:
        """Store a clip, whole or not at all; a folder that cannot be written is no error."""
        path = self._path(key, ".wav")
        with contextlib.suppress(StorageFailed):
            write(path, clip)
        self._make_room_beside(path)

    def segments(self, key: str) -> tuple[RecognizedSegment, ...] | None:
        """Return stored recognized segments, None if there are none that can be read."""
        try:
            stored: Any = json.loads(read_plain(self._path(key, ".json")))
            _note_use(self._path(key, ".json"))
            return tuple(
                RecognizedSegment(str(t), float(start), float(end)) for t, start, end in stored
            )
        except (OSError, ValueError, TypeError):
            return None

    def keep_segments(self, key: str, segments: tuple[RecognizedSegment, ...]) -> None:
        """Store segments, whole or not at all; a folder that cannot be written is no error."""
        text = json.dumps([(segment.text, segment.start_s, segment.end_s) for segment in segments])
        path = self._path(key, ".json")
        with contextlib.suppress(StorageFailed):
            write_whole(path, text.encode())
        self._make_room_beside(path)

    def weighed(self, key: str) -> Weighed | None:
        """Return how sure a recognizer was of a value, None if no result is stored."""
        try:
            sure, rival = json.loads(read_plain(self._path(key, ".json")))
            _note_use(self._path(key, ".json"))
            return Weighed(float(sure), str(rival))
        except (OSError, ValueError, TypeError):
            return None

    def keep_weighed(self, key: str, weighed: Weighed) -> None:
        """Store it, whole or not at all; a folder that cannot be written is no error."""
        path = self._path(key, ".json")
        with contextlib.suppress(StorageFailed):
            write_whole(path, json.dumps((weighed.sure, weighed.rival)).encode())
        self._make_room_beside(path)

    def _make_room_beside(self, newest: Path) -> None:
        """Remove the least recently used entries, until the sub-folder keeps to its share."""
        with contextlib.suppress(OSError):  # another process may be doing the same
            found = [
                (path.stat(), path)
                for path in newest.parent.iterdir()
                if path != newest and _is_entry(path)
            ]
            # Keys are hashes, so the shares fill alike, and no process has to count the whole.
            over = newest.stat().st_size - self.limit_bytes // _SHARES
            over += sum(stat.st_size for stat, _ in found)
            for stat, path in sorted(found, key=lambda one: (one[0].st_mtime_ns, one[1])):
                if over <= 0:
                    return
                path.unlink(missing_ok=True)
                over -= stat.st_size

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / key[:2] / f"{key}{suffix}"


def _is_entry(path: Path) -> bool:
    named = _ENTRY.fullmatch(path.name)
    return named is not None and named[1] == path.parent.name and path.is_file()


def _note_use(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


class _Cached(Generic[Engine]):
    """A cached engine has the name of the engine itself: caches and manifests name that engine."""

    def __init__(self, engine: Engine, cache: ClipCache) -> None:
        self._engine = engine
        self._cache = cache

    @property
    def name(self) -> str:
        """Name of the cached engine."""
        return self._engine.name

    @property
    def version(self) -> str:
        """Version of the cached engine."""
        return self._engine.version


class CachedSynthesizer(_Cached[Synthesizer]):
    """A synthesizer that speaks each text once and then plays it back from a cache."""

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        """Return the spoken text at 24 kHz; errors of the engine are passed on, not cached."""
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
    """A recognizer that hears each audio once and then answers from a cache."""

    @property
    def languages(self) -> tuple[str, ...] | None:
        """The languages of the engine; see ``base.hears``."""
        return getattr(self._engine, "languages", None)

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        """Return the recognized segments; errors of the engine are passed on, not cached."""
        key = key_of(
            did="hear",
            engine=self.name,
            version=self.version,
            rate_hz=audio.rate_hz,
            audio=hashlib.sha256(audio.to_bytes()).hexdigest(),
        )
        segments = self._cache.segments(key)
        if segments is None:
            segments = self._engine.hear(audio)
            self._cache.keep_segments(key, segments)
        return segments

    def weigh(self, audio: Pcm, said: SpokenValue) -> Weighed | None:
        """Return how sure the engine is of a value, None if it cannot be asked; see ``hear``."""
        if not isinstance(self._engine, WeighingRecognizer):
            return None
        key = key_of(
            did="weigh",
            engine=self.name,
            version=self.version,
            rate_hz=audio.rate_hz,
            audio=hashlib.sha256(audio.to_bytes()).hexdigest(),
            said=json.dumps((said.before, said.ways, said.after, dict(said.written))),
        )
        weighed = self._cache.weighed(key)
        if weighed is None:
            weighed = self._engine.weigh(audio, said)
            if weighed is not None:
                self._cache.keep_weighed(key, weighed)
        return weighed


def cached_synthesizer(engine: Synthesizer, cache: ClipCache | None = None) -> Synthesizer:
    """Return the engine with a cache, by default the user's own cache."""
    return CachedSynthesizer(engine, ClipCache() if cache is None else cache)


def cached_hearing(engine: Recognizer, cache: ClipCache | None = None) -> Recognizer:
    """Return the engine with a cache, by default the user's own cache."""
    return CachedRecognizer(engine, ClipCache() if cache is None else cache)
