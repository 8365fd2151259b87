"""How the caller sounds: voice, background, and what the line does to both.

Durations are seconds, see ``model.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.scenario.fields import Duration, Model, Text


class Voice(Model):
    """Which voice speaks the caller."""

    engine: Text = "default"
    """``default``, or a synthesizer that is installed."""
    name: str | None = None
    rate: Annotated[float, Field(gt=0.25, le=4)] = 1.0


class Bursts(Model):
    """When something comes and goes: once in every period, at a moment that the seed chooses."""

    every: Annotated[Duration, Field(gt=0)]
    for_s: Annotated[Duration, Field(alias="for", gt=0)]

    @model_validator(mode="after")
    def _pauses(self) -> Bursts:
        if self.for_s >= self.every:
            raise ValueError("'for' must be shorter than 'every': else leave 'bursts' out")
        return self


class BedNoise(Model):
    """A noise bed under the whole call, mixed at an SNR against the caller's speech level."""

    bed: Text
    snr_db: Annotated[float, Field(ge=-20, le=60)]
    bursts: Bursts | None = None
    """Where the bed sounds only now and then; it has its SNR while it sounds."""


class SecondTalker(Model):
    """Another person near the caller, who talks over and between, and not to the agent."""

    say: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Sentences, one after the other and over again; left out, small talk."""
    voice: Text | None = None
    """One of eSpeak's; left out, another one than the caller's."""
    level_db: Annotated[float, Field(ge=-40, le=0)] = -12.0
    """How loud, against the caller's own speech."""
    bursts: Bursts | None = None
    """Where they talk only now and then: as many whole sentences as fit, at least one."""


class Loss(Model):
    """Packets of 20 ms that are lost, in bursts."""

    rate: Annotated[float, Field(gt=0, le=0.5)]
    """Share of all packets."""
    burst_ms: Annotated[float, Field(ge=20, le=10_000)] = 20.0
    """Mean length of what is lost in one piece."""


class Echo(Model):
    """The agent's own voice, as the caller heard it, in the caller's microphone."""

    delay_ms: Annotated[float, Field(ge=40, le=2000)] = 150.0
    level_db: Annotated[float, Field(ge=-80, le=0)] = -20.0
    """Against the level at which the caller hears the agent."""


class Network(Model):
    """How late the caller's sound gets to the agent; nothing of it is lost."""

    jitter_ms: Annotated[float, Field(ge=20, le=2000)] | None = None
    """Every tenth packet is held up by as much as this, and those behind it wait."""
    stalls: Bursts | None = None
    """Stretches in which nothing gets through; then all of it comes at once."""

    @model_validator(mode="after")
    def _something(self) -> Network:
        if self.jitter_ms is None and self.stalls is None:
            raise ValueError("'network' has 'jitter_ms', 'stalls' or both")
        return self


class PhoneLine(Model):
    """What the line does to the caller's sound, noise included; the clean speech stays apart."""

    band: Literal["telephone", "wideband"] | None = None
    """``telephone`` passes 300 to 3400 Hz, ``wideband`` 50 to 7000 Hz."""
    codec: Literal["pcmu", "pcma", "opus"] | None = None
    """G.711 at 8 kHz, or Opus; there and back, whatever the session's own format is."""
    bitrate_kbps: Annotated[float, Field(ge=6, le=64)] | None = None
    """Of Opus, constant; left out, 24."""
    gain_db: Annotated[float, Field(ge=-60, le=60)] = 0.0
    clip_dbfs: Annotated[float, Field(ge=-60, le=0)] | None = None
    """From this level on the microphone clips."""
    loss: Loss | None = None
    dropouts: Bursts | None = None
    """Stretches of silence: the line is gone."""
    echo: Echo | None = None
    network: Network | None = None

    @model_validator(mode="after")
    def _bitrate_of_opus(self) -> PhoneLine:
        if self.bitrate_kbps is not None and self.codec != "opus":
            raise ValueError("'bitrate_kbps' needs 'codec: opus'")
        return self


class Caller(Model):
    """How the caller sounds."""

    voice: Voice = Voice()
    noise: BedNoise | None = None
    second_talker: SecondTalker | None = None
    line: PhoneLine | None = None
