"""Distractions: sounds on the caller's line that are not for the agent, and what it did then.

A distraction is a backchannel ("mm-hm"), words to somebody else in the room, a stretch of noise
that the script places, or a burst of a noise bed that comes and goes. What became of an answer that
sounded then is told as for a barge-in.

The reply to one is the first utterance after its onset that nothing else explains: its response
began after the onset and before the caller's next words; it is the answer to no turn of the
caller's; and since the response before it, nobody asked for an answer (``response.create``, which
the harness also sends behind a tool's result), no tool ran, and no idle time ran out. Where nothing
is asked for (Gemini Live), the first words behind a tool's result are about that result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.protocol.commands import CreateResponse
from harness.protocol.events import InputTimedOut
from harness.recording.caller import UtteranceKind
from harness.recording.model import Recording
from harness.recording.tools import ToolRun
from harness.timeline.barge_ins import pressed_s, spoken_over
from harness.timeline.claims import Claims
from harness.timeline.intervals import from_samples
from harness.timeline.model import AgentUtterance, CallerTurn, Distraction, Span, Wait

KINDS = (UtteranceKind.BACKCHANNEL, UtteranceKind.NOISE)


def distractions(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    waits: tuple[Wait, ...],
    *,
    recording: Recording,
    claims: Claims,
    lost: tuple[CallerTurn, ...] = (),
) -> tuple[Distraction, ...]:
    """Return one fact per distraction that sounded, in order.

    ``lost`` is what the caller had begun to say when the line went: words, too.
    """
    words_s = [t.span.start_s for t in (*caller, *lost) if t.has_words]
    pressed = pressed_s(recording)
    owed = frozenset(wait.utterance for wait in waits)
    begun = tuple(map(_begun_s, agent))
    found = []
    for index, turn in _sounds(caller, recording):
        onset_s = turn.span.start_s
        next_s = min((at_s for at_s in words_s if at_s > onset_s), default=float("inf"))
        facts = spoken_over(index, Span(onset_s, next_s), agent, recording=recording, claims=claims)
        scripted = turn in caller
        # Who was spoken to before may fall silent for that, and not for a burst.
        over = (
            fact
            for fact in facts
            if scripted or not _sounded(caller, Span(agent[fact.utterance].span.start_s, onset_s))
        )
        replies = (
            number
            for number, at_s in enumerate(begun)
            if onset_s < at_s < next_s
            and number not in owed
            and not _has_cause(_since(at_s, agent, claims), agent[number], recording)
        )
        by_hand = scripted and index in pressed
        found.append(Distraction(turn, tuple(over), next_s, next(replies, None), by_hand))
    return tuple(sorted(found, key=lambda one: one.sound.span.start_s))


def _sounds(
    caller: tuple[CallerTurn, ...], recording: Recording
) -> Iterator[tuple[int, CallerTurn]]:
    """Yield what is not for the agent: of a bed the bursts that were sent, apart from the caller.

    Each with the index of its turn, a burst with that of the last one before it.
    """
    for index, turn in enumerate(caller):
        if turn.kind in KINDS and turn.span.duration_s > 0:
            yield index, turn
    for burst in recording.bursts:
        stop = burst.start + burst.samples
        span = from_samples(burst.start, stop, rate_hz=recording.caller.rate_hz)
        sent = recording.caller.samples[burst.start : stop].any()
        if sent and not _sounded(caller, span):
            before = sum(turn.span.start_s <= span.start_s for turn in caller)
            yield max(0, before - 1), _as_turn(span)


def _sounded(caller: tuple[CallerTurn, ...], within: Span) -> bool:
    """Return whether a turn sounds in a time: then nobody knows what the agent reacts to."""
    sounds = (turn.span for turn in caller if turn.kind is not UtteranceKind.SILENCE)
    return any(s.start_s < within.end_s and within.start_s < s.end_s for s in sounds)


def _as_turn(span: Span) -> CallerTurn:
    return CallerTurn(
        index=-1, turn=None, kind=UtteranceKind.NOISE, span=span, text="", spoken="", intended="",
        cut_off=False, barge_in=False, answer=None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Since:
    """A response that may be a reaction: from when on something else may have caused it."""

    before_s: float
    """When the response before it began."""
    spoke_s: float
    """When the agent began to say the last thing of another response."""
    begun_s: float
    """When it began itself."""


def _since(begun_s: float, agent: tuple[AgentUtterance, ...], claims: Claims) -> _Since:
    before = (created_s for created_s in claims.created_s.values() if created_s < begun_s)
    before_s = max(before, default=float("-inf"))
    spoke = (said.span.start_s for said in agent if _begun_s(said) < begun_s)
    return _Since(before_s, max(spoke, default=before_s), begun_s)


def _begun_s(said: AgentUtterance) -> float:
    return said.span.start_s if said.created_s is None else said.created_s


def _has_cause(since: _Since, said: AgentUtterance, recording: Recording) -> bool:
    """Return whether something since the response before explains that the agent spoke again.

    A service may tell that the idle time ran out once it has begun with what it says then.
    """
    return (
        any(since.before_s < at_s <= since.begun_s for at_s in _asked_s(recording))
        or any(since.before_s < at_s <= said.span.start_s for at_s in _idle_s(recording))
        or any(
            run.requested_s < since.begun_s and _comes_back(run, since) for run in recording.tools
        )
    )


def _comes_back(run: ToolRun, since: _Since) -> bool:
    """Return whether a tool still runs, or the agent has said nothing since it got the result."""
    if run.answered_s is None or run.answered_s > since.begun_s:
        return True
    return run.answered_s > (since.before_s if run.by_server else since.spoke_s)


def _asked_s(recording: Recording) -> Iterator[float]:
    yield from (c.at_s for c in recording.commands if isinstance(c.command, CreateResponse))


def _idle_s(recording: Recording) -> Iterator[float]:
    yield from (e.at_s for e in recording.events if isinstance(e.event, InputTimedOut))
