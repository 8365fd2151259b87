"""The caller's script: how the caller sounds, what it does turn by turn, how it answers questions.

Durations are seconds, see ``model.py``.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from harness.scenario.fields import Duration, Model, Text


class Voice(Model):
    """Which voice speaks the caller."""

    engine: Text = "default"
    """``default``, or a synthesizer that is installed."""
    name: str | None = None
    rate: Annotated[float, Field(gt=0.25, le=4)] = 1.0


class BedNoise(Model):
    """A noise bed under the whole call, mixed at an SNR against the caller's speech level."""

    bed: Text
    snr_db: Annotated[float, Field(ge=-20, le=60)]


class Caller(Model):
    """How the caller sounds."""

    voice: Voice = Voice()
    noise: BedNoise | None = None


class CutOff(Model):
    """Where the caller's audio stops: after characters of the first fact, seconds, or words."""

    after_chars: Annotated[int, Field(ge=1)] | None = None
    after_s: Duration | None = None
    after_word: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> CutOff:
        if sum(x is not None for x in (self.after_chars, self.after_s, self.after_word)) != 1:
            raise ValueError("cut_off has exactly one of 'after_chars', 'after_s', 'after_word'")
        return self


class BargeIn(Model):
    """When the caller interrupts, or only nods to, the agent's answer to the previous turn."""

    after_s: Duration | None = None
    """Seconds after the agent's first audible sample of that answer."""
    on_text: Text | None = None
    """Regular expression searched in what the caller has heard so far; case is ignored."""

    @model_validator(mode="after")
    def _one_trigger(self) -> BargeIn:
        if (self.after_s is None) == (self.on_text is None):
            raise ValueError("barge_in has exactly one of 'after_s', 'on_text'")
        return self


class NoiseOnly(Model):
    """Sound without speech: the caller is away, on hold, or somewhere loud."""

    bed: Text
    for_s: Annotated[Duration, Field(alias="for")]
    level_dbfs: Annotated[float, Field(ge=-80, le=0)] = -30.0


_NOD = BargeIn(after_s=1.0)
"""When a backchannel comes that does not say when."""

_ACTIONS = ("say", "silence", "noise_only", "backchannel")


class Turn(Model):
    """One thing the caller does: one of ``say``, ``silence``, ``noise_only``, ``backchannel``."""

    say: Text | None = None
    silence: Duration | None = None
    noise_only: NoiseOnly | None = None
    cut_off: CutOff | None = None
    barge_in: BargeIn | None = None
    backchannel: Text | None = None
    """A sign of listening ("mm-hm") over the agent's words, which wants no answer."""
    over: BargeIn | None = None
    """Where in the agent's answer the backchannel comes; 1 s into it if left out."""

    @model_validator(mode="after")
    def _one_action(self) -> Turn:
        if sum(getattr(self, name) is not None for name in _ACTIONS) != 1:
            raise ValueError(f"a turn has exactly one of {', '.join(map(repr, _ACTIONS))}")
        if self.say is None and (self.cut_off or self.barge_in):
            raise ValueError("'cut_off' and 'barge_in' need 'say'")
        if self.over is not None and self.backchannel is None:
            raise ValueError("'over' needs 'backchannel'")
        return self

    @property
    def words(self) -> str | None:
        """What is said in this turn; None for one without words."""
        return self.backchannel if self.say is None else self.say

    @property
    def cue(self) -> BargeIn | None:
        """Where in the agent's answer this turn comes; None for one that waits its turn."""
        return self.barge_in if self.backchannel is None else self.over or _NOD


class Answer(Model):
    """How the caller reacts when the agent asks something that the script does not foresee.

    ``if_agent_asks`` is a regular expression on the agent's words, case ignored;
    ``if_agent_says_wrong`` names a fact that the agent read back with another value. Rules are
    tried in order; ``times`` limits how often one may be used.
    """

    if_agent_asks: Text | None = None
    if_agent_says_wrong: Text | None = None
    say: Text
    times: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _one_condition(self) -> Answer:
        if (self.if_agent_asks is None) == (self.if_agent_says_wrong is None):
            raise ValueError("an answer has exactly one of 'if_agent_asks', 'if_agent_says_wrong'")
        return self
