"""A write call as the question that a model judge is asked, and stored answers for its verdict.

Pure: no model is asked here. ``workflows/model_judging.py`` asks, and stores the answers next to
the recording; they come in as ``ScoredCall.judged``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.dialogue.arguments import tool_named
from harness.judges.model import JudgedTurn, Who, WriteQuestion
from harness.judges.prompt import question_hash
from harness.judges.settling import RuledWrite, SettledWrite, settle
from harness.scenario.model import ToolSpec
from harness.scorers.base import ScoredCall
from harness.timeline.model import Span, ToolCall

_MOST_RESULT = 500
"""Characters of a tool's result: enough to see that it worked, and its offers."""


def with_stored_answers(call: ScoredCall, ruled: Sequence[RuledWrite]) -> tuple[SettledWrite, ...]:
    """Return the verdicts on writes, as the rules gave them, with the stored answers applied.

    ``ruled`` need no questions: those that stored answers may concern are worked out here.
    """
    if call.judged is None or call.judged.authority is None:
        return tuple(SettledWrite(one.outcome, one.reason) for one in ruled)
    asked = (
        replace(one, question=question_hash(write_question(call, one.call)))
        if one.outcome in ("review", "pass") and not one.repeats
        else one
        for one in ruled
    )
    return settle(tuple(asked), call.judged)


def write_question(call: ScoredCall, number: int) -> WriteQuestion:
    """Return the question about one tool call, by its index into ``Timeline.tools``."""
    tool = call.timeline.tools[number]
    spec = tool_named(call.suite, tool.name)
    said = sorted(_said(call, tool), key=lambda one: (one[0].start_s, one[0].end_s))
    turns = tuple(
        JudgedTurn(place, who, text, span.start_s, span.end_s)
        for place, (span, who, text) in enumerate(said, start=1)
    )
    return WriteQuestion(
        call=number,
        tool=tool.name,
        description="" if spec is None else spec.description,
        parameters={} if spec is None else spec.parameters,
        arguments=dict(tool.arguments or {}),
        checked=dict(_checked(tool.arguments or {}, spec)),
        turns=turns,
        language=call.language.name,
        span_s=_span(turns, tool),
    )


def _said(call: ScoredCall, tool: ToolCall) -> Iterator[tuple[Span, Who, str]]:
    """Yield speech and tool calls before a call; later ones are no evidence."""
    before_s = tool.requested_s
    for utterance in call.timeline.agent:
        text = utterance.claimed_heard or utterance.recognized or ""
        if utterance.span.start_s < before_s and text.strip():
            yield utterance.span, "agent", text.strip()
    for turn in call.timeline.caller:
        if turn.has_words and turn.span.start_s < before_s and turn.text.strip():
            yield turn.span, "caller", turn.text.strip()
    for other in call.timeline.tools:
        if other is not tool and other.requested_s < before_s:
            at = Span(other.requested_s, other.requested_s)
            yield at, "tool", _called(other)


def _called(tool: ToolCall) -> str:
    result = tool.output or ""
    shown = result if len(result) <= _MOST_RESULT else f"{result[:_MOST_RESULT]}…"
    return f"{tool.name} {tool.raw_arguments} -> {tool.outcome.value} {shown}".strip()


def _checked(arguments: Mapping[str, Any], spec: ToolSpec | None) -> Iterator[tuple[str, Any]]:
    """Yield the values that must have been agreed to, by their paths.

    Left out: arguments marked ``unspoken``, defaults of the schema, and empty values.
    """
    unspoken = () if spec is None else spec.unspoken
    schemas = {} if spec is None else spec.parameters.get("properties", {})
    for name, given in arguments.items():
        schema = schemas.get(name) if isinstance(schemas, dict) else None
        default = schema.get("default") if isinstance(schema, dict) else None
        if name not in unspoken and given != default:
            yield from _leaves(name, given)


def _leaves(path: str, given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, dict):
        for key, inner in given.items():
            yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(given, list):
        for number, inner in enumerate(given):
            yield from _leaves(f"{path}[{number}]", inner)
    elif given is not None and given != "":
        yield path, given


def _span(turns: Sequence[JudgedTurn], tool: ToolCall) -> tuple[float, float]:
    """Return the last exchange: from the agent's turn before the caller's last one to the call."""
    callers = [turn for turn in turns if turn.who == "caller"]
    end_s = max(callers[-1].end_s if callers else 0.0, tool.requested_s)
    last = callers[-1].number if callers else len(turns) + 1
    asked = [turn for turn in turns if turn.who == "agent" and turn.number < last]
    start_s = asked[-1].start_s if asked else (callers[-1].start_s if callers else 0.0)
    return max(0.0, start_s), max(0.0, start_s, end_s)
