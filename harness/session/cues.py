"""Whether the moment has come that a turn of the script waits for, and whether the turn is taken.

Pure: asked with (time, what the agent is doing) at every border between two frames.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.scenario.cues import Cue, Start, When
from harness.scenario.expressions import search
from harness.session.agent_side import AgentSide

WORDS_PER_S = 2.5
"""How fast people speak, about: so many words of a text stand for a second of an answer, as the
whole of it is there to be read at once."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The caller's last turn: when it took the floor, was voiced to its end, and left the line.

    What the agent began before ``taken_s`` is no answer to it.
    """

    taken_s: float
    voiced_end_s: float
    clip_end_s: float


def answer_heard_s(at_s: float, agent: AgentSide, floor: Floor) -> float | None:
    """Return when the answer to the caller's turn was first heard; None if it was not."""
    return agent.first_heard_s(at_s, since_s=floor.taken_s, after_s=floor.voiced_end_s)


def has_come(cue: Cue, at_s: float, agent: AgentSide, floor: Floor) -> bool:
    """Return whether a cue's moment is there.

    Raises:
        SlowExpression: its regular expression does not come to an end on the agent's words.
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
        heard = len(words.split()) - agent.speaking(at_s)  # the last word may be cut in two
        return heard >= cue.after_words
    return bool(words) and search(cue.on_text or "", words)


def is_taken(when: When, at_s: float, agent: AgentSide, floor: Floor) -> bool:
    """Return whether all that a turn asks for has happened; raises SlowExpression."""
    words = agent.words(at_s, since_s=floor.taken_s)
    if when.heard is not None and not search(when.heard, words):
        return False
    if when.not_heard is not None and search(when.not_heard, words):
        return False
    if when.called is not None and not agent.has_called(when.called):
        return False
    return when.not_called is None or not agent.has_called(when.not_called)


def told(cue: Cue) -> str:
    """Return a cue as the file has it, for a reason that a person reads."""
    ((name, value),) = cue.model_dump(exclude_none=True, exclude={"within"}).items()
    shown = f"{value:g}" if isinstance(value, float) else repr(value)
    return f"{name}: {shown}"


def _quiet_s(at_s: float, agent: AgentSide, floor: Floor) -> float:
    """Return for how long neither side spoke, and the agent did not work."""
    since_s = agent.quiet_since_s(at_s)
    return -1.0 if since_s is None else at_s - max(since_s, floor.clip_end_s)
