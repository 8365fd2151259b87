"""Entity confirmation: the agent acts on the caller's values, read back and accepted.

Definition: docs/reference/scorers/entity-confirmation.md; source: the Realtime prompting guide,
sections on high-precision values and on confirming names, numbers and codes character by character.

A value is read back only if all of it was heard, so an interrupted read-back does not count. After
a correction the full corrected value must come again. A cut-off value is no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.errors import Unscorable
from harness.judging.dialogue.argument_paths import is_findable, tool_named
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
    is_near,
    value_confirmed,
)
from harness.judging.dialogue.model import Agreement, ReadBack, spoken_responses
from harness.judging.scorers.arguments import as_written, expected_given, expected_values, filled
from harness.judging.scorers.base import (
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    merged,
    scorer,
    shortened,
)
from harness.judging.scorers.missing_evidence import (
    caller_unknown,
    last_reply_s,
    partly_heard,
    texts_replied_to,
    unheard,
    unless_nameless,
    unless_unseen,
    without_arguments,
    words_unknown,
)
from harness.language.known_values import contains_value, exact_places
from harness.language.phrasebook import plain, without
from harness.language.places import value_places
from harness.language.spelling import digit_by_digit, same_signs, with_signs
from harness.language.values import ValueKind, is_redacted, same_value
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import DigitByDigit, Separators, ToolSpec
from harness.timeline.model import AgentUtterance, ToolCall, Transcript
from harness.units import clock

# A suite's requirements for exact values and read-backs, and questions that need a listener.

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
    return any(
        k is kind and same_value(v, value, kind)
        for answer in answers_between(call.dialogue, float("-inf"), before_s)
        for k, v in zip(answer.kinds, answer.values, strict=True)
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


@dataclass(frozen=True, slots=True)
class _Checked:
    """An exact argument of a tool call."""

    tool: ToolCall
    argument: str
    value: str
    shown: str
    """The value in the scenario's notation."""
    problem: str
    confirmation: Confirmation
    by_words: bool = False
    """Whether the problem is a matter of words, and not a wrong value."""
    taken_out: str = ""
    """The place of redacted words that may contain the value, which is then unknown; else empty."""

    @property
    def doubted(self) -> bool:
        """Whether the recognizer does not support the value in the transcript."""
        back = self.confirmation.read_back
        return back is not None and back.witness.doubts

    @property
    def unheard(self) -> bool:
        """Whether the recognizer could not decide."""
        back = self.confirmation.read_back
        return back is not None and back.witness is Agreement.UNHEARD

    @property
    def undecided(self) -> bool:
        """Whether only a listener can decide if the value was read back correctly."""
        return not self.problem and self.confirmation.doubt is not None

    @property
    def unasked(self) -> bool:
        """Whether the agent never asked about the value that a yes seemed to accept."""
        back, answer = self.confirmation.read_back, self.confirmation.answer
        return not self.problem and back is not None and answer is not None and not back.asked


@scorer("entity_confirmation", version=16)
@dataclass(frozen=True, slots=True)
class EntityConfirmation(Scorer):
    """Pass when every exact argument equals the caller's value and was read back and accepted."""

    def score(self, call: ScoredCall) -> Score:
        """Score every tool call that has exact arguments; value is the share that is confirmed."""
        checked = [
            _check(call, tool, spec, argument)
            for tool in call.timeline.tools
            if (spec := tool_named(call.suite, tool.name)) is not None
            for argument in spec.exact
        ]
        missed = [(one, _unknown(call, one)) for one in checked if one.problem or one.taken_out]
        wrong = [one for one, text in missed if not text]
        if missed and not wrong:
            first, text = missed[0]
            if half := partly_heard(call, until_s=first.tool.requested_s):
                return replace(half, reason=f"{first.problem or first.argument}; {half.reason}")
            raise Unscorable(text)
        # The transcript may claim words that the voice never said, and a yes to an unasked question
        # may mean anything: a person must listen.
        doubted = [
            one
            for one in checked
            if one.doubted
            or one.undecided
            or one.unasked
            or _overlaid(call, one.confirmation)
            or _unrecorded(call, one.confirmation)
        ]
        exact = [spec.name for spec in call.suite.tools if spec.exact]
        if not wrong and not doubted and exact:
            # A tool call without a name may have used any value.
            unless_nameless(call, "whether it used an exact value")
            unless_unseen(call, exact, "whether an exact value was used")
        if not checked:
            return _without_calls(call)
        outcome = Outcome.FAIL if wrong else Outcome.REVIEW if doubted else Outcome.PASS
        told = wrong or doubted or checked
        return Score(
            outcome,
            _reason(call, outcome, told),
            value=sum(not one.problem and one not in doubted for one in checked) / len(checked),
            unit="share",
            evidence=tuple(e for one in told for e in _evidence(one)),
            details={"values": [_described(one) for one in checked]},
        )


def _check(call: ScoredCall, tool: ToolCall, spec: ToolSpec, argument: str) -> _Checked:
    kind = argument_kind(spec, argument, call.scenario, call.language)
    raw = (tool.arguments or {}).get(argument)
    nothing = Confirmation(None, None)
    if raw is None:
        return _Checked(
            tool, argument, "", "", f"{tool.name} was called without {argument}", nothing
        )
    value = comparable(raw, kind, call.language)
    confirmation = value_confirmed(
        call.dialogue,
        value,
        kind,
        before_s=tool.requested_s,
        used_s=_uses(call, value, kind, before_s=tool.requested_s),
        manner=partial(manner, call, spec, argument, str(raw)),
    )
    confirmation = perhaps_accepted(call, confirmation, before_s=tool.requested_s)
    confirmation = perhaps_said(call, confirmation, value, kind, before_s=tool.requested_s)
    plain = is_findable(raw, kind, call.language) and not keeps_signs(spec, argument)
    shown = as_written(value, kind, call) if plain else str(raw)
    problem, by_words = "", False
    gone = taken_out(call, raw, confirmation, before_s=tool.requested_s)
    allowed = () if gone else unexpected(call, spec, argument, str(raw))
    # A value that the caller corrected only after the tool call was right at that time.
    if allowed and not _given_so_far(call, value, allowed, kind, before_s=tool.requested_s):
        problem = f"{tool.name} was called with {shown}, the caller's is {' or '.join(allowed)}"
    elif confirmation.problem:
        instead = ", ".join(as_written(one, kind, call) for one in confirmation.instead)
        why = f"{confirmation.problem} {instead}".strip()
        problem, by_words = f"{tool.name} was called with {shown}, but {why}", True
    return _Checked(tool, argument, value, shown, problem, confirmation, by_words, gone)


def _given_so_far(
    call: ScoredCall, value: str, wanted: tuple[str, ...], kind: ValueKind, *, before_s: float
) -> bool:
    """Return whether the caller had given the used value, and the right value only later."""
    named = [comparable(one, kind, call.language) for one in wanted]
    if not given_before(call, value, kind, before_s=before_s):
        return False
    later, earlier = (
        any(given_before(call, one, kind, before_s=until_s) for one in named)
        for until_s in (float("inf"), before_s)
    )
    return later and not earlier


def _unknown(call: ScoredCall, one: _Checked) -> str:
    """Return which unknown words may be the missing ones; empty if there are none."""
    if one.taken_out:
        return f"{one.taken_out} ({one.tool.name}, {one.argument})"
    if why := without_arguments(one.tool):
        return f"{why}; which value it used is not known"
    if not one.by_words:
        return ""
    made_s = one.tool.requested_s
    agreed_s = last_reply_s(call, before_s=made_s)
    return (
        unheard(texts_replied_to(call, before_s=made_s))
        or words_unknown(call, until_s=agreed_s)
        or caller_unknown(call, before_s=made_s)
    )


def _uses(call: ScoredCall, value: str, kind: ValueKind, *, before_s: float) -> tuple[float, ...]:
    """Return the times of calls before ``before_s`` that used the value, in order."""
    return tuple(at_s for at_s in _used_s(call, kind).get(value, ()) if at_s < before_s)


def _used_s(call: ScoredCall, kind: ValueKind) -> Mapping[str, list[float]]:
    """Return the times at which calls used each value, with all arguments read as this kind.

    Computed once per call and kind, because it is needed for every exact argument.
    """
    place = _used_s, kind
    if place not in call.worked_out:
        found: dict[str, list[float]] = {}
        for tool in sorted(call.timeline.called, key=lambda called: called.requested_s):
            given = (tool.arguments or {}).values()
            for value in {comparable(each, kind, call.language) for each in given}:
                found.setdefault(value, []).append(tool.requested_s)
        call.worked_out[place] = found
    used: Mapping[str, list[float]] = call.worked_out[place]
    return used


def _without_calls(call: ScoredCall) -> Score:
    """Judge a call in which no tool used an exact value: was the last read-back wrong?"""
    backs = [back for back in call.dialogue.read_backs if back.whole and _of_fact(call, back)]
    last = backs[-1] if backs else None
    known = _known_values(call, last.kind) if last is not None else ()
    if last is None or any(same_value(last.value, one, last.kind) for one in known):
        return Score(Outcome.NOT_APPLICABLE, "no tool that needs an exact value was called")
    shown = as_written(last.value, last.kind, call)
    wanted = " or ".join(as_written(value, last.kind, call) for value in known)
    return Score(
        Outcome.FAIL,
        f"the last value read back was {shown}, the caller's is {wanted}",
        value=0.0,
        unit="share",
        evidence=(Evidence(last.start_s, last.end_s, "read-back"),),
    )


def _of_fact(call: ScoredCall, back: ReadBack) -> bool:
    """Return whether a read-back is of a fact, rightly or not, and of no other number.

    It is the fact's value, or nearly; or it answers the caller who gave the fact.
    """
    known, kind = _known_values(call, back.kind), back.kind
    if any(same_value(back.value, one, kind) or is_near(back.value, one, kind) for one in known):
        return True
    answers = answers_between(call.dialogue, float("-inf"), back.start_s)
    if not (known and answers and back.asked):
        return False
    if given_before(call, back.value, kind, before_s=back.start_s):
        return False
    since_s = answers[-1].end_s
    between = any(since_s <= tool.requested_s < back.start_s for tool in call.timeline.tools)
    gave = zip(answers[-1].kinds, answers[-1].values, strict=True)
    return not between and any(
        k is kind and same_value(v, one, k) for k, v in gave for one in known
    )


def _known_values(call: ScoredCall, kind: ValueKind) -> tuple[str, ...]:
    facts = (fact for fact in call.scenario.facts.values() if fact.kind is kind)
    return tuple(comparable(fact.value, kind, call.language) for fact in facts)


def _overlaid(call: ScoredCall, confirmation: Confirmation) -> bool:
    """Return whether the caller spoke over a read-back, and ASR did not hear it whole."""
    return _transcript_of(call, confirmation) is Transcript.OVERLAID


def _unrecorded(call: ScoredCall, confirmation: Confirmation) -> bool:
    """Return whether the recording has no audio of a read-back."""
    return _transcript_of(call, confirmation) is Transcript.UNRECORDED


def _transcript_of(call: ScoredCall, confirmation: Confirmation) -> Transcript:
    """Return the transcript state of a read-back; TOLD if the recognizer heard it too."""
    back = confirmation.read_back
    if back is None or back.witness is Agreement.AGREE:
        return Transcript.TOLD
    return call.timeline.agent[back.utterance].transcript


def _reason(call: ScoredCall, outcome: Outcome, told: list[_Checked]) -> str:
    if outcome is Outcome.FAIL:
        return merged(one.problem for one in told)
    questions = [question(one.shown, one.confirmation) for one in told if one.undecided]
    if outcome is Outcome.REVIEW and questions:
        return "; ".join(questions)
    values = ", ".join(dict.fromkeys(one.shown for one in told))
    if outcome is Outcome.REVIEW and any(_overlaid(call, one.confirmation) for one in told):
        return f"the caller spoke over the read-back of {values}: listen whether all of it was said"
    if outcome is Outcome.REVIEW and any(_unrecorded(call, one.confirmation) for one in told):
        return (
            f"the transcript reads back {values}, the recording has no audio there: did the caller "
            "hear it?"
        )
    if outcome is Outcome.REVIEW and not any(one.doubted for one in told):
        return f"{values} was said, but the caller was not asked about it: what did the yes mean?"
    if outcome is Outcome.REVIEW:
        if all(one.unheard for one in told if one.doubted):
            return f"the transcript reads {values} back, but the recognizer could not tell: listen"
        return f"the transcript reads back {values}, the recognizer heard otherwise: listen"
    backs = [one.confirmation.read_back for one in told]
    alone = any(back is not None and back.witness is Agreement.NO_WITNESS for back in backs)
    note = " (no recognizer listened)" if alone else ""
    return f"{values} was read back and accepted before it was used{note}"


def _evidence(one: _Checked) -> tuple[Evidence, ...]:
    back, answer = one.confirmation.read_back, one.confirmation.answer
    spans: list[Evidence] = []
    if back is not None:
        spans.append(Evidence(back.start_s, back.end_s, "read-back"))
    if answer is not None:
        spans.append(Evidence(answer.start_s, answer.end_s, "reply"))
    at_s = one.tool.requested_s
    return (*spans, Evidence(at_s, at_s, one.tool.name))


def _described(one: _Checked) -> dict[str, Any]:
    back: ReadBack | None = one.confirmation.read_back
    return {
        "tool": one.tool.name,
        "argument": one.argument,
        "value": one.value,
        "read_back": None if back is None else back.value,
        "witness": None if back is None else back.witness.value,
        "instead": list(one.confirmation.instead),
        "problem": one.problem,
        "doubt": None if one.confirmation.doubt is None else one.confirmation.doubt.value,
    }
