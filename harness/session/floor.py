"""Who has the floor: what the caller put on the line last, and since when it may go on.

An answer is over when something audible of a response created since the caller's turn began was
heard after the caller's last voiced sample, playback has run dry, no response is open or asked
for, no tool runs, and PAUSE_S of quiet have passed. A ``no_op`` tool call is an answer too, a
silent one: the caller goes on SILENT_PAUSE_S after it. After silence and noise no answer is owed:
UNOWED_PAUSE_S of quiet and the caller goes on, but an agent that speaks is heard out.

A backchannel ("mm-hm") takes no floor, nor does a sound or somebody else's voice that has a
``start`` or comes ``over`` the agent: what the caller waits for is still the answer to the turn
before it. Nobody owes it an answer, but for UNOWED_PAUSE_S one may come, and is heard out.
"""

from __future__ import annotations

import math

from harness.recording.caller import UtteranceKind
from harness.session.agent_side import AgentSide
from harness.session.cues import Floor, answer_heard_s
from harness.session.moves import ClipTimes

PAUSE_S = 0.6
SILENT_PAUSE_S = 1.0
UNOWED_PAUSE_S = 2.0
FORGIVEN_S = 1e-6
"""What a sum of frames may be off a border."""


class CallersFloor:
    """What the caller put on the line last, and since when the floor is free again."""

    def __init__(self) -> None:
        # Being called asks for a greeting, as a turn that is over asks for an answer.
        self._clip = ClipTimes(UtteranceKind.SPEECH, 0.0, 0.0)
        self._started_s = 0.0
        self.taken_s = float("-inf")
        """When the caller last took the floor; what the agent began before is no answer."""
        self._nodded_until_s: float | None = None
        self.back_s = float("-inf")
        """When a line that was lost came back."""

    @property
    def voiced_end_s(self) -> float:
        """When the voiced audio of the last turn that took the floor ends, or ended."""
        return self._started_s + self._clip.voiced_end_s

    @property
    def clip_end_s(self) -> float:
        """When the last clip leaves the line, or left it."""
        if self._nodded_until_s is not None:
            return self._nodded_until_s
        return self._started_s + self._clip.length_s

    @property
    def nodded(self) -> bool:
        """Whether what came last took no floor."""
        return self._nodded_until_s is not None

    @property
    def last_turn(self) -> Floor:
        """What the cues of the script go by."""
        return Floor(self.taken_s, self.voiced_end_s, self.clip_end_s)

    def take(self, at_s: float, clip: ClipTimes) -> None:
        """Note that a clip begins that takes the floor."""
        self._started_s = self.taken_s = at_s
        if clip.kind.is_sent_whole:  # it may be answered in the same instant
            self.taken_s -= FORGIVEN_S
        self._clip, self._nodded_until_s = clip, None

    def begins(self, at_s: float, clip: ClipTimes, *, own_moment: bool = False) -> None:
        """Note that a clip begins; one that comes at a moment of its own may take no floor."""
        sound = clip.kind is UtteranceKind.NOISE and own_moment
        if clip.kind is UtteranceKind.BACKCHANNEL or sound:
            self._nodded_until_s = at_s + clip.length_s
        else:
            self.take(at_s, clip)

    def due_pause_s(self, at_s: float, agent: AgentSide) -> float | None:
        """Return how much quiet the caller leaves before it goes on; None if an answer is owed.

        With a tool's result an answer is owed, whatever was said before it.
        """
        return None if agent.owed_result is not None else self.answered_pause_s(at_s, agent)

    def answered_pause_s(self, at_s: float, agent: AgentSide) -> float | None:
        """Return the same for the caller's turn alone."""
        if answer_heard_s(at_s, agent, self.last_turn) is not None:
            return PAUSE_S
        if self._clip.kind is not UtteranceKind.SPEECH and not self._clip.kind.is_sent_whole:
            return UNOWED_PAUSE_S
        if agent.silent_answer_s(self.taken_s) is not None:
            return SILENT_PAUSE_S
        return None

    def free_s(self, at_s: float, agent: AgentSide) -> float | None:
        """Return how long the floor has been free beyond the due pause; None if it is not."""
        from_s = self.free_from_s(at_s, agent)
        return at_s - from_s if from_s is not None and at_s >= from_s else None

    def free_from_s(self, at_s: float, agent: AgentSide) -> float | None:
        """Return from when on the floor is free if the agent stays as it is; None if it is not."""
        quiet_s = agent.quiet_since_s(at_s)
        if quiet_s is None:
            return None
        pause_s = self.due_pause_s(at_s, agent)
        if pause_s is None:
            return None
        from_s = max(quiet_s, self.clip_end_s, self.back_s) + pause_s
        if self._nodded_until_s is not None:
            from_s = max(from_s, self._nodded_until_s + UNOWED_PAUSE_S)
        return from_s

    def waits_since_s(self, at_s: float, agent: AgentSide) -> float:
        """Return since when the agent has given no sign; at the earliest since the caller spoke."""
        return max(self.clip_end_s, agent.last_sign_s(at_s), self.back_s)

    def listens_until_s(
        self, at_s: float, agent: AgentSide, *, timeout_s: float, silence_s: float
    ) -> float:
        """Return up to when a caller who waits has nothing to decide if the agent stays as it is.

        ``timeout_s`` is how long they wait for a sign, ``silence_s`` after how much silence they
        have something to say about it while an answer is owed. ``at_s`` where nobody knows.
        """
        sounds_s = agent.playout.sounds_until_s(at_s)
        if sounds_s is not None or agent.playout.playing_at(at_s):
            return at_s if sounds_s is None else sounds_s
        if agent.tools_running:
            return math.inf
        since_s = self.waits_since_s(at_s, agent)
        until_s = since_s + timeout_s
        if self.due_pause_s(at_s, agent) is None:
            return min(until_s, since_s + silence_s)
        free_s = self.free_from_s(at_s, agent)
        return until_s if free_s is None else min(until_s, free_s)
