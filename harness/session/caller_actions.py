"""When the caller may continue: cues, the place in the script, the floor, and giving up.

An answer is over when something audible of a response created since the caller's turn began was
heard after the caller's last voiced sample, playback has run dry, no response is open or asked for,
no tool runs, and PAUSE_S of quiet have passed. A ``no_op`` tool call is a silent answer: the caller
continues SILENT_PAUSE_S after it. After silence and noise no answer is owed: the caller continues
after UNOWED_PAUSE_S of quiet, but lets a speaking agent finish.

A backchannel ("mm-hm") does not take the floor, nor does a noise or another voice that has a
``start`` or comes ``over`` the agent: the caller still waits for the answer to the turn before it.
No answer to it is owed, but an answer may come within UNOWED_PAUSE_S, and the caller lets it
finish.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from harness.recording.model import UtteranceKind
from harness.recording.provenance import CallStatus, EndCause
from harness.scenario.fault_text import search
from harness.scenario.script import Cue, Start, Turn, When
from harness.session.agent_side import AgentSide

# Whether the moment that a turn of the script waits for has come, and whether the turn is taken.
#
# Pure: called with (time, agent state) at every border between two frames.

WORDS_PER_S = 2.5
"""Approximate speaking rate: this many words of a text count as a second of an answer, as the whole
text can be read at once."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The caller's last turn: when it took the floor, its last voiced sample, and its end.

    A response that began before ``taken_s`` is no answer to it.
    """

    taken_s: float
    voiced_end_s: float
    clip_end_s: float


def answer_heard_s(at_s: float, agent: AgentSide, floor: Floor) -> float | None:
    """Return when the answer to the caller's turn was first heard; None if it was not."""
    return agent.first_heard_s(at_s, since_s=floor.taken_s, after_s=floor.voiced_end_s)


def has_come(cue: Cue, at_s: float, agent: AgentSide, floor: Floor) -> bool:
    """Return whether a cue's moment has come.

    Raises:
        SlowExpression: its regular expression does not finish on the agent's words.
    """
    if cue.at_s is not None:
        return at_s >= cue.at_s
    if cue.after_s is not None:
        first_s = answer_heard_s(at_s, agent, floor)
        words = agent.words(at_s, since_s=floor.taken_s) if agent.reads else ""
        read = len(words.split()) / WORDS_PER_S >= cue.after_s
        return first_s is not None and (read or at_s >= first_s + cue.after_s)
    if cue.on_tool is not None:
        return agent.has_called(cue.on_tool, since_s=floor.taken_s)
    if cue.on_event is not None:
        return agent.has_sent(cue.on_event, since_s=floor.taken_s)
    if cue.after_silence_s is not None:
        return _quiet_s(at_s, agent, floor) >= cue.after_silence_s
    if isinstance(cue, Start) and cue.after_answer_s is not None:
        answered = answer_heard_s(at_s, agent, floor) is not None
        return answered and _quiet_s(at_s, agent, floor) >= cue.after_answer_s
    words = agent.words(at_s, since_s=floor.taken_s)
    if cue.after_words is not None:
        return len(words.split()) >= cue.after_words
    return bool(words) and search(cue.on_text or "", words)


def is_taken(when: When, at_s: float, agent: AgentSide, floor: Floor) -> bool:
    """Return whether all conditions of a turn have been met; raises SlowExpression."""
    words = agent.words(at_s, since_s=floor.taken_s)
    if when.heard is not None and not search(when.heard, words):
        return False
    if when.not_heard is not None and search(when.not_heard, words):
        return False
    if when.called is not None and not agent.has_called(when.called):
        return False
    return when.not_called is None or not agent.has_called(when.not_called)


def told(cue: Cue) -> str:
    """Return a cue as written in the scenario file, for a reason that a person reads."""
    ((name, value),) = cue.model_dump(exclude_none=True, exclude={"within"}).items()
    shown = f"{value:g}" if isinstance(value, float) else repr(value)
    return f"{name}: {shown}"


def _quiet_s(at_s: float, agent: AgentSide, floor: Floor) -> float:
    """Return for how long neither side spoke, and the agent did not work."""
    since_s = agent.quiet_since_s(at_s)
    return -1.0 if since_s is None else at_s - max(since_s, floor.clip_end_s)


# The caller's next possible actions: the types that the director and the stream share.


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """Seconds of a clip: up to its last voiced sample (its end if it has none), and in full."""

    kind: UtteranceKind
    voiced_end_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Say:
    """Put a turn of the script on the line from this border on."""

    turn: int
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class React:
    """Put an answer of the script's rules on the line from this border on."""

    answer: int


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Do what a turn of the script does to the session; the caller continues at once."""

    turn: int


@dataclass(frozen=True, slots=True)
class Invite:
    """Ask the agent to speak first, if its dialect needs that."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


Action: TypeAlias = Say | React | TakeStep | Invite | HangUp


PAUSE_S = 0.6
SILENT_PAUSE_S = 1.0
UNOWED_PAUSE_S = 2.0
FORGIVEN_S = 1e-6
"""Tolerated error of a sum of frames at a border."""


class CallersFloor:
    """The caller's last clip on the line, and since when the floor is free again."""

    def __init__(self) -> None:
        # A call asks for a greeting, as a finished turn asks for an answer.
        self._clip = ClipTimes(UtteranceKind.SPEECH, 0.0, 0.0)
        self._started_s = 0.0
        self.taken_s = float("-inf")
        """When the caller last took the floor; a response that began earlier is no answer."""
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
        """Whether the last clip did not take the floor."""
        return self._nodded_until_s is not None

    @property
    def last_turn(self) -> Floor:
        """The last turn, on which the cues of the script depend."""
        return Floor(self.taken_s, self.voiced_end_s, self.clip_end_s)

    def take(self, at_s: float, clip: ClipTimes) -> None:
        """Note that a clip begins that takes the floor."""
        self._started_s = self.taken_s = at_s
        if clip.kind.is_sent_whole:  # it may be answered in the same instant
            self.taken_s -= FORGIVEN_S
        self._clip, self._nodded_until_s = clip, None

    def begins(self, at_s: float, clip: ClipTimes, *, own_moment: bool = False) -> None:
        """Note that a clip begins; a clip with a moment of its own may not take the floor."""
        sound = clip.kind is UtteranceKind.NOISE and own_moment
        if clip.kind is UtteranceKind.BACKCHANNEL or sound:
            self._nodded_until_s = at_s + clip.length_s
        else:
            self.take(at_s, clip)

    def due_pause_s(self, at_s: float, agent: AgentSide) -> float | None:
        """Return the quiet that the caller leaves before it continues; None if an answer is owed.

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
        """Return from when on the floor is free if the agent's state stays the same, or None."""
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
        """Return until when a waiting caller has no decision to make if the agent stays as it is.

        ``timeout_s`` is how long they wait for a sign, ``silence_s`` after how much silence they
        react to it while an answer is owed. Return ``at_s`` if the time is unknown.
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


# The caller's place in the script: the next turn, and the turns that were left out.


class ScriptPlace:
    """A place in the turns of a scenario."""

    def __init__(self, turns: tuple[Turn, ...]) -> None:
        self._turns = turns
        self.number = 0
        """The next turn, counted from 0."""
        self._left_out: list[int] = []

    @property
    def coming(self) -> Turn | None:
        """The next turn."""
        return self._turns[self.number] if self.number < len(self._turns) else None

    @property
    def awaited(self) -> Start | None:
        """The event that the next turn waits for, if that is not the end of the answer."""
        return None if self.coming is None else self.coming.start

    @property
    def unsaid(self) -> int:
        """How many turns were not begun, apart from turns that may be left out."""
        return sum(turn.when is None for turn in self._turns[self.number :])

    def taken(self, turn: Turn, *, over: bool = False) -> Say | TakeStep:
        """Return the caller's action in the next turn; ``over`` the agent or not."""
        if turn.step is not None:
            return TakeStep(self.number)
        return Say(self.number, barge_in=over)

    def begun(self, turn: int) -> None:
        """Move past a turn."""
        self.number = turn + 1

    def leave_out(self) -> None:
        """Move past the next turn without speaking it."""
        self._left_out.append(self.number)
        self.number += 1

    def take_left_out(self) -> tuple[int, ...]:
        """Return the turns that were left out since the last call."""
        left_out, self._left_out = tuple(self._left_out), []
        return left_out


# How long the caller waits for an event, and how a call ends if the event does not come.
#
# The event may be a cue, an answer, or the end of the noise.


class Patience:
    """How long the caller of a call waits for a sign of the agent, or for a turn's moment."""

    def __init__(self, floor: CallersFloor, script: ScriptPlace, timeout_s: float) -> None:
        self._floor, self._script, self._timeout_s = floor, script, timeout_s

    def waited_s(self, at_s: float, agent: AgentSide) -> float:
        """Return how long the agent has given no sign since the caller spoke, or came back."""
        return at_s - self._floor.waits_since_s(at_s, agent)

    def is_over(self, at_s: float, agent: AgentSide) -> bool:
        """Return whether that is longer than the caller's patience."""
        return self.waited_s(at_s, agent) >= self._timeout_s

    def in_vain(self, at_s: float, agent: AgentSide) -> HangUp | None:
        """End the call if the next turn's moment has not come and can no longer come."""
        start = self._script.awaited
        assert start is not None
        if start.within is not None:
            over = at_s - self._floor.clip_end_s >= start.within
        else:
            over = not comes_with_time(start) and self.is_over(at_s, agent)
        return never_said(self._script.number, start) if over else None

    def given_up(
        self, at_s: float, agent: AgentSide, *, answered: bool, greeted: bool
    ) -> HangUp | None:
        """End the call after too long a wait: for a turn's moment, an answer, or a greeting.

        ``answered`` means that no answer is owed, ``greeted`` that the agent was to speak first.
        """
        start, over = self._script.awaited, self.is_over(at_s, agent)
        if start is not None:
            vain = self.in_vain(at_s, agent)
            if answered or not over or (vain is None and is_patient(start)):
                return vain
        if not over:
            return None
        since_s, timeout_s = self._floor.taken_s, self._timeout_s
        return not_answered(agent, since_s=since_s, greeted=greeted, timeout_s=timeout_s)


def limit_reached(limit_s: float, *, let_in: bool) -> HangUp:
    """End the call at its limit: with an error if the caller never got the floor.

    Noise or a greeting without end may cause that; such a call proves no success.
    """
    reached = f"the call reached its limit of {limit_s:g} s"
    if let_in:
        return HangUp(CallStatus.COMPLETED, reached)
    never = "the agent was never quiet, so the caller did not begin"
    return HangUp(CallStatus.AGENT_ERROR, f"{reached}: {never}")


def never_said(turn: int, start: Start) -> HangUp:
    """The moment of a turn (counted from 0) did not come: the script ends here."""
    problem = f"turn {turn + 1} was never said: it waits for {told(start)}"
    return HangUp(CallStatus.COMPLETED, problem, EndCause.CUE_NEVER_CAME)


def not_answered(agent: AgentSide, *, since_s: float, greeted: bool, timeout_s: float) -> HangUp:
    """The agent failed or kept silent; ``since_s`` is when the caller took the floor."""
    failure = agent.failure(since_s)
    if failure is not None:
        return HangUp(CallStatus.AGENT_ERROR, failure)
    cause = None
    if agent.owed_result is not None:
        told = f"{agent.owed_result.words}: no answer within {timeout_s:g} s"
    elif greeted:
        told, cause = f"no greeting within {timeout_s:g} s", EndCause.NO_GREETING
    else:
        wanted = "answer" if agent.transcribing is None else "transcript"
        told = f"no {wanted} within {timeout_s:g} s"
    came = agent.silence(since_s)
    return HangUp(CallStatus.AGENT_SILENT, f"{told}; {came}" if came else told, cause)


def comes_with_time(start: Start) -> bool:
    """Return whether a moment comes by itself, whatever the agent does."""
    return start.at_s is not None or start.after_silence_s is not None


def is_patient(start: Start) -> bool:
    """Return whether a turn itself sets how long the caller waits for its moment."""
    return start.within is not None or comes_with_time(start)
