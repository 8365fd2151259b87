"""Everything that one call needs to know before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.caller.model import CallerScript
from harness.scenario.model import Scenario, Suite
from harness.scenario.target import SessionSettings

OPEN_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call: who speaks, to whom, under which settings.

    ``url`` is complete (model and seed in its query); ``headers`` may hold a key, which is kept out
    of the recording. ``instructions`` is the prompt itself, not its path.
    """

    scenario: Scenario
    suite: Suite
    instructions: str
    script: CallerScript
    url: str
    seed: int
    repeat: int = 0
    transport: str = "websocket"
    dialect: str = "openai_ga"
    headers: Mapping[str, str] = field(default_factory=dict)
    session: SessionSettings = field(default_factory=SessionSettings)
    open_timeout_s: float = OPEN_TIMEOUT_S

    @property
    def push_to_talk(self) -> bool:
        """Whether the harness ends its turns by hand."""
        return self.session.turn_detection == "none"
