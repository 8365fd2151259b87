"""When a turn of the script comes, and whether it comes at all.

Durations are seconds, see ``model.py``.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.scenario.fields import Duration, Model, Text


class Cue(Model):
    """When a turn comes that does not wait for the end of the agent's answer.

    Exactly one moment, in the answer to the caller's turn before; ``within`` beside it says how
    long it may take to come.
    """

    after_s: Duration | None = None
    """Seconds after the agent's first audible sample of that answer."""
    after_words: Annotated[int, Field(ge=1)] | None = None
    """So many words of that answer were heard."""
    on_text: Text | None = None
    """Regular expression searched in what the caller has heard so far; case is ignored."""
    on_tool: Text | None = None
    """The agent has called this tool since the caller's turn began."""
    on_event: Text | None = None
    """A message of this type came since the caller's turn began, in the service's own words."""
    after_silence_s: Duration | None = None
    """The agent has neither spoken nor worked for so long, whether it answered or not."""
    at_s: Duration | None = None
    """Seconds after the call began."""
    within: Annotated[Duration, Field(gt=0)] | None = None
    """Seconds after the caller's turn before; left out, as long as the agent gives a sign."""

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        moments = [name for name in type(self).model_fields if name != "within"]
        if sum(getattr(self, name) is not None for name in moments) != 1:
            raise ValueError(f"expected exactly one of {', '.join(map(repr, moments))}")
        return self


class Start(Cue):
    """When a turn begins that does not come as soon as the agent has finished."""

    after_answer_s: Duration | None = None
    """Seconds after the last sound of the agent's answer, in place of the usual short pause."""


class When(Model):
    """What must have happened for a turn to be taken; the others are left out of the call.

    All that is given must hold, at the moment at which the turn would begin.
    """

    heard: Text | None = None
    """Regular expression searched in the agent's answer to the caller's turn before."""
    not_heard: Text | None = None
    called: Text | None = None
    """The agent has called this tool in this call."""
    not_called: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(map(repr, type(self).model_fields))
            raise ValueError(f"expected at least one of {names}")
        return self
