"""Tool use: whether the agent calls its tools rightly, and tells the truth about them.

Definition: docs/scorers.md. What makes it hard: "your order is cancelled" may be a claim, or the
status that a look-up returned; an agent that tries again once is right, and one that tries six
times is not; and the code of an error is no word for a caller.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from harness.dialogue.actions import claims_by_name, claims_done
from harness.dialogue.arguments import tool_named
from harness.dialogue.witness import said_at
from harness.language.consent import Consent
from harness.language.questions import is_question
from harness.language.values import Found, ValueKind
from harness.recording.provenance import Estimate
from harness.recording.tools import ToolOutcome
from harness.scenario.argument_checks import schema_misfit
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, ToolKind, ToolSpec
from harness.scorers.base import Evidence, Outcome, Score, ScoredCall, Scorer, merged, scorer
from harness.scorers.retries import TECHNICAL, retried
from harness.scorers.unheard import unseen_tools, without_arguments
from harness.timeline.model import AgentUtterance, Span, ToolCall, Transcript
from harness.units import clock

_TOLD = (ValueKind.AMOUNT, ValueKind.DATE)
"""Kinds of value that a look-up tells, and that a caller acts on."""

_CODE = re.compile(
    r"\b(?:error|status|code)(?: code)? (?:\w+ ){0,2}[45]\d\d\b|\bhttp\w* [45]\d\d\b"
    r"|\b\w*(?:exception|traceback|stack ?trace)\b|[{}\[\]]|\b[a-z]+_[a-z_]+\b|\bunderscore\b",
    re.IGNORECASE,
)
"""What a program writes and no person says."""


class ToolUseOptions(Model):
    """Which rules hold; each can be switched off."""

    invented_tools: bool = True
    arguments: bool = True
    retries: Annotated[int, Field(ge=0)] = 1
    """How often in a row a call that failed may be made again in the same way."""
    claims: bool = True
    before_result: bool = True
    raw_errors: bool = True
    next_step: bool = True


@dataclass(frozen=True, slots=True)
class _Finding:
    outcome: Outcome
    reason: str
    evidence: Evidence
    by_words: bool = True


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of the agent, as far as it was heard."""

    text: str
    span: Span
    begun_s: float
    """When its response began."""


@scorer("tool_use", version=1, options=ToolUseOptions)
@dataclass(frozen=True, slots=True)
class ToolUse(Scorer):
    """Pass when each call is one of the session's and fits its schema, and words fit outcomes."""

    rules: ToolUseOptions = field(default_factory=ToolUseOptions)

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: ToolUseOptions) -> ToolUse:
        """Take the rules from the options."""
        return cls(options)

    def score(self, call: ScoredCall) -> Score:
        """Score all calls of tools and what is said of them; value is the share of right calls."""
        rules = self.rules
        sentences = tuple(_sentences(call))
        findings = [
            *(_invented(call) if rules.invented_tools else ()),
            *(_misfits(call) if rules.arguments else ()),
            *_repeats(call, rules.retries),
            *(_false_claims(call, sentences) if rules.claims else ()),
            *(_told_early(call, sentences) if rules.before_result else ()),
            *(_raw_errors(call, sentences) if rules.raw_errors else ()),
            *(_left_alone(call, sentences) if rules.next_step else ()),
        ]
        tools = call.timeline.tools
        if not findings and not tools:
            return Score(Outcome.NOT_APPLICABLE, "no tool was called, and none was claimed")
        failed = [one for one in findings if one.outcome is Outcome.FAIL]
        made = failed or findings
        outcome = Outcome.FAIL if failed else Outcome.REVIEW if findings else Outcome.PASS
        return Score(
            outcome,
            merged(one.reason for one in made) or f"all tool calls were right ({len(tools)})",
            evidence=tuple(one.evidence for one in made),
            by_words=all(one.by_words for one in made),
        )


def _invented(call: ScoredCall) -> Iterator[_Finding]:
    for tool in call.timeline.tools:
        if tool.outcome is ToolOutcome.UNKNOWN_TOOL:
            reason = f"{tool.name} is no tool of this session"
            yield _Finding(Outcome.FAIL, reason, _at(tool), by_words=False)


def _misfits(call: ScoredCall) -> Iterator[_Finding]:
    """Yield calls whose arguments break the JSON Schema of their tool."""
    for tool in call.timeline.tools:
        spec = tool_named(call.suite, tool.name)
        if spec is None or without_arguments(tool):
            continue
        problem = _misfit(tool, spec)
        if problem:
            reason = f"{tool.name} was called with arguments that break its schema: {problem}"
            yield _Finding(Outcome.FAIL, reason, _at(tool), by_words=False)


def _misfit(tool: ToolCall, spec: ToolSpec) -> str:
    if tool.arguments is None:
        return "they are no JSON object"
    return schema_misfit(spec.parameters, tool.arguments)


def _repeats(call: ScoredCall, most: int) -> Iterator[_Finding]:
    """Yield calls that failed more often in a row, in the same way, than may be."""
    for tool in call.timeline.tools:
        number, first = 0, retried(call, tool)
        while first is not None:
            number, first = number + 1, retried(call, first)
        if number == most + 1:
            reason = f"{tool.name} failed and was called again in the same way, more than {most}x"
            yield _Finding(Outcome.FAIL, reason, _at(tool), by_words=False)


def _false_claims(call: ScoredCall, sentences: tuple[_Sentence, ...]) -> Iterator[_Finding]:
    """Yield sentences that say a change is made, after it failed or before its result was there.

    Without any call it may be a status that somebody told: then a person decides.
    """
    writes = [spec for spec in call.suite.tools if spec.kind is ToolKind.WRITE]
    unseen = set(unseen_tools(call, (spec.name for spec in writes)))
    for one in sentences:
        named = [spec for spec in writes if claims_by_name(one.text, spec, call.language)]
        failed = _last_failed(call, one.span.start_s, writes)
        if not named and failed is not None and claims_done(one.text, failed, call.language):
            named = [failed]
        if not named or unseen & {spec.name for spec in named}:
            continue
        verdict = _claim(call, one, named)
        if verdict is not None:
            yield verdict


def _claim(call: ScoredCall, one: _Sentence, named: list[ToolSpec]) -> _Finding | None:
    names = {spec.name for spec in named}
    calls = [tool for tool in call.timeline.tools if tool.name in names]
    before = [tool for tool in calls if tool.requested_s < one.span.end_s]
    if any(_may_be_done(tool, one.span.end_s) for tool in before) or (calls and not before):
        return None  # what is said before a call may describe it
    place = Evidence(one.span.start_s, one.span.end_s, "claim")
    if before:
        last = before[-1]
        running = last.answered_s is None or last.answered_s > one.span.end_s
        how = "had no result yet" if running else f"had failed at {clock(last.requested_s)}"
        reason = f"{last.name} {how}, and the agent said {one.text!r}"
        return _Finding(Outcome.FAIL, reason, place)
    if _agreed_to(call, names, before_s=one.span.start_s):
        what = " or ".join(sorted(names))
        reason = f"{what} was agreed to and never called, and the agent said {one.text!r}"
        return _Finding(Outcome.FAIL, reason, place)
    if _known_from(call, one):
        return None
    reason = f"was {' or '.join(sorted(names))} claimed without a call? The agent said {one.text!r}"
    return _Finding(Outcome.REVIEW, reason, place)


def _agreed_to(call: ScoredCall, names: set[str], *, before_s: float) -> bool:
    """Return whether one of some tools was proposed before a moment, and the caller said yes."""
    proposed = [one for one in call.dialogue.proposals if one.tool in names]
    return any(
        proposal.start_s < answer.start_s < before_s and answer.consent is Consent.YES
        for proposal in proposed
        for answer in call.dialogue.answers
    )


def _may_be_done(tool: ToolCall, by_s: float) -> bool:
    """Return whether a call had succeeded by a moment, or nothing tells how it ended."""
    if tool.outcome in (ToolOutcome.UNSEEN, ToolOutcome.UNANSWERED):
        return True
    return tool.outcome is ToolOutcome.OK and tool.answered_s is not None and tool.answered_s < by_s


def _last_failed(call: ScoredCall, before_s: float, writes: list[ToolSpec]) -> ToolSpec | None:
    """Return the write that was called last before a moment, if it had failed."""
    names = {spec.name: spec for spec in writes}
    made = [t for t in call.timeline.tools if t.name in names and t.requested_s < before_s]
    if not made or made[-1].outcome not in TECHNICAL:
        return None
    return names[made[-1].name]


def _known_from(call: ScoredCall, one: _Sentence) -> bool:
    """Return whether the state in a sentence may come from a tool's result, or from the caller."""
    words = {word for word in re.findall(r"[a-zäöüß]+", one.text.lower()) if len(word) > 4}
    reads = {spec.name for spec in call.suite.tools if spec.kind is ToolKind.READ}
    before = [t for t in call.timeline.tools if t.requested_s < one.span.start_s]
    if any(t.name in reads and t.outcome is ToolOutcome.OK for t in before):
        return True  # in words of its own, which may be another language's
    told = [t.output or "" for t in before]
    told += [turn.text for turn in call.timeline.caller if turn.span.start_s < one.span.start_s]
    known = set(re.findall(r"[a-zäöüß]+", " ".join(told).lower()))
    stems = {word[:6] for word in known}
    return any(word[:6] in stems and word.endswith(("ed", "t", "en")) for word in words)


def _told_early(call: ScoredCall, sentences: tuple[_Sentence, ...]) -> Iterator[_Finding]:
    """Yield dates and amounts that were said before the result of the look-up was there."""
    if call.timeline.estimates(Estimate.TIMES) or call.timeline.estimates(Estimate.TOOL_TIMES):
        return
    reads = {spec.name for spec in call.suite.tools if spec.kind is ToolKind.READ}
    for one in sentences:
        running = [
            tool
            for tool in call.timeline.tools
            if tool.name in reads
            and tool.requested_s < one.span.start_s
            and tool.answered_s is not None
            and one.begun_s < tool.answered_s
        ]
        if not running or is_question(one.text, call.language):
            continue
        if new := _new_value(call, one):
            reason = (
                f"{new!r} was told at {clock(one.span.start_s)}, and {running[0].name} returned"
                f" only at {clock(running[0].answered_s or 0.0)}: {one.text!r}"
            )
            place = Evidence(one.span.start_s, one.span.end_s, "told before the result")
            yield _Finding(Outcome.REVIEW, reason, place)


def _new_value(call: ScoredCall, one: _Sentence) -> str:
    """Return a value of a sentence that neither prompt, caller nor an earlier result had."""
    start_s = one.span.start_s
    told = [call.instructions, *(fact.value for fact in call.scenario.facts.values())]
    told += [turn.text for turn in call.timeline.caller if turn.span.start_s < start_s]
    told += [said.claimed_heard for said in call.timeline.agent if said.span.end_s < start_s]
    told += [
        tool.output or ""
        for tool in call.timeline.tools
        if tool.answered_s is not None and tool.answered_s < start_s
    ]
    for kind in _TOLD:
        for found in call.language.find(one.text, kind, call.today):
            if not any(_has(call, text, found, kind) for text in told):
                return one.text[found.start : found.stop]
    return ""


def _has(call: ScoredCall, text: str, found: Found, kind: ValueKind) -> bool:
    there = call.language.find(text, kind, call.today)
    return any(found.may_be(other.value, kind) for other in there)


def _raw_errors(call: ScoredCall, sentences: tuple[_Sentence, ...]) -> Iterator[_Finding]:
    """Yield sentences after a failure that read out what a program wrote."""
    for tool in call.timeline.tools:
        if tool.outcome not in TECHNICAL or tool.answered_s is None:
            continue
        for one in _answer_to(call, sentences, tool.answered_s):
            if (code := _CODE.search(one.text)) is not None:
                reason = f"after {tool.name} failed, {code[0]!r} was read out: {one.text!r}"
                place = Evidence(one.span.start_s, one.span.end_s, "raw error")
                yield _Finding(Outcome.FAIL, reason, place)


def _left_alone(call: ScoredCall, sentences: tuple[_Sentence, ...]) -> Iterator[_Finding]:
    """Yield answers to a failure without a question, an offer, or another call."""
    tools = call.timeline.tools
    for number, tool in enumerate(tools):
        if tool.outcome not in TECHNICAL or tool.answered_s is None:
            continue
        answer = list(_answer_to(call, sentences, tool.answered_s))
        until_s = _next_words_s(call, tool.answered_s)
        goes_on = any(later.requested_s < until_s for later in tools[number + 1 :])
        asks = any(is_question(one.text, call.language) for one in answer)
        if answer and not goes_on and not asks:
            words = " ".join(one.text for one in answer)
            reason = f"does the answer offer a next step after {tool.name} failed? {words!r}"
            place = Evidence(answer[0].span.start_s, answer[-1].span.end_s, "after a failure")
            yield _Finding(Outcome.REVIEW, reason, place)


def _answer_to(
    call: ScoredCall, sentences: tuple[_Sentence, ...], from_s: float
) -> Iterator[_Sentence]:
    """Yield what was said after a moment until the caller spoke again."""
    until_s = _next_words_s(call, from_s)
    yield from (one for one in sentences if from_s <= one.span.start_s < until_s)


def _next_words_s(call: ScoredCall, from_s: float) -> float:
    starts = (turn.span.start_s for turn in call.timeline.caller if turn.has_words)
    return min((at_s for at_s in starts if at_s > from_s), default=float("inf"))


def _sentences(call: ScoredCall) -> Iterator[_Sentence]:
    """Yield the sentences that were heard, in order; those of unsure words are left out."""
    for said in call.timeline.agent:
        if said.transcript in (Transcript.TOLD, Transcript.PLACED):
            yield from _of(said, call)


def _of(said: AgentUtterance, call: ScoredCall) -> Iterator[_Sentence]:
    at = 0
    for sentence in call.language.sentences(said.claimed_heard):
        start = max(at, said.claimed_heard.find(sentence, at))
        at = start + len(sentence)
        span = said_at(said, start, at)
        begun_s = span.start_s if said.created_s is None else said.created_s
        # An answer that its sound alone tells may go on with what it has learned meanwhile.
        yield _Sentence(sentence, span, math.inf if said.inferred else begun_s)


def _at(tool: ToolCall) -> Evidence:
    return Evidence(tool.requested_s, tool.requested_s, tool.name)
