"""What a light agent is set to, and how many answers it thinks about at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.agent.light.answers import voiced_answers
from harness.agent.server.truth import Truth
from harness.agent.server.tts_and_asr import Voiced

THINK_S = 0.3


@dataclass(frozen=True, slots=True)
class LightAgent:
    """What a light agent is set to."""

    think_s: float = THINK_S
    """From the end of a turn as it notices it, or from a tool's result, to its first sound."""
    at_once: int | None = None
    """How many answers it thinks about at the same time; further ones wait in line. None for any
    number. So its capacity is known: ``at_once / think_s`` answers a second."""
    tool: str | None = None
    """A function that it calls once in each session that offers it."""
    session_s: float | None = None
    """How long a session may last; None for as long as at the service."""
    truth: Truth | None = None
    voiced: Mapping[str, Voiced] = field(default_factory=voiced_answers)


class Thinking:
    """The places in which answers are thought about, and the line before them."""

    def __init__(self, agent: LightAgent) -> None:
        self._think_s, self._most = agent.think_s, agent.at_once
        self._busy = 0
        self._line: deque[Callable[[], None]] = deque()

    def about(self, then: Callable[[], None]) -> None:
        """Think, as soon as there is a place, and call ``then``."""
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
