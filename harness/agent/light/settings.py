"""Settings and answers of the light agent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.toolbox import (
    DeskReply,
    DeskState,
    Input,
    LastWords,
    Returned,
    Terms,
    forced_call,
)
from harness.agent.server.connection import Truth
from harness.agent.server.tts_and_asr import AgentTts, Voiced

# The light agent's answers: the same sentences in turn, synthesized beforehand, and an optional
# tool.

BEFORE_TOOL = "One moment, I will look that up."
AFTER_TOOL = "Thank you for waiting, it is done."
SENTENCES = (
    "I am the light test agent, and I do not understand what you say.",
    "I heard that you said something, so please go on.",
    "Thank you very much. Is there anything else that I can do for you?",
    "All right, I have made a note of that for the records of this call.",
)
"""Two to four seconds each, as answers on the telephone are."""

_EVERYTHING = (BEFORE_TOOL, AFTER_TOOL, *SENTENCES)


@dataclass(frozen=True, slots=True)
class LightState(DeskState):
    """The light agent's position in its sentences."""

    answers: int = 0
    called: bool = False
    """Whether its tool was called."""


class ReadyAnswers:
    """A policy that ignores the caller: sentence after sentence, and a single call of ``tool``.

    The tool is called in the first answer of a session that has it, with arguments that fit its
    schema and have no meaning.
    """

    def __init__(self, tool: str | None = None) -> None:
        self._tool = tool
        self.state: DeskState = LightState()

    def configure(self, instructions: str) -> None:
        """Ignore instructions: no prompt changes the answers."""

    def goes_on(self, text: str) -> bool:
        """Return False: no words are recognized."""
        return False

    def restore(self, state: DeskState) -> None:
        """Return to an earlier state: later decisions never reached the caller."""
        self.state = state

    def respond(self, inputs: Sequence[Input], words: LastWords | None, terms: Terms) -> DeskReply:
        """Return the next sentence, or the call that is due."""
        state = self.state
        assert isinstance(state, LightState)
        if terms.must_call and (call := forced_call(terms.tools, {})) is not None:
            return DeskReply("", (call,))
        if any(isinstance(each, Returned) for each in inputs):
            return DeskReply(AFTER_TOOL)
        wanted = [tool for tool in terms.tools if tool.name == self._tool and not state.called]
        if (call := forced_call(wanted, {})) is not None:
            self.state = replace(state, called=True)
            return DeskReply(BEFORE_TOOL, (call,))
        self.state = replace(state, answers=state.answers + 1)
        return DeskReply(SENTENCES[state.answers % len(SENTENCES)])

    def respond_stateless(
        self, turns: Sequence[Sequence[Input]], terms: Terms, *, own: bool
    ) -> DeskReply:
        """Return the first sentence, or the call that must be made."""
        call = forced_call(terms.tools, {}) if terms.must_call else None
        return DeskReply(SENTENCES[0]) if call is None else DeskReply("", (call,))


def voiced_answers() -> Mapping[str, Voiced]:
    """Synthesize all its sentences, or take them from the speech cache; raises SpeechFailed."""
    voice = AgentTts(ENGLISH_DESK)
    return {words: voice.speak(words, 1.0) for words in _EVERYTHING}


THINK_S = 0.3


@dataclass(frozen=True, slots=True)
class LightAgent:
    """The settings of a light agent."""

    think_s: float = THINK_S
    """From the end of a turn as it notices it, or from a tool's result, to its first audio."""
    at_once: int | None = None
    """How many answers it prepares at the same time; further answers wait. None for no limit.

    So its capacity is known: ``at_once / think_s`` answers a second.
    """
    tool: str | None = None
    """A function that it calls once in each session that offers it."""
    session_s: float | None = None
    """How long a session may last; None for as long as at the service."""
    truth: Truth | None = None
    voiced: Mapping[str, Voiced] = field(default_factory=voiced_answers)


class Thinking:
    """The slots in which answers are prepared, and the queue before them."""

    def __init__(self, agent: LightAgent) -> None:
        self._think_s, self._most = agent.think_s, agent.at_once
        self._busy = 0
        self._line: deque[Callable[[], None]] = deque()

    def about(self, then: Callable[[], None]) -> None:
        """Wait for a free slot and the thinking time, then call ``then``."""
        if self._most is not None and self._busy >= self._most:
            self._line.append(then)
            return
        self._busy += 1
        asyncio.get_running_loop().call_later(self._think_s, self._thought, then)

    def _thought(self, then: Callable[[], None]) -> None:
        self._busy -= 1
        if self._line:
            self.about(self._line.popleft())
        then()
