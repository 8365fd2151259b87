"""TTS with eSpeak NG through pyttsx3, from wheels alone, and its named voices."""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from harness.audio.pcm import Pcm, from_bytes
from harness.audio.resample import resample
from harness.errors import SpeechFailed
from harness.speech.base import VoiceChoice
from harness.units import RATE_HZ

# Callers by plain names: which of eSpeak's voices is meant by "old woman" or "Scottish man".


@dataclass(frozen=True, slots=True)
class NamedVoice:
    """A person as eSpeak can play them: timbre and pitch, and an accent of their own or none."""

    variant: str
    about: str
    accent: str | None = None
    """eSpeak's voice of a region; None takes the accent of the suite."""


VOICES: Mapping[str, NamedVoice] = {
    "woman": NamedVoice("f2", "a woman; the usual caller"),
    "man": NamedVoice("m6", "a man"),
    "young_woman": NamedVoice("f5", "a young woman, breathy"),
    "deep_man": NamedVoice("m8", "a man with a deep voice"),
    "old_woman": NamedVoice("grandma", "an old woman, trembling"),
    "old_man": NamedVoice("grandpa", "an old man, trembling"),
    "british_woman": NamedVoice("f2", "a woman, southern England", "en-gb-x-rp"),
    "british_man": NamedVoice("m6", "a man, southern England", "en-gb-x-rp"),
    "scottish_woman": NamedVoice("f2", "a woman, Scotland", "en-gb-scotland"),
    "scottish_man": NamedVoice("m3", "a man, Scotland", "en-gb-scotland"),
    "caribbean_woman": NamedVoice("f2", "a woman, Caribbean", "en-029"),
    "new_york_man": NamedVoice("m6", "a man, New York City", "en-us-nyc"),
}
"""Those with an accent of their own are for English; none of them sounds like the agents' voice."""


def espeak_voice(name: str, accent: str = "en-us") -> str:
    """Return eSpeak's own name of a voice, which may be given by a plain name."""
    named = VOICES.get(name)
    return name if named is None else f"{named.accent or accent}+{named.variant}"


_WORDS_PER_MINUTE = 150
"""Rate 1.0. pyttsx3's own 200 is too fast: recognizers miss a third of the words."""

_WORD_GAP = 2
"""Pause between words in units of 10 ms: listeners can separate spelled characters."""

_METHOD = 2
"""Counts up when settings here change the audio: part of the version."""

_LIMIT_S = 20.0
_LANGUAGE = re.compile(
    r"(?P<family>[a-z]{3}/)?(?P<language>[a-zA-Z][a-zA-Z0-9-]*)(\+(?P<variant>\w+))?"
)


class EspeakSynthesizer:
    """eSpeak NG: robotic, about 25 ms per sentence; same text and voice, same samples everywhere.

    Voices are eSpeak's own names: ``en-us``, ``en-gb``, ``de``, with a variant after a plus sign
    (``en-us+f3``), or the plain names of ``VOICES``. Safe from any thread and in forked workers;
    each process has a helper process that starts on first use and ends with it.
    """

    @property
    def name(self) -> str:
        """Registry name."""
        return "pyttsx3"

    @property
    def version(self) -> str:
        """Versions of both wheels (library and data are in the second) and of the settings here."""
        return f"{_releases()}/{_METHOD}"

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        """Return the spoken text at 24 kHz, with the engine's own silence around it.

        Raises:
            SpeechFailed: empty text, unknown voice, an engine that hung or gave no audio.
        """
        if not text.strip():
            raise SpeechFailed(self.name, "there is nothing to say", text)
        request = {
            "text": " ".join(text.split()),
            "voice": _voice_id(voice.name, text),
            "words_per_minute": round(_WORDS_PER_MINUTE * voice.rate),
            "word_gap": _WORD_GAP,
            "limit_s": _LIMIT_S,
        }
        header, data = _process.ask(request)
        if "error" in header or not data:
            raise SpeechFailed(self.name, header.get("error", "it gave no sound"), text)
        return resample(from_bytes(data, header["rate_hz"]), RATE_HZ)

    def close(self) -> None:
        """End the helper process now rather than with this process; speaking starts another."""
        _process.stop()


@cache
def _releases() -> str:
    return f"{version('pyttsx3')}/{version('espeakng-loader')}"  # read from files


def espeak_voices(language: str) -> tuple[str, ...]:
    """Return the names of eSpeak's voices for a language ("en": "en-us", "en-gb-scotland", …)."""
    names = {path.name.lower() for path in (_data() / "lang").rglob("*") if path.is_file()}
    return tuple(sorted(name for name in names if name.partition("-")[0] == language))


def espeak_variants() -> tuple[str, ...]:
    """Return the variants after a plus sign in the name of a voice ("f3" in "en-us+f3")."""
    return tuple(sorted(path.name for path in (_data() / "voices" / "!v").iterdir()))


def _data() -> Path:
    import espeakng_loader

    return Path(espeakng_loader.get_data_path())


def _voice_id(name: str, text: str) -> str:
    """Return eSpeak's own id after checking it: the library ignores a variant it does not have."""
    problem = voice_problem(name)
    match = _LANGUAGE.fullmatch(espeak_voice(name))
    if problem is not None or match is None:
        raise SpeechFailed("pyttsx3", str(problem), text)
    plain, variant = _languages()[match["language"].lower()], match["variant"]
    return f"{plain}+{variant}" if variant else plain


_LISTED = "`harness list voices` names them"


def voice_problem(name: str) -> str | None:
    """Return why eSpeak has no such voice; None if it has."""
    match = _LANGUAGE.fullmatch(espeak_voice(name))
    if match is None:
        return f"expected a voice like 'en-us+f3', or one of {', '.join(VOICES)}, got {name!r}"
    variant = match["variant"]
    if variant and not (_data() / "voices" / "!v" / variant).is_file():
        return f"eSpeak has no variant {variant!r}; {_LISTED}"
    if match["language"].lower() not in _languages():
        return f"eSpeak has no voice {match['language']!r}; {_LISTED}"
    return None


@cache
def _languages() -> dict[str, str]:
    """Return eSpeak's languages by their names in lower case, each as a path in its data."""
    folder = _data() / "lang"
    return {
        path.name.lower(): path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }


class _Process:
    """The helper process of this process: started on first use, again after a failure or a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a request; a helper that died before is started once more."""
        with self._lock:
            for last_try in (False, True):
                child = self._running()
                try:
                    return _exchange(child, request)
                except (OSError, ValueError) as error:
                    self._end()
                    if last_try:
                        detail = f"its process gave no answer: {error}"
                        raise SpeechFailed("pyttsx3", detail, request["text"]) from error
        raise AssertionError("the second try returns or raises")

    def stop(self) -> None:
        """End the helper if there is one."""
        with self._lock:
            self._end()

    def after_fork(self) -> None:
        """Let go of the parent's helper, in the child: its pipes carry the parent's requests."""
        self._lock = threading.Lock()
        if self._child is not None:
            self._child.returncode = 0  # not ours to wait for
            for pipe in (self._child.stdin, self._child.stdout):
                _close(pipe)
            self._child = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            command = [sys.executable, "-m", "harness.speech.espeak_process"]
            pipe = subprocess.PIPE
            # A session of its own: Ctrl-C ends the run in order, it does not hit the helper.
            self._child = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        _close(child.stdin)
        _close(child.stdout)


def _exchange(child: subprocess.Popen[bytes], request: dict[str, Any]) -> tuple[Any, bytes]:
    """Return header and audio of one request; raises OSError or ValueError on a dead helper."""
    assert child.stdin is not None
    assert child.stdout is not None
    guard = threading.Timer(request["limit_s"] + 10.0, child.kill)  # the child's own limit is first
    guard.daemon = True
    guard.start()
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        header = json.loads(child.stdout.readline())
        count = header.get("bytes", 0)
        data = child.stdout.read(count)
    finally:
        guard.cancel()
    if len(data) != count:
        raise OSError("its audio broke off")
    return header, data


def _close(pipe: IO[bytes] | None) -> None:
    """Close a pipe whose other end may be gone."""
    if pipe is not None:
        try:
            pipe.close()
        except OSError:
            return


_process = _Process()
atexit.register(_process.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.after_fork)
