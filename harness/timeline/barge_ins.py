"""Barge-ins and distractions: other speech while the agent speaks, and its reaction.

A barge-in begins at the caller's first voiced sample, strictly inside an utterance: pauses inside
an utterance count as the agent's floor, and so does the pause after its last sound if the agent was
cut short and had more to say.

With push to talk it begins when the button is pressed, which stops playback by itself: an utterance
that the client truncated there was interrupted.

The agent had more to say when its response was cancelled after that, when generated audio of the
response was left unplayed, or when it continued for more than ``FINISHING_S``. Then ``yielded_s``
is the last sample heard of any response older than the barge-in, up to the caller's next turn: the
caller holds the floor until a newer response begins. An agent that merely finished its last words
did not yield, and ``yielded_s`` is None. If it is unknown whether it finished or was cut (a vendor
without responses), words that end inside a sentence show that it was cut; otherwise it stays open
(``finished``). If the line was lost when it fell silent, it is unknown too: there is no fact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from harness.language.sounds import ends_sentence
from harness.protocol.commands import ClearAudio, TruncateItem
from harness.protocol.events import ItemTruncated, ServerError
from harness.recording.model import Recording, Truncation, UtteranceKind
from harness.recording.tools import ToolRun
from harness.timeline.indexed_call import IndexedCall
from harness.timeline.intervals import Spans, covered_s, from_samples, overlap
from harness.timeline.lookup import NEVER_S, SpanLookup, last_before, next_after, next_from
from harness.timeline.model import (
    AgentUtterance,
    BargeInFact,
    CallerTurn,
    Distraction,
    Span,
    Transcript,
    Wait,
)
from harness.timeline.utterances import WHOLE_S, played_samples

FINISHING_S = 2.0
"""Words that end this soon after the onset were about to end anyway (tau-voice's yield limit)."""

AT_ONCE_S = 0.1
_REFUSED_WITHIN_S = 2.0
"""An agent that falls silent so shortly before the line is lost did not do so by itself: its sound
ends in a frame, and may end in a breath."""


@dataclass(frozen=True, slots=True)
class _Context:
    """The context of a barge-in: indices of caller turn and utterance, and the caller's floor."""

    at: tuple[int, int]
    floor: Span
    call: IndexedCall


def barge_ins(
    caller: tuple[CallerTurn, ...], agent: tuple[AgentUtterance, ...], call: IndexedCall
) -> tuple[BargeInFact, ...]:
    """Return a fact per speech turn that begins while an utterance is heard, in order."""
    pressed = pressed_s(call.recording)
    heard = SpokenOver(agent, call)
    return tuple(
        fact
        for index, floor in _floors(caller, pressed)
        for fact in heard.by(index, floor, pressed=index in pressed)
    )


class SpokenOver:
    """The fate of a call's utterances over which other audio of the caller's line began."""

    def __init__(self, agent: tuple[AgentUtterance, ...], call: IndexedCall) -> None:
        self._agent, self._call = agent, call
        self._spans = SpanLookup((said.span.start_s, said.span.end_s) for said in agent)
        self._played = SpanLookup(map(self._until_played, agent))
        self._marked = any(ends_sentence(said.claimed) for said in agent)
        self._numbers: dict[str, list[int]] = {}
        for number, said in enumerate(agent):
            self._numbers.setdefault(said.item_id, []).append(number)
        self._told = sorted(call.recording.truncations, key=lambda told: told.at_s)
        self._told_s = [told.at_s for told in self._told]

    def by(self, index: int, floor: Span, *, pressed: bool = False) -> Iterator[BargeInFact]:
        """Yield a fact for each of them.

        ``index`` is that of the caller's turn, and ``floor`` reaches from its onset to the caller's
        next words. With ``pressed`` a button was pressed for it, which stops playback by itself.
        """
        for number in sorted(self._sounding(floor, pressed=pressed)):
            utterance = self._agent[number]
            if utterance.span.start_s >= floor.start_s:
                continue
            heard = overlap(self._older_sounds(utterance, floor), (floor,))
            context = _Context((index, number), floor, self._call)
            truncation = self._truncation(utterance.item_id, floor)
            fact = _fact(utterance, heard, context, truncation, broke_off=self._broke_off(number))
            sounded = fact.had_more or floor.start_s < utterance.span.end_s
            if sounded and not _went_with_the_line(fact, self._call.recording):
                yield fact

    def _until_played(self, said: AgentUtterance) -> tuple[float, float]:
        """Return the span in which an utterance is played, with the silence at its end."""
        stop = self._call.item((said.response_id, said.item_id)).stop
        played_s = stop / self._call.recording.agent.rate_hz
        return said.span.start_s, max(said.span.end_s, played_s)

    def _sounding(self, floor: Span, *, pressed: bool) -> set[int]:
        """Return the utterances that may be playing when the caller begins."""
        onset_s = floor.start_s
        found = {
            number
            for number in self._played.touching(onset_s, onset_s)
            if onset_s < self._until_played(self._agent[number])[1]
        }
        if pressed and floor.start_s < floor.end_s:
            stopped = {told.item_id for told in self._told_in(floor)}
            found.update(number for name in stopped for number in self._numbers.get(name, ()))
        return found

    def _told_in(self, floor: Span) -> list[Truncation]:
        first, last = (bisect_left(self._told_s, at_s) for at_s in (floor.start_s, floor.end_s))
        return self._told[first:last]

    def _truncation(self, item_id: str, floor: Span) -> Truncation | None:
        """Return the client's truncation of an item while the caller held the floor."""
        return next((told for told in self._told_in(floor) if told.item_id == item_id), None)

    def _older_sounds(self, interrupted: AgentUtterance, floor: Span) -> list[Span]:
        """Return the interrupted answer's sounds, and older ones, while the caller has the floor.

        Older are the responses that began before the onset of the floor.
        """
        created_s = self._call.claims.created_s
        near = (self._agent[n] for n in self._spans.touching(floor.start_s, floor.end_s))
        return [
            sound
            for said in near
            if said.response_id == interrupted.response_id
            or created_s.get(said.response_id, said.span.start_s) < floor.start_s
            for sound in said.sounds
        ]

    def _broke_off(self, number: int) -> bool | None:
        """Return whether an utterance's words break off inside a sentence; None if unknown.

        It is unknown if the agent's transcripts end no sentence with a mark, and if the rest of the
        sentence may be in the next utterance: words that came in pieces were assigned to the answer
        nearest to their arrival.
        """
        said = self._agent[number]
        if not said.claimed or not self._marked:
            return None
        for following in self._agent[number + 1 : number + 2]:
            first = next(filter(str.isalnum, following.claimed), "")
            if following.transcript is not Transcript.TOLD and first and not first.isupper():
                return None
        return not ends_sentence(said.claimed)


def _went_with_the_line(fact: BargeInFact, recording: Recording) -> bool:
    """Return whether the agent fell silent because the line was lost: a yield is then unknown."""
    silent_s = fact.onset_s if fact.yielded_s is None else fact.yielded_s
    return any(gone.touches(fact.onset_s, silent_s + AT_ONCE_S) for gone in recording.absences)


def pressed_s(recording: Recording) -> Mapping[int, float]:
    """Return when the button was pressed, by the index of the turn spoken with it down.

    The press is sent to the service, which drops the audio that it heard before.
    """
    told = (each.at_s for each in recording.commands if isinstance(each.command, ClearAudio))
    told_s, rate_hz = sorted(told), recording.caller.rate_hz
    return {
        index: said.start / rate_hz
        for index, said in enumerate(recording.utterances)
        if next_from(told_s, said.start / rate_hz) <= said.start / rate_hz + said.samples / rate_hz
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
        if caller[index].kind is UtteranceKind.SPEECH:  # typed text is not heard over the agent
            yield index, Span(start_s, float("inf") if last else begun[at + 1][1])


def _fact(
    interrupted: AgentUtterance,
    heard: Spans,
    context: _Context,
    truncation: Truncation | None,
    *,
    broke_off: bool | None,
) -> BargeInFact:
    at, floor, call = context.at, context.floor, context.call
    last_s = max((span.end_s for span in heard), default=floor.start_s)
    unplayed_s = call.unplayed_s(interrupted.response_id)
    cancelled = call.claims.cancelled_s.get(interrupted.response_id, float("-inf")) >= floor.start_s
    had_more = cancelled or unplayed_s > WHOLE_S or last_s - floor.start_s > FINISHING_S
    finished = had_more or interrupted.response_id in call.claims.finished
    if not finished and broke_off is not None:
        had_more = finished = broke_off
    return BargeInFact(
        caller=at[0],
        utterance=at[1],
        onset_s=floor.start_s,
        yielded_s=last_s if had_more else None,
        had_more=had_more,
        audio_end_ms=truncation.audio_end_ms if truncation else None,
        unplayed_s=unplayed_s,
        heard_ms=_heard_ms(call, interrupted, truncation) if truncation else None,
        refused=_refused(call, truncation) if truncation else "",
        stale_s=covered_s(overlap(heard, (Span(truncation.at_s, floor.end_s),)))
        if truncation
        else 0.0,
        finished=finished,
        queued_s=call.queued_s(floor.start_s),
    )


def _refused(call: IndexedCall, truncation: Truncation) -> str:
    """Return why the service refused a truncation, or that it never confirmed it; else empty."""
    ids = {
        each.command.event_id
        for each in call.recording.commands
        if isinstance(each.command, TruncateItem)
        and each.command.item_id == truncation.item_id
        and abs(each.at_s - truncation.at_s) < AT_ONCE_S
    }
    own = next((words for name, words in call.refusals if name in ids - {None}), "")
    return (
        own or _unnamed_refusal(call, truncation) or (_unconfirmed(call, truncation) if ids else "")
    )


def _unnamed_refusal(call: IndexedCall, truncation: Truncation) -> str:
    """Return the error after a truncation that is about it and names no client message."""
    for each in call.recording.events:
        event = each.event
        if isinstance(event, ServerError) and not event.error.event_id:
            soon = truncation.at_s <= each.at_s < truncation.at_s + _REFUSED_WITHIN_S
            if soon and "truncat" in event.error.words.lower():
                return event.error.words
    return ""


def _unconfirmed(call: IndexedCall, truncation: Truncation) -> str:
    """Describe an unconfirmed truncation; empty if confirmed, or without time for it."""
    recording = call.recording
    soon_s = truncation.at_s + _REFUSED_WITHIN_S
    gone = any(each.touches(truncation.at_s, soon_s) for each in recording.absences)
    # The log of an imported call may lack events.
    if recording.manifest.origin is not None or gone or recording.agent.duration_s < soon_s:
        return ""
    about = [
        each
        for each in recording.events
        if getattr(each.event, "item_id", "") == truncation.item_id
    ]
    # A service that names no items cannot confirm the truncation of an item.
    unnamed = any("item_id" in each.assumed for each in about)
    confirmed = any(
        isinstance(each.event, ItemTruncated) and each.at_s >= truncation.at_s for each in about
    )
    return "" if confirmed or unnamed else "it never confirmed the truncation"


def _heard_ms(call: IndexedCall, interrupted: AgentUtterance, truncation: Truncation) -> float:
    """Return how much of the truncated part was played, from the playback record itself."""
    item = call.item((interrupted.response_id, truncation.item_id))
    samples = played_samples(item.runs_of(truncation.content_index))
    return samples * 1000 / call.recording.agent.rate_hz


# Distractions: sounds on the caller's line that are not for the agent, and the agent's reaction.
#
# A distraction is a backchannel ("mm-hm"), words to another person in the room, a stretch of noise
# that the script places, or a burst of an intermittent noise bed. The fate of an answer that
# sounded then is reported as for a barge-in.
#
# The reply to a distraction is the first utterance after its onset without another explanation: its
# response began after the onset and before the caller's next words; it is the answer to no caller
# turn; and since the response before it, no answer was requested (``response.create``, which the
# harness also sends after a tool's result) without being refused, no tool ran, and no idle time ran
# out. If answers are not requested (Gemini Live), the first words after a tool's result are about
# that result.

KINDS = (UtteranceKind.BACKCHANNEL, UtteranceKind.NOISE)


def distractions(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    waits: tuple[Wait, ...],
    call: IndexedCall,
    *,
    lost: tuple[CallerTurn, ...] = (),
) -> tuple[Distraction, ...]:
    """Return a fact per distraction that sounded, in order.

    ``lost`` are the turns that a lost line cut off: words, too.
    """
    words_s = sorted(t.span.start_s for t in (*caller, *lost) if t.has_words)
    pressed = pressed_s(call.recording)
    line, heard, replies = _Line(caller), SpokenOver(agent, call), _Replies(agent, waits, call)
    found = []
    for index, turn, scripted in _sounds(caller, line, call.recording):
        onset_s = turn.span.start_s
        next_s = next_after(words_s, onset_s)
        # The agent may fall silent for earlier words of the caller, and not for a burst.
        over = (
            fact
            for fact in heard.by(index, Span(onset_s, next_s))
            if scripted or not line.sounded(Span(agent[fact.utterance].span.start_s, onset_s))
        )
        by_hand = scripted and index in pressed
        reply = replies.between(onset_s, next_s)
        found.append(Distraction(turn, tuple(over), next_s, reply, by_hand))
    return tuple(sorted(found, key=lambda one: one.sound.span.start_s))


class _Line:
    """When the caller's turns sound: then the cause of the agent's reaction is ambiguous."""

    def __init__(self, caller: tuple[CallerTurn, ...]) -> None:
        self._starts_s = sorted(turn.span.start_s for turn in caller)
        sounds = [turn.span for turn in caller if turn.kind is not UtteranceKind.SILENCE]
        self._sounds = sounds
        self._places = SpanLookup((span.start_s, span.end_s) for span in sounds)

    def sounded(self, within: Span) -> bool:
        """Return whether a turn sounds within a span."""
        near = (self._sounds[n] for n in self._places.touching(within.start_s, within.end_s))
        return any(s.start_s < within.end_s and within.start_s < s.end_s for s in near)

    def begun(self, at_s: float) -> int:
        """Return how many turns had begun by then."""
        return bisect_right(self._starts_s, at_s)


def _sounds(
    caller: tuple[CallerTurn, ...], line: _Line, recording: Recording
) -> Iterator[tuple[int, CallerTurn, bool]]:
    """Yield sounds that are not for the agent: turns, and the sent bursts of a noise bed.

    Only bursts apart from the caller's speech. Each with the index of its turn, a burst with that
    of the last turn before it; and whether the script placed it.
    """
    for index, turn in enumerate(caller):
        if turn.kind in KINDS and turn.span.duration_s > 0:
            yield index, turn, True
    for burst in recording.bursts:
        stop = burst.start + burst.samples
        span = from_samples(burst.start, stop, rate_hz=recording.caller.rate_hz)
        sent = recording.caller.samples[burst.start : stop].any()
        if sent and not line.sounded(span):
            yield max(0, line.begun(span.start_s) - 1), _as_turn(span), False


def _as_turn(span: Span) -> CallerTurn:
    return CallerTurn(
        index=-1, turn=None, kind=UtteranceKind.NOISE, span=span, text="", spoken="", intended="",
        cut_off=False, barge_in=False, answer=None,
    )  # fmt: skip


class _Replies:
    """Utterances that are the answer to no turn, and their other possible causes."""

    def __init__(
        self, agent: tuple[AgentUtterance, ...], waits: tuple[Wait, ...], call: IndexedCall
    ) -> None:
        self._agent, self._call = agent, call
        self._owed = frozenset(wait.utterance for wait in waits)
        self._begun = sorted((_begun_s(said), number) for number, said in enumerate(agent))
        spoke = (agent[number].span.start_s for _, number in self._begun)
        self._spoke_s = list(accumulate(spoke, max))
        self._created_s = sorted(call.claims.created_s.values())
        runs = call.recording.tools
        self._answered = {
            ours: _Answered(run for run in runs if run.by_server is ours) for ours in (True, False)
        }

    def between(self, onset_s: float, next_s: float) -> int | None:
        """Return the first utterance that began between two times without any other cause."""
        first = bisect_right(self._begun, (onset_s, len(self._agent)))
        last = bisect_left(self._begun, (next_s, -1))
        for number in sorted(number for _, number in self._begun[first:last]):
            said = self._agent[number]
            if number not in self._owed and not self._has_cause(_begun_s(said), said):
                return number
        return None

    def _has_cause(self, begun_s: float, said: AgentUtterance) -> bool:
        """Return whether an event since the response before explains that the agent spoke again.

        A service may report that the idle time ran out only after its reaction to that has begun.
        """
        before_s, spoke_s = self._since_s(begun_s)
        return (
            next_after(self._call.asked_s, before_s) <= begun_s
            or next_after(self._call.idle_s, before_s) <= said.span.start_s
            # A tool that still runs, or whose result the agent has not mentioned since it came.
            or self._answered[True].latest_s(begun_s) > min(begun_s, before_s)
            or self._answered[False].latest_s(begun_s) > min(begun_s, spoke_s)
        )

    def _since_s(self, begun_s: float) -> tuple[float, float]:
        """Return since when other causes count.

        That is when the response before began, and when the last utterance of another began.
        """
        before_s = last_before(self._created_s, begun_s)
        place = bisect_left(self._begun, (begun_s, -1))
        return before_s, self._spoke_s[place - 1] if place else before_s


class _Answered:
    """When the tools that had been called by a time were answered."""

    def __init__(self, runs: Iterable[ToolRun]) -> None:
        called = sorted(runs, key=lambda run: run.requested_s)
        ends_s = (NEVER_S if run.answered_s is None else run.answered_s for run in called)
        self._requested_s = [run.requested_s for run in called]
        self._latest_s = list(accumulate(ends_s, max))

    def latest_s(self, before_s: float) -> float:
        """Return when the last of the tools called before a time was answered.

        Infinity if any of them never was, minus infinity if none was called.
        """
        place = bisect_left(self._requested_s, before_s)
        return self._latest_s[place - 1] if place else -NEVER_S


def _begun_s(said: AgentUtterance) -> float:
    return said.span.start_s if said.created_s is None else said.created_s
