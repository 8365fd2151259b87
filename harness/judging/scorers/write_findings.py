"""Objections to a confirmed write, and the question about it for a model judge.

Each function returns the text of an objection, or "" if it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.judges.model import JudgedTurn, Who, WriteQuestion, question_hash
from harness.judges.verdicts import RuledWrite, SettledWrite, settle
from harness.judging.dialogue.actions import Named, names_action, names_consequence
from harness.judging.dialogue.argument_paths import EXACT, tool_named
from harness.judging.dialogue.asr_crosscheck import heard_as_another
from harness.judging.dialogue.mentions import value_stands
from harness.judging.dialogue.model import Agreement
from harness.judging.dialogue.proposals import asks_for
from harness.judging.dialogue.proposed_writes import ProposedWrite, Standing
from harness.judging.scorers.base import ScoredCall, shortened
from harness.language.consent import read_reply
from harness.language.phrasebook import matches, plain
from harness.scenario.model import ConsequenceRule, ToolKind, ToolSpec
from harness.timeline.model import Span, ToolCall, Transcript
from harness.units import clock

_MAYBE_AGREED = (Standing.AGREED, Standing.UNCLEAR, Standing.OPEN)

_UNKNOWN = (Standing.UNSAID, Standing.REPLACED, Standing.OPEN, Standing.UNCLEAR)


def wrong_value(tool: ToolCall, one: ProposedWrite) -> str:
    """Return the value that contradicts the agreement, or the ``exact`` value not proposed."""
    for found in one.contradicted:
        used = f"{found.leaf.path}={found.leaf.given}"
        return f"{tool.name} was called with {used}, the caller agreed to {found.instead!r}"
    for found in one.values:
        if found.leaf.exact and found.standing not in _MAYBE_AGREED:
            used = f"{tool.name} was called with {found.leaf.path}={found.leaf.given}"
            if found.standing is not Standing.CARRIED:
                return f"{used}, which was not proposed"
            at = f"the proposal at {clock(one.exchange.start_s)}"
            return f"{used}, which was said before, but not in {at}: what is exact must be in it"
    return ""


def open_question(tool: ToolCall, one: ProposedWrite) -> str:
    """Return the question that a person must answer to decide whether all was agreed to."""
    caller = "" if one.answer is None else f", caller at {clock(one.answer.start_s)}"
    at = f"agent at {clock(one.exchange.start_s)}{caller}"
    if not one.certain:
        return f"did the caller agree to {tool.name}? ({at})"
    if one.limited:
        return f"{tool.name}: was more agreed to than {one.limited!r}? ({at})"
    unsaid = [v for v in one.values if v.standing in _UNKNOWN]
    if not unsaid:
        return ""
    values = ", ".join(f"{v.leaf.path}={v.leaf.given}" for v in unsaid)
    return f"{tool.name}: did the caller agree to {values}? ({at})"


def without_consequence(
    call: ScoredCall, tool: ToolCall, spec: ToolSpec, one: ProposedWrite
) -> tuple[str, str]:
    """Return a violation and a question about a consequence that the suite requires."""
    heard = one.exchange.heard
    if spec.consequence_rule is not ConsequenceRule.REQUIRED:
        return "", ""
    told = (heard, one.before)
    if any(names_consequence(words, spec, call.language) for words in told):
        return "", ""
    beside = [
        sentence
        for sentence in call.language.sentences(heard)
        if "?" not in sentence and not _names(call, sentence, spec)
    ]
    # Other statements of the proposal may state the consequence in unknown words.
    if beside:
        words = shortened(" ".join(beside))
        return "", f"{tool.name}: does {words!r} say what follows from it?"
    return f"{tool.name} was proposed without saying what follows from it", ""


def other_action(call: ScoredCall, spec: ToolSpec, one: ProposedWrite) -> str:
    """Return why a yes does not refer to this action; empty if it does."""
    writes = [tool for tool in call.suite.tools if tool.kind is ToolKind.WRITE]
    proposed = one.exchange.claimed
    writes = [t for t in writes if t.name == spec.name or asks_for(proposed, t, call.language)]
    text = "" if one.answer is None else call.timeline.caller[one.answer.caller].text
    named = [tool.name for tool in writes if _names(call, text, tool)]
    chosen = any(
        v.leaf.tells_what and value_stands(v.leaf, text, call.language, call.today)
        for v in one.values
    )
    # A yes that names actions covers only those.
    if named and spec.name not in named and not chosen:
        agreed = ", ".join(named)
        meant = names_action(text, spec, call.language) is Named.NO
        return f"{spec.name} was called, the caller agreed to {agreed}" if meant else ""
    if named:
        return ""
    # A bare yes to "this or that" covers neither.
    either = call.language.phrases.asking.alternative
    for sentence in call.language.sentences(one.exchange.heard):
        split = re.split(either, sentence, flags=re.IGNORECASE)
        parts = [{tool.name for tool in writes if _names(call, one, tool)} for one in split]
        keeping = call.language.phrases.asking.keeping
        kept = any(matches(keeping, plain(one)) for one in split)
        if any(spec.name in part for part in parts) and (
            (kept and len(parts) > 1) or any(part and spec.name not in part for part in parts)
        ):
            return f"{spec.name} was one of two offers, and the caller did not say which"
    return ""


def _names(call: ScoredCall, text: str, tool: ToolSpec) -> bool:
    return names_action(text, tool, call.language) is Named.YES


def doubted(call: ScoredCall, one: ProposedWrite) -> str:
    """Return why the caller may not have heard the proposal, or not have said the reply."""
    if otherwise := _replied_otherwise(call, one):
        return otherwise
    numbers = {number for number, _ in one.exchange.utterances}
    if any(call.timeline.agent[n].transcript is Transcript.OVERLAID for n in numbers):
        return "the caller spoke over the proposal, and nothing tells how much of it was said"
    if any(call.timeline.agent[n].transcript is Transcript.UNRECORDED for n in numbers):
        return "the recording has no audio of the proposal: did the caller hear it?"
    told = [
        back
        for back in call.dialogue.read_backs
        if back.utterance in numbers and back.witness.doubts
    ]
    other = [back.said or back.value for back in told if back.witness is Agreement.DISAGREE]
    if other := [*other, *_heard_otherwise(call, one)]:
        return f"the recognizer heard other values than the proposal claims: {_question(other)}"
    if not told:
        return ""
    asked = _question([back.said or back.value for back in told])
    return f"the recognizer could not tell which values the proposal names: {asked}"


def _replied_otherwise(call: ScoredCall, one: ProposedWrite) -> str:
    """Return that the recognizer heard another reply than the transcription of the caller has."""
    turn = None if one.answer is None else call.timeline.caller[one.answer.caller]
    if turn is None or turn.recognized is None:
        return ""
    asked = one.exchange.heard
    heard = read_reply(turn.recognized, call.language, question=asked).consent
    told = read_reply(turn.text, call.language, question=asked).consent
    if heard is told and turn.recognized:
        return ""
    words = repr(turn.recognized) if turn.recognized else "no word"
    return f"did the caller say {turn.text!r}? The recognizer heard {words}"


def _question(said: Sequence[str]) -> str:
    return f"did the agent say {' and '.join(repr(one) for one in dict.fromkeys(said))}?"


def _heard_otherwise(call: ScoredCall, one: ProposedWrite) -> tuple[str, ...]:
    """Return the proposed values that the recognizer heard as other values of their kind."""
    reply = "" if one.answer is None else call.timeline.caller[one.answer.caller].text
    return tuple(
        str(found.leaf.given)
        for found in one.values
        if found.standing is Standing.AGREED
        and found.leaf.kind in EXACT
        and not found.leaf.exact
        # Values that the caller said with the yes are agreed to, however ASR heard the agent.
        and not value_stands(found.leaf, reply, call.language, call.today)
        for _, said in one.exchange.utterances
        if heard_as_another(str(found.leaf.given), found.leaf.kind, said, call.language, call.today)
    )


# The question about a write call for a model judge, and stored answers for its verdict.
#
# Pure: no model is called here. ``runs/model_judge.py`` calls it, and stores the answers next
# to the recording; they come in as ``ScoredCall.judged``.

_MOST_RESULT = 500
"""Characters of a tool's result: enough to see that it worked, and its offers."""


def with_stored_answers(call: ScoredCall, ruled: Sequence[RuledWrite]) -> tuple[SettledWrite, ...]:
    """Return the verdicts of the rules on writes, with the stored answers applied.

    ``ruled`` need no questions: the questions that stored answers may concern are computed here.
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
        # Later speech and calls are no evidence.
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
