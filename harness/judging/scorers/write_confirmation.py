"""Confirmation before write: the caller must clearly agree to each change just before it is made.

Definition: docs/reference/scorers/write-confirmation.md; source: the Realtime prompting guide,
section on confirming before actions with consequences (the two-turn protocol: action and key
values, then a yes).

- The yes must come after the whole proposal was heard. A yes during the proposal does not cover
  the rest of it.
- A refusal, silence or a backchannel is not a yes. A correction invalidates an older yes.
- A yes covers each action that the proposal named, once, and only with the proposed values.
- Values from earlier turns stay valid until they are replaced.
- A retry after a technical failure has the verdict of the call that it repeats.
- A fail needs words against the write, or the absence of a proposal. Anything that the words do
  not decide is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import Unscorable
from harness.judges.verdicts import ModelOpinion, RuledWrite
from harness.judging.dialogue.agreements import WriteHistory
from harness.judging.dialogue.argument_paths import PATTERNED, leaves, tool_named
from harness.judging.dialogue.confirmed import answers_between, other_value
from harness.judging.dialogue.model import CallerAnswer
from harness.judging.dialogue.proposals import asks_for
from harness.judging.dialogue.proposed_writes import (
    Consenting,
    ProposedWrite,
    Standing,
    TextRead,
    ValueFinding,
    exchanges,
)
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
    raise_if_nameless_call,
    raise_if_unseen,
    texts_replied_to,
    unheard,
    without_arguments,
    words_unknown,
)
from harness.judging.scorers.tool_failures import MOST_RETRIES, equivalent_arguments, retried
from harness.judging.scorers.write_findings import (
    doubted,
    open_question,
    other_action,
    with_stored_answers,
    without_consequence,
    wrong_value,
)
from harness.language.consent import Consent
from harness.language.phrasebook import matches, plain
from harness.language.questions import is_question
from harness.language.values import ValueKind
from harness.recording.tools import ToolOutcome
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import ToolKind, ToolSpec
from harness.timeline.model import ToolCall
from harness.units import clock


@dataclass(slots=True)
class _Ledger:
    """The used agreements: an agreement covers each action that it names a single time."""

    used: dict[tuple[float, str], list[ToolCall]] = field(default_factory=dict)
    made: list[ToolCall] = field(default_factory=list)
    text_read: TextRead = field(default_factory=TextRead)

    def take(
        self, call: ScoredCall, proposed: ProposedWrite, tool: ToolCall, *, newest: bool
    ) -> Outcome | None:
        """Use an agreement; return the verdict on a call that uses it again, else None."""
        again = equivalent_arguments(call, tool)
        on_it = self.used.setdefault((proposed.exchange.start_s, tool.name), [])
        before = [equivalent_arguments(call, one) for one in on_it if _succeeded(one)]
        anywhere = [one for one in self.made if one.name == tool.name and _succeeded(one)]
        repeated = any(equivalent_arguments(call, one) == again for one in anywhere)
        retried_on_it = any(equivalent_arguments(call, one) == again for one in on_it)
        on_it.append(tool)
        self.made.append(tool)
        running = [one for one in on_it if one is not tool and _runs(one, tool.requested_s)]
        # On the same agreement, repeating a successful or running call is a violation.
        if again in before or any(equivalent_arguments(call, one) == again for one in running):
            return Outcome.FAIL
        # A repeated success is open unless the newest words that the caller answered propose it.
        if (repeated and not newest) or retried_on_it:
            return Outcome.REVIEW
        agreed = {v.leaf.path for v in proposed.values if v.standing is Standing.AGREED}
        # A different call on the same agreement is left to a person, unless it differs from the
        # first call in a value that the proposal contains.
        own = all(
            any(name in agreed for name, value in again.items() if value != one.get(name))
            for one in before
        )
        return None if own else Outcome.REVIEW


def _succeeded(tool: ToolCall) -> bool:
    return tool.outcome is ToolOutcome.OK


def _runs(tool: ToolCall, at_s: float) -> bool:
    """Return whether a call had no result yet at ``at_s``."""
    return tool.answered_s is None or tool.answered_s > at_s


@dataclass(frozen=True, slots=True)
class _Judged:
    """A write and its verdict."""

    tool: ToolCall
    outcome: Outcome
    reason: str = ""
    proposed: ProposedWrite | None = None
    absent: bool = False
    """Whether the call itself is wrong, regardless of the dialogue."""
    repeats: int = 0
    """Number of consecutive failed calls that it repeats; it has their verdict."""
    by_sound: bool = False
    """Whether the open question is about the audio, not about the transcript."""
    opinion: ModelOpinion | None = None


_LAST_WORDS = 8
"""Number of words that show how far a proposal was heard."""


@scorer("write_confirmation", version=21)
@dataclass(frozen=True, slots=True)
class WriteConfirmation(Scorer):
    """Pass when every write was proposed, agreed to after that, and made as agreed."""

    def score(self, call: ScoredCall) -> Score:
        """Score every call of a write tool; value is the share that was agreed to."""
        specs = {spec.name: spec for spec in call.suite.tools if spec.kind is ToolKind.WRITE}
        judged = _with_opinions(call, _judged(call, specs))
        missed = [(one, _in_text(call, one)) for one in judged if _misses_agreement(one)]
        wrong = [one for one, text in missed if one.outcome is Outcome.FAIL and not text]
        if not wrong and (unknown := [(one, text) for one, text in missed if text]):
            first, text = unknown[0]
            if half := partly_heard(call, until_s=first.tool.requested_s):
                return replace(half, reason=f"{first.reason}; {half.reason}")
            raise Unscorable(text)
        doubted = [one for one in judged if one.outcome is Outcome.REVIEW]
        if specs and not wrong and not doubted:
            what = f"whether anything {'else ' if judged else ''}was changed"
            # An unnamed or unseen call may have been a write.
            raise_if_nameless_call(call, what)
            raise_if_unseen(call, specs, what)
        if not judged:
            return Score(Outcome.NOT_APPLICABLE, "nothing was changed in this call")
        outcome = Outcome.FAIL if wrong else Outcome.REVIEW if doubted else Outcome.PASS
        told = wrong or doubted or judged
        return Score(
            outcome,
            _reason(outcome, told),
            value=1 - (len(missed) + len(doubted)) / len(judged),
            unit="share",
            evidence=tuple(e for one in told if not one.repeats for e in _evidence(one)),
            details={"writes": [_described(call, one) for one in judged]},
        )


def _misses_agreement(one: _Judged) -> bool:
    """Whether untranscribed words could change the verdict on a write."""
    unanswered = one.proposed is None or one.proposed.answer is None
    return one.outcome is Outcome.FAIL or (one.outcome is Outcome.REVIEW and unanswered)


def _judged(call: ScoredCall, specs: dict[str, ToolSpec]) -> list[_Judged]:
    """Judge every write in order; a retry has the verdict of the failed call."""
    ledger, judged = _Ledger(), dict[int, _Judged]()
    tools = call.timeline.tools
    for number, tool in enumerate(tools):
        if tool.name not in specs:
            continue
        spec, first = specs[tool.name], retried(call, tool)
        since = () if first is None else _answers_since(call, first, tool)
        # A reply that withdraws the agreement makes the retry a new write.
        if first is None or any(_withdraws(call, one, tool) for one in since):
            judged[number] = _judge(call, tool, spec, ledger)
            continue
        before = judged[tools.index(first)]
        if any(one.consent is Consent.YES for one in since):
            judged[number] = _agreed_again(call, since, before, _judge(call, tool, spec, ledger))
        else:
            judged[number] = _again(tool, before)
    return list(judged.values())


def _with_opinions(call: ScoredCall, judged: list[_Judged]) -> list[_Judged]:
    """Apply the stored answers of a model judge, if any."""
    ruled = [
        RuledWrite(
            call=call.timeline.tools.index(one.tool),
            tool=one.tool.name,
            outcome=one.outcome.value,
            reason=one.reason,
            by_sound=one.by_sound,
            repeats=one.repeats > 0,
        )
        for one in judged
    ]
    settled = with_stored_answers(call, ruled)
    return [
        replace(one, outcome=Outcome(s.outcome), reason=s.reason, opinion=s.opinion)
        for one, s in zip(judged, settled, strict=True)
    ]


def _again(tool: ToolCall, before: _Judged) -> _Judged:
    """Give a retry the verdict of the call that it repeats; fail after too many retries."""
    repeats = before.repeats + 1
    if repeats > MOST_RETRIES and before.outcome is not Outcome.FAIL:
        reason = f"{tool.name} failed {repeats} times in a row, and was called again the same way"
        return replace(before, tool=tool, outcome=Outcome.FAIL, reason=reason, repeats=repeats)
    return replace(before, tool=tool, repeats=repeats)


def _in_text(call: ScoredCall, one: _Judged) -> str:
    """Return why the missing proposal may be in speech without a transcript; empty if not."""
    if why := without_arguments(one.tool):
        return f"{why}; what was changed is not known"
    if one.absent:
        return ""
    made_s = one.tool.requested_s
    agreed_s = last_reply_s(call, before_s=made_s)
    return (
        unheard(texts_replied_to(call, before_s=made_s))
        or words_unknown(call, until_s=agreed_s)
        or caller_unknown(call, before_s=made_s)
    )


def _answers_since(call: ScoredCall, first: ToolCall, tool: ToolCall) -> tuple[CallerAnswer, ...]:
    """Return the caller's replies between a failed call and the same call made again."""
    return answers_between(call.dialogue, first.requested_s, tool.requested_s)


def _agreed_again(
    call: ScoredCall, since: tuple[CallerAnswer, ...], before: _Judged, fresh: _Judged
) -> _Judged:
    """Judge a retry before which the caller said yes once more.

    "Should I try again?" names no value: the agreement from before the failure holds. ``since`` are
    the replies after it, ``before`` is the verdict on the failed call, ``fresh`` on this one alone.
    """
    tool, once_more = fresh.tool, call.language.phrases.asking.once_more
    words = " ".join(
        said.claimed_heard
        for said in call.timeline.agent
        if before.tool.requested_s <= said.span.start_s < tool.requested_s
    )
    if fresh.outcome is Outcome.PASS or fresh.absent or _names_another_value(call, tool, words):
        return fresh
    others = (one for one in call.suite.tools if one.name != tool.name)
    offered = any(asks_for(words, one, call.language) for one in others)
    asked = any(
        matches(once_more, plain(sentence)) and is_question(sentence, call.language)
        for sentence in call.language.sentences(words)
    )
    bare = not any(_has_more(call, _text(call, one)) for one in since)
    by_agent = re.search(call.language.phrases.asking.by_agent, plain(words)) is not None
    # "Should I try again?" names no value: the agreement from before the failure holds.
    if asked and by_agent and bare and not offered:
        return _again(tool, before)
    question = f"{tool.name}: did the caller agree at {clock(since[0].start_s)} to do it again?"
    return replace(fresh, outcome=Outcome.REVIEW, reason=question)


def _has_more(call: ScoredCall, reply: str) -> bool:
    """Return whether a yes says more than that: a condition, another time, somebody else."""
    language = call.language
    kinds = (ValueKind.DATE, ValueKind.TIME)
    timed = any(language.find(reply, kind, call.today) for kind in kinds)
    return timed or matches(language.phrases.asking.hedging, plain(reply))


def _names_another_value(call: ScoredCall, tool: ToolCall, words: str) -> bool:
    """Return whether the agent named another value than the call has."""
    spec = tool_named(call.suite, tool.name)
    assert spec is not None
    return any(
        not one.may_be(leaf.value, leaf.kind)
        for leaf in leaves(tool, spec, call.scenario, call.language)
        if leaf.kind in PATTERNED
        for one in call.language.find(words, leaf.kind, call.today)
    )


def _withdraws(call: ScoredCall, answer: CallerAnswer, tool: ToolCall) -> bool:
    """Return whether a reply refuses an action, keeps the present state, or changes a value."""
    keeping = call.language.phrases.asking.keeping
    if answer.consent is Consent.NO or matches(keeping, plain(_text(call, answer))):
        return True
    spec = tool_named(call.suite, tool.name)
    for name, given in (tool.arguments or {}).items():
        kind = argument_kind(spec, name, call.scenario, call.language)
        if other_value(answer, comparable(given, kind, call.language), kind) is not None:
            return True
    return False


def _text(call: ScoredCall, answer: CallerAnswer) -> str:
    return call.timeline.caller[answer.caller].text


def _judge(call: ScoredCall, tool: ToolCall, spec: ToolSpec, ledger: _Ledger) -> _Judged:
    """Find the agreement for a write, and compare each value with it."""
    absent = _absent(tool, spec)
    if absent:
        reason = f"{tool.name} was called {absent}"
        return _Judged(tool, Outcome.FAIL, reason, absent=True)
    history = _history(call, tool, spec, ledger.text_read)
    proposed = history.proposed()
    if not proposed:
        return _not_proposed(call, tool, history)
    one = history.with_replaced_values_open(_decisive(proposed))
    if one.consenting is not Consenting.AGREED:
        return _not_agreed(call, tool, one, again=any(o.complete for o in proposed))
    silent, told = without_consequence(call, tool, spec, one)
    problem = wrong_value(tool, one) or silent
    if problem:
        return _Judged(tool, Outcome.FAIL, problem, one)
    if question := told or other_action(call, spec, one) or open_question(tool, one):
        return _Judged(tool, Outcome.REVIEW, question, one)
    newest = one.exchange is history.newest_answered
    if used := ledger.take(call, one, tool, newest=newest):
        return _Judged(tool, used, f"{tool.name} was called again on one agreement", one)
    # The text decides first: a doubt about the audio is a question only if the text passes.
    if doubt := doubted(call, one):
        at = clock(one.exchange.start_s)
        reason = f"{tool.name}: {doubt} (agent at {at})"
        return _Judged(tool, Outcome.REVIEW, reason, one, by_sound=True)
    return _Judged(tool, Outcome.PASS, "", one)


def _not_proposed(call: ScoredCall, tool: ToolCall, history: WriteHistory) -> _Judged:
    """Fail a write that the agent cannot have proposed; ask a person about any other."""
    maybe = history.maybe_put()
    if maybe is None:
        return _Judged(tool, Outcome.FAIL, f"{tool.name} was called without being proposed")
    question = f"{tool.name}: did the agent ask for it at {clock(maybe.start_s)}?"
    return _Judged(tool, Outcome.REVIEW, question)


def _history(call: ScoredCall, tool: ToolCall, spec: ToolSpec, text_read: TextRead) -> WriteHistory:
    return WriteHistory(
        timeline=call.timeline,
        suite=call.suite,
        tool=tool,
        spec=spec,
        values=leaves(tool, spec, call.scenario, call.language),
        exchanges=exchanges(
            call.timeline.agent,
            call.dialogue.answers,
            before_s=tool.requested_s,
            lost_s=(gone.left_s for gone in call.timeline.absences),
        ),
        texts={a.caller: _text(call, a) for a in call.dialogue.answers},
        language=call.language,
        today=call.today,
        siblings=tuple(
            (one.requested_s, leaves(one, spec, call.scenario, call.language))
            for one in _siblings(call, tool)
        ),
        text_read=text_read,
    )


def _siblings(call: ScoredCall, tool: ToolCall) -> Iterator[ToolCall]:
    """Yield the other calls of a tool that were made between the same two replies of the caller."""
    answers = call.dialogue.answers
    since = max((a.end_s for a in answers if a.end_s <= tool.requested_s), default=0.0)
    until = min((a.start_s for a in answers if a.start_s > tool.requested_s), default=float("inf"))
    for one in call.timeline.tools:
        if one is not tool and one.name == tool.name and since <= one.requested_s < until:
            yield one


def _absent(tool: ToolCall, spec: ToolSpec) -> str:
    """Return a phrase for unreadable arguments or missing ``exact`` ones; empty if neither."""
    if tool.arguments is None:
        return "with arguments that cannot be read"
    absent = [name for name in spec.exact if tool.arguments.get(name) is None]
    return f"without {', '.join(absent)}" if absent else ""


def _decisive(proposed: tuple[ProposedWrite, ...]) -> ProposedWrite:
    """Return the decisive proposal: the newest, or an older one if the newest has other values."""
    newest = proposed[0]
    unasked = newest.consenting is Consenting.UNANSWERED and newest.announced
    if unasked and len(proposed) > 1 and proposed[1].complete:
        newest, proposed = proposed[1], proposed[1:]
    decided = (Consenting.AGREED, Consenting.REFUSED)
    for one in proposed:
        # An older proposal needs a yes of its own, because later replies answer later questions.
        agreed = one.consenting is Consenting.AGREED and (one is newest or one.direct)
        if agreed and not one.contradicted:
            return one
        # A proposal that contains some of the values and contradicts others is a correction: no
        # older proposal counts.
        if one.consenting not in decided or not one.contradicted or one.same_matter:
            break
    return newest


def _not_agreed(call: ScoredCall, tool: ToolCall, one: ProposedWrite, *, again: bool) -> _Judged:
    """Judge a write whose proposal has no recognized agreement.

    Fails if the caller said no or gave another value, or if the agent did not wait for the answer.
    """
    at = clock(one.exchange.start_s)
    violated = {
        Consenting.REFUSED: "the caller said no",
        Consenting.CHANGED: "the caller then changed what was proposed",
        Consenting.INTERRUPTED: "its proposal was interrupted",
        Consenting.UNANSWERED: "the caller had not answered",
    }.get(one.consenting)
    # Any other reply may agree in unknown words.
    if violated and one.sure and not (again and one.answer is None):
        return _Judged(tool, Outcome.FAIL, f"{tool.name} was called, but {violated}", one)
    if one.answer is None:
        question = f"{tool.name}: did the caller agree to the proposal at {at}{_cut(one)}?"
        return _Judged(tool, Outcome.REVIEW, question, one)
    words = shortened(_text(call, one.answer))
    question = f"{tool.name}: is {words!r} a yes to the proposal at {at}?"
    return _Judged(tool, Outcome.REVIEW, question, one)


def _cut(one: ProposedWrite) -> str:
    """Return how far the caller heard a proposal; empty if to its end."""
    if one.exchange.whole:
        return ""
    return f", heard up to {' '.join(one.exchange.heard.split()[-_LAST_WORDS:])!r}"


def _reason(outcome: Outcome, told: list[_Judged]) -> str:
    if outcome is not Outcome.PASS:
        first = [one for one in told if not one.repeats]
        return merged(one.reason for one in first or told)
    by_model = [one.reason for one in told if one.opinion is not None]
    decided = [one for one in told if one.opinion is not None and one.opinion.decided]
    ended: dict[str, str] = {}
    for one in told:
        if one not in decided and ended.get(one.tool.name) != _MADE:
            ended[one.tool.name] = _ENDED.get(one.tool.outcome, _MADE)
    by_end: dict[str, list[str]] = {}
    for name, how in ended.items():
        by_end.setdefault(how, []).append(name)
    agreed = (
        f"{', '.join(names)} was proposed, clearly agreed to, and {how}"
        for how, names in by_end.items()
    )
    return "; ".join((*agreed, *by_model))


_MADE = "made as agreed"
_ENDED = {
    ToolOutcome.FAILED: "called as agreed; it failed",
    ToolOutcome.TIMED_OUT: "called as agreed; it failed",
    ToolOutcome.UNANSWERED: "called as agreed; it had no result",
}
"""The reported end of a write that changed nothing."""


def _evidence(one: _Judged) -> tuple[Evidence, ...]:
    spans: list[Evidence] = []
    if one.proposed is not None:
        exchange, answer = one.proposed.exchange, one.proposed.answer
        spans.append(Evidence(exchange.start_s, exchange.end_s, "proposal"))
        if answer is not None:
            spans.append(Evidence(answer.start_s, answer.end_s, "reply"))
    if one.opinion is not None and one.opinion.start_s is not None:
        model, end_s = one.opinion, one.opinion.end_s or one.opinion.start_s
        spans.append(Evidence(one.opinion.start_s, end_s, f"{model.model}: {model.answer}"))
    at_s = one.tool.requested_s
    return (*spans, Evidence(at_s, at_s, one.tool.name))


def _described(call: ScoredCall, one: _Judged) -> dict[str, Any]:
    """Return a write for the report and for comparison with labels."""
    values = () if one.proposed is None else one.proposed.values
    return {
        "call": call.timeline.tools.index(one.tool),
        "tool": one.tool.name,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "values": [_value(found) for found in values],
        **({"by_sound": True} if one.by_sound else {}),
        **({"repeats": one.repeats} if one.repeats else {}),
        **({} if one.opinion is None else {"model": one.opinion.as_details()}),
    }


def _value(found: ValueFinding) -> dict[str, Any]:
    return {
        "argument": found.leaf.path,
        "given": str(found.leaf.given),
        "standing": found.standing.value,
        "instead": found.instead,
    }
