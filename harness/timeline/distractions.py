"""Distractions: sounds on the caller's line that are not for the agent, and what it did then.

A distraction is a backchannel ("mm-hm"), words to somebody else in the room, or a stretch of noise
that the script places. What became of an answer that sounded then is told as for a barge-in.

The reply to one is the first utterance after its onset that nothing else explains: its response
began after the onset and before the caller's next words; it is the answer to no turn of the
caller's; and since the response before it, nobody asked for an answer (``response.create``, which
the harness also sends behind a tool's result), no tool ran, and no idle time ran out.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.commands import CreateResponse
from harness.protocol.events import InputTimedOut
from harness.recording.model import Recording, ToolRun, UtteranceKind
from harness.timeline.barge_ins import pressed_s, spoken_over
from harness.timeline.claims import Claims
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
    begun = tuple(u.span.start_s if u.created_s is None else u.created_s for u in agent)
    found = []
    for index, turn in enumerate(caller):
        if turn.kind not in KINDS or turn.span.duration_s <= 0:
            continue
        onset_s = turn.span.start_s
        next_s = min((at_s for at_s in words_s if at_s > onset_s), default=float("inf"))
        over = spoken_over(index, Span(onset_s, next_s), agent, recording=recording, claims=claims)
        replies = (
            number
            for number, at_s in enumerate(begun)
            if onset_s < at_s < next_s
            and number not in owed
            and not _has_cause(_response_before_s(at_s, claims), at_s, recording)
        )
        found.append(Distraction(index, tuple(over), next_s, next(replies, None), index in pressed))
    return tuple(found)


def _response_before_s(at_s: float, claims: Claims) -> float:
    begun = (created_s for created_s in claims.created_s.values() if created_s < at_s)
    return max(begun, default=float("-inf"))


def _has_cause(from_s: float, until_s: float, recording: Recording) -> bool:
    """Return whether something since the response before explains that the agent spoke again."""
    return any(from_s < at_s <= until_s for at_s in _asked_s(recording)) or any(
        run.requested_s < until_s and _comes_back(run, from_s, until_s) for run in recording.tools
    )


def _comes_back(run: ToolRun, from_s: float, until_s: float) -> bool:
    """Return whether a tool still runs, or its server has just got the result.

    Behind any other result, the harness asks for an answer.
    """
    if run.answered_s is None or run.answered_s > until_s:
        return True
    return run.by_server and run.answered_s > from_s


def _asked_s(recording: Recording) -> Iterator[float]:
    yield from (c.at_s for c in recording.commands if isinstance(c.command, CreateResponse))
    yield from (e.at_s for e in recording.events if isinstance(e.event, InputTimedOut))
