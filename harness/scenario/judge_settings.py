"""The key ``judge`` of a suite, and the file that ``--judge`` names: which model judges, and when.

Off unless a command has ``--judge``: a suite alone sends no data.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.scenario.fields import Duration, Model, Text, Variable

Share = Annotated[float, Field(ge=0, le=1)]

MOST_VOTES = 9


class AtLeast(Model):
    """The measurement that a model needs before its answers decide anything.

    The shares are of the labelled writes that the rules leave at review: the model decides no
    others.
    """

    accuracy: Share = 0.8
    """The lower end of the 95 % interval, so that a few lucky calls are not enough."""
    kappa: Annotated[float, Field(ge=-1, le=1)] = 0.6
    """Cohen's kappa with the labels."""


class JudgeSettings(Model):
    """A model judge: its endpoint, its modes, and the measurement that it needs."""

    use: Text = "openai_chat"
    """The judge: built in, or offered by a package (group ``harness.judges``)."""
    model: Text
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$")] = "https://api.openai.com/v1"
    """Without user, query or fragment; ``/chat/completions`` is added."""
    key_env: Variable | None = None
    """Environment variable that holds the key; None for an endpoint that needs none."""
    settle: Literal["review"] | None = None
    """``review``: the model decides writes that the rules leave at review."""
    doubt: Literal["pass"] | None = None
    """``pass``: the model may turn a pass into review, never into a fail."""
    votes: Annotated[int, Field(ge=1, le=MOST_VOTES)] = 1
    """How often each question is asked; more than half of the votes must agree."""
    at_least: AtLeast = AtLeast()
    measured: Text | None = None
    """File of measurements (``harness judge-check --judge``), relative to this file."""
    audio: bool = False
    """Whether the audio of the marked span is sent with the text."""
    timeout_s: Annotated[Duration, Field(gt=0)] = 60.0
    """Time limit of one request."""
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    """How often a request is repeated that fails for now (429, 5xx, no answer in time)."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """Questions at the same time."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Left out of the request unless given: some models refuse it."""


class JudgeFile(JudgeSettings):
    """A file of judge settings, as ``--judge FILE`` reads it."""

    format: Literal[1]
