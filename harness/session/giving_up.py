"""How a call ends for which nothing comes any more: no cue, no answer, no end of the noise.

Pure: the director says what the caller has waited for, and how long.
"""

from __future__ import annotations

from harness.recording.provenance import CallStatus, EndCause
from harness.scenario.cues import Start
from harness.session.agent_side import AgentSide
from harness.session.cues import told
from harness.session.moves import HangUp


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
    wanted, cause = ("answer" if agent.transcribing is None else "transcript"), None
    if greeted:
        wanted, cause = "greeting", EndCause.NO_GREETING
    return HangUp(CallStatus.AGENT_SILENT, f"no {wanted} within {timeout_s:g} s", cause)


def comes_with_time(start: Start) -> bool:
    """Return whether a moment comes by itself, whatever the agent does."""
    return start.at_s is not None or start.after_silence_s is not None


def is_patient(start: Start) -> bool:
    """Return whether a turn says itself how long the caller waits for its moment."""
    return start.within is not None or comes_with_time(start)
