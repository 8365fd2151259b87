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
from harness.judging.dialogue.confirmed import (
    Confirmation,
    answers_between,
    is_near,
    value_confirmed,
)
from harness.judging.dialogue.model import Agreement, ReadBack
from harness.judging.scorers.arguments import as_written
from harness.judging.scorers.base import (
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    merged,
    scorer,
)
from harness.judging.scorers.exact_values import (
    given_before,
    keeps_signs,
    manner,
    perhaps_accepted,
    perhaps_said,
    question,
    taken_out,
    unexpected,
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
from harness.language.values import ValueKind, same_value
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import ToolSpec
from harness.timeline.model import ToolCall, Transcript


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


@scorer("entity_confirmation", version=17)
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
