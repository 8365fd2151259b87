"""What a recognizer heard, given to the utterances in which it was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.recording.recognition import Recognition, RecognizedWords, WeighedValue
from harness.timeline.lookup import SpanLookup
from harness.timeline.model import AgentUtterance, CallerTurn, Span


def with_recognized(
    utterances: tuple[AgentUtterance, ...], heard: Recognition | None
) -> tuple[AgentUtterance, ...]:
    """Give every utterance the recognized lines that lie in it; a line may belong to several.

    A line belongs to each utterance with which it shares at least half of the shorter of the two,
    else to the one with which it shares most. Text is given whole: recognizers place words badly
    inside a line, and a cut value would look like a misread one.
    """
    if heard is None:
        return utterances
    places = SpanLookup((said.span.start_s, said.span.end_s) for said in utterances)
    paces = sorted({line.pace for line in heard.lines} - {1.0}, reverse=True)
    first = _texts(utterances, places, heard, 1.0)
    again = [_texts(utterances, places, heard, pace) for pace in paces]
    weighed = SpanLookup((value.start_s, value.end_s) for value in heard.weighed)
    return tuple(
        utterance
        if utterance.as_text or utterance.without_audio
        else replace(
            utterance,
            recognized=first[index],
            recognized_again=tuple(texts[index] for texts in again if texts[index]),
            weighed=_weighed_in(utterance.span, heard.weighed, weighed),
        )
        for index, utterance in enumerate(utterances)
    )


def with_recognized_replies(
    caller: tuple[CallerTurn, ...], heard: Recognition | None
) -> tuple[CallerTurn, ...]:
    """Give each turn of the caller what was recognized of it, if anybody listened to it."""
    if heard is None or not heard.caller:
        return caller
    return tuple(replace(turn, recognized=_reply_in(turn.span, heard)) for turn in caller)


def _reply_in(span: Span, heard: Recognition) -> str | None:
    """Return what was recognized in the stretch of a turn, None if nobody listened to it."""
    lines = [line for line in heard.caller if _shared_s(line, span) > span.duration_s / 2]
    return " ".join(line.text.strip() for line in lines).strip() if lines else None


def _weighed_in(
    span: Span, weighed: tuple[WeighedValue, ...], places: SpanLookup
) -> tuple[WeighedValue, ...]:
    """Return the values that were weighed in a stretch which is that of an utterance."""
    near = (weighed[number] for number in places.touching(span.start_s, span.end_s))
    return tuple(value for value in near if _shared_s(value, span) > span.duration_s / 2)


def _shared_s(heard: WeighedValue | RecognizedWords, span: Span) -> float:
    return min(heard.end_s, span.end_s) - max(heard.start_s, span.start_s)


def _texts(
    utterances: tuple[AgentUtterance, ...], places: SpanLookup, heard: Recognition, pace: float
) -> list[str]:
    """Return what was heard in each utterance at one pace."""
    texts: list[list[str]] = [[] for _ in utterances]
    for line in heard.lines:
        if line.pace == pace:
            for index in _owners(line, utterances, places):
                texts[index].append(line.text.strip())
    return [" ".join(filter(None, parts)) for parts in texts]


def _owners(
    line: RecognizedWords, utterances: tuple[AgentUtterance, ...], places: SpanLookup
) -> Iterable[int]:
    shared_s = {
        index: _shared_s(line, utterances[index].span)
        for index in places.touching(line.start_s, line.end_s)
    }
    length_s = line.end_s - line.start_s
    owners = [
        index
        for index, both_s in shared_s.items()
        if both_s >= min(length_s, utterances[index].span.duration_s) / 2
    ]
    most_s = max(shared_s.values(), default=0.0)
    if owners or most_s <= 0:
        return owners
    return [next(index for index, both_s in shared_s.items() if both_s == most_s)]
