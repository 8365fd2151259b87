"""Speech engines by name: the built-in ones and those of installed packages.

A package offers an engine as an entry point in the group ``harness.synthesizers`` or
``harness.recognizers`` that names a callable without arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from harness.errors import SpeechFailed, UnknownName
from harness.speech.base import Recognizer, Synthesizer
from harness.speech.fixture_tts import FixtureSynthesizer
from harness.speech.moonshine_asr import MoonshineRecognizer
from harness.speech.pyttsx3_tts import EspeakSynthesizer

BUILTIN_SYNTHESIZERS: tuple[tuple[str, Callable[[], Synthesizer]], ...] = (
    ("pyttsx3", EspeakSynthesizer),
    ("fixture", FixtureSynthesizer),
)
BUILTIN_RECOGNIZERS: tuple[tuple[str, Callable[[], Recognizer]], ...] = (
    ("moonshine", MoonshineRecognizer),
)


def synthesizer(name: str) -> Synthesizer:
    """Return a new synthesizer; raises UnknownName, or SpeechFailed when a plug-in is broken."""
    made: Synthesizer = _made("synthesizer", name, dict(BUILTIN_SYNTHESIZERS))
    return made


def recognizer(name: str) -> Recognizer:
    """Return a new recognizer; raises UnknownName, or SpeechFailed when a plug-in is broken."""
    made: Recognizer = _made("recognizer", name, dict(BUILTIN_RECOGNIZERS))
    return made


def synthesizer_names() -> tuple[str, ...]:
    """Return the names of all synthesizers, built in and installed, in alphabetical order."""
    return _names("synthesizer", dict(BUILTIN_SYNTHESIZERS))


def recognizer_names() -> tuple[str, ...]:
    """Return the names of all recognizers, built in and installed, in alphabetical order."""
    return _names("recognizer", dict(BUILTIN_RECOGNIZERS))


def _names(kind: str, builtin: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({*builtin, *_plugins(kind, builtin)}))


def _made(kind: str, name: str, builtin: dict[str, Any]) -> Any:
    plugins = _plugins(kind, builtin)
    if name in builtin:
        return builtin[name]()
    if name not in plugins:
        raise UnknownName(kind, name, tuple(sorted({*builtin, *plugins})))
    try:
        return plugins[name].load()()
    except (ImportError, AttributeError) as error:
        raise SpeechFailed(name, f"its package cannot be loaded: {error}") from error


def _plugins(kind: str, builtin: dict[str, Any]) -> dict[str, EntryPoint]:
    """Return the installed engines by name; a name that is taken twice is an error."""
    found: dict[str, EntryPoint] = {}
    for point in _installed(f"harness.{kind}s"):
        if point.name in builtin or point.name in found:
            raise SpeechFailed(point.name, f"two {kind}s have this name; one is {point.value}")
        found[point.name] = point
    return found


@cache
def _installed(group: str) -> tuple[EntryPoint, ...]:
    """Return what packages offer; looking through all of them takes 5 ms, and every call asks."""
    return tuple(entry_points(group=group))
