"""A suite's requirements for exact values and read-backs, and questions that need a listener."""

from __future__ import annotations

from dataclasses import replace

from harness.judging.dialogue.asr_crosscheck import witness
from harness.judging.dialogue.confirmed import (
    EARLY_ANSWER_S,
    NEVER_READ_BACK,
    NOT_ACCEPTED,
    READ_BACK_AS,
    Confirmation,
    Doubt,
    Manner,
    answers_between,
)
from harness.judging.dialogue.model import Agreement, ReadBack, spoken_responses
from harness.judging.scorers.arguments import as_written, expected_given, expected_values, filled
from harness.judging.scorers.base import ScoredCall, shortened
from harness.language.known_values import contains_value, exact_places
from harness.language.phrasebook import plain, without
from harness.language.places import value_places
from harness.language.spelling import digit_by_digit, same_signs, with_signs
from harness.language.values import ValueKind, is_redacted, same_value
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import DigitByDigit, Separators, ToolSpec
from harness.timeline.model import AgentUtterance
from harness.units import clock

_LEAST_ALIKE = 5
"""Minimum characters of a value; shorter values sound like too many other words."""

_ALIKE = 0.3
"""Maximum sound distance (0 equal, 1 unrelated) at which garbled words may be a value; other
sentences begin at 0.70."""


def perhaps_accepted(call: ScoredCall, found: Confirmation, *, before_s: float) -> Confirmation:
    """Return a read-back that was answered in unknown words as possibly accepted."""
    back, phrases = found.read_back, call.language.phrases
    if found.problem != NOT_ACCEPTED or back is None:
        return found
    for answer in answers_between(call.dialogue, back.end_s - EARLY_ANSWER_S, before_s):
        text = call.timeline.caller[answer.caller].text
        listening = not without(phrases.backchannel, plain(text))
        # Backchannels, questions and silence are known: they accept no value.
        known = listening or "?" in text or answer.changes or answer.values
        if not known:
            return replace(found, answer=answer, problem="", doubt=Doubt.ANSWER)
    return found


def perhaps_said(
    call: ScoredCall, found: Confirmation, value: str, kind: ValueKind, *, before_s: float
) -> Confirmation:
    """Return the read-back that the recognizer heard, if the transcript lacks or contradicts it."""
    if found.problem not in (NEVER_READ_BACK, READ_BACK_AS):
        return found
    shown = None if found.read_back is None else found.read_back.utterance
    # A transcript may contain only a part of the speech.
    for back in _heard_alone(call, value, kind, alike=shown is None):
        # If a read-back was found, only the same turn may hold what the recognizer heard.
        if back.end_s <= before_s and shown in (None, back.utterance):
            return Confirmation(back, None, doubt=Doubt.TRANSCRIPT)
    return found


def _heard_alone(
    call: ScoredCall, value: str, kind: ValueKind, *, alike: bool
) -> tuple[ReadBack, ...]:
    """Return values, or words very much ``alike``, that ASR heard and the transcript lacks.

    Computed once per call and value, because each use of a value needs it.
    """
    place = _heard_alone, value, kind, alike
    if place not in call.worked_out:
        call.worked_out[place] = tuple(
            ReadBack(
                number, value, whole=True, start_s=said.span.start_s, end_s=said.span.end_s,
                asked=True, witness=Agreement.AGREE, kind=kind, said=text,
            )
            for number, said in _heard_otherwise(call)
            if not _holds(said.claimed, value, kind, call)
            for text in said.hearings
            if _holds(text, value, kind, call) or (alike and _sounds_like(text, value, kind, call))
        )  # fmt: skip
    backs: tuple[ReadBack, ...] = call.worked_out[place]
    return backs


def _sounds_like(text: str, value: str, kind: ValueKind, call: ScoredCall) -> bool:
    """Return whether a recognizer may have garbled a value that is spelled: "O R D mash four"."""
    if kind not in (ValueKind.ID, ValueKind.PHONE) or len(value) < _LEAST_ALIKE:
        return False
    # Both must agree: a sound distance alone would also accept a similar value.
    agrees = witness(value, kind, (text,), call.language) is Agreement.AGREE
    return agrees and contains_value(text, value, kind, call.language) <= _ALIKE


def _heard_otherwise(call: ScoredCall) -> tuple[tuple[int, AgentUtterance], ...]:
    """Return the agent's turns in which ASR and the transcript differ."""
    if _heard_otherwise not in call.worked_out:
        call.worked_out[_heard_otherwise] = tuple(
            (number, said)
            for number, said in spoken_responses(call.timeline.agent)
            if any(plain(text) != plain(said.claimed) for text in said.hearings)
        )
    found: tuple[tuple[int, AgentUtterance], ...] = call.worked_out[_heard_otherwise]
    return found


def _holds(text: str, value: str, kind: ValueKind, call: ScoredCall) -> bool:
    there = call.language.find(text, kind, call.today)
    return any(one.may_be(value, kind) for one in there) or bool(
        value_places(value, text, kind, call.language, call.today)
    )


def taken_out(call: ScoredCall, raw: object, found: Confirmation, *, before_s: float) -> str:
    """Return where a platform redacted words that may contain the value; empty if it did not.

    Checked are the argument itself, the agent's words if no read-back was found, and the caller's
    words after a read-back.
    """
    if is_redacted(str(raw)):
        return "the value was taken out of the tool's arguments"
    back, (callers_s, agents_s) = found.read_back, _marked_s(call)
    # Words of the caller before the read-back cannot take it back.
    since_s = float("-inf") if back is None else back.start_s
    if any(since_s < end_s <= before_s for end_s in callers_s):
        return "a value was taken out of the caller's words"
    if found.problem and any(start_s < before_s for start_s in agents_s):
        return "a value was taken out of the agent's words"
    return ""


def _marked_s(call: ScoredCall) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the end times of the caller's redacted turns, and the start times of the agent's.

    Computed once per call.
    """
    if _marked_s not in call.worked_out:
        timeline = call.timeline
        call.worked_out[_marked_s] = (
            tuple(turn.span.end_s for turn in timeline.caller if is_redacted(turn.text)),
            tuple(said.span.start_s for said in timeline.agent if is_redacted(said.claimed)),
        )
    found: tuple[tuple[float, ...], tuple[float, ...]] = call.worked_out[_marked_s]
    return found


def given_before(call: ScoredCall, value: str, kind: ValueKind, *, before_s: float) -> bool:
    """Return whether the caller had given a value before ``before_s``."""
    return first_given_s(call, value, kind, before_s=before_s) is not None


def first_given_s(
    call: ScoredCall, value: str, kind: ValueKind, *, before_s: float
) -> float | None:
    """Return the end of the caller's first turn that gave a value; None if none did by then."""
    return next(
        (
            answer.end_s
            for answer in answers_between(call.dialogue, float("-inf"), before_s)
            for k, v in zip(answer.kinds, answer.values, strict=True)
            if k is kind and same_value(v, value, kind)
        ),
        None,
    )


def keeps_signs(spec: ToolSpec, argument: str) -> bool:
    """Return whether the suite requires the separators in an argument's value."""
    return spec.separators.get(argument) is Separators.KEEP


def unexpected(call: ScoredCall, spec: ToolSpec, argument: str, raw: str) -> tuple[str, ...]:
    """Return the values that an argument should have had, in their written form.

    Empty if it has any of them, or if the scenario allows any.
    """
    kind = argument_kind(spec, argument, call.scenario, call.language)
    if keeps_signs(spec, argument):
        given = expected_given(call, spec, argument, kind)
        written = [filled(str(one), call.scenario) for one in given]
        return () if with_signs(raw) in map(with_signs, written) else tuple(written)
    value, wanted = (
        comparable(raw, kind, call.language),
        expected_values(call, spec, argument, kind),
    )
    if any(same_value(value, one, kind) for one in wanted):
        return ()
    return tuple(as_written(one, kind, call) for one in wanted)


def manner(call: ScoredCall, spec: ToolSpec, argument: str, raw: str, back: ReadBack) -> Manner:
    """Return whether a read-back says its value as the suite requires."""
    alphabet = call.language.alphabet
    numbered = back.kind in (ValueKind.ID, ValueKind.PHONE)
    if numbered and call.suite.digit_by_digit is DigitByDigit.REQUIRED:
        spelled = digit_by_digit(back.said, alphabet)
        if not spelled:
            return Manner(spelled, Doubt.DIGITS)
    if not keeps_signs(spec, argument):
        return Manner()
    kept = same_signs(back.said, raw, alphabet)
    # A spoken dash is often left out; the caller said the same, so the agent may have, too.
    if kept is None and _given_so(call, raw, before_s=back.start_s):
        kept = True
    return Manner(kept, Doubt.SIGNS)


def _given_so(call: ScoredCall, raw: str, *, before_s: float) -> bool:
    """Return whether the caller gave a value with the same separators before its read-back."""
    turns = [turn for turn in call.timeline.caller if turn.span.end_s <= before_s]
    return any(
        same_signs(turn.text[found.start : found.stop], raw, call.language.alphabet)
        for turn in turns
        for found in exact_places(raw, turn.text, ValueKind.ID, call.language)
    )


def question(shown: str, found: Confirmation) -> str:
    """Return the question about a value that a listener must answer."""
    back, answer, doubt = found.read_back, found.answer, found.doubt
    assert back is not None
    at, words = clock(back.start_s), shortened(back.said)
    if doubt is Doubt.CHOICE and answer is not None:
        at = clock(answer.start_s)
        return f"did the caller choose {shown} at {at}? A yes answers no question with an 'or'"
    if doubt is Doubt.DIGITS:
        return f"were the digits of {shown} read back one by one at {at}? The words: {words!r}"
    if doubt is Doubt.SIGNS:
        return f"were the signs of {shown} said at {at}? The words: {words!r}"
    if doubt is Doubt.TRANSCRIPT:
        return (
            f"was {shown} read back at {at}? The recognizer heard it, the transcript does not have"
            " it"
        )
    if doubt is Doubt.REPLACED:
        other = " or ".join(found.instead)
        return f"did the caller later give {other} in place of {shown}, or as another number?"
    if doubt is Doubt.REPAIR and answer is not None:
        return f"which number did the caller give at {clock(answer.start_s)}, {shown} or another?"
    if doubt is Doubt.ANSWER and answer is not None:
        return f"did the caller accept {shown} at {clock(answer.start_s)}?"
    return f"did the agent read back {shown!r} at {at}? The words: {words!r}"
