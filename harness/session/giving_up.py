"""How long the caller waits for what is to come, and how a call ends for which it does not come.

That may be a cue, an answer, or the end of the noise.
"""

from __future__ import annotations

from harness.recording.provenance import CallStatus, EndCause
from harness.scenario.cues import Start
from harness.session.agent_side import AgentSide
from harness.session.cues import told
from harness.session.floor import CallersFloor
from harness.session.moves import HangUp
from harness.session.script_place import ScriptPlace


class Patience:
    """How long the caller of one call waits for a sign of the agent, or for a turn's moment."""

    def __init__(self, floor: CallersFloor, script: ScriptPlace, timeout_s: float) -> None:
        self._floor, self._script, self._timeout_s = floor, script, timeout_s

    def waited_s(self, at_s: float, agent: AgentSide) -> float:
        """Return how long the agent has given no sign since the caller spoke, or came back."""
        return at_s - self._floor.waits_since_s(at_s, agent)

    def is_over(self, at_s: float, agent: AgentSide) -> bool:
        """Return whether that is longer than a caller waits."""
        return self.waited_s(at_s, agent) >= self._timeout_s

    def in_vain(self, at_s: float, agent: AgentSide) -> HangUp | None:
        """End the call if what the next turn waits for has not come, and nothing brings it."""
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
        """End the call if nothing came for too long: no moment of a turn, no answer, no greeting.

        ``answered`` says that no answer is owed, ``greeted`` that the agent was to speak first.
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
    """A caller who was never let in (noise, a greeting without end) proves nothing."""
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
    """Return whether a turn says itself how long the caller waits for its moment."""
    return start.within is not None or comes_with_time(start)
