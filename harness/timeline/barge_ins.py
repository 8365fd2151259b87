"""Barge-ins: the caller begins to speak while the agent is audible, and what the agent does then.

A barge-in begins at the caller's first voiced sample, strictly inside an utterance: pauses inside
one count as the agent's floor, and so does the pause behind its last sound where the agent was cut
short and had more to say.

With push to talk it begins where the button is pressed, which stops playback by itself: what was
told to be cut there was interrupted.

The agent had more to say when its response was cancelled after that, when generated audio of the
response was left unplayed, or when it went on for more than ``FINISHING_S``. Then ``yielded_s`` is
the last sample heard of any response older than the barge-in, up to the caller's next turn: the
caller holds the floor until a newer response begins. An agent that merely finished its last words
did not yield, and ``yielded_s`` is None. Where nothing tells whether it finished or was cut (a
vendor without responses), words that end inside a sentence say that it was cut; else it stays open
(``finished``). Where the line went when it fell silent, nobody can tell either: there is no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.protocol.commands import ClearAudio
from harness.recording.agent_sound import Truncation
from harness.recording.caller import UtteranceKind
from harness.recording.model import Recording
from harness.timeline.claims import Claims
from harness.timeline.intervals import Spans, covered_s, overlap
from harness.timeline.model import AgentUtterance, BargeInFact, CallerTurn, Span, Transcript
from harness.timeline.utterances import WHOLE_S, played_samples

FINISHING_S = 2.0
"""Words that end this soon after the onset were about to end anyway (tau-voice's yield limit)."""

AT_ONCE_S = 0.1
"""An agent that falls silent so shortly before the line goes did not do so by itself: its sound
ends in a frame, and may end in a breath."""

_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
_CLOSERS = "\"'”’»)]」"
"""What may stand behind the mark that ends a sentence."""


@dataclass(frozen=True, slots=True)
class _Context:
    """Where one barge-in stands: indices of caller turn and utterance, and the caller's floor."""

    at: tuple[int, int]
    floor: Span
    recording: Recording
    claims: Claims


def barge_ins(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    *,
    recording: Recording,
    claims: Claims,
) -> tuple[BargeInFact, ...]:
    """Return one fact per speech turn that begins while an utterance is heard, in order."""
    pressed = pressed_s(recording)
    return tuple(
        fact
        for index, floor in _floors(caller, pressed)
        for fact in spoken_over(
            index, floor, agent, recording=recording, claims=claims, pressed=index in pressed
        )
    )


def spoken_over(
    index: int,
    floor: Span,
    agent: tuple[AgentUtterance, ...],
    *,
    recording: Recording,
    claims: Claims,
    pressed: bool = False,
) -> Iterator[BargeInFact]:
    """Yield what became of each utterance over which a sound of the caller's line began.

    ``index`` is that of the caller's turn, and ``floor`` reaches from its onset to the caller's
    next words. With ``pressed`` a button was pressed for it, which stops playback by itself.
    """
    played_until_s = _played_until_s(recording)
    for number, utterance in enumerate(agent):
        played_s = played_until_s.get((utterance.response_id, utterance.item_id), 0.0)
        if pressed and _truncation(recording.truncations, utterance, floor):
            played_s = floor.end_s
        if utterance.span.start_s < floor.start_s < max(utterance.span.end_s, played_s):
            older = _older(agent, utterance, onset_s=floor.start_s, claims=claims)
            heard = overlap((sound for old in older for sound in old.sounds), (floor,))
            context = _Context((index, number), floor, recording, claims)
            fact = _fact(utterance, heard, context, broke_off=_broke_off(agent, number))
            sounded = fact.had_more or floor.start_s < utterance.span.end_s
            if sounded and not _went_with_the_line(fact, recording):
                yield fact


def _went_with_the_line(fact: BargeInFact, recording: Recording) -> bool:
    """Return whether the agent fell silent because the line went: nothing tells if it yielded."""
    silent_s = fact.onset_s if fact.yielded_s is None else fact.yielded_s
    return any(gone.touches(fact.onset_s, silent_s + AT_ONCE_S) for gone in recording.absences)


def _played_until_s(recording: Recording) -> Mapping[tuple[str, str], float]:
    """Return when the last sample of each utterance was played, silence included.

    By the ids of response and item.
    """
    stops: dict[tuple[str, str], int] = {}
    for run in recording.played:
        key = run.response_id, run.item_id
        stops[key] = max(stops.get(key, 0), run.start + run.samples)
    return {key: stop / recording.agent.rate_hz for key, stop in stops.items()}


def pressed_s(recording: Recording) -> Mapping[int, float]:
    """Return when the button was pressed, by the index of the turn that was said with it down.

    Pressing it is told to the service, which drops what it heard before.
    """
    told_s = [each.at_s for each in recording.commands if isinstance(each.command, ClearAudio)]
    spans = {
        index: (said.start / recording.caller.rate_hz, said.samples)
        for index, said in enumerate(recording.utterances)
    }
    return {
        index: start_s
        for index, (start_s, samples) in spans.items()
        if any(start_s <= at_s <= start_s + samples / recording.caller.rate_hz for at_s in told_s)
    }


def _floors(
    caller: tuple[CallerTurn, ...], pressed_s: Mapping[int, float]
) -> Iterator[tuple[int, Span]]:
    """Yield each speech turn's index and the time from its onset, or press, to the next turn's."""
    begun = [
        (index, pressed_s.get(index, turn.span.start_s))
        for index, turn in enumerate(caller)
        if turn.has_words
    ]
    for at, (index, start_s) in enumerate(begun):
        last = at + 1 == len(begun)
        if caller[index].kind is UtteranceKind.SPEECH:  # what is typed does not sound over anybody
            yield index, Span(start_s, float("inf") if last else begun[at + 1][1])


def _older(
    agent: tuple[AgentUtterance, ...],
    interrupted: AgentUtterance,
    *,
    onset_s: float,
    claims: Claims,
) -> tuple[AgentUtterance, ...]:
    """Return the interrupted utterance and all others of responses older than the onset."""
    return tuple(
        utterance
        for utterance in agent
        if utterance.response_id == interrupted.response_id
        or claims.created_s.get(utterance.response_id, utterance.span.start_s) < onset_s
    )


def _broke_off(agent: tuple[AgentUtterance, ...], number: int) -> bool | None:
    """Return whether the words of an utterance break off inside a sentence; None: nobody can tell.

    They cannot tell where the agent's transcripts end no sentence with a mark, and where the rest
    of the sentence may stand in the next utterance: words that came in pieces were given to the
    answer next to which they came.
    """
    said = agent[number]
    if not said.claimed or not any(_ends_sentence(utterance.claimed) for utterance in agent):
        return None
    for following in agent[number + 1 : number + 2]:
        first = next(filter(str.isalnum, following.claimed), "")
        if following.transcript is not Transcript.TOLD and first and not first.isupper():
            return None
    return not _ends_sentence(said.claimed)


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)


def _fact(
    interrupted: AgentUtterance, heard: Spans, context: _Context, *, broke_off: bool | None
) -> BargeInFact:
    at, floor, recording = context.at, context.floor, context.recording
    last_s = max((span.end_s for span in heard), default=floor.start_s)
    unplayed_s = _unplayed_s(recording, interrupted.response_id)
    cancelled = (
        context.claims.cancelled_s.get(interrupted.response_id, float("-inf")) >= floor.start_s
    )
    had_more = cancelled or unplayed_s > WHOLE_S or last_s - floor.start_s > FINISHING_S
    finished = had_more or interrupted.response_id in context.claims.finished
    if not finished and broke_off is not None:
        had_more = finished = broke_off
    truncation = _truncation(recording.truncations, interrupted, floor)
    return BargeInFact(
        caller=at[0],
        utterance=at[1],
        onset_s=floor.start_s,
        yielded_s=last_s if had_more else None,
        had_more=had_more,
        audio_end_ms=truncation.audio_end_ms if truncation else None,
        unplayed_s=unplayed_s,
        heard_ms=_heard_ms(recording, interrupted, truncation) if truncation else None,
        stale_s=covered_s(overlap(heard, (Span(truncation.at_s, floor.end_s),)))
        if truncation
        else 0.0,
        finished=finished,
    )


def _unplayed_s(recording: Recording, response_id: str) -> float:
    """Return how much of a response's generated audio was never heard."""
    generated = sum(p.samples for p in recording.generated if p.response_id == response_id)
    played = sum(run.samples for run in recording.played if run.response_id == response_id)
    return max(0, generated - played) / recording.agent.rate_hz


def _truncation(
    truncations: tuple[Truncation, ...], interrupted: AgentUtterance, floor: Span
) -> Truncation | None:
    """Return what we told the agent about the interrupted item while the caller held the floor."""
    told = (
        truncation
        for truncation in truncations
        if truncation.item_id == interrupted.item_id
        and floor.start_s <= truncation.at_s < floor.end_s
    )
    return next(told, None)


def _heard_ms(recording: Recording, interrupted: AgentUtterance, truncation: Truncation) -> float:
    """Return how much of the truncated part was played, from the playback record itself."""
    told = interrupted.response_id, truncation.item_id, truncation.content_index
    samples = played_samples(
        run for run in recording.played if (run.response_id, run.item_id, run.content_index) == told
    )
    return samples * 1000 / recording.agent.rate_hz
