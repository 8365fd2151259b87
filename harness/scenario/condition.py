"""Conditions: the same callers in a louder place, on a worse line, or faster: a named patch."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from harness.scenario.fields import Model, Text
from harness.scenario.load import LoadedScenario
from harness.scenario.sound import BedNoise, PhoneLine, SecondTalker


class Condition(Model):
    """What is different about every caller; what is not named stays as the scenario says."""

    name: Text
    noise: BedNoise | None = None
    """A noise bed under the whole call, in place of the scenario's own."""
    voice: Text | None = None
    """Who calls, as the ``name`` of a caller's voice. Recorded lines have theirs: eSpeak speaks."""
    voice_rate: Annotated[float, Field(gt=0.25, le=4)] | None = None
    """The caller's pace; 1.3 is 30 % faster. Recorded lines have one pace: eSpeak speaks others."""

    line: PhoneLine | None = None
    """What the line does to all callers, in place of the scenario's own line."""
    second_talker: SecondTalker | None = None
    """Somebody near all callers who talks, in place of the scenario's own."""

    def applied(self, loaded: LoadedScenario) -> LoadedScenario:
        """Return the scenario under this condition: another test, with a hash of its own."""
        caller = loaded.scenario.caller
        own = {"noise": self.noise, "line": self.line, "second_talker": self.second_talker}
        caller = caller.model_copy(update={key: one for key, one in own.items() if one is not None})
        if self.voice is not None:
            voice = caller.voice.model_copy(update={"name": self.voice})
            caller = caller.model_copy(update={"voice": voice})
        if self.voice_rate is not None:
            voice = caller.voice.model_copy(update={"rate": self.voice_rate})
            caller = caller.model_copy(update={"voice": voice})
        return replace(loaded, scenario=loaded.scenario.model_copy(update={"caller": caller}))
