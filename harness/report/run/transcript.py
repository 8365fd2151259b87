"""The transcript of a call page, with differing characters and typed sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from harness.language.language import Language
from harness.language.values import Found, ValueKind
from harness.protocol.commands import CreateItem
from harness.protocol.items import Item, ItemKind, Role
from harness.recording.model import (
    Absence,
    AbsenceCause,
    Recording,
    StepAnswer,
    StepTaken,
    UtteranceKind,
)
from harness.recording.provenance import Estimate, SourceKind
from harness.report import figures
from harness.report.run.event_log import pretty
from harness.results.model import CallResult, ScoreResult
from harness.text import counted
from harness.timeline.model import AgentUtterance, CallerTurn, TextAnswer, Timeline, ToolCall

_SPEAKERS = {Role.USER: "caller", Role.ASSISTANT: "agent", Role.SYSTEM: "system"}

NOT_SHOWN = "result not shown"
TAKEN_BACK = "taken back by the agent"
"""The outcome of a tool that the server ran and withdrew without a result."""


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A line of the transcript; ``who`` is caller, agent, tool or step.

    ``said`` is the script (caller) with ``unsaid``, the rest of a cut-off turn. ``recognized`` is
    the ASR result for the agent (None: none ran), ``claimed`` the part of the agent's own
    transcript that was played and ``unheard`` the rest of it. ``problems`` are the verdicts that
    depend on it: (outcome, scorer). ``guessed``: the caller's text is an ASR result, too; without
    ``own_words`` the agent's text comes from ASR alone. ``file`` is the author's, played in place
    of a voice. ``written`` is the result of a transcription session (None: not such a session),
    ``judged`` its errors. ``clock`` is the line's number if no times are reported. ``made`` is a
    sound of the caller without words.
    """

    who: str
    start_s: float
    end_s: float
    clock: str
    flags: tuple[str, ...]
    said: str = ""
    unsaid: str = ""
    spoken: str = ""
    recognized: str | None = None
    claimed: str = ""
    unheard: str = ""
    guessed: bool = False
    own_words: bool = True
    file: str = ""
    made: str = ""
    written: str | None = None
    judged: str = ""
    tool: str = ""
    outcome: str = ""
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCard:
    """A tool call with its whole exchange."""

    name: str
    at_s: float
    clock: str
    outcome: str
    arguments: str
    output: str


def lines(timeline: Timeline) -> tuple[TranscriptLine, ...]:
    """Return the transcript in order of time, numbered if no times are reported."""
    origin = timeline.origin
    heard = timeline.estimates(Estimate.WORDS)
    # An import of audio alone has no words of the agent's own: a recognizer wrote all of them.
    own = not (heard and origin is not None and origin.kind is SourceKind.AUDIO)
    parts = [
        *(replace(_caller(turn), guessed=heard) for turn in _present(timeline)),
        *(_lost(turn) for turn in timeline.lost),
        *(replace(_agent(one), own_words=own) for one in timeline.agent),
        *map(_text, timeline.texts),
        *map(_absence, timeline.absences),
        *(_step(step, timeline.step_answers) for step in timeline.steps),
        *(_tool(tool, _outcome(tool, timed=_tools_timed(timeline))) for tool in timeline.tools),
    ]
    # Parts of the same time keep the order in which they are listed above.
    parts.sort(key=lambda line: line.start_s)
    if timeline.estimates(Estimate.TIMES) and not timeline.estimates(Estimate.STAMPS):
        return tuple(replace(line, clock=str(n)) for n, line in enumerate(parts, 1))
    return tuple(parts)


def _present(timeline: Timeline) -> Iterator[CallerTurn]:
    """Yield the caller's turns except those that are a lost line, which has its own entry."""
    lost = {gone.turn for gone in timeline.absences if gone.turn is not None}
    for turn in timeline.caller:
        if turn.turn not in lost or turn.kind is not UtteranceKind.SILENCE:
            yield turn


def _tools_timed(timeline: Timeline) -> bool:
    return not any(map(timeline.estimates, (Estimate.TIMES, Estimate.TOOL_TIMES)))


def earlier(recording: Recording) -> tuple[tuple[str, str], ...]:
    """Return the messages that the agent had before the call began: role and text."""
    # The history is sent before the call's clock begins.
    told = (sent.command for sent in recording.commands if sent.at_s <= 0)
    return tuple(_told(each.item) for each in told if isinstance(each, CreateItem))


def _told(item: Item) -> tuple[str, str]:
    if item.kind is ItemKind.FUNCTION_CALL:
        return "tool", f"{item.name}({item.arguments})"
    if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
        return "tool", f"gave back {item.output}"
    role = item.role or Role.SYSTEM
    return _SPEAKERS[role], " ".join(part.text for part in item.content if part.text)


def tool_cards(timeline: Timeline) -> tuple[ToolCard, ...]:
    """Return the tool calls in order of time; each has the clock of its line."""
    clocks = [line.clock for line in lines(timeline) if line.who == "tool"]
    return tuple(
        ToolCard(
            name=tool.name,
            at_s=tool.requested_s,
            clock=clock,
            outcome=_outcome(tool, timed=_tools_timed(timeline)),
            arguments=tool.raw_arguments if tool.arguments is None else pretty(tool.arguments),
            output=tool.output or "",
        )
        for tool, clock in zip(
            sorted(timeline.tools, key=lambda tool: tool.requested_s), clocks, strict=True
        )
    )


def _caller(turn: CallerTurn) -> TranscriptLine:
    flags = (
        ("barge-in", turn.barge_in),
        ("cut off", turn.cut_off),
        ("reaction", turn.answer is not None),
        (
            "aside" if turn.is_side_speech else turn.kind.value,
            turn.kind is not UtteranceKind.SPEECH,
        ),
    )
    whole = turn.intended
    # If the cut text was changed on the way, what is left of it is not known.
    unsaid = whole[len(turn.text) :] if turn.cut_off and whole.startswith(turn.text) else ""
    return TranscriptLine(
        who="caller",
        start_s=turn.span.start_s,
        end_s=turn.span.end_s,
        clock=figures.clock(turn.span.start_s),
        flags=tuple(name for name, is_so in flags if is_so),
        said=turn.text,
        unsaid=unsaid,
        spoken=turn.spoken if turn.spoken != turn.text and not turn.file else "",
        file=turn.file,
    )


def _lost(turn: CallerTurn) -> TranscriptLine:
    """Return a turn during which the line was lost, with its whole text."""
    line = _caller(turn)
    return replace(line, flags=(*line.flags, "broken off: the line was lost"))


def _agent(utterance: AgentUtterance) -> TranscriptLine:
    # The heard part may have been put together from words: then no rest can be named.
    known = utterance.claimed.startswith(utterance.claimed_heard)
    unheard = utterance.claimed[len(utterance.claimed_heard) :] if known else ""
    flags = ("interrupted",) if utterance.interrupted else ()
    flags = ("text",) if utterance.as_text else flags
    return TranscriptLine(
        who="agent",
        start_s=utterance.span.start_s,
        end_s=utterance.span.end_s,
        clock=figures.clock(utterance.span.start_s),
        flags=flags if utterance.phase is None else (*flags, figures.label(utterance.phase)),
        recognized=utterance.recognized,
        claimed=utterance.claimed_heard,
        unheard=unheard,
    )


def _text(answer: TextAnswer) -> TranscriptLine:
    """Return a text-only answer; all of it is shown as unheard."""
    return TranscriptLine(
        who="agent",
        start_s=answer.at_s,
        end_s=answer.at_s,
        clock=figures.clock(answer.at_s),
        flags=("text only, not heard",),
        recognized="",
        unheard=answer.text,
    )


def absence_text(gone: Absence) -> str:
    """Return a time without a line to the agent in words."""
    for_s = f" for {figures.seconds(gone.back_s - gone.left_s)}" if gone.back_s is not None else ""
    by = "the service ended the session: " if gone.cause is AbsenceCause.EXPIRED else ""
    return f"{by}no line to the agent{for_s} ({gone.cause.value})"


def _absence(gone: Absence) -> TranscriptLine:
    return TranscriptLine(
        who="step",
        start_s=gone.left_s,
        end_s=gone.left_s if gone.back_s is None else gone.back_s,
        clock=figures.clock(gone.left_s),
        flags=(),
        tool=absence_text(gone),
    )


def _step(step: StepTaken, answers: tuple[StepAnswer, ...]) -> TranscriptLine:
    answered = (answer.text for answer in answers if answer.turn == step.turn)
    return TranscriptLine(
        who="step",
        start_s=step.at_s,
        end_s=step.at_s,
        clock=figures.clock(step.at_s),
        flags=(),
        tool=" ".join((step.step.value, step.text, *(f"-> {text}" for text in answered))),
    )


def _tool(tool: ToolCall, outcome: str) -> TranscriptLine:
    return TranscriptLine(
        who="tool",
        start_s=tool.requested_s,
        end_s=tool.requested_s if tool.answered_s is None else tool.answered_s,
        clock=figures.clock(tool.requested_s),
        flags=(),
        tool=f"{tool.name}({_arguments(tool)})",
        outcome=outcome,
    )


def _arguments(tool: ToolCall) -> str:
    if tool.arguments is None:
        return tool.raw_arguments
    return ", ".join(f"{name}: {value}" for name, value in tool.arguments.items())


def _outcome(tool: ToolCall, *, timed: bool) -> str:
    """Return how the call ended and, if known, after how long."""
    if tool.taken_back_s is not None:
        return TAKEN_BACK
    if tool.answered_s is None:
        return f"run by the server, {NOT_SHOWN}" if tool.by_server else "never answered"
    took = figures.seconds(tool.answered_s - tool.requested_s)
    by = ", run by the server" if tool.by_server else ""
    return f"{figures.label(tool.outcome.value)}{f' after {took}' if timed else ''}{by}"


# A transcription session: the result of each turn, next to the turn's script.

_SCORER = "transcription"


@dataclass(frozen=True, slots=True)
class WrittenTurn:
    """A turn of the caller as the scorer judged it; times in the recording's seconds."""

    start_s: float
    end_s: float
    text: str
    judged: str
    """How many words are wrong, and how late it came, for a person."""
    delay_s: float | None
    """None if no transcript came, or none was due."""


def written_turns(timeline: Timeline, scores: Iterable[ScoreResult]) -> tuple[WrittenTurn, ...]:
    """Return the turns as the scorer of transcripts has judged them; none if it did not run."""
    details = next((one.details for one in scores if one.scorer == _SCORER), {})
    told = details.get("turns", ())
    # Stored scores of an older timeline do not fit this one: rather nothing than shifted rows.
    if not timeline.transcribes or len(told) != len(timeline.caller):
        return ()
    return tuple(
        WrittenTurn(
            turn.span.start_s,
            turn.span.end_s,
            str(one["written"]),
            ", ".join(_judged(one)),
            one["delay_s"],
        )
        for turn, one in zip(timeline.caller, told, strict=True)
    )


def _judged(one: Mapping[str, Any]) -> Iterator[str]:
    wrong, words, delay_s = one["wrong"], one["words"], one["delay_s"]
    if words:
        share = figures.percent(wrong / words) if wrong else "0 %"
        yield f"{wrong} of {counted(words, 'word')} wrong ({share})"
    elif wrong:
        yield f"{counted(wrong, 'word')} that nobody said"
    if delay_s is not None:
        yield f"written down {figures.seconds(delay_s)} after the words"


def with_written(
    lines: Iterable[TranscriptLine], found: Sequence[WrittenTurn]
) -> tuple[TranscriptLine, ...]:
    """Return the transcript with the session's result for each caller turn."""
    turns = {turn.start_s: turn for turn in found}
    return tuple(
        replace(line, written=turns[line.start_s].text, judged=turns[line.start_s].judged)
        if line.who == "caller" and line.start_s in turns
        else line
        for line in lines
    )


# Two values next to each other, with the characters that differ: ORD-4715B, ORD-47[8]5B.
#
# Only letters and digits are compared, case ignored; dashes and spaces only separate them.

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it differs."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The value as a speaker, a recognizer or a tool call has it."""

    who: str
    pieces: Pieces
    differs: bool


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """An exact value of the caller, and how others understood it."""

    argument: str
    expected: Pieces
    """The caller's value; marked characters are missing from the first other value."""
    witnesses: tuple[Witness, ...]


def differing(given: str, expected: str) -> Pieces:
    """Return ``given`` in pieces; characters missing from it differ in ``expected`` only."""
    signs = [sign.casefold() for sign in given if sign.isalnum()]
    other = iter(_other(signs, [sign.casefold() for sign in expected if sign.isalnum()]))
    each = [(sign, sign.isalnum() and next(other)) for sign in given]
    return tuple(
        ("".join(sign for sign, _ in run), differs)
        for differs, run in groupby(each, key=lambda pair: pair[1])
    )


def _solid(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _other(given: Sequence[str], wanted: Sequence[str]) -> list[bool]:
    # At the same length each character is compared with its own: a diff would call "1221" for
    # "2112" a shift.
    if len(given) == len(wanted):
        return [a != b for a, b in zip(given, wanted, strict=True)]
    same = [False] * len(given)
    for block in SequenceMatcher(None, given, wanted, autojunk=False).get_matching_blocks():
        same[block.a : block.a + block.size] = [True] * block.size
    return [not one for one in same]


def compared_values(
    call: CallResult,
    scenario: Mapping[str, Any],
    lines: Sequence[TranscriptLine],
    language: Language | None,
) -> tuple[ComparedValue, ...]:
    """Return the caller's exact values of which another value was said, heard or used.

    These are the values that the entity confirmation scorer compared, with the scenario's own
    values. Without the call's language, values that a recognizer heard are left out.
    """
    return tuple(dict.fromkeys(_compared(call, scenario, lines, language)))


def _compared(
    call: CallResult,
    scenario: Mapping[str, Any],
    lines: Sequence[TranscriptLine],
    language: Language | None,
) -> Iterator[ComparedValue]:
    for score in call.scores:
        values = score.details.get("values")
        if score.scorer != "entity_confirmation" or not isinstance(values, list):
            continue
        backs = [span for span in score.evidence if span.label == "read-back"]
        heard = " ".join(
            line.recognized or ""
            for line in lines
            if any(line.start_s < back.end_s and back.start_s < line.end_s for back in backs)
        )
        heard_ids = () if language is None else language.find(heard, ValueKind.ID)
        for value in values:
            if isinstance(value, Mapping) and (found := _against(value, scenario, heard_ids)):
                yield found


def _against(
    value: Mapping[str, Any], scenario: Mapping[str, Any], heard: tuple[Found, ...]
) -> ComparedValue | None:
    used, back = str(value.get("value") or ""), str(value.get("read_back") or "")
    tool, argument = str(value.get("tool") or ""), str(value.get("argument") or "")
    wanted = wanted_values(scenario, tool, argument)
    if not wanted or not used:
        return None
    expected = max(wanted, key=lambda one: SequenceMatcher(None, one, used).ratio())
    others = value.get("instead")
    backs = [back, *(str(one) for one in (others if isinstance(others, list) else ()))]
    told = [
        *(("agent read back", one) for one in dict.fromkeys(backs)),
        (f"{tool} was called with", used),
    ]
    if value.get("witness") == "disagree":
        told.insert(1, ("recognizer heard", _heard_value(heard, back or used)))
    witnesses = tuple(_witness(who, text, expected) for who, text in told if text)
    first = next((text for _, text in told if text and _solid(text) != _solid(expected)), None)
    if first is None:
        return None
    return ComparedValue(argument, differing(expected, first), witnesses)


def _witness(who: str, text: str, expected: str) -> Witness:
    shown = _like(text, expected)
    return Witness(who, differing(shown, expected), _solid(text) != _solid(expected))


def _heard_value(heard: tuple[Found, ...], claimed: str) -> str:
    """Return the value that a recognizer heard in place of ``claimed``, empty if none is clear."""
    found = [one.value for one in heard if one.value != claimed]
    alike = [one for one in found if len(one) == len(claimed)]
    return max(alike, key=lambda one: SequenceMatcher(None, one, claimed).ratio(), default="")


def wanted_values(scenario: Mapping[str, Any], tool: str, argument: str) -> tuple[str, ...]:
    """Return the allowed values of an argument: of the tool's expected calls, else of its fact."""
    facts = _mapping(scenario.get("facts"))
    expected = _mapping(scenario.get("expect")).get("tools") or ()
    wanted = [
        str(given)
        for one in expected
        if isinstance(one, Mapping) and one.get("name") == tool
        for name, given in _mapping(one.get("arguments")).items()
        if name == argument and isinstance(given, str)
    ]
    if not wanted and argument in facts:
        wanted = [f"{{{argument}}}"]
    return tuple(_filled(text, facts) for text in wanted)


def _filled(text: str, facts: Mapping[str, Any]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(_mapping(fact).get("value", "")))
    return text


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _like(value: str, expected: str) -> str:
    """Return a value with the dashes and spaces of another, if they fit."""
    solid = [sign for sign in expected if sign.isalnum()]
    if len(solid) != len(value) or not value.isalnum():
        return value
    left = iter(value)
    return "".join(next(left) if sign.isalnum() else sign for sign in expected)
