"""Faults of a script: turns that wait for impossible events, and answers that are never given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.scenario.document import KeyPath
from harness.scenario.fields import seconds
from harness.scenario.model import WITH_OPENING, Limits
from harness.scenario.own_files import filled
from harness.scenario.wording import Found, expression_fault, items, mapping, proof_fault, shown

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
