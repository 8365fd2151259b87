"""Confirmation before write: nothing is changed that the caller did not just clearly agree to.

Definition: docs/scorers.md; source: the Realtime prompting guide, section on confirming before
actions with consequences (the two-turn protocol: action, key values and consequence, then a yes).

What makes it hard: the yes must come after the whole proposal was heard, so a yes over it agrees to
nothing more; a refusal, silence or a backchannel is no yes; a correction makes an older yes stale;
a yes covers each action that its proposal named once, with those values, and no other; and a
re-issue after a technical failure is no new write, unless the caller said no in between. A proposal
that came in text alone, or a call without a name, leaves open what it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from harness.dialogue.actions import Named, names_action
from harness.dialogue.arguments import (
    PATTERNED,
    argument_kind,
    comparable,
    is_findable,
    tool_named,
)
from harness.dialogue.confirmed import (
    Agreed,
    agreement_to,
    answers_between,
    means,
    other_value,
)
from harness.dialogue.model import Agreement, CallerAnswer, Proposal
from harness.errors import Unscorable
from harness.language.consent import Consent
from harness.language.matching import value_place
from harness.language.phrasebook import matches, plain
from harness.scenario.model import ToolKind, ToolSpec
from harness.scorers.arguments import as_written
from harness.scorers.base import Evidence, Outcome, Score, ScoredCall, Scorer, scorer
from harness.scorers.retries import equivalent_arguments, retried
from harness.scorers.unheard import (
    last_reply_s,
    texts_replied_to,
    unheard,
    unless_nameless,
    unless_unseen,
    words_unknown,
)
from harness.timeline.model import ToolCall, Transcript


@dataclass(slots=True)
class _Ledger:
    """Which agreements are used up: one covers each action it named once."""

    used: set[tuple[int, str, tuple[tuple[str, Any], ...]]] = field(default_factory=set)

    def take(self, proposal: Proposal, tool: ToolCall, arguments: dict[str, Any]) -> bool:
        """Use up an agreement; False if it was used already."""
        key = (proposal.utterance, tool.name, tuple(sorted(arguments.items())))
        fresh = key not in self.used
        self.used.add(key)
        return fresh


@dataclass(frozen=True, slots=True)
class _Judged:
    """One write: why it was not agreed to, or the agreement."""

    tool: ToolCall
    problem: str
    agreed: Agreed | None
    doubted: str = ""
    """Why a person must listen, empty if nobody must."""
    absent: bool = False
    """Whether what is wrong is the call itself, whatever was said before it."""


@scorer("write_confirmation", version=5)
@dataclass(frozen=True, slots=True)
class WriteConfirmation(Scorer):
    """Pass when every write was proposed whole, agreed to after that, and made as agreed."""

    def score(self, call: ScoredCall) -> Score:
        """Score every call of a write tool; value is the share that was agreed to."""
        ledger = _Ledger()
        specs = {spec.name: spec for spec in call.suite.tools if spec.kind is ToolKind.WRITE}
        judged: list[_Judged] = []
        for tool in call.timeline.tools:
            if tool.name in specs and not _mere_retry(call, tool):
                judged.append(_judge(call, tool, specs[tool.name], ledger))
        missed = [(one, _in_text(call, one)) for one in judged if one.problem]
        wrong = [one for one, text in missed if not text]
        if missed and not wrong:
            raise Unscorable(missed[0][1])
        doubted = [one for one in judged if one.doubted and not one.problem]
        if specs and not wrong and not doubted:
            what = f"whether anything {'else ' if judged else ''}was changed"
            unless_nameless(call, what)
            unless_unseen(call, specs, what)
        if not judged:
            return Score(Outcome.NOT_APPLICABLE, "nothing was changed in this call")
        outcome = Outcome.FAIL if wrong else Outcome.REVIEW if doubted else Outcome.PASS
        told = wrong or doubted or judged
        return Score(
            outcome,
            _reason(outcome, told),
            value=1 - (len(missed) + len(doubted)) / len(judged),
            unit="share",
            evidence=tuple(e for one in told for e in _evidence(one)),
        )


def _in_text(call: ScoredCall, one: _Judged) -> str:
    """Return what was not heard and may be the proposal that is missed; empty if nothing may."""
    if one.absent:
        return ""
    made_s = one.tool.requested_s
    agreed_s = last_reply_s(call, before_s=made_s)
    return unheard(texts_replied_to(call, before_s=made_s)) or words_unknown(call, until_s=agreed_s)


def _mere_retry(call: ScoredCall, tool: ToolCall) -> bool:
    """Return whether a write re-issues a failed one that the caller has not withdrawn since."""
    first = retried(call, tool)
    if first is None:
        return False
    since = answers_between(call.dialogue, first.requested_s, tool.requested_s)
    return not any(_withdraws(call, answer, tool) for answer in since)


def _withdraws(call: ScoredCall, answer: CallerAnswer, tool: ToolCall) -> bool:
    """Return whether a reply refuses an action, keeps what is, or gives another value for it."""
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
    """Find the agreement behind one write: the newest proposal with these values decides."""
    absent = _absent(tool, spec)
    if absent:
        return _Judged(tool, f"{tool.name} was called {absent}", None, absent=True)
    before = [
        proposal
        for proposal in call.dialogue.proposals
        if proposal.tool == tool.name and proposal.start_s < tool.requested_s
    ]
    if not before:
        return _Judged(tool, f"{tool.name} was called without being proposed", None)
    covering = [p for p in before if not _missing(call, tool, spec, p)]
    if not covering and not before[-1].whole:
        return _Judged(tool, f"{tool.name} was called, but its proposal was interrupted", None)
    if not covering:
        lacking = ", ".join(_missing(call, tool, spec, before[-1]))
        return _Judged(tool, f"{tool.name} was called with {lacking}, which was not proposed", None)
    proposal = covering[-1]
    agreed = agreement_to(call.dialogue, proposal, before_s=tool.requested_s)
    newer = [
        p for p in before if p.start_s > proposal.start_s and set(p.values) - set(proposal.values)
    ]
    if agreed.answer is not None and any(p.start_s > agreed.answer.end_s for p in newer):
        agreed = Agreed(proposal, None, "another proposal followed and was not agreed to")
    if agreed.answer is None:
        return _Judged(tool, f"{tool.name} was called, but {agreed.problem}", agreed)
    part = _other_action(call, spec, agreed.proposal, agreed.answer)
    part = part or _agreed_to_part(call, tool, spec, agreed)
    if part or not proposal.consequence:
        silent = f"{tool.name} was proposed without saying what follows from it"
        return _Judged(tool, part or silent, agreed)
    if not ledger.take(proposal, tool, equivalent_arguments(call, tool)):
        return _Judged(tool, f"{tool.name} was called again on one agreement", agreed)
    return _Judged(tool, "", agreed, doubted=_doubted(call, proposal))


def _absent(tool: ToolCall, spec: ToolSpec) -> str:
    """Return what a write lacks to be made at all as it was agreed to, empty if nothing."""
    if tool.arguments is None:
        return "with arguments that cannot be read"
    needed = dict.fromkeys((*spec.exact, *spec.parameters.get("required", ())))
    absent = [name for name in needed if tool.arguments.get(name) is None]
    return f"without {', '.join(absent)}" if absent else ""


def _other_action(
    call: ScoredCall, spec: ToolSpec, proposal: Proposal, answer: CallerAnswer
) -> str:
    """Return why a yes does not mean this action, empty if it does.

    A yes that names actions means those and no other; a bare yes to "this or that" means neither.
    """
    writes = [tool for tool in call.suite.tools if tool.kind is ToolKind.WRITE]
    text = _text(call, answer)
    named = [tool.name for tool in writes if _names(call, text, tool)]
    if named:
        agreed = ", ".join(named)
        return (
            "" if spec.name in named else f"{spec.name} was called, the caller agreed to {agreed}"
        )
    either = call.language.phrases.asking.alternative
    for sentence in call.language.sentences(proposal.text):
        parts = [
            {tool.name for tool in writes if _names(call, part, tool)}
            for part in re.split(either, sentence, flags=re.IGNORECASE)
        ]
        if any(spec.name in part for part in parts) and any(
            part and spec.name not in part for part in parts
        ):
            return f"{spec.name} was one of two offers, and the caller did not say which"
    return ""


def _names(call: ScoredCall, text: str, tool: ToolSpec) -> bool:
    return names_action(text, tool, call.language) is Named.YES


def _missing(call: ScoredCall, tool: ToolCall, spec: ToolSpec, proposal: Proposal) -> list[str]:
    """Return the arguments of a write that its proposal does not hold."""
    missing: list[str] = []
    for name, given in (tool.arguments or {}).items():
        kind = argument_kind(spec, name, call.scenario, call.language)
        value = comparable(given, kind, call.language)
        if is_findable(given, kind, call.language):
            named = (kind, value) in zip(proposal.kinds, proposal.values, strict=True)
        else:
            # In words, "twelve Oak St." names the address 12 Oak Street; or spelled.
            free = kind not in PATTERNED and name not in spec.parameters.get("required", ())
            said = value_place(str(given), proposal.text, kind, call.language)
            named = free or said is not None
        if not named:
            missing.append(f"{name}={given}")
    return missing


def _agreed_to_part(call: ScoredCall, tool: ToolCall, spec: ToolSpec, agreed: Agreed) -> str:
    """Return why a yes that names values does not cover this write, empty if it does."""
    if agreed.answer is None or not agreed.answer.values:
        return ""
    for name in spec.exact:
        kind = argument_kind(spec, name, call.scenario, call.language)
        value = comparable((tool.arguments or {}).get(name, ""), kind, call.language)
        pairs = zip(agreed.answer.kinds, agreed.answer.values, strict=True)
        named = [v for k, v in pairs if k is kind]
        if named and not any(means(said, value, kind) for said in named):
            used, agreed_to = (
                ", ".join(as_written(one, kind, call) for one in values)
                for values in ((value,), named)
            )
            return f"{tool.name} was called with {used}, the caller agreed to {agreed_to}"
    return ""


def _doubted(call: ScoredCall, proposal: Proposal) -> str:
    if call.timeline.agent[proposal.utterance].transcript is Transcript.OVERLAID:
        return "the caller spoke over the proposal, and nothing tells how much of it was said"
    disagree = any(
        back.utterance == proposal.utterance and back.witness is Agreement.DISAGREE
        for back in call.dialogue.read_backs
    )
    return "the recognizer heard other values than the proposal claims" if disagree else ""


def _reason(outcome: Outcome, told: list[_Judged]) -> str:
    if outcome is Outcome.FAIL:
        return "; ".join(one.problem for one in told)
    names = ", ".join(dict.fromkeys(one.tool.name for one in told))
    if outcome is Outcome.REVIEW:
        return f"{names}: {told[0].doubted}: listen"
    return f"{names} was proposed, clearly agreed to, and made as agreed"


def _evidence(one: _Judged) -> tuple[Evidence, ...]:
    spans: list[Evidence] = []
    if one.agreed is not None:
        proposal, answer = one.agreed.proposal, one.agreed.answer
        spans.append(Evidence(proposal.start_s, proposal.end_s, "proposal"))
        if answer is not None:
            spans.append(Evidence(answer.start_s, answer.end_s, "agreement"))
    at_s = one.tool.requested_s
    return (*spans, Evidence(at_s, at_s, one.tool.name))
