"""Checks that the speech engines, voices and codecs that files request are available."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import did_you_mean
from harness.scenario.document import KeyPath
from harness.scenario.wording import Found, items, listed, mapping, shown

DEFAULT = "default"
"""The engine that uses recorded lines if there are any, else eSpeak."""

_ESPEAK, _RECORDED = "pyttsx3", "fixture"


def voice_faults(data: Mapping[str, Any], path: Path) -> Found:
    """Check a caller's voice; recorded voices are searched for at or above the scenario's file."""
    from harness.speech.base import SYNTHESIZERS  # late: --help must stay quick

    for number, turn in items(data, "turns"):
        for place, piece in items(turn, "say"):
            language = piece.get("language")
            if isinstance(language, str) and (problem := _language_problem(language)):
                yield ("turns", number, "say", place, "language"), problem
        other = mapping(turn, "aside").get("voice")
        if isinstance(other, str) and (problem := _name_problem(_ESPEAK, other, path)):
            yield ("turns", number, "aside", "voice"), problem
    other = mapping(mapping(data, "caller"), "second_talker").get("voice")
    if isinstance(other, str) and (problem := _name_problem(_ESPEAK, other, path)):
        yield ("caller", "second_talker", "voice"), problem
    voice = mapping(mapping(data, "caller"), "voice")
    engine, name, rate = voice.get("engine", DEFAULT), voice.get("name"), voice.get("rate", 1.0)
    known = (DEFAULT, *SYNTHESIZERS.names())
    if not isinstance(engine, str):
        return
    if engine not in known:
        yield ("caller", "voice", "engine"), _unknown(engine, known)
        return
    if isinstance(name, str) and (problem := _name_problem(engine, name, path)):
        yield ("caller", "voice", "name"), problem
    if engine == _RECORDED and isinstance(rate, int | float) and rate != 1.0:
        problem = f"recorded lines have one pace, 1.0; eSpeak speaks others, got {rate}"
        yield ("caller", "voice", "rate"), problem


def codec_faults(data: Mapping[str, Any], at: KeyPath) -> Found:
    """Check the codec of a caller's line; ``data`` is the caller, or a condition."""
    from harness.audio.ffmpeg import missing_opus  # late: it brings numpy, and --help must be quick

    if mapping(data, "line").get("codec") == "opus" and (problem := missing_opus()):
        yield (*at, "line", "codec"), f"{problem}, or take another codec"


def recognizer_faults(data: Mapping[str, Any]) -> Found:
    """Check the recognizer of a suite."""
    from harness.speech.base import RECOGNIZERS

    name = data.get("recognizer")
    if isinstance(name, str) and name.strip() and name not in RECOGNIZERS.names():
        yield ("recognizer",), _unknown(name, RECOGNIZERS.names())


def _name_problem(engine: str, name: str, path: Path) -> str | None:
    """Return why an engine has no such voice; the voices of installed engines are unknown."""
    from harness.errors import SpeechFailed
    from harness.speech.fixture_tts import recorded_voices
    from harness.speech.pyttsx3_tts import voice_problem

    if engine not in (DEFAULT, _ESPEAK, _RECORDED):
        return None
    try:
        recorded = recorded_voices(path.parent) if engine != _ESPEAK else ()
    except SpeechFailed as failed:
        return str(failed)
    if name in recorded:
        return None
    if engine == _RECORDED:
        return _unknown(name, recorded)
    problem = voice_problem(name)
    return problem and f"{problem}{did_you_mean(name, recorded)}"


def _language_problem(name: str) -> str | None:
    from harness.speech.pyttsx3_tts import voice_problem

    if "+" in name or voice_problem(name) is not None:
        return f"eSpeak has no language {shown(name)}; it has 'de', 'fr', 'es-419' and many more"
    return None


def _unknown(name: str, known: tuple[str, ...]) -> str:
    return f"expected one of {listed(known)}, got {shown(name)}{did_you_mean(name, known)}"
