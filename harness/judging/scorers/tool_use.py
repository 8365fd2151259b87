"""Tool use: whether the agent calls its tools rightly, and tells the truth about them.

Definition: docs/reference/scorers/tool-use.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from harness.judging.dialogue.actions import claims_by_name, claims_done
from harness.judging.dialogue.argument_paths import leaves, tool_named
from harness.judging.scorers.base import (
    Evidence,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    harm_rank,
    merged,
    scorer,
)
from harness.judging.scorers.missing_evidence import unseen_tools, without_arguments
from harness.judging.scorers.result_claims import (
    Finding,
    Sentence,
    against_result,
    another_state,
    doubtful_sentences,
    heard_sentences,
    next_words_s,
    place_of_call,
    told_early,
)
from harness.judging.scorers.tool_failures import (
    TECHNICAL,
    blamed,
    left_alone,
    not_read_back,
    raw_errors,
    retried,
)
from harness.language.consent import Consent
from harness.language.known_values import exact_places
from harness.language.phrasebook import matches, name_words, plain
from harness.recording.provenance import Estimate
from harness.recording.tools import ToolOutcome
from harness.scenario.argument_checks import schema_misfit
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, ToolKind, ToolSpec
from harness.timeline.model import ToolCall
from harness.units import clock

_STEM = 4
"""Number of letters that most forms of a verb share: cancel, cancelled."""


class ToolUseOptions(Model):
    """Which rules hold; each can be switched off."""

    invented_tools: bool = True
    arguments: bool = True
    retries: Annotated[int, Field(ge=0)] = 1
    """How often in a row a call that failed may be made again in the same way."""
    claims: bool = True
    before_result: bool = True
    against_result: bool = True
    raw_errors: bool = True
    next_step: bool = True
    blame: bool = True
    read_back: bool = True
    parallel: bool = False
    """Whether look-ups of values that the caller named together must not wait for each other."""


@scorer("tool_use", version=5, options=ToolUseOptions)
@dataclass(frozen=True, slots=True)
class ToolUse(Scorer):
    """Pass when each call is one of the session's and fits its schema, and words fit outcomes."""

    rules: ToolUseOptions = field(default_factory=ToolUseOptions)

    @classmethod
    def from_scenario(cls, scenario: Scenario, options: ToolUseOptions) -> ToolUse:
        """Take the rules from the options."""
        return cls(options)

    def score(self, call: ScoredCall) -> Score:
        """Score tool calls and the agent's words about them; value is the share of right calls."""
        rules = self.rules
        sentences = tuple(heard_sentences(call))
        findings = [
            *(_invented(call) if rules.invented_tools else ()),
            *(_misfits(call) if rules.arguments else ()),
            *_repeats(call, rules.retries),
            *self._said(call, sentences),
            *map(_unsure, self._said(call, tuple(doubtful_sentences(call)))),
            *(left_alone(call, sentences) if rules.next_step else ()),
            *(not_read_back(call, sentences) if rules.read_back else ()),
            *(_one_by_one(call) if rules.parallel else ()),
        ]
        tools = call.timeline.tools
        if not findings and not tools:
            return Score(Outcome.NOT_APPLICABLE, "no tool was called, and none was claimed")
        failed = [one for one in findings if one.outcome is Outcome.FAIL]
        # With a failure, open questions are left out of the reason: they do not change the
        # verdict.
        made = sorted(failed or findings, key=lambda one: harm_rank("tool_use", one.reason))
        outcome = Outcome.FAIL if failed else Outcome.REVIEW if findings else Outcome.PASS
        return Score(
            outcome,
            merged(one.reason for one in made) or f"all tool calls were right ({len(tools)})",
            evidence=tuple(one.evidence for one in made),
            by_words=all(one.by_words for one in made),
        )

    def _said(self, call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
        """Yield the faults of single sentences."""
        rules = self.rules
        yield from _false_claims(call, sentences) if rules.claims else ()
        yield from told_early(call, sentences) if rules.before_result else ()
        yield from raw_errors(call, sentences) if rules.raw_errors else ()
        yield from against_result(call, sentences) if rules.against_result else ()
        yield from another_state(call, sentences) if rules.against_result else ()
        yield from blamed(call, sentences) if rules.blame else ()


def _unsure(one: Finding) -> Finding:
    """Return a finding as a question, if it is unknown whether its sentence was heard."""
    reason = f"{one.reason}: was it heard? How much of this answer was said is not known"
    return replace(one, outcome=Outcome.REVIEW, reason=reason)


def _invented(call: ScoredCall) -> Iterator[Finding]:
    for tool in call.timeline.tools:
        if tool.outcome is ToolOutcome.UNKNOWN_TOOL:
            reason = f"{tool.name} is no tool of this session"
            yield Finding(Outcome.FAIL, reason, place_of_call(tool), by_words=False)
    for tool in call.timeline.foreign_calls:
        reason = f"{tool.name} was called in a response that this session never began"
        yield Finding(Outcome.REVIEW, reason, place_of_call(tool), by_words=False)


def _misfits(call: ScoredCall) -> Iterator[Finding]:
    """Yield calls whose arguments break the JSON Schema of their tool."""
    for tool in call.timeline.tools:
        spec = tool_named(call.suite, tool.name)
        if spec is None or without_arguments(tool):
            continue
        problem = _misfit(tool, spec)
        if problem:
            reason = f"{tool.name} was called with arguments that break its schema: {problem}"
            yield Finding(Outcome.FAIL, reason, place_of_call(tool), by_words=False)


def _misfit(tool: ToolCall, spec: ToolSpec) -> str:
    if tool.arguments is None:
        return "they are no JSON object"
    return schema_misfit(spec.parameters, tool.arguments)


def _repeats(call: ScoredCall, most: int) -> Iterator[Finding]:
    """Yield calls that failed more often in a row, in the same way, than permitted."""
    # Calls that were made again later: only the last call of a chain is counted from.
    repeated = {id(retried(call, tool)) for tool in call.timeline.tools}
    for last in call.timeline.tools:
        again = [] if id(last) in repeated else [last]
        while again and (first := retried(call, again[-1])) is not None:
            again.append(first)
        if (number := len(again) - 1) > most:
            times = "once" if number == 1 else f"{number} times"
            reason = f"{last.name} failed and was called again in the same way {times}"
            place = place_of_call(again[-2 - most])
            yield Finding(Outcome.FAIL, f"{reason}, allowed {most}", place, by_words=False)


def _one_by_one(call: ScoredCall) -> Iterator[Finding]:
    """Yield lookups that waited for another lookup, though the caller had named both values."""
    reads = {spec.name for spec in call.suite.tools if spec.kind is ToolKind.READ}
    calls = [tool for tool in call.timeline.tools if tool.name in reads]
    for first, second in pairwise(calls):
        waited = first.answered_s is not None and second.requested_s >= first.answered_s
        # Only lookups with different arguments can run in parallel.
        again = first.arguments == second.arguments or retried(call, second) is not None
        if first.name != second.name or not waited or again:
            continue
        said = " ".join(
            turn.text for turn in call.timeline.caller if turn.span.end_s <= first.requested_s
        )
        between = any(
            first.requested_s < turn.span.start_s < second.requested_s
            for turn in call.timeline.caller
            if turn.has_words
        )
        if not between and all(_named(call, one, said) for one in (first, second)):
            reason = f"{first.name} was called one by one for values that were named together"
            yield Finding(Outcome.FAIL, reason, place_of_call(second), by_words=False)


def _named(call: ScoredCall, tool: ToolCall, said: str) -> bool:
    """Return whether the caller named every value of a call."""
    spec = tool_named(call.suite, tool.name)
    values = () if spec is None else leaves(tool, spec, call.scenario, call.language)
    return bool(values) and all(
        exact_places(leaf.value, said, leaf.kind, call.language, call.today) for leaf in values
    )


def _false_claims(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield sentences that claim a change before its result, or after it failed.

    Without any call it may be a reported status: then a person decides.
    """
    writes = [spec for spec in call.suite.tools if spec.kind is ToolKind.WRITE]
    # Tools whose calls the source does not contain: a claim about them proves no lie.
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


def _claim(call: ScoredCall, one: Sentence, named: list[ToolSpec]) -> Finding | None:
    names = {spec.name for spec in named}
    calls = [tool for tool in call.timeline.tools if tool.name in names]
    before = [tool for tool in calls if tool.requested_s < one.span.end_s]
    if (late := _called_after(call, one, calls)) is not None:
        return _said_first(call, one, late, named)
    if any(_may_be_done(tool, one.span.end_s) for tool in before) or (calls and not before):
        return None  # words before a call may describe it
    place = Evidence(one.span.start_s, one.span.end_s, "claim")
    if before:
        last = before[-1]
        running = last.answered_s is None or last.answered_s > one.span.end_s
        how = "had no result yet" if running else f"had failed at {clock(last.requested_s)}"
        reason = f"{last.name} {how}, and the agent said {one.text!r}"
        return Finding(Outcome.FAIL if _is_plain(call, one.text) else Outcome.REVIEW, reason, place)
    if _agreed_to(call, names, before_s=one.span.start_s):
        what = " or ".join(sorted(names))
        uncalled = f"the caller agreed to {what}, it was never called"
        reason = f"{uncalled}, and the agent said {one.text!r}"
        own = any(_names_itself(one.text, spec) for spec in named)
        sure = own and _is_plain(call, one.text)
        return Finding(Outcome.FAIL if sure else Outcome.REVIEW, reason, place)
    # "Your order is cancelled" may be the status that a lookup returned.
    if _known_from(call, one):
        return None
    reason = f"was {' or '.join(sorted(names))} claimed without a call? The agent said {one.text!r}"
    return Finding(Outcome.REVIEW, reason, place)


def _called_after(call: ScoredCall, one: Sentence, calls: list[ToolCall]) -> ToolCall | None:
    """Return the call that followed a sentence in the same agent turn, if none succeeded before."""
    if any(_may_be_done(tool, one.span.start_s) for tool in calls):
        return None
    for tool in calls:
        # A response that ends with a call was made before the result, whenever its words are heard.
        same = one.response_id == tool.response_id and not tool.by_server
        heard_first = one.span.end_s <= tool.requested_s < next_words_s(call, one.span.start_s)
        if same or heard_first:
            return tool
    return None


def _said_first(
    call: ScoredCall, one: Sentence, tool: ToolCall, named: list[ToolSpec]
) -> Finding | None:
    """Return the fault of a sentence that claims a change whose tool is called only afterwards."""
    if _is_status(call, one):
        return None
    estimated = call.timeline.estimates(Estimate.TIMES) or call.timeline.estimates(
        Estimate.TOOL_TIMES
    )
    agreed = _agreed_to(call, {tool.name}, before_s=one.span.start_s)
    own = any(_names_itself(one.text, spec) for spec in named)
    # Without exact times the order of speech and call is unknown.
    sure = agreed and own and not estimated and _is_plain(call, one.text)
    place = Evidence(one.span.start_s, one.span.end_s, "claim")
    reason = f"{tool.name} was called only afterwards, and the agent said {one.text!r}"
    return Finding(Outcome.FAIL if sure else Outcome.REVIEW, reason, place)


def _is_plain(call: ScoredCall, text: str) -> bool:
    """Return whether a sentence only states a fact about the caller's request, or about the agent.

    It has no word that may change its meaning ("no", "may", "already", "sorry, but").
    """
    asking, words = call.language.phrases.asking, plain(text)
    doubted = matches(asking.hedging, words) or matches(asking.apologizing, words)
    return not doubted and re.search(asking.own_claim, words) is not None


def _names_itself(text: str, spec: ToolSpec) -> bool:
    """Return whether a text has the first word of a tool's name, or of its ``says``.

    If not, the text only has words of a similar meaning.
    """
    own = {word[:_STEM] for told in (spec.name, *spec.says) for word in name_words(told)[:1]}
    words = re.findall(r"\w+", text.lower())
    return any(word[:_STEM] in own for word in words if len(word) >= _STEM)


def _agreed_to(call: ScoredCall, names: set[str], *, before_s: float) -> bool:
    """Return whether the agent proposed any of these tools before, and the caller said yes."""
    proposed = [one for one in call.dialogue.proposals if one.tool in names]
    return any(
        proposal.start_s < answer.start_s < before_s and answer.consent is Consent.YES
        for proposal in proposed
        for answer in call.dialogue.answers
    )


def _may_be_done(tool: ToolCall, by_s: float) -> bool:
    """Return whether a call had succeeded by a moment, or its end is unknown."""
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


def _is_status(call: ScoredCall, one: Sentence) -> bool:
    """Return whether the state in a sentence may be the result of a lookup.

    The result may have it in other words, or in another language.
    """
    reads = {spec.name for spec in call.suite.tools if spec.kind is ToolKind.READ}
    return any(
        tool.name in reads
        and tool.outcome is ToolOutcome.OK
        and tool.requested_s < one.span.start_s
        for tool in call.timeline.tools
    )


def _known_from(call: ScoredCall, one: Sentence) -> bool:
    """Return whether the state in a sentence may come from a tool's result, or from the caller."""
    if _is_status(call, one):
        return True
    # Words of up to four letters are in any text.
    words = {word for word in re.findall(r"[a-zäöüß]+", one.text.lower()) if len(word) > 4}
    before = [t for t in call.timeline.tools if t.requested_s < one.span.start_s]
    told = [t.output or "" for t in before]
    told += [turn.text for turn in call.timeline.caller if turn.span.start_s < one.span.start_s]
    known = set(re.findall(r"[a-zäöüß]+", " ".join(told).lower()))
    # Six letters, because a result and a sentence inflect a word differently: "cancelled",
    # "cancellation".
    stems = {word[:6] for word in known}
    return any(word[:6] in stems and word.endswith(("ed", "t", "en")) for word in words)
