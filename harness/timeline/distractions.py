"""Distractions: sounds on the caller's line that are not for the agent, and what it did then.

A distraction is a backchannel ("mm-hm"), words to somebody else in the room, a stretch of noise
that the script places, or a burst of a noise bed that comes and goes. What became of an answer that
sounded then is told as for a barge-in.

The reply to one is the first utterance after its onset that nothing else explains: its response
began after the onset and before the caller's next words; it is the answer to no turn of the
caller's; and since the response before it, nobody asked for an answer (``response.create``, which
the harness also sends behind a tool's result) that was not refused, no tool ran, and no idle time
ran out. Where nothing is asked for (Gemini Live), the first words behind a tool's result are about
that result.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from harness.recording.caller import UtteranceKind
from harness.recording.model import Recording
from harness.recording.tools import ToolRun
from harness.timeline.barge_ins import SpokenOver, pressed_s
from harness.timeline.indexed_call import IndexedCall
from harness.timeline.intervals import from_samples
from harness.timeline.lookup import NEVER_S, SpanLookup, last_before, next_after
from harness.timeline.model import AgentUtterance, CallerTurn, Distraction, Span, Wait

KINDS = (UtteranceKind.BACKCHANNEL, UtteranceKind.NOISE)


def distractions(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    waits: tuple[Wait, ...],
    call: IndexedCall,
    *,
    lost: tuple[CallerTurn, ...] = (),
) -> tuple[Distraction, ...]:
    """Return one fact per distraction that sounded, in order.

    ``lost`` is what the caller had begun to say when the line went: words, too.
    """
    words_s = sorted(t.span.start_s for t in (*caller, *lost) if t.has_words)
    pressed = pressed_s(call.recording)
    line, heard, replies = _Line(caller), SpokenOver(agent, call), _Replies(agent, waits, call)
    found = []
    for index, turn, scripted in _sounds(caller, line, call.recording):
        onset_s = turn.span.start_s
        next_s = next_after(words_s, onset_s)
        # Who was spoken to before may fall silent for that, and not for a burst.
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
    """When the caller's turns sound, so that nobody knows what else the agent reacts to."""

    def __init__(self, caller: tuple[CallerTurn, ...]) -> None:
        self._starts_s = sorted(turn.span.start_s for turn in caller)
        sounds = [turn.span for turn in caller if turn.kind is not UtteranceKind.SILENCE]
        self._sounds = sounds
        self._places = SpanLookup((span.start_s, span.end_s) for span in sounds)

    def sounded(self, within: Span) -> bool:
        """Return whether a turn sounds in a time."""
        near = (self._sounds[n] for n in self._places.touching(within.start_s, within.end_s))
        return any(s.start_s < within.end_s and within.start_s < s.end_s for s in near)

    def begun(self, at_s: float) -> int:
        """Return how many turns had begun by then."""
        return bisect_right(self._starts_s, at_s)


def _sounds(
    caller: tuple[CallerTurn, ...], line: _Line, recording: Recording
) -> Iterator[tuple[int, CallerTurn, bool]]:
    """Yield what is not for the agent: of a bed the bursts that were sent, apart from the caller.

    Each with the index of its turn, a burst with that of the last one before it; and whether the
    script placed it.
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
    """Utterances that are the answer to no turn, and what else may explain them."""

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
        """Return whether something since the response before explains that the agent spoke again.

        A service may tell that the idle time ran out once it has begun with what it says then.
        """
        before_s, spoke_s = self._since_s(begun_s)
        return (
            next_after(self._call.asked_s, before_s) <= begun_s
            or next_after(self._call.idle_s, before_s) <= said.span.start_s
            # A tool that still runs, or of whose result the agent has said nothing since it came.
            or self._answered[True].latest_s(begun_s) > min(begun_s, before_s)
            or self._answered[False].latest_s(begun_s) > min(begun_s, spoke_s)
        )

    def _since_s(self, begun_s: float) -> tuple[float, float]:
        """Return since when something else may have caused a response: when the one before began,
        and when the agent began to say the last thing of another."""
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
        """Return when the last of those that were called before a time was answered.

        Infinity if one never was, minus infinity if none was called.
        """
        place = bisect_left(self._requested_s, before_s)
        return self._latest_s[place - 1] if place else -NEVER_S


def _begun_s(said: AgentUtterance) -> float:
    return said.span.start_s if said.created_s is None else said.created_s
