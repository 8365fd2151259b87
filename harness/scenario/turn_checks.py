"""Faults of a script: turns that wait for impossible events, and answers that are never given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import did_you_mean
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import (
    Found,
    expression_fault,
    items,
    listed,
    mapping,
    proof_fault,
    shown,
)
from harness.scenario.fields import seconds
from harness.scenario.media_files import filled
from harness.scenario.model import WITH_OPENING, Limits

_KEYS = re.compile(r"[0-9A-D*#]+")

MOMENTS = ("barge_in", "over", "start")
"""Keys of a turn that define its time."""

_OF_AN_ANSWER = ("after_s", "after_words", "on_text", "on_tool", "after_answer_s")
"""Moments that need an agent who speaks, or works."""


_WORDLESS = ("disconnect", "session_update", "out_of_band")
"""Turns without audible speech: the agent has no utterance to answer."""


def turn_faults(data: Mapping[str, Any]) -> Found:
    """Check the conditions of a scenario's turns, and how long they last."""
    limits = mapping(data, "limits")
    call_s = number_of(limits.get("call_s", Limits().call_s))
    quiet = data.get("opening") != "agent"
    for number, turn in items(data, "turns"):
        at: KeyPath = ("turns", number)
        if quiet:
            yield from _unspoken_yet(turn, at, "this turn" if number else "the first turn")
        quiet = quiet and any(key in turn for key in _WORDLESS)
        for key, length in (
            ((*at, "silence"), turn.get("silence")),
            ((*at, "noise_only", "for"), mapping(turn, "noise_only").get("for")),
        ):
            if number_of(length) == 0:
                yield key, "expected more than 0 seconds"
        for moment in MOMENTS:
            given = mapping(turn, moment).get("at_s")
            at_s = number_of(given)
            if at_s is not None and call_s is not None and at_s >= call_s:
                problem = f"the call is over by then (limits.call_s: {call_s:g} s)"
                yield (*at, moment, "at_s"), f"{problem}, got {shown(given)}"
        yield from _keys(data, turn, at)
        yield from _condition(mapping(turn, "when"), (*at, "when"))
    yield from _expressions(data)


def _keys(data: Mapping[str, Any], turn: Mapping[str, Any], at: KeyPath) -> Found:
    """Check the keys of a telephone, with facts filled in."""
    given = turn.get("dtmf")
    written = given.get("keys") if isinstance(given, dict) else given
    keys = filled(written, data) if isinstance(written, str) else None
    if keys is not None and keys.strip() and not _KEYS.fullmatch(keys):
        place = (*at, "dtmf", "keys") if isinstance(given, dict) else (*at, "dtmf")
        yield place, f"expected keys of a telephone (0-9, A-D, *, #), got {shown(keys)}"


def _condition(when: Mapping[str, Any], at: KeyPath) -> Found:
    """Check that the condition of a turn can occur."""
    for name in ("heard", "called"):
        if name in when and when[name] == when.get(f"not_{name}"):
            yield at, f"{name!r} and 'not_{name}' are the same, so the turn would never be taken"


def silence_faults(data: Mapping[str, Any]) -> Found:
    """Check the answers to silence of a scenario or a suite: they must come before the end."""
    timeout = mapping(data, "limits").get("answer_timeout_s", Limits().answer_timeout_s)
    timeout_s = number_of(timeout)
    for number, answer in items(data, "answers"):
        given = answer.get("if_silent_for")
        waits_s = number_of(given)
        if waits_s == 0:
            yield ("answers", number, "if_silent_for"), "expected more than 0 seconds"
        if waits_s is not None and timeout_s is not None and waits_s >= timeout_s:
            problem = f"the call is over by then (limits.answer_timeout_s: {timeout_s:g} s)"
            yield ("answers", number, "if_silent_for"), f"{problem}, got {shown(given)}"


def number_of(value: object) -> float | None:
    """Return a duration in seconds; None for an invalid value, which the model reports."""
    try:
        number = seconds(value)
    except ValueError:
        return None
    return number if isinstance(number, float) else None


def _unspoken_yet(turn: Mapping[str, Any], at: KeyPath, which: str) -> Found:
    """Check a turn before which neither the caller nor the agent has spoken."""
    if turn.get("barge_in") is not None:
        problem = f"nobody speaks yet, so {which} cannot barge in"
        yield (*at, "barge_in"), f"{problem}; {WITH_OPENING}"
    if turn.get("backchannel") is not None:
        problem = f"nobody speaks yet, so {which} cannot be one"
        yield (*at, "backchannel"), f"{problem}; {WITH_OPENING}"
    elif turn.get("over") is not None:
        problem = f"nobody speaks yet, so {which} cannot come over them"
        yield (*at, "over"), f"{problem}; {WITH_OPENING}"
    if "heard" in mapping(turn, "when"):
        problem = f"nobody has spoken yet, so {which} would never be taken"
        yield (*at, "when", "heard"), f"{problem}; {WITH_OPENING}"
    for name in mapping(turn, "start"):
        if name in _OF_AN_ANSWER:
            problem = f"nobody speaks yet, so {which} cannot wait for that"
            yield (*at, "start", name), f"{problem}; {WITH_OPENING}"


def _expressions(data: Mapping[str, Any]) -> Found:
    for number, turn in items(data, "turns"):
        places = [(moment, "on_text") for moment in MOMENTS]
        for key, name in (*places, ("when", "heard"), ("when", "not_heard")):
            if problem := expression_fault(mapping(turn, key).get(name)):
                yield ("turns", number, key, name), problem
        if problem := proof_fault(mapping(turn, "out_of_band").get("expect")):
            yield ("turns", number, "out_of_band", "expect"), problem


# Checks that the speech engines, voices and codecs that files request are available.

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
