"""Whether the caller kept to the scenario: nobody scripted an imported or simulated caller.

What follows from a caller who did not is no failure of the agent: a person decides.
"""

from __future__ import annotations

from harness.language.questions import QuestionKind, read_question
from harness.language.values import ValueKind, same_value
from harness.scorers.base import ScoredCall
from harness.units import clock

_OF_ONE_THING = (ValueKind.ID, ValueKind.EMAIL, ValueKind.PHONE)
"""Kinds of which a caller who gives another value than the scenario's means another thing."""


def left_script(call: ScoredCall, *, missing: bool) -> str:
    """Return how a caller without a script left the scenario; empty if not, and for a scripted one.

    The caller gave another value than the scenario's fact, or spoke as if it were the agent. If
    something is ``missing``, the caller may have hung up too early for it.
    """
    if call.timeline.origin is None:
        return ""
    left = _another_value(call) or _as_agent(call)
    return left or (_hung_up_first(call) if missing else "")


def _another_value(call: ScoredCall) -> str:
    given = [
        pair
        for answer in call.dialogue.answers
        for pair in zip(answer.kinds, answer.values, strict=True)
    ]
    for name, fact in call.scenario.facts.items():
        if fact.kind not in _OF_ONE_THING:
            continue
        wanted = call.language.normalize(fact.value, fact.kind)
        said = [value for kind, value in given if kind is fact.kind]
        others = [one for one in said if not same_value(one, wanted, fact.kind)]
        if others and len(others) == len(said):
            return f"the caller gave {others[0]} as {name}, the scenario has {fact.value}"
    return ""


def _as_agent(call: ScoredCall) -> str:
    for turn in call.timeline.caller:
        asked = read_question(turn.text, call.language) if turn.has_words and turn.text else None
        if asked is not None and asked.kind is QuestionKind.WISHES:
            at = clock(turn.span.start_s)
            return f"the caller spoke as if it were the agent at {at}: {turn.text!r}"
    return ""


def _hung_up_first(call: ScoredCall) -> str:
    turns = [turn for turn in call.timeline.caller if turn.has_words]
    if not turns:
        return ""
    last_s = turns[-1].span.end_s
    acted = any(said.span.end_s > last_s for said in call.timeline.agent)
    if acted or any(tool.requested_s >= last_s for tool in call.timeline.called):
        return ""
    return f"the call ended with the caller's words at {clock(turns[-1].span.start_s)}"
